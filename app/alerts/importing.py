"""What a file of alert rules changes. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field

from app.alerts.rules import AlertKind, Applies, Rule, rules_on
from app.imports.findings import ChangeAction, Finding, PlannedChange
from app.imports.rows import Day, Row, RowModel

MOST_MINUTES = 14 * 24 * 60
# Where «tasked by name» says something: of the team, and of the window.
_KNOWS_NAMES = (AlertKind.WINDOW_UNASSIGNED, AlertKind.NO_CHECK_IN)


class RuleRow(RowModel):
    """A row of the file: when a kind is raised, and how long it is the officer's alone, from a day on."""

    kind: AlertKind
    applies: Applies
    after_minutes: Annotated[int, Field(ge=0, le=MOST_MINUTES)]
    escalates_minutes: Annotated[int, Field(ge=0, le=MOST_MINUTES)]
    valid_from: Day

    def rule(self) -> Rule:
        return Rule(self.kind, self.applies, self.after_minutes, self.escalates_minutes, self.valid_from)


@dataclass(frozen=True, slots=True)
class RulesPlanned:
    """The rules to write; `changes` tells what each turns into what."""

    rules: tuple[Rule, ...]
    changes: tuple[PlannedChange, ...]
    findings: tuple[Finding, ...]
    unchanged: int


def plan_rules(rows: Sequence[Row[RuleRow]], held: Sequence[Rule], today: date) -> RulesPlanned:
    """What a file changes. A day that is over keeps its rule, and so does a day that has one.

    «SILENT_PHONE, always, 10, 30, 2026-04-01» turns `always 15 30` into `always 10 30`; once more, it is no change.
    """
    known = list(held)
    rules: list[Rule] = []
    changes: list[PlannedChange] = []
    findings: list[Finding] = []
    unchanged = 0
    for row in sorted(rows, key=lambda one: (one.values.valid_from, one.number)):
        wanted = row.values.rule()
        before = rules_on(known, row.values.valid_from)[wanted.kind]
        if in_short(before) == in_short(wanted):
            unchanged += 1
            continue
        fault = _refusal(row, before, today)
        if fault is not None:
            findings.append(fault)
            continue
        key = f"{row.values.valid_from}/{wanted.kind.value}"
        changes.append(
            PlannedChange(
                ChangeAction.CHANGED, key, row.number, _different(before, wanted), in_short(before), in_short(wanted)
            )
        )  # fmt: skip
        rules.append(wanted)
        known.append(wanted)
    return RulesPlanned(tuple(rules), tuple(changes), tuple(findings), unchanged)


def in_short(rule: Rule) -> str:
    """What a rule says, without kind and day: `always 15 30`."""
    return f"{rule.applies.value} {rule.after_minutes} {rule.escalates_minutes}"


def _different(before: Rule, after: Rule) -> tuple[str, ...]:
    names = ("applies", "after_minutes", "escalates_minutes")
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def _refusal(row: Row[RuleRow], before: Rule, today: date) -> Finding | None:
    values = row.values
    if values.applies is Applies.BY_NAME and values.kind not in _KNOWS_NAMES:
        told = "Is for windows that people are tasked with by name: say always or never."
        return Finding(row.number, "applies", "knows-no-names", told)
    if before.valid_from == values.valid_from:
        told = "Another rule begins on that day, and rules are not overwritten: give this one a later day."
        return Finding(row.number, "valid_from", "held", told)
    if values.valid_from < today:
        return Finding(row.number, "valid_from", "in-the-past", "Must not lie before today.")
    return None
