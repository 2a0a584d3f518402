"""How much of each kind of activity a force wants recorded, and what a file of such rules changes. Pure.

A reference is enough until the force says otherwise: the record is in its own system. What is sent at the other level
is taken all the same; less than is wanted is flagged.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.activities.codes import ActivityKind, DetailLevel
from app.imports.findings import ChangeAction, Finding, PlannedChange
from app.imports.rows import Day, Row, RowModel


@dataclass(frozen=True, slots=True)
class Rule:
    """The level wanted of a kind, from a day on; the built-in rule has no day."""

    kind: ActivityKind
    level: DetailLevel
    valid_from: date | None = None


def rule_in_force(rules: Iterable[Rule], kind: ActivityKind, day: date) -> Rule:
    """The rule of a kind on a day: the force's latest that has begun, else that a reference is enough."""
    begun = [
        rule for rule in rules if rule.kind is kind and rule.valid_from is not None and rule.valid_from <= day
    ]
    built_in = Rule(kind, DetailLevel.REFERENCE)
    return max(begun, key=lambda rule: rule.valid_from or date.min, default=built_in)


class RuleRow(RowModel):
    """A row of the file: which level is wanted of a kind, from a day on."""

    kind: ActivityKind
    level: DetailLevel
    valid_from: Day


@dataclass(frozen=True, slots=True)
class RulesPlanned:
    """The rules to write; `changes` tells what each turns into what."""

    rules: tuple[Rule, ...]
    changes: tuple[PlannedChange, ...]
    findings: tuple[Finding, ...]
    unchanged: int


def plan_rules(rows: Sequence[Row[RuleRow]], held: Sequence[Rule], today: date) -> RulesPlanned:
    """What a file changes. A day that is over keeps its rule, and so does a day that has one.

    «STOP_SEARCH, record, 2026-04-01» turns `reference` into `record`; once more, it is no change.
    """
    known = list(held)
    rules: list[Rule] = []
    changes: list[PlannedChange] = []
    findings: list[Finding] = []
    unchanged = 0
    for row in sorted(rows, key=lambda one: (one.values.valid_from, one.number)):
        wanted = Rule(row.values.kind, row.values.level, row.values.valid_from)
        before = rule_in_force(known, wanted.kind, row.values.valid_from)
        if before.level is wanted.level:
            unchanged += 1
            continue
        fault = _refusal(row, before, today)
        if fault is not None:
            findings.append(fault)
            continue
        key = f"{row.values.valid_from}/{wanted.kind.value}"
        changes.append(
            PlannedChange(
                ChangeAction.CHANGED, key, row.number, ("level",), before.level.value, wanted.level.value
            )
        )
        rules.append(wanted)
        known.append(wanted)
    return RulesPlanned(tuple(rules), tuple(changes), tuple(findings), unchanged)


def _refusal(row: Row[RuleRow], before: Rule, today: date) -> Finding | None:
    if before.valid_from == row.values.valid_from:
        told = "Another rule begins on that day, and rules are not overwritten: give this one a later day."
        return Finding(row.number, "valid_from", "held", told)
    if row.values.valid_from < today:
        return Finding(row.number, "valid_from", "in-the-past", "Must not lie before today.")
    return None
