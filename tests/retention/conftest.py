"""What the tests of keeping and letting go share: the commands as an operator runs them, and judged patrols."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import main
from app.clock import rfc3339
from app.database.engine import open_engine
from app.retention.purging import PurgeReport, purge
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START, batch, batch_path, check_in, patrol_path

Command = Callable[..., Result]


@pytest.fixture
def beatcheck(monkeypatch: pytest.MonkeyPatch) -> Command:
    """`beatcheck` with a database: `beatcheck(url, "purge", "--json")`."""

    def run(url: str, *arguments: str) -> Result:
        monkeypatch.setenv("BEATCHECK_DATABASE_URL", url)
        return CliRunner().invoke(main, list(arguments))

    return run


def told(result: Result) -> dict[str, Any]:
    """What a command printed as JSON."""
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def walk(
    api: Api, name: str, collar: str = "4101", days: int = 0, minutes: int = 30, window: str | None = None
) -> dict[str, Any]:
    """A patrol in the hotspot from check-in to check-out, with positions at both ends; what the phone was told."""
    begin = START + timedelta(days=days)
    here = {"lat": 52.483, "lon": -1.895, "accuracy_m": 9.0}
    device = str(named(f"phone-{collar}"))
    api.clock.at = begin
    body = check_in(window, checked_in_at=rfc3339(begin), device_id=device, position=here)
    assert api.put(collar, patrol_path(name), body).status_code == 201
    api.clock.forward(minutes=minutes + 5)
    fixes = {**batch(0, days * 24 * 60, minutes), "device_id": device}
    assert api.put(collar, batch_path(f"{name}-b", name), fixes).status_code == 201
    ended = {"checked_out_at": rfc3339(begin + timedelta(minutes=minutes)), "position": here}
    answer = api.put(collar, f"{patrol_path(name)}/check-out", ended)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def purge_at(url: str, at: datetime, dry_run: bool = False) -> PurgeReport:
    """A purge on another day, as the command would do it."""
    engine = open_engine(url, 2)
    try:
        return purge(engine, lambda: at, dry_run=dry_run)
    finally:
        engine.dispose()


@pytest.fixture
def later() -> datetime:
    """An instant when patrols of the tests' first days are older than the built-in rule."""
    return START + timedelta(days=100)
