"""Reads the plan for those who may: windows in pages, and one window with its history.

Each reading is logged, because it says where police will be.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.audit.service import Subjects, consulted
from app.clock import london_day
from app.identity.permissions import Caller, Permission, requires
from app.problems import out_of_sight
from app.rest.pagination import encode_cursor, place_after
from app.schedule import queries
from app.schedule.crew_queries import crews_of
from app.schedule.crew_schemas import answer_history
from app.schedule.schemas import (
    PlanResponse,
    WindowChangeResponse,
    WindowDetail,
    WindowPage,
    window_response,
)
from app.schedule.service import telling_for
from app.schedule.windows import WindowFilter


@requires(Permission.WINDOWS_READ)
def list_windows(
    session: Session, caller: Caller, wanted: WindowFilter, cursor: str | None, limit: int, now: datetime
) -> WindowPage:
    """The plan as far as the caller may read it, earliest first; drafts only for those who plan."""
    after = place_after(cursor)
    rows = queries.windows_seen(session, caller, london_day(now), wanted, after, limit + 1)
    page = rows[:limit]
    crews = crews_of(session, [row.window for row in page])
    telling = telling_for(session, caller, now)
    _consulted(session, caller, "windows.list", {"window": [row.window.id for row in page]}, now)
    last = page[-1].window if len(rows) > limit else None
    return WindowPage(
        windows=[window_response(row, crews[row.window.id], telling) for row in page],
        next_cursor=encode_cursor(last.starts_at, last.id) if last else None,
    )


@requires(Permission.WINDOWS_READ)
def read_window(session: Session, caller: Caller, window_id: UUID, now: datetime) -> WindowDetail:
    """One window with every change made to it and every answer given."""
    row = queries.window_seen(session, caller, window_id, london_day(now))
    if row is None:
        raise out_of_sight("windows.read")
    crew = crews_of(session, [row.window])[window_id]
    telling = telling_for(session, caller, now, everybody=True)
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
    told = {"window": [window_id], "officer": {each.officer_id for each in crew.said}}
    _consulted(session, caller, "windows.read", {kind: ids for kind, ids in told.items() if ids}, now)
    return WindowDetail(
        **dict(window_response(row, crew, telling)),
        changes=changes,
        answers=answer_history(crew, telling.reasons, words=telling.words),
    )


def _consulted(session: Session, caller: Caller, operation: str, subjects: Subjects, now: datetime) -> None:
    consulted(session, operation, now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)
