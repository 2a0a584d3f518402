"""Decides what a file of policies changes: some thresholds from a day on; all others stay as they were the day before.

Nothing is overwritten and the past stays: a policy that has a day keeps it, and a day that is over cannot be given
other rules. Patrols could be judged again by them, but officers must be able to know beforehand what counts.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.imports.findings import ChangeAction, Finding, PlannedChange, Severity
from app.imports.rows import Day, Row, RowModel, Text16, Text100
from app.tracks.policy import KINDS, Policy, PolicyValue

_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}
# Below these an assessment would divide by nothing; above those no rule of any force lies, and sums would overflow.
_LEAST: Mapping[str, float] = {"edge_step_seconds": 1, "accuracy_floor_m": 0.1}
_MOST: Mapping[str, float] = {"_seconds": 86_400, "_m": 100_000, "_share": 1}
_MOST_OTHERWISE = 1_000


class ThresholdRow(RowModel):
    """A row of the file: one threshold of `Policy` and its value from a day on."""

    valid_from: Day
    threshold: Text100
    value: Text16


@dataclass(frozen=True, slots=True)
class DatedPolicy:
    """The rules from a day on, until the next begin."""

    valid_from: date
    policy: Policy


@dataclass(frozen=True, slots=True)
class PoliciesPlanned:
    """The policies to write; `changes` tells each threshold that is another from then on."""

    policies: tuple[DatedPolicy, ...]
    changes: tuple[PlannedChange, ...]
    findings: tuple[Finding, ...]
    unchanged: int


@dataclass(frozen=True, slots=True)
class _Wanted:
    row: int
    threshold: str
    value: PolicyValue


def plan_policies(
    rows: Sequence[Row[ThresholdRow]], held: Sequence[DatedPolicy], today: date
) -> PoliciesPlanned:
    """What a file changes. `held` are the force's policies; before the first of them the built-in one holds.

    With max_gap_seconds 120 in force, the row «2026-04-01, max_gap_seconds, 90» makes a policy from 1 April on that
    differs in nothing else; the same row once more changes nothing.
    """
    wanted, findings = _read(rows)
    known = {one.valid_from: one.policy for one in held}
    policies: list[DatedPolicy] = []
    changes: list[PlannedChange] = []
    unchanged = 0
    for day in sorted(wanted):
        standing = known.get(day)
        before = (standing or _in_force_before(known, day)).values()
        other = [one for one in wanted[day] if before[one.threshold] != one.value]
        unchanged += len(wanted[day]) - len(other)
        refused = [_refusal(one.row, day, standing is not None, today) for one in other]
        faults = [fault for fault in refused if fault is not None]
        findings += faults
        if not other or faults:
            continue
        policy = Policy.from_values({**before, **{one.threshold: one.value for one in other}})
        changes += [_change(one, day, before[one.threshold]) for one in other]
        findings += _remarks(other, day, known, today)
        policies.append(DatedPolicy(day, policy))
        known[day] = policy
    return PoliciesPlanned(tuple(policies), tuple(changes), tuple(findings), unchanged)


def _read(rows: Iterable[Row[ThresholdRow]]) -> tuple[dict[date, list[_Wanted]], list[Finding]]:
    wanted: dict[date, list[_Wanted]] = {}
    findings: list[Finding] = []
    for row in rows:
        value = _value(row)
        if isinstance(value, Finding):
            findings.append(value)
        else:
            name = row.values.threshold
            wanted.setdefault(row.values.valid_from, []).append(_Wanted(row.number, name, value))
    return wanted, findings


def _value(row: Row[ThresholdRow]) -> PolicyValue | Finding:
    """The value as its threshold has it, or what is wrong with it; 50 metres may be written 50 or 50.0."""
    name, text = row.values.threshold, row.values.value.lower()
    kind = KINDS.get(name)
    if kind is None:
        return Finding(row.number, "threshold", "threshold-unknown", "No threshold has this name.")
    if kind is bool:
        if text not in _TRUTHS:
            return Finding(row.number, "value", "value-kind", "Must be true or false.")
        return _TRUTHS[text]
    if not _NUMBER.fullmatch(text) or (kind is int and "." in text):
        told = "a whole number" if kind is int else "a number such as 50 or 0.5"
        return Finding(row.number, "value", "value-kind", f"Must be {told}.")
    value = kind(text)
    least = _LEAST.get(name, 0)
    most = next((most for suffix, most in _MOST.items() if name.endswith(suffix)), _MOST_OTHERWISE)
    if value < 0:
        return Finding(row.number, "value", "negative", "Must not be negative.")
    if not least <= value <= most:
        return Finding(row.number, "value", "out-of-range", f"Must lie between {least} and {most}.")
    return value


def _in_force_before(known: Mapping[date, Policy], day: date) -> Policy:
    earlier = [begins for begins in known if begins < day]
    return known[max(earlier)] if earlier else Policy()


def _refusal(row: int, day: date, held: bool, today: date) -> Finding | None:
    if held:
        told = "Other rules begin on that day, and rules are not overwritten: give these a later day."
        return Finding(row, "valid_from", "held", told)
    if day < today:
        told = (
            "Must not lie before today: who goes out must be able to know the rules, so they are not changed "
            "for days that are over."
        )
        return Finding(row, "valid_from", "in-the-past", told)
    return None


def _remarks(
    changed: Sequence[_Wanted], day: date, known: Mapping[date, Policy], today: date
) -> list[Finding]:
    found: list[Finding] = []
    if day == today:
        told = "Holds for the whole of today; patrols that were judged today already are judged again by it."
        found.append(Finding(changed[0].row, "valid_from", "from-today", told, Severity.WARNING))
    later = min((begins for begins in known if begins > day), default=None)
    if later is not None:
        following = known[later].values()
        told = f"The rules that begin on {later} have another value and end this one."
        found += [
            Finding(one.row, "value", "followed-by-other", told, Severity.WARNING)
            for one in changed
            if following[one.threshold] != one.value
        ]
    return found


def _change(wanted: _Wanted, day: date, before: PolicyValue) -> PlannedChange:
    return PlannedChange(
        ChangeAction.CHANGED,
        f"{day}/{wanted.threshold}",
        wanted.row,
        ("value",),
        json.dumps(before),
        json.dumps(wanted.value),
    )
