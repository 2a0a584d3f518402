"""Takes a copy of a running database and puts one back, whole or not at all; what SQLite and PostgreSQL need for it.

SQLite is copied page by page inside one reading transaction: a snapshot of the moment it began, while others write on.
PostgreSQL is dumped by its own `pg_dump` in a snapshot that the digests are read in as well. Passwords go to its
programs through the environment, never on a command line.
"""

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import IsolationLevel, conninfo
from sqlalchemy import make_url

from app.database.digests import TableDigest, Told, postgres_digests, postgres_tables, sqlite_digests

_PAGES_A_STEP = 2048
_DEBIAN = "/usr/lib/postgresql"
# pg_restore would make them again, which needs a superuser: the place is made ready with `CREATE EXTENSION postgis`.
_NOT_RESTORED = re.compile(
    r"^\d+; \d+ \d+ (EXTENSION|SCHEMA|COMMENT - (EXTENSION|SCHEMA)|ACL) |spatial_ref_sys"
)
Pages = Callable[[int, int], None]
Connection = psycopg.Connection[tuple[object, ...]]


class CopyFailed(Exception):
    """A copy could not be taken, read or put back; the message says why in plain words and bears no content."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds."""

    revision: str | None
    tables: Mapping[str, TableDigest]


def database_kind(url: str) -> str:
    """`sqlite` or `postgresql`."""
    return make_url(url).get_backend_name()


def sqlite_file(url: str) -> Path:
    """The file of an SQLite address."""
    path = make_url(url).database
    if not path or path == ":memory:":
        raise CopyFailed("SQLite needs a file: sqlite:///path/to/beatcheck.db")
    return Path(path)


def copy_sqlite(source: Path, target: Path, pages: Pages, told: Told) -> Copied:
    """Copies a database that others may be writing to `target`, a new file; checks and syncs it."""
    if not source.is_file():
        raise CopyFailed(f"there is no database at {source}")
    try:
        with closing(sqlite3.connect(source, timeout=10, isolation_level=None)) as live:
            # The transaction is begun by a read, and pages are copied in it: all are of this one moment.
            live.execute("BEGIN")
            live.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            with closing(sqlite3.connect(target, isolation_level=None)) as copy:
                live.backup(
                    copy,
                    pages=_PAGES_A_STEP,
                    progress=lambda _status, remaining, total: pages(total - remaining, total),
                )
                # One file, complete in itself: a journal beside it would be forgotten.
                copy.execute("PRAGMA journal_mode=DELETE")
            live.execute("ROLLBACK")
        sync(target)
        return read_sqlite(target, told)
    except sqlite3.Error as error:
        raise CopyFailed(f"SQLite: {error}") from None


def read_sqlite(path: Path, told: Told) -> Copied:
    """Checks a copy's structure and reads its digests, changing nothing. Raises CopyFailed when it is damaged."""
    try:
        with closing(
            sqlite3.connect(f"file:{_quoted(path)}?mode=ro&immutable=1", uri=True, isolation_level=None)
        ) as copy:
            told("integrity check")
            faults = copy.execute("PRAGMA integrity_check(1)").fetchone()
            if faults != ("ok",):
                raise CopyFailed("the database file is damaged: its integrity check fails")
            revision = _sqlite_revision(copy)
            return Copied(revision, sqlite_digests(copy, told))
    except sqlite3.Error as error:
        raise CopyFailed(f"the database file is damaged: {error}") from None


def _quoted(path: Path) -> str:
    return str(path.resolve()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _sqlite_revision(copy: sqlite3.Connection) -> str | None:
    if copy.execute("SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'").fetchone() is None:
        return None
    row = copy.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


@dataclass(frozen=True, slots=True)
class Put:
    """A database that lies beside where it shall be, whole and synced; nothing is at `place` yet."""

    beside: Path
    place: Path

    def arrive(self) -> None:
        """Puts it in its place at once; fails, rather than overwrite, when something has come there since."""
        try:
            os.link(self.beside, self.place)
        except FileExistsError:
            raise CopyFailed(f"something has come to {self.place} meanwhile; nothing was changed") from None
        sync(self.place.parent)


def put_sqlite(source: Path, place: Path) -> Put:
    """Copies a backup's file beside where it shall be."""
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f"{place.name}.restoring-{os.getpid()}")
    try:
        shutil.copyfile(source, beside)
        os.chmod(beside, 0o600)
        sync(beside)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise CopyFailed(f"the place cannot be written: {error.strerror}") from None
    return Put(beside, place)


def sync(path: Path) -> None:
    """Waits until a file, or a folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def whats_at_sqlite(place: Path) -> str | None:
    """What is in the way of restoring to a place; None when it is empty."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        if (found := place.with_name(place.name + suffix)).exists():
            return f"{found} exists; restore goes to an empty place only"
    return None


