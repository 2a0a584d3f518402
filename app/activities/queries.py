"""Reads of activities, through the gate, and of what an activity is judged by on its day."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    false,
    func,
    not_,
    or_,
    select as select_rows,
)
from sqlmodel import Session, col, select

from app.activities.codes import ActivityFlag, ActivityKind
from app.activities.content import DETAILS
from app.activities.day_queries import lists_on
from app.activities.models import (
    Activity,
    Arrest,
    IntelligenceItem,
    ReferralFollowUp,
    StopSearch,
)
from app.activities.powers import REFERENCE_WITHIN
from app.areas.scope import RowOwners, visible
from app.database.model import Table
from app.identity.permissions import Caller, Permission
from app.patrols.lifecycle import PatrolSpan
from app.patrols.models import (
    AutoClosing,
    CheckOut,
    CrewMember,
    Patrol,
    PatrolVoid,
)

# As many rows of a long answer are held at once.
_ROWS_AT_ONCE = 1_000


def may_see(
    caller: Caller, day: date, permission: Permission = Permission.ACTIVITIES_READ
) -> ColumnElement[bool]:
    """The gate for activities: the ordinary scope, and those of a patrol that the caller led or was crew on, so that
    two officers on one patrol do not log the same thing twice."""
    owners = RowOwners(
        force_id=col(Activity.force_id),
        team_id=col(Activity.team_id),
        area_id=col(Activity.area_id),
        officer_id=col(Activity.captured_by),
    )
    return visible(caller, day, owners, permission, also=_on_its_patrol(caller))


def _on_its_patrol(caller: Caller) -> list[ColumnElement[bool]]:
    led = exists().where(
        col(Patrol.id) == col(Activity.patrol_id), col(Patrol.captured_by) == caller.officer_id
    )
    crew = exists().where(
        col(CrewMember.patrol_id) == col(Activity.patrol_id), col(CrewMember.officer_id) == caller.officer_id
    )
    return [led, crew]


def activity_seen(session: Session, caller: Caller, activity_id: UUID, day: date) -> Activity | None:
    """An activity if the caller may see it."""
    rows = select(Activity).where(Activity.id == activity_id, may_see(caller, day))
    return session.exec(rows.execution_options(populate_existing=True)).first()


def activity_recorded(session: Session, activity_id: UUID) -> Activity:
    """The activity a phone has just recorded; it is that phone's own."""
    rows = select(Activity).where(Activity.id == activity_id)
    return session.exec(rows.execution_options(populate_existing=True)).one()


def activity_locked(
    session: Session, caller: Caller, activity_id: UUID, captured_by: UUID, day: date
) -> Activity | None:
    """An activity for writing, if the caller may see it, was on its patrol, or records for whoever did it."""
    theirs = or_(col(Activity.captured_by) == captured_by, *_on_its_patrol(caller))
    known = and_(col(Activity.force_id) == caller.force_id, theirs)
    rows = select(Activity).where(Activity.id == activity_id, or_(may_see(caller, day), known))
    return session.exec(rows.with_for_update().execution_options(populate_existing=True)).first()


def said_in(session: Session, activity: Activity) -> tuple[Table, list[IntelligenceItem]]:
    """The row of its kind of one activity, and its items."""
    detail = details_of(session, [activity])[activity.id]
    return detail, items_of(session, [activity.id]).get(activity.id, [])


@dataclass(frozen=True, slots=True)
class JudgedBy:
    """What flags that hold now are judged by besides their rows: the disposals of whoever is taken to a station, and so
    has a custody reference; and codes that no list held, as they are kept, of which lists hold all by now."""

    to_a_station: tuple[str, ...]
    known_since: tuple[str, ...]


def judged_by(session: Session, caller: Caller, day: date, permission: Permission) -> JudgedBy:
    """What the flags of the activities that the caller may see are judged by on a day."""
    kept = cast(col(Activity.unknown_codes), Text)
    rows = select_rows(kept).where(may_see(caller, day, permission), col(Activity.unknown_codes).is_not(None))
    unknown = {text: json.loads(text) for text in session.scalars(rows.distinct())}
    codes = {code for each in unknown.values() for code in each}
    names = sorted({"arrest_disposals", *(code.partition("/")[0] for code in codes)})
    lists = lists_on(session, caller.force_id, names, day)
    known = {code for code in codes if code.partition("/")[2] in lists[code.partition("/")[0]]}
    disposals = lists["arrest_disposals"].items()
    return JudgedBy(
        tuple(code for code, label in disposals if label.attribute("custody") == "yes"),
        tuple(sorted(text for text, each in unknown.items() if known.issuperset(each))),
    )


_NO_FLAG, _UNKNOWN_ALONE = json.dumps([]), json.dumps([ActivityFlag.UNKNOWN_CODE.value])


