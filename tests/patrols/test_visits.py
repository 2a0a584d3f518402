"""Visits as rows: what the standing result says of them, replaced with it and gone when a patrol is taken back."""

from datetime import date, timedelta

from alembic import command
from sqlmodel import col, select

from app.clock import from_ms, rfc3339
from app.database.engine import open_engine
from app.database.session import reading
from app.patrols.visit_models import Visit
from tests.conftest import EAST_SQUARE, Api, named
from tests.databases import migration_config
from tests.patrols.again import move_window
from tests.patrols.test_patrol_story import START, batch, batch_path, check_in, patrol_path

EAST = (EAST_SQUARE[0] + EAST_SQUARE[2]) / 2


def visits(url: str) -> list[Visit]:
    engine = open_engine(url)
    with reading(engine) as session:
        found = list(session.exec(select(Visit).order_by(col(Visit.entered_ms))).all())
    engine.dispose()
    return found


def minutes(row: Visit) -> tuple[float, float]:
    """When somebody came and left, in minutes after the start."""
    return tuple((from_ms(at) - START) / timedelta(minutes=1) for at in (row.entered_ms, row.left_ms))  # type: ignore[return-value]


def end(api: Api, minutes: float) -> None:
    content = {"checked_out_at": rfc3339(START + timedelta(minutes=minutes))}
    assert api.put("4101", f"{patrol_path()}/check-out", content).status_code == 201


def test_stays_long_enough_are_kept_and_short_ones_are_not(api: Api) -> None:
    assert api.put("4101", patrol_path(), check_in(operation=None)).status_code == 201
    api.clock.forward(minutes=120)
    # Twenty minutes here, four minutes later three more, and then ten minutes a kilometre to the east.
    for sequence, (begins, lasts, lon) in enumerate(((0, 20, None), (24, 3, None), (50, 10, EAST))):
        content = batch(sequence, begins, lasts) if lon is None else batch(sequence, begins, lasts, lon=lon)
        assert api.put("4101", batch_path(f"b{sequence}"), content).status_code == 201
    end(api, 62)
    here, there = visits(api.url)
    assert (here.hotspot_id, there.hotspot_id) == (named("TGP-1"), named("TGP-2"))
    assert minutes(here) == (0, 19.5)
    assert minutes(there) == (50, 59.5)
    for row in (here, there):
        assert (row.patrol_id, row.officer_id, row.window_id) == (
            named("patrol-1"),
            named("4101"),
            named("WINDOW-1"),
        )
        assert (row.team_id, row.area_id, row.force_id) == (named("NORTH-1"), named("NORTH"), named("FORCE"))
        assert (row.programme.value, row.funding.value, row.day) == (
            "TGP_SCHEDULED",
            "CORE",
            date(2026, 3, 2),
        )


def test_late_fixes_replace_them_and_taking_the_patrol_back_removes_them(api: Api) -> None:
    assert api.put("4101", patrol_path(), check_in()).status_code == 201
    api.clock.forward(minutes=90)
    assert api.put("4101", batch_path("a"), batch(0, 0, 10)).status_code == 201
    end(api, 61)
    assert [minutes(row) for row in visits(api.url)] == [(0, 9.5)]
    assert api.put("4101", batch_path("b"), batch(1, 10, 10)).status_code == 201
    assert [minutes(row) for row in visits(api.url)] == [(0, 19.5)]
    assert api.put("4101", batch_path("c"), batch(2, 40, 15)).status_code == 201
    assert [minutes(row) for row in visits(api.url)] == [(0, 19.5), (40, 54.5)]
    void = {"reason": "Checked in by mistake."}
    assert api.put("4101", f"{patrol_path()}/void", void).status_code == 201
    assert visits(api.url) == []


def test_the_list_of_windows_tells_its_visits(api: Api) -> None:
    """A stay of twenty minutes and one of fifteen, twenty minutes apart; those elsewhere are not the window's."""
    assert api.put("4101", patrol_path(), check_in()).status_code == 201
    api.clock.forward(minutes=120)
    for sequence, (begins, lasts) in enumerate(((0, 20), (40, 15))):
        content = batch(sequence, begins, lasts)
        assert api.put("4101", batch_path(f"b{sequence}"), content).status_code == 201
    east = batch(2, 60, 10, lon=EAST)
    assert api.put("4101", batch_path("b2"), east).status_code == 201
    end(api, 72)
    span = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"}
    (row,) = api.get("4111", "/v1/compliance/windows", **span).json()["windows"]
    assert (row["visits"], row["longest_visit_minutes"], row["longest_gap_minutes"]) == (2, 19, 20)
    found = api.get("4111", "/v1/compliance/groups", **span, group_by="hotspot").json()["items"]
    told = {each["keys"][0]["code"]: each["visits"]["visits"] for each in found}
    assert told == {"TGP-1": 2, "TGP-2": 1}


def test_a_window_tells_the_visits_of_patrols_for_the_one_that_was_moved_to_it(api: Api) -> None:
    """The patrol had begun when its window was moved, and again: its result counts for the last, and its visits."""
    assert api.put("4101", patrol_path(), check_in()).status_code == 201
    api.clock.forward(minutes=120)
    assert api.put("4101", batch_path("a"), batch(0, 0, 20)).status_code == 201
    move_window(api.url, named("STEAD"))
    move_window(api.url, named("LAST"), "STEAD")
    end(api, 72)
    span = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-06T00:00:00Z"}
    rows = api.get("4111", "/v1/compliance/windows", **span).json()["windows"]
    told = {
        row["window_id"]: (row["patrol_count"], row["visits"], row["longest_visit_minutes"]) for row in rows
    }
    assert told[str(named("LAST"))] == (1, 1, 19)


def test_patrols_judged_before_visits_were_rows_have_theirs(api: Api) -> None:
    """Taking the table away and making it again gives the same rows, from standing results; a void one has none."""
    for name, collar in (("patrol-1", "4101"), ("mistake", "4102")):
        assert api.put(collar, patrol_path(name), check_in(operation="Advance")).status_code == 201
        for sequence, (begins, lasts) in enumerate(((0, 20), (40, 15))):
            content = batch(sequence, begins, lasts)
            path = batch_path(f"{name} {sequence}", name)
            api.clock.at = START + timedelta(minutes=90)
            assert api.put(collar, path, content).status_code == 201
        content = {"checked_out_at": rfc3339(START + timedelta(minutes=60))}
        assert api.put(collar, f"{patrol_path(name)}/check-out", content).status_code == 201
    assert api.put("4102", f"{patrol_path('mistake')}/void", {"reason": "A mistake."}).status_code == 201
    before = [row.model_dump() for row in visits(api.url)]
    config = migration_config(api.url)
    command.downgrade(config, "20261125_schedules")
    command.upgrade(config, "head")
    assert [row.model_dump() for row in visits(api.url)] == before
    assert {row["patrol_id"] for row in before} == {named("patrol-1")} and len(before) == 2
