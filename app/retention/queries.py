"""Reads of rules and holds, of what is due to be erased, and of what keeps it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    LargeBinary,
    and_,
    column,
    exists,
    func,
    inspect,
    select as select_rows,
    table as named_table,
)
from sqlmodel import Session, col, select

from app.areas.models import Area, AreaKind, Hotspot, HotspotBoundary
from app.areas.scope import RowOwners, visible
from app.clock import EARLIEST, london_day
from app.database.paging import latest_first
from app.database.spatial import intersects
from app.facts.models import QuarantinedFact
from app.identity.models import Officer
from app.identity.permissions import Caller, Permission
from app.patrols.lifecycle import ExplanationKind
from app.patrols.models import (
    CreditedSlice,
    CrewMember,
    Patrol,
    PatrolErasure,
    PatrolExplanation,
    PatrolLine,
    PatrolProgress,
)
from app.patrols.queries import ends_of
from app.patrols.reason_queries import left_for, of_patrols, proposed_for
from app.patrols.review_models import LinkedWindow, Review
from app.patrols.review_queries import patrols_by_id
from app.retention.holding import HoldByHand, HoldSubject, Kept, Occasion, OccasionKind
from app.retention.models import Hold, RetentionRule
from app.retention.rules import Rule
from app.schedule.models import TaskingWindow


def seal_head(session: Session) -> dict[str, str] | None:
    """The last seal of the audit log, for whoever holds a backup against a checkpoint; None without a sealed log."""
    connection = session.connection()
    if not inspect(connection).has_table("audit_seals"):
        return None
    number, seal_hash = column("number", Integer()), column("seal_hash", LargeBinary())
    row = connection.execute(
        select_rows(number, seal_hash)
        .select_from(named_table("audit_seals"))
        .order_by(number.desc())
        .limit(1)
    ).first()
    return None if row is None else {"number": str(row[0]), "hash": bytes(row[1]).hex()}


def forces(session: Session) -> dict[UUID, str]:
    """Every force by id, and its code, in a stable order."""
    rows = session.exec(select(Area).where(Area.kind == AreaKind.FORCE).order_by(col(Area.code))).all()
    return {row.id: row.code for row in rows}


def rules_held(session: Session, force_id: UUID) -> list[Rule]:
    """Every rule a force has set, those still to begin included, oldest first."""
    rows = session.exec(
        select(RetentionRule)
        .where(RetentionRule.force_id == force_id)
        .order_by(col(RetentionRule.valid_from), col(RetentionRule.record_class))
    ).all()
    return [Rule(row.record_class, row.days, row.valid_from) for row in rows]


def _due(force_id: UUID, cutoff: datetime) -> ColumnElement[bool]:
    """Patrols that are over and were received before the cutoff, and whose positions are here, or came again."""
    erased = exists().where(
        col(PatrolErasure.patrol_id) == col(Patrol.id), col(PatrolErasure.late_waiting).is_(False)
    )
    still_open = exists().where(col(PatrolProgress.patrol_id) == col(Patrol.id))
    return and_(
        col(Patrol.force_id) == force_id,
        # Nothing starts after it was received; saying so lets the index by start be used.
        col(Patrol.started_at) < cutoff,
        col(Patrol.received_at) < cutoff,
        ~erased,
        ~still_open,
    )


def due_patrols(
    session: Session, force_id: UUID, cutoff: datetime, after: UUID | None, limit: int
) -> list[UUID]:
    """A page of the patrols whose positions the rule lets go, by id, after one; holds not yet looked at."""
    query = select(col(Patrol.id)).where(_due(force_id, cutoff))
    if after is not None:
        query = query.where(col(Patrol.id) > after)
    return list(session.exec(query.order_by(col(Patrol.id)).limit(limit)).all())


def still_due(session: Session, force_id: UUID, cutoff: datetime, patrol_ids: Sequence[UUID]) -> list[Patrol]:
    """Those of some patrols that are due still, their rows taken for erasing; left out are those that are being
    written, or erased by somebody else, this very moment."""
    return list(
        session.exec(
            select(Patrol)
            .where(col(Patrol.id).in_(patrol_ids), _due(force_id, cutoff))
            .order_by(col(Patrol.id))
            .with_for_update(key_share=True, skip_locked=True)
            .execution_options(populate_existing=True)
        ).all()
    )


def due_patrols_unlocked(session: Session, patrol_ids: Sequence[UUID]) -> list[Patrol]:
    """Some patrols, for telling what a purge would do."""
    return list(
        session.exec(select(Patrol).where(col(Patrol.id).in_(patrol_ids)).order_by(col(Patrol.id))).all()
    )


def due_aside(
    session: Session, force_id: UUID, cutoff: datetime, after: UUID | None, limit: int
) -> list[QuarantinedFact]:
    """A page of the facts kept aside whose content the rule lets go, by id, after one; taken for erasing."""
    query = select(QuarantinedFact).where(
        QuarantinedFact.force_id == force_id,
        col(QuarantinedFact.received_at) < cutoff,
        col(QuarantinedFact.body) != b"",
    )
    if after is not None:
        query = query.where(col(QuarantinedFact.id) > after)
    return list(
        session.exec(
            query.order_by(col(QuarantinedFact.id)).limit(limit).with_for_update(skip_locked=True)
        ).all()
    )


def standing_holds(session: Session, force_id: UUID) -> list[HoldByHand]:
    """The holds by hand of a force that nobody has released."""
    rows = session.exec(
        select(Hold).where(Hold.force_id == force_id, col(Hold.released_at).is_(None)).order_by(col(Hold.id))
    ).all()
    return [HoldByHand(row.subject_kind, row.subject_id, row.from_at, row.to_at) for row in rows]


def kept_patrols(session: Session, patrols: Sequence[Patrol], holds: Sequence[HoldByHand]) -> list[Kept]:
    """Some patrols as holds look at them: who was on them, when, and in which of the held hotspots."""
    ids = [patrol.id for patrol in patrols]
    ends = ends_of(session, ids)
    crew: dict[UUID, set[UUID]] = {}
    for patrol_id, officer_id in session.execute(
        select_rows(col(CrewMember.patrol_id), col(CrewMember.officer_id)).where(
            col(CrewMember.patrol_id).in_(ids)
        )
    ):
        crew.setdefault(patrol_id, set()).add(officer_id)
    hotspots = {hold.subject_id for hold in holds if hold.subject_kind is HoldSubject.HOTSPOT}
    where = _hotspots_of(session, ids, hotspots) if hotspots else {}
    return [
        Kept(
            patrol.id,
            frozenset({patrol.captured_by, *crew.get(patrol.id, ())}),
            patrol.started_at,
            ends[patrol.id].ended_at if patrol.id in ends else patrol.received_at,
            frozenset(where.get(patrol.id, ())),
        )
        for patrol in patrols
    ]


def _hotspots_of(session: Session, patrol_ids: list[UUID], hotspots: set[UUID]) -> dict[UUID, set[UUID]]:
    """Which of some hotspots each patrol had to do with: tasked to it, credited in it, or its line touches it, whatever
    the outline was at the time."""
    found: dict[UUID, set[UUID]] = {}
    counted = _windows_of(patrol_ids)
    tasked = select_rows(counted.c.patrol_id, col(TaskingWindow.hotspot_id)).join(
        counted, col(TaskingWindow.id) == counted.c.window_id
    )
    credited = select_rows(col(CreditedSlice.patrol_id), col(CreditedSlice.hotspot_id))
    rows = [
        *session.execute(tasked),
        *session.execute(credited.where(col(CreditedSlice.patrol_id).in_(patrol_ids))),
    ]
    outlines = session.exec(
        select(HotspotBoundary).where(col(HotspotBoundary.hotspot_id).in_(hotspots))
    ).all()
    for outline in outlines:
        touching = select_rows(col(PatrolLine.patrol_id)).where(
            col(PatrolLine.patrol_id).in_(patrol_ids), intersects(PatrolLine.line, outline.geometry)
        )
        found_here = session.execute(touching).scalars()
        rows += [(patrol_id, outline.hotspot_id) for patrol_id in found_here]
    for patrol_id, hotspot_id in rows:
        found.setdefault(patrol_id, set()).add(hotspot_id)
    return found


def kept_aside(
    _session: Session, facts: Sequence[QuarantinedFact], _holds: Sequence[HoldByHand]
) -> dict[UUID, list[Kept]]:
    """Facts kept aside as holds look at them: they happened before they came, nobody has looked where."""
    return {
        fact.id: [
            Kept(
                fact.parent_id or fact.id,
                frozenset({fact.captured_by, fact.uploaded_by}),
                EARLIEST,
                fact.received_at,
                None,
            )
        ]
        for fact in facts
    }


def _explanations(session: Session, patrol_ids: Sequence[UUID]) -> list[Occasion]:
    """What officers said of their patrols. A dispute is settled once somebody has decided on the patrol, or on the
    window it counts for, after it came."""
    rows = session.exec(
        select(PatrolExplanation).where(col(PatrolExplanation.patrol_id).in_(patrol_ids))
    ).all()
    kinds = {
        ExplanationKind.EXPLANATION: OccasionKind.EXPLANATION,
        ExplanationKind.DISPUTE: OccasionKind.DISPUTE,
    }
    decided: dict[UUID, datetime] = {}
    for patrol_id, _, at in _decisions(session, patrol_ids) if rows else ():
        decided[patrol_id] = max(at, decided.get(patrol_id, at))
    return [
        Occasion(
            row.patrol_id,
            kinds[row.kind],
            row.reason_code,
            row.received_at,
            row.patrol_id in decided and decided[row.patrol_id] > row.received_at,
        )
        for row in rows
    ]


def _windows_of(patrol_ids: Sequence[UUID]) -> CTE:
    """Some patrols and every window each counts for: the one it was made for or linked to, and those it was moved to
    since, one after the other."""
    counted = (
        select_rows(
            col(Patrol.id).label("patrol_id"),
            func.coalesce(col(Patrol.window_id), col(LinkedWindow.window_id)).label("window_id"),
        )
        .outerjoin(LinkedWindow, col(LinkedWindow.patrol_id) == col(Patrol.id))
        .where(col(Patrol.id).in_(patrol_ids))
        .cte("counted", recursive=True)
    )
    following = (
        select_rows(counted.c.patrol_id, col(TaskingWindow.moved_to_id))
        .join(counted, col(TaskingWindow.id) == counted.c.window_id)
        .where(col(TaskingWindow.moved_to_id).is_not(None))
    )
    return counted.union(following)


def _decisions(session: Session, patrol_ids: Sequence[UUID]) -> list[tuple[UUID, str | None, datetime]]:
    """Every decision on some patrols, or on the windows they count for: the patrol, its reason, and when."""
    found: list[tuple[UUID, str | None, datetime]] = []
    on_patrols = select_rows(col(Review.patrol_id), col(Review.reason_code), col(Review.received_at)).where(
        col(Review.patrol_id).in_(patrol_ids)
    )
    counted = _windows_of(patrol_ids)
    on_windows = select_rows(counted.c.patrol_id, col(Review.reason_code), col(Review.received_at)).join(
        counted, col(Review.window_id) == counted.c.window_id
    )
    for statement in (on_patrols, on_windows):
        found += [(row[0], row[1], row[2]) for row in session.execute(statement)]
    return found


def _reviews(session: Session, patrol_ids: Sequence[UUID]) -> list[Occasion]:
    """The reasons that supervisors accepted; a decision that was replaced by another was made nevertheless."""
    return [
        Occasion(patrol_id, OccasionKind.REVIEW, reason_code, at)
        for patrol_id, reason_code, at in _decisions(session, patrol_ids)
    ]


def _left_for(session: Session, patrol_ids: Sequence[UUID]) -> list[Occasion]:
    """What patrols were left for, as their check-outs say."""
    return [
        Occasion(patrol_id, OccasionKind.CHECK_OUT, given.code, given.received_at)
        for patrol_id, given in left_for(session, patrol_ids).items()
    ]


def _on_record(session: Session, patrol_ids: Sequence[UUID]) -> list[Occasion]:
    """Arrests and abstractions recorded of patrols, or of somebody on them at the time."""
    subjects = of_patrols(session, list(patrols_by_id(session, patrol_ids).values()))
    return [
        Occasion(patrol_id, OccasionKind.RECORD, given.code, given.received_at)
        for patrol_id, rows in proposed_for(session, subjects).items()
        for given in rows
    ]


# Where the record may say that a patrol must be kept: one query each, asked whenever something is due to be erased.
SOURCES: tuple[Callable[[Session, Sequence[UUID]], list[Occasion]], ...] = (
    _explanations,
    _reviews,
    _left_for,
    _on_record,
)


def occasions(session: Session, patrol_ids: Sequence[UUID]) -> list[Occasion]:
    """Everything some patrols' records say happened on them."""
    return [occasion for source in SOURCES for occasion in source(session, patrol_ids)]


