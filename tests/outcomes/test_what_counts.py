"""What counts as what in the report of activities."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import event

from app.clock import rfc3339
from app.engagements.models import Engagement, EngagementTick, TickOf
from tests.compliance.test_window_compliance import keep
from tests.conftest import Api, named
from tests.outcomes.test_activity_report import PATH


def test_a_search_and_the_arrest_it_led_to_are_one_positive_outcome(api: Api) -> None:
    when = "2026-03-02T18:00:00Z"
    search = {"kind": "STOP_SEARCH", "level": "record", "occurred_at": when, "outcome_code": "ARREST"}
    arrest = {"kind": "ARREST", "level": "record", "occurred_at": when, "disposal": "CUSTODY"}
    api.clock.at = datetime(2026, 3, 2, 19, tzinfo=UTC)
    sent = {
        "s1": {**search, "arrest_id": str(named("a1"))}, "a1": arrest,
        "s2": search, "a2": {**arrest, "from_search_id": str(named("s2"))},
        "a3": {**arrest, "from_search_id": str(named("never sent"))},
        "s4": {**search, "arrest_id": str(named("a4"))}, "a4": arrest,
    }  # fmt: skip
    for name, body in sent.items():
        assert api.put("4101", f"/v1/activities/{named(name)}", body).status_code == 201
    assert api.put("4101", f"/v1/activities/{named('s4')}/void", {"reason": "Twice."}).status_code == 201
    totals = api.get("4131", PATH).json()["totals"]
    assert (totals["searches"], totals["arrests"], totals["positive_outcomes"]) == (2, 4, 4)


def test_a_detention_under_the_mental_health_act_is_counted_among_no_arrests(api: Api) -> None:
    api.clock.at = datetime(2026, 3, 2, 19, tzinfo=UTC)
    arrest = {
        "kind": "ARREST",
        "level": "record",
        "occurred_at": "2026-03-02T18:00:00Z",
        "disposal": "HOSPITAL",
    }
    for name, basis in (("a1", "S24"), ("a2", "S136_MHA"), ("a3", "OF_TOMORROW"), ("a4", None)):
        body = {**arrest, **({"basis": basis} if basis else {})}
        assert api.put("4101", f"/v1/activities/{named(name)}", body).status_code == 201
    totals = api.get("4131", PATH).json()["totals"]
    assert (totals["activities"], totals["arrests"], totals["other_outcomes"]) == (4, 3, 1)
    assert totals["positive_outcomes"] == 3


def test_weapons_are_as_many_as_were_found(api: Api) -> None:
    api.clock.at = datetime(2026, 3, 2, 19, tzinfo=UTC)
    when = {"level": "record", "occurred_at": "2026-03-02T18:00:00Z"}
    seized = {**when, "kind": "OUTCOME", "outcome_type": "WEAPON_SEIZED"}
    search = {**when, "kind": "STOP_SEARCH", "outcome_code": "ARREST"}
    found: dict[str, tuple[dict[str, Any], int]] = {
        "one": (seized, 1),
        "three": ({**seized, "quantity": 3}, 3),
        "none after all": ({**seized, "quantity": 0}, 0),
        "sweep": ({**seized, "outcome_type": "WEAPON_SWEEP", "quantity": 2}, 0),
        "a search": ({**search, "found_codes": ["DRUGS", "WEAPON"]}, 1),
        "two of two types": ({**search, "weapon_types": ["BLUNT", "FOLDING"]}, 2),
        "nothing": (search, 0),
    }
    for name, (body, _) in found.items():
        assert api.put("4101", f"/v1/activities/{named(name)}", body).status_code == 201
    totals = api.get("4131", PATH).json()["totals"]
    assert (totals["weapons_found"], totals["weapons"]) == (5, sum(pieces for _, pieces in found.values()))


def test_codes_no_list_holds_are_told_of_whatever_was_logged(api: Api) -> None:
    api.clock.at = datetime(2026, 3, 2, 19, tzinfo=UTC)
    when = "2026-03-02T18:00:00Z"
    group = [{"group": "MARTIANS", "people": 2}]
    met = {"occurred_at": when, "engagement_type": "SEANCE", "partners": ["MI7"], "minority_groups": group}
    sent: dict[str, tuple[str, dict[str, Any]]] = {
        "met": ("engagements", met),
        "met again": ("engagements", {**met, "engagement_type": "WALKABOUT", "partners": []}),
        "away": (
            "abstractions",
            {"starts_at": when, "reason_code": "MOON", "post_role": "DNO", "destination": "MOON"},
        ),
        "given": (
            "activities",
            {"kind": "REFERRAL", "level": "reference", "occurred_at": when, "referral_type": "MOON"},
        ),
        "gone": ("abstractions", {"starts_at": when, "reason_code": "SUN"}),
    }
    for name, (what, body) in sent.items():
        assert api.put("4101", f"/v1/{what}/{named(name)}", body).status_code == 201
    assert api.put("4101", f"/v1/abstractions/{named('gone')}/void", {"reason": "No."}).status_code == 200
    asked = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-08T00:00:00Z"}
    path = "/v1/activities/unknown-codes"
    told = api.get("4111", path, **asked).json()["codes"]
    assert [
        (each["list"], each["code"], each["activities"], each["engagements"], each["abstractions"])
        for each in told
    ] == [
        ("minority_groups", "MARTIANS", 0, 2, 0),
        ("abstraction_destinations", "MOON", 0, 0, 1),
        ("abstraction_reasons", "MOON", 0, 0, 1),
        ("agencies", "MI7", 0, 1, 0),
        ("engagement_types", "SEANCE", 0, 1, 0),
        ("referral_types", "MOON", 1, 0, 0),
    ]
    assert api.get("4112", path, **asked).json()["codes"] == []
    assert len(api.get("4131", path, **asked).json()["codes"]) == 6


def test_unknown_codes_of_thousands_are_read_in_pieces(api: Api) -> None:
    api.clock.at = datetime(2026, 3, 2, 19, tzinfo=UTC)
    first = datetime(2026, 3, 1, tzinfo=UTC)
    met = [strange_engagement(number, first + timedelta(seconds=number)) for number in range(2_300)]
    ticks = [EngagementTick(engagement_id=each.id, of=TickOf.ISSUE, code="UFOS") for each in met]
    keep(api, *met, *ticks)
    parameters: list[int] = []
    event.listen(
        api.client.app.state.engine,  # type: ignore[attr-defined]
        "before_cursor_execute",
        lambda _c, _cur, _statement, given, *_: parameters.append(len(given)),
    )
    asked = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-08T00:00:00Z"}
    told = api.get("4111", "/v1/activities/unknown-codes", **asked).json()["codes"]
    assert [(each["list"], each["code"], each["engagements"]) for each in told] == [
        ("engagement_issues", "UFOS", 2_300),
        ("engagement_types", "SEANCE", 2_300),
    ]
    assert {each["first_at"] for each in told} == {rfc3339(first)}
    assert {each["last_at"] for each in told} == {rfc3339(met[-1].occurred_at)}
    assert max(parameters) <= 1_000


def strange_engagement(number: int, at: datetime) -> Engagement:
    return Engagement(
        id=named(f"engagement {number}"), content_hash=b"x" * 32, captured_by=named("4101"), uploaded_by=named("4101"),
        received_at=at, force_id=named("FORCE"), source="phone", flags=["unknown_code"], recorded_at=at,
        occurred_said_at=at, occurred_at=at, engagement_type="SEANCE", partners=[], team_id=named("NORTH-1"),
        area_id=named("NORTH"), counted_as="engagement",
    )  # fmt: skip
