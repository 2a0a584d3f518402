"""Windows that were published once they had begun count, and every answer says so: else whoever plans could keep
drafts and publish those that somebody kept."""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

from app.clock import rfc3339
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START

PLANNER = "4131"


def made(api: Api, name: str, state: str, hours: int) -> None:
    starts_at = START + timedelta(hours=hours)
    body = {
        "hotspot_id": str(named("TGP-1")), "team_id": str(named("NORTH-1")), "state": state,
        "starts_at": rfc3339(starts_at), "ends_at": rfc3339(starts_at + timedelta(hours=2)),
    }  # fmt: skip
    answer = api.put(PLANNER, f"/v1/tasking-windows/{named(name)}", body)
    assert answer.status_code == 201, answer.text


def asked(api: Api, what: str, **more: str) -> Any:
    span = {
        "from": rfc3339(START),
        "to": rfc3339(START + timedelta(days=2)),
        "hotspot_id": str(named("TGP-1")),
    }
    return api.get(PLANNER, f"/v1/compliance/{what}", **span, **more)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text.lstrip("\ufeff"))))


def test_what_was_published_late_is_told_by_every_answer(api: Api) -> None:
    made(api, "draft", "PLANNED", 3)
    made(api, "ahead", "PUBLISHED", 3)
    api.clock.at = START + timedelta(hours=6)
    made(api, "after", "PUBLISHED", 5)
    reason = {"reason": "It was kept."}
    assert api.put(PLANNER, f"/v1/tasking-windows/{named('draft')}/publish", reason).status_code == 200
    told = asked(api, "windows").json()
    late = {str(named("draft")), str(named("after"))}
    assert {each["window_id"] for each in told["windows"] if each["published_late"]} == late
    assert told["totals"]["published_late"] == 2
    assert "2 published only once they had begun" in told["totals"]["in_words"]
    of_file = rows(asked(api, "windows", format="csv").text)
    assert {each["window_id"] for each in of_file if each["published_late"] == "yes"} == late
    for what, more in (("hotspots", {}), ("groups", {"group_by": "hotspot"})):
        (row,) = rows(asked(api, what, **more, format="csv").text)
        assert row["published_late"] == "2", what
    totals = asked(api, "groups", group_by="month").json()["totals"]["windows"]
    assert totals["published_late"] == 2
