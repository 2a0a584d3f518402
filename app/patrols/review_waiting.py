"""What waits for a decision and since when, of a whole force: for no caller, but for alerts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, false, func, or_, select as select_rows
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.patrols import closing, holding
from app.patrols.models import (
    OfficerFirst,
    Patrol,
    PatrolAssessment,
    PatrolExplanation,
    WindowResult,
)

# What a supervisor is asked to decide, once a window is over.
from app.patrols.review_conditions import (
    VOIDED,
    asks_by_itself,
    latest_review,
    over_and_told,
    patrol_waits,
    unanswered,
    undecided,
    unseen,
)
from app.patrols.review_models import LinkedWindow, LinkSuggestion, Review
from app.patrols.window_queries import windows_to_decide
from app.schedule.models import TaskingWindow
from app.schedule.windows import LATE_DATA_GRACE, LONGEST


def windows_waiting(
    session: Session, force_id: UUID, now: datetime, since: datetime
) -> list[tuple[UUID, datetime]]:
    """The windows of a force that began after an instant and wait for a decision, and since when each could have been
    decided: settled, found to be another than decided, or disputed, whichever came first, and told to those who decide.
    For no caller: for alerts.

    As `windows_due` has them, but asked of everything at once and often: the few that are disputed or have somebody out
    are found from there, not by looking behind every window.
    """
    disputed, out = _disputed_since(session, force_id, since), _windows_with_someone_out(session, force_id)
    open_still = or_(undecided(), func.coalesce(col(WindowResult.check_needed), false()))
    changed = func.coalesce(col(WindowResult.needs_confirmation), false())
    rows = session.execute(
        select_rows(
            col(TaskingWindow.id), col(TaskingWindow.ends_at), open_still.label("undecided"),
            changed.label("changed"), col(WindowResult.computed_at), col(WindowResult.told_from),
        )
        .outerjoin(WindowResult, col(WindowResult.window_id) == col(TaskingWindow.id))
        .where(
            col(TaskingWindow.force_id) == force_id,
            col(TaskingWindow.starts_at) > since,
            col(TaskingWindow.starts_at) <= now,
            over_and_told(now),
            or_(open_still, changed, col(TaskingWindow.id).in_(sorted(disputed))),
        )
    ).all()  # fmt: skip
    found = []
    for window_id, ends_at, is_undecided, is_changed, computed_at, told_from in rows:
        settled = ends_at + LATE_DATA_GRACE
        reasons = [settled] if is_undecided else []
        if is_changed:
            reasons.append(max(settled, computed_at))
        if window_id in disputed:
            reasons.append(disputed[window_id])
        if window_id not in out:
            found.append((window_id, max(min(reasons), told_from or ends_at)))
    return found


def _disputed_since(session: Session, force_id: UUID, since: datetime) -> dict[UUID, datetime]:
    """The windows for which patrols count that have a dispute nobody answered, each with when the first came."""
    rows = session.execute(
        select_rows(
            func.coalesce(col(LinkedWindow.window_id), col(Patrol.window_id)).label("window_id"),
            func.min(PatrolExplanation.received_at).label("at"),
        )
        .select_from(PatrolExplanation)
        .join(Patrol, col(Patrol.id) == col(PatrolExplanation.patrol_id))
        .outerjoin(LinkedWindow, col(LinkedWindow.patrol_id) == col(Patrol.id))
        .where(
            col(Patrol.force_id) == force_id,
            col(Patrol.started_at) > since - LONGEST,
            unanswered(),
            ~VOIDED,
        )
        .group_by(func.coalesce(col(LinkedWindow.window_id), col(Patrol.window_id)))
    ).all()
    found: dict[UUID, datetime] = {}
    for window_id, at in rows:
        for each in windows_to_decide(session, window_id) if window_id is not None else ():
            found[each] = min(at, found.get(each, at))
    return found


def _windows_with_someone_out(session: Session, force_id: UUID) -> set[UUID]:
    made_for = {one.window_id for one in closing.open_patrols(session) if one.force_id == force_id}
    return {
        each
        for window_id in made_for
        if window_id is not None
        for each in windows_to_decide(session, window_id)
    }


def patrols_waiting(
    session: Session, force_id: UUID, now: datetime, since: datetime
) -> list[tuple[UUID, datetime]]:
    """The patrols of a force that began after an instant, count for no window and wait for a decision, and since when
    each could have been decided: judged and settled, or disputed, whichever came first, and told to those who decide. A
    window they would keep counts here only when it is their own team's. For no caller: for alerts."""
    suggested = exists().where(
        col(LinkSuggestion.patrol_id) == col(Patrol.id),
        col(LinkSuggestion.window_id) == col(TaskingWindow.id),
        col(TaskingWindow.team_id) == col(Patrol.team_id),
    )
    held = aliased(OfficerFirst)
    disputed_at = (
        select_rows(func.min(PatrolExplanation.received_at))
        .where(col(PatrolExplanation.patrol_id) == col(Patrol.id), unanswered())
        .correlate(Patrol)
        .scalar_subquery()
    )
    rows = session.execute(
        select_rows(
            col(Patrol.id),
            col(PatrolAssessment.ended_at),
            col(PatrolAssessment.computed_at),
            or_(unseen(), asks_by_itself(suggested)).label("by_itself"),
            disputed_at.label("disputed_at"),
            col(held.until_at),
        )
        .join(PatrolAssessment, col(PatrolAssessment.patrol_id) == col(Patrol.id))
        .outerjoin(Review, latest_review())
        .outerjoin(held, col(held.patrol_id) == col(Patrol.id))
        .where(
            col(Patrol.force_id) == force_id,
            col(Patrol.started_at) > since,
            holding.told_to_everybody(now),
            patrol_waits(suggested),
        )
    ).all()
    found = []
    for patrol_id, ended_at, computed_at, by_itself, disputed, told_from in rows:
        reasons = [max(ended_at + LATE_DATA_GRACE, computed_at)] if by_itself else []
        if disputed is not None:
            reasons.append(disputed)
        found.append((patrol_id, max(min(reasons), told_from or ended_at)))
    return found
