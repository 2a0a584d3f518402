"""Refusals of publication packs."""

from datetime import date

from app.policeuk.deciding import Refusal
from app.problems import FORBIDDEN, INVALID, FieldError, Problem, ProblemKind

PACK_STEP = ProblemKind(
    "pack-step",
    "That is not the next step",
    409,
    "A draft is approved, then published; either may be taken back. For later figures draft another pack.",
)
PACK_CONTENT = ProblemKind(
    "pack-content",
    "That is not what it says",
    409,
    "Read the pack again and decide on the content_sha256 it bears.",
)
PACK_PERIOD = ProblemKind(
    "pack-period",
    "Its days overlap those of a published pack",
    409,
    "What was left out of one could be worked out from the two. Draft a pack of the same days, or of days beside them.",
)
KINDS = (PACK_STEP, PACK_CONTENT, PACK_PERIOD)


def invalid(*faults: FieldError) -> Problem:
    return Problem(INVALID, "Some values are not valid.", faults)


def unknown_area() -> Problem:
    """An area that is not there, or not the caller's to tell of: the log keeps who reached for it."""
    problem = invalid(FieldError("/area_id", "unknown", "names none that you may tell of"))
    problem.denial = "publication-pack:area"
    return problem


def may_not(refusal: Refusal) -> Problem:
    if refusal is Refusal.OWN_DRAFT:
        return Problem(
            FORBIDDEN,
            "You drafted this pack: somebody else approves it.",
            denial="publication-pack:own-draft",
        )
    return Problem(PACK_STEP, "The pack does not stand where this step begins.")


def tells_the_difference(published: tuple[date, date]) -> Problem:
    first, last = published
    return Problem(
        PACK_PERIOD, f"Of {first} to {last} a pack was published for this area, or for one above or below it."
    )


def other_content() -> Problem:
    return Problem(PACK_CONTENT, "The content_sha256 is not this pack's.")
