"""The README's way from a result over a dispute to a decision, its own commands run against the demonstration."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from app.clock import utc_now
from app.database.engine import open_engine
from app.housekeeping import close_overdue
from demo.evening import build_evening, evening_day
from demo.force import read_hotspots, read_tracks
from demo.loading import load_force
from demo.morning import play_morning
from demo.player import Played, play
from demo.signing_in import CHOSEN
from tests.assurance.conftest import Identity
from tests.assurance.running import WarmServer
from tests.conftest import ISSUER

README = Path(__file__).parents[2] / "README.md"
SECTION = re.compile(r"^## A result, a dispute, a decision$(.*?)^## ", re.DOTALL | re.MULTILINE)
COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.mark.once  # the README begins with SQLite
def test_the_decision_in_the_readme_is_taken(
    warm: WarmServer, identity: Identity, engine_url: str, tmp_path: Path, log: Path
) -> None:
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip("the README's commands need bash and curl")
    evening = build_evening(evening_day(utc_now()), read_tracks(), read_hotspots())
    load_force(engine_url, ISSUER, evening.windows, utc_now(), tmp_path)
    served = warm.serve(identity.environment(engine_url), log)
    try:
        with httpx.Client(base_url=served.url, timeout=30) as http:
            play(evening, http, identity.token, _ignore)
            engine = open_engine(engine_url)
            close_overdue(engine, utc_now())
            engine.dispose()
            assert play_morning(evening, http, identity.token) == []
        answers = _run(_script(), served.url, identity, tmp_path)
    finally:
        served.stop()
    dispute, due, decided, windows = answers[1:]
    assert dispute["kind"] == "DISPUTE"
    waits = [item for item in due["items"] if item["open_disputes"]]
    assert [item["open_disputes"][0]["id"] for item in waits] == [dispute["id"]]
    assert [decided[count] for count in ("created", "replayed", "refused")] == [1, 0, 0], decided
    assert windows["totals"]["by_reason"]


def _ignore(_played: Played) -> None:
    """What was sent is read from the service."""


def _script() -> str:
    section = SECTION.search(README.read_text(encoding="utf-8"))
    assert section is not None
    return "\necho\n".join(COMMANDS.findall(section[1]))


def _run(script: str, url: str, identity: Identity, folder: Path) -> list[dict[str, Any]]:
    """Runs the commands where the demonstration's header files would be, and reads every answer they print."""
    signed_in = folder / "var" / "demo" / "sign-in"
    signed_in.mkdir(parents=True)
    for role, collar in CHOSEN.items():
        header = f"Authorization: Bearer {identity.token(collar)}\n"
        (signed_in / role.lower()).write_text(header, encoding="ascii")
    here = script.replace("http://127.0.0.1:8000", url)
    assert url in here
    done = subprocess.run(
        ["bash", "-eu", "-c", here], cwd=folder, capture_output=True, text=True, timeout=60, check=True
    )
    text, found, at = done.stdout.strip(), [], 0
    while at < len(text):
        answer, at = json.JSONDecoder().raw_decode(text, at)
        found.append(answer)
        while at < len(text) and text[at].isspace():
            at += 1
    return found
