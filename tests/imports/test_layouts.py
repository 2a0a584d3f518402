"""Layouts of other systems: mapping profiles as data, and columns that are about members of the public."""

import json

import pytest

from app.imports.member_data import is_member_data
from app.imports.profiles import STANDARD, UnknownFormat, pattern_of, profile_named, read_profiles


def profile(**said: object) -> bytes:
    return json.dumps([{"name": "tracker", "version": 1, **said}]).encode()


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("dd/mm/yyyy HH:MM", "%d/%m/%Y %H:%M"),
        ("yyyy-mm-ddTHH:MM:SS", "%Y-%m-%dT%H:%M:%S"),
        ("dd mmm yy", "%d %b %y"),
        ("dd%mm", "%d%%%m"),
    ],
)
def test_formats(text: str, pattern: str) -> None:
    assert pattern_of(text) == pattern


def test_cells_are_translated() -> None:
    [one] = read_profiles(
        profile(
            formats={"occurred_at": ["dd mmm yyyy HH:MM", "dd mmm yyyy"]},
            codes={"engagement_type": {"Public meeting": "PACT"}, "issues": {"Noise": "ASB"}},
        )
    )
    cells = {
        "occurred_at": "02 Mar 2026 17:05",
        "engagement_type": "public meeting",
        "issues": "noise; DRUGS",
    }
    assert one.translated(cells) == {
        "occurred_at": "2026-03-02 17:05:00", "engagement_type": "PACT", "issues": "ASB;DRUGS",
    }  # fmt: skip
    assert one.translated({"occurred_at": "02 Mar 2026"}) == {"occurred_at": "2026-03-02"}
    # ISO is never mistaken; anything else is not left to another reading.
    assert one.translated({"occurred_at": "2026-03-02 17:05"}) == {"occurred_at": "2026-03-02 17:05"}
    with pytest.raises(UnknownFormat):
        one.translated({"occurred_at": "03/04/2026 17:05"})


def test_a_profile_changes_its_label_with_its_content() -> None:
    [one], [other] = read_profiles(profile()), read_profiles(profile(aliases={"reference": ["Id"]}))
    assert one.label.startswith("tracker/1-")
    assert one.label != other.label


def test_the_newest_version_is_meant_unless_one_is_named() -> None:
    raw = json.dumps([{"name": "tracker", "version": version} for version in (2, 10, 9)]).encode()
    held = read_profiles(raw)
    found = [profile_named(held, name) for name in (None, "tracker", "tracker/9", "tracker/3", "other")]
    assert [one and one.version for one in found] == [1, 10, 9, None, None]
    assert found[0] is STANDARD


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        profile(version=0),
        profile(name="standard"),
        profile(formats={"occurred_at": ["dd/mm/jjjj"]}),
        profile(colour="blue"),
        json.dumps([{"name": "a", "version": 1}] * 2).encode(),
    ],
)
def test_profiles_that_cannot_be_read(raw: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's and ours
        read_profiles(raw)


@pytest.mark.parametrize(
    "header",
    [
        "Member Name",
        "name",
        "E-mail",
        "email address",
        "Home Address",
        "Telephone no",
        "Mobile",
        "Q3 answer",
        "DOB",
    ],
)
def test_columns_about_members(header: str) -> None:
    assert is_member_data(header)


@pytest.mark.parametrize(
    "header", ["Venue address", "Event name", "IP address", "Ward", "Last updated", "Renamed"]
)
def test_columns_about_nobody(header: str) -> None:
    assert not is_member_data(header)
