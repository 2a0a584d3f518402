"""The answer is lost, the work is done: of a COMMIT on its way to the server, of the server on its way to the phone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.assurance.conftest import Identity
from tests.assurance.cutting_proxy import CuttingProxy, begins_answer, chunk, is_commit, postgres_message
from tests.assurance.evidence import assert_kept
from tests.assurance.phones import Caller, Ledger, Load
from tests.assurance.running import WarmServer, assert_no_faults
from tests.assurance.waiting import wait_until
from tests.databases import Databases

EVERY = 3
PATIENCE_SECONDS = 600.0


def _wait_for_cuts(proxy: CuttingProxy, cuts: int, ledger: Ledger) -> None:
    wait_until(
        lambda: proxy.cuts >= cuts,
        PATIENCE_SECONDS,
        lambda: f"{proxy.cuts} cuts, {ledger.broken} broken, {ledger.dishonest[:3]}",
    )


def test_a_lost_commit_answer_costs_neither_a_record_nor_a_double(
    warm: WarmServer,
    identity: Identity,
    databases: Databases,
    force_url: str,
    tmp_path: Path,
    log: Path,
    trials: Callable[[int], int],
    figures: Callable[..., None],
) -> None:
    if databases.kind == "sqlite":
        pytest.skip("SQLite has no line that could be cut")
    address = make_url(force_url)
    assert address.port is not None
    cuts = trials(300)
    proxy = CuttingProxy(address.port, postgres_message, is_commit, EVERY)
    with proxy.running(), Ledger(tmp_path / "ledger") as ledger:
        through = address.set(host="127.0.0.1", port=proxy.port).update_query_dict(
            {"sslmode": "disable", "gssencmode": "disable"}
        )
        server = warm.serve(identity.environment(through.render_as_string(hide_password=False)), log)
        with Load(server.url, identity.token, ledger, "commit") as load:
            _wait_for_cuts(proxy, cuts, ledger)
            load.stop()
        proxy.cutting = False
        with Caller(server.url, identity.token) as caller:
            assert_kept(force_url, ledger, caller)
        server.stop()
    assert_no_faults(log)
    # A commit whose answer was lost was never answered with success: its phone was told 503 and sent it again.
    assert ledger.refused >= proxy.cuts - load.phones
    assert not any("Nothing was stored" in told for told in ledger.told)
    figures("lost COMMIT answers", cuts=proxy.cuts, acknowledged=len(ledger.acknowledged), lost=0, doubled=0)


def test_a_lost_http_answer_costs_neither_a_record_nor_a_double(
    warm: WarmServer,
    identity: Identity,
    force_url: str,
    tmp_path: Path,
    log: Path,
    trials: Callable[[int], int],
    figures: Callable[..., None],
) -> None:
    cuts = trials(300)
    server = warm.serve(identity.environment(force_url), log)
    proxy = CuttingProxy(server.port, chunk, begins_answer, EVERY)
    with proxy.running(), Ledger(tmp_path / "ledger") as ledger:
        with Load(f"http://127.0.0.1:{proxy.port}", identity.token, ledger, "http") as load:
            _wait_for_cuts(proxy, cuts, ledger)
            load.stop()
        with Caller(server.url, identity.token) as caller:
            assert_kept(force_url, ledger, caller)
    server.stop()
    assert_no_faults(log)
    assert ledger.broken >= cuts
    figures("lost HTTP answers", cuts=proxy.cuts, acknowledged=len(ledger.acknowledged), lost=0, doubled=0)
