"""The `beatcheck` command."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from alembic import command
from alembic.config import Config
from psycopg.errors import InsufficientPrivilege
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import ProgrammingError

from app.areas.import_kinds import ForceNotChosen, import_from_console
from app.clock import utc_now
from app.console import audit, keeping, schedules
from app.console.audit import seal_once
from app.console.common import ROOT, read_settings
from app.console.reassess import reassess
from app.database.engine import open_engine
from app.housekeeping import tick_once
from app.imports.files import profiles_from, read_file
from app.imports.findings import as_csv
from app.imports.profiles import profile_named
from app.imports.schemas import ChangeResponse, ImportReport
from app.imports.service import ImportOptions, Reading
from app.imports.tables import FileRefused
from app.main import create_app, database_refusals, spare_the_collector
from app.routes import IMPORT_KINDS
from app.settings import Profile, Settings

main = typer.Typer(no_args_is_help=True, add_completion=False, help="Patrol check-in for hotspot policing.")
keeping.register(main)
main.command()(reassess)
audit.register(main)
schedules.register(main)


def application() -> object:
    """What each worker of `serve` runs."""
    app = create_app(read_settings())
    spare_the_collector()
    return app


@main.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Processes; more than one wants PostgreSQL.")
    ] = 1,
) -> None:
    """Serve the API until stopped."""
    settings = read_settings()
    refusals = settings.refusals() or database_refusals(settings)
    if refusals:
        for reason in refusals:
            typer.echo(f"refused: {reason}", err=True)
        raise typer.Exit(2)
    uvicorn.run(
        "app.cli:application",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=25,
        # A worker that has to import everything on a busy machine must not be killed for it, again and again.
        timeout_worker_healthcheck=60,
        http="app.rest.protocol:ProblemProtocol",
    )


@main.command()
def migrate() -> None:
    """Bring the database to this version's tables."""
    config = Config(ROOT / "alembic.ini")
    config.attributes["database_url"] = read_settings().database_url
    try:
        command.upgrade(config, "head")
    except ProgrammingError as error:
        if not isinstance(error.orig, InsufficientPrivilege):
            raise
        typer.echo("refused: this role may not change tables; migrate as their owner", err=True)
        raise typer.Exit(2) from None
    typer.echo("The database is up to date.")


@main.command("import")
def import_file(
    kind: Annotated[str, typer.Argument(help="areas, teams, hotspots, officers, …")],
    path: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="The file; its bytes decide its format.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what it would change.")] = False,
    force: Annotated[
        str | None, typer.Option(help="Code of the force; needed when there are several.")
    ] = None,
    default_issuer: Annotated[
        str | None, typer.Option(help="officers: the issuer where none is given.")
    ] = None,
    effective_from: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="officers: the day of undated changes.")
    ] = None,
    complete_list: Annotated[
        bool,
        typer.Option("--complete-list", help="officers: whoever is missing has left; engagements: is told."),
    ] = False,
    profile: Annotated[
        str | None, typer.Option(help="Mapping profile, `tracker` or `tracker/2`; else the standard layout.")
    ] = None,
    findings: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write every finding there, as CSV.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Bring a file in, whole or not at all. Exit code 1 when it has faults, 2 when it cannot be read."""
    settings = read_settings()
    chosen = {one.name: one for one in IMPORT_KINDS}.get(kind)
    if chosen is None:
        raise typer.BadParameter(f"kinds are {', '.join(one.name for one in IMPORT_KINDS)}")
    options = ImportOptions(
        default_issuer, effective_from.date() if effective_from is not None else None, complete_list
    )
    layout = profile_named(profiles_from(settings.import_profiles), profile)
    if layout is None:
        raise typer.BadParameter("there is no such mapping profile")
    reading = Reading(options, layout)
    # Rows by the thousand; looking through what the application itself is made of cost a quarter of the time.
    spare_the_collector()
    try:
        source = read_file(path.read_bytes(), settings.import_directory)
        engine = open_engine(settings.database_url)
        try:
            with _progress(len(source.table.rows)) as progress:
                brought = import_from_console(
                    engine, chosen, source, reading, force, utc_now(), dry_run=dry_run, progress=progress
                )
        finally:
            engine.dispose()
    except (FileRefused, ForceNotChosen) as refused:
        typer.echo(f"refused: {refused}", err=True)
        raise typer.Exit(2) from None
    report = brought.report
    if findings is not None:
        findings.write_text(as_csv(brought.findings), encoding="utf-8", newline="")
    if as_json:
        typer.echo(report.model_dump_json(indent=1))
    else:
        _show(report)
    if report.counts.errors:
        raise typer.Exit(1)


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


@main.command()
def tick() -> None:
    """Do what is due: close forgotten patrols, judge again what changed. Safe at any time, on several machines."""
    settings = read_settings()
    engine = open_engine(settings.database_url, 2)
    failed: list[str] = []
    try:
        done = tick_once(engine, utc_now(), failed.append)
        done["audit events sealed"] = seal_once(engine, settings, failed.append)
    finally:
        engine.dispose()
    typer.echo("; ".join(f"{name}: {count}" for name, count in done.items()))
    if failed:
        typer.echo(f"failed: {', '.join(failed)}", err=True)
        raise typer.Exit(1)


@main.command("export-openapi")
def export_openapi(
    path: Annotated[Path, typer.Argument(help="Where to write it.")] = ROOT / "openapi" / "openapi.json",
) -> None:
    """Write the published contract."""
    document = create_app(Settings(profile=Profile.DEVELOPMENT)).openapi()
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    typer.echo(f"wrote {path.name}")


if __name__ == "__main__":
    main()
