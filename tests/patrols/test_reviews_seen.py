"""Nobody decides on what they have not seen, on themselves by a back door, or past a dispute: told through HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from sqlalchemy import event
from sqlmodel import Session

from app.patrols.models import Grade
from app.schedule.models import TaskingWindow
from app.schedule.windows import WindowState
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START, patrol_path
from tests.patrols.test_reviews_story import decide, due, graded, patrol
from tests.people import change


def test_accepting_a_window_credits_what_its_patrols_leave_open(api: Api) -> None:
    patrol(api, (0, 45), (52, 15))
    before = graded(api)
    [item] = due(api)
    assert decide(api, "4111", "r1", "ACCEPT", item["basis"]).json()["status"] == "accepted"
    assert graded(api) == {
        Grade.VERIFIED: before[Grade.VERIFIED], Grade.ACCEPTED: before[Grade.PROBABLE],
    }  # fmt: skip
    thought_over = decide(api, "4111", "r2", "STAND", item["basis"], replaces=str(named("r1")))
    assert thought_over.json()["status"] == "partial"
    assert graded(api) == before


def test_nobody_overrules_what_they_have_not_seen_nor_somebody_above(api: Api) -> None:
    patrol(api, (0, 30))
    assert decide(api, "4111", "r1", "STAND", 1).status_code == 201
    blind = decide(api, "4111", "r2", "REASON", 1, reason_code="OTHER")
    assert (blind.status_code, blind.json()["code"]) == (409, "basis-changed")
    above = decide(api, "4121", "r3", "REASON", 1, reason_code="OTHER", replaces=str(named("r1")))
    assert above.status_code == 201
    below = decide(api, "4111", "r4", "STAND", 1, replaces=str(named("r3")))
    assert below.status_code == 403


def test_taking_ones_patrol_back_does_not_make_one_a_stranger_to_its_window(api: Api) -> None:
    patrol(api, (0, 30), collar="4111")
    assert api.put("4111", f"{patrol_path()}/void", {"reason": "A mistake."}).status_code == 201
    assert decide(api, "4111", "r1", "REASON", 2, reason_code="ARREST_MADE").status_code == 403
    assert decide(api, "4121", "r1", "REASON", 2, reason_code="ARREST_MADE").status_code == 201


def test_nobody_keeps_their_own_window_by_a_colleagues_patrol(api: Api) -> None:
    patrol(api, (0, 20), collar="4111")
    api.clock.at = START
    patrol(api, (0, 70), name="patrol-2", collar="4102", window=None)
    link = {"window_id": str(named("WINDOW-1")), "reason": "They were there for me."}
    path = f"{patrol_path('patrol-2')}/links"
    assert api.put("4111", f"{path}/{named('own')}", link).status_code == 403
    assert api.put("4121", f"{path}/{named('above')}", link).status_code == 201
    # Nor is a window left by somebody who may not decide on it.
    back = {"window_id": None, "reason": "I would rather not."}
    assert api.put("4111", f"{path}/{named('back')}", back).status_code == 403


def dispute(api: Api, collar: str = "4101", name: str = "patrol-1", said: str = "said") -> str:
    body = {"kind": "DISPUTE", "text": "We were there."}
    assert api.put(collar, f"{patrol_path(name)}/explanations/{named(said)}", body).status_code == 201
    return str(named(said))


def test_a_dispute_stays_open_until_a_decision_answers_it_by_name(api: Api) -> None:
    patrol(api, (0, 30))
    api.clock.forward(minutes=5)
    said = dispute(api)
    api.clock.forward(minutes=5)
    # Decided by somebody who had the list of before.
    assert decide(api, "4111", "r1", "STAND", 1).status_code == 201
    [item] = due(api)
    assert [each["id"] for each in item["open_disputes"]] == [said]
    more = {"replaces": item["latest_review"], "answers": [said]}
    assert (
        decide(api, "4111", "r2", "STAND", 1, **{**more, "answers": [str(named("other"))]}).status_code == 422
    )
    assert decide(api, "4111", "r2", "STAND", 1, **more).json()["answers"] == [said]
    assert due(api) == []


def test_disputes_on_linked_patrols_are_asked_about(api: Api) -> None:
    patrol(api, (0, 70), window=None)
    link = {"window_id": str(named("WINDOW-1")), "reason": "She took it over."}
    assert api.put("4111", f"{patrol_path()}/links/{named('link')}", link).status_code == 201
    assert due(api) == []
    said = dispute(api)
    [item] = due(api)
    assert (item["status"], [each["id"] for each in item["open_disputes"]]) == ("compliant", [said])
    # Taken back by its officer: nobody is asked any more.
    assert api.put("4101", f"{patrol_path()}/void", {"reason": "A mistake."}).status_code == 201
    assert due(api)[0]["open_disputes"] == []


def _window_of(number: int) -> TaskingWindow:
    starts_at = START - timedelta(days=1, hours=number)
    return TaskingWindow(
        id=named(f"due {number}"),
        force_id=named("FORCE"),
        hotspot_id=named("TGP-1"),
        team_id=named("NORTH-1"),
        area_id=named("NORTH"),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        required_seconds=1800,
        state=WindowState.PUBLISHED,
        created_at=starts_at,
        published_at=starts_at,
    )


def _add(window: TaskingWindow, session: Session) -> None:
    session.add(window)


@contextmanager
def statements(api: Api) -> Iterator[list[str]]:
    engine = api.client.app.state.engine  # type: ignore[attr-defined]  # Starlette's client does not type it
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_page_of_what_is_due_costs_a_fixed_number_of_statements(api: Api) -> None:
    counts = []
    api.clock.at = START + timedelta(hours=3)
    for number in range(12):
        change(api.url, partial(_add, _window_of(number)))
        if number in (1, 11):
            with statements(api) as seen:
                assert len(due(api)) == number + 2
            counts.append(len(seen))
    assert counts[0] == counts[1]
