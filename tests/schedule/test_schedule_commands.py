"""The planner at the console: draw, publish, look; refused in words and with exit codes."""

import json
import re
from pathlib import Path

import pytest
import time_machine
from sqlmodel import select
from typer.testing import CliRunner, Result

from app.audit.models import AuditEvent
from app.cli import main
from app.database.engine import open_engine
from app.database.session import reading
from app.schedule.models import Schedule, TaskingWindow
from tests.conftest import named

AT = "2026-03-02T18:30:00+00:00"


def run(url: str, monkeypatch: pytest.MonkeyPatch, *words: str) -> Result:
    monkeypatch.setenv("BEATCHECK_DATABASE_URL", url)
    with time_machine.travel(AT, tick=False):
        return CliRunner().invoke(main, list(words))


def test_drawn_published_and_shown_at_the_console(force_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    period = ("--first-day", "2026-03-09", "--last-day", "2026-03-22")
    drawn = run(
        force_url, monkeypatch, "draw-schedule", "--name", "March", *period, "--force", "FORCE", "--operator", "4131"
    )  # fmt: skip
    assert drawn.exit_code == 0, drawn.output
    assert "1 time in" in drawn.output
    found = re.search(r"id (\S+)", drawn.output)
    assert found is not None
    made = run(force_url, monkeypatch, "publish-schedule", found[1], "--force", "FORCE")
    assert made.exit_code == 0, made.output
    assert "published until 2026-03-22" in made.output
    shown = run(force_url, monkeypatch, "show-schedule", found[1], "--force", "FORCE", "--json")
    assert json.loads(shown.output)["state"] == "PUBLISHED"
    engine = open_engine(force_url, 1)
    with reading(engine) as session:
        [schedule] = session.exec(select(Schedule)).all()
        assert (schedule.drawn_by, schedule.published_by) == (named("4131"), None)
        windows = session.exec(select(TaskingWindow).where(TaskingWindow.schedule_id == schedule.id)).all()
        assert f"{len(windows)} windows made" in made.output
        operations = [one.operation for one in session.exec(select(AuditEvent)).all()]
    engine.dispose()
    assert [one for one in operations if one.startswith("schedules")] == [
        "schedules.draw", "schedules.publish", "schedules.read",
    ]  # fmt: skip


def test_refused_in_words(force_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    name = ("draw-schedule", "--name", "March", "--first-day", "2026-03-09", "--force", "FORCE")
    early = run(force_url, monkeypatch, *name, "--last-day", "2026-03-01")
    assert (early.exit_code, "last_day must be within" in early.output) == (2, True)
    rules = tmp_path / "rules.json"
    tight = {"capacity": [{"area_id": str(named("NORTH")), "windows_a_day": 0}]}
    rules.write_text(json.dumps(tight), encoding="utf-8")
    short = run(force_url, monkeypatch, *name, "--last-day", "2026-03-15", "--rules", str(rules))
    assert (short.exit_code, "the area's days are full" in short.output) == (1, True)
    nobody = run(force_url, monkeypatch, *name, "--last-day", "2026-03-15", "--operator", "9999")
    assert (nobody.exit_code, "collar number" in nobody.output) == (2, True)
    unknown = run(force_url, monkeypatch, "publish-schedule", str(named("none")), "--force", "FORCE")
    assert (unknown.exit_code, "no such schedule" in unknown.output) == (2, True)
