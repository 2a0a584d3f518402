"""What somebody must know who uses a scheme's hours, in plain words. Pure."""

from app.identity.permissions import Caller, Permission, Role
from app.returns.counting import Rule, Unit
from app.returns.rows import HoursBy
from app.returns.scheming import Scheme

_MORE_THAN_COUNTED = (
    "Rows of our own patrols are time of each officer, in each hotspot where the scheme counts some of them. The "
    "scheme counts what was there at once one time, so rows may come to more than its hours."
)


def notes(caller: Caller, scheme: Scheme, by: HoursBy, *, changed: bool) -> list[str]:
    """What somebody must know who uses the numbers, in plain words. `changed`: closed periods have, since."""
    found = scope_notes(caller)
    if changed:
        found.append(
            "Closed periods are told as they stand now, with what was signed beside; what changed since stands among "
            "the adjustments."
        )
    if found:
        found.append("The scheme and its target are the whole force's.")
    if by is HoursBy.HOTSPOT:
        found.append(
            "Hours of hotspots do not add up where hotspots overlap: time in two at once counts in both rows, and once "
            "in the total."
        )
    if by is HoursBy.UNIFORM_STATE:
        found.append("What is not visible has rows here, too; it is no part of the total.")
    if scheme.rule.within_window_only:
        found.append("Of our own patrols only time within a window counts; recorded hours have no windows.")
    if scheme.rule.hotspot_kinds is not None:
        found.append("Recorded hours that name an area and no hotspot are left out: their kind is not known.")
    return found


def row_notes(rule: Rule) -> list[str]:
    """What somebody must know who adds up rows of the ledger as a scheme counts them."""
    if rule.unit is Unit.PERSON and not rule.by_hotspot:
        return []
    return [_MORE_THAN_COUNTED]


def scope_notes(caller: Caller) -> list[str]:
    """Which part of the force's hours a caller is shown; nothing for who sees all of it."""
    roles = caller.roles_that_grant(Permission.HOURS_READ)
    if roles - {Role.SUPERVISOR, Role.COMMANDER}:
        return []
    told = {
        Role.SUPERVISOR: "the patrols of the teams you belong to today",
        Role.COMMANDER: "what lies in the areas of the teams you belong to today",
    }
    found = [f"Counts {' and '.join(words for role, words in told.items() if role in roles)} only."]
    if Role.COMMANDER not in roles:
        found.append("Hours that others recorded are of no team, so they are not shown to a supervisor.")
    return found
