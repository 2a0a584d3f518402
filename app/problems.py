"""What can go wrong, as a published catalogue: every refusal has a stable code, a page and plain words.

A slice declares its refusals in its own `problems.py` as `ProblemKind`s and raises `Problem`; only `rest` turns them
into RFC 9457 documents. Nothing here ever carries what the caller sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One kind of refusal.

    `code` is stable and public (`/problems/<code>`); `advice` is what the page tells the reader to do about it.
    `retryable` means that the same request may succeed later, so a phone keeps it in its queue.
    """

    code: str
    title: str
    status: int
    advice: str
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault in a request: a JSON pointer (or `#header/<name>`, `#query/<name>`), a code and plain words."""

    pointer: str
    code: str
    detail: str


@dataclass(eq=False, slots=True)
class Problem(Exception):
    """A refusal on its way to the caller.

    `denial` marks what somebody may not do or see; it is written to the audit log in a transaction of its own, under
    that name, and never shown in the answer.
    """

    kind: ProblemKind
    detail: str
    errors: Sequence[FieldError] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    denial: str | None = None

    def __str__(self) -> str:
        return f"{self.kind.code}: {self.detail}"


MALFORMED = ProblemKind(
    "malformed",
    "The request could not be read",
    400,
    "Send one well-formed JSON document in UTF-8, no key twice.",
)
NOT_AUTHENTICATED = ProblemKind(
    "not-authenticated",
    "Sign in first",
    401,
    "Get a fresh token from your force's sign-in; keep the queue meanwhile.",
)
FORBIDDEN = ProblemKind(
    "forbidden",
    "You may not do this",
    403,
    "Your role does not include this. Ask whoever keeps roles in your force.",
)
NOT_FOUND = ProblemKind(
    "not-found",
    "Nothing here for you",
    404,
    "It does not exist, or it is not yours to see. We do not say which.",
)
METHOD_NOT_ALLOWED = ProblemKind("method-not-allowed", "Not this method", 405, "See the Allow header.")
NOT_ACCEPTABLE = ProblemKind(
    "not-acceptable", "No such format", 406, "See the formats listed for this address."
)
CONFLICT = ProblemKind(
    "conflict",
    "This id already holds something else",
    409,
    "The first version stands. To change it send If-Match and a reason; to record something new use a new id.",
)
ID_TAKEN = ProblemKind("id-taken", "This id is taken", 409, "Make a new id and send it again.")
PARENT_UNKNOWN = ProblemKind(
    "parent-unknown",
    "Its patrol has not arrived yet",
    409,
    "Keep this and send it again after the check-in it belongs to.",
    retryable=True,
)
PRECONDITION_FAILED = ProblemKind(
    "precondition-failed", "It has changed since you read it", 412, "Read it again, then decide."
)
PRECONDITION_REQUIRED = ProblemKind(
    "precondition-required",
    "Say which version you are changing",
    428,
    "Send If-Match with the ETag you read.",
)
TOO_SLOW = ProblemKind(
    "too-slow",
    "The request came too slowly",
    408,
    "Keep it and send it again on a new connection, when there is signal or in smaller parts.",
    retryable=True,
)
TOO_LARGE = ProblemKind(
    "too-large", "Too much in one request", 413, "Send it in smaller parts; the limits are in the detail."
)
UNSUPPORTED_MEDIA_TYPE = ProblemKind(
    "unsupported-media-type", "Not a format we read", 415, "Send application/json, plain or gzip-encoded."
)
INVALID = ProblemKind(
    "invalid", "Some values are not valid", 422, "Each fault is listed with where it stands."
)
INTERNAL = ProblemKind(
    "internal",
    "We made a mistake",
    500,
    "Keep it and send it again. Quote the request id to your help desk.",
    True,
)
UNAVAILABLE = ProblemKind(
    "unavailable",
    "Busy, try again",
    503,
    "Send it again after Retry-After seconds; what was stored already is recognised.",
    True,
)

COMMON = (
    MALFORMED, NOT_AUTHENTICATED, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED, NOT_ACCEPTABLE, CONFLICT, ID_TAKEN,
    PARENT_UNKNOWN, PRECONDITION_FAILED, PRECONDITION_REQUIRED, TOO_SLOW, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, INVALID,
    INTERNAL, UNAVAILABLE,
)  # fmt: skip


def not_found() -> Problem:
    """The one answer for the unknown and the unseen alike."""
    return Problem(NOT_FOUND, "There is nothing at this address that you may see.")


def out_of_sight(operation: str) -> Problem:
    """The same answer where people's rows or the plan were asked for: who reached for them is audited by that name."""
    problem = not_found()
    problem.denial = operation
    return problem
