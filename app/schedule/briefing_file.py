"""The columns of the file that briefing systems read, which keep their names and their order. Pure.

A later column goes to the end. `collar_numbers` is left out where people are not wanted; the others stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.clock import rfc3339
from app.schedule.local_times import local_rfc3339
from app.spreadsheet import Cell, to_csv

PEOPLE = "collar_numbers"
COLUMNS = (
    "window_id", "state", "revision",
    "hotspot_id", "hotspot_code", "hotspot_name", "hotspot_kind",
    "area_id", "area_code", "area_name", "team_id", "team_code", "team_name",
    "starts_at_local", "ends_at_local", "starts_at_utc", "ends_at_utc", "required_minutes",
    PEOPLE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A hotspot, area or team: its id, code and name."""

    id: UUID
    code: str
    name: str

    @property
    def cells(self) -> tuple[Cell, ...]:
        return str(self.id), self.code, self.name


@dataclass(frozen=True, slots=True)
class Line:
    """One window; `collar_numbers` are of those tasked by name, none when it is the whole team's."""

    window_id: UUID
    state: str
    revision: int
    hotspot: Place
    hotspot_kind: str
    area: Place
    team: Place
    starts_at: datetime
    ends_at: datetime
    required_seconds: int
    collar_numbers: Sequence[str]


def briefing_csv(lines: Sequence[Line], *, people: bool) -> str:
    """The file: local times with their offset and the same in UTC, collar numbers in one cell with spaces between."""
    header = [name for name in COLUMNS if people or name != PEOPLE]
    return to_csv(
        header, ([*_cells(line), *([" ".join(line.collar_numbers)] if people else [])] for line in lines)
    )


def _cells(line: Line) -> list[Cell]:
    return [
        str(line.window_id), line.state, line.revision,
        *line.hotspot.cells, line.hotspot_kind, *line.area.cells, *line.team.cells,
        local_rfc3339(line.starts_at), local_rfc3339(line.ends_at), rfc3339(line.starts_at), rfc3339(line.ends_at),
        line.required_seconds // 60,
    ]  # fmt: skip
