"""Hostile input against the whole API: refused in our own words, never a 500, never quoted, nothing half-written.

Each answer is also held against the published description by the `api` fixture.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import httpx2 as httpx
import pytest

from app.activities.examples import EXAMPLES
from tests.conftest import Api, named
from tests.contract.checking import is_problem, operations, published
from tests.patrols.test_patrol_story import batch_path, check_in, patrol_path
from tests.samples import BODIES, places, rows_held, with_raw

CANARY = "kestrel7391"
# Never right, in whatever place: as raw text, because some of it is no JSON.
NEVER_RIGHT = {
    "NaN": "NaN",
    "Infinity": "Infinity",
    "-Infinity": "-Infinity",
    "infinite by size": "1e999",
    "minus infinite by size": "-1e999",
    "NaN as text": '"NaN"',
    "lone high surrogate": f'"{CANARY}\\ud800"',
    "lone low surrogate": f'"\\udc00{CANARY}"',
    "surrogate bytes": f'"{CANARY}\ud800"',
    "NUL": f'"{CANARY}\\u0000"',
    "raw NUL": f'"{CANARY}\x00"',
    "C1 control": f'"{CANARY}\\u0085"',
    "escape": f'"{CANARY}\\u001b[2J"',
    "line separator": f'"{CANARY}\\u2028"',
    "array for an object": f'["{CANARY}"]',
    "object with an unknown field": f'{{"{CANARY}": 1}}',
    "huge integer": "9" * 400,
    "integer beyond 64 bits": "9223372036854775808",
    "integer of 5,000 digits": "9" * 5000,
    "true": "true",
    "huge text": f'"{CANARY * 1000}"',
    "deep nesting": "[" * 150 + "]" * 150,
    "very deep nesting": "[" * 5000 + "]" * 5000,
    "not JSON": CANARY,
    "single quotes": f"'{CANARY}'",
    "half a text": f'"{CANARY}',
    "trailing comma": "1,",
}
# Somebody's own words may be anything that is text.
WORDS = {"reason", "text", "reason_code", "incident_reference", "log_number", "status", "reference", "name"}
# Codes of activities, too: one that no list holds is kept and flagged.
WORDS |= {name for name, held in EXAMPLES[1].items() if isinstance(held, str | list)}
WORDS -= {"kind", "level", "occurred_at", "recorded_at", "arrest_id"}
# So do words of a tracker and its headings.
WORDS |= {"word", "code", "heading", "headings"}
# So do codes of engagements and abstractions, and collar numbers that nobody carries.
WORDS |= {
    "engagement_type", "method", "reach_band", "priority_reference", "issue", "you_said", "we_did", "group", "basis",
    "authority_level", "reason_text", "destination", "destination_unit", "post_role", "note",
    "authorising_collar_number", "amendment_reason", "priority_groups", "minority_groups", "issues", "partners",
    "officers",
}  # fmt: skip
WRONG_KEYS = {
    "unknown": f'"{CANARY}": 1',
    "twice": f'"{CANARY}": 1, "{CANARY}": 1',
    "twice in two spellings": f'"{CANARY}": 1, "\\u006b{CANARY[1:]}": 1',
    "a key of NUL": '"\\u0000": 1',
    "our own column": '"content_hash": "x"',
    "a server's field": '"received_at": "2026-03-02T19:00:00Z"',
}
BAD_IDS = (
    "1", CANARY, "4CD605E7-AFA2-5360-B5B9-C5E9FB5C76F4", "{4cd605e7-afa2-5360-b5b9-c5e9fb5c76f4}",
    "urn:uuid:4cd605e7-afa2-5360-b5b9-c5e9fb5c76f4", "4cd605e7afa25360b5b9c5e9fb5c76f4", "4cd605e7-afa2-5360-b5b9",
    "4cd605e7-afa2-5360-b5b9-c5e9fb5c76f4%00", "4cd605e7-afa2-5360-b5b9-c5e9fb5c76f4%0A", "%00", "%FF", "..%2f..%2fetc",
    "%2e%2e", "4cd605e7-afa2-5360-b5b9-c5e9fb5c76f٤", "'%20OR%201=1--", "x" * 3000,
)  # fmt: skip
BAD_QUERY = (
    "", CANARY, "-1", "0", "501", "1e9", "9" * 30, "NaN", "%00", f"{CANARY}%00", "%FF%FE", "null",
    "'; DROP TABLE patrols",
    "W10", "bnVsbA", "eyJhIjoxfQ", "WyIyMDI2LTAzLTAyVDE5OjAwOjAwWiIsMV0", "W1tbW1tbW1tbW11dXV1dXV1dXV0",
    "=" * 40, "x" * 5000,
    "2026-03-02", "2026-03-02T19:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "2026-02-30T00:00:00Z",
    "1772445600",
)  # fmt: skip
BODY_OPERATIONS = [path for method, path, _ in operations() if path in BODIES and method == "PUT"]


@pytest.fixture
def revocation_seconds() -> float:
    """Nobody's roles change here."""
    return 5


