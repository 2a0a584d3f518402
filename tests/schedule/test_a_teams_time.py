"""No team in two places: between schedules, and with windows that were planned since a draw."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.conftest import Api, named
from tests.schedule.test_schedules import PLANNER, days_of, drawn, published, windows


def evenings_of(code: str, until: str, team: str) -> dict[str, Any]:
    """Half a year of one hotspot and team in the evening: chance keeps two such apart once in many millions."""
    rules = {
        "hotspot_id": str(named(code)),
        "hours": [{"from": "18:00", "to": until}],
        "team_ids": [str(named(team))],
    }
    return {"last_day": "2026-08-31", "hotspot_ids": [str(named(code))], "hotspots": [rules]}


def overlapping(made: list[dict[str, Any]]) -> int:
    spans = sorted((one["team_id"], one["starts_at"], one["ends_at"]) for one in made)
    return sum(one[0] == other[0] and other[1] < one[2] for one, other in pairwise(spans))


def test_a_team_is_not_drawn_twice_for_days_that_are_still_to_be_published(api: Api) -> None:
    drawn(api, **evenings_of("TGP-1", "20:00", "NORTH-1"))
    published(api, until="2026-03-10")
    other = f"/v1/schedules/{named('other')}"
    drawn(api, other, **evenings_of("TGP-2", "22:00", "NORTH-1"))
    assert published(api, other).status_code == 200
    published(api)
    assert len(windows(api)) > 100
    assert overlapping(windows(api)) == 0


def test_a_draft_is_not_published_over_windows_that_came_since(api: Api) -> None:
    drawn(api, **evenings_of("TGP-1", "20:00", "NORTH-1"))
    clashing, free = (f"/v1/schedules/{named(name)}" for name in ("clashing", "free"))
    drawn(api, clashing, **evenings_of("TGP-2", "22:00", "NORTH-1"))
    drawn(api, free, **evenings_of("TGP-2", "22:00", "SOUTH-1"))
    assert published(api, until="2026-03-10").status_code == 200
    answer = published(api, clashing)
    assert (answer.status_code, answer.json()["code"]) == (409, "schedule-clash")
    assert published(api, free).status_code == 200


def test_windows_that_came_between_two_publishings_are_told_where_their_team_is_in_two_places(
    api: Api,
) -> None:
    """The rest stays as drawn, for it was committed to; whoever planned them could not know of it."""
    drawn(api, hotspot_ids=[str(named("TGP-1"))], hours=[{"from": "16:00", "to": "20:00"}])
    published(api, until="2026-03-10")
    due = [one for one in days_of(api) if one["treated"] and one["in_period"]]
    later = next(one for one in due if one["day"] > "2026-03-12")
    begins, team = datetime.fromisoformat(later["starts_at"]), later["team_id"]

    def planned(name: str, hours: int, team: str) -> None:
        starts_at, ends_at = (begins + timedelta(hours=each) for each in (hours, hours + 2))
        body = {
            "hotspot_id": str(named("TGP-1")), "team_id": team, "state": "PUBLISHED",
            "starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat(),
        }  # fmt: skip
        assert api.put(PLANNER, f"/v1/tasking-windows/{named(name)}", body).status_code == 201

    planned("at once", 1, team)
    planned("right after", 2, team)
    planned("another team", 0, next(iter({str(named(each)) for each in ("NORTH-1", "SOUTH-1")} - {team})))
    told = published(api).json()
    made = next(one["window_id"] for one in days_of(api) if one["day"] == later["day"])
    assert told["clashes"] == [{"window_id": made, "other_id": str(named("at once")), "team_id": team}]
    assert published(api).json()["clashes"] == []


def test_a_first_publishing_tells_of_a_day_long_window_two_days_before_with_the_way_from_it(api: Api) -> None:
    """A draft's way is looked at a day about; a day-long window reaches further with hours to travel."""
    drawn(
        api, hotspot_ids=[str(named("TGP-1"))], hours=[{"from": "00:00", "to": "02:00"}], window_minutes=120,
        travel_minutes=240,
    )  # fmt: skip
    first = next(one for one in days_of(api) if one["treated"] and one["in_period"])
    begins = datetime.fromisoformat(first["starts_at"])
    body = {
        "hotspot_id": str(named("TGP-2")), "team_id": first["team_id"], "state": "PUBLISHED",
        "starts_at": (begins - timedelta(hours=25)).isoformat(), "ends_at": (begins - timedelta(hours=1)).isoformat(),
    }  # fmt: skip
    assert api.put(PLANNER, f"/v1/tasking-windows/{named('a day')}", body).status_code == 201
    told = published(api)
    assert told.status_code == 200, told.text
    made = next(one["window_id"] for one in days_of(api) if one["day"] == first["day"])
    assert told.json()["clashes"] == [
        {"window_id": made, "other_id": str(named("a day")), "team_id": first["team_id"]}
    ]
