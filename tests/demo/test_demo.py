"""The whole demonstration as `make run` plays it, in a process of its own: judged as written, and harmless twice."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.clients.facts import KINDS, JsonObject
from demo.record_stories import RECORDS
from demo.stories import PATROLS, WINDOWS
from tests.postgres import free_port

ROOT = Path(__file__).resolve().parents[2]
LONGEST_SECONDS = 120


@dataclass(frozen=True)
class Runs:
    """Two runs in one folder, how many rows each table held after each, and the folder for who runs there again."""

    first: JsonObject
    second: JsonObject
    rows_after_first: dict[str, int]
    rows_after_second: dict[str, int]
    folder: Path


def demo(
    folder: Path, ports: Sequence[int], *more: str, stderr: int = subprocess.PIPE
) -> subprocess.Popen[str]:
    where = ["--port", str(ports[0]), "--issuer-port", str(ports[1]), "--folder", str(folder)]
    return subprocess.Popen(
        [sys.executable, "-m", "demo", *where, *more],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def once(folder: Path, ports: Sequence[int]) -> JsonObject:
    with demo(folder, ports, "--once", "--json") as process:
        out, err = process.communicate(timeout=LONGEST_SECONDS)
    assert process.returncode in (0, 1), err
    report: JsonObject = json.loads(out)
    assert process.returncode == 0, report
    return report


def until_stopped(folder: Path, ports: Sequence[int], stop: signal.Signals, *more: str) -> str:
    """What a run prints that serves on until it is stopped so; the last line it is read to is the one it serves at."""
    with demo(folder, ports, *more, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        printed = ""
        for line in process.stdout:
            printed += line
            if "Serving until" in line:
                break
        process.send_signal(stop)
        rest, _ = process.communicate(timeout=LONGEST_SECONDS)
    printed += rest
    assert process.returncode == 0, printed
    assert "Traceback" not in printed
    return printed


def rows(folder: Path) -> dict[str, int]:
    """Rows by table; audit tables are left out, because looking is recorded every time."""
    with closing(sqlite3.connect(folder / "beatcheck.db")) as database:
        names = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        ]
        return {
            name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 - our own tables
            for name in names
            if not name.startswith("audit")
        }


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    folder = tmp_path_factory.mktemp("demo")
    ports = (free_port(), free_port())
    first = once(folder, ports)
    after_first = rows(folder)
    printed = until_stopped(folder, ports, signal.SIGTERM, "--json")
    second = json.loads(next(line for line in printed.splitlines() if line.startswith("{")))
    return Runs(first, second, after_first, rows(folder), folder)


def statuses(report: JsonObject, name: str) -> dict[str, str]:
    lines = report[name]
    assert isinstance(lines, list)
    return {line["label"]: line["status"] for line in lines}


def test_every_window_is_judged_as_written(runs: Runs) -> None:
    assert statuses(runs.first, "windows") == {story.label: story.expected for story in WINDOWS}


def test_every_patrol_is_judged_as_written(runs: Runs) -> None:
    assert statuses(runs.first, "patrols") == {
        story.label: story.expected or "no_window" for story in PATROLS
    }


def test_nothing_was_refused_or_left_on_a_phone(runs: Runs) -> None:
    assert runs.first["refused"] == []
    assert runs.first["waiting"] == 0


def test_everything_logged_is_told_as_it_was_written(runs: Runs) -> None:
    lines = runs.first["records"]
    assert isinstance(lines, list)
    told = {line["label"]: line for line in lines}
    assert set(told) == {story.label for story in RECORDS if not KINDS[story.kind].of_another}
    assert [label for label, line in told.items() if not line["as_expected"]] == []
    assert told["arrest"]["what"] == "arrest: to custody"
    assert told["referral"]["what"] == "referral: rough sleeping, accepted"
    assert told["surgery"]["what"] == "surgery, 1 promise: promised"
    assert "no constable's powers" in told["pcso-search"]["noted"][0]


def test_the_second_run_adds_nothing_and_judges_the_same(runs: Runs) -> None:
    assert runs.second["created"] == 0
    assert runs.rows_after_second == runs.rows_after_first
    for name in ("windows", "patrols", "records"):
        assert runs.second[name] == runs.first[name]


def test_a_token_for_every_role_is_handed_out(runs: Runs) -> None:
    tokens = runs.first["tokens"]
    assert isinstance(tokens, dict)
    assert len(tokens) == 8


def test_a_port_that_is_taken_is_said_so_plainly(tmp_path: Path) -> None:
    ports = (free_port(), free_port())
    with closing(socket.create_server(("127.0.0.1", ports[0]))), demo(tmp_path, ports, "--once") as process:
        out, err = process.communicate(timeout=LONGEST_SECONDS)
    assert process.returncode == 2
    assert f"Port {ports[0]} is taken" in out + err
    assert "Traceback" not in out + err


def test_it_serves_on_until_stopped_and_stops_without_a_traceback(runs: Runs) -> None:
    """By Ctrl-C here; the second run of `runs`, which prints for machines, was stopped by SIGTERM."""
    printed = until_stopped(runs.folder, (free_port(), free_port()), signal.SIGINT)
    assert "OFFICER 4102 ey" in printed
