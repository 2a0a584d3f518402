"""Bad fixes cost only themselves, strange ones are kept: every kind of both, over HTTP."""

import json
from itertools import product

import pytest

from tests.conftest import Api
from tests.patrols.test_patrol_story import batch_path, check_in, patrol_path
from tests.samples import BODIES, with_raw
from tests.test_bad_input import CANARY, refused, send

BAD_FIXES: dict[str, str | dict[str, str]] = {
    "null": "null", "a number": "1", "a list": "[]", "a text": f'"{CANARY}"', "empty": "{}",
    "latitude as text": {"lat": '"52.48"'}, "latitude true": {"lat": "true"}, "latitude null": {"lat": "null"},
    "latitude out of range": {"lat": "90.0001"}, "longitude out of range": {"lon": "-180.5"},
    "swapped beyond range": {"lat": "-1.89", "lon": "252.48"}, "infinite latitude": {"lat": "1e999"},
    "huge integer": {"lat": "9" * 400}, "integer of 5,000 digits": {"lat": "9" * 4300},
    "accuracy out of range": {"accuracy_m": "-1.5"}, "accuracy as text": {"accuracy_m": '"8"'},
    "accuracy infinite": {"accuracy_m": "1e999"}, "speed out of range": {"speed_mps": "1000.5"},
    "heading out of range": {"heading_deg": "360.5"}, "mock as number": {"mock": "1"},
    "mock as text": {"mock": '"true"'},
    "battery out of range": {"battery_percent": "101"}, "unknown field": {CANARY: "1"},
    "no time": {"recorded_at": "null"}, "time as number": {"recorded_at": "1772445600"},
    "time without offset": {"recorded_at": '"2026-03-02T19:00:00"'}, "a date": {"recorded_at": '"2026-03-02"'},
    "time in words": {"recorded_at": f'"{CANARY}"'}, "time before 2000": {"recorded_at": '"1999-12-31T23:59:59Z"'},
    "time after 2100": {"recorded_at": '"2100-01-01T00:00:00Z"'},
    "no such day": {"recorded_at": '"2026-02-30T00:00:00Z"'},
    "deep": {"lat": "[" * 100 + "]" * 100},
}  # fmt: skip


def _fix_text(bad: str | dict[str, str]) -> str:
    if isinstance(bad, str):
        return bad
    fix = {"recorded_at": '"2026-03-02T19:01:07Z"', "lat": "52.483", "lon": "-1.895", **bad}
    return "{" + ", ".join(f'"{name}": {value}' for name, value in fix.items()) + "}"


@pytest.fixture
def on_patrol(api: Api) -> Api:
    assert api.put("4101", patrol_path(), check_in()).status_code == 201
    api.clock.forward(minutes=60)
    return api


def test_a_bad_fix_costs_only_itself(on_patrol: Api) -> None:
    body = BODIES["/v1/patrols/{patrol_id}/fix-batches/{batch_id}"]
    for what, bad in BAD_FIXES.items():
        raw = with_raw(body, ("fixes", 3), _fix_text(bad))
        first = send(on_patrol, "PUT", batch_path(what), "4101", raw)
        assert first.status_code == 201, f"{what}: {first.text}"
        told = first.json()
        assert (told["received"], told["accepted"]) == (10, 9), what
        assert [bad["index"] for bad in told["rejected"]] == [3], what
        assert CANARY not in first.text, what
        again = send(on_patrol, "PUT", batch_path(what), "4101", raw)
        assert (again.status_code, again.json()["rejected"]) == (200, told["rejected"])


def test_every_kind_of_bad_fix_at_once(on_patrol: Api) -> None:
    fixes = [_fix_text(bad) for bad in BAD_FIXES.values()]
    body = {**BODIES["/v1/patrols/{patrol_id}/fix-batches/{batch_id}"], "fixes": "@here@"}
    raw = json.dumps(body).replace('"@here@"', f"[{', '.join(fixes)}]").encode()
    answer = send(on_patrol, "PUT", batch_path("b"), "4101", raw)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["received"], answer.json()["accepted"]) == (len(fixes), 0)
    assert answer.json()["progress"]["verified_seconds"] == 0


