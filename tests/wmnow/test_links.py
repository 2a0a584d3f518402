"""A record of the tracker and an engagement of ours: suggested when alike, linked by a person, never merged."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event

from app.wmnow.likeness import NEAR_IN_TIME, NEAR_M, Because, Ours, Theirs, metres, suggest
from demo.wmnow import message
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


def test_who_decides_on_many_waits_for_all_of_them_at_once(both: Sender) -> None:
    """Item by item, two sergeants who send the same pairs in another order would wait for each other, or for a pull."""
    api = both.api
    at, ready = suggested(api)
    mine = {**ready, "record_id": at.split("/")[4]}
    ids = [UUID(int=number << 64 | number) for number in (9, 3, 7)]
    items = [
        {**mine, "id": str(uuid4())},
        *({**mine, "id": str(uuid4()), "record_id": str(one)} for one in ids),
    ]
    waited: list[int] = []
    held: list[str] = []

    @event.listens_for(api.client.app.state.engine, "before_cursor_execute")  # type: ignore[attr-defined]
    def note(_connection: object, _cursor: object, sql: str, parameters: Any, *_: object) -> None:
        if "pg_advisory_xact_lock(" in sql:
            waited.append(next(iter(parameters.values())))
        if "FOR UPDATE" in sql and "wmnow_records" in sql:
            held.append(sql)

    answer = api.post("4111", "/v1/wmnow/links", {"items": items}).json()
    assert (answer["created"], answer["refused"]) == (1, 3)
    if api.client.app.state.engine.dialect.name == "postgresql":  # type: ignore[attr-defined]
        assert waited == sorted(set(waited)) and len(waited) >= 5
        assert "ORDER BY" in held[0] and " IN " in held[0]


def void(api: Api, name: str, who: str = "4101") -> None:
    answer = api.put(who, f"/v1/engagements/{named(name)}/void", {"reason": "Typed twice."})
    assert answer.status_code == 200, answer.text


def test_a_record_whose_engagement_was_taken_back_is_suggested_and_linked_anew(both: Sender) -> None:
    api = both.api
    at, ready = suggested(api)
    assert decided(api, "4111", at, ready)[1].status_code == 201
    void(api, "ours-1")
    assert api.put("4101", f"/v1/engagements/{named('ours-3')}", SURGERY).status_code == 201
    again, other = suggested(api)
    assert (again, other["engagement_id"]) == (at, str(named("ours-3")))
    assert decided(api, "4111", at, other)[1].status_code == 201


def test_a_link_with_what_was_taken_back_can_be_taken_back_and_no_more(both: Sender) -> None:
    api = both.api
    at, ready = suggested(api)
    path, answer = decided(api, "4111", at, ready)
    assert answer.status_code == 201
    void(api, "ours-1")
    assert api.put("4111", path, ready).status_code == 200, "what was said is known again"
    now = {**ready, "reason": "It was taken back."}
    assert decided(api, "4111", at, now, decision="refused")[1].status_code == 422
    assert decided(api, "4111", at, now, decision="open")[1].status_code == 201


def test_what_comes_back_after_its_engagement_was_linked_anew_stands_alone(both: Sender) -> None:
    """Two records of the tracker for one of ours: the first goes, the second takes its place, the first comes again."""
    api = both.api
    at, ready = suggested(api)
    assert decided(api, "4111", at, ready)[1].status_code == 201
    told = {"engagement_type": "BEAT_SURGERY", "occurred_at": "2026-03-02T18:05:00Z"}
    both.tell("msg_3", 3, **told)
    api.clock.forward(seconds=1)
    assert (
        both.send(message({"source_record_id": "E-1", "deleted": True}, api.clock.at), "msg_4").status_code
        == 202
    )
    both.read()
    beside = export(api)
    assert str(named("ours-1")) in beside, "the tracker has it no more"
    second, other = suggested(api)
    assert (second != at, other["engagement_id"]) == (True, ready["engagement_id"])
    api.clock.forward(seconds=1)
    assert decided(api, "4111", second, other)[1].status_code == 201
    api.clock.forward(seconds=1)
    both.tell("msg_5", 1, **told, people_reached=7)
    both.read()
    totals = api.get("4131", "/v1/wmnow/reconciliation").json()["totals"]
    assert (totals["tracker"], totals["linked"], totals["linked_ours"]) == (3, 1, 1)
    assert str(named("ours-1")) not in export(api)


def export(api: Api) -> str:
    span = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-03T00:00:00Z"}
    return api.get("4131", "/v1/wmnow/export", **span, only_new="true").text


def test_a_record_that_bears_our_id_is_suggested_whenever_it_was(both: Sender) -> None:
    api = both.api
    old = {**SURGERY, "occurred_at": "2025-11-20T18:00:00Z"}
    assert api.put("4101", f"/v1/engagements/{named('long ago')}", old).status_code == 201
    both.tell("msg_3", 3, engagement_ref=str(named("long ago")), occurred_at="2026-03-02T09:00:00Z")
    both.read()
    found = {
        one["because"]: one["ours"]["id"] for one in api.get("4111", "/v1/wmnow/suggestions").json()["items"]
    }
    assert found == {"our-id": str(named("long ago")), "alike": str(named("ours-1"))}


@pytest.mark.parametrize(("first", "status"), [("2025-12-01", 200), ("2025-11-30", 422), ("2026-03-04", 422)])
def test_a_quarter_at_the_most_is_compared_at_once(api: Api, first: str, status: int) -> None:
    span = {"from": f"{first}T00:00:00Z", "to": "2026-03-03T00:00:00Z"}
    answer = api.get("4111", "/v1/wmnow/suggestions", **span)
    assert answer.status_code == status, answer.text
    if status == 422:
        assert answer.json()["errors"][0]["pointer"] == "#query/from"


def test_many_engagements_make_no_statement_longer(both: Sender) -> None:
    """A database takes 65,535 values in one statement at the most."""
    api = both.api
    for number in range(40):
        one = {**SURGERY, "engagement_type": "STREET_BRIEF", "occurred_at": f"2026-03-01T10:{number:02}:00Z"}
        assert api.put("4101", f"/v1/engagements/{named(f'more {number}')}", one).status_code == 201
    longest = [0]
    engine = api.client.app.state.engine  # type: ignore[attr-defined]

    def note(*given: Any) -> None:
        if given[2].startswith(("SELECT", "WITH")):
            longest[0] = max(longest[0], len(given[3]))

    event.listen(engine, "before_cursor_execute", note)
    assert len(api.get("4111", "/v1/wmnow/suggestions").json()["items"]) == 1
    event.remove(engine, "before_cursor_execute", note)
    assert longest[0] < 40
