"""The reading use cases of drawn schedules. Reading a plan is logged: it says where police will be."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from app.audit.service import consulted
from app.clock import london_day, rfc3339
from app.identity.permissions import Caller, Permission, requires
from app.problems import out_of_sight
from app.rest.pagination import decode_cursor, encode_cursor, place_after
from app.schedule import schedule_queries as queries
from app.schedule.models import Schedule
from app.schedule.problems import seed_not_yet
from app.schedule.schedule_diff import Difference, Key, PlanSpot, Side, differences, spots
from app.schedule.schedule_queries import AllocationRow, ScheduleRow
from app.schedule.schedule_schemas import (
    AllocationPage,
    AllocationResponse,
    DifferenceResponse,
    DiffResponse,
    LeftOut,
    PlaceResponse,
    ProofResponse,
    ProofWindow,
    ReportResponse,
    ScheduleDetail,
    SchedulePage,
    SchedulePublished,
    ScheduleResponse,
    TeamClash,
)
from app.spreadsheet import Cell, to_csv

FORMULA = (
    "commitment = SHA-256(seed as 32 bytes, then inputs_hash as 32 bytes); inputs_hash = SHA-256(inputs as JSON in "
    "UTF-8, keys sorted, no blanks, no escapes beyond JSON's own)"
)
_COLUMNS = (
    "hotspot_id", "hotspot_code", "day", "block_first_day", "in_period", "eligible", "treated", "starts_at", "ends_at",
    "team_id", "window_id",
)  # fmt: skip


@requires(Permission.SCHEDULES_READ)
def list_schedules(
    session: Session, caller: Caller, cursor: str | None, limit: int, now: datetime
) -> SchedulePage:
    """The force's schedules, the latest drawn first."""
    after = place_after(cursor)
    rows = queries.schedules_seen(session, caller, london_day(now), after, limit + 1)
    page = rows[:limit]
    _consulted(session, caller, "schedules.list", [row.schedule.id for row in page], now)
    last = page[-1].schedule if len(rows) > limit else None
    return SchedulePage(
        schedules=[ScheduleResponse(**_plain(session, row)) for row in page],
        next_cursor=encode_cursor(last.drawn_at, last.id) if last else None,
    )


@requires(Permission.SCHEDULES_READ)
def read_schedule(session: Session, caller: Caller, schedule_id: UUID, now: datetime) -> ScheduleDetail:
    """A schedule with its report."""
    schedule = _seen(session, caller, schedule_id, "schedules.read", now)
    _consulted(session, caller, "schedules.read", [schedule_id], now)
    return detail(session, schedule, _known_until(caller, schedule, now))


@requires(Permission.SCHEDULES_READ)
def read_allocations(
    session: Session, caller: Caller, schedule_id: UUID, cursor: str | None, limit: int, now: datetime
) -> AllocationPage:
    """Every hotspot and day of a schedule, days without patrol included, by day; those that are not published yet are
    for those who draw."""
    schedule = _seen(session, caller, schedule_id, "schedules.allocations", now)
    after = None
    if cursor is not None:
        at, hotspot_id = decode_cursor(cursor)
        after = (at.date(), hotspot_id)
    until = _known_until(caller, schedule, now)
    rows = queries.allocations(session, schedule.id, until, after, limit + 1)
    page = rows[:limit]
    _consulted(session, caller, "schedules.allocations", [schedule_id], now)
    last = page[-1].allocation if len(rows) > limit else None
    return AllocationPage(
        allocations=[_allocation(row) for row in page],
        next_cursor=encode_cursor(_midnight(last.day), last.hotspot_id) if last else None,
    )


@requires(Permission.SCHEDULES_READ)
def export_allocations(session: Session, caller: Caller, schedule_id: UUID, now: datetime) -> str:
    """The same as a table, all of it."""
    schedule = _seen(session, caller, schedule_id, "schedules.allocations", now)
    rows = queries.allocations(session, schedule.id, _known_until(caller, schedule, now))
    _consulted(session, caller, "schedules.allocations", [schedule_id], now)
    return to_csv(_COLUMNS, (list(_cells(_allocation(row))) for row in rows))


