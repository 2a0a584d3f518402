"""The service asks each tracker by itself; one that cannot be asked keeps no other from being asked."""

from uuid import uuid4

from fastapi.testclient import TestClient

from app.database.session import transaction
from app.main import create_app
from app.settings import Profile, Settings
from app.wmnow.models import RunState, WmnowFeed
from tests.assurance.waiting import wait_until
from tests.conftest import TRUSTED, named
from tests.wmnow.tracker import Asking, item


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

    # Under the feed's name, with an id that no feed of that name has: whoever looks for it by its id finds nothing.
    with transaction(tracked.engine) as session:
        session.add(
            WmnowFeed(id=uuid4(), force_id=named("FORCE"), name="broken", changed_at=tracked.clock.at)
        )
    app = create_app(settings, now=tracked.clock)
    with TestClient(app):
        wait_until(
            lambda: [run.state for run in tracked.runs()] == [RunState.DONE], 30, lambda: str(tracked.runs())
        )
        assert app.state.warnings() == ["WMNow feed broken of FORCE: asking fails"]
    tracked.assert_same_as_tracker()
