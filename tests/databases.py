"""One suite, two databases: a pytest plugin that gives each test an empty, migrated database of its own.

`--database sqlite` (the default) runs every test. `--database postgres` runs only the tests that touch a database, on
the server of `tests/postgres.py`, because the others would do the same again. A test touches a database when it asks,
itself or through a fixture, for one of the fixtures below. Migrating once and copying the result, or cleaning a copy
that a test is done with (`tests.used_again`), takes some twenty milliseconds, so tests need not clean up after each
other.

Without PostgreSQL the tests are skipped and the run says so at the end; with `CI` set it fails instead.
"""

import fcntl
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import make_url

from docs.inventory.grants import ROLES
from tests.postgres import PostgresMissing, Server, roomy_directory, running_server
from tests.used_again import Original, cleaned, original, portrait

ROOT = Path(__file__).resolve().parent.parent
GRANTS = ROOT / "docs" / "examples" / "grants.sql"
DATABASE_FIXTURES = {"engine_url", "module_engine_url", "empty_engine_url", "databases"}
SERVER = pytest.StashKey[Server]()
MISSING = pytest.StashKey[str]()
# How many tests use one database: what was deleted stays in its files.
MOST_TIMES = 100
FILES = pytest.StashKey[Path]()
Kind = Literal["sqlite", "postgres"]
Fill = Callable[[str], None]


def migration_config(url: str) -> Config:
    """Alembic's configuration for the database at `url`, whatever the environment says."""
    config = Config(ROOT / "alembic.ini")
    config.attributes["database_url"] = url
    return config


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest revision."""
    command.upgrade(migration_config(url), "head")


def _name(filled: tuple[Fill, ...]) -> str:
    return "_".join(("migrated", *(one.__name__ for one in filled)))


@dataclass(frozen=True)
class SQLiteFiles:
    """Databases as files below `directory`, where all workers keep theirs."""

    directory: Path
    kind: Kind = "sqlite"

    def empty(self) -> str:
        """The address of a new database without tables."""
        return f"sqlite:///{self.directory / uuid.uuid4().hex}.db"

    def migrated(self, *filled: Fill) -> str:
        """The address of a new database at the newest revision, with what each of `filled` puts into it, in turn. That
        is done once, by the first worker who wants it; each function has a name that no other has."""
        template = self.directory / f"{_name(filled)}.template"
        with template.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not template.exists():
                made = self._make(filled)
                Path(made.removeprefix("sqlite:///")).rename(template)
        url = self.empty()
        shutil.copyfile(template, url.removeprefix("sqlite:///"))
        return url

    def _make(self, filled: tuple[Fill, ...]) -> str:
        if not filled:
            url = self.empty()
            migrate(url)
        else:
            url = self.migrated(*filled[:-1])
            filled[-1](url)
        return url

    def grant_again(self, url: str) -> None:
        """Nothing: SQLite has no roles."""

    def served(self, url: str, role: str = "app") -> str:
        """The address by which `beatcheck_<role>` opens the database at `url`: a file knows no roles."""
        return url

    def drop(self, url: str) -> None:
        """Remove the database at `url` and its journals."""
        path = Path(url.removeprefix("sqlite:///"))
        for leftover in path.parent.glob(f"{path.name}*"):
            leftover.unlink()


@dataclass(frozen=True)
class Copy:
    """A database made from a template, and how many tests have used it."""

    name: str
    template: str
    times: int = 0


@dataclass
class PostgresDatabases:
    """Databases on the run's server.

    A test gets a copy of a template, or one that another test has used and that was cleaned (`tests.used_again`).
    """

    server: Server
    kind: Kind = "postgres"
    templates: dict[str, Original] = field(default_factory=dict)
    # Databases in use, and those that wait to be used again, each with its template.
    used: dict[str, Copy] = field(default_factory=dict)
    waiting: list[Copy] = field(default_factory=list)

    def empty(self) -> str:
        """The address of a new database with PostGIS and without tables."""
        return self.server.create(uuid.uuid4().hex)

    def migrated(self, *filled: Fill) -> str:
        """The address of a new database at the newest revision, with what each of `filled` puts into it, in turn. That
        is done once, by the first worker who wants it; each function has a name that no other has."""
        template = _name(filled)
        copy = next((one for one in self.waiting if one.template == template), None)
        if copy is None:
            copy = self._copied(template, filled)
        else:
            self.waiting.remove(copy)
        self.used[copy.name] = copy
        return self.server.url(copy.name)

    def _copied(self, template: str, filled: tuple[Fill, ...]) -> Copy:
        copy = Copy(uuid.uuid4().hex, template)
        if template not in self.templates:
            with self.server.locked(template):
                if not self.server.has(template):
                    self.server.rename(self._make(filled), template)
        self.server.create(copy.name, template)
        if template not in self.templates:
            # Of the copy: whoever is connected to the template keeps others from copying it.
            with self._connected(copy.name) as connection:
                self.templates[template] = original(connection)
        return copy

    def _make(self, filled: tuple[Fill, ...]) -> str:
        name = uuid.uuid4().hex
        if not filled:
            migrate(self.server.create(name))
            self._grant(name)
        else:
            below = self._copied(_name(filled[:-1]), filled[:-1])
            self.server.rename(below.name, name)
            filled[-1](self.server.url(name))
        return name

    def served(self, url: str, role: str = "app") -> str:
        """The address by which `beatcheck_<role>` opens the migrated database at `url`: the service, unless named."""
        return make_url(url).set(username=self.role(role)).render_as_string(hide_password=False)

    def role(self, name: str) -> str:
        """What the role `beatcheck_<name>` of the documentation is called in this run."""
        return f"{self.server.prefix}served_{name}"

    def _grant(self, template: str) -> None:
        with self._connected(template) as connection:
            for name in ROLES:
                password = sql.Literal(self.server.password)
                role = sql.Identifier(self.role(name))
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, password))
        self.grant_again(self.server.url(template))

    def grant_again(self, url: str) -> None:
        """Grants what the documentation grants, once tables were made anew."""
        script = GRANTS.read_text()
        for name in ROLES:
            script = script.replace(f"beatcheck_{name}", self.role(name))
        with self._connected(url.rsplit("/", 1)[1].removeprefix(self.server.prefix)) as connection:
            connection.execute(script.encode())

    def drop(self, url: str) -> None:
        """Close whatever is still connected to the database at `url`; nobody finds it by that address again."""
        name = url.rsplit("/", 1)[1].removeprefix(self.server.prefix)
        copy = self.used.pop(name, None)
        again = copy and self._again(copy)
        if again is None:
            self.server.drop(name)
        else:
            self.waiting.append(again)

    def _again(self, copy: Copy) -> Copy | None:
        again = Copy(uuid.uuid4().hex, copy.template, copy.times + 1)
        # Under another name before it is cleaned: what a test left running cannot come back to it.
        if not self.server.rename(copy.name, again.name):
            return None
        with self._connected(again.name) as connection:
            as_new = cleaned(connection, self.templates[again.template])
        if as_new and again.times < MOST_TIMES:
            return again
        if as_new:
            self.prove(again)
        self.server.drop(again.name)
        return None

    def prove(self, copy: Copy) -> None:
        """Hold a cleaned database against its template. AssertionError: traces of one test met the next."""
        with self._connected(copy.name) as connection:
            found, wanted = portrait(connection), self.templates[copy.template].portrait
        unlike = sorted(name for name in found | wanted if found.get(name) != wanted.get(name))
        assert not unlike, f"after {copy.times} tests in one database, other than in a new one: {unlike}"

    def _connected(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        return self.server.connect(self.server.prefix + database)


Databases = SQLiteFiles | PostgresDatabases


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=("sqlite", "postgres"),
        default="sqlite",
        help="where tests that need one keep their data",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Find or make the run's place for databases once: in the controller, whose workers are told where it is."""
    told = getattr(config, "workerinput", None)
    if told is not None:
        _be_told(config.stash, told)
        return
    stack = ExitStack()
    config.add_cleanup(stack.close)
    if config.getoption("--database") != "postgres":
        directory = stack.enter_context(TemporaryDirectory(prefix="beatcheck-sqlite-", dir=roomy_directory()))
        config.stash[FILES] = Path(directory)
        return
    try:
        config.stash[SERVER] = stack.enter_context(running_server())
    except PostgresMissing as missing:
        if os.environ.get("CI"):
            raise pytest.UsageError(f"The PostgreSQL half of the suite cannot run: {missing}") from missing
        config.stash[MISSING] = str(missing)


