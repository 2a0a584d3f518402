"""Inputs of draws for tests: small forces with round figures, and seeds by number."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from app.schedule.draw_inputs import DrawInputs, HotspotInputs
from app.schedule.plan import Plan
from app.schedule.randomisation import draw
from app.schedule.slots import ClockSpan

FLAT = (5952,) * 168
FIRST, LAST = date(2026, 12, 1), date(2026, 12, 31)


def seed(number: int) -> bytes:
    """256 bits that look like chance, the same every time."""
    return sha256(f"test seed {number}".encode()).digest()


def evenings(peak: int = 20, other: int = 1) -> tuple[int, ...]:
    """Weights with a peak from 18:00 to 22:00 on every day of the week."""
    return tuple(peak if 18 <= hour % 24 < 22 else other for hour in range(168))


def hotspot(name: str, **changes: Any) -> HotspotInputs:
    usual = HotspotInputs(
        id=name,
        area="north",
        teams=(f"team of {name}",),
        weights=FLAT,
        hours=(),
        blackouts=frozenset(),
        valid_from=date(2020, 1, 1),
        until=None,
        phase=None,
        history=None,
    )
    return replace(usual, **changes)


def inputs(hotspots: Sequence[HotspotInputs], **changes: Any) -> DrawInputs:
    usual = DrawInputs(
        first_day=FIRST,
        last_day=LAST,
        window_minutes=120,
        alignment=10,
        handovers=(),
        blackouts=frozenset(),
        excuse_blackouts=False,
        travel_minutes=0,
        capacity={},
        capacity_on={},
        standing=(),
        hotspots=tuple(hotspots),
    )
    return replace(usual, **changes)


def plan(given: DrawInputs, number: int = 1) -> Plan:
    """The plan of a draw that is expected to succeed."""
    found = draw(given, seed(number))
    assert isinstance(found, Plan), found
    return found


def days(count: int, first: date = FIRST) -> list[date]:
    return [first + timedelta(days=number) for number in range(count)]


def span(text: str) -> ClockSpan:
    """`06:45-07:15` as minutes."""
    start, end = (int(each[:2]) * 60 + int(each[3:]) for each in text.split("-"))
    return ClockSpan(start, end)


def crowded(hotspots: int = 12, teams: int = 2) -> DrawInputs:
    """An area whose hotspots share a few teams and a day's capacity that is tight."""
    shared = tuple(f"team {number}" for number in range(teams))
    return inputs(
        [
            hotspot(f"h{number:02}", teams=shared, weights=evenings(), hours=(span("16:00-02:00"),))
            for number in range(hotspots)
        ],
        capacity={"north": hotspots // 3 + 1},
        travel_minutes=30,
        handovers=(span("21:45-22:15"),),
    )
