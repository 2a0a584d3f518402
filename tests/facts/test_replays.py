"""The same fact sent again, in other spellings, by others, for others, before its patrol: what the phone is told."""

import gzip
import json

import httpx2 as httpx
import pytest

from tests.conftest import Api, named
from tests.patrols.test_patrol_story import batch, batch_path, check_in, patrol_path
from tests.samples import rows_held

PLACE = {"lat": 52.5, "lon": -2.0, "accuracy_m": 9.0}


def raw_put(api: Api, path: str, raw: bytes, collar: str = "4101", **headers: str) -> httpx.Response:
    given = api.as_officer(collar, **{"Content-Type": "application/json", **headers})
    return api.client.put(path, content=raw, headers=given)


def test_other_spellings_are_the_same_check_in(api: Api) -> None:
    body = check_in(position=PLACE, checked_in_at="2026-03-02T19:00:00Z")
    first = api.put("4101", patrol_path(), body)
    assert first.status_code == 201
    held = rows_held(api.url)
    text = json.dumps(body)
    others = {
        "key order": json.dumps(dict(reversed(body.items()))),
        "white space": json.dumps(body, indent=7),
        "offset": text.replace("19:00:00Z", "19:00:00+00:00"),
        "another zone": text.replace("19:00:00Z", "20:00:00+01:00"),
        "zero fraction": text.replace("19:00:00Z", "19:00:00.000Z"),
        "integers": text.replace("-2.0", "-2").replace("9.0", "9"),
        "exponents": text.replace("52.5", "525e-1").replace("9.0", "0.9E1"),
        "escapes": text.replace("FOOT", "\\u0046OOT"),
    }
    for what, other in others.items():
        for sent_at in ("2026-03-02T18:00:00Z", "2026-03-02T18:31:00Z"):
            again = raw_put(api, patrol_path(), other.encode(), **{"Sent-At": sent_at})
            assert (again.status_code, again.json()) == (200, first.json()), what
    packed = raw_put(api, patrol_path(), gzip.compress(text.encode()), **{"Content-Encoding": "gzip"})
    assert (packed.status_code, packed.json()) == (200, first.json())
    assert rows_held(api.url) == held


def test_other_spellings_are_the_same_batch(api: Api) -> None:
    api.put("4101", patrol_path(), check_in())
    api.clock.forward(minutes=60)
    body = batch(3, 0, 5)
    first = api.put("4101", batch_path("b"), body)
    assert first.status_code == 201
    held = rows_held(api.url)
    text = json.dumps(body)
    turned = {**body, "fixes": [dict(reversed(fix.items())) for fix in body["fixes"]]}  # type: ignore[attr-defined]
    for other in (text.replace("Z", "+00:00"), text.replace("8.0", "8"), json.dumps(turned, indent=1)):
        again = raw_put(api, batch_path("b"), other.encode())
        assert (again.status_code, again.json()) == (200, first.json())
    assert rows_held(api.url) == held


CHANGES: dict[str, dict[str, object]] = {
    "another time": {"checked_in_at": "2026-03-02T19:00:00.001Z"},
    "another mode": {"mode": "CYCLE"},
    "a field more": {"operation": "OP KESTREL"},
    "a place": {"position": PLACE},
}


def test_other_content_is_a_conflict_and_the_first_stands(api: Api) -> None:
    first = api.put("4101", patrol_path(), check_in())
    held = rows_held(api.url)
    for what, change in CHANGES.items():
        answer = api.put("4101", patrol_path(), {**check_in(), **change})
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict"), what
        assert answer.json()["retryable"] is False
    assert rows_held(api.url) == held
    assert api.get("4101", patrol_path()).json() == first.json()


def test_batches_and_ends_conflict_too(api: Api) -> None:
    api.put("4101", patrol_path(), check_in())
    api.put("4101", patrol_path("second"), check_in(None))
    api.clock.forward(minutes=60)
    assert api.put("4101", batch_path("b"), batch(3, 0, 5)).status_code == 201
    for path, body in (
        (batch_path("b"), batch(4, 0, 5)),
        (batch_path("b"), batch(3, 0, 4)),
        (batch_path("b", "second"), batch(3, 0, 5)),
    ):
        assert api.put("4101", path, body).json()["code"] == "conflict"
    ended = {"checked_out_at": "2026-03-02T19:30:00Z"}
    assert api.put("4101", f"{patrol_path()}/check-out", ended).status_code == 201
    answer = api.put("4101", f"{patrol_path()}/check-out", {"checked_out_at": "2026-03-02T19:31:00Z"})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize("thief", ["4102", "7101", "4135"])
