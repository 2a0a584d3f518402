"""What an answer by groups must say beside its numbers, and where each row leads. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from urllib.parse import urlencode
from uuid import UUID

from app.areas.kinds import HotspotKind
from app.clock import start_of_london_day
from app.compliance.grouping import AREA_KINDS, PERIODS, By, GroupBy, by_hotspot, periods, tells_windows
from app.compliance.places import Place, asked_as, days_of, notes
from app.identity.permissions import Role
from app.schedule.windows import WindowFilter

_ONLY_OF_PATROLS = (
    "Windows have no {by}, so rows by it tell officers' time and visits only; scheduled windows stand under places, "
    "teams and periods."
)
_VISITS = (
    "Visits are verified stays long enough to count; officers in one hotspot at the same time are one visit, in two "
    "overlapping hotspots one in each. So rows of teams, programmes or people may come to more than the total."
)
_NO_VISITS = "Visits are told for up to 92 days; for longer they are when asked for (visits=true)."
_BLOCKS = (
    "One in three counts each block of a drawn schedule once, in the row of the first of its windows, a moved window "
    "with its block; cancelled ones stay due. A window without a schedule is a block of its own, where it was moved to."
)
_CATEGORIES = (
    "Officer minutes of a category add its hotspots up: time in two hotspots at once counts twice in its row, and once "
    "in the total."
)
_AREAS = (
    "Windows stand in the area they were planned for, officers' time and visits in the area of the patrol's team on "
    "the day."
)


_THE_VERY_AREA = (
    "Rows by area are of that very area: what lies below has its own, and /v1/compliance/areas adds both up."
)
_PARTS = "A week, month or quarter that goes beyond the time asked for counts only what lies within it."
_FEW = (
    "Ranks and kinds of fewer than three officers are told together, with the next smallest where that is needed: "
    "who asks is shown no single officers."
)


def group_notes(
    by: By, wanted: WindowFilter, roles: Iterable[Role], *, few_together: bool = False, visits: bool = True
) -> list[str]:
    """What somebody must know who adds up the rows, in plain words. `roles` are those that let the caller ask."""
    found = notes(Place.HOTSPOT if by_hotspot(by) else Place.TEAM, wanted, roles)
    if GroupBy.CATEGORY in by:
        found.append(_CATEGORIES)
    if any(each in AREA_KINDS or each is GroupBy.AREA for each in by):
        found.append(_AREAS)
    if GroupBy.AREA in by:
        found.append(_THE_VERY_AREA)
    if PERIODS.intersection(by):
        found.append(_PARTS)
    if few_together:
        found.append(_FEW)
    if tells_windows(by):
        found.append(_BLOCKS)
    else:
        found += [_ONLY_OF_PATROLS.format(by=each) for each in by if not tells_windows([each])]
    return [*found, _VISITS if visits else _NO_VISITS]


def group_links(by: By, codes: Sequence[UUID | str | None], wanted: WindowFilter) -> dict[str, str]:
    """Where a row leads: the windows it counts, its hotspots. Nowhere from what has no code, nor
    from what windows do not have, nor from an area without what lies below it, which no filter asks for.

    By team and month it is `{"windows": "/v1/compliance/windows?from=…&to=…&team_id=…", "hotspots": …}`.
    """
    if not tells_windows(by) or any(code is None for code in codes):
        return {}
    narrowed = wanted
    for each, code in zip(by, codes, strict=True):
        if code is None or not (found := _narrow(each, code, narrowed)):
            return {}
        narrowed = found
    asked = urlencode(asked_as(narrowed))
    links = {"windows": f"/v1/compliance/windows?{asked}"}
    if GroupBy.HOTSPOT not in by:
        links["hotspots"] = f"/v1/compliance/groups?group_by=hotspot&{asked}"
    return links


def _narrow(by: GroupBy, code: UUID | str, wanted: WindowFilter) -> WindowFilter | None:
    """A filter that leaves what stands under a key; None where two filters of a kind would have to hold at once."""
    if by in PERIODS:
        if wanted.from_at is None or wanted.to_at is None:
            return None
        days = days_of(wanted.from_at, wanted.to_at)
        period = next((each for each in periods(by, *days) if each.code == code), None)
        if period is None:
            return None
        return replace(
            wanted,
            from_at=max(wanted.from_at, start_of_london_day(period.first)),
            to_at=min(wanted.to_at, start_of_london_day(period.after)),
        )
    if by is GroupBy.CATEGORY:
        return replace(wanted, hotspot_kind=HotspotKind(str(code)))
    if by is GroupBy.FORCE:
        return wanted
    if by is GroupBy.AREA or not isinstance(code, UUID):
        return None
    if by is GroupBy.TEAM:
        return replace(wanted, team_id=code)
    if by is GroupBy.HOTSPOT:
        return replace(wanted, hotspot_id=code)
    # Two areas asked for at once, one of which may lie in the other.
    return replace(wanted, area_id=code) if wanted.area_id in (None, code) else None
