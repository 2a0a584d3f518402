"""By what activities can be added up, what is counted of them, and what the rows must say for themselves. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlencode
from uuid import UUID

from app.activities.codes import ActivityKind
from app.activities.published import counts_as_search, is_positive
from app.areas.narrowing import narrowed
from app.reference.codes import Lists

HOUR_MS = 3_600_000


class ActivitiesBy(StrEnum):
    """What a row stands for. An activity stands in one row, but under every hotspot it was in."""

    FORCE = "force"
    LPA = "lpa"
    SECTOR = "sector"
    NEIGHBOURHOOD = "neighbourhood"
    WARD = "ward"
    TEAM = "team"
    HOTSPOT = "hotspot"
    OFFICER = "officer"
    KIND = "kind"
    OUTCOME = "outcome"
    WEEK = "week"
    MONTH = "month"


AREAS = (
    ActivitiesBy.FORCE, ActivitiesBy.LPA, ActivitiesBy.SECTOR, ActivitiesBy.NEIGHBOURHOOD, ActivitiesBy.WARD,
)  # fmt: skip
_PARAMETER = {
    ActivitiesBy.TEAM: "team_id",
    ActivitiesBy.OFFICER: "officer_id",
    ActivitiesBy.HOTSPOT: "hotspot_id",
    ActivitiesBy.KIND: "kind",
    **dict.fromkeys(AREAS, "area_id"),
}
_BELOW = {
    **dict.fromkeys(AREAS, ActivitiesBy.TEAM),
    ActivitiesBy.FORCE: ActivitiesBy.LPA,
    ActivitiesBy.TEAM: ActivitiesBy.OFFICER,
}
# What hours and patrols cannot be told apart by: each row is held against all of them.
OF_ALL_HOURS = (ActivitiesBy.KIND, ActivitiesBy.OUTCOME)
# In which list each kind's outcomes stand.
OUTCOME_LISTS = {
    ActivityKind.STOP_SEARCH.value: "search_outcomes",
    ActivityKind.ARREST.value: "arrest_disposals",
    ActivityKind.INTELLIGENCE.value: "intelligence_categories",
    ActivityKind.REFERRAL.value: "referral_types",
    ActivityKind.OUTCOME.value: "other_outcomes",
}
LISTS = ("activity_kinds", *OUTCOME_LISTS.values())
Outcome = tuple[str, str | None]
Key = UUID | Outcome | str | None


@dataclass(frozen=True, slots=True)
class Logged:
    """So many activities that are alike. `on_voided`: on a patrol that was taken back since. `weapon`: a search found
    one; `from_search`: an arrest that a search on record led to; `detention`: logged as an arrest, and none;
    `reference`: the force's own system holds the record; `pieces`: how many weapons it was, where it was one."""

    kind: str
    outcome_code: str | None
    on_patrol: bool
    on_voided: bool
    flagged: bool
    weapon: bool
    from_search: bool
    detention: bool
    reference: bool
    pieces: int = 1
    activities: int = 1


@dataclass(slots=True)
class Sums:
    """What stands under a key."""

    counted: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[Outcome] = field(default_factory=Counter)

    def add(self, logged: Logged, lists: Lists) -> None:
        """Counts so many more. A search that ended in an arrest on record is one positive outcome, not two."""
        number = logged.activities
        self.outcomes[logged.kind, logged.outcome_code] += number
        for name in _counted_as(logged, lists):
            self.counted[name] += number
            if name == "weapons_found":
                self.counted["weapons"] += number * logged.pieces


def _counted_as(logged: Logged, lists: Lists) -> Iterable[str]:
    yield "activities"
    yield from (name for name in ("on_patrol", "flagged") if getattr(logged, name))
    if logged.on_voided:
        yield "on_voided_patrols"
    if logged.reference:
        yield "references"
    if logged.kind == ActivityKind.STOP_SEARCH:
        yield "searches" if counts_as_search(logged.outcome_code) else "not_searched"
        if is_positive(logged.outcome_code, lists["search_outcomes"]):
            yield "positive_outcomes"
        if logged.weapon:
            yield "weapons_found"
        return
    if logged.detention:
        yield "other_outcomes"
        return
    yield {
        ActivityKind.ARREST.value: "arrests",
        ActivityKind.INTELLIGENCE.value: "intelligence",
        ActivityKind.REFERRAL.value: "referrals",
    }.get(logged.kind, "other_outcomes")
    if logged.kind == ActivityKind.ARREST and not logged.from_search:
        yield "positive_outcomes"
    label = lists["other_outcomes"].get(logged.outcome_code or "")
    if logged.kind == ActivityKind.OUTCOME and label is not None and label.attribute("weapon") == "yes":
        yield "weapons_found"


