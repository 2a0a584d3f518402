"""How many people engagements reached, and who they were by the officer's assessment (rule 10). Pure.

The public are not asked their age or origin: groups are counted as an officer saw them, and say so (`ASSESSMENT`).
Contacts on a hotspot patrol are a total of their own and never added to planned engagement, as forces keep them apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.reference.codes import Label, Lists

ASSESSMENT = "ASSESSMENT"
PATROL_CONTACT = "PATROL_CONTACT"
ETHNICITY = "ETHNICITY"


class EngagementFlag(StrEnum):
    """What somebody should know about an engagement. It is stored, and counts, all the same."""

    COUNTS_OVER_REACH = "counts_over_reach"
    # A collar number that nobody carried on the day; and one that a phone and a file may both tell of.
    UNKNOWN_OFFICER = "unknown_officer"
    MAYBE_TWICE = "maybe_twice"
    # Of a file whose rows have no reference; and of one that a later full export no longer has.
    ID_DERIVED = "id_derived"
    MISSING_IN_SOURCE = "missing_in_source"
    OTHER_BASIS = "other_basis"
    UNKNOWN_CODE = "unknown_code"

    @property
    def asks_review(self) -> bool:
        """Whether a supervisor should look. The others only note."""
        return self in (
            EngagementFlag.OTHER_BASIS, EngagementFlag.MAYBE_TWICE, EngagementFlag.MISSING_IN_SOURCE,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class GroupCount:
    """So many people of one group, by whose account."""

    group: str
    count: int
    basis: str = ASSESSMENT


@dataclass(frozen=True, slots=True)
class EngagementFacts:
    """One engagement: its type, how many it reached (a number, or a band where nobody counted), and who they were."""

    engagement_type: str | None = None
    method: str | None = None
    reach: int | None = None
    reach_band: str | None = None
    priority_groups: Sequence[str] = ()
    minority_groups: Sequence[GroupCount] = ()
    issues: Sequence[str] = ()
    partners: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Reach:
    """People reached: at least, at most; None for no upper limit."""

    at_least: int
    at_most: int | None


CODE_LISTS: Mapping[str, str] = {
    "engagement_type": "engagement_types",
    "method": "engagement_methods",
    "reach_band": "reach_bands",
    "priority_groups": "priority_groups",
    "issues": "engagement_issues",
    "partners": "agencies",
}


def reach_of(facts: EngagementFacts, bands: Mapping[str, Label]) -> Reach:
    """How many one engagement reached: the number, else its band, else nobody up to no limit."""
    if facts.reach is not None:
        return Reach(facts.reach, facts.reach)
    label = bands.get(facts.reach_band or "")
    span = _span(label) if label is not None else None
    return span or Reach(0, None)


def is_patrol_contact(facts: EngagementFacts, lists: Lists) -> bool:
    """Whether it is a contact on a hotspot patrol: by its type's class, whatever the type is called."""
    label = lists.get("engagement_types", {}).get(facts.engagement_type or "")
    return label is not None and label.attribute("class") == PATROL_CONTACT


def engagement_flags(facts: EngagementFacts, lists: Lists) -> tuple[EngagementFlag, ...]:
    """Every flag of an engagement, in alphabetical order.

    One group larger than all who were reached is worth a look; so are the ethnicity groups together, for each person is
    in one of them.
    """
    most = reach_of(facts, lists.get("reach_bands", {})).at_most
    groups = lists.get("minority_groups", {})
    ethnicity = sum(
        each.count
        for each in facts.minority_groups
        if (label := groups.get(each.group)) is not None and label.attribute("class") == ETHNICITY
    )
    largest = max([ethnicity, *(each.count for each in facts.minority_groups)])
    found = {
        EngagementFlag.COUNTS_OVER_REACH: most is not None and largest > most,
        EngagementFlag.OTHER_BASIS: any(each.basis != ASSESSMENT for each in facts.minority_groups),
        EngagementFlag.UNKNOWN_CODE: bool(strange_codes(facts, lists)),
    }
    return tuple(sorted(flag for flag, holds in found.items() if holds))


def strange_codes(facts: EngagementFacts, lists: Lists) -> tuple[str, ...]:
    """The codes nobody knows on that day, each once as `list/code`, in alphabetical order; they are kept as sent."""
    said = [("minority_groups", each.group) for each in facts.minority_groups]
    for field, name in CODE_LISTS.items():
        held = getattr(facts, field)
        said += [(name, code) for code in ((held,) if isinstance(held, str) else tuple(held or ()))]
    return tuple(sorted({f"{name}/{code}" for name, code in said if code not in lists.get(name, {})}))


def _span(label: Label) -> Reach | None:
    first, last = label.attribute("from"), label.attribute("to")
    return None if first is None else Reach(int(first), int(last) if last is not None else None)
