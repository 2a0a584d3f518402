"""How windows, proposals and linkable patrols of a week are told, from what is read for all of them at once."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.clock import LONDON
from app.compliance.arithmetic import whole_minutes
from app.compliance.places import Asked
from app.compliance.queries import WindowLine
from app.compliance.service import Words
from app.identity.queries import collar_numbers
from app.patrols import queries as patrols, reason_queries, review_queries, window_queries
from app.patrols.due_answers import Due
from app.patrols.lifecycle import ExplanationKind
from app.patrols.models import Patrol, PatrolExplanation, WindowResult
from app.patrols.reasons import GivenReason, in_words as reason_in_words
from app.patrols.review_models import Review
from app.patrols.review_schemas import DueReview
from app.patrols.reviewing import Decision
from app.patrols.reviews import people_of_windows
from app.reference.codes import in_words
from app.rest.bulk import MOST_AT_ONCE
from app.schedule.models import TaskingWindow
from app.schedule.windows import LATE_DATA_GRACE, Phase, WindowStatus, phase, provisional
from app.weeks import queries
from app.weeks.proposing import Reason, Waiting, proposed
from app.weeks.schemas import LinkablePatrol, Proposal, ProposedItem, WeekWindow
from app.weeks.telling import Said, Story, outcome_of, why

_OPEN = (WindowStatus.PUBLISHED, WindowStatus.IN_PROGRESS)
# Whoever had checked in for it before may be out still; what was moved is told where it was moved to.
_CALLED_OFF = (WindowStatus.CANCELLED, WindowStatus.MOVED)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the windows of a week are told from besides their results. Patrols of windows that are still open, or were
    called off, are left out: they would show who is out now. `people` holds only patrols whose officers the reader may
    see by name, `reviews` only windows on whose decisions they may read."""

    of_window: Mapping[UUID, Sequence[Patrol]]
    voided: set[UUID]
    said: Mapping[UUID, Sequence[PatrolExplanation]]
    left_for: Mapping[UUID, GivenReason]
    records: Mapping[UUID, Sequence[GivenReason]]
    people: Mapping[UUID, set[UUID]]
    collars: Mapping[UUID, str]
    reviews: Mapping[UUID, Review]
    changes: Mapping[UUID, str | None]
    moved_to: Mapping[UUID, datetime]

    @property
    def patrol_ids(self) -> set[UUID]:
        return set(self.people)

    @property
    def officer_ids(self) -> set[UUID]:
        return set().union(*self.people.values())

    def names(self, window_id: UUID) -> list[str]:
        """The collar numbers of whoever was on the patrols of a window, as far as the reader is told."""
        on = [self.people.get(patrol.id, set()) for patrol in self.counting(window_id)]
        return sorted({self.collars[person] for each in on for person in each})

    def counting(self, window_id: UUID) -> list[Patrol]:
        return [each for each in self.of_window.get(window_id, ()) if each.id not in self.voided]

    def words_on(self, window_id: UUID) -> list[PatrolExplanation]:
        """What was said to the patrols of a window by those whom the reader may see, in the order it came in."""
        told = [
            one for each in self.counting(window_id) if each.id in self.people for one in self.said[each.id]
        ]
        return sorted(told, key=lambda one: (one.received_at, one.id))

    def on_record(self, window_id: UUID) -> list[GivenReason]:
        """What the patrols of a window were left for, and what records propose, in the order it came in."""
        left = [self.left_for[each.id] for each in self.counting(window_id) if each.id in self.left_for]
        return sorted([*left, *self.records.get(window_id, ())], key=lambda one: one.received_at)


def _records(
    session: Session,
    deciding: Sequence[TaskingWindow],
    of_window: Mapping[UUID, Sequence[Patrol]],
    voided: Container[UUID],
) -> dict[UUID, list[GivenReason]]:
    """What arrests and abstractions propose for the windows on which the reader may decide."""
    counting = {
        each.id: [patrol for patrol in of_window[each.id] if patrol.id not in voided] for each in deciding
    }
    people = people_of_windows(session, [each.id for each in deciding])
    subjects = reason_queries.of_windows(session, deciding, counting, people)
    return reason_queries.proposed_for(session, subjects)


