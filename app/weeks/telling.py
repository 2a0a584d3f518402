"""A team's week in words: what happened, why a window was not kept, how it compares. Pure.

Counts, no percentages: nine windows are too few for those. Status, reasons and flags come in the force's own words.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.schedule.windows import REVIEWED, WindowStatus

# Below this many windows a difference between weeks is told as chance.
FEW_WINDOWS = 30
_CALLED_OFF = {WindowStatus.CANCELLED: "Cancelled", WindowStatus.MOVED: "Moved"}
_OPEN = (WindowStatus.PLANNED, WindowStatus.PUBLISHED, WindowStatus.IN_PROGRESS)


class Outcome(StrEnum):
    """What became of a window, as a sergeant asks it. A reason accepted explains a window that was not met."""

    MET = "met"
    MET_BY_DECISION = "met_by_decision"
    NOT_MET = "not_met"
    OPEN = "open"
    CANCELLED = "cancelled"
    MOVED = "moved"


def outcome_of(status: WindowStatus, credited_ms: int, required_ms: int) -> Outcome:
    """`compliant` is met; accepted, or adjusted to the time asked for, is met by decision; adjusted to less is not."""
    if status in _OPEN:
        return Outcome.OPEN
    if status is WindowStatus.ADJUSTED:
        return Outcome.MET_BY_DECISION if credited_ms >= required_ms else Outcome.NOT_MET
    known = {
        WindowStatus.COMPLIANT: Outcome.MET,
        WindowStatus.ACCEPTED: Outcome.MET_BY_DECISION,
        WindowStatus.CANCELLED: Outcome.CANCELLED,
        WindowStatus.MOVED: Outcome.MOVED,
    }
    return known.get(status, Outcome.NOT_MET)


@dataclass(frozen=True, slots=True)
class Counted:
    """What a week's windows add up to: kept by evidence, of all published ones, and each other status by its code."""

    kept: int
    denominator: int
    by_status: Mapping[WindowStatus, int]
    by_reason: Mapping[str, int]

    @property
    def open(self) -> int:
        return sum(self.by_status.get(status, 0) for status in _OPEN)

    @property
    def decided(self) -> int:
        return self.denominator - self.open


def headline(
    counted: Counted,
    labels: Mapping[WindowStatus, str],
    reasons: Mapping[str, str],
    to_decide: int,
    *,
    over: bool,
) -> str:
    """The week in one sentence; `labels` and `reasons` are the plain words of codes.

    «Kept 9 of 12 windows; 1 reason accepted (arrest), 1 under 60, 1 no GPS in area. 2 to decide.»; a week that is not
    over: «Kept 3 of 5 windows so far, 7 still open.»
    """
    if counted.denominator == 0:
        return _with_waiting("No windows were published for this week.", to_decide)
    told = _kept(counted, over)
    rest = [
        f"{windows} {labels[status]}{_named(status, counted.by_reason, reasons)}"
        for status, windows in counted.by_status.items()
        if windows and status is not WindowStatus.COMPLIANT and status not in _OPEN
    ]
    return _with_waiting(f"{told}; {', '.join(rest)}." if rest else f"{told}.", to_decide)


def _kept(counted: Counted, over: bool) -> str:
    if over and not counted.open:
        return f"Kept {counted.kept} of {_windows(counted.denominator)}"
    if not counted.decided:
        return f"{_windows(counted.denominator)}, none decided yet"
    return f"Kept {counted.kept} of {_windows(counted.decided)} so far, {counted.open} still open"


def _named(status: WindowStatus, by_reason: Mapping[str, int], reasons: Mapping[str, str]) -> str:
    if status is not WindowStatus.REASON_ACCEPTED or not by_reason:
        return ""
    if len(by_reason) == 1:
        return f" ({reasons[next(iter(by_reason))]})"
    return " (" + ", ".join(f"{windows} {reasons[code]}" for code, windows in by_reason.items()) + ")"


def _with_waiting(told: str, to_decide: int) -> str:
    return f"{told} {to_decide} to decide." if to_decide else told


