"""Decides what several patrols say about each other: one track for two phones, one officer in two places, a declared
colleague who was elsewhere.

A flag is a question with its evidence, put to a person; it changes no second and no status. What is found depends on
the two patrols alone, whichever of them is named first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from uuid import UUID

import numpy as np

from app.geo.plane import LocalPlane
from app.tracks.plausibility import FloatArray, IntArray
from app.tracks.policy import Policy
from app.tracks.shared_shape import Shape, same_shape

# Two phones are compared at instants this far apart.
STEP_MS = 10_000
_HOUR_MS = 3_600_000
# A copy that is moved by no more than this is a copy at the same instants; a repeat of an officer's own is not.
_AT_ONCE_SECONDS = 60.0

Value = int | float | str | None
Evidence = dict[str, "Value | Evidence | list[Evidence]"]


class CrossFlag(StrEnum):
    """What somebody should know about two patrols. It never changes a result by itself."""

    SHARED_TRACK = "shared_track"
    TWO_PLACES = "two_places"
    CREW_ELSEWHERE = "crew_elsewhere"

    @property
    def asks_review(self) -> bool:
        """Whether a supervisor should look. Declared time ends by itself where the colleague's own phone speaks, so
        `crew_elsewhere` only notes."""
        return self is not CrossFlag.CREW_ELSEWHERE


@dataclass(frozen=True, slots=True)
class PhoneSpan:
    """From when to when one phone reported for a patrol, milliseconds since 1970 UTC."""

    device_id: UUID
    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class Declared:
    """A colleague declared on a patrol, and from when to when."""

    officer_id: UUID
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class PatrolTrack:
    """A judged patrol: who, when, and the used fixes in order of time (degrees, milliseconds since 1970 UTC)."""

    patrol_id: UUID
    officer_id: UUID
    started_ms: int
    ended_ms: int
    time_ms: IntArray
    lon: FloatArray
    lat: FloatArray
    phones: tuple[PhoneSpan, ...] = ()
    crew: tuple[Declared, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One flag of one patrol because of another, with the numbers it rests on."""

    patrol_id: UUID
    other_patrol_id: UUID
    flag: CrossFlag
    evidence: Mapping[str, "Value | Evidence | list[Evidence]"]


def cross_check(
    patrols: Sequence[PatrolTrack], policy: Policy, concerning: UUID | None = None
) -> list[Found]:
    """Every flag of every pair; with `concerning`, of the pairs with that patrol. In a stable order."""
    ordered = sorted(patrols, key=lambda each: (each.started_ms, each.patrol_id))
    found = [
        flag
        for earlier, later in combinations(ordered, 2)
        if concerning is None or concerning in (earlier.patrol_id, later.patrol_id)
        for flag in _compare(earlier, later, policy)
    ]
    return sorted(found, key=lambda each: (each.patrol_id, each.other_patrol_id, each.flag))


def _compare(earlier: PatrolTrack, later: PatrolTrack, policy: Policy) -> list[Found]:
    ids = earlier.patrol_id, later.patrol_id
    found: list[Found] = []
    for (patrol_id, other_id), flag, evidence in (
        (ids, CrossFlag.SHARED_TRACK, _shared(earlier, later, policy)),
        (ids, CrossFlag.TWO_PLACES, _two_places(earlier, later, policy)),
    ):
        if evidence is None:
            continue
        found.append(Found(other_id, patrol_id, flag, evidence))
        # What an officer's later patrol repeats is no question about the earlier one.
        if flag is not CrossFlag.SHARED_TRACK or earlier.officer_id != later.officer_id:
            found.append(Found(patrol_id, other_id, flag, evidence))
    for lead, other in ((earlier, later), (later, earlier)):
        members = _elsewhere(lead, other, policy)
        if members:
            found.append(Found(lead.patrol_id, other.patrol_id, CrossFlag.CREW_ELSEWHERE, {"crew": members}))
    return found


def _shared(earlier: PatrolTrack, later: PatrolTrack, policy: Policy) -> Evidence | None:
    evidence: Evidence = {}
    track = _same_track(earlier, later, policy)
    if track is not None:
        evidence["track"] = track
    phone = _same_phone(earlier, later, policy)
    if phone is not None:
        evidence["phone"] = phone
    return evidence or None


def _same_track(earlier: PatrolTrack, later: PatrolTrack, policy: Policy) -> Evidence | None:
    one_officer = earlier.officer_id == later.officer_id
    reach_ms = (policy.replay_days * 24 if one_officer else policy.shared_track_hours) * _HOUR_MS
    if later.started_ms - earlier.ended_ms > reach_ms:
        return None
    overlap = earlier.ended_ms > later.started_ms
    since_ms = later.started_ms
    plane = _plane(earlier, later)
    shapes = [Shape.of(each.time_ms, each.lon, each.lat, plane, since_ms) for each in (earlier, later)]
    agreement = same_shape(shapes[0], shapes[1], policy, at_once=overlap and not one_officer)
    if agreement is None:
        return None
    at_once = abs(agreement.shift_seconds) <= _AT_ONCE_SECONDS
    if one_officer and at_once:
        return None
    return {
        "kind": "replay" if one_officer else "same_time" if at_once else "moved_in_time",
        "shift_seconds": round(agreement.shift_seconds, 1),
        "instants_compared": agreement.compared,
        "instants_agreeing": agreement.agreeing,
        "agreeing_within_m": agreement.tolerance_m,
        "median_m": round(agreement.median_m, 2),
        "nine_tenths_within_m": round(agreement.nine_tenths_m, 2),
        "from_ms": since_ms + round(agreement.from_seconds * 1000),
        "to_ms": since_ms + round(agreement.to_seconds * 1000),
    }


