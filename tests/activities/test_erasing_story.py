"""What activities say of people goes when the rule says so; that they were, and what came of them, stays."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from app.audit.models import Action, AuditEvent
from app.database.engine import open_engine
from app.database.session import reading
from app.facts.models import FactRevision
from app.retention.rules import RecordClass
from tests.activities.test_record_story import example, flags, on_patrol, path, said
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START
from tests.retention.conftest import purge_at

__all__ = ["on_patrol"]
YEARS = timedelta(days=7 * 365 + 3)
OF_A_PERSON = {
    "grounds", "self_defined_ethnicity", "not_stated_reason", "officer_defined_ethnicity", "gender", "age",
    "age_basis", "receipt_reference", "present_officers", "position", "video_reference",
}  # fmt: skip


def _search(api: Api, **other: Any) -> dict[str, Any]:
    body = example("STOP_SEARCH", patrol=None, arrest_id=None, **other)
    assert api.put("4101", path("search"), body).status_code == 201
    return body


def _revisions(url: str) -> list[dict[str, Any]]:
    engine = open_engine(url)
    with reading(engine) as session:
        found = list(session.execute(select(col(FactRevision.content))).scalars())
    engine.dispose()
    return found


def _erasures(url: str) -> list[dict[str, list[str]]]:
    engine = open_engine(url)
    with reading(engine) as session:
        found = select(col(AuditEvent.subjects)).where(col(AuditEvent.action) == Action.ERASE)
        subjects = list(session.execute(found).scalars())
    engine.dispose()
    return subjects


def test_a_code_that_no_list_held_goes_with_its_field(on_patrol: Api) -> None:
    api = on_patrol
    body = _search(api, gender="X1", object_code="SPACE_LASER")
    other = {**body, "object_code": "DRUGS", "outcome_code": "NFA"}
    assert api.put("4101", path("other"), other).status_code == 201
    purge_at(api.keeper_url, START + YEARS)
    span = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-08T00:00:00Z"}
    left = api.get("4111", "/v1/activities/unknown-codes", **span).json()["codes"]
    assert [row["code"] for row in left] == ["SPACE_LASER"]
    assert "unknown_code" in flags(api.get("4111", path("search")).json())
    assert "unknown_code" not in flags(api.get("4111", path("other")).json())
    listed = api.get("4111", "/v1/activities", flagged="true").json()["activities"]
    assert all(row["flags"] for row in listed)
    assert str(named("search")) in {row["id"] for row in listed}


def test_a_search_loses_what_it_says_of_a_person_after_six_years_and_the_current_one(on_patrol: Api) -> None:
    api = on_patrol
    body = _search(api)
    again = {**body, "reference": "SS/1", "amendment_reason": "Number."}
    assert api.put("4101", path("search"), again, **{"If-Match": '"1"'}).status_code == 200
    early = purge_at(api.keeper_url, START + YEARS - timedelta(days=10))
    assert early.forces[0].rows[RecordClass.SEARCHES] == 0
    tried = purge_at(api.keeper_url, START + YEARS, dry_run=True)
    done = purge_at(api.keeper_url, START + YEARS)
    assert tried.forces == done.forces
    assert sum(force.rows[RecordClass.SEARCHES] for force in done.forces) == 1
    told = api.get("4111", path("search")).json()
    assert said(told["content"]).keys() == again.keys() - OF_A_PERSON - {"amendment_reason"}
    assert (told["content"]["object_code"], told["outcome_code"]) == ("DRUGS", "ARREST")
    assert told["erased_at"] is not None
    assert "arrest_not_linked" not in flags(told)
    assert _revisions(api.url) == [
        {"kind": "STOP_SEARCH", "level": "reference", "occurred_at": body["occurred_at"]}
    ]
    history = api.get("4111", f"{path('search')}/history").json()
    assert [(row["revision"], row["reason"]) for row in history["revisions"]] == [(1, None), (2, None)]
    assert _erasures(api.url) == [{"activity": [str(named("search"))]}]
    assert (
        sum(force.rows[RecordClass.SEARCHES] for force in purge_at(api.keeper_url, START + YEARS).forces) == 0
    )
    # A correction may still come, and what it says goes with the next purge.
    late = {**again, "amendment_reason": "It was another object."}
    corrected = api.put("4101", path("search"), late, **{"If-Match": '"2"'})
    assert corrected.json()["content"]["grounds"] == body["grounds"]
    assert (
        sum(force.rows[RecordClass.SEARCHES] for force in purge_at(api.keeper_url, START + YEARS).forces) == 1
    )
    told = api.get("4111", path("search")).json()
    assert said(told["content"]).keys() == again.keys() - OF_A_PERSON - {"amendment_reason"}
    assert "another object" not in api.get("4111", f"{path('search')}/history").text


def test_a_hold_keeps_it(on_patrol: Api) -> None:
    api = on_patrol
    body = _search(api)
    hold = {"subject_kind": "officer", "subject_id": str(named("4101")), "reason": "A complaint."}
    assert api.put("4134", f"/v1/holds/{named('hold')}", hold).status_code == 201
    done = purge_at(api.keeper_url, START + YEARS)
    assert sum(force.rows[RecordClass.SEARCHES] for force in done.forces) == 0
    assert sum(force.held for force in done.forces) >= 1
    assert said(api.get("4111", path("search")).json()["content"]) == body


def test_places_go_with_positions_where_they_are_no_part_of_a_record(on_patrol: Api) -> None:
    api = on_patrol
    _search(api)
    here = {"lat": 52.483, "lon": -1.895}
    outcome = example("OUTCOME", patrol=None, position=here)
    assert api.put("4101", path("outcome"), outcome).status_code == 201
    later = {**outcome, "reference": "P/2", "amendment_reason": "Number."}
    assert api.put("4101", path("outcome"), later, **{"If-Match": '"1"'}).status_code == 200
    assert (
        sum(
            force.rows[RecordClass.ACTIVITY_PLACES]
            for force in purge_at(api.keeper_url, START + timedelta(days=100)).forces
        )
        == 1
    )
    told = api.get("4111", path("outcome")).json()
    assert told["content"]["position"] is None
    assert told["place"]["lat"] is None
    assert [each["name"] for each in told["place"]["hotspots"]] == ["Hotspot TGP-1"]
    assert told["content"]["item_type"] == "KITCHEN_KNIFE"
    assert "position" not in _revisions(api.url)[0]
    assert api.get("4111", path("search")).json()["content"]["position"] is not None
