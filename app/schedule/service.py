"""Use cases of planners: make, change, publish, cancel and move tasking windows.

A window is made under an id of the caller's; the same again is the same answer. Changes name the revision they were
decided on, and every revision is kept with its reason.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert
from sqlmodel import Session, col

from app.audit.models import Action
from app.audit.service import changed
from app.clock import london_day
from app.database.model import insert_if_absent
from app.identity.permissions import Caller, Permission, requires
from app.problems import CONFLICT, ID_TAKEN, Problem, out_of_sight
from app.reference.queries import labels
from app.rest.preconditions import require_revision
from app.schedule import queries
from app.schedule.crew_queries import crews_of
from app.schedule.crew_telling import tell_crew
from app.schedule.importing import WindowChanged
from app.schedule.models import TaskingWindow, WindowAssignment, WindowChange
from app.schedule.problems import impossible, window_fixed
from app.schedule.schemas import (
    CancelRequest,
    MoveRequest,
    PublishRequest,
    Telling,
    WindowMoved,
    WindowRequest,
    WindowResponse,
    window_response,
)
from app.schedule.windows import (
    Fault,
    WindowPlan,
    WindowState,
    changeable,
    edit_faults,
    move_faults,
    plan_faults,
    stored,
)

_BY_IMPORT = "Changed by an imported file."
OPEN = (WindowState.PLANNED, WindowState.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Saved:
    """A window as it stands now, and whether this call made it."""

    window: WindowResponse
    created: bool


@dataclass(frozen=True, slots=True)
class Note:
    """What is done to a window (`made`, `changed`, `cancelled` …), why, by whom and when. By nobody: the console."""

    change: str
    reason: str | None
    by: UUID | None
    at: datetime


@requires(Permission.WINDOWS_PLAN)
def save_window(
    session: Session,
    caller: Caller,
    window_id: UUID,
    request: WindowRequest,
    expected_revision: int | None,
    now: datetime,
) -> Saved:
    """Makes a window, or changes the revision the caller names; 409 when the id holds something else.

    422 for an impossible plan and for a hotspot, team or officer that is not the force's on the window's day.
    """
    plan = request.plan()
    if expected_revision is not None:
        _edit(session, caller, window_id, plan, request.reason, expected_revision, now)
        return Saved(answer_for(session, caller, window_id, now), created=False)
    area_id = check_plan(session, caller.force_id, plan, plan_faults(plan))
    note = Note("made", None, caller.officer_id, now)
    created = insert_window(session, caller.force_id, area_id, window_id, plan, note)
    if created:
        tell_crew(session, window_id, None, plan, now)
        _log(session, caller, window_id, plan, note, Action.COLLECT)
    else:
        _recognise(session, caller, window_id, plan)
    return Saved(answer_for(session, caller, window_id, now), created)


@requires(Permission.WINDOWS_PLAN)
def publish_window(
    session: Session, caller: Caller, window_id: UUID, request: PublishRequest, now: datetime
) -> WindowResponse:
    """Makes a planned window count; from then on it is in the denominator, whatever becomes of it."""
    window = _locked(session, caller, window_id, "windows.publish")
    if window.state is not WindowState.PUBLISHED:
        still_changeable(window, now, OPEN)
        plan = replace(queries.plan_of(session, window), state=WindowState.PUBLISHED)
        _change(session, caller, window, plan, Note("published", request.reason, caller.officer_id, now))
    return answer_for(session, caller, window_id, now)


@requires(Permission.WINDOWS_PLAN)
def cancel_window(
    session: Session, caller: Caller, window_id: UUID, request: CancelRequest, now: datetime
) -> WindowResponse:
    """Calls a window off before it begins; the row stays, with the reason and who decided it."""
    window = _locked(session, caller, window_id, "windows.cancel")
    if not _done_before(session, window, WindowState.CANCELLED, request.reason):
        still_changeable(window, now, OPEN)
        plan = replace(queries.plan_of(session, window), state=WindowState.CANCELLED)
        _change(session, caller, window, plan, Note("cancelled", request.reason, caller.officer_id, now))
    return answer_for(session, caller, window_id, now)


@requires(Permission.WINDOWS_PLAN)
def move_window(
    session: Session, caller: Caller, window_id: UUID, request: MoveRequest, now: datetime
) -> WindowMoved:
    """Puts another window in the place of a published one: the old row stays as moved, and both stay counted."""
    window = _locked(session, caller, window_id, "windows.move")
    before = queries.plan_of(session, window)
    ends_at = request.ends_at or request.starts_at + (window.ends_at - window.starts_at)
    plan = replace(before, starts_at=request.starts_at, ends_at=ends_at, state=WindowState.PUBLISHED)
    if _done_before(session, window, WindowState.MOVED, request.reason):
        made = queries.first_plan(session, request.new_id)
        if (window.moved_to_id, made) != (request.new_id, stored(plan)):
            raise window_fixed("The window is moved already, to another time.")
    else:
        still_changeable(window, now, (WindowState.PUBLISHED,))
        area_id = check_plan(session, caller.force_id, plan, move_faults(plan, now, window.block_first_day))
        note = Note("made", request.reason, caller.officer_id, now)
        if not insert_window(session, caller.force_id, area_id, request.new_id, plan, note, drawn=window):
            raise Problem(ID_TAKEN, "Make a new id for the window it is moved to.")
        tell_crew(session, request.new_id, None, plan, now)
        _log(session, caller, request.new_id, plan, note, Action.COLLECT)
        window.moved_to_id = request.new_id
        moved = replace(before, state=WindowState.MOVED)
        _change(session, caller, window, moved, replace(note, change="moved"))
    return WindowMoved(
        window=answer_for(session, caller, window_id, now),
        moved_to=answer_for(session, caller, request.new_id, now),
    )


def check_plan(session: Session, force_id: UUID, plan: WindowPlan, faults: list[Fault]) -> UUID:
    """The area of the plan's hotspot, when the plan can stand; else 422 with every fault.

    Hotspot, team and officers must be the force's own and hold on the London day the window begins.
    """
    day = london_day(plan.starts_at)
    found = list(faults)
    hotspot = queries.hotspot_on(session, force_id, plan.hotspot_id, day)
    if hotspot is None:
        found.append(Fault("hotspot_id", "unknown", "is no hotspot of the force on that day"))
    if not queries.team_holds(session, force_id, plan.team_id, day):
        found.append(Fault("team_id", "unknown", "is no team of the force on that day"))
    if plan.officer_ids:
        known = queries.officers_in_force(session, force_id, plan.officer_ids, day)
        if not known.issuperset(plan.officer_ids):
            found.append(
                Fault("officer_ids", "unknown", "names somebody who does not serve here on that day")
            )
    if hotspot is None or found:
        raise impossible(found)
    return hotspot.area_id


def insert_window(
    session: Session,
    force_id: UUID,
    area_id: UUID,
    window_id: UUID,
    plan: WindowPlan,
    note: Note,
    drawn: TaskingWindow | None = None,
) -> bool:
    """Stores a checked plan as a new window with its first revision; false when the id is taken.

    `drawn` is the window in whose place it comes: it stays a window of the same schedule and block.
    """
    created = insert_if_absent(
        session,
        TaskingWindow,
        {
            "id": window_id,
            "force_id": force_id,
            "hotspot_id": plan.hotspot_id,
            "team_id": plan.team_id,
            "area_id": area_id,
            "starts_at": plan.starts_at,
            "ends_at": plan.ends_at,
            "required_seconds": plan.required_seconds,
            "state": plan.state,
            "revision": 1,
            "created_at": note.at,
            "published_at": note.at if plan.state is WindowState.PUBLISHED else None,
            "schedule_id": drawn.schedule_id if drawn else None,
            "block_first_day": drawn.block_first_day if drawn else None,
        },
    )
    if created:
        _assign(session, window_id, plan)
        _keep_revision(session, window_id, 1, plan, note)
    return created


def _edit(
    session: Session,
    caller: Caller,
    window_id: UUID,
    plan: WindowPlan,
    reason: str | None,
    expected: int,
    now: datetime,
) -> None:
    window = _locked(session, caller, window_id, "windows.change")
    if changed_before(session, caller, window, plan, reason, expected):
        return
    require_revision(expected, window.revision)
    if reason is None:
        raise impossible([Fault("reason", "missing", "is needed to change a window")])
    still_changeable(window, now, OPEN)
    before = queries.plan_of(session, window)
    area_id = check_plan(session, caller.force_id, plan, plan_faults(plan) + edit_faults(before, plan))
    window.area_id = area_id
    _change(session, caller, window, plan, Note("changed", reason, caller.officer_id, now))


def changed_before(
    session: Session,
    caller: Caller,
    window: TaskingWindow,
    plan: WindowPlan,
    reason: str | None,
    expected: int | None,
) -> bool:
    """Whether the caller made this very change to the revision they name: sent again, its answer lost on the way."""
    latest = queries.change_numbered(session, window.id, window.revision)
    if latest is None or expected is None:
        return False
    asked = (expected + 1, stored(plan), reason, caller.officer_id)
    return (latest.revision, latest.plan, latest.reason, latest.changed_by) == asked


def _recognise(session: Session, caller: Caller, window_id: UUID, plan: WindowPlan) -> None:
    held = queries.window_locked(session, window_id)
    if held is None or held.force_id != caller.force_id:
        raise Problem(ID_TAKEN, "Make a new id and send it again.", denial="id-taken")
    if queries.first_plan(session, window_id) != stored(plan):
        raise Problem(
            CONFLICT, "Another window was made under this id. To change it send If-Match and a reason."
        )


def _locked(session: Session, caller: Caller, window_id: UUID, operation: str) -> TaskingWindow:
    window = queries.window_locked(session, window_id)
    if window is None or window.force_id != caller.force_id:
        raise out_of_sight(operation)
    return window


def still_changeable(window: TaskingWindow, now: datetime, allowed: tuple[WindowState, ...]) -> None:
    """409 when a window may not be changed any more."""
    why = changeable(window.state, window.starts_at, now, allowed)
    if why is not None:
        raise window_fixed(why)


def _done_before(session: Session, window: TaskingWindow, state: WindowState, reason: str) -> bool:
    if window.state is not state:
        return False
    latest = queries.change_numbered(session, window.id, window.revision)
    if latest is None or latest.reason != reason:
        raise window_fixed(f"The window is {state.value.lower()} already, for another reason.")
    return True


def write_imported(
    session: Session, force_id: UUID, change: WindowChanged, by: UUID | None, now: datetime
) -> None:
    """Makes or changes one window as a file has it; the import logs the whole file at once."""
    if change.new:
        note = Note("made", None, by, now)
        insert_window(session, force_id, change.area_id, change.window_id, change.plan, note)
        return
    window = queries.window_locked(session, change.window_id)
    if window is not None:
        window.area_id = change.area_id
        keep_change(session, window, change.plan, Note("changed", _BY_IMPORT, by, now))


def _change(session: Session, caller: Caller, window: TaskingWindow, plan: WindowPlan, note: Note) -> None:
    before = queries.plan_of(session, window)
    keep_change(session, window, plan, note)
    tell_crew(session, window.id, before, plan, note.at)
    _log(session, caller, window.id, plan, note, Action.ALTER)


def keep_change(session: Session, window: TaskingWindow, plan: WindowPlan, note: Note) -> None:
    """Writes a checked plan over a window's, as another revision; logging it is the caller's."""
    window.hotspot_id, window.team_id = plan.hotspot_id, plan.team_id
    window.starts_at, window.ends_at = plan.starts_at, plan.ends_at
    window.required_seconds, window.state = plan.required_seconds, plan.state
    if plan.state is WindowState.PUBLISHED and window.published_at is None:
        window.published_at = note.at
    window.revision += 1
    session.add(window)
    session.flush()
    session.connection().execute(delete(WindowAssignment).where(col(WindowAssignment.window_id) == window.id))
    _assign(session, window.id, plan)
    _keep_revision(session, window.id, window.revision, plan, note)


def _assign(session: Session, window_id: UUID, plan: WindowPlan) -> None:
    if plan.officer_ids:
        rows = [{"window_id": window_id, "officer_id": officer_id} for officer_id in plan.officer_ids]
        session.connection().execute(insert(WindowAssignment), rows)


def _keep_revision(session: Session, window_id: UUID, revision: int, plan: WindowPlan, note: Note) -> None:
    session.connection().execute(
        insert(WindowChange).values(
            window_id=window_id,
            revision=revision,
            change=note.change,
            reason=note.reason,
            plan=stored(plan),
            changed_by=note.by,
            changed_at=note.at,
        )
    )


def answer_for(session: Session, caller: Caller, window_id: UUID, now: datetime) -> WindowResponse:
    """A window of the caller's force as it stands after a change that the caller was allowed to make."""
    row = queries.window_row(session, window_id, caller.force_id)
    crew = crews_of(session, [row.window])[window_id]
    return window_response(row, crew, telling_for(session, caller, now))


def telling_for(session: Session, caller: Caller, now: datetime, *, everybody: bool = False) -> Telling:
    """What people wrote is for those who give windows out; the whole team, where asked for, for who sees officers."""
    return Telling(
        labels(session, caller.force_id, "decline_reasons", london_day(now)),
        everybody and caller.may(Permission.OFFICERS_READ),
        caller.may(Permission.WINDOWS_ASSIGN),
    )


def _log(
    session: Session, caller: Caller, window_id: UUID, plan: WindowPlan, note: Note, action: Action
) -> None:
    changed(
        session,
        f"windows.{note.change}",
        note.at,
        {"window": [window_id], "officer": plan.officer_ids},
        actor_id=caller.officer_id,
        force_id=caller.force_id,
        action=action,
        reason=note.reason,
    )
