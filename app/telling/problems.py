"""Refusals of destinations and subscriptions."""

from app.problems import INVALID, FieldError, Problem, ProblemKind

VOIDED = ProblemKind(
    "telling-voided",
    "It was taken back",
    409,
    "A destination that was taken back stays so: make another one, and subscriptions for it.",
)
KINDS = (VOIDED,)


def voided() -> Problem:
    return Problem(VOIDED, "This was taken back and does not change any more.")


def unknown(field: str) -> Problem:
    return _invalid(f"/{field}", "unknown", "names nothing of this kind in your force")


def host_not_allowed() -> Problem:
    return _invalid(
        "/url", "not-allowed", "is not where this service may send to: see BEATCHECK_OUTGOING_HOSTS"
    )


def domain_not_allowed() -> Problem:
    return _invalid("/mailbox", "not-allowed", "is not of a domain in BEATCHECK_MAIL_DOMAINS")


def wrong_secret() -> Problem:
    return _invalid("/key", "wrong", "keys are of webhooks, addresses of webhooks and Teams channels")


def not_for_people() -> Problem:
    return _invalid("/topics", "not-for-people", "single records are told to webhooks only")


def _invalid(pointer: str, code: str, detail: str) -> Problem:
    return Problem(INVALID, "Some values are not valid.", [FieldError(pointer, code, detail)])
