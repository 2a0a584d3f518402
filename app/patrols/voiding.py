"""Takes a patrol that was a mistake out of everything that counts; what was recorded and judged of it stays."""

from datetime import datetime

from sqlmodel import Session

from app.clock import london_day
from app.database.model import insert_if_absent
from app.facts.feed import FeedChange
from app.patrols import (
    crediting,
    judging,
    queries,
    review_queries,
    visiting,
    window_queries,
    window_results,
)
from app.patrols.models import CrossCheckDue, Patrol
from app.tracks.queries import policy_in_force


def take_out(session: Session, patrol: Patrol, now: datetime) -> None:
    """Ends its progress, and takes its visits away, and writes anew the hours of all who were on it and the
    window it counted for.

    The caller holds the patrol's row and has recorded the void. A window that had no result yet has none still.
    """
    judging.end_progress(session, patrol.id)
    judging.tell_people(session, patrol, FeedChange.VOIDED, now)
    # What it said about others is withdrawn.
    insert_if_absent(session, CrossCheckDue, {"patrol_id": patrol.id, "marked_at": now})
    standing = queries.current_assessments(session, [patrol.id]).get(patrol.id)
    crediting.write_hours(session, patrol, max(now, standing.ended_at) if standing else now)
    visiting.remove_visits(session, patrol.id)
    tasked_id = patrol.window_id or review_queries.linked_window_id(session, patrol.id)
    if tasked_id is None:
        return
    policy = policy_in_force(session, patrol.force_id, london_day(patrol.started_at))
    for window_id in sorted(window_queries.windows_to_decide(session, tasked_id)):
        if review_queries.window_result(session, window_id) is not None:
            window_results.write_window_result(session, window_id, policy, now)
