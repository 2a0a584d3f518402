"""Engagements lose their words and abstractions their people when the rules say so; no sum of a team changes."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from app.abstractions.models import Abstraction, AbstractionDecision
from app.database.engine import open_engine
from app.database.session import reading
from app.facts.models import FactRevision
from app.patrols.proposal_models import ReasonProposal
from app.retention.rules import RecordClass
from tests.abstractions.test_abstraction_story import AWAY, PATH as ABSTRACTION
from tests.conftest import Api, named
from tests.engagements.test_engagement_story import PATH as ENGAGEMENT, SURGERY
from tests.imports.test_routes import send
from tests.patrols.test_patrol_story import START
from tests.retention.conftest import purge_at

TWO_YEARS, SEVEN_YEARS = timedelta(days=731), timedelta(days=7 * 365 + 3)
SPAN = {"from": "2026-02-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"}


def _report(api: Api, what: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get("4131", f"/v1/{what}/report", group_by="team", **SPAN).json()
    return {name: found[name] for name in ("rows", "totals")}


def _away(api: Api) -> None:
    assert api.put("4111", ABSTRACTION, {**AWAY, "abstracted_collar_number": "4101"}).status_code == 201
    corrected = {
        **AWAY,
        "abstracted_collar_number": "4101",
        "backfilled": True,
        "amendment_reason": "PC X came.",
    }
    assert api.put("4111", ABSTRACTION, corrected, **{"If-Match": '"1"'}).status_code == 200
    disputed = api.put("4101", f"{ABSTRACTION}/disputes/{named('no')}", {"note": "I was not."})
    assert disputed.status_code == 201, disputed.text


def test_of_an_abstraction_nobody_is_on_record_after_two_years_and_the_teams_hours_stay(api: Api) -> None:
    _away(api)
    before = _report(api, "abstractions")
    assert (
        purge_at(api.keeper_url, START + TWO_YEARS - timedelta(days=10))
        .forces[0]
        .rows[RecordClass.ABSTRACTIONS]
        == 0
    )
    tried = purge_at(api.keeper_url, START + TWO_YEARS, dry_run=True)
    done = purge_at(api.keeper_url, START + TWO_YEARS)
    assert tried.forces == done.forces
    assert sum(force.rows[RecordClass.ABSTRACTIONS] for force in done.forces) == 1
    assert _report(api, "abstractions") == before
    for who in ("4101", "4102"):
        assert api.get(who, ABSTRACTION).status_code == 404
    answer = api.get("4111", ABSTRACTION)
    told = answer.json()
    assert told["erased_at"] is not None
    assert (told["officer_id"], told["reported_by_collar_number"], told["authorised_by"]) == (
        None,
        None,
        None,
    )
    assert (told["minutes"], told["status"], told["decisions"]) == (240, "DISPUTED", [])
    history = api.get("4111", f"{ABSTRACTION}/history").text
    for name in ("4101", "4111", "PC X"):
        assert name not in answer.text + history
    engine = open_engine(api.url)
    with reading(engine) as session:
        for table in (AbstractionDecision, FactRevision, ReasonProposal):
            assert session.execute(select(func.count()).select_from(table)).scalar_one() == 0
        row = session.execute(select(Abstraction)).scalar_one()
        people = {str(named(each)) for each in ("4101", "4102", "4111")}
        assert not people & {str(value) for value in row.model_dump().values()}
    engine.dispose()
    # Nobody says anything of it any more, and the force's next file does not bring it back.
    yes = api.put("4111", f"{ABSTRACTION}/confirmations/{named('yes')}", {}, **{"If-Match": '"1"'})
    assert yes.status_code == 404
    assert api.put("4111", ABSTRACTION, {**AWAY, "abstracted_collar_number": "4101"}).status_code == 409
    rows = b"reference,collar_number,starts_at,reason_code\nABS-7,4101,2026-03-02 18:00,CUSTODY\n"
    assert send(api, "4131", "abstractions", rows).json()["counts"]["unchanged"] == 1
    assert (
        sum(
            force.rows[RecordClass.ABSTRACTIONS]
            for force in purge_at(api.keeper_url, START + TWO_YEARS).forces
        )
        == 0
    )


def _surgery(api: Api) -> None:
    assert api.put("4101", ENGAGEMENT, {**SURGERY, "officers": ["4102", "9999"]}).status_code == 201
    corrected = {
        **SURGERY,
        "officers": ["4102", "9999"],
        "minutes": 70,
        "amendment_reason": "Mrs X stayed on.",
    }
    assert api.put("4101", ENGAGEMENT, corrected, **{"If-Match": '"1"'}).status_code == 200
    promise = {"you_said": "The lamp by the steps is broken."}
    path = f"{ENGAGEMENT}/actions/{named('lamp')}"
    assert api.put("4101", path, promise).status_code == 201
    kept = {**promise, "we_did": "The council mended it.", "amendment_reason": "The lamp is mended."}
    assert api.put("4101", path, kept, **{"If-Match": '"1"'}).status_code == 200


def test_the_place_of_an_engagement_goes_with_positions(api: Api) -> None:
    _surgery(api)
    done = purge_at(api.keeper_url, START + timedelta(days=100))
    places = sum(force.rows[RecordClass.ACTIVITY_PLACES] for force in done.forces)
    assert (places, done.forces[0].rows[RecordClass.ENGAGEMENTS]) == (1, 0)
    told = api.get("4111", ENGAGEMENT).json()
    assert (told["place"]["lat"], told["place"]["hotspots"], told["place"]["erased"]) == (
        None, ["Hotspot TGP-1"], True,
    )  # fmt: skip
    history = api.get("4111", f"{ENGAGEMENT}/history").json()["revisions"]
    assert [("position" in each["content"], each["content"]["minutes"]) for each in history] == [
        (False, 60), (False, 70),
    ]  # fmt: skip


def test_the_words_of_an_engagement_go_after_seven_years_and_its_counts_stay(api: Api) -> None:
    _surgery(api)
    before = _report(api, "engagements")
    done = purge_at(api.keeper_url, START + SEVEN_YEARS)
    assert sum(force.rows[RecordClass.ENGAGEMENTS] for force in done.forces) == 1
    assert _report(api, "engagements") == before
    told = api.get("4111", ENGAGEMENT)
    assert (told.json()["officers"], told.json()["people_reached"], told.json()["reference"]) == (
        [], 14, "ENG-0042",
    )  # fmt: skip
    words = told.text + api.get("4111", f"{ENGAGEMENT}/history").text
    for said in ("lamp", "council", "Mrs X", "52.483", "9999"):
        assert said not in words
    assert told.json()["erased_at"] is not None


def test_holds_on_whoever_took_part_keep_both(api: Api) -> None:
    _away(api)
    _surgery(api)
    for who in ("4101", "4102"):
        hold = {"subject_kind": "officer", "subject_id": str(named(who)), "reason": "A complaint."}
        assert api.put("4134", f"/v1/holds/{named(who)}", hold).status_code == 201
    done = purge_at(api.keeper_url, START + SEVEN_YEARS)
    for each in (RecordClass.ENGAGEMENTS, RecordClass.ACTIVITY_PLACES, RecordClass.ABSTRACTIONS):
        assert [one.rows[each] for one in done.forces] == [0, 0]
    assert api.get("4101", ABSTRACTION).json()["collar_number"] == "4101"
