"""The demonstration evening as it was written: windows due, patrols walked, what went wrong, what to expect.

Only data; `demo/evening.py` turns it into windows, tracks and uploads for a date. Times are London clock time.
"""

from dataclasses import dataclass
from datetime import time
from enum import StrEnum

REQUIRED_MINUTES = 60
WINDOW_HOURS = 2


class Sending(StrEnum):
    """How the phone gets its fixes through."""

    IN_ORDER = "in order"
    LATE = "after check-out, when the signal came back"
    REPEATED = "each batch twice, because the answer was lost"
    SHUFFLED = "batches in any order"


class Placing(StrEnum):
    """Where the walk is put."""

    INSIDE = "inside the hotspots"
    BESIDE = "a few streets away"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a real track: file, first fix (Unix seconds), how long."""

    file: str
    from_s: float
    seconds: int


# Extents: what room they take, west to east by south to north.
STRETCHES = {
    "walk-280x93": Stretch("phone_31_android_20160810.csv", 1470848208.9, 430),
    "walk-265x117": Stretch("phone_19_android_20160112.csv", 1452628566.6, 420),
    "walk-16x401": Stretch("phone_26_ios_20160719.csv", 1469067247.9, 330),
    "walk-453x135": Stretch("phone_21_ios_20160222.csv", 1456200190.0, 518),
    "standing": Stretch("phone_19_android_20160112.csv", 1452633606.0, 4890),
    "poor": Stretch("phone_17_android_20151104.csv", 1446611425.0, 5400),
}


@dataclass(frozen=True, slots=True)
class Leg:
    """A stretch walked there and back for so many minutes."""

    stretch: str
    minutes: int


@dataclass(frozen=True, slots=True)
class WindowStory:
    label: str
    hotspot: str
    team: str
    starts: time
    collars: tuple[str, ...]
    expected: str
    story: str
    check_needed: bool = False


@dataclass(frozen=True, slots=True)
class PatrolStory:
    """One patrol. `expected` is None where only hours are counted; `lost` is a silence: minutes from check-in, to."""

    label: str
    collar: str
    hotspots: tuple[str, ...]
    arrives: time
    legs: tuple[Leg, ...]
    story: str
    window: str | None = None
    expected: str | None = None
    programme: str = "TGP_SCHEDULED"
    uniform: str = "UNIFORM"
    funding: str = "CORE"
    placing: Placing = Placing.INSIDE
    sending: Sending = Sending.IN_ORDER
    lost: tuple[int, int] | None = None
    checks_out: bool = True
    clock_fast_s: int = 0
    crew: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


WINDOWS = (
    WindowStory("newst", "CC-NEWST", "CC-NH", time(17), ("4101",), "compliant", "by one officer"),
    WindowStory(
        "sparkbrook", "SPARKBROOK", "BE-NH", time(17, 30), ("4121",), "compliant", "all fixes came late"
    ),
    WindowStory(
        "lozells",
        "LOZELLS",
        "BW-NH",
        time(18),
        ("4111", "4112"),
        "compliant",
        "by two officers in turn",
    ),
    WindowStory(
        "colmore", "CC-COLMORE", "CC-NH", time(18), ("4103",), "not_attended", "checked in, never entered"
    ),
    WindowStory("waterloo", "WATERLOO", "WV-NH", time(18), ("4131",), "compliant", "check-out forgotten"),
    WindowStory(
        "alumrock",
        "ALUMROCK",
        "BE-NH",
        time(18, 30),
        ("4124",),
        "compliant",
        "batches twice and shuffled",
    ),
    WindowStory(
        "kingsheath",
        "KINGSHEATH",
        "BE-NH",
        time(19),
        ("4125",),
        "compliant",
        "clock seven minutes fast",
        check_needed=True,
    ),
    WindowStory("soho", "SOHO", "BW-NH", time(19), ("4113",), "unverified", "GPS lost for 16 minutes"),
    WindowStory(
        "erdington",
        "ERDINGTON",
        "BE-NH",
        time(19, 30),
        ("4122",),
        "compliant",
        "by a crew with one phone",
    ),
    WindowStory(
        "colmore-late",
        "CC-COLMORE",
        "CC-NH",
        time(20),
        ("4101",),
        "not_attended",
        "nobody came: hospital watch",
    ),
    WindowStory("broadst", "BROADST", "CC-NH", time(20), ("4102",), "partial", "cut short by an arrest"),
    WindowStory(
        "newst-late",
        "CC-NEWST",
        "CC-NH",
        time(20),
        ("4104",),
        "unverified",
        "poor GPS in tall streets",
    ),
)

_LONG_WALK = (Leg("walk-280x93", 30), Leg("standing", 12), Leg("walk-280x93", 28))

PATROLS = (
    PatrolStory(
        "newst",
        "4101",
        ("CC-NEWST",),
        time(17, 6),
        (Leg("walk-16x401", 38), Leg("standing", 10), Leg("walk-16x401", 24)),
        "An ordinary kept window.",
        window="newst",
        expected="compliant",
        uniform="HI_VIS_UNIFORM",
    ),
    PatrolStory(
        "sparkbrook",
        "4121",
        ("SPARKBROOK",),
        time(17, 41),
        _LONG_WALK,
        "No signal all evening: every batch arrived after the check-out.",
        window="sparkbrook",
        expected="compliant",
        sending=Sending.LATE,
    ),
    PatrolStory(
        "lozells-first",
        "4111",
        ("LOZELLS",),
        time(18, 2),
        (Leg("walk-265x117", 36),),
        "First half of a window kept by two; under 60 alone.",
        window="lozells",
        expected="partial",
    ),
    PatrolStory(
        "lozells-second",
        "4112",
        ("LOZELLS",),
        time(18, 44),
        (Leg("walk-280x93", 38),),
        "Second half of the same window; under 60 alone.",
        window="lozells",
        expected="partial",
    ),
    PatrolStory(
        "colmore",
        "4103",
        ("CC-COLMORE",),
        time(18, 10),
        (Leg("walk-265x117", 62),),
        "Patrolled the wrong streets and never entered the hotspot.",
        window="colmore",
        expected="not_attended",
        placing=Placing.BESIDE,
    ),
    PatrolStory(
        "waterloo",
        "4131",
        ("WATERLOO",),
        time(18, 20),
        (Leg("walk-280x93", 36), Leg("standing", 9), Leg("walk-280x93", 30)),
        "Forgot to check out; closed half an hour after the window.",
        window="waterloo",
        expected="compliant",
        checks_out=False,
        flags=("auto_closed",),
    ),
    PatrolStory(
        "alumrock-a",
        "4124",
        ("ALUMROCK",),
        time(18, 35),
        (Leg("walk-280x93", 33),),
        "The answers were lost, so the phone sent every batch twice.",
        window="alumrock",
        expected="partial",
        sending=Sending.REPEATED,
    ),
    PatrolStory(
        "alumrock-b",
        "4124",
        ("ALUMROCK",),
        time(19, 20),
        (Leg("walk-265x117", 37),),
        "Back after a break; the batches arrived in any order.",
        window="alumrock",
        expected="partial",
        sending=Sending.SHUFFLED,
    ),
    PatrolStory(
        "kingsheath",
        "4125",
        ("KINGSHEATH",),
        time(19, 12),
        _LONG_WALK,
        "The phone's clock was seven minutes fast; corrected, and shown to the sergeant.",
        window="kingsheath",
        expected="compliant",
        programme="IMPACT_AREA",
        clock_fast_s=420,
        flags=("clock_skew",),
    ),
    PatrolStory(
        "soho",
        "4113",
        ("SOHO",),
        time(19, 8),
        (Leg("walk-280x93", 66),),
        "The phone lost GPS from minute 22 to minute 38.",
        window="soho",
        expected="unverified",
        lost=(22, 38),
    ),
    PatrolStory(
        "erdington",
        "4122",
        ("ERDINGTON",),
        time(19, 36),
        _LONG_WALK,
        "Two people, one phone: the colleague is declared.",
        window="erdington",
        expected="compliant",
        uniform="HI_VIS_UNIFORM",
        crew=("4123",),
    ),
    PatrolStory(
        "broadst",
        "4102",
        ("BROADST",),
        time(20, 4),
        (Leg("walk-265x117", 27),),
        "Cut short by an arrest after 27 minutes: encouraged, not a fault.",
        window="broadst",
        expected="partial",
        crew=("4103",),
    ),
    PatrolStory(
        "newst-late",
        "4104",
        ("CC-NEWST",),
        time(20, 5),
        (Leg("poor", 80),),
        "A phone that was seldom sure where it was to within 100 m.",
        window="newst-late",
        expected="unverified",
    ),
    PatrolStory(
        "taskforce",
        "4151",
        ("LOZELLS", "VILLAROAD"),
        time(20, 15),
        (Leg("walk-453x135", 78),),
        "Two hotspots that overlap; each instant counts once.",
        programme="TASKFORCE",
        uniform="HI_VIS_UNIFORM",
        funding="FUNDED",
        crew=("4152",),
    ),
    PatrolStory(
        "warden",
        "4161",
        ("ERDINGTON",),
        time(17, 15),
        (Leg("walk-265x117", 55),),
        "A council warden on the High Street.",
        programme="PARTNER",
        funding="FUNDED",
    ),
)
