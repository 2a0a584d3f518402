"""The service asks each tracker by itself; one that cannot be asked keeps no other from being asked."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event

from app.main import create_app
from app.settings import Profile, Settings
from app.wmnow.models import RunState
from tests.assurance.waiting import wait_until
from tests.conftest import TRUSTED, Clock
from tests.databases import Databases
from tests.wmnow.tracker import Asking, asking, item


@pytest.fixture
def tracked(force_url: str, databases: Databases, clock: Clock) -> Iterator[Asking]:
    with asking(force_url, clock, databases.served(force_url)) as found:
        yield found


def test_one_feed_that_cannot_be_asked_keeps_no_other_waiting(tracked: Asking) -> None:
    tracked.tracker.put(item(1))
    broken = tracked.settings.model_copy(update={"name": "broken"})
    settings = Settings(
        profile=Profile.DEVELOPMENT,
        database_url=tracked.engine.url.render_as_string(hide_password=False),
        trusted_issuers=(TRUSTED,),
        tick_seconds=0,
        seal_seconds=0,
        deliver_seconds=0,
        wmnow_feeds=(broken, tracked.settings),
    )

    def break_down(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if "INSERT INTO wmnow_feeds" in statement and "broken" in str(parameters):
            raise RuntimeError("nobody foresaw this")

    app = create_app(settings, now=tracked.clock)
    event.listen(Engine, "before_cursor_execute", break_down)
    try:
        with TestClient(app):
            wait_until(
                lambda: [run.state for run in tracked.runs()] == [RunState.DONE],
                30,
                lambda: str(tracked.runs()),
            )
            assert app.state.warnings() == ["WMNow feed broken of FORCE: asking fails"]
    finally:
        event.remove(Engine, "before_cursor_execute", break_down)
    tracked.assert_same_as_tracker()
