"""What a hold keeps, and for how long what happened on a patrol keeps it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.retention.holding import (
    HoldByHand,
    HoldSubject,
    Kept,
    Occasion,
    OccasionKind,
    held_until,
    is_held,
)
from tests.conftest import named

AT = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PATROL, OFFICER, CREW, HOTSPOT = (named(name) for name in ("p", "o", "c", "h"))
KEPT = Kept(PATROL, frozenset({OFFICER, CREW}), AT, AT + HOUR, frozenset({HOTSPOT}))


def held(subject: HoldSubject, of: UUID, start: datetime | None = None, end: datetime | None = None) -> bool:
    return is_held(KEPT, [HoldByHand(subject, of, start, end)], [], AT + 400 * DAY)


def test_by_hand_on_a_patrol_an_officer_its_crew_and_a_hotspot() -> None:
    assert held(HoldSubject.PATROL, PATROL)
    assert held(HoldSubject.OFFICER, OFFICER) and held(HoldSubject.OFFICER, CREW)
    assert held(HoldSubject.HOTSPOT, HOTSPOT, AT, AT + HOUR)
    other = named("other")
    assert not any(held(subject, other) for subject in HoldSubject)


@pytest.mark.parametrize(
    ("start", "end", "keeps"),
    [
        (AT - DAY, AT, False),
        (AT - DAY, AT + timedelta(seconds=1), True),
        (AT + HOUR, AT + DAY, True),
        (AT + HOUR + timedelta(seconds=1), None, False),
        (None, None, True),
    ],
)
def test_a_period_keeps_whatever_reaches_into_it(
    start: datetime | None, end: datetime | None, keeps: bool
) -> None:
    assert held(HoldSubject.OFFICER, OFFICER, start, end) is keeps


def test_what_nobody_knows_the_place_of_is_kept_by_any_hotspot() -> None:
    aside = Kept(PATROL, frozenset({OFFICER}), AT - 900 * DAY, AT, None)
    hold = HoldByHand(HoldSubject.HOTSPOT, HOTSPOT, AT - 2 * DAY, AT - DAY)
    assert is_held(aside, [hold], [], AT)
    assert not is_held(aside, [HoldByHand(HoldSubject.HOTSPOT, HOTSPOT, AT + DAY, AT + 2 * DAY)], [], AT)


@pytest.mark.parametrize(
    ("kind", "code", "settled", "days"),
    [
        (OccasionKind.EXPLANATION, "ARREST_MADE", False, 7 * 365),
        (OccasionKind.REVIEW, "STOP_SEARCH", False, 7 * 365),
        (OccasionKind.EXPLANATION, "complaint_received", False, 7 * 365),
        (OccasionKind.EXPLANATION, "RESEARCH", False, None),
        (OccasionKind.EXPLANATION, "NO_STAFF", False, None),
        (OccasionKind.EXPLANATION, None, False, None),
        (OccasionKind.DISPUTE, None, True, 365),
        (OccasionKind.DISPUTE, "ARREST_MADE", True, 7 * 365),
    ],
)
def test_how_long_an_occasion_holds(
    kind: OccasionKind, code: str | None, settled: bool, days: int | None
) -> None:
    occasion = Occasion(PATROL, kind, code, AT, settled)
    assert held_until(occasion) == (None if days is None else AT + days * DAY)
    if days is not None:
        assert is_held(KEPT, [], [occasion], AT + days * DAY - HOUR)
        assert not is_held(KEPT, [], [occasion], AT + days * DAY)
    elsewhere = Occasion(named("other"), kind, code, AT, settled)
    assert not is_held(KEPT, [], [elsewhere], AT)


def test_a_dispute_holds_for_as_long_as_it_is_open() -> None:
    assert is_held(KEPT, [], [Occasion(PATROL, OccasionKind.DISPUTE, None, AT)], AT + 40_000 * DAY)
