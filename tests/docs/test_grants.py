"""The roles of docs/examples on a real PostgreSQL: what each may do with the tables, and what it may not.

That the service needs no more than its role may do is shown by every story over HTTP, which is served as that role.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from app.audit.inspection import inspect
from app.clock import utc_now
from app.database.engine import open_engine
from app.tables import METADATA
from docs.inventory.__main__ import GRANTS
from docs.inventory.catalogue import KEEPER_WORDS, Rights, tables
from docs.inventory.grants import ROLES as ALL_BUT_THE_OWNER
from tests.conftest import seed
from tests.databases import Databases, PostgresDatabases, migrate
from tests.postgres import Server

ROLES = Path(GRANTS).with_name("roles.sql")
_AN_EVENT = (
    "INSERT INTO audit_events (id, at, action, operation, subjects) "
    "VALUES (%s, now(), 'CONSULT', 'patrol:read', '{}')"
)
Connection = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Cluster:
    """A database that was set up with the two scripts, under names of its own."""

    server: Server
    name: str

    def role(self, name: str) -> str:
        return f"{self.name}_{name}"

    def url(self, role: str) -> str:
        """The SQLAlchemy address of the database, as one of its roles."""
        address = make_url(self.server.url("")).set(username=self.role(role), database=self.name)
        return address.render_as_string(hide_password=False)

    def connect(self, role: str) -> Connection:
        return psycopg.connect(self.url(role).replace("+psycopg", ""), autocommit=True)

    def renamed(self, script: str) -> str:
        """A script of the documentation with this cluster's names."""
        return re.sub(r"\bDATABASE beatcheck\b", f"DATABASE {self.name}", script).replace(
            "beatcheck_", f"{self.name}_"
        )


def _set_up(cluster: Cluster) -> None:
    server = cluster.server
    script = re.sub(r"^--.*$", "", ROLES.read_text(), flags=re.MULTILINE)
    with server.connect(server.maintenance) as connection:
        for statement in cluster.renamed(script).split(";"):
            if statement.strip():
                connection.execute(statement.encode())
        for role in ("owner", *ALL_BUT_THE_OWNER):
            connection.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                    sql.Identifier(cluster.role(role)), sql.Literal(server.password)
                )
            )
    with server.connect(cluster.name) as connection:
        connection.execute("CREATE EXTENSION postgis")
    migrate(cluster.url("owner"))
    with cluster.connect("owner") as connection:
        connection.execute(cluster.renamed(GRANTS.read_text()).encode())
    seed(cluster.url("owner"))


@pytest.fixture(scope="module")
def cluster(databases: Databases) -> Iterator[Cluster]:
    """Roles, database, PostGIS, tables by the owner, grants, and the small force in it."""
    if not isinstance(databases, PostgresDatabases):
        pytest.skip("SQLite has no roles")
    name = f"{databases.server.prefix}roles_{uuid4().hex[:8]}"
    cluster = Cluster(databases.server, name)
    try:
        _set_up(cluster)
        yield cluster
    finally:
        with databases.server.connect(databases.server.maintenance) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )
            for role in ("owner", *ALL_BUT_THE_OWNER):
                connection.execute(
                    sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(cluster.role(role)))
                )


def _refused(connection: Connection, statement: str, *names: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def test_the_service_can_neither_rewrite_nor_delete_facts_and_the_log(cluster: Cluster) -> None:
    with cluster.connect("app") as connection:
        for name, note in tables().items():
            if note.rights in (Rights.REPLACED, Rights.QUEUE):
                continue
            _refused(connection, "DELETE FROM {}", name)
            _refused(connection, "TRUNCATE {}", name)
            for column in set(METADATA.tables[name].columns.keys()) - set(note.updates):
                _refused(connection, "UPDATE {} SET {} = NULL", name, column)


def test_the_service_changes_no_table(cluster: Cluster) -> None:
    with cluster.connect("app") as connection:
        _refused(connection, "CREATE TABLE more (id int)")
        _refused(connection, "ALTER TABLE audit_events ADD COLUMN more int")
        _refused(connection, "DROP TABLE audit_events")
        _refused(connection, "ALTER TABLE audit_events DISABLE TRIGGER ALL")
        _refused(connection, "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        _refused(connection, "UPDATE alembic_version SET version_num = 'x'")


def test_the_service_reads_and_adds_everywhere(cluster: Cluster) -> None:
    with cluster.connect("app") as connection:
        for name in METADATA.tables:
            connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name)))
            may_add = connection.execute("SELECT has_table_privilege(%s, 'INSERT')", [name]).fetchone()
            assert may_add == (tables()[name].rights != Rights.QUEUE,), name


