"""A feed in trouble stands among the alerts of whoever looks after feeds, until it goes on; and is told once."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.alerts.models import Alert
from app.alerts.rules import Clearing
from app.wmnow.models import RunState
from demo.wmnow import Fault
from tests.alerts.ticks import alerts, stored, tick
from tests.conftest import Api, Clock, named
from tests.databases import Databases
from tests.imports.test_routes import send
from tests.outbox.receiver import receiving
from tests.telling.stories import deliver, messages, subscribe, webhook
from tests.wmnow.tracker import Asking, asking, item

ADMIN, OFFICER, SERGEANT, COMMANDER, PLANNER, ANOTHER_FORCE = "4134", "4101", "4111", "4121", "4131", "7101"


@pytest.fixture
def tracked(api: Api, databases: Databases, clock: Clock) -> Iterator[Asking]:
    with asking(api.url, clock, databases.served(api.url)) as found:
        found.tracker.put(item(1))
        assert found.pull().state is RunState.DONE
        found.clock.forward(hours=1)
        yield found


def fails(tracked: Asking, times: int = 1) -> None:
    for _ in range(times):
        tracked.tracker.misbehave(*[Fault.NOT_JSON] * 4)
        assert tracked.pull(even_if_not_due=True).state is RunState.FAILED
        tracked.clock.forward(hours=1)


def stops(tracked: Asking) -> None:
    tracked.tracker.misbehave(Fault.WATERMARK_BACK)
    assert tracked.pull(even_if_not_due=True).state is RunState.STOPPED


def goes_on(api: Api, feed_id: UUID) -> None:
    there = f"/v1/wmnow/feeds/{feed_id}/go-on"
    assert api.post(ADMIN, there, {"reason": "The vendor restored a backup."}).status_code == 200


def of_feeds(api: Api) -> list[Alert]:
    return sorted(
        (one for one in stored(api.url) if one.feed_id), key=lambda one: (one.raised_at, one.occasion)
    )


def shown(api: Api, who: str) -> list[dict[str, Any]]:
    return [one for one in alerts(api, who) if one["kind"] == "FEED_TROUBLE"]


def test_a_watermark_that_goes_back_is_an_alert_until_the_feed_goes_on(api: Api, tracked: Asking) -> None:
    stops(tracked)
    assert tick(api) > 0 and tick(api) == 0
    [one] = shown(api, ADMIN)
    feed = tracked.feed()
    assert (one["feed_id"], one["open"], one["yours"], one["team_id"], one["patrol_id"]) == (
        str(feed.id), True, False, None, None,
    )  # fmt: skip
    assert one["message"].startswith("WMNow's feed wmnow: nothing has come in since ")
    for who in (OFFICER, SERGEANT, COMMANDER, PLANNER, ANOTHER_FORCE):
        assert shown(api, who) == [], who
        assert "wmnow" not in api.get(who, "/v1/alerts/digest").text, who

    goes_on(api, feed.id)
    tick(api)
    [over] = shown(api, ADMIN)
    assert (over["open"], over["cleared_because"], over["cleared_label"]) == (
        False,
        "FEED_GOES_ON",
        "The feed goes on",
    )
    tracked.tracker.faults.clear()
    assert tracked.pull().state is RunState.DONE
    assert tick(api) == 0 and len(of_feeds(api)) == 1

    tracked.clock.forward(hours=1)
    stops(tracked)
    tick(api)
    assert [(one.round, one.cleared_because) for one in of_feeds(api)] == [
        (0, Clearing.FEED_GOES_ON),
        (1, None),
    ]


def test_administrators_see_nothing_else_of_it(api: Api, tracked: Asking) -> None:
    """What an officer or a sergeant is to mend says nothing to them, not even as a number."""
    tracked.clock.at = tracked.clock.at.replace(hour=19, minute=50)
    stops(tracked)
    tick(api)
    assert {one.kind.value for one in stored(api.url)} == {"NO_CHECK_IN", "FEED_TROUBLE"}
    assert [one["kind"] for one in alerts(api, ADMIN)] == ["FEED_TROUBLE"]
    [group] = api.get(ADMIN, "/v1/alerts/digest").json()["teams"]
    assert (group["team_id"], group["open"], [line["feed_id"] for line in group["items"]]) == (
        None, 1, [str(tracked.feed().id)],
    )  # fmt: skip
    page = api.get(ADMIN, "/v1/alerts/digest", format="html").text
    assert "WMNow&#39;s feed wmnow" in page and "TGP-1" not in page


def test_administrators_say_that_they_deal_with_a_feed_and_with_nothing_else(
    api: Api, tracked: Asking
) -> None:
    tracked.clock.at = tracked.clock.at.replace(hour=19, minute=50)
    stops(tracked)
    tick(api)
    [alert] = of_feeds(api)
    there = f"/v1/alerts/{alert.id}/acknowledgements"
    for who, status in (
        (OFFICER, 403),
        (PLANNER, 403),
        (SERGEANT, 404),
        (COMMANDER, 404),
        (ANOTHER_FORCE, 404),
    ):
        assert api.put(who, f"{there}/{uuid4()}", {}).status_code == status, who
    said = api.put(ADMIN, f"{there}/{named('seen')}", {"note": "The vendor is told."})
    assert said.status_code == 201, said.text
    assert api.put(ADMIN, f"{there}/{named('seen')}", {"note": "The vendor is told."}).status_code == 200
    [told] = shown(api, ADMIN)[0]["acknowledgements"]
    assert (told["by"], told["note"], shown(api, ADMIN)[0]["open"]) == (ADMIN, "The vendor is told.", True)
    [group] = api.get(ADMIN, "/v1/alerts/digest").json()["teams"]
    assert (group["acknowledged"], group["items"][0]["acknowledged"]) == (1, True)
    [window] = [one for one in stored(api.url) if one.feed_id is None]
    other = f"/v1/alerts/{window.id}/acknowledgements/{uuid4()}"
    assert api.put(ADMIN, other, {}).status_code == 404


def test_a_feed_that_fails_three_times_in_a_row_is_one_until_a_run_comes_through(
    api: Api, tracked: Asking
) -> None:
    fails(tracked, 2)
    tick(api)
    assert of_feeds(api) == []
    first = tracked.runs()[1].ended_at
    fails(tracked)
    tick(api)
    [one] = of_feeds(api)
    assert (one.occasion, one.since_at, one.cleared_at) == ("failing", first, None)
    fails(tracked, 3)
    assert tick(api) == 0

    stops(tracked)
    tick(api)
    assert [(each.occasion, each.cleared_because) for each in of_feeds(api)] == [
        ("failing", Clearing.NO_LONGER), ("stopped", None),
    ]  # fmt: skip
    goes_on(api, tracked.feed().id)
    tracked.tracker.faults.clear()
    assert tracked.pull().state is RunState.DONE
    tick(api)
    assert [each.cleared_because for each in of_feeds(api)] == [Clearing.NO_LONGER, Clearing.FEED_GOES_ON]


def test_a_run_that_was_left_counts_and_one_that_still_runs_changes_nothing(
    api: Api, tracked: Asking
) -> None:
    """Whoever died in the middle failed, too; who has the feed at this moment has not yet."""
    fails(tracked, 2)

    class Gone(BaseException):
        pass

    def dies(_: dict[str, str]) -> object:
        raise Gone

    with tracked.client() as client:
        client.page = dies  # type: ignore[method-assign, assignment]
        with pytest.raises(Gone):
            tracked.pull_from(client, even_if_not_due=True)
    tick(api)
    assert of_feeds(api) == []
    tracked.clock.forward(minutes=6)
    with tracked.client() as again:
        fetched = again.page

        def looks(asked: dict[str, str]) -> object:
            tick(api)
            assert [one.cleared_at for one in of_feeds(api)] == [None]
            return fetched(asked)

        again.page = looks  # type: ignore[method-assign, assignment]
        assert tracked.pull_from(again, even_if_not_due=True).state is RunState.DONE
    tick(api)
    assert [one.cleared_because for one in of_feeds(api)] == [Clearing.FEED_GOES_ON]


def dies_over(tracked: Asking) -> None:
    """A run whose process is gone."""

    class Gone(BaseException):
        pass

    def dies(_: dict[str, str]) -> object:
        raise Gone

    with tracked.client() as client:
        client.page = dies  # type: ignore[method-assign, assignment]
        with pytest.raises(Gone):
            tracked.pull_from(client)


def test_a_run_that_died_and_was_taken_up_by_nobody_is_one_until_somebody_does(
    api: Api, tracked: Asking
) -> None:
    dies_over(tracked)
    for minutes in (4, 15):
        tracked.clock.forward(minutes=minutes)
        tick(api)
        assert of_feeds(api) == [], minutes
    tracked.clock.forward(minutes=1)
    tick(api)
    [one] = of_feeds(api)
    assert (one.occasion, one.since_at, one.cleared_at) == ("left", tracked.feed().claimed_until, None)
    assert len(shown(api, ADMIN)) == 1
    assert tracked.pull().state is RunState.DONE
    tick(api)
    assert [one.cleared_because for one in of_feeds(api)] == [Clearing.FEED_GOES_ON]


def test_a_run_that_was_left_is_ended_by_go_on_though_nobody_asks_the_feed_any_more(
    api: Api, tracked: Asking
) -> None:
    dies_over(tracked)
    tracked.clock.forward(minutes=20)
    tick(api)
    assert [(one.occasion, one.cleared_at) for one in of_feeds(api)] == [("left", None)]
    goes_on(api, tracked.feed().id)
    run = tracked.runs()[-1]
    assert (run.state, run.problem, run.ended_at) == (RunState.FAILED, "left", tracked.clock.at)
    tracked.clock.forward(hours=1)
    tick(api)
    assert [one.cleared_because for one in of_feeds(api)] == [Clearing.FEED_GOES_ON]


def test_a_feed_that_nobody_has_asked_for_a_month_is_told_no_more(api: Api, tracked: Asking) -> None:
    """It is in no settings any more, most likely; and nothing says that it goes on."""
    dies_over(tracked)
    tracked.clock.forward(days=29)
    tick(api)
    assert [(one.occasion, one.cleared_at) for one in of_feeds(api)] == [("left", None)]
    tracked.clock.forward(days=2)
    tick(api)
    assert [one.cleared_because for one in of_feeds(api)] == [Clearing.NO_LONGER]
    assert tick(api) == 0


def test_a_force_may_do_without_or_wait(api: Api, tracked: Asking) -> None:
    header = "kind,applies,after_minutes,escalates_minutes,valid_from\n"
    today = tracked.clock.at.date()
    rule = f"{header}FEED_TROUBLE,always,60,30,{today}\n"
    assert send(api, ADMIN, "alert-rules", rule.encode()).json()["applied"]
    stops(tracked)
    tracked.clock.forward(minutes=59)
    tick(api)
    assert of_feeds(api) == []
    tracked.clock.forward(minutes=1)
    tick(api)
    assert len(of_feeds(api)) == 1 and shown(api, ADMIN) == []
    tracked.clock.forward(minutes=30)
    assert len(shown(api, ADMIN)) == 1


def test_it_is_told_once_to_who_wants_to_hear_and_is_in_no_digest_of_sergeants(
    api: Api, tracked: Asking
) -> None:
    with receiving() as receiver:
        webhook(api, "hook", receiver)
        subscribe(api, "feeds", ["wmnow.feed"], to="hook")
        webhook(api, "other hook", receiver)
        subscribe(api, "digest", ["digest.daily"], to="other hook", digest_at="07:00")
        fails(tracked, 2)
        for tries in range(3):
            fails(tracked)
            tick(api)
            assert len(messages(api, topic="wmnow.feed")) == 1, tries
        tracked.tracker.faults.clear()
        assert tracked.pull(even_if_not_due=True).state is RunState.DONE
        tick(api)
        stops(tracked)
        tick(api)
        tick(api)
        assert len(messages(api, topic="wmnow.feed")) == 2
        tracked.clock.at = tracked.clock.at.replace(hour=12) + timedelta(days=1)
        tick(api)
        deliver(api)
        told = [json.loads(got.body) for got in receiver.all()]
        by_type = {one["type"]: one["data"] for one in told}
        assert by_type.keys() == {"wmnow.feed", "digest.daily"}
        assert not any("watermark" in json.dumps(each) for each in told), "a count, an area and a link"
        assert [one["topic"] for one in by_type["wmnow.feed"]["counts"]] == ["wmnow.feed"]
        assert "wmnow.feed" not in json.dumps(by_type["digest.daily"])
