"""Records activities, whoever brings them: the officer's phone, another system for them, or a supervisor who releases
what was kept aside.

Whether they may is decided before, by the use case that calls; what is logged, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import Session, col

from app.activities import day_queries, off_patrol
from app.activities.codes import ActivityKind, DetailLevel
from app.activities.content import DETAILS, Rows, as_json, rows_of
from app.activities.facts import Actor
from app.activities.flagging import Held, codes_said, flags_of, list_names, stored, unknown
from app.activities.models import Activity, IntelligenceItem, ReferralFollowUp
from app.activities.problems import activity_unknown, unknown_officer
from app.activities.schemas import AnyActivity, FollowUpRequest, read_activity as read_body
from app.clock import london_day
from app.database.model import as_stored
from app.database.together import Rows as Stored, insert_rows
from app.facts.amending import locked
from app.facts.content import content_hash, packed_hash
from app.facts.service import Provenance, record
from app.patrols.lifecycle import on_our_clock
from app.patrols.logged import IN_THE_FUTURE, Occurred, place
from app.reference.codes import Lists

SCHEMA_VERSION = 1
KIND = "activity"
# In which words flags are told.
FLAG_LISTS = ("activity_flags", "activity_flag_sentences")


@dataclass(frozen=True, slots=True)
class Read:
    """An activity with everything it names looked up: its own row, the rows of its kind, and what it is judged by."""

    content: bytes
    row: dict[str, Any]
    rows: Rows
    held: Held
    lists: Lists
    hotspots: Mapping[str, str]


def activity_content(body: AnyActivity) -> bytes:
    """The hash by which a replay is told from a conflict."""
    return content_hash(KIND, SCHEMA_VERSION, body)


def read_activity(
    session: Session, force_id: UUID, body: AnyActivity, origin: Provenance, before: Activity | None = None
) -> Read:
    """Looks up patrol, team, rank, hotspots and lists. Nothing of it refuses an activity but a patrol that has not
    come, or is not one's own (409 `parent-unknown`). `before` is the row that it corrects."""
    names = [*list_names(body.kind_of), *FLAG_LISTS]
    placed = place(
        session, force_id, body.occurred_at, body.patrol_id, body.position, origin,
        _before(before) if before else None, day_queries.day_besides(body.kind_of, names),
    )  # fmt: skip
    occurred, day = placed.occurred, london_day(placed.occurred.at)
    recorded_at = _recorded_at(body, occurred, origin, before)
    officer = day_queries.on_the_day(placed.besides)
    if officer is None or officer.force_id != force_id:
        raise unknown_officer()
    rows = rows_of(body)
    held = Held(
        kind=body.kind_of,
        level=DetailLevel(body.level),
        wanted=officer.wanted,
        actor=Actor(officer.kind, officer.rank),
        occurred_at=occurred.at,
        recorded_at=recorded_at,
        ahead=occurred.ahead,
        received_at=before.received_at if before else origin.received_at,
        content=as_json(body),
        patrol=placed.patrol,
    )
    lists = day_queries.lists_on(session, force_id, names, day, officer.own_words)
    strange = unknown(codes_said(held.kind, held.content), lists)
    row = {
        "force_id": force_id,
        "kind": body.kind,
        "level": body.level,
        "wanted_level": held.wanted.value,
        "patrol_id": body.patrol_id,
        **placed.columns,
        "recorded_said_at": body.recorded_at,
        "recorded_at": recorded_at,
        **rows.shared,
        "rank_held": officer.rank,
        # What a correction says of somebody is erased in its turn, also when what it corrects was before.
        "erased_at": None,
        "officer_kind": officer.kind.value,
        "flags": stored(flags_of(held, strange, lists, held.received_at)),
        "unknown_codes": strange or None,
    }
    return Read(activity_content(body), row, rows, held, lists, placed.hotspots or {})


def _before(row: Activity) -> Occurred:
    return Occurred(row.occurred_said_at, row.occurred_at, row.skew_ms, IN_THE_FUTURE in row.flags)


def _recorded_at(
    body: AnyActivity, occurred: Occurred, origin: Provenance, before: Activity | None
) -> datetime:
    if body.recorded_at is None:
        return occurred.at
    if before is not None and body.recorded_at == before.recorded_said_at:
        # As with `occurred`: what a correction leaves as it was stays as it was.
        return before.recorded_at
    return on_our_clock(body.recorded_at, origin.skew_ms, origin.received_at)[0]


