"""The migrations build exactly what the models say, on both databases, and can be taken back."""

import contextlib
import io
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect
from sqlmodel import SQLModel

import app.main  # noqa: F401 - declares every table
from tests.databases import Databases, migrate, migration_config

OWN_TABLES_OF_POSTGIS = {"spatial_ref_sys"}


def is_ours(_thing: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    """Leave PostGIS's own table out of the comparison."""
    return not (kind == "table" and name in OWN_TABLES_OF_POSTGIS)


def differences(url: str) -> list[object]:
    """What autogenerate would still change in the database at `url`."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            options = {"compare_type": True, "compare_server_default": True, "include_object": is_ours}
            context = MigrationContext.configure(connection, opts=options)
            return list(compare_metadata(context, SQLModel.metadata))
    finally:
        engine.dispose()


def tables(url: str) -> set[str]:
    """The tables in the database at `url`, without those of PostGIS and Alembic."""
    engine = create_engine(url)
    try:
        return set(inspect(engine).get_table_names()) - OWN_TABLES_OF_POSTGIS - {"alembic_version"}
    finally:
        engine.dispose()


def test_migrations_equal_models(empty_engine_url: str) -> None:
    migrate(empty_engine_url)
    assert differences(empty_engine_url) == []
    assert tables(empty_engine_url) == set(SQLModel.metadata.tables)


def test_migrations_can_be_taken_back_and_made_again(empty_engine_url: str) -> None:
    migrate(empty_engine_url)
    command.downgrade(migration_config(empty_engine_url), "base")
    assert tables(empty_engine_url) == set()
    migrate(empty_engine_url)
    assert tables(empty_engine_url) == set(SQLModel.metadata.tables)


def test_a_difference_is_noticed(engine_url: str) -> None:
    engine = create_engine(engine_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE left_behind (id INTEGER PRIMARY KEY)")
    engine.dispose()
    assert differences(engine_url) != []


def test_there_is_one_line_of_revisions() -> None:
    assert len(ScriptDirectory.from_config(migration_config("sqlite://")).get_heads()) == 1


def test_postgresql_migrations_hold_no_long_locks(databases: Databases, tmp_path: Path) -> None:
    """Squawk reads the SQL a force's administrator would run and names statements that stop a busy service."""
    if databases.kind != "postgres":
        pytest.skip("only PostgreSQL has such locks")
    statements = io.StringIO()
    config = migration_config("postgresql+psycopg://offline/beatcheck")
    config.output_buffer = statements
    with contextlib.redirect_stdout(statements):
        command.upgrade(config, "head", sql=True)
    script = tmp_path / "upgrade.sql"
    script.write_text(statements.getvalue())
    squawk = Path(sys.executable).with_name("squawk")
    answer = subprocess.run([squawk, script], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout
