"""The use cases of linking: what may be the same is suggested, a person says whether it is, nothing is merged.

A decision is a fact under an id of the caller's making; another one after it stands in its place.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.audit.models import Action
from app.audit.service import changed, consulted
from app.clock import london_day
from app.database.turns import take_turns
from app.engagements.models import Engagement
from app.facts.content import content_hash
from app.facts.service import Provenance, recognise, record
from app.identity.permissions import Caller, Permission, requires
from app.patrols.problems import unknown_reference
from app.problems import INVALID, FieldError, Problem, out_of_sight
from app.reference.codes import Lists
from app.reference.queries import labels_of
from app.reference.schemas import coded
from app.rest.bulk import fault_of
from app.wmnow import link_queries as queries
from app.wmnow.likeness import LONGEST_COMPARED, Because, Suggestion, suggest
from app.wmnow.link_schemas import (
    SameItem,
    SameRequest,
    SameResponse,
    SameResult,
    SameResults,
    Side,
    SuggestionFilter,
    SuggestionList,
    SuggestionResponse,
)
from app.wmnow.models import LinkDecision, WmnowLink, WmnowRecord
from app.wmnow.problems import linked_elsewhere, period_too_long, side_changed

SCHEMA_VERSION = 1
MOST_SUGGESTIONS = 200
_WORDS = {
    Because.OUR_ID: "The tracker's record bears the id of our engagement.",
    Because.ALIKE: "Same officer, same type, within 30 minutes, and not known to be more than 250 m apart.",
}


@requires(Permission.WMNOW_DECIDE)
def suggestions(session: Session, caller: Caller, wanted: SuggestionFilter, now: datetime) -> SuggestionList:
    """What may be the same among the records of a time, the earliest first; nothing that was decided on. 422 for more
    than a quarter."""
    if wanted.to_at - wanted.from_at > LONGEST_COMPARED:
        raise period_too_long(LONGEST_COMPARED.days)
    day = london_day(now)
    asked = queries.records_of(caller, day, wanted)
    found = suggest(
        theirs := queries.theirs_unlinked(session, caller.force_id, asked),
        queries.ours_unlinked(session, caller, day, wanted, asked),
        queries.refused_pairs(session, asked),
    )
    at = {one.id: one.occurred_at for one in theirs}
    found.sort(key=lambda one: (at[one.record_id], one.record_id))
    shown = found[:MOST_SUGGESTIONS]
    records = queries.records_by_id(session, [one.record_id for one in shown])
    engagements = queries.engagements_by_id(session, [one.engagement_id for one in shown])
    lists = labels_of(session, caller.force_id, ["engagement_types"], day)
    officers = {one.captured_by for one in engagements.values()}
    collars = queries.collars(session, officers)
    consulted(
        session, "wmnow.suggestions", now,
        {
            "wmnow_record": [one.record_id for one in shown],
            "engagement": [one.engagement_id for one in shown],
            "officer": officers,
        },
        actor_id=caller.officer_id, force_id=caller.force_id,
    )  # fmt: skip
    return SuggestionList(
        items=[
            _suggestion(one, records[one.record_id], engagements[one.engagement_id], collars, lists)
            for one in shown
        ],
        records_looked_at=queries.count_records(session, asked),
        left_out=len(found) - len(shown),
        notes=[
            "Two that are suggested may still be two: an officer can hold two of a kind in one place on one evening.",
            "Each record and each engagement is in one suggestion at most; what was decided on is in none.",
        ],
    )


@requires(Permission.WMNOW_DECIDE)
def decide(session: Session, caller: Caller, item: SameItem, now: datetime) -> tuple[bool, SameResponse]:
    """Records a decision; whether it is new. 404 for a record that is not the caller's to decide on, 422 for such an
    engagement; 409 `side-changed` when either is no longer what was looked at, 409 `linked-elsewhere`; 422 for a change
    of mind without a reason."""
    _take_turns(session, caller, [item], now)
    created = _record(session, caller, item, now)
    _log(session, caller, [item], Action.ALTER if created else Action.CONSULT, now)
    return created, SameResponse(
        id=item.id,
        record_id=item.record_id,
        engagement_id=item.engagement_id,
        decision=item.decision,
        decided_at=now,
    )


@requires(Permission.WMNOW_DECIDE)
def decide_many(session: Session, caller: Caller, items: Sequence[SameItem], now: datetime) -> SameResults:
    """Records many decisions, each under its own conditions."""
    _take_turns(session, caller, items, now)
    results: list[SameResult] = []
    known: list[SameItem] = []
    for item in items:
        try:
            with session.begin_nested():
                created = _record(session, caller, item, now)
        except Problem as problem:
            results.append(SameResult(id=item.id, outcome="refused", problem=fault_of(problem)))
            if problem.denial is not None:
                _log(session, caller, [item], Action.DENIED, now)
            continue
        known.append(item)
        results.append(SameResult(id=item.id, outcome="created" if created else "replayed", problem=None))
    if known:
        _log(session, caller, known, Action.ALTER, now)
    counted = {
        name: sum(each.outcome == name for each in results) for name in ("created", "replayed", "refused")
    }
    return SameResults(results=results, **counted)


def _take_turns(session: Session, caller: Caller, items: Sequence[SameItem], now: datetime) -> None:
    """Two who decide on the same at once go one after the other, and wait for all of it, so that none who waits has
    what another waits for."""
    take_turns(session, [each for item in items for each in (item.record_id, item.engagement_id)])
    queries.hold_records(session, caller, {item.record_id for item in items}, london_day(now))


def _record(session: Session, caller: Caller, item: SameItem, now: datetime) -> bool:
    day = london_day(now)
    theirs = queries.record_to_decide(session, caller, item.record_id, day)
    if theirs is None:
        raise out_of_sight("wmnow.link")
    said = SameItem.model_validate({name: getattr(item, name) for name in SameItem.model_fields})
    origin = Provenance(caller.officer_id, caller.officer_id, now, None)
    content = content_hash("wmnow-link", SCHEMA_VERSION, said)
    # What was said before was said, whatever became of the engagement since.
    if queries.link_held(session, item.id):
        recognise(session, WmnowLink, item.id, content, caller.officer_id)
        return False
    # A link with what was taken back can be taken back, too.
    taken_back = item.decision is LinkDecision.OPEN
    ours = queries.engagement_to_decide(session, caller, item.engagement_id, day, voided_too=taken_back)
    if ours is None:
        raise unknown_reference("/engagement_id", "engagement")
    number = queries.latest_number(session, item.record_id, item.engagement_id)
    _check(session, item, theirs, ours, number)
    return record(
        session, WmnowLink, item.id, content, origin,
        {
            "force_id": caller.force_id,
            "record_id": item.record_id,
            "engagement_id": item.engagement_id,
            "number": number + 1,
            "decision": item.decision,
            "record_version": item.record_version,
            "engagement_revision": item.engagement_revision,
            "decided_at": now,
            "reason": item.reason,
        },
    )  # fmt: skip


def _check(session: Session, item: SameItem, theirs: WmnowRecord, ours: Engagement, number: int) -> None:
    if (theirs.version, ours.revision) != (item.record_version, item.engagement_revision):
        raise side_changed()
    if number and item.reason is None:
        fault = FieldError("/reason", "missing", "must say why what was decided before is changed")
        raise Problem(INVALID, "Some values are not valid.", [fault])
    if item.decision is LinkDecision.LINKED and queries.linked_otherwise(
        session, theirs.force_id, item.record_id, item.engagement_id
    ):
        raise linked_elsewhere()


def _log(session: Session, caller: Caller, items: Sequence[SameItem], action: Action, now: datetime) -> None:
    changed(
        session, "wmnow.link", now,
        {
            "wmnow_link": [one.id for one in items],
            "wmnow_record": [one.record_id for one in items],
            "engagement": [one.engagement_id for one in items],
        },
        actor_id=caller.officer_id, force_id=caller.force_id, action=action,
    )  # fmt: skip


def _suggestion(
    one: Suggestion, theirs: WmnowRecord, ours: Engagement, collars: Mapping[UUID, str], lists: Lists
) -> SuggestionResponse:
    if theirs.occurred_at is None or theirs.engagement_type is None:
        raise ValueError("a record that says neither when nor what is not suggested")
    return SuggestionResponse(
        theirs=Side(
            id=theirs.id,
            version=theirs.version,
            occurred_at=theirs.occurred_at,
            engagement_type=coded(lists, "engagement_types", theirs.engagement_type),
            people_reached=theirs.people_reached,
            collar_number=theirs.collar_number,
            link=f"/v1/wmnow/records/{theirs.id}",
        ),
        ours=Side(
            id=ours.id,
            version=ours.revision,
            occurred_at=ours.occurred_at,
            engagement_type=coded(lists, "engagement_types", ours.engagement_type),
            people_reached=ours.people_reached,
            collar_number=collars.get(ours.captured_by),
            link=f"/v1/engagements/{ours.id}",
        ),
        because=one.because,
        because_words=_WORDS[one.because],
        seconds_apart=round(one.seconds),
        metres_apart=None if one.metres is None else round(one.metres),
        decide_at=f"/v1/wmnow/records/{theirs.id}/links/",
        ready=SameRequest(
            engagement_id=ours.id,
            decision=LinkDecision.LINKED,
            record_version=theirs.version,
            engagement_revision=ours.revision,
        ),
    )
