"""Draws patrols for a reality check at random, so that it can be shown later that nobody picked them. Pure.

Who is in the population is settled first; then the server makes a seed, and every patrol gets a number from seed and
id. The lowest numbers of each stratum are drawn. With the seed and the list anybody can do it again, in any language:
HMAC-SHA256, key the 32 bytes of the seed, message the 16 bytes of the patrol's id.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

ALGORITHM = "hmac-sha256-lowest/1"
SEED_BYTES = 32
EVERYTHING = "all"


@dataclass(frozen=True, slots=True)
class Listed:
    """A patrol of the population, and what its standing judgement says: by its number, and its status."""

    patrol_id: UUID
    number: int
    status: str


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of the population that is drawn by itself: the statuses in it (None for all), and how many of it, or how
    many in a hundred, rounded up."""

    name: str
    statuses: frozenset[str] | None
    size: int | None = None
    share_percent: int | None = None

    def holds(self, listed: Listed) -> bool:
        return self.statuses is None or listed.status in self.statuses

    def wanted(self, available: int) -> int:
        """How many of those there are to draw: 10 in a hundred of 12 are 2; 20 of 12 are 12."""
        if self.size is not None:
            return min(self.size, available)
        return -(-available * (self.share_percent or 0) // 100)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A patrol that was drawn, for which stratum, and its place in the sample from 1 on."""

    listed: Listed
    stratum: str
    position: int


def in_order(population: Sequence[Listed]) -> list[Listed]:
    """The population in the one order it is listed in: by id."""
    return sorted(population, key=lambda listed: listed.patrol_id.bytes)


def population_hash(population: Sequence[Listed]) -> str:
    """SHA-256 in hex over a line for each patrol in order, `<id> <number> <status>` and a newline.

    Of no patrols it is e3b0c442…, that of nothing.
    """
    lines = (f"{each.patrol_id} {each.number} {each.status}\n" for each in in_order(population))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def lot(seed: bytes, patrol_id: UUID) -> bytes:
    """The number a patrol draws: 32 bytes, compared from the first on.

    For a seed of 32 zero bytes and the id of all zeroes it begins with 853c7403937d8b62.
    """
    return hmac.digest(seed, patrol_id.bytes, "sha256")


def draw(seed: bytes, population: Sequence[Listed], strata: Sequence[Stratum]) -> list[Drawn]:
    """The patrols drawn, stratum by stratum, in the order of their lots within each.

    Whatever order the population is given in, the same seed draws the same; every patrol of a stratum is as likely to
    be drawn as any other. A patrol stands in the first stratum that holds it.
    """
    left = in_order(population)
    found: list[Drawn] = []
    for stratum in strata:
        inside = [each for each in left if stratum.holds(each)]
        left = [each for each in left if not stratum.holds(each)]
        ordered = sorted(inside, key=lambda each: lot(seed, each.patrol_id))
        for each in ordered[: stratum.wanted(len(inside))]:
            found.append(Drawn(each, stratum.name, len(found) + 1))
    return found


def available(population: Sequence[Listed], stratum: Stratum) -> int:
    """How many patrols of the population a stratum holds."""
    return sum(stratum.holds(each) for each in population)
