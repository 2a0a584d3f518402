"""One force with everybody in it for the tests of a module, and their tokens, each made once."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.access import calls
from tests.access.world import World, build, integrations
from tests.conftest import TRUSTED, Clock, seed, serving


@pytest.fixture(scope="module")
def world(module_engine_url: str) -> Iterator[World]:
    seed(module_engine_url)
    clients = (*TRUSTED.allowed_clients, *integrations())
    trusted = TRUSTED.model_copy(update={"allowed_clients": clients})
    clock = Clock(datetime(2026, 3, 2, 18, 30, tzinfo=UTC))
    # Nobody's roles change here, so nobody's need reading at every call.
    with serving(module_engine_url, clock, trusted, revocation_seconds=5) as api:
        yield build(api)


@pytest.fixture(scope="module")
def callers(world: World) -> calls.Callers:
    return calls.Callers(world)
