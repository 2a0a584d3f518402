"""Erases what the rules let go and no hold keeps, chunk by chunk, each in a transaction of its own.

Killed at any instant and run again, it goes on where it was: what is due is asked of the database each time. Two at
once share the work. What is done is logged as ERASE, one event a chunk, with ids and never content.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Engine
from sqlmodel import Session

from app.audit.models import Action
from app.audit.service import changed
from app.clock import london_day
from app.database.engine import let_go_of_journal
from app.database.session import reading, transaction
from app.database.turns import take_turns
from app.facts.models import QuarantinedFact
from app.facts.service import erase_body
from app.patrols.erasing import ErasureRule, erase_positions
from app.patrols.models import Patrol
from app.retention import queries
from app.retention.erasable import ERASABLE, Erasable, Waiting
from app.retention.holding import HoldByHand, is_held
from app.retention.rules import RecordClass, Rule, rule_in_force
from app.tracks.queries import raw_fixes

CHUNK = 50


@dataclass(slots=True)
class Purged:
    """What of one force was erased, or would be: held ones were left, busy ones are taken by the next run."""

    force_id: UUID
    force_code: str
    positions_days: int
    kept_aside_days: int
    patrols: int = 0
    batches: int = 0
    fixes: int = 0
    lines: int = 0
    points: int = 0
    kept_aside: int = 0
    activities: int = 0
    activity_places: int = 0
    engagements: int = 0
    engagement_places: int = 0
    abstractions: int = 0
    held: int = 0
    busy: int = 0


@dataclass(slots=True)
class PurgeReport:
    """What a purge did, force by force. `journal_emptied` is whether SQLite's journal holds nothing of it any more."""

    dry_run: bool
    at: datetime
    forces: list[Purged] = field(default_factory=list)
    journal_emptied: bool = True

    def plain(self) -> dict[str, object]:
        """For machines."""
        return {
            "dry_run": self.dry_run,
            "at": self.at.isoformat(),
            "journal_emptied": self.journal_emptied,
            "forces": [{**asdict(one), "force_id": str(one.force_id)} for one in self.forces],
        }


def turn_at_holds(session: Session, force_id: UUID) -> None:
    """Placing a hold and erasing take turns: a hold that was answered keeps whatever was here at that moment."""
    take_turns(session, [uuid5(force_id, "holds")])


def purge(
    engine: Engine,
    clock: Callable[[], datetime],
    *,
    dry_run: bool,
    told: Callable[[Purged], None] = lambda _: None,
) -> PurgeReport:
    """Erases all that is due when it begins, or tells how much that is; `told` hears how far it is after each chunk.

    What each chunk erased bears its own time: a purge may take hours, and the log must not seem written later."""
    now = clock()
    report = PurgeReport(dry_run, now)
    with reading(engine) as session:
        forces = queries.forces(session)
        rules = {force_id: queries.rules_held(session, force_id) for force_id in forces}
    day = london_day(now)
    for force_id, code in forces.items():
        positions = rule_in_force(rules[force_id], RecordClass.POSITIONS, day)
        aside = rule_in_force(rules[force_id], RecordClass.KEPT_ASIDE, day)
        done = Purged(force_id, code, positions.days, aside.days)
        report.forces.append(done)
        for chunk in _due(engine, force_id, positions, now):
            _let_patrols_go(engine, chunk, positions, now, done, dry_run, clock)
            told(done)
        _let_aside_go(engine, aside, now, done, dry_run, clock)
        told(done)
        for erasable in ERASABLE:
            rule = rule_in_force(rules[force_id], erasable.record_class, day)
            _let_records_go(engine, erasable, rule, now, done, dry_run, clock)
        told(done)
    if not dry_run:
        report.journal_emptied = let_go_of_journal(engine)
    return report


def _due(engine: Engine, force_id: UUID, rule: Rule, now: datetime) -> Iterator[list[UUID]]:
    after = None
    while True:
        with reading(engine) as session:
            chunk = queries.due_patrols(session, force_id, rule.cutoff(now), after, CHUNK)
        if not chunk:
            return
        yield chunk
        after = chunk[-1]


