"""Takes in up to five hundred facts of a request, each standing or falling by itself, and makes them durable together.

Each item goes through the use case its own PUT goes through, in a savepoint: what one item does wrong is undone alone.
Patrols are judged once, when all their facts are in. What cannot be recorded and may be held is kept aside.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError as PoolTimeout
from sqlmodel import Session

from app.abstractions.schemas import AbstractionRequest
from app.abstractions.turns import turns_of
from app.audit.models import Action
from app.audit.service import changed
from app.database.turns import take_turns
from app.facts.models import AsideReason
from app.facts.service import Recorded
from app.identity.permissions import Caller, Permission, requires
from app.patrols import answers
from app.patrols.catching_up import CaughtUp, NotJudged, Touched, bring_all_up_to_date, hold
from app.problems import CONFLICT, ID_TAKEN, INTERNAL, INVALID, PARENT_UNKNOWN, PRECONDITION_FAILED, Problem
from app.rest.problem_documents import log_unexpected
from app.rest.sent import Sent
from app.sync import aside, orphans, queries
from app.sync.kinds import Arrival
from app.sync.reading import Read, read_items, within_item
from app.sync.schemas import Outcome, SyncedPatrol, SyncFault, SyncProblem, SyncResponse, SyncResult

_CONFLICTS = (CONFLICT, ID_TAKEN, PRECONDITION_FAILED)
_FAULT_OF_OURS = "Something went wrong here with this one. It was not stored; the others are not harmed."
_OUTCOMES: tuple[Outcome, ...] = ("created", "replayed", "quarantined", "conflict", "rejected", "deferred")


@requires(Permission.FACTS_SEND)
def receive(
    session: Session, caller: Caller, values: Sequence[Any], sent: Sent, disclosure_hours: int
) -> SyncResponse:
    """Records the items and answers for each what became of it. Each item's use case says who may record that.

    When a patrol cannot be judged, by a fault of ours, its items are deferred and all others recorded.
    """
    reads = read_items(values)
    # An app that sends its queue twice at once has it recorded once, then replayed.
    bodies = [read.item.body for read in reads if read.item is not None]
    away = turns_of(session, caller, [body for body in bodies if isinstance(body, AbstractionRequest)])
    take_turns(session, {uuid5(caller.officer_id, "sync"), *away})
    barred: set[UUID] = set()
    while True:
        intake = _Intake(Arrival(session, caller, sent, Touched(), disclosure_hours), barred)
        try:
            with session.begin_nested():
                caught_up = intake.take_in(reads)
        except NotJudged as failed:
            log_unexpected(failed.why)
            if failed.patrol_id in barred:
                raise
            barred.add(failed.patrol_id)
            continue
        return _answer(intake, caught_up)


@dataclass(slots=True)
class _Intake:
    """One going-through of the items. `refused` are the patrols whose check-in was refused or kept aside just now."""

    to: Arrival
    barred: set[UUID]
    refused: dict[UUID, AsideReason] = field(default_factory=dict)
    results: dict[int, SyncResult] = field(default_factory=dict)
    denied: dict[str, list[Read]] = field(default_factory=dict)
    recorded: list[Read] = field(default_factory=list)

    def take_in(self, reads: Sequence[Read]) -> dict[UUID, CaughtUp]:
        hold(self.to.session, {parent for read in reads if (parent := _parent(read)) is not None})
        # What could not be read comes first here: a check-in among it decides what becomes of its patrol's other facts.
        for read in sorted(reads, key=lambda each: each.item is not None):
            self.results[read.index] = self._one(read)
        aside.settle(self.to, self.recorded)
        begun = {read.item.id for read in self.recorded if read.item and aside.begins_a_patrol(read)}
        orphans.take_in(self.to.session, begun, self.to.touched, self.to.sent.now)
        self._log_denied()
        return dict(bring_all_up_to_date(self.to.session, self.to.touched, self.to.sent.now))

    def _one(self, read: Read) -> SyncResult:
        if read.problem is not None or read.item is None or read.kind is None:
            return self._refused(read, read.problem or Problem(INTERNAL, _FAULT_OF_OURS))
        if self.barred & {_parent(read), read.item.id}:
            return _result(read, "deferred", Problem(INTERNAL, _FAULT_OF_OURS))
        try:
            with self.to.session.begin_nested():
                done = read.kind.record(self.to, read.item)
        except Problem as problem:
            return self._refused(read, within_item(problem))
        except (OperationalError, PoolTimeout):
            # The database is busy or gone: nothing can be taken in just now.
            raise
        except Exception as error:
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            log_unexpected(error)
            return _result(read, "deferred", Problem(INTERNAL, _FAULT_OF_OURS))
        return self._stored(read, done)

    def _stored(self, read: Read, done: Recorded) -> SyncResult:
        if done.quarantined:
            if read.asked is not None and aside.begins_a_patrol(read):
                self.refused[read.asked.id] = AsideReason.PARENT_ASIDE
            return _result(
                read, "quarantined", status=202, reason=AsideReason.UPLOADED_BY_ANOTHER,
                quarantine_id=aside.row_id(read),
            )  # fmt: skip
        self.recorded.append(read)
        return _result(
            read, "created" if done.created else "replayed", status=201 if done.created else 200,
            rejected_fixes=getattr(read.item and read.item.body, "rejected", []),
        )  # fmt: skip

    def _refused(self, read: Read, problem: Problem) -> SyncResult:
        if problem.denial is not None:
            self.denied.setdefault(problem.denial, []).append(read)
        if problem.kind is PARENT_UNKNOWN and problem.denial is None:
            return self._without_parent(read, problem)
        if problem.kind in _CONFLICTS:
            return _result(read, "conflict", problem)
        if problem.kind.retryable:
            return _result(read, "deferred", problem)
        kept = aside.keep_invalid(self.to, read, problem) if problem.kind is INVALID else None
        if aside.begins_a_patrol(read) and read.fact_id is not None:
            self.refused[read.fact_id] = AsideReason.PARENT_REFUSED
        return _result(read, "rejected", problem, quarantine_id=kept)

    def _without_parent(self, read: Read, problem: Problem) -> SyncResult:
        """A fact whose patrol is not here: it waits on the phone, or with us when the check-in was refused or is kept
        aside and so will not come by itself."""
        parent = _parent(read)
        reason = self.refused.get(parent) if parent is not None else None
        if reason is None and parent is not None:
            reason = queries.why_parent_is_aside(self.to.session, parent, self.to.caller.officer_id)
        kept = aside.keep_child(self.to, read, reason) if reason is not None else None
        if kept is None:
            return _result(read, "deferred", problem)
        return _result(read, "quarantined", status=202, reason=reason, quarantine_id=kept)

    def _log_denied(self) -> None:
        # Refused alone, a call is logged by the handler of problems; among many an item has no answer of its own. In
        # this transaction: a refusal that cannot be logged is not told either.
        to = self.to
        for denial, reads in self.denied.items():
            subjects: dict[str, list[UUID]] = {}
            for read in reads:
                if read.fact_id is not None:
                    subjects.setdefault(read.kind_name or "item", []).append(read.fact_id)
            changed(
                to.session, denial, to.sent.now, subjects,
                actor_id=to.caller.officer_id, force_id=to.caller.force_id, action=Action.DENIED,
            )  # fmt: skip


def _parent(read: Read) -> UUID | None:
    if read.kind is None or read.item is None:
        return None
    return read.kind.parent_of(read.item)


def _result(
    read: Read,
    outcome: Outcome,
    problem: Problem | None = None,
    *,
    status: int = 0,
    reason: AsideReason | None = None,
    quarantine_id: UUID | None = None,
    rejected_fixes: Sequence[Any] = (),
) -> SyncResult:
    return SyncResult(
        index=read.index,
        kind=read.kind_name,
        id=read.fact_id,
        outcome=outcome,
        status=status if problem is None else problem.kind.status,
        reason=reason,
        quarantine_id=quarantine_id,
        problem=None if problem is None else _told(problem),
        rejected_fixes=list(rejected_fixes),
    )


def _told(problem: Problem) -> SyncProblem:
    return SyncProblem(
        code=problem.kind.code,
        title=problem.kind.title,
        detail=problem.detail,
        retryable=problem.kind.retryable,
        errors=[
            SyncFault(pointer=each.pointer, code=each.code, detail=each.detail) for each in problem.errors
        ],
    )


def _answer(intake: _Intake, caught_up: dict[UUID, CaughtUp]) -> SyncResponse:
    results = [intake.results[index] for index in sorted(intake.results)]
    to = intake.to
    return SyncResponse(
        results=results,
        counts={name: sum(each.outcome == name for each in results) for name in _OUTCOMES},
        patrols=[
            _patrol(to, each)
            for each in caught_up.values()
            if each.patrol.captured_by == to.caller.officer_id and each.patrol.id not in to.touched.voided
        ],
    )


def _patrol(to: Arrival, each: CaughtUp) -> SyncedPatrol:
    return SyncedPatrol(
        id=each.patrol.id,
        progress=answers.uploaded(to.session, to.caller, each.patrol, each.around, each.reached, to.sent.now),
        advice=answers.advice(to.session, each.patrol, each.reached),
    )
