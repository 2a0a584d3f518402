"""What a patrol is while it lives: its codes, when a forgotten one is closed. Pure.

Codes: the lists of the West Midlands papers (programme, uniform state, mode); labels are reference data.
"""

from datetime import datetime, timedelta
from enum import StrEnum


class Programme(StrEnum):
    TGP_SCHEDULED = "TGP_SCHEDULED"
    TGP_SELF_INITIATED = "TGP_SELF_INITIATED"
    TASKFORCE = "TASKFORCE"
    PARTNER = "PARTNER"
    IMPACT_AREA = "IMPACT_AREA"
    OP_OTHER = "OP_OTHER"


class UniformState(StrEnum):
    """The first two count as visible for the grant."""

    HI_VIS_UNIFORM = "HI_VIS_UNIFORM"
    UNIFORM = "UNIFORM"
    PLAIN_CLOTHES = "PLAIN_CLOTHES"
    UNMARKED_VEHICLE = "UNMARKED_VEHICLE"


class Mode(StrEnum):
    FOOT = "FOOT"
    CYCLE = "CYCLE"
    VEHICLE_MARKED = "VEHICLE_MARKED"
    VEHICLE_UNMARKED = "VEHICLE_UNMARKED"
    MOUNTED = "MOUNTED"
    DOG = "DOG"
    STATIC = "STATIC"
    MIXED = "MIXED"


class Funding(StrEnum):
    CORE = "CORE"
    OVERTIME = "OVERTIME"
    FUNDED = "FUNDED"


class PatrolState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


# What phones are told: often enough that a supervisor sees progress, seldom enough to spare batteries.
BATCH_EVERY_SECONDS = 120
CLOSING_GRACE = timedelta(minutes=30)


def due_for_closing(
    started_at: datetime, window_ends_at: datetime | None, last_fix_at: datetime | None, now: datetime
) -> datetime | None:
    """When a patrol whose check-out is overdue is taken to have ended; None while it may still go on.

    Half an hour of grace after the window's end, or after the last fix when there is no window or the phone went on
    reporting past it (after the check-in, when there is no fix at all).
    """
    last = max(started_at, last_fix_at or started_at)
    ends_at = (max(last, window_ends_at) if window_ends_at else last) + CLOSING_GRACE
    return ends_at if now >= ends_at else None
