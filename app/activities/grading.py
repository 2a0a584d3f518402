"""Whether intelligence is graded as the 3x5x2 report asks (rule 9), item by item. Pure.

Source 1-3, assessment A-E, handling P or C; conditions only with C. A report may hold several items, each with a
grading of its own. Items of another scheme (`grading_scheme`, a code of the list `grading_schemes`) are kept and not
judged: a successor is a new code, never another meaning of the old one.
"""

from collections.abc import Sequence

from app.activities.codes import ADULT, CONSENT_REFUSED, ActivityFlag
from app.activities.facts import Graded, ReferralFacts
from app.reference.codes import Lists

SCHEME = "3x5x2"


def complete(item: Graded) -> bool:
    """Whether source, assessment and handling are all there."""
    return None not in (item.source, item.assessment, item.handling)


def item_flags(item: Graded, lists: Lists) -> tuple[ActivityFlag, ...]:
    """What is wrong with one item's grading: 1 A C with S1 nothing, 1 A P with S1 `conditions_without_c`."""
    if item.grading_scheme != SCHEME:
        return ()
    handling = lists.get("intelligence_handling", {}).get(item.handling or "")
    takes_conditions = handling.attribute("conditions") if handling is not None else None
    found = [
        (ActivityFlag.GRADING_INCOMPLETE, not complete(item)),
        (ActivityFlag.CONDITIONS_WITHOUT_C, bool(item.conditions) and takes_conditions != "yes"),
        (ActivityFlag.CONDITIONS_MISSING, not item.conditions and takes_conditions == "yes"),
    ]
    return tuple(flag for flag, holds in found if holds)


def grading_flags(items: Sequence[Graded], lists: Lists) -> tuple[ActivityFlag, ...]:
    """Every flag of a report's items, in alphabetical order. No item at all is for `completeness` to tell."""
    return tuple(sorted({flag for item in items for flag in item_flags(item, lists)}))


def referral_flags(facts: ReferralFacts, lists: Lists) -> tuple[ActivityFlag, ...]:
    """Whether consent was had where a referral normally needs it: given, or not sought because of risk.

    `consent=adults` needs an adult's: a child's modern slavery referral needs none. Refused is flagged unless the type
    needs no consent.
    """
    kind = lists.get("referral_types", {}).get(facts.referral_type or "")
    needed = kind.attribute("consent") if kind is not None else None
    if needed in (None, "no") or (needed == "adults" and facts.subject_category != ADULT):
        return ()
    return (ActivityFlag.CONSENT_MISSING,) if facts.consent in (None, CONSENT_REFUSED) else ()
