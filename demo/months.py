"""`python -m demo.months`: three months of the demonstration force, played through the real API, then served."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from shlex import quote
from threading import Event
from time import monotonic
from typing import Annotated

import httpx2 as httpx
import typer
from rich.console import Console
from rich.progress import Progress

from app.clock import start_of_london_day, utc_now
from app.database.engine import open_engine
from app.housekeeping import tick_once
from app.main import create_app
from app.settings import Profile, Settings, TrustedIssuer
from demo.force import read_officers
from demo.issuer import AUDIENCE, create_issuer, shared_key
from demo.loading import NotLoaded, load_force, migrate
from demo.quarter import WEEKS, Clock, Stage, first_day, play_months
from demo.serving import HOST, DidNotStart, PortTaken, listen, serving
from demo.signing_in import people, sign_in, token_for

PLANNED_BEFORE = timedelta(days=7)
DATABASE = "beatcheck.db"
TOKEN_SECONDS = 1800
RENEWED_EVERY_SECONDS = 2400


@contextmanager
def stage(database_url: str, folder: Path, clock: Clock) -> Iterator[Stage]:
    """The service on a clock of its own, with the force loaded; it does by itself nothing that is not asked for."""
    migrate(database_url)
    officers = read_officers()
    with ExitStack() as stack:
        issuer_socket, api_socket = (stack.enter_context(listen(0)) for _ in range(2))
        issuer_url = f"http://{HOST}:{issuer_socket.getsockname()[1]}"
        issuer = create_issuer(
            issuer_url, people(officers), key=shared_key(folder / "issuer-key.pem"), now=clock
        )
        stack.enter_context(serving(issuer, issuer_socket))
        settings = _settings(database_url, issuer_url, folder)
        load_force(database_url, issuer_url, (), clock(), folder / "imports")
        stack.enter_context(serving(create_app(settings, now=clock), api_socket))
        engine = open_engine(database_url)
        stack.callback(engine.dispose)
        http = stack.enter_context(
            httpx.Client(base_url=f"http://{HOST}:{api_socket.getsockname()[1]}", timeout=60)
        )
        by_collar = {each.collar_number: each for each in officers}

        @lru_cache(maxsize=256)
        def token(collar: str, period: int) -> str:
            return token_for(issuer.state.signer, by_collar[collar])

        yield Stage(
            http,
            clock,
            officers,
            lambda collar: token(collar, int(clock().timestamp()) // TOKEN_SECONDS),
            lambda: tick_once(engine, clock()),
        )


def _settings(database_url: str, issuer_url: str, folder: Path) -> Settings:
    return Settings(
        profile=Profile.DEVELOPMENT,
        database_url=database_url,
        trusted_issuers=(TrustedIssuer(issuer=issuer_url, audiences=(AUDIENCE,)),),
        import_directory=folder / "imports",
        log_level="ERROR",
        tick_seconds=0,
        seal_seconds=0,
    )


def main(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the API; 0 takes a free one.")] = 8000,
    folder: Annotated[Path, typer.Option(help="Where database, key and token files are kept.")] = Path(
        "var/months"
    ),
    database_url: Annotated[
        str | None, typer.Option(help="Another database than the embedded one; it must be empty.")
    ] = None,
    weeks: Annotated[int, typer.Option(min=1, max=26, help="How many weeks are played.")] = WEEKS,
    once: Annotated[bool, typer.Option("--once", help="Stop after printing instead of serving on.")] = False,
) -> None:
    """Play three months of the demonstration force through the real service, then serve what came of them."""
    console = Console()
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    url = database_url or f"sqlite:///{folder / DATABASE}"
    with suppress(KeyboardInterrupt), ExitStack() as stack:
        for stop in (signal.SIGINT, signal.SIGTERM):
            signal.signal(stop, signal.default_int_handler)
        try:
            _play(url, folder, first_day(utc_now(), weeks), weeks * 7, console)
            if not once:
                _serve_on(stack, url, folder, port, console)
        except (PortTaken, DidNotStart, NotLoaded) as refusal:
            console.print(str(refusal), style="red")
            raise typer.Exit(2) from None
