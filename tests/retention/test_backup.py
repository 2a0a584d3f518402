"""A backup is whole or refused, goes into an empty place or nowhere, and serves once it is restored."""

import json
import os
import re
import shutil
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text
from sqlmodel import col
from starlette.testclient import TestClient

from app.audit.models import AuditEvent
from app.database.copies import CopyFailed, postgres_programs
from app.database.engine import open_engine
from app.database.session import reading, transaction
from app.main import create_app
from app.retention.manifest import read, written
from app.settings import Profile, Settings
from tests.conftest import TRUSTED, Api
from tests.databases import Databases, migrate, migration_config
from tests.retention.conftest import Command, told, walk


@pytest.fixture
def taken(api: Api, beatcheck: Command, tmp_path: Path) -> Path:
    """The backup of a force with two patrols."""
    walk(api, "patrol-1")
    walk(api, "patrol-2", days=1)
    done = told(beatcheck(api.url, "backup", str(tmp_path / "backups"), "--json"))
    return Path(done["folder"])


def data_of(backup: Path) -> Path:
    return next(path for path in backup.iterdir() if path.name != "manifest.json")


def is_empty(url: str) -> bool:
    """Nothing is at the place: no file, or no table of ours."""
    if url.startswith("sqlite"):
        place = Path(url.removeprefix("sqlite:///"))
        return list(place.parent.glob(f"{place.name}*")) == []
    engine = open_engine(url, 1)
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names <= {"spatial_ref_sys"}


def logged(url: str) -> list[str]:
    """What a log says of backups."""
    engine = open_engine(url, 1)
    of_backups = col(AuditEvent.operation).startswith("backup:")
    with reading(engine) as session:
        found = sorted(session.execute(select(col(AuditEvent.operation)).where(of_backups)).scalars())
    engine.dispose()
    return found


def test_a_restored_place_holds_the_same_and_serves(
    api: Api, taken: Path, beatcheck: Command, databases: Databases
) -> None:
    whole = told(beatcheck(api.url, "check-backup", str(taken), "--json"))
    assert whole["rows"]["patrols"] == 2
    place = databases.empty()
    done = beatcheck(place, "restore", str(taken))
    assert done.exit_code == 0, done.output
    assert "Restored" in done.output
    settings = Settings(
        profile=Profile.DEVELOPMENT,
        database_url=place,
        trusted_issuers=(TRUSTED,),
        allowed_hosts=("testserver",),
        tick_seconds=0,
    )
    with TestClient(create_app(settings)) as client:
        assert client.get("/livez").status_code == 200
    # The copy of everything is in its own log, and so is the going back.
    assert logged(place) == ["backup:restore", "backup:take"]
    again = told(beatcheck(place, "backup", str(taken.parent / "again"), "--json"))
    # The log goes on, and is sealed when the service stops.
    # The feed begins anew: whoever followed it is told to start again.
    assert again["rows"].pop("feed_entries") == 0 < whole["rows"].pop("feed_entries")
    assert {name: rows for name, rows in again["rows"].items() if not name.startswith("audit_")} == {
        name: rows for name, rows in whole["rows"].items() if not name.startswith("audit_")
    }


def test_going_back_to_an_earlier_schema_is_logged_as_well(
    beatcheck: Command, databases: Databases, tmp_path: Path
) -> None:
    before, place = databases.empty(), databases.empty()
    earliest = ScriptDirectory.from_config(migration_config(before)).get_base()
    assert earliest is not None
    command.upgrade(migration_config(before), earliest)
    folder = told(beatcheck(before, "backup", str(tmp_path), "--json"))["folder"]
    done = beatcheck(place, "restore", folder)
    assert (done.exit_code, "run `beatcheck migrate` before serving" in done.output) == (0, True)
    assert logged(place) == ["backup:restore", "backup:take"]
    migrate(place)
    # Both wait for their seal, as whatever was logged before there were seals.
    assert "audit events sealed: 2" in beatcheck(place, "tick").output


def test_nobody_else_can_read_it(taken: Path) -> None:
    assert stat.S_IMODE(taken.stat().st_mode) == 0o700
    assert stat.S_IMODE(data_of(taken).stat().st_mode) & 0o077 == 0


def test_a_place_that_holds_anything_is_refused(api: Api, taken: Path, beatcheck: Command) -> None:
    answer = beatcheck(api.url, "restore", str(taken))
    assert answer.exit_code == 2
    assert "empty place" in answer.output
    again = beatcheck(api.url, "backup", str(taken / "manifest.json"))
    assert again.exit_code == 2 and "is not a folder" in again.output


@pytest.mark.parametrize("there", [True, False])
def test_it_is_a_folder_named_for_the_time_whether_the_folder_of_backups_is_there_or_not(
    api: Api, beatcheck: Command, tmp_path: Path, there: bool
) -> None:
    target = tmp_path / "all" / "backups"
    if there:
        target.mkdir(parents=True)
    done = beatcheck(api.url, "backup", str(target))
    assert done.exit_code == 0, done.output
    [folder] = target.iterdir()
    assert re.fullmatch(r"beatcheck-20\d{6}T\d{6}Z", folder.name)
    assert "".join(done.output.split("Backed up to ")[1].split(":")[0].split()) == str(folder)
    assert beatcheck(api.url, "check-backup", str(folder)).exit_code == 0


def damaged(taken: Path, tmp_path: Path, change: Callable[[Path], object]) -> Path:
    copy = tmp_path / "damaged"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(taken, copy)
    change(copy)
    return copy