def record_activity(
    session: Session, activity_id: UUID, read: Read, origin: Provenance, besides: Sequence[Stored] = ()
) -> bool:
    """Stores an activity with the rows of its kind; false for a replay. `besides` is stored with it when it is new."""
    row = {"revision": 1, **read.row}
    details = [*_details(activity_id, read), *besides]
    if not record(session, Activity, activity_id, read.content, origin, row, details):
        return False
    _propose(session, activity_id, read, origin)
    return True


def record_released(
    session: Session, force_id: UUID, activity_id: UUID, raw: bytes, origin: Provenance
) -> bool:
    """Records an activity that was kept aside, as if its officer had sent it; false for a replay."""
    return record_activity(
        session, activity_id, read_activity(session, force_id, read_body(raw), origin), origin
    )


def as_recorded(activity_id: UUID, read: Read, origin: Provenance) -> Activity:
    """The row of an activity that was just stored, without reading it back."""
    return as_stored(Activity, {"revision": 1, **origin.columns(activity_id, read.content), **read.row})


def _details(activity_id: UUID, read: Read) -> list[Stored]:
    """The row of an activity's kind, and those of its items."""
    found: list[Stored] = [(DETAILS[read.held.kind], [{"activity_id": activity_id, **read.rows.detail}])]
    if read.rows.items:
        numbered = [
            {"activity_id": activity_id, "position": number, **item}
            for number, item in enumerate(read.rows.items)
        ]
        found.append((IntelligenceItem, numbered))
    return found


def _propose(session: Session, activity_id: UUID, read: Read, origin: Provenance) -> None:
    off_patrol.propose(
        session, activity_id, read.row, read.rows.detail, origin.captured_by, read.held.received_at
    )


def replace_details(session: Session, activity_id: UUID, read: Read, origin: Provenance) -> None:
    """Writes what an activity says now into the row of its kind; what it said is kept by whoever corrects it."""
    table = DETAILS[read.held.kind]
    connection = session.connection()
    connection.execute(delete(IntelligenceItem).where(col(IntelligenceItem.activity_id) == activity_id))
    connection.execute(delete(table).where(table.__table__.c.activity_id == activity_id))  # type: ignore[attr-defined]
    for rows in _details(activity_id, read):
        insert_rows(session, rows)
    _propose(session, activity_id, read, origin)
    if read.held.kind is ActivityKind.REFERRAL:
        bring_status_up_to_date(session, activity_id)


def own_activity(session: Session, force_id: UUID, activity_id: UUID, captured_by: UUID) -> Activity:
    """The activity a later fact is about, held until the transaction ends. Somebody else's is as unknown as one that
    has not arrived (409 `parent-unknown`)."""
    row = locked(session, Activity, activity_id)
    if row is None or row.force_id != force_id or row.captured_by != captured_by:
        problem = activity_unknown()
        problem.denial = "activity-of-another" if row is not None else None
        raise problem
    return row


def record_follow_up(
    session: Session, activity: Activity, follow_up_id: UUID, body: FollowUpRequest, origin: Provenance
) -> bool:
    """Stores what became of a referral, whose row is held; false for a replay."""
    said = content_hash("follow-up", SCHEMA_VERSION, body)
    content = packed_hash("follow-up", SCHEMA_VERSION, activity.id.bytes, said)
    row = {
        "force_id": activity.force_id,
        "activity_id": activity.id,
        "status": body.status,
        "heard_at": on_our_clock(body.heard_at, origin.skew_ms, origin.received_at)[0],
        "reference": body.reference,
    }
    created = record(session, ReferralFollowUp, follow_up_id, content, origin, row)
    if created:
        bring_status_up_to_date(session, activity.id)
    return created


def bring_status_up_to_date(session: Session, activity_id: UUID) -> None:
    """Has a referral say what was heard of it last, or what its record says when nothing was."""
    table = DETAILS[ActivityKind.REFERRAL].__table__  # type: ignore[attr-defined]  # SQLModel does not type it
    latest = day_queries.latest_status(activity_id)
    session.connection().execute(
        update(table).where(table.c.activity_id == activity_id).values(status=latest)
    )
