"""Reads of the reasons on record: for patrols and windows that whoever asks was found to be allowed to see.

Here alone stands what counts as a source. Slices above do not stand here: their records write `reason_proposals`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from app.patrols import queries, review_queries, window_queries
from app.patrols.models import CheckOut, Patrol
from app.patrols.proposal_models import ReasonProposal
from app.patrols.reasons import GivenReason, OnRecord, ReasonSource, Span, Subject, concerns
from app.schedule.models import TaskingWindow

Subjects = Mapping[UUID, Subject]
Found = dict[UUID, list[GivenReason]]


def of_windows(
    session: Session,
    windows: Sequence[TaskingWindow],
    patrols: Mapping[UUID, Sequence[Patrol]],
    people: Mapping[UUID, set[UUID]],
) -> dict[UUID, Subject]:
    """Some windows as subjects, with the patrols that count for each and whom they are about."""
    leads_to = window_queries.windows_led_to(session, [each.id for each in windows])
    return {
        each.id: Subject(
            each.starts_at,
            each.ends_at,
            frozenset(patrol.id for patrol in patrols[each.id]),
            frozenset(earlier for earlier, later in leads_to.items() if each.id in later),
            frozenset(people[each.id]),
        )
        for each in windows
    }


def of_patrols(session: Session, patrols: Sequence[Patrol]) -> dict[UUID, Subject]:
    """Some patrols as subjects; one that is open still ends, for this, when it was received."""
    people = review_queries.crews_and_leads(session, patrols)
    ends = queries.ends_of(session, [each.id for each in patrols])
    return {
        each.id: Subject(
            each.started_at,
            ends[each.id].ended_at if each.id in ends else each.received_at,
            frozenset([each.id]),
            frozenset(),
            frozenset(people[each.id]),
        )
        for each in patrols
    }


def reasons_given(session: Session, subjects: Subjects) -> Found:
    """Every reason on record for some windows or patrols, by their ids, in a fixed number of statements."""
    found: Found = {each: [] for each in subjects}
    for source in SOURCES:
        for subject_id, given in source(session, subjects).items():
            found[subject_id] += given
    return found


def _of_patrols(subjects: Subjects, by_patrol: Mapping[UUID, Sequence[GivenReason]]) -> Found:
    return {
        subject_id: [
            given for patrol_id in sorted(subject.patrol_ids) for given in by_patrol.get(patrol_id, ())
        ]
        for subject_id, subject in subjects.items()
    }


def _said(session: Session, subjects: Subjects) -> Found:
    """What those on the patrols said, explaining or disputing."""
    said = queries.explanations_of(session, _all(each.patrol_ids for each in subjects.values()))
    by_patrol = {
        patrol_id: [
            GivenReason(
                one.reason_code, ReasonSource.EXPLANATION, one.id, one.captured_by, one.from_at, one.received_at,
                one.incident_reference, one.text,
            )
            for one in rows
            if one.reason_code is not None
        ]
        for patrol_id, rows in said.items()
    }  # fmt: skip
    return _of_patrols(subjects, by_patrol)


def left_for(session: Session, patrol_ids: Sequence[UUID]) -> dict[UUID, GivenReason]:
    """What each of some patrols was left for, where its check-out says so."""
    if not patrol_ids:
        return {}
    rows = session.exec(
        select(CheckOut).where(col(CheckOut.id).in_(patrol_ids), col(CheckOut.reason_code).is_not(None))
    ).all()
    return {
        row.id: GivenReason(
            row.reason_code, ReasonSource.CHECK_OUT, row.id, row.captured_by, row.ended_at, row.received_at,
            row.log_number,
        )
        for row in rows
        if row.reason_code is not None
    }  # fmt: skip


def _left(session: Session, subjects: Subjects) -> Found:
    left = left_for(session, _all(each.patrol_ids for each in subjects.values()))
    return _of_patrols(subjects, {patrol_id: [given] for patrol_id, given in left.items()})


def proposed_for(session: Session, subjects: Subjects) -> Found:
    """The reasons that records of their own propose: arrests, abstractions, incidents; one statement for all."""
    records = _on_record(session, list(subjects.values()))
    return {
        subject_id: [each.given for each in records if concerns(each, subject)]
        for subject_id, subject in subjects.items()
    }


def _on_record(session: Session, subjects: Sequence[Subject]) -> list[OnRecord]:
    if not subjects:
        return []
    first, last = min(each.starts_at for each in subjects), max(each.ends_at for each in subjects)
    to_at = col(ReasonProposal.to_at)
    theirs = and_(
        col(ReasonProposal.officer_id).in_(_all(each.people for each in subjects)),
        col(ReasonProposal.from_at) < last,
        or_(to_at.is_(None), to_at >= first),
    )
    rows = session.exec(
        select(ReasonProposal).where(
            col(ReasonProposal.withdrawn_at).is_(None),
            or_(
                col(ReasonProposal.patrol_id).in_(_all(each.patrol_ids for each in subjects)),
                col(ReasonProposal.window_id).in_(_all(each.window_ids for each in subjects)),
                theirs,
            ),
        )
    ).all()
    return [_read(row) for row in rows]


def _read(row: ReasonProposal) -> OnRecord:
    given = GivenReason(
        row.reason_code,
        row.source,
        row.source_id,
        row.proposed_by,
        row.from_at,
        row.received_at,
        row.reference,
    )
    return OnRecord(given, row.officer_id, Span(row.from_at, row.to_at), row.patrol_id, row.window_id)


def _accepted(session: Session, subjects: Subjects) -> Found:
    """Reasons that supervisors accepted of single patrols."""
    latest = review_queries.latest_of_patrols(session, _all(each.patrol_ids for each in subjects.values()))
    by_patrol = {
        patrol_id: [
            GivenReason(
                review.reason_code, ReasonSource.REVIEW, review.id, review.captured_by, None, review.received_at,
                None, review.note,
            )
        ]
        for patrol_id, review in latest.items()
        if review.reason_code is not None
    }  # fmt: skip
    return _of_patrols(subjects, by_patrol)


SOURCES: tuple[Callable[[Session, Subjects], Found], ...] = (_said, _left, proposed_for, _accepted)


def _all(sets: Iterable[frozenset[UUID]]) -> list[UUID]:
    return sorted(frozenset[UUID]().union(*sets))