def test_an_id_somebody_holds_is_taken_without_a_word_about_it(api: Api, thief: str) -> None:
    api.put("4101", patrol_path(), check_in(None))
    held = rows_held(api.url)
    same = api.put(thief, patrol_path(), check_in(None))
    other = api.put(thief, patrol_path(), check_in(None, mode="CYCLE"))
    for answer in (same, other):
        assert (answer.status_code, answer.json()["code"]) == (409, "id-taken")
        assert answer.json()["detail"] == "Make a new id and send it again."
        assert "4101" not in answer.text
    assert rows_held(api.url) == held


def test_a_colleagues_fact_is_kept_aside_and_counted_nowhere(api: Api) -> None:
    body = check_in(captured_by=str(named("4102")))
    first = api.put("4101", patrol_path(), body)
    assert (first.status_code, first.json()) == (202, {"id": str(named("patrol-1")), "state": "quarantined"})
    assert api.put("4101", patrol_path(), body).status_code == 202
    assert api.put("4101", patrol_path(), {**body, "mode": "CYCLE"}).json()["code"] == "conflict"
    held = rows_held(api.url)
    assert (held["quarantined_facts"], held["patrols"]) == (1, 0)
    assert api.get("4102", patrol_path()).status_code == 404
    # The colleague's own phone may still say the same.
    assert api.put("4102", patrol_path(), check_in()).status_code == 201


def test_everything_of_a_colleagues_patrol_is_kept_aside(api: Api) -> None:
    """The check-in and the check-out of one patrol share its id; neither may push the other out."""
    who = {"captured_by": str(named("4102"))}
    assert api.put("4101", patrol_path(), check_in(**who)).status_code == 202
    assert api.put("4101", batch_path("b"), {**batch(0, 0, 5), **who}).status_code == 202
    ended = {"checked_out_at": "2026-03-02T19:30:00Z", **who}
    answer = api.put("4101", f"{patrol_path()}/check-out", ended)
    assert answer.status_code == 202, answer.text
    assert rows_held(api.url)["quarantined_facts"] == 3


def test_the_integration_records_for_others(api: Api) -> None:
    body = check_in(captured_by=str(named("4101")))
    assert api.put("4135", patrol_path(), body).status_code == 201
    assert api.get("4101", patrol_path()).json()["collar_number"] == "4101"
    api.clock.forward(minutes=60)
    assert (
        api.put("4135", batch_path("b"), {**batch(0, 0, 5), "captured_by": str(named("4101"))}).status_code
        == 201
    )
    # The officer's own phone goes on where the integration began, and the other way round.
    assert api.put("4101", batch_path("c"), batch(1, 5, 5)).status_code == 201
    ended = {"checked_out_at": "2026-03-02T19:30:00Z", "captured_by": str(named("4101"))}
    assert api.put("4135", f"{patrol_path()}/check-out", ended).status_code == 201


@pytest.mark.parametrize("uploader", ["4101", "4135"])
@pytest.mark.parametrize("nobody", ["7101", "nobody at all"])
def test_captured_by_names_somebody_of_the_force(api: Api, uploader: str, nobody: str) -> None:
    held = rows_held(api.url)
    who = {"captured_by": str(named(nobody))}
    for path, body in (
        (patrol_path(), check_in(None, **who)),
        (batch_path("b"), {**batch(0, 0, 5), **who}),
        (f"{patrol_path()}/check-out", {"checked_out_at": "2026-03-02T19:30:00Z", **who}),
    ):
        answer = api.put(uploader, path, body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), path
        assert answer.json()["errors"][0]["pointer"] == "/captured_by"
    assert rows_held(api.url) == held


@pytest.mark.parametrize("owner", [None, "4102", "7101"])
def test_facts_before_their_patrol_or_of_anothers_are_told_to_wait(api: Api, owner: str | None) -> None:
    if owner is not None:
        assert api.put(owner, patrol_path(), check_in(None)).status_code == 201
    held = rows_held(api.url)
    for path, body in (
        (batch_path("b"), batch(0, 0, 5)),
        (f"{patrol_path()}/check-out", {"checked_out_at": "2026-03-02T19:30:00Z"}),
    ):
        answer = api.put("4101", path, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "parent-unknown")
        assert answer.json()["retryable"] is True
    assert rows_held(api.url) == held