def test_the_service_logs_before_the_grants_of_a_new_version(cluster: Cluster) -> None:
    """Nobody may add to the queue of the log but the log's own trigger, which acts as the owner."""
    with cluster.connect("owner") as owner:
        script = cluster.renamed("REVOKE ALL ON TABLE audit_unsealed FROM beatcheck_app")
        owner.execute(script.encode())
        try:
            with cluster.connect("app") as connection:
                connection.execute(_AN_EVENT, [uuid4()])
                _refused(connection, "INSERT INTO {} VALUES (gen_random_uuid(), now())", "audit_unsealed")
        finally:
            owner.execute(cluster.renamed(GRANTS.read_text()).encode())
    with cluster.connect("app") as connection:
        assert connection.execute("SELECT count(*) FROM audit_unsealed").fetchone() == (1,)
        _refused(connection, "INSERT INTO {} VALUES (gen_random_uuid(), now())", "audit_unsealed")
        _refused(connection, "INSERT INTO {} VALUES (now())", "audit_earlier")


def test_the_auditor_reads_the_log_and_nothing_else(cluster: Cluster) -> None:
    with cluster.connect("auditor") as connection:
        for name, note in tables().items():
            if note.retention == "log":
                connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name)))
                _refused(connection, "DELETE FROM {}", name)
            else:
                _refused(connection, "SELECT count(*) FROM {}", name)


def test_the_auditor_can_verify_the_log(cluster: Cluster) -> None:
    engine = open_engine(cluster.url("auditor"), 1)
    try:
        verdict = inspect(engine, utc_now(), None)
    finally:
        engine.dispose()
    assert verdict.holds


def _held(connection: Connection, table: str, right: str) -> bool:
    return connection.execute("SELECT has_table_privilege(%s, %s)", [table, right]).fetchone() == (True,)


def test_the_keeper_may_do_what_its_line_says_and_nothing_else(cluster: Cluster) -> None:
    with cluster.connect("keeper") as connection:
        for name, note in tables().items():
            for word, right in KEEPER_WORDS.items():
                assert _held(connection, name, right) == (word in note.keeper), f"{right} on {name}"
            _refused(connection, "TRUNCATE {}", name)
            for column in set(METADATA.tables[name].columns.keys()):
                update = sql.SQL("UPDATE {} SET {} = NULL WHERE false").format(
                    sql.Identifier(name), sql.Identifier(column)
                )
                if column in note.keeper:
                    connection.execute(update)
                else:
                    _refused(connection, "UPDATE {} SET {} = NULL WHERE false", name, column)
        assert not _held(connection, "alembic_version", "SELECT")


def test_a_backup_reads_everything_and_adds_to_the_log_alone(cluster: Cluster) -> None:
    with cluster.connect("backup") as connection:
        for name in (*METADATA.tables, "alembic_version"):
            connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name)))
            assert _held(connection, name, "INSERT") == (name == "audit_events"), name
            _refused(connection, "DELETE FROM {}", name)
            for column in set(METADATA.tables[name].columns.keys()) if name in METADATA.tables else ():
                _refused(connection, "UPDATE {} SET {} = NULL", name, column)


def test_only_the_keeper_erases_positions(cluster: Cluster) -> None:
    erasures = {
        "fix_batches": ("packed",),
        "patrols": ("longitude", "latitude", "accuracy_m"),
        "check_outs": ("longitude", "latitude", "accuracy_m"),
        "quarantined_facts": ("body",),
        "quarantine_corrections": ("body",),
        "patrol_erasures": ("batches", "fixes"),
    }
    for role in set(ALL_BUT_THE_OWNER) - {"keeper"}:
        with cluster.connect(role) as connection:
            for name, column in ((table, one) for table, names in erasures.items() for one in names):
                _refused(connection, "UPDATE {} SET {} = NULL WHERE false", name, column)


def test_strangers_do_not_get_in(cluster: Cluster) -> None:
    with cluster.connect("owner") as connection:
        found = connection.execute("SELECT datacl::text FROM pg_database WHERE datname = current_database()")
        (acl,) = found.fetchone() or ("",)
    assert not re.search(r"[{,]=", str(acl)), "PUBLIC may connect"
