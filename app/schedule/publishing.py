"""The use cases of a drawn schedule's life: publish it shortly before, give up the rest of it, reveal its seed."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import bindparam, insert, update
from sqlmodel import Session, col

from app.areas.models import Hotspot, Team
from app.audit.service import changed
from app.clock import in_force, london_day
from app.database.turns import take_turns
from app.identity.permissions import Caller, Permission, requires
from app.problems import out_of_sight
from app.schedule import schedule_queries as queries, standing_queries
from app.schedule.collecting import standing, window_of
from app.schedule.crew_telling import tell_teams
from app.schedule.draw_inputs import read_inputs
from app.schedule.drawing import By
from app.schedule.kinds import ScheduleState
from app.schedule.meanwhile import double_booked, in_the_way
from app.schedule.models import Schedule, ScheduleAllocation, TaskingWindow, WindowChange
from app.schedule.problems import schedule_clash, schedule_fixed, seed_not_yet
from app.schedule.schedule_answers import detail, published
from app.schedule.schedule_schemas import (
    DiscardRequest,
    LeftOut,
    PublishScheduleRequest,
    RevealRequest,
    ScheduleDetail,
    SchedulePublished,
    TeamClash,
)
from app.schedule.windows import WindowPlan, WindowState, stored

_ROWS_A_STATEMENT = 5_000


@requires(Permission.SCHEDULES_DRAW)
def publish_schedule(
    session: Session, caller: Caller, schedule_id: UUID, request: PublishScheduleRequest, now: datetime
) -> SchedulePublished:
    """Makes the windows until a day count, from where the last call stopped; the same again makes none."""
    schedule = _locked(session, caller, schedule_id, "schedules.publish", now)
    return publish(session, By(caller.force_id, caller.officer_id), schedule, request, now)


@requires(Permission.SCHEDULES_DRAW)
def discard_schedule(
    session: Session, caller: Caller, schedule_id: UUID, request: DiscardRequest, now: datetime
) -> ScheduleDetail:
    """Gives a draft up; or, of a published schedule, the days not published yet, which may be drawn anew then."""
    schedule = _locked(session, caller, schedule_id, "schedules.discard", now)
    if schedule.discarded_at is not None:
        if schedule.discard_reason != request.reason:
            raise schedule_fixed("It was given up already, for another reason.")
        return detail(session, schedule)
    if schedule.state is ScheduleState.DRAFT:
        schedule.state = ScheduleState.DISCARDED
    elif schedule.published_until == schedule.last_day:
        raise schedule_fixed("All its days are published: cancel or move the windows themselves.")
    else:
        schedule.ended_on = schedule.published_until
    schedule.discarded_by, schedule.discarded_at = caller.officer_id, now
    schedule.discard_reason = request.reason
    session.add(schedule)
    _log(session, By(caller.force_id, caller.officer_id), "schedules.discard", schedule, request.reason, now)
    return detail(session, schedule)


@requires(Permission.SCHEDULES_DRAW)
def reveal_schedule(
    session: Session, caller: Caller, schedule_id: UUID, request: RevealRequest, now: datetime
) -> ScheduleDetail:
    """Lets the seed and the inputs be told from now on; not before every day they say something about is over."""
    schedule = _locked(session, caller, schedule_id, "schedules.reveal", now)
    return reveal(session, By(caller.force_id, caller.officer_id), schedule, request, now)


def reveal(
    session: Session, by: By, schedule: Schedule, request: RevealRequest, now: datetime
) -> ScheduleDetail:
    """`reveal_schedule` for whoever is known to be allowed; the schedule's row is locked."""
    if schedule.revealed_at is not None:
        return detail(session, schedule)
    # A seed that other schedules were drawn with tells their days, too: none may be drawn with it meanwhile.
    take_turns(session, [by.force_id])
    from_day = queries.told_from(session, schedule)
    if london_day(now) < from_day:
        raise seed_not_yet(f"The seed tells days until then. It may be told from {from_day.isoformat()} on.")
    schedule.revealed_by, schedule.revealed_at = by.officer_id, now
    session.add(schedule)
    _log(session, by, "schedules.reveal", schedule, request.reason, now)
    return detail(session, schedule)


