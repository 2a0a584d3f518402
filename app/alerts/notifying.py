"""Tells whoever subscribed of alerts: at once when one has lasted and concerns others than its officer, and daily what
is open. Nothing of a single alert leaves: how many of a kind, in which area, and where to read more.

Safe on several machines at once: what a destination was told of stands in a table of its own.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlmodel import Session

from app.alerts import queries
from app.alerts.rules import AlertKind
from app.clock import london_day
from app.database.turns import take_turns
from app.telling.notices import Occasion, digests_due, tell, tell_digest
from app.telling.queries import standing_subscriptions
from app.telling.topics import Topic
from app.telling.wording import Page

# After a night without ticks nobody is told at once of what the digest says anyway.
LOOK_BACK = timedelta(hours=12)
PAGE: Page = "/v1/alerts/digest?format=html"
# Whoever hears of feeds reads what they say of themselves.
PAGES: Mapping[AlertKind, Page] = {AlertKind.FEED_TROUBLE: "/v1/wmnow/feeds"}
TOPICS: Mapping[AlertKind, Topic] = {
    AlertKind.NO_CHECK_IN: Topic.NO_CHECK_IN,
    AlertKind.WINDOW_UNASSIGNED: Topic.WINDOW_UNASSIGNED,
    AlertKind.SILENT_PHONE: Topic.SILENT_PHONE,
    AlertKind.FORGOTTEN_CHECK_OUT: Topic.FORGOTTEN_CHECK_OUT,
    AlertKind.FEED_TROUBLE: Topic.WMNOW_FEED,
    AlertKind.REVIEW_WAITING: Topic.REVIEW_WAITING,
}
_SPACE = UUID("0f6a1d52-7d0a-5d6f-8a0e-3b0a5a1f7c21")


def anything_to_tell(session: Session, force_id: UUID, now: datetime) -> bool:
    """Whether there may be something to tell, so that nobody is held up where there is not."""
    if not standing_subscriptions(session, force_id, london_day(now)):
        return False
    return bool(_escalated(session, force_id, now) or digests_due(session, force_id, now))


def notify(session: Session, force_id: UUID, now: datetime) -> int:
    """Puts in every message about a force's alerts that is due, in the caller's transaction; how many."""
    take_turns(session, [uuid5(_SPACE, f"turn/{force_id}")])
    made = 0
    for (area_id, kind), occasions in _escalated(session, force_id, now).items():
        made += tell(session, force_id, area_id, TOPICS[kind], occasions, PAGES.get(kind, PAGE), now)
    for due in digests_due(session, force_id, now):
        found = queries.open_by_kind(session, force_id, due.subscription.area_id, now)
        # Feeds are no sergeant's.
        counts = {topic: found.get(kind, 0) for kind, topic in TOPICS.items() if kind not in PAGES}
        made += tell_digest(session, due, counts, PAGE, now)
    return made


def _escalated(
    session: Session, force_id: UUID, now: datetime
) -> dict[tuple[UUID | None, AlertKind], list[Occasion]]:
    """The alerts that stand and that anybody may be told of since a while, by area and kind."""
    found: dict[tuple[UUID | None, AlertKind], list[Occasion]] = {}
    for alert_id, area_id, kind, told_at in queries.escalated(session, force_id, now - LOOK_BACK, now):
        found.setdefault((area_id, kind), []).append(Occasion(alert_id, told_at))
    return found
