"""The manifest vouches for itself: nothing in it can be changed unnoticed."""

import pytest

from app.retention.manifest import Manifest, ManifestRefused, differences, read, refusal, written

MANIFEST = Manifest(
    "0.1.0", "r2", "sqlite", "2026-03-02T19:00:00Z", "2026-03-02T19:00:05Z", "beatcheck.sqlite3", 4096, "ab" * 32,
    {"patrols": (2, "01" * 32), "teams": (0, "00" * 32)}, {"number": "7", "hash": "cd"},
)  # fmt: skip


def test_what_is_written_is_read() -> None:
    assert read(written(MANIFEST)) == MANIFEST


def test_every_byte_counts() -> None:
    raw = written(MANIFEST)
    for at in range(len(raw)):
        for bit in (1, 32):
            other = bytearray(raw)
            other[at] ^= bit
            with pytest.raises(ManifestRefused):
                read(bytes(other))


@pytest.mark.parametrize("length", [0, 1, 100, 400])
def test_a_part_is_none(length: int) -> None:
    with pytest.raises(ManifestRefused):
        read(written(MANIFEST)[:length])


def test_what_may_go_where() -> None:
    assert refusal(MANIFEST, "sqlite", {"r1", "r2"}) is None
    assert "does not go into postgresql" in (refusal(MANIFEST, "postgresql", {"r2"}) or "")
    assert "not one this version knows" in (refusal(MANIFEST, "sqlite", {"r1"}) or "")


def test_differences_in_words() -> None:
    assert differences({"a": (2, "x")}, {"a": (2, "x")}) == []
    assert differences({"a": (2, "x")}, {"a": (1, "y")}) == ["a: 1 rows instead of 2"]
    assert differences({"a": (2, "x"), "b": (0, "0")}, {"a": (2, "y"), "c": (1, "z")}) == [
        "a: other content", "b: missing", "c: not in the backup",
    ]  # fmt: skip