def publish(
    session: Session, by: By, schedule: Schedule, request: PublishScheduleRequest, now: datetime
) -> SchedulePublished:
    """`publish_schedule` for whoever is known to be allowed; the schedule's row is locked."""
    if schedule.state is ScheduleState.DISCARDED:
        raise schedule_fixed("It was given up.")
    last = schedule.ended_on or schedule.last_day
    until = min(request.until or last, last)
    done = schedule.published_until
    if done is not None and until <= done:
        return published(session, schedule)
    first = schedule.first_day if done is None else done + timedelta(days=1)
    if until < first:
        raise schedule_fixed("Its first day is later than that.")
    if schedule.state is ScheduleState.DRAFT:
        # Two planners publishing two schedules of one hotspot at once would not see each other's.
        take_turns(session, [by.force_id])
        _no_clash(session, schedule)
    today = london_day(now)
    rows = queries.drawn_between(session, schedule.id, first, until)
    if any(row.day <= today for row in rows) and not request.leave_out_begun:
        raise schedule_fixed("Some of these days have begun: publish with leave_out_begun, or draw again.")
    hotspots, teams = queries.places_held(
        session, {row.hotspot_id for row in rows}, {row.team_id for row in rows if row.team_id}
    )
    left_out = [out for row in rows if (out := _left_out(row, hotspots, teams, today)) is not None]
    left = {(out.hotspot_id, out.day) for out in left_out}
    made = [row for row in rows if (row.hotspot_id, row.day) not in left]
    _make(session, by, schedule, made, hotspots, now)
    clashes = _clashes(session, schedule, made)
    if schedule.state is ScheduleState.DRAFT:
        schedule.state = ScheduleState.PUBLISHED
        schedule.published_by, schedule.published_at = by.officer_id, now
    tell_teams(session, {row.team_id for row in rows if row.team_id is not None}, (), now)
    schedule.published_until = until
    session.add(schedule)
    _log(session, by, "schedules.publish", schedule, request.reason, now)
    session.flush()
    return published(session, schedule, len(made), left_out, clashes)


def _no_clash(session: Session, schedule: Schedule) -> None:
    """409 when another schedule has planned these days, or has changed what this one was drawn after."""
    inputs = read_inputs(schedule.inputs)
    ids = [UUID(one.id) for one in inputs.hotspots]
    if queries.planned_elsewhere(session, schedule, ids):
        raise schedule_clash("A published schedule has days for some of its hotspots already.")
    now_handed_on = queries.history(session, ids, schedule.first_day)
    if any(now_handed_on[UUID(one.id)] != (one.phase, one.history) for one in inputs.hotspots):
        raise schedule_clash(
            "What goes before it was published or given up since it was drawn: draw it again."
        )
    area_of = {one.id: one.area for one in inputs.hotspots}
    own = [
        window_of(str(row.team_id), area_of[str(row.hotspot_id)], row.starts_at, row.ends_at)
        for row in queries.treated(session, schedule.id)
        if row.starts_at and row.ends_at
    ]
    tree = queries.area_tree(session, schedule.force_id)
    now = standing(session, schedule.force_id, schedule.first_day, schedule.last_day, ids, tree)
    if in_the_way(inputs, own, now):
        raise schedule_clash(
            "Windows planned since it was drawn take its teams' time or its areas' room: draw it again."
        )


def _clashes(session: Session, schedule: Schedule, made: Sequence[ScheduleAllocation]) -> list[TeamClash]:
    """Where the team of a window just made has another, planned since the draw by somebody who could not know.

    Of a first publishing, too: `_no_clash` looks a day about each window, and a day-long one with the way from it
    reaches further.
    """
    spans = [(row.starts_at, row.ends_at) for row in made if row.starts_at and row.ends_at]
    if not spans:
        return []
    ids = {_window_id(schedule, row) for row in made}
    teams = {row.team_id for row in made if row.team_id is not None}
    about = standing_queries.booked(
        session, teams, min(begin for begin, _ in spans), max(end for _, end in spans)
    )
    found = double_booked(
        [one for one in about if one.id in ids],
        [one for one in about if one.id not in ids],
        read_inputs(schedule.inputs).travel_minutes,
    )
    return [
        TeamClash(window_id=window_id, other_id=other_id, team_id=team_id)
        for window_id, other_id, team_id in found
    ]


