"""Reads of which patrols count for which windows, over moves and links."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import exists
from sqlmodel import Session, col, select

from app.patrols.models import Patrol, PatrolVoid
from app.patrols.queries import counts_for
from app.patrols.review_models import LinkedWindow
from app.schedule.models import TaskingWindow

_VOIDED = exists().where(col(PatrolVoid.id) == col(Patrol.id))


def patrols_of_window(session: Session, window_id: UUID) -> list[Patrol]:
    """All patrols that count for a window, made for it or for one that was moved to it since, in a stable order."""
    return patrols_of_windows(session, [window_id])[window_id]


def patrols_of_windows(
    session: Session, window_ids: Sequence[UUID], *, voided: bool = False
) -> dict[UUID, list[Patrol]]:
    """`patrols_of_window` for several, in a fixed number of queries but for moves of moves; with `voided` those taken
    back by their officer as well."""
    leads_to = windows_led_to(session, window_ids)
    found: dict[UUID, list[Patrol]] = {window_id: [] for window_id in window_ids}
    if not leads_to:
        return found
    linked = {
        row.patrol_id: row.window_id
        for row in session.exec(select(LinkedWindow).where(col(LinkedWindow.window_id).in_(leads_to))).all()
    }
    query = select(Patrol).where(counts_for(list(leads_to))).order_by(col(Patrol.id))
    for patrol in session.exec(query if voided else query.where(~_VOIDED)).all():
        for window_id in leads_to[patrol.window_id or linked[patrol.id]]:
            if window_id in found:
                found[window_id].append(patrol)
    return found


def windows_led_to(session: Session, window_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Some windows and all that were moved to them, one after the other, each with those of `window_ids` that a patrol
    made for it counts for."""
    leads_to = {window_id: {window_id} for window_id in window_ids}
    newest = set(window_ids)
    while newest:
        moved = session.exec(
            select(TaskingWindow.id, TaskingWindow.moved_to_id).where(
                col(TaskingWindow.moved_to_id).in_(newest)
            )
        ).all()
        for earlier, later in moved:
            if later is not None:
                leads_to.setdefault(earlier, set()).update(leads_to[later])
        newest = {earlier for earlier, _later in moved}
    return leads_to


def windows_to_decide(session: Session, window_id: UUID) -> list[UUID]:
    """A patrol's window and those it was moved to, one after the other."""
    found = [window_id]
    for each in found:
        following = session.exec(select(TaskingWindow.moved_to_id).where(TaskingWindow.id == each)).one()
        if following is not None:
            found.append(following)
    return found
