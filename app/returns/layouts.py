"""How a return looks: the columns a force has defined, rows grouped as it says, hours floored once at the end. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from app.returns.counting import RECORDED, Amount, Line
from app.returns.periods import HOUR_MS

# What a row can be grouped by, and what can stand in a column beside.
GROUPS = (
    "lpa_code", "lpa_name", "area_code", "area_name", "team_code", "period", "month", "source", "channel", "grade",
    "programme", "funding", "operation", "cost_code", "uniform_state",
)  # fmt: skip
_OWN_GRADES = ("verified", "accepted", "probable", "declared")
_RECORDED_GRADES = ("gps", "radio")
MEASURES = (
    "at_least", "at_most", "claimed", "own", "recorded", "recorded_declared", "not_visible", "adjustment", "target",
    *_OWN_GRADES, *_RECORDED_GRADES,
)  # fmt: skip
# Our own patrols with time that counts, each once; and the windows they were made for.
COUNTS = ("patrols", "windows")
_FIELDS = {"text": GROUPS, "count": COUNTS, "hours": MEASURES, "minutes": MEASURES}
_UNIT_MS = {"hours": HOUR_MS, "minutes": 60_000}
USUAL = (
    "LPA|lpa_name|text|0; Month|month|text|0; At least|at_least|hours|2; At most|at_most|hours|2; "
    "Changes to closed periods|adjustment|hours|2"
)
# Where a change to a closed period stands: alone, or with the hours of the period itself.
_OF_ADJUSTMENTS = frozenset({"adjustment", "claimed"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, what it holds, and for time in which unit to how many places."""

    heading: str
    field: str
    unit: str
    decimals: int


@dataclass(frozen=True, slots=True)
class Layout:
    columns: tuple[Column, ...]
    group_by: tuple[str, ...]
    header_lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A return ready to be written: numbers are exact decimals, the last row is the total."""

    header_lines: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[str | Decimal, ...], ...]
    total: tuple[str | Decimal, ...]


def read_columns(text: str) -> list[Column]:
    """Columns from `heading|field|unit|decimals; …`. Raises ValueError in plain words.

    `LPA|lpa_name|text|0; Patrols|patrols|count|0; Hours|at_least|hours|1` are three.
    """
    found = []
    for part in text.split(";"):
        if not part.strip():
            continue
        cells = [cell.strip() for cell in part.split("|")]
        if len(cells) != 4 or not cells[0]:
            raise ValueError("each column is heading|field|unit|decimals")
        heading, field, unit, decimals = cells
        if field not in _FIELDS.get(unit, ()):
            raise ValueError("a column has a field or unit that is not known; text goes with groups only")
        if not decimals.isdigit() or not 0 <= int(decimals) <= 4:
            raise ValueError("decimals go from 0 to 4")
        found.append(Column(heading, field, unit, int(decimals)))
    if not found:
        raise ValueError("names no column")
    return found


def tells_adjustments(columns: Iterable[Column]) -> bool:
    """Whether a change to a closed period stands in any of some columns."""
    return any(column.field in _OF_ADJUSTMENTS for column in columns)


def not_grouped(columns: Iterable[Column], group_by: Iterable[str]) -> list[str]:
    """The headings of text columns that would stay blank, for rows are not made by what they hold."""
    made_by = set(group_by)
    return [column.heading for column in columns if column.unit == "text" and column.field not in made_by]


def untold(layout: Layout, lines: Iterable[Line]) -> str | None:
    """What must be said above a return whose columns leave out changes to closed periods; None where nothing is left
    out.

    What came and what went stand apart: three hours that moved from one LPA to another are no change of nothing.
    """
    if tells_adjustments(layout.columns):
        return None
    changes = [each for each in lines if each.of.get("adjustment") and each.of["visible"]]
    least, most = _moved(each.least_ms for each in changes), _moved(each.most_ms for each in changes)
    if not any((*least, *most)):
        return None
    said = (
        "{} hours came, {} went"
        if least == most
        else "at least {} hours came, {} went; at most {} came, {} went"
    )
    told = said.format(*(shown(ms, "hours", 2) for ms in (*least, *most)))
    return f"Changes to closed periods stand in no column: {told}."


def _moved(changes: Iterable[int]) -> tuple[int, int]:
    """What came, and what went: of 3, -1 and 2 five and one."""
    several = list(changes)
    return sum(ms for ms in several if ms > 0), -sum(ms for ms in several if ms < 0)


def shown(ms: int, unit: str, decimals: int) -> Decimal:
    """Exact milliseconds as a number of a unit, floored once toward zero as answers are: 5,399,999 ms are 1.49 hours.
    A count stays."""
    if unit == "count":
        return Decimal(ms)
    # Without the sign of a nought: `-0.0` is no number of hours.
    return (Decimal(ms) / _UNIT_MS[unit]).quantize(Decimal(1).scaleb(-decimals), ROUND_DOWN) + 0


def laid_out(layout: Layout, lines: Iterable[Line], targets: Mapping[str, int]) -> Table:
    """Lines of a period, adjustments among them (`of["adjustment"]`), in the force's layout.

    `targets` is the target of the period by its key; it stands in the total only, for it is nobody's part. The
    total is of exact time, so it need not be the sum of the floored rows above it.
    """
    groups: dict[tuple[str, ...], list[Line]] = {}
    everything = list(lines)
    for each in everything:
        groups.setdefault(tuple(_text(each.of.get(name)) for name in layout.group_by), []).append(each)
    rows = tuple(
        _cells(layout, dict(zip(layout.group_by, key, strict=True)), groups[key], 0) for key in sorted(groups)
    )
    whole = _cells(layout, {}, everything, sum(targets.values()))
    return Table(
        layout.header_lines, layout.columns, rows, ("Total", *whole[1:]) if whole[0] == "" else whole
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _cells(
    layout: Layout, group: Mapping[str, str], lines: Sequence[Line], target_ms: int
) -> tuple[str | Decimal, ...]:
    measured = {**measures(lines), **counts(lines), "target": target_ms}
    return tuple(
        group.get(column.field, "")
        if column.unit == "text"
        else shown(measured[column.field], column.unit, column.decimals)
        for column in layout.columns
    )


def measures(lines: Iterable[Line]) -> dict[str, int]:
    """What some lines come to by each measure, in exact milliseconds.

    What is not visible counts in no measure but its own; an adjustment of a closed period in none but its own and in
    what is claimed, which is at least with it.
    """
    amounts = {name: Amount() for name in MEASURES}
    for each in lines:
        for name in _measured(each.of):
            amounts[name].add(each)
    sure = ("at_least", "adjustment", "claimed")
    return {name: amount.least_ms if name in sure else amount.most_ms for name, amount in amounts.items()}


def counts(lines: Iterable[Line]) -> dict[str, int]:
    """How many patrols and windows stand behind what is visible of the period itself."""
    own = [each for each in lines if each.of["visible"] and not each.of.get("adjustment")]
    return {name: sum(getattr(each, name) for each in own) for name in COUNTS}


def _measured(of: Mapping[str, Any]) -> list[str]:
    if not of["visible"]:
        return ["not_visible"]
    if of.get("adjustment"):
        return ["adjustment", "claimed"]
    source, grade = of["source"], of["grade"]
    named = "recorded_declared" if source == RECORDED and grade == "declared" else grade
    return ["at_least", "at_most", "claimed", source, named]
