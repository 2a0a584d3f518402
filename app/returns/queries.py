"""Reads of schemes, closings and recorded hours; sums of the ledger are in `ledger_queries`."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select as select_rows, true
from sqlmodel import Session, col, select

from app.areas.kinds import AreaKind
from app.areas.models import Area, AreaAncestor, Hotspot, Team
from app.areas.scope import RowOwners, visible
from app.identity.permissions import Caller, Permission
from app.reference.queries import labels_of
from app.returns.importing import SAID, Held, Key, Known, Recorded
from app.returns.models import ClosingRow, PeriodClosing, RecordedHours, ReportingScheme
from app.returns.periods import Span
from app.returns.scheming import Scheme
from app.schedule.importing import Coded, HeldDates
from app.schedule.queries import force_held

_IDS_A_STATEMENT = 500


def scheme_of(row: ReportingScheme) -> Scheme:
    """A stored version as the rules want it."""
    return Scheme(row.code, row.name, Span(row.first_day, row.last_day), row.target_ms, row.rules)


def schemes_standing(session: Session, force_id: UUID) -> list[ReportingScheme]:
    """A force's schemes as they stand, the latest to begin first."""
    return list(
        session.exec(
            select(ReportingScheme)
            .where(ReportingScheme.force_id == force_id, col(ReportingScheme.superseded_at).is_(None))
            .order_by(col(ReportingScheme.first_day).desc(), col(ReportingScheme.code))
        ).all()
    )


def _of_force(caller: Caller, today: date, force_id: Any) -> ColumnElement[bool]:
    """The gate for what says nothing of anybody's area or team: the whole force's, for whoever reads hours in it."""
    return visible(caller, today, RowOwners(force_id=force_id), Permission.HOURS_READ, also=[true()])


def scheme_seen(session: Session, caller: Caller, today: date, scheme_id: UUID) -> ReportingScheme | None:
    """A scheme of the caller's force as it stands."""
    return session.exec(
        select(ReportingScheme).where(
            ReportingScheme.scheme_id == scheme_id,
            _of_force(caller, today, col(ReportingScheme.force_id)),
            col(ReportingScheme.superseded_at).is_(None),
        )
    ).first()


def scheme_version(session: Session, version_id: UUID) -> ReportingScheme:
    return session.get_one(ReportingScheme, version_id)


def schemes_held(session: Session, force_id: UUID) -> dict[str, tuple[int, Scheme]]:
    """Standing versions by code, with their numbers."""
    return {row.code: (row.version, scheme_of(row)) for row in schemes_standing(session, force_id)}


def scheme_ids(session: Session, force_id: UUID) -> dict[str, UUID]:
    return {row.code: row.scheme_id for row in schemes_standing(session, force_id)}


def closed_by_code(session: Session, force_id: UUID) -> dict[str, list[Span]]:
    """The periods closed under each scheme's code."""
    found: defaultdict[str, list[Span]] = defaultdict(list)
    for code, first, last in session.execute(
        select_rows(col(ReportingScheme.code), col(PeriodClosing.first_day), col(PeriodClosing.last_day))
        .select_from(PeriodClosing)
        .join(ReportingScheme, col(ReportingScheme.id) == col(PeriodClosing.scheme_version_id))
        .where(col(PeriodClosing.force_id) == force_id)
    ).all():
        found[code].append(Span(first, last))
    return found


def closings_of(session: Session, caller: Caller, today: date, scheme_id: UUID) -> list[PeriodClosing]:
    """A scheme's closings, earliest period first."""
    return list(
        session.exec(
            select(PeriodClosing)
            .where(
                _of_force(caller, today, col(PeriodClosing.force_id)), PeriodClosing.scheme_id == scheme_id
            )
            .order_by(col(PeriodClosing.first_day))
        ).all()
    )


def closing_rows(
    session: Session, caller: Caller, today: date, closing_ids: Sequence[UUID]
) -> list[ClosingRow]:
    """The rows of some closings that the caller may see, in their order."""
    owners = RowOwners(
        force_id=col(ClosingRow.force_id), team_id=col(ClosingRow.team_id), area_id=col(ClosingRow.area_id)
    )
    return list(
        session.exec(
            select(ClosingRow)
            .where(
                col(ClosingRow.closing_id).in_(closing_ids),
                visible(caller, today, owners, Permission.HOURS_READ),
            )
            .order_by(col(ClosingRow.closing_id), col(ClosingRow.number))
        ).all()
    )


def signed_rows(session: Session, closing_ids: Sequence[UUID]) -> dict[UUID, list[ClosingRow]]:
    """All rows of some closings, in order, whoever may see them: to hold them against what was signed, not to tell."""
    found: defaultdict[UUID, list[ClosingRow]] = defaultdict(list)
    rows = select(ClosingRow).where(col(ClosingRow.closing_id).in_(closing_ids))
    for row in session.exec(rows.order_by(col(ClosingRow.number))).all():
        found[row.closing_id].append(row)
    return found


