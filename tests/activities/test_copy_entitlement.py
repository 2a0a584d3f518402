"""Three months beginning with the date of the search (PACE s.3(9))."""

from datetime import UTC, date, datetime

import pytest

from app.activities.copy_entitlement import copy_entitlement_expires_on, last_day_of_entitlement


@pytest.mark.parametrize(
    ("searched", "last"),
    [
        (date(2026, 1, 15), date(2026, 4, 14)),
        (date(2026, 3, 1), date(2026, 5, 31)),
        (date(2026, 11, 30), date(2027, 2, 28)),
        (date(2027, 11, 29), date(2028, 2, 28)),
        (date(2027, 11, 30), date(2028, 2, 29)),
        (date(2026, 12, 1), date(2027, 2, 28)),
        (date(2026, 12, 31), date(2027, 3, 30)),
        (date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
def test_the_last_day(searched: date, last: date) -> None:
    assert last_day_of_entitlement(searched) == last


def test_the_date_is_that_of_london() -> None:
    assert copy_entitlement_expires_on(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == date(2026, 9, 30)
    assert copy_entitlement_expires_on(datetime(2026, 1, 14, 23, 30, tzinfo=UTC)) == date(2026, 4, 13)
