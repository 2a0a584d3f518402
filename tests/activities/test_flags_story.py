"""What is improper, incomplete, late or unknown is stored and flagged, never refused; told through HTTP."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid5

from sqlmodel import Session, select

from app.activities.recording import record_released
from app.clock import rfc3339
from app.facts.models import QuarantinedFact
from app.facts.service import Provenance
from app.identity.models import Officer, RankHeld
from app.identity.permissions import OfficerKind, Role
from tests.activities.test_record_story import example, flags, on_patrol, path
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START, check_in, patrol_path
from tests.people import change, join

__all__ = ["on_patrol"]


def search(**other: Any) -> dict[str, Any]:
    """A search as it should be, in uniform, with nothing found."""
    return example("STOP_SEARCH", **{"outcome_code": "NFA", "arrest_id": None, "patrol": None, **other})


def recorded(api: Api, body: dict[str, Any], who: str = "4101", name: str = "activity-1") -> dict[str, Any]:
    answer = api.put(who, path(name), body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def imported(api: Api, kind: str, text: str) -> None:
    headers = api.as_officer("4134", **{"Content-Type": "text/csv"})
    answer = api.client.post(f"/v1/imports/{kind}", content=text.encode(), headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["applied"], answer.text


def test_a_search_as_it_should_be_has_no_flag(on_patrol: Api) -> None:
    assert flags(recorded(on_patrol, search(patrol="patrol-1"))) == []


def test_rule_1_a_search_by_a_pcso_is_stored_and_flagged_by_the_rank_of_that_day(api: Api) -> None:
    join(api.url, "5101", (Role.OFFICER,), "NORTH-1")

    def promoted(session: Session) -> None:
        officer = session.get_one(Officer, named("5101"))
        officer.kind = OfficerKind.PCSO
        rank = session.exec(select(RankHeld).where(RankHeld.officer_id == officer.id)).one()
        rank.rank, rank.valid_to = "PCSO", date(2026, 3, 2)
        session.add_all([officer, rank])
        new = uuid5(officer.id, "constable")
        session.add(RankHeld(id=new, officer_id=officer.id, rank="PC", valid_from=date(2026, 3, 2)))

    change(api.url, promoted)
    api.clock.at = START + timedelta(minutes=30)
    before = recorded(api, search(occurred_at="2026-03-01T19:20:00Z", recorded_at=None), "5101", "before")
    assert "searcher_not_constable" in flags(before)
    assert before["check_needed"] is True
    assert (before["rank_held"], before["officer_kind"]) == ("PCSO", "PCSO")
    assert "searcher_not_constable" not in flags(recorded(api, search(), "5101", "after"))
    flagged = api.get("4111", "/v1/activities", flagged="true").json()["activities"]
    assert [row["id"] for row in flagged] == [str(named("before"))]
    clean = api.get("4111", "/v1/activities", flagged="false").json()["activities"]
    assert [row["id"] for row in clean] == [str(named("after"))]
    sentence = next(flag for flag in before["flags"] if flag["code"] == "searcher_not_constable")
    assert sentence["in_words"].startswith("Check needed: whoever searched held no constable's powers")


def test_rule_1_an_arrest_by_a_pcso_says_on_which_basis_even_where_a_reference_is_enough(api: Api) -> None:
    join(api.url, "5101", (Role.OFFICER,), "NORTH-1")

    def is_a_pcso(session: Session) -> None:
        rank = session.exec(select(RankHeld).where(RankHeld.officer_id == named("5101"))).one()
        rank.rank = "PCSO"
        session.add(rank)

    change(api.url, is_a_pcso)
    api.clock.at = START + timedelta(minutes=30)
    arrest = {"kind": "ARREST", "level": "reference", "occurred_at": rfc3339(START), "reference": "AR/1"}
    for basis, expected in {None: "arrester_not_constable", "S24A": "any_person_arrest", "BOP": None}.items():
        told = recorded(api, {**arrest, **({"basis": basis} if basis else {})}, "5101", f"arrest {basis}")
        assert {"arrester_not_constable", "any_person_arrest"}.intersection(flags(told)) == {expected} - {
            None
        }


def test_rule_2_a_search_without_object_grounds_or_power_is_stored_and_flagged(api: Api) -> None:
    api.clock.at = START + timedelta(minutes=30)
    bare = search(object_code=None, grounds=None, grounds_code=None, legislation_code=None)
    assert {"no_object", "no_grounds", "no_power"} <= set(flags(recorded(api, bare)))
    section_60 = search(legislation_code="CJPOA60", grounds=None, grounds_code=None)
    assert "no_authorisation" in flags(recorded(api, section_60, name="s60"))
    with_authority = {**section_60, "authorisation_reference": "S60/26/3"}
    assert flags(recorded(api, with_authority, name="authorised")) == []


def test_rule_3_outside_the_patrol_or_recorded_late_is_flagged(on_patrol: Api) -> None:
    api = on_patrol
    early = recorded(api, search(patrol="patrol-1", occurred_at="2026-03-02T18:50:00Z", recorded_at=None))
    assert flags(early) == ["outside_patrol"]
    late = {"occurred_at": "2026-03-02T18:20:00Z", "recorded_at": "2026-03-02T19:25:00Z"}
    assert flags(recorded(api, search(**late), name="late")) == ["recorded_late"]
    assert flags(recorded(api, search(**late, late_reason="CALLED_AWAY"), name="explained")) == []
    # The end of the patrol comes after the search: it is judged by it when it is read.
    inside = recorded(api, search(patrol="patrol-1", recorded_at=None), name="inside")
    assert flags(inside) == []
    ended = {"checked_out_at": rfc3339(START + timedelta(minutes=10))}
    assert api.put("4101", f"{patrol_path()}/check-out", ended).status_code == 201
    assert flags(api.get("4101", path("inside")).json()) == ["outside_patrol"]
    flagged = api.get("4111", "/v1/activities", flagged="true", patrol_id=str(named("patrol-1")))
    assert {row["id"] for row in flagged.json()["activities"]} == {
        str(named("inside")), str(named("activity-1")),
    }  # fmt: skip


def test_rule_3_what_is_told_as_later_than_it_came_is_flagged_whatever_its_clock(api: Api) -> None:
    api.clock.at = START + timedelta(minutes=30)
    ahead = search(occurred_at="2026-03-02T21:00:00Z", recorded_at=None)
    told = recorded(api, ahead)
    assert (flags(told), told["occurred_at"]) == (["in_the_future"], rfc3339(api.clock.at))
    assert told["check_needed"] is True
    assert api.get("4101", path()).json()["flags"] == told["flags"]
    # A correction of something else leaves the time, and what is said of it, as it was.
    corrected = {**ahead, "outcome_code": "CAUTION", "amendment_reason": "Was a caution."}
    later = api.put("4101", path(), corrected, **{"If-Match": '"1"'}).json()
    assert (flags(later), later["occurred_at"]) == (["in_the_future"], told["occurred_at"])
    # A clock that is fast and says so is no reason to look.
    fast = {"Sent-At": "2026-03-02T21:01:00Z"}
    answer = api.put("4101", path("fast"), ahead, **fast).json()
    assert (flags(answer), answer["occurred_at"]) == ([], "2026-03-02T19:29:00Z")


def test_rule_4_ethnicity_not_stated_says_why(api: Api) -> None:
    api.clock.at = START + timedelta(minutes=30)
    assert "ethnicity_missing" in flags(recorded(api, search(self_defined_ethnicity=None)))
    unexplained = search(not_stated_reason=None, officer_defined_ethnicity=None)
    found = flags(recorded(api, unexplained, name="unexplained"))
    assert {"not_stated_without_reason", "officer_defined_missing"} <= set(found)


def test_rule_5_clothing_in_public_is_flagged(api: Api) -> None:
    api.clock.at = START + timedelta(minutes=30)
    found = recorded(api, search(clothing_removed="MORE_THAN_OUTER", in_public_view=True))
    assert "clothing_in_public" in flags(found)


def test_rule_6_an_arrest_that_comes_later_answers_the_flag_of_its_search(on_patrol: Api) -> None:
    api = on_patrol
    body = search(patrol="patrol-1", outcome_code="ARREST", arrest_id=str(named("arrest")))
    assert flags(recorded(api, body, name="search")) == []
    api.clock.forward(days=2)
    assert flags(api.get("4111", path("search")).json()) == ["arrest_not_linked"]
    assert len(api.get("4111", "/v1/activities", flagged="true").json()["activities"]) == 1
    arrest = example("ARREST", from_search_id=None, custody_reference="CU/1")
    linked = recorded(api, arrest, name="arrest")
    assert linked["links"] == [{"id": str(named("search")), "kind": "STOP_SEARCH"}]
    told = api.get("4111", path("search")).json()
    assert (flags(told), told["links"]) == ([], [{"id": str(named("arrest")), "kind": "ARREST"}])
    assert api.get("4111", "/v1/activities", flagged="true", kind="STOP_SEARCH").json()["activities"] == []
    # An arrest that was a mistake is none.
    assert api.put("4101", f"{path('arrest')}/void", {"reason": "Wrong person."}).status_code == 201
    assert flags(api.get("4111", path("search")).json()) == ["arrest_not_linked"]


def test_an_arrest_of_another_force_is_linked_with_no_search_of_ours(on_patrol: Api) -> None:
    api = on_patrol
    searched = search(patrol="patrol-1", outcome_code="ARREST", arrest_id=str(named("theirs")))
    assert api.put("4101", path("search"), searched).json()["links"] == []
    theirs = example("ARREST", patrol=None, from_search_id=str(named("search")))
    arrested = api.put("7101", path("theirs"), theirs)
    assert (arrested.status_code, arrested.json()["links"]) == (201, [])
    assert api.get("4101", path("search")).json()["links"] == []


def test_two_searches_that_led_to_one_arrest_and_two_arrests_of_one_search_all_show_it(
    on_patrol: Api,
) -> None:
    api = on_patrol
    recorded(api, example("ARREST", from_search_id=str(named("van"))), name="driver")
    recorded(api, example("ARREST", from_search_id=str(named("van"))), name="passenger")
    for name, led_to in (("person", "driver"), ("bag", "driver"), ("van", "passenger")):
        recorded(api, search(outcome_code="ARREST", arrest_id=str(named(led_to))), name=name)
    api.clock.forward(days=2)
    listed = api.get("4111", "/v1/activities", kind="STOP_SEARCH").json()["activities"]
    links = {row["id"]: [link["id"] for link in row["links"]] for row in listed}
    assert links == {
        str(named("person")): [str(named("driver"))],
        str(named("bag")): [str(named("driver"))],
        # Both arrests name it; it says itself which it led to.
        str(named("van")): [str(named("passenger"))],
    }
    assert [flags(row) for row in listed] == [[], [], []]
    arrests = api.get("4111", "/v1/activities", kind="ARREST").json()["activities"]
    shown = {row["id"]: {link["id"] for link in row["links"]} for row in arrests}
    assert shown == {
        str(named("driver")): {str(named(name)) for name in ("person", "bag", "van")},
        str(named("passenger")): {str(named("van"))},
    }


def test_an_arrest_names_its_search_and_the_search_shows_it(on_patrol: Api) -> None:
    api = on_patrol
    recorded(api, example("ARREST", from_search_id=str(named("search"))), name="arrest")
    told = recorded(api, search(outcome_code="ARREST"), name="search")
    assert told["links"] == [{"id": str(named("arrest")), "kind": "ARREST"}]


def test_rule_7_an_arrest_under_section_24_names_why_it_was_necessary(on_patrol: Api) -> None:
    found = recorded(on_patrol, example("ARREST", necessity_codes=None))
    assert "no_necessity" in flags(found)
    assert "no_necessity" not in flags(recorded(on_patrol, example("ARREST", "reference"), name="reference"))


def test_rule_8_a_de_arrest_keeps_the_row(on_patrol: Api) -> None:
    api = on_patrol
    recorded(api, example("ARREST"))
    let_go = example(
        "ARREST",
        disposal="DEARREST",
        dearrested_at="2026-03-02T19:50:00Z",
        amendment_reason="No grounds left.",
    )
    answer = api.put("4101", path(), let_go, **{"If-Match": '"1"'}).json()
    assert (answer["outcome_code"], answer["voided"]) == ("DEARREST", None)
    assert len(api.get("4111", "/v1/activities", kind="ARREST").json()["activities"]) == 1


def test_rule_9_intelligence_is_graded_item_by_item(on_patrol: Api) -> None:
    items = [{"category": "ROBBERY", "source_grade": "1", "handling_grade": "P", "conditions": ["A1"]}]
    found = flags(recorded(on_patrol, example("INTELLIGENCE", items=items)))
    assert {"grading_incomplete", "conditions_without_c"} <= set(found)


def test_what_the_force_wants_of_a_kind_is_data_with_dates(api: Api) -> None:
    api.clock.at = START + timedelta(minutes=30)
    reference = example("STOP_SEARCH", "reference", patrol=None)
    answer = recorded(api, reference)
    assert (flags(answer), answer["wanted_level"]) == ([], "reference")
    imported(api, "activity-rules", "kind,level,valid_from\nSTOP_SEARCH,record,2026-03-02\n")
    rules = {row["kind"]: row["level"] for row in api.get("4101", "/v1/activity-rules").json()["rules"]}
    assert (rules["STOP_SEARCH"], rules["ARREST"]) == ("record", "reference")
    less = recorded(api, reference, name="second")
    assert (flags(less), less["wanted_level"]) == (["incomplete"], "record")
    # Both count alike, and the missing part can be added.
    more = search(amendment_reason="The rest of it.")
    whole = api.put("4101", path("second"), more, **{"If-Match": '"1"'}).json()
    assert (whole["level"], flags(whole)) == ("record", [])


def test_one_officers_activity_sent_by_another_is_kept_aside(on_patrol: Api) -> None:
    api = on_patrol
    body = example("OUTCOME", captured_by=str(named("4101")))
    aside = api.put("4102", path(), body)
    assert (aside.status_code, aside.json()["state"]) == (202, "quarantined")
    assert api.put("4102", path(), body).status_code == 202
    assert api.get("4111", "/v1/activities").json()["activities"] == []
    assert api.put("4135", path("by-system"), body).status_code == 201
    assert api.get("4101", path("by-system")).json()["officer_id"] == str(named("4101"))
    not_theirs = {"reason": "Not mine.", "captured_by": str(named("4101"))}
    assert api.put("4102", f"{path('by-system')}/void", not_theirs).status_code == 403
    unknown = api.put("4102", path("x"), example("OUTCOME", captured_by=str(named("7101"))))
    assert unknown.status_code == 422


def test_what_was_kept_aside_is_recorded_as_its_officers_when_it_is_released(on_patrol: Api) -> None:
    api = on_patrol
    body = example("ARREST", captured_by=str(named("4101")))
    assert api.put("4102", path(), body).status_code == 202

    def release(session: Session) -> None:
        fact = session.get_one(QuarantinedFact, named("activity-1"))
        origin = Provenance(fact.captured_by, fact.uploaded_by, fact.received_at, fact.sent_at)
        assert record_released(session, fact.force_id, fact.id, fact.body, origin)
        assert not record_released(session, fact.force_id, fact.id, fact.body, origin)

    change(api.url, release)
    told = api.get("4101", path()).json()
    assert (told["officer_id"], told["content"]["basis"]) == (str(named("4101")), "S24")
    # What its officer's own phone says is the same.
    del body["captured_by"]
    assert api.put("4101", path(), body).status_code == 200


def test_a_referral_says_what_became_of_it(on_patrol: Api) -> None:
    api = on_patrol
    assert recorded(api, example("REFERRAL"))["status"] == "SENT"
    heard = f"{path()}/follow-ups/{named('heard')}"
    later = {"status": "ACCEPTED", "heard_at": "2026-03-02T19:28:00Z", "reference": "MASH/9"}
    first = api.put("4111", heard, later)
    assert (first.status_code, first.json()["status"]) == (201, "ACCEPTED")
    assert api.put("4111", heard, later).status_code == 200
    assert api.put("4111", heard, {**later, "status": "REJECTED"}).json()["code"] == "conflict"
    # Heard before, and arrived after: what was heard last stands.
    earlier = {"status": "ACKNOWLEDGED", "heard_at": "2026-03-02T19:25:00Z"}
    answer = api.put("4101", f"{path()}/follow-ups/{named('earlier')}", earlier).json()
    assert answer["status"] == "ACCEPTED"
    assert [one["label"] for one in answer["follow_ups"]] == ["acknowledged", "accepted"]
    corrected = example("REFERRAL", recipient="COUNCIL", amendment_reason="Wrong team.")
    told = api.put("4101", path(), corrected, **{"If-Match": '"1"'}).json()
    assert (told["status"], told["content"]["status"]) == ("ACCEPTED", "SENT")
    assert api.put("4112", f"{path()}/follow-ups/{named('n')}", earlier).json()["code"] == "parent-unknown"
    recorded(api, example("OUTCOME"), name="outcome")
    answer = api.put("4101", f"{path('outcome')}/follow-ups/{named('o')}", earlier)
    assert answer.json()["code"] == "not-a-referral"


def test_a_copy_is_found_by_its_receipt(api: Api) -> None:
    api.clock.at = START + timedelta(minutes=30)
    assert recorded(api, search())["copy_entitlement_expires_on"] == "2026-06-01"
    recorded(api, search(receipt_reference="R-1"), name="other")
    found = api.get("4111", "/v1/activities", receipt_reference="R-4712").json()["activities"]
    assert [row["id"] for row in found] == [str(named("activity-1"))]
    assert api.get("4112", "/v1/activities", receipt_reference="R-4712").json()["activities"] == []


def test_an_arrest_proposes_why_its_window_was_not_kept(on_patrol: Api) -> None:
    api = on_patrol
    recorded(api, example("ARREST", custody_reference="CU/26/1234"))
    ended = {"checked_out_at": rfc3339(START + timedelta(minutes=26))}
    assert api.put("4101", f"{patrol_path()}/check-out", ended).status_code == 201
    api.clock.forward(days=2)
    due = api.get("4111", "/v1/reviews/due")
    assert "ARREST_MADE" in due.text
    assert "CU/26/1234" in due.text
    assert api.put("4101", f"{path()}/void", {"reason": "Wrong patrol."}).status_code == 201
    assert "ARREST_MADE" not in api.get("4111", "/v1/reviews/due").text


def test_a_constable_of_another_patrol_may_not_log_on_it(api: Api) -> None:
    assert api.put("4101", patrol_path(), check_in()).status_code == 201
    assert api.put("4103", path(), example("OUTCOME")).json()["code"] == "parent-unknown"
