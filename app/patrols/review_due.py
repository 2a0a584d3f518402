"""Reads of what waits for a decision: windows, and patrols that count for none or that ask somebody to look."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select as select_rows
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.areas.models import Hotspot, Team
from app.identity.permissions import Caller
from app.patrols import closing, holding
from app.patrols.lifecycle import ExplanationKind
from app.patrols.models import (
    CrossCheckFlag,
    OfficerFirst,
    Patrol,
    PatrolAssessment,
    PatrolExplanation,
    PatrolProgress,
    PatrolVoid,
    WindowResult,
)
from app.patrols.review_models import AnsweredDispute, LinkedWindow, LinkSuggestion, Review, WindowLink
from app.patrols.review_queries import patrols_gate, windows_gate
from app.patrols.window_queries import windows_to_decide
from app.schedule.models import TaskingWindow
from app.schedule.windows import LATE_DATA_GRACE, LONGEST, WindowState
from app.tracks.decision import Status

# What a supervisor is asked to decide, once a window is over.
_TO_DECIDE = (Status.REVIEW, Status.UNVERIFIED, Status.PARTIAL, Status.NOT_ATTENDED)
_VOIDED = exists().where(col(PatrolVoid.id) == col(Patrol.id))


@dataclass(frozen=True, slots=True)
class DueWindow:
    """A window somebody has to decide on."""

    window: TaskingWindow
    result: WindowResult | None
    hotspot_code: str
    hotspot_name: str
    team_code: str


def windows_due(
    session: Session,
    caller: Caller,
    day: date,
    now: datetime,
    period: tuple[datetime, datetime],
    after: tuple[datetime, UUID] | None,
    limit: int,
    team_id: UUID | None = None,
) -> list[DueWindow]:
    """Windows that are over and wait for a decision: undecided and not kept, with flags that nobody has looked at where
    they are kept or decided, to be confirmed, or with a dispute that no decision answers; latest first."""
    starts_at, window_id = col(TaskingWindow.starts_at), col(TaskingWindow.id)
    query = (
        select_rows(TaskingWindow, WindowResult, col(Hotspot.code), col(Hotspot.name), col(Team.code))
        .outerjoin(WindowResult, col(WindowResult.window_id) == window_id)
        .join(Hotspot, col(Hotspot.id) == col(TaskingWindow.hotspot_id))
        .join(Team, col(Team.id) == col(TaskingWindow.team_id))
        .where(
            windows_gate(caller, day),
            starts_at >= period[0],
            starts_at < period[1],
            *_waits(now),
        )
    )
    if team_id is not None:
        query = query.where(col(TaskingWindow.team_id) == team_id)
    if after is not None:
        query = query.where(or_(starts_at < after[0], and_(starts_at == after[0], window_id < after[1])))
    rows = session.execute(query.order_by(starts_at.desc(), window_id.desc()).limit(limit)).all()
    return [DueWindow(*row) for row in rows]


def windows_due_by_team(
    session: Session, caller: Caller, day: date, now: datetime, period: tuple[datetime, datetime]
) -> dict[UUID, int]:
    """How many windows wait for a decision, by team; teams for which none does are left out."""
    team_id = col(TaskingWindow.team_id)
    query = (
        select_rows(team_id, func.count())
        .outerjoin(WindowResult, col(WindowResult.window_id) == col(TaskingWindow.id))
        .where(
            windows_gate(caller, day),
            col(TaskingWindow.starts_at) >= period[0],
            col(TaskingWindow.starts_at) < period[1],
            *_waits(now),
        )
        .group_by(team_id)
    )
    return {row[0]: row[1] for row in session.execute(query).all()}


def _waits(now: datetime) -> list[ColumnElement[bool]]:
    """The conditions on a window and its result that it waits for a decision."""
    return [
        _over_and_told(now),
        ~_someone_out(),
        or_(
            _undecided(),
            col(WindowResult.check_needed),
            col(WindowResult.needs_confirmation),
            _disputed_window(),
        ),
    ]


def _undecided() -> ColumnElement[bool]:
    """The condition that a window is not kept, and nobody has decided on it."""
    status = func.coalesce(WindowResult.status, Status.NOT_ATTENDED.value)
    return and_(status.in_([each.value for each in _TO_DECIDE]), col(WindowResult.decision).is_(None))


def _over_and_told(now: datetime) -> ColumnElement[bool]:
    """The condition that a window is over, and its result, if it has one, is there to be told."""
    return and_(
        col(TaskingWindow.state) == WindowState.PUBLISHED,
        col(TaskingWindow.ends_at) <= now,
        func.coalesce(WindowResult.status, Status.NOT_ATTENDED.value) != Status.IN_PROGRESS.value,
        or_(col(WindowResult.told_from).is_(None), col(WindowResult.told_from) <= now),
    )


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
    undecided = or_(_undecided(), func.coalesce(col(WindowResult.check_needed), false()))
    changed = func.coalesce(col(WindowResult.needs_confirmation), false())
    rows = session.execute(
        select_rows(
            col(TaskingWindow.id), col(TaskingWindow.ends_at), undecided.label("undecided"),
            changed.label("changed"), col(WindowResult.computed_at), col(WindowResult.told_from),
        )
        .outerjoin(WindowResult, col(WindowResult.window_id) == col(TaskingWindow.id))
        .where(
            col(TaskingWindow.force_id) == force_id,
            col(TaskingWindow.starts_at) > since,
            col(TaskingWindow.starts_at) <= now,
            _over_and_told(now),
            or_(undecided, changed, col(TaskingWindow.id).in_(sorted(disputed))),
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
            _unanswered(),
            ~_VOIDED,
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


def _made_for_window() -> ColumnElement[bool]:
    """The condition that a patrol was made for a window, or for one that was moved to it."""
    moved_here = aliased(TaskingWindow)
    earlier = select_rows(col(moved_here.id)).where(col(moved_here.moved_to_id) == col(TaskingWindow.id))
    return or_(
        col(Patrol.window_id) == col(TaskingWindow.id),
        col(Patrol.window_id).in_(earlier.correlate(TaskingWindow)),
    )


def _someone_out() -> ColumnElement[bool]:
    return exists().where(_made_for_window(), col(PatrolProgress.patrol_id) == col(Patrol.id))


def _disputed() -> ColumnElement[bool]:
    """The condition that a patrol which counts has a dispute that no decision answers."""
    return exists().where(col(PatrolExplanation.patrol_id) == col(Patrol.id), _unanswered())


def _unanswered() -> ColumnElement[bool]:
    return and_(
        col(PatrolExplanation.kind) == ExplanationKind.DISPUTE,
        ~exists().where(col(AnsweredDispute.explanation_id) == col(PatrolExplanation.id)),
    )


def _disputed_window() -> ColumnElement[bool]:
    """The condition that a disputed patrol was made for a window, for one moved to it, or is linked to it. Looked up
    from the few disputes there are, once, and not for each window."""
    disputed = (
        select_rows(col(PatrolExplanation.patrol_id))
        .join(Patrol, col(Patrol.id) == col(PatrolExplanation.patrol_id))
        .where(_unanswered(), ~_VOIDED)
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


def _flagged_since_review() -> ColumnElement[bool]:
    return exists().where(
        col(CrossCheckFlag.patrol_id) == col(Patrol.id),
        col(CrossCheckFlag.asks_review),
        col(CrossCheckFlag.withdrawn_at).is_(None),
        or_(col(Review.id).is_(None), col(CrossCheckFlag.found_at) > col(Review.received_at)),
    )


def _counts_for_a_window() -> ColumnElement[bool]:
    """The condition that a patrol counts for a window; a cancelled one is none, and shows nowhere else."""
    linked = exists().where(col(LinkedWindow.patrol_id) == col(Patrol.id))
    made_for = exists().where(
        col(TaskingWindow.id) == col(Patrol.window_id),
        col(TaskingWindow.state).in_((WindowState.PUBLISHED, WindowState.MOVED)),
    )
    return or_(linked, made_for)


def _concerns_team(team_id: UUID) -> ColumnElement[bool]:
    """The condition that a patrol is a team's, or would keep a window of that team."""
    would_keep = exists().where(
        col(LinkSuggestion.patrol_id) == col(Patrol.id),
        col(LinkSuggestion.window_id) == col(TaskingWindow.id),
        col(TaskingWindow.team_id) == team_id,
    )
    return or_(col(Patrol.team_id) == team_id, would_keep)


