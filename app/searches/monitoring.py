"""Searches added up for monitoring: what each stands under, what is counted of it, and which numbers are told. Pure.

Every search counts, the force's own record or ours; a person detained and not searched is none. What a record does not
say is counted as not known and never as no.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.activities.codes import (
    ARREST_OUTCOME,
    NOT_STATED,
    ActivityFlag,
    DetailLevel,
    OutcomeLink,
)
from app.activities.published import age_band, ethnicity_group, is_positive
from app.reference.codes import Lists
from app.suppression import hidden_in_list, hidden_in_table

LISTS = (
    "self_defined_ethnicity", "officer_defined_ethnicity", "ethnicity_groups", "age_bands", "genders", "search_objects",
    "legislation", "search_outcomes", "clothing_levels",
)  # fmt: skip


class SearchesBy(StrEnum):
    """What a row stands for. Areas and teams are those of who searched, on the day."""

    SELF_DEFINED = "self_defined_ethnicity"
    OFFICER_DEFINED = "officer_defined_ethnicity"
    AGE_BAND = "age_band"
    GENDER = "gender"
    OBJECT = "object"
    POWER = "power"
    OUTCOME = "outcome"
    MONTH = "month"
    TEAM = "team"
    LPA = "lpa"


# The list whose codes are the rows.
CODES = {
    SearchesBy.SELF_DEFINED: "ethnicity_groups",
    SearchesBy.OFFICER_DEFINED: "ethnicity_groups",
    SearchesBy.AGE_BAND: "age_bands",
    SearchesBy.GENDER: "genders",
    SearchesBy.OBJECT: "search_objects",
    SearchesBy.POWER: "legislation",
    SearchesBy.OUTCOME: "search_outcomes",
}
# Rows beside the codes of a list.
NOT_STATED_ROW, NOT_KNOWN_ROW = "NOT_STATED", "NOT_KNOWN"
IN_WORDS = {NOT_STATED_ROW: "not stated", NOT_KNOWN_ROW: "not known"}

# What is counted, each question with its answers: of every row the answers of a question add up to its searches.
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "found": ("found", "not_found", "found_not_known"),
    "outcome": ("arrests", "other_positive", "not_positive", "outcome_not_known"),
    "clothing": ("outer_clothing_at_most", "more_than_outer", "intimate_parts_exposed", "clothing_not_known"),
    "video": ("video_used", "video_not_used", "video_not_known"),
    "gowisely": ("told_everything", "not_told_everything", "told_not_known"),
    "ethnicity": ("ethnicity_stated", "ethnicity_not_stated", "ethnicity_not_recorded"),
}
ANSWERS = tuple(answer for answers in QUESTIONS.values() for answer in answers)


@dataclass(frozen=True, slots=True)
class Searched:
    """One search as its record has it. `place` is what a grouping by team, area or month put it under."""

    level: str
    occurred_at: datetime
    outcome_code: str | None = None
    video_used: bool | None = None
    flags: Sequence[str] = ()
    legislation_code: str | None = None
    object_code: str | None = None
    outcome_linked_to_object: str | None = None
    self_defined_ethnicity: str | None = None
    officer_defined_ethnicity: str | None = None
    gender: str | None = None
    age: int | None = None
    clothing_removed: str | None = None
    gowisely: Sequence[str] | None = None
    vehicle_unattended: bool | None = None
    place: UUID | str | None = None


def row_of(search: Searched, by: SearchesBy, lists: Lists) -> UUID | str | None:
    """The row a search stands in: the code of its group, band, object …; `NOT_KNOWN` where the record says none.

    By self-defined ethnicity A2 is `ASIAN`, NS is `NOT_STATED`; by age 17 is `10_17`.
    """
    if by is SearchesBy.SELF_DEFINED:
        if search.self_defined_ethnicity == NOT_STATED:
            return NOT_STATED_ROW
        return ethnicity_group(search.self_defined_ethnicity, lists[by.value]) or NOT_KNOWN_ROW
    if by is SearchesBy.OFFICER_DEFINED:
        return ethnicity_group(search.officer_defined_ethnicity, lists[by.value]) or NOT_KNOWN_ROW
    if by is SearchesBy.AGE_BAND:
        found = {id(label): code for code, label in lists["age_bands"].items()}
        band = age_band(search.age, lists["age_bands"])
        return found[id(band)] if band is not None else NOT_KNOWN_ROW
    said = {
        SearchesBy.GENDER: search.gender,
        SearchesBy.OBJECT: search.object_code,
        SearchesBy.POWER: search.legislation_code,
        SearchesBy.OUTCOME: search.outcome_code,
    }
    return (said[by] or NOT_KNOWN_ROW) if by in said else search.place


def answers_of(search: Searched, lists: Lists) -> tuple[str, ...]:
    """What is counted of a search: one answer to each question."""
    return (
        {OutcomeLink.YES.value: "found", OutcomeLink.NO.value: "not_found"}.get(
            search.outcome_linked_to_object or "", "found_not_known"
        ),
        _outcome(search, lists),
        _clothing(search, lists),
        {True: "video_used", False: "video_not_used", None: "video_not_known"}[search.video_used],
        _told(search),
        _ethnicity(search),
    )


def _outcome(search: Searched, lists: Lists) -> str:
    if search.outcome_code == ARREST_OUTCOME:
        return "arrests"
    positive = is_positive(search.outcome_code, lists["search_outcomes"])
    return {True: "other_positive", False: "not_positive", None: "outcome_not_known"}[positive]


def _clothing(search: Searched, lists: Lists) -> str:
    level = lists["clothing_levels"].get(search.clothing_removed or "")
    if level is None:
        return "clothing_not_known"
    if level.attribute("exposed") == "yes":
        return "intimate_parts_exposed"
    return "more_than_outer" if level.attribute("beyond_outer") == "yes" else "outer_clothing_at_most"


def _told(search: Searched) -> str:
    # Nobody is told anything who is not there, and the force's own record says what it says.
    if search.level != DetailLevel.RECORD.value or search.vehicle_unattended:
        return "told_not_known"
    incomplete = ActivityFlag.GOWISELY_INCOMPLETE.value in search.flags
    return "not_told_everything" if incomplete else "told_everything"


def _ethnicity(search: Searched) -> str:
    if search.self_defined_ethnicity == NOT_STATED:
        return "ethnicity_not_stated"
    return "ethnicity_stated" if search.self_defined_ethnicity else "ethnicity_not_recorded"


@dataclass(frozen=True, slots=True)
class Counts:
    """A row as it is told: None where the number is hidden."""

    searches: int | None
    answers: Mapping[str, int | None]

    @property
    def found_percent(self) -> float | None:
        """Searches that found what they were for, of those of which it is known: 3 of 12 are 25.0."""
        return _percent((self.answers["found"],), (self.answers["found"], self.answers["not_found"]))

    @property
    def positive_percent(self) -> float | None:
        """Searches with a positive outcome, of those whose outcome is known."""
        positive = (self.answers["arrests"], self.answers["other_positive"])
        return _percent(positive, (*positive, self.answers["not_positive"]))


def _percent(part: Sequence[int | None], whole: Sequence[int | None]) -> float | None:
    # Of numbers that are told only: a share would tell the hidden one.
    told, of = [each for each in part if each is not None], [each for each in whole if each is not None]
    if len(told) < len(part) or len(of) < len(whole) or not sum(of):
        return None
    return round(100 * sum(told) / sum(of), 1)


def monitored(
    keys: Sequence[UUID | str | None], counted: Mapping[UUID | str | None, Counter[str]]
) -> tuple[list[Counts], Counts]:
    """The rows of some keys and the row of all, as they are told: small numbers hidden so that neither sums of rows nor
    of columns give them away, whichever question is looked at."""
    rows = [counted.get(key, Counter()) for key in keys]
    first = next(iter(QUESTIONS.values()))
    searches = [sum(row[answer] for answer in first) for row in rows]
    hidden_rows = hidden_in_list(searches)
    hidden: set[tuple[int, str]] = set()
    for answers in QUESTIONS.values():
        table = [[row[answer] for answer in answers] for row in rows]
        hidden |= (
            {(row, answers[column]) for row, column in hidden_in_table(table, hidden_rows)} if rows else set()
        )
    in_all: Counter[str] = Counter()
    for row in rows:
        in_all.update(row)
    told = [
        Counts(
            None if number in hidden_rows else total,
            {answer: None if (number, answer) in hidden else row[answer] for answer in ANSWERS},
        )
        for number, (row, total) in enumerate(zip([*rows, in_all], [*searches, sum(searches)], strict=True))
    ]
    return told[:-1], told[-1]
