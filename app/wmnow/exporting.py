"""The use case that hands out our engagements in the tracker's own columns, so that nobody keys them twice.

What will be sent is looked up and logged first; the rows are then read and written some at a time.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session

from app.audit.service import disclosed
from app.clock import london_day
from app.database.session import reading
from app.identity.permissions import Caller, Permission, requires
from app.reference.codes import Lists
from app.reference.queries import labels_of
from app.rest.parameters import wrong_period
from app.spreadsheet import Cell, to_csv, without_header, write_xlsx
from app.wmnow import export_queries, queries
from app.wmnow.export_queries import ExportFilter
from app.wmnow.layouts import cells
from app.wmnow.mapping import CODE_LISTS, WMNOW, Mapping
from app.wmnow.problems import mapping_unknown, too_many_rows

MOST_ROWS = 100_000
_AT_ONCE = 1_000
_PIECE = 256 * 1024
Rows = Callable[[], Iterator[list[list[Cell]]]]


@requires(Permission.WMNOW_EXPORT)
def export_csv(
    session: Session, caller: Caller, engine: Engine, wanted: ExportFilter, now: datetime
) -> Iterator[str]:
    """The engagements as CSV, piece by piece."""
    header, rows = _prepared(session, caller, engine, wanted, now)
    return _csv(header, rows)


@requires(Permission.WMNOW_EXPORT)
def export_xlsx(
    session: Session, caller: Caller, engine: Engine, wanted: ExportFilter, now: datetime
) -> Iterator[bytes]:
    """The engagements as a workbook: written to a file that is gone afterwards, then sent piece by piece."""
    header, rows = _prepared(session, caller, engine, wanted, now)
    return _xlsx(header, rows, now)


def _prepared(
    session: Session, caller: Caller, engine: Engine, wanted: ExportFilter, now: datetime
) -> tuple[list[str], Rows]:
    if wanted.from_at >= wanted.to_at:
        raise wrong_period()
    day = london_day(now)
    mapping = queries.mapping(session, caller.force_id, wanted.mapping or WMNOW, day)
    if mapping is None:
        raise mapping_unknown()
    found = export_queries.engagements_for(session, caller, wanted, now, MOST_ROWS + 1)
    if len(found) > MOST_ROWS:
        raise too_many_rows(MOST_ROWS)
    lists = labels_of(session, caller.force_id, list(CODE_LISTS.values()), day)
    reason = f"engagements for the tracker by {mapping.label}"
    for some in _chunks(found) or [[]]:
        subjects = {"engagement": [each for each, _ in some], "officer": {person for _, person in some}}
        disclosed(
            session, "wmnow.export", now, subjects,
            actor_id=caller.officer_id, force_id=caller.force_id, reason=reason,
        )  # fmt: skip
    ids = [each for each, _ in found]
    return [column.heading for column in mapping.layout], lambda: _rows(engine, ids, mapping, lists)


def _chunks(found: Sequence[tuple[UUID, UUID]]) -> list[Sequence[tuple[UUID, UUID]]]:
    return [found[start : start + _AT_ONCE] for start in range(0, len(found), _AT_ONCE)]


def _rows(engine: Engine, ids: Sequence[UUID], mapping: Mapping, lists: Lists) -> Iterator[list[list[Cell]]]:
    for start in range(0, len(ids), _AT_ONCE):
        with reading(engine) as session:
            some = export_queries.described(session, ids[start : start + _AT_ONCE])
        yield [cells(each, mapping, lists) for each in some]


def _csv(header: Sequence[str], rows: Rows) -> Iterator[str]:
    yield to_csv(header, ())
    for some in rows():
        yield without_header(header, some)


def _xlsx(header: Sequence[str], rows: Rows, now: datetime) -> Iterator[bytes]:
    with NamedTemporaryFile(suffix=".xlsx") as file:
        write_xlsx(Path(file.name), "Engagements", header, (row for some in rows() for row in some), now)
        while piece := file.read(_PIECE):
            yield piece