@requires(Permission.SCHEDULES_DRAW)
def read_diff(
    session: Session, caller: Caller, schedule_id: UUID, other_id: UUID | None, now: datetime
) -> DiffResponse:
    """What another schedule, or without one the published windows of the days, would turn into with this one."""
    schedule = _seen(session, caller, schedule_id, "schedules.diff", now)
    after = _side(session, schedule)
    read = [schedule_id]
    same_seed = False
    if other_id is None:
        before = _published(session, schedule)
    else:
        other = _seen(session, caller, other_id, "schedules.diff", now)
        before = _side(session, other)
        same_seed = queries.seed_of(session, other.id) == queries.seed_of(session, schedule.id)
        read.append(other_id)
    unchanged, found = differences(before, after, same_seed)
    codes = queries.codes(session, caller.force_id)
    _consulted(session, caller, "schedules.diff", read, now)
    return DiffResponse(unchanged=unchanged, differences=[_difference(one, codes) for one in found])


@requires(Permission.SCHEDULES_READ)
def read_proof(session: Session, caller: Caller, schedule_id: UUID, now: datetime) -> ProofResponse:
    """Seed, inputs and plan of a revealed schedule; 409 before."""
    schedule = _seen(session, caller, schedule_id, "schedules.proof", now)
    if schedule.revealed_at is None:
        from_day = queries.told_from(session, schedule)
        raise seed_not_yet(f"The seed is not revealed; it may be from {from_day.isoformat()} on.")
    _consulted(session, caller, "schedules.proof", [schedule_id], now)
    return proof(session, schedule)


def proof(session: Session, schedule: Schedule) -> ProofResponse:
    """The proof of a schedule that is known to be revealed."""
    return ProofResponse(
        schedule_id=schedule.id,
        algorithm_version=schedule.algorithm_version,
        drawn_at=schedule.drawn_at,
        commitment=schedule.commitment.hex(),
        formula=FORMULA,
        seed=queries.seed_of(session, schedule.id).hex(),
        inputs_hash=schedule.inputs_hash.hex(),
        inputs=schedule.inputs,
        plan=[
            ProofWindow(
                hotspot_id=row.hotspot_id,
                block_first_day=row.block_first_day,
                day=row.day,
                in_period=row.in_period,
                starts_at=rfc3339(row.starts_at) if row.starts_at else None,
                ends_at=rfc3339(row.ends_at) if row.ends_at else None,
                team_id=row.team_id,
            )
            for row in queries.treated(session, schedule.id)
        ],
    )


def detail(session: Session, schedule: Schedule, known_until: date | None = None) -> ScheduleDetail:
    """A schedule known to be the caller's to see, with its report; displaced windows until a day, or all."""
    row = queries.with_names(session, schedule)
    report = ReportResponse.model_validate_json(json.dumps(schedule.report))
    if known_until is not None:
        known = [one for one in report.displaced if one.day <= known_until]
        report = report.model_copy(update={"displaced": known})
    return ScheduleDetail(**_plain(session, row), report=report)


def _known_until(caller: Caller, schedule: Schedule, now: datetime) -> date | None:
    """The last day whose draw the caller may know: all for those who draw, for others what is published or over."""
    if caller.may(Permission.SCHEDULES_DRAW):
        return None
    return max(schedule.published_until or date.min, london_day(now) - timedelta(days=1))


def published(
    session: Session,
    schedule: Schedule,
    made: int = 0,
    left_out: Sequence[LeftOut] = (),
    clashes: Sequence[TeamClash] = (),
) -> SchedulePublished:
    """A schedule after a call that published of it, and what that call did."""
    plain = _plain(session, queries.with_names(session, schedule))
    return SchedulePublished(**plain, windows_made=made, left_out=list(left_out), clashes=list(clashes))


