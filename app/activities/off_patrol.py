"""An arrest takes its officer off the patrol: proposes that as the reason for windows that were not kept because of it.

The reason explains and changes nothing: a window that was not kept stays so, and a supervisor decides.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from app.activities.codes import ActivityFlag, ActivityKind
from app.activities.models import Activity
from app.patrols.proposing import About, ProposedBy, propose_reason, withdraw_reason
from app.patrols.reasons import ReasonSource, Span

REASON = "ARREST_MADE"
# Until when an arrest keeps an officer away whose return nobody recorded, at most: the rest of a shift.
AT_MOST = timedelta(hours=12)


def span_of(occurred_at: datetime, from_at: datetime | None, to_at: datetime | None) -> Span:
    """The time an arrest took: as recorded, else the instant it was made.

    Made at 19:50, away from 20:00 until nobody knows when: 20:00 to 08:00.
    """
    if from_at is not None:
        return Span(from_at, to_at or from_at + AT_MOST)
    if to_at is not None:
        return Span(min(occurred_at, to_at), to_at)
    return Span(occurred_at, occurred_at)


def propose(
    session: Session,
    activity_id: UUID,
    row: Mapping[str, Any],
    detail: Mapping[str, Any],
    captured_by: UUID,
    received_at: datetime,
) -> None:
    """Has an arrest, given by its columns, propose its reason, or take back what it proposed when it is a detention
    and no arrest. Other activities propose none."""
    if row["kind"] != ActivityKind.ARREST:
        return
    if ActivityFlag.NOT_AN_ARREST in row["flags"]:
        withdraw_reason(session, ReasonSource.ARREST, activity_id, received_at)
        return
    propose_reason(
        session,
        row["force_id"],
        ProposedBy(ReasonSource.ARREST, activity_id, captured_by, received_at),
        About(
            captured_by,
            span_of(row["occurred_at"], detail["off_patrol_from"], detail["off_patrol_to"]),
            row["patrol_id"],
        ),
        REASON,
        detail["custody_reference"] or row["reference"],
    )


def withdraw(session: Session, activity: Activity, now: datetime) -> None:
    """Takes back what an arrest proposed that was a mistake."""
    if activity.kind == ActivityKind.ARREST:
        withdraw_reason(session, ReasonSource.ARREST, activity.id, now)
