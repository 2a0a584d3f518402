"""An activity of each kind, recorded, corrected, taken back and read, told through HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from app.activities.examples import EXAMPLES
from app.clock import rfc3339
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import MIDDLE, START, batch, batch_path, check_in, patrol_path

AT = START + timedelta(minutes=20)
BY_KIND = {(one["kind"], one["level"]): one for one in EXAMPLES}
KINDS = [f"{kind} {level}" for kind, level in BY_KIND]


def example(
    kind: str, level: str = "record", *, patrol: str | None = "patrol-1", **other: Any
) -> dict[str, Any]:
    """The published example, on a patrol of the small force."""
    body = {**BY_KIND[kind, level], "patrol_id": str(named(patrol)) if patrol else None, **other}
    return {name: value for name, value in body.items() if value is not None}


def path(name: str = "activity-1") -> str:
    return f"/v1/activities/{named(name)}"


def said(value: Any) -> Any:
    """JSON without what was not said."""
    if isinstance(value, dict):
        return {name: said(inner) for name, inner in value.items() if inner is not None}
    return [said(inner) for inner in value] if isinstance(value, list) else value


def flags(answer: dict[str, Any]) -> list[str]:
    return [flag["code"] for flag in answer["flags"]]


@pytest.fixture
def on_patrol(api: Api) -> Api:
    """4101 is on patrol since 19:00; it is half past."""
    api.clock.at = START
    assert api.put("4101", patrol_path(), check_in()).status_code == 201
    api.clock.at = START + timedelta(minutes=30)
    return api


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_recorded_read_corrected_and_taken_back(on_patrol: Api, kind: str) -> None:
    api, first = on_patrol, example(*kind.split())
    created = api.put("4101", path(), first)
    assert created.status_code == 201, created.text
    assert created.headers["etag"] == '"1"'
    told = created.json()
    assert (told["kind"], told["level"], told["revision"]) == (*kind.split(), 1)
    assert said(told["content"]) == first
    assert not [code for code in told["codes"] if code["unknown"]], told["codes"]
    assert all(code["label"] != "" for code in told["codes"])

    replayed = api.put("4101", path(), first)
    assert (replayed.status_code, replayed.json()) == (200, told)
    assert api.get("4101", path()).json() == told
    assert api.get("4111", path()).json() == told
    other = api.put("4101", path(), {**first, "reference": "ANOTHER"})
    assert (other.status_code, other.json()["code"]) == (409, "conflict")

    api.clock.forward(minutes=5)
    correction = {**first, "reference": "LATER/1", "amendment_reason": "The number came later."}
    assert api.put("4101", path(), correction).status_code == 428
    without = {name: value for name, value in correction.items() if name != "amendment_reason"}
    assert api.put("4101", path(), without, **{"If-Match": '"1"'}).status_code == 422
    corrected = api.put("4101", path(), correction, **{"If-Match": '"1"'})
    assert corrected.status_code == 200, corrected.text
    assert (corrected.headers["etag"], corrected.json()["revision"]) == ('"2"', 2)
    assert corrected.json()["content"]["reference"] == "LATER/1"
    assert corrected.json()["amended"]["reason"] == "The number came later."
    assert corrected.json()["occurred_at"] == told["occurred_at"]
    assert api.put("4101", path(), correction, **{"If-Match": '"1"'}).json() == corrected.json()
    assert api.put("4101", path(), {**correction, "reference": "X"}, **{"If-Match": '"1"'}).status_code == 412
    # The phone that never heard its first answer is told that its activity is safe, and how it stands.
    assert api.put("4101", path(), first).json() == corrected.json()

    history = api.get("4111", f"{path()}/history").json()
    assert [row["revision"] for row in history["revisions"]] == [1, 2]
    assert history["revisions"][0]["content"] == told["content"]
    assert history["revisions"][1]["content"] == corrected.json()["content"]
    assert history["revisions"][1]["reason"] == "The number came later."

    voided = api.put("4101", f"{path()}/void", {"reason": "Logged twice."})
    assert voided.status_code == 201
    assert voided.json()["voided"]["reason"] == "Logged twice."
    assert api.put("4101", f"{path()}/void", {"reason": "Again."}).json() == voided.json()
    late = api.put("4101", path(), {**correction, "reference": "Z"}, **{"If-Match": '"2"'})
    assert (late.status_code, late.json()["code"]) == (409, "taken-back")
    assert api.get("4111", "/v1/activities").json()["activities"] == []
    kept = api.get("4111", "/v1/activities", voided="true").json()["activities"]
    assert [row["id"] for row in kept] == [told["id"]]


def test_other_teams_and_other_forces_see_nothing(on_patrol: Api) -> None:
    api = on_patrol
    assert api.put("4101", path(), example("STOP_SEARCH")).status_code == 201
    for stranger in ("4102", "4103", "4112", "7101"):
        assert api.get(stranger, path()).status_code == 404
        assert api.get(stranger, f"{path()}/history").status_code == 404
        assert api.get(stranger, "/v1/activities").json()["activities"] == []
    taken = api.put("4102", path(), example("STOP_SEARCH", patrol=None))
    assert (taken.status_code, taken.json()["code"]) == (409, "id-taken")
    for who in ("4102", "4112"):
        assert api.put(who, f"{path()}/void", {"reason": "Not mine."}).json()["code"] == "parent-unknown"


def test_a_patrol_that_has_not_come_is_waited_for(api: Api) -> None:
    api.clock.at = AT + timedelta(minutes=10)
    early = api.put("4101", path(), example("OUTCOME"))
    assert (early.status_code, early.json()["code"], early.json()["retryable"]) == (
        409,
        "parent-unknown",
        True,
    )
    assert api.put("4101", patrol_path(), check_in()).status_code == 201
    assert api.put("4101", path(), example("OUTCOME")).status_code == 201
    others = api.put("4102", path("other"), example("OUTCOME"))
    assert (others.status_code, others.json()["code"]) == (409, "parent-unknown")
    for what in ("void", "amend"):
        body = {"reason": "A mistake."} if what == "void" else example("OUTCOME", amendment_reason="Later.")
        where = path("unseen") + ("/void" if what == "void" else "")
        headers = {} if what == "void" else {"If-Match": '"1"'}
        answer = api.put("4101", where, body, **headers)
        assert (answer.status_code, answer.json()["code"]) == (409, "parent-unknown")


def test_crew_log_on_the_patrol_and_see_what_the_lead_logged(api: Api) -> None:
    crew = [{"collar_number": "4103"}]
    assert api.put("4101", patrol_path(), check_in(crew=crew)).status_code == 201
    api.clock.at = START + timedelta(minutes=30)
    assert api.put("4103", path("crew"), example("OUTCOME")).status_code == 201
    assert api.put("4101", path("lead"), example("OUTCOME")).status_code == 201
    for who in ("4101", "4103"):
        found = api.get(who, "/v1/activities", patrol_id=str(named("patrol-1"))).json()["activities"]
        assert {row["id"] for row in found} == {str(named("crew")), str(named("lead"))}
    assert api.get("4102", path("lead")).status_code == 404


def test_where_it_was_is_told_with_its_hotspots(on_patrol: Api) -> None:
    here = {"lat": MIDDLE[1], "lon": MIDDLE[0], "accuracy_m": 5.0}
    answer = on_patrol.put("4101", path(), example("OUTCOME", position=here)).json()
    assert answer["place"] == {
        **here, "source": "phone", "hotspots": [{"id": str(named("TGP-1")), "name": "Hotspot TGP-1"}],
    }  # fmt: skip
    found = on_patrol.get("4111", "/v1/activities", hotspot_id=str(named("TGP-1"))).json()["activities"]
    assert [row["id"] for row in found] == [str(named("activity-1"))]
    assert on_patrol.get("4111", "/v1/activities", hotspot_id=str(named("TGP-2"))).json()["activities"] == []
    at_sea = on_patrol.put(
        "4101", path("sea"), example("OUTCOME", position={"lat": 50.0, "lon": -5.0})
    ).json()
    assert at_sea["place"]["hotspots"] == []


def test_where_the_phone_sent_no_position_the_track_tells_and_says_so(on_patrol: Api) -> None:
    api = on_patrol
    nowhere = api.put("4101", path(), example("OUTCOME", position=None)).json()
    assert nowhere["place"] is None
    assert api.put("4101", batch_path("b"), batch(0, 0, 28)).status_code == 201
    place = api.get("4101", path()).json()["place"]
    assert (place["source"], [each["name"] for each in place["hotspots"]]) == ("track", ["Hotspot TGP-1"])
    assert abs(place["lat"] - MIDDLE[1]) < 0.0001
    assert abs(place["lon"] - MIDDLE[0]) < 0.0001
    found = api.get("4111", "/v1/activities", patrol_id=str(named("patrol-1"))).json()["activities"]
    assert found[0]["place"] == place


def test_a_slow_clock_is_corrected_and_a_correction_keeps_the_time(on_patrol: Api) -> None:
    api, slow = on_patrol, timedelta(minutes=10)
    body = example("OUTCOME", occurred_at=rfc3339(api.clock.at - slow - timedelta(minutes=5)))
    answer = api.put("4101", path(), body, **{"Sent-At": rfc3339(api.clock.at - slow)}).json()
    assert answer["occurred_at"] == rfc3339(api.clock.at - timedelta(minutes=5))
    assert answer["content"]["occurred_at"] == body["occurred_at"]
    api.clock.forward(days=3)
    later = {**body, "reference": "R/1", "amendment_reason": "The number came."}
    assert (
        api.put("4101", path(), later, **{"If-Match": '"1"'}).json()["occurred_at"] == answer["occurred_at"]
    )


def test_pages_go_on_where_the_last_ended(api: Api) -> None:
    api.clock.at = START + timedelta(minutes=30)
    for number in range(5):
        logged = api.put("4101", f"/v1/activities/{named(f'n{number}')}", example("OUTCOME", patrol=None))
        assert logged.status_code == 201
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        page = api.get("4111", "/v1/activities", limit=2, **cursor).json()
        seen += [row["id"] for row in page["activities"]]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else {}
    assert len(seen) == len(set(seen)) == 5
    assert not cursor
