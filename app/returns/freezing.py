"""What a closing freezes, and what has come or gone since: the rows of a period as they stand, against those signed
off.

A closed period is compared under the version of the scheme that closed it, so a change of rules never restates what
was signed off. What earlier closings have taken in as adjustments is part of what was signed off.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from app.clock import london_day
from app.identity.permissions import Caller
from app.identity.queries import collar_numbers
from app.problems import out_of_sight
from app.reference.queries import labels_of
from app.returns import missing_queries, overlap_queries, queries
from app.returns.asking import Asked
from app.returns.counting import Amount, Line, added, total
from app.returns.ledger_queries import recorded_lines
from app.returns.models import ClosingRow, PeriodClosing, ReportingScheme
from app.returns.own_hours import own_lines, patrols_behind
from app.returns.periods import Span, after_months, month_of, periods
from app.returns.schemas import AdjustmentResponse, Bounds, ClosingResponse, GapKind, hours

# What tells two rows of a return apart; their sums are what is frozen.
DIMENSIONS = (
    "area_id", "team_id", "source", "channel", "grade", "programme", "uniform_state", "funding", "operation",
    "cost_code",
)  # fmt: skip
Rows = dict[tuple[Any, ...], Amount]


def periods_of(version: ReportingScheme) -> list[Span]:
    """The periods of a scheme as it stands."""
    scheme = queries.scheme_of(version)
    return periods(scheme.span, scheme.cadence)


def months_of(span: Span) -> list[Span]:
    """A span cut into its months."""
    found, first = [], span.first
    while first <= span.last:
        following = after_months(first, 1)
        last = min(date.fromordinal(following.toordinal() - 1), span.last)
        found.append(Span(first, last))
        first = following
    return found


def standing(session: Session, asked: Asked) -> Rows:
    """The hours of some days as they stand: (month, *dimensions) to at least and at most, overlaps taken off."""
    found: Rows = {}
    for month in months_of(asked.span):
        part = replace(asked, span=month)
        lines = [*own_lines(session, part, DIMENSIONS), *recorded_lines(session, part, DIMENSIONS)]
        lines += [each.line for each in overlap_queries.overlaps(session, part)]
        for key, amount in added(lines, *DIMENSIONS).items():
            found[month_of(month.first), *key] = amount
    return found


def counts_behind(session: Session, asked: Asked) -> dict[tuple[Any, ...], tuple[int, int]]:
    """How many of our own patrols and of their windows stand behind the rows of some days, each in one of them: a
    patrol by its first day and best grade, a window with the first of its patrols."""
    patrols: Counter[tuple[Any, ...]] = Counter()
    windows: Counter[tuple[Any, ...]] = Counter()
    seen: set[UUID] = set()
    for day, of, window_id in patrols_behind(session, asked):
        key = (month_of(day), *(of[name] for name in DIMENSIONS))
        patrols[key] += 1
        if window_id is not None and window_id not in seen:
            seen.add(window_id)
            windows[key] += 1
    return {key: (number, windows[key]) for key, number in patrols.items()}


def changed_since(
    session: Session, asked: Asked, closing: PeriodClosing, frozen: Iterable[ClosingRow]
) -> Rows:
    """What came to a closed period, or went from it (negative), since it was signed off or last adjusted.

    `frozen` are the rows of all closings; those of this one's period count.
    """
    scheme = queries.scheme_of(queries.scheme_version(session, closing.scheme_version_id))
    span = Span(closing.first_day, closing.last_day)
    found: defaultdict[tuple[Any, ...], Amount] = defaultdict(Amount)
    for key, amount in standing(session, replace(asked, span=span, rule=scheme.rule)).items():
        found[key].add(Line({}, amount.least_ms, amount.most_ms))
    for row in frozen:
        if row.period_day == closing.first_day:
            key = (row.month, *(getattr(row, name) for name in DIMENSIONS))
            found[key].add(Line({}, -row.least_ms, -row.most_ms))
    return {key: amount for key, amount in found.items() if amount.least_ms or amount.most_ms}


def adjustments(
    session: Session, asked: Asked, held: Sequence[PeriodClosing], frozen: Sequence[ClosingRow]
) -> dict[date, Rows]:
    """Every closed period whose hours have changed since, by its first day."""
    found = {each.first_day: changed_since(session, asked, each, frozen) for each in held}
    return {day: rows for day, rows in found.items() if rows}


def frozen_rows(
    session: Session, asked: Asked, version: ReportingScheme, held: Sequence[PeriodClosing]
) -> list[dict[str, Any]]:
    """The rows a closing of `asked.span` is made of, in order: its own, then what changed in periods closed before."""
    before = queries.closing_rows(session, asked.caller, asked.today, [each.id for each in held])
    behind = counts_behind(session, asked)
    by_period = {asked.span.first: {key: Amount() for key in behind} | standing(session, asked)}
    by_period |= adjustments(session, asked, held, before)
    names = queries.names(session, asked.caller.force_id)
    rules = queries.scheme_of(version).rule
    found = []
    for period_day, rows in by_period.items():
        for key in sorted(rows, key=lambda key: [str(part) for part in key]):
            of = dict(zip(("month", *DIMENSIONS), key, strict=True))
            amount = rows[key]
            patrols, windows = behind.get(key, (0, 0)) if period_day == asked.span.first else (0, 0)
            found.append({
                "force_id": asked.caller.force_id,
                "period_day": period_day,
                **of,
                **placed(names, of),
                "visible": of["uniform_state"] in rules.uniform_states,
                "least_ms": amount.least_ms,
                "most_ms": amount.most_ms,
                "patrols": patrols,
                "windows": windows,
            })  # fmt: skip
    return found


# What a frozen row says; the signature is over these.
_SIGNED = (
    "force_id", "period_day", "month", *DIMENSIONS, "area_code", "area_name", "lpa_code", "lpa_name", "team_code",
    "visible", "least_ms", "most_ms", "patrols", "windows",
)  # fmt: skip


def hashed(rows: Iterable[Mapping[str, Any]]) -> str:
    """SHA-256 (hex) over rows in their order, each as sorted JSON on a line."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps(row, sort_keys=True, default=str, ensure_ascii=False).encode() + b"\n")
    return digest.hexdigest()


