"""Use cases of supervisors: decide on a patrol or a window, one or many at once, and read what was decided.

A decision is recorded under an id of the caller's making and never changed; another one after it stands in its place.
What follows from it (the window's bar, the accepted hours) is derived and written in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid5

from sqlmodel import Session

from app.audit.models import Action
from app.audit.service import changed
from app.clock import london_day
from app.database.model import insert_if_absent
from app.database.turns import take_turns
from app.facts.content import packed_hash
from app.facts.feed import FeedChange, FeedKind, tell
from app.facts.service import Provenance, record
from app.identity.permissions import Caller, Permission, requires
from app.identity.queries import latest_ranks
from app.identity.ranks import order_of
from app.patrols import crediting, holding, queries, review_queries, window_queries
from app.patrols.models import Patrol
from app.patrols.problems import basis_changed, may_not_decide, too_early
from app.patrols.review_models import AnsweredDispute, Review
from app.patrols.review_schemas import BulkItem, BulkResponse, BulkResult, ReviewRequest
from app.patrols.reviewing import Decision, Refusal, not_yet, refusal
from app.patrols.window_results import evidence_of, write_window_results
from app.problems import INVALID, FieldError, Problem, out_of_sight
from app.reference.queries import labels
from app.rest.bulk import fault_of
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
    """What some decisions are about, as far as the caller may decide on it; all of it is held for writing.

    `of_window` are the patrols that count for each window. `also` are the decisions on patrols that follow from those
    on their windows, `concerned` everybody the decisions are about.
    """

    patrols: Mapping[UUID, Patrol]
    windows: Mapping[UUID, TaskingWindow]
    of_window: Mapping[UUID, Sequence[Patrol]]
    reasons: frozenset[str]
    day: date
    now: datetime
    also: list[Item] = field(default_factory=list)
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
        _apply(session, held, [item, *held.also])
    _log(session, caller, held, [item], Action.ALTER if created else Action.CONSULT)
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
            results.append(BulkResult(id=item.review_id, outcome="refused", problem=fault_of(problem)))
            if problem.denial is not None:
                denied.append((item, problem.denial))
            continue
        recorded += [item] if created else []
        results.append(
            BulkResult(id=item.review_id, outcome="created" if created else "replayed", problem=None)
        )
    if recorded:
        _apply(session, held, [*recorded, *held.also])
    known = [item for item, result in zip(asked, results, strict=True) if result.outcome != "refused"]
    if known:
        _log(session, caller, held, known, Action.ALTER if recorded else Action.CONSULT)
    _log_denied(session, caller, denied, now)
    counted = {
        name: sum(each.outcome == name for each in results) for name in ("created", "replayed", "refused")
    }
    return BulkResponse(results=results, **counted)


def check_reviewer(session: Session, caller: Caller, people: set[UUID], day: date) -> None:
    """Raises 403 when the caller is one of these people, or does not outrank them all."""
    why = why_not(caller, people, orders_of(session, people, day))
    if why is not None:
        raise may_not_decide(why)


def why_not(caller: Caller, people: set[UUID], orders: Mapping[UUID, int]) -> Refusal | None:
    """Why the caller may not decide on what concerns these people, by the order of their ranks."""
    return refusal(caller.officer_id, caller.rank_order, {person: orders.get(person, 0) for person in people})


def orders_of(session: Session, people: set[UUID], day: date) -> dict[UUID, int]:
    """The order of the rank that each of some people holds on a day, or held last: who has left is outranked still."""
    return {person: order_of(held.rank) for person, held in latest_ranks(session, people, day).items()}


def people_of_windows(session: Session, window_ids: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """Whom a decision on each window is about: who was on any patrol made for it, taken back or not, and who was
    tasked by name."""
    patrols = window_queries.patrols_of_windows(session, window_ids, voided=True)
    on = review_queries.crews_and_leads(session, [each for rows in patrols.values() for each in rows])
    tasked = review_queries.people_tasked(session, window_ids)
    return {
        window_id: tasked[window_id].union(*(on[patrol.id] for patrol in patrols[window_id]))
        for window_id in window_ids
    }


def _hold(session: Session, caller: Caller, items: Sequence[Item], now: datetime) -> _Held:
    # Held in the order of an upload: patrols, the turns of their officers, windows. Otherwise they could wait for each
    # other. What is held may be more than the caller may decide on, and for a moment only.
    day = london_day(now)
    patrol_ids = {item.patrol_id for item in items if item.patrol_id is not None}
    window_ids = {item.window_id for item in items if item.window_id is not None}
    of_window = window_queries.patrols_of_windows(session, sorted(window_ids))
    patrol_ids |= {patrol.id for rows in of_window.values() for patrol in rows}
    review_queries.hold_patrols(session, patrol_ids)
    patrols = review_queries.patrols_by_id(session, patrol_ids)
    if patrols:
        take_turns(session, review_queries.people_of_patrols(session, list(patrols.values())))
    linked = review_queries.linked_windows(session, list(patrols))
    counted = {patrol.window_id or linked.get(patrol.id) for patrol in patrols.values()}
    review_queries.hold_windows(session, window_ids | {each for each in counted if each is not None})
    return _Held(
        review_queries.patrols_to_review(session, caller, sorted(patrol_ids), day),
        review_queries.windows_to_review(session, caller, sorted(window_ids), day),
        # Once more, now that nobody can add to them.
        window_queries.patrols_of_windows(session, sorted(window_ids)),
        frozenset(labels(session, caller.force_id, "reasons", day)),
        day,
        now,
    )


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
    people = people_of_windows(session, [window.id])[window.id]
    held.concerned |= people
    standing = review_queries.latest_of_windows(session, [window.id]).get(window.id)
    row = _row(caller, item, standing, evidence.status.value, evidence.review_ms)
    if not _insert(session, caller, item, row, held.now):
        return False
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
    _check_seen(caller, item, standing, evidence.number)
    _answer(session, item, [patrol.id for patrol in held.of_window[window.id]])
    if item.body.decision in (Decision.ACCEPT, Decision.STAND):
        held.also += _of_its_patrols(session, caller, held, item, held.of_window[window.id])
    return True


def _record_of_patrol(session: Session, caller: Caller, held: _Held, item: Item, patrol: Patrol) -> bool:
    if item.body.decision is Decision.ADJUST:
        raise _invalid(FieldError("/decision", "window-only", "adjust the window, not one of its patrols"))
    judged = queries.assessment_numbered(session, patrol.id, None)
    people = review_queries.people_of_patrols(session, [patrol])
    held.concerned |= people
    standing = review_queries.latest_of_patrols(session, [patrol.id]).get(patrol.id)
    status, verified_ms = (judged.status, judged.verified_ms) if judged is not None else ("", 0)
    if not _insert(session, caller, item, _row(caller, item, standing, status, verified_ms), held.now):
        return False
    check_reviewer(session, caller, people, held.day)
    if judged is None:
        raise too_early("The patrol has not ended yet.")
    if holding.held_until(session, [patrol.id], held.now):
        raise too_early("The officer sees the result of this patrol first.")
    _check_seen(caller, item, standing, judged.number)
    _answer(session, item, [patrol.id])
    return True


def _check_seen(caller: Caller, item: Item, standing: Review | None, number: int) -> None:
    """Raises unless the caller had the result that stands and the latest decision on it before them."""
    if standing is not None and standing.rank_order > caller.rank_order:
        raise may_not_decide(Refusal.DECIDED_ABOVE)
    if item.body.basis != number or item.body.replaces != (standing.id if standing is not None else None):
        raise basis_changed()


def _answer(session: Session, item: Item, patrol_ids: Sequence[UUID]) -> None:
    disputes = review_queries.disputes_on(session, patrol_ids)
    if not set(item.body.answers) <= disputes:
        raise _invalid(FieldError("/answers", "unknown", "names a dispute that is not about this"))
    for explanation_id in sorted(set(item.body.answers)):
        values = {"explanation_id": explanation_id, "review_id": item.review_id}
        insert_if_absent(session, AnsweredDispute, values)


def _of_its_patrols(
    session: Session, caller: Caller, held: _Held, item: Item, patrols: Sequence[Patrol]
) -> list[Item]:
    """What a decision on a window says of each of its patrols, recorded on them, but for those that somebody above has
    decided on."""
    judged = queries.current_assessments(session, [patrol.id for patrol in patrols])
    decided = review_queries.latest_of_patrols(session, list(judged))
    found = []
    for patrol in patrols:
        standing, assessment = decided.get(patrol.id), judged.get(patrol.id)
        if assessment is None or (standing is not None and standing.rank_order > caller.rank_order):
            continue
        body = ReviewRequest(decision=item.body.decision, basis=assessment.number, note=item.body.note)
        follows = Item(uuid5(item.review_id, str(patrol.id)), patrol.id, None, body)
        row = _row(caller, follows, standing, assessment.status, assessment.verified_ms)
        _insert(session, caller, follows, {**row, "of_window_review": item.review_id}, held.now)
        found.append(follows)
    return found


def _row(
    caller: Caller, item: Item, standing: Review | None, status: str, review_ms: int
) -> dict[str, object]:
    body = item.body
    return {
        "force_id": caller.force_id,
        "patrol_id": item.patrol_id,
        "window_id": item.window_id,
        "number": 1 if standing is None else standing.number + 1,
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
    patrol_ids = {item.patrol_id for item in items if item.patrol_id is not None}
    patrols = review_queries.patrols_by_id(session, patrol_ids)
    standing = queries.current_assessments(session, sorted(patrols))
    linked = review_queries.linked_windows(session, sorted(patrols))
    days = {
        item.window_id: london_day(held.windows[item.window_id].starts_at)
        for item in items
        if item.window_id is not None
    }
    for patrol_id in sorted(patrols):
        patrol = patrols[patrol_id]
        crediting.write_hours(session, patrol, standing[patrol_id].ended_at)
        window_id = patrol.window_id or linked.get(patrol_id)
        if window_id is not None:
            days.setdefault(window_id, london_day(patrol.started_at))
    force_ids = {patrol.force_id for patrol in patrols.values()} | {
        window.force_id for window in held.windows.values()
    }
    for window_id in sorted(days):
        policy = policy_in_force(session, next(iter(force_ids)), days[window_id])
        write_window_results(session, window_id, policy, held.now)
    _tell(session, items, patrols, held.now)


def _tell(session: Session, items: Sequence[Item], patrols: Mapping[UUID, Patrol], now: datetime) -> None:
    """Tells those it is about what was decided, and whoever disputed a result that they were answered."""
    windows = [item.window_id for item in items if item.window_id is not None]
    about = people_of_windows(session, windows)
    on = review_queries.crews_and_leads(session, list(patrols.values()))
    for item in items:
        if item.window_id is not None:
            people = about[item.window_id]
            tell(session, people, FeedKind.WINDOW, FeedChange.DECIDED, item.window_id, now)
        elif item.patrol_id is not None:
            people, about_id = on[item.patrol_id], item.patrol_id
            tell(session, people, FeedKind.PATROL, FeedChange.DECIDED, about_id, now, patrol_id=about_id)
    answered = sorted({each for item in items for each in item.body.answers})
    for explanation in review_queries.explanations_by_id(session, answered):
        tell(
            session, [explanation.captured_by], FeedKind.EXPLANATION, FeedChange.ANSWERED, explanation.id, now,
            patrol_id=explanation.patrol_id,
        )  # fmt: skip


def _log(session: Session, caller: Caller, held: _Held, items: Sequence[Item], action: Action) -> None:
    changed(
        session, "review:decide", held.now, {**_subjects(items), "officer": held.concerned},
        actor_id=caller.officer_id, force_id=caller.force_id, action=action,
    )  # fmt: skip


def _log_denied(session: Session, caller: Caller, denied: Sequence[tuple[Item, str]], now: datetime) -> None:
    # Refused alone, a decision is logged by the handler of problems; among many it has no answer of its own.
    if denied:
        changed(
            session, "review:denied", now, _subjects([item for item, _denial in denied]),
            actor_id=caller.officer_id, force_id=caller.force_id, action=Action.DENIED,
            reason=", ".join(sorted({denial for _item, denial in denied})),
        )  # fmt: skip


def _subjects(items: Sequence[Item]) -> dict[str, list[UUID]]:
    named = {
        "review": [item.review_id for item in items],
        "patrol": [item.patrol_id for item in items if item.patrol_id is not None],
        "window": [item.window_id for item in items if item.window_id is not None],
    }
    return {kind: ids for kind, ids in named.items() if ids}
