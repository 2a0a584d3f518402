"""The conditions under which a window or a patrol waits for a decision, for the reads that list and count them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select as select_rows
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.patrols.lifecycle import ExplanationKind
from app.patrols.models import (
    CrossCheckFlag,
    Patrol,
    PatrolAssessment,
    PatrolExplanation,
    PatrolProgress,
    PatrolVoid,
    WindowResult,
)
from app.patrols.review_models import AnsweredDispute, LinkedWindow, LinkSuggestion, Review, WindowLink
from app.schedule.models import TaskingWindow
from app.schedule.windows import WindowState
from app.tracks.decision import Status

# What a supervisor is asked to decide, once a window is over.

TO_DECIDE = (Status.REVIEW, Status.UNVERIFIED, Status.PARTIAL, Status.NOT_ATTENDED)
VOIDED = exists().where(col(PatrolVoid.id) == col(Patrol.id))


def undecided() -> ColumnElement[bool]:
    """The condition that a window is not kept, and nobody has decided on it."""
    status = func.coalesce(WindowResult.status, Status.NOT_ATTENDED.value)
    return and_(status.in_([each.value for each in TO_DECIDE]), col(WindowResult.decision).is_(None))


def over_and_told(now: datetime) -> ColumnElement[bool]:
    """The condition that a window is over, and its result, if it has one, is there to be told."""
    return and_(
        col(TaskingWindow.state) == WindowState.PUBLISHED,
        col(TaskingWindow.ends_at) <= now,
        func.coalesce(WindowResult.status, Status.NOT_ATTENDED.value) != Status.IN_PROGRESS.value,
        or_(col(WindowResult.told_from).is_(None), col(WindowResult.told_from) <= now),
    )


def made_for_window() -> ColumnElement[bool]:
    """The condition that a patrol was made for a window, or for one that was moved to it."""
    moved_here = aliased(TaskingWindow)
    earlier = select_rows(col(moved_here.id)).where(col(moved_here.moved_to_id) == col(TaskingWindow.id))
    return or_(
        col(Patrol.window_id) == col(TaskingWindow.id),
        col(Patrol.window_id).in_(earlier.correlate(TaskingWindow)),
    )


def someone_out() -> ColumnElement[bool]:
    return exists().where(made_for_window(), col(PatrolProgress.patrol_id) == col(Patrol.id))


def disputed() -> ColumnElement[bool]:
    """The condition that a patrol which counts has a dispute that no decision answers."""
    return exists().where(col(PatrolExplanation.patrol_id) == col(Patrol.id), unanswered())


def unanswered() -> ColumnElement[bool]:
    return and_(
        col(PatrolExplanation.kind) == ExplanationKind.DISPUTE,
        ~exists().where(col(AnsweredDispute.explanation_id) == col(PatrolExplanation.id)),
    )


def disputed_window() -> ColumnElement[bool]:
    """The condition that a disputed patrol was made for a window, for one moved to it, or is linked to it. Looked up
    from the few disputes there are, once, and not for each window."""
    disputed = (
        select_rows(col(PatrolExplanation.patrol_id))
        .join(Patrol, col(Patrol.id) == col(PatrolExplanation.patrol_id))
        .where(unanswered(), ~VOIDED)
    )
    made_for = select_rows(col(Patrol.window_id)).where(col(Patrol.id).in_(disputed))
    made_for = made_for.where(col(Patrol.window_id).is_not(None))
    earlier = aliased(TaskingWindow)
    moved_to = select_rows(col(earlier.moved_to_id)).where(
        col(earlier.id).in_(made_for), col(earlier.moved_to_id).is_not(None)
    )
    linked = select_rows(col(LinkedWindow.window_id)).where(
        col(LinkedWindow.patrol_id).in_(disputed), col(LinkedWindow.window_id).is_not(None)
    )
    window_id = col(TaskingWindow.id)
    return or_(*(window_id.in_(each.correlate(None)) for each in (made_for, moved_to, linked)))


def flagged_since_review() -> ColumnElement[bool]:
    return exists().where(
        col(CrossCheckFlag.patrol_id) == col(Patrol.id),
        col(CrossCheckFlag.asks_review),
        col(CrossCheckFlag.withdrawn_at).is_(None),
        or_(col(Review.id).is_(None), col(CrossCheckFlag.found_at) > col(Review.received_at)),
    )


def counts_for_a_window() -> ColumnElement[bool]:
    """The condition that a patrol counts for a window; a cancelled one is none, and shows nowhere else."""
    linked = exists().where(col(LinkedWindow.patrol_id) == col(Patrol.id))
    made_for = exists().where(
        col(TaskingWindow.id) == col(Patrol.window_id),
        col(TaskingWindow.state).in_((WindowState.PUBLISHED, WindowState.MOVED)),
    )
    return or_(linked, made_for)


def concerns_team(team_id: UUID) -> ColumnElement[bool]:
    """The condition that a patrol is a team's, or would keep a window of that team."""
    would_keep = exists().where(
        col(LinkSuggestion.patrol_id) == col(Patrol.id),
        col(LinkSuggestion.window_id) == col(TaskingWindow.id),
        col(TaskingWindow.team_id) == team_id,
    )
    return or_(col(Patrol.team_id) == team_id, would_keep)


def latest_review() -> ColumnElement[bool]:
    later = aliased(Review)
    return and_(
        col(Review.patrol_id) == col(Patrol.id),
        ~exists().where(col(later.patrol_id) == col(Patrol.id), col(later.number) > col(Review.number)),
    )


def unseen() -> ColumnElement[bool]:
    """The condition that a judgement asks somebody to look, or another patrol has it asked, and nobody has since."""
    asks = and_(
        col(PatrolAssessment.asks_review),
        or_(col(Review.id).is_(None), col(Review.basis) != col(PatrolAssessment.number)),
    )
    return or_(asks, flagged_since_review())


def asks_by_itself(suggested: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition that a patrol's status changed since its review, or that there is a window it would keep."""
    decided_on_link = exists().where(col(WindowLink.patrol_id) == col(Patrol.id))
    changed = and_(col(Review.id).is_not(None), col(Review.basis_status) != col(PatrolAssessment.status))
    return or_(changed, and_(suggested, ~decided_on_link))


def patrol_waits(suggested: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition that a patrol, beside a judgement of it and its latest review if any, waits for a decision by
    itself. `suggested`: there is a window it would keep."""
    asks = or_(unseen(), asks_by_itself(suggested), disputed())
    return and_(
        col(PatrolAssessment.superseded_at).is_(None),
        or_(
            # What its officer took back counts nowhere, and its flags still ask.
            and_(VOIDED, unseen()),
            and_(~VOIDED, ~counts_for_a_window(), asks),
        ),
    )


def waits(now: datetime) -> list[ColumnElement[bool]]:
    """The conditions on a window and its result that it waits for a decision."""
    return [
        over_and_told(now),
        ~someone_out(),
        or_(
            undecided(),
            col(WindowResult.check_needed),
            col(WindowResult.needs_confirmation),
            disputed_window(),
        ),
    ]
