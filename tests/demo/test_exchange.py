"""What four weeks bring here and in the tracker, played through the API; and neighbourhoods of another force."""

from datetime import datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.clock import LONDON
from app.settings import WmnowWebhookSettings
from app.wmnow.models import RunState
from demo.exchange import A_DAY, BY_MESSAGE, DAYS, FORCE, HARDLY_RECORDS, SECRET, exchange
from demo.months import stage
from demo.neighbourhoods import bring_neighbourhoods
from demo.quarter_stage import Clock

# On both: what is read, stored, linked and added up is in tests of the slices.
pytestmark = pytest.mark.once

NOW = datetime(2026, 11, 25, 12, tzinfo=LONDON)


def test_everything_the_tracker_has_comes_in_by_one_of_three_ways(engine_url: str, tmp_path: Path) -> None:
    clock = Clock(NOW)
    webhooks = (WmnowWebhookSettings(force_code=FORCE, secrets=(SecretStr(SECRET),)),)
    with stage(engine_url, tmp_path, clock, wmnow_webhooks=webhooks, wmnow_message_seconds=0.0) as on:
        on.meet()
        done = exchange(on, engine_url)
    everything = DAYS * A_DAY
    assert (done.tried["errors"], done.brought["new"]) == (1, everything // 2)
    assert (done.pulled.state, list(done.statuses)) == (RunState.DONE, [202] * (BY_MESSAGE + 1) + [401])
    totals = done.reconciliation["totals"]
    assert isinstance(totals, dict)
    both = len(range(0, everything, 5))
    assert (totals["tracker"], totals["ours"], totals["linked"]) == (everything, both, done.linked)
    assert 0 < done.linked <= both
    assert totals["total"] == everything + both - done.linked
    rows = done.under_recording["rows"]
    assert isinstance(rows, list)
    recorded = {row["team"]["code"]: row["engagements"] for row in rows}
    assert recorded[HARDLY_RECORDS] < recorded["BW-NH"] < recorded["CC-NH"]


def test_neighbourhoods_come_into_the_tree_of_their_own_force(engine_url: str, tmp_path: Path) -> None:
    done = bring_neighbourhoods(engine_url, tmp_path, NOW)
    assert (done.tried.applied, done.applied.applied) == (False, True)
    assert (done.applied.counts.new, done.applied.counts.changed, done.again.counts.unchanged) == (2, 1, 3)
    assert [(one.depth, one.kind, one.code, one.police_uk_id) for one in done.tree] == [
        (0, "FORCE", "LEICS", "leicestershire"),
        (1, "LPA", "CITY", None),
        (2, "SECTOR", "CC", "NC04"),
        (1, "NEIGHBOURHOOD", "NC66", "NC66"),
        (1, "NEIGHBOURHOOD", "NC67", "NC67"),
    ]
    assert [len(one.priorities) for one in done.tree] == [0, 0, 1, 0, 0]
