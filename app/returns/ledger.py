"""The ledger, row by row: our own hours and recorded ones side by side, without anybody's name."""

import base64
import binascii
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from sqlmodel import Session

from app.audit.service import consulted
from app.clock import london_day, rfc3339, start_of_london_day
from app.identity.permissions import Caller, Permission, requires
from app.reference.codes import Label, in_words
from app.reference.queries import labels_of
from app.returns import ledger_queries, overlap_queries, queries
from app.returns.asking import Asked
from app.returns.counting import OWN, Amount, line
from app.returns.ledger_queries import LEDGER
from app.returns.noting import row_notes, scope_notes
from app.returns.overlap_queries import Overlap
from app.returns.periods import Span
from app.returns.problems import cursor_unknown, too_many_rows, wrong_days
from app.returns.schemas import Bounds, LedgerPage, LedgerRow, hours_cell
from app.returns.scheme_answers import scheme_row
from app.spreadsheet import Cell, to_csv

_USUAL_DAYS = 28
MOST_ROWS_IN_A_FILE = 20_000
_LISTS = ["hour_channels", "grades", "evidence"]
_COLUMNS = (
    "day", "source", "channel", "agency", "reference", "area_code", "team_code", "hotspot_code", "grade", "programme",
    "uniform_state", "funding", "operation", "cost_code", "at_least_hours", "at_most_hours", "overlap_hours",
    "possible_overlap_hours", "patrol_count",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LedgerWanted:
    """Which rows are asked for: London days, both included, and filters; None leaves one out. An area is asked for with
    all `below` it, or by itself.

    `scheme_id`: as that scheme counts them, and of its days. `said` are names of the ledger with what rows must say
    there, empty for nothing.
    """

    first: date | None = None
    last: date | None = None
    area_id: UUID | None = None
    team_id: UUID | None = None
    hotspot_id: UUID | None = None
    channel: str | None = None
    scheme_id: UUID | None = None
    below: bool = True
    said: Mapping[str, str] = field(default_factory=dict)


@requires(Permission.HOURS_READ)
def read_ledger(
    session: Session, caller: Caller, wanted: LedgerWanted, cursor: str | None, limit: int, now: datetime
) -> LedgerPage:
    """A page of the ledger, by day. Without days the last four weeks."""
    asked = _asked(session, caller, wanted, now)
    day, skip = _decode(cursor) if cursor is not None else (asked.span.first, 0)
    part = replace(asked, span=Span(max(day, asked.span.first), asked.span.last))
    found = ledger_queries.ledger_rows(session, part, skip, limit + 1)
    page = found[:limit]
    following = None
    if len(found) > limit:
        last = page[-1]["day"]
        shown_of_it = sum(each["day"] == last for each in page)
        following = _encode(last, shown_of_it + (skip if page[0]["day"] == last == day else 0))
    rows = _described(session, part, page)
    _logged(session, asked)
    return LedgerPage(
        first_day=asked.span.first,
        last_day=asked.span.last,
        rows=rows,
        notes=[*scope_notes(caller), *row_notes(asked.rule)],
        generated_at=now,
        next_cursor=following,
    )


@requires(Permission.HOURS_READ)
def export_ledger(session: Session, caller: Caller, wanted: LedgerWanted, now: datetime) -> str:
    """All rows asked for as CSV; 422 when they are more than one file holds."""
    asked = _asked(session, caller, wanted, now)
    found = ledger_queries.ledger_rows(session, asked, 0, MOST_ROWS_IN_A_FILE + 1)
    if len(found) > MOST_ROWS_IN_A_FILE:
        raise too_many_rows(MOST_ROWS_IN_A_FILE)
    rows = _described(session, asked, found)
    _logged(session, asked)
    return to_csv(_COLUMNS, (_cells(each) for each in rows))


def _asked(session: Session, caller: Caller, wanted: LedgerWanted, now: datetime) -> Asked:
    today = london_day(now)
    asked = Asked(
        caller, today, now, _days(wanted, today, None), area_id=wanted.area_id, team_id=wanted.team_id,
        hotspot_id=wanted.hotspot_id, channel=wanted.channel, below=wanted.below,
        said=tuple((name, value or None) for name, value in wanted.said.items()),
    )  # fmt: skip
    if wanted.scheme_id is None:
        return asked
    scheme = queries.scheme_of(scheme_row(session, caller, wanted.scheme_id, now))
    return replace(
        asked,
        span=_days(wanted, today, scheme.span),
        rule=scheme.rule,
        # Rows of one uniform state are asked for by its name, visible or not.
        visible_only="uniform_state" not in wanted.said,
    )


def _days(wanted: LedgerWanted, today: date, within: Span | None) -> Span:
    last = wanted.last or today
    first = wanted.first or last - timedelta(days=_USUAL_DAYS - 1)
    if within is not None:
        first, last = max(wanted.first or within.first, within.first), min(last, within.last)
    if first > last:
        raise wrong_days()
    return Span(first, last)


def _described(session: Session, asked: Asked, page: Sequence[Mapping[str, Any]]) -> list[LedgerRow]:
    if not page:
        return []
    days = Span(page[0]["day"], page[-1]["day"])
    shared: defaultdict[tuple[Any, ...], list[Overlap]] = defaultdict(list)
    for each in overlap_queries.overlaps(session, replace(asked, span=days)):
        shared[tuple(each.line.of.get(name) for name in LEDGER)].append(each)
    names = queries.names(session, asked.caller.force_id)
    words = labels_of(session, asked.caller.force_id, _LISTS, asked.today)
    return [
        _row(each, asked, shared.get(tuple(each[name] for name in LEDGER), ()), names, words) for each in page
    ]


def _row(
    said: Mapping[str, Any],
    asked: Asked,
    shared: Sequence[Overlap],
    names: queries.Names,
    words: Mapping[str, Mapping[str, Label]],
) -> LedgerRow:
    amount = Amount()
    amount.add(line(said, said["ms"], asked.rule))
    for each in shared:
        amount.add(each.line)
    patrols = sorted({patrol_id for each in shared for patrol_id in each.patrol_ids})
    own = said["source"] == OWN
    area, team, hotspot = (
        places.get(said[name])
        for places, name in (
            (names.areas, "area_id"), (names.teams, "team_id"), (names.hotspots, "hotspot_id"),
        )
    )  # fmt: skip
    return LedgerRow(
        **{name: said[name] for name in LEDGER},
        channel_label=in_words(words["hour_channels"], said["channel"]),
        area_code=area.code if area else None,
        team_code=team.code if team else None,
        hotspot_code=hotspot.code if hotspot else None,
        grade_label=in_words(words["grades" if own else "evidence"], said["grade"]),
        hours=Bounds.of(amount),
        recorded_ms=said["recorded_ms"],
        overlap_ms=sum(each.ms for each in shared if each.sure),
        possible_overlap_ms=sum(each.ms for each in shared if not each.sure),
        overlap_patrols=[f"/v1/patrols/{patrol_id}" for patrol_id in patrols],
        patrol_count=said["patrols"],
        evidence=_patrols(said) if own else said["reference"],
    )


def _patrols(said: Mapping[str, Any]) -> str:
    """Where the patrols of a row's team and day are."""
    begins, ends = (rfc3339(start_of_london_day(said["day"] + timedelta(days=each))) for each in (0, 1))
    place = {"team_id": said["team_id"]} if said["team_id"] is not None else {"area_id": said["area_id"]}
    wanted = {"from": begins, "to": ends, **{name: one for name, one in place.items() if one is not None}}
    return "/v1/patrols?" + urlencode(wanted)


def _cells(row: LedgerRow) -> list[Cell]:
    times = {
        "at_least_hours": row.hours.at_least_ms,
        "at_most_hours": row.hours.at_most_ms,
        "overlap_hours": row.overlap_ms,
        "possible_overlap_hours": row.possible_overlap_ms,
    }
    told = {"day": row.day.isoformat()} | {name: hours_cell(ms) for name, ms in times.items()}
    return [told.get(name, getattr(row, name, None)) for name in _COLUMNS]


def _logged(session: Session, asked: Asked) -> None:
    days = [asked.span.first.isoformat(), asked.span.last.isoformat()]
    places = {"area": asked.area_id, "team": asked.team_id, "hotspot": asked.hotspot_id}
    subjects = {"period": days} | {kind: [str(one)] for kind, one in places.items() if one is not None}
    consulted(
        session, "returns.ledger", asked.now, subjects, actor_id=asked.caller.officer_id,
        force_id=asked.caller.force_id,
    )  # fmt: skip


def _encode(day: date, skip: int) -> str:
    """The place after so many rows of a day."""
    return base64.urlsafe_b64encode(json.dumps([day.isoformat(), skip]).encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[date, int]:
    try:
        day, skip = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if type(skip) is not int or not 0 <= skip < 1_000_000:
            raise ValueError("not a number of rows")
        return date.fromisoformat(day), skip
    except (ValueError, TypeError, binascii.Error):
        raise cursor_unknown() from None
