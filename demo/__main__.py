"""`python -m demo`: one command from nothing to an evening of patrols judged, served on port 8000 (`make run`)."""

import json
import signal
import sys
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from shlex import quote
from threading import Event
from typing import Annotated

import httpx2 as httpx
import typer
from rich.console import Console
from rich.progress import Progress

from app.clock import utc_now
from app.database.engine import open_engine
from app.housekeeping import tick_once
from app.main import create_app
from app.settings import Profile, Settings, TrustedIssuer
from demo.evening import Evening, build_evening, build_windows, evening_day, next_evening_day
from demo.force import DemoOfficer, read_hotspot_names, read_hotspots, read_officers, read_tracks
from demo.issuer import AUDIENCE, create_issuer, shared_key
from demo.loading import NotLoaded, load_force, migrate
from demo.morning import play_morning
from demo.player import Played, play
from demo.report import Report, print_report, read_report
from demo.serving import HOST, DidNotStart, PortTaken, listen, serving
from demo.signing import DemoSigner
from demo.signing_in import SignIn, people, sign_in, token_for

REPORTER = "4172"
# So that the next evening's windows show at any hour.
DISCLOSURE_HOURS = 36
TICK_SECONDS = 60
TICKS_PER_TOKEN = 40


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demonstration plays: addresses, database, folder, the people and how they sign in."""

    url: str
    issuer_url: str
    database_url: str
    folder: Path
    officers: list[DemoOfficer]
    signer: DemoSigner

    def client(self, collar_number: str | None = None) -> httpx.Client:
        """An HTTP client of the service, signed in as somebody or nobody."""
        headers = {} if collar_number is None else {"Authorization": f"Bearer {self.token(collar_number)}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)

    def token(self, collar_number: str) -> str:
        """A fresh token of this person; it holds for an hour, longer than an evening takes to play."""
        return token_for(
            self.signer, next(each for each in self.officers if each.collar_number == collar_number)
        )

    def tick(self) -> None:
        """What the service does now and then: closes forgotten patrols, compares those judged, and the like."""
        engine = open_engine(self.database_url)
        try:
            tick_once(engine, utc_now())
        finally:
            engine.dispose()

    def sign_ins(self) -> list[SignIn]:
        """A fresh token for each role, written for curl."""
        return sign_in(self.signer, self.officers, self.folder / "sign-in")


def main(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the API; 0 takes a free one.")] = 8000,
    issuer_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port of the development sign-in; the next one by default."),
    ] = None,
    folder: Annotated[Path, typer.Option(help="Where database, key and token files are kept.")] = Path(
        "var/demo"
    ),
    database_url: Annotated[str | None, typer.Option(help="Another database than the embedded one.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Stop after printing instead of serving on.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print for machines.")] = False,
) -> None:
    """Play one evening of the demonstration force through the real service, then serve it."""
    console = Console(stderr=as_json)
    with suppress(KeyboardInterrupt), ExitStack() as stack:
        # A shell starts background jobs with Ctrl-C ignored; both ways of asking us to stop are the same here.
        for stop in (signal.SIGINT, signal.SIGTERM):
            signal.signal(stop, signal.default_int_handler)
        try:
            stage = _set_up(stack, console, port, issuer_port, folder, database_url)
            now = utc_now()
            evening = build_evening(evening_day(now), read_tracks(), read_hotspots())
            # The next evening is only planned, so that a phone has something to show as tasking.
            windows = evening.windows + build_windows(next_evening_day(now))
            load_force(stage.database_url, stage.issuer_url, windows, now, stage.folder / "imports")
        except (PortTaken, DidNotStart, NotLoaded) as refusal:
            console.print(str(refusal), style="red")
            raise typer.Exit(2) from None
        report = _play(stage, evening, console)
        _print(report, stage, console, as_json)
        if not once:
            _serve_on(stage, console)
        elif not report.as_expected:
            raise typer.Exit(1)


def _set_up(
    stack: ExitStack,
    console: Console,
    port: int,
    issuer_port: int | None,
    folder: Path,
    database_url: str | None,
) -> Stage:
    api_socket = stack.enter_context(listen(port))
    port = api_socket.getsockname()[1]
    issuer_socket = stack.enter_context(listen(port + 1 if issuer_port is None else issuer_port))
    issuer_url = f"http://{HOST}:{issuer_socket.getsockname()[1]}"
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    database_url = database_url or f"sqlite:///{folder / 'beatcheck.db'}"
    migrate(database_url)
    officers = read_officers()
    issuer = create_issuer(issuer_url, people(officers), key=shared_key(folder / "issuer-key.pem"))
    stack.enter_context(serving(issuer, issuer_socket))
    trusted = TrustedIssuer(issuer=issuer_url, audiences=(AUDIENCE,))
    # The evening is past, so a tick while it plays would close patrols before their phones check out.
    settings = Settings(
        profile=Profile.DEVELOPMENT,
        database_url=database_url,
        trusted_issuers=(trusted,),
        import_directory=folder / "imports",
        log_level="ERROR",
        tick_seconds=0,
        disclosure_hours=DISCLOSURE_HOURS,
    )
    stack.enter_context(serving(create_app(settings), api_socket))
    console.print(f"Serving on http://{HOST}:{port}, database {_shown(database_url)}")
    return Stage(f"http://{HOST}:{port}", issuer_url, database_url, folder, officers, issuer.state.signer)


def _play(stage: Stage, evening: Evening, console: Console) -> Report:
    with Progress(console=console, transient=True) as progress, stage.client() as http:
        task = progress.add_task(f"Playing the evening of {evening.day}", total=len(evening.patrols))

        def tell(played: Played) -> None:
            progress.update(task, advance=1, description=f"Played {played.label}")

        phones = stage.folder / "phones"
        phones.mkdir(exist_ok=True)
        played = play(evening, http, cache(stage.token), tell, phones)
    stage.tick()
    with stage.client() as http:
        refused = play_morning(evening, http, cache(stage.token))
    with stage.client(REPORTER) as http:
        return read_report(evening, played, refused, http, read_hotspot_names())


def _print(report: Report, stage: Stage, console: Console, as_json: bool) -> None:
    sign_ins = stage.sign_ins()
    if as_json:
        plain = report.plain() | {
            "as_expected": report.as_expected,
            "url": stage.url,
            "tokens": {each.role: each.token for each in sign_ins},
        }
        sys.stdout.write(json.dumps(plain, ensure_ascii=False) + "\n")
        return
    print_report(report, console)
    files = {each.role: each.header_file for each in sign_ins}
    arrest = next(line.id for line in report.patrols if line.label == "broadst")
    print("\nTry (each file holds a development token, renewed while this runs):")
    for role, path in (
        ("OFFICER", "/v1/me"),
        ("OFFICER", "/v1/me/tasking"),
        ("OFFICER", f"/v1/patrols/{arrest}"),
        ("OFFICER", f"/v1/patrols/{arrest}/assessment"),
        ("SUPERVISOR", f"/v1/patrols/{arrest}/track"),
        ("SUPERVISOR", f"/v1/compliance/windows?from={report.day}T00:00:00Z&to={report.day}T23:59:59Z"),
        ("PLANNER", "/v1/hotspots"),
    ):
        print(f"  curl -s -H {quote(f'@{files[role]}')} {quote(stage.url + path)}")
    print(f"  curl -s {stage.url}/openapi.json")
    print("\nDevelopment tokens, for this machine only:")
    for each in sign_ins:
        print(f"  {each.role} {each.collar_number} {each.token}")


def _serve_on(stage: Stage, console: Console) -> None:
    console.print("\nServing until Ctrl-C.")
    for tick in count(1):
        Event().wait(TICK_SECONDS)
        stage.tick()
        if tick % TICKS_PER_TOKEN == 0:
            stage.sign_ins()


def _shown(database_url: str) -> str:
    """The URL without user and password."""
    return database_url.rpartition("@")[2] if "@" in database_url else database_url


if __name__ == "__main__":
    typer.run(main)
