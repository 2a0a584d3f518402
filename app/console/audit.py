"""The commands of the audit log: its key, its verification."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.text import Text
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.audit.checkpoints import KeyUnusable, make_key, read_public_key
from app.audit.inspection import Verdict, inspect
from app.audit.keeper import Keeper, read_key
from app.clock import rfc3339, utc_now
from app.console.common import read_settings
from app.database.engine import open_engine
from app.log import configure_logging
from app.oversight.schemas import EventFilter
from app.oversight.service import ForceNotFound, export_to_file
from app.oversight.sheet import FileFormat
from app.problems import Problem
from app.settings import Settings

_CANNOT = 2
_OWNER_ONLY = 0o600
_TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"]


def register(main: typer.Typer) -> None:
    main.command("audit-key")(audit_key)
    main.command("verify-audit")(verify_audit)
    main.command("export-audit")(export_audit)


def seal_once(engine: Engine, settings: Settings, failed: Callable[[str], None]) -> int:
    """Seals what waits, with a checkpoint where one is wanted; how many events there were. `failed` is told what could
    not be sealed or written, in words."""
    try:
        key = read_key(settings)
    except KeyUnusable as unusable:
        raise _refused(str(unusable)) from None
    configure_logging(settings.log_level)
    keeper = Keeper(engine, utc_now, settings.audit_checkpoints, key)
    sealed = keeper.run()
    for told in (keeper.trouble, keeper.not_sealed):
        if told:
            failed(told)
    return sealed


def audit_key(
    private: Annotated[Path, typer.Argument(help="Where to write the private key; the service's alone.")],
    public: Annotated[Path, typer.Argument(help="Where to write the public key, for whoever verifies.")],
) -> None:
    """Make the pair of keys that checkpoints of the audit log are signed and verified with."""
    try:
        make_key(private, public)
    except OSError as error:
        raise _refused(f"{type(error).__name__}: neither file may exist yet, and both folders must") from None
    typer.echo("Made a key pair. Keep the private key where only the service can read it.")


def verify_audit(
    checkpoints: Annotated[
        Path | None, typer.Option(help="The file of signed checkpoints; without it a cut end is not found.")
    ] = None,
    public_key: Annotated[Path | None, typer.Option(help="The public key they are verified with.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
) -> None:
    """Recompute the whole audit log. Exit code 1 when it does not hold, 2 when that cannot be found out."""
    if (checkpoints is None) != (public_key is None):
        raise typer.BadParameter("--checkpoints and --public-key go together")
    engine = open_engine(read_settings().database_url, 1)
    try:
        against = (checkpoints, read_public_key(public_key)) if checkpoints and public_key else None
        with Progress(
            SpinnerColumn(),
            TextColumn("{task.completed:,} events"),
            console=Console(stderr=True),
            transient=True,
        ) as bar:
            task = bar.add_task("verifying", total=None)
            verdict = inspect(engine, utc_now(), against, lambda done: bar.update(task, completed=done))
    except (KeyUnusable, OSError, SQLAlchemyError) as error:
        reason = str(error) if isinstance(error, KeyUnusable) else type(error).__name__
        raise _refused(reason) from None
    finally:
        engine.dispose()
    if as_json:
        typer.echo(json.dumps(_as_json(verdict), indent=1))
    else:
        _show(verdict, compared=against is not None)
    if not verdict.holds:
        raise typer.Exit(1)


def export_audit(
    path: Annotated[Path, typer.Argument(help="Where to write it; FILE.manifest.json goes beside it.")],
    recipient: Annotated[str, typer.Option(help="Who gets it; stands in the log.")],
    reason: Annotated[str, typer.Option(help="Why, and who asks; stands in the log.")],
    force: Annotated[str, typer.Option(help="Code of the force.")],
    officer_id: Annotated[
        UUID | None, typer.Option(help="What they did, and what was done about them.")
    ] = None,
    record_id: Annotated[UUID | None, typer.Option(help="What was done to this record.")] = None,
    from_at: Annotated[datetime | None, typer.Option("--from", formats=_TIMES, help="UTC.")] = None,
    to_at: Annotated[datetime | None, typer.Option("--to", formats=_TIMES, help="UTC.")] = None,
    file_format: Annotated[FileFormat, typer.Option("--format")] = FileFormat.CSV,
) -> None:
    """Write the log of an officer, a record or a period to a file, however long it is. It is logged as disclosed."""
    wanted = EventFilter(from_at=_utc(from_at), to_at=_utc(to_at), concerning=officer_id, record_id=record_id)
    engine = open_engine(read_settings().database_url, 2)
    try:
        manifest = export_to_file(engine, force, wanted, recipient, reason, file_format, path, utc_now())
        _write_manifest(path, manifest)
    except (Problem, ForceNotFound, OSError, SQLAlchemyError) as error:
        told = error.errors[0].detail if isinstance(error, Problem) else str(error)
        raise _refused(
            type(error).__name__ if isinstance(error, OSError | SQLAlchemyError) else told
        ) from None
    finally:
        engine.dispose()
    typer.echo(f"{manifest['events']} events, SHA-256 {manifest['sha256']}")


def _write_manifest(path: Path, manifest: dict[str, str | int | None]) -> None:
    """Beside the file, for the same reader; a file without one does not stay."""
    beside = path.with_name(f"{path.name}.manifest.json")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(manifest, indent=1) + "\n")
    except OSError:
        path.unlink()
        raise


def _utc(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at is not None else None


def _as_json(verdict: Verdict) -> dict[str, object]:
    head = verdict.tally.head
    return {
        "holds": verdict.holds,
        "events": verdict.tally.events,
        "seals": verdict.tally.seals,
        "erased": verdict.tally.erased,
        "unsealed": verdict.unsealed,
        "checkpoints": verdict.checkpoints,
        "unreadable_checkpoints": verdict.unreadable_checkpoints,
        "head": {"seal": head.number, "hash": head.seal_hash.hex(), "sealed_at": rfc3339(head.sealed_at)}
        if head
        else None,
        "found": verdict.found,
        "findings": [
            {name: str(value) if value is not None else None for name, value in asdict(one).items()}
            for one in verdict.findings
        ],
    }


def _show(verdict: Verdict, *, compared: bool) -> None:
    console, tally = Console(soft_wrap=True), verdict.tally
    console.print(
        f"{tally.events:,} events in {tally.seals:,} seals, {tally.erased:,} of them lawfully erased; "
        f"{verdict.unsealed:,} not sealed yet"
    )
    if compared:
        unreadable = (
            f", {verdict.unreadable_checkpoints:,} lines unreadable" if verdict.unreadable_checkpoints else ""
        )
        console.print(f"{verdict.checkpoints:,} checkpoints compared{unreadable}")
    else:
        console.print("no checkpoints given: an end that was cut off would not be found")
    for number, finding in enumerate(verdict.findings):
        console.print(Text(f"{'first' if number == 0 else 'then'}: {finding}"))
    if verdict.found > len(verdict.findings):
        console.print(f"and {verdict.found - len(verdict.findings):,} more")
    console.print("The audit log holds." if verdict.holds else "THE AUDIT LOG DOES NOT HOLD.")


def _refused(reason: str) -> typer.Exit:
    typer.echo(f"refused: {reason}", err=True)
    return typer.Exit(_CANNOT)
