"""People move: what they see turns with London's midnight, in details, lists, totals, files and cached answers alike.

Whoever moves is compared with colleagues who stay: before midnight with one of the old team, after it with one of the
new. The operations come from the published description, so a new one is held to the same.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import httpx2 as httpx
import pytest

from app.clock import rfc3339, start_of_london_day
from app.database.engine import open_engine
from app.database.session import reading
from app.identity.models import RankHeld
from app.identity.permissions import Role
from app.identity.queries import caller_for
from app.identity.ranks import order_of
from tests.access.calls import address, variants
from tests.access.office import pack_of, sample_of
from tests.access.scopes import scopes
from tests.access.staff import from_day
from tests.access.world import rows_of
from tests.conftest import ISSUER, Api, named
from tests.patrols.test_patrol_story import START, check_in, patrol_path
from tests.people import change, join
from tests.samples import SPAN
from tests.test_permissions import rows

MOVER, OFFICER, COLLEAGUE, SOUTHERN_OFFICER = "4111", "4101", "4102", "4103"
# A sergeant of each team who stays.
NORTH, SOUTH, COMMANDER, PLANNER = "6113", "4112", "4121", "4131"
STAYS = {"north": NORTH, "south": SOUTH}
SERGEANT = "OFFICER;SUPERVISOR"
TODAY = date(2026, 3, 2)
Shown = dict[str, tuple[int, str]]

# The days on which somebody moves: an ordinary one, and those around both changes of the clocks.
DAYS = [date(2026, 3, 5), date(2026, 3, 29), date(2026, 3, 30), date(2026, 10, 25), date(2026, 10, 26)]


@pytest.fixture
def forces(api: Api) -> Mapping[str, Mapping[str, UUID]]:
    """Rows of the north and of the south, as many of each kind as of the other, and a sergeant who stays in each."""
    stays = join(api.url, NORTH, (Role.OFFICER, Role.SUPERVISOR), "NORTH-1")
    change(api.url, lambda session: setattr(session.get_one(RankHeld, uuid5(stays, "rank")), "rank", "SGT"))
    _window(api, "WINDOW-S", "south", datetime(2026, 3, 2, 19, 30, tzinfo=UTC))
    north = {"area_id": "NORTH", "team_id": "NORTH-1", "hotspot_id": "TGP-1", "window_id": "WINDOW-1"}
    south = {"area_id": "SOUTH", "team_id": "SOUTH-1", "hotspot_id": "TGP-2", "window_id": "WINDOW-S"}
    made = {
        "north": rows_of(api, OFFICER, "north", north, "WINDOW-1", judged=True),
        "south": rows_of(api, SOUTHERN_OFFICER, "south", south, "WINDOW-S", judged=True),
    }
    return {
        place: {
            **ids,
            "sample_id": sample_of(api, f"{place} sample", f"{place.upper()}-1", STAYS[place], signed=True),
            "pack_id": pack_of(api, f"{place} pack", place.upper(), STAYS[place]),
        }
        for place, ids in made.items()
    }


def _window(api: Api, name: str, place: str, starts_at: datetime) -> str:
    body = {
        "hotspot_id": str(named("TGP-1" if place == "north" else "TGP-2")),
        "team_id": str(named(f"{place.upper()}-1")),
        "starts_at": rfc3339(starts_at),
        "state": "PUBLISHED",
    }
    answer = api.put(PLANNER, f"/v1/tasking-windows/{named(name)}", body)
    assert answer.status_code == 201, answer.text
    return str(named(name))


def _told(answer: httpx.Response) -> tuple[int, str]:
    """Status and content; of a refusal without the id of this one request."""
    if answer.status_code >= 400:
        return answer.status_code, str({**answer.json(), "instance": ""})
    return answer.status_code, answer.text


def _asked(
    forces: Mapping[str, Mapping[str, UUID]], every_format: bool
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Every read of what a team's sergeant may see: each address with its query, of both places."""
    for row in rows():
        rule = scopes()[row.method, row.path]
        if row.method == "GET" and rule.ways & {"team", "mine"}:
            for ids in forces.values():
                calls = list(variants(row, address(row, ids, named("nothing"))))
                for call in calls if every_format else calls[:1]:
                    yield call.path, call.query


