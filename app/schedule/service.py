"""Use cases of planners: make, change, publish, cancel and move tasking windows, and read the plan.

A window is made under an id of the caller's; the same again is the same answer. Changes name the revision they were
decided on, and every revision is kept with its reason. Reading the plan is logged, because it says where
police will be.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert
from sqlmodel import Session, col

from app.audit.models import Action
from app.audit.service import changed, consulted
from app.clock import london_day
from app.database.model import insert_if_absent
from app.identity.permissions import Caller, Permission, requires
from app.problems import CONFLICT, ID_TAKEN, Problem, out_of_sight
from app.rest.pagination import decode_cursor, encode_cursor
from app.rest.preconditions import require_revision
from app.schedule import queries
from app.schedule.importing import WindowChanged
from app.schedule.models import TaskingWindow, WindowAssignment, WindowChange
from app.schedule.problems import impossible, window_fixed
from app.schedule.schemas import (
    CancelRequest,
    MoveRequest,
    PlanResponse,
    PublishRequest,
    WindowChangeResponse,
    WindowDetail,
    WindowMoved,
    WindowPage,
    WindowRequest,
    WindowResponse,
    window_response,
)
from app.schedule.windows import (
    Fault,
    WindowFilter,
    WindowPlan,
    WindowState,
    changeable,
    edit_faults,
    move_faults,
    plan_faults,
    stored,
)

_BY_IMPORT = "Changed by an imported file."
_OPEN = (WindowState.PLANNED, WindowState.PUBLISHED)


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
        return Saved(_answer_for(session, caller, window_id), created=False)
    area_id = check_plan(session, caller.force_id, plan, plan_faults(plan))
    note = Note("made", None, caller.officer_id, now)
    created = insert_window(session, caller.force_id, area_id, window_id, plan, note)
    if created:
        _log(session, caller, window_id, plan, note, Action.COLLECT)
    else:
        _recognise(session, caller, window_id, plan)
    return Saved(_answer_for(session, caller, window_id), created)


@requires(Permission.WINDOWS_PLAN)
def publish_window(
    session: Session, caller: Caller, window_id: UUID, request: PublishRequest, now: datetime
) -> WindowResponse:
    """Makes a planned window count; from then on it is in the denominator, whatever becomes of it."""
    window = _locked(session, caller, window_id, "windows.publish")
    if window.state is not WindowState.PUBLISHED:
        _still_changeable(window, now, _OPEN)
        plan = replace(queries.plan_of(session, window), state=WindowState.PUBLISHED)
        _change(session, caller, window, plan, Note("published", request.reason, caller.officer_id, now))
    return _answer_for(session, caller, window_id)


@requires(Permission.WINDOWS_PLAN)
def cancel_window(
    session: Session, caller: Caller, window_id: UUID, request: CancelRequest, now: datetime
) -> WindowResponse:
    """Calls a window off before it begins; the row stays, with the reason and who decided it."""
    window = _locked(session, caller, window_id, "windows.cancel")
    if not _done_before(session, window, WindowState.CANCELLED, request.reason):
        _still_changeable(window, now, _OPEN)
        plan = replace(queries.plan_of(session, window), state=WindowState.CANCELLED)
        _change(session, caller, window, plan, Note("cancelled", request.reason, caller.officer_id, now))
    return _answer_for(session, caller, window_id)


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
        _still_changeable(window, now, (WindowState.PUBLISHED,))
        area_id = check_plan(session, caller.force_id, plan, move_faults(plan, now))
        note = Note("made", request.reason, caller.officer_id, now)
        if not insert_window(session, caller.force_id, area_id, request.new_id, plan, note, drawn=window):
            raise Problem(ID_TAKEN, "Make a new id for the window it is moved to.")
        _log(session, caller, request.new_id, plan, note, Action.COLLECT)
        window.moved_to_id = request.new_id
        moved = replace(before, state=WindowState.MOVED)
        _change(session, caller, window, moved, replace(note, change="moved"))
    return WindowMoved(
        window=_answer_for(session, caller, window_id),
        moved_to=_answer_for(session, caller, request.new_id),
    )


@requires(Permission.WINDOWS_READ)
def list_windows(
    session: Session, caller: Caller, wanted: WindowFilter, cursor: str | None, limit: int, now: datetime
) -> WindowPage:
    """The plan as far as the caller may read it, earliest first; drafts only for those who plan."""
    after = decode_cursor(cursor) if cursor is not None else None
    rows = queries.windows_seen(session, caller, london_day(now), wanted, after, limit + 1)
    page = rows[:limit]
    ids = [row.window.id for row in page]
    officers = queries.officers_tasked(session, ids)
    _consulted(session, caller, "windows.list", ids, now)
    last = page[-1].window if len(rows) > limit else None
    return WindowPage(
        windows=[window_response(row, officers[row.window.id]) for row in page],
        next_cursor=encode_cursor(last.starts_at, last.id) if last else None,
    )


@requires(Permission.WINDOWS_READ)
def read_window(session: Session, caller: Caller, window_id: UUID, now: datetime) -> WindowDetail:
    """One window with every change made to it."""
    row = queries.window_seen(session, caller, window_id, london_day(now))
    if row is None:
        raise out_of_sight("windows.read")
    officers = queries.officers_tasked(session, [window_id])[window_id]
    changes = [
        WindowChangeResponse(
            revision=change.revision,
            change=change.change,
            reason=change.reason,
            changed_by=collar_number,
            changed_at=change.changed_at,
            plan=PlanResponse.model_validate(change.plan),
        )
        for change, collar_number in queries.changes_of(session, window_id)
    ]
    _consulted(session, caller, "windows.read", [window_id], now)
    return WindowDetail(**dict(window_response(row, officers)), changes=changes)


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
    latest = queries.change_numbered(session, window_id, window.revision)
    asked = (expected + 1, stored(plan), reason, caller.officer_id)
    if latest is not None and (latest.revision, latest.plan, latest.reason, latest.changed_by) == asked:
        return  # the same edit again, whose answer was lost on the way
    require_revision(expected, window.revision)
    if reason is None:
        raise impossible([Fault("reason", "missing", "is needed to change a window")])
    _still_changeable(window, now, _OPEN)
    before = queries.plan_of(session, window)
    area_id = check_plan(session, caller.force_id, plan, plan_faults(plan) + edit_faults(before, plan))
    window.area_id = area_id
    _change(session, caller, window, plan, Note("changed", reason, caller.officer_id, now))


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


def _still_changeable(window: TaskingWindow, now: datetime, allowed: tuple[WindowState, ...]) -> None:
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
        _keep_change(session, window, change.plan, Note("changed", _BY_IMPORT, by, now))


def _change(session: Session, caller: Caller, window: TaskingWindow, plan: WindowPlan, note: Note) -> None:
    _keep_change(session, window, plan, note)
    _log(session, caller, window.id, plan, note, Action.ALTER)


def _keep_change(session: Session, window: TaskingWindow, plan: WindowPlan, note: Note) -> None:
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


def _answer_for(session: Session, caller: Caller, window_id: UUID) -> WindowResponse:
    row = queries.window_row(session, window_id, caller.force_id)
    return window_response(row, queries.officers_tasked(session, [window_id])[window_id])


def _consulted(session: Session, caller: Caller, operation: str, ids: list[UUID], now: datetime) -> None:
    subjects = {"window": ids}
    consulted(session, operation, now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)


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
