"""Decides what of a judgement is stored: what it found, and what it takes to tell it in words later. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from app.patrols.hours import heard
from app.tracks.assessment import Assessment
from app.tracks.facts import HotspotBoundary, WindowFacts
from app.tracks.intervals import Intervals
from app.tracks.outside import how_far_outside, outside_of
from app.tracks.policy import Policy


def as_stored(
    assessment: Assessment,
    boundaries: Sequence[HotspotBoundary],
    window: WindowFacts | None,
    policy: Policy,
) -> dict[str, Any]:
    """A judgement as strings, whole numbers and lists, the same for the same facts.

    Beside what `assess` says: `heard`, when the phone spoke; `window`, what the patrol was held against, if anything;
    `outside`, how far from the window's hotspot it was, `[[start_ms, end_ms, metres], …]`. Other hotspots with nothing
    to tell are left out.
    """
    tasked = assessment.for_hotspot(window.hotspot_id) if window is not None else None
    result: dict[str, Any] = assessment.to_plain()
    result["heard"] = [list(each) for each in _heard(assessment, policy)]
    result["hotspots"] = [each for each in result["hotspots"] if _worth_keeping(each, window)]
    result["window"], result["outside"] = None, []
    if window is not None and tasked is not None:
        polygon = next(each.polygon for each in boundaries if each.hotspot_id == window.hotspot_id)
        stretches = how_far_outside(assessment.line, polygon, outside_of(assessment, tasked))
        result["window"] = {**asdict(window), "hotspot_id": str(window.hotspot_id)}
        result["outside"] = [list(each) for each in stretches]
    return result


def _heard(assessment: Assessment, policy: Policy) -> Intervals:
    """When the phone spoke, in a hotspot or not: where it did, nobody else declares its officer elsewhere."""
    span = assessment.checked_in_ms, assessment.horizon_ms
    return heard(assessment.line.time_ms.tolist(), policy.max_gap_seconds * 1000, span)


def _worth_keeping(hotspot: Mapping[str, Any], window: WindowFacts | None) -> bool:
    tasked = window is not None and hotspot["hotspot_id"] == str(window.hotspot_id)
    return tasked or bool(hotspot["verified"] or hotspot["probable"] or hotspot["claimed_verified"])
