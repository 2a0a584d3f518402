"""Several at once: two supervisors give out one window, many phones say the same thing, bulks in opposite orders."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx2 as httpx

from app.identity.permissions import Role
from tests.conftest import Api, named
from tests.people import join
from tests.schedule.test_crew_journey import (
    COLLEAGUE,
    COMMANDER,
    OFFICER,
    PLANNER,
    SERGEANT,
    answer,
    assign,
    crew,
    publish,
    told,
)

OTHER_SERGEANT = "6113"


def together(*calls: Callable[[], httpx.Response]) -> list[httpx.Response]:
    with ThreadPoolExecutor(len(calls)) as threads:
        return [future.result() for future in [threads.submit(call) for call in calls]]


def test_of_two_supervisors_one_is_told_to_look_again(api: Api) -> None:
    join(api.url, OTHER_SERGEANT, (Role.OFFICER, Role.SUPERVISOR), "NORTH-1")
    publish(api)
    officers = [(OFFICER, COLLEAGUE), (SERGEANT, COMMANDER)] * 3
    for revision, (one, other) in enumerate(officers, 1):
        answers = together(
            partial(assign, api, SERGEANT, one, revision=revision),
            partial(assign, api, OTHER_SERGEANT, other, revision=revision),
        )
        assert sorted(each.status_code for each in answers) == [200, 412], [each.text for each in answers]
        given = [one, other][[each.status_code for each in answers].index(200)]
        window = told(api)
        assert window["revision"] == revision + 1
        assert [each["collar_number"] for each in window["officers"]] == [given]


def test_many_sheets_of_turns_in_opposite_orders(api: Api) -> None:
    names = [f"turn {number}" for number in range(8)]
    for number, name in enumerate(names):
        publish(api, name, f"2026-03-{4 + number:02}T19:00:00Z")

    def bulk(collar: str, officer: str, order: list[str]) -> httpx.Response:
        items = [
            {
                "window_id": str(named(name)),
                "revision": 1,
                "officer_ids": [str(named(officer))],
                "reason": "Their turn.",
            }
            for name in order
        ]
        return api.post(collar, "/v1/tasking-windows/assignments", {"items": items})

    answers = together(
        lambda: bulk(SERGEANT, OFFICER, names),
        lambda: bulk(COMMANDER, COLLEAGUE, names[::-1]),
        lambda: bulk(PLANNER, SERGEANT, names[4:] + names[:4]),
    )
    assert [one.status_code for one in answers] == [200] * 3, [one.text for one in answers]
    assert sum(one.json()["assigned"] for one in answers) == len(names)
    assert sum(one.json()["refused"] for one in answers) == 2 * len(names)


def test_one_answer_sent_six_times_at_once_is_one(api: Api) -> None:
    publish(api)
    answers = together(*[lambda: answer(api, OFFICER) for _ in range(6)])
    assert sorted(one.status_code for one in answers) == [200] * 5 + [201]
    assert len({one.text for one in answers}) == 1
    assert len(told(api)["answers"]) == 1


def test_an_answer_and_a_reassignment_at_once(api: Api) -> None:
    """In whichever order they come, what is told afterwards is what the rows say."""
    publish(api)
    assert assign(api, SERGEANT, OFFICER).status_code == 200
    said, given = together(
        lambda: answer(api, OFFICER), lambda: assign(api, SERGEANT, COLLEAGUE, revision=2, reason="A swap.")
    )
    assert (said.status_code, given.status_code) == (201, 200)
    window = told(api)
    assert crew(window) == {COLLEAGUE: None}
    assert [each["standing"] for each in window["answers"]] == [False]
