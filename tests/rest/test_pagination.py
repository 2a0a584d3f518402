"""Cursors: what we gave is read back whole, whatever its time; anything else is 422."""

import base64
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given, settings, strategies as st

from app.problems import Problem
from app.rest.pagination import decode_code_cursor, decode_cursor, encode_code_cursor, encode_cursor
from tests.conftest import Api

ROW = UUID("01a1f9e6-0000-7000-8000-000000000001")


def written(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
@settings(deadline=None)
def test_a_time_comes_back_to_the_microsecond(at: datetime, row: UUID) -> None:
    assert decode_cursor(encode_cursor(at, row)) == (at, row)


@pytest.mark.parametrize("at", [datetime(1998, 5, 1, tzinfo=UTC), datetime(2124, 3, 2, 19, tzinfo=UTC)])
def test_times_no_sender_may_give_are_still_places_in_a_list(at: datetime) -> None:
    # A phone's corrected start may lie there: its row must not end the list it stands in.
    assert decode_cursor(encode_cursor(at, ROW)) == (at, ROW)


@pytest.mark.parametrize("code", ["TGP-1", "LU-SPD-SAMPTON-NW", "4101"])
def test_a_code_comes_back(code: str) -> None:
    assert decode_code_cursor(encode_code_cursor(code, ROW)) == (code, ROW)


@pytest.mark.parametrize(
    "at",
    [
        "2026-03-02",
        "2026-03-02T19:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-05:00",
        "\ud800",
        "",
        None,
        1772445600,
        ["2026-03-02T19:00:00Z"],
    ],
)
def test_times_we_do_not_write_are_refused(at: object) -> None:
    with pytest.raises(Problem) as refused:
        decode_cursor(written(at, str(ROW)))
    assert refused.value.kind.status == 422


@pytest.mark.parametrize(
    "code", ["\ud800", "A\udfffB", "A\x00", "A\x07", "A\x7f", "A\x85", "A\u2028", None, 7, ["A"]]
)
def test_codes_nobody_has_are_refused(code: object) -> None:
    with pytest.raises(Problem) as refused:
        decode_code_cursor(written(code, str(ROW)))
    assert refused.value.kind.status == 422


@pytest.mark.parametrize("path", ["/v1/hotspots", "/v1/teams", "/v1/areas", "/v1/officers"])
@pytest.mark.parametrize("code", ["\ud800", "\x1b"])
def test_a_crafted_cursor_is_422_on_every_list(api: Api, path: str, code: str) -> None:
    answer = api.get("4134", path, cursor=written(code, str(ROW)))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
