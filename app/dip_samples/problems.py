"""Refusals of reality checks."""

from app.problems import INVALID, FieldError, Problem, ProblemKind

NOTHING_TO_DRAW = ProblemKind(
    "nothing-to-draw",
    "There is no patrol to draw",
    409,
    "Patrols can be drawn a day after they ended, once their result is told; your own never. Ask for a longer period.",
)
SIGNED_OFF = ProblemKind(
    "signed-off",
    "This reality check is signed off",
    409,
    "Nothing is added to it any more. What has come up since belongs into a review, or into another reality check.",
)
KINDS = (NOTHING_TO_DRAW, SIGNED_OFF)


def invalid(*faults: FieldError) -> Problem:
    return Problem(INVALID, "Some values are not valid.", faults)


def unknown_place(pointer: str) -> Problem:
    """A team or area that is not there, or not the caller's to draw from: the log keeps who reached for it."""
    problem = invalid(FieldError(pointer, "unknown", "names none that you may draw from"))
    problem.denial = "dip-sample:place"
    return problem


def too_many(most: int) -> Problem:
    return invalid(FieldError("/from_at", "too-many", f"covers more than {most} patrols: ask for less"))


def too_large(most: int) -> Problem:
    return invalid(FieldError("/share_percent", "too-many", f"comes to more than {most} patrols: draw fewer"))


def nothing_to_draw() -> Problem:
    return Problem(NOTHING_TO_DRAW, "No settled patrol of that team or area and period may be drawn.")


def signed_off() -> Problem:
    return Problem(SIGNED_OFF, "It was signed off before.")
