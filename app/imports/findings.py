"""What an import says about a file: findings by row, and the changes it would make or made.

A finding names the row, the column and what is wrong with it in our words; it never repeats what stood in the file,
save for the code of a place. Rows are counted from 1, the header not counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.spreadsheet import to_csv


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
    MISSING = "missing"
    RETURNER = "returner"


# So many are kept of one file; all are counted.
MOST_FINDINGS = 100_000
MOST_CHANGES = 5_000
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
    # What stood there, where it is about nobody; told in the file of findings only.
    value: str | None = None


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


def as_csv(findings: Iterable[Finding]) -> str:
    """Findings as a file to work through in a spreadsheet, beside the one they are about."""
    header = ("row", "column", "code", "severity", "detail", "value")
    return to_csv(
        header,
        ((one.row, one.column, one.code, one.severity.value, one.detail, one.value) for one in findings),
    )


class Tally:
    """What the parts of a file come to. A finding about the whole file counts once, whichever parts say it; of very
    many findings and changes the first are kept and all are counted."""

    def __init__(self) -> None:
        self.rows = self.unchanged = self.errors = self.warnings = 0
        # Of the errors, those about the whole file.
        self.errors_of_the_file = 0
        self.new = self.changed = self.ended = self.missing = 0
        self.findings: list[Finding] = []
        self.changes: list[PlannedChange] = []
        self._of_the_file: set[Finding] = set()

    def add(
        self, rows: int, findings: Iterable[Finding], changes: Iterable[PlannedChange], unchanged: int
    ) -> None:
        """Counts a part with so many rows."""
        self.rows += rows
        self.unchanged += unchanged
        for finding in findings:
            if finding.row is None and finding in self._of_the_file:
                continue
            if finding.row is None:
                self._of_the_file.add(finding)
            self.errors += finding.severity is Severity.ERROR
            self.errors_of_the_file += finding.row is None and finding.severity is Severity.ERROR
            self.warnings += finding.severity is Severity.WARNING
            if len(self.findings) < MOST_FINDINGS:
                self.findings.append(finding)
        for change in changes:
            self.new += change.action in STARTS
            self.ended += change.action in ENDS
            self.missing += change.action is ChangeAction.MISSING
            self.changed += change.action not in STARTS | ENDS | {ChangeAction.MISSING}
            if len(self.changes) < MOST_CHANGES:
                self.changes.append(change)
