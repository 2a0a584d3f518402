"""Decides what one patrol was: how long its officer was verifiably in each hotspot, and whether that kept the
window.

One pure function over facts, so that it can be run again with later fixes, another boundary or another
policy, and explained to the officer, a sergeant or a court from what it returns. Labels are decided in
`tracks.fixes`, time in `tracks.crediting` and `tracks.edge`, the status in `tracks.decision`, the explanation
in `tracks.explanation`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.tracks.crediting import Credit, Ground, credit
from app.tracks.decision import Status, WindowCredit, WindowDecision, decide_window, status_of
from app.tracks.explanation import PingStatistics, is_static, ping_statistics, visits
from app.tracks.facts import HotspotBoundary, PatrolFacts, WindowFacts
from app.tracks.fixes import LABELS, SECOND_MS, Fixes, Label, Labelled, label
from app.tracks.intervals import Interval, Intervals, clip, subtract, total_ms, unite
from app.tracks.plausibility import FloatArray, IntArray
from app.tracks.policy import Policy

__all__ = [
    "Assessment",
    "Fixes",
    "Flag",
    "Grades",
    "HotspotBoundary",
    "HotspotResult",
    "Label",
    "PatrolFacts",
    "Policy",
    "Status",
    "WindowCredit",
    "WindowDecision",
    "WindowFacts",
    "assess",
    "decide_window",
]


class Flag(StrEnum):
    """What somebody should know about a patrol by itself (several together: `tracks.cross_check`). A flag never changes
    a result."""

    MOCK = "mock"
    CONFLICTING = "conflicting"
    LATE_FILL = "late_fill"
    CLOCK_SKEW = "clock_skew"
    REVOKED_DEVICE = "revoked_device"
    UNKNOWN_DEVICE = "unknown_device"
    STATIC_TRACK = "static_track"
    AUTO_CLOSED = "auto_closed"
    TELEPORT = "teleport"

    @property
    def asks_review(self) -> bool:
        """Whether a supervisor should look; the others only note something."""
        return self not in (Flag.STATIC_TRACK, Flag.AUTO_CLOSED, Flag.TELEPORT)


@dataclass(frozen=True, slots=True)
class Grades:
    """Time by grade in milliseconds; the four add up exactly to the time graded."""

    verified_ms: int
    probable_ms: int
    unverified_ms: int
    outside_ms: int

    @property
    def total_ms(self) -> int:
        return self.verified_ms + self.probable_ms + self.unverified_ms + self.outside_ms


@dataclass(frozen=True, slots=True)
class HotspotResult:
    """The patrol as seen from one hotspot. Intervals cover the whole patrol, in the window or not.

    `in_window` is the part within the tasking window, None without one. `claimed_verified` is what would be
    verified if conflicting, mock and late-fill fixes were believed. Visits: see `tracks.explanation`.
    """

    hotspot_id: UUID
    boundary_id: UUID
    whole: Grades
    in_window: Grades | None
    verified: Intervals
    probable: Intervals
    unverified: Intervals
    claimed_verified: Intervals
    visits: Intervals
    longest_visit_ms: int
    gaps_ms: tuple[int, ...]
    first_entry_ms: int | None
    last_exit_ms: int | None

    def to_plain(self) -> dict[str, object]:
        return {
            "hotspot_id": str(self.hotspot_id),
            "boundary_id": str(self.boundary_id),
            "whole": _plain_grades(self.whole),
            "in_window": None if self.in_window is None else _plain_grades(self.in_window),
            "verified": _plain(self.verified),
            "probable": _plain(self.probable),
            "unverified": _plain(self.unverified),
            "claimed_verified": _plain(self.claimed_verified),
            "visits": _plain(self.visits),
            "longest_visit_ms": self.longest_visit_ms,
            "gaps_ms": list(self.gaps_ms),
            "first_entry_ms": self.first_entry_ms,
            "last_exit_ms": self.last_exit_ms,
        }


@dataclass(frozen=True, slots=True)
class Line:
    """The cleaned track: the used fixes in order of time, in degrees and milliseconds."""

    time_ms: IntArray
    lon: FloatArray
    lat: FloatArray


@dataclass(frozen=True, slots=True)
class Assessment:
    """The result of one patrol.

    `checked_in_ms` to `horizon_ms` is the time graded: the horizon is check-out, or the last used fix while
    the patrol is open (check-in when there is none, or when check-out lies before it). `labels` has one entry
    for each row of the fixes given.
    """

    status: Status
    checked_in_ms: int
    horizon_ms: int
    hotspots: tuple[HotspotResult, ...]
    labels: NDArray[np.str_]
    fixes_by_label: dict[Label, int]
    pings: PingStatistics
    flags: tuple[Flag, ...]
    line: Line
    policy_version: str

    @property
    def check_needed(self) -> bool:
        """Whether a flag asks for review, whatever the status."""
        return any(flag.asks_review for flag in self.flags)

    def for_hotspot(self, hotspot_id: UUID) -> HotspotResult | None:
        return next((result for result in self.hotspots if result.hotspot_id == hotspot_id), None)

    def to_plain(self) -> dict[str, object]:
        """The result as strings, whole numbers and lists, in a stable order, for storage. Line and labels are
        not part of it: they live and are erased with the fixes."""
        return {
            "status": self.status.value,
            "checked_in_ms": self.checked_in_ms,
            "horizon_ms": self.horizon_ms,
            "policy_version": self.policy_version,
            "flags": [flag.value for flag in self.flags],
            "fixes_by_label": {each.value: self.fixes_by_label[each] for each in Label},
            "pings": {
                "count": self.pings.count,
                "median_interval_ms": self.pings.median_interval_ms,
                "longest_silence_ms": self.pings.longest_silence_ms,
                "accurate_per_thousand": self.pings.accurate_per_thousand,
            },
            "hotspots": [result.to_plain() for result in self.hotspots],
        }


def assess(
    fixes: Fixes,
    patrol: PatrolFacts,
    boundaries: Sequence[HotspotBoundary],
    window: WindowFacts | None,
    policy: Policy,
) -> Assessment:
    """Assess one patrol against every boundary given.

    The status is that of the window's hotspot; without a window `no_window`, while the patrol is open
    `in_progress`. Hotspots come in the order given. Raises ValueError when the window's hotspot is not among
    the boundaries.
    """
    if window is not None and window.hotspot_id not in {boundary.hotspot_id for boundary in boundaries}:
        raise ValueError("the boundary of the window's hotspot is missing")
    labelled = label(fixes, patrol, policy)
    counts = dict(zip(LABELS, np.bincount(labelled.codes, minlength=len(LABELS)).tolist(), strict=True))
    line = _line(fixes, labelled)
    span = (patrol.checked_in_ms, _horizon_ms(patrol, line))
    results = tuple(
        _assess_hotspot(fixes, labelled, boundary, span, window, policy) for boundary in boundaries
    )
    return Assessment(
        status=_status(patrol, results, window),
        checked_in_ms=span[0],
        horizon_ms=span[1],
        hotspots=results,
        labels=labelled.labels,
        fixes_by_label=counts,
        pings=ping_statistics(fixes, labelled, span),
        flags=_flags(fixes, labelled, counts, patrol, policy),
        line=line,
        policy_version=policy.version,
    )


def _line(fixes: Fixes, labelled: Labelled) -> Line:
    rows = np.concatenate([np.zeros(0, dtype=np.int64), *(track.rows for track in labelled.strict)])
    rows = rows[labelled.codes[rows] == LABELS.index(Label.USED)]
    if len(labelled.strict) > 1:
        rows = rows[np.argsort(fixes.time_ms[rows], kind="stable")]
    return Line(fixes.time_ms[rows], fixes.lon[rows], fixes.lat[rows])


def _horizon_ms(patrol: PatrolFacts, line: Line) -> int:
    if patrol.checked_out_ms is not None:
        return max(patrol.checked_out_ms, patrol.checked_in_ms)
    return int(line.time_ms[-1]) if len(line.time_ms) else patrol.checked_in_ms


def _assess_hotspot(
    fixes: Fixes,
    labelled: Labelled,
    boundary: HotspotBoundary,
    span: Interval,
    window: WindowFacts | None,
    policy: Policy,
) -> HotspotResult:
    ground = Ground(boundary.polygon)
    strict = credit(fixes, labelled.strict, ground, span, policy)
    claimed = strict if labelled.claimed is None else credit(fixes, labelled.claimed, ground, span, policy)
    unverified = subtract((span,), unite(strict.verified, strict.probable, strict.outside))
    explained = visits(strict.verified, policy)
    in_window = None if window is None else (max(span[0], window.starts_ms), min(span[1], window.ends_ms))
    return HotspotResult(
        hotspot_id=boundary.hotspot_id,
        boundary_id=boundary.boundary_id,
        whole=_grades(strict, unverified, span),
        in_window=None if in_window is None else _grades(strict, unverified, in_window),
        verified=strict.verified,
        probable=strict.probable,
        unverified=unverified,
        claimed_verified=claimed.verified,
        visits=explained.visits,
        longest_visit_ms=explained.longest_visit_ms,
        gaps_ms=explained.gaps_ms,
        first_entry_ms=explained.first_entry_ms,
        last_exit_ms=explained.last_exit_ms,
    )


def _grades(credited: Credit, unverified: Intervals, span: Interval) -> Grades:
    opens, closes = span

    def lasting(intervals: Intervals) -> int:
        return sum(max(0, min(end, closes) - max(start, opens)) for start, end in intervals)

    grades = (credited.verified, credited.probable, unverified, credited.outside)
    return Grades(*(lasting(each) for each in grades))


def _status(patrol: PatrolFacts, results: Sequence[HotspotResult], window: WindowFacts | None) -> Status:
    if patrol.checked_out_ms is None:
        return Status.IN_PROGRESS
    if window is None:
        return Status.NO_WINDOW
    result = next(each for each in results if each.hotspot_id == window.hotspot_id)
    grades = result.in_window or result.whole
    claimed_ms = total_ms(clip(result.claimed_verified, window.starts_ms, window.ends_ms))
    probable_ms = grades.verified_ms + grades.probable_ms
    return status_of(
        window.required_ms,
        strict_ms=grades.verified_ms,
        review_ms=max(claimed_ms, probable_ms),
        at_most_ms=probable_ms + grades.unverified_ms,
    )


def _flags(
    fixes: Fixes, labelled: Labelled, counts: dict[Label, int], patrol: PatrolFacts, policy: Policy
) -> tuple[Flag, ...]:
    holds = {
        Flag.MOCK: counts[Label.MOCK] > 0,
        Flag.CONFLICTING: counts[Label.CONFLICTING] > 0,
        Flag.LATE_FILL: counts[Label.LATE_FILL] > 0,
        Flag.CLOCK_SKEW: abs(patrol.skew_ms) > policy.skew_review_seconds * SECOND_MS,
        Flag.REVOKED_DEVICE: patrol.revoked_device,
        Flag.UNKNOWN_DEVICE: _rests_on(patrol.unknown_devices, fixes, labelled),
        Flag.STATIC_TRACK: is_static(fixes, labelled.strict, policy),
        Flag.AUTO_CLOSED: patrol.auto_closed,
        Flag.TELEPORT: _teleports(labelled, counts, policy),
    }
    return tuple(flag for flag in Flag if holds.get(flag, False))


def _rests_on(devices: frozenset[int], fixes: Fixes, labelled: Labelled) -> bool:
    """Whether any fix of these devices is used."""
    used = labelled.codes == LABELS.index(Label.USED)
    return any(bool((used & (fixes.device == device)).any()) for device in devices)


def _teleports(labelled: Labelled, counts: dict[Label, int], policy: Policy) -> bool:
    """Whether the track jumps and stays there, or so many fixes had to be disbelieved that it is in two
    places at once."""
    disbelieved = counts[Label.IMPLAUSIBLE]
    believed = counts[Label.USED]
    many = disbelieved >= policy.jump_settles_fixes
    hops = many and disbelieved >= policy.teleport_share * (disbelieved + believed)
    return hops or any(not track.joined.all() for track in labelled.strict)


def _plain(intervals: Intervals) -> list[list[int]]:
    return [[start, end] for start, end in intervals]


def _plain_grades(grades: Grades) -> dict[str, int]:
    return {
        "verified_ms": grades.verified_ms,
        "probable_ms": grades.probable_ms,
        "unverified_ms": grades.unverified_ms,
        "outside_ms": grades.outside_ms,
    }
