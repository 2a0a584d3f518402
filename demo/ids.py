"""Decides the ids a phone mints: UUIDv7 (RFC 9562), from a time and randomness that the caller hands in."""

from hashlib import sha256
from uuid import UUID

RANDOM_BYTES = 10


def uuid7(ms: int, random_bytes: bytes) -> UUID:
    """The UUIDv7 of a time in milliseconds since 1970 UTC and ten random bytes, of which 74 bits are used.

    `uuid7(0, bytes(10))` is 00000000-0000-7000-8000-000000000000. Raises ValueError for other than ten bytes.
    """
    if len(random_bytes) != RANDOM_BYTES:
        raise ValueError(f"ten random bytes are needed, not {len(random_bytes)}")
    value = (ms << 80) | int.from_bytes(random_bytes)
    version, variant = 0x7 << 76, 0b10 << 62
    return UUID(int=value & ~(0xF << 76) & ~(0b11 << 62) | version | variant)


def named_uuid7(ms: int, name: str) -> UUID:
    """The same UUIDv7 whenever the time and the name are the same: what makes playing an evening twice harmless."""
    return uuid7(ms, sha256(name.encode()).digest()[:RANDOM_BYTES])
