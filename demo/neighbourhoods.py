"""`python -m demo.neighbourhoods`: what data.police.uk says of neighbourhoods comes into an area tree.

The answers are real ones about Leicestershire, recorded in 2016 (`demo/data/police_uk/`). The force is put in beside
whatever else is there; its own areas say which of them data.police.uk knows, the others are made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import typer
from rich.console import Console
from rich.text import Text
from sqlalchemy import Engine

from app.areas import held
from app.areas.import_kinds import AREAS, import_from_console
from app.areas.priority_queries import priorities_of
from app.areas.queries import areas
from app.clock import london_day, utc_now
from app.database.engine import open_engine
from app.database.session import reading
from app.imports.files import read_file
from app.imports.mechanism import ImportKind, ImportOptions, ReadAs
from app.imports.schemas import ImportReport
from app.imports.tables import SourceFile
from app.policeuk.import_kinds import POLICE_UK
from app.policeuk.recorded import read_folder
from demo.force import DATA
from demo.loading import migrate

RECORDED = DATA / "police_uk"
FORCE = "LEICS"
# Which area a neighbourhood of data.police.uk is, somebody has to say.
OWN_AREAS = """code,name,kind,parent_code,valid_from,police_uk_id
LEICS,Leicestershire Police,FORCE,,2016-01-01,leicestershire
CITY,City,LPA,LEICS,2016-01-01,
CC,City Centre,SECTOR,CITY,2016-01-01,NC04
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """An area as it stands afterwards, how far below the force, with what residents there were told."""

    depth: int
    code: str
    name: str
    kind: str
    police_uk_id: str | None
    priorities: Sequence[str]


@dataclass(frozen=True, slots=True)
class Brought:
    """What trying told, what came of it, and what a second time comes to."""

    tried: ImportReport
    applied: ImportReport
    again: ImportReport
    tree: Sequence[Standing]


def bring_neighbourhoods(database_url: str, folder: Path, now: datetime) -> Brought:
    """Brings the recorded answers in, tried first; on a database with our tables."""
    engine = open_engine(database_url)

    def brought(kind: ImportKind, source: SourceFile, *, dry_run: bool = False) -> ImportReport:
        reading_as = ReadAs(ImportOptions())
        return import_from_console(engine, kind, source, reading_as, FORCE, now, dry_run=dry_run).report

    try:
        brought(AREAS, read_file(OWN_AREAS.encode(), folder))
        answers = read_folder(RECORDED)
        return Brought(
            brought(POLICE_UK, answers, dry_run=True),
            brought(POLICE_UK, answers),
            brought(POLICE_UK, answers),
            _tree(engine, now),
        )
    finally:
        engine.dispose()


def _tree(engine: Engine, now: datetime) -> list[Standing]:
    day = london_day(now)
    with reading(engine) as session:
        force_id = next(force.id for force in held.forces(session) if force.code == FORCE)
        rows = areas(session, force_id, day, None, None, None, 500)
        found: list[Standing] = []

        def below(parent_id: object, depth: int) -> None:
            for one in (each for each in rows if each.parent_id == parent_id):
                issues = [each.issue for each in priorities_of(session, one.id, day)]
                found.append(Standing(depth, one.code, one.name, one.kind.value, one.police_uk_id, issues))
                below(one.id, depth + 1)

        below(None, 0)
        return found


def show_neighbourhoods(done: Brought, console: Console) -> None:
    """Prints what came of it."""
    for what, report in (("tried", done.tried), ("brought in", done.applied), ("once more", done.again)):
        counts = ", ".join(f"{value} {name}" for name, value in report.counts.model_dump().items() if value)
        console.print(f"Answers of data.police.uk, {what}: {counts}")
    for finding in done.tried.findings:
        console.print(
            Text(f"  told of row {finding.row}, {finding.column}: {finding.code}: {finding.detail}")
        )
    for one in done.tree:
        known = f" = {one.police_uk_id}" if one.police_uk_id else ""
        console.print(Text(f"{'  ' * one.depth}{one.kind} {one.code} {one.name}{known}"))
        for issue in one.priorities:
            console.print(Text(f"{'  ' * one.depth}  priority: {issue}"))


def main() -> None:
    """Bring recorded answers of data.police.uk into an area tree, on a database of its own, and print it."""
    with TemporaryDirectory() as kept:
        database_url = f"sqlite:///{Path(kept) / 'neighbourhoods.db'}"
        migrate(database_url)
        show_neighbourhoods(bring_neighbourhoods(database_url, Path(kept), utc_now()), Console(width=140))


if __name__ == "__main__":
    typer.run(main)
