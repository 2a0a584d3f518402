"""What an assessment is told about the patrol, the hotspots and the tasking window: plain facts, no rows."""

from dataclasses import dataclass
from uuid import UUID

from shapely import MultiPolygon, Polygon


@dataclass(frozen=True, slots=True)
class PatrolFacts:
    """One patrol as it was checked in and out. Times are corrected for the phone's clock, milliseconds since
    1970 UTC.

    `checked_out_ms` is None while the patrol is open. `mode` is the code of the patrol mode (FOOT,
    VEHICLE_MARKED, …) and only decides which speeds are believed. `skew_ms` is how far a phone's clock was from
    the server's, either way, at its worst among the facts whose times it gave. `revoked_device` says that a
    check-in or fixes came from a phone after it had been revoked. `unknown_devices` are those, as numbered in the
    fixes, that were not known as this officer's when the check-in arrived.
    """

    checked_in_ms: int
    checked_out_ms: int | None
    mode: str
    skew_ms: int = 0
    auto_closed: bool = False
    revoked_device: bool = False
    unknown_devices: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class HotspotBoundary:
    """The boundary of a hotspot that was in force, in longitude and latitude (WGS84); holes and parts
    allowed."""

    hotspot_id: UUID
    boundary_id: UUID
    polygon: Polygon | MultiPolygon


@dataclass(frozen=True, slots=True)
class WindowFacts:
    """The tasking window the patrol was made for: [starts_ms, ends_ms), and how long must be verified within
    it."""

    hotspot_id: UUID
    starts_ms: int
    ends_ms: int
    required_ms: int
