"""Refusals about people, as findings of an import: what may not be said of a person, and why."""

from app.imports.findings import Finding, Severity


def identity_taken(row: int) -> Finding:
    """The sign-in is somebody else's; nothing is said of whom."""
    return Finding(row, "subject", "identity-taken", "This issuer and subject are already another person's.")


def collar_in_use(row: int) -> Finding:
    return Finding(
        row,
        "collar_number",
        "collar-in-use",
        "Somebody else carries this number on that day. Give that person a valid_to first.",
    )


def own_roles(row: int) -> Finding:
    return Finding(row, "roles", "own-roles", "Nobody changes their own roles: ask another administrator.")


def older_than_current(row: int, column: str) -> Finding:
    return Finding(
        row,
        column,
        "older-than-current",
        "Differs from what is held, which begins on that day or later: give the change a later valid_from, or import "
        "with effective_from.",
    )


def left_already(row: int) -> Finding:
    return Finding(
        row,
        "valid_to",
        "left-already",
        "This person has left and stays so. To bring them back give valid_from on or after the day they left.",
        Severity.WARNING,
    )


def kind_changed(row: int) -> Finding:
    return Finding(
        row,
        "kind",
        "kind-changed",
        "Another kind of person has other powers. The change is not dated; the rank beside it is.",
        Severity.WARNING,
    )


def sign_in_changed(row: int) -> Finding:
    return Finding(
        row,
        "subject",
        "sign-in-changed",
        "Signs in another way from now on; a former sign-in at the same issuer ends.",
        Severity.WARNING,
    )


def followed_by_later(row: int) -> Finding:
    return Finding(
        row,
        "valid_to",
        "followed-by-later",
        "Something of this person begins after that day, so nobody leaves on it.",
        Severity.WARNING,
    )
