"""A file and a phone, or two phones, that bring the same at once: PostgreSQL only, SQLite has one writer."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from app.abstractions.import_kinds import ABSTRACTIONS
from app.abstractions.schemas import AbstractionRequest
from app.abstractions.service import record_abstraction
from app.areas.import_kinds import import_from_console
from app.database.engine import open_engine
from app.database.session import reading, transaction
from app.engagements.import_kinds import ENGAGEMENTS
from app.engagements.schemas import EngagementRequest
from app.engagements.service import record_engagement
from app.identity.permissions import Caller, OfficerKind, Role
from app.imports.mechanism import ImportKind, Progress, ReadAs
from app.rest.sent import Sent
from tests.abstractions.test_abstraction_story import AWAY, flags
from tests.assurance.waiting import wait_until
from tests.conftest import Api, named
from tests.databases import Databases
from tests.engagements.test_engagement_story import HEADER, SURGERY, TOLD
from tests.sync.queue import item, outcomes

FILES = {
    "engagements": (ENGAGEMENTS, HEADER.encode() + TOLD, SURGERY),
    "abstractions": (
        ABSTRACTIONS,
        b"reference,collar_number,starts_at,reason_code\nABS-7,4101,2026-03-02 18:00,CUSTODY\n",
        AWAY,
    ),
}


@pytest.fixture
def engine(api: Api, databases: Databases) -> Iterator[Engine]:
    if databases.kind == "sqlite":
        pytest.skip("SQLite has one writer")
    engine = open_engine(api.url, 3)
    yield engine
    engine.dispose()


def bring_in(
    api: Api, engine: Engine, kind: ImportKind, raw: bytes, progress: Progress = lambda _rows: None
) -> None:
    source = kind.read(raw, Path())
    brought = import_from_console(
        engine, kind, source, ReadAs(), "FORCE", api.clock(), dry_run=False, progress=progress
    )
    assert brought.report.counts.new == 1


def sources(api: Api, name: str) -> list[str]:
    listed = api.get("4111", f"/v1/{name}").json()["items"]
    return [each["source"] for each in listed if each["reference"]]


@pytest.mark.parametrize("name", FILES)
def test_what_is_reported_while_a_file_is_brought_in_counts_once(api: Api, engine: Engine, name: str) -> None:
    kind, raw, said = FILES[name]
    # Whatever a first call takes long for is not done while the file's transaction waits.
    other = {one: value for one, value in said.items() if one != "reference"}
    assert api.put("4103", f"/v1/{name}/{named('other')}", other).status_code == 201

    def meanwhile(_rows: int) -> None:
        # The rows are written and not durable yet: nobody else sees them.
        assert api.put("4101", f"/v1/{name}/{named('own')}", said).status_code == 201

    bring_in(api, engine, kind, raw, meanwhile)
    assert sources(api, name) == ["phone"]
    [gone] = api.get("4111", f"/v1/{name}", voided="true").json()["items"]
    assert gone["superseded_by"] == str(named("own"))


def report(api: Api, session: Session, said: dict[str, object]) -> None:
    """Records an engagement in a transaction that is still under way."""
    officer = Caller(named("4101"), named("FORCE"), "4101", OfficerKind.CONSTABLE, frozenset({Role.OFFICER}))
    body = EngagementRequest.model_validate_json(json.dumps(said))
    assert record_engagement(session, officer, named("own"), body, Sent(api.clock(), None)).created


def waits(engine: Engine) -> bool:
    """Whether somebody waits for their turn."""
    waiting = text(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database ="
        " (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with reading(engine) as session:
        return bool(session.connection().execute(waiting).scalar_one())


def test_a_file_waits_for_whoever_is_just_reporting(api: Api, engine: Engine) -> None:
    kind, raw, said = FILES["engagements"]
    with ThreadPoolExecutor(1) as pool:
        with transaction(engine) as phone:
            report(api, phone, said)
            brought = pool.submit(bring_in, api, engine, kind, raw)
            wait_until(lambda: waits(engine), 30, lambda: "the file waits for nobody")
        brought.result()
    assert sources(api, "engagements") == ["phone"]


@pytest.mark.parametrize("way", ["alone", "in a queue"])
def test_of_two_reports_of_one_abstraction_at_the_same_moment_one_is_flagged(
    api: Api, engine: Engine, way: str
) -> None:
    said = {name: value for name, value in AWAY.items() if name != "reference"}
    theirs = said | {"abstracted_collar_number": "4101"}
    sergeant = Caller(named("4111"), named("FORCE"), "4111", OfficerKind.CONSTABLE, frozenset({Role.OFFICER}))

    def reports() -> None:
        if way == "alone":
            assert api.put("4101", f"/v1/abstractions/{named('own')}", said).status_code == 201
        else:
            queue = [item("abstraction", "other", {**said, "abstracted_collar_number": "4102"})]
            queue.append(item("abstraction", "own", said))
            assert outcomes(api, queue) == ["created", "created"]

    with ThreadPoolExecutor(1) as pool:
        with transaction(engine) as session:
            body = AbstractionRequest.model_validate_json(json.dumps(theirs))
            assert record_abstraction(
                session, sergeant, named("theirs"), body, Sent(api.clock(), None)
            ).created
            done = pool.submit(reports)
            wait_until(lambda: done.done() or waits(engine), 30, lambda: "the officer is not heard")
        done.result()
    told = [api.get("4111", f"/v1/abstractions/{named(each)}").json() for each in ("theirs", "own")]
    assert ["maybe_twice" in flags(each) for each in told] == [False, True]


def test_what_cannot_be_settled_now_is_settled_by_the_next_file(
    api: Api, engine: Engine, capfd: pytest.CaptureFixture[str]
) -> None:
    kind, raw, said = FILES["engagements"]
    with transaction(engine) as phone:
        report(api, phone, said)
        # Applied all the same, though nobody lets it in within the time that a lock is waited for.
        bring_in(api, engine, kind, raw)
    assert "left_for_later" in "".join(capfd.readouterr())
    assert sorted(sources(api, "engagements")) == ["import", "phone"]
    bring_in(api, engine, kind, HEADER.encode() + TOLD.replace(b"ENG-0042", b"TR-9"))
    listed = api.get("4111", "/v1/engagements").json()["items"]
    assert {(each["reference"], each["source"]) for each in listed} == {
        ("ENG-0042", "phone"), ("TR-9", "import"),
    }  # fmt: skip
