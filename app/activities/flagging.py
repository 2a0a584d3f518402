"""What of an activity somebody should look at: gathers what the rules ask of its record and puts them to it. Pure.

The rules stand in `powers`, `grading` and `completeness`, under the words of the law; records have the words of the
wire. Some flags depend on what others record later (the arrest, the end of the patrol) and are judged whenever the
activity is read, so that they go when that comes; the others are kept with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from app.activities.codes import (
    CODE_LISTS,
    ActivityFlag,
    ActivityKind,
    DetailLevel,
    VehicleState,
    lists_of,
)
from app.activities.completeness import completeness_flags
from app.activities.facts import (
    Actor,
    ArrestFacts,
    Graded,
    OutcomeFacts,
    ReferralFacts,
    SearchFacts,
)
from app.activities.grading import grading_flags, referral_flags
from app.activities.powers import (
    arrest_flags,
    outcome_flags,
    patrol_stands,
    recorded_in_time,
    within_patrol,
)
from app.activities.search_rules import search_flags
from app.patrols.lifecycle import PatrolSpan
from app.reference.codes import Lists

Content = Mapping[str, Any]
# What the record calls otherwise than the rules.
_RULES_NAME = {
    "video_used": "body_worn_video",
    "video_reason_code": "bwv_reason",
    "video_reference": "bwv_reference",
    "necessity_codes": "necessity",
    "grounds_told": "told_of_arrest_and_grounds",
    "from_search_id": "stop_search_id",
    "urgency": "priority",
    "source_grade": "source",
    "assessment_grade": "assessment",
    "handling_grade": "handling",
    "outcome_type": "outcome_code",
    "item_type": "weapon_type",
    "found_place": "weapon_place",
}
# Codes that no rule asks about, and those of every kind.
_ALSO: Mapping[ActivityKind, Mapping[str, str]] = {
    ActivityKind.STOP_SEARCH: {"found_codes": "search_objects", "weapon_types": "weapon_types"},
}
_EVERY = {"video_reason_code": "body_worn_video_reasons", "late_reason": "late_record_reasons"}
# Judged whenever it is read: what others record later answers them.
JUDGED_WHEN_READ = frozenset(
    {
        ActivityFlag.ARREST_NOT_LINKED,
        ActivityFlag.CUSTODY_REFERENCE_MISSING,
        ActivityFlag.OUTSIDE_PATROL,
        ActivityFlag.PATROL_TAKEN_BACK,
    }
)


@dataclass(frozen=True, slots=True)
class Held:
    """An activity as it is judged. Times are on the server's clock; `wanted` is the level the force asks for."""

    kind: ActivityKind
    level: DetailLevel
    wanted: DetailLevel
    actor: Actor
    occurred_at: datetime
    recorded_at: datetime
    received_at: datetime
    content: Content
    patrol: PatrolSpan | None = None
    # Told as later than it arrived, whatever the phone said of its clock (rule 3).
    ahead: bool = False
    # The arrest on record that it led to, whichever of the two names the other.
    arrest_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CodeSaid:
    """One code of an activity, where it stands in its content (`items/0/category`) and in which list."""

    field: str
    list: str
    code: str


@cache
def code_lists(kind: ActivityKind) -> Mapping[str, str]:
    """Field of the record to the list its codes stand in."""
    record_name = {rules: record for record, rules in _RULES_NAME.items() if rules != "outcome_code"}
    found = {record_name.get(name, name): listed for name, listed in CODE_LISTS[kind].items()}
    if kind is ActivityKind.OUTCOME:
        found["outcome_type"] = found.pop("outcome_code")
    found.pop("vehicle", None)
    return {**found, **_ALSO.get(kind, {}), **_EVERY}


@cache
def list_names(kind: ActivityKind) -> tuple[str, ...]:
    """Every list that judging and telling a kind need, in alphabetical order."""
    return tuple(sorted({*lists_of(kind), *code_lists(kind).values()}))


def codes_said(kind: ActivityKind, content: Content) -> list[CodeSaid]:
    """Every code of an activity, in the order of its content."""
    lists = code_lists(kind)
    return list(_codes(lists, content, ""))


def _codes(lists: Mapping[str, str], content: Content, before: str) -> Iterable[CodeSaid]:
    for name, value in content.items():
        if name == "items":
            for number, item in enumerate(value or ()):
                yield from _codes(lists, item, f"items/{number}/")
        elif name in lists and value is not None:
            several = [value] if isinstance(value, str) else value
            yield from (CodeSaid(before + name, lists[name], code) for code in several)


def unknown(said: Iterable[CodeSaid], lists: Lists) -> list[str]:
    """The codes that no list holds, each once as `list/code`, in alphabetical order."""
    return sorted({f"{one.list}/{one.code}" for one in said if one.code not in lists.get(one.list, {})})


