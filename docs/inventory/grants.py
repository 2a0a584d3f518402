"""What each PostgreSQL role may do with each table, as the script a database administrator runs."""

from collections.abc import Iterator

from docs.inventory.catalogue import Rights, TableNote, tables

_HEAD = """-- Least privilege for Beatcheck on PostgreSQL. Written by `python -m docs.inventory`: do not edit it.
-- Run by the owner after every `beatcheck migrate`: psql --set ON_ERROR_STOP=1 --file docs/examples/grants.sql
-- A table that is not named here gives the service nothing.
BEGIN;

GRANT USAGE ON SCHEMA public TO beatcheck_app, beatcheck_auditor;
REVOKE ALL ON TABLE alembic_version FROM PUBLIC, beatcheck_app, beatcheck_auditor;
GRANT SELECT ON TABLE alembic_version TO beatcheck_app;
"""
# What the service may do with a table's rows; with others it may SELECT and INSERT.
_MAY: dict[str, str] = {Rights.REPLACED: "SELECT, INSERT, UPDATE, DELETE", Rights.QUEUE: "SELECT, DELETE"}


def grants_script() -> str:
    """The whole script."""
    return "\n".join(
        [_HEAD, *(line for name in sorted(tables()) for line in _of(tables()[name])), "COMMIT;", ""]
    )


def _of(note: TableNote) -> Iterator[str]:
    yield f"-- {note.table}: {note.rights}"
    yield f"REVOKE ALL ON TABLE {note.table} FROM PUBLIC, beatcheck_app, beatcheck_auditor;"
    rights = _MAY.get(note.rights, "SELECT, INSERT")
    yield f"GRANT {rights} ON TABLE {note.table} TO beatcheck_app;"
    if note.updates:
        yield f"GRANT UPDATE ({', '.join(note.updates)}) ON TABLE {note.table} TO beatcheck_app;"
    if note.retention == "log":
        yield f"GRANT SELECT ON TABLE {note.table} TO beatcheck_auditor;"
    yield ""