def filled(path: str, seed: object = "patrol-1") -> str:
    known = {"patrol_id": "patrol-1" if path != "/v1/patrols/{patrol_id}" else seed, "window_id": f"w {seed}"}
    path = path.replace("{name}", "patrol_statuses").replace("{day}", "2026-03-02")
    return re.sub(
        r"\{(\w+)\}", lambda found: str(named(str(known.get(found[1], f"{found[1]} {seed}")))), path
    )


def caller_for(path: str) -> str:
    """Somebody who may: nothing here is refused for want of a permission."""
    office = ("/v1/destinations", "/v1/subscriptions", "/v1/outbox", "/v1/wmnow/mappings")
    if path.startswith(("/v1/imports", "/v1/officers", *office)):
        return "4134"
    if path.startswith(("/v1/weeks", "/v1/dip-samples")):
        return "4111"
    planned = path.startswith(("/v1/tasking", "/v1/compliance")) and "/answers/" not in path
    return "4131" if planned else "4101"


def send(api: Api, method: str, path: str, collar: str, raw: bytes, **headers: str) -> httpx.Response:
    given = api.as_officer(collar, **{"Content-Type": "application/json", **headers})
    return api.client.request(method, path, content=raw, headers=given)


def refused(answer: httpx.Response, what: object) -> dict[str, object]:
    assert 400 <= answer.status_code < 500, f"{what}: {answer.status_code} {answer.text[:300]}"
    assert CANARY not in answer.text + str(answer.headers), f"{what}: quotes what was sent"
    return is_problem(answer)


@pytest.fixture
def on_patrol(api: Api) -> Api:
    assert api.put("4101", patrol_path(), check_in()).status_code == 201
    api.clock.forward(minutes=60)
    return api


@pytest.mark.once  # refused before any SQL
def test_no_place_takes_what_is_never_right(on_patrol: Api) -> None:
    for path in BODY_OPERATIONS:
        _nothing_wrong_is_taken(on_patrol, path)


def _held(body: Any, at: tuple[str | int, ...]) -> Any:
    for step in at:
        body = body[step]
    return body


def _nothing_wrong_is_taken(on_patrol: Api, path: str) -> None:
    body = BODIES[path]
    before = rows_held(on_patrol.url)
    address, caller = filled(path), caller_for(path)
    for at in places(body):
        if "fixes" in at[:1] and len(at) > 1:
            continue  # a bad fix is rejected alone: see test_bad_fixes.py
        for what, raw in NEVER_RIGHT.items():
            if what == "NaN as text" and WORDS & set(at):
                continue
            if what == "true" and isinstance(_held(body, at), bool):
                continue
            if what == "array for an object" and WORDS & set(at) and isinstance(_held(body, at), list):
                continue  # a list of one code
            if at != ("fixes",) or not raw.startswith("["):  # a list of one bad fix is a batch
                refused(send(on_patrol, "PUT", address, caller, with_raw(body, at, raw)), f"{what} at {at}")
    for name in sorted(_required(path)):
        refused(send(on_patrol, "PUT", address, caller, with_raw(body, (name,), "null")), f"null at {name}")
    for what, raw in WRONG_KEYS.items():
        text = (json.dumps(body)[:-1] + (", " if body else "") + raw + "}").encode()
        refused(send(on_patrol, "PUT", address, caller, text), what)
    assert rows_held(on_patrol.url) == before


def test_a_key_deep_inside_given_twice(on_patrol: Api) -> None:
    before = rows_held(on_patrol.url)
    body = BODIES["/v1/patrols/{patrol_id}"]
    twice = with_raw(body, ("position",), f'{{"lat": 52.4, "{CANARY}": 1, "lon": -1.8, "{CANARY}": 2}}')
    told = refused(send(on_patrol, "PUT", patrol_path("other"), "4101", twice), "nested")
    assert told["code"] == "malformed"
    assert "twice" in str(told["detail"])
    batch = BODIES["/v1/patrols/{patrol_id}/fix-batches/{batch_id}"]
    fix = '{"recorded_at": "2026-03-02T19:00:00Z", "lat": 52.4, "lon": -1.8, "lat": 52.4}'
    assert refused(send(on_patrol, "PUT", batch_path("b"), "4101", with_raw(batch, ("fixes", 3), fix)), "fix")
    assert rows_held(on_patrol.url) == before


def _schema(path: str) -> dict[str, dict[str, dict[str, object]]]:
    content = published()["paths"][path]["put"]["requestBody"]["content"]
    found: Any = _named(content["application/json"]["schema"])
    for one in found.get("oneOf", ()):
        # Of several bodies, that of the sample.
        fields = _named(one)["properties"]
        if all(fields[name]["const"] == BODIES[path][name] for name in ("kind", "level")):
            found = _named(one)
    return found  # type: ignore[no-any-return]


def _named(schema: dict[str, Any]) -> Any:
    return published()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]


def _required(path: str) -> set[str]:
    return set(_schema(path).get("required", ()))


