"""Finds what may still change the hours of some days: open patrols, late positions, decisions and imports that wait.

Each kind is one statement over stored results, never over positions.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    cast,
    exists,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlmodel import Session, col

from app.areas.scope import RowOwners, visible
from app.clock import MINUTE_MS, london_day, start_of_london_day, to_ms
from app.identity.permissions import Permission
from app.patrols.models import (
    CreditedSlice,
    OfficerFirst,
    Patrol,
    PatrolAssessment,
    PatrolProgress,
    PatrolVoid,
    WindowResult,
)
from app.patrols.review_models import Review
from app.returns.asking import Asked
from app.returns.ledger_queries import hotspots_of, own_conditions, own_counts, recorded_conditions
from app.returns.models import RecordedSlice
from app.returns.periods import Span
from app.schedule.models import TaskingWindow
from app.schedule.queries import may_see
from app.schedule.windows import LATE_DATA_GRACE, WindowState

_OPEN_AT_MOST_MS = 24 * 3_600_000


class Gap(StrEnum):
    OPEN = "open_patrol"
    LATE = "late_data"
    DECIDE = "to_decide"
    PATROL = "patrol_to_decide"
    NO_GPS = "no_gps"
    PATROL_NO_GPS = "patrol_no_gps"
    IMPORT = "import_missing"


@dataclass(frozen=True, slots=True)
class Found:
    """One gap: a window, a patrol or a sender, and how many milliseconds are at stake."""

    kind: Gap
    id: UUID | None
    day: date | None
    at_stake_ms: int
    what: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    kind: Gap
    count: int
    at_stake_ms: int


def gaps(
    session: Session, asked: Asked, most: int, sent_in: Span | None
) -> tuple[list[Counted], list[Found]]:
    """How much of each kind there is, and the largest of each. `sent_in` is when senders may be missing."""
    counted: list[Counted] = []
    found: list[Found] = []
    if own_counts(asked):
        opened = _open(session, asked)
        counted.append(Counted(Gap.OPEN, len(opened), sum(each.at_stake_ms for each in opened)))
        found += sorted(opened, key=lambda each: -each.at_stake_ms)[:most]
        for kind, query in _by_stake(asked).items():
            each = query.subquery()
            together = cast(func.sum(each.c.stake).over(), BigInteger).label("together")
            largest = select(each, func.count().over().label("count"), together)
            largest = largest.order_by(each.c.stake.desc(), each.c.id).limit(max(most, 1))
            rows = session.execute(largest).all()
            counted.append(Counted(kind, *(rows[0][-2:] if rows else (0, 0))))
            found += [Found(kind, row.id, london_day(row.at), row.stake) for row in rows[:most]]
    late = _imports(session, replace(asked, span=sent_in)) if sent_in is not None else []
    counted.append(Counted(Gap.IMPORT, len(late), sum(each.at_stake_ms for each in late)))
    return counted, [*found, *late]


def _open(session: Session, asked: Asked) -> list[Found]:
    """Patrols without an end: the time since they began, a day at most."""
    rows = session.execute(
        select(col(Patrol.id), col(Patrol.started_at))
        .select_from(Patrol)
        .join(PatrolProgress, col(PatrolProgress.patrol_id) == col(Patrol.id))
        # Few are open: they are read first, and their days are looked at here.
        .where(*_patrols(asked))
    ).all()
    first, until = _instants(asked.span)
    return [
        Found(
            Gap.OPEN,
            patrol_id,
            london_day(at),
            min(to_ms(asked.now) - to_ms(at), _OPEN_AT_MOST_MS),
        )
        for patrol_id, at in rows
        if first <= at < until and at <= asked.now
    ]


def _by_stake(asked: Asked) -> dict[Gap, Select[*tuple[object, ...]]]:
    result = WindowResult
    over = col(TaskingWindow.ends_at) <= asked.now - LATE_DATA_GRACE
    undecided = col(result.decision).is_(None)
    late = _windows(asked, col(result.at_most_ms) - col(result.credited_ms))
    decide = _windows(asked, col(result.review_ms) - col(result.verified_ms))
    no_gps = _windows(asked, col(result.at_most_ms) - col(result.review_ms))
    kept = col(result.status).in_(("compliant", "accepted", "adjusted", "reason_accepted"))
    return {
        Gap.LATE: late.where(~over, ~kept, col(TaskingWindow.ends_at) <= asked.now),
        Gap.DECIDE: decide.where(over, undecided, _of_status("review")),
        Gap.PATROL: _probable(asked),
        Gap.NO_GPS: no_gps.where(over, undecided, _of_status("unverified")),
        Gap.PATROL_NO_GPS: _unverified(asked),
    }


def _of_status(status: str) -> ColumnElement[bool]:
    """Few windows wait at any time: they are found by their status, not among all of the days asked for."""
    return col(TaskingWindow.id).in_(
        select(col(WindowResult.window_id)).where(col(WindowResult.status) == status)
    )


def _windows(asked: Asked, stake: ColumnElement[int]) -> Select[*tuple[object, ...]]:
    first, until = _instants(asked.span)
    told = col(WindowResult.told_from)
    patrols = exists().where(
        col(PatrolAssessment.window_id) == col(TaskingWindow.id),
        col(PatrolAssessment.superseded_at).is_(None),
        col(Patrol.id) == col(PatrolAssessment.patrol_id),
        *_counted(asked),
    )
    of_kind: list[ColumnElement[bool]] = []
    if asked.rule.hotspot_kinds is not None:
        of_kind.append(col(TaskingWindow.hotspot_id).in_(hotspots_of(asked.rule.hotspot_kinds)))
    return (
        select(
            col(TaskingWindow.id).label("id"), col(TaskingWindow.starts_at).label("at"), stake.label("stake")
        )
        .select_from(TaskingWindow)
        .join(WindowResult, col(WindowResult.window_id) == col(TaskingWindow.id))
        .where(
            may_see(asked.caller, asked.today, Permission.HOURS_READ),
            col(TaskingWindow.state) == WindowState.PUBLISHED,
            col(TaskingWindow.starts_at) >= first,
            col(TaskingWindow.starts_at) < until,
            stake > 0,
            patrols,
            *of_kind,
            (told.is_(None)) | (told <= asked.now),
        )
    )


def _probable(asked: Asked) -> Select[*tuple[object, ...]]:
    """Patrols made for no window with time that is only probable and that nobody has decided on."""
    reviewed = exists().where(col(Review.patrol_id) == col(CreditedSlice.patrol_id))
    stake = cast(func.sum(col(CreditedSlice.credited_ms)), BigInteger)
    return (
        select(
            col(CreditedSlice.patrol_id).label("id"),
            func.min(col(Patrol.started_at)).label("at"),
            stake.label("stake"),
        )
        .join(Patrol, col(Patrol.id) == col(CreditedSlice.patrol_id))
        .where(
            *own_conditions(asked, by_hotspot=False),
            *_counted(asked),
            # As the index says it, or it would not be found.
            type_coerce(col(CreditedSlice.grade), String) == literal_column("'probable'"),
            col(CreditedSlice.window_id).is_(None),
            ~reviewed,
        )
        .group_by(col(CreditedSlice.patrol_id))
    )


def _unverified(asked: Asked) -> Select[*tuple[object, ...]]:
    """Patrols made for no window with time in a hotspot without usable GPS."""
    stake, began = col(PatrolAssessment.unverified_ms), col(PatrolAssessment.started_at)
    first, until = _instants(asked.span)
    reviewed = exists().where(col(Review.patrol_id) == col(Patrol.id))
    return (
        select(col(Patrol.id).label("id"), began.label("at"), stake.label("stake"))
        .select_from(Patrol)
        .join(PatrolAssessment, col(PatrolAssessment.patrol_id) == col(Patrol.id))
        .where(
            *_patrols(asked),
            began >= first,
            began < until,
            col(PatrolAssessment.superseded_at).is_(None),
            col(PatrolAssessment.window_id).is_(None),
            # As the index says it, or it would not be found.
            stake >= literal_column(str(MINUTE_MS)),
            ~reviewed,
            ~exists().where(col(PatrolVoid.id) == col(Patrol.id)),
            ~exists().where(
                col(OfficerFirst.patrol_id) == col(Patrol.id), col(OfficerFirst.until_at) > asked.now
            ),
        )
    )


def _patrols(asked: Asked) -> list[ColumnElement[bool]]:
    owners = RowOwners(
        force_id=col(Patrol.force_id), team_id=col(Patrol.team_id), area_id=col(Patrol.area_id)
    )
    return [
        visible(asked.caller, asked.today, owners, Permission.HOURS_READ),
        *_counted(asked),
    ]


def _counted(asked: Asked) -> list[ColumnElement[bool]]:
    """Of patrols whose hours the scheme would count: others may lack what they like."""
    rule = asked.rule
    found: list[ColumnElement[bool]] = [
        type_coerce(col(Patrol.uniform_state), String).in_(rule.uniform_states)
    ]
    if rule.programmes is not None:
        found.append(type_coerce(col(Patrol.programme), String).in_(rule.programmes))
    if rule.funding is not None:
        found.append(type_coerce(col(Patrol.funding), String).in_(rule.funding))
    return found


def _imports(session: Session, asked: Asked) -> list[Found]:
    """Senders who had hours in one of the periods before and have none in the last: what they had a day then, for as
    many days. `asked.span` is the last period, the same length before it is what it is compared with."""
    before = Span(asked.span.first - timedelta(days=asked.span.days), asked.span.first - timedelta(days=1))
    earlier = _sent(session, asked, before)
    now = _sent(session, asked, asked.span)
    return [
        Found(Gap.IMPORT, None, asked.span.first, ms, " ".join(part for part in sender if part))
        for sender, ms in sorted(earlier.items(), key=lambda each: -each[1])
        if sender not in now
    ]


def _sent(session: Session, asked: Asked, span: Span) -> dict[tuple[str, str], int]:
    channel, agency = col(RecordedSlice.channel), func.coalesce(col(RecordedSlice.agency), "")
    rows = session.execute(
        select(channel, agency, cast(func.sum(col(RecordedSlice.counted_ms)), BigInteger))
        .where(*recorded_conditions(replace(asked, span=span)))
        .group_by(channel, col(RecordedSlice.agency))
    ).all()
    return {(row[0], row[1]): row[2] for row in rows}


def _instants(span: Span) -> tuple[datetime, datetime]:
    return start_of_london_day(span.first), start_of_london_day(span.last + timedelta(days=1))
