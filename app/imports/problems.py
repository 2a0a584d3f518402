"""Refusals of imports."""

from collections.abc import Iterable

from app.imports.findings import Finding, Severity
from app.imports.tables import FileRefused, TooManyRows
from app.problems import INVALID, TOO_LARGE, UNAVAILABLE, FieldError, Problem, ProblemKind

UNREADABLE_FILE = ProblemKind(
    "unreadable-file",
    "The file could not be read",
    422,
    "Send CSV or XLSX with a header row, GeoJSON, GeoPackage, KML or one Shapefile in a zip archive.",
)
IMPORT_REFUSED = ProblemKind(
    "import-refused",
    "The file has faults, so nothing of it was applied",
    422,
    "Each fault is listed by row and column. Correct the file, try it with dry_run=true, then send it again.",
)
SECOND_PERSON_NEEDED = ProblemKind(
    "second-person-needed",
    "A second person is needed",
    409,
    "Send the file with propose=true; somebody else who may bring in its kind then sends the same file to apply it.",
)
KINDS = (UNREADABLE_FILE, IMPORT_REFUSED, SECOND_PERSON_NEEDED)
_MOST_LISTED = 200


def unreadable(refused: FileRefused) -> Problem:
    """The file as a whole is no table we read."""
    return Problem(TOO_LARGE if isinstance(refused, TooManyRows) else UNREADABLE_FILE, str(refused))


def profile_unknown() -> Problem:
    """A mapping profile, or a version of one, that this service does not have."""
    fault = FieldError("#query/profile", "unknown", "names no mapping profile of this service")
    return Problem(INVALID, "Some values are not valid.", [fault])


def second_person_needed() -> Problem:
    """A file of a kind that takes two persons, which nobody else has proposed."""
    return Problem(
        SECOND_PERSON_NEEDED, "Nobody else has proposed this file, read in this way, in the last days."
    )


def another_under_way() -> Problem:
    """A file that comes while another of the force is being stored in pieces, or that was compared meanwhile."""
    return Problem(
        UNAVAILABLE,
        "Another file is being stored, or was while this one was compared. Send this one again in a minute.",
        headers={"Retry-After": "60"},
    )


def import_refused(findings: Iterable[Finding]) -> Problem:
    """A file with faults that was to be applied."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    return Problem(
        IMPORT_REFUSED,
        f"{len(errors)} faults; nothing was applied. The first {_MOST_LISTED} are listed.",
        [FieldError(_pointer(finding), finding.code, finding.detail) for finding in errors[:_MOST_LISTED]],
    )


def _pointer(finding: Finding) -> str:
    parts = ["#"]
    if finding.row is not None:
        parts.append(f"rows/{finding.row}")
    if finding.column is not None:
        parts.append(finding.column)
    return "/".join(parts)
