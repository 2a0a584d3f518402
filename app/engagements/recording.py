"""Records engagements, whoever brings them: a phone, a supervisor who releases what was kept aside, a file.

Whether they may is decided before, by the use case that calls; what is logged, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from shapely import Point
from sqlalchemy import delete, insert
from sqlmodel import Session, col

from app.areas.locating import smallest_area_holding
from app.areas.models import Area
from app.clock import london_day
from app.engagements.models import Engagement, EngagementOfficer, EngagementTick, TickOf
from app.engagements.outgoing import tell_of
from app.engagements.reach import (
    EngagementFacts,
    EngagementFlag,
    GroupCount,
    engagement_flags,
    is_patrol_contact,
)
from app.engagements.schemas import EngagementRequest
from app.facts.amending import Amendment, amend
from app.facts.content import content_hash
from app.facts.counting_once import PHONE, CountedOnce, own_words_beside, say_here, settle
from app.facts.service import Provenance, record
from app.identity.queries import officer_by_collar
from app.patrols.lifecycle import on_our_clock, said_again
from app.patrols.logged import IN_THE_FUTURE, Occurred, Placed, place
from app.reference.codes import Lists
from app.reference.queries import labels_of

SCHEMA_VERSION = 1
ENGAGEMENT, HOTSPOT_CONTACT = "engagement", "hotspot_contact"
LISTS = [
    "engagement_types", "engagement_methods", "reach_bands", "priority_groups", "minority_groups", "engagement_issues",
    "agencies",
]  # fmt: skip
# What the form of one offers besides.
FORM_LISTS = (*LISTS, "count_bases")
UNKNOWN_OFFICER = EngagementFlag.UNKNOWN_OFFICER.value
_SINGLE = (
    "minutes", "engagement_type", "method", "planned", "published", "people_reached", "reach_band",
    "priority_reference", "reference",
)  # fmt: skip
COUNTED_ONCE = CountedOnce(
    "engagement",
    Engagement,
    person=lambda row: row.captured_by,
    decided=lambda _: False,
    reason="Recorded by phone under the same reference.",
    together=frozenset({"position", "area_id"}),
)


@dataclass(frozen=True, slots=True)
class Named:
    """What an engagement's names stand for: where it belongs, the lists of its day, colleagues who took part and
    collar numbers nobody carried, the area it was held in, and when it was written down on our clock."""

    placed: Placed
    lists: Lists
    officers: list[UUID]
    unknown: list[str]
    area_id: UUID | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Read:
    """An engagement with everything it names looked up: its own row, its ticks, who took part."""

    content: bytes
    row: dict[str, Any]
    ticks: list[dict[str, Any]]
    officers: list[UUID]


def read_engagement(
    session: Session,
    force_id: UUID,
    body: EngagementRequest,
    origin: Provenance,
    source: str = PHONE,
    before: Engagement | None = None,
) -> Read:
    """Looks up team, place, colleagues and codes. Nothing of it refuses an engagement but a patrol that has not
    arrived (`parent-unknown`): what is not known is noted. `before` is the row that it corrects."""
    was = _before(before) if before is not None else None
    placed = place(session, force_id, body.occurred_at, body.patrol_id, body.position, origin, was)
    day = london_day(placed.occurred.at)
    lists = labels_of(session, force_id, LISTS, day)
    officers, unknown = _officers(session, force_id, body, origin, day)
    recorded_at = _recorded_at(body, placed.occurred, origin, before)
    named = Named(placed, lists, officers, unknown, _held_in(session, force_id, body, day), recorded_at)
    return put_together(force_id, body, named, source)


def _before(row: Engagement) -> Occurred:
    return Occurred(row.occurred_said_at, row.occurred_at, row.skew_ms, IN_THE_FUTURE in row.flags)


def _recorded_at(
    body: EngagementRequest, occurred: Occurred, origin: Provenance, before: Engagement | None
) -> datetime:
    if body.recorded_at is None:
        return occurred.at
    if before is not None and said_again(body.recorded_at, before.recorded_at, before.skew_ms):
        # It is on our clock already.
        return before.recorded_at
    return on_our_clock(body.recorded_at, origin.skew_ms, origin.received_at)[0]


def put_together(force_id: UUID, body: EngagementRequest, named: Named, source: str) -> Read:
    """The row of an engagement whose names were looked up, with what is decided from it."""
    facts = facts_of(body)
    flags = {*named.placed.flags, *engagement_flags(facts, named.lists)}
    if named.unknown:
        flags.add(UNKNOWN_OFFICER)
    row = {
        "force_id": force_id,
        "source": source,
        "counted_as": HOTSPOT_CONTACT if is_patrol_contact(facts, named.lists) else ENGAGEMENT,
        "patrol_id": body.patrol_id,
        **named.placed.columns,
        "place_area_id": named.area_id,
        "recorded_at": named.recorded_at,
        "partners": list(dict.fromkeys(body.partners)),
        "officers_unknown": named.unknown or None,
        "flags": sorted(flags),
        **{name: getattr(body, name) for name in _SINGLE},
    }
    return Read(content_hash("engagement", SCHEMA_VERSION, body), row, _ticks(body), named.officers)


def facts_of(body: EngagementRequest) -> EngagementFacts:
    """What is decided about an engagement is decided from this."""
    return EngagementFacts(
        engagement_type=body.engagement_type,
        method=body.method,
        reach=body.people_reached,
        reach_band=body.reach_band,
        priority_groups=body.priority_groups,
        minority_groups=[
            GroupCount(each.group, each.people or 0, each.basis) for each in body.minority_groups
        ],
        issues=body.issues,
        partners=body.partners,
    )


def _officers(
    session: Session, force_id: UUID, body: EngagementRequest, origin: Provenance, day: date
) -> tuple[list[UUID], list[str]]:
    found: dict[UUID, None] = {}
    unknown = []
    for collar in dict.fromkeys(body.officers):
        officer = officer_by_collar(session, force_id, collar, day)
        if officer is None:
            unknown.append(collar)
        elif officer.id != origin.captured_by:
            found[officer.id] = None
    return list(found), unknown


def _held_in(session: Session, force_id: UUID, body: EngagementRequest, day: date) -> UUID | None:
    if body.position is not None:
        at = Point(body.position.lon, body.position.lat)
        held = smallest_area_holding(session, force_id, at, day)
        if held is not None:
            return held
    if body.area_id is None:
        return None
    named = session.get(Area, body.area_id)
    return named.id if named is not None and named.force_id == force_id else None


def _ticks(body: EngagementRequest) -> list[dict[str, Any]]:
    """Each tick once; of a group that was counted twice the last count stands."""
    found: dict[tuple[TickOf, str], dict[str, Any]] = {}
    for of, codes in ((TickOf.PRIORITY_GROUP, body.priority_groups), (TickOf.ISSUE, body.issues)):
        for code in codes:
            found[of, code] = {"of": of, "code": code, "people": None, "basis": None}
    for each in body.minority_groups:
        found[TickOf.MINORITY_GROUP, each.group] = {
            "of": TickOf.MINORITY_GROUP, "code": each.group, "people": each.people, "basis": each.basis,
        }  # fmt: skip
    return list(found.values())


def record_engagement(session: Session, engagement_id: UUID, read: Read, origin: Provenance) -> bool:
    """Stores an engagement that was reported here; false for a replay."""
    say_here(session, COUNTED_ONCE, read.row["force_id"], read.row["reference"])
    if not record(session, Engagement, engagement_id, read.content, origin, read.row):
        return False
    store_parts(session, {engagement_id: read})
    row = session.get_one(Engagement, engagement_id)
    if row.reference is not None:
        settle(session, COUNTED_ONCE, row, origin.uploaded_by, origin.received_at)
    tell_of(session, row, read.ticks, origin.received_at)
    return True


def settle_beside_files(session: Session, force_id: UUID, now: datetime) -> None:
    """Has each engagement count once that a file told while it was being reported here."""
    for row in own_words_beside(session, COUNTED_ONCE, force_id):
        settle(session, COUNTED_ONCE, row, row.uploaded_by, now)


def amend_engagement(
    session: Session,
    row: Engagement,
    read: Read,
    expected: int | None,
    amendment: Amendment,
    before: Mapping[str, Any],
) -> bool:
    """Makes a revision of an engagement whose row is held; false for a replay. `before` is its content until now."""
    reference = row.reference
    if not revise(session, row, read, expected, amendment, before):
        return False
    replace_parts(session, {row.id: read})
    settle(session, COUNTED_ONCE, row, amendment.by, amendment.at, before=reference)
    if row.source == PHONE:
        tell_of(session, row, read.ticks, amendment.at)
    return True


def revise(
    session: Session,
    row: Engagement,
    read: Read,
    expected: int | None,
    amendment: Amendment,
    before: Mapping[str, Any],
) -> bool:
    """Makes a revision of the row alone, whose ticks and officers are replaced by whoever calls."""
    after = dict(read.row)
    if after["occurred_said_at"] == row.occurred_said_at:
        # When it happened is not said anew: the clock that said it first was another than the one that corrects.
        after |= {"occurred_at": row.occurred_at, "skew_ms": row.skew_ms}
    return amend(session, row, "engagement", expected, amendment, before, after)


def replace_parts(session: Session, engagements: Mapping[UUID, Read]) -> None:
    """Stores the ticks and officers of engagements that were corrected in the place of those before."""
    connection = session.connection()
    ids = list(engagements)
    connection.execute(delete(EngagementTick).where(col(EngagementTick.engagement_id).in_(ids)))
    connection.execute(delete(EngagementOfficer).where(col(EngagementOfficer.engagement_id).in_(ids)))
    store_parts(session, engagements)


def store_parts(session: Session, engagements: Mapping[UUID, Read]) -> None:
    """Stores the ticks of engagements, and who took part."""
    connection = session.connection()
    ticks = [{"engagement_id": each, **tick} for each, read in engagements.items() for tick in read.ticks]
    if ticks:
        connection.execute(insert(EngagementTick), ticks)
    took_part = [
        {"engagement_id": each, "officer_id": officer_id}
        for each, read in engagements.items()
        for officer_id in read.officers
    ]
    if took_part:
        connection.execute(insert(EngagementOfficer), took_part)


def words(session: Session, force_id: UUID, at: Any) -> Lists:
    """The lists that engagements are put into words with, on a day."""
    return labels_of(session, force_id, [*LISTS, "promise_statuses", "activity_flag_sentences"], at)
