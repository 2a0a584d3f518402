"""What a phone is told of what was logged: by its officer's other phone, by colleagues, by another system."""

from typing import Any

from tests.conftest import Api, named
from tests.sync.queue import answers, item, outcomes
from tests.sync.test_changes_story import Phone

WHEN = "2026-03-02T18:30:00Z"
REFERRAL: dict[str, Any] = {
    "kind": "REFERRAL", "level": "reference", "occurred_at": WHEN, "referral_type": "HOMELESS", "reference": "R/1",
}  # fmt: skip


def done(api: Api, who: str, path: str, body: dict[str, Any], revision: int | None = None) -> None:
    headers = {} if revision is None else {"If-Match": f'"{revision}"'}
    answer = api.put(who, path, body, **headers)
    assert answer.status_code in (200, 201), answer.text


def test_an_activity_that_others_record_correct_or_follow_up_is_told_to_its_officer(api: Api) -> None:
    phone, stranger = Phone(api), Phone(api, "4102")
    path, own = f"/v1/activities/{named('r')}", f"/v1/activities/{named('own')}"
    done(api, "4135", path, {**REFERRAL, "captured_by": str(named("4101"))})
    done(api, "4101", own, REFERRAL)
    followed = {"status": "ACCEPTED", "heard_at": WHEN}
    done(api, "4111", f"{own}/follow-ups/{named('f')}", followed)
    done(api, "4111", f"{own}/follow-ups/{named('f')}", followed)
    done(api, "4101", own, {**REFERRAL, "reference": "R/2", "amendment_reason": "A digit."}, 1)
    done(api, "4101", f"{own}/void", {"reason": "Twice."})
    assert phone.told() == [
        ("activity", "recorded", str(named("r"))),
        ("activity", "changed", str(named("own"))),
        ("activity", "amended", str(named("own"))),
        ("activity", "voided", str(named("own"))),
    ]
    assert stranger.told() == []


def test_an_engagement_is_told_to_all_who_took_part_and_a_promise_kept_to_who_made_it(api: Api) -> None:
    lead, colleague = Phone(api), Phone(api, "4102")
    path = f"/v1/engagements/{named('e')}"
    met = {"occurred_at": WHEN, "engagement_type": "WALKABOUT", "officers": ["4102"]}
    done(api, "4101", path, met)
    promise = {"you_said": "The lamp is out."}
    done(api, "4101", f"{path}/actions/{named('a')}", promise)
    kept = {**promise, "we_did": "It was mended.", "done_on": "2026-03-02", "amendment_reason": "Done."}
    done(api, "4111", f"{path}/actions/{named('a')}", kept, 1)
    done(api, "4101", path, {**met, "officers": [], "amendment_reason": "4102 was off."}, 1)
    done(api, "4101", f"{path}/void", {"reason": "Twice."})
    told = [
        ("engagement", each, str(named("e")))
        for each in ("recorded", "changed", "changed", "amended", "voided")
    ]
    assert lead.told() == told
    # Whoever does not stand in it any more hears of that, and of nothing after.
    assert colleague.told() == told[:4]


def test_an_abstraction_that_is_taken_back_is_told_to_whom_it_was_about(api: Api) -> None:
    officer, sergeant = Phone(api), Phone(api, "4111")
    path = f"/v1/abstractions/{named('away')}"
    done(api, "4111", path, {"abstracted_collar_number": "4101", "starts_at": WHEN, "reason_code": "SCENE"})
    done(api, "4111", f"{path}/void", {"reason": "It was 4102."})
    told = [("abstraction", each, str(named("away"))) for each in ("recorded", "voided")]
    assert officer.told() == told == sergeant.told()


def test_what_is_kept_aside_names_what_it_says_something_of(api: Api) -> None:
    own = f"/v1/activities/{named('own')}"
    done(api, "4101", own, REFERRAL)
    refused = [
        item("referral-follow-up", "f", {"status": 5}, parent_id=str(named("own"))),
        answers("a", answer="PERHAPS"),
    ]
    assert outcomes(api, refused) == ["rejected", "rejected"]
    kept = {each["kind"]: each for each in api.get("4101", "/v1/quarantine").json()["items"]}
    told = {kind: (each["patrol_id"], each["window_id"], each["parent_id"]) for kind, each in kept.items()}
    assert told == {
        "referral-follow-up": (None, None, str(named("own"))),
        "window-answer": (None, str(named("WINDOW-1")), None),
    }
