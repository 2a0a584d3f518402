"""Refusals of patrols."""

from datetime import datetime

from app.clock import london_day, rfc3339
from app.patrols.reviewing import Refusal
from app.problems import FORBIDDEN, INVALID, FieldError, Problem, ProblemKind

OFFICER_FIRST = ProblemKind(
    "officer-first",
    "The officer sees this result first",
    409,
    "Until the time in the detail it is told to those on the patrol only. Ask again after it.",
    retryable=True,
)
BASIS_CHANGED = ProblemKind(
    "basis-changed",
    "It has been judged again since you looked",
    409,
    "Read the result again, then decide on what it says now.",
)
TOO_EARLY = ProblemKind(
    "too-early",
    "It is too early to decide on this",
    409,
    "A reason can be accepted once the window has begun; everything else is decided when it is over.",
)
NOT_LINKABLE = ProblemKind(
    "not-linkable",
    "This patrol cannot count for that window",
    409,
    "A patrol made for no window may be linked to a published one in which it was verified at the hotspot.",
)
ERASED = ProblemKind(
    "erased",
    "Erased under the force's retention rule",
    410,
    "Positions are kept for as long as the force's rule says. The result, with its intervals and words, stands.",
)
KINDS = (OFFICER_FIRST, BASIS_CHANGED, TOO_EARLY, NOT_LINKABLE, ERASED)
_WHY_NOT = {
    Refusal.OWN: "Nobody decides on what they were on or tasked to themselves.",
    Refusal.RANK: "Whoever decides must stand above everybody it is about in rank.",
    Refusal.DECIDED_ABOVE: "Somebody above you in rank has decided on this.",
}


def track_erased(erased_at: datetime, rule_days: int) -> Problem:
    """The positions were here and are not any more."""
    return Problem(
        ERASED,
        f"The positions of this patrol were erased on {london_day(erased_at)}, under the force's rule to keep them for "
        f"{rule_days} days. Its result stands.",
    )


def unknown_reference(pointer: str, what: str) -> Problem:
    """A field names something that is not in this force."""
    return Problem(
        INVALID, "Some values are not valid.", [FieldError(pointer, "unknown", f"names no {what} of yours")]
    )


def own_words_only() -> Problem:
    """A fact that nobody may bring for somebody else, not even kept aside."""
    return Problem(
        FORBIDDEN, "Only whoever was on the patrol says this, signed in as themselves.", denial="patrol:words"
    )


def officer_first(operation: str, until_at: datetime) -> Problem:
    return Problem(OFFICER_FIRST, f"This result is told from {rfc3339(until_at)} on.", denial=operation)


def basis_changed() -> Problem:
    return Problem(BASIS_CHANGED, "The result, or the decision on it, that you looked at no longer stands.")


def too_early(detail: str) -> Problem:
    return Problem(TOO_EARLY, detail)


def not_linkable(detail: str) -> Problem:
    return Problem(NOT_LINKABLE, detail)


def may_not_decide(why: Refusal) -> Problem:
    """403 for one's own and for rank; the log keeps which."""
    return Problem(FORBIDDEN, _WHY_NOT[why], denial=f"review:{why}")
