"""A record of the tracker and an engagement of ours: suggested when alike, linked by a person, never merged."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.wmnow.likeness import NEAR_IN_TIME, NEAR_M, Because, Ours, Theirs, metres, suggest
from tests.conftest import Api, named
from tests.wmnow.test_messages import Sender
from tests.wmnow.tracker import item

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN, BOB = UUID(int=1), UUID(int=2)


def theirs(number: int, minutes: float = 0, officer: UUID = ANN, **more: Any) -> Theirs:
    return Theirs(UUID(int=100 + number), officer, AT + timedelta(minutes=minutes), "PACT", **more)


def ours(number: int, minutes: float = 0, officers: frozenset[UUID] = frozenset({ANN}), **more: Any) -> Ours:
    return Ours(UUID(int=200 + number), officers, AT + timedelta(minutes=minutes), "PACT", **more)


def pairs(found: Any) -> set[tuple[int, int]]:
    return {(one.record_id.int - 100, one.engagement_id.int - 200) for one in found}


def test_the_nearest_in_time_is_suggested_and_each_once() -> None:
    found = suggest([theirs(1), theirs(2, 20)], [ours(1, 4), ours(2, 19), ours(3, 2)], ())
    assert pairs(found) == {(1, 3), (2, 2)}


def test_a_colleague_who_took_part_may_have_typed_it() -> None:
    assert pairs(suggest([theirs(1, officer=BOB)], [ours(1, officers=frozenset({ANN, BOB}))], ())) == {(1, 1)}


@pytest.mark.parametrize(
    ("record", "engagement"),
    [
        pytest.param(theirs(1, officer=BOB), ours(1), id="another officer"),
        pytest.param(theirs(1), ours(1, 30.1), id="later than half an hour"),
        pytest.param(theirs(1, position=(-1.9, 52.48)), ours(1, position=(-1.9, 52.4823)), id="further than 250 m"),
        pytest.param(theirs(1), Ours(UUID(int=201), frozenset({ANN}), AT, "BEAT_SURGERY"), id="another type"),
    ],
)  # fmt: skip
def test_what_is_not_alike_is_not_suggested(record: Theirs, engagement: Ours) -> None:
    assert suggest([record], [engagement], ()) == []


def test_our_id_on_their_record_goes_before_likeness() -> None:
    record = theirs(1, 600, engagement_ref=UUID(int=202))
    found = suggest([record, theirs(2)], [ours(1), ours(2)], ())
    assert {(one.engagement_id.int, one.because) for one in found} == {
        (202, Because.OUR_ID),
        (201, Because.ALIKE),
    }


@pytest.mark.parametrize("seed", range(30))
def test_nothing_nearer_is_left_over(seed: int) -> None:
    """Whatever the order they come in: no pair that may be suggested is nearer than what both of it were given to."""
    random = Random(seed)
    records = [theirs(n, random.uniform(0, 120), random.choice([ANN, BOB])) for n in range(6)]
    mine = [ours(n, random.uniform(0, 120), frozenset({random.choice([ANN, BOB])})) for n in range(6)]
    found = suggest(records, mine, ())
    for shuffled in list(permutations(records))[:5]:
        assert pairs(suggest(shuffled, mine[::-1], ())) == pairs(found)
    apart = {one.record_id: abs(one.seconds) for one in found} | {
        one.engagement_id: abs(one.seconds) for one in found
    }
    for record in records:
        for one in mine:
            seconds = abs((record.occurred_at - one.occurred_at).total_seconds())
            if record.officer_id in one.officer_ids and seconds <= NEAR_IN_TIME.total_seconds():
                assert min(apart.get(record.id, 9e9), apart.get(one.id, 9e9)) <= seconds


def test_metres_are_those_of_the_ground() -> None:
    assert metres((-1.9, 52.48), (-1.9, 52.48)) == 0
    assert abs((metres((-1.9, 52.48), (-1.8, 52.48)) or 0) - 6_794) < 10
    assert NEAR_M == 250


SURGERY = {"occurred_at": "2026-03-02T18:00:00Z", "engagement_type": "BEAT_SURGERY", "people_reached": 12}


@pytest.fixture
def both(api: Api) -> Iterator[Sender]:
    """The same surgery in both systems, typed ten minutes apart, and one more in each."""
    for name, body, who in (
        ("ours-1", SURGERY, "4101"),
        ("ours-2", {**SURGERY, "occurred_at": "2026-03-01T10:00:00Z"}, "4103"),
    ):
        assert api.put(who, f"/v1/engagements/{named(name)}", body).status_code == 201
    sender = Sender(api)
    for number, at, collar in ((1, "2026-03-02T18:10:00Z", "4101"), (2, "2026-03-01T15:00:00Z", "4103")):
        told = item(
            number, occurred_at=at, engagement_type="BEAT_SURGERY", recorded_by={"collar_number": collar}
        )
        sender.tell(f"msg_{number}", number, **told)
    sender.read()
    yield sender
    sender.engine.dispose()


def suggested(api: Api) -> tuple[str, dict[str, Any]]:
    """Where the one suggestion is decided, and what to send."""
    (one,) = api.get("4111", "/v1/wmnow/suggestions").json()["items"]
    return one["decide_at"], one["ready"]


def decided(api: Api, who: str, at: str, ready: dict[str, Any], **more: Any) -> tuple[str, Any]:
    path = f"{at}{uuid4()}"
    return path, api.put(who, path, {**ready, **more})


def test_a_sergeant_is_shown_two_that_may_be_one_and_links_them(both: Sender) -> None:
    api = both.api
    shown = api.get("4111", "/v1/wmnow/suggestions").json()
    assert len(shown["items"]) == 1
    (one,) = shown["items"]
    assert (one["seconds_apart"], one["metres_apart"], one["because"]) == (-600, None, "alike")
    assert (one["ours"]["id"], one["ours"]["collar_number"]) == (str(named("ours-1")), "4101")
    path, answer = decided(api, "4111", one["decide_at"], one["ready"])
    assert answer.status_code == 201
    assert api.put("4111", path, one["ready"]).status_code == 200
    assert api.put("4111", path, {**one["ready"], "decision": "refused"}).status_code == 409
    assert api.get("4111", "/v1/wmnow/suggestions").json()["items"] == []


def test_what_was_refused_is_not_suggested_again_and_may_be_taken_back_with_a_reason(both: Sender) -> None:
    api = both.api
    at, ready = suggested(api)
    assert decided(api, "4111", at, ready, decision="refused")[1].status_code == 201
    assert api.get("4111", "/v1/wmnow/suggestions").json()["items"] == []
    without = decided(api, "4111", at, ready, decision="open")[1]
    assert (without.status_code, without.json()["errors"][0]["pointer"]) == (422, "/reason")
    assert decided(api, "4111", at, ready, decision="open", reason="Looked again.")[1].status_code == 201
    assert len(api.get("4111", "/v1/wmnow/suggestions").json()["items"]) == 1


def test_what_changed_since_it_was_looked_at_is_looked_at_again(both: Sender) -> None:
    api = both.api
    at, ready = suggested(api)
    both.api.clock.forward(seconds=1)
    both.tell(
        "msg_3", 1, occurred_at="2026-03-02T18:12:00Z", engagement_type="BEAT_SURGERY", people_reached=99
    )
    both.read()
    answer = decided(api, "4111", at, ready)[1]
    assert (answer.status_code, answer.json()["code"]) == (409, "side-changed")


def test_one_is_linked_with_one(both: Sender) -> None:
    api = both.api
    at, ready = suggested(api)
    assert decided(api, "4111", at, ready)[1].status_code == 201
    assert api.put("4101", f"/v1/engagements/{named('ours-3')}", SURGERY).status_code == 201
    answer = decided(api, "4111", at, ready, engagement_id=str(named("ours-3")))[1]
    assert (answer.status_code, answer.json()["code"]) == (409, "linked-elsewhere")


def test_another_team_s_are_not_there(both: Sender) -> None:
    api = both.api
    at, ready = suggested(api)
    assert api.get("4112", "/v1/wmnow/suggestions").json()["items"] == []
    assert decided(api, "4112", at, ready)[1].status_code == 404
    assert decided(api, "4101", at, ready)[1].status_code == 403
    assert decided(api, "7101", at, ready)[1].status_code == 404


def test_many_at_once_each_under_its_own_conditions(both: Sender) -> None:
    api = both.api
    at, ready = suggested(api)
    items = [
        {**ready, "id": str(uuid4()), "record_id": at.split("/")[4]},
        {**ready, "id": str(uuid4()), "record_id": str(uuid4())},
        {**ready, "id": str(uuid4()), "record_id": at.split("/")[4], "record_version": 9},
    ]
    answer = api.post("4111", "/v1/wmnow/links", {"items": items}).json()
    assert [one["outcome"] for one in answer["results"]] == ["created", "refused", "refused"]
    assert (answer["created"], answer["refused"]) == (1, 2)
    assert [one["problem"]["code"] for one in answer["results"][1:]] == ["not-found", "side-changed"]
