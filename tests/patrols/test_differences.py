"""What judging again has changed, counted."""

from uuid import UUID

from app.patrols.differences import Difference, Report, Seconds, Standing, Turned, differing, seconds, turned


def difference(number: int, before: str | None, after: str | None, was_ms: int, is_ms: int) -> Difference:
    return Difference(UUID(int=number), Standing(before, was_ms), Standing(after, is_ms))


KEPT = difference(1, "compliant", "compliant", 3_600_000, 3_600_500)
LOST = difference(2, "compliant", "partial", 3_600_999, 3_590_000)
LOST_TOO = difference(3, "compliant", "partial", 3_600_000, 3_580_000)
FIRST = difference(4, None, "partial", 0, 60_000)


def test_statuses_are_counted_by_what_they_turned_into() -> None:
    assert turned([KEPT, LOST, LOST_TOO, FIRST]) == [
        Turned("compliant", "partial", 2),
        Turned("compliant", "compliant", 1),
        Turned(None, "partial", 1),
    ]
    assert turned([]) == []


def test_gains_do_not_hide_losses() -> None:
    assert seconds([KEPT, LOST, LOST_TOO, FIRST]) == Seconds(gained=60, lost=30)
    assert seconds([]) == Seconds(0, 0)


def test_a_window_that_came_back_to_where_it_was_is_no_difference() -> None:
    again = difference(5, "partial", "partial", 60_000, 60_000)
    assert differing([KEPT, again, LOST]) == [KEPT, LOST]


def test_whoever_is_not_named_stayed_as_they_were() -> None:
    ids = [UUID(int=8), UUID(int=9)]
    told = Report(None, True, "why", 10, 9, [KEPT, LOST], [], erased=ids[:1], failed=ids[1:])
    assert told.unchanged == 5
