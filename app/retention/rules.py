"""How long each class of records is kept, and what a file of such rules changes.

What a class leaves out is kept for good: results, hours, windows, reviews, the log. The defaults follow the periods
that forces publish: positions for as long as a result is likely to be questioned, no longer; who worked hours that
somebody paid for, six years and the one that runs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.imports.findings import ChangeAction, Finding, PlannedChange, Severity
from app.imports.rows import Day, Row, RowModel

LEAST_DAYS, MOST_DAYS = 1, 36_525


class RecordClass(StrEnum):
    """What is erased together."""

    # Fixes, cleaned lines, positions of check-ins and check-outs.
    POSITIONS = "positions"
    # What officers captured and others sent, kept aside: its content, released or not.
    KEPT_ASIDE = "kept_aside"
    # Positions of engagements, intelligence, referrals and other outcomes; of searches and arrests they belong to the
    # record.
    ACTIVITY_PLACES = "activity_places"
    # What the records of these say of a person or a place; that they were made, and what came of them, stays.
    SEARCHES = "searches"
    ARRESTS = "arrests"
    INTELLIGENCE = "intelligence"
    REFERRALS = "referrals"
    OUTCOMES = "outcomes"
    # Words, promises and who else took part; counts stay.
    ENGAGEMENTS = "engagements"
    # Whom they were of; hours of teams stay.
    ABSTRACTIONS = "abstractions"
    # Which officer hours were that others recorded; the hours stay.
    RECORDED_OFFICERS = "recorded_officers"
    # Alerts that are over, with what supervisors said to them.
    ALERTS = "alerts"
    # What an offence said before it was corrected.
    OFFENCE_VERSIONS = "offence_versions"
    # Messages to mailboxes and other systems that were delivered or given up.
    MESSAGES = "messages"


@dataclass(frozen=True, slots=True)
class Rule:
    """Kept for so many days, by a rule that holds since a day; the built-in one has no day. Days count from when
    something was received; of alerts from when they were over, of offences from when a correction came, of messages
    from when they were delivered or given up."""

    record_class: RecordClass
    days: int
    valid_from: date | None = None

    def cutoff(self, now: datetime) -> datetime:
        """What is older than this has been kept long enough: with 90 days on 31 May 12:00Z, 2 March 12:00Z."""
        return now - timedelta(days=self.days)


_SHORT, _YEAR = 90, 365
# Six years and the one that runs.
_RECORDS = 7 * _YEAR + 2
BUILT_IN: Mapping[RecordClass, Rule] = {
    each: Rule(each, days)
    for each, days in (
        (RecordClass.POSITIONS, _SHORT),
        (RecordClass.KEPT_ASIDE, _SHORT),
        (RecordClass.ACTIVITY_PLACES, _SHORT),
        (RecordClass.SEARCHES, _RECORDS),
        (RecordClass.ARRESTS, _RECORDS),
        (RecordClass.INTELLIGENCE, _RECORDS),
        (RecordClass.REFERRALS, _RECORDS),
        (RecordClass.OUTCOMES, _RECORDS),
        (RecordClass.ENGAGEMENTS, _RECORDS),
        # As long as one may be questioned about being sent away.
        (RecordClass.ABSTRACTIONS, 2 * _YEAR),
        (RecordClass.RECORDED_OFFICERS, 7 * _YEAR),
        (RecordClass.ALERTS, _YEAR),
        (RecordClass.OFFENCE_VERSIONS, _YEAR),
        (RecordClass.MESSAGES, _SHORT),
    )
}


def rule_in_force(rules: Iterable[Rule], record_class: RecordClass, day: date) -> Rule:
    """The rule of a class on a day: the force's latest that has begun, else the built-in one."""
    begun = [
        rule
        for rule in rules
        if rule.record_class is record_class and rule.valid_from is not None and rule.valid_from <= day
    ]
    return max(begun, key=lambda rule: rule.valid_from or date.min, default=BUILT_IN[record_class])


class RuleRow(RowModel):
    """A row of the file: how many days a class is kept, from a day on."""

    record_class: RecordClass
    days: Annotated[int, Field(ge=LEAST_DAYS, le=MOST_DAYS)]
    valid_from: Day


@dataclass(frozen=True, slots=True)
class RulesPlanned:
    """The rules to write; `changes` tells what each turns into what."""

    rules: tuple[Rule, ...]
    changes: tuple[PlannedChange, ...]
    findings: tuple[Finding, ...]
    unchanged: int


def plan_rules(rows: Sequence[Row[RuleRow]], held: Sequence[Rule], today: date) -> RulesPlanned:
    """What a file changes. A day that is over keeps its rule, because what it erased is erased; so does a day that has
    one. Keeping for a shorter time is a warning: the next purge erases more.

    With 90 days built in, the row «positions, 60, 2026-04-01» is a change with a warning; once more, it is none.
    """
    known = list(held)
    rules: list[Rule] = []
    changes: list[PlannedChange] = []
    findings: list[Finding] = []
    unchanged = 0
    for row in sorted(rows, key=lambda one: (one.values.valid_from, one.number)):
        wanted = Rule(row.values.record_class, row.values.days, row.values.valid_from)
        before = rule_in_force(known, wanted.record_class, row.values.valid_from)
        if before.days == wanted.days:
            unchanged += 1
            continue
        fault = _refusal(row, before, today)
        if fault is not None:
            findings.append(fault)
            continue
        if wanted.days < before.days:
            findings.append(
                Finding(
                    row.number, "days", "shorter", "From that day on the next purge erases more than before.",
                    Severity.WARNING,
                )
            )  # fmt: skip
        key = f"{row.values.valid_from}/{wanted.record_class.value}"
        changes.append(
            PlannedChange(
                ChangeAction.CHANGED, key, row.number, ("days",), str(before.days), str(wanted.days)
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
        told = "Must not lie before today: what was erased since then is erased."
        return Finding(row.number, "valid_from", "in-the-past", told)
    return None
