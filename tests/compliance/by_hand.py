"""What compliance must say of a made-up force by each grouping, worked out one row at a time by loops that share
nothing with the queries."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from statistics import median
from typing import Any

from app.areas.kinds import AreaKind
from app.clock import from_ms
from app.patrols.models import CreditedSlice, Grade
from app.patrols.visit_models import Visit
from app.schedule.models import TaskingWindow
from app.schedule.windows import WindowState
from tests.compliance.small_force import AREA_NAMES, KINDS, SCOPES, TEAM_NAMES, TEAMS, TREE
from tests.compliance.wide_force import LENGTH, OFFICERS, WideForce, london
from tests.conftest import named


# What a row of each grouping is known by, of a window and of what a patrol came to.
def area_of(force: WideForce, area: str, kind: AreaKind) -> str | None:
    return next((each for each in (area, *TREE[area]) if KINDS[each] is kind), None)


def period_code(by: str, day: date) -> str:
    if by == "month":
        return f"{day.year}-{day.month:02}"
    if by == "quarter":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    monday = day - timedelta(days=day.weekday())
    # The first ISO week is that of the fourth of January.
    year = (monday + timedelta(days=3)).year
    fourth = date(year, 1, 4)
    week = (monday - (fourth - timedelta(days=fourth.weekday()))).days // 7 + 1
    return f"{year}-W{week:02}"


def window_key(force: WideForce, by: str, each: TaskingWindow) -> str | None:
    hotspots = {named(name): (name, kind) for name, (_, kind) in force.places.hotspots.items()}
    if by in ("force", "lpa", "sector", "neighbourhood", "ward"):
        return area_of(force, AREA_NAMES[each.area_id], AreaKind(by.upper()))
    if by in ("week", "month", "quarter"):
        return period_code(by, london(each.starts_at))
    told: dict[str, str] = {
        "area": AREA_NAMES[each.area_id],
        "team": TEAM_NAMES[each.team_id],
        "hotspot": hotspots[each.hotspot_id][0],
        "category": hotspots[each.hotspot_id][1].value,
    }
    return told[by]


def time_key(force: WideForce, by: str, each: CreditedSlice | Visit) -> str | None:
    assert each.team_id is not None
    team = TEAM_NAMES[each.team_id]
    collar = next(name for name in OFFICERS if named(name) == each.officer_id)
    hotspots = {named(name): (name, kind) for name, (_, kind) in force.places.hotspots.items()}
    if by in ("force", "lpa", "sector", "neighbourhood", "ward"):
        return area_of(force, TEAMS[team], AreaKind(by.upper()))
    if by in ("week", "month", "quarter"):
        return period_code(by, each.day)
    if by in ("hotspot", "category"):
        assert each.hotspot_id is not None
        name, kind = hotspots[each.hotspot_id]
        return name if by == "hotspot" else kind.value
    told: dict[str, str | None] = {
        "area": TEAMS[team],
        "team": team,
        "programme": each.programme.value,
        "operation": each.operation,
        "funding": each.funding.value,
        "rank": force.rank_on(collar, each.day),
        "kind": OFFICERS[collar].value,
        "officer": collar,
    }
    return told[by]


# What the caller sees of it.
def windows_seen(force: WideForce, collar: str, *, any_time: bool = False) -> list[TaskingWindow]:
    teams, areas = SCOPES[collar]
    return [
        each
        for each in force.windows
        if (any_time or force.begins <= each.starts_at < force.ends)
        and (each.state is not WindowState.CANCELLED or each.published_at is not None)
        and (TEAM_NAMES[each.team_id] in teams or AREA_NAMES[each.area_id] in areas)
    ]


def told_to_all(force: WideForce, collar: str, rows: Iterable[Any], *, days_before: int = 0) -> list[Any]:
    teams, areas = SCOPES[collar]
    held = {each.patrol_id for each in force.held if each.until_at > force.now}
    last = force.first + timedelta(days=force.days - 1)
    return [
        each
        for each in rows
        if force.first - timedelta(days=days_before) <= each.day <= last
        and each.patrol_id not in held
        and (TEAM_NAMES[each.team_id] in teams or TEAMS[TEAM_NAMES[each.team_id]] in areas)
    ]


def status_of(force: WideForce, each: TaskingWindow) -> str:
    if each.state is not WindowState.PUBLISHED:
        return str(each.state.value.lower())
    stored = force.results[each.id].status if each.id in force.results else None
    if stored in ("compliant", "accepted", "adjusted", "reason_accepted"):
        return str(stored)
    if each.starts_at + LENGTH <= force.now:
        return stored or "not_attended"
    return "published" if stored is None else "in_progress"


def adjusted_enough(force: WideForce, each: TaskingWindow) -> bool:
    stored = force.results.get(each.id)
    return (
        status_of(force, each) == "adjusted"
        and stored is not None
        and stored.credited_ms >= stored.required_ms
    )


def windows_say(force: WideForce, windows: Iterable[TaskingWindow]) -> dict[str, Any]:
    """What a row must say of some windows."""
    found = list(windows)
    statuses = Counter(status_of(force, each) for each in found)
    stored = [force.results[each.id] for each in found if each.id in force.results]
    young = [
        each
        for each in found
        if status_of(force, each) not in ("cancelled", "moved", "accepted", "adjusted", "reason_accepted")
        and (
            each.starts_at + LENGTH > force.now - timedelta(hours=24)
            or status_of(force, each) == "in_progress"
        )
    ]
    return {
        "denominator": len(found),
        "kept": statuses["compliant"],
        "kept_by_decision": statuses["accepted"] + sum(adjusted_enough(force, each) for each in found),
        "provisional": len(young),
        "by_status": {status: count for status, count in statuses.items() if count},
        "reasons": dict(
            Counter(
                str(force.results[each.id].reason_code)
                for each in found
                if status_of(force, each) == "reason_accepted"
            )
        ),
        "decisions": dict(Counter(str(each.decision) for each in stored if each.decision is not None)),
        "verified_minutes": sum(each.verified_ms for each in stored) // 60_000,
        "required_minutes": sum(each.required_seconds for each in found) // 60,
    }


def blocks_say(
    force: WideForce, collar: str, by: tuple[str, ...]
) -> dict[tuple[str | None, ...], dict[str, int]]:
    """One in three by row: blocks of which the first window, of those the caller sees, starts in the period."""
    blocks: defaultdict[Any, list[TaskingWindow]] = defaultdict(list)
    for each in windows_seen(force, collar, any_time=True):
        if each.schedule_id is not None:
            blocks[each.hotspot_id, each.block_first_day].append(each)
        elif each.state is not WindowState.MOVED:
            blocks[each.id].append(each)
    found: defaultdict[tuple[str | None, ...], Counter[str]] = defaultdict(Counter)
    for windows in blocks.values():
        first = min(windows, key=lambda each: (each.starts_at, each.id))
        if not force.begins <= first.starts_at < force.ends:
            continue
        row = found[tuple(window_key(force, each, first) for each in by)]
        statuses = {status_of(force, each) for each in windows}
        row["due"] += 1
        if "compliant" in statuses:
            row["kept"] += 1
        elif "accepted" in statuses or any(adjusted_enough(force, each) for each in windows):
            row["kept_by_decision"] += 1
        elif statuses & {"published", "in_progress"}:
            row["undecided"] += 1
    names = ("due", "kept", "kept_by_decision", "undecided")
    return {key: {name: row[name] for name in names} for key, row in found.items()}


def visits_say(
    force: WideForce, visits: Iterable[Visit], by: tuple[str, ...]
) -> dict[tuple[str | None, ...], dict[str, int | None]]:
    """Visits by row; those of the day before are there to be joined. Second by second would be slower still, so they
    are put together two at a time until none meet."""
    stories: defaultdict[Any, list[Visit]] = defaultdict(list)
    for each in visits:
        without_periods = tuple(
            time_key(force, one, each) for one in by if one not in ("week", "month", "quarter")
        )
        stories[without_periods, each.hotspot_id].append(each)
    stays: defaultdict[tuple[str | None, ...], list[int]] = defaultdict(list)
    gaps: defaultdict[tuple[str | None, ...], list[int]] = defaultdict(list)
    for story in stories.values():
        spans = [(each.entered_ms, each.left_ms, each) for each in story]
        while True:
            meeting = next(
                (
                    (one, other)
                    for one in spans
                    for other in spans
                    if one is not other and one[0] <= other[0] <= one[1]
                ),
                None,
            )
            if meeting is None:
                break
            one, other = meeting
            spans = [each for each in spans if each is not one and each is not other]
            spans.append((one[0], max(one[1], other[1]), one[2]))
        spans = sorted((each for each in spans if from_ms(each[0]) >= force.begins), key=lambda each: each[0])
        for number, (entered, left, each) in enumerate(spans):
            key = tuple(time_key(force, one, each) for one in by)
            stays[key].append(left - entered)
            if number:
                gaps[key].append(entered - spans[number - 1][1])
    return {
        key: {
            "visits": len(each),
            "mean_minutes": sum(each) // len(each) // 60_000,
            "longest_minutes": max(each) // 60_000,
            "median_gap_minutes": int(median(gaps[key])) // 60_000 if gaps[key] else None,
            "longest_gap_minutes": max(gaps[key]) // 60_000 if gaps[key] else None,
        }
        for key, each in stays.items()
    }


NO_VISITS = {
    "visits": 0, "mean_minutes": None, "longest_minutes": None, "median_gap_minutes": None, "longest_gap_minutes": None,
}  # fmt: skip
NO_BLOCKS = {"due": 0, "kept": 0, "kept_by_decision": 0, "undecided": 0}


def minutes_say(slices: Iterable[CreditedSlice]) -> dict[str, int]:
    found = Counter[str]()
    for each in slices:
        found[each.grade.value] += each.credited_ms
    return {grade.value: found[grade.value] // 60_000 for grade in Grade}
