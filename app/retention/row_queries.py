"""Reads what goes row by row: officers of recorded hours, alerts that are over, earlier versions of offences; and what
each is to a hold."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select as select_rows
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import Session, col, select

from app.alerts.models import Alert, AlertAcknowledgement
from app.outbox.models import OutboxMessage
from app.patrols.models import Patrol
from app.patrols.review_models import LinkedWindow
from app.retention.holding import HoldByHand, Kept
from app.retention.queries import kept_patrols
from app.returns.models import RecordedHours
from app.schedule.models import Offence, TaskingWindow, WindowAssignment


def _page(column: Mapped[UUID], after: UUID | None) -> list[ColumnElement[bool]]:
    return [] if after is None else [column > after]


def due_records(
    session: Session, force_id: UUID, cutoff: datetime, after: UUID | None, limit: int
) -> list[RecordedHours]:
    """A page of the recorded hours whose officer the rule lets go, by id, after one.

    Those of one officer that overlap go together, when the latest may: what they have in common is cut by the officer,
    for as long as one of them may be corrected.
    """
    later = aliased(RecordedHours)
    together = exists().where(
        col(later.officer_id) == col(RecordedHours.officer_id),
        col(later.superseded_at).is_(None),
        col(later.imported_at) >= cutoff,
        col(later.starts_at) < col(RecordedHours.ends_at),
        col(later.ends_at) > col(RecordedHours.starts_at),
    )
    query = select(RecordedHours).where(
        RecordedHours.force_id == force_id,
        col(RecordedHours.officer_id).is_not(None),
        col(RecordedHours.imported_at) < cutoff,
        ~together,
        *_page(col(RecordedHours.id), after),
    )
    return list(session.exec(query.order_by(col(RecordedHours.id)).limit(limit)).all())


def kept_records(
    _session: Session, records: Sequence[RecordedHours], _holds: Sequence[HoldByHand]
) -> dict[UUID, list[Kept]]:
    """Recorded hours as holds look at them. Without a hotspot any may be meant."""
    return {
        row.id: [
            Kept(
                row.id,
                frozenset({row.officer_id} if row.officer_id else ()),
                row.starts_at or row.imported_at,
                row.ends_at or row.imported_at,
                frozenset({row.hotspot_id}) if row.hotspot_id else None,
            )
        ]
        for row in records
    }


def due_alerts(
    session: Session, force_id: UUID, cutoff: datetime, after: UUID | None, limit: int
) -> list[Alert]:
    """A page of the alerts that were over before the cutoff, by id, after one."""
    query = select(Alert).where(
        Alert.force_id == force_id,
        # Nothing is over before it was raised; saying so lets the index by that time be used.
        col(Alert.raised_at) < cutoff,
        col(Alert.cleared_at) < cutoff,
        *_page(col(Alert.id), after),
    )
    return list(session.exec(query.order_by(col(Alert.id)).limit(limit)).all())


def kept_alerts(
    session: Session, alerts: Sequence[Alert], holds: Sequence[HoldByHand]
) -> dict[UUID, list[Kept]]:
    """Alerts as holds look at them: each by itself, and every patrol it is of or whose window it is of."""
    windows = {alert.window_id for alert in alerts if alert.window_id is not None}
    people = _people(session, [alert.id for alert in alerts], windows)
    places: dict[UUID, UUID] = {}
    if windows:
        where = select(TaskingWindow.id, TaskingWindow.hotspot_id)
        places = dict(session.exec(where.where(col(TaskingWindow.id).in_(windows))).all())
    of_patrols = _patrols(session, alerts, holds)
    found: dict[UUID, list[Kept]] = {}
    for alert in alerts:
        named = {alert.officer_id} if alert.officer_id else set()
        subjects = {alert.id, alert.window_id, alert.patrol_id} - {None}
        hotspots = {places[alert.window_id]} if alert.window_id in places else set()
        itself = Kept(
            alert.id,
            frozenset(named.union(*(people.get(one, ()) for one in subjects if one))),
            alert.since_at,
            alert.cleared_at or alert.raised_at,
            frozenset(hotspots),
        )
        found[alert.id] = [itself, *(each for one in subjects if one for each in of_patrols.get(one, ()))]
    return found


def _people(session: Session, alert_ids: Sequence[UUID], windows: set[UUID]) -> dict[UUID, set[UUID]]:
    """Who said something to an alert, and who was tasked with a window by name, by the id of either."""
    said = select_rows(col(AlertAcknowledgement.alert_id), col(AlertAcknowledgement.captured_by))
    tasked = select_rows(col(WindowAssignment.window_id), col(WindowAssignment.officer_id))
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for query in (
        said.where(col(AlertAcknowledgement.alert_id).in_(alert_ids)),
        tasked.where(col(WindowAssignment.window_id).in_(windows)),
    ):
        for subject_id, officer_id in session.execute(query):
            found[subject_id].add(officer_id)
    return found


def _patrols(
    session: Session, alerts: Sequence[Alert], holds: Sequence[HoldByHand]
) -> dict[UUID, list[Kept]]:
    """The patrols that alerts are of, by their own ids and by those of the windows they count for."""
    windows = {alert.window_id for alert in alerts if alert.window_id is not None}
    linked = select_rows(col(LinkedWindow.patrol_id)).where(col(LinkedWindow.window_id).in_(windows))
    patrols = session.exec(
        select(Patrol).where(
            or_(
                col(Patrol.id).in_({alert.patrol_id for alert in alerts if alert.patrol_id is not None}),
                col(Patrol.window_id).in_(windows),
                col(Patrol.id).in_(linked),
            )
        )
    ).all()
    kept = {each.id: each for each in kept_patrols(session, patrols, holds)}
    links = select(LinkedWindow.patrol_id, LinkedWindow.window_id)
    pairs = [(patrol.id, patrol.window_id) for patrol in patrols if patrol.window_id is not None]
    pairs += session.exec(links.where(col(LinkedWindow.patrol_id).in_(kept))).all()
    found: defaultdict[UUID, list[Kept]] = defaultdict(list)
    for patrol_id, each in kept.items():
        found[patrol_id].append(each)
    for patrol_id, window_id in pairs:
        found[window_id].append(kept[patrol_id])
    return found


def due_offences(
    session: Session, force_id: UUID, cutoff: datetime, after: UUID | None, limit: int
) -> list[Offence]:
    """A page of the versions of offences that were superseded before the cutoff, by id, after one."""
    query = select(Offence).where(
        Offence.force_id == force_id,
        col(Offence.superseded_at) < cutoff,
        *_page(col(Offence.id), after),
    )
    return list(session.exec(query.order_by(col(Offence.id)).limit(limit)).all())


def kept_offences(
    _session: Session, offences: Sequence[Offence], _holds: Sequence[HoldByHand]
) -> dict[UUID, list[Kept]]:
    """Versions of offences as holds look at them: nobody's. Without a hotspot any may be meant."""
    return {
        row.id: [
            Kept(
                row.id,
                frozenset(),
                row.starts_at,
                row.ends_at,
                frozenset({row.hotspot_id}) if row.hotspot_id else None,
            )
        ]
        for row in offences
    }


def kept_messages(
    _session: Session, messages: Sequence[OutboxMessage], _holds: Sequence[HoldByHand]
) -> dict[UUID, list[Kept]]:
    """Messages as holds look at them: copies of what is kept for itself, so none keeps one."""
    return {row.id: [] for row in messages}
