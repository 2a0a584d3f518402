"""What is told of a patrol: by itself, in a list, its judgement, its track. Every read is logged with its ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.audit.service import consulted
from app.clock import london_day
from app.identity.permissions import Caller, Permission, requires
from app.identity.queries import collar_numbers
from app.patrols import cross_reading, erasing, holding, queries, reason_answers, review_queries, wording
from app.patrols.decided import Decided, decisions_on
from app.patrols.judging import Reached
from app.patrols.lifecycle import BATCH_EVERY_SECONDS, PatrolState
from app.patrols.models import (
    CrewMember,
    CrossCheckFlag,
    Patrol,
    PatrolAssessment,
    PatrolProgress,
    PatrolVoid,
)
from app.patrols.problems import officer_first
from app.patrols.queries import OpenPatrol, PatrolEnd
from app.patrols.result_answers import cross_flag, progress_answer, sentences, short_result
from app.patrols.result_schemas import AssessmentList, AssessmentResponse, AssessmentSummary
from app.patrols.schemas import (
    Advice,
    CrewMemberResponse,
    EndedPatrolResponse,
    LeftFor,
    PatrolFilter,
    PatrolPage,
    PatrolResponse,
    Progress,
    VoidResponse,
)
from app.patrols.telling import Person, Words
from app.problems import not_found, out_of_sight
from app.reference.codes import Label, in_words
from app.reference.queries import labels_of
from app.rest.pagination import page_of, place_after
from app.schedule.queries import WindowAtCheckIn
from app.tracks.queries import policy_in_force

_NO_WINDOW = UUID(int=0)
_UNDECIDED = Decided()


@requires(Permission.PATROLS_READ)
def see_patrol(session: Session, caller: Caller, patrol_id: UUID, now: datetime) -> PatrolResponse:
    """One patrol the caller may see; not found otherwise."""
    patrol = seen(session, caller, patrol_id, now)
    log(session, caller, "patrol:read", now, [patrol])
    return describe(session, caller.officer_id, [patrol], now)[0]


@requires(Permission.PATROLS_READ)
def list_patrols(
    session: Session, caller: Caller, wanted: PatrolFilter, cursor: str | None, limit: int, now: datetime
) -> PatrolPage:
    """A page of the patrols the caller may see, latest first."""
    after = place_after(cursor)
    rows = queries.patrols_seen(session, caller, now, wanted, after, limit + 1)
    page, following = page_of(rows, limit, lambda row: (row.started_at, row.id))
    log(session, caller, "patrol:list", now, page)
    return PatrolPage(patrols=describe(session, caller.officer_id, page, now), next_cursor=following)


@requires(Permission.PATROLS_READ)
def see_assessment(
    session: Session, caller: Caller, patrol_id: UUID, number: int | None, now: datetime
) -> AssessmentResponse:
    """The standing judgement of a patrol, or an older one by number; not found while it is open.

    A result that is told to those on the patrol first is refused to others until then (409 `officer-first`).
    """
    patrol = seen(session, caller, patrol_id, now)
    told(session, caller, patrol, now, "patrol:assessment:held")
    row = queries.assessment_numbered(session, patrol_id, number)
    if row is None:
        raise not_found()
    flags = cross_reading.flags_of(session, [patrol_id])[patrol_id]
    others = {flag.other_patrol_id for flag in flags}
    shown = queries.patrols_shown(session, caller, others, london_day(now))
    log(session, caller, "patrol:assessment:read", now, [patrol])
    end = queries.ends_of(session, [patrol_id]).get(patrol_id)
    words = wording.words_for(session, patrol.force_id, london_day(now), [row])
    flag_labels = labels_of(session, patrol.force_id, ["flags"], london_day(now))["flags"]
    collar_number = collar_numbers(session, {patrol.captured_by})[patrol.captured_by]
    person = Person(collar_number, is_reader=caller.officer_id == patrol.captured_by)
    standing = [flag for flag in flags if flag.withdrawn_at is None and row.superseded_at is None]
    decided = _UNDECIDED
    if row.superseded_at is None:
        linked = review_queries.linked_windows(session, [patrol_id])
        found = decisions_on(session, [patrol], linked, {patrol_id: row}, london_day(now))
        decided = found.get(patrol_id, _UNDECIDED)
    return AssessmentResponse(
        id=row.id,
        patrol_id=patrol_id,
        number=row.number,
        status=row.status,
        status_label=in_words(words.statuses, row.status),
        policy_version=row.policy_version,
        computed_at=row.computed_at,
        superseded_at=row.superseded_at,
        in_words=sentences(patrol, end, row, person, words, standing, decided),
        result=row.result,
        cross_flags=[cross_flag(flag, shown, flag_labels) for flag in flags],
        erased=erasing.as_told(session, caller, patrol_id, now),
    )


@requires(Permission.PATROLS_READ)
def list_assessments(session: Session, caller: Caller, patrol_id: UUID, now: datetime) -> AssessmentList:
    """Every judgement of a patrol and why it was made; none while it is open for the first time."""
    patrol = seen(session, caller, patrol_id, now)
    told(session, caller, patrol, now, "patrol:assessment:held")
    rows = queries.assessments_of(session, patrol_id)
    log(session, caller, "patrol:assessment:list", now, [patrol])
    words = labels_of(session, caller.force_id, ["patrol_statuses", "assessment_causes"], london_day(now))
    return AssessmentList(patrol_id=patrol_id, assessments=[_in_short(row, words) for row in rows])


def _in_short(row: PatrolAssessment, words: dict[str, dict[str, Label]]) -> AssessmentSummary:
    return AssessmentSummary(
        number=row.number,
        status=row.status,
        status_label=in_words(words["patrol_statuses"], row.status),
        cause=row.cause,
        cause_label=None if row.cause is None else in_words(words["assessment_causes"], row.cause),
        policy_version=row.policy_version,
        boundary_ids=[UUID(each["boundary_id"]) for each in row.result["hotspots"]],
        computed_at=row.computed_at,
        superseded_at=row.superseded_at,
    )


def recorded(session: Session, caller: Caller, patrol_id: UUID, now: datetime) -> PatrolResponse:
    """What the phone is told of the patrol it has just recorded; the record itself was logged."""
    return describe(session, caller.officer_id, [queries.patrol_recorded(session, patrol_id)], now)[0]


def ended(session: Session, caller: Caller, patrol_id: UUID, now: datetime) -> EndedPatrolResponse:
    """What the phone is told of the patrol it has just ended or taken back: that it may stop."""
    patrol = queries.patrol_recorded(session, patrol_id)
    told = describe(session, caller.officer_id, [patrol], now)[0]
    return EndedPatrolResponse(**dict(told), advice=advice(session, patrol, None))


def checked_in(caller: Caller, patrol: Patrol, window: WindowAtCheckIn | None) -> PatrolResponse:
    """What the phone is told of its own patrol, new and without crew: nothing need be read for it."""
    return _describe_one(patrol, _About(caller.collar_number, window=window), caller.officer_id, wording.NONE)


def uploaded(
    session: Session,
    caller: Caller,
    patrol: Patrol,
    around: OpenPatrol | None,
    reached: Reached | None,
    now: datetime,
) -> Progress:
    """How far a patrol has come, told to the phone that has just uploaded fixes for it."""
    if around is not None and reached is not None:
        required_ms = around.window.required_ms if around.window else None
        return progress_answer(
            reached.verified_ms, reached.horizon_at, None if required_ms is None else required_ms // 1000
        )
    told = describe(session, caller.officer_id, [patrol], now)[0]
    if told.progress is not None:
        return told.progress
    required = None
    if patrol.window_id is not None:
        required = queries.windows_by_id(session, {patrol.window_id})[patrol.window_id].required_seconds
    result = told.result
    if result is None:
        words = "This patrol was taken back." if told.void else "Its officer sees this result first."
        return progress_answer(0, None, required).model_copy(update={"in_words": words})
    verified = (
        result.seconds.verified if result.window_verified_seconds is None else result.window_verified_seconds
    )
    return progress_answer(verified * 1000, told.ended_at, required)


def advice(session: Session, patrol: Patrol, reached: Reached | None) -> Advice:
    """How often the phone should report and upload, by the policy its patrol is judged by, and whether to stop."""
    if reached is not None:
        return Advice(
            report_every_seconds=reached.report_every_seconds, batch_every_seconds=BATCH_EVERY_SECONDS
        )
    policy = policy_in_force(session, patrol.force_id, london_day(patrol.started_at))
    around = queries.around(session, patrol.id)
    # Where only a rule has ended it, its officer may be out still.
    over = around.voided or around.erased or (around.ended and not around.closed_by_policy)
    return Advice(
        report_every_seconds=policy.report_every_seconds, batch_every_seconds=BATCH_EVERY_SECONDS, stop=over
    )


def seen(session: Session, caller: Caller, patrol_id: UUID, now: datetime) -> Patrol:
    patrol = queries.patrol_seen(session, caller, patrol_id, london_day(now))
    if patrol is None:
        raise out_of_sight("patrol:read")
    return patrol


def log(session: Session, caller: Caller, operation: str, now: datetime, patrols: Sequence[Patrol]) -> None:
    subjects = {"patrol": [row.id for row in patrols], "officer": {row.captured_by for row in patrols}}
    consulted(session, operation, now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)


@dataclass(frozen=True, slots=True)
class _About:
    """What is told of a patrol beside its own row. `told_from` is set while its result is kept from the reader, and
    `progress_held` when its progress is."""

    collar_number: str
    end: PatrolEnd | None = None
    window: WindowAtCheckIn | None = None
    crew: Sequence[CrewMemberResponse] = ()
    progress: PatrolProgress | None = None
    standing: PatrolAssessment | None = None
    void: PatrolVoid | None = None
    told_from: datetime | None = None
    linked_id: UUID | None = None
    crossed: Sequence[CrossCheckFlag] = ()
    decided: Decided = _UNDECIDED
    progress_held: bool = False
    left_for: LeftFor | None = None


def describe(
    session: Session, reader_id: UUID, patrols: Sequence[Patrol], now: datetime
) -> list[PatrolResponse]:
    """The answers for some patrols to one reader, in a fixed number of queries however many they are."""
    if not patrols:
        return []
    ids = [row.id for row in patrols]
    ends = queries.ends_of(session, ids)
    standing = queries.current_assessments(session, ids)
    crews = queries.crews_of(session, ids)
    progress = queries.progress_of(session, [patrol_id for patrol_id in ids if patrol_id not in ends])
    linked = review_queries.linked_windows(session, [row.id for row in patrols if row.window_id is None])
    tasked = {row.window_id for row in patrols if row.window_id is not None}
    windows = queries.windows_by_id(session, tasked | set(linked.values()))
    people = {row.captured_by for row in patrols} | {
        one.officer_id for crew in crews.values() for one in crew
    }
    collars = collar_numbers(session, people)
    voids, held = queries.voids_of(session, ids), holding.held_until(session, ids, now)
    crossed = cross_reading.flags_of(session, ids)
    of_others = [
        row for row in patrols if row.id not in ends and not _on_patrol(reader_id, row, crews[row.id])
    ]
    progress_held = holding.progress_held(session, of_others)
    decided = decisions_on(session, patrols, linked, standing, london_day(now))
    left = _left_for(session, patrols, ends, now)
    words = wording.words_for(session, patrols[0].force_id, london_day(now), standing.values())
    return [
        _describe_one(
            row,
            _About(
                collars[row.captured_by],
                ends.get(row.id),
                windows.get(row.window_id or linked.get(row.id) or _NO_WINDOW),
                [_crew_member(one, collars) for one in crews[row.id]],
                progress.get(row.id),
                standing.get(row.id),
                voids.get(row.id),
                None if _on_patrol(reader_id, row, crews[row.id]) else held.get(row.id),
                linked.get(row.id),
                [flag for flag in crossed[row.id] if flag.withdrawn_at is None],
                decided.get(row.id, _UNDECIDED),
                row.id in progress_held,
                left.get(row.id),
            ),
            reader_id,
            words,
        )
        for row in patrols
    ]


def _left_for(
    session: Session, patrols: Sequence[Patrol], ends: Mapping[UUID, PatrolEnd], now: datetime
) -> dict[UUID, LeftFor]:
    said = {
        row.id: (leaving, row.started_at)
        for row in patrols
        if row.id in ends and (leaving := ends[row.id].leaving).says_something
    }
    if not said:
        return {}
    words = labels_of(session, patrols[0].force_id, list(reason_answers.LEAVING_LISTS), london_day(now))
    return {
        patrol_id: reason_answers.left_for(leaving, words, started_at)
        for patrol_id, (leaving, started_at) in said.items()
    }


def _on_patrol(reader_id: UUID, patrol: Patrol, crew: Sequence[CrewMember]) -> bool:
    return reader_id == patrol.captured_by or any(member.officer_id == reader_id for member in crew)


def told(session: Session, caller: Caller, patrol: Patrol, now: datetime, operation: str) -> None:
    """Passes when the caller may see the patrol's result by now."""
    held = holding.held_until(session, [patrol.id], now).get(patrol.id)
    if held is not None:
        crew = queries.crews_of(session, [patrol.id])[patrol.id]
        if not _on_patrol(caller.officer_id, patrol, crew):
            raise officer_first(operation, held)