def intact(closing: PeriodClosing, rows: Sequence[ClosingRow]) -> bool:
    """Whether all rows of a closing are still those that were signed."""
    return hashed({name: getattr(row, name) for name in _SIGNED} for row in rows) == closing.rows_sha256


def placed(names: queries.Names, of: Mapping[str, Any]) -> dict[str, str | None]:
    """What the area and team of a row are called."""
    area, lpa = names.areas.get(of["area_id"]), names.lpas.get(of["area_id"])
    team = names.teams.get(of["team_id"])
    return {
        "area_code": area.code if area else None,
        "area_name": area.name if area else None,
        "lpa_code": lpa.code if lpa else None,
        "lpa_name": lpa.name if lpa else None,
        "team_code": team.code if team else None,
    }


def provisional_at(session: Session, asked: Asked) -> list[dict[str, Any]]:
    """What could still change as a period is closed, by kind."""
    counted, _ = missing_queries.gaps(session, asked, 0, asked.span)
    return [
        {"kind": each.kind.value, "count": each.count, "at_stake_ms": each.at_stake_ms}
        for each in counted
        if each.count
    ]


def frozen_lines(rows: Iterable[ClosingRow], period_day: date) -> list[Line]:
    """Stored rows as lines, those of other periods marked as adjustments."""
    names = ("area_code", "area_name", "lpa_code", "lpa_name", "team_code", "visible")
    found = []
    for row in rows:
        of = {name: getattr(row, name) for name in (*DIMENSIONS, *names)}
        of |= {
            "period": row.period_day.isoformat()[:7],
            "month": row.month.isoformat()[:7],
            "adjustment": row.period_day != period_day,
        }
        found.append(Line(of, row.least_ms, row.most_ms, row.patrols, row.windows))
    return found


def signed_off(held: Iterable[PeriodClosing], frozen: Sequence[ClosingRow]) -> dict[date, Amount]:
    """What was signed off as visible in each closed period, by its first day, changes that later closings signed
    included; of the rows given.

    March signed at 8 hours and half an hour more of it with April: 8.5 of March.
    """
    found = {each.first_day: Amount() for each in held}
    for row in frozen:
        if row.visible:
            found[row.period_day].add(Line({}, row.least_ms, row.most_ms))
    return found


def _own(lines: Iterable[Line]) -> list[Line]:
    """The visible hours of a closing's own period."""
    return [each for each in lines if each.of["visible"] and not each.of["adjustment"]]


def describe_closing(
    session: Session, caller: Caller, version: ReportingScheme, closing_id: UUID, now: datetime
) -> ClosingResponse:
    """One closing for the wire; 404 for one the scheme does not have."""
    found = [each for each in describe_closings(session, caller, version, now) if each.id == closing_id]
    if not found:
        raise out_of_sight("returns.closings.read")
    return found[0]


