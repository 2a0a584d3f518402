"""A PostgreSQL database that a test has used is, for the next test, a new one."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from psycopg import sql

from tests.databases import Databases, PostgresDatabases
from tests.used_again import MOST_ROWS, Connection, portrait

# Values that mean nothing, by type.
ANY_OF = {
    "uuid": "gen_random_uuid()", "character varying": "'x'", "text": "'x'", "jsonb": "'{}'", "bytea": "'x'",
    "boolean": "true", "timestamp with time zone": "now()", "date": "now()", "integer": "1", "bigint": "1",
    "double precision": "1", "geometry(LineString": "'SRID=4326;LINESTRING EMPTY'",
    "geometry(LineStringM": "'SRID=4326;LINESTRING M EMPTY'",
    "geometry(MultiPolygon": "'SRID=4326;MULTIPOLYGON EMPTY'",
}  # fmt: skip
NEVER_AGAIN = {
    "a column": "ALTER TABLE teams ADD COLUMN mine TEXT",
    "a table": "CREATE TABLE mine (it INT)",
    "an index gone": "DROP INDEX {index}",
    "a guard that sleeps": "ALTER TABLE audit_events DISABLE TRIGGER ALL",
    "a function": "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "a privilege": "GRANT SELECT ON teams TO PUBLIC",
    "a privilege of one column": "GRANT UPDATE (name) ON teams TO PUBLIC",
    "a table emptied by its file": "TRUNCATE feed_state",
    "what the planner knows": "ANALYZE feed_state",
    "a vacuum": "VACUUM teams",
    "a comment": "COMMENT ON TABLE teams IS 'mine'",
    "a setting": "ALTER DATABASE {database} SET statement_timeout = 1",
    "who may connect": "REVOKE CONNECT ON DATABASE {database} FROM PUBLIC",
    "many rows": "INSERT INTO audit_earlier SELECT make_date(i, 1, 1) FROM generate_series(1, {most} + 1) i",
}


@pytest.fixture
def own(databases: Databases) -> Iterator[PostgresDatabases]:
    """With the run's templates, and no database that another test has used."""
    if not isinstance(databases, PostgresDatabases):
        pytest.skip("SQLite copies a file")
    found = replace(databases, used={}, waiting=[])
    yield found
    for copy in (*found.waiting, *found.used.values()):
        found.server.drop(copy.name)


def connected(own: PostgresDatabases, url: str) -> Connection:
    return own.server.connect(url.rsplit("/", 1)[1])


def oid(own: PostgresDatabases, url: str) -> object:
    """What stays the same when a database is called otherwise."""
    with connected(own, url) as connection:
        found = connection.execute(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert found is not None
    return found[0]


def look(own: PostgresDatabases, url: str) -> dict[str, object]:
    with connected(own, url) as connection:
        return portrait(connection)


def fill_every_table(connection: Connection) -> set[str]:
    """Answers the tables: all."""
    connection.execute("SET session_replication_role = replica")
    columns: dict[str, dict[str, str]] = defaultdict(dict)
    for table, column, kind in connection.execute(
        "SELECT relname, attname, split_part(format_type(atttypid, atttypmod), ',', 1)"
        " FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE relkind = 'r' AND attnum > 0"
        " AND relnamespace = 'public'::regnamespace AND relname <> 'spatial_ref_sys' AND attidentity = ''"
    ).fetchall():
        columns[str(table)][str(column)] = ANY_OF[
            str(kind) if "geom" in str(kind) else str(kind).split("(")[0]
        ]
    for table, values in columns.items():
        row = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(map(sql.SQL, values.values())),
        )
        connection.execute(row)
    return set(columns)


