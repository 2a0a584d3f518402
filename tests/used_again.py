"""Makes a PostgreSQL database that a test has used what it was before, or says that it cannot.

What a test changed is known without looking through a hundred tables: the server counts, for each table and catalog,
the rows that were ever inserted, updated or deleted, those of transactions taken back included. A session hands in its
counts before it ends, and nobody looks before every session has ended. Counted tables are emptied and given back the
rows of the template. A changed catalog is a changed schema, privilege or statistic of the planner: such a database is
not used again. Nor is one that has grown, or whose server has lost its counts in a crash.

That nothing was overlooked is seen when a database has served its time: `portrait` looks at everything, without counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

Connection = psycopg.Connection[tuple[object, ...]]
# Deleted rows stay in their files until a vacuum; where there are more of them, a new copy is cheaper.
MOST_ROWS = 5_000
# What is kept of one table of a template, to be put back.
MOST_KEPT_BYTES = 500_000
# Servers before this hand in their counts some time later.
_COUNTS_AT_ONCE = 150_000

_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
_TOUCHED = """
    SELECT * FROM (
        SELECT c.relname,
               pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid)
               + pg_stat_get_tuples_deleted(c.oid) AS changes,
               pg_stat_get_vacuum_count(c.oid) + pg_stat_get_analyze_count(c.oid) AS looks
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'm') AND NOT c.relisshared AND n.nspname <> 'pg_toast'
    ) AS counted WHERE changes + looks > 0
"""
_SEQUENCES = "SELECT schemaname || '.' || sequencename, start_value, last_value FROM pg_sequences"
_SETTINGS = """
    SELECT datacl IS NULL, datconnlimit, datallowconn,
           (SELECT count(*) FROM pg_db_role_setting WHERE setdatabase = d.oid)
    FROM pg_database d WHERE datname = current_database()
"""
_AS_MADE = (True, -1, True, 0)
_COUNTED_SINCE = "SELECT pg_postmaster_start_time(), stats_reset FROM pg_stat_bgwriter"
_PORTRAIT = """
    SELECT 'table ' || relname,
           md5(query_to_xml(format('SELECT t::text FROM public.%I t ORDER BY 1', relname), true, false, '')::text)
    FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'spatial_ref_sys'
    UNION ALL
    SELECT 'sequence ' || sequencename, last_value::text FROM pg_sequences
    UNION ALL
    SELECT what, md5(string_agg(said, ',' ORDER BY said)) FROM (
        SELECT 'relations', concat_ws(' ', relname, relkind, relacl, reloptions, obj_description(oid, 'pg_class'))
        FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL
        SELECT 'columns', concat_ws(' ', attrelid::regclass, attname, atttypid::regtype, attnotnull, attacl,
                                    attidentity, attgenerated, pg_get_expr(adbin, adrelid))
        FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attnum > 0
        UNION ALL
        SELECT 'indexes', indexdef FROM pg_indexes
        UNION ALL
        SELECT 'constraints', concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
        UNION ALL
        SELECT 'triggers', concat_ws(' ', tgenabled, pg_get_triggerdef(oid)) FROM pg_trigger
        UNION ALL
        SELECT 'functions', concat_ws(' ', proname, pg_get_function_arguments(oid), proacl, prosrc) FROM pg_proc
        UNION ALL
        SELECT 'statistics', concat_ws(' ', starelid::regclass, staattnum) FROM pg_statistic
        UNION ALL
        SELECT 'settings', setconfig::text
        FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase WHERE datname = current_database()
    ) AS defined (what, said) GROUP BY what
"""


@dataclass(frozen=True)
class Original:
    """What a template holds: the rows of each table (None where they are many), where each sequence stands."""

    counted_since: tuple[object, ...] | None
    sequences: dict[str, tuple[object, object]]
    rows: dict[str, bytes | None] = field(repr=False)
    portrait: dict[str, object] = field(repr=False)


def original(connection: Connection) -> Original:
    """What has to be known of a template, from a new copy that `connection` leads to."""
    tables = [str(name) for (name,) in connection.execute(_TABLES).fetchall()]
    return Original(
        _row(connection, _COUNTED_SINCE),
        _sequences(connection),
        {name: _rows_of(connection, name) for name in tables},
        portrait(connection),
    )


def cleaned(connection: Connection, of: Original) -> bool:
    """Give the database its template's content back; `connection` is the only one to it.

    False: it cannot be used again, whatever it holds now.
    """
    if connection.info.server_version < _COUNTS_AT_ONCE:
        return False
    if _row(connection, _COUNTED_SINCE) != of.counted_since or _row(connection, _SETTINGS) != _AS_MADE:
        return False
    touched = connection.execute(_TOUCHED).fetchall()
    # Tables whose rows are kept are the template's own; a catalog is none of them.
    if any(looks or of.rows.get(str(table)) is None for table, _, looks in touched):
        return False
    if sum(int(str(changes)) for _, changes, _ in touched) > MOST_ROWS:
        return False
    _put_back(connection, of, [str(table) for table, _, _ in touched])
    # Our own counts are handed in at once; then all begin again at nought, as those of a new copy.
    connection.execute("SELECT pg_stat_force_next_flush()")
    connection.execute("SELECT pg_stat_reset()")
    return True


def portrait(connection: Connection) -> dict[str, object]:
    """Everything that two databases may differ in, by its name: a hash, a number or nothing. Takes a fifth of a second.

    What PostGIS knows of coordinates is left out: eight thousand rows that only PostGIS writes.
    """
    return {str(name): value for name, value in connection.execute(_PORTRAIT).fetchall()}


def _put_back(connection: Connection, of: Original, tables: Iterable[str]) -> None:
    # As a replica does it: neither keys nor the guards against deletion are asked.
    connection.execute("SET session_replication_role = replica")
    with connection.transaction(), connection.cursor() as cursor:
        for name in tables:
            cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
            if kept := of.rows[name]:
                with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))) as copy:
                    copy.write(kept)
    found = _sequences(connection)
    for name, (start, last) in of.sequences.items():
        if found[name] != (start, last):
            connection.execute("SELECT setval(%s::regclass, %s, %s)", [name, last or start, last is not None])


def _rows_of(connection: Connection, table: str) -> bytes | None:
    with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
        kept = b"".join(copy)
    return kept if len(kept) <= MOST_KEPT_BYTES else None


def _sequences(connection: Connection) -> dict[str, tuple[object, object]]:
    return {str(name): (start, last) for name, start, last in connection.execute(_SEQUENCES).fetchall()}


def _row(connection: Connection, query: str) -> tuple[object, ...] | None:
    return connection.execute(query.encode()).fetchone()
