"""The inventory as a page."""

from collections.abc import Iterator

from app.tables import METADATA
from docs.inventory.catalogue import Kind, TableNote, noted, tables

_HEAD = """# Data inventory

Written by `python -m docs.inventory` from the models, the roles and the two files in
[inventory/](inventory/tables.csv); a test keeps it equal to them. What it is for, where data flow and which questions a
force has to answer stand in [the DPIA pack](dpia.md).

*key* tells rows apart and leads to a person only by way of other tables; *person* says something about an officer or
member of staff; **location** says where somebody was; *free text* may hold what nobody foresaw. Nothing is held about
members of the public. Roles see rows only within their scope (team, area, force). Retention classes are explained
[in the pack](dpia.md#how-long).
"""
_MARKS = {Kind.LOCATION: "**location**"}


def inventory_page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_summary(), *(line for name in sorted(tables()) for line in _section(name))])


def _summary() -> Iterator[str]:
    yield "| table | about | why | from | seen by | kept as |"
    yield "|---|---|---|---|---|---|"
    for name in sorted(tables()):
        note = tables()[name]
        marked = f" {_MARKS[Kind.LOCATION]}" if Kind.LOCATION in _kinds(name) else ""
        yield (
            f"| [`{name}`](#{name}){marked} | {note.about} | {note.purpose} | {note.source} | {_seen(note)} "
            f"| {note.retention} |"
        )
    yield ""


def _seen(note: TableNote) -> str:
    return ", ".join(note.roles()) or "nobody through the service"


def _kinds(name: str) -> set[str]:
    notes = (noted(name, column.name) for column in METADATA.tables[name].columns)
    return {note.kind for note in notes if note is not None}


def _section(name: str) -> Iterator[str]:
    yield f"## {name}"
    yield ""
    yield "| column | personal | what it says |"
    yield "|---|---|---|"
    for column in METADATA.tables[name].columns:
        note = noted(name, column.name)
        if note is not None:
            yield f"| `{column.name}` | {_MARKS.get(Kind(note.kind), note.kind)} | {note.meaning} |"
    yield ""
