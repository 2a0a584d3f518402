"""Refusals of patrols."""

from app.patrols.reviewing import Refusal
from app.problems import FORBIDDEN, INVALID, FieldError, Problem, ProblemKind

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
KINDS = (BASIS_CHANGED, TOO_EARLY, NOT_LINKABLE)
_WHY_NOT = {
    Refusal.OWN: "Nobody decides on what they were on or tasked to themselves.",
    Refusal.RANK: "Whoever decides must stand above everybody it is about in rank.",
}


def unknown_reference(pointer: str, what: str) -> Problem:
    """A field names something that is not in this force."""
    return Problem(
        INVALID, "Some values are not valid.", [FieldError(pointer, "unknown", f"names no {what} of yours")]
    )


def released_by_another() -> Problem:
    return Problem(
        FORBIDDEN, "Nobody releases what they captured or uploaded themselves.", denial="quarantine:own"
    )


def basis_changed() -> Problem:
    return Problem(BASIS_CHANGED, "The result you looked at is no longer the one that stands.")


def too_early(detail: str) -> Problem:
    return Problem(TOO_EARLY, detail)


def not_linkable(detail: str) -> Problem:
    return Problem(NOT_LINKABLE, detail)


def may_not_decide(why: Refusal) -> Problem:
    """403 for one's own and for rank; the log keeps which."""
    return Problem(FORBIDDEN, _WHY_NOT[why], denial=f"review:{why}")
