"""A window that everybody named for has declined is as good as given to nobody, before it begins and after."""

from datetime import timedelta

from app.clock import rfc3339
from tests.alerts.test_alert_stories import COLLEAGUE, OFFICER, SERGEANT, by_name
from tests.alerts.ticks import alerts, at, kinds, task, tick
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START


def test_a_window_that_everybody_named_for_declines_is_nobodys_again(api: Api) -> None:
    api.clock.at = START - timedelta(days=3)
    task(api, "WINDOW-1", OFFICER)
    at(api, -600)
    assert kinds(api, SERGEANT, kind="WINDOW_UNASSIGNED") == []
    said = {"answer": "DECLINED", "answered_at": rfc3339(api.clock.at), "reason_code": "COURT"}
    path = f"/v1/tasking-windows/{named('WINDOW-1')}/answers/{named('no')}"
    assert api.put(OFFICER, path, said).status_code == 201
    tick(api)
    assert len(kinds(api, SERGEANT, kind="WINDOW_UNASSIGNED")) == 1
    assert kinds(api, OFFICER) == []
    task(api, "WINDOW-1", COLLEAGUE)
    tick(api)
    (over,) = alerts(api, SERGEANT, kind="WINDOW_UNASSIGNED")
    assert over["cleared_because"] == "ASSIGNED"


def test_of_a_window_that_all_named_for_declined_others_are_told_at_once_when_nobody_comes(api: Api) -> None:
    by_name(api)
    said = {"answer": "DECLINED", "answered_at": rfc3339(api.clock.at), "reason_code": "COURT"}
    api.clock.at = START - timedelta(hours=1)
    path = f"/v1/tasking-windows/{named('WINDOW-1')}/answers/{named('no')}"
    assert api.put(OFFICER, path, said).status_code == 201
    at(api, -30)
    assert kinds(api, SERGEANT) == ["WINDOW_UNASSIGNED"]
    at(api, 20)
    assert kinds(api, SERGEANT) == ["NO_CHECK_IN"]
