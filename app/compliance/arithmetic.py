"""Counts windows: which status each has, what a total is a total of, and how it is said in words. Pure.

The denominator is every window that was published, cancelled and moved ones included; each status is a bar of its own
and only `compliant` is kept, for that is what the evidence says. What a supervisor made of the others is told beside
it: accepted, or adjusted to the time asked for, counts as kept by decision; a reason accepted is a reason, never a kept
window. The two are never added up here.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from app.clock import MINUTE_MS
from app.schedule.windows import DECIDED_BY_PEOPLE, Phase, WindowState, WindowStatus, status_of

# Results a window can have stored; `in_progress` while one of its patrols is open.
RESULTS = (
    None,
    "compliant",
    "review",
    "partial",
    "not_attended",
    "unverified",
    "in_progress",
    "accepted",
    "adjusted",
    "reason_accepted",
)

# Kept by evidence or by decision: where a flag still asks, somebody has to look.
KEPT_SOMEHOW = (WindowStatus.COMPLIANT, WindowStatus.ACCEPTED, WindowStatus.ADJUSTED)
_UNDECIDED = (WindowStatus.PUBLISHED, WindowStatus.IN_PROGRESS)
_SAID_OF_THE_REST = {
    WindowStatus.ACCEPTED: "more accepted by a supervisor",
    WindowStatus.ADJUSTED: "adjusted by a supervisor",
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


def evidence_status(status: WindowStatus, computed_status: str | None, decision: str | None) -> WindowStatus:
    """What the evidence alone says of a window, with the `computed_status` of its result, if any, and the latest
    `decision` on it: where no people decided, the status itself."""
    by_people = decision is not None or status in (WindowStatus.ACCEPTED, WindowStatus.ADJUSTED)
    return WindowStatus(computed_status) if computed_status is not None and by_people else status


def whole_minutes(ms: int) -> int:
    """Minutes as shown, floored: 3,599,999 ms are 59, so that 60 always means sixty full minutes."""
    return ms // MINUTE_MS


@dataclass(frozen=True, slots=True)
class Group:
    """Windows of one status, and what their times add up to in milliseconds.

    `unsettled` of them ended less than the grace for late fixes ago; `check_needed` of them were kept only with patrols
    whose flags ask somebody to look. `probable_ms` is what a sergeant could accept beyond what is verified. Of adjusted
    windows, `adjusted_enough` were credited the time asked for; `reason` is the code of a reason accepted, if known;
    `decision` what the latest review of each said, and of `to_confirm` of them the evidence has changed since.
    `published_late` of them were published only once they had begun, when somebody could see what came of them.
    """

    status: WindowStatus
    windows: int
    unsettled: int
    check_needed: int
    required_ms: int
    verified_ms: int
    probable_ms: int
    unverified_ms: int
    adjusted_enough: int = 0
    reason: str | None = None
    decision: str | None = None
    to_confirm: int = 0
    published_late: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """What groups add up to. `kept` is by evidence, `kept_by_decision` beyond that: accepted, or adjusted to the time
    asked for. `decided` leaves out windows to come or in progress. `by_reason` counts accepted reasons by code,
    `by_decision` what supervisors said last, `to_confirm` how many of that the evidence has overtaken.
    `published_late` may be of any status."""

    denominator: int
    kept: int
    kept_by_decision: int
    adjusted_enough: int
    decided: int
    provisional: int
    check_needed: int
    by_status: Mapping[WindowStatus, int]
    by_reason: Mapping[str, int]
    by_decision: Mapping[str, int]
    to_confirm: int
    published_late: int
    required_ms: int
    verified_ms: int
    probable_ms: int
    unverified_ms: int


def total(groups: Iterable[Group]) -> Totals:
    """Adds groups up; sums are of milliseconds, never of rounded minutes.

    Five compliant, three partial and one cancelled: a denominator of 9, 5 kept, 9 decided. Were one of the partial ones
    accepted by a supervisor: still 5 kept, and 1 by decision.
    """
    found = list(groups)
    by_status: dict[WindowStatus, int] = {
        status: 0 for status in WindowStatus if status is not WindowStatus.PLANNED
    }
    for group in found:
        if group.status in by_status:
            by_status[group.status] += group.windows
    denominator = sum(by_status.values())
    adjusted_enough = sum(group.adjusted_enough for group in found if group.status is WindowStatus.ADJUSTED)
    return Totals(
        denominator=denominator,
        kept=by_status[WindowStatus.COMPLIANT],
        kept_by_decision=by_status[WindowStatus.ACCEPTED] + adjusted_enough,
        adjusted_enough=adjusted_enough,
        decided=denominator - sum(by_status[status] for status in _UNDECIDED),
        provisional=sum(_provisional(group) for group in found),
        check_needed=sum(group.check_needed for group in found if group.status in KEPT_SOMEHOW),
        by_status=by_status,
        by_reason=_by_reason(found),
        by_decision=_by_decision(found),
        to_confirm=sum(group.to_confirm for group in found),
        published_late=sum(group.published_late for group in found),
        required_ms=sum(group.required_ms for group in found),
        verified_ms=sum(group.verified_ms for group in found),
        probable_ms=sum(group.probable_ms for group in found),
        unverified_ms=sum(group.unverified_ms for group in found),
    )


def _by_reason(groups: Iterable[Group]) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for group in groups:
        if group.status is WindowStatus.REASON_ACCEPTED and group.reason is not None:
            counted[group.reason] += group.windows
    return dict(sorted(counted.items()))


def _by_decision(groups: Iterable[Group]) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for group in groups:
        if group.decision is not None:
            counted[group.decision] += group.windows
    return dict(sorted(counted.items()))


def _provisional(group: Group) -> int:
    if group.status in DECIDED_BY_PEOPLE:
        return 0
    return group.windows if group.status is WindowStatus.IN_PROGRESS else group.unsettled


def said(totals: Totals, reasons: Mapping[str, str] | None = None) -> str:
    """The total in one sentence; `reasons` are the plain words of reason codes.

    «Kept 5 of 9 published windows; 1 more accepted by a supervisor, 1 with a reason accepted (arrest), 2 still to
    come.»; «No windows were published.»
    """
    if totals.denominator == 0:
        return "No windows were published."
    rest = [
        f"{totals.by_status[status]} {words}{_more_about(status, totals, reasons or {})}"
        for status, words in _SAID_OF_THE_REST.items()
        if totals.by_status[status]
    ]
    if totals.published_late:
        rest.append(f"{totals.published_late} published only once they had begun")
    windows = "window" if totals.denominator == 1 else "windows"
    told = f"Kept {totals.kept} of {totals.denominator} published {windows}"
    return f"{told}; {', '.join(rest)}." if rest else f"{told}."


def _more_about(status: WindowStatus, totals: Totals, reasons: Mapping[str, str]) -> str:
    if status is WindowStatus.ADJUSTED and totals.adjusted_enough:
        return f" ({totals.adjusted_enough} to the time asked for)"
    if status is WindowStatus.REASON_ACCEPTED and totals.by_reason:
        words = {reasons.get(code, code): windows for code, windows in totals.by_reason.items()}
        if list(words.values()) == [totals.by_status[status]]:
            return f" ({next(iter(words))})"
        return f" ({', '.join(f'{windows} {reason}' for reason, windows in words.items())})"
    return ""
