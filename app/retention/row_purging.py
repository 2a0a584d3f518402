"""Erases row by row what is no patrol's: what records of officers say of people and places, which officer recorded
hours were, alerts that are over, what an offence said before it was corrected, messages that went out; and the content
of facts kept aside.

Each class says what is due, what of it a hold looks at, and how it goes; the rest is alike.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from app.alerts.erasing import erase_alerts
from app.facts.service import erase_body
from app.outbox.queries import due_for_erasing
from app.outbox.service import erase as erase_messages
from app.retention import queries, row_queries
from app.retention.erasable import LOGGED_CLASSES, RowClass
from app.retention.holding import is_held
from app.retention.rules import RecordClass
from app.returns.erasing import erase_officers
from app.schedule.offences import erase_versions

ROW_CLASSES = (
    RowClass(
        RecordClass.KEPT_ASIDE, "quarantined", queries.due_aside, queries.kept_aside,
        lambda session, _force, ids, _now: erase_body(session, ids),
    ),
    *LOGGED_CLASSES,
    RowClass(
        RecordClass.RECORDED_OFFICERS, "recorded_hours", row_queries.due_records, row_queries.kept_records,
        erase_officers,
    ),
    RowClass(
        RecordClass.ALERTS, "alert", row_queries.due_alerts, row_queries.kept_alerts,
        lambda session, _force, ids, _now: erase_alerts(session, ids),
    ),
    RowClass(
        RecordClass.OFFENCE_VERSIONS, "offence", row_queries.due_offences, row_queries.kept_offences,
        lambda session, _force, ids, _now: erase_versions(session, ids),
    ),
    RowClass(
        RecordClass.MESSAGES, "message", due_for_erasing, row_queries.kept_messages,
        lambda session, _force, ids, _now: erase_messages(session, ids),
    ),
)  # fmt: skip


def free_to_go(
    session: Session, force_id: UUID, each: RowClass, rows: Sequence[Any], now: datetime
) -> list[UUID]:
    """Those of some rows that nothing keeps: no hold by hand, and no patrol's record."""
    holds = queries.standing_holds(session, force_id)
    kept = each.kept(session, rows, holds)
    occasions = queries.occasions(session, [one.id for some in kept.values() for one in some])
    return [
        row.id for row in rows if not any(is_held(one, holds, occasions, now) for one in kept.get(row.id, ()))
    ]