def flip_a_bit(path: Path, random: Random) -> None:
    content = bytearray(path.read_bytes())
    at = random.randrange(len(content) * 8)
    content[at // 8] ^= 1 << (at % 8)
    path.write_bytes(content)


def test_damaged_ones_are_refused_and_nothing_is_written(
    taken: Path, beatcheck: Command, databases: Databases, tmp_path: Path, trials: Callable[[int], int]
) -> None:
    place, random = databases.empty(), Random(1)
    size = data_of(taken).stat().st_size

    def cut(share: int) -> Callable[[Path], object]:
        return lambda copy: os.truncate(data_of(copy), size * share // 10)

    changes: list[Callable[[Path], object]] = [cut(share) for share in range(10)]
    for _ in range(trials(200)):
        changes.append(lambda copy: flip_a_bit(data_of(copy), random))
        changes.append(lambda copy: flip_a_bit(copy / "manifest.json", random))
    changes += [
        lambda copy: (copy / "manifest.json").unlink(),
        lambda copy: data_of(copy).unlink(),
        lambda copy: os.truncate(copy / "manifest.json", 300),
        lambda copy: data_of(copy).write_bytes(data_of(copy).read_bytes() + b"\0"),
    ]
    for change in changes:
        answer = beatcheck(place, "restore", str(damaged(taken, tmp_path, change)))
        assert answer.exit_code == 2, answer.output
    assert is_empty(place)


def test_content_that_is_not_what_the_manifest_says_is_found(
    api: Api, taken: Path, beatcheck: Command, databases: Databases, tmp_path: Path
) -> None:
    """A manifest written anew over other figures: hash and seal are right, the rows are not."""

    def forged(copy: Path) -> None:
        manifest = read((copy / "manifest.json").read_bytes())
        count, _ = manifest.tables["patrols"]
        other = replace(manifest, tables={**manifest.tables, "patrols": (count, "0" * 64)})
        (copy / "manifest.json").write_bytes(written(other))

    place = databases.empty()
    answer = beatcheck(place, "restore", str(damaged(taken, tmp_path, forged)))
    assert (answer.exit_code, "patrols: other content" in answer.output) == (2, True), answer.output
    assert is_empty(place)
    # Nothing at all is left: the whole one goes in.
    answer = beatcheck(place, "restore", str(taken))
    assert answer.exit_code == 0, answer.output


def test_a_place_that_holds_functions_is_refused(
    taken: Path, beatcheck: Command, databases: Databases
) -> None:
    if databases.kind == "sqlite":
        pytest.skip("SQLite has no functions")
    place = databases.empty()
    engine = open_engine(place, 1)
    with transaction(engine) as session:
        session.execute(text("CREATE FUNCTION audit_refuse() RETURNS int LANGUAGE sql AS 'SELECT 1'"))
    engine.dispose()
    answer = beatcheck(place, "restore", str(taken))
    assert (answer.exit_code, "audit_refuse()" in answer.output) == (2, True), answer.output


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("schema_revision", "20990101_newer", "not one this version knows"),
        ("database", "other", "damaged"),
        ("product_version", 7, "damaged"),
    ],
)
def test_foreign_and_newer_ones_are_refused(
    taken: Path, beatcheck: Command, databases: Databases, tmp_path: Path, field: str, value: object, why: str
) -> None:
    def changed(copy: Path) -> None:
        manifest = read((copy / "manifest.json").read_bytes())
        (copy / "manifest.json").write_bytes(written(replace(manifest, **{field: value})))  # type: ignore[arg-type]

    place = databases.empty()
    answer = beatcheck(place, "restore", str(damaged(taken, tmp_path, changed)))
    assert (answer.exit_code, why in answer.output) == (2, True), answer.output
    assert is_empty(place)


def test_one_of_the_other_database_is_refused(
    taken: Path, beatcheck: Command, tmp_path: Path, api: Api
) -> None:
    if api.url.startswith("sqlite"):
        pytest.skip("needs a PostgreSQL backup")
    place = f"sqlite:///{tmp_path / 'place.db'}"
    answer = beatcheck(place, "restore", str(taken))
    assert answer.exit_code == 2 and "does not go into sqlite" in answer.output
    assert is_empty(place)


def test_something_that_is_no_backup(beatcheck: Command, tmp_path: Path, engine_url: str) -> None:
    assert beatcheck(engine_url, "check-backup", str(tmp_path / "nothing")).exit_code == 2
    (tmp_path / "manifest.json").write_text(json.dumps({"product": "other"}))
    answer = beatcheck(engine_url, "check-backup", str(tmp_path))
    assert answer.exit_code == 2 and "not a backup of Beatcheck" in answer.output


def test_a_database_without_our_tables_leaves_nothing(
    beatcheck: Command, databases: Databases, tmp_path: Path
) -> None:
    place = databases.empty()
    answer = beatcheck(place, "backup", str(tmp_path / "backup"))
    assert answer.exit_code in (1, 2)
    assert list((tmp_path / "backup").glob("*")) == []


def test_programs_that_are_too_old_are_refused_in_plain_words(engine_url: str) -> None:
    with pytest.raises(CopyFailed, match=r"pg_dump and pg_restore of version 99 or later are needed"):
        postgres_programs("postgresql://beatcheck:secret@127.0.0.1/x", 99)


def test_no_password_stands_on_a_command_line() -> None:
    programs = postgres_programs(
        "postgresql+psycopg://beatcheck:s3cret%40word@db.example/x?sslmode=require", 0
    )
    assert "s3cret" not in programs.address and "sslmode=require" in programs.address
    assert programs.environment["PGPASSWORD"] == "s3cret@word"
