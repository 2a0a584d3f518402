"""`beatcheck backup`, `check-backup`, `restore` and `purge`: what is kept, and what is let go.

Exit codes: 0 done; 1 the backup is damaged, or the work failed; 2 refused, nothing was changed.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg.errors import InsufficientPrivilege
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app.clock import utc_now
from app.console.common import ROOT, read_settings
from app.database.copies import CopyFailed
from app.database.engine import open_engine
from app.retention import backups
from app.retention.manifest import Manifest, folder_name
from app.retention.purging import HOLDS_ERASED, Purged, PurgeReport, purge
from app.retention.rules import RecordClass

R = TypeVar("R")
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def register(main: typer.Typer) -> None:
    """Hangs this family of commands on `beatcheck`."""
    for command, name in (
        (backup, "backup"),
        (check_backup, "check-backup"),
        (restore, "restore"),
        (purge_command, "purge"),
    ):
        main.command(name)(command)


@contextmanager
def _watching() -> Iterator[backups.Watch]:
    """Progress on standard error, so that what is printed can be read by machines."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        step: TaskID = progress.add_task("begin", total=None)

        def told(name: str) -> None:
            progress.update(step, description=name, total=None)

        def pages(done: int, total: int) -> None:
            progress.update(step, description="copy", completed=done, total=total)

        yield backups.Watch(told, pages)


def _carried_out(work: Callable[[backups.Watch], R]) -> R:
    try:
        with _watching() as watch:
            return work(watch)
    except backups.BackupRefused as refused:
        typer.echo(f"refused: {refused}", err=True)
        raise typer.Exit(2) from None
    except (CopyFailed, SQLAlchemyError, OSError) as failed:
        if isinstance(failed, DBAPIError) and isinstance(failed.orig, InsufficientPrivilege):
            typer.echo(
                "refused: this role may not do that; docs/operations.md names the one that may", err=True
            )
            raise typer.Exit(2) from None
        # A database's own complaint may quote rows; its kind is enough.
        told = str(failed) if isinstance(failed, CopyFailed) else type(failed).__name__
        typer.echo(f"failed: {told}", err=True)
        raise typer.Exit(1) from None


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = open_engine(url, 2)
    try:
        yield engine
    finally:
        engine.dispose()


def backup(
    target: Annotated[
        Path, typer.Argument(help="The folder of all backups; each is a folder in it, named for the time.")
    ],
    as_json: AsJson = False,
) -> None:
    """Take a backup while the service goes on: a new folder in TARGET, with one data file and its manifest."""
    url = read_settings().database_url
    folder = target / folder_name(utc_now())
    with _engine(url) as engine:
        manifest = _carried_out(
            lambda watch: backups.take(url, engine, folder, version("beatcheck"), utc_now, watch)
        )
    _tell(f"Backed up to {folder}", folder, manifest, as_json)


def check_backup(
    source: Annotated[Path, typer.Argument(help="The folder of a backup.")], as_json: AsJson = False
) -> None:
    """Hold a backup against its manifest, changing nothing."""
    _tell(f"{source} is whole", source, _carried_out(lambda watch: backups.check(source, watch)), as_json)


def restore(
    source: Annotated[Path, typer.Argument(help="The folder of a backup.")], as_json: AsJson = False
) -> None:
    """Restore a backup into the empty place that BEATCHECK_DATABASE_URL names, and say so in its log."""
    url = read_settings().database_url
    scripts = ScriptDirectory.from_config(Config(ROOT / "alembic.ini"))
    known = {script.revision for script in scripts.walk_revisions()}

    def work(watch: backups.Watch) -> Manifest:
        restored = backups.restore(url, source, known, watch)
        with _engine(url) as engine:
            backups.note_restored(engine, restored, utc_now())
        return restored

    manifest = _carried_out(work)
    _tell("Restored", source, manifest, as_json)
    if manifest.schema_revision != scripts.get_current_head():
        typer.echo("It is of an earlier schema: run `beatcheck migrate` before serving.", err=True)