def _windows(count: int) -> str:
    return f"{count} window" if count == 1 else f"{count} windows"


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody on a patrol said to it: by collar number, with the plain words of the reason they gave."""

    collar_number: str
    disputes: bool
    reason: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Story:
    """All that explains one window. Minutes are whole: verified, what a sergeant could accept beyond it, what GPS
    leaves open beyond that. `by` is the collar number of whoever decided last, `note` why; None where the reader is not
    told. `on_record` are reasons that records give, a line each. `change` is why it was cancelled or moved, `moved_to`
    the day and time in words. `flags` ask for a look."""

    status: WindowStatus
    required: int
    verified: int
    acceptable: int
    unverified: int
    credited: int
    patrols: int
    taken_back: int = 0
    reason: str | None = None
    by: str | None = None
    note: str | None = None
    change: str | None = None
    moved_to: str | None = None
    said: Sequence[Said] = ()
    on_record: Sequence[str] = ()
    flags: Sequence[str] = ()
    needs_confirmation: bool = False
    over: bool = True


def why(story: Story) -> list[str]:
    """Why a window stands as it does, a sentence each; nothing for one that was simply kept.

    Of a window with 31 of 60 minutes and a silence: «31 of 60 minutes. GPS is missing for up to 34 more.», then what
    its officers said.
    """
    if story.status in _CALLED_OFF:
        to = f" to {story.moved_to}" if story.moved_to else ""
        return [f"{_CALLED_OFF[story.status]}{to}: {_sentence(story.change or 'no reason given')}"]
    if story.status in _OPEN:
        return ["Not told yet: a patrol is open, or its officers see the result first."] if story.over else []
    found = [*_decided(story), *_evidence(story)]
    if story.taken_back:
        found.append(f"{_patrols(story.taken_back)} taken back by the officer who made it.")
    found += [_capital(each) + "." for each in story.on_record]
    found += [_said(each) for each in story.said]
    found += [_capital(flag) + "." for flag in story.flags]
    if story.needs_confirmation:
        found.append("The evidence has changed since it was decided: look again.")
    return found


def _decided(story: Story) -> Iterable[str]:
    by = f" by {story.by}" if story.by else ""
    note = f": {_sentence(story.note)}" if story.note else "."
    if story.status is WindowStatus.REASON_ACCEPTED:
        yield f"Reason accepted{by}, {story.reason or 'no reason named'}{note}"
    elif story.status is WindowStatus.ACCEPTED:
        yield f"Accepted with {story.credited} minutes{by}{note}"
    elif story.status is WindowStatus.ADJUSTED:
        yield f"Adjusted to {story.credited} minutes{by}{note}"
    elif story.note or story.by:
        yield f"Looked at{by}{note}"


def _evidence(story: Story) -> Iterable[str]:
    if story.status is WindowStatus.COMPLIANT:
        return
    if story.patrols == 0:
        # Somebody who took it back had checked in.
        if not story.taken_back:
            yield "Nobody checked in for it."
        return
    if story.verified == 0 and not story.acceptable and not story.unverified:
        yield "Somebody checked in, and GPS never shows them in the hotspot."
        return
    told = f"{story.verified} of {story.required} minutes."
    if story.status in REVIEWED:
        yield f"GPS shows {told}"
        return
    if story.acceptable:
        told += f" {story.acceptable} more are likely, and count if a sergeant accepts them."
    if story.unverified:
        told += f" GPS is missing for up to {story.unverified} more."
    yield told


def _said(said: Said) -> str:
    verb = "disputes it" if said.disputes else "says"
    reason = f" ({said.reason})" if said.reason else ""
    return f"{said.collar_number} {verb}{reason}: «{said.text.strip()}»"


def _patrols(count: int) -> str:
    return "One patrol was" if count == 1 else f"{count} patrols were"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def compared(this: tuple[int, int], before: Sequence[tuple[int, int]]) -> str:
    """How a week's kept windows compare with the weeks before, each (kept, decided), latest first.

    «This week 9 of 12; the 4 weeks before 30 of 41 (7 of 10, 8 of 11, 8 of 10, 7 of 10). Few windows: a difference of
    one or two is chance.» Weeks without windows are left out.
    """
    told = [week for week in before if week[1]]
    if not told:
        return "Nothing to compare with: no windows in the weeks before."
    kept, windows = sum(week[0] for week in told), sum(week[1] for week in told)
    each = ", ".join(f"{week[0]} of {week[1]}" for week in told)
    weeks = f"{len(told)} weeks" if len(told) > 1 else "one week"
    all_told = f"This week {this[0]} of {this[1]}; {weeks} before {kept} of {windows}"
    all_told += f" ({each})." if len(told) > 1 else "."
    if few(this[1], windows):
        all_told += " Few windows: a difference of one or two is chance."
    return all_told


def few(windows: int, before: int) -> bool:
    """Whether one of two counts is too small to read anything into a difference."""
    return windows < FEW_WINDOWS or before < FEW_WINDOWS
