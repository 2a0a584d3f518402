"""Use cases of supervisors: decide on a patrol or a window, one or many at once, and read what was decided.

A decision is recorded under an id of the caller's making and never changed; another one after it stands in its place.
What follows from it (the window's bar, the accepted hours) is derived and written in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from app.audit.models import Action
from app.audit.service import changed
from app.clock import london_day
from app.database.turns import take_turns
from app.facts.content import packed_hash
from app.facts.service import Provenance, record
from app.identity.permissions import Caller, Permission, requires
from app.identity.queries import ranks_on
from app.identity.ranks import order_of
from app.patrols import crediting, holding, queries, review_queries
from app.patrols.models import Patrol
from app.patrols.problems import basis_changed, may_not_decide, too_early
from app.patrols.review_models import Review
from app.patrols.review_schemas import BulkFault, BulkItem, BulkResponse, BulkResult, ReviewRequest
from app.patrols.reviewing import Decision, Refusal, not_yet, refusal
from app.patrols.window_results import evidence_of, write_window_results
from app.problems import INVALID, FieldError, Problem, out_of_sight
from app.reference.queries import labels
from app.schedule.models import TaskingWindow
from app.tracks.queries import policy_in_force

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Item:
    """One decision on a patrol or on a window."""

    review_id: UUID
    patrol_id: UUID | None
    window_id: UUID | None
    body: ReviewRequest

    @property
    def content(self) -> bytes:
        subject = f"{self.patrol_id} {self.window_id}".encode()
        said = ReviewRequest.model_validate(
            {name: getattr(self.body, name) for name in ReviewRequest.model_fields}
        )
        return packed_hash(
            "review", SCHEMA_VERSION, subject, said.model_dump_json(exclude_none=True).encode()
        )


@dataclass(slots=True)
class _Held:
    """What some decisions are about, held for writing as far as the caller may decide on it, and who is concerned."""

    patrols: Mapping[UUID, Patrol]
    windows: Mapping[UUID, TaskingWindow]
    reasons: frozenset[str]
    day: date
    now: datetime
    concerned: set[UUID] = field(default_factory=set)


@requires(Permission.REVIEWS_DECIDE)
def decide(session: Session, caller: Caller, item: Item, now: datetime) -> bool:
    """Records one decision; true when it is new, false for a replay.

    404 for what is not the caller's to decide on, 403 for one's own and for rank, 409 `basis-changed` when it has been
    judged again since, 409 `too-early` before there is anything to decide, 422 for a decision that says too little.
    """
    held = _hold(session, caller, [item], now)
    created = _record(session, caller, held, item)
    if created:
        _apply(session, held, [item])
        _log(session, caller, held, [item])
    return created


@requires(Permission.REVIEWS_DECIDE)
def decide_many(session: Session, caller: Caller, items: Sequence[BulkItem], now: datetime) -> BulkResponse:
    """Records many decisions, each under its own conditions, and makes those that stand durable together."""
    asked = [Item(each.id, each.patrol_id, each.window_id, each) for each in items]
    held = _hold(session, caller, asked, now)
    results: list[BulkResult] = []
    recorded: list[Item] = []
    denied: list[tuple[Item, str]] = []
    for item in asked:
        try:
            with session.begin_nested():
                created = _record(session, caller, held, item)
        except Problem as problem:
            results.append(BulkResult(id=item.review_id, outcome="refused", problem=_fault(problem)))
            if problem.denial is not None:
                denied.append((item, problem.denial))
            continue
        recorded += [item] if created else []
        results.append(
            BulkResult(id=item.review_id, outcome="created" if created else "replayed", problem=None)
        )
    if recorded:
        _apply(session, held, recorded)
        _log(session, caller, held, recorded)
    _log_denied(session, caller, denied, now)
    counted = {
        name: sum(each.outcome == name for each in results) for name in ("created", "replayed", "refused")
    }
    return BulkResponse(results=results, **counted)


def check_reviewer(session: Session, caller: Caller, people: set[UUID], day: date) -> None:
    """Raises 403 when the caller is one of these people, or does not outrank them all."""
    why = why_not(session, caller, people, day)
    if why is not None:
        raise may_not_decide(why)


def why_not(session: Session, caller: Caller, people: set[UUID], day: date) -> Refusal | None:
    """Why the caller may not decide on what concerns these people, by the ranks of a day."""
    ranks = ranks_on(session, people, day)
    orders = {person: order_of(ranks[person].rank) if person in ranks else 0 for person in people}
    return refusal(caller.officer_id, caller.rank_order, orders)


def people_of_window(session: Session, window: TaskingWindow) -> set[UUID]:
    """Whom a decision on a window is about: who was on its patrols, and who was tasked by name."""
    patrols = queries.patrols_of_window(session, window.id)
    return review_queries.people_of_patrols(session, patrols) | review_queries.people_tasked(
        session, window.id
    )


def _hold(session: Session, caller: Caller, items: Sequence[Item], now: datetime) -> _Held:
    # In the order of an upload: patrols, the turns of their officers, windows. Otherwise the two could wait for each
    # other.
    day = london_day(now)
    patrol_ids = sorted({item.patrol_id for item in items if item.patrol_id is not None})
    window_ids = sorted({item.window_id for item in items if item.window_id is not None})
    patrols = review_queries.patrols_to_review(session, caller, patrol_ids, day)
    if patrols:
        take_turns(session, review_queries.people_of_patrols(session, list(patrols.values())))
    windows = review_queries.windows_to_review(session, caller, window_ids, day)
    reasons = frozenset(labels(session, caller.force_id, "reasons", day))
    return _Held(patrols, windows, reasons, day, now)


def _record(session: Session, caller: Caller, held: _Held, item: Item) -> bool:
    if (item.patrol_id is None) == (item.window_id is None):
        raise _invalid(FieldError("/patrol_id", "one-of", "give either a patrol_id or a window_id"))
    _check_words(item, held.reasons)
    if item.window_id is not None:
        window = held.windows.get(item.window_id)
        if window is None:
            raise out_of_sight("review:window")
        return _record_of_window(session, caller, held, item, window)
    patrol = held.patrols.get(item.patrol_id) if item.patrol_id is not None else None
    if patrol is None:
        raise out_of_sight("review:patrol")
    return _record_of_patrol(session, caller, held, item, patrol)


def _record_of_window(
    session: Session, caller: Caller, held: _Held, item: Item, window: TaskingWindow
) -> bool:
    evidence = evidence_of(session, window)
    number = review_queries.next_number(session, patrol_id=None, window_id=window.id)
    row = _row(caller, item, number, evidence.status.value, evidence.review_ms)
    if not _insert(session, caller, item, row, held.now):
        return False
    people = people_of_window(session, window)
    check_reviewer(session, caller, people, held.day)
    if not_yet(item.body.decision, window.starts_at, window.ends_at, held.now):
        raise too_early("The window has not come so far yet.")
    result = review_queries.window_result(session, window.id)
    if result is not None and result.told_from is not None and held.now < result.told_from:
        raise too_early("The officers see the result of this window first.")
    length = (window.ends_at - window.starts_at).total_seconds()
    if item.body.adjusted_seconds is not None and item.body.adjusted_seconds > length:
        raise _invalid(
            FieldError("/adjusted_seconds", "too-long", "must not be more than the window's length")
        )
    if item.body.basis != evidence.number:
        raise basis_changed()
    held.concerned |= people
    return True


def _record_of_patrol(session: Session, caller: Caller, held: _Held, item: Item, patrol: Patrol) -> bool:
    if item.body.decision is Decision.ADJUST:
        raise _invalid(FieldError("/decision", "window-only", "adjust the window, not one of its patrols"))
    standing = queries.assessment_numbered(session, patrol.id, None)
    number = review_queries.next_number(session, patrol_id=patrol.id, window_id=None)
    status = standing.status if standing is not None else ""
    row = _row(caller, item, number, status, standing.verified_ms if standing is not None else 0)
    if not _insert(session, caller, item, row, held.now):
        return False
    people = review_queries.people_of_patrols(session, [patrol])
    check_reviewer(session, caller, people, held.day)
    if standing is None:
        raise too_early("The patrol has not ended yet.")
    if holding.held_until(session, [patrol.id], held.now):
        raise too_early("The officer sees the result of this patrol first.")
    if item.body.basis != standing.number:
        raise basis_changed()
    held.concerned |= people
    return True


def _row(caller: Caller, item: Item, number: int, status: str, review_ms: int) -> dict[str, object]:
    body = item.body
    return {
        "force_id": caller.force_id,
        "patrol_id": item.patrol_id,
        "window_id": item.window_id,
        "number": number,
        "decision": body.decision,
        "basis": body.basis,
        "basis_status": status,
        "basis_review_ms": review_ms,
        "reason_code": body.reason_code,
        "adjusted_ms": None if body.adjusted_seconds is None else body.adjusted_seconds * 1000,
        "note": body.note,
        "rank_order": caller.rank_order,
    }


def _insert(session: Session, caller: Caller, item: Item, row: Mapping[str, object], now: datetime) -> bool:
    origin = Provenance(caller.officer_id, caller.officer_id, now, None)
    return record(session, Review, item.review_id, item.content, origin, row)


def _check_words(item: Item, reasons: frozenset[str]) -> None:
    body, faults = item.body, []
    if (body.decision is Decision.REASON) != (body.reason_code is not None):
        faults.append(FieldError("/reason_code", "reason", "goes with the decision REASON, and only with it"))
    elif body.reason_code is not None and body.reason_code not in reasons:
        faults.append(FieldError("/reason_code", "unknown", "is no code of the list reasons"))
    if (body.decision is Decision.ADJUST) != (body.adjusted_seconds is not None):
        faults.append(
            FieldError("/adjusted_seconds", "adjusted", "goes with the decision ADJUST, and only with it")
        )
    if body.decision is Decision.ADJUST and body.note is None:
        faults.append(FieldError("/note", "missing", "is needed to adjust: say what the number rests on"))
    if faults:
        raise _invalid(*faults)


def _invalid(*faults: FieldError) -> Problem:
    return Problem(INVALID, "Some values are not valid.", faults)


def _apply(session: Session, held: _Held, items: Sequence[Item]) -> None:
    """Writes what follows: hours of reviewed patrols first, then every window concerned, in one order."""
    patrols = [held.patrols[item.patrol_id] for item in items if item.patrol_id is not None]
    windows = {item.window_id: held.windows[item.window_id] for item in items if item.window_id is not None}
    standing = queries.current_assessments(session, [patrol.id for patrol in patrols])
    linked = review_queries.linked_windows(session, [patrol.id for patrol in patrols])
    policies = {
        window_id: policy_in_force(session, window.force_id, london_day(window.starts_at))
        for window_id, window in windows.items()
    }
    for patrol in sorted(patrols, key=lambda each: each.id):
        crediting.write_hours(session, patrol, standing[patrol.id].ended_at)
        window_id = patrol.window_id or linked.get(patrol.id)
        if window_id is not None and window_id not in policies:
            policies[window_id] = policy_in_force(session, patrol.force_id, london_day(patrol.started_at))
    for window_id in sorted(policies):
        write_window_results(session, window_id, policies[window_id], held.now)


def _log(session: Session, caller: Caller, held: _Held, items: Sequence[Item]) -> None:
    changed(
        session, "review:decide", held.now, {**_subjects(items), "officer": held.concerned},
        actor_id=caller.officer_id, force_id=caller.force_id,
    )  # fmt: skip


def _log_denied(session: Session, caller: Caller, denied: Sequence[tuple[Item, str]], now: datetime) -> None:
    # Refused alone, a decision is logged by the handler of problems; among many it has no answer of its own.
    for denial in sorted({denial for _, denial in denied}):
        changed(
            session, denial, now, _subjects([item for item, name in denied if name == denial]),
            actor_id=caller.officer_id, force_id=caller.force_id, action=Action.DENIED,
        )  # fmt: skip


def _subjects(items: Sequence[Item]) -> dict[str, list[UUID]]:
    named = {
        "review": [item.review_id for item in items],
        "patrol": [item.patrol_id for item in items if item.patrol_id is not None],
        "window": [item.window_id for item in items if item.window_id is not None],
    }
    return {kind: ids for kind, ids in named.items() if ids}


def _fault(problem: Problem) -> BulkFault:
    return BulkFault(
        code=problem.kind.code, detail=problem.detail, pointers=[error.pointer for error in problem.errors]
    )
