"""What goes row by row: who worked hours that others recorded, alerts that are over, earlier versions of offences."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.alerts.models import Alert, AlertAcknowledgement
from app.audit.models import Action, AuditEvent
from app.clock import rfc3339
from app.database.engine import open_engine
from app.database.session import reading
from app.patrols.models import Grade
from app.retention import purging
from app.retention.rules import RecordClass
from app.returns.models import RecordedHours, RecordedSlice
from app.schedule.models import Offence
from tests.alerts.ticks import alerts, at as tick_at, task
from tests.compliance.test_window_compliance import keep
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START, check_in, patrol_path
from tests.retention.conftest import purge_at
from tests.returns.helpers import HOURS, bring, free_patrol, hours, own, read, record, refused, scheme

OFFICERS, ALERTS, VERSIONS = RecordClass.RECORDED_OFFICERS, RecordClass.ALERTS, RecordClass.OFFENCE_VERSIONS
ADMIN, PLANNER, SERGEANT, OFFICER = "4134", "4131", "4111", "4101"
YEARS = timedelta(days=2556)
TIMES = {"starts_at": "2026-03-02T19:00:00Z", "ends_at": "2026-03-02T21:00:00Z", "hours": ""}
CLOSING = {"period": "2026-03", "note": "Checked."}


def rows_of(api: Api, table: Any) -> list[Any]:
    engine = open_engine(api.url, 1)
    with reading(engine) as session:
        found = list(session.execute(select(table).order_by(col(table.id))).scalars())
    engine.dispose()
    return found


def gone(api: Api, at: datetime, which: RecordClass, **how: Any) -> int:
    return sum(one.rows[which] for one in purge_at(api.keeper_url, at, **how).forces)


def hold(api: Api, kind: str, subject: str, name: str = "hold", **other: str) -> None:
    body = {"subject_kind": kind, "subject_id": str(named(subject)), "reason": "A complaint.", **other}
    answer = api.put(ADMIN, f"/v1/holds/{named(name)}", body)
    assert answer.status_code == 201, answer.text


def erased(api: Api) -> list[tuple[Any, str | None]]:
    return [
        (event.subjects, event.reason) for event in rows_of(api, AuditEvent) if event.action is Action.ERASE
    ]


@pytest.fixture
def closed(api: Api) -> str:
    """March, closed: two records of 4101 that overlap, one of nobody, and patrols of 4101 meanwhile; the scheme."""
    scheme_id = scheme(api)
    keep(
        api, free_patrol(), own("a", 30, 60), own("b", 60, 75, grade=Grade.PROBABLE),
        own("c", 75, 90, grade=Grade.DECLARED),
    )  # fmt: skip
    hours(
        api, record("TF-1", **TIMES, collar_number="4101"),
        record("TF-2", **TIMES | {"ends_at": "2026-03-02T22:00:00Z"}, collar_number="4101", evidence="radio"),
        record("TF-3", persons=2, hotspot_code="TGP-2"),
    )  # fmt: skip
    api.clock.at = START + timedelta(days=31)
    assert api.put(PLANNER, f"/v1/schemes/{scheme_id}/closings/{named('c')}", CLOSING).status_code == 201
    return scheme_id


def answers(api: Api, scheme_id: str) -> list[Any]:
    """Everything that is read of a scheme's hours, by every rule that matters here, but for patrols' ids."""
    told = [
        read(api, f"/v1/schemes/{scheme_id}/{path}", **query)
        for path, query in (
            (f"closings/{named('c')}", {}), ("hours", {"until": "2026-04-01"}),
            ("return", {"period": "2026-03"}), ("hours", {"until": "2026-03-20", "by": "lpa"}),
        )
    ]  # fmt: skip
    for one in told:
        one.pop("generated_at", None)
        one.get("overlaps", {}).pop("patrols", None)
    return told


def test_hours_stay_as_they_are_when_nobody_knows_any_more_whose_they_were(api: Api, closed: str) -> None:
    strict = scheme(api, code="STRICT", name="Strict", possible_grades="declared")
    before = [answers(api, closed), read(api, f"/v1/schemes/{strict}/hours", until="2026-04-01")["hours"]]
    assert gone(api, START + YEARS - timedelta(days=2), OFFICERS) == 0
    assert gone(api, START + YEARS, OFFICERS, dry_run=True) == 2
    assert {row.officer_id for row in rows_of(api, RecordedHours)} == {None, named("4101")}
    assert gone(api, START + YEARS, OFFICERS) == 2
    assert {row.officer_id for row in rows_of(api, RecordedHours)} == {None}
    assert {row.officer_id for row in rows_of(api, RecordedSlice)} == {None}
    named_once = [row for row in rows_of(api, RecordedSlice) if row.own_ms is not None]
    assert [(row.reference, row.own_ms) for row in sorted(named_once, key=lambda row: row.reference)] == [
        ("TF-1", {"verified": 1_800_000, "probable": 900_000, "declared": 900_000}), ("TF-2", {}),
    ]  # fmt: skip
    after = [answers(api, closed), read(api, f"/v1/schemes/{strict}/hours", until="2026-04-01")["hours"]]
    assert after == before
    closing = after[0][0]
    assert closing["rows_intact"] and closing["changed_since"] == []
    records = sorted(str(row.id) for row in rows_of(api, RecordedHours) if row.officer_erased_at)
    assert [
        (sorted(subjects["recorded_hours"]), reason)
        for subjects, reason in erased(api)
        if "patrol" not in subjects
    ] == [(records, "recorded_officers kept for 2555 days")]
    assert gone(api, START + YEARS, OFFICERS) == 0


def test_an_old_file_does_not_bring_an_officer_back(api: Api, closed: str) -> None:
    before = answers(api, closed)
    purge_at(api.keeper_url, START + YEARS)
    row = record("TF-1", **TIMES, collar_number="4101")
    told = hours(api, row, record("TF-3", persons=2, hotspot_code="TGP-2"))
    assert (told["counts"]["unchanged"], told["counts"]["warnings"]) == (2, 1)
    assert [(one["column"], one["code"]) for one in told["findings"]] == [("collar_number", "officer-erased")]
    # Without the officer it is the record that stands.
    assert hours(api, record("TF-1", **TIMES))["counts"]["unchanged"] == 1
    longer = TIMES | {"ends_at": "2026-03-02T21:30:00Z"}
    assert refused(api, record("TF-1", **longer, collar_number="4101")) == {
        ("collar_number", "officer-erased")
    }
    assert answers(api, closed) == before
    # It is taken back, or corrected without a name; what takes it back does not let the officer in again, either.
    assert (
        hours(api, record("TF-1", **TIMES | {"hours": "0"}, collar_number="4101"))["counts"]["changed"] == 1
    )
    assert refused(api, row) == {("collar_number", "officer-erased")}
    assert hours(api, record("TF-1", **longer))["counts"]["changed"] == 1
    assert {each.officer_id for each in rows_of(api, RecordedHours)} == {None}


def test_records_of_one_officer_that_overlap_go_together(api: Api) -> None:
    hours(api, record("TF-1", **TIMES, collar_number="4101"))
    api.clock.at += timedelta(days=30)
    hours(api, record("TF-2", **TIMES, collar_number="4101", evidence="radio"))
    assert gone(api, START + YEARS, OFFICERS) == 0
    assert gone(api, START + YEARS + timedelta(days=31), OFFICERS) == 2


@pytest.mark.parametrize(
    ("kind", "subject", "kept"),
    [("officer", "4101", 1), ("officer", "4102", 0), ("hotspot", "TGP-1", 1), ("hotspot", "TGP-2", 0)],
)
def test_held_officers_of_recorded_hours_stay(api: Api, kind: str, subject: str, kept: int) -> None:
    hours(api, record("TF-1", **TIMES, collar_number="4101"))
    period = {"from_at": "2026-03-02T00:00:00Z", "to_at": "2026-03-03T00:00:00Z"}
    hold(api, kind, subject, **period)
    hold(api, "officer", "4101", "before", to_at="2026-03-02T19:00:00Z")
    force = purge_at(api.keeper_url, START + YEARS).forces[0]
    assert (force.rows[OFFICERS], force.held) == (1 - kept, kept)


def alerted(api: Api) -> str:
    """An alert of WINDOW-1 for 4101, acknowledged by the sergeant, over since START + 46 minutes; its id."""
    api.clock.at = START - timedelta(hours=30)
    task(api, "WINDOW-1", OFFICER)
    tick_at(api, 20)
    tick_at(api, 40)
    (alert,) = alerts(api, SERGEANT, kind="NO_CHECK_IN")
    api.clock.at = START + timedelta(minutes=45)
    place = f"/v1/alerts/{alert['id']}/acknowledgements/{named('seen')}"
    assert api.put(SERGEANT, place, {"note": "I ring."}).status_code == 201
    late = check_in(checked_in_at=rfc3339(START + timedelta(minutes=45)))
    assert api.put(OFFICER, patrol_path(), late).status_code == 201
    tick_at(api, 46)
    return str(alert["id"])


def test_alerts_that_are_over_go_with_what_was_said_to_them(api: Api) -> None:
    alert_id = alerted(api)
    standing = {str(row.id) for row in rows_of(api, Alert) if row.cleared_at is None}
    assert gone(api, START + timedelta(days=365, minutes=45), ALERTS) == 0
    over = START + timedelta(days=365, minutes=47)
    assert gone(api, over, ALERTS, dry_run=True) == 1 and len(rows_of(api, AlertAcknowledgement)) == 1
    assert gone(api, over, ALERTS) == 1
    assert {str(row.id) for row in rows_of(api, Alert)} == standing
    assert rows_of(api, AlertAcknowledgement) == []
    assert ({"alert": [alert_id]}, "alerts kept for 365 days") in erased(api)
    place = f"/v1/alerts/{alert_id}/acknowledgements/{named('seen')}"
    assert api.put(SERGEANT, place, {"note": "I ring."}).status_code == 404
    assert gone(api, over, ALERTS) == 0


@pytest.mark.parametrize(
    ("kind", "subject", "kept"),
    [
        ("officer", OFFICER, 1), ("officer", SERGEANT, 1), ("officer", "4102", 0), ("patrol", "patrol-1", 1),
        ("hotspot", "TGP-1", 1), ("hotspot", "TGP-2", 0),
    ],
)  # fmt: skip
def test_held_alerts_stay(api: Api, kind: str, subject: str, kept: int) -> None:
    alerted(api)
    period = {} if kind == "patrol" else {"from_at": "2026-03-02T19:00:00Z", "to_at": "2026-03-02T19:30:00Z"}
    hold(api, kind, subject, **period)
    assert gone(api, START + timedelta(days=400), ALERTS) == 1 - kept


def offence(api: Api, category: str, hotspot: str = "TGP-1") -> None:
    row = f"R-1,{category},2026-02-01 22:00,{hotspot}"
    answer = bring(api, "offences", "reference,category,from_at,hotspot_code", row)
    assert answer.status_code == 200, answer.text


def test_what_an_offence_said_before_goes_and_what_it_says_stays(api: Api) -> None:
    offence(api, "THEFT")
    api.clock.forward(hours=1)
    offence(api, "ROBBERY")
    corrected = api.clock.at
    before = [row for row in rows_of(api, Offence) if row.superseded_at is not None]
    assert gone(api, corrected + timedelta(days=364), VERSIONS) == 0
    assert gone(api, corrected + timedelta(days=366), VERSIONS) == 1
    (left,) = rows_of(api, Offence)
    assert (left.category, left.version) == ("ROBBERY", 2)
    assert erased(api) == [({"offence": [str(before[0].id)]}, "offence_versions kept for 365 days")]
    offence(api, "BURGLARY")
    assert sorted(row.version for row in rows_of(api, Offence)) == [2, 3]


def test_versions_of_offences_at_a_held_hotspot_stay(api: Api) -> None:
    offence(api, "THEFT")
    api.clock.forward(hours=1)
    offence(api, "ROBBERY")
    february = {"from_at": "2026-02-01T00:00:00Z", "to_at": "2026-03-01T00:00:00Z"}
    hold(api, "hotspot", "TGP-1", **february)
    assert gone(api, START + timedelta(days=400), VERSIONS) == 0


def test_row_by_row_goes_in_chunks_and_by_the_forces_own_rule(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "CHUNK", 2)
    api.clock.at = START
    shorter = bring(
        api, "retention", "record_class,days,valid_from", "recorded_officers,30,2026-03-02", collar=ADMIN
    )
    assert shorter.status_code == 200, shorter.text
    rows = [
        record(f"TF-{day}", starts_at=f"2026-02-{day:02}T19:00:00Z", ends_at=f"2026-02-{day:02}T20:00:00Z",
               hours="", day=f"2026-02-{day:02}", collar_number="4101")
        for day in range(1, 6)
    ]  # fmt: skip
    assert bring(api, "hours", HOURS, *rows).status_code == 200
    assert gone(api, START + timedelta(days=31), OFFICERS) == 5
    assert sorted(len(subjects["recorded_hours"]) for subjects, _ in erased(api)) == [1, 2, 2]
