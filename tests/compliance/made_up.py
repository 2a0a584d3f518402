"""A small slice of the benchmarks' large force, for tests that need its proportions and not its size."""

from collections.abc import Iterator

import pytest

from benchmarks.large_force import Building, Size
from tests.databases import Databases

SMALL = Size(patrols=2000, days=240, officers=600)


def small_large_force(url: str) -> None:
    """Every foreign key looked up, indexes and statistics made."""
    building = Building(url, SMALL, checked=True)
    for _patrols in building.days():
        pass
    building.bulk.with_indexes()
    building.bulk.close()


@pytest.fixture
def made_up_url(databases: Databases) -> Iterator[str]:
    url = databases.migrated(small_large_force)
    yield url
    databases.drop(url)
