"""The reading use cases of schemes as such: which there are, what they are to come to, and what every answer about one
says of who asked.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from app.audit.service import consulted
from app.clock import london_day
from app.identity.permissions import Caller, Permission, requires
from app.problems import out_of_sight
from app.returns import freezing, queries
from app.returns.asking import Asked
from app.returns.models import ReportingScheme
from app.returns.periods import due_in
from app.returns.schemas import PeriodResponse, SchemeList, SchemeResponse, hours
from app.returns.scheming import Scheme


@requires(Permission.HOURS_READ)
def list_schemes(session: Session, caller: Caller, now: datetime) -> SchemeList:
    """The force's schemes as they stand, the latest to begin first. They say nothing of anybody."""
    rows = queries.schemes_standing(session, caller.force_id)
    _consulted_schemes(session, caller, "returns.schemes", [row.scheme_id for row in rows], now)
    return SchemeList(schemes=[_scheme(session, caller, row, london_day(now)) for row in rows])


@requires(Permission.HOURS_READ)
def read_scheme(session: Session, caller: Caller, scheme_id: UUID, now: datetime) -> SchemeResponse:
    """One scheme, with its periods and what each is to come to."""
    row = scheme_row(session, caller, scheme_id, now)
    _consulted_schemes(session, caller, "returns.scheme", [scheme_id], now)
    return _scheme(session, caller, row, london_day(now))


def _consulted_schemes(
    session: Session, caller: Caller, operation: str, ids: list[UUID], now: datetime
) -> None:
    subjects = {"scheme": ids}
    consulted(session, operation, now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)


def scheme_row(session: Session, caller: Caller, scheme_id: UUID, now: datetime) -> ReportingScheme:
    """The standing version of a scheme; 404 for one that is not the force's."""
    row = queries.scheme_seen(session, caller, london_day(now), scheme_id)
    if row is None:
        raise out_of_sight("returns.scheme")
    return row


def _scheme(session: Session, caller: Caller, row: ReportingScheme, today: date) -> SchemeResponse:
    scheme = queries.scheme_of(row)
    closed = {each.first_day: each.id for each in queries.closings_of(session, caller, today, row.scheme_id)}
    address = f"/v1/schemes/{row.scheme_id}"
    return SchemeResponse(
        id=row.scheme_id,
        code=row.code,
        name=row.name,
        version=row.version,
        first_day=row.first_day,
        last_day=row.last_day,
        target_hours=hours(row.target_ms),
        unit=scheme.rule.unit,
        cadence=scheme.cadence,
        rules=row.rules,
        recorded_at=row.recorded_at,
        periods=[
            PeriodResponse(
                period=each.key,
                first_day=each.first,
                last_day=each.last,
                target_hours=hours(due_in(scheme.target_ms, scheme.span, each)),
                target_ms=due_in(scheme.target_ms, scheme.span, each),
                over=each.last < today,
                closing=f"{address}/closings/{closed[each.first]}" if each.first in closed else None,
            )
            for each in freezing.periods_of(row)
        ],
        hours=f"{address}/hours",
        missing=f"{address}/missing",
        closings=f"{address}/closings",
    )


def until_of(scheme: Scheme, until: date | None, today: date) -> date:
    """The day up to which hours are told: yesterday unless asked otherwise, within the scheme or the day before it, and
    never a day to come: its hours are not known, so they are not short."""
    wanted = until if until is not None else today - timedelta(days=1)
    return max(scheme.span.first - timedelta(days=1), min(wanted, today, scheme.span.last))


def logged(session: Session, asked: Asked, operation: str, scheme_id: UUID) -> None:
    """Logs who looked at the hours of which days of a scheme."""
    days = [asked.span.first.isoformat(), asked.span.last.isoformat()]
    consulted(
        session, operation, asked.now, {"scheme": [scheme_id], "period": days}, actor_id=asked.caller.officer_id,
        force_id=asked.caller.force_id,
    )  # fmt: skip