def _describe_one(patrol: Patrol, about: _About, reader_id: UUID, words: Words) -> PatrolResponse:
    end, window, progress, void = about.end, about.window, about.progress, about.void
    required = window.required_seconds if window else None
    state = PatrolState.VOIDED if void else PatrolState.CLOSED if end else PatrolState.OPEN
    result = None
    if about.standing is not None and void is None and about.told_from is None:
        person = Person(about.collar_number, is_reader=reader_id == patrol.captured_by)
        lines = sentences(patrol, end, about.standing, person, words, about.crossed, about.decided)
        result = short_result(about.standing, required, words, lines, about.crossed, about.decided)
    return PatrolResponse(
        id=patrol.id,
        state=state,
        officer_id=patrol.captured_by,
        collar_number=about.collar_number,
        team_id=patrol.team_id,
        area_id=patrol.area_id,
        window_id=patrol.window_id or about.linked_id,
        linked=about.linked_id is not None,
        hotspot_id=window.hotspot_id if window else None,
        programme=patrol.programme,
        operation=patrol.operation,
        uniform_state=patrol.uniform_state,
        mode=patrol.mode,
        funding=patrol.funding,
        cost_code=patrol.cost_code,
        checked_in_at=patrol.checked_in_at,
        started_at=patrol.started_at,
        skew_seconds=None if patrol.skew_ms is None else round(patrol.skew_ms / 1000),
        checked_out_at=end.checked_out_at if end else None,
        ended_at=end.ended_at if end else None,
        closed_by=None if end is None else "auto" if end.auto else "phone",
        left_for=about.left_for,
        received_at=patrol.received_at,
        crew=list(about.crew),
        crew_unknown=patrol.crew_unknown or [],
        window_unknown=patrol.window_unknown,
        progress=progress_answer(
            progress.verified_ms if progress else 0, progress.horizon_at if progress else None, required
        )
        if state is PatrolState.OPEN and not about.progress_held
        else None,
        result=result,
        result_from=None if void else about.told_from,
        void=VoidResponse(reason=void.reason, received_at=void.received_at) if void else None,
        decisions=about.decided.decisions,
    )


def _crew_member(row: CrewMember, collars: Mapping[UUID, str]) -> CrewMemberResponse:
    return CrewMemberResponse(
        officer_id=row.officer_id, collar_number=collars[row.officer_id], from_at=row.from_at, to_at=row.to_at
    )
