"""Rows of a file into one strict model for each kind: every fault is told by row and column, in our own words."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Annotated, Generic, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)
from shapely.geometry.base import BaseGeometry

from app.imports.findings import Finding, Severity
from app.imports.member_data import is_member_data
from app.imports.profiles import Profile, UnknownFormat, columns_of
from app.imports.tables import SourceRow, SourceTable

_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_BRITISH_DAY = re.compile(r"\d\d/\d\d/\d{4}", re.ASCII)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
# Columns of times and measures, and what may be told of them: figures, and no six in a row.
_ABOUT_NOBODY = ("_at", "_from", "_to", "_on", "day", "minutes", "hours", "people_reached")
_NUMBERS = re.compile(r"(?!.*\d{6})[0-9][0-9/:.,TZ+ -]{0,24}", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1900, 2099


def parse_day(value: object) -> object:
    """A day as `2026-03-31` or, as British spreadsheets write it, `31/03/2026`. Raises ValueError.

    A time of day after an ISO day, as GIS files add, is cut off when it is midnight.
    """
    if not isinstance(value, str):
        return value
    text = re.sub(r"T00:00:00(\.0+)?Z?$", "", value)
    if _ISO_DAY.fullmatch(text):
        day = date.fromisoformat(text)
    elif _BRITISH_DAY.fullmatch(text):
        day = datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day has no time zone
    else:
        raise ValueError("must be a day such as 2026-03-31")
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError("must lie between 1900 and 2099")
    return day


def _parse_truth(value: object) -> object:
    known = {
        "true": True,
        "yes": True,
        "y": True,
        "1": True,
        "false": False,
        "no": False,
        "n": False,
        "0": False,
    }
    if isinstance(value, str):
        if value.lower() not in known:
            raise ValueError("must be true or false")
        return known[value.lower()]
    return value


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(dict.fromkeys(part.strip() for part in value.split(";") if part.strip()))
    return value


def _plain(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("must not hold control characters")
    return value


Text16 = Annotated[str, Field(min_length=1, max_length=16), AfterValidator(_plain)]
Text100 = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_plain)]
Text200 = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain)]
Text300 = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_plain)]
Text2000 = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_plain)]
PlaceCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,31}$")]
Day = Annotated[date, BeforeValidator(parse_day)]
Truth = Annotated[bool, BeforeValidator(_parse_truth)]
# Several values in one cell, separated by `;`: write `Annotated[tuple[X, ...], Several]`.
Several = BeforeValidator(_split)


class RowModel(BaseModel):
    """Base of each kind's row. A column without a default must be there and filled in every row."""

    model_config = ConfigDict(extra="forbid", frozen=True)


M = TypeVar("M", bound=RowModel)


@dataclass(frozen=True, slots=True)
class Row(Generic[M]):
    """A validated row with its number in the file and its geometry."""

    number: int
    values: M
    geometry: BaseGeometry | None


def left_out(place: int, header: str) -> Finding:
    """The warning about a column we do not read, which names its place: its heading may be anything."""
    if is_member_data(header):
        told = (
            f"Column {place} looks like data about members of the public; it was dropped and is kept nowhere."
        )
        return Finding(None, None, "member-data-dropped", told, Severity.WARNING)
    told = f"Column {place} is not one we know; it was left out."
    return Finding(None, None, "column-unknown", told, Severity.WARNING)


def validated(
    table: SourceTable,
    model: type[M],
    profile: Profile,
    why: Callable[[int, str], Finding] = left_out,
) -> tuple[list[Row[M]], list[Finding]]:
    """The good rows of a table and what is wrong with the others.

    A column we do not know is a warning that names its place; a needed column that is missing is one error, not one
    for each row.
    """
    wanted = tuple(model.model_fields)
    columns = columns_of(table.headers, wanted, profile)
    findings = [why(place, header) for place, header in enumerate(table.headers, 1) if header not in columns]
    missing = [
        name
        for name, field in model.model_fields.items()
        if field.is_required() and name not in columns.values()
    ]
    if missing:
        findings += [
            Finding(None, name, "column-missing", "This column is needed and not in the file.")
            for name in missing
        ]
        return [], findings
    if not table.rows:
        findings.append(Finding(None, None, "no-rows", "The file has no rows.", Severity.WARNING))
    read: list[tuple[SourceRow, dict[str, str]]] = []
    for row in table.rows:
        cells = {
            columns[header]: value
            for header, value in row.values.items()
            if header in columns and value is not None
        }
        try:
            read.append((row, profile.translated(cells)))
        except UnknownFormat as unknown:
            column = str(unknown)
            told = "Is not written in any of the ways that the profile names."
            findings.append(Finding(row.number, column, "value", told, value=_shown(column, cells)))
    rows: list[Row[M]] = []
    try:
        # All at once costs half as much as one by one.
        good = _adapter(model).validate_python([cells for _, cells in read])
        rows = [Row(row.number, values, row.geometry) for (row, _), values in zip(read, good, strict=True)]
    except ValidationError:
        for row, cells in read:
            try:
                rows.append(Row(row.number, model.model_validate(cells), row.geometry))
            except ValidationError as error:
                findings += _faults(row.number, error, cells)
    return rows, findings


def _shown(column: str | None, cells: Mapping[str, str]) -> str | None:
    """What stood in a cell, where it is a time or measure, about nobody: never a text, never a long number."""
    text = cells.get(column or "", "")
    harmless = column is not None and column.endswith(_ABOUT_NOBODY) and _NUMBERS.fullmatch(text)
    return text if harmless else None


@cache
def _adapter(model: type[M]) -> TypeAdapter[list[M]]:
    return TypeAdapter(list[model])  # type: ignore[valid-type]  # a list of whatever model it is


def _faults(number: int, error: ValidationError, cells: Mapping[str, str]) -> list[Finding]:
    found = []
    for fault in error.errors(include_input=False, include_url=False, include_context=False):
        column = str(fault["loc"][0]) if fault["loc"] else None
        code = "missing" if fault["type"] == "missing" else "value"
        detail = "Must be given." if code == "missing" else fault["msg"].removeprefix("Value error, ")
        shown = _shown(column, cells) if code == "value" else None
        found.append(Finding(number, column, code, detail[:1].upper() + detail[1:], value=shown))
    return found


def repeated(rows: list[Row[M]], key: Callable[[M], object], column: str) -> list[Finding]:
    """An error for every row whose key a row before it has."""
    return repeated_keys([(row.number, key(row.values)) for row in rows], column, {})


def repeated_keys(keys: Iterable[tuple[int, object]], column: str, first: dict[object, int]) -> list[Finding]:
    """The same for row numbers with their keys. `first` holds the keys of the file's parts before this one, and is
    added to."""
    found = []
    for number, value in keys:
        if value in first:
            told = f"The same as row {first[value]}; a row may stand once."
            found.append(Finding(number, column, "repeated", told))
        first.setdefault(value, number)
    return found
