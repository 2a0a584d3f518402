"""What changed for whoever asks, from where they stopped: no change is passed, whatever order transactions end in."""

import base64
import binascii
import hashlib
import json
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from app.audit.service import consulted
from app.database.commits import database_identity
from app.facts.feed import FeedKind
from app.facts.models import FeedEntry, FeedState
from app.facts.queries import Place, feed_end, feed_of, feed_state
from app.identity.permissions import Caller, Permission, requires
from app.rest.pagination import not_our_cursor
from app.sync.problems import start_again
from app.sync.schemas import Change, ChangesResponse

_HREFS = {
    FeedKind.PATROL: "/v1/patrols/{id}",
    FeedKind.EXPLANATION: "/v1/patrols/{patrol_id}/explanations",
    FeedKind.QUARANTINE: "/v1/quarantine/{id}",
    FeedKind.ACTIVITY: "/v1/activities/{id}",
    FeedKind.ENGAGEMENT: "/v1/engagements/{id}",
    FeedKind.ABSTRACTION: "/v1/abstractions/{id}",
}
_TASKING = "/v1/me/tasking"


@requires(Permission.FEED_READ)
def changes_since(
    session: Session, caller: Caller, cursor: str | None, limit: int, now: datetime, disclosure_hours: int
) -> ChangesResponse:
    """A page of what changed for the caller since a cursor; without one, where to go on from.

    410 `start-again` for a cursor of another database, of one that was restored, or older than what is kept.
    """
    state = feed_state(session)
    name = _name(session, state)
    end = feed_end(session)
    after = end if cursor is None else _place(cursor, name, state, end)
    rows = feed_of(session, caller.officer_id, after, end, limit + 1)
    page, more = rows[:limit], len(rows) > limit
    told_until = now + timedelta(hours=disclosure_hours)
    if page:
        subjects: dict[str, list[UUID]] = {}
        for row in page:
            if row.subject_id is not None:
                subjects.setdefault(row.kind, []).append(row.subject_id)
        consulted(
            session, "sync:changes", now, subjects, actor_id=caller.officer_id, force_id=caller.force_id
        )
    reached = _place_of(page[-1]) if more else end
    return ChangesResponse(
        changes=[_change(row, told_until) for row in page], next_cursor=_cursor(name, reached), more=more
    )


def _change(row: FeedEntry, told_until: datetime) -> Change:
    # A window that crews may not know of yet is not named; that something changed is no secret.
    named = row.subject_id is not None and (row.starts_at is None or row.starts_at <= told_until)
    kind = FeedKind(row.kind)
    href = _HREFS.get(kind, _TASKING).format(id=row.subject_id, patrol_id=row.patrol_id)
    return Change(
        kind=kind.value if named or kind is not FeedKind.WINDOW else FeedKind.TASKING.value,
        change=row.change if named or kind is not FeedKind.WINDOW else "changed",
        id=row.subject_id if named else None,
        patrol_id=row.patrol_id,
        told_at=row.told_at,
        href=href,
    )


def _place_of(row: FeedEntry) -> Place:
    return row.commit_number, row.number or 0


def _name(session: Session, state: FeedState) -> str:
    """Which feed a cursor belongs to: this database, since it was made or restored."""
    told = f"{state.epoch} {database_identity(session)}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _cursor(name: str, place: Place) -> str:
    return base64.urlsafe_b64encode(json.dumps([name, *place]).encode()).decode().rstrip("=")


def _place(cursor: str, name: str, state: FeedState, end: Place) -> Place:
    try:
        given, commit, number = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(given, str) or type(commit) is not int or type(number) is not int:
            raise ValueError("must be a name and two numbers")
    except (ValueError, TypeError, binascii.Error):
        raise not_our_cursor() from None
    place = (commit, number)
    if given != name:
        raise start_again("This cursor is from another database, or from before this one was restored.")
    if place > end:
        raise start_again("This cursor is ahead of this database: it was restored to an earlier state.")
    if place < (state.forgotten_commit, state.forgotten_number):
        raise start_again("This cursor is older than what we keep.")
    return place
