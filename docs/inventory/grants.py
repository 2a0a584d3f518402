"""What each PostgreSQL role may do with each table, as the script a database administrator runs."""

from collections.abc import Iterator, Sequence

from app.tables import METADATA
from docs.inventory.catalogue import KEEPER_WORDS, Rights, TableNote, tables

# Everybody but the owner, as the end of the role's name; docs/examples/roles.sql makes them.
ROLES = ("app", "auditor", "keeper", "backup")
_EVERYBODY = ", ".join(f"beatcheck_{role}" for role in ROLES)
_HEAD = f"""-- Least privilege for Beatcheck on PostgreSQL. Written by `python -m docs.inventory`: do not edit it.
-- Run by the owner after every `beatcheck migrate`: psql --set ON_ERROR_STOP=1 --file docs/examples/grants.sql
-- A table that is not named here gives nothing to anybody but its owner.
BEGIN;

GRANT USAGE ON SCHEMA public TO {_EVERYBODY};
REVOKE ALL ON TABLE alembic_version FROM PUBLIC, {_EVERYBODY};
GRANT SELECT ON TABLE alembic_version TO beatcheck_app, beatcheck_backup;
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
    yield f"REVOKE ALL ON TABLE {note.table} FROM PUBLIC, {_EVERYBODY};"
    yield f"GRANT {_MAY.get(note.rights, 'SELECT, INSERT')} ON TABLE {note.table} TO beatcheck_app;"
    yield from _changing(note, "app", note.updates)
    if note.retention == "log":
        yield from _granted(note, "auditor", ["SELECT"])
    yield from _granted(note, "keeper", [KEEPER_WORDS[one] for one in note.keeper if one in KEEPER_WORDS])
    yield from _changing(note, "keeper", [one for one in note.keeper if one not in KEEPER_WORDS])
    # Taking a copy is itself logged; the queue of what waits for a seal is its trigger's business.
    yield from _granted(note, "backup", ["SELECT", "INSERT"] if note.table == "audit_events" else ["SELECT"])
    for column in METADATA.tables[note.table].columns:
        if column.identity is not None:
            # Numbering rows needs no right; copying how far the numbers have come does.
            yield f"GRANT SELECT ON SEQUENCE {note.table}_{column.name}_seq TO beatcheck_backup;"
    yield ""


def _granted(note: TableNote, role: str, rights: Sequence[str]) -> Iterator[str]:
    if rights:
        yield f"GRANT {', '.join(rights)} ON TABLE {note.table} TO beatcheck_{role};"


def _changing(note: TableNote, role: str, columns: Sequence[str]) -> Iterator[str]:
    if columns:
        yield f"GRANT UPDATE ({', '.join(columns)}) ON TABLE {note.table} TO beatcheck_{role};"
