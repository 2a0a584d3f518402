"""How an operation is called in the matrix, made from the published description, and what its answer comes to."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID, uuid5

import httpx2 as httpx
from python_calamine import CalamineWorkbook

from app.identity.permissions import Role
from demo.signing import CLIENT_ID, DemoPerson
from tests.access.relations import Person
from tests.access.scopes import Outcome, Rule
from tests.access.world import NAMES, PLAN, READ, WRITE, World
from tests.conftest import named
from tests.contract.checking import operations
from tests.samples import BODIES, QUERIES, SPAN
from tests.test_permissions import Row

AS_IF_NOT_THERE = {"parent-unknown", "id-taken"}
TEAM_CODES = {named("NORTH-1"): "NORTH-1"}
_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    query: Mapping[str, str]


def makes_its_row(row: Row) -> bool:
    """Whether the last id of the address is one that the caller makes."""
    return row.method == "PUT" and row.path.endswith("}")


def names_a_row(row: Row) -> bool:
    """Whether the address names a row that is there, rather than listing or making some."""
    found = [name for name in _PARAMETER.findall(row.path) if name not in NAMES]
    return len(found) > (1 if makes_its_row(row) else 0)


def purpose_of(row: Row) -> str:
    """Which set of rows an operation is tried on."""
    if row.method == "GET":
        return READ
    return PLAN if row.permission.startswith("force:") else WRITE


def address(row: Row, ids: Mapping[str, UUID], fresh: UUID) -> str:
    """The address with the ids of rows filled in, and a new one where the caller makes it.

    KeyError: the world has no such row yet; add one in `tests/access/world.py`.
    """
    path = row.path
    if makes_its_row(row):
        path = path[: path.rindex("{")] + str(fresh)
    return _PARAMETER.sub(lambda found: NAMES.get(found[1]) or str(ids[found[1]]), path)


def variants(row: Row, path: str) -> Iterator[Call]:
    """The operation as it is called, once for each format it can answer in."""
    (operation,) = [one for method, at, one in operations() if (method, at) == (row.method, row.path)]
    taken = {one["name"]: one["schema"] for one in operation.get("parameters", ()) if one["in"] == "query"}
    query = {name: SPAN[name] for name in ("from", "to") if name in taken}
    query |= QUERIES.get(row.path, {})
    if "limit" in taken:
        query["limit"] = "500"
    formats = _choices(taken.get("format", {}))
    for asked in [{**query, "format": wanted} for wanted in formats] or [query]:
        yield Call(row.method, path, asked)


def _choices(schema: Mapping[str, Any]) -> list[str]:
    found = list(schema.get("enum", ()))
    for one in schema.get("anyOf", ()):
        found += one.get("enum", ())
    return found


class Callers:
    """Calls as one person or another; each token is made once."""

    def __init__(self, world: World) -> None:
        self.api = world.api
        self.tokens: dict[str, str] = {}

    def token(self, person: Person) -> str:
        if person.collar not in self.tokens:
            subject = f"demo|{person.collar}"
            client = subject if Role.INTEGRATION in person.roles else CLIENT_ID
            signed = self.api.signer.access_token(DemoPerson(subject, person.collar), client)
            self.tokens[person.collar] = signed[0]
        return self.tokens[person.collar]

    def send(self, row: Row, call: Call, person: Person | None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token(person)}"} if person else {}
        query = dict(call.query)
        if row.path.startswith("/v1/imports/"):
            return self.api.client.request(
                row.method, call.path, params={**query, "dry_run": "true"}, content=b"code\n1\n",
                headers={**headers, "Content-Type": "text/csv"},
            )  # fmt: skip
        if row.method == "GET":
            return self.api.client.get(call.path, params=query or None, headers=headers)
        return self.api.client.request(row.method, call.path, json=BODIES[row.path], headers=headers)


def fresh_for(row: Row, person: Person) -> UUID:
    return uuid5(person.id, row.path)


def shows(rule: Rule, row_id: UUID, answer: httpx.Response) -> bool:
    """Whether a list holds a row. An area is named beside every place that lies in it, so only its own id counts; a
    file of sums says of a team its code alone."""
    if "spreadsheetml" in answer.headers["content-type"]:
        sheet = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0)
        return str(row_id) in str(sheet.to_python())
    if rule.name == "AREA" and "json" in answer.headers["content-type"]:
        return f'"id":"{row_id}"' in answer.text
    if rule.row == "team_id" and "csv" in answer.headers["content-type"]:
        return str(row_id) in answer.text or f",{TEAM_CODES[row_id]}," in answer.text
    return str(row_id) in answer.text


def outcome(row: Row, answer: httpx.Response) -> Outcome | str:
    """What an answer comes to; its status in words when it is none of those a call may come to."""
    status = answer.status_code
    code = answer.json().get("code") if status >= 400 else None
    if status == 401:
        return Outcome.STRANGER
    if status == 403:
        return Outcome.FORBIDDEN
    if status == 404 or code in AS_IF_NOT_THERE:
        return Outcome.UNSEEN
    # A change may be refused for what it says: an import's sample is no good file, a window has begun,
    # what is changed was not read before.
    refusable = (409, 412, 422, 428) if row.method != "GET" else ()
    return Outcome.THROUGH if status < 300 or status in refusable else f"{status} {answer.text[:200]}"
