"""What one may not see is as what is not there: same status, body and headers, and nothing counted, sorted or filtered.

The operations come from the published description.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx2 as httpx
import pytest

from app.clock import rfc3339
from app.identity.permissions import Role
from tests.access import calls
from tests.access.relations import ELSEWHERE, Person
from tests.access.scopes import Outcome, expected, scopes
from tests.access.world import READ, SUBJECT, World, rows_of
from tests.conftest import Api, named
from tests.contract.checking import operations
from tests.people import join
from tests.test_permissions import Row, rows

NAMING = [row for row in rows() if calls.names_a_row(row)]
LISTING = [
    row for row in rows() if row.method == "GET" and not calls.names_a_row(row) and scopes()[row.method, row.path].row
]  # fmt: skip


def told(answer: httpx.Response) -> tuple[int, str, dict[str, str]]:
    """An answer without what is of this one request alone."""
    headers = {name: value for name, value in answer.headers.items() if name != "request-id"}
    return answer.status_code, answer.text.replace(answer.headers["request-id"], ""), headers


def outsiders(world: World, row: Row) -> Iterator[Person]:
    """Who has the permission and yet may not see the row: of another LPA, or of another force."""
    rule = scopes()[row.method, row.path]
    for person in world.people:
        stranger = person.standing is ELSEWHERE or not person.standing.relation.force
        if stranger and len(person.roles) == 1:
            wanted = expected(row, rule, person.roles, person.standing.relation, calls.names_a_row(row))
            if wanted.outcome is Outcome.UNSEEN or wanted.shown is False:
                yield person


@pytest.mark.parametrize("row", NAMING, ids=lambda row: f"{row.method} {row.path}")
def test_unseen_and_unknown_are_one_answer(
    world: World, callers: calls.Callers, row: Row, trials: Callable[[int], int], asked_before: bool
) -> None:
    """Every outsider, in the first format and one of them in all; on PostgreSQL one of each standing. Everybody in
    every format when everything is asked for."""
    ids = world.rows[calls.purpose_of(row), SUBJECT]
    nowhere = {name: named(f"no such {name}") for name in ids}
    tried = list(outsiders(world, row))
    if asked_before:
        tried = list({person.standing: person for person in tried}.values())
    for number, person in enumerate(tried):
        fresh = calls.fresh_for(row, person)
        unseen = calls.variants(row, calls.address(row, ids, fresh))
        unknown = calls.variants(row, calls.address(row, nowhere, fresh))
        pairs = list(zip(unseen, unknown, strict=True))
        for one, other in pairs if number == 0 or trials(10) == 10 else pairs[:1]:
            answers = [told(callers.send(row, call, person)) for call in (one, other)]
            assert answers[0] == answers[1], str(person)
    assert tried or "signed-in" in row.permission


@pytest.mark.parametrize("row", LISTING, ids=lambda row: f"{row.method} {row.path}")
def test_asking_for_the_unseen_is_asking_for_nothing(world: World, callers: calls.Callers, row: Row) -> None:
    """A filter by somebody else's id finds as much as one by an id that is nobody's."""
    (operation,) = [one for method, at, one in operations() if (method, at) == (row.method, row.path)]
    taken = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
    ids = world.rows[READ, SUBJECT]
    for name in (name for name in taken if name in ids):
        for person in (one for one in outsiders(world, row) if one.standing is ELSEWHERE):
            for call in calls.variants(row, row.path):
                answers = []
                for wanted in (ids[name], named("no such thing")):
                    asked = calls.Call(call.method, call.path, {**call.query, name: str(wanted)})
                    status, text, headers = told(callers.send(row, asked, person))
                    # Links lead on with what was asked.
                    answers.append((status, text.replace(str(wanted), ""), headers))
                assert answers[0] == answers[1], f"{name} {person}"
                assert answers[0][0] == 200


def test_what_others_do_changes_nothing_one_is_told(api: Api) -> None:
    """Totals, order and where a page ends are of the rows one sees, however many there are beside them."""
    south = {"area_id": "SOUTH", "team_id": "SOUTH-1", "hotspot_id": "TGP-2", "window_id": "S0"}
    for number in range(2):
        _window(api, f"S{number}", "SOUTH-1", "TGP-2", number)
        rows_of(api, "4103", f"south {number}", south, f"S{number}", judged=True)
    before = _everything(api)
    assert sum("next_cursor" in one and '"next_cursor":null' not in one for one in before) >= 4
    north = {"area_id": "NORTH", "team_id": "NORTH-1", "hotspot_id": "TGP-1", "window_id": "N0"}
    join(api.url, "0001", (Role.OFFICER,), "NORTH-1")
    join(api.url, "9999", (Role.OFFICER,), "NORTH-1")
    for number in range(2):
        _window(api, f"N{number}", "NORTH-1", "TGP-1", number)
        rows_of(api, "4101", f"north {number}", north, f"N{number}", judged=True)
    assert _everything(api) == before


def _window(api: Api, name: str, team: str, hotspot: str, number: int) -> None:
    api.clock.at = datetime(2026, 3, 2, 17, tzinfo=UTC)
    body = {
        "hotspot_id": str(named(hotspot)),
        "team_id": str(named(team)),
        "starts_at": rfc3339(datetime(2026, 3, 2, 18, 30, tzinfo=UTC) + timedelta(minutes=30 * number)),
        "state": "PUBLISHED",
    }
    assert api.put("4131", f"/v1/tasking-windows/{named(name)}", body).status_code == 201


def _everything(api: Api) -> list[str]:
    """What the sergeant of the south is told by every list, a row a page and all at once, in every format."""
    answers = []
    for row in LISTING:
        if Role.SUPERVISOR not in row.roles:
            continue
        for call in calls.variants(row, row.path):
            for query in (
                ({**call.query, "limit": "1"}, call.query) if "limit" in call.query else (call.query,)
            ):
                answer = api.get("4112", call.path, **query)
                assert answer.status_code == 200, answer.text
                answers.append(answer.text)
    return answers
