"""How the windows of a period fall on a team or an officer, so that the same people do not get every night. Pure.

A window is counted on the London day it starts, nights and weekends included. Sums are of milliseconds.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from app.clock import LONDON, london_day, to_ms
from app.schedule.crews import Answer, Crew, Span, clashes

_NIGHT_BEGINS, _NIGHT_ENDS = time(23), time(6)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Duty:
    """One window as it falls on somebody; `answers` are those that stand, theirs or their team's."""

    span: Span
    required_seconds: int
    named: bool
    answers: frozenset[Answer]


@dataclass(frozen=True, slots=True)
class Load:
    """What some windows come to. `nights` are windows that touch 23:00 to 06:00, `unassigned` those that name nobody;
    `accepted` and `declined` those in which somebody said so, `unanswered` those in which nobody said anything."""

    windows: int
    tasked_ms: int
    required_ms: int
    days: int
    nights: int
    weekend_windows: int
    most_on_one_day: int
    consecutive_days: int
    unassigned: int
    accepted: int
    declined: int
    unanswered: int
    clashes: Sequence[tuple[UUID, UUID]]


def load_of(duties: Sequence[Duty]) -> Load:
    """The load of one team or officer; of none, noughts."""
    on_day = Counter(london_day(each.span.starts_at) for each in duties)
    return Load(
        windows=len(duties),
        tasked_ms=sum(to_ms(each.span.ends_at) - to_ms(each.span.starts_at) for each in duties),
        required_ms=sum(each.required_seconds * 1000 for each in duties),
        days=len(on_day),
        nights=sum(touches_night(each.span.starts_at, each.span.ends_at) for each in duties),
        weekend_windows=sum(number for day, number in on_day.items() if day.weekday() >= _SATURDAY),
        most_on_one_day=max(on_day.values(), default=0),
        consecutive_days=longest_run(on_day),
        unassigned=sum(not each.named for each in duties),
        accepted=sum(Answer.ACCEPTED in each.answers for each in duties),
        declined=sum(Answer.DECLINED in each.answers for each in duties),
        unanswered=sum(not each.answers for each in duties),
        clashes=clashes(each.span for each in duties),
    )


def touches_night(starts_at: datetime, ends_at: datetime) -> bool:
    """Whether any of a window lies between 23:00 and 06:00 on London's clocks; half open.

    22:00 to 23:00 does not, 22:00 to 23:30 does, nor does 06:00 to 08:00, however the clocks change that night.
    """
    return any(starts_at < end and ends_at > begin for begin, end in _nights(starts_at, ends_at))


def _nights(starts_at: datetime, ends_at: datetime) -> Iterator[tuple[datetime, datetime]]:
    day = london_day(starts_at) - timedelta(days=1)
    while day <= london_day(ends_at):
        following = day + timedelta(days=1)
        yield (
            datetime.combine(day, _NIGHT_BEGINS, LONDON),
            datetime.combine(following, _NIGHT_ENDS, LONDON),
        )
        day = following


def longest_run(days: Iterable[date]) -> int:
    """The most days on end: of the 1st, 2nd, 3rd and 5th it is 3."""
    longest = run = 0
    before: date | None = None
    for day in sorted(set(days)):
        run = run + 1 if before is not None and day - before == timedelta(days=1) else 1
        longest, before = max(longest, run), day
    return longest


def duty_of_team(span: Span, required_seconds: int, crew: Crew) -> Duty:
    """A window as its team has it: an answer is anybody's."""
    answers = frozenset(each.answer for each in crew.standing.values())
    return Duty(span, required_seconds, bool(crew.named), answers)


def duty_of_officer(span: Span, required_seconds: int, crew: Crew, officer_id: UUID) -> Duty:
    """A window as somebody tasked by name has it: the answer is their own."""
    said = crew.standing.get(officer_id)
    return Duty(span, required_seconds, True, frozenset([said.answer] if said else []))
