"""What a phone's receiver tells."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Fix:
    """One position of one phone: `at_ms` since 1970 UTC, degrees WGS84, 68 % radius in metres."""

    at_ms: int
    lat: float
    lon: float
    accuracy_m: float


Track: TypeAlias = tuple[Fix, ...]