def _plain(session: Session, row: ScheduleRow) -> dict[str, Any]:
    one = row.schedule
    told = one.revealed_at is not None
    return {
        "id": one.id,
        "name": one.name,
        "first_day": one.first_day,
        "last_day": one.last_day,
        "state": one.state,
        "algorithm_version": one.algorithm_version,
        "commitment": one.commitment.hex(),
        "drawn_by": row.drawn_by,
        "drawn_at": one.drawn_at,
        "published_by": row.published_by,
        "published_at": one.published_at,
        "published_until": one.published_until,
        "ended_on": one.ended_on,
        "discarded_at": one.discarded_at,
        "discard_reason": one.discard_reason,
        "revealed_at": one.revealed_at,
        "reveal_from": queries.told_from(session, one),
        "seed": queries.seed_of(session, one.id).hex() if told else None,
        "inputs_hash": one.inputs_hash.hex() if told else None,
    }


def _seen(session: Session, caller: Caller, schedule_id: UUID, operation: str, now: datetime) -> Schedule:
    day = london_day(now)
    found = queries.schedule_seen(session, caller, schedule_id, day, Permission.SCHEDULES_READ, locked=False)
    if found is None:
        raise out_of_sight(operation)
    return found


def _allocation(row: AllocationRow) -> AllocationResponse:
    one = row.allocation
    return AllocationResponse(
        hotspot_id=one.hotspot_id,
        hotspot_code=row.hotspot_code,
        day=one.day,
        block_first_day=one.block_first_day,
        in_period=one.in_period,
        eligible=one.eligible,
        treated=one.treated,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        team_id=one.team_id,
        window_id=one.window_id,
    )


def _cells(one: AllocationResponse) -> Iterator[Cell]:
    for name in _COLUMNS:
        value = getattr(one, name)
        if isinstance(value, datetime):
            yield rfc3339(value)
        elif isinstance(value, bool):
            yield int(value)
        else:
            yield value if value is None else str(value)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), UTC)


def _side(session: Session, schedule: Schedule) -> Side:
    rows = queries.treated(session, schedule.id)
    displaced: dict[Key, str] = {
        (each["hotspot_id"], date.fromisoformat(each["block_first_day"])): each["constraint"]
        for each in schedule.report["displaced"]
    }
    return Side(spots(_rows(rows)), {one["id"]: one for one in schedule.inputs["hotspots"]}, displaced)


def _published(session: Session, schedule: Schedule) -> Side:
    ids = [UUID(one["id"]) for one in schedule.inputs["hotspots"]]
    windows = queries.windows_published(
        session, schedule.force_id, ids, schedule.first_day, schedule.last_day
    )
    return Side(spots(_rows(windows)), None, {})


def _rows(rows: Iterable[Any]) -> Iterator[tuple[str, date | None, datetime | None, str | None]]:
    for row in rows:
        team = str(row.team_id) if row.team_id else None
        yield str(row.hotspot_id), row.block_first_day, row.starts_at, team


def _difference(one: Difference, codes: dict[str, str]) -> DifferenceResponse:
    return DifferenceResponse.model_validate(
        {
            "hotspot_id": UUID(one.hotspot_id),
            "hotspot_code": codes.get(one.hotspot_id),
            "change": one.change,
            "why": one.why,
            "before": _place(one.before),
            "after": _place(one.after),
        }
    )


def _place(spot: PlanSpot | None) -> PlaceResponse | None:
    if spot is None:
        return None
    return PlaceResponse(
        block_first_day=spot.block, starts_at=rfc3339(spot.starts_at), team_id=UUID(spot.team)
    )


def _consulted(session: Session, caller: Caller, operation: str, ids: list[UUID], now: datetime) -> None:
    subjects = {"schedule": ids}
    consulted(session, operation, now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)
