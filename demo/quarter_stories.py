"""What happens at each window of the demonstration's three months, and which patrols were made without one.

Only choices; `demo/quarter.py` plays them. Every choice hangs on the day and the place alone, so that the same windows
have the same stories. How often what happens is invented, and meant to look like an ordinary quarter: two thirds kept,
the rest for reasons that supervisors know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import TypeVar

from app.clock import LONDON

T = TypeVar("T")


class Happening(StrEnum):
    """What becomes of a window."""

    KEPT = "kept by one officer"
    IN_TURN = "kept by two officers in turn"
    KEPT_WITH_CREW = "kept by a crew with one phone"
    ARREST = "cut short by an arrest"
    SHORT = "left early, nobody says why"
    NO_SIGNAL = "no GPS for a quarter of an hour"
    NO_STAFF = "nobody to send"
    FORGOTTEN = "nobody came, nobody says why"
    CALLED_OFF = "called off the day before"


# Whose windows a hotspot's are.
HOME_TEAMS = {
    "CC-NEWST": "CC-NH",
    "CC-COLMORE": "CC-NH",
    "BROADST": "CC-NH",
    "LOZELLS": "BW-NH",
    "VILLAROAD": "BW-NH",
    "SOHO": "BW-NH",
    "SPARKBROOK": "BE-NH",
    "ALUMROCK": "BE-NH",
    "ERDINGTON": "BE-NH",
    "KINGSHEATH": "BE-NH",
    "WATERLOO": "WV-NH",
}
# Of a hundred windows.
_OF_A_HUNDRED = (
    (Happening.KEPT, 58),
    (Happening.IN_TURN, 7),
    (Happening.KEPT_WITH_CREW, 7),
    (Happening.ARREST, 7),
    (Happening.SHORT, 5),
    (Happening.NO_SIGNAL, 6),
    (Happening.NO_STAFF, 5),
    (Happening.FORGOTTEN, 3),
    (Happening.CALLED_OFF, 2),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """A patrol as it is to be walked: who, with whom, where, from when, how long.

    `lost` is a silence in minutes from the beginning, `says` the reason its officer gives the next morning.
    """

    label: str
    collar: str
    hotspot: str
    arrives_at: datetime
    minutes: int
    programme: str = "TGP_SCHEDULED"
    funding: str = "CORE"
    uniform: str = "UNIFORM"
    crew: tuple[str, ...] = ()
    lost: tuple[int, int] | None = None
    says: str | None = None


def chance(name: str) -> float:
    """A number in [0, 1) that a name always has: `chance("a")` is 0.791…"""
    return int.from_bytes(sha256(name.encode()).digest()[:6]) / 2**48


def one_of(name: str, choices: Sequence[T]) -> T:
    """The one of several that a name always chooses."""
    return choices[int(chance(name) * len(choices))]


def happening(name: str) -> Happening:
    """What becomes of the window of this name."""
    left = chance(f"happens {name}") * 100
    for each, share in _OF_A_HUNDRED:
        left -= share
        if left < 0:
            return each
    return _OF_A_HUNDRED[-1][0]


def visits(what: Happening, name: str, hotspot: str, starts_at: datetime, team: Sequence[str]) -> list[Visit]:
    """The patrols made for a window; none where nobody came. `team` are the constables and PCSOs who may be sent."""
    first = one_of(f"first {name}", team)
    others = [collar for collar in team if collar != first] or [first]
    second = one_of(f"second {name}", others)
    arrives_at = starts_at + timedelta(minutes=3 + int(chance(f"late {name}") * 22))
    full = 67 + int(chance(f"long {name}") * 20)
    match what:
        case Happening.KEPT:
            return [Visit(name, first, hotspot, arrives_at, full, uniform=_uniform(name))]
        case Happening.IN_TURN if second != first:
            then = arrives_at + timedelta(minutes=40)
            return [
                Visit(f"{name} first", first, hotspot, arrives_at, 40),
                Visit(f"{name} second", second, hotspot, then, 40),
            ]
        case Happening.KEPT_WITH_CREW if second != first:
            return [Visit(name, first, hotspot, arrives_at, full, crew=(second,))]
        case Happening.IN_TURN | Happening.KEPT_WITH_CREW:
            return [Visit(name, first, hotspot, arrives_at, full)]
        case Happening.ARREST:
            return [Visit(name, first, hotspot, arrives_at, 15 + full % 25, says="ARREST_MADE")]
        case Happening.SHORT:
            return [Visit(name, first, hotspot, arrives_at, 30 + full % 20)]
        case Happening.NO_SIGNAL:
            says = "DEVICE_FAILURE" if chance(f"says {name}") < 0.5 else None
            return [Visit(name, first, hotspot, arrives_at, 70, lost=(20, 36 + full % 7), says=says)]
        case Happening.NO_STAFF | Happening.FORGOTTEN | Happening.CALLED_OFF:
            return []


def others(day: date) -> list[Visit]:
    """The patrols of a day that nobody's window asked for: taskforce, wardens, and officers by themselves."""
    found = []
    if day.weekday() in (3, 4, 5):
        place = one_of(f"taskforce {day}", ("CC-NEWST", "BROADST", "LOZELLS", "SOHO"))
        plain = chance(f"plain {day}") < 0.2
        found.append(
            Visit(
                f"{day} taskforce", "4151", place, _at(day, 18, f"taskforce {day}"), 95, "TASKFORCE", "FUNDED",
                "PLAIN_CLOTHES" if plain else "HI_VIS_UNIFORM", ("4152",),
            )
        )  # fmt: skip
    if day.weekday() in (1, 4):
        place = one_of(f"wardens {day}", ("CC-COLMORE", "VILLAROAD", "ALUMROCK"))
        found.append(
            Visit(f"{day} wardens", "4161", place, _at(day, 13, f"wardens {day}"), 85, "PARTNER", "FUNDED")
        )
    if chance(f"by themselves {day}") < 0.3:
        found.append(
            Visit(
                f"{day} by themselves", "4104", "CC-NEWST", _at(day, 11, f"alone {day}"), 25,
                "TGP_SELF_INITIATED",
            )
        )  # fmt: skip
    return found