def _tell(title: str, folder: Path, manifest: Manifest, as_json: bool) -> None:
    if as_json:
        content = {
            "folder": str(folder),
            "schema_revision": manifest.schema_revision,
            "database": manifest.database,
            "started_at": manifest.started_at,
            "finished_at": manifest.finished_at,
            "data_bytes": manifest.data_bytes,
            "data_sha256": manifest.data_sha256,
            "rows": {name: rows for name, (rows, _) in manifest.tables.items()},
            "seal_head": manifest.seal_head,
        }
        typer.echo(json.dumps(content, indent=1))
        return
    rows = sum(count for count, _ in manifest.tables.values())
    megabytes = manifest.data_bytes / 1_000_000
    typer.echo(
        f"{title}: {rows} rows in {len(manifest.tables)} tables, {megabytes:.1f} MB, every digest as written."
    )
    typer.echo(f"Begun at {manifest.started_at}; {manifest.database}, schema {manifest.schema_revision}.")
    typer.echo(f"SHA-256 {manifest.data_sha256}")


_OF_PEOPLE = (
    RecordClass.SEARCHES,
    RecordClass.ARRESTS,
    RecordClass.INTELLIGENCE,
    RecordClass.REFERRALS,
    RecordClass.OUTCOMES,
    RecordClass.ENGAGEMENTS,
)


def _told(one: Purged) -> str:
    """What of a force goes, class by class."""
    rows, days = one.rows, one.days
    aside, officers = RecordClass.KEPT_ASIDE, RecordClass.RECORDED_OFFICERS
    alerts, versions, messages = RecordClass.ALERTS, RecordClass.OFFENCE_VERSIONS, RecordClass.MESSAGES
    said = sum(rows[each] for each in _OF_PEOPLE)
    return (
        f"{one.fixes} fixes in {one.batches} batches of {one.patrols} patrols, "
        f"{one.lines} lines, {one.points} positions of check-ins and check-outs, "
        f"older than {days[RecordClass.POSITIONS]} days; "
        f"{rows[aside]} facts kept aside, older than {days[aside]} days; "
        f"what {said} records say of a person or in words, {rows[RecordClass.ACTIVITY_PLACES]} of their places, "
        f"of whom {rows[RecordClass.ABSTRACTIONS]} abstractions were; "
        f"the officers of {rows[officers]} recorded hours, older than {days[officers]} days; "
        f"{rows[alerts]} alerts, over for {days[alerts]} days; "
        f"{rows[versions]} earlier versions of offences, corrected {days[versions]} days ago; "
        f"{rows[messages]} messages, over for {days[messages]} days"
    )


def purge_command(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what it would erase.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase what the rules let go and no hold keeps. Safe to stop, to run again, and to run twice at once."""
    url = read_settings().database_url

    def work(watch: backups.Watch) -> PurgeReport:
        def told(done: Purged) -> None:
            watch.told(f"{done.patrols} patrols, {done.fixes} fixes, {done.held} held")

        with _engine(url) as engine:
            return purge(engine, utc_now, dry_run=dry_run, told=told)

    report = _carried_out(work)
    if as_json:
        typer.echo(json.dumps(report.plain(), indent=1))
        return
    done = "would be erased" if dry_run else "erased"
    for one in report.forces:
        typer.echo(f"{one.force_code}: {_told(one)}: {done}. {one.held} held.")
    if busy := sum(one.busy for one in report.forces):
        typer.echo(f"{busy} patrols were being written and are left for the next run.")
    if not report.journal_emptied:
        typer.echo(
            "SQLite's journal is in use and still holds what was erased: run purge again when it is quiet."
        )
    if (
        url.startswith("postgresql")
        and any(one.patrols or any(one.rows.values()) for one in report.forces)
        and not dry_run
    ):
        typer.echo(f"PostgreSQL keeps erased bytes until vacuumed: VACUUM {', '.join(HOLDS_ERASED)};")