def patrols_due(
    session: Session,
    caller: Caller,
    day: date,
    now: datetime,
    period: tuple[datetime, datetime],
    after: tuple[datetime, UUID] | None,
    limit: int,
    team_id: UUID | None = None,
) -> list[tuple[Patrol, PatrolAssessment]]:
    """Ended patrols that count for no window and wait for a decision: flags nobody has looked at, a window they would
    keep, a status that changed since the review, or an open dispute; and what was taken back with such flags. Of a team
    are its own patrols, and those that would keep a window of its own."""
    started_at, patrol_id = col(Patrol.started_at), col(Patrol.id)
    suggested = exists().where(
        col(LinkSuggestion.patrol_id) == patrol_id,
        col(LinkSuggestion.window_id) == col(TaskingWindow.id),
        windows_gate(caller, day),
    )
    query = (
        select(Patrol, PatrolAssessment)
        .join(PatrolAssessment, col(PatrolAssessment.patrol_id) == patrol_id)
        .outerjoin(Review, _latest_review())
        .where(
            patrols_gate(caller, day),
            holding.told_to(caller.officer_id, now),
            started_at >= period[0],
            started_at < period[1],
            _patrol_waits(suggested),
        )
    )
    if team_id is not None:
        query = query.where(_concerns_team(team_id))
    if after is not None:
        query = query.where(or_(started_at < after[0], and_(started_at == after[0], patrol_id < after[1])))
    rows = session.exec(query.order_by(started_at.desc(), patrol_id.desc()).limit(limit)).all()
    return [(patrol, assessment) for patrol, assessment in rows]


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
        .where(col(PatrolExplanation.patrol_id) == col(Patrol.id), _unanswered())
        .correlate(Patrol)
        .scalar_subquery()
    )
    rows = session.execute(
        select_rows(
            col(Patrol.id),
            col(PatrolAssessment.ended_at),
            col(PatrolAssessment.computed_at),
            or_(_unseen(), _asks_by_itself(suggested)).label("by_itself"),
            disputed_at.label("disputed_at"),
            col(held.until_at),
        )
        .join(PatrolAssessment, col(PatrolAssessment.patrol_id) == col(Patrol.id))
        .outerjoin(Review, _latest_review())
        .outerjoin(held, col(held.patrol_id) == col(Patrol.id))
        .where(
            col(Patrol.force_id) == force_id,
            col(Patrol.started_at) > since,
            holding.told_to_everybody(now),
            _patrol_waits(suggested),
        )
    ).all()
    found = []
    for patrol_id, ended_at, computed_at, by_itself, disputed, told_from in rows:
        reasons = [max(ended_at + LATE_DATA_GRACE, computed_at)] if by_itself else []
        if disputed is not None:
            reasons.append(disputed)
        found.append((patrol_id, max(min(reasons), told_from or ended_at)))
    return found


