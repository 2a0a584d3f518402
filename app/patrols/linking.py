"""A supervisor's decision that a patrol made for no window counts for one, or no longer does. It is judged again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col

from app.audit.models import Action
from app.audit.service import changed
from app.clock import london_day, to_ms
from app.database.model import insert_or_replace
from app.database.turns import take_turns
from app.facts.content import content_hash
from app.facts.feed import FeedChange
from app.facts.service import Provenance, record
from app.identity.permissions import Caller, Permission, requires
from app.patrols import holding, judging, queries, review_queries
from app.patrols.lifecycle import Cause
from app.patrols.models import Patrol, PatrolAssessment
from app.patrols.problems import not_linkable, too_early
from app.patrols.review_models import LinkedWindow, WindowLink
from app.patrols.review_schemas import LinkRequest, LinkResponse
from app.patrols.reviews import check_reviewer, people_of_windows
from app.patrols.suggesting import verified_by_hotspot
from app.patrols.window_results import write_window_results
from app.problems import out_of_sight
from app.reference.codes import in_words
from app.reference.queries import labels
from app.schedule.models import TaskingWindow
from app.tracks.intervals import clip
from app.tracks.queries import policy_in_force


@dataclass(frozen=True, slots=True)
class Linked:
    """What became of a link, and whether this call made it."""

    link: LinkResponse
    created: bool


@requires(Permission.REVIEWS_DECIDE)
def link_patrol(
    session: Session, caller: Caller, patrol_id: UUID, link_id: UUID, body: LinkRequest, now: datetime
) -> Linked:
    """Records the decision and judges the patrol again with the window, or without.

    404 for a patrol or window that is not the caller's to decide on; 403 for one's own and for rank; 409 `not-linkable`
    for a patrol made for a window, one that is still open, and a window it spent no verified time in.
    """
    day = london_day(now)
    review_queries.hold_patrols(session, [patrol_id])
    patrol = review_queries.patrols_to_review(session, caller, [patrol_id], day).get(patrol_id)
    if patrol is None:
        raise out_of_sight("patrol:link")
    before = review_queries.linked_window_id(session, patrol_id)
    windows = sorted({each for each in (before, body.window_id) if each is not None})
    people = review_queries.people_of_patrols(session, [patrol])
    take_turns(session, people)
    review_queries.hold_windows(session, windows)
    people = people.union(*people_of_windows(session, windows).values())
    origin = Provenance(caller.officer_id, caller.officer_id, now, None)
    row = {
        "force_id": caller.force_id,
        "patrol_id": patrol_id,
        "window_id": body.window_id,
        "number": review_queries.next_link_number(session, patrol_id),
        "reason": body.reason,
    }
    created = record(session, WindowLink, link_id, content_hash(f"link/{patrol_id}", 1, body), origin, row)
    if created:
        # A window that is left is decided on as much as one that is taken up.
        seen = review_queries.windows_to_review(session, caller, windows, day)
        if set(windows) - set(seen):
            raise out_of_sight("patrol:link")
        check_reviewer(session, caller, people, day)
        _check_linkable(session, patrol, seen[body.window_id] if body.window_id else None, now)
        _apply(session, patrol, link_id, body.window_id, before, now)
    changed(
        session, "patrol:link", now, {"patrol": [patrol_id], "window": windows, "officer": people},
        actor_id=caller.officer_id, force_id=caller.force_id,
        action=Action.ALTER if created else Action.CONSULT, reason=body.reason if created else None,
    )  # fmt: skip
    return Linked(_answer(session, caller, patrol_id, link_id, now), created)


def _check_linkable(session: Session, patrol: Patrol, window: TaskingWindow | None, now: datetime) -> None:
    standing = queries.assessment_numbered(session, patrol.id, None)
    if patrol.window_id is not None:
        raise not_linkable("The patrol was made for a window.")
    if queries.voids_of(session, [patrol.id]):
        raise not_linkable("The patrol was taken back by its officer.")
    if standing is None:
        raise too_early("The patrol has not ended yet.")
    if holding.held_until(session, [patrol.id], now):
        raise too_early("The officer sees the result of this patrol first.")
    if window is None:
        return
    verified = verified_by_hotspot(standing.result).get(window.hotspot_id, ())
    if not clip(verified, to_ms(window.starts_at), to_ms(window.ends_at)):
        raise not_linkable("The patrol spent no verified time there in that window.")


def _apply(
    session: Session,
    patrol: Patrol,
    link_id: UUID,
    window_id: UUID | None,
    before: UUID | None,
    now: datetime,
) -> None:
    if window_id is None:
        session.connection().execute(delete(LinkedWindow).where(col(LinkedWindow.patrol_id) == patrol.id))
    else:
        values = {"patrol_id": patrol.id, "window_id": window_id, "link_id": link_id}
        insert_or_replace(session, LinkedWindow, "patrol_id", values)
    judging.judge(session, patrol, queries.ends_of(session, [patrol.id])[patrol.id], now, Cause.LINK)
    policy = policy_in_force(session, patrol.force_id, london_day(patrol.started_at))
    for each in sorted({each for each in (before, window_id) if each is not None}):
        write_window_results(session, each, policy, now)
    judging.tell_people(session, patrol, FeedChange.LINKED, now)


def _answer(session: Session, caller: Caller, patrol_id: UUID, link_id: UUID, now: datetime) -> LinkResponse:
    link = review_queries.link_recorded(session, link_id)
    standing: PatrolAssessment = queries.current_assessments(session, [patrol_id])[patrol_id]
    words = labels(session, caller.force_id, "patrol_statuses", london_day(now))
    return LinkResponse(
        id=link.id,
        patrol_id=patrol_id,
        window_id=link.window_id,
        reason=link.reason,
        decided_by=link.captured_by,
        decided_at=link.received_at,
        status=standing.status,
        status_label=in_words(words, standing.status),
    )
