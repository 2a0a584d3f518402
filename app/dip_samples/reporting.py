"""What a reality check found: outcomes counted by stratum, and how many results the checks do not bear out. Pure.

An error is a result that the check does not support. Doubtful ones are counted beside it, never as errors, and what
could not be checked is in no denominator: both are told. Strata drawn with different chances are not added up,
because then the sum would be a share of nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from app.dip_samples.interval import Rate, rate


class CheckOutcome(StrEnum):
    """What somebody found who looked: the result is right, they doubt it, it is not supported, or they cannot say."""

    CONFIRMED = "CONFIRMED"
    DOUBTFUL = "DOUBTFUL"
    NOT_SUPPORTED = "NOT_SUPPORTED"
    UNABLE_TO_CHECK = "UNABLE_TO_CHECK"


SAYS_SOMETHING = (CheckOutcome.CONFIRMED, CheckOutcome.DOUBTFUL, CheckOutcome.NOT_SUPPORTED)
# What offers a review; nothing follows by itself.
OFFERS_REVIEW = (CheckOutcome.DOUBTFUL, CheckOutcome.NOT_SUPPORTED)


@dataclass(frozen=True, slots=True)
class Part:
    """One stratum as drawn: how many patrols it held, and the outcome of each drawn (None: nobody has checked it)."""

    name: str
    population: int
    outcomes: Sequence[CheckOutcome | None]

    @property
    def chance(self) -> Fraction:
        return Fraction(len(self.outcomes), self.population)


@dataclass(frozen=True, slots=True)
class Found:
    """A stratum's outcomes. Of those checked, `error` were not supported, `doubt` not supported or doubtful."""

    name: str
    population: int
    drawn: int
    by_outcome: Mapping[CheckOutcome, int]
    unchecked: int
    error: Rate
    doubt: Rate


def found(part: Part) -> Found:
    """Of ten drawn, six confirmed, one doubtful, one not supported, one unable, one unchecked: error 1 of 8."""
    counted = {outcome: sum(each is outcome for each in part.outcomes) for outcome in CheckOutcome}
    checked = sum(counted[outcome] for outcome in SAYS_SOMETHING)
    wrong, doubtful = counted[CheckOutcome.NOT_SUPPORTED], counted[CheckOutcome.DOUBTFUL]
    return Found(
        part.name,
        part.population,
        len(part.outcomes),
        counted,
        sum(each is None for each in part.outcomes),
        rate(wrong, checked),
        rate(wrong + doubtful, checked),
    )


def together(parts: Sequence[Part]) -> Found | None:
    """All strata as one, where each patrol was as likely to be drawn, whatever its stratum; else None.

    Five of ten and three of six are told together, five of ten and three of thirty are not.
    """
    if not parts or len({part.chance for part in parts if part.population}) > 1:
        return None
    return found(Part("all", sum(part.population for part in parts), list(_outcomes(parts))))


def _outcomes(parts: Iterable[Part]) -> Iterable[CheckOutcome | None]:
    for part in parts:
        yield from part.outcomes
