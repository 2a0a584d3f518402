"""The demonstration evening, played by its own phones while the server is killed again and again.

In the end the evening is judged as its stories say, nothing acknowledged is missing, and sending it all once more
creates nothing.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from threading import Event, Thread

import httpx2 as httpx
import pytest

from app.clock import utc_now
from app.database.engine import open_engine
from app.housekeeping import close_overdue
from demo.clients.facts import Item
from demo.clients.link import Verdict
from demo.clients.phone import Heard
from demo.evening import build_evening, evening_day
from demo.force import read_hotspot_names, read_hotspots, read_tracks
from demo.loading import load_force
from demo.morning import play_morning
from demo.player import Played, play
from demo.record_stories import RECORDS
from demo.report import read_report
from tests.assurance.conftest import Identity
from tests.assurance.evidence import look, lost
from tests.assurance.phones import Answer, Fact, Ledger
from tests.assurance.running import Served, WarmServer, assert_no_faults
from tests.assurance.waiting import wait_until
from tests.conftest import ISSUER

SEES_THE_WHOLE_FORCE = "4172"
MOST_EVENINGS = 4
PATIENCE_SECONDS = 60.0


@dataclass(slots=True)
class Killer:
    """Kills the server whenever enough more was acknowledged, and starts it again on the same port."""

    start: Callable[[], Served]
    ledger: Ledger
    gaps: list[int]
    kills: int = 0
    over: Event = field(default_factory=Event)

    def _wait_for(self, acknowledged: int) -> None:
        wait_until(
            lambda: len(self.ledger.acknowledged) >= acknowledged or self.over.is_set(),
            PATIENCE_SECONDS,
            lambda: "the evening stands still",
        )

    def run(self) -> None:
        """Until every kill is done and the evening is over."""
        server = self.start()
        try:
            for gap in self.gaps:
                wanted = len(self.ledger.acknowledged) + gap
                self._wait_for(wanted)
                if self.over.is_set():
                    break
                server.kill()
                self.kills += 1
                server = self.start()
            self.over.wait()
        finally:
            server.stop()


def _keeping(ledger: Ledger) -> Heard:
    """Writes each verdict into the ledger before the phone's queue is changed by it."""

    def keep(item: Item, verdict: Verdict) -> None:
        said = Fact("", item.path, json.dumps(item.content).encode())
        ledger.add(said, Answer(verdict.status, json.dumps(verdict.answer).encode()))

    return keep


@pytest.mark.once  # test_crashes kills on both
def test_kills_during_the_demonstration_change_nothing(
    warm: WarmServer,
    identity: Identity,
    engine_url: str,
    tmp_path: Path,
    log: Path,
    trials: Callable[[int], int],
    figures: Callable[..., None],
) -> None:
    kills, random = trials(20), Random(5)
    evening = build_evening(evening_day(utc_now()), read_tracks(), read_hotspots())
    load_force(engine_url, ISSUER, evening.windows, utc_now(), tmp_path)
    engine = open_engine(engine_url)
    first = warm.serve(identity.environment(engine_url), log)
    facts = sum(1 + len(patrol.batches) + (patrol.checked_out is not None) for patrol in evening.patrols)
    # Together less than the evening, so that every kill falls into it.
    gaps = [random.randint(1, max(1, 2 * facts // (kills + 1) - 2)) for _ in range(kills)]
    starts = iter([first])

    def start() -> Served:
        return next(starts, None) or warm.serve(identity.environment(engine_url), log, port=first.port)

    with Ledger(tmp_path / "ledger") as ledger:
        killer = Killer(start, ledger, gaps)
        killing = Thread(target=killer.run)
        killing.start()
        try:
            with httpx.Client(base_url=first.url, timeout=30) as http:
                playing = partial(play, evening, http, identity.token, _ignore, tmp_path, _keeping(ledger))
                for _ in range(MOST_EVENINGS):
                    waiting = sum(each.waiting for each in playing())
                    if not waiting and killer.kills == kills:
                        break
                again = playing()
            close_overdue(engine, utc_now())
            bearer = {"Authorization": f"Bearer {identity.token(SEES_THE_WHOLE_FORCE)}"}
            with httpx.Client(base_url=first.url, timeout=30) as http:
                refused = play_morning(evening, http, identity.token)
            with httpx.Client(base_url=first.url, timeout=30, headers=bearer) as http:
                report = read_report(evening, again, refused, http, read_hotspot_names())
        finally:
            killer.over.set()
            killing.join()
        assert killer.kills == kills
        of_patrols = [each for each in ledger.facts() if each.path.startswith("/v1/patrols/")]
        assert lost(engine_url, of_patrols) == []
        assert look(engine_url).facts() == len(of_patrols) == facts
        assert len(ledger.acknowledged) == facts + len(RECORDS)
        assert [path for path, times in ledger.created.items() if times > 1] == []
    assert (report.created, report.waiting) == (0, 0)
    assert report.as_expected, report
    engine.dispose()
    assert_no_faults(log)
    figures("kills during the demo", kills=kills, acknowledged=len(ledger.acknowledged), lost=0, doubled=0)


def _ignore(_played: Played) -> None:
    """The report is read from the service."""