def _same_phone(earlier: PatrolTrack, later: PatrolTrack, policy: Policy) -> Evidence | None:
    """The phone that reported for two officers at one time, longest; a phone that was handed over is none."""
    if earlier.officer_id == later.officer_id:
        return None
    shared = [
        (min(one.last_ms, other.last_ms) - max(one.first_ms, other.first_ms), one, other)
        for one in earlier.phones
        for other in later.phones
        if one.device_id == other.device_id
    ]
    lasting, one, other = max(shared, key=lambda each: each[0], default=(-1, None, None))
    if one is None or other is None or lasting < policy.shared_phone_seconds * 1000:
        return None
    return {
        "device_id": str(one.device_id),
        "seconds": lasting // 1000,
        "from_ms": max(one.first_ms, other.first_ms),
        "to_ms": min(one.last_ms, other.last_ms),
    }


def _two_places(earlier: PatrolTrack, later: PatrolTrack, policy: Policy) -> Evidence | None:
    if earlier.officer_id != later.officer_id:
        return None
    span = later.started_ms, min(earlier.ended_ms, later.ended_ms)
    apart = _apart(earlier, later, span, policy.two_places_m, policy)
    return _plain(apart) if apart.apart_seconds >= max(policy.two_places_seconds, 1) else None


def _elsewhere(lead: PatrolTrack, other: PatrolTrack, policy: Policy) -> list[Evidence]:
    """The crew of a patrol who were on another at the same time, and not beside the lead."""
    if lead.officer_id == other.officer_id:
        return []
    elsewhere = [Declared(other.officer_id, other.started_ms, other.ended_ms), *other.crew]
    members: list[Evidence] = []
    for declared in sorted(lead.crew, key=lambda each: each.officer_id):
        for theirs in elsewhere:
            if theirs.officer_id != declared.officer_id:
                continue
            span = max(declared.from_ms, theirs.from_ms), min(declared.to_ms, theirs.to_ms)
            lasting = max(span[1] - span[0], 0) // 1000
            apart = _apart(lead, other, span, policy.crew_elsewhere_m, policy)
            least = max(policy.crew_elsewhere_seconds, 1)
            unheard = apart.compared_seconds < least <= lasting
            if apart.apart_seconds >= least or unheard:
                basis = "apart" if apart.apart_seconds >= least else "on_another_patrol"
                person: Evidence = {"officer_id": str(declared.officer_id), "basis": basis}
                members.append({**person, "both_seconds": lasting, **_plain(apart)})
                break
    return members


@dataclass(frozen=True, slots=True)
class _Apart:
    """How far two phones were apart while both were heard."""

    compared_seconds: int
    apart_seconds: int
    apart_m: float
    nearest_m: float | None = None
    median_m: float | None = None
    farthest_m: float | None = None
    from_ms: int | None = None
    to_ms: int | None = None


def _apart(
    one: PatrolTrack, other: PatrolTrack, span: tuple[int, int], more_than_m: float, policy: Policy
) -> _Apart:
    """The distance between two tracks at instants ten seconds apart; `from_ms` and `to_ms` are the first and last at
    which it was more than asked."""
    times = np.arange(span[0], span[1], STEP_MS, dtype=np.int64)
    if len(times) == 0:
        return _Apart(0, 0, more_than_m)
    plane = _plane(one, other)
    places = [
        Shape.of(each.time_ms, each.lon, each.lat, plane, span[0]).at(
            (times - span[0]) / 1000, policy.max_gap_seconds
        )
        for each in (one, other)
    ]
    heard = places[0][2] & places[1][2]
    if not heard.any():
        return _Apart(0, 0, more_than_m)
    distance = np.hypot(places[0][0] - places[1][0], places[0][1] - places[1][1])[heard]
    far = times[heard][distance > more_than_m]
    step = STEP_MS // 1000
    return _Apart(
        compared_seconds=len(distance) * step,
        apart_seconds=len(far) * step,
        apart_m=more_than_m,
        nearest_m=round(float(distance.min()), 1),
        median_m=round(float(np.median(distance)), 1),
        farthest_m=round(float(distance.max()), 1),
        from_ms=int(far[0]) if len(far) else None,
        to_ms=int(far[-1]) if len(far) else None,
    )


def _plain(apart: _Apart) -> Evidence:
    return {
        "compared_seconds": apart.compared_seconds,
        "apart_seconds": apart.apart_seconds,
        "apart_more_than_m": apart.apart_m,
        "nearest_m": apart.nearest_m,
        "median_m": apart.median_m,
        "farthest_m": apart.farthest_m,
        "from_ms": apart.from_ms,
        "to_ms": apart.to_ms,
    }


def _plane(one: PatrolTrack, other: PatrolTrack) -> LocalPlane:
    """A plane in the middle of both tracks, whichever is named first."""
    lon, lat = np.concatenate([one.lon, other.lon]), np.concatenate([one.lat, other.lat])
    if len(lon) == 0:
        return LocalPlane.at(0.0, 0.0)
    middle = (float(np.sort(each)[len(each) // 2]) for each in (lon, lat))
    return LocalPlane.at(*middle)