def flags_of(held: Held, strange: Sequence[str], lists: Lists, now: datetime) -> list[ActivityFlag]:
    """Every flag of an activity, with the lists of its day, in alphabetical order. `strange` are its unknown codes."""
    said = _as_rules_name(held)
    found: set[ActivityFlag] = {*_by_kind(held, said, lists, now), *_incomplete(held, said, lists)}
    if held.ahead:
        found.add(ActivityFlag.IN_THE_FUTURE)
    if strange:
        found.add(ActivityFlag.UNKNOWN_CODE)
    return sorted(found)


def _incomplete(held: Held, said: Content, lists: Lists) -> tuple[ActivityFlag, ...]:
    """Whether less is there than is wanted; where a reference is enough, a whole record is, too."""
    missing = completeness_flags(held.kind, held.wanted, said, lists)
    if missing and held.wanted is DetailLevel.REFERENCE and held.level is DetailLevel.RECORD:
        return completeness_flags(held.kind, held.level, said, lists)
    return missing


def stored(flags: Iterable[ActivityFlag]) -> list[str]:
    """Those flags that are kept with the activity."""
    return [flag.value for flag in flags if flag not in JUDGED_WHEN_READ]


def judged_when_read(held: Held, lists: Lists, now: datetime) -> list[ActivityFlag]:
    """Those flags that hold now and depend on what was recorded since."""
    found: set[ActivityFlag | None] = {
        within_patrol(held.occurred_at, held.patrol),
        patrol_stands(held.patrol),
    }
    if held.kind in (ActivityKind.STOP_SEARCH, ActivityKind.ARREST):
        found.update(_by_kind(held, _as_rules_name(held), lists, now))
    return sorted(flag for flag in found if flag in JUDGED_WHEN_READ)


def _by_kind(held: Held, said: Content, lists: Lists, now: datetime) -> Iterable[ActivityFlag]:
    when: dict[str, Any]
    if held.kind is ActivityKind.STOP_SEARCH:
        when = {"searcher": held.actor, "searched_at": held.occurred_at}
        return search_flags(SearchFacts(**_facts(SearchFacts, held, said), **when), lists, now)
    if held.kind is ActivityKind.ARREST:
        when = {"arrester": held.actor, "arrested_at": held.occurred_at}
        return arrest_flags(ArrestFacts(**_facts(ArrestFacts, held, said), **when), lists, now)
    return {*_others(held, said, lists), *_when(held)}


def _others(held: Held, said: Content, lists: Lists) -> Iterable[ActivityFlag]:
    if held.kind is ActivityKind.INTELLIGENCE:
        return grading_flags([_graded(item, said) for item in said.get("items") or ()], lists)
    if held.kind is ActivityKind.REFERRAL and held.level is DetailLevel.RECORD:
        facts = ReferralFacts(said.get("referral_type"), said.get("subject_category"), said.get("consent"))
        return referral_flags(facts, lists)
    if held.kind is ActivityKind.OUTCOME:
        return outcome_flags(OutcomeFacts(held.actor, said.get("outcome_code")), lists)
    return ()


def _when(held: Held) -> set[ActivityFlag]:
    found = (
        within_patrol(held.occurred_at, held.patrol),
        recorded_in_time(held.occurred_at, held.recorded_at, held.content.get("late_reason")),
    )
    return {flag for flag in found if flag is not None}


def _graded(item: Content, said: Content) -> Graded:
    scheme = said.get("grading_scheme") or "3x5x2"
    grades = (item.get("source_grade"), item.get("assessment_grade"), item.get("handling_grade"))
    return Graded(*grades, tuple(item.get("conditions") or ()), scheme)


def _as_rules_name(held: Held) -> dict[str, Any]:
    said = {_RULES_NAME.get(name, name): value for name, value in held.content.items()}
    unattended = said.pop("vehicle_unattended", None)
    if unattended is not None:
        said["vehicle"] = VehicleState.UNATTENDED if unattended else VehicleState.ATTENDED
    if said.get("items"):
        said["category"] = said["items"][0].get("category")
    # Words are not kept here: what an outcome was is told where its reference leads.
    said["detail"] = said.get("reference")
    said["place"] = said.get("position") or held.content.get("patrol_id")
    return said


_NAMES = {table: frozenset(field.name for field in fields(table)) for table in (SearchFacts, ArrestFacts)}


def _facts(table: type[SearchFacts] | type[ArrestFacts], held: Held, said: Content) -> dict[str, Any]:
    """The fields of a dataclass of facts, as far as the record has them."""
    known = _NAMES[table]
    own = {
        "level": held.level, "recorded_at": held.recorded_at,
        "patrol": held.patrol, "arrest_id": held.arrest_id,
    }  # fmt: skip
    facts = {name: value for name, value in said.items() if name in known and value is not None}
    facts = {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}
    return {**facts, **{name: value for name, value in own.items() if name in known}}