@dataclass(frozen=True, slots=True)
class PlaceName:
    """An area or team by code and name."""

    id: UUID
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Names:
    """What the places of a force are called today; `lpas` is the LPA that each area is or lies in."""

    areas: dict[UUID, PlaceName]
    lpas: dict[UUID, PlaceName]
    teams: dict[UUID, PlaceName]
    hotspots: dict[UUID, PlaceName]


def names(session: Session, force_id: UUID) -> Names:
    """The names of a force's places, in four statements whatever there is."""
    areas = {
        row[0]: PlaceName(*row)
        for row in session.exec(select(Area.id, Area.code, Area.name).where(Area.force_id == force_id)).all()
    }
    of_kind = select(Area.id).where(Area.force_id == force_id, col(Area.kind) == AreaKind.LPA)
    lpas = {
        area_id: areas[lpa_id]
        for area_id, lpa_id in session.exec(
            select(AreaAncestor.area_id, AreaAncestor.ancestor_id).where(
                col(AreaAncestor.ancestor_id).in_(of_kind)
            )
        ).all()
    }
    teams = session.exec(select(Team.id, Team.code, Team.name).where(Team.force_id == force_id)).all()
    spots = session.exec(
        select(Hotspot.id, Hotspot.code, Hotspot.name).where(Hotspot.force_id == force_id)
    ).all()
    return Names(
        areas, lpas, {row[0]: PlaceName(*row) for row in teams}, {row[0]: PlaceName(*row) for row in spots}
    )


def known_codes(session: Session, force_id: UUID, day: date) -> Known:
    """What the codes of a file of hours may mean."""
    areas: defaultdict[str, list[HeldDates]] = defaultdict(list)
    for area in session.exec(select(Area).where(Area.force_id == force_id)).all():
        areas[area.code].append(HeldDates(area.id, area.valid_from, area.valid_to))
    lists = labels_of(session, force_id, ["hour_channels", "agencies"], day)
    coded: Coded = areas
    return Known(
        force_held(session, force_id), coded, frozenset(lists["hour_channels"]), frozenset(lists["agencies"])
    )


def records_held(session: Session, force_id: UUID, keys: Iterable[Key]) -> dict[Key, Held]:
    """The standing versions of some records, by channel and reference."""
    found: dict[Key, Held] = {}
    by_channel: defaultdict[str, list[str]] = defaultdict(list)
    for channel, reference in keys:
        by_channel[channel].append(reference)
    standing, erased = col(RecordedHours.superseded_at), col(RecordedHours.officer_erased_at)
    for channel, references in by_channel.items():
        for start in range(0, len(references), _IDS_A_STATEMENT):
            rows = session.exec(
                select(RecordedHours).where(
                    RecordedHours.force_id == force_id,
                    RecordedHours.channel == channel,
                    col(RecordedHours.reference).in_(references[start : start + _IDS_A_STATEMENT]),
                    or_(standing.is_(None), erased.is_not(None)),
                )
            ).all()
            known = {row.reference for row in rows if row.officer_erased_at is not None}
            for row in rows:
                if row.superseded_at is None:
                    said = Recorded(**{name: getattr(row, name) for name in SAID})
                    gone = row.officer_id is None and row.reference in known
                    found[channel, row.reference] = Held(row.version, said, gone)
    return found


def records_around(
    session: Session, officer_id: UUID, from_at: datetime, to_at: datetime
) -> list[RecordedHours]:
    """The standing records of one officer that overlap a time; none lasts longer than a day."""
    return list(
        session.exec(
            select(RecordedHours).where(
                RecordedHours.officer_id == officer_id,
                col(RecordedHours.superseded_at).is_(None),
                col(RecordedHours.starts_at) < to_at,
                col(RecordedHours.starts_at) > from_at - timedelta(days=1),
                col(RecordedHours.ends_at) > from_at,
            )
        ).all()
    )


def record_standing(session: Session, force_id: UUID, key: Key) -> RecordedHours:
    """The standing version of a record that is known to be there."""
    return session.exec(
        select(RecordedHours).where(
            RecordedHours.force_id == force_id,
            RecordedHours.channel == key[0],
            RecordedHours.reference == key[1],
            col(RecordedHours.superseded_at).is_(None),
        )
    ).one()


def hold_scheme(session: Session, scheme_id: UUID) -> None:
    """Whoever closes a period of a scheme goes alone, and no version of it is superseded meanwhile."""
    versions = select(ReportingScheme.id).where(ReportingScheme.scheme_id == scheme_id)
    session.exec(versions.order_by(col(ReportingScheme.id)).with_for_update()).all()


def closing_id_known(session: Session, closing_id: UUID) -> bool:
    return session.exec(select(PeriodClosing.id).where(PeriodClosing.id == closing_id)).first() is not None
