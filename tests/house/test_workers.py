"""Files that take long begin first, under the names they have."""

import doctest

from tests import workers
from tests.house.layout import ROOT


def test_files_that_take_long_come_first() -> None:
    assert [name for name in workers.LONG if not (ROOT / name).is_file()] == []
    assert doctest.testmod(workers).failed == 0
    assert set(workers.in_turn(dict.fromkeys(workers.LONG, 1))) == set(workers.LONG)
