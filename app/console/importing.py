"""`beatcheck import`: brings a file in, with a bar on a terminal and a report for people or machines."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from app.areas.import_kinds import ForceNotChosen, import_from_console
from app.clock import utc_now
from app.console.common import read_settings
from app.console.police_uk import fetched
from app.database.engine import open_engine
from app.imports.files import profiles_from
from app.imports.findings import as_csv
from app.imports.mechanism import Brought, ImportKind, ImportOptions, ReadAs
from app.imports.profiles import profile_named
from app.imports.schemas import ChangeResponse, ImportReport
from app.imports.tables import FileRefused, SourceFile
from app.main import spare_the_collector
from app.policeuk.import_kinds import POLICE_UK
from app.policeuk.live import FetchStopped
from app.problems import Problem
from app.routes import IMPORT_KINDS
from app.settings import Settings


def register(main: typer.Typer) -> None:
    """Adds the command."""
    main.command("import")(import_file)


def import_file(
    kind: Annotated[str, typer.Argument(help="areas, teams, hotspots, officers, …")],
    path: Annotated[
        Path | None,
        typer.Argument(help="The file; its bytes decide its format. police-uk: a folder or a zip archive."),
    ] = None,
    live: Annotated[
        bool,
        typer.Option("--live", help="police-uk: fetch what is not in the folder yet from data.police.uk."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what it would change.")] = False,
    force: Annotated[
        str | None, typer.Option(help="Code of the force; needed when there are several.")
    ] = None,
    default_issuer: Annotated[
        str | None, typer.Option(help="officers: the issuer where none is given.")
    ] = None,
    effective_from: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="officers: the day of undated changes; police-uk: that of the answers."
        ),
    ] = None,
    complete_list: Annotated[
        bool,
        typer.Option("--complete-list", help="officers: whoever is missing has left; engagements: is told."),
    ] = False,
    profile: Annotated[
        str | None, typer.Option(help="Mapping profile, `tracker` or `tracker/2`; else the standard layout.")
    ] = None,
    mapping: Annotated[
        str | None, typer.Option(help="wmnow-engagements: by which of the force's mappings; else `wmnow`.")
    ] = None,
    only_good_rows: Annotated[
        bool,
        typer.Option("--only-good-rows", help="wmnow-engagements: leave faulty rows out, and list them."),
    ] = False,
    findings: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write every finding there, as CSV.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Bring a file in, whole or not at all. Exit code 1: it has faults, and was not applied; 2: it cannot be read."""
    settings = read_settings()
    chosen = {one.name: one for one in IMPORT_KINDS}.get(kind)
    if chosen is None:
        raise typer.BadParameter(f"kinds are {', '.join(one.name for one in IMPORT_KINDS)}")
    if live and chosen is not POLICE_UK:
        raise typer.BadParameter("only police-uk is fetched")
    layout = profile_named(profiles_from(settings.import_profiles), profile)
    if layout is None:
        raise typer.BadParameter("there is no such mapping profile")
    from_day = effective_from.date() if effective_from is not None else None
    reading = ReadAs(ImportOptions(default_issuer, from_day, complete_list, mapping, only_good_rows), layout)
    try:
        brought = _bring_in(settings, chosen, path, reading, force, live=live, dry_run=dry_run)
    except (FileRefused, ForceNotChosen, FetchStopped, Problem) as refused:
        typer.echo(f"refused: {refused}", err=True)
        raise typer.Exit(2) from None
    _tell(brought, findings, as_json=as_json)


def _tell(brought: Brought, findings: Path | None, *, as_json: bool) -> None:
    if findings is not None:
        findings.write_text(as_csv(brought.findings), encoding="utf-8", newline="")
    if as_json:
        typer.echo(brought.report.model_dump_json(indent=1))
    else:
        _show(brought.report)
    if brought.report.counts.errors and not brought.report.applied:
        raise typer.Exit(1)


def _bring_in(
    settings: Settings,
    kind: ImportKind,
    path: Path | None,
    reading: ReadAs,
    force: str | None,
    *,
    live: bool,
    dry_run: bool,
) -> Brought:
    # Rows by the thousand; looking through what the application itself is made of cost a quarter of the time.
    spare_the_collector()
    engine = open_engine(settings.database_url)
    try:
        source = _read(kind, fetched(settings, engine, force, path) if live else path, settings)
        with _progress(len(source.table.rows)) as progress:
            return import_from_console(
                engine, kind, source, reading, force, utc_now(), dry_run=dry_run, progress=progress
            )
    finally:
        engine.dispose()


def _read(kind: ImportKind, path: Path | None, settings: Settings) -> SourceFile:
    if path is None or not path.exists():
        raise typer.BadParameter("there is no such file")
    if not path.is_dir():
        return kind.read(path.read_bytes(), settings.import_directory)
    if kind.read_folder is None:
        raise typer.BadParameter(f"a folder is no file of {kind.name}")
    return kind.read_folder(path)


@contextmanager
def _progress(rows: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, beside whatever the command prints; nothing where nobody looks."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("rows"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=console, transient=True, disable=not console.is_terminal,
    )  # fmt: skip
    task = bar.add_task("rows", total=rows)
    with bar:
        yield lambda done: bar.advance(task, done)


def _show(report: ImportReport) -> None:
    # `Text` keeps brackets in a file's codes from being read as Rich's markup.
    console = Console()
    for title, rows in (
        ("Findings", [(one.severity, one.row, one.column, one.code, one.detail) for one in report.findings]),
        (
            "Changes",
            [(one.action, one.row, one.key, ", ".join(one.fields), _turn(one)) for one in report.changes],
        ),
    ):
        if rows:
            table = Table(title=title, show_header=False)
            for row in rows:
                table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
            console.print(table)
    counts = ", ".join(f"{value} {name}" for name, value in report.counts.model_dump().items())
    done = "applied" if report.applied else "nothing was changed"
    again = " (this file was applied before; nothing happened now)" if report.repeated else ""
    console.print(Text(f"{report.kind}: {counts}: {done}{again}"))


def _turn(change: ChangeResponse) -> str:
    return "" if change.before is None else f"{change.before} becomes {change.after}"
