"""What an import says about a file: findings by row, and the changes it would make or made.

A finding names the row, the column and what is wrong with it in our words; it never repeats what stood in the file,
save for the code of a place. Rows are counted from 1, the header not counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An ERROR stops the whole file; a WARNING is for somebody to read."""

    ERROR = "error"
    WARNING = "warning"


class ChangeAction(StrEnum):
    """What becomes of a row's subject. The second line is for people."""

    NEW = "new"
    CHANGED = "changed"
    ENDED = "ended"
    JOINER = "joiner"
    MOVER = "mover"
    LEAVER = "leaver"
    RETURNER = "returner"


STARTS = frozenset({ChangeAction.NEW, ChangeAction.JOINER})
ENDS = frozenset({ChangeAction.ENDED, ChangeAction.LEAVER})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing somebody should know. `row` is None when it is about the whole file."""

    row: int | None
    column: str | None
    code: str
    detail: str
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One subject that changes: its key (a place's code, a collar number) and the names of what differs.

    `row` is None for what changes because the file leaves it out. `before` and `after` are told where one value becomes
    another and neither says anything about anybody.
    """

    action: ChangeAction
    key: str
    row: int | None
    fields: tuple[str, ...] = ()
    before: str | None = None
    after: str | None = None


def any_errors(findings: Iterable[Finding]) -> bool:
    """Whether the file may not be applied: one error anywhere is enough."""
    return any(finding.severity is Severity.ERROR for finding in findings)
