"""What stories of the tracker's feed begin with."""

from collections.abc import Iterator

import pytest

from tests.conftest import Clock
from tests.databases import Databases
from tests.wmnow.tracker import Asking, asking


@pytest.fixture
def tracked(force_url: str, databases: Databases, clock: Clock) -> Iterator[Asking]:
    """A served stand-in, and the feed that asks it."""
    with asking(force_url, clock, databases.served(force_url)) as found:
        yield found
