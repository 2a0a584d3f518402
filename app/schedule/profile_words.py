"""Puts profiles into words and labels: days, hours, windows of two hours, and what a profile rests on. Pure."""

from datetime import date, timedelta

from app.schedule.offence_profile import FEW_OFFENCES, HOURS, WEEK_MINUTES, WINDOW_MINUTES, HotspotProfile

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOUR_LABELS = tuple(f"{hour:02}:00" for hour in range(24))
_DAY_MINUTES = 24 * 60


def clock(minute_of_week: int) -> str:
    """The time of day of a minute of the week: 7,110 is `22:30`."""
    hour, minute = divmod(minute_of_week % _DAY_MINUTES, 60)
    return f"{hour:02}:{minute:02}"


def day_name(minute_of_week: int) -> str:
    """The day of a minute of the week: 7,110 is `Friday`."""
    return DAYS[minute_of_week % WEEK_MINUTES // _DAY_MINUTES]


def window_in_words(start: int) -> str:
    """Two hours from a minute of the week: 7,110 is `Friday 22:30 to 00:30`."""
    return f"{day_name(start)} {clock(start)} to {clock(start + WINDOW_MINUTES)}"


def times_even(weight: float) -> float:
    """How many times its part of an even week two hours hold: 1/42 of all is 2.0."""
    return weight * HOURS * 60 / WINDOW_MINUTES


def period_in_words(until: date, days: int) -> str:
    """`Offences from 2 March 2025 to 1 March 2026`: the days before `until`, first and last."""
    first, last = until - timedelta(days=days), until - timedelta(days=1)
    return f"Offences from {first.day} {first:%B %Y} to {last.day} {last:%B %Y}"


def thin(profile: HotspotProfile) -> bool:
    """Whether it rests on too few of the hotspot's own offences to be more than a hint."""
    return profile.offences < FEW_OFFENCES


def rests_on(profile: HotspotProfile, kind: str) -> str:
    """What a profile rests on; `kind` is the hotspot's in words.

    `Rests on 12 offences here; 62 % is borrowed from other hotspots of its kind (TGP area: violence). Fewer than 20
    offences: a hint, not a pattern.`
    """
    share = percent(profile.borrowed)
    source = {
        "own": "nothing is borrowed",
        "category": f"{share} is borrowed from other hotspots of its kind ({kind})",
        "force": f"{share} is borrowed from the whole force, for no other hotspot of its kind has any",
        "uniform": f"{share} is spread over every hour alike, for the force has no others",
    }[profile.borrowed_from]
    if profile.offences == 0 and profile.borrowed_from == "uniform":
        told = "No offences to go by, here or elsewhere in the force: every hour counts alike."
    elif profile.offences == 0:
        told = f"No offences here: {source}."
    else:
        told = f"Rests on {_offences(profile.offences)} here; {source}."
    if profile.offences and thin(profile):
        told += f" Fewer than {FEW_OFFENCES} offences: a hint, not a pattern."
    if profile.left_out:
        told += f" Left out: {_offences(profile.left_out)} whose time is not known to within a week."
    if profile.without_weight:
        told += f" Left out: {_offences(profile.without_weight)} without a harm weight."
    return told


def percent(share: float) -> str:
    """A share in whole percent, never rounded to none or all: 0.004 is `under 1 %`, 0.996 `over 99 %`."""
    whole = round(share * 100)
    if whole == 0 and share > 0:
        return "under 1 %"
    if whole == 100 and share < 1:
        return "over 99 %"
    return f"{whole} %"


def _offences(count: int) -> str:
    return f"{count:,} offence" if count == 1 else f"{count:,} offences"
