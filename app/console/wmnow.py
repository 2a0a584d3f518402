"""`beatcheck wmnow-pull`: asks the trackers for what is new, once, for machines that do it by a timer of their own."""

import json
import random
import time
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import SQLAlchemyError

from app.clock import utc_now
from app.console.common import read_settings
from app.database.engine import open_engine
from app.rest.problem_documents import log_unexpected
from app.wmnow import feed
from app.wmnow.models import RunState


def register(main: typer.Typer) -> None:
    """Hangs this family of commands on `beatcheck`."""
    main.command("wmnow-pull")(wmnow_pull)


def wmnow_pull(
    even_if_not_due: Annotated[
        bool, typer.Option("--now", help="Also a feed that failed and waits for its next try.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Ask every tracker of the settings for what is new. Exit code 1 when one failed or stands still."""
    settings = read_settings()
    engine = open_engine(settings.database_url)
    around = feed.Around(utc_now, time.sleep, random.random)
    results: dict[str, feed.Pulled] = {}
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    try:
        with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
            for one in settings.wmnow_feeds:
                told = f"{one.force_code}/{one.name}"
                step = shown.add_task(told, total=None)

                def progress(pages: int, rows: int, told: str = told, step: TaskID = step) -> None:
                    shown.update(step, description=f"{told}: {rows} rows, {pages} pages")

                try:
                    results[told] = feed.pull_feed(
                        engine, one, around, progress, even_if_not_due=even_if_not_due
                    )
                except SQLAlchemyError as error:
                    # The others are asked all the same.
                    log_unexpected(error)
                    results[told] = feed.Pulled(RunState.FAILED, "not-stored")
    finally:
        engine.dispose()
    _tell(results, as_json)
    if any(one.state in (RunState.FAILED, RunState.STOPPED) for one in results.values()):
        raise typer.Exit(1)


def _tell(results: dict[str, feed.Pulled], as_json: bool) -> None:
    if as_json:
        typer.echo(
            json.dumps(
                {
                    name: {"state": one.state, "problem": one.problem, "pages": one.pages, "rows": one.rows}
                    for name, one in results.items()
                }
            )
        )
        return
    if not results:
        typer.echo("No feed is set: see BEATCHECK_WMNOW_FEEDS in docs/operations.md.")
    for name, one in results.items():
        state = one.state.value if one.state else one.problem or "not due, stopped, or read by another"
        typer.echo(
            f"{name}: {state}, {one.rows} rows in {one.pages} pages{f' ({one.problem})' if one.problem else ''}"
        )
