"""What the office makes for the force in which every operation is tried: holds, destinations, checks, packs."""

from datetime import timedelta
from uuid import UUID

from sqlmodel import Session

from app.wmnow.models import WmnowFeed, WmnowInbox
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START
from tests.people import change
from tests.samples import BODIES

ADMIN = "4134"


def office_rows(api: Api, officer: str, name: str) -> dict[str, UUID]:
    """A hold on an officer, and a destination with a subscription and a message, by path parameter."""
    hold = {"subject_kind": "officer", "subject_id": str(named(officer)), "reason": "A complaint."}
    assert api.put(ADMIN, f"/v1/holds/{named(f'{name} hold')}", hold).status_code == 201
    for kind in ("destination", "subscription"):
        body = BODIES[f"/v1/{kind}s/{{{kind}_id}}"]
        assert api.put(ADMIN, f"/v1/{kind}s/{named(f'{name} {kind}')}", body).status_code == 201
    tried = f"/v1/destinations/{named(f'{name} destination')}/tests/{named(f'{name} message')}"
    assert api.put(ADMIN, tried, {}).status_code == 200
    change(api.url, lambda session: _tracker_rows(session, name))
    return {
        "feed_id": named(f"{name} feed"),
        "inbox_id": named(f"{name} inbox"),
        "hold_id": named(f"{name} hold"),
        "destination_id": named(f"{name} destination"),
        "subscription_id": named(f"{name} subscription"),
        "message_id": named(f"{name} message"),
    }


def _tracker_rows(session: Session, name: str) -> None:
    """A feed that stopped, and a message that could not be stored."""
    session.add(
        WmnowFeed(
            id=named(f"{name} feed"), force_id=named("FORCE"), name=str(named(name))[:8],
            stopped_because="total-shrank", stopped_at=START, changed_at=START,
        )
    )  # fmt: skip
    session.add(
        WmnowInbox(
            id=named(f"{name} inbox"), force_id=named("FORCE"), webhook_id=name, body=b"{}", received_at=START,
            attempts=5, done_at=START, outcome="failed",
        )
    )  # fmt: skip


def sample_of(api: Api, name: str, team: str, sergeant: str, *, signed: bool) -> UUID:
    """A reality check of a team, drawn when the judged patrol has settled; one that is read is signed off."""
    path = f"/v1/dip-samples/{named(name)}"
    api.clock.at = START + timedelta(days=3)
    span = {"from_at": "2026-03-01T00:00:00Z", "to_at": "2026-03-08T00:00:00Z"}
    asked = {"team_id": str(named(team)), **span, "size": 10}
    assert api.put(sergeant, path, asked).status_code == 201
    if signed:
        words = {"checks": 0, "unchecked_reason": "No time this week."}
        assert api.put(sergeant, f"{path}/sign-off", words).status_code == 200
    api.clock.at = START
    return named(name)


def pack_of(api: Api, name: str, area: str, sergeant: str) -> UUID:
    """A publication pack of an area, as its sergeant drafted it."""
    asked = {**BODIES["/v1/publication-packs/{pack_id}"], "area_id": str(named(area))}
    drafted = api.put(sergeant, f"/v1/publication-packs/{named(name)}", asked)
    assert drafted.status_code == 201, drafted.text
    return named(name)
