"""The service refuses, in plain words, to serve on tables that are not its own version's: older, newer, or none."""

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text
from typer.testing import CliRunner

from app.cli import main
from app.database.engine import open_engine
from app.database.schema import wrong_schema
from app.database.session import transaction
from tests.databases import Databases, migration_config


def _reason(url: str) -> str | None:
    engine = open_engine(url, 1)
    try:
        return wrong_schema(engine)
    finally:
        engine.dispose()


def _stamp(url: str, revision: str) -> None:
    engine = open_engine(url, 1)
    with transaction(engine) as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
    engine.dispose()


def test_this_versions_tables_are_served_on(engine_url: str, databases: Databases) -> None:
    assert _reason(engine_url) is None
    assert _reason(databases.served(engine_url)) is None


def test_an_empty_database_is_not(empty_engine_url: str) -> None:
    reason = _reason(empty_engine_url)
    assert reason is not None and "no tables yet" in reason and "beatcheck migrate" in reason


def test_a_newer_versions_tables_are_not(engine_url: str) -> None:
    _stamp(engine_url, "of_next_year")
    reason = _reason(engine_url)
    assert reason is not None and "newer version" in reason and "of_next_year" in reason


def test_an_older_versions_tables_are_not(engine_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "app.database.schema._revisions", lambda: ("of_next_year", frozenset({"of_next_year", *_heads()}))
    )
    reason = _reason(engine_url)
    assert reason is not None and "older version" in reason and "run `beatcheck migrate`" in reason


def _heads() -> list[str]:
    return ScriptDirectory.from_config(migration_config("sqlite://")).get_heads()


def test_serve_says_so_and_ends(engine_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _stamp(engine_url, "of_next_year")
    monkeypatch.setenv("BEATCHECK_PROFILE", "development")
    monkeypatch.setenv("BEATCHECK_DATABASE_URL", engine_url)
    answer = CliRunner().invoke(main, ["serve"])
    assert answer.exit_code == 2
    assert "refused: the database was migrated by a newer version" in answer.output


def test_serve_says_that_the_database_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEATCHECK_PROFILE", "development")
    monkeypatch.setenv("BEATCHECK_DATABASE_URL", "postgresql+psycopg://nobody:secret-4711@127.0.0.1:1/none")
    answer = CliRunner().invoke(main, ["serve"])
    assert answer.exit_code == 2
    assert "refused: the database does not answer" in answer.output
    assert "secret-4711" not in answer.output


def test_migrating_makes_it_fit(empty_engine_url: str) -> None:
    command.upgrade(migration_config(empty_engine_url), "head")
    assert _reason(empty_engine_url) is None