def _be_told(stash: pytest.Stash, told: Mapping[str, Any]) -> None:
    if "server" in told:
        stash[SERVER] = Server(**told["server"])
    elif "files" in told:
        stash[FILES] = Path(told["files"])
    else:
        stash[MISSING] = told["missing"]


def pytest_configure_node(node: object) -> None:
    """Tell a pytest-xdist worker what the controller found."""
    stash = node.config.stash  # type: ignore[attr-defined]
    told = node.workerinput  # type: ignore[attr-defined]
    if SERVER in stash:
        told["server"] = vars(stash[SERVER])
    elif FILES in stash:
        told["files"] = str(stash[FILES])
    else:
        told["missing"] = stash[MISSING]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL, leave out what does not touch a database; skip the rest when there is no server."""
    if config.getoption("--database") != "postgres":
        return
    touching = [item for item in items if DATABASE_FIXTURES & set(getattr(item, "fixturenames", ()))]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(touching)])
    items[:] = touching
    if MISSING in config.stash:
        for item in items:
            item.add_marker(pytest.mark.skip(reason=f"no PostgreSQL: {config.stash[MISSING]}"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say loudly what did not run."""
    if MISSING not in config.stash:
        return
    terminalreporter.section("POSTGRESQL WAS NOT TESTED", sep="!", red=True, bold=True)
    terminalreporter.line(f"None of the tests on PostgreSQL ran: {config.stash[MISSING]}")


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """Where this run makes its databases; `databases.kind` tells which of the two it is."""
    if request.config.getoption("--database") == "postgres":
        with request.config.stash[SERVER].connected() as server:
            made = PostgresDatabases(server)
            yield made
            for copy in made.waiting:
                made.prove(copy)
        return
    yield SQLiteFiles(request.config.stash[FILES])


@pytest.fixture
def engine_url(databases: Databases) -> Iterator[str]:
    """The address of an empty, migrated database for one test."""
    url = databases.migrated()
    yield url
    databases.drop(url)


@pytest.fixture(scope="module")
def module_engine_url(databases: Databases) -> Iterator[str]:
    """The address of an empty, migrated database that the tests of one module share."""
    url = databases.migrated()
    yield url
    databases.drop(url)


@pytest.fixture
def empty_engine_url(databases: Databases) -> Iterator[str]:
    """The address of a database without any tables, for tests of the migrations themselves."""
    url = databases.empty()
    yield url
    databases.drop(url)
