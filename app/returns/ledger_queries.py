"""What rows of the ledger count, our own slices and recorded ones, and the rows themselves.

Our own hours by name are read by `own_hours`; what recorded ones have in common with them, by `overlap_queries`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Select,
    String,
    Uuid,
    cast,
    func,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.types import TypeEngine
from sqlmodel import Session, col

from app.areas.models import AreaAncestor, Hotspot
from app.areas.scope import RowOwners, visible
from app.compliance.queries import rules_between
from app.identity.permissions import Permission
from app.patrols.models import CreditedSlice, OfficerFirst
from app.returns.asking import Asked
from app.returns.counting import OWN, OWN_CHANNEL, RECORDED, Line, Unit, line
from app.returns.models import RecordedSlice
from app.returns.periods import Span

_Column = Any  # a column, or what the database reads it as
# What must be known of every line: in which bounds it counts, and whether it is visible.
_ALWAYS = ("grade", "uniform_state")
OWN_COLUMNS: Mapping[str, _Column] = {
    "day": col(CreditedSlice.day),
    "area_id": col(CreditedSlice.area_id),
    "team_id": col(CreditedSlice.team_id),
    "hotspot_id": col(CreditedSlice.hotspot_id),
    "operation": col(CreditedSlice.operation),
    "cost_code": col(CreditedSlice.cost_code),
    "grade": type_coerce(col(CreditedSlice.grade), String),
    "programme": type_coerce(col(CreditedSlice.programme), String),
    "uniform_state": type_coerce(col(CreditedSlice.uniform_state), String),
    "funding": type_coerce(col(CreditedSlice.funding), String),
}
RECORDED_COLUMNS: Mapping[str, _Column] = {
    "day": col(RecordedSlice.day),
    "area_id": col(RecordedSlice.area_id),
    "hotspot_id": col(RecordedSlice.hotspot_id),
    "operation": col(RecordedSlice.operation),
    "cost_code": col(RecordedSlice.cost_code),
    "channel": col(RecordedSlice.channel),
    "agency": col(RecordedSlice.agency),
    "reference": col(RecordedSlice.reference),
    "grade": type_coerce(col(RecordedSlice.evidence), String),
    "programme": type_coerce(col(RecordedSlice.programme), String),
    "uniform_state": type_coerce(col(RecordedSlice.uniform_state), String),
    "funding": type_coerce(col(RecordedSlice.funding), String),
}
_RECORDED_SAID = {"source": RECORDED, "team_id": None}


def recorded_lines(session: Session, asked: Asked, names: Sequence[str]) -> list[Line]:
    """The recorded hours asked for by some names, not yet without what our own patrols have of them."""
    if asked.span.days < 1:
        return []
    wanted = dict.fromkeys((*names, *_ALWAYS))
    keys = [RECORDED_COLUMNS[name].label(name) for name in wanted if name in RECORDED_COLUMNS]
    query = select(*keys, _summed(recorded_ms(asked))).where(*recorded_conditions(asked))
    rows = session.execute(query.group_by(*_grouped(RECORDED_COLUMNS, wanted))).mappings()
    return [_line({**_RECORDED_SAID, **row}, asked) for row in rows]


def _grouped(columns: Mapping[str, _Column], wanted: dict[str, None]) -> list[ColumnElement[Any]]:
    return [columns[name] for name in wanted if name in columns]


def _summed(ms: ColumnElement[int]) -> ColumnElement[int]:
    return cast(func.sum(ms), BigInteger).label("ms")


def _line(row: dict[str, Any], asked: Asked) -> Line:
    ms = row.pop("ms")
    return line(described(row, asked), ms, asked.rule)


def described(row: dict[str, Any], asked: Asked) -> dict[str, Any]:
    """What a row says, with whether the rule counts it as visible."""
    return {**row, "visible": row["uniform_state"] in asked.rule.uniform_states}


def own_counts(asked: Asked) -> bool:
    """Whether our own patrols are a channel of what is asked for."""
    among = asked.rule.channels is None or OWN_CHANNEL in asked.rule.channels
    return among and asked.channel in (None, OWN_CHANNEL)


def own_ms(asked: Asked) -> ColumnElement[int]:
    column: _Column = CreditedSlice.window_ms if asked.rule.within_window_only else CreditedSlice.credited_ms
    return type_coerce(column, BigInteger)


def recorded_ms(asked: Asked) -> ColumnElement[int]:
    person = asked.rule.unit is Unit.PERSON
    column: _Column = RecordedSlice.counted_ms if person else RecordedSlice.patrol_ms
    return type_coerce(column, BigInteger)


def own_conditions(asked: Asked, *, by_hotspot: bool) -> list[ColumnElement[bool]]:
    """The gate, the filters and the rule for our own slices."""
    rule, hotspot = asked.rule, col(CreditedSlice.hotspot_id)
    owners = RowOwners(
        force_id=col(CreditedSlice.force_id),
        team_id=col(CreditedSlice.team_id),
        area_id=col(CreditedSlice.area_id),
    )
    found = [
        visible(asked.caller, asked.today, owners, Permission.HOURS_READ),
        col(CreditedSlice.day).between(asked.span.first, asked.span.last),
        told(asked),
        *ruled(asked, OWN_COLUMNS, OWN),
    ]
    if asked.hotspot_id is not None:
        found.append(hotspot == asked.hotspot_id)
    elif by_hotspot or rule.by_hotspot:
        found.append(hotspot.is_not(None))
    else:
        found.append(hotspot.is_(None))
    if rule.within_window_only:
        found.append(col(CreditedSlice.window_ms) > 0)
    if asked.team_id is not None:
        found.append(col(CreditedSlice.team_id) == asked.team_id)
    return found


def recorded_conditions(asked: Asked) -> list[ColumnElement[bool]]:
    """The same for recorded slices, which are of no team."""
    owners = RowOwners(force_id=col(RecordedSlice.force_id), area_id=col(RecordedSlice.area_id))
    found = [
        visible(asked.caller, asked.today, owners, Permission.HOURS_READ),
        col(RecordedSlice.day).between(asked.span.first, asked.span.last),
        *ruled(asked, RECORDED_COLUMNS, RECORDED),
    ]
    channel = col(RecordedSlice.channel)
    if asked.rule.channels is not None:
        found.append(channel.in_(asked.rule.channels))
    if asked.channel is not None:
        found.append(channel == asked.channel)
    if asked.hotspot_id is not None:
        found.append(col(RecordedSlice.hotspot_id) == asked.hotspot_id)
    if asked.team_id is not None:
        found.append(col(RecordedSlice.id).is_(None))
    return found


def told(asked: Asked) -> ColumnElement[bool]:
    """While a result is its officer's to see first, its hours are not told either."""
    # Few at any time: read once, instead of a look for each slice.
    held = select(col(OfficerFirst.patrol_id)).where(col(OfficerFirst.until_at) > asked.now)
    return col(CreditedSlice.patrol_id).not_in(held)


