"""Files of hours and schemes sent as a planner sends them, and what is read back."""

from datetime import date, datetime
from typing import Any
from uuid import uuid5

from app.clock import to_ms
from app.patrols.lifecycle import Funding, Mode, Programme, UniformState
from app.patrols.models import CreditedSlice, Grade, Patrol
from tests.compliance.test_window_compliance import patrol
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START

PLANNER, AUDITOR, SERGEANT, COMMANDER, SOUTHERN = "4131", "4133", "4111", "4121", "4112"
HOUR_MS = 3_600_000
HOURS = (
    "reference,channel,evidence,programme,uniform_state,funding,agency,hotspot_code,area_code,day,starts_at,ends_at,"
    "hours,minutes,persons,collar_number"
)
SCHEME = {
    "code": "GRANT", "name": "Hotspot grant", "first_day": "2026-03-01", "last_day": "2026-04-30",
    "target_hours": "610", "cadence": "month",
}  # fmt: skip


def bring(api: Api, kind: str, *lines: str, collar: str = PLANNER, dry_run: bool = False) -> Any:
    return api.client.post(
        f"/v1/imports/{kind}",
        params={"dry_run": dry_run},
        content="\n".join([*lines, ""]).encode(),
        headers=api.as_officer(collar, **{"Content-Type": "text/csv"}),
    )


def record(reference: str, **said: object) -> str:
    """A row of hours: by default two hours of one taskforce officer at TGP-1 on 2 March, by GPS."""
    values = {
        "reference": reference, "channel": "TASKFORCE", "evidence": "gps", "programme": "TASKFORCE",
        "uniform_state": "UNIFORM", "hotspot_code": "TGP-1", "day": "2026-03-02", "hours": "2",
    } | said  # fmt: skip
    return ",".join(str(values.get(name, "")) for name in HOURS.split(","))


def hours(api: Api, *rows: str, **how: Any) -> Any:
    answer = bring(api, "hours", HOURS, *rows, **how)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(api: Api, *rows: str) -> set[tuple[str, str]]:
    """What a file is refused for: columns and codes."""
    answer = bring(api, "hours", HOURS, *rows, dry_run=True)
    assert answer.status_code == 200, answer.text
    return {(one["column"], one["code"]) for one in answer.json()["findings"] if one["severity"] == "error"}


def scheme(api: Api, **said: str) -> str:
    """Brings a scheme in; its id."""
    values = SCHEME | said
    answer = bring(api, "schemes", ",".join(values), ",".join(values.values()))
    assert answer.status_code == 200, answer.text
    found = api.get(PLANNER, "/v1/schemes").json()["schemes"]
    (scheme_id,) = [one["id"] for one in found if one["code"] == values["code"]]
    return str(scheme_id)


def read(api: Api, path: str, collar: str = PLANNER, **params: Any) -> Any:
    answer = api.get(collar, path, **params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def bounds(told: dict[str, Any]) -> tuple[float, float]:
    """At least and at most, in exact hours."""
    return told["at_least_ms"] / HOUR_MS, told["at_most_ms"] / HOUR_MS


def free_patrol(name: str = "own patrol", at: datetime = START) -> Patrol:
    """A patrol made for no window."""
    made = patrol(name, "none", at)
    made.window_id = None
    return made


def own(name: str, from_minute: int, to_minute: int, **said: Any) -> CreditedSlice:
    """A piece of our own time, in minutes from START (19:00 on 2 March); `hotspot_id` None is anywhere."""
    starts = to_ms(START)
    span = [starts + from_minute * 60_000, starts + to_minute * 60_000]
    values: dict[str, Any] = {
        "patrol_id": named("own patrol"), "officer_id": named("4101"), "team_id": named("NORTH-1"),
        "area_id": named("NORTH"), "hotspot_id": None, "day": date(2026, 3, 2), "grade": Grade.VERIFIED,
        "programme": Programme.TASKFORCE, "uniform_state": UniformState.UNIFORM, "mode": Mode.FOOT,
        "funding": Funding.CORE,
    } | said  # fmt: skip
    return CreditedSlice(
        id=uuid5(named("slice"), name), force_id=named("FORCE"), credited_ms=span[1] - span[0], intervals=[span],
        **values,
    )  # fmt: skip
