"""A window that everybody named for has declined is as good as given to nobody, before it begins and after."""

from datetime import timedelta

from app.clock import rfc3339
from tests.alerts.test_alert_stories import COLLEAGUE, OFFICER, SERGEANT, by_name
from tests.alerts.ticks import alerts, at, kinds, task, tick
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START
from tests.returns.helpers import bring


def declines(api: Api) -> None:
    """4101 does not take WINDOW-1."""
    said = {"answer": "DECLINED", "answered_at": rfc3339(api.clock.at), "reason_code": "COURT"}
    path = f"/v1/tasking-windows/{named('WINDOW-1')}/answers/{named('no')}"
    assert api.put(OFFICER, path, said).status_code == 201


def only_where_people_are_named(api: Api) -> None:
    head = "kind,applies,after_minutes,escalates_minutes,valid_from"
    day = api.clock.at.date().isoformat()
    assert (
        bring(api, "alert-rules", head, f"NO_CHECK_IN,by_name,20,20,{day}", collar="4134").status_code == 200
    )


def test_a_window_that_everybody_named_for_declines_is_nobodys_again(api: Api) -> None:
    api.clock.at = START - timedelta(days=3)
    task(api, "WINDOW-1", OFFICER)
    at(api, -600)
    assert kinds(api, SERGEANT, kind="WINDOW_UNASSIGNED") == []
    declines(api)
    tick(api)
    assert len(kinds(api, SERGEANT, kind="WINDOW_UNASSIGNED")) == 1
    assert kinds(api, OFFICER) == []
    task(api, "WINDOW-1", COLLEAGUE)
    tick(api)
    (over,) = alerts(api, SERGEANT, kind="WINDOW_UNASSIGNED")
    assert over["cleared_because"] == "ASSIGNED"


def test_of_a_window_that_all_named_for_declined_others_are_told_at_once_when_nobody_comes(api: Api) -> None:
    by_name(api)
    api.clock.at = START - timedelta(hours=1)
    declines(api)
    at(api, -30)
    assert kinds(api, SERGEANT) == ["WINDOW_UNASSIGNED"]
    at(api, 20)
    assert kinds(api, SERGEANT) == ["NO_CHECK_IN"]


def test_a_force_that_wants_it_by_name_alone_hears_of_a_window_that_all_named_for_declined(api: Api) -> None:
    by_name(api)
    only_where_people_are_named(api)
    api.clock.at = START - timedelta(hours=1)
    declines(api)
    at(api, 20)
    assert kinds(api, SERGEANT) == ["NO_CHECK_IN"]


def test_a_decline_mends_no_missing_check_in(api: Api) -> None:
    by_name(api)
    only_where_people_are_named(api)
    at(api, 20)
    assert kinds(api, OFFICER) == ["NO_CHECK_IN"]
    at(api, 25)
    declines(api)
    tick(api)
    assert [one["cleared_because"] for one in alerts(api, OFFICER)] == [None]
    at(api, 40)
    assert kinds(api, SERGEANT) == ["NO_CHECK_IN"]
