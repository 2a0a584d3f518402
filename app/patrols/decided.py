"""What supervisors decided last on some patrols and their windows, for whoever is told of the patrols."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from app.identity.queries import collar_numbers
from app.patrols import review_queries
from app.patrols.models import Patrol, PatrolAssessment
from app.patrols.review_models import Review
from app.patrols.schemas import PatrolDecision
from app.reference.codes import Label, in_words
from app.reference.queries import labels_of


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided last on a patrol and its window, and when somebody looked at them as they are now judged."""

    decisions: list[PatrolDecision] = field(default_factory=list)
    looked_at: list[datetime] = field(default_factory=list)


def decisions_on(
    session: Session,
    patrols: Sequence[Patrol],
    linked: Mapping[UUID, UUID],
    standing: Mapping[UUID, PatrolAssessment],
    day: date,
) -> dict[UUID, Decided]:
    """The latest decision on each patrol and on the window it counts for, in a fixed number of queries."""
    of_patrols = review_queries.latest_of_patrols(session, [patrol.id for patrol in patrols])
    windows = {patrol.id: patrol.window_id or linked.get(patrol.id) for patrol in patrols}
    window_ids = sorted({window_id for window_id in windows.values() if window_id is not None})
    of_windows = review_queries.latest_of_windows(session, window_ids)
    if not of_patrols and not of_windows:
        return {}
    results = review_queries.window_results(session, list(of_windows))
    reviews = [*of_patrols.values(), *of_windows.values()]
    collars = collar_numbers(session, {review.captured_by for review in reviews})
    words = labels_of(session, patrols[0].force_id, ["decisions", "reasons"], day)
    found: dict[UUID, Decided] = {}
    for patrol in patrols:
        told = found.setdefault(patrol.id, Decided())
        own, window_id = of_patrols.get(patrol.id), windows[patrol.id]
        if own is not None:
            now = standing.get(patrol.id)
            overtaken = now is None or own.basis_status != now.status
            told.decisions.append(_told(own, "patrol", overtaken, collars, words))
            if now is not None and own.basis == now.number:
                told.looked_at.append(own.received_at)
        if window_id in of_windows:
            review, result = of_windows[window_id], results[window_id]
            told.decisions.append(_told(review, "window", result.needs_confirmation, collars, words))
            if review.basis == result.number:
                told.looked_at.append(review.received_at)
    return found


def _told(
    review: Review,
    of: str,
    overtaken: bool,
    collars: Mapping[UUID, str],
    words: Mapping[str, Mapping[str, Label]],
) -> PatrolDecision:
    reason = review.reason_code
    return PatrolDecision.model_validate(
        {
            "of": of,
            "decision": review.decision,
            "decision_label": in_words(words["decisions"], review.decision),
            "reason_label": in_words(words["reasons"], reason) if reason is not None else None,
            "adjusted_seconds": None if review.adjusted_ms is None else review.adjusted_ms // 1000,
            "decided_by_collar_number": collars[review.captured_by],
            "decided_at": review.received_at,
            "needs_confirmation": overtaken,
        }
    )