def _window_id(schedule: Schedule, row: ScheduleAllocation) -> UUID:
    return uuid5(schedule.id, f"{row.hotspot_id}/{row.block_first_day.isoformat()}")


def _left_out(
    row: ScheduleAllocation, hotspots: dict[UUID, Hotspot], teams: dict[UUID, Team], today: date
) -> LeftOut | None:
    hotspot, team = hotspots[row.hotspot_id], teams[row.team_id] if row.team_id else None
    if row.day <= today:
        return LeftOut(hotspot_id=row.hotspot_id, day=row.day, why="begun")
    if not in_force(hotspot.valid_from, hotspot.valid_to, row.day):
        return LeftOut(hotspot_id=row.hotspot_id, day=row.day, why="hotspot-not-in-force")
    if team is None or not in_force(team.valid_from, team.valid_to, row.day):
        return LeftOut(hotspot_id=row.hotspot_id, day=row.day, why="team-not-in-force")
    return None


def _make(
    session: Session,
    by: By,
    schedule: Schedule,
    rows: list[ScheduleAllocation],
    hotspots: dict[UUID, Hotspot],
    now: datetime,
) -> None:
    """Published windows of some drawn days, each with its first revision; their ids follow from hotspot and block."""
    required_seconds = int(schedule.inputs["required_minutes"]) * 60
    windows, changes, made = [], [], []
    for row in rows:
        window = _window(schedule, row, hotspots[row.hotspot_id], required_seconds, now)
        windows.append(window)
        changes.append(
            {
                "window_id": window["id"],
                "revision": 1,
                "change": "drawn",
                "reason": None,
                "plan": stored(_plan(window)),
                "changed_by": by.officer_id,
                "changed_at": now,
            }
        )
        made.append({"a_hotspot": row.hotspot_id, "a_day": row.day, "made_id": window["id"]})
    mark = (
        update(ScheduleAllocation)
        .where(
            col(ScheduleAllocation.schedule_id) == schedule.id,
            col(ScheduleAllocation.hotspot_id) == bindparam("a_hotspot"),
            col(ScheduleAllocation.day) == bindparam("a_day"),
        )
        .values(window_id=bindparam("made_id"))
    )
    session.flush()
    connection = session.connection()
    for start in range(0, len(windows), _ROWS_A_STATEMENT):
        end = start + _ROWS_A_STATEMENT
        connection.execute(insert(TaskingWindow), windows[start:end])
        connection.execute(insert(WindowChange), changes[start:end])
        connection.execute(mark, made[start:end])


def _window(
    schedule: Schedule, row: ScheduleAllocation, hotspot: Hotspot, required_seconds: int, now: datetime
) -> dict[str, Any]:
    return {
        "id": _window_id(schedule, row),
        "force_id": schedule.force_id,
        "hotspot_id": row.hotspot_id,
        "team_id": row.team_id,
        "area_id": hotspot.area_id,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "required_seconds": required_seconds,
        "state": WindowState.PUBLISHED,
        "revision": 1,
        "created_at": now,
        "published_at": now,
        "schedule_id": schedule.id,
        "block_first_day": row.block_first_day,
    }


def _plan(window: dict[str, Any]) -> WindowPlan:
    names = ("hotspot_id", "team_id", "starts_at", "ends_at", "required_seconds", "state")
    return WindowPlan(officer_ids=(), **{name: window[name] for name in names})


def _locked(session: Session, caller: Caller, schedule_id: UUID, operation: str, now: datetime) -> Schedule:
    schedule = queries.schedule_seen(
        session, caller, schedule_id, london_day(now), Permission.SCHEDULES_DRAW, locked=True
    )
    if schedule is None:
        raise out_of_sight(operation)
    return schedule


def _log(
    session: Session, by: By, operation: str, schedule: Schedule, reason: str | None, now: datetime
) -> None:
    changed(
        session,
        operation,
        now,
        {"schedule": [schedule.id]},
        actor_id=by.officer_id,
        force_id=by.force_id,
        reason=reason,
    )