def flagged_now(judged: JudgedBy, now: datetime) -> ColumnElement[bool]:
    """The condition that an activity has a flag: one kept with it, but for codes that were put into words since, or one
    that holds now (`judged_when_read`)."""
    late = col(Activity.occurred_at) < now - REFERENCE_WITHIN
    flags, codes = cast(col(Activity.flags), Text), cast(col(Activity.unknown_codes), Text)
    in_words = and_(flags == _UNKNOWN_ALONE, codes.in_(judged.known_since))
    # A null would make neither true nor false of it.
    kept = and_(flags != _NO_FLAG, not_(func.coalesce(in_words, false())))
    waits = and_(late, col(Activity.erased_at).is_(None))
    return or_(
        kept,
        and_(waits, col(Activity.kind) == ActivityKind.STOP_SEARCH.value, _search_without_arrest()),
        and_(waits, col(Activity.kind) == ActivityKind.ARREST.value, _without_custody(judged.to_a_station)),
        _outside_patrol(),
        patrol_taken_back(),
    )


def _search_without_arrest() -> ColumnElement[bool]:
    search = exists().where(
        col(StopSearch.activity_id) == col(Activity.id), col(StopSearch.custody_reference).is_(None)
    )
    return and_(col(Activity.outcome_code) == "ARREST", search, not_(_has_arrest()))


def _has_arrest() -> ColumnElement[bool]:
    other = Activity.__table__.alias("arrest_activity")  # type: ignore[attr-defined]  # SQLModel does not type it
    return exists().where(
        col(Arrest.activity_id) == other.c.id,
        other.c.voided_at.is_(None),
        other.c.force_id == col(Activity.force_id),
        or_(
            col(Arrest.from_search_id) == col(Activity.id),
            exists()
            .where(col(StopSearch.activity_id) == col(Activity.id), col(StopSearch.arrest_id) == other.c.id)
            # Tied to both by name: by itself it would be tied to the nearer one only, and ask of any search at all.
            .correlate(Activity, other),
        ),
    )


def _without_custody(custody_codes: Sequence[str]) -> ColumnElement[bool]:
    return and_(
        col(Activity.outcome_code).in_(custody_codes),
        exists().where(col(Arrest.activity_id) == col(Activity.id), col(Arrest.custody_reference).is_(None)),
    )


def patrol_taken_back() -> ColumnElement[bool]:
    """The condition that the patrol an activity was logged on was taken back since."""
    return exists().where(col(PatrolVoid.id) == col(Activity.patrol_id))


def _outside_patrol() -> ColumnElement[bool]:
    ended = func.coalesce(col(CheckOut.ended_at), col(AutoClosing.ended_at))
    return exists(
        select_rows(col(Patrol.id))
        .outerjoin(CheckOut, col(CheckOut.id) == col(Patrol.id))
        .outerjoin(AutoClosing, col(AutoClosing.patrol_id) == col(Patrol.id))
        .where(
            col(Patrol.id) == col(Activity.patrol_id),
            or_(col(Activity.occurred_at) < col(Patrol.started_at), col(Activity.occurred_at) > ended),
        )
        .correlate(Activity)
    )


def details_of(session: Session, activities: Sequence[Activity]) -> dict[UUID, Table]:
    """The row of its kind of each activity."""
    found: dict[UUID, Table] = {}
    for kind, table in DETAILS.items():
        ids = [row.id for row in activities if row.kind == kind]
        if ids:
            column = table.__table__.c.activity_id  # type: ignore[attr-defined]  # SQLModel does not type it
            for detail in session.exec(select(table).where(column.in_(ids))).all():
                found[detail.activity_id] = detail  # type: ignore[attr-defined]
    return found


def items_of(session: Session, activity_ids: Sequence[UUID]) -> dict[UUID, list[IntelligenceItem]]:
    """The items of each submission, in their order."""
    found: dict[UUID, list[IntelligenceItem]] = {}
    if activity_ids:
        rows = select(IntelligenceItem).where(col(IntelligenceItem.activity_id).in_(activity_ids))
        for row in session.exec(rows.order_by(col(IntelligenceItem.position))).all():
            found.setdefault(row.activity_id, []).append(row)
    return found


def follow_ups_of(session: Session, activity_ids: Sequence[UUID]) -> dict[UUID, list[ReferralFollowUp]]:
    """What became of each referral, in the order it was heard."""
    found: dict[UUID, list[ReferralFollowUp]] = {}
    if activity_ids:
        rows = select(ReferralFollowUp).where(col(ReferralFollowUp.activity_id).in_(activity_ids))
        ordered = rows.order_by(
            col(ReferralFollowUp.heard_at), col(ReferralFollowUp.received_at), col(ReferralFollowUp.id)
        )
        for row in session.exec(ordered).all():
            found.setdefault(row.activity_id, []).append(row)
    return found