def shown(api: Api, collar: str, forces: Mapping[str, Mapping[str, UUID]], every_format: bool) -> Shown:
    """All that somebody is told now by any read of the service."""
    asked = _asked(forces, every_format)
    return {f"{path} {dict(query)}": _told(api.get(collar, path, **query)) for path, query in asked}


def _patrols(api: Api, collar: str) -> set[str]:
    return {row["id"] for row in api.get(collar, "/v1/patrols").json()["patrols"]}


def _kept_aside(api: Api, collar: str) -> set[str]:
    return {row["id"] for row in api.get(collar, "/v1/quarantine").json()["items"]}


def test_a_sergeant_who_moves_loses_and_gains_at_midnight(
    api: Api, forces: Mapping[str, Mapping[str, UUID]], trials: Callable[[int], int], asked_before: bool
) -> None:
    """To and fro, on each of the days: every read of the service four times a day, so two days are quick, one of
    them in the first format of each read; on PostgreSQL there and not back, in the first format."""
    teams = ["north", "south"]
    days = DAYS[: max(1 if asked_before else 2, trials(len(DAYS)))]
    for number, day in enumerate(days):
        team = f"{teams[(number + 1) % 2].upper()}-1"
        from_day(api, MOVER, day, team=team, rank="SGT", roles=SERGEANT)
    for number, day in enumerate(days):
        every_format = len(days) == len(DAYS) or (number == 0 and not asked_before)
        _moves_at_midnight(api, forces, day, teams[number % 2], teams[(number + 1) % 2], every_format)


def _moves_at_midnight(
    api: Api, forces: Mapping[str, Mapping[str, UUID]], day: date, old: str, new: str, every_format: bool
) -> None:
    midnight = start_of_london_day(day)
    api.clock.at = midnight - timedelta(hours=12)
    for place in forces:
        _window(api, f"night of {place} {day}", place, midnight - timedelta(hours=1))
    api.clock.at = midnight - timedelta(seconds=1)
    before = shown(api, MOVER, forces, every_format)
    assert before == shown(api, STAYS[old], forces, every_format), day
    held = _held(api, f"night of {old} {day}", f"night of {new} {day}")
    api.clock.at = midnight
    after = shown(api, MOVER, forces, every_format)
    assert after == shown(api, STAYS[new], forces, every_format), day
    # Every one of them tells the two teams apart, or it proves nothing.
    assert [path for path in before if before[path] == after[path]] == []
    _held_answers_are_worth_nothing(api, held, old, new, day)


def _held(api: Api, mine: str, other: str) -> dict[str, str]:
    """What a phone or a screen may have kept: the mark of the tasking, and where the list of windows went on."""
    tasking = api.get(MOVER, "/v1/me/tasking")
    assert (str(named(mine)) in tasking.text, str(named(other)) in tasking.text) == (True, False)
    windows = api.get(MOVER, "/v1/tasking-windows", limit=1).json()
    assert windows["next_cursor"]
    return {"etag": tasking.headers["etag"], "cursor": windows["next_cursor"]}


def _held_answers_are_worth_nothing(api: Api, held: dict[str, str], old: str, new: str, day: date) -> None:
    headers = {"If-None-Match": held["etag"]}
    tasking = api.client.get("/v1/me/tasking", headers=api.as_officer(MOVER, **headers))
    assert tasking.status_code == 200
    assert str(named(f"night of {new} {day}")) in tasking.text
    assert str(named(f"night of {old} {day}")) not in tasking.text
    stays = api.client.get("/v1/me/tasking", headers=api.as_officer(STAYS[old], **headers))
    assert stays.status_code == 304, "the mark still stands for who stayed"
    following = api.get(MOVER, "/v1/tasking-windows", cursor=held["cursor"]).json()["windows"]
    assert following
    assert {window["team_id"] for window in following} == {str(named(f"{new.upper()}-1"))}


