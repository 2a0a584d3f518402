"""What the tests of judging again share: patrols, outlines that move, and what the database holds before and after."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from shapely import MultiPolygon, Polygon, box
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.areas.models import HotspotBoundary
from app.database.engine import open_engine
from app.database.session import reading, transaction
from app.facts.models import Basis
from app.facts.service import basis_changed
from app.housekeeping import tick_once
from app.patrols.due import Selection
from app.patrols.models import CreditedSlice, PatrolAssessment, PatrolLine, WindowResult
from app.patrols.reassess_models import ReassessDue
from app.patrols.reassessing import Asked
from app.patrols.visit_models import Visit
from app.schedule.models import TaskingWindow
from app.schedule.windows import WindowState
from tests.conftest import SQUARE, Api, named
from tests.imports.test_routes import hotspot, hotspots
from tests.patrols.test_patrol_story import hour_inside, patrol_path
from tests.people import change

WHY = Asked("The outline was drawn again.")
EVERYTHING = Selection(named("FORCE"))
# Two kilometres north of where anybody walks.
ELSEWHERE = box(SQUARE[0], SQUARE[1] + 0.02, SQUARE[2], SQUARE[3] + 0.02)
HERE = box(*SQUARE)
DERIVED = (PatrolAssessment, PatrolLine, CreditedSlice, WindowResult, Visit)


@contextmanager
def opened(url: str, pool_size: int = 2) -> Iterator[Engine]:
    engine = open_engine(url, pool_size)
    try:
        yield engine
    finally:
        engine.dispose()


def redraw(api: Api, code: str, outline: Polygon | None, day: str, **other: object) -> None:
    """A file of hotspots gives one another outline from a day on."""
    area = {"TGP-1": "NORTH", "TGP-2": "SOUTH"}.get(code, "NORTH")
    answer = hotspots(
        api, hotspot(code, outline, valid_from=day, area_code=area, **{"name": f"Hotspot {code}", **other})
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["applied"] is True, answer.text


def draw_unnoticed(session: Session, code: str, version: int, outline: Polygon, day: date) -> None:
    """Another outline, and nobody is told: what runs that somebody asks for are for."""
    session.add(
        HotspotBoundary(
            id=named(f"{code}/{version}"),
            hotspot_id=named(code),
            version=version,
            geometry=MultiPolygon([outline]),
            area_m2=250_000,
            source_crs="EPSG:4326",
            valid_from=day,
            imported_at=datetime(2026, 3, 3, tzinfo=UTC),
        )
    )
    session.flush()


def move_away(url: str, version: int = 2, outline: Polygon = ELSEWHERE, day: date = date(2026, 3, 1)) -> None:
    with opened(url) as engine, transaction(engine) as session:
        draw_unnoticed(session, "TGP-1", version, outline, day)


def tell_cause(url: str, day: date, now: datetime, code: str | None = None) -> None:
    basis = Basis.BOUNDARY if code else Basis.POLICY
    with opened(url) as engine, transaction(engine) as session:
        basis_changed(session, named("FORCE"), basis, day, now, hotspot_id=named(code) if code else None)


def move_window(url: str, new: UUID, old: str = "WINDOW-1") -> UUID:
    """Another window in the place of one, a day later; the id of the new one."""

    def moved(session: Session) -> None:
        before = session.get_one(TaskingWindow, named(old))
        day = timedelta(days=1)
        later = {"id": new, "starts_at": before.starts_at + day, "ends_at": before.ends_at + day}
        session.add(TaskingWindow(**{**before.model_dump(), **later}))
        session.flush()
        before.state, before.moved_to_id = WindowState.MOVED, new
        session.add(before)

    change(url, moved)
    return new


def linked_at_night(api: Api) -> UUID:
    """A patrol from 23:30 to 00:30, linked to a window that begins at midnight in another area; the window's id."""

    def planned(session: Session) -> None:
        evening = session.get_one(TaskingWindow, named("WINDOW-1"))
        span = timedelta(hours=5)
        night = {
            "id": named("NIGHT"),
            "starts_at": evening.starts_at + span,
            "ends_at": evening.ends_at + span,
        }
        session.add(TaskingWindow(**{**evening.model_dump(), **night, "area_id": named("SOUTH")}))

    change(api.url, planned)
    hour_inside(api, "4101", "at night", "phone-1", 270, 60, window=None)
    link = {"window_id": str(named("NIGHT")), "reason": "She took it over."}
    answer = api.put("4111", f"{patrol_path('at night')}/links/{named('link')}", link)
    assert answer.status_code == 201, answer.text
    return named("NIGHT")


def tick(api: Api) -> tuple[int, int]:
    """What the service does by itself: patrols marked, patrols judged again."""
    with opened(api.url) as engine:
        done = tick_once(engine, api.clock.at)
    return done["patrols marked for judging again"], done["patrols judged again"]


def due_patrols(url: str) -> set[UUID]:
    with opened(url) as engine, reading(engine) as session:
        return set(session.exec(select(col(ReassessDue.patrol_id))).all())


def held(url: str) -> dict[str, list[str]]:
    """Every derived row, spelled."""
    with opened(url) as engine, reading(engine) as session:
        return {
            table.__tablename__: sorted(repr(row) for row in session.exec(select(table)).all())
            for table in DERIVED
        }


def assessments(api: Api, path: str, collar: str = "4101") -> list[dict[str, Any]]:
    answer = api.get(collar, f"{path}/assessments")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["assessments"]
    return found