def ruled(asked: Asked, columns: Mapping[str, _Column], source: str) -> list[ColumnElement[bool]]:
    """What of a source the rule and the area asked for let in."""
    rule = asked.rule
    found: list[ColumnElement[bool]] = []
    if "grade" in columns:
        found.append(columns["grade"].in_(rule.counts(source)))
    if rule.programmes is not None:
        found.append(columns["programme"].in_(rule.programmes))
    if rule.funding is not None:
        found.append(columns["funding"].in_(rule.funding))
    if rule.hotspot_kinds is not None:
        found.append(columns["hotspot_id"].in_(hotspots_of(rule.hotspot_kinds)))
    if asked.area_id is not None and asked.below:
        below = select(col(AreaAncestor.area_id)).where(col(AreaAncestor.ancestor_id) == asked.area_id)
        found.append(columns["area_id"].in_(below))
    elif asked.area_id is not None:
        found.append(columns["area_id"] == asked.area_id)
    if asked.visible_only:
        found.append(columns["uniform_state"].in_(rule.uniform_states))
    return found + [columns[name] == value for name, value in asked.said]


def hotspots_of(kinds: frozenset[str]) -> Select[UUID]:
    """The hotspots of some kinds, as a subquery."""
    return select(col(Hotspot.id)).where(type_coerce(col(Hotspot.kind), String).in_(kinds))


