"""Auditors read the log of their force, by person, record and time; what they read and hand out is logged itself."""

import csv
import hashlib
import json
from io import StringIO
from typing import Any

import httpx2 as httpx
import pytest

from app.audit.models import Action
from app.audit.sealing import seal_waiting
from app.clock import rfc3339
from app.database.engine import open_engine
from tests.audit.test_events import Log, break_log, one
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import batch, batch_path, check_in, patrol_path

AUDITOR = "4133"
PATROL, LEAD, CREW, SERGEANT = (str(named(name)) for name in ("patrol-1", "4101", "4102", "4111"))


def seal(api: Api) -> None:
    engine = open_engine(api.url, 1)
    seal_waiting(engine, api.clock)
    engine.dispose()


def listed(api: Api, **asked: Any) -> list[dict[str, Any]]:
    answer = api.get(AUDITOR, "/v1/audit/events", **asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["events"]
    return found


def said(events: list[dict[str, Any]]) -> list[str]:
    return [f"{one['action']} {one['operation']} {one['actor']}" for one in events]


@pytest.fixture
def evening(api: Api) -> Api:
    """A patrol with crew, which its sergeant looks at and another one tries to; sealed up to the last look."""
    api.put("4101", patrol_path(), check_in(crew=[{"collar_number": "4102"}]))
    api.clock.forward(minutes=60)
    api.put("4101", batch_path("b"), batch(0, 0, 20))
    api.clock.forward(minutes=1)
    api.get("4112", patrol_path())
    seal(api)
    api.clock.forward(minutes=1)
    api.get("4111", patrol_path())
    return api


def test_who_looked_at_whom_is_found_sealed_or_not(evening: Api) -> None:
    looked = "CONSULT patrol:read 4111"
    about = listed(evening, record_id=PATROL)
    assert said(about) == [
        looked, "DENIED patrol:read 4112", "COLLECT patrol:fixes 4101", "COLLECT patrol:check-in 4101",
    ]  # fmt: skip
    assert [one["sealed_in"] for one in about] == [None, 1, 1, 1]
    assert about[0]["subjects"] == {"patrol": [PATROL], "officer": [LEAD]}
    assert said(listed(evening, officer_id=LEAD, action="CONSULT", operation="patrol:read")) == [looked]
    seal(evening)
    assert said(listed(evening, officer_id=LEAD, action="CONSULT", operation="patrol:read")) == [looked]
    assert listed(evening, record_id=PATROL)[0]["sealed_in"] == 2
    assert said(listed(evening, officer_id=CREW)) == ["COLLECT patrol:check-in 4101"]
    assert said(listed(evening, actor_id=SERGEANT)) == [looked]
    assert said(listed(evening, record_id=PATROL, record_kind="patrol", to="2026-03-02T19:00:00Z")) == [
        "COLLECT patrol:check-in 4101"
    ]
    assert listed(evening, record_id=PATROL, record_kind="officer") == []
    assert said(listed(evening, actor_id=SERGEANT, **{"from": rfc3339(evening.clock.at)})) == [looked]
    assert listed(evening, actor_id=str(named("7101"))) == []


def test_pages_follow_each_other_without_gap_or_repeat(evening: Api) -> None:
    whole = [one["id"] for one in listed(evening, to=rfc3339(evening.clock.forward(minutes=1)))]
    evening.clock.forward(minutes=1)
    pages: list[str] = []
    asked: dict[str, Any] = {"limit": 1, "to": rfc3339(evening.clock.at.replace(minute=33))}
    cursor = None
    while True:
        answer = evening.get(
            AUDITOR, "/v1/audit/events", **asked, **({"cursor": cursor} if cursor else {})
        ).json()
        pages += [one["id"] for one in answer["events"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert pages == whole
    assert len(pages) == 4


def test_reading_the_log_is_in_the_log(evening: Api) -> None:
    log = Log(evening)
    answer = evening.get(AUDITOR, "/v1/audit/events", officer_id=CREW)
    ids = [one["id"] for one in answer.json()["events"]]
    one(
        log.of(answer),
        Action.CONSULT,
        "audit.events",
        AUDITOR,
        officer=[CREW],
        **{"audit-event": sorted(ids)},
    )
    # And the officer it was about finds it.
    assert said(listed(evening, officer_id=CREW))[0] == "CONSULT audit.events 4133"


def test_a_kind_needs_its_record_and_other_forces_stay_apart(evening: Api) -> None:
    alone = evening.get(AUDITOR, "/v1/audit/events", record_kind="patrol")
    assert (alone.status_code, alone.json()["errors"][0]["pointer"]) == (422, "#query/record_kind")
    evening.get("7101", "/v1/patrols")
    assert not [event for event in listed(evening) if event["actor"] == "7101"]


def export(api: Api, **asked: Any) -> httpx.Response:
    return api.post(AUDITOR, "/v1/audit/exports", {"recipient": "IOPC", "reason": "=Case 7", **asked})


def test_an_export_is_a_disclosure_with_a_manifest(evening: Api) -> None:
    log = Log(evening)
    answer = export(evening, officer_id=LEAD)
    manifest = json.loads(answer.headers["Export-Manifest"])
    event = one(log.of(answer), Action.DISCLOSE, "audit.export", AUDITOR, officer=[LEAD])
    assert event.reason == "To IOPC: =Case 7"
    assert event.subjects["sha256"] == [manifest["sha256"]]
    assert event.subjects["events"] == ["3"]
    assert manifest["disclosure"] == str(event.id)
    assert manifest["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert (manifest["events"], manifest["bytes"], manifest["head_seal"]) == (3, len(answer.content), 1)
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    # What was done by the officer and what was done about them, earliest first.
    assert [(row["operation"], row["actor"]) for row in rows] == [
        ("patrol:check-in", "4101"), ("patrol:fixes", "4101"), ("patrol:read", "4111"),
    ]  # fmt: skip
    assert rows[2]["subjects"] == f"officer:{LEAD} patrol:{PATROL}"
    again = export(evening, officer_id=LEAD, format="jsonl", record_id=PATROL)
    told = [json.loads(line) for line in again.text.splitlines()]
    assert [line["operation"] for line in told] == ["patrol:check-in", "patrol:fixes", "patrol:read"]


def test_no_cell_of_an_export_is_run_by_a_spreadsheet(evening: Api) -> None:
    export(evening, officer_id=LEAD)
    span = {"from": rfc3339(evening.clock.at), "to": rfc3339(evening.clock.forward(minutes=5))}
    log = Log(evening)
    answer = export(evening, **span)
    # Of a file for a period the log says which period.
    one(log.of(answer), Action.DISCLOSE, "audit.export", AUDITOR, **{k: [at] for k, at in span.items()})
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["reason"] for row in rows if row["action"] == "DISCLOSE"] == ["To IOPC: =Case 7"]
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]


def test_an_export_says_of_what_to_whom_and_why(evening: Api) -> None:
    for wrong in ({}, {"from": "2026-03-02T18:00:00Z"}, {"officer_id": LEAD, "recipient": ""}):
        assert export(evening, **wrong).status_code == 422, wrong
    body = {"recipient": "IOPC", "officer_id": LEAD}
    assert evening.post(AUDITOR, "/v1/audit/exports", body).status_code == 422


def test_without_the_log_the_log_is_not_shown_either(evening: Api) -> None:
    """The reading works and only its own event cannot be written: nothing is shown."""
    evening.get(AUDITOR, "/v1/audit/events")
    break_inserts(evening)
    for answer in (evening.get(AUDITOR, "/v1/audit/events"), export(evening, officer_id=LEAD)):
        assert answer.status_code >= 500
        assert PATROL not in answer.text
    break_log(evening.url)
    assert evening.get(AUDITOR, "/v1/audit/events").status_code >= 500


def break_inserts(api: Api) -> None:
    """The queue of the log is gone, so that nothing can be added to it."""
    engine = open_engine(api.url, 1)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql(
                "CREATE TRIGGER no_more BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'full'); END"
            )
        else:
            connection.exec_driver_sql(
                "CREATE TRIGGER no_more BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
            )
    engine.dispose()