def hours_of_others(day: date) -> list[dict[str, object]]:
    """What the taskforce's own system and the council tell of a day, as rows of the import kind `hours`.

    The taskforce tells once more of the patrol that our phones tracked: time that must not be counted twice.
    """
    found: list[dict[str, object]] = []
    for number in range(1 + int(chance(f"taskforce teams {day}") * 3)):
        name = f"TF-{day:%Y%m%d}-{number}"
        starts_at = _at(day, 14 + 2 * number, name)
        found.append(
            {
                "reference": name, "channel": "TASKFORCE", "evidence": "gps", "programme": "TASKFORCE",
                "uniform_state": "UNIFORM" if chance(f"seen {name}") < 0.7 else "PLAIN_CLOTHES",
                "funding": "FUNDED", "cost_code": "GT-11", "operation": "Operation Guardian",
                "hotspot_code": one_of(f"where {name}", sorted(HOME_TEAMS)), "day": day.isoformat(),
                "starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=3)).isoformat(),
                "hours": 2.5, "persons": 4 + int(chance(f"how many {name}") * 3),
            }
        )  # fmt: skip
    for visit in others(day):
        if visit.programme == "TASKFORCE":
            ends_at = visit.arrives_at + timedelta(minutes=visit.minutes)
            found.append(
                {
                    "reference": f"TF-{day:%Y%m%d}-{visit.collar}", "channel": "TASKFORCE", "evidence": "gps",
                    "programme": "TASKFORCE", "uniform_state": visit.uniform, "funding": "FUNDED",
                    "hotspot_code": visit.hotspot, "day": day.isoformat(), "persons": 1,
                    "starts_at": visit.arrives_at.isoformat(), "ends_at": ends_at.isoformat(),
                    "collar_number": visit.collar,
                }
            )  # fmt: skip
    if day.weekday() < 5:
        found.append(
            {
                "reference": f"CW-{day:%Y%m%d}", "channel": "PARTNER", "evidence": "declared",
                "agency": "LA_WARDEN", "programme": "PARTNER", "uniform_state": "HI_VIS_UNIFORM",
                "funding": "FUNDED", "hotspot_code": one_of(f"wardens' place {day}", ("ERDINGTON", "VILLAROAD")),
                "day": day.isoformat(), "hours": 1.5, "persons": 2,
            }
        )  # fmt: skip
    return found


def _uniform(name: str) -> str:
    return "HI_VIS_UNIFORM" if chance(f"vest {name}") < 0.4 else "UNIFORM"


def _at(day: date, hour: int, name: str) -> datetime:
    return datetime.combine(day, time(hour, int(chance(name) * 60)), LONDON)
