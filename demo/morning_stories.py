"""What is said and decided the morning after the demonstration evening, as it was written. Only data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WordsStory:
    """What an officer says to their own patrol the morning after."""

    patrol: str
    collar: str
    kind: str
    text: str
    reason_code: str | None = None
    incident_reference: str | None = None


@dataclass(frozen=True, slots=True)
class DecisionStory:
    """What the team's sergeant decides on a window the morning after; `expected` is what it counts as then."""

    window: str
    collar: str
    decision: str
    expected: str
    note: str
    reason_code: str | None = None
    adjusted_minutes: int | None = None


WORDS = (
    WordsStory(
        "broadst",
        "4102",
        "EXPLANATION",
        "Arrest for robbery at 20:31, then custody until the end of the shift.",
        reason_code="ARREST_MADE",
        incident_reference="DEMO-2031",
    ),
    WordsStory(
        "soho",
        "4113",
        "DISPUTE",
        "I was there the whole time. The phone found no satellites under the market hall's roof.",
    ),
)

DECISIONS = (
    DecisionStory(
        "broadst",
        "4109",
        "REASON",
        "reason_accepted",
        "Custody record seen.",
        reason_code="ARREST_MADE",
    ),
    DecisionStory(
        "colmore",
        "4109",
        "STAND",
        "not_attended",
        "Walked the streets beside it; the map was gone through together.",
    ),
    DecisionStory(
        "colmore-late",
        "4109",
        "REASON",
        "reason_accepted",
        "The abstraction is on record.",
        reason_code="ABSTRACTED",
    ),
    DecisionStory(
        "soho",
        "4119",
        "ADJUST",
        "adjusted",
        "Body-worn video shows the officer in the market hall for the whole silence.",
        adjusted_minutes=60,
    ),
)
