"""The condition that a patrol still asks somebody to look at it: `reviewing.still_asks`, as the database says it."""

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlmodel import col

from app.patrols.models import CrossCheckFlag, Patrol, PatrolAssessment, WindowResult
from app.patrols.review_models import LinkedWindow, Review


def still_asked() -> ColumnElement[bool]:
    """The condition on `Patrol` that its standing judgement, or a flag because of another patrol, asks somebody to
    look, and that nobody has since: by a review of that judgement, or of its window as it is now judged."""
    found_later = col(Review.received_at) >= col(CrossCheckFlag.found_at)
    because_of_another = (
        exists()
        .where(
            col(CrossCheckFlag.patrol_id) == col(Patrol.id),
            col(CrossCheckFlag.asks_review),
            col(CrossCheckFlag.withdrawn_at).is_(None),
            ~_looked_at(found_later),
        )
        .correlate(Patrol, PatrolAssessment)
    )
    return exists().where(
        col(PatrolAssessment.patrol_id) == col(Patrol.id),
        col(PatrolAssessment.superseded_at).is_(None),
        or_(and_(col(PatrolAssessment.asks_review), ~_looked_at()), because_of_another),
    )


def _looked_at(*since: ColumnElement[bool]) -> ColumnElement[bool]:
    itself = exists().where(
        col(Review.patrol_id) == col(Patrol.id), col(Review.basis) == col(PatrolAssessment.number), *since
    )
    linked = exists().where(
        col(LinkedWindow.patrol_id) == col(Patrol.id),
        col(LinkedWindow.window_id) == col(WindowResult.window_id),
    )
    window = exists().where(
        col(Review.window_id) == col(WindowResult.window_id),
        col(Review.basis) == col(WindowResult.number),
        or_(
            col(WindowResult.window_id) == col(Patrol.window_id),
            linked.correlate(Patrol, WindowResult),
        ),
        *since,
    )
    around = (Patrol, PatrolAssessment, CrossCheckFlag)
    return or_(itself.correlate(*around), window.correlate(*around))
