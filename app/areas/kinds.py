"""The kinds of areas, teams and hotspots, who sets priorities, and which area may stand above which."""

from enum import StrEnum


class AreaKind(StrEnum):
    FORCE = "FORCE"
    LPA = "LPA"
    SECTOR = "SECTOR"
    NEIGHBOURHOOD = "NEIGHBOURHOOD"
    WARD = "WARD"


class TeamKind(StrEnum):
    NEIGHBOURHOOD = "NEIGHBOURHOOD"
    RESPONSE = "RESPONSE"
    TASKFORCE = "TASKFORCE"
    PRIORITY_CRIME = "PRIORITY_CRIME"
    PARTNER = "PARTNER"
    OTHER = "OTHER"


class PrioritySource(StrEnum):
    """Who says what an area's priorities are: the force's own file, or what it published on data.police.uk."""

    FORCE = "FORCE"
    POLICE_UK = "POLICE_UK"


class HotspotKind(StrEnum):
    TGP_VIOLENCE = "TGP_VIOLENCE"
    TGP_ASB = "TGP_ASB"
    IMPACT_AREA = "IMPACT_AREA"
    OP_OTHER = "OP_OTHER"


_DOWNWARDS = tuple(AreaKind)


def may_stand_above(upper: AreaKind, lower: AreaKind) -> bool:
    """Whether an area of one kind may hold one of another: an LPA may hold a ward, a ward no LPA and no other ward."""
    return _DOWNWARDS.index(upper) < _DOWNWARDS.index(lower)
