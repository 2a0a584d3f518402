"""What residents of an area are told of a period that is over. Reads only.

Whoever may tell of an area tells the same: the numbers are the area's, not those of the teams they belong to.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from app.activities.powers import detentions
from app.areas.models import Area
from app.audit.service import consulted
from app.clock import london_day, start_of_london_day
from app.compliance import queries as windows
from app.compliance.arithmetic import total
from app.compliance.places import Asked
from app.compliance.presence_queries import visits_by
from app.engagements.recording import ENGAGEMENT
from app.identity.permissions import Caller, Permission, Role, requires
from app.problems import INVALID, FieldError, Problem, out_of_sight
from app.public_summary import queries
from app.public_summary.counting import (
    COUNTED,
    MOST_MONTHS,
    OF_ENGAGEMENT,
    Place,
    Record,
    counts_as,
    last_month,
    months_of,
    of_several,
    standing_in,
    told,
)
from app.public_summary.queries import Period
from app.public_summary.schemas import (
    KeptPromise,
    PatrolSummary,
    PublicSummary,
    SummaryArea,
    SummaryNumber,
)
from app.reference.queries import labels_of
from app.schedule.windows import WindowFilter
from app.suppression import FEWEST

HOUR_MS = 3_600_000
_NOTES = (
    "Hours are officers' hours in the places that are patrolled most: two officers for an hour are two hours.",
    "A planned patrol is kept when GPS shows that officers were there for the time planned.",
    f"Numbers from 1 to {FEWEST - 1} are not shown, nor some beside them, so that nobody can be recognised by them.",
    "What is not shown of a month is not shown of a longer time, either.",
    "What was done is counted where it happened; where that is not known, by the team of the area.",
)


@requires(Permission.SUMMARY_READ)
def read_summary(
    session: Session, caller: Caller, area_id: UUID, first: date | None, last: date | None, now: datetime
) -> PublicSummary:
    """An area's period; the month before unless asked otherwise. 404 for an area that is not the caller's to tell of,
    422 for a period that is not over or not of whole months: two that differ by a day would tell that day."""
    today = london_day(now)
    period = period_of(first, last, today)
    area = queries.area_seen(session, caller, area_id, today, queries.PERMISSION)
    if area is None:
        raise out_of_sight("public-summary:read")
    told = summed_up(session, caller, area, period, now)
    consulted(
        session, "public-summary:read", now,
        {"area": [area.id], "period": [period.first.isoformat(), period.last.isoformat()]},
        actor_id=caller.officer_id, force_id=caller.force_id,
    )  # fmt: skip
    return told


def summed_up(session: Session, caller: Caller, area: Area, period: Period, now: datetime) -> PublicSummary:
    """What is told of an area that has passed the gate, whoever asks; the asker's own use case logs it."""
    today = london_day(now)
    force = _for_everybody(caller)
    numbers = _numbers(session, force, area, period, today)
    promises = queries.promises_kept(session, force, today, period, area.id)
    return PublicSummary(
        area=SummaryArea(id=area.id, code=area.code, name=area.name, kind=area.kind.value.lower()),
        from_day=period.first,
        to_day=period.last,
        patrol=_patrol(session, force, area, period, now),
        engagement=[each for each in numbers if each.code in OF_ENGAGEMENT],
        outcomes=[each for each in numbers if each.code not in OF_ENGAGEMENT],
        you_said_we_did=[KeptPromise(you_said=said, we_did=done) for said, done in promises],
        fewest_told=FEWEST,
        notes=list(_NOTES),
        generated_at=now,
    )


def _for_everybody(caller: Caller) -> Caller:
    """Who sees the whole force, to add up an area that has passed the gate: residents are told the same by everybody,
    and a total that is smaller for a sergeant than for a planner would tell them apart."""
    return replace(caller, roles=frozenset({Role.PLANNER}))


def period_of(
    first: date | None,
    last: date | None,
    today: date,
    pointers: tuple[str, str] = ("#query/from", "#query/to"),
) -> Period:
    """Days that are over, the month before where none are given. 422 at `pointers` for what cannot be told of."""
    at_first, at_last = pointers
    if first is None or last is None:
        if first is not None or last is not None:
            raise _refused(at_first, "alone", "from and to are asked for together, or neither")
        first, last = last_month(today)
    if first > last:
        raise _refused(at_first, "not-before-to", "must not be later than to")
    if last >= today:
        raise _refused(at_last, "not-over", "must be before today: nothing is told of days that are not over")
    months = months_of(first, last)
    if months is None:
        wrong = at_last if first.day == 1 else at_first
        raise _refused(
            wrong, "month", "must be the first and the last day of a month: whole months are told of"
        )
    if len(months) > MOST_MONTHS:
        raise _refused(at_last, "length", f"asks for more than {MOST_MONTHS} months")
    return _period(first, last)


def _period(first: date, last: date) -> Period:
    after = last + timedelta(days=1)
    return Period(start_of_london_day(first), start_of_london_day(after), first, last)


def _refused(pointer: str, code: str, detail: str) -> Problem:
    return Problem(INVALID, "Some values are not valid.", [FieldError(pointer, code, detail)])


def _numbers(session: Session, force: Caller, area: Area, period: Period, today: date) -> list[SummaryNumber]:
    months = months_of(period.first, period.last) or []
    found = of_several([_of_month(session, force, area, _period(*each), today) for each in months])
    return [SummaryNumber(code=code, label=label, number=found[code]) for code, label in COUNTED.items()]


def _of_month(
    session: Session, force: Caller, area: Area, month: Period, today: date
) -> dict[str, int | None]:
    places = queries.beside(session, area, month)
    within = area.parent_id or area.id
    records = _records(session, force, month, within, places, today)
    return told(records, area.id, [each.id for each in places])


def _records(
    session: Session, force: Caller, period: Period, within: UUID, places: Sequence[Place], today: date
) -> list[Record]:
    lists = labels_of(session, force.force_id, ["other_outcomes", "arrest_bases"], today)
    no_arrest = detentions(lists["arrest_bases"])
    logged = queries.activities(session, force, today, period, within, places, no_arrest)
    met = queries.engagements(session, force, today, period, within)
    return [
        *(
            Record(
                counts_as(each.kind, each.outcome_code, weapon=each.weapon, lists=lists),
                standing_in(places, each.areas),
            )
            for each in logged
        ),
        *(
            Record(("engagements" if counted == ENGAGEMENT else "contacts",), standing_in(places, [held_in]))
            for counted, held_in in met
        ),
    ]


def _patrol(session: Session, force: Caller, area: Area, period: Period, now: datetime) -> PatrolSummary:
    wanted = WindowFilter(period.from_at, period.to_at, area_id=area.id)
    asked = Asked(force, london_day(now), now, wanted, permission=Permission.SUMMARY_READ)
    _, visits = visits_by(session, asked, (), of_places=True, together={})
    kept = total(windows.groups(session, asked))
    return PatrolSummary(
        officer_hours=round(queries.officer_ms(session, asked) / HOUR_MS, 1),
        visits=visits.visits,
        windows_planned=kept.denominator,
        windows_kept=kept.kept,
        windows_kept_by_decision=kept.kept_by_decision,
    )