@dataclass(frozen=True, slots=True)
class Positions:
    """What a patrol holds of positions, besides its fixes."""

    lines: int
    points: int


def positions_held(session: Session, patrols: Sequence[Patrol]) -> Positions:
    """How many lines, and positions of check-ins and check-outs, some patrols hold."""
    ids = [patrol.id for patrol in patrols]
    lines = session.execute(
        select_rows(col(PatrolLine.patrol_id)).where(col(PatrolLine.patrol_id).in_(ids))
    ).all()
    ends = ends_of(session, ids)
    points = sum(patrol.longitude is not None for patrol in patrols)
    points += sum(end.longitude is not None for end in ends.values())
    return Positions(len(lines), points)


def _gate(caller: Caller, now: datetime) -> ColumnElement[bool]:
    owners = RowOwners(force_id=col(Hold.force_id))
    return visible(caller, london_day(now), owners, Permission.HOLDS_READ)


def holds_seen(
    session: Session,
    caller: Caller,
    now: datetime,
    released: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Hold]:
    """A page of the holds of the caller's force that stand, or of those released; latest first."""
    marked = col(Hold.released_at).is_not(None) if released else col(Hold.released_at).is_(None)
    query = select(Hold).where(_gate(caller, now), marked)
    page = latest_first(query, col(Hold.received_at), col(Hold.id), after, limit)
    return list(session.exec(page).all())


def hold_locked(session: Session, caller: Caller, hold_id: UUID, now: datetime) -> Hold | None:
    """One hold of the caller's force, for releasing it."""
    return session.exec(
        select(Hold)
        .where(Hold.id == hold_id, _gate(caller, now))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def hold_placed(session: Session, hold_id: UUID) -> Hold:
    """The hold somebody has just placed; it is that caller's own."""
    return session.exec(select(Hold).where(Hold.id == hold_id)).one()


def subject_exists(session: Session, force_id: UUID, kind: HoldSubject, subject_id: UUID) -> bool:
    """Whether a force has what a hold is to be placed on: a hold on a slip of the thumb would keep nothing."""
    there = {
        HoldSubject.PATROL: exists().where(col(Patrol.id) == subject_id, col(Patrol.force_id) == force_id),
        HoldSubject.OFFICER: exists().where(col(Officer.id) == subject_id, col(Officer.force_id) == force_id),
        HoldSubject.HOTSPOT: exists().where(col(Hotspot.id) == subject_id, col(Hotspot.force_id) == force_id),
    }
    return bool(session.execute(select_rows(there[kind])).scalar_one())