def hours(ms: int | None) -> float | None:
    """Hours with two decimals, rounded once: 5,400,000 ms are 1.5."""
    return None if ms is None else round(ms / HOUR_MS, 2)


def per_hour(activities: int, ms: int | None) -> float | None:
    """Activities on patrol for each officer hour: 3 in 1.5 hours are 2.0; None without hours."""
    return round(activities * HOUR_MS / ms, 3) if ms else None


def per_patrol(activities: int, patrols: int | None) -> float | None:
    """Activities on patrol for each patrol: 3 on 2 are 1.5; None without patrols."""
    return round(activities / patrols, 3) if patrols else None


def notes(by: ActivitiesBy, *, hours_left_out: bool) -> list[str]:
    """What somebody must know who reads the rows, in plain words."""
    found = [
        "References to the force's own records and records of ours count alike.",
        "Per hour and per patrol count what was logged on a patrol, over all hours and patrols of the same days.",
        "Hours are officers' hours in hotspots: verified by GPS, accepted by a supervisor, or declared for crew.",
        "What was logged on a patrol that was taken back counts, and the row says how much that is; its hours do not.",
        "A search that led to an arrest on record is one positive outcome.",
        "A find is counted as often as it is logged; weapons are as many as it says, one for each type a search names.",
        "A detention under the Mental Health Act is no arrest: one logged as an arrest stands among other outcomes.",
    ]
    if by in AREAS:
        found.append(
            "Areas are those of the officer's team on the day, not where it happened: ask by hotspot for that."
        )
    if by is ActivitiesBy.HOTSPOT:
        found.append(
            "An activity was where the phone was or, without that, where its patrol's result has it; in two hotspots "
            "that overlap it stands in both rows, and so does time: rows do not add up to the total."
        )
    if by in OF_ALL_HOURS:
        found.append("Hours and patrols are all there were: each row is held against all of them.")
    if hours_left_out:
        found.append("The total of hours is left out: it is not kept for some hotspots together.")
    return found


def links(by: ActivitiesBy, key: Key, asked: Mapping[str, str], force_id: UUID) -> dict[str, str]:
    """Where a row leads: its activities, and the rows one step below. Of a period `asked` is of that period. Nowhere
    where the filter that would ask for the row is set to something else; an LPA of the force asked for is its own.

    Of a team: `{"activities": "/v1/activities?from=…&team_id=…", "below": "/v1/activities/report?group_by=officer&…"}`.
    """
    if key is None:
        return {}
    if isinstance(key, tuple):
        kind, code = key
        # Nobody can list those of which nothing was said.
        listed = {**asked, "kind": kind, "outcome_code": code} if code and "area_id" not in asked else None
        return {"activities": _link("", listed)} if listed is not None else {}
    within = str(force_id) if by is ActivitiesBy.LPA else None
    question = narrowed(asked, _PARAMETER.get(by), str(key), within=within)
    if question is None:
        return {}
    found = {}
    # Nobody can list activities by the area of a team.
    listable = {name: value for name, value in question.items() if name != "area_id"}
    if "area_id" not in question or by in (ActivitiesBy.TEAM, ActivitiesBy.HOTSPOT):
        found["activities"] = _link("", listable)
    if by in _BELOW:
        found["below"] = _link("/report", {"group_by": _BELOW[by].value, **question})
    return found


def _link(path: str, asked: Mapping[str, str]) -> str:
    return f"/v1/activities{path}?{urlencode(asked)}"


def credited_ms(by_grade: Sequence[tuple[str, int]]) -> int:
    """Officers' time that counts as patrol: all but what a supervisor could still accept (`probable`)."""
    return sum(ms for grade, ms in by_grade if grade != "probable")