def _latest_review() -> ColumnElement[bool]:
    later = aliased(Review)
    return and_(
        col(Review.patrol_id) == col(Patrol.id),
        ~exists().where(col(later.patrol_id) == col(Patrol.id), col(later.number) > col(Review.number)),
    )


def _unseen() -> ColumnElement[bool]:
    """The condition that a judgement asks somebody to look, or another patrol has it asked, and nobody has since."""
    asks = and_(
        col(PatrolAssessment.asks_review),
        or_(col(Review.id).is_(None), col(Review.basis) != col(PatrolAssessment.number)),
    )
    return or_(asks, _flagged_since_review())


def _asks_by_itself(suggested: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition that a patrol's status changed since its review, or that there is a window it would keep."""
    decided_on_link = exists().where(col(WindowLink.patrol_id) == col(Patrol.id))
    changed = and_(col(Review.id).is_not(None), col(Review.basis_status) != col(PatrolAssessment.status))
    return or_(changed, and_(suggested, ~decided_on_link))


def _patrol_waits(suggested: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition that a patrol, beside a judgement of it and its latest review if any, waits for a decision by
    itself. `suggested`: there is a window it would keep."""
    asks = or_(_unseen(), _asks_by_itself(suggested), _disputed())
    return and_(
        col(PatrolAssessment.superseded_at).is_(None),
        or_(
            # What its officer took back counts nowhere, and its flags still ask.
            and_(_VOIDED, _unseen()),
            and_(~_VOIDED, ~_counts_for_a_window(), asks),
        ),
    )
