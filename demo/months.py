"""`python -m demo.months`: three months of the demonstration force, played through the real API, then served."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import date, timedelta
from functools import lru_cache, partial
from pathlib import Path
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
from demo.months_report import Months, addresses, print_addresses, report
from demo.quarter import WEEKS, first_day, play_months
from demo.quarter_office import PUBLISHED_DAYS, check_reality, draw, office_day, publish, reveal, set_target
from demo.quarter_stage import Clock, Stage
from demo.serving import HOST, DidNotStart, PortTaken, listen, serving
from demo.signing_in import people, sign_in, token_for

PLANNED_BEFORE = timedelta(days=7)
DATABASE = "beatcheck.db"
TOKEN_SECONDS = 1800
# So that officers can answer for the whole day in the morning.
DISCLOSURE_HOURS = 36
RENEWED_EVERY_SECONDS = 2400


@contextmanager
def stage(database_url: str, folder: Path, clock: Clock, port: int = 0, **more: object) -> Iterator[Stage]:
    """The service on a clock of its own, with the force loaded; it does by itself nothing that is not asked for. `more`
    are further settings.

    The sign-in listens on the port after the service's, for people are known by its address later, too.
    """
    migrate(database_url)
    officers = read_officers()
    with ExitStack() as stack:
        api_socket = stack.enter_context(listen(port))
        issuer_socket = stack.enter_context(listen(port + 1 if port else 0))
        issuer_url = f"http://{HOST}:{issuer_socket.getsockname()[1]}"
        issuer = create_issuer(
            issuer_url, people(officers), key=shared_key(folder / "issuer-key.pem"), now=clock
        )
        stack.enter_context(serving(issuer, issuer_socket))
        settings = _settings(database_url, issuer_url, folder).model_copy(update=more)
        load_force(database_url, issuer_url, (), clock(), folder / "imports", without=("schemes", "hours"))
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
        disclosure_hours=DISCLOSURE_HOURS,
    )


def _play(
    database_url: str, folder: Path, port: int, first: date, days: int, console: Console
) -> list[tuple[str, str]]:
    """Plays, prints what came of it, and answers who may look where."""
    clock = Clock(start_of_london_day(first) - PLANNED_BEFORE)
    with stage(database_url, folder, clock, port) as made:
        made.meet()
        begun = monotonic()
        set_target(made, first)
        drawn = draw(made, first, days)
        publish(made, first, first + timedelta(days=min(PUBLISHED_DAYS, days) - 1))
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task(f"Playing {days} days from {first}", total=days)
            played = play_months(
                made,
                first,
                days,
                partial(office_day, made, first, days),
                lambda number: progress.update(task, completed=number),
            )
        last = first + timedelta(days=days - 1)
        checked = check_reality(made, first, last)
        clock.turn_to(start_of_london_day(date.fromisoformat(str(drawn["reveal_from"]))))
        proof = reveal(made, first)
        months = Months(first, last, drawn, played, checked, proof, monotonic() - begun)
        report(made, months, console)
        return addresses(made, months)


def _serve_on(
    stack: ExitStack,
    database_url: str,
    folder: Path,
    port: int,
    paths: list[tuple[str, str]],
    console: Console,
) -> None:
    """Serves what came of it, on the clock of today."""
    officers = read_officers()
    api_socket, issuer_socket = (stack.enter_context(listen(each)) for each in (port, port + 1))
    issuer_url = f"http://{HOST}:{port + 1}"
    issuer = create_issuer(issuer_url, people(officers), key=shared_key(folder / "issuer-key.pem"))
    stack.enter_context(serving(issuer, issuer_socket))
    stack.enter_context(serving(create_app(_settings(database_url, issuer_url, folder)), api_socket))
    url = f"http://{HOST}:{port}"
    while True:
        files = {
            each.role: each.header_file for each in sign_in(issuer.state.signer, officers, folder / "sign-in")
        }
        print_addresses(url, files, paths, console)
        Event().wait(RENEWED_EVERY_SECONDS)


def main(
    port: Annotated[
        int, typer.Option(min=1, max=65534, help="Port of the API; the sign-in takes the next.")
    ] = 8000,
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
            if database_url is None:
                # What was played before, by a clock that has been past these days already.
                for left in folder.glob(f"{DATABASE}*"):
                    left.unlink()
            paths = _play(url, folder, port, first_day(utc_now(), weeks), weeks * 7, console)
            if not once:
                _serve_on(stack, url, folder, port, paths, console)
        except (PortTaken, DidNotStart, NotLoaded) as refusal:
            console.print(str(refusal), style="red")
            raise typer.Exit(2) from None


if __name__ == "__main__":
    typer.run(main)
