"""The migrations build exactly what the models say, on both databases, and can be taken back.

Two databases are built, one by the migrations and one straight from the models, and what each then says of itself is
compared: Alembic's own comparison leaves out CHECK constraints, on which the rules about our codes rest.
"""

import io
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect

from app.tables import METADATA
from tests.databases import Databases, migrate, migration_config

# Squawk's rules we do without. A bounded VARCHAR is meant, and making one longer locks nothing. Our 32-bit columns
# count what one batch or patrol holds. Both timeouts are options of every connection we open
# (app/database/engine.py), that of `beatcheck migrate` included.
SQUAWK_WITHOUT = "prefer-text-field,prefer-bigint-over-int,require-lock-timeout,require-statement-timeout"
NOT_OURS = {"spatial_ref_sys", "alembic_version"}


@pytest.fixture
def migrated(empty_engine_url: str) -> Iterator[Engine]:
    """A database that the migrations built."""
    migrate(empty_engine_url)
    engine = create_engine(empty_engine_url)
    yield engine
    engine.dispose()


@pytest.fixture
def declared(databases: Databases) -> Iterator[Engine]:
    """A database built straight from the models."""
    url = databases.empty()
    engine = create_engine(url)
    METADATA.create_all(engine)
    yield engine
    engine.dispose()
    databases.drop(url)


def tables(engine: Engine) -> set[str]:
    """Our tables in this database."""
    return set(inspect(engine).get_table_names()) - NOT_OURS


def structure(engine: Engine) -> set[str]:
    """Everything this database says of our tables, one line for each column, key, constraint and index."""
    inspector = inspect(engine)
    lines = set()
    for table in tables(engine):
        for column in inspector.get_columns(table):
            lines.add(
                f"{table}.{column['name']}: {column['type']!r} {column['nullable']} {column['default']}"
            )
        parts: dict[str, Sequence[Mapping[str, object]]] = {
            "primary key": [inspector.get_pk_constraint(table)],
            "foreign key": inspector.get_foreign_keys(table),
            "unique": inspector.get_unique_constraints(table),
            "check": inspector.get_check_constraints(table),
            "index": inspector.get_indexes(table),
        }
        lines |= {f"{table} {kind}: {spelled(part)}" for kind, found in parts.items() for part in found}
    return lines


def spelled(value: object) -> str:
    """The same text for the same thing, however a dictionary happens to be ordered."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={spelled(value[key])}" for key in sorted(value))
    return str(value)


def test_migrations_equal_models(migrated: Engine, declared: Engine) -> None:
    made, wanted = structure(migrated), structure(declared)
    assert {"migrations only": sorted(made - wanted), "models only": sorted(wanted - made)} == {
        "migrations only": [],
        "models only": [],
    }


def test_the_next_migration_would_be_empty(migrated: Engine) -> None:
    command.check(migration_config(migrated.url.render_as_string(hide_password=False)))


def test_migrations_can_be_taken_back_and_made_again(migrated: Engine) -> None:
    config = migration_config(migrated.url.render_as_string(hide_password=False))
    before = structure(migrated)
    command.downgrade(config, "base")
    assert tables(migrated) == set()
    command.upgrade(config, "head")
    assert structure(migrated) == before


def test_a_difference_is_noticed(migrated: Engine) -> None:
    before = structure(migrated)
    with migrated.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE left_behind (n INTEGER CHECK (n > 0))")
    assert {line.replace(".", " ").split(" ")[0] for line in structure(migrated) - before} == {"left_behind"}
    assert any("n > 0" in line for line in structure(migrated) - before)


def test_there_is_one_line_of_revisions() -> None:
    assert len(ScriptDirectory.from_config(migration_config("sqlite://")).get_heads()) == 1


def test_migrations_stop_no_busy_service(tmp_path: Path) -> None:
    """Squawk reads the SQL a force's administrator would run and names statements that hold long locks."""
    config = migration_config("postgresql+psycopg://offline/beatcheck")
    config.output_buffer = statements = io.StringIO()
    command.upgrade(config, "head", sql=True)
    script = tmp_path / "upgrade.sql"
    script.write_text(statements.getvalue())
    squawk = str(Path(sys.executable).with_name("squawk"))
    options = ["--pg-version=15.0", f"--exclude={SQUAWK_WITHOUT}", str(script)]
    answer = subprocess.run([squawk, *options], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout
