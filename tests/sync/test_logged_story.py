"""What officers log, among all else in one request: in any order, again, corrected, taken back, kept aside."""

from random import Random
from typing import Any

from tests.conftest import Api, named
from tests.feeds import wait_until_settled_at
from tests.sync.queue import Item, item, outcomes, results, send, whole_patrol

PATROL = str(named("patrol-1"))
SEARCH: dict[str, Any] = {
    "kind": "STOP_SEARCH",
    "level": "reference",
    "occurred_at": "2026-03-02T19:20:00Z",
    "patrol_id": PATROL,
    "outcome_code": "ARREST",
    "arrest_id": str(named("arrest")),
    "reference": "SS-42",
}
ARREST: dict[str, Any] = {
    "kind": "ARREST",
    "level": "reference",
    "occurred_at": "2026-03-02T19:25:00Z",
    "patrol_id": PATROL,
    "from_search_id": str(named("search")),
    "disposal": "CUSTODY",
    "custody_reference": "CU-7",
}
REFERRAL: dict[str, Any] = {
    "kind": "REFERRAL",
    "level": "reference",
    "occurred_at": "2026-03-02T19:30:00Z",
    "referral_type": "EARLY_HELP",
    "status": "SENT",
}
CONTACT: dict[str, Any] = {
    "occurred_at": "2026-03-02T19:40:00Z",
    "engagement_type": "HOTSPOT_CHAT",
    "patrol_id": PATROL,
    "reach_band": "1_5",
}
SURGERY: dict[str, Any] = {"occurred_at": "2026-03-02T17:00:00Z", "engagement_type": "BEAT_SURGERY"}
AWAY: dict[str, Any] = {
    "starts_at": "2026-03-02T20:05:00Z",
    "reason_code": "CUSTODY",
    "authority_level": "SELF",
}


def parent(name: str) -> dict[str, str]:
    return {"parent_id": str(named(name))}


def shift() -> list[Item]:
    """A patrol with all that was logged on it, first versions before what corrects them."""
    heard = {"status": "ACCEPTED", "heard_at": "2026-03-02T20:00:00Z"}
    corrected = {**CONTACT, "reach_band": "6_20", "amendment_reason": "More came."}
    return [
        *whole_patrol(),
        item("activity", "search", SEARCH),
        item("activity", "arrest", ARREST),
        item("activity", "referral", REFERRAL),
        item("referral-follow-up", "heard", heard, **parent("referral")),
        item("engagement", "contact", CONTACT),
        item("engagement", "contact", corrected, if_match='"1"'),
        item("engagement", "surgery", SURGERY),
        item("engagement-action", "lamp", {"you_said": "The lamp is broken."}, **parent("surgery")),
        item("abstraction", "away", AWAY),
        item("activity", "mistake", {**REFERRAL, "reference": "R-9"}),
        item("activity-void", "mistake", {"reason": "Twice."}),
    ]


def told(api: Api) -> dict[str, Any]:
    lists = {"activities": "activities", "engagements": "items", "abstractions": "items"}
    found = {name: api.get("4111", f"/v1/{name}").json()[key] for name, key in lists.items()}
    return {name: sorted(rows, key=lambda row: row["id"]) for name, rows in found.items()}


def test_a_shift_in_any_order_is_the_same(api: Api) -> None:
    api.clock.forward(minutes=66)
    queue = shift()
    Random(4).shuffle(queue)
    found = results(api, queue)
    assert {each["outcome"] for each in found} <= {"created", "replayed"}, found
    rows = told(api)
    assert [len(rows[name]) for name in ("activities", "engagements", "abstractions")] == [3, 2, 1]
    contact = api.get("4101", f"/v1/engagements/{named('contact')}").json()
    assert (contact["reach_band"]["code"], contact["revision"], contact["counted_as"]) == (
        "6_20", 2, "hotspot_contact",
    )  # fmt: skip
    assert contact["place"]["source"] == "track"
    search = api.get("4101", f"/v1/activities/{named('search')}").json()
    assert [flag["code"] for flag in search["flags"]] == []
    assert {each["outcome"] for each in results(api, queue)} == {"replayed"}
    assert told(api) == rows


def test_what_belongs_to_what_has_not_come_waits_on_the_phone(api: Api) -> None:
    api.clock.forward(minutes=66)
    waiting = [
        item("engagement", "contact", CONTACT),
        item("engagement-action", "lamp", {"you_said": "The lamp is broken."}, **parent("surgery")),
        item("activity-void", "search", {"reason": "Twice."}),
        item("abstraction-dispute", "no", {"note": "I was there."}, **parent("away")),
        item("engagement-action", "none", {"you_said": "The lamp is broken."}),
    ]
    assert outcomes(api, waiting) == ["deferred", "deferred", "deferred", "deferred", "rejected"]
    first = [
        item("engagement", "surgery", SURGERY),
        item("activity", "search", SEARCH),
        item("abstraction", "away", AWAY),
    ]
    assert outcomes(api, [*whole_patrol(), *first, *waiting[:4]]) == ["created"] * 15


def test_what_another_sends_is_kept_aside_and_released(api: Api) -> None:
    theirs = {"captured_by": str(named("4102"))}
    queue = [
        item("activity", "referral", {**REFERRAL, **theirs}),
        item("engagement", "surgery", {**SURGERY, **theirs}),
        item("abstraction", "away", {**AWAY, **theirs}),
    ]
    api.clock.forward(minutes=66)
    assert outcomes(api, queue) == ["quarantined"] * 3
    assert [len(rows) for rows in told(api).values()] == [0, 0, 0]
    for kept in api.get("4111", "/v1/quarantine").json()["items"]:
        done = api.put("4111", f"/v1/quarantine/{kept['id']}/release", {"reason": "Her phone was flat."})
        assert done.status_code == 200, done.text
    assert [[row["collar_number"] for row in rows] for rows in told(api).values()] == [["4102"]] * 3


def test_a_poisoned_one_is_kept_and_set_right(api: Api) -> None:
    api.clock.forward(minutes=66)
    [bad, good] = results(
        api,
        [item("engagement", "surgery", {**SURGERY, "minutes": "an hour"}), item("abstraction", "away", AWAY)],
    )
    assert (bad["outcome"], good["outcome"]) == ("rejected", "created")
    assert [each["pointer"] for each in bad["problem"]["errors"]] == ["/content/minutes"]
    done = api.put(
        "4101", f"/v1/quarantine/{bad['quarantine_id']}/correction",
        {"content": {**SURGERY, "minutes": 60}, "reason": "A number."},
    )  # fmt: skip
    assert done.status_code == 200, done.text
    assert api.get("4101", f"/v1/engagements/{named('surgery')}").json()["minutes"] == 60


def test_officers_hear_of_what_others_reported_of_them(api: Api) -> None:
    api.clock.forward(minutes=66)
    cursor = api.get("4101", "/v1/sync").json()["next_cursor"]
    away = {**AWAY, "abstracted_collar_number": "4101"}
    assert outcomes(api, [item("abstraction", "away", away)], collar="4111") == ["created"]
    wait_until_settled_at(api.url)
    changes = api.get("4101", "/v1/sync", cursor=cursor).json()["changes"]
    assert [(each["kind"], each["change"]) for each in changes] == [("abstraction", "recorded")]
    assert api.client.get(changes[0]["href"], headers=api.as_officer("4101")).status_code == 200
    assert (
        send(api, [item("abstraction-dispute", "no", {"note": "No."}, **parent("away"))]).status_code == 200
    )


def test_a_correction_that_is_not_valid_stays_on_the_phone(api: Api) -> None:
    """Kept aside and released, it would be taken for the record it corrects."""
    body = {"occurred_at": "2026-03-02T17:00:00Z", "engagement_type": "FAITH"}
    bad = {**body, "minutes": 5000, "amendment_reason": "Longer."}
    [first, second] = results(
        api, [item("engagement", "talk", body), item("engagement", "talk", bad, if_match='"1"')]
    )
    assert (first["outcome"], second["outcome"], second["quarantine_id"]) == ("created", "rejected", None)
    assert api.get("4111", "/v1/quarantine").json()["items"] == []
