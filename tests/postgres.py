"""A PostgreSQL with PostGIS that lives exactly as long as one test run.

It never runs as root, never listens beyond this machine, asks for a password that was made for this run, and dies with
the process that started it. Durability settings stay at their safe defaults, because the application reads them back
and refuses anything weaker; speed comes from keeping the files in memory (`/dev/shm`) instead. Text sorts by English
rules, as in a force's own database, so that a query which leans on SQLite's byte order is found out.

`TEST_DATABASE_URL` names a server to use instead: new databases are made there and dropped again, and the database in
that address is only connected to.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path
from typing import BinaryIO

import psycopg
from psycopg import sql

HOW_TO_GET = (
    "apt-get install postgresql-15 postgresql-15-postgis-3, or set TEST_DATABASE_URL to a PostGIS server"
)
SPATIAL_TEMPLATE = "beatcheck_spatial"
START_SECONDS = 60
END_SECONDS = 10
_END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
OUR_PORTS = range(15_000, 32_000)
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - only ever a private directory inside it
SHARED_MEMORY_WANTED = 2 * 1024**3


class PostgresMissing(Exception):
    """No usable PostgreSQL with PostGIS; the message says what is missing and how to get it."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason} ({HOW_TO_GET})")


@dataclass(frozen=True)
class Server:
    """A running server on which test databases are made and dropped. `prefix` keeps our names apart from others'."""

    host: str
    port: int
    user: str
    password: str
    maintenance: str
    prefix: str
    kept: psycopg.Connection[tuple[object, ...]] | None = None

    @contextmanager
    def connected(self) -> Iterator["Server"]:
        """The same server, to which one connection is kept: a new one costs as much as a third of a new database."""
        with self.connect(self.maintenance) as kept:
            yield replace(self, kept=kept)

    def url(self, database: str) -> str:
        """The SQLAlchemy address of `database`."""
        return f"postgresql+psycopg://{self.user}:{self.password}@{self.host}:{self.port}/{self.prefix}{database}"

    def create(self, database: str, template: str = SPATIAL_TEMPLATE) -> str:
        """Copy `template` (PostGIS and nothing else unless named) to a new `database`; answers its address."""
        # As files: the other way writes every page to the log as well, at twice the cost.
        self.run("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", database, template)
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove `database`, closing whatever is still connected to it."""
        self.run("DROP DATABASE IF EXISTS {} WITH (FORCE)", database)

    def rename(self, database: str, to: str) -> bool:
        """Close whatever is connected to `database` and call it `to`. False: somebody comes back again and again."""
        deadline = time.monotonic() + END_SECONDS
        with self._maintaining() as connection:
            while connection.execute(_END_SESSIONS, [self.prefix + database]).fetchall():
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.002)
        try:
            self.run("ALTER DATABASE {} RENAME TO {}", database, to)
        except psycopg.errors.ObjectInUse:
            return False
        return True

    @contextmanager
    def locked(self, what: str) -> Iterator[None]:
        """No other worker, nor anybody else who asks for the same, is in such a block at the same time."""
        with self._maintaining() as connection:
            connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [self.prefix + what])
            try:
                yield
            finally:
                connection.execute("SELECT pg_advisory_unlock(hashtext(%s))", [self.prefix + what])

    def has(self, database: str) -> bool:
        """Whether there is such a database of ours."""
        with self._maintaining() as connection:
            found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [self.prefix + database])
            return found.fetchone() is not None

    def run(self, statement: str, *databases: str) -> None:
        """Run one statement about our own databases, outside any transaction, from the maintenance database."""
        composed = sql.SQL(statement).format(*(sql.Identifier(self.prefix + name) for name in databases))
        with self._maintaining() as connection:
            connection.execute(composed)

    @contextmanager
    def _maintaining(self) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
        if self.kept is not None:
            yield self.kept
        else:
            with self.connect(self.maintenance) as connection:
                yield connection

    def connect(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        """An autocommit connection to the database of exactly this name."""
        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=database,
            autocommit=True,
        )

    def prepare(self) -> None:
        """Make the template every test database starts from.

        Raises PostgresMissing when the server has no PostGIS to offer.
        """
        self.run("CREATE DATABASE {} TEMPLATE template0", SPATIAL_TEMPLATE)
        try:
            with self.connect(self.prefix + SPATIAL_TEMPLATE) as connection:
                connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        except psycopg.Error as error:
            self.drop(SPATIAL_TEMPLATE)
            raise PostgresMissing(f"PostGIS cannot be created: {error}") from error

    def tidy(self) -> None:
        """Drop every database and role of this run, by its prefix."""
        with self.connect(self.maintenance) as connection:
            rows = connection.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [self.prefix]
            ).fetchall()
        for (name,) in rows:
            self.drop(str(name).removeprefix(self.prefix))
        with self.connect(self.maintenance) as connection:
            roles = connection.execute(
                "SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", [self.prefix]
            ).fetchall()
            for (role,) in roles:
                connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(str(role))))


@contextmanager
def running_server() -> Iterator[Server]:
    """The server for this test run, ready with its spatial template; gone, or tidied, at the end.

    Raises PostgresMissing when there is none and none can be started.
    """
    configured = os.environ.get("TEST_DATABASE_URL")
    if configured:
        server = configured_server(configured)
        try:
            server.prepare()
            yield server
        finally:
            server.tidy()
        return
    with throw_away_server() as server:
        server.prepare()
        yield server


def configured_server(address: str) -> Server:
    """The server that `TEST_DATABASE_URL` names, with a prefix of our own for this run."""
    parts = psycopg.conninfo.conninfo_to_dict(address.replace("+psycopg", "", 1))
    return Server(
        host=str(parts.get("host", "127.0.0.1")),
        port=int(parts.get("port") or 5432),
        user=str(parts.get("user", "postgres")),
        password=str(parts.get("password", "")),
        maintenance=str(parts.get("dbname", "postgres")),
        prefix=f"beatcheck_test_{secrets.token_hex(4)}_",
    )


@contextmanager
def throw_away_server() -> Iterator[Server]:
    """Start a server of our own on a free loopback port, in a directory that is removed afterwards."""
    binaries = find_binaries()
    account = unprivileged_account()
    server = Server("127.0.0.1", free_port(), "beatcheck", secrets.token_urlsafe(24), "postgres", prefix="")
    with tempfile.TemporaryDirectory(prefix="beatcheck-pg-", dir=roomy_directory()) as name:
        home = Path(name)
        password_file = home / "password"
        password_file.write_text(server.password)
        if account is not None:
            for path in (home, password_file):
                os.chown(path, account.pw_uid, account.pw_gid)
        with (home / "log").open("wb") as log:
            start(initdb_command(binaries, home, server.user, password_file), log, home, account).wait(
                START_SECONDS
            )
            process = start(postgres_command(binaries, home, server.port), log, home, account)
            try:
                wait_until_ready(server, process, home / "log")
                yield server
            finally:
                process.send_signal(signal.SIGQUIT)  # what `pg_ctl stop -m immediate` sends
                process.wait(START_SECONDS)


def find_binaries() -> Path:
    """The directory of the newest PostgreSQL that has PostGIS beside it: from PATH, else from Debian's own places.

    Raises PostgresMissing when there is none.
    """
    on_path = shutil.which("initdb")
    places = [Path(on_path).resolve().parent] if on_path else []
    debian = (found.parent for found in Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    places += sorted(debian, key=lambda place: int(place.parent.name), reverse=True)
    if not places:
        raise PostgresMissing("PostgreSQL is not installed")
    for place in places:
        answer = subprocess.run(
            [place / "pg_config", "--sharedir"], capture_output=True, text=True, check=True
        )
        if (Path(answer.stdout.strip()) / "extension" / "postgis.control").exists():
            return place
    raise PostgresMissing(f"PostgreSQL in {places[0]} has no PostGIS")


def unprivileged_account() -> pwd.struct_passwd | None:
    """Who the server runs as: ourselves (None) unless we are root, which PostgreSQL refuses to be."""
    if os.geteuid() != 0:
        return None
    accounts = {account.pw_name: account for account in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in accounts:
            return accounts[name]
    raise PostgresMissing("PostgreSQL does not run as root, and there is no user `postgres` or `nobody`")


def roomy_directory() -> Path | None:
    """In memory when there is room for it, else wherever temporary files go (None)."""
    if SHARED_MEMORY.is_dir() and shutil.disk_usage(SHARED_MEMORY).free > SHARED_MEMORY_WANTED:
        return SHARED_MEMORY
    return None


def _ports_in_turn() -> Iterator[int]:
    begin = secrets.randbelow(len(OUR_PORTS))
    yield from cycle((*OUR_PORTS[begin:], *OUR_PORTS[:begin]))


_ports = _ports_in_turn()


def free_port() -> int:
    """A loopback port that nothing listens on, and not the one that was given before.

    From below those that the system gives to outgoing calls: one of those could be taken between this and its use by
    any call of a test that runs beside.
    """
    while True:
        port = next(_ports)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def initdb_command(binaries: Path, home: Path, user: str, password_file: Path) -> list[str]:
    return [
        str(binaries / "initdb"),
        f"--pgdata={home / 'data'}",
        f"--username={user}",
        f"--pwfile={password_file}",
        "--auth=md5",  # of a password that nobody else has: SCRAM is slow on purpose, and we connect thousands of times
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--locale-provider=icu",
        "--icu-locale=en-GB",
        "--no-sync",  # only of the empty cluster; the server itself syncs as in production
    ]


def postgres_command(binaries: Path, home: Path, port: int) -> list[str]:
    # setpriv asks the kernel to stop the server when we are killed and cannot do it ourselves.
    setpriv = shutil.which("setpriv")
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": home,
        "max_connections": 200,
        "max_wal_size": "4GB",  # fewer checkpoints: every database copied is written to the log
        "autovacuum": "off",  # it would hold a connection to the template while we copy it
    }
    return [
        *([setpriv, "--pdeathsig", "QUIT"] if setpriv else []),
        str(binaries / "postgres"),
        "-D",
        str(home / "data"),
        *(f"--{name}={value}" for name, value in settings.items()),
    ]


def start(
    command: list[str], log: BinaryIO, home: Path, account: pwd.struct_passwd | None
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, so that Ctrl-C stops the tests first and the server after them."""
    return subprocess.Popen(
        command,
        stdout=log,
        stderr=log,
        cwd=home,
        start_new_session=True,
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )


def wait_until_ready(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once the server answers. Raises RuntimeError with its log when it stops or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            server.connect(server.maintenance).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")
