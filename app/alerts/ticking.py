"""Brings the stored alerts of a force to what is due now: raises what is new, clears what is over.

Safe on several machines at once: they take turns, and whoever comes second finds nothing to do. The ids follow from
what is raised, so that even without the turn there would be one row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import update
from sqlmodel import Session, col

from app.alerts import facts, queries
from app.alerts.models import Alert
from app.alerts.rules import Clearing, Due, Facts, Occasion, due, rules_on, why_over
from app.audit.service import changed
from app.clock import london_day
from app.database.model import insert_if_absent
from app.database.turns import take_turns

_SPACE = UUID("6d1f2b1e-6d0c-5d0e-9f3a-5a3f6f0c8a17")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be raised, and what is over and why."""

    raised: Sequence[Due]
    cleared: Sequence[tuple[UUID, Clearing]]

    def __bool__(self) -> bool:
        return bool(self.raised or self.cleared)


def plan(session: Session, force_id: UUID, now: datetime) -> Plan:
    """What must change for a force's alerts to be those due now; nothing, most times."""
    rules = rules_on(queries.rules_held(session, force_id), london_day(now))
    standing = {_key(one): one for one in facts.open_alerts(session, force_id)}
    patrols = {one.patrol_id for one in standing.values() if one.patrol_id is not None}
    known: dict[UUID, Facts] = {
        **{one.window_id: one for one in facts.windows(session, force_id, rules, standing.values(), now)},
        **{one.patrol_id: one for one in facts.patrols(session, force_id, patrols, now)},
        **{one.feed_id: one for one in facts.feeds(session, force_id)},
    }
    wanted = {alert.key: alert for each in known.values() for alert in due(each, rules, now)}
    return Plan(
        [alert for key, alert in wanted.items() if key not in standing],
        [
            (alert.id, why_over(alert.kind, alert.occasion, known[key[1]], now))
            for key, alert in standing.items()
            if key not in wanted
        ],
    )


def bring_up_to_date(session: Session, force_id: UUID, now: datetime) -> int:
    """Raises and clears a force's alerts, in the caller's transaction; how many changed."""
    take_turns(session, [uuid5(_SPACE, f"turn/{force_id}")])
    found = plan(session, force_id, now)
    rounds = facts.rounds_before(session, [alert.key for alert in found.raised])
    raised = [_raise(session, force_id, alert, rounds.get(alert.key, 0), now) for alert in found.raised]
    cleared = [alert_id for alert_id, reason in found.cleared if _clear(session, alert_id, reason, now)]
    ids = [alert_id for alert_id in raised if alert_id is not None] + cleared
    if ids:
        changed(session, "alert:tick", now, {"alert": ids}, actor_id=None, force_id=force_id)
    return len(ids)


def _raise(session: Session, force_id: UUID, alert: Due, round_: int, now: datetime) -> UUID | None:
    alert_id = named(alert.key, round_)
    team_id, area_id = alert.place
    row = {
        "id": alert_id,
        "kind": alert.kind,
        "force_id": force_id,
        "team_id": team_id,
        "area_id": area_id,
        "window_id": alert.window_id,
        "patrol_id": alert.patrol_id,
        "feed_id": alert.feed_id,
        "officer_id": alert.officer_id,
        "occasion": alert.occasion,
        "round": round_,
        "since_at": alert.since_at,
        "raised_at": now,
        # From when its officer could know, whatever kept us from saying so before.
        "escalates_at": None if alert.escalates is None else now + alert.escalates,
    }
    return alert_id if insert_if_absent(session, Alert, row) else None


def _clear(session: Session, alert_id: UUID, reason: Clearing, now: datetime) -> bool:
    done = session.connection().execute(
        update(Alert)
        .where(col(Alert.id) == alert_id, col(Alert.cleared_at).is_(None))
        .values(cleared_at=now, cleared_because=reason)
    )
    return done.rowcount > 0


def named(key: Occasion, round_: int) -> UUID:
    """The id of an alert: the same wherever it is worked out."""
    kind, subject_id, occasion = key
    return uuid5(_SPACE, f"{kind.value}/{subject_id}/{occasion}/{round_}")


def _key(alert: Alert) -> Occasion:
    subject_id = alert.window_id or alert.patrol_id or alert.feed_id
    if subject_id is None:
        raise ValueError("an alert is of a window, a patrol or a feed")
    return alert.kind, subject_id, alert.occasion