def without_checks(url: str) -> None:
    """A template whose tables take anything."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        for table, check in connection.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0"
        ).fetchall():
            drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
            connection.execute(drop.format(sql.Identifier(table), sql.Identifier(check)))


def two_teams_areas(url: str) -> None:
    """A template with some rows, by which others are found."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "INSERT INTO area_ancestors SELECT gen_random_uuid(), gen_random_uuid() FROM generate_series(1, 9)"
        )
        connection.execute("SELECT nextval('feed_entries_number_seq') FROM generate_series(1, 5)")


def test_rows_in_every_table_are_gone(own: PostgresDatabases) -> None:
    url = own.migrated(without_checks)
    new, first = look(own, url), oid(own, url)
    with connected(own, url) as connection:
        with connection.transaction(force_rollback=True):
            fill_every_table(connection)
        tables = fill_every_table(connection)
    assert len(tables) > 100
    told = look(own, url)
    assert {name for name in new if new[name] != told[name]} == {
        "sequence feed_entries_number_seq",
        *(f"table {name}" for name in tables),
    }
    own.drop(url)
    again = own.migrated(without_checks)
    assert (oid(own, again), again == url) == (first, False)
    assert look(own, again) == new


def test_rows_of_the_template_come_back(own: PostgresDatabases) -> None:
    url = own.migrated(two_teams_areas)
    new, first = look(own, url), oid(own, url)
    for statement in (
        "DELETE FROM area_ancestors WHERE ctid = '(0,1)'",
        "UPDATE area_ancestors SET area_id = gen_random_uuid()",
        "DELETE FROM area_ancestors; DELETE FROM feed_state; DELETE FROM alembic_version",
        "SELECT nextval('feed_entries_number_seq')",
        "SELECT 1",
    ):
        with connected(own, url) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(statement.encode())
        own.drop(url)
        url = own.migrated(two_teams_areas)
        assert (oid(own, url), look(own, url)) == (first, new), statement


def test_what_deleting_does_not_undo_is_not_used_again(own: PostgresDatabases) -> None:
    for what, statement in NEVER_AGAIN.items():
        url = own.migrated()
        with connected(own, url) as connection:
            index = connection.execute(
                "SELECT indexname FROM pg_indexes WHERE indexname LIKE 'ix%' LIMIT 1"
            ).fetchone()
            assert index is not None
            names = {
                "index": sql.Identifier(str(index[0])),
                "database": sql.Identifier(connection.info.dbname),
                "most": sql.Literal(MOST_ROWS),
            }
            connection.execute(sql.SQL(statement).format(**names))
        own.drop(url)
        assert own.waiting == [], what


def test_nor_is_one_whose_changes_nobody_counted(
    own: PostgresDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a crash: every count begins again at nought."""
    url = own.migrated()
    (copy,) = own.used.values()
    template = copy.template
    monkeypatch.setitem(own.templates, template, replace(own.templates[template], counted_since=None))
    own.drop(url)
    assert own.waiting == []


def test_whoever_is_still_connected_is_cut_off_and_does_not_come_back(own: PostgresDatabases) -> None:
    url = own.migrated()
    new, first = look(own, url), oid(own, url)
    left = connected(own, url)
    left.execute("SELECT pg_advisory_lock(1)")
    left.execute("BEGIN")
    left.execute("DELETE FROM feed_state")
    own.drop(url)
    with pytest.raises(psycopg.OperationalError):
        left.execute("COMMIT")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        connected(own, url)
    again = own.migrated()
    assert (oid(own, again), look(own, again)) == (first, new)
    with connected(own, again) as connection:
        assert connection.execute("SELECT pg_try_advisory_lock(1)").fetchone() == (True,)
    left.close()


def test_a_trace_that_was_overlooked_is_found_in_the_end(own: PostgresDatabases) -> None:
    url = own.migrated()
    own.drop(url)
    (waiting,) = own.waiting
    own.prove(waiting)
    with own.server.connect(own.server.prefix + waiting.name) as connection:
        connection.execute("INSERT INTO audit_earlier (since) VALUES (now())")
    with pytest.raises(AssertionError, match="table audit_earlier"):
        own.prove(waiting)