def around(session: Session, asked: Asked, lines: Sequence[WindowLine]) -> Surroundings:
    """Reads what some windows that the caller may see are told from, in a fixed number of statements."""
    told = [line.window.id for line in lines if line.status not in (*_OPEN, *_CALLED_OFF)]
    of_window = window_queries.patrols_of_windows(session, told, voided=True)
    patrol_ids = [patrol.id for each in of_window.values() for patrol in each]
    people = queries.people_shown(session, asked, patrol_ids)
    said = patrols.explanations_of(session, list(people))
    deciding = review_queries.windows_to_review(session, asked.caller, told, asked.day)
    reviews = review_queries.latest_of_windows(session, list(deciding))
    named = set().union(*people.values()) | {review.captured_by for review in reviews.values()}
    named |= {one.captured_by for each in said.values() for one in each}
    voided, left_for = (
        set(patrols.voids_of(session, patrol_ids)),
        reason_queries.left_for(session, list(people)),
    )
    records = _records(session, list(deciding.values()), of_window, voided)
    named |= {one.officer_id for each in (left_for.values(), *records.values()) for one in each}
    changed = [line.window for line in lines if line.status in _CALLED_OFF]
    moved_to = {each.moved_to_id for each in changed if each.moved_to_id is not None}
    return Surroundings(
        of_window=of_window,
        voided=voided,
        said=said,
        left_for=left_for,
        records=records,
        people=people,
        collars=collar_numbers(session, named),
        reviews=reviews,
        changes=queries.reasons_of_changes(session, [each.id for each in changed]),
        moved_to=queries.starts_of(session, asked, moved_to),
    )


def describe_window(
    line: WindowLine, about: Surroundings, words: Words, now: datetime, *, to_decide: bool
) -> WeekWindow:
    """One window of the week, for the wire."""
    window, result, status = line.window, line.result, line.status
    credited_ms = result.credited_ms if result is not None else 0
    required_ms = result.required_ms if result is not None else window.required_seconds * 1000
    is_provisional = provisional(status, window.ends_at, now)
    story = _story(line, about, words, now)
    return WeekWindow(
        window_id=window.id,
        hotspot_id=window.hotspot_id,
        hotspot_code=line.hotspot_code,
        hotspot_name=line.hotspot_name,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        outcome=outcome_of(status, credited_ms, required_ms),
        status=status,
        status_label=in_words(words["window_statuses"], status.value),
        required_minutes=story.required,
        credited_minutes=story.credited,
        verified_minutes=story.verified,
        officer_count=result.officer_count if result is not None else 0,
        collar_numbers=about.names(window.id),
        reason_code=result.reason_code if result is not None else None,
        reason_label=story.reason,
        why=why(story),
        to_decide=to_decide,
        check_needed=bool(story.flags),
        needs_confirmation=story.needs_confirmation,
        provisional=is_provisional,
        provisional_until=max(now, window.ends_at + LATE_DATA_GRACE) if is_provisional else None,
        window=f"/v1/tasking-windows/{window.id}",
        patrols=f"/v1/patrols?window_id={window.id}",
        reviews=f"/v1/tasking-windows/{window.id}/reviews",
    )


def _story(line: WindowLine, about: Surroundings, words: Words, now: datetime) -> Story:
    window, result = line.window, line.result
    review = about.reviews.get(window.id)
    counting = about.counting(window.id)
    moved_to = about.moved_to.get(window.moved_to_id) if window.moved_to_id is not None else None
    return Story(
        status=line.status,
        required=window.required_seconds // 60,
        verified=whole_minutes(result.verified_ms) if result else 0,
        acceptable=whole_minutes(result.review_ms - result.verified_ms) if result else 0,
        unverified=whole_minutes(result.at_most_ms - result.review_ms) if result else 0,
        credited=whole_minutes(result.credited_ms) if result else 0,
        patrols=max(len(counting), result.officer_count if result else 0),
        taken_back=len(about.of_window.get(window.id, ())) - len(counting),
        reason=in_words(words["reasons"], result.reason_code) if result and result.reason_code else None,
        by=about.collars[review.captured_by] if review is not None else None,
        note=review.note if review is not None else None,
        change=about.changes.get(window.id),
        moved_to=_moment(moved_to) if moved_to is not None else None,
        said=[_said(one, about, words) for one in about.words_on(window.id)],
        on_record=[_on_record(one, about, words, window.starts_at) for one in about.on_record(window.id)],
        flags=_flags(result, words) if result is not None and line.status not in _OPEN else [],
        needs_confirmation=result is not None and result.needs_confirmation,
        over=phase(window.starts_at, window.ends_at, now) is Phase.OVER,
    )