def test_a_bare_nan_costs_its_fix_alone(on_patrol: Api) -> None:
    """NaN and Infinity are no JSON, but phones write them: what is meant is clear, and so is where the fix ends."""
    body = BODIES["/v1/patrols/{patrol_id}/fix-batches/{batch_id}"]
    for spelling in ("NaN", "Infinity", "-Infinity"):
        raw = with_raw(body, ("fixes", 3, "lat"), spelling)
        answer = send(on_patrol, "PUT", batch_path(f"bare-{spelling}"), "4101", raw)
        assert answer.status_code == 201, answer.text
        assert [bad["index"] for bad in answer.json()["rejected"]] == [3]
        assert "NaN" not in answer.text
        assert "Infinity" not in answer.text


def test_a_fix_that_is_no_json_costs_the_document(on_patrol: Api) -> None:
    """Where such a document ends cannot be known any more, so nothing of it is believed."""
    body = BODIES["/v1/patrols/{patrol_id}/fix-batches/{batch_id}"]
    for spelling in ('"\\ud800"', "nan", "1..5"):
        raw = with_raw(body, ("fixes", 3, "lat"), spelling)
        assert refused(send(on_patrol, "PUT", batch_path("b"), "4101", raw), spelling)["code"] == "malformed"


STRANGE_PLACES = {
    "swapped": (-1.895, 52.483), "null island": (0.0, 0.0), "north pole": (90.0, 0.0), "south pole": (-90.0, 180.0),
    "date line": (52.0, 180.0), "other side of it": (52.0, -180.0), "smallest number": (5e-324, -5e-324),
}  # fmt: skip


def test_strange_but_possible_places_are_stored_and_labelled(api: Api) -> None:
    """Swapped coordinates lie in the Indian Ocean: a fact like another, kept as sent, and worth nothing here."""
    for what, (lat, lon) in STRANGE_PLACES.items():
        assert api.put("4101", patrol_path(what), check_in()).status_code == 201
        body = json.loads(json.dumps(BODIES["/v1/patrols/{patrol_id}/fix-batches/{batch_id}"]))
        for fix in body["fixes"]:
            fix["lat"], fix["lon"] = lat, lon
        answer = api.put("4101", batch_path(what, what), body)
        assert answer.status_code == 201, f"{what}: {answer.text}"
        assert answer.json()["accepted"] == 10, what
        closed = api.put("4101", f"{patrol_path(what)}/check-out", {"checked_out_at": "2026-03-02T19:30:00Z"})
        assert closed.status_code == 201, f"{what}: {closed.text}"
        assert closed.json()["result"]["seconds"]["verified"] == 0, what
        for place in ("", "/assessment", "/track"):
            assert api.get("4111", patrol_path(what) + place).status_code in (200, 404), what


TIMES = ("2000-01-01T00:00:00Z", "2099-12-31T23:59:59Z", "2026-03-02T18:59:59Z", "2026-03-02T19:00:00Z")


def test_any_order_of_times_is_stored(api: Api) -> None:
    fixes = json.loads(json.dumps(BODIES["/v1/patrols/{patrol_id}/fix-batches/{batch_id}"]))
    for fix, at in zip(fixes["fixes"], TIMES * 2, strict=False):
        fix["recorded_at"] = at
    for started, ended in product(TIMES, TIMES):
        name = f"{started} {ended}"
        assert api.put("4101", patrol_path(name), check_in(checked_in_at=started)).status_code == 201, name
        assert api.put("4101", batch_path(name, name), fixes).status_code == 201, name
        body = {"checked_out_at": ended}
        answer = api.put("4101", f"{patrol_path(name)}/check-out", body, **{"Sent-At": TIMES[1]})
        assert answer.status_code == 201, f"{name}: {answer.text}"
        assert api.get("4101", f"{patrol_path(name)}/assessment").status_code == 200, name
    assert len(api.get("4101", "/v1/patrols").json()["patrols"]) == len(TIMES) ** 2
