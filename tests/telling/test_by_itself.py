"""The service delivers by itself, says in /readyz what it could not, and stops when told; or the tick does it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from app.clock import utc_now
from app.database.engine import open_engine
from app.main import create_app
from app.outbox.attempts import Failure
from app.retention.rules import RecordClass
from app.settings import Profile, Settings
from demo.issuer import create_issuer
from demo.signing import new_key
from tests.conftest import ISSUER, OUTGOING_HOSTS, TRUSTED, Api, named
from tests.outbox.messages import deliver as deliver_by, put_in, stored
from tests.outbox.receiver import receiving, say_nothing
from tests.patrols.test_patrol_story import START
from tests.retention.conftest import Command, beatcheck, purge_at
from tests.telling.stories import ADMIN, webhook

if TYPE_CHECKING:
    from tests.databases import Databases

__all__ = ["beatcheck"]


def settings(url: str, **changed: object) -> Settings:
    usual = {
        "profile": Profile.DEVELOPMENT, "database_url": url, "trusted_issuers": (TRUSTED,),
        "allowed_hosts": ("testserver",), "tick_seconds": 0, "seal_seconds": 0, "deliver_seconds": 0.02,
        "outgoing_hosts": OUTGOING_HOSTS, "outgoing_networks": ("127.0.0.0/8",),
    }  # fmt: skip
    return Settings.model_validate({**usual, **changed})


def test_the_service_delivers_and_stops_at_once(api: Api, databases: "Databases") -> None:
    """While one receiver says nothing callers are answered, and the end of the service waits for no more than that."""
    url = databases.served(api.url)
    issuer = create_issuer(ISSUER, [], key=new_key(), now=api.clock)
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app=issuer))
    app = create_app(settings(url, deliver_timeout_seconds=1), now=api.clock, http=http)
    with receiving([say_nothing]) as silent, receiving() as receiver:
        slow, quick = webhook(api, "slow", silent), webhook(api, "quick", receiver)
        api.put(ADMIN, f"{slow}/tests/{named('m1')}", {})
        with TestClient(app) as client:
            silent.received.get(timeout=20)
            assert client.get("/readyz").json()["status"] == "ready"
            api.put(ADMIN, f"{quick}/tests/{named('m2')}", {})
            assert receiver.received.get(timeout=20).headers["webhook-id"] == str(named("m2"))
    assert app.state.warnings() == []


def test_readyz_tells_of_what_was_given_up(api: Api, databases: "Databases") -> None:
    owner = open_engine(api.url, 2)
    put_in(owner, api.clock.at, "a", "b")
    handlers = {"test": lambda _message, _now: Failure("gone", for_good=True)}
    for _ in range(2):
        deliver_by(owner, handlers, api.clock.at)
    issuer = create_issuer(ISSUER, [], key=new_key(), now=api.clock)
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app=issuer))
    app = create_app(settings(databases.served(api.url)), now=api.clock, http=http)
    with TestClient(app) as client:
        while "warnings" not in (told := client.get("/readyz").json()):
            assert told["status"] == "ready"
    assert told == {"status": "ready", "warnings": ["2 messages could not be delivered in the last week"]}
    owner.dispose()


def test_the_tick_delivers_where_no_service_does(
    api: Api, databases: "Databases", beatcheck: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BEATCHECK_PROFILE", "development")
    monkeypatch.setenv("BEATCHECK_OUTGOING_HOSTS", json.dumps(["127.0.0.1"]))
    monkeypatch.setenv("BEATCHECK_OUTGOING_NETWORKS", json.dumps(["127.0.0.0/8"]))
    api.clock.at = utc_now()
    url = databases.served(api.url)
    with receiving() as receiver:
        path = webhook(api, "hook", receiver)
        api.put(ADMIN, f"{path}/tests/{named('m1')}", {})
        done = beatcheck(url, "tick")
        assert done.exit_code == 0, done.output
        assert "messages delivered: 1" in done.output
        assert receiver.ids() == [str(named("m1"))]
    api.put(ADMIN, f"{path}/tests/{named('m2')}", {})
    failed = beatcheck(url, "tick")
    assert failed.exit_code == 1 and "1 messages not delivered yet" in failed.output
    assert "SECRET-SIG" not in failed.output


def test_what_went_out_goes_by_rule_and_what_waits_stays(api: Api) -> None:
    owner = open_engine(api.url, 2)
    put_in(owner, START, "delivered", "waiting")
    deliver_by(owner, {"test": lambda _message, _now: None}, START)
    put_in(owner, START, "waits")
    report = purge_at(api.keeper_url, START.replace(year=2027))
    (force,) = [each for each in report.forces if each.force_id == named("FORCE")]
    assert force.rows[RecordClass.MESSAGES] == 2
    assert set(stored(owner)) == {named("waits")}
    owner.dispose()
