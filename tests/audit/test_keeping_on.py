"""What is done now and then goes on whatever goes wrong, and says so to whoever asks whether the service is ready."""

from collections.abc import Callable, Sequence
from datetime import datetime

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session
from starlette.testclient import TestClient

from app import housekeeping
from app.audit import chain, sealing
from app.audit.verification import Fault
from app.clock import utc_now
from app.database.engine import open_engine
from app.database.session import transaction
from app.housekeeping import JOBS, tick_once
from app.main import create_app
from app.settings import Profile, Settings
from tests.audit.logs import SmallLog, log_event
from tests.audit.tampering import without_triggers


def warnings(client: TestClient) -> list[str]:
    """The warnings of the service, once there are any."""
    found: list[str] = []
    while not found:
        found = client.get("/readyz").json().get("warnings", [])
    return found


def settings(url: str, tick: float = 0, seal: float = 0) -> Settings:
    return Settings(profile=Profile.DEVELOPMENT, database_url=url, tick_seconds=tick, seal_seconds=seal)


def fails_during(trouble: list[str]) -> Callable[[], None]:
    """Fails as no library is known to, as long as the list says what the matter is."""

    def fail() -> None:
        if trouble:
            raise KeyError(trouble[0])

    return fail


def test_one_failing_job_keeps_no_other_from_running(force_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    trouble = ["a"]
    fail = fails_during(trouble)

    def failing(engine: Engine, now: datetime) -> int:
        fail()
        return 0

    def other(engine: Engine, now: datetime) -> int:
        ran.append("other")
        return 3

    monkeypatch.setattr(housekeeping, "JOBS", {"failing": failing, "other": other})
    engine, told, always = open_engine(force_url, 1), list[str](), {"files stored to the end": 0}
    assert tick_once(engine, utc_now(), told.append) == {"other": 3} | always
    assert (ran, told) == (["other"], ["failing"])
    trouble.clear()
    assert tick_once(engine, utc_now(), told.append) == {"failing": 0, "other": 3} | always
    engine.dispose()


def test_a_job_that_fails_is_told_and_tried_again(force_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    trouble = ["a"]
    fail = fails_during(trouble)

    def job(engine: Engine, now: datetime) -> int:
        fail()
        return 0

    name = next(iter(JOBS))
    jobs = {**JOBS, name: job}
    monkeypatch.setattr(housekeeping, "JOBS", jobs)
    with TestClient(create_app(settings(force_url, tick=0.001))) as client:
        assert warnings(client) == [f"{name}: this job fails"]
        trouble.clear()
        while "warnings" in client.get("/readyz").json():
            pass


def test_sealing_goes_on_after_a_fault_nobody_expected(
    force_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble = ["a"]
    fail, seal = fails_during(trouble), chain.next_seal

    def next_seal(before: chain.Seal | None, leaves: Sequence[chain.Leaf], now: datetime) -> chain.Seal:
        fail()
        return seal(before, leaves, now)

    monkeypatch.setattr(sealing, "next_seal", next_seal)
    engine = open_engine(force_url, 1)
    with transaction(engine) as session:
        log_event(session, utc_now())
    with TestClient(create_app(settings(force_url, seal=0.001))) as client:
        assert warnings(client) == ["the audit log cannot be sealed"]
        trouble.clear()
        while "warnings" in client.get("/readyz").json():
            pass
    engine.dispose()


def told_of(log: SmallLog) -> str:
    return log.keeper.not_sealed or ""


def spoil(session: Session) -> None:
    """Puts into one event that waits what no column can say: text that is no text."""
    without_triggers(session)
    session.execute(
        text(
            "UPDATE audit_events SET reason = CAST(x'ff' AS TEXT) "
            "WHERE id = (SELECT min(event_id) FROM audit_unsealed)"
        )
    )


def test_an_event_that_cannot_be_read_keeps_no_other_from_its_seal(log: SmallLog) -> None:
    """Only SQLite takes such text."""
    if log.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL checks text")
    with transaction(log.engine) as session:
        for _ in range(5):
            log_event(session, log.at)
    with transaction(log.engine) as session:
        spoil(session)
    assert log.keeper.run() == 4
    assert told_of(log) == "1 audit events cannot be read and are not sealed"
    assert log.keeper.run() == 0
    log.forward(100)
    found = log.verdict().findings
    assert [one.fault for one in found] == [Fault.UNSEALED]
    with transaction(log.engine) as session:
        session.execute(text("UPDATE audit_events SET reason = 'x' WHERE typeof(reason) = 'text'"))
    assert log.keeper.run() == 1
    assert told_of(log) == ""
