"""Reads of abstractions, each through the gate."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, or_, select as select_rows
from sqlmodel import Session, col, select

from app.abstractions.models import Abstraction, AbstractionDecision
from app.abstractions.schemas import AbstractionFilter
from app.areas.models import AreaAncestor
from app.areas.scope import RowOwners, visible
from app.clock import london_day
from app.database.paging import latest_first
from app.identity.permissions import Caller, Permission


def may_see(caller: Caller, day: date, permission: Permission) -> ColumnElement[bool]:
    """The gate for abstractions: by whom it took away and their team, and those one reported or authorised."""
    owners = RowOwners(
        force_id=col(Abstraction.force_id),
        team_id=col(Abstraction.team_id),
        area_id=col(Abstraction.area_id),
        officer_id=col(Abstraction.officer_id),
    )
    mine = or_(
        col(Abstraction.captured_by) == caller.officer_id, col(Abstraction.authorised_by) == caller.officer_id
    )
    return visible(caller, day, owners, permission, also=[mine])


def answers_for(caller: Caller, day: date, permission: Permission) -> ColumnElement[bool]:
    """The gate for sums and decisions: abstractions of a team or area the caller answers for. Those they reported of
    another would make a row of its team that is a sum of part of it."""
    owners = RowOwners(
        force_id=col(Abstraction.force_id),
        team_id=col(Abstraction.team_id),
        area_id=col(Abstraction.area_id),
    )
    return visible(caller, day, owners, permission)


def abstraction_seen(
    session: Session,
    caller: Caller,
    abstraction_id: UUID,
    now: datetime,
    permission: Permission = Permission.ABSTRACTIONS_READ,
) -> Abstraction | None:
    """An abstraction if the caller may see it."""
    gate = may_see(caller, london_day(now), permission)
    return session.exec(select(Abstraction).where(Abstraction.id == abstraction_id, gate)).first()


def to_decide(session: Session, caller: Caller, abstraction_id: UUID, now: datetime) -> Abstraction | None:
    """An abstraction of a team or area the caller answers for, held until the transaction ends."""
    gate = answers_for(caller, london_day(now), Permission.ABSTRACTIONS_DECIDE)
    # Of what nobody is on record for any more nobody can say whether it was so.
    held = col(Abstraction.erased_at).is_(None)
    row = select(Abstraction).where(Abstraction.id == abstraction_id, gate, held).with_for_update()
    return session.exec(row.execution_options(populate_existing=True)).first()


def abstractions_seen(
    session: Session,
    caller: Caller,
    wanted: AbstractionFilter,
    after: tuple[datetime, UUID] | None,
    limit: int,
    now: datetime,
) -> list[Abstraction]:
    """A page of abstractions, latest first."""
    gate = may_see(caller, london_day(now), Permission.ABSTRACTIONS_READ)
    query = select(Abstraction).where(gate, *conditions(wanted))
    page = latest_first(query, col(Abstraction.starts_at), col(Abstraction.id), after, limit)
    return list(session.exec(page).all())


def conditions(wanted: AbstractionFilter) -> list[ColumnElement[bool]]:
    """What a filter says of `Abstraction`."""
    row = Abstraction
    found: list[ColumnElement[bool] | None] = [
        col(row.voided_at).is_not(None) if wanted.voided else col(row.voided_at).is_(None),
        col(row.starts_at) >= wanted.from_at if wanted.from_at else None,
        col(row.starts_at) < wanted.to_at if wanted.to_at else None,
        col(row.team_id) == wanted.team_id if wanted.team_id else None,
        _within(wanted.area_id) if wanted.area_id else None,
        col(row.officer_id) == wanted.officer_id if wanted.officer_id else None,
        col(row.authorised_by) == wanted.authorised_by if wanted.authorised_by else None,
        col(row.reason_code) == wanted.reason_code if wanted.reason_code else None,
        col(row.reason_class) == wanted.reason_class if wanted.reason_class else None,
        col(row.authority_level) == wanted.authority_level if wanted.authority_level else None,
        col(row.status) == wanted.status if wanted.status else None,
        col(row.window_id) == wanted.window_id if wanted.window_id else None,
        col(row.counts).is_(wanted.counted) if wanted.counted is not None else None,
    ]
    return [each for each in found if each is not None]


def _within(area_id: UUID) -> ColumnElement[bool]:
    below = select(AreaAncestor.area_id).where(col(AreaAncestor.ancestor_id) == area_id)
    return col(Abstraction.area_id).in_(below)


def decisions_of(session: Session, abstraction_ids: Sequence[UUID]) -> dict[UUID, list[AbstractionDecision]]:
    """What was decided of each abstraction, the first decision first."""
    found: defaultdict[UUID, list[AbstractionDecision]] = defaultdict(list)
    rows = select(AbstractionDecision).where(col(AbstractionDecision.abstraction_id).in_(abstraction_ids))
    for row in session.exec(
        rows.order_by(col(AbstractionDecision.number), col(AbstractionDecision.id))
    ).all():
        found[row.abstraction_id].append(row)
    return found


def decisions_until_now(session: Session, abstraction_id: UUID) -> int:
    """How often an abstraction was decided on."""
    counted = select_rows(func.count()).where(col(AbstractionDecision.abstraction_id) == abstraction_id)
    return int(session.execute(counted).scalar_one())


def abstraction_recorded(session: Session, abstraction_id: UUID) -> Abstraction:
    """An abstraction that is known to exist, for answering whoever has just said so."""
    return session.get_one(Abstraction, abstraction_id)


def beside(session: Session, row: Abstraction) -> list[Abstraction]:
    """What else stands of the same officer at the same time, one without an end going on, or under its reference. Of
    nobody's, once it was erased, the time says nothing."""
    other = Abstraction
    ends = [col(other.starts_at) < row.ends_at] if row.ends_at is not None else []
    same_time = and_(
        col(other.officer_id) == row.officer_id if row.officer_id is not None else false(),
        or_(col(other.ends_at).is_(None), col(other.ends_at) > row.starts_at),
        *ends,
    )
    same_name = [col(other.reference) == row.reference] if row.reference is not None else []
    rows = select(other).where(
        col(other.force_id) == row.force_id,
        col(other.id) != row.id,
        col(other.voided_at).is_(None),
        or_(same_time, *same_name),
    )
    return list(session.exec(rows).all())


def policies_of(session: Session, caller: Caller, day: date, wanted: AbstractionFilter) -> list[str]:
    """Which versions of the definition some abstractions were counted by."""
    gate = answers_for(caller, day, Permission.ABSTRACTIONS_REPORT)
    rows = select_rows(col(Abstraction.policy_version)).where(gate, *conditions(wanted)).distinct()
    return sorted(session.scalars(rows))
