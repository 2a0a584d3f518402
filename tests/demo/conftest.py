"""The event loop that asynchronous tests of the demo run on."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
