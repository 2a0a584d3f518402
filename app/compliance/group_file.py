"""Groups as a table for spreadsheets: a column for each measure, minutes and counts as whole numbers."""

from app.clock import LONDON
from app.compliance.group_schemas import ComplianceGroup, CompliancePage, GroupKey
from app.compliance.schemas import OfficerMinutes
from app.schedule.windows import WindowStatus
from app.spreadsheet import Cell, to_csv

_COUNTED = (
    "denominator",
    "kept",
    "kept_by_decision",
    "decided",
    "provisional",
    "check_needed",
    "needs_confirmation",
    "published_late",
)
_MINUTES = ("required_minutes", "verified_minutes", "probable_minutes", "unverified_minutes")
_STATUSES = tuple(status for status in WindowStatus if status is not WindowStatus.PLANNED)
_BLOCKS = ("due", "kept", "kept_by_decision", "undecided")
_GRADES = tuple(OfficerMinutes.model_fields)
_VISITS = ("visits", "mean_minutes", "longest_minutes", "median_gap_minutes", "longest_gap_minutes")


def as_csv(page: CompliancePage) -> str:
    """All rows of an answer, without a line of totals, which a spreadsheet would add to the others. Decisions and
    reasons are written out: `ARREST_MADE 2, NO_STAFF 1`."""
    keys = [name for each in page.group_by for name in (each.value, f"{each.value}_name", f"{each.value}_id")]
    header = [
        *keys, *_COUNTED, *(f"windows_{status}" for status in _STATUSES), "reasons", "decisions", *_MINUTES,
        *(f"blocks_{name}" for name in _BLOCKS), *(f"{grade}_officer_minutes" for grade in _GRADES),
        "visits", *(f"visit_{name}" for name in _VISITS[1:3]), *_VISITS[3:], "from", "to", "hours_from", "hours_to",
    ]  # fmt: skip
    ends: list[Cell] = [
        *(at.astimezone(LONDON).isoformat() for at in (page.from_at, page.to_at)),
        page.hours_from.isoformat(),
        page.hours_to.isoformat(),
    ]
    return to_csv(header, ([*_cells(row), *ends] for row in page.items))


def _cells(row: ComplianceGroup) -> list[Cell]:
    windows, blocks, time = row.windows, row.one_in_three, row.officer_minutes
    by_status = {each.status: each.windows for each in windows.by_status} if windows is not None else {}
    return [
        *(cell for key in row.keys for cell in _key(key)),
        *(getattr(windows, name) if windows is not None else None for name in _COUNTED),
        *(by_status.get(status) for status in _STATUSES),
        *(
            ", ".join(f"{each.code} {each.windows}" for each in counts) if windows is not None else None
            for counts in ((windows.by_reason, windows.by_decision) if windows is not None else ((), ()))
        ),
        *(getattr(windows, name) if windows is not None else None for name in _MINUTES),
        *(getattr(blocks, name) if blocks is not None else None for name in _BLOCKS),
        *(getattr(time, grade) if time is not None else None for grade in _GRADES),
        *(getattr(row.visits, name) if row.visits is not None else None for name in _VISITS),
    ]


def _key(key: GroupKey) -> tuple[Cell, Cell, Cell]:
    return key.code, key.name, str(key.id) if key.id is not None else None
