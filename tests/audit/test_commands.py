"""The log's commands, as an administrator and an auditor type them."""

import hashlib
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text, update
from sqlmodel import Session
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.audit.models import Action, AuditEvent
from app.cli import main
from app.clock import utc_now
from app.database.engine import open_engine
from app.database.session import reading, transaction
from app.main import RefusedToStart, create_app
from app.settings import Profile, Settings
from tests.audit.logs import log_event
from tests.audit.tampering import without_triggers
from tests.conftest import named
from tests.people import change

Run = Callable[..., Any]


@pytest.fixture
def run(force_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`beatcheck` on the small force, with checkpoints into a file."""
    monkeypatch.setenv("BEATCHECK_DATABASE_URL", force_url)
    monkeypatch.setenv("BEATCHECK_AUDIT_CHECKPOINTS", str(tmp_path / "checkpoints.jsonl"))
    monkeypatch.setenv("BEATCHECK_AUDIT_KEY", str(tmp_path / "private.pem"))
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    return lambda *words: runner.invoke(main, list(words))


def log_events(url: str, count: int) -> None:
    def add(session: Session) -> None:
        for _ in range(count):
            log_event(session, utc_now())

    change(url, add)


COMPARED = ("--checkpoints", "checkpoints.jsonl", "--public-key", "public.pem")


def test_from_a_key_to_the_first_altered_event(run: Run, force_url: str) -> None:
    assert run("tick").exit_code == 2  # checkpoints are wanted and there is no key
    assert run("audit-key", "private.pem", "public.pem").exit_code == 0
    assert stat.S_IMODE(os.stat("private.pem").st_mode) == 0o600
    assert run("audit-key", "private.pem", "public.pem").exit_code == 2
    log_events(force_url, 5)
    ticked = run("tick")
    assert ticked.exit_code == 0, ticked.output
    assert "audit events sealed: 5" in ticked.output
    good = run("verify-audit", *COMPARED)
    assert good.exit_code == 0, good.output
    assert "The audit log holds." in good.output
    told = json.loads(run("verify-audit", "--json", *COMPARED).stdout)
    assert (told["holds"], told["events"], told["checkpoints"], told["head"]["seal"]) == (True, 5, 1, 1)

    engine = open_engine(force_url, 1)
    with transaction(engine) as session:
        without_triggers(session)
        session.execute(update(AuditEvent).values(operation="nothing:read"))
    engine.dispose()
    bad = run("verify-audit", *COMPARED)
    assert bad.exit_code == 1
    assert "first: altered: seal 1, event " in bad.output
    assert len(json.loads(run("verify-audit", "--json").stdout)["findings"]) == 5
    assert run("verify-audit", "--checkpoints", "checkpoints.jsonl").exit_code == 2
    assert run("verify-audit", "--checkpoints", "none.jsonl", "--public-key", "public.pem").exit_code == 2
    assert (
        run("verify-audit", "--checkpoints", "checkpoints.jsonl", "--public-key", "private.pem").exit_code
        == 2
    )


def test_the_service_does_not_start_without_the_key_it_is_to_sign_with(run: Run, tmp_path: Path) -> None:
    def settings() -> Settings:
        return Settings(profile=Profile.DEVELOPMENT, tick_seconds=0, seal_seconds=0.05)

    with pytest.raises(RefusedToStart, match="audit key cannot be read"):
        create_app(settings())
    (tmp_path / "private.pem").write_text("no key")
    with pytest.raises(RefusedToStart, match="audit key cannot be read"):
        create_app(settings())
    (tmp_path / "private.pem").unlink()
    run("audit-key", "private.pem", "public.pem")
    (tmp_path / "checkpoints.jsonl").mkdir()
    log_events(settings().database_url, 1)
    with TestClient(create_app(settings())) as client:
        while "warnings" not in (ready := client.get("/readyz").json()):
            assert ready == {"status": "ready"}
        assert "audit checkpoints cannot be written" in ready["warnings"][0]
        (tmp_path / "checkpoints.jsonl").rmdir()
        while "warnings" in client.get("/readyz").json():
            pass
        log_events(settings().database_url, 1)
    # Stopping seals what is left.
    assert json.loads(run("verify-audit", "--json", *COMPARED).stdout)["unsealed"] == 0


def test_a_tick_that_cannot_write_its_checkpoint_says_so_and_fails(
    run: Run, force_url: str, tmp_path: Path
) -> None:
    run("audit-key", "private.pem", "public.pem")
    (tmp_path / "checkpoints.jsonl").mkdir()
    log_events(force_url, 1)
    done = run("tick")
    assert (done.exit_code, "audit events sealed: 1" in done.output) == (1, True), done.output
    assert "failed: audit checkpoints cannot be written" in done.output
    (tmp_path / "checkpoints.jsonl").rmdir()
    assert run("tick").exit_code == 0


def test_an_export_of_any_length_from_the_server(run: Run, force_url: str, tmp_path: Path) -> None:
    log_events(force_url, 30)
    words = ("export-audit", "log.jsonl", "--recipient", "IOPC", "--reason", "Case 7, asked by 4133",
             "--officer-id", str(named("4101")), "--format", "jsonl")  # fmt: skip
    assert run(*words, "--force", "NOWHERE").exit_code == 2
    narrow = run("export-audit", "log.csv", "--recipient", "x", "--reason", "y", "--force", "FORCE")
    assert narrow.exit_code == 2
    assert "needs officer_id" in narrow.output
    done = run(*words, "--force", "FORCE")
    assert done.exit_code == 0, done.output
    manifest = json.loads((tmp_path / "log.jsonl.manifest.json").read_text())
    lines = (tmp_path / "log.jsonl").read_text().splitlines()
    assert len(lines) == manifest["events"] > 10
    assert manifest["sha256"] in done.output
    engine = open_engine(force_url, 1)
    with reading(engine) as session:
        event = session.get_one(AuditEvent, UUID(manifest["disclosure"]))
        assert (event.action, event.reason) == (Action.DISCLOSE, "To IOPC: Case 7, asked by 4133")
        content = (tmp_path / "log.jsonl").read_bytes()
        assert event.subjects["sha256"] == [hashlib.sha256(content).hexdigest()]
        assert event.subjects["events"] == [str(len(lines))]
    engine.dispose()
    assert run(*words, "--force", "FORCE").exit_code == 2  # never over a file that is there
    for name in ("log.jsonl", "log.jsonl.manifest.json"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_an_export_that_cannot_be_made_leaves_no_file(run: Run, force_url: str, tmp_path: Path) -> None:
    words = ("export-audit", "log.csv", "--force", "FORCE", "--from", "2026-01-01", "--to", "2027-01-01")
    long = run(*words, "--recipient", "x" * 101, "--reason", "y")
    assert (long.exit_code, "recipient" in long.output, "x" * 20 in long.output) == (2, True, False)
    assert run(*words, "--recipient", "x", "--reason", "y" * 301).exit_code == 2
    (tmp_path / "log.csv.manifest.json").mkdir()
    assert run(*words, "--recipient", "x", "--reason", "y").exit_code == 2
    (tmp_path / "log.csv.manifest.json").rmdir()
    change(force_url, lambda session: session.connection().execute(text("DROP TABLE audit_subjects")))
    change(
        force_url, lambda session: session.connection().execute(text("ALTER TABLE audit_entries RENAME TO e"))
    )
    assert run(*words, "--recipient", "x", "--reason", "y").exit_code == 2
    assert not (tmp_path / "log.csv").exists()