def describe_closings(
    session: Session, caller: Caller, version: ReportingScheme, now: datetime
) -> list[ClosingResponse]:
    """A scheme's closings for the wire, earliest period first, with figures of what the caller may see."""
    today = london_day(now)
    held = queries.closings_of(session, caller, today, version.scheme_id)
    rows = queries.closing_rows(session, caller, today, [each.id for each in held])
    asked = Asked(caller, today, now, Span(version.first_day, version.last_day))
    signed = queries.signed_rows(session, [each.id for each in held])
    changed = adjustments(session, asked, held, rows)
    collars = collar_numbers(session, {each.captured_by for each in held})
    labels = labels_of(session, caller.force_id, ["gaps"], today)["gaps"]
    places = queries.names(session, caller.force_id)
    described = []
    for each in held:
        lines = frozen_lines([row for row in rows if row.closing_id == each.id], each.first_day)
        own = [one for one in lines if not one.of["adjustment"]]
        address = f"/v1/schemes/{version.scheme_id}"
        key = each.first_day.isoformat()[:7]
        described.append(
            ClosingResponse(
                id=each.id,
                scheme_id=each.scheme_id,
                scheme_version=queries.scheme_version(session, each.scheme_version_id).version,
                period=key,
                first_day=each.first_day,
                last_day=each.last_day,
                closed_by=collars[each.captured_by],
                closed_by_id=each.captured_by,
                rank=each.rank,
                closed_at=each.received_at,
                note=each.note,
                target_hours=hours(each.target_ms),
                target_ms=each.target_ms,
                hours=Bounds.of(total(_own(lines))),
                not_visible=Bounds.of(total(one for one in own if not one.of["visible"])),
                adjustments=[_adjustment(one.of, one) for one in lines if one.of["adjustment"]],
                changed_since=told_adjustments({each.first_day: changed.get(each.first_day, {})}, places),
                provisional=[
                    GapKind(
                        kind=gap["kind"],
                        label=labels[gap["kind"]].plain_label if gap["kind"] in labels else gap["kind"],
                        count=gap["count"],
                        at_stake_hours=hours(gap["at_stake_ms"]),
                        at_stake_ms=gap["at_stake_ms"],
                    )
                    for gap in each.provisional
                ],
                row_count=each.row_count,
                rows_sha256=each.rows_sha256,
                rows_intact=intact(each, signed.get(each.id, ())),
                links={
                    name: f"{address}/return?period={key}&format={name}" for name in ("json", "csv", "xlsx")
                },
            )
        )
    return described


def told_adjustments(by_period: Mapping[date, Rows], places: queries.Names) -> list[AdjustmentResponse]:
    """Changes of closed periods for the wire."""
    return [_adjustment(each.of, each) for each in adjustment_lines(by_period, places)]


def adjustment_lines(by_period: Mapping[date, Rows], places: queries.Names) -> list[Line]:
    """Changes of closed periods as lines, named as today."""
    found = []
    for period_day, rows in by_period.items():
        for key in sorted(rows, key=lambda key: [str(part) for part in key]):
            of = dict(zip(("month", *DIMENSIONS), key, strict=True))
            named = {**of, **placed(places, of), "period": period_day.isoformat()[:7], "adjustment": True}
            named["month"] = of["month"].isoformat()[:7]
            found.append(Line(named, rows[key].least_ms, rows[key].most_ms))
    return found


def count_lines(
    behind: Mapping[tuple[Any, ...], tuple[int, int]], span: Span, places: queries.Names
) -> list[Line]:
    """How many patrols and windows stand behind the rows of an open period, as lines without hours of their own."""
    found = adjustment_lines({span.first: {key: Amount() for key in behind}}, places)
    ordered = sorted(behind, key=lambda key: [str(part) for part in key])
    return [
        Line({**each.of, "adjustment": False}, 0, 0, *behind[key])
        for each, key in zip(found, ordered, strict=True)
    ]


def _adjustment(of: Mapping[str, Any], line: Line) -> AdjustmentResponse:
    said = (
        "period", "area_id", "area_code", "team_id", "source", "channel", "grade", "programme", "funding", "operation",
        "cost_code", "uniform_state",
    )  # fmt: skip
    return AdjustmentResponse(
        **{name: of[name] for name in said}, hours=Bounds.of(Amount(line.least_ms, line.most_ms))
    )