def test_the_largest_values_we_publish_are_kept(on_patrol: Api) -> None:
    """What the description allows fits into the tables: the longest text, the greatest and the smallest number."""
    for path in BODY_OPERATIONS:
        for name, schema in _schema(path)["properties"].items():
            for number, value in enumerate(_extremes(schema)):
                body = {**BODIES[path], name: value}
                address = filled(path, f"{name} {number}")
                answer = send(on_patrol, "PUT", address, caller_for(path), json.dumps(body).encode())
                assert answer.status_code < 500, f"{path} {name}={str(value)[:30]}: {answer.text}"


def _extremes(schema: dict[str, object]) -> list[object]:
    found: list[object] = []
    for kind in [schema, *schema.get("anyOf", [])]:  # type: ignore[misc]
        if kind.get("type") == "string" and "maxLength" in kind:
            found += ["x" * kind["maxLength"], "\U0001f6b6" * kind["maxLength"]]
        found += [kind[bound] for bound in ("minimum", "maximum") if bound in kind]
    return found


DOCUMENTS = {
    "nothing": b"",
    "white space": b" \n",
    "two documents": b"{}{}",
    "a list": b"[]",
    "null": b"null",
    "a text": f'"{CANARY}"'.encode(),
    "a number": b"1",
    "half": b'{"checked_in_at": "2026',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "not UTF-8": b'{"operation": "\xff\xfe"}',
    "overlong UTF-8": b'{"operation": "\xc0\x80"}',
    "a comment": b"{} // " + CANARY.encode(),
    "a million brackets": b"[" * 1_000_000,
    "many keys": b"{" + b",".join(b'"%x":1' % number for number in range(60_000)) + b"}",
}


@pytest.mark.once  # refused before any SQL
def test_no_document_but_a_good_one_is_read(on_patrol: Api) -> None:
    for path in BODY_OPERATIONS:
        _only_good_documents_are_read(on_patrol, path)


def _only_good_documents_are_read(on_patrol: Api, path: str) -> None:
    before = rows_held(on_patrol.url)
    for what, raw in DOCUMENTS.items():
        refused(send(on_patrol, "PUT", filled(path), caller_for(path), raw), what)
    good = json.dumps(BODIES[path]).encode()
    for media in (
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/jsonp",
        CANARY,
    ):
        answer = send(on_patrol, "PUT", filled(path), caller_for(path), good, **{"Content-Type": media})
        assert refused(answer, media)["code"] == "unsupported-media-type"
    assert rows_held(on_patrol.url) == before


# What somebody makes under a name of their own choice, which may be any word.
NAMED_FREELY = {("PUT", "/v1/wmnow/mappings/{name}")}


def test_bad_ids_in_paths(api: Api, asked_before: bool) -> None:
    """On PostgreSQL, unless everything is asked for, two for each parameter that no statement can see before it is read
    as a UUID."""
    for method, path, operation in operations():
        if (method, path) in NAMED_FREELY or ("security" not in operation and method != "GET"):
            continue
        kinds = {one["name"]: one["schema"].get("format") for one in operation.get("parameters", ())}
        for name in re.findall(r"\{(\w+)\}", path):
            for bad in BAD_IDS[:2] if asked_before and kinds[name] == "uuid" else BAD_IDS:
                body = json.dumps(BODIES[path]).encode() if path in BODIES else b""
                answer = send(api, method, filled(path.replace(f"{{{name}}}", bad)), caller_for(path), body)
                told = refused(answer, f"{method} {path} {bad}")
                assert answer.status_code in (404, 422), told


def test_bad_queries(api: Api, asked_before: bool, trials: Callable[[int], int]) -> None:
    """Everything bad for each parameter where it is first met as it is, a little of it wherever it is met again; all of
    it everywhere when everything is asked for."""
    everything = trials(10) == 10
    met: set[str] = set()
    for method, path, operation in operations():
        taken = {
            one["name"]: json.dumps(one, sort_keys=True)
            for one in operation.get("parameters", ())
            if one["in"] == "query"
        }
        names = list(taken)
        if method != "GET" or "security" not in operation:
            continue
        address = filled(path)
        for name in names:
            known = not everything and (asked_before or taken[name] in met)
            met.add(taken[name])
            for bad in BAD_QUERY[:2] if known else BAD_QUERY:
                answer = send(api, method, f"{address}?{name}={bad}", caller_for(path), b"")
                assert answer.status_code < 500, f"{path} {name}={bad}: {answer.text}"
                assert CANARY not in answer.text, f"{path} {name}={bad}"
            answer = send(api, method, f"{address}?{name}=1&{name}=2", caller_for(path), b"")
            assert {
                "pointer": f"#query/{name}",
                "code": "repeated",
                "detail": "is given twice",
            } in answer.json()["errors"]
        told = refused(
            send(api, method, f"{address}?{CANARY}=1", caller_for(path), b""), f"{path} unknown parameter"
        )
        assert told["code"] == "invalid", path
    for cursor in BAD_QUERY[1:]:
        assert refused(api.client.get(f"/v1/patrols?cursor={cursor}", headers=api.as_officer("4111")), cursor)
    for limit in ("-1", "0", "501", "1e9", "9" * 30, "x", "1.5"):
        refused(api.client.get(f"/v1/patrols?limit={limit}", headers=api.as_officer("4111")), limit)
