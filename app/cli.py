"""The `beatcheck` command."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from alembic import command
from alembic.config import Config
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Engine
from sqlalchemy.exc import ProgrammingError

from app.clock import utc_now
from app.console import audit, importing, keeping, schedules, wmnow
from app.console.audit import seal_once
from app.console.common import ROOT, read_settings
from app.console.reassess import reassess
from app.database.engine import open_engine
from app.housekeeping import tick_once
from app.main import create_app, database_refusals, share_the_interpreter, spare_the_collector
from app.outbox.dispatching import CHANCE, dispatch
from app.settings import Profile, Settings
from app.telling.channels import handlers

main = typer.Typer(no_args_is_help=True, add_completion=False, help="Patrol check-in for hotspot policing.")
keeping.register(main)
main.command()(reassess)
audit.register(main)
schedules.register(main)
importing.register(main)
wmnow.register(main)


def application() -> object:
    """What each worker of `serve` runs."""
    app = create_app(read_settings())
    spare_the_collector()
    share_the_interpreter()
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


@main.command()
def tick() -> None:
    """Do what is due: close forgotten patrols, judge again what changed, deliver messages. Safe at any time, on several
    machines."""
    settings = read_settings()
    engine = open_engine(settings.database_url, 2)
    failed: list[str] = []
    try:
        done = tick_once(engine, utc_now(), failed.append)
        done["messages delivered"] = _deliver_once(engine, settings, failed.append)
        done["audit events sealed"] = seal_once(engine, settings, failed.append)
    finally:
        engine.dispose()
    typer.echo("; ".join(f"{name}: {count}" for name, count in done.items()))
    if failed:
        typer.echo(f"failed: {', '.join(failed)}", err=True)
        raise typer.Exit(1)


def _deliver_once(engine: Engine, settings: Settings, failed: Callable[[str], None]) -> int:
    done = dispatch(engine, handlers(engine, settings), utc_now, CHANCE)
    if done.failed:
        failed(f"{done.failed} messages not delivered yet")
    return done.delivered


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