def _said(one: PatrolExplanation, about: Surroundings, words: Words) -> Said:
    reason = in_words(words["reasons"], one.reason_code) if one.reason_code is not None else None
    disputes = one.kind is ExplanationKind.DISPUTE
    return Said(about.collars[one.captured_by], disputes, reason, one.text)


def _on_record(one: GivenReason, about: Surroundings, words: Words, starts_at: datetime) -> str:
    source, reason = in_words(words["reason_sources"], one.source), in_words(words["reasons"], one.code)
    return reason_in_words(one, source, reason, about.collars[one.officer_id], starts_at)


def _flags(result: WindowResult, words: Words) -> list[str]:
    """The flags that nobody has looked at, in words: `asking` holds a patrol and a flag each."""
    if not result.check_needed:
        return []
    codes = sorted({each.split(" ", 1)[1] for each in result.asking})
    return [in_words(words["flags"], code) for code in codes]


def _moment(at: datetime) -> str:
    """«Wed 4 Mar, 19:00», on London's clocks."""
    local = at.astimezone(LONDON)
    return f"{local:%a} {local.day} {local:%b, %H:%M}"


def proposals(due: Due, reasons: Container[str]) -> tuple[list[Proposal], list[ProposedItem]]:
    """The plain decisions among what waits, with their evidence, and the same ready to send: as many as one call may
    hold, the rest when those are decided. A reason that is no code of the force's list `reasons` is kept as a phone
    sent it, and cannot be accepted."""
    found, items = [], []
    for item in due.items:
        plain = proposed(_waiting(item)) if item.kind == "window" else None
        if plain is None or plain.reason.code not in reasons:
            continue
        [reason] = item.proposed_reasons
        found.append(
            Proposal(
                window_id=item.id,
                hotspot_code=item.hotspot_code or "",
                hotspot_name=item.hotspot_name or "",
                starts_at=item.starts_at,
                reason_code=reason.reason_code,
                reason_label=reason.reason_label,
                given_by=reason.collar_number,
                source=reason.source,
                source_id=reason.source_id,
                text=reason.text,
                in_words=reason.in_words,
                records=reason.records,
                provisional=item.provisional,
            )
        )
        items.append(
            ProposedItem(
                window_id=item.id,
                decision=Decision.REASON,
                basis=item.basis,
                reason_code=plain.reason.code,
                replaces=item.latest_review,
                answers=list(plain.answers),
            )
        )
    return found[:MOST_AT_ONCE], items[:MOST_AT_ONCE]


def _waiting(item: DueReview) -> Waiting:
    return Waiting(
        status=item.status,
        may_decide=item.may_decide,
        check_needed=item.check_needed,
        needs_confirmation=item.needs_confirmation,
        decided=item.decision is not None,
        reasons=[
            Reason(each.reason_code, frozenset(record.source_id for record in each.records))
            for each in item.proposed_reasons
        ],
        disputes=[each.id for each in item.open_disputes],
    )


def linkable(due: Due) -> list[LinkablePatrol]:
    """The patrols among what waits that would keep a window they were not made for."""
    return [
        LinkablePatrol(
            patrol_id=item.id,
            collar_numbers=item.collar_numbers,
            starts_at=item.starts_at,
            ends_at=item.ends_at,
            suggested_windows=item.suggested_windows,
            link=f"/v1/patrols/{item.id}/links",
        )
        for item in due.items
        if item.kind == "patrol" and item.suggested_windows
    ]