def test_a_move_brought_in_at_midday_counts_with_the_next_call(
    api: Api, forces: Mapping[str, Mapping[str, UUID]], trials: Callable[[int], int]
) -> None:
    every_format = trials(10) == 10
    assert shown(api, MOVER, forces, every_format) == shown(api, NORTH, forces, every_format)
    from_day(api, MOVER, TODAY, team="SOUTH-1", rank="SGT", roles=SERGEANT)
    assert shown(api, MOVER, forces, every_format) == shown(api, SOUTH, forces, every_format)
    assert api.get(MOVER, "/v1/me").json()["team"]["code"] == "SOUTH-1"


def test_totals_are_of_the_team_of_the_day(api: Api, forces: Mapping[str, Mapping[str, UUID]]) -> None:
    def totals() -> tuple[int, set[str]]:
        body = api.get(MOVER, "/v1/compliance/windows", **SPAN).json()
        return body["totals"]["denominator"], {window["window_id"] for window in body["windows"]}

    _window(api, "WINDOW-S2", "south", datetime(2026, 3, 3, 19, tzinfo=UTC))
    from_day(api, MOVER, date(2026, 3, 5), team="SOUTH-1", rank="SGT", roles=SERGEANT)
    api.clock.at = datetime(2026, 3, 4, 23, 59, 59, tzinfo=UTC)
    assert totals() == (1, {str(named("WINDOW-1"))})
    api.clock.forward(seconds=1)
    assert totals() == (2, {str(named("WINDOW-S")), str(named("WINDOW-S2"))})


def test_patrols_stay_with_the_team_of_their_day(api: Api, forces: Mapping[str, Mapping[str, UUID]]) -> None:
    """An officer moves: the old team keeps what was patrolled for it, the new one has what follows, both are theirs."""
    old, moved_on = str(forces["north"]["patrol_id"]), date(2026, 3, 5)
    from_day(api, OFFICER, moved_on, team="SOUTH-1")
    api.clock.at = datetime(2026, 3, 5, 12, tzinfo=UTC)
    begun = check_in(None, checked_in_at=rfc3339(api.clock.at))
    assert api.put(OFFICER, patrol_path("in the south"), begun).status_code == 201
    new = str(named("in the south"))
    assert {old, new} <= _patrols(api, OFFICER)
    assert (old in _patrols(api, MOVER), new in _patrols(api, MOVER)) == (True, False)
    assert (old in _patrols(api, SOUTH), new in _patrols(api, SOUTH)) == (False, True)
    assert (old in _patrols(api, COMMANDER), new in _patrols(api, COMMANDER)) == (True, False)
    # A patrol uploaded late is of the team of its own day, whoever the officer belongs to by then.
    late = check_in(None, checked_in_at=rfc3339(datetime(2026, 3, 4, 20, tzinfo=UTC)))
    assert api.put(OFFICER, patrol_path("late"), late).status_code == 201
    assert str(named("late")) in _patrols(api, MOVER) - _patrols(api, SOUTH)
    # What waits for a decision goes with the officer, to whoever leads them now.
    aside = str(forces["north"]["quarantined_id"])
    assert aside in _kept_aside(api, SOUTH) - _kept_aside(api, MOVER)


def test_who_has_left_is_out_and_what_they_did_stays(
    api: Api, forces: Mapping[str, Mapping[str, UUID]]
) -> None:
    last_day = date(2026, 3, 4)
    from_day(api, OFFICER, TODAY - timedelta(days=400), team="NORTH-1", until=last_day)
    api.clock.at = start_of_london_day(last_day) - timedelta(seconds=1)
    held = api.as_officer(OFFICER)
    assert api.client.get("/v1/me/tasking", headers=held).status_code == 200
    api.clock.forward(seconds=1)
    for path in ("/v1/me", "/v1/me/tasking", "/v1/patrols", f"/v1/patrols/{forces['north']['patrol_id']}"):
        assert api.client.get(path, headers=held).status_code == 401, path
    assert str(forces["north"]["patrol_id"]) in _patrols(api, MOVER)
    assert OFFICER not in api.get(MOVER, "/v1/officers", left="true").text
    assert OFFICER not in api.get(COMMANDER, "/v1/officers").text