def _among(column: Any, name: str, one: bool) -> ColumnElement[bool]:
    # A list is spelt out anew each time it is asked, which costs twice what the question does.
    found: ColumnElement[bool] = (
        column == bindparam(name) if one else column.in_(bindparam(name, expanding=True))
    )
    return found


@cache
def _naming(table: type[Arrest] | type[StopSearch], one: bool) -> Any:
    # Built once: whoever records an arrest or a search that led to one asks.
    link = col(Arrest.from_search_id) if table is Arrest else col(StopSearch.arrest_id)
    return (
        select_rows(col(table.activity_id), link, col(Activity.force_id), col(Activity.voided_at))
        .join(Activity, col(Activity.id) == col(table.activity_id))
        .where(or_(_among(link, "ids", one), _among(col(table.activity_id), "named", one)))
    )


def _linked(
    session: Session,
    table: type[Arrest] | type[StopSearch],
    force_id: UUID,
    links: Mapping[UUID, UUID | None],
) -> list[tuple[UUID, UUID | None]]:
    """The arrests or searches that name some activities, or that those name (`links`), with the one each names."""
    ids, named = list(links), list({other for other in links.values() if other})
    one = len(ids) == 1
    asked = {"ids": ids[0], "named": links[ids[0]]} if one else {"ids": ids, "named": named}
    rows = session.connection().execute(_naming(table, one), asked)
    # Force and taking back are looked at here: asked with the rest, they had PostgreSQL begin with all that the force
    # has ever logged.
    return [
        (activity_id, names)
        for activity_id, names, of, voided_at in rows
        if of == force_id and voided_at is None
    ]


def arrests_of(session: Session, force_id: UUID, searches: Mapping[UUID, UUID | None]) -> dict[UUID, UUID]:
    """The arrest on record of each search that has one, whichever of the two names the other; none taken back.
    `searches` are asked with the arrest that each names."""
    if not searches:
        return {}
    rows = sorted(_linked(session, Arrest, force_id, searches), key=itemgetter(0))
    on_record = {arrest_id for arrest_id, _ in rows}
    # Several may have led to one arrest. Where others say that theirs came of a search, what it says itself stands.
    naming = {
        names: arrest_id for arrest_id, names in reversed(rows) if names is not None and names in searches
    }
    own = {search_id: each for search_id, each in searches.items() if each and each in on_record}
    return {**naming, **own}


def searches_of(
    session: Session, force_id: UUID, arrests: Mapping[UUID, UUID | None]
) -> dict[UUID, list[UUID]]:
    """The searches on record that name each arrest, or that it names; none taken back. `arrests` are asked with the
    search that each names."""
    if not arrests:
        return {}
    found: dict[UUID, list[UUID]] = {}
    for search_id, arrest_id in _linked(session, StopSearch, force_id, arrests):
        for each, names in arrests.items():
            if each == arrest_id or names == search_id:
                found.setdefault(each, []).append(search_id)
    return found


def spans_of(session: Session, patrol_ids: set[UUID]) -> dict[UUID, PatrolSpan]:
    """From when until when some patrols were, and which were taken back since."""
    if not patrol_ids:
        return {}
    rows = session.execute(
        select_rows(
            col(Patrol.id),
            col(Patrol.started_at),
            func.coalesce(col(CheckOut.ended_at), col(AutoClosing.ended_at)),
            col(PatrolVoid.id).is_not(None),
        )
        .outerjoin(CheckOut, col(CheckOut.id) == col(Patrol.id))
        .outerjoin(AutoClosing, col(AutoClosing.patrol_id) == col(Patrol.id))
        .outerjoin(PatrolVoid, col(PatrolVoid.id) == col(Patrol.id))
        .where(col(Patrol.id).in_(patrol_ids))
    )
    return {row[0]: PatrolSpan(*row[1:]) for row in rows}


def unknown_codes_seen(
    session: Session, caller: Caller, day: date, from_at: datetime, to_at: datetime
) -> Iterator[tuple[list[str], datetime]]:
    """The codes nobody knew of each activity in the caller's scope that has some, and when it was; read in pieces."""
    query = select_rows(col(Activity.unknown_codes), col(Activity.occurred_at)).where(
        may_see(caller, day, Permission.ACTIVITIES_REPORT),
        cast(col(Activity.unknown_codes), Text).is_not(None),
        col(Activity.voided_at).is_(None),
        col(Activity.occurred_at) >= from_at,
        col(Activity.occurred_at) < to_at,
    )
    with session.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as rows:
        yield from ((codes, at) for codes, at in rows)
