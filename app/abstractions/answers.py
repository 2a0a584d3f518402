"""Reading abstractions: one, a page, its history; what the phone is told of what it has just said."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from app.abstractions import queries
from app.abstractions.counting import length_ms
from app.abstractions.models import Abstraction, AbstractionDecision
from app.abstractions.recording import LISTS
from app.abstractions.schemas import (
    AbstractionFilter,
    AbstractionHistory,
    AbstractionPage,
    AbstractionResponse,
    DecisionResponse,
)
from app.abstractions.versions import content
from app.audit.service import consulted
from app.clock import MINUTE_MS, london_day
from app.facts.amending import versions_of
from app.facts.schemas import told_versions
from app.identity.permissions import Caller, Permission, requires
from app.identity.queries import collar_numbers
from app.problems import out_of_sight
from app.reference.codes import Lists, in_words
from app.reference.queries import labels_of
from app.reference.schemas import Coded, coded, told_flags
from app.rest.pagination import page_of, place_after

VOID = "VOID"
_WORDS = [*LISTS, "abstraction_classes", "abstraction_countings", "activity_flag_sentences"]


@requires(Permission.ABSTRACTIONS_READ)
def read_abstraction(
    session: Session, caller: Caller, abstraction_id: UUID, now: datetime
) -> AbstractionResponse:
    """One abstraction the caller may see."""
    row = queries.abstraction_seen(session, caller, abstraction_id, now)
    if row is None:
        raise out_of_sight("abstraction:read")
    _consulted(session, caller, "abstraction:read", [row], now)
    return describe(session, [row])[0]


@requires(Permission.ABSTRACTIONS_READ)
def list_abstractions(
    session: Session,
    caller: Caller,
    wanted: AbstractionFilter,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> AbstractionPage:
    """A page of abstractions in the caller's scope, latest first."""
    after = place_after(cursor)
    rows = queries.abstractions_seen(session, caller, wanted, after, limit + 1, now)
    page, following = page_of(rows, limit, lambda row: (row.starts_at, row.id))
    _consulted(session, caller, "abstraction:list", page, now)
    return AbstractionPage(items=describe(session, page), next_cursor=following)


@requires(Permission.ABSTRACTIONS_READ)
def read_history(session: Session, caller: Caller, abstraction_id: UUID, now: datetime) -> AbstractionHistory:
    """Every version of an abstraction and why it was made, the one that stands last."""
    row = queries.abstraction_seen(session, caller, abstraction_id, now)
    if row is None:
        raise out_of_sight("abstraction:history")
    versions = versions_of(session, row, content(session, [row])[row.id])
    collars = collar_numbers(session, {each.made_by for each in versions if each.made_by})
    _consulted(session, caller, "abstraction:history", [row], now)
    return AbstractionHistory(abstraction_id=abstraction_id, revisions=told_versions(versions, collars))


def narrowed(
    wanted: AbstractionFilter, status: str | None, window_id: UUID | None, *, voided: bool
) -> AbstractionFilter:
    """A filter with what only lists can be asked for."""
    return replace(wanted, status=status, window_id=window_id, voided=voided)


def recorded(session: Session, abstraction_id: UUID) -> AbstractionResponse:
    """What is told of what was just said; the record itself was logged."""
    return describe(session, [queries.abstraction_recorded(session, abstraction_id)])[0]


def _consulted(
    session: Session, caller: Caller, operation: str, rows: Sequence[Abstraction], now: datetime
) -> None:
    people = {each for row in rows for each in (row.officer_id, row.authorised_by, row.captured_by) if each}
    subjects = {"abstraction": [row.id for row in rows], "officer": people}
    consulted(session, operation, now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)


def describe(session: Session, rows: Sequence[Abstraction]) -> list[AbstractionResponse]:
    """Abstractions as they are answered, in words of the day they began."""
    if not rows:
        return []
    decisions = queries.decisions_of(session, [row.id for row in rows])
    people = {
        each
        for row in rows
        for each in (row.officer_id, row.authorised_by, row.captured_by)
        if each is not None
    }
    people |= {each.captured_by for part in decisions.values() for each in part}
    collars = collar_numbers(session, people)
    by_day: dict[date, Lists] = {}
    for row in rows:
        day = london_day(row.starts_at)
        if day not in by_day:
            by_day[day] = labels_of(session, row.force_id, _WORDS, day)
    return [
        _describe(row, by_day[london_day(row.starts_at)], collars, decisions.get(row.id, [])) for row in rows
    ]


def _describe(
    row: Abstraction, lists: Lists, collars: dict[UUID, str], decisions: Sequence[AbstractionDecision]
) -> AbstractionResponse:
    def told(name: str, code: str | None) -> Coded | None:
        return coded(lists, name, code) if code is not None else None

    length = length_ms(row.starts_at, row.ends_at)
    status = VOID if row.voided_at is not None else row.status
    authoriser = collars[row.authorised_by] if row.authorised_by else row.authoriser_unknown
    return AbstractionResponse(
        id=row.id,
        revision=row.revision,
        source=row.source,
        officer_id=row.officer_id,
        collar_number=collars[row.officer_id] if row.officer_id else None,
        authorised_by=row.authorised_by,
        authoriser_collar_number=authoriser,
        authoriser_unknown=row.authoriser_unknown is not None,
        authoriser_rank=row.authoriser_rank,
        authority_level=told("authority_levels", row.authority_level),
        reported_by_collar_number=collars[row.captured_by] if row.captured_by else None,
        team_id=row.team_id,
        area_id=row.area_id,
        post_role=told("post_roles", row.post_role),
        reason=told("abstraction_reasons", row.reason_code),
        reason_text=row.reason_text,
        reason_class=told("abstraction_classes", row.reason_class),
        destination=told("abstraction_destinations", row.destination),
        destination_area_id=row.destination_area_id,
        destination_unit=row.destination_unit,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        minutes=length // MINUTE_MS if length is not None else None,
        recorded_at=row.recorded_at,
        received_at=row.received_at,
        notice_minutes=row.notice_minutes,
        backfilled=row.backfilled,
        window_id=row.window_id,
        reference=row.reference,
        status=status,
        status_label=in_words(lists["abstraction_statuses"], status),
        counts_as_abstraction=row.counts and row.voided_at is None,
        because=in_words(lists["abstraction_countings"], "void" if row.voided_at else row.because),
        policy_version=row.policy_version,
        flags=told_flags(lists, row.flags),
        decisions=[_decision(each, lists, collars[each.captured_by]) for each in decisions],
        amended_at=row.amended_at,
        amendment_reason=row.amendment_reason,
        voided_at=row.voided_at,
        void_reason=row.void_reason,
        superseded_by=row.superseded_by,
        erased_at=row.erased_at,
    )


def _decision(row: AbstractionDecision, lists: Lists, collar_number: str) -> DecisionResponse:
    return DecisionResponse(
        id=row.id,
        number=row.number,
        status=row.status,
        status_label=in_words(lists["abstraction_statuses"], row.status),
        note=row.note,
        collar_number=collar_number,
        decided_at=row.received_at,
        of_revision=row.of_revision,
    )
