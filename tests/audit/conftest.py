"""A small log of its own for each test that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.database.engine import open_engine
from tests.audit.logs import SmallLog


@pytest.fixture
def log(engine_url: str, tmp_path: Path) -> Iterator[SmallLog]:
    engine = open_engine(engine_url, 6)
    yield SmallLog(engine, tmp_path)
    engine.dispose()
