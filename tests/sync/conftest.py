"""The stories of this folder begin when their patrols do."""

from datetime import UTC, datetime

import pytest

from tests.conftest import Clock


@pytest.fixture(autouse=True)
def evening(clock: Clock) -> None:
    clock.at = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
