"""Searches exported in the published columns: real published rows, recorded through HTTP, come out as they went in."""

import csv
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from sqlmodel import select

from app.activities.published import COLUMNS, snapped
from app.audit.models import Action, AuditEvent
from app.clock import london_day, rfc3339
from app.database.engine import open_engine
from app.database.session import reading
from tests.activities.published_files import code_of, published_rows
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import MIDDLE, START, batch, batch_path, check_in, patrol_path

FIELDS = {
    "search_type": "Type", "gender": "Gender", "self_defined_ethnicity": "Self-defined ethnicity",
    "officer_defined_ethnicity": "Officer-defined ethnicity", "legislation_code": "Legislation",
    "object_code": "Object of search", "outcome_code": "Outcome",
    "outcome_linked_to_object": "Outcome linked to object of search",
    "clothing_removed": "Removal of more than just outer clothing",
}  # fmt: skip
FIRST_AGE = {"under 10": 9, "10-17": 17, "18-24": 18, "25-34": 34, "over 34": 35}


def body_of(row: dict[str, str]) -> dict[str, Any]:
    """The record that a published row could have come from."""
    body: dict[str, Any] = {
        "kind": "STOP_SEARCH",
        "level": "record",
        "occurred_at": row["Date"].replace("+00:00", "Z"),
    }
    body |= {field: code_of(column, row[column]) for field, column in FIELDS.items()}
    if row["Age range"]:
        body["age"] = FIRST_AGE[row["Age range"]]
    if row["Latitude"]:
        body["position"] = {"lat": float(row["Latitude"]), "lon": float(row["Longitude"])}
    return {name: value for name, value in body.items() if value is not None}


def exported(api: Api, month: str) -> list[dict[str, str]]:
    answer = api.get("4131", "/v1/searches/export", month=month)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="{month}-stop-and-search.csv"'
    lines = csv.reader(StringIO(answer.text.removeprefix("\ufeff")))
    assert next(lines) == list(COLUMNS)
    return [dict(zip(COLUMNS, line, strict=True)) for line in lines]


def test_real_rows_come_out_as_they_went_in(api: Api) -> None:
    rows = [row for _, row in published_rows() if row["Officer-defined ethnicity"] != "Mixed"][::4]
    expected: dict[str, Counter[tuple[str, ...]]] = {}
    for number, row in enumerate(rows):
        answer = api.put("4101", f"/v1/activities/{named(f'real {number}')}", body_of(row))
        assert answer.status_code == 201, answer.text
        lat, lon = ("", "")
        if row["Latitude"]:
            middle = snapped(float(row["Latitude"]), float(row["Longitude"]))
            lat, lon = (f"{each:.6f}" for each in middle)
        # Nobody was on a patrol: whether it was part of an operation is not known.
        told = {**row, "Latitude": lat, "Longitude": lon, "Part of a policing operation": ""}
        month = f"{london_day(datetime.fromisoformat(row['Date'])):%Y-%m}"
        expected.setdefault(month, Counter())[tuple(told[column] for column in COLUMNS)] += 1
    assert len(rows) > 90 and len(expected) > 1
    for month, wanted in expected.items():
        found = exported(api, month)
        assert Counter(tuple(row.values()) for row in found) == wanted
        assert [row["Date"] for row in found] == sorted(row["Date"] for row in found)


@pytest.fixture
def evening(api: Api) -> Api:
    api.clock.at = START
    assert api.put("4101", patrol_path(), check_in(operation="GUARDIAN")).status_code == 201
    api.clock.at = START + timedelta(minutes=30)
    return api


def search(at: datetime, **other: Any) -> dict[str, Any]:
    return {
        "kind": "STOP_SEARCH",
        "level": "record",
        "search_type": "PERSON",
        "occurred_at": rfc3339(at),
        **other,
    }


def test_what_is_published_and_where_it_was(evening: Api) -> None:
    api, at = evening, START + timedelta(minutes=20)
    assert api.put("4101", batch_path("b"), batch(0, 0, 28)).status_code == 201
    on_patrol = {"patrol_id": str(named("patrol-1"))}
    sent = {
        "by track": search(at, outcome_code="NFA", **on_patrol),
        "indoors": search(at, outcome_code="ARREST", location_type="DWELLING", **on_patrol),
        "not searched": search(at, outcome_code="NOT_SEARCHED", **on_patrol),
        "the force's own": {**search(at, outcome_code="NFA"), "level": "reference", "reference": "R/1"},
        "gone": search(at, outcome_code="CAUTION"),
    }
    del sent["the force's own"]["search_type"]
    for name, body in sent.items():
        assert api.put("4101", f"/v1/activities/{named(name)}", body).status_code == 201
    assert api.put("4101", f"/v1/activities/{named('gone')}/void", {"reason": "Twice."}).status_code == 201
    rows = {row["Outcome"]: row for row in exported(api, "2026-03")}
    assert set(rows) == {"A no further action disposal", "Arrest"}
    middle = snapped(MIDDLE[1], MIDDLE[0])
    told = rows["A no further action disposal"]
    assert (told["Latitude"], told["Longitude"]) == (f"{middle[0]:.6f}", f"{middle[1]:.6f}")
    assert (told["Part of a policing operation"], told["Policing operation"]) == ("True", "")
    assert (rows["Arrest"]["Latitude"], rows["Arrest"]["Longitude"]) == ("", "")
    engine = open_engine(api.url, 1)
    with reading(engine) as session:
        [event] = session.exec(select(AuditEvent).where(AuditEvent.operation == "searches.export")).all()
    engine.dispose()
    assert event.action == Action.DISCLOSE
    assert set(event.subjects["activity"]) == {str(named("by track")), str(named("indoors"))}


def test_months_are_londons(api: Api) -> None:
    api.clock.at = datetime(2026, 7, 5, tzinfo=UTC)
    late = search(datetime(2026, 6, 30, 23, 30, tzinfo=UTC), outcome_code="NFA")
    assert api.put("4101", f"/v1/activities/{named('late')}", late).status_code == 201
    assert exported(api, "2026-06") == []
    assert [row["Date"] for row in exported(api, "2026-07")] == ["2026-06-30T23:30:00+00:00"]
    assert api.get("4131", "/v1/searches/export", month="2026-13").status_code == 422
    assert api.get("4111", "/v1/searches/export", month="2026-07").status_code == 403
