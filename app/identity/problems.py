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


def integration_alone(row: int) -> Finding:
    return Finding(
        row,
        "roles",
        "integration-alone",
        "INTEGRATION is for programs and stands alone: it records for everybody, so no person may hold it.",
    )


def own_suspension(row: int) -> Finding:
    return Finding(
        row, "suspended", "own-suspension", "Nobody suspends themselves: ask another administrator."
    )


def suspension_changed(row: int, suspended: bool) -> Finding:
    """A warning, because it has no day: it holds as soon as the file is applied."""
    if suspended:
        return Finding(
            row, "suspended", "suspended", "Cannot sign in any more once this is applied.", Severity.WARNING
        )
    return Finding(
        row, "suspended", "reinstated", "Can sign in again once this is applied.", Severity.WARNING
    )


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
