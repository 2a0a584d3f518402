"""Bodies as they come over the wire: compressed, too large, cut short, endless."""

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import suppress
from itertools import repeat

import pytest
from hypothesis import given, strategies as st

from app.problems import Problem
from app.rest.body import BodyLimits, field_errors, inflate
from tests.conftest import Api
from tests.patrols.test_patrol_story import check_in, patrol_path
from tests.rest.wire import exchange
from tests.samples import rows_held

# Of the wire; what comes in whole is kept as in any other test.
pytestmark = pytest.mark.once

GOOD = json.dumps(check_in()).encode()
LIMITS = BodyLimits(sent=1_048_576, decoded=5_242_880)
MIB = 1_048_576


def put(api: Api, raw: bytes, encoding: str) -> tuple[int, str]:
    headers = api.as_officer("4101", **{"Content-Type": "application/json", "Content-Encoding": encoding})
    answer = api.client.put(patrol_path(), content=raw, headers=headers)
    return answer.status_code, answer.json().get("code", "")


def test_gzip_in_whatever_members_is_read(api: Api) -> None:
    halves = gzip.compress(GOOD[:40]) + gzip.compress(b"") + gzip.compress(GOOD[40:])
    assert put(api, gzip.compress(GOOD), "gzip")[0] == 201
    assert put(api, halves, "GZIP")[0] == 200
    assert put(api, GOOD, "identity")[0] == 200


def zipped(content: bytes) -> bytes:
    """The same bytes at any time: they name the tests, and workers must agree on names."""
    return gzip.compress(content, mtime=0)


@pytest.mark.parametrize(
    ("encoding", "raw", "code"),
    [
        ("br", GOOD, "unsupported-media-type"),
        ("gzip,gzip", zipped(zipped(GOOD)), "unsupported-media-type"),
        ("gzip, identity", zipped(GOOD), "unsupported-media-type"),
        ("deflate", zlib.compress(GOOD), "unsupported-media-type"),
        ("x-gzip", zipped(GOOD), "unsupported-media-type"),
        ("gzip", GOOD, "malformed"),
        ("gzip", b"", "malformed"),
        ("gzip", b"\x1f\x8b", "malformed"),
        ("gzip", zipped(GOOD)[:-5], "malformed"),
        ("gzip", zipped(GOOD)[:20], "malformed"),
        ("gzip", zipped(GOOD)[:-8] + bytes(8), "malformed"),
        ("gzip", zipped(GOOD) + b"trailing", "malformed"),
        ("gzip", zlib.compress(GOOD), "malformed"),
        ("gzip", zipped(zipped(GOOD)), "malformed"),
        ("gzip", zipped(b" " * 500_000), "too-large"),
        ("gzip", zipped(b" " * 6_000_000), "too-large"),
        ("gzip", b"".join(zipped(b" " * 100_000) for _ in range(100)), "too-large"),
        ("gzip", zipped(b"")[:10] + b"\x00" * 1000, "malformed"),
    ],
)
def test_other_encodings_and_damage_are_refused(api: Api, encoding: str, raw: bytes, code: str) -> None:
    before = rows_held(api.url)
    status, told = put(api, raw, encoding)
    assert (status, told) == ({"malformed": 400, "too-large": 413, "unsupported-media-type": 415}[code], code)
    assert rows_held(api.url) == before


def test_a_bomb_costs_no_more_than_the_limit() -> None:
    bomb = gzip.compress(b"\0" * 200_000_000, compresslevel=9)
    tracemalloc.start()
    with pytest.raises(Problem, match="too-large"):
        inflate(bomb, LIMITS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * LIMITS.decoded, peak


@given(st.lists(st.binary(max_size=2000), min_size=1, max_size=5), st.integers(1, 9))
def test_inflating_gives_what_was_deflated(parts: list[bytes], level: int) -> None:
    assert inflate(b"".join(gzip.compress(part, level) for part in parts), LIMITS) == b"".join(parts)


@given(st.binary(max_size=300), st.integers(0, 400), st.binary(max_size=4))
def test_no_damage_is_more_than_a_refusal(content: bytes, at: int, damage: bytes) -> None:
    packed = gzip.compress(content)
    at = min(at, len(packed))
    with suppress(Problem):
        inflate(packed[:at] + damage + packed[at + len(damage) :], LIMITS)


def endless(size: int) -> Iterator[bytes]:
    """Far more than anybody may send."""
    return repeat(b" " * size, 200)


def test_an_endless_body_without_length_is_read_to_the_limit_and_no_further(api: Api) -> None:
    headers = api.as_officer("4101", **{"Content-Type": "application/json", "Transfer-Encoding": "chunked"})
    seen = exchange(api, "PUT", patrol_path(), headers, endless(65_536))
    assert (seen.status, seen.json()["code"]) == (413, "too-large")
    assert seen.taken == MIB // 65_536 + 1
    assert str(MIB) in seen.json()["detail"]


@pytest.mark.parametrize("length", ["1048577", "9" * 40])
def test_a_body_said_to_be_too_large_is_not_read_at_all(api: Api, length: str) -> None:
    headers = api.as_officer("4101", **{"Content-Type": "application/json", "Content-Length": length})
    seen = exchange(api, "PUT", patrol_path(), headers, endless(65_536))
    assert (seen.status, seen.json()["code"], seen.taken) == (413, "too-large", 0)
    assert seen.headers["content-type"] == "application/problem+json"


def test_strangers_bodies_are_not_read(api: Api) -> None:
    for length in ("10", "1048577"):
        headers = {"Content-Type": "application/json", "Content-Length": length}
        seen = exchange(api, "PUT", patrol_path(), headers, endless(65_536))
        assert (seen.status, seen.json()["code"], seen.taken) == (401, "not-authenticated", 0)


def test_a_body_of_exactly_the_limit_is_read(api: Api) -> None:
    raw = GOOD + b" " * (MIB - len(GOOD))
    assert put(api, raw, "identity")[0] == 201
    assert put(api, raw + b" ", "identity") == (413, "too-large")


def test_a_flood_of_keys_is_refused_before_it_is_read(api: Api) -> None:
    """Each unknown key is a fault of its own, and five megabytes hold half a million."""
    flood = b"{" + b",".join(b'"%x":1' % number for number in range(400_000)) + b"}"
    assert put(api, gzip.compress(flood), "gzip") == (413, "too-large")
    honest = {**check_in(), "operation": ":" * 100}
    assert put(api, json.dumps(honest).encode(), "identity")[0] == 201


def test_a_union_says_what_it_knows_not_what_was_sent() -> None:
    error = {
        "type": "union_tag_invalid", "loc": ("activity",), "msg": "Input tag 'kestrel' found using 'kind'",
        "input": None, "ctx": {"tag": "kestrel", "expected_tags": "'ARREST', 'SEARCH'", "discriminator": "'kind'"},
    }  # fmt: skip
    found = field_errors([error])  # type: ignore[list-item]
    assert [(one.pointer, one.detail) for one in found] == [
        ("/activity", "must name one of 'ARREST', 'SEARCH'")
    ]
