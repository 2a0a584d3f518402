"""Decides nothing itself: every threshold of an assessment, named with its unit, and a version that changes
when one of them does.

The defaults are those of the force's rule book as the product ships it. A force changes them by importing a
dated policy; an assessment keeps the version it was made with, so that any figure can be made again.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Self

PolicyValue = int | float | bool

_SPEED_FIELD_BY_MODE = {
    "FOOT": "foot_speed_limit_m_s",
    "STATIC": "foot_speed_limit_m_s",
    "DOG": "foot_speed_limit_m_s",
    "CYCLE": "cycle_speed_limit_m_s",
    "MOUNTED": "cycle_speed_limit_m_s",
}


@dataclass(frozen=True)
class Policy:
    """Thresholds of an assessment. "At most" and "at least" include the value itself, everywhere.

    Labels: `accuracy_limit_m` is the worst accuracy used, and what a fix that reports none is taken to have;
    `duplicate_radius_m` how far apart two positions of one instant may be and still be one; speeds are the
    fastest believed for each mode; `noise_factor` how many times the joint accuracy of two fixes may explain
    their distance; `out_and_back_m` how far a lone fix must jump, and `out_and_back_share` at what share of
    the speed limit both ways, to be disbelieved; `jump_settles_fixes` what a jump costs when the longest
    believable chain of fixes is sought: fewer fixes beyond it are disbelieved, more stand. `teleport_share`
    of disbelieved fixes is noted as a teleporting track.

    Credit: `max_gap_seconds` between two fixes that vouch for the time between them; `anchor_seconds` outside
    the patrol within which the nearest fix anchors it; `edge_…` the rule at the line (see `tracks.edge`);
    `silence_…` how long and how far apart a silence may be to stay probable; `accuracy_floor_m` the best
    accuracy believed when positions are averaged.

    Explanation: `minimum_visit_seconds` makes a visit, `visit_join_seconds` apart two stretches are one
    visit; a track that stays within `static_track_m` for `static_track_seconds` with at least
    `static_track_fixes` is noted.

    Window: `one_officer_alone` asks that a single officer's patrols reach the required time.
    `report_every_seconds` is what phones are told. `officer_first_minutes` is for how long a result is told to
    those on the patrol only, from the first one its phone is answered; it changes who sees a result, never the result.

    Several patrols (see `tracks.cross_check`): two tracks are one when `shared_track_share` of at least
    `shared_track_instants` positions agree to `shared_track_m`, over at least `shared_track_seconds`, or to
    `shared_track_identical_m` however short; tracks of two officers are compared when their patrols are at most
    `shared_track_hours` apart, those of one officer up to `replay_days`. One phone that reports for two officers for
    `shared_phone_seconds` is flagged. `two_places_…` and `crew_elsewhere_…` say how far apart two phones must be,
    and for how long.
    """

    max_gap_seconds: int = 120
    anchor_seconds: int = 120
    accuracy_limit_m: float = 50.0
    accuracy_floor_m: float = 3.0
    duplicate_radius_m: float = 25.0
    future_tolerance_seconds: int = 60
    foot_speed_limit_m_s: float = 10.0
    cycle_speed_limit_m_s: float = 18.0
    vehicle_speed_limit_m_s: float = 50.0
    noise_factor: float = 3.0
    out_and_back_m: float = 100.0
    out_and_back_share: float = 0.5
    jump_settles_fixes: int = 5
    teleport_share: float = 0.1
    edge_band_m: float = 25.0
    edge_band_accuracies: float = 2.0
    edge_window_seconds: int = 300
    edge_neighbours: int = 4
    edge_step_seconds: int = 5
    silence_seconds: int = 600
    silence_margin_m: float = 50.0
    skew_review_seconds: int = 60
    minimum_visit_seconds: int = 300
    visit_join_seconds: int = 120
    static_track_m: float = 5.0
    static_track_seconds: int = 600
    static_track_fixes: int = 10
    one_officer_alone: bool = False
    report_every_seconds: int = 30
    officer_first_minutes: int = 0
    shared_track_m: float = 3.5
    shared_track_identical_m: float = 0.5
    shared_track_share: float = 0.9
    shared_track_instants: int = 12
    shared_track_seconds: int = 900
    shared_track_hours: int = 12
    replay_days: int = 28
    shared_phone_seconds: int = 120
    two_places_m: float = 300.0
    two_places_seconds: int = 300
    crew_elsewhere_m: float = 200.0
    crew_elsewhere_seconds: int = 300

    @cached_property
    def version(self) -> str:
        """Twelve hexadecimal digits that are the same for the same values, whatever the order they were given
        in."""
        text = json.dumps(self.values(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def values(self) -> dict[str, PolicyValue]:
        """Every threshold by name, for storage."""
        return asdict(self)

    @classmethod
    def from_values(cls, values: Mapping[str, PolicyValue]) -> Self:
        """The policy stored as `values()`. Missing thresholds take their default.

        Raises ValueError for an unknown name, a value of the wrong kind or a negative one.
        """
        unknown = sorted(set(values) - set(KINDS))
        if unknown:
            raise ValueError(f"unknown thresholds: {', '.join(unknown)}")
        checked = {name: _threshold(name, value, KINDS[name]) for name, value in values.items()}
        return cls(**checked)  # type: ignore[arg-type]  # each value was just held against its field

    def speed_limit_m_s(self, mode: str) -> float:
        """The fastest speed believed for a patrol mode; vehicle speed for any mode that is not named (MIXED,
        a new code)."""
        field_name = _SPEED_FIELD_BY_MODE.get(mode.upper(), "vehicle_speed_limit_m_s")
        limit: float = getattr(self, field_name)
        return limit


# What kind of value each threshold is: whole number, number or truth.
KINDS: Mapping[str, type[PolicyValue]] = {name: type(value) for name, value in Policy().values().items()}


def _threshold(name: str, value: PolicyValue, kind: type) -> PolicyValue:
    """One stored value as the kind its threshold has (12 and 12.0 are the same metres); refused when it is
    neither."""
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind or not 0 <= value < float("inf"):
        raise ValueError(f"{name} must be a non-negative {kind.__name__}, not {value!r}")
    if name == "edge_step_seconds" and value == 0:
        raise ValueError("edge_step_seconds must be at least 1")
    return value
