"""Erases what activities hold of a person or a place once it was kept long enough. What was done, under which power,
when and in which hotspot, stays, so that no count changes; so does the force's own reference.

Whether it may go is decided above, by the rules and holds of `app.retention`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col

from app.activities.codes import ActivityFlag, ActivityKind
from app.activities.content import DETAILS
from app.activities.flagging import code_lists
from app.activities.models import Activity, IntelligenceItem
from app.clock import rfc3339
from app.facts.erasing import NOWHERE, due_page
from app.facts.models import FactRevision

# Kinds whose place is part of their record, and kept with it; of the others it is a position like any other.
PLACE_OF_RECORD = (ActivityKind.STOP_SEARCH, ActivityKind.ARREST)
_OF_A_PERSON: Mapping[ActivityKind, tuple[str, ...]] = {
    ActivityKind.STOP_SEARCH: (
        "grounds", "self_defined_ethnicity", "not_stated_reason", "officer_defined_ethnicity", "gender", "age",
        "age_basis", "receipt_reference", "custody_reference", "order_reference", "present_officers",
    ),
    ActivityKind.ARREST: ("custody_reference", "offence_code", "under_18", "cautioned_at", "dearrested_at"),
    ActivityKind.INTELLIGENCE: (),
    ActivityKind.REFERRAL: ("subject_category", "consent"),
    ActivityKind.OUTCOME: ("under_18", "authorisation_reference"),
}  # fmt: skip
_GRADING = ("source_grade", "assessment_grade", "handling_grade", "conditions")


def due(
    session: Session,
    force_id: UUID,
    kind: ActivityKind | None,
    cutoff: datetime,
    after: UUID | None,
    limit: int,
) -> list[Activity]:
    """A page of the activities whose record of a kind, or for None whose place, the rule lets go, by id, after one."""
    of_kind: ColumnElement[bool] = col(Activity.kind).not_in([each.value for each in PLACE_OF_RECORD])
    held: ColumnElement[bool] = col(Activity.longitude).is_not(None)
    if kind is not None:
        of_kind, held = col(Activity.kind) == kind.value, col(Activity.erased_at).is_(None)
    return due_page(session, Activity, force_id, cutoff, after, limit, of_kind, held)


def erase_records(
    session: Session, kind: ActivityKind, activities: Sequence[Activity], now: datetime
) -> None:
    """Erases what some activities of a kind, whose rows are held, say of a person or a place, revisions too."""
    ids = [row.id for row in activities]
    connection = session.connection()
    # Why it was corrected or taken back is in free words, and may say what was wrong of somebody.
    gone: dict[str, Any] = {
        **NOWHERE, "video_reference": None, "amendment_reason": None, "void_reason": None, "erased_at": now,
    }  # fmt: skip
    connection.execute(update(Activity).where(col(Activity.id).in_(ids)).values(gone))
    table = DETAILS[kind].__table__  # type: ignore[attr-defined]  # SQLModel does not type it
    if _OF_A_PERSON[kind]:
        blank = dict.fromkeys(_OF_A_PERSON[kind])
        connection.execute(update(table).where(table.c.activity_id.in_(ids)).values(blank))
    if kind is ActivityKind.INTELLIGENCE:
        items = update(IntelligenceItem).where(col(IntelligenceItem.activity_id).in_(ids))
        connection.execute(items.values(dict.fromkeys(_GRADING)))
    _forget_unknown_codes(session, kind, activities)
    for row in activities:
        said = {"kind": row.kind, "level": "reference", "occurred_at": rfc3339(row.occurred_said_at)}
        connection.execute(
            update(FactRevision).where(col(FactRevision.fact_id) == row.id).values(content=said, reason=None)
        )


def _forget_unknown_codes(session: Session, kind: ActivityKind, activities: Sequence[Activity]) -> None:
    """What no list held is kept beside its field, and goes with it; so does the flag when nothing is left of it."""
    lists = code_lists(kind)
    gone = {lists[name] for name in (*_OF_A_PERSON[kind], *_GRADING) if name in lists}
    for row in activities:
        before = row.unknown_codes or []
        kept = [code for code in before if code.partition("/")[0] not in gone]
        if kept != before:
            flags = [flag for flag in row.flags if kept or flag != ActivityFlag.UNKNOWN_CODE]
            one = update(Activity).where(col(Activity.id) == row.id)
            session.connection().execute(one.values(unknown_codes=kept or None, flags=flags))
