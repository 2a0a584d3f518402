"""Gives windows to teams and officers: by sergeants within their team, by commanders and planners beyond it.

A supervisor names people who are in the window's team on its day; whoever was lent to the window before may stay.
Commanders within their areas and planners may lend officers of other teams, and give the window to another team. Every
assignment is a revision of the window with its reason, and none is made once the window has begun.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.audit.models import Action
from app.audit.service import changed
from app.clock import london_day
from app.identity.permissions import Caller, Permission, requires
from app.problems import Problem, out_of_sight
from app.rest.bulk import fault_of
from app.rest.preconditions import require_revision
from app.schedule import crew_queries, queries
from app.schedule.crew_schemas import (
    AssignmentItem,
    AssignmentRequest,
    AssignmentResult,
    AssignmentsResponse,
    AssignmentWarning,
)
from app.schedule.crew_telling import tell_crew
from app.schedule.models import TaskingWindow
from app.schedule.problems import another_team, impossible
from app.schedule.schemas import WindowAssigned
from app.schedule.service import (
    OPEN,
    Note,
    answer_for,
    changed_before,
    check_plan,
    keep_change,
    still_changeable,
)
from app.schedule.windows import Fault, WindowPlan, plan_faults


@dataclass(frozen=True, slots=True)
class _Given:
    """What became of one assignment; `before` and `after` are equal when the window was given so already."""

    window: TaskingWindow
    before: WindowPlan
    after: WindowPlan
    reason: str


@requires(Permission.WINDOWS_ASSIGN)
def assign_window(
    session: Session,
    caller: Caller,
    window_id: UUID,
    request: AssignmentRequest,
    expected_revision: int | None,
    now: datetime,
) -> WindowAssigned:
    """Gives one window to a team and officers.

    404 for a window that is not the caller's to give out, 412 when it has changed since they read it, 409 once it has
    begun, 403 for a sergeant who gives it to another team, 422 for people the caller may not name.
    """
    given = _assign(session, caller, window_id, request, expected_revision, now)
    _log(session, caller, [given], now)
    warnings = _warnings(session, caller, [given.window], now)
    return WindowAssigned(window=answer_for(session, caller, window_id, now), warnings=warnings[window_id])


@requires(Permission.WINDOWS_ASSIGN)
def assign_many(
    session: Session, caller: Caller, items: Sequence[AssignmentItem], now: datetime
) -> AssignmentsResponse:
    """Gives out many windows, each under its own conditions, and makes those that stand durable together."""
    given: dict[int, _Given] = {}
    refused: dict[int, Problem] = {}
    # Windows are held in one order, or two who give out many at once could wait for each other.
    for number, item in sorted(enumerate(items), key=lambda each: (each[1].window_id, each[0])):
        try:
            with session.begin_nested():
                given[number] = _assign(session, caller, item.window_id, item, item.revision, now)
        except Problem as problem:
            refused[number] = problem
    _log(session, caller, list(given.values()), now)
    denials = {items[number].window_id: each.denial for number, each in refused.items() if each.denial}
    _log_denied(session, caller, denials, now)
    warnings = _warnings(session, caller, [each.window for each in given.values()], now)
    results = [
        _result(item, given.get(number), refused.get(number), warnings) for number, item in enumerate(items)
    ]
    counted = {
        name: sum(each.outcome == name for each in results) for name in ("assigned", "unchanged", "refused")
    }
    return AssignmentsResponse(results=results, **counted)


def _assign(
    session: Session,
    caller: Caller,
    window_id: UUID,
    request: AssignmentRequest,
    expected: int | None,
    now: datetime,
) -> _Given:
    window = crew_queries.window_to_assign(session, caller, window_id, london_day(now))
    if window is None:
        raise out_of_sight("windows.assign")
    before = queries.plan_of(session, window)
    plan = replace(
        before, team_id=request.team_id or before.team_id, officer_ids=tuple(sorted(request.officer_ids))
    )
    if changed_before(session, caller, window, plan, request.reason, expected):
        return _Given(window, plan, plan, request.reason)
    require_revision(expected, window.revision)
    still_changeable(window, now, OPEN)
    if plan != before:
        _check(session, caller, window, before, plan, now)
        keep_change(session, window, plan, Note("assigned", request.reason, caller.officer_id, now))
        tell_crew(session, window.id, before, plan, now)
    return _Given(window, before, plan, request.reason)


def _check(
    session: Session,
    caller: Caller,
    window: TaskingWindow,
    before: WindowPlan,
    plan: WindowPlan,
    now: datetime,
) -> None:
    """Raises unless the caller may give the window to this team and these people, and they can be given it."""
    today = london_day(now)
    lends = crew_queries.may_lend(session, caller, window.id, today)
    if plan.team_id != before.team_id:
        if not lends:
            raise another_team()
        if not crew_queries.may_give_to(session, caller, plan.team_id, today):
            raise impossible([Fault("team_id", "unknown", "is no team that you may give windows to")])
    if not lends:
        day = london_day(plan.starts_at)
        team = crew_queries.memberships(session, [plan.team_id]).ids_on([plan.team_id], day)[plan.team_id]
        # The same words for whoever is in another team and for nobody at all.
        if not set(plan.officer_ids) <= team | set(before.officer_ids):
            raise impossible(
                [
                    Fault(
                        "officer_ids",
                        "not-in-team",
                        "names somebody who is not in the window's team that day",
                    )
                ]
            )
    check_plan(session, caller.force_id, plan, plan_faults(plan))


def _warnings(
    session: Session, caller: Caller, windows: Sequence[TaskingWindow], now: datetime
) -> dict[UUID, list[AssignmentWarning]]:
    """What to look at, by window: officers tasked elsewhere at the time, officers who are not in its team that day."""
    found: dict[UUID, list[AssignmentWarning]] = {window.id: [] for window in windows}
    if not windows:
        return found
    elsewhere = crew_queries.tasked_elsewhere(session, caller, list(found), london_day(now))
    crews = crew_queries.crews_of(session, windows)
    members = crew_queries.memberships(session, {window.team_id for window in windows})
    for window in windows:
        team = {officer_id for officer_id, _ in members.on(window.team_id, london_day(window.starts_at))}
        for officer_id, collar in crews[window.id].named:
            clashing = [
                each for each in elsewhere if (each.window_id, each.officer_id) == (window.id, officer_id)
            ]
            told = {"officer_id": officer_id, "collar_number": collar}
            if clashing:
                seen = [each.other_id for each in clashing if each.seen]
                found[window.id].append(AssignmentWarning(code="tasked-elsewhere", window_ids=seen, **told))
            if officer_id not in team:
                found[window.id].append(AssignmentWarning(code="not-in-team", window_ids=[], **told))
    return found


def _result(
    item: AssignmentItem,
    given: _Given | None,
    problem: Problem | None,
    warnings: Mapping[UUID, list[AssignmentWarning]],
) -> AssignmentResult:
    if given is None:
        told = fault_of(problem) if problem is not None else None
        return AssignmentResult(
            window_id=item.window_id, outcome="refused", revision=None, warnings=[], problem=told
        )
    return AssignmentResult(
        window_id=item.window_id,
        outcome="unchanged" if given.before == given.after else "assigned",
        revision=given.window.revision,
        warnings=warnings[item.window_id],
        problem=None,
    )


def _log(session: Session, caller: Caller, given: Sequence[_Given], now: datetime) -> None:
    """One event for all: the windows, whoever was given one and whoever was taken off. What was so already was read."""
    new = [each for each in given if each.before != each.after]
    if not given:
        return
    people = {
        officer_id for each in given for officer_id in (*each.before.officer_ids, *each.after.officer_ids)
    }
    reasons = {each.reason for each in given}
    changed(
        session, "windows.assigned", now, {"window": {each.window.id for each in given}, "officer": people},
        actor_id=caller.officer_id, force_id=caller.force_id,
        action=Action.ALTER if new else Action.CONSULT, reason=reasons.pop() if len(reasons) == 1 else None,
    )  # fmt: skip


def _log_denied(session: Session, caller: Caller, denials: Mapping[UUID, str], now: datetime) -> None:
    # Refused alone, an assignment is logged by the handler of problems; among many it has no answer of its own.
    if denials:
        changed(
            session, "windows.assigned", now, {"window": denials},
            actor_id=caller.officer_id, force_id=caller.force_id, action=Action.DENIED,
            reason=", ".join(sorted(set(denials.values()))),
        )  # fmt: skip
