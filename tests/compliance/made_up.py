"""A small slice of the benchmarks' large force, for tests that need its proportions and not its size."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from sqlalchemy import Engine

from app.database.engine import open_engine
from app.housekeeping import add_months_up
from benchmarks.large_force import NOW, Building, Size
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


def add_up_all(engine: Engine, now: datetime = NOW) -> None:
    """All months that are over and all days of the running one, in as many rounds as it takes."""
    while add_months_up(engine, now):
        pass


def all_added_up(url: str) -> None:
    """The sums of a force, all of them."""
    with opened(url) as engine:
        add_up_all(engine)


@pytest.fixture
def added_up_url(databases: Databases) -> Iterator[str]:
    url = databases.migrated(small_large_force, all_added_up)
    yield url
    databases.drop(url)


@pytest.fixture
def added(added_up_url: str) -> Iterator[Engine]:
    with opened(added_up_url) as engine:
        yield engine


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    yield engine
    engine.dispose()
