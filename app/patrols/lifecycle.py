"""What a patrol is while it lives: its codes, when a forgotten one is closed. Pure.

Codes: the lists of the West Midlands papers (programme, uniform state, mode); labels are reference data.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.clock import EARLIEST, SKEW_CORRECTED_OVER_MS, skew_correction_ms


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
    VOIDED = "voided"


class ExplanationKind(StrEnum):
    """What somebody who was on a patrol says to it: why it went as it did, or that its result is wrong."""

    EXPLANATION = "EXPLANATION"
    DISPUTE = "DISPUTE"


class Cause(StrEnum):
    """Why a judgement was made: a fact that came, or something judged by that changed, or somebody who asked."""

    CHECK_OUT = "check_out"
    AUTO_CLOSE = "auto_close"
    LATE_FACTS = "late_facts"
    RELEASED = "released"
    BOUNDARY = "boundary"
    HOTSPOT_END = "hotspot_end"
    POLICY = "policy"
    REASSESS = "reassess"
    LINK = "link"


# What phones are told: often enough that a supervisor sees progress, seldom enough to spare batteries.
BATCH_EVERY_SECONDS = 120
CLOSING_GRACE = timedelta(minutes=30)


def on_our_clock(at: datetime, skew_ms: int | None, received_at: datetime) -> tuple[datetime, int | None]:
    """A phone's instant on the server's clock, and the skew it was moved by or is suspected of.

    Moved by a skew of more than a minute. What would still lie in the future cannot be: it happened when it was
    received at the latest, and the skew is the difference or what the phone said, whichever is more. A skew that leads
    out of the years we know is kept but not applied. A phone ten minutes slow says 18:50 (skew 600,000): 19:00. A phone
    that says 20:00, without a word about its clock, at 19:00: 19:00, skew -3,600,000.
    """
    moved = at + timedelta(milliseconds=skew_correction_ms(skew_ms))
    if lies_ahead(at, skew_ms, received_at):
        implied = round((received_at - at).total_seconds() * 1000)
        return received_at, max(implied, skew_ms or 0, key=abs)
    return (moved, skew_ms) if moved >= EARLIEST else (at, skew_ms)


def said_again(said: datetime, held: datetime, skew_ms: int | None) -> bool:
    """Whether an instant is the one that is held: as it was told, or as the phone of that skew said it first. It is not
    moved once more then.

    Held as 18:50 from a phone ten minutes fast (skew -600,000): 18:50 and 19:00 are said again, 18:55 is not.
    """
    return said in (held, held - timedelta(milliseconds=skew_correction_ms(skew_ms)))


def lies_ahead(at: datetime, skew_ms: int | None, received_at: datetime) -> bool:
    """Whether what a phone says happened would still be to come when it was received, by its corrected clock.

    A phone ten minutes fast that says so (skew -600,000) is not ahead with 19:10 at 19:00; one that says nothing is.
    A minute is left to clocks.
    """
    moved = at + timedelta(milliseconds=skew_correction_ms(skew_ms))
    return moved > received_at + timedelta(milliseconds=SKEW_CORRECTED_OVER_MS)


@dataclass(frozen=True, slots=True)
class PatrolSpan:
    """From when until when a patrol was; `ended_at` is None while it is open. `taken_back`: by its officer, since."""

    started_at: datetime
    ended_at: datetime | None = None
    taken_back: bool = False

    def covers(self, at: datetime) -> bool:
        """Whether something was during it, both ends included: what is logged while leaving is part of it."""
        return self.started_at <= at and (self.ended_at is None or at <= self.ended_at)


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
