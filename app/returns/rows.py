"""Hours by whatever is asked for: which row a line stands in, what it is called, and where it leads. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import urlencode
from uuid import UUID

from app.returns.counting import RECORDED, Amount, Line
from app.returns.periods import Span, after_months, month_of

UNKNOWN = ""


class HoursBy(StrEnum):
    """What hours can be told by."""

    MONTH = "month"
    QUARTER = "quarter"
    WEEK = "week"
    AREA = "area"
    LPA = "lpa"
    TEAM = "team"
    HOTSPOT = "hotspot"
    PROGRAMME = "programme"
    CHANNEL = "channel"
    GRADE = "grade"
    FUNDING = "funding"
    OPERATION = "operation"
    COST_CODE = "cost_code"
    UNIFORM_STATE = "uniform_state"


# The names in the ledger that a row needs; of the others it is the code itself.
KEYS: Mapping[HoursBy, str] = {
    HoursBy.MONTH: "day",
    HoursBy.QUARTER: "day",
    HoursBy.WEEK: "day",
    HoursBy.AREA: "area_id",
    HoursBy.LPA: "area_id",
    HoursBy.TEAM: "team_id",
    HoursBy.HOTSPOT: "hotspot_id",
}


class Named(Protocol):
    """A place with its code and name."""

    @property
    def id(self) -> UUID: ...
    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `span` where it is a stretch of days, cut to the scheme."""

    key: str
    label: str
    span: Span | None
    amount: Amount
    own: Amount
    recorded: Amount
    place_id: UUID | None = None


def rows_by(
    by: HoursBy,
    lines: Iterable[Line],
    scheme: Span,
    places: Mapping[UUID, Named],
    words: Mapping[str, str],
) -> list[Row]:
    """Lines by what is asked for, in order of days, else of keys; `places` says which place each id stands under, and
    `words` what codes are called."""
    keyed: defaultdict[Any, list[Line]] = defaultdict(list)
    place_of = {place.id: place for place in places.values()}
    for each in lines:
        keyed[_key(by, each, scheme, places)].append(each)
    found = []
    for key, several in keyed.items():
        amount, own, recorded = Amount(), Amount(), Amount()
        for each in several:
            amount.add(each)
            (recorded if each.of["source"] == RECORDED else own).add(each)
        if isinstance(key, date):
            span = Span(max(key, scheme.first), min(_end(by, key, scheme), scheme.last))
            found.append(Row(key.isoformat(), _days_said(by, span), span, amount, own, recorded))
        elif isinstance(key, UUID):
            place = place_of[key]
            found.append(Row(place.code, place.name, None, amount, own, recorded, key))
        else:
            text = key if isinstance(key, str) else UNKNOWN
            found.append(Row(text, words.get(text, text) or "not said", None, amount, own, recorded))
    return sorted(found, key=lambda row: (row.key == UNKNOWN, row.key))


def _key(by: HoursBy, each: Line, scheme: Span, places: Mapping[UUID, Named]) -> Any:
    value = each.of[KEYS.get(by, by.value)]
    if by is HoursBy.MONTH:
        return month_of(value)
    if by is HoursBy.WEEK:
        return value - timedelta(days=value.weekday())
    if by is HoursBy.QUARTER:
        return quarter_of(value, scheme)
    if by in (HoursBy.AREA, HoursBy.LPA, HoursBy.TEAM, HoursBy.HOTSPOT):
        place = places.get(value) if value is not None else None
        return place.id if place is not None else None
    return value


def quarter_of(day: date, scheme: Span) -> date:
    """The first month of a day's quarter, counted from the scheme's first month: of a scheme from 1 April, 15 July
    lies in that of 1 July."""
    begins = month_of(scheme.first)
    months = (day.year - begins.year) * 12 + day.month - begins.month
    return after_months(begins, months - months % 3)


def _end(by: HoursBy, first: date, scheme: Span) -> date:
    if by is HoursBy.WEEK:
        return first + timedelta(days=6)
    return after_months(first, 1 if by is HoursBy.MONTH else 3) - timedelta(days=1)


def _days_said(by: HoursBy, span: Span) -> str:
    if by is HoursBy.MONTH:
        return f"{span.first:%B %Y}"
    return f"{span.first.day} {span.first:%b %Y} to {span.last.day} {span.last:%b %Y}"


def ledger_of(by: HoursBy, row: Row) -> dict[str, object] | None:
    """What the ledger is asked for to tell a row alone, beside its days; None where no filter asks for it, for it is of
    no place. An empty value is of what says nothing.

    By funding `{"funding": "FUNDED"}`, by operation without one `{"operation": ""}`, by week nothing.
    """
    if row.span is not None:
        return {}
    if by not in KEYS:
        return {by.value: row.key}
    if row.place_id is None:
        return None
    if by is HoursBy.AREA:
        return {"area_id": row.place_id, "below": "false"}
    return {KEYS[by]: row.place_id}


def ledger_link(scheme_id: UUID, first: date, last: date, **asked: object) -> str:
    """Where the days behind a number of a scheme are told row by row."""
    wanted = {
        "scheme_id": scheme_id,
        "from": first,
        "to": last,
        **asked,
    }
    return "/v1/hours?" + urlencode(wanted)