def _let_patrols_go(
    engine: Engine,
    chunk: Sequence[UUID],
    rule: Rule,
    now: datetime,
    done: Purged,
    dry_run: bool,
    clock: Callable[[], datetime],
) -> None:
    with (reading if dry_run else transaction)(engine) as session:
        if dry_run:
            patrols = queries.due_patrols_unlocked(session, chunk)
        else:
            turn_at_holds(session, done.force_id)
            patrols = queries.still_due(session, done.force_id, rule.cutoff(now), chunk)
            done.busy += len(chunk) - len(patrols)
        free = _not_held(session, done.force_id, patrols, now)
        done.held += len(patrols) - len(free)
        if not free:
            return
        ids = [patrol.id for patrol in free]
        held = raw_fixes(session, ids)
        positions = queries.positions_held(session, free)
        if not dry_run:
            at = clock()
            erase_positions(session, ids, ErasureRule(rule.days, rule.valid_from), at)
            _log(session, done.force_id, {"patrol": ids}, rule, at)
    done.patrols += len(free)
    done.batches += sum(batches for batches, _ in held.values())
    done.fixes += sum(fixes for _, fixes in held.values())
    done.lines += positions.lines
    done.points += positions.points


def _not_held(session: Session, force_id: UUID, patrols: Sequence[Patrol], now: datetime) -> list[Patrol]:
    holds = queries.standing_holds(session, force_id)
    occasions = queries.occasions(session, [patrol.id for patrol in patrols])
    kept = {one.id: one for one in queries.kept_patrols(session, patrols, holds)}
    return [patrol for patrol in patrols if not is_held(kept[patrol.id], holds, occasions, now)]


def _let_aside_go(
    engine: Engine,
    rule: Rule,
    now: datetime,
    done: Purged,
    dry_run: bool,
    clock: Callable[[], datetime],
) -> None:
    after = None
    while True:
        with (reading if dry_run else transaction)(engine) as session:
            if not dry_run:
                turn_at_holds(session, done.force_id)
            facts = queries.due_aside(session, done.force_id, rule.cutoff(now), after, CHUNK)
            if not facts:
                return
            free = _aside_not_held(session, facts, queries.standing_holds(session, done.force_id), now)
            if free and not dry_run:
                erase_body(session, free)
                _log(session, done.force_id, {"quarantined": free}, rule, clock())
        done.held += len(facts) - len(free)
        done.kept_aside += len(free)
        after = facts[-1].id


def _aside_not_held(
    session: Session, facts: Sequence[QuarantinedFact], holds: Sequence[HoldByHand], now: datetime
) -> list[UUID]:
    kept = queries.kept_aside(facts)
    occasions = queries.occasions(session, [one.id for one in kept])
    return [fact.id for fact, one in zip(facts, kept, strict=True) if not is_held(one, holds, occasions, now)]


def _let_records_go(
    engine: Engine,
    erasable: Erasable,
    rule: Rule,
    now: datetime,
    done: Purged,
    dry_run: bool,
    clock: Callable[[], datetime],
) -> None:
    after = None
    while True:
        with (reading if dry_run else transaction)(engine) as session:
            if not dry_run:
                turn_at_holds(session, done.force_id)
            waiting = erasable.due(session, done.force_id, rule.cutoff(now), after, CHUNK, taken=not dry_run)
            if not waiting:
                return
            free = _records_not_held(session, waiting, queries.standing_holds(session, done.force_id), now)
            after, count = waiting[-1][0].id, len(free)
            done.held += len(waiting) - count
            if free and not dry_run:
                at = clock()
                erasable.erase(session, free, at)
                _log(session, done.force_id, {erasable.subject: [row.id for row in free]}, rule, at)
        setattr(done, erasable.counted, getattr(done, erasable.counted) + count)


def _records_not_held(
    session: Session, waiting: Sequence[Waiting], holds: Sequence[HoldByHand], now: datetime
) -> list[Any]:
    occasions = queries.occasions(session, [kept.id for _row, kept in waiting])
    return [row for row, kept in waiting if not is_held(kept, holds, occasions, now)]


def _log(
    session: Session, force_id: UUID, subjects: dict[str, list[UUID]], rule: Rule, now: datetime
) -> None:
    changed(
        session, "retention:erase", now, subjects, actor_id=None, force_id=force_id, action=Action.ERASE,
        reason=f"{rule.record_class.value} kept for {rule.days} days",
    )  # fmt: skip