def test_between_two_teams_only_the_own_is_seen(api: Api, forces: Mapping[str, Mapping[str, UUID]]) -> None:
    """In no team: no tasking and nobody's rows but one's own, and what is recorded is led by nobody."""
    from_day(api, MOVER, TODAY, team="", rank="SGT", roles=SERGEANT)
    assert api.put(MOVER, patrol_path("on the way"), check_in(None)).status_code == 201
    assert api.get(MOVER, "/v1/me").json()["team"] is None
    assert api.get(MOVER, "/v1/me/tasking").json()["windows"] == []
    assert _patrols(api, MOVER) == {str(named("on the way"))}
    assert _kept_aside(api, MOVER) == set()
    assert api.get(MOVER, "/v1/compliance/windows", **SPAN).json()["totals"]["denominator"] == 0
    for other in (NORTH, SOUTH, COMMANDER):
        assert str(named("on the way")) not in _patrols(api, other)


def test_acting_up_for_a_fortnight(api: Api, forces: Mapping[str, Mapping[str, UUID]]) -> None:
    begins, ends = date(2026, 3, 5), date(2026, 3, 19)
    from_day(api, COLLEAGUE, begins, team="NORTH-1", rank="SGT", acting=True, roles=SERGEANT)
    from_day(api, COLLEAGUE, ends, team="NORTH-1", rank="PC", roles="OFFICER")
    spans = [(begins, False), (ends, True)]
    for day, acting_before in spans:
        for at, acting in (
            (start_of_london_day(day) - timedelta(seconds=1), acting_before),
            (start_of_london_day(day), not acting_before),
        ):
            api.clock.at = at
            me = api.get(COLLEAGUE, "/v1/me").json()
            assert (me["rank"], "SUPERVISOR" in me["roles"]) == (("SGT", True) if acting else ("PC", False))
            assert _rank_order(api, COLLEAGUE, at.date()) == order_of(me["rank"])
            status = api.get(COLLEAGUE, "/v1/reviews/due").status_code
            assert status == (200 if acting else 403)
            assert (str(forces["north"]["patrol_id"]) in _patrols(api, COLLEAGUE)) is acting


def _rank_order(api: Api, collar: str, day: date) -> int:
    engine = open_engine(api.url, 1)
    with reading(engine) as session:
        caller = caller_for(session, ISSUER, f"demo|{collar}", day, None)
    engine.dispose()
    assert caller is not None
    return caller.rank_order


def test_demoted_at_midday(api: Api, forces: Mapping[str, Mapping[str, UUID]]) -> None:
    assert api.put(MOVER, patrol_path("mine"), check_in(None)).status_code == 201
    from_day(api, MOVER, TODAY, team="NORTH-1", rank="PC", roles="OFFICER")
    for path in ("/v1/reviews/due", "/v1/compliance/windows", "/v1/tasking-windows", "/v1/officers"):
        assert api.get(MOVER, path).status_code == 403, path
    assert _patrols(api, MOVER) == {str(named("mine"))}
    assert api.get(MOVER, f"/v1/patrols/{forces['north']['patrol_id']}").status_code == 404
    assert _rank_order(api, MOVER, TODAY) == order_of("PC")


def test_who_is_tasked_by_name_keeps_it_wherever_they_move(api: Api) -> None:
    """A window in somebody's name is theirs until a planner gives it to another; leaving the force ends it."""
    body: dict[str, Any] = {
        "hotspot_id": str(named("TGP-1")),
        "team_id": str(named("NORTH-1")),
        "starts_at": rfc3339(START + timedelta(hours=3)),
        "officer_ids": [str(named(OFFICER))],
        "state": "PUBLISHED",
    }
    assert api.put(PLANNER, f"/v1/tasking-windows/{named('by name')}", body).status_code == 201
    from_day(api, OFFICER, TODAY, team="SOUTH-1")
    windows = api.get(OFFICER, "/v1/me/tasking").json()["windows"]
    assert [window["id"] for window in windows] == [str(named("by name"))]
