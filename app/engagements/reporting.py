"""By what engagements can be added up, and what the rows must say for themselves. Pure."""

from dataclasses import dataclass, fields
from enum import StrEnum
from urllib.parse import urlencode
from uuid import UUID

from app.areas.narrowing import narrowed


class EngagementBy(StrEnum):
    """What a row stands for. An engagement stands under one team, week, type or method, under every officer who took
    part, and under every group and issue that was ticked."""

    FORCE = "force"
    LPA = "lpa"
    SECTOR = "sector"
    NEIGHBOURHOOD = "neighbourhood"
    WARD = "ward"
    TEAM = "team"
    OFFICER = "officer"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    TYPE = "type"
    METHOD = "method"
    PRIORITY_GROUP = "priority_group"
    MINORITY_GROUP = "minority_group"
    ISSUE = "issue"


LISTS = {
    EngagementBy.TYPE: "engagement_types",
    EngagementBy.METHOD: "engagement_methods",
    EngagementBy.PRIORITY_GROUP: "priority_groups",
    EngagementBy.MINORITY_GROUP: "minority_groups",
    EngagementBy.ISSUE: "engagement_issues",
}
TICKED = frozenset({EngagementBy.PRIORITY_GROUP, EngagementBy.MINORITY_GROUP, EngagementBy.ISSUE})
# Every code of these has a row, because what nobody did is what is looked for.
ANYWAY = TICKED | {EngagementBy.TYPE, EngagementBy.METHOD}
_BELOW = {
    EngagementBy.FORCE: EngagementBy.LPA,
    EngagementBy.LPA: EngagementBy.TEAM,
    EngagementBy.SECTOR: EngagementBy.TEAM,
    EngagementBy.NEIGHBOURHOOD: EngagementBy.TEAM,
    EngagementBy.WARD: EngagementBy.TEAM,
    EngagementBy.TEAM: EngagementBy.OFFICER,
}
_PARAMETER = {
    EngagementBy.TEAM: "team_id",
    EngagementBy.OFFICER: "officer_id",
    EngagementBy.TYPE: "engagement_type",
    EngagementBy.METHOD: "method",
    EngagementBy.PRIORITY_GROUP: "priority_group",
    EngagementBy.MINORITY_GROUP: "minority_group",
    EngagementBy.ISSUE: "issue",
    **dict.fromkeys(
        (
            EngagementBy.FORCE, EngagementBy.LPA, EngagementBy.SECTOR, EngagementBy.NEIGHBOURHOOD, EngagementBy.WARD,
        ),
        "area_id",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sums:
    """What stands under a key. `people_at_least` and `people_at_most` add up what officers counted and the bands they
    gave: people who were met twice count twice. `unbounded` have a band without an end, or neither. `group_people` are
    those of the ticked group, in `group_counts` counts by the officer's own assessment."""

    engagements: int = 0
    hotspot_contacts: int = 0
    on_voided_patrols: int = 0
    planned: int = 0
    published: int = 0
    minutes: int = 0
    people_at_least: int = 0
    people_at_most: int = 0
    unbounded: int = 0
    group_people: int = 0
    group_counts: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


def notes(by: EngagementBy) -> list[str]:
    """What somebody must know who adds up the rows, in plain words."""
    found = [
        "Counts our own records only, by phone or file; WMNow's stand beside them in /v1/wmnow/reconciliation.",
        "Contacts on hotspot patrols are a total of their own.",
        "Those on a patrol that was taken back count, and the row says how many they are.",
        "People reached are officers' counts and bands: whoever was met twice counts twice.",
    ]
    if by is EngagementBy.OFFICER:
        found.append(
            "An engagement stands under every officer who took part: rows do not add up to the total."
        )
    if by in TICKED:
        found.append(
            "An engagement stands under everything that was ticked: rows do not add up to the total."
        )
    if by is EngagementBy.MINORITY_GROUP:
        found.append("Groups are the officer's own assessment: nobody is asked.")
    return found


def links(by: EngagementBy, key: UUID | str | None, asked: dict[str, str], force_id: UUID) -> dict[str, str]:
    """Where a row leads: its engagements, and the rows one step below. Of a period `asked` is of that period. Nowhere
    where the filter that would ask for the row is set to something else; an LPA of the force asked for is its own.

    Of a team: `{"engagements": "/v1/engagements?from=…&team_id=…", "below":
    "/v1/engagements/report?group_by=officer&…"}`.
    """
    if key is None:
        return {}
    within = str(force_id) if by is EngagementBy.LPA else None
    question = narrowed(asked, _PARAMETER.get(by), str(key), within=within)
    if question is None:
        return {}
    found = {"engagements": f"/v1/engagements?{urlencode(question)}"}
    if by in _BELOW:
        found["below"] = f"/v1/engagements/report?{urlencode({'group_by': _BELOW[by].value, **question})}"
    return found
