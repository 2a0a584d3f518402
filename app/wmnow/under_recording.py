"""Decides which teams are much in hotspots and have few engagements on record. Pure.

It is about recording, not about work: West Midlands Police put the low figures of Sandwell and Wolverhampton down to
recording habits. So a team is named for somebody to ask, never ranked, and never on few patrols.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.compliance.few_officers import FEWEST
from app.wmnow.ranks import nearest_rank

FEWEST_PATROLS = 10
FEWEST_TEAMS = 4
TEN_HOURS_MS = 36_000_000
RULE = (
    f"Compared are teams with at least {FEWEST_PATROLS} patrols that had presence in hotspots. Named is one whose "
    "presence is at or above the median of those, and whose engagements per ten hours are in the lowest quarter of "
    f"them and below their median. Among fewer than {FEWEST_TEAMS} such teams none is named and no median is told."
)
NOTES = (
    (
        "This shows what was recorded, not what was done: the West Midlands papers put the gap of Sandwell and "
        "Wolverhampton down to recording habits, not to activity."
    ),
    (
        "It does not say that a team engages less, that engagements were good ones, or anything of a single "
        "officer. A team that is named is one to ask: is the form too slow, is it filled in elsewhere, or do "
        "patrols not stop to talk?"
    ),
    (
        "Presence is officers' time in hotspots that GPS verified or a supervisor accepted: two officers for an "
        "hour are two hours. Declared time without GPS is left out. What an officer is to see first is left out "
        "until then."
    ),
    (
        "Engagements are ours and the tracker's; a pair that a person linked counts once, with our engagement. "
        "Pairs that nobody has linked count as two. Contacts on hotspot patrols stand beside and are in no rate."
    ),
    (
        "Officers without a record had presence in the time and neither led nor took part in an engagement or "
        "contact here, nor are known from a record of the tracker. A record there under a collar number that "
        "nobody here has speaks for nobody."
    ),
)


@dataclass(frozen=True, slots=True)
class TeamPresence:
    """A team's presence in milliseconds, the patrols that had any, and the engagements on record in both systems."""

    presence_ms: int
    patrols: int
    engagements: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """What teams are held against: how many were compared, the medians of presence and rate, and the rate that the
    lowest quarter does not exceed. All three None among too few teams."""

    teams: int
    median_presence_ms: int | None = None
    median_rate: float | None = None
    lowest_quarter: float | None = None


def enough(officers: int) -> bool:
    """Whether so many officers may be told of together: of one or two it would say who."""
    return officers >= FEWEST


def tells(officers: int, beside: int) -> bool:
    """Whether a sum of officers may be told, `beside` of whom are in no row that was told: the rows taken off it, it
    would tell of those.

    >>> tells(7, 0), tells(7, 2), tells(8, 3), tells(2, 0)
    (True, False, True, False)
    """
    return enough(officers) and not 0 < beside < FEWEST


def rate(engagements: int, presence_ms: int) -> float | None:
    """Engagements per ten hours of presence; None without presence.

    >>> rate(3, 20 * 3_600_000)
    1.5
    """
    return engagements * TEN_HOURS_MS / presence_ms if presence_ms else None


def compared(team: TeamPresence) -> bool:
    """Whether a team was there often enough to be compared."""
    return team.patrols >= FEWEST_PATROLS and team.presence_ms > 0


def bounds(teams: Sequence[TeamPresence]) -> Bounds:
    """What the teams of a force are held against, by nearest rank.

    Four teams of 10, 20, 30 and 40 hours with 8, 6, 6 and 1 engagements have rates of 8, 3, 2 and 0.25: the medians are
    20 hours and a rate of 2, the lowest quarter ends at 0.25.
    """
    held = [each for each in teams if compared(each)]
    if len(held) < FEWEST_TEAMS:
        return Bounds(len(held))
    rates = [each.engagements * TEN_HOURS_MS / each.presence_ms for each in held]
    return Bounds(
        len(held),
        nearest_rank([each.presence_ms for each in held], 50),
        nearest_rank(rates, 50),
        nearest_rank(rates, 25),
    )


def named(team: TeamPresence, against: Bounds) -> bool:
    """Whether a team's presence is high and its engagements few, as `RULE` says.

    Of the four teams of `bounds` only the last is named. Were all rates alike, none would be.
    """
    found = rate(team.engagements, team.presence_ms)
    if (
        found is None
        or against.median_presence_ms is None
        or against.median_rate is None
        or against.lowest_quarter is None
    ):
        return False
    few = found <= against.lowest_quarter and found < against.median_rate
    return compared(team) and team.presence_ms >= against.median_presence_ms and few