@dataclass(frozen=True, slots=True)
class Postgres:
    """How PostgreSQL's own programs reach a database."""

    binaries: Path
    address: str
    environment: Mapping[str, str]

    def run(self, program: str, *arguments: str) -> str:
        """Its output. Raises CopyFailed with the first line of its complaint, which bears no rows."""
        done = subprocess.run(
            [str(self.binaries / program), *arguments],
            env=dict(self.environment), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            told = (done.stderr.strip() or "no reason given").splitlines()[0][:300]
            raise CopyFailed(f"{program} failed: {told}")
        return done.stdout


def _parameters(url: str) -> dict[str, str]:
    parsed = make_url(url).set(drivername="postgresql")
    return {
        name: str(value)
        for name, value in conninfo.conninfo_to_dict(parsed.render_as_string(hide_password=False)).items()
    }


@contextmanager
def postgres_connection(url: str) -> Iterator[Connection]:
    """One reading snapshot of a PostgreSQL database, without the time limits that requests have."""
    try:
        with psycopg.connect(**_parameters(url), connect_timeout=5) as connection:  # type: ignore[arg-type]
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            connection.execute("SET LOCAL statement_timeout = 0")
            connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield connection
    except psycopg.Error as error:
        raise CopyFailed(f"PostgreSQL: {_first_line(error)}") from None


def _first_line(error: psycopg.Error) -> str:
    return (error.diag.message_primary or str(error) or type(error).__name__).splitlines()[0][:300]


def postgres_programs(url: str, needed: int) -> Postgres:
    """PostgreSQL's client programs of at least a version, first from PATH, then from Debian's places.

    Raises CopyFailed when there are none, or only older ones: an older pg_dump may not read a newer server.
    """
    on_path = shutil.which("pg_dump")
    places = [Path(on_path).parent] if on_path else []
    places += sorted(
        (found.parent for found in Path(_DEBIAN).glob("*/bin/pg_dump")), key=_version_of, reverse=True
    )
    versions = {place: _version_of(place) for place in places if (place / "pg_restore").exists()}
    fit = next((place for place, version in versions.items() if version >= needed), None)
    if fit is None:
        found = f"only version {max(versions.values())} was found" if versions else "none was found"
        raise CopyFailed(
            f"pg_dump and pg_restore of version {needed} or later are needed; {found}. "
            f"Install the client programs (Debian: apt-get install postgresql-client-{needed})."
        )
    parameters = _parameters(url)
    environment = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in os.environ
    }
    password = parameters.pop("password", None)
    if password is not None:
        environment["PGPASSWORD"] = password
    return Postgres(fit, conninfo.make_conninfo(**parameters), environment)


def _version_of(place: Path) -> int:
    try:
        done = subprocess.run(
            [str(place / "pg_dump"), "--version"], capture_output=True, text=True, check=False
        )
    except OSError:
        return 0
    found = re.search(r"\) (\d+)", done.stdout)
    return int(found[1]) if found else 0


def dump_postgres(url: str, target: Path, told: Told) -> Copied:
    """Dumps a database that others may be writing into `target`; the digests are of the very same snapshot."""
    with postgres_connection(url) as connection:
        programs = postgres_programs(url, connection.info.server_version // 10_000)
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        told("dump")
        programs.run(
            "pg_dump", "--format=custom", "--no-password", f"--snapshot={row[0] if row else ''}",
            f"--file={target}", f"--dbname={programs.address}",
        )  # fmt: skip
        sync(target)
        return Copied(_postgres_revision(connection), postgres_digests(connection, told))


def _postgres_revision(connection: Connection) -> str | None:
    if "alembic_version" not in postgres_tables(connection):
        return None
    row = connection.execute("SELECT version_num FROM public.alembic_version").fetchone()
    return str(row[0]) if row else None


def whats_at_postgres(url: str) -> str | None:
    """What is in the way of restoring to a database; None when it is empty and has PostGIS."""
    with postgres_connection(url) as connection:
        if tables := postgres_tables(connection):
            return f"the database holds {len(tables)} tables; restore goes to an empty place only"
        if functions := _functions(connection):
            return (
                f"the database holds {len(functions)} functions, {functions[0]} among them; "
                "restore goes to an empty place only"
            )
        if connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'postgis'").fetchone() is None:
            return "the database has no PostGIS: run CREATE EXTENSION postgis in it first"
    return None


def _functions(connection: Connection) -> list[str]:
    """The functions of the public schema that are of no extension, as a command names them: `audit_refuse()`."""
    rows = connection.execute(
        "SELECT p.oid::regprocedure::text FROM pg_proc p"
        " WHERE p.pronamespace = 'public'::regnamespace AND NOT EXISTS ("
        "SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')"
        " ORDER BY 1"
    ).fetchall()
    return [str(row[0]) for row in rows]


def listed_in_dump(dump: Path) -> str:
    """The table of contents of a dump. Raises CopyFailed when pg_restore cannot read it."""
    programs = postgres_programs("postgresql://", 0)
    return programs.run("pg_restore", "--list", str(dump))


def put_postgres(url: str, dump: Path, told: Told) -> Copied:
    """Restores a dump into an empty database in one transaction, then reads back what it holds.

    Extensions and rights stay as the place has them.
    """
    with postgres_connection(url) as connection:
        programs = postgres_programs(url, connection.info.server_version // 10_000)
    lines = listed_in_dump(dump).splitlines()
    told("restore")
    with tempfile.NamedTemporaryFile("w", suffix=".list") as contents:
        contents.write("\n".join(line for line in lines if not _NOT_RESTORED.search(line)) + "\n")
        contents.flush()
        programs.run(
            "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
            "--no-password", f"--use-list={contents.name}", f"--dbname={programs.address}", str(dump),
        )  # fmt: skip
    return read_postgres(url, told)


def read_postgres(url: str, told: Told) -> Copied:
    """What a PostgreSQL database holds, in one snapshot."""
    with postgres_connection(url) as connection:
        return Copied(_postgres_revision(connection), postgres_digests(connection, told))


def empty_postgres(url: str) -> None:
    """Takes every table and function out of a database again, for a restore that did not come out as the backup says.

    The place had none before, so all of them came with the restore.
    """
    with psycopg.connect(**_parameters(url), connect_timeout=5) as connection:  # type: ignore[arg-type]
        for name in postgres_tables(connection):
            connection.execute(
                psycopg.sql.SQL("DROP TABLE public.{} CASCADE").format(psycopg.sql.Identifier(name))
            )
        for signature in _functions(connection):
            # PostgreSQL itself wrote the name, quoted where it must be.
            connection.execute(f"DROP FUNCTION {signature}".encode())
