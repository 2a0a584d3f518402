"""Erases what the rules let go and no hold keeps, chunk by chunk, each in a transaction of its own.

Killed at any instant and run again, it goes on where it was: what is due is asked of the database each time. Two at
once share the work. What is done is logged as ERASE, one event a chunk, with ids and never content.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import Engine
from sqlmodel import Session

from app.audit.models import Action
from app.audit.service import changed
from app.clock import london_day
from app.database.engine import let_go_of_journal
from app.database.session import reading, transaction, trying
from app.database.turns import take_turns
from app.patrols.erasing import ErasureRule, erase_positions
from app.patrols.models import Patrol
from app.retention import queries
from app.retention.erasable import RowClass
from app.retention.holding import is_held
from app.retention.row_purging import ROW_CLASSES, free_to_go
from app.retention.rules import RecordClass, Rule, rule_in_force
from app.tracks.queries import raw_fixes

CHUNK = 50
# Tables in which PostgreSQL keeps what was erased until they are vacuumed.
HOLDS_ERASED = (
    "fix_batches", "patrol_lines", "quarantined_facts", "recorded_hours", "recorded_slices", "alerts",
    "alert_acknowledgements", "offences", "activities", "stop_searches", "arrests", "engagements",
    "engagement_actions", "abstractions", "fact_revisions", "outbox_messages",
)  # fmt: skip


@dataclass(slots=True)
class Purged:
    """What of one force was erased, or would be: held ones were left, busy ones are taken by the next run."""

    force_id: UUID
    force_code: str
    days: Mapping[RecordClass, int]
    patrols: int = 0
    batches: int = 0
    fixes: int = 0
    lines: int = 0
    points: int = 0
    rows: dict[RecordClass, int] = field(default_factory=dict)
    held: int = 0
    busy: int = 0

    def plain(self) -> dict[str, object]:
        """For machines."""
        counted = ("patrols", "batches", "fixes", "lines", "points")
        return {
            "force_id": str(self.force_id),
            "force_code": self.force_code,
            **{f"{each.value}_days": days for each, days in self.days.items()},
            **{name: getattr(self, name) for name in counted},
            **{each.value: rows for each, rows in self.rows.items()},
            "held": self.held,
            "busy": self.busy,
        }


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
            "forces": [one.plain() for one in self.forces],
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
        in_force = {each: rule_in_force(rules[force_id], each, day) for each in RecordClass}
        done = Purged(force_id, code, {each: rule.days for each, rule in in_force.items()})
        report.forces.append(done)
        positions = in_force[RecordClass.POSITIONS]
        for chunk in _due(engine, force_id, positions, now):
            _let_patrols_go(engine, chunk, positions, now, done, dry_run, clock)
            told(done)
        for each in ROW_CLASSES:
            _let_rows_go(engine, each, in_force[each.record_class], now, done, dry_run, clock)
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
    with (trying if dry_run else transaction)(engine) as session:
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


def _let_rows_go(
    engine: Engine,
    each: RowClass,
    rule: Rule,
    now: datetime,
    done: Purged,
    dry_run: bool,
    clock: Callable[[], datetime],
) -> None:
    after = None
    done.rows.setdefault(each.record_class, 0)
    while True:
        with (trying if dry_run else transaction)(engine) as session:
            if not dry_run:
                turn_at_holds(session, done.force_id)
            rows = each.due(session, done.force_id, rule.cutoff(now), after, CHUNK)
            if not rows:
                return
            after = rows[-1].id
            free = free_to_go(session, done.force_id, each, rows, now)
            if free and not dry_run:
                at = clock()
                each.erase(session, done.force_id, free, at)
                _log(session, done.force_id, {each.subject: free}, rule, at)
        done.held += len(rows) - len(free)
        done.rows[each.record_class] += len(free)


def _log(
    session: Session, force_id: UUID, subjects: dict[str, list[UUID]], rule: Rule, now: datetime
) -> None:
    changed(
        session, "retention:erase", now, subjects, actor_id=None, force_id=force_id, action=Action.ERASE,
        reason=f"{rule.record_class.value} kept for {rule.days} days",
    )  # fmt: skip
