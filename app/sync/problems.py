"""Refusals about facts that are kept aside, and of places in the feed that are no more."""

from app.patrols.problems import ERASED
from app.problems import FORBIDDEN, Problem, ProblemKind

NEEDS_CORRECTION = ProblemKind(
    "needs-correction",
    "What it says is not valid",
    409,
    "Correct it first; what is wrong with it is listed with it.",
)
NOT_CORRECTABLE = ProblemKind(
    "not-correctable",
    "This cannot be written anew",
    409,
    "What was measured is not rewritten, and what is released or erased is not changed any more.",
)
START_AGAIN = ProblemKind(
    "start-again",
    "Begin without a cursor",
    410,
    "Ask once without a cursor, keep the new one, and read again what you show: your tasking, patrols and what is kept "
    "aside. Your queue stays as it is.",
)
KINDS = (NEEDS_CORRECTION, NOT_CORRECTABLE, START_AGAIN)


def start_again(why: str) -> Problem:
    return Problem(START_AGAIN, why)


def needs_correction() -> Problem:
    return Problem(NEEDS_CORRECTION, "It was kept because it is not valid. Correct it, then release it.")


def not_correctable(why: str) -> Problem:
    return Problem(NOT_CORRECTABLE, why)


def kept_aside_erased() -> Problem:
    """What was kept aside waited longer than the force keeps such facts."""
    return Problem(
        ERASED, "What this fact said was erased under the force's rule before anybody released it."
    )


def released_by_another() -> Problem:
    return Problem(
        FORBIDDEN, "Nobody releases what they captured or uploaded themselves.", denial="quarantine:own"
    )


def own_words_corrected() -> Problem:
    return Problem(
        FORBIDDEN, "What somebody said is corrected by themselves only.", denial="quarantine:words"
    )
