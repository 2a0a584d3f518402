"""Decides what a file of codes changes: a force's own words, each from its day, over the built-in ones.

Nothing is overwritten: other words for the same code are a new row from a later day, and only the last day of a row may
still be set.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field

from app.imports.findings import ChangeAction, Finding, PlannedChange
from app.imports.rows import Day, Row, RowModel, Text200, Text300
from app.reference.codes import DatedLabel, Label, attributes_text, read_attributes

Key = tuple[str, str, date]


def _facts(text: str) -> str:
    return attributes_text(read_attributes(text))


Facts = Annotated[Text300, AfterValidator(_facts)]


class CodeRow(RowModel):
    """A row of the file. Without a plain label screens show the label; without a position the code stands last.

    `attributes` are facts of the code, `class=LOCAL;text=yes`; those not named stay as built in.
    """

    list: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}$")]
    label: Text200
    plain_label: Text200 | None = None
    published_value: Text200 | None = None
    position: Annotated[int, Field(ge=0, le=100_000)] = 1000
    attributes: Facts | None = None
    valid_from: Day
    valid_to: Day | None = None

    @property
    def key(self) -> Key:
        return self.list, self.code, self.valid_from

    @property
    def dated(self) -> DatedLabel:
        plain = self.plain_label or self.label
        facts = read_attributes(self.attributes or "")
        label = Label(self.code, self.label, plain, self.published_value, self.position, facts)
        return DatedLabel(label, self.valid_from, self.valid_to)


@dataclass(frozen=True, slots=True)
class CodeChange:
    """A row to write; `new` is false when only its last day is set."""

    list: str
    dated: DatedLabel
    new: bool
    planned: PlannedChange


@dataclass(frozen=True, slots=True)
class CodesPlanned:
    changes: tuple[CodeChange, ...]
    findings: tuple[Finding, ...]
    unchanged: int


def plan_codes(rows: Sequence[Row[CodeRow]], held: Mapping[Key, DatedLabel]) -> CodesPlanned:
    """What a file of codes changes. `held` are the force's own rows by list, code and first day."""
    changes: list[CodeChange] = []
    findings: list[Finding] = []
    unchanged = 0
    for row in rows:
        values, dated = row.values, row.values.dated
        before = held.get(values.key)
        if before == dated:
            unchanged += 1
        elif dated.valid_to is not None and dated.valid_to <= dated.valid_from:
            findings.append(Finding(row.number, "valid_to", "not-after-start", "Must be after valid_from."))
        elif before is not None and before.label != dated.label:
            detail = "Other words hold from that day: give these a later day."
            findings.append(Finding(row.number, "valid_from", "held", detail))
        else:
            action = ChangeAction.NEW if before is None else ChangeAction.ENDED
            fields = () if before is None else ("valid_to",)
            planned = PlannedChange(action, f"{values.list}/{values.code}", row.number, fields)
            changes.append(CodeChange(values.list, dated, before is None, planned))
    return CodesPlanned(tuple(changes), tuple(findings), unchanged)
