"""Decides how decisions on a patrol and its window are told, and what the patrol counts as by them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.clock import MINUTE_MS
from app.patrols.reviewing import ACCEPTED, ADJUSTED, REASON_ACCEPTED, Decision
from app.tracks.decision import Status, status_of


@dataclass(frozen=True, slots=True)
class DecisionTold:
    """A decision on a patrol or its window, in the words of the force's lists, and whether later positions have changed
    what it was made on."""

    of_window: bool
    decision: Decision
    in_words: str
    reason: str | None
    credited_ms: int | None
    collar_number: str
    at: datetime
    day: date
    needs_confirmation: bool


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What people made of a result: their decisions, and the flags they have looked at."""

    decisions: Sequence[DecisionTold] = ()
    looked_at: frozenset[str] = frozenset()

    @property
    def standing(self) -> list[DecisionTold]:
        return [each for each in self.decisions if not each.needs_confirmation]


NOTHING = Afterwards()


def decision_in_words(told: DecisionTold) -> str:
    """«4111 decided on the window on 3 March: reason accepted (arrest).»"""
    what = "the window" if told.of_window else "this patrol"
    day = f"{told.day.day} {told.day:%B}"
    more = [told.reason] if told.reason is not None else []
    more += [f"{told.credited_ms // MINUTE_MS} minutes credited"] if told.credited_ms is not None else []
    decision = f"{told.in_words} ({', '.join(more)})" if more else told.in_words
    if told.needs_confirmation:
        return (
            f"What {told.collar_number} decided on {what} on {day} has to be confirmed, "
            f"because later positions changed the result: {decision}."
        )
    return f"{told.collar_number} decided on {what} on {day}: {decision}."


def counts_as(status: str, verified_ms: int, required_ms: int | None, afterwards: Afterwards) -> str:
    """The status a patrol counts as by the latest decision that stands, its own or its window's.

    59 verified minutes of 60 and one claimed, `review`: accepted `accepted`, let stand `partial`, a reason
    `reason_accepted`, credited 60 minutes `adjusted`. A kept patrol stays kept, whatever reason is given.
    """
    if not afterwards.standing:
        return status
    latest = max(afterwards.standing, key=lambda each: each.at)
    if latest.decision is Decision.ADJUST:
        return ADJUSTED
    if status == Status.COMPLIANT:
        return status
    if latest.decision is Decision.REASON:
        return REASON_ACCEPTED
    if latest.decision is Decision.ACCEPT:
        return ACCEPTED if status == Status.REVIEW else status
    if required_ms is None:
        return status
    return status_of(required_ms, strict_ms=verified_ms, review_ms=verified_ms, at_most_ms=verified_ms)
