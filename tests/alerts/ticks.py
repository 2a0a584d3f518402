"""Ticks of a test's clock, and what they left in the table of alerts."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from app.alerts.models import Alert
from app.database.engine import open_engine
from app.database.session import reading
from app.housekeeping import tick_once
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START

JOB = "alerts raised or cleared"


def tick(api: Api) -> int:
    """`beatcheck tick` now; how many alerts it raised or cleared."""
    return tick_at(api.url, api.clock.at)


def tick_at(url: str, now: datetime) -> int:
    engine = open_engine(url)
    failed: list[str] = []
    done = tick_once(engine, now, failed.append)
    engine.dispose()
    assert not failed
    return done[JOB]


def stored(url: str) -> list[Alert]:
    engine = open_engine(url, 1)
    with reading(engine) as session:
        rows = list(session.execute(select(Alert).order_by(col(Alert.id))).scalars())
    engine.dispose()
    return rows


def at(api: Api, minutes: float) -> datetime:
    """Turns the clock to so many minutes after the window's start, and ticks."""
    api.clock.at = START + timedelta(minutes=minutes)
    tick(api)
    return api.clock.at


def alerts(api: Api, collar: str, **query: Any) -> list[dict[str, Any]]:
    answer = api.get(collar, "/v1/alerts", **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return list(answer.json()["items"])


def kinds(api: Api, collar: str, **query: Any) -> list[str]:
    return sorted(each["kind"] for each in alerts(api, collar, open="true", **query))


def digest(api: Api, collar: str, team: str = "NORTH-1", **query: Any) -> dict[str, Any]:
    """The part of a digest that is a team's; nothing when it is not in it."""
    answer = api.get(collar, "/v1/alerts/digest", **query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = [
        one for one in answer.json()["teams"] if one["team_id"] == str(named(team))
    ]
    return found[0] if found else {}


def task(api: Api, window: str, *collars: str, team: str = "NORTH-1", **other: Any) -> None:
    """Plans a window anew with these people by name; makes it when it is not there."""
    path = f"/v1/tasking-windows/{named(window)}"
    held = api.get("4131", path)
    body = {
        "hotspot_id": str(named("TGP-1")), "team_id": str(named(team)), "starts_at": "2026-03-02T19:00:00Z",
        "ends_at": "2026-03-02T21:00:00Z", "required_minutes": 60, "state": "PUBLISHED",
        "officer_ids": [str(named(collar)) for collar in collars], **other,
    }  # fmt: skip
    if held.status_code == 200:
        body["reason"] = "Rostered anew."
    mark = {"If-Match": held.headers["etag"]} if held.status_code == 200 else {}
    answer = api.put("4131", path, body, **mark)
    assert answer.status_code in (200, 201), answer.text
