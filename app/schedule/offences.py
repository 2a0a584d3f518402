"""Use cases of offences: write what a file brings, and answer with profiles, in numbers or as a drawing.

Offences are about nobody, so a whole force's are read by whoever may read any. Who looked at which hotspots' profiles
is logged all the same: they say where and when patrols will be likeliest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, delete, insert, update
from sqlmodel import Session, col

from app.areas import queries as areas
from app.areas.models import Hotspot
from app.audit.service import consulted
from app.clock import london_day
from app.identity.permissions import Caller, Permission, requires
from app.problems import not_found
from app.reference.codes import Label, in_words
from app.reference.queries import labels
from app.rest.pagination import decode_code_cursor, encode_code_cursor
from app.schedule.heat_map import HeatMap, draw
from app.schedule.models import Offence
from app.schedule.offence_importing import OffenceChanged
from app.schedule.offence_profile import USUAL_PSEUDO_COUNT, WINDOW_MINUTES, HotspotProfile, best_starts
from app.schedule.offence_queries import Profiled, profiled
from app.schedule.offence_schemas import (
    BestStart,
    DayOfWeek,
    OffenceProfileDetail,
    OffenceProfilePage,
    OffenceProfileSummary,
)
from app.schedule.profile_words import (
    DAYS,
    HOUR_LABELS,
    clock,
    day_name,
    period_in_words,
    rests_on,
    thin,
    times_even,
)

_ROWS_A_STATEMENT = 1000


def write_imported(
    session: Session, force_id: UUID, changes: Sequence[OffenceChanged], now: datetime
) -> None:
    """Writes new versions of offences as a file has them; what they take the place of stays, marked as superseded."""
    connection = session.connection()
    mark = (
        update(Offence)
        .where(col(Offence.id) == bindparam("superseded"))
        .values(superseded_at=bindparam("since"))
    )
    for some in _parts(changes):
        replaced = [
            {"superseded": change.supersedes, "since": now}
            for change in some
            if change.supersedes is not None
        ]
        if replaced:
            connection.execute(mark, replaced)
        connection.execute(insert(Offence), [_row(force_id, change, now) for change in some])


def erase_versions(session: Session, offence_ids: Sequence[UUID]) -> None:
    """Erases some versions of offences; the newest of each is left. Whether they may go is decided above, by the rules
    and holds of `app.retention`."""
    session.connection().execute(
        delete(Offence).where(col(Offence.id).in_(offence_ids), col(Offence.superseded_at).is_not(None))
    )


def _parts(changes: Sequence[OffenceChanged]) -> Iterator[Sequence[OffenceChanged]]:
    for start in range(0, len(changes), _ROWS_A_STATEMENT):
        yield changes[start : start + _ROWS_A_STATEMENT]


def _row(force_id: UUID, change: OffenceChanged, now: datetime) -> dict[str, object]:
    content = change.content
    return {
        "id": uuid4(),
        "force_id": force_id,
        "reference": change.reference,
        "version": change.version,
        "category": content.category,
        "starts_at": content.starts_at,
        "ends_at": content.ends_at,
        "lon": content.lon,
        "lat": content.lat,
        "hotspot_id": content.hotspot_id,
        "harm_weight": content.harm_weight,
        "harm_scheme": content.harm_scheme,
        "cancelled": content.cancelled,
        "recorded_at": now,
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """Which offences count: those of the `days` before `until` (today, when not given), by number or by harm."""

    until: date | None
    days: int
    harm: bool


@requires(Permission.OFFENCES_READ)
def list_profiles(
    session: Session, caller: Caller, asked: Asked, cursor: str | None, limit: int, now: datetime
) -> OffenceProfilePage:
    """A page of the force's hotspots in force on the day before which offences count, by code."""
    until = asked.until or london_day(now)
    after = decode_code_cursor(cursor) if cursor is not None else None
    rows = areas.hotspots(session, caller.force_id, until, None, None, after, limit + 1)
    page = rows[:limit]
    found = _profiled(session, caller, [row.id for row in page], until, asked)
    kinds = labels(session, caller.force_id, "hotspot_kinds", london_day(now))
    _consulted(session, caller, "offences.profiles", [row.id for row in page], now)
    return OffenceProfilePage(
        **_asked(found, until, asked, now),
        items=[_summary(row, found.profiles[row.id], kinds, until, asked) for row in page],
        next_cursor=encode_code_cursor(page[-1].code, page[-1].id) if len(rows) > limit else None,
    )


