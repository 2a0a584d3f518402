"""Decides how a result is explained: visits, the rhythm of the phone's reports, and whether the track hardly
moved."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from app.geo.plane import LocalPlane
from app.tracks.fixes import LABELS, SECOND_MS, DeviceTrack, Fixes, Label, Labelled
from app.tracks.intervals import Intervals
from app.tracks.policy import Policy


@dataclass(frozen=True, slots=True)
class Visits:
    """Verified presence as visits. `visits` lasted at least the policy's minimum, from entry to exit; the
    gaps lie between them. `longest_visit_ms` looks at every stretch, so that a patrol of many short ones
    still says how long the longest was."""

    visits: Intervals
    longest_visit_ms: int
    gaps_ms: tuple[int, ...]
    first_entry_ms: int | None
    last_exit_ms: int | None


def visits(verified: Intervals, policy: Policy) -> Visits:
    """Stretches at most `visit_join_seconds` apart are one visit; one of `minimum_visit_seconds` or more
    counts.

    Worked value: verified for 4 minutes, out for 1, in for 5, out for 30, in for 2: one visit of 10 minutes,
    no gap.
    """
    joined: list[tuple[int, int]] = []
    for start, end in verified:
        if joined and start - joined[-1][1] <= policy.visit_join_seconds * SECOND_MS:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    counted = tuple(each for each in joined if each[1] - each[0] >= policy.minimum_visit_seconds * SECOND_MS)
    return Visits(
        visits=counted,
        longest_visit_ms=max((end - start for start, end in joined), default=0),
        gaps_ms=tuple(after[0] - before[1] for before, after in pairwise(counted)),
        first_entry_ms=joined[0][0] if joined else None,
        last_exit_ms=joined[-1][1] if joined else None,
    )


@dataclass(frozen=True, slots=True)
class PingStatistics:
    """The rhythm of reports within the patrol.

    `count` fixes that are not duplicates, outside the patrol or from the future; `median_interval_ms` between
    consecutive ones of one device, None for fewer than two; `longest_silence_ms` without a used fix, check-in
    and check-out included; `accurate_per_thousand` of those counted whose accuracy is good enough to be used.
    """

    count: int
    median_interval_ms: int | None
    longest_silence_ms: int
    accurate_per_thousand: int


def ping_statistics(fixes: Fixes, labelled: Labelled, span: tuple[int, int]) -> PingStatistics:
    """The rhythm of reports within `span` (check-in and horizon in milliseconds)."""
    code = {label: number for number, label in enumerate(LABELS)}
    aside = [code[Label.DUPLICATE], code[Label.OUTSIDE_PATROL], code[Label.FUTURE]]
    counted = (labelled.codes[:, None] != aside).all(axis=1)
    count = int(counted.sum())
    poor = int((labelled.codes[counted] == code[Label.POOR_ACCURACY]).sum())
    time, device = fixes.time_ms[counted], fixes.device[counted]
    order = np.lexsort((time, device))
    between = np.diff(time[order])[np.diff(device[order]) == 0]
    used = np.sort(fixes.time_ms[labelled.codes == code[Label.USED]])
    marks = np.concatenate(([span[0]], used, [span[1]]))
    return PingStatistics(
        count=count,
        median_interval_ms=int(np.median(between)) if len(between) else None,
        longest_silence_ms=max(int(np.diff(marks).max()), 0),
        accurate_per_thousand=(count - poor) * 1000 // count if count else 0,
    )


def is_static(fixes: Fixes, tracks: tuple[DeviceTrack, ...], policy: Policy) -> bool:
    """Whether a device that reported long and often enough never left a square of a few metres: a phone that
    was put down, or somebody who stood still. It is only noted."""
    for track in tracks:
        rows = track.rows
        lasted = int(fixes.time_ms[rows[-1]] - fixes.time_ms[rows[0]])
        if len(rows) < policy.static_track_fixes or lasted < policy.static_track_seconds * SECOND_MS:
            continue
        lon, lat = fixes.lon[rows], fixes.lat[rows]
        x, y = LocalPlane.at(float(lon[0]), float(lat[0])).to_xy(lon, lat)
        if max(float(np.ptp(x)), float(np.ptp(y))) <= policy.static_track_m:
            return True
    return False
