"""The stand-in tracker by itself, as the guide has an integrator run it: filled, asked, told more, and its messages."""

import json
from typing import Any

import httpx2 as httpx
import pytest

from app.wmnow import inbox
from app.wmnow.models import RunState
from demo.serving import listen, serving
from demo.wmnow import Fault, Messages, Tracker, create_tracker, made_up
from tests.conftest import TRACKER_SECRET, Api
from tests.databases import Databases
from tests.wmnow.test_messages import THERE, Sender
from tests.wmnow.tracker import asking, item


def put(tracker: Tracker, body: object) -> tuple[int, Any]:
    bound = listen(0)
    with serving(create_tracker(tracker), bound):
        answer = httpx.post(f"http://127.0.0.1:{bound.getsockname()[1]}/items", content=json.dumps(body))
        return answer.status_code, answer.json()


def test_what_it_is_filled_with_and_given_is_pulled(api: Api, databases: Databases) -> None:
    with asking(api.url, api.clock, databases.served(api.url)) as feed:
        feed.tracker.put(*made_up(3, api.clock.at))
        assert put(feed.tracker, [item(9)]) == (200, {"held": 4, "answers": []})
        assert (feed.pull().state, feed.runs()[-1].rejected) == (RunState.DONE, 0)
        feed.assert_same_as_tracker()
        assert {row.officer_id is not None for row in feed.held().values()} == {True}


def test_what_it_is_given_it_tells_by_signed_messages_and_misbehaves_in_them_too(api: Api) -> None:
    messages = Messages(THERE, TRACKER_SECRET, api.client)
    tracker = Tracker(now=api.clock, messages=messages)
    tracker.misbehave(Fault.WRONG_SIGNATURE, Fault.DUPLICATES)
    assert put(tracker, [item(1), item(2), item(3)]) == (200, {"held": 3, "answers": [401, 202, 202, 202]})
    sender = Sender(api)
    assert inbox.drain(sender.engine, api.clock.at) == 2
    assert sender.held().keys() == {"E-2", "E-3"}
    assert sender.held()["E-3"].source_version == "3"
    sender.engine.dispose()


@pytest.mark.parametrize("body", [{}, [1], [{"occurred_at": "now"}], [{"source_record_id": 7}], "x"])
def test_what_is_no_list_of_items_is_refused_whole(body: object) -> None:
    tracker = Tracker()
    assert put(tracker, body)[0] == 422
    assert tracker.items() == []
