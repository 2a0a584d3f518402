"""What an import answers."""

from uuid import UUID

from pydantic import Field

from app.imports.findings import ChangeAction, Severity
from app.rest.wire import Instant, ResponseModel

# What a sender may call a file; its bytes decide all the same.
MEDIA_TYPES = (
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/geo+json",
    "application/json",
    "application/geopackage+sqlite3",
    "application/vnd.google-earth.kml+xml",
    "application/zip",
    "application/octet-stream",
)


class FindingResponse(ResponseModel):
    """One fault or remark. `row` counts from 1 without the header; null when it is about the whole file."""

    row: int | None
    column: str | None
    code: str
    detail: str
    severity: Severity


class ChangeResponse(ResponseModel):
    """One subject that changes: a place's code or a collar number, and the names of what differs.

    `before` and `after` are given where one value becomes another, as in a policy.
    """

    action: ChangeAction
    key: str
    row: int | None
    fields: list[str]
    before: str | None = None
    after: str | None = None


class ImportCounts(ResponseModel):
    """Rows in the file, and what becomes of their subjects. `changed` holds movers and returners too."""

    rows: int = Field(ge=0)
    new: int = Field(ge=0)
    changed: int = Field(ge=0)
    ended: int = Field(ge=0)
    unchanged: int = Field(ge=0)
    errors: int = Field(ge=0)
    warnings: int = Field(ge=0)
    missing: int = Field(
        default=0,
        ge=0,
        description="engagements with `complete_list`: held, of the file's time, and not in it.",
    )


class ImportSummary(ResponseModel):
    """One run as the list of runs shows it."""

    id: UUID
    kind: str
    profile: str
    file_sha256: str
    imported_at: Instant
    imported_by: UUID | None = Field(description="Null when the command line brought it in.")
    counts: ImportCounts


class ImportPage(ResponseModel):
    items: list[ImportSummary]
    next_cursor: str | None


class ImportReport(ResponseModel):
    """What a file would change (`dry_run`) or changed (`applied`).

    A file is applied whole or not at all. `repeated` is true when the same file was applied before: nothing happened
    now, and this is the report of that time.
    """

    run_id: UUID | None = Field(description="Null for a dry run.")
    kind: str
    profile: str
    file_sha256: str
    dry_run: bool
    applied: bool
    repeated: bool
    proposed: bool = Field(default=False, description="It was laid before a second person, who may apply it.")
    proposed_by: UUID | None = Field(
        default=None, description="Whom it was applied for, where it takes two persons."
    )
    counts: ImportCounts
    findings: list[FindingResponse] = Field(description="The first 1,000; `counts` tells how many there are.")
    changes: list[ChangeResponse] = Field(description="The first 5,000; `counts` tells how many there are.")
