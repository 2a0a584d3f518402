"""What the server decides, nobody sends: every field of its own, on every write, at every depth, in both spellings.

The fields come from the published answers and from the tables, less what a request may hold there.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.database.model import Table
from app.facts.models import QuarantinedFact
from tests.access.world import World
from tests.contract.checking import Json, operations, published
from tests.samples import BODIES, places, rows_held
from tests.test_bad_input import caller_for, filled

WRITES = [
    (method, path)
    for method, path, operation in operations()
    # A file that is imported is read by its own mapping of columns; a signed message is kept as it came.
    if "application/json" in operation.get("requestBody", {}).get("content", {})
    and not path.startswith(("/v1/imports/", "/v1/wmnow/webhooks/"))
]
# Refused before any SQL.
pytestmark = pytest.mark.once
# Fewer than the faults that one answer lists.
AT_ONCE = 20
A_VALUE = "0190a3c2-7d1e-7c3a-9f00-5b2f6c1d2e3f"


def _schemas(schema: Json) -> Iterator[Json]:
    """A schema and all it is made of."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield from _schemas(published()["components"]["schemas"][name])
        return
    yield schema
    inner = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("properties", {}).values()]
    for one in [*inner, schema.get("items"), schema.get("additionalProperties")]:
        if isinstance(one, dict):
            yield from _schemas(one)


def _fields(schema: Json) -> set[str]:
    return {name for one in _schemas(schema) for name in one.get("properties", ())}


def _operation(method: str, path: str) -> Json:
    found: Json = published()["paths"][path][method.lower()]
    return found


def _answered(method: str, path: str) -> set[str]:
    """What the answers of an operation hold, at any depth, and every fact with them."""
    facts = {column.name for column in QuarantinedFact.__table__.c}  # type: ignore[attr-defined]
    return facts | {
        name
        for response in _operation(method, path)["responses"].values()
        for media in response.get("content", {}).values()
        for name in _fields(media.get("schema", {}))
    }


def _sent(method: str, path: str) -> set[str]:
    return _fields(_operation(method, path)["requestBody"]["content"]["application/json"]["schema"])


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest) if rest else name.title()


def _objects(body: Any) -> list[tuple[str | int, ...]]:
    """Where an object stands in a body; not in fixes, of which a bad one is rejected alone, nor in facts of several
    kinds, which are read one by one (`tests/sync`)."""
    found: list[tuple[str | int, ...]] = [()]
    for at in places(body):
        inner = body
        for step in at:
            inner = inner[step]
        several = any("kind" in each for each in body.get("items", ()))
        if isinstance(inner, dict) and at[0] not in ("fixes", "content") and not several:
            found.append(at)
    return found


def _with(body: Any, at: tuple[str | int, ...], more: dict[str, object]) -> Any:
    copy = json.loads(json.dumps(body))
    inner = copy
    for step in at:
        inner = inner[step]
    inner.update(more)
    return copy


def _wrong(method: str, path: str) -> Iterator[tuple[tuple[str | int, ...], dict[str, object]]]:
    """Every place with what is tried there: each field with a value, as null, and in the other spelling."""
    sent, answered = _sent(method, path), _answered(method, path)
    columns = {column.name for table in Table.metadata.tables.values() for column in table.c}
    own = sorted((answered | columns) - sent)
    for name in sorted(answered - sent):
        yield (), {name: A_VALUE}
    for at in _objects(BODIES[path]):
        for start in range(0, len(own), AT_ONCE):
            names = own[start : start + AT_ONCE]
            yield at, dict.fromkeys(names, A_VALUE)
            yield at, dict.fromkeys(names)
            yield at, dict.fromkeys((_camel(name) for name in names), A_VALUE)


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_nothing_of_the_servers_own_is_taken(world: World, method: str, path: str) -> None:
    assert path in BODIES, f"add a good body of {method} {path} to BODIES in tests/samples.py"
    api = world.api
    headers = api.as_officer(caller_for(path))
    held, address, body = rows_held(api.url), filled(path), BODIES[path]
    tried = list(_wrong(method, path))
    assert {"content_hash", "received_at", "force_id", "uploaded_by"} <= {
        name for _, one in tried for name in one
    }
    for at, more in tried:
        answer = api.client.request(method, address, json=_with(body, at, more), headers=headers)
        told = f"{more} at {at}: {answer.status_code} {answer.text}"
        assert answer.status_code == 422, told
        # Each is a fault of its own: none slips through beside another.
        assert len(answer.json()["errors"]) == len(more), told
    assert rows_held(api.url) == held
