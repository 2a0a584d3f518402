"""Refusals of activities."""

from app.problems import INVALID, PARENT_UNKNOWN, FieldError, Problem, ProblemKind

NOT_A_REFERRAL = ProblemKind(
    "not-a-referral",
    "Only a referral is followed up",
    409,
    "What became of anything else is an amendment of it, with a reason.",
)
KINDS = (NOT_A_REFERRAL,)


def activity_unknown() -> Problem:
    """What is corrected, taken back or followed up has not come yet, or is somebody else's."""
    return Problem(
        PARENT_UNKNOWN, "We have not seen this activity yet. Keep this and send it again after it."
    )


def unknown_officer() -> Problem:
    fault = FieldError("/captured_by", "unknown", "names no officer of yours")
    return Problem(INVALID, "Some values are not valid.", [fault])


def reason_missing() -> Problem:
    fault = FieldError("/amendment_reason", "missing", "say why it is corrected")
    return Problem(INVALID, "Some values are not valid.", [fault])


def other_kind() -> Problem:
    told = "what it is stays; take it back with a reason and record it anew"
    return Problem(INVALID, "Some values are not valid.", [FieldError("/kind", "fixed", told)])


def not_a_referral() -> Problem:
    return Problem(NOT_A_REFERRAL, "This is no referral.")
