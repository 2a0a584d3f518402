"""`beatcheck import`: the first force, a dry run, faults and files that are none."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import main

AREAS = "code,name,kind,parent_code,valid_from\nF,Force [bold],FORCE,,2026-01-01\nL,Lpa,LPA,F,2026-01-01\n"
runner = CliRunner()


@pytest.fixture
def areas(engine_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BEATCHECK_DATABASE_URL", engine_url)
    monkeypatch.setenv("BEATCHECK_IMPORT_DIRECTORY", str(tmp_path / "spool"))
    path = tmp_path / "areas.csv"
    path.write_text(AREAS)
    return path


def counts(output: str) -> dict[str, int]:
    found: dict[str, int] = json.loads(output)["counts"]
    return found


def test_the_first_force_comes_in_once(areas: Path) -> None:
    tried = runner.invoke(main, ["import", "areas", str(areas), "--dry-run", "--json"])
    assert (tried.exit_code, counts(tried.output)["new"]) == (0, 2)
    applied = runner.invoke(main, ["import", "areas", str(areas)])
    assert applied.exit_code == 0, applied.output
    assert "2 new" in applied.output
    again = runner.invoke(main, ["import", "areas", str(areas), "--json"])
    assert json.loads(again.output)["repeated"] is True


def test_a_second_force_is_named(areas: Path, tmp_path: Path) -> None:
    assert runner.invoke(main, ["import", "areas", str(areas)]).exit_code == 0
    other = tmp_path / "other.csv"
    other.write_text(AREAS.replace("F,", "G,").replace("L,Lpa,LPA,F", "L,Lpa,LPA,G"))
    unnamed = runner.invoke(main, ["import", "areas", str(other), "--json"])
    assert unnamed.exit_code == 1
    assert "second-force" in unnamed.output
    assert runner.invoke(main, ["import", "areas", str(other), "--force", "X"]).exit_code == 1
    assert runner.invoke(main, ["import", "areas", str(other), "--force", "G"]).exit_code == 0
    undecided = runner.invoke(main, ["import", "areas", str(areas)])
    assert undecided.exit_code == 2
    assert "several forces" in undecided.output


def test_faults_and_files_that_are_none(areas: Path, tmp_path: Path) -> None:
    faulty = tmp_path / "faulty.csv"
    faulty.write_text(AREAS + "W,Ward,WARD,NOWHERE,2026-01-01\n")
    answer = runner.invoke(main, ["import", "areas", str(faulty)])
    assert answer.exit_code == 1
    assert "parent-unknown" in answer.output
    none = tmp_path / "none.csv"
    none.write_bytes(b"\x00\x01")
    assert runner.invoke(main, ["import", "areas", str(none)]).exit_code == 2
    assert runner.invoke(main, ["import", "nothing", str(areas)]).exit_code == 2
    assert runner.invoke(main, ["import", "teams", str(areas)]).exit_code == 2
