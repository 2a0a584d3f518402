"""Counts windows: which status each has, what a total is a total of, and how it is said in words. Pure.

The denominator is every window that was published, cancelled and moved ones included; each status is a bar of its own
and only `compliant` is kept. A reason accepted is a reason, never a kept window.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from app.schedule.windows import DECIDED_BY_PEOPLE, Phase, WindowState, WindowStatus, status_of

MINUTE_MS = 60_000
# Results a window can have stored; `in_progress` while one of its patrols is open.
RESULTS = (
    None,
    "compliant",
    "review",
    "partial",
    "not_attended",
    "unverified",
    "in_progress",
    "reason_accepted",
)

_UNDECIDED = (WindowStatus.PUBLISHED, WindowStatus.IN_PROGRESS)
_SAID_OF_THE_REST = {
    WindowStatus.REVIEW: "for a sergeant to decide",
    WindowStatus.REASON_ACCEPTED: "with a reason accepted",
    WindowStatus.CANCELLED: "cancelled",
    WindowStatus.MOVED: "moved",
    WindowStatus.IN_PROGRESS: "in progress",
    WindowStatus.PUBLISHED: "still to come",
}


def situation(state: str, result: str, phase: str, on_patrol: str) -> str:
    """The key of a situation, which the database puts together in the same way: `PUBLISHED/partial/over/open`.

    `result` is empty without one, `on_patrol` is `open` or empty.
    """
    return f"{state}/{result}/{phase}/{on_patrol}"


STATUS_BY_SITUATION: Mapping[str, WindowStatus] = {
    situation(state.value, result or "", phase.value, "open" if on_patrol else ""): status_of(
        state, result, phase, on_patrol
    )
    for state, result, phase, on_patrol in product(WindowState, RESULTS, Phase, (False, True))
}


def situations_of(status: WindowStatus) -> list[str]:
    """Every situation in which a window has a status, so that a query can ask for it."""
    return [key for key, found in STATUS_BY_SITUATION.items() if found is status]


def whole_minutes(ms: int) -> int:
    """Minutes as shown, floored: 3,599,999 ms are 59, so that 60 always means sixty full minutes."""
    return ms // MINUTE_MS


@dataclass(frozen=True, slots=True)
class Group:
    """Windows of one status, and what their times add up to in milliseconds.

    `unsettled` of them ended less than the grace for late fixes ago; `check_needed` of them were kept only with patrols
    whose flags ask somebody to look. `probable_ms` is what a sergeant could accept beyond what is verified.
    """

    status: WindowStatus
    windows: int
    unsettled: int
    check_needed: int
    required_ms: int
    verified_ms: int
    probable_ms: int
    unverified_ms: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What groups add up to. `decided` leaves out windows to come or in progress."""

    denominator: int
    kept: int
    decided: int
    provisional: int
    check_needed: int
    by_status: Mapping[WindowStatus, int]
    required_ms: int
    verified_ms: int
    probable_ms: int
    unverified_ms: int


def total(groups: Iterable[Group]) -> Totals:
    """Adds groups up; sums are of milliseconds, never of rounded minutes.

    Five compliant, three partial and one cancelled: a denominator of 9, 5 kept, 9 decided.
    """
    found = list(groups)
    by_status: dict[WindowStatus, int] = {
        status: sum(group.windows for group in found if group.status is status)
        for status in WindowStatus
        if status is not WindowStatus.PLANNED
    }
    denominator = sum(by_status.values())
    return Totals(
        denominator=denominator,
        kept=by_status[WindowStatus.COMPLIANT],
        decided=denominator - sum(by_status[status] for status in _UNDECIDED),
        provisional=sum(_provisional(group) for group in found),
        check_needed=sum(group.check_needed for group in found if group.status is WindowStatus.COMPLIANT),
        by_status=by_status,
        required_ms=sum(group.required_ms for group in found),
        verified_ms=sum(group.verified_ms for group in found),
        probable_ms=sum(group.probable_ms for group in found),
        unverified_ms=sum(group.unverified_ms for group in found),
    )


def _provisional(group: Group) -> int:
    if group.status in DECIDED_BY_PEOPLE:
        return 0
    return group.windows if group.status is WindowStatus.IN_PROGRESS else group.unsettled


def said(totals: Totals) -> str:
    """The total in one sentence.

    «Kept 5 of 9 published windows; 1 cancelled, 2 still to come.»; «No windows were published.»
    """
    if totals.denominator == 0:
        return "No windows were published."
    rest = [
        f"{totals.by_status[status]} {words}"
        for status, words in _SAID_OF_THE_REST.items()
        if totals.by_status[status]
    ]
    windows = "window" if totals.denominator == 1 else "windows"
    told = f"Kept {totals.kept} of {totals.denominator} published {windows}"
    return f"{told}; {', '.join(rest)}." if rest else f"{told}."
