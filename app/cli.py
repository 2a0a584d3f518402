"""The `beatcheck` command."""

import json
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from alembic import command
from alembic.config import Config
from pydantic import ValidationError

from app.main import create_app
from app.settings import Profile, Settings

main = typer.Typer(no_args_is_help=True, add_completion=False, help="Patrol check-in for hotspot policing.")
ROOT = Path(__file__).resolve().parent.parent


def read_settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        names = ", ".join(
            f"BEATCHECK_{'.'.join(str(part) for part in fault['loc']).upper()}" for fault in error.errors()
        )
        raise typer.BadParameter(f"these settings are not valid: {names}") from None


def application() -> object:
    """What each worker of `serve` runs."""
    return create_app(read_settings())


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
    refusals = settings.refusals()
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
        limit_concurrency=1000,
    )


@main.command()
def migrate() -> None:
    """Bring the database to this version's tables."""
    config = Config(ROOT / "alembic.ini")
    config.attributes["database_url"] = read_settings().database_url
    command.upgrade(config, "head")
    typer.echo("The database is up to date.")


@main.command("export-openapi")
def export_openapi(
    path: Annotated[Path, typer.Argument(help="Where to write it.")] = ROOT / "openapi" / "openapi.json",
) -> None:
    """Write the published contract."""
    document = create_app(Settings(profile=Profile.DEVELOPMENT)).openapi()
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    typer.echo(f"wrote {path.name}")
