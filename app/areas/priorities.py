"""Which of the things said of an area, its priorities above all, begin and which end when they are said anew. Pure.

Nobody gives a priority an id, so its words are what it is: another wording, another action or another day is another
row, and the one before ends. Nothing is deleted.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from app.clock import start_of_london_day
from app.imports.findings import Finding
from app.imports.rows import Day, PlaceCode, Row, RowModel, Text2000

W = TypeVar("W", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Priority:
    """An issue and what was done about it, as plain text; either may come without a time."""

    issue: str
    issue_at: datetime | None = None
    action: str | None = None
    action_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Renewal(Generic[W]):
    """What begins in an area and which of its rows end."""

    begin: tuple[W, ...]
    end: tuple[UUID, ...]

    def __bool__(self) -> bool:
        return bool(self.begin or self.end)


class PriorityRow(RowModel):
    """A priority as a force's own file has it. The rows of an area are all its priorities; one row with nothing but the
    area says that it has none."""

    area_code: PlaceCode
    issue: Text2000 | None = None
    issue_on: Day | None = None
    action: Text2000 | None = None
    action_on: Day | None = None


def priorities_by_area(rows: Sequence[Row[PriorityRow]]) -> tuple[dict[str, list[Priority]], list[Finding]]:
    """What each area of a file is to have, and the rows that say more than that there is nothing without an issue."""
    found: dict[str, list[Priority]] = {}
    faults = []
    for row in rows:
        values = row.values
        of_area = found.setdefault(values.area_code, [])
        if values.issue is not None:
            days = (values.issue_on, values.action_on)
            issue_at, action_at = (start_of_london_day(day) if day is not None else None for day in days)
            of_area.append(Priority(values.issue, issue_at, values.action, action_at))
        elif values.issue_on or values.action or values.action_on:
            faults.append(Finding(row.number, "issue", "missing", "Must be given, or the row must be empty."))
    return found, faults


def renewed(wanted: Collection[W], held: Mapping[UUID, W]) -> Renewal[W]:
    """What changes when exactly `wanted` are said of an area and `held` are the rows in force.

    The same again is no change, in whatever order and however often it is said: with A and B held, `[B, C, C]` begins C
    and ends A.
    """
    begin = tuple(one for one in dict.fromkeys(wanted) if one not in held.values())
    end = tuple(row_id for row_id, one in held.items() if one not in wanted)
    return Renewal(begin, end)
