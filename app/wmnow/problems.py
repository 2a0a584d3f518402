"""Refusals of what comes from WMNow."""

from app.problems import INVALID, TOO_LARGE, FieldError, Problem, ProblemKind

MAPPING_UNKNOWN = ProblemKind(
    "mapping-unknown",
    "There is no such mapping",
    422,
    "GET /v1/wmnow/mappings lists those there are; PUT /v1/wmnow/mappings/{name} makes one.",
)
FEED_RUNS = ProblemKind(
    "feed-runs",
    "This feed is being read",
    409,
    "Ask again once its run is over; a run that died is over after five minutes.",
)
MESSAGE_NOT_FAILED = ProblemKind(
    "message-not-failed",
    "This message did not fail",
    409,
    "Only a message that could not be stored can be read again; what it said is not kept otherwise.",
)
SIGNATURE_REFUSED = ProblemKind(
    "signature-refused",
    "The signature is not one we believe",
    401,
    "Sign the raw body as Standard Webhooks 1.0 says, with the secret agreed and a clock that is right.",
)
SIDE_CHANGED = ProblemKind(
    "side-changed",
    "One of the two has changed since you looked",
    409,
    "Look at both again, then decide on what they say now.",
)
LINKED_ELSEWHERE = ProblemKind(
    "linked-elsewhere",
    "One of the two is linked with another",
    409,
    "A record and an engagement are linked one with one. Take the other link back first, with a reason.",
)
KINDS = (SIDE_CHANGED, LINKED_ELSEWHERE, MAPPING_UNKNOWN, FEED_RUNS, MESSAGE_NOT_FAILED, SIGNATURE_REFUSED)


def mapping_unknown() -> Problem:
    """A file is to be read by a mapping that the force has not made."""
    return Problem(MAPPING_UNKNOWN, "The force has made no mapping of that name.")


def mapping_faults(faults: list[tuple[str, str]]) -> Problem:
    """What is wrong with a mapping, by JSON pointer."""
    return Problem(
        INVALID,
        "Some values are not valid.",
        [FieldError(pointer, "mapping", told) for pointer, told in faults],
    )


def too_many_rows(most: int) -> Problem:
    """More is asked for than one file holds."""
    return Problem(TOO_LARGE, f"A file may have {most} rows: ask for a shorter time.")


def feed_runs() -> Problem:
    return Problem(FEED_RUNS, "A run of it goes on at this moment.")


def message_not_failed() -> Problem:
    return Problem(MESSAGE_NOT_FAILED, "It was read, or still waits to be.")


def signature_refused() -> Problem:
    """The same words for every reason: which it was stands in the log."""
    return Problem(SIGNATURE_REFUSED, "The message was not kept.")


def side_changed() -> Problem:
    return Problem(SIDE_CHANGED, "A later version stands.")


def linked_elsewhere() -> Problem:
    return Problem(LINKED_ELSEWHERE, "It is linked already.")


def period_too_long(days: int) -> Problem:
    """More days are asked for than are compared at once."""
    fault = FieldError("#query/from", "too-long", f"asks for more than {days} days: ask piece by piece")
    return Problem(INVALID, "Some values are not valid.", [fault])
