"""What the proofs of durability share: keys to sign in with, servers that start fast, and the figures they reach."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from app.settings import TrustedIssuer
from demo.signing import DemoPerson, DemoSigner, new_key
from tests.assurance.figures import Figures
from tests.assurance.running import environment_for
from tests.conftest import ISSUER, TRUSTED
from tests.databases import Databases

REPORT = pytest.StashKey[Figures]()


class _Keys(BaseHTTPRequestHandler):
    """Answers the discovery document and the key set of the issuer that the small force trusts."""

    def __init__(self, documents: dict[str, bytes], *arguments: object) -> None:
        self._documents = documents
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        content = self._documents.get(self.path)
        self.send_response(200 if content is not None else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, format: str, *arguments: object) -> None:
        """Not of interest."""


@dataclass(frozen=True, slots=True)
class Identity:
    """An issuer that outlives every server: whom the servers trust, and a token for each officer."""

    trusted: TrustedIssuer
    signer: DemoSigner

    def token(self, collar: str) -> str:
        return self.signer.access_token(DemoPerson(f"demo|{collar}", collar))[0]

    def environment(self, database_url: str, **more: str) -> dict[str, str]:
        """The settings of a server on this database that trusts this issuer."""
        return environment_for(database_url, self.trusted, **more)


@pytest.fixture(scope="session")
def identity() -> Iterator[Identity]:
    signer = DemoSigner(ISSUER, new_key())
    documents: dict[str, bytes] = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Keys, documents))
    base = f"http://127.0.0.1:{server.server_address[1]}"
    documents["/discovery"] = json.dumps({"issuer": ISSUER, "jwks_uri": f"{base}/jwks"}).encode()
    documents["/jwks"] = json.dumps(signer.key_set()).encode()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    trusted = TRUSTED.model_dump() | {"discovery_url": f"{base}/discovery"}
    yield Identity(TrustedIssuer.model_validate(trusted), signer)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where a test's servers write."""
    return tmp_path / "server.log"


@pytest.fixture(scope="session")
def figures(request: pytest.FixtureRequest, databases: Databases) -> Callable[..., None]:
    """Keeps a figure for the report: `figures("crashes", kills=20, lost=0)`."""
    full = request.config.getoption("--assurance") == "full"
    report = request.config.stash.setdefault(REPORT, Figures(databases.kind, full))
    return report.add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    report = config.stash.get(REPORT, None)
    if report is not None:
        terminalreporter.section("durability figures")
        for line in report.lines():
            terminalreporter.line(line)