@requires(Permission.OFFENCES_READ)
def read_profile(
    session: Session, caller: Caller, hotspot_id: UUID, asked: Asked, now: datetime
) -> OffenceProfileDetail:
    """One hotspot's week in numbers; 404 for one that is not the force's."""
    until = asked.until or london_day(now)
    hotspot, found, kinds = _one(session, caller, hotspot_id, until, asked, now)
    profile = found.profiles[hotspot_id]
    return OffenceProfileDetail(
        **_asked(found, until, asked, now),
        summary=_summary(hotspot, profile, kinds, until, asked),
        hour_labels=list(HOUR_LABELS),
        days_of_week=[
            DayOfWeek(day=day, share=sum(hours), hours=hours)
            for day, hours in (
                (day, list(profile.weights[24 * at : 24 * at + 24])) for at, day in enumerate(DAYS)
            )
        ],
        hour_shares=[sum(profile.weights[hour::24]) for hour in range(24)],
        best_starts=[_start(start, weight) for start, weight in _best(profile, 5)],
    )


@requires(Permission.OFFENCES_READ)
def draw_profile(session: Session, caller: Caller, hotspot_id: UUID, asked: Asked, now: datetime) -> HeatMap:
    """One hotspot's week as a heat map; 404 as above."""
    until = asked.until or london_day(now)
    hotspot, found, kinds = _one(session, caller, hotspot_id, until, asked, now)
    profile = found.profiles[hotspot_id]
    rests = rests_on(profile, in_words(kinds, hotspot.kind.value))
    warnings = " ".join(_warnings(found, asked))
    return draw(
        profile.weights,
        next(iter(_best(profile, 1)), None),
        f"{hotspot.name} ({hotspot.code})",
        f"{period_in_words(until, asked.days)}{', weighed by harm' if asked.harm else ''}.",
        f"{rests} {warnings}".strip(),
    )


def _one(
    session: Session, caller: Caller, hotspot_id: UUID, until: date, asked: Asked, now: datetime
) -> tuple[Hotspot, Profiled, dict[str, Label]]:
    hotspot = areas.hotspot(session, caller.force_id, hotspot_id)
    if hotspot is None:
        raise not_found()
    found = _profiled(session, caller, [hotspot_id], until, asked)
    _consulted(session, caller, "offences.profile", [hotspot_id], now)
    return hotspot, found, labels(session, caller.force_id, "hotspot_kinds", london_day(now))


def _profiled(
    session: Session, caller: Caller, hotspot_ids: list[UUID], until: date, asked: Asked
) -> Profiled:
    return profiled(session, caller.force_id, hotspot_ids, until, asked.days, asked.harm)


def _consulted(
    session: Session, caller: Caller, operation: str, hotspot_ids: list[UUID], now: datetime
) -> None:
    subjects = {"hotspot": hotspot_ids}
    consulted(session, operation, now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)


def _asked(found: Profiled, until: date, asked: Asked, now: datetime) -> dict[str, Any]:
    return {
        "from_day": until - timedelta(days=asked.days),
        "until_day": until,
        "days": asked.days,
        "harm": asked.harm,
        "harm_schemes": list(found.harm_schemes),
        "force_offences": found.offences,
        "pseudo_count": USUAL_PSEUDO_COUNT,
        "warnings": _warnings(found, asked),
        "generated_at": now,
    }


def _warnings(found: Profiled, asked: Asked) -> list[str]:
    if len(found.harm_schemes) > 1:
        schemes = ", ".join(found.harm_schemes)
        return [f"Harm weights of different schemes are mixed here ({schemes}): they cannot be compared."]
    if asked.harm and not found.harm_schemes:
        return ["No offence in these days has a harm weight: ask without harm."]
    return []


def _best(profile: HotspotProfile, n: int) -> list[tuple[int, float]]:
    """The heaviest starts; none where every hour is alike, for then the first is no better than the last."""
    if profile.borrowed_from == "uniform" and not profile.offences:
        return []
    return best_starts(profile.weights, n)


def _start(start: int, weight: float) -> BestStart:
    return BestStart(
        day=day_name(start),
        starts=clock(start),
        ends=clock(start + WINDOW_MINUTES),
        minute_of_week=start,
        share=weight,
        times_even=times_even(weight),
    )


def _summary(
    hotspot: Hotspot, profile: HotspotProfile, kinds: dict[str, Label], until: date, asked: Asked
) -> OffenceProfileSummary:
    kind = in_words(kinds, hotspot.kind.value)
    best = [_start(start, weight) for start, weight in _best(profile, 1)]
    place = (
        f"/v1/offence-profiles/{hotspot.id}?until={until}&days={asked.days}&harm={str(asked.harm).lower()}"
    )
    return OffenceProfileSummary(
        hotspot_id=hotspot.id,
        hotspot_code=hotspot.code,
        hotspot_name=hotspot.name,
        kind=hotspot.kind,
        kind_label=kind,
        offences=profile.offences,
        own_weight=profile.own_weight,
        left_out=profile.left_out,
        without_weight=profile.without_weight,
        few_offences=thin(profile),
        borrowed=profile.borrowed,
        borrowed_from=profile.borrowed_from,
        best_start=best[0] if best else None,
        says=rests_on(profile, kind),
        profile=place,
        heat_map=f"{place}&format=svg",
    )