def twice_among_records(session: Session, asked: Asked) -> int:
    """How much of what others recorded of one officer another record has, too, in milliseconds: taken off already."""
    twice = col(RecordedSlice.recorded_ms) - col(RecordedSlice.counted_ms)
    total = cast(func.coalesce(func.sum(twice), 0), BigInteger)
    found: int = session.execute(select(total).where(*recorded_conditions(asked))).scalar_one()
    return found


def rule_versions(session: Session, asked: Asked) -> list[str]:
    """The rules in force on some days, by which our own patrols were judged, each once."""
    if not own_counts(asked) or asked.span.days < 1:
        return []
    return rules_between(session, asked.caller.force_id, asked.span.first, asked.span.last)


# What a row of the ledger is told by, in its order.
LEDGER = (
    "day", "source", "channel", "reference", "agency", "area_id", "team_id", "hotspot_id", "grade", "programme",
    "uniform_state", "funding", "operation", "cost_code",
)  # fmt: skip
_KINDS: dict[str, TypeEngine[Any]] = {
    "area_id": Uuid(),
    "team_id": Uuid(),
    "hotspot_id": Uuid(),
    "day": Date(),
}


def ledger_rows(session: Session, asked: Asked, skip: int, limit: int) -> list[dict[str, Any]]:
    """Some rows of the ledger in its order: what each is told by, `ms`, `recorded_ms` and how many `patrols`.

    Read from the first day on in stretches that double, until there are enough: a page of two years costs no more than
    one of a week.
    """
    found: list[dict[str, Any]] = []
    first, days = asked.span.first, 1
    while first <= asked.span.last and len(found) < skip + limit:
        last = min(first + timedelta(days=days - 1), asked.span.last)
        found += _rows_of(session, replace(asked, span=Span(first, last)), skip + limit - len(found))
        first, days = last + timedelta(days=1), days * 2
    return found[skip:]


def _rows_of(session: Session, asked: Asked, limit: int) -> list[dict[str, Any]]:
    parts = []
    if own_counts(asked):
        own = {**OWN_COLUMNS, "source": literal(OWN), "channel": literal(OWN_CHANNEL)}
        if asked.hotspot_id is None:
            own.pop("hotspot_id")
        patrols = func.count(col(CreditedSlice.patrol_id).distinct())
        parts.append(
            _part(own, own_ms(asked), null(), patrols).where(*own_conditions(asked, by_hotspot=False))
        )
    recorded = {**RECORDED_COLUMNS, "source": literal(RECORDED)}
    sent = cast(func.sum(col(RecordedSlice.recorded_ms)), BigInteger)
    part = _part(recorded, recorded_ms(asked), sent, literal(0)).where(*recorded_conditions(asked))
    together = union_all(*parts, part).subquery()
    ordered = select(together).order_by(*(together.c[name] for name in LEDGER)).limit(limit)
    return [dict(row) for row in session.execute(ordered).mappings()]


def _part(
    columns: Mapping[str, _Column], ms: ColumnElement[int], sent: Any, patrols: ColumnElement[int]
) -> Select[*tuple[Any, ...]]:
    chosen = [
        columns[name].label(name) if name in columns else cast(null(), _KINDS.get(name, String())).label(name)
        for name in LEDGER
    ]
    grouped = [columns[name] for name in LEDGER if name in columns and name not in ("source", "channel")]
    if "reference" in columns:
        grouped.append(columns["channel"])
    return select(
        *chosen, _summed(ms), cast(sent, BigInteger).label("recorded_ms"), patrols.label("patrols")
    ).group_by(*grouped)
