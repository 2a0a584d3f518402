"""How hard the tests try: a pytest plugin with two settings.

`--assurance quick` (the default) is what every change must pass in minutes; `--assurance full`, which `make assure`
asks for, runs ten times as many cases. Property tests that state no number of examples of their own follow it; on
PostgreSQL, which is asked again what SQLite was asked before, a quarter of them is quick enough.

What is marked `once` is refused before any SQL, or is made of SQL that has tests of its own on both databases: on
PostgreSQL it runs only when everything is asked for.
"""

from collections.abc import Callable

import pytest
from hypothesis import settings

QUICK_SHARE = 10

settings.register_profile("quick", deadline=None, max_examples=100, print_blob=True)
settings.register_profile("quick again", deadline=None, max_examples=25, print_blob=True)
settings.register_profile("full", deadline=None, max_examples=1000, print_blob=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--assurance", choices=("quick", "full"), default="quick", help="how many cases to try")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "once: on PostgreSQL only with --assurance full")
    chosen = config.getoption("--assurance")
    settings.load_profile("quick again" if chosen == "quick" and _again(config) else chosen)


def _again(config: pytest.Config) -> bool:
    """Whether this is the half that asks another database what the first was asked."""
    return bool(config.getoption("--database") == "postgres")


def _asked_before(config: pytest.Config) -> bool:
    return config.getoption("--assurance") == "quick" and _again(config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not _asked_before(config):
        return
    config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("once")])
    items[:] = [item for item in items if not item.get_closest_marker("once")]


@pytest.fixture(scope="session")
def asked_before(request: pytest.FixtureRequest) -> bool:
    """Whether SQLite was asked the same already and quick is wanted: then a few of each kind are enough."""
    return _asked_before(request.config)


@pytest.fixture(scope="session")
def trials(request: pytest.FixtureRequest) -> Callable[[int], int]:
    """How many of the promised number of cases to run now: `trials(200)` is 200 in full, 20 in quick, never none."""
    if request.config.getoption("--assurance") == "full":
        return lambda promised: promised
    return lambda promised: max(1, promised // QUICK_SHARE)
