"""What residents are told of a ward: held against adding up by hand, and what they are never told."""

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from shapely import MultiPolygon, box
from sqlmodel import select

from app.areas.kinds import AreaKind, HotspotKind
from app.areas.models import Area, AreaAncestor, AreaBoundary, Hotspot
from app.audit.models import AuditEvent
from app.clock import rfc3339
from app.database.engine import open_engine
from app.database.session import reading
from app.patrols.lifecycle import Funding, Mode, Programme, UniformState
from app.patrols.models import CreditedSlice, Grade
from app.patrols.visit_models import Visit
from app.schedule.windows import WindowState
from tests.compliance.test_window_compliance import keep, patrol, result, window
from tests.conftest import LONG_AGO, SQUARE, Api, named

MINUTE = 60_000
MONTH = {"from": "2026-02-01", "to": "2026-02-28"}
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
WARDS = {"W-1": SQUARE, "W-2": (-1.84, 52.4810, -1.83, 52.4855), "W-3": (-1.86, 52.4810, -1.85, 52.4855)}
EVENING = datetime(2026, 2, 10, 19, tzinfo=UTC)


def path(area: str) -> str:
    return f"/v1/public-summary/{named(area)}"


def wards() -> list[Any]:
    found: list[Any] = []
    for name, square in WARDS.items():
        found.append(
            Area(id=named(name), force_id=named("FORCE"), parent_id=named("NORTH"), kind=AreaKind.WARD, code=name,
                 name=f"Ward {name}", valid_from=LONG_AGO)
        )  # fmt: skip
        found += [
            AreaAncestor(area_id=named(name), ancestor_id=named(each)) for each in (name, "NORTH", "FORCE")
        ]
        found.append(
            AreaBoundary(id=named(f"outline {name}"), area_id=named(name), geometry=MultiPolygon([box(*square)]),
                         valid_from=LONG_AGO, source="test")
        )  # fmt: skip
    for name, ward in (("H-1", "W-1"), ("H-1b", "W-1"), ("H-2", "W-2")):
        found.append(
            Hotspot(id=named(name), force_id=named("FORCE"), code=f"SECRET-{name}", name=f"Secret place {name}",
                    kind=HotspotKind.TGP_VIOLENCE, area_id=named(ward), valid_from=LONG_AGO)
        )  # fmt: skip
    return found


def credited(number: int, hotspot: str, officer: str, grade: Grade, first: int, last: int) -> CreditedSlice:
    start = int(EVENING.timestamp() * 1000)
    return CreditedSlice(
        id=named(f"slice {number}"), patrol_id=named("p"), force_id=named("FORCE"), officer_id=named(officer),
        team_id=named("NORTH-1"), area_id=named("NORTH"), hotspot_id=named(hotspot), day=EVENING.date(), grade=grade,
        programme=Programme.TGP_SCHEDULED, uniform_state=UniformState.UNIFORM, mode=Mode.FOOT, funding=Funding.CORE,
        credited_ms=(last - first) * MINUTE, intervals=[[start + first * MINUTE, start + last * MINUTE]],
    )  # fmt: skip


def visit(hotspot: str, entered: int, left: int) -> Visit:
    start = int(EVENING.timestamp() * 1000)
    return Visit(
        patrol_id=named("p"), hotspot_id=named(hotspot), entered_ms=start + entered * MINUTE,
        left_ms=start + left * MINUTE, day=EVENING.date(), force_id=named("FORCE"), officer_id=named("4101"),
        team_id=named("NORTH-1"), area_id=named("NORTH"), programme=Programme.TGP_SCHEDULED, funding=Funding.CORE,
    )  # fmt: skip


@pytest.fixture
def ward(api: Api) -> Api:
    windows = [
        window(
            f"kept {number}", EVENING + timedelta(days=number), area_id=named("W-1"), hotspot_id=named("H-1")
        )
        for number in range(3)
    ]
    windows.append(window("missed", EVENING, area_id=named("W-1"), hotspot_id=named("H-1")))
    windows.append(window("accepted", EVENING, area_id=named("W-1"), hotspot_id=named("H-1")))
    windows.append(window("to come", NOW + timedelta(days=1), area_id=named("W-1"), hotspot_id=named("H-1")))
    windows.append(window("elsewhere", EVENING, area_id=named("W-2"), hotspot_id=named("H-2")))
    windows.append(
        window("planned", EVENING, area_id=named("W-1"), hotspot_id=named("H-1"), state=WindowState.PLANNED,
               published_at=None)
    )  # fmt: skip
    results = [
        result(f"kept {number}", "compliant", 60 * MINUTE, 60 * MINUTE, 60 * MINUTE) for number in range(3)
    ]
    results.append(result("accepted", "accepted", 10 * MINUTE, 60 * MINUTE, 60 * MINUTE))
    slices = [
        # In both hotspots of the ward at once: ninety minutes, not two hours and a half.
        credited(1, "H-1", "4101", Grade.VERIFIED, 0, 60),
        credited(2, "H-1b", "4101", Grade.VERIFIED, 0, 90),
        credited(3, "H-1", "4102", Grade.DECLARED, 0, 60),
        credited(4, "H-1", "4101", Grade.PROBABLE, 90, 100),
        credited(5, "H-2", "4101", Grade.VERIFIED, 100, 130),
    ]
    visits = [visit("H-1", 0, 60), visit("H-1b", 0, 90), visit("H-1", 95, 120), visit("H-2", 130, 140)]
    keep(api, *wards(), *windows, *results, patrol("p", "kept 0", EVENING), *slices, *visits)
    api.clock.at = NOW
    return api


def ask(api: Api, area: str = "W-1", who: str = "4111", **params: str) -> dict[str, Any]:
    answer = api.get(who, path(area), **(params or MONTH))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def numbers(told: dict[str, Any]) -> dict[str, int | None]:
    return {each["code"]: each["number"] for each in [*told["engagement"], *told["outcomes"]]}


def test_hours_visits_and_planned_patrols(ward: Api) -> None:
    assert ask(ward)["patrol"] == {
        "officer_hours": 2.5, "visits": 3, "windows_planned": 5, "windows_kept": 3, "windows_kept_by_decision": 1,
    }  # fmt: skip
    assert ask(ward, "W-2")["patrol"]["officer_hours"] == 0.5
    assert ask(ward, "NORTH")["patrol"]["officer_hours"] == 3.0
    assert ask(ward, "W-3")["patrol"]["windows_planned"] == 0


def middle(ward: str) -> dict[str, float]:
    west, south, east, north = WARDS[ward]
    return {"lat": (south + north) / 2, "lon": (west + east) / 2}


KINDS: dict[str, dict[str, Any]] = {
    "searches": {"kind": "STOP_SEARCH", "outcome_code": "NFA"},
    "arrests": {"kind": "ARREST"},
    "referrals": {"kind": "REFERRAL", "referral_type": "PREVENT"},
    "asb": {"kind": "OUTCOME", "outcome_type": "CPN"},
    "help": {"kind": "OUTCOME", "outcome_type": "FIRST_AID"},
    "weapons": {"kind": "OUTCOME", "outcome_type": "WEAPON_SEIZED"},
}


def test_numbers_are_those_of_the_ward_and_small_ones_are_left_out(ward: Api) -> None:
    random = Random(12)
    counted: Counter[tuple[str, str | None]] = Counter()
    often = {"searches": (7, 2, 9, 0), "arrests": (6, 5, 8, 1), "referrals": (3, 9, 12, 0), "help": (3, 6, 8, 7),
             "weapons": (0, 0, 1, 0)}  # fmt: skip
    todo = [
        (name, place)
        for name, found in often.items()
        for place, number in zip([*WARDS, None], found, strict=True)
        for _ in range(number)
    ]
    random.shuffle(todo)
    for number, (name, place) in enumerate(todo):
        at = datetime(2026, 2, 1, tzinfo=UTC) + timedelta(minutes=random.randrange(28 * 24 * 60))
        body = {**KINDS[name], "level": "reference", "occurred_at": rfc3339(at), "reference": "R/1"}
        if place is not None:
            body["position"] = middle(place)
        assert ward.put("4101", f"/v1/activities/{named(f'a {number}')}", body).status_code == 201
        counted[name, place] += 1
    late = {
        **KINDS["arrests"],
        "level": "reference",
        "occurred_at": "2026-03-01T00:00:00Z",
        "position": middle("W-1"),
    }
    assert ward.put("4101", f"/v1/activities/{named('late')}", late).status_code == 201
    shown = {place: numbers(ask(ward, place)) for place in WARDS}
    north = numbers(ask(ward, "NORTH"))
    assert {name: [shown[place][name] for place in WARDS] for name in often} == {
        # The two of W-2 would follow from the rest: W-1, the next smallest, is left out, too.
        "searches": [None, None, 9],
        "arrests": [6, 5, 8],
        "referrals": [None, None, 12],
        # Those nobody can place hide the three.
        "help": [None, 6, 8],
        "weapons": [0, 0, None],
    }
    for name in often:
        in_all = sum(counted[name, place] for place in [*WARDS, None])
        assert north[name] == (in_all if in_all >= 5 else None), name
    assert numbers(ask(ward, "SOUTH", "4112"))["arrests"] == 0


def test_residents_are_not_told_of_a_detention_as_of_an_arrest(ward: Api) -> None:
    arrest = {"kind": "ARREST", "level": "record", "occurred_at": "2026-02-20T18:00:00Z"}
    for number in range(8):
        basis = {"basis": "S136_MHA"} if number < 3 else {"basis": "S24"} if number < 6 else {}
        body = {**arrest, **basis, "position": middle("W-1")}
        assert ward.put("4101", f"/v1/activities/{named(f'a {number}')}", body).status_code == 201
    assert numbers(ask(ward))["arrests"] == 5


def test_engagements_contacts_and_promises(ward: Api) -> None:
    for number in range(6):
        held = {
            "occurred_at": "2026-02-20T18:00:00Z",
            "engagement_type": "BEAT_SURGERY",
            "position": middle("W-1"),
        }
        assert ward.put("4101", f"/v1/engagements/{named(f'e {number}')}", held).status_code == 201
        contact = {**held, "engagement_type": "HOTSPOT_CHAT", "position": middle("W-2")}
        assert ward.put("4101", f"/v1/engagements/{named(f'c {number}')}", contact).status_code == 201
    actions = f"/v1/engagements/{named('e 0')}/actions"
    done = {
        "you_said": "Bikes race through <the> park.",
        "done_on": "2026-02-25",
        "we_did": "Bollards stand at both gates.",
    }
    assert ward.put("4101", f"{actions}/{named('done')}", done).status_code == 201
    assert (
        ward.put("4101", f"{actions}/{named('open')}", {"you_said": "The lights are out."}).status_code == 201
    )
    later = {**done, "you_said": "Later.", "done_on": "2026-03-02"}
    assert ward.put("4101", f"{actions}/{named('later')}", later).status_code == 201
    told = ask(ward)
    assert {each["code"]: each["number"] for each in told["engagement"]} == {"engagements": 6, "contacts": 0}
    assert told["you_said_we_did"] == [{"you_said": done["you_said"], "we_did": done["we_did"]}]
    assert {each["code"]: each["number"] for each in ask(ward, "W-2")["engagement"]} == {
        "engagements": 0,
        "contacts": 6,
    }
    page = ward.get("4111", path("W-1"), format="html", **MONTH)
    assert (
        "Bikes race through &lt;the&gt; park." in page.text and "Bollards stand at both gates." in page.text
    )


def test_nobody_no_hotspot_no_time_and_no_plan_is_named(ward: Api) -> None:
    for form in ("json", "html"):
        answer = ward.get("4111", path("W-1"), format=form, **MONTH)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        text = re.sub(r'"generated_at":"[^"]*"', "", answer.text)
        for hidden in ("SECRET", "Secret", "4101", "4102", "NORTH-1", str(named("H-1")), str(named("4101"))):
            assert hidden not in text, hidden
        assert not re.search(r"\d\d:\d\d", text)
        assert set(re.findall(r"2026-\d\d-\d\d", text)) <= {"2026-02-01", "2026-02-28"}


def test_everybody_tells_the_same_of_the_areas_they_may_tell_of(ward: Api) -> None:
    told = ask(ward)
    for who in ("4121", "4131", "4133"):
        assert ask(ward, who=who) == told
    for who in ("4112", "7101"):
        assert ward.get(who, path("W-1"), **MONTH).status_code == 404
    assert ward.get("4131", path("nowhere"), **MONTH).status_code == 404
    assert ward.get("4111", path("FORCE"), **MONTH).status_code == 404
    assert ward.get("4101", path("W-1"), **MONTH).status_code == 403


def test_a_month_s_small_number_does_not_follow_from_a_longer_time(ward: Api) -> None:
    for number, day in enumerate(["2026-01-10"] * 6 + ["2026-02-10"] * 2):
        arrest = {**KINDS["arrests"], "level": "reference", "occurred_at": f"{day}T20:00:00Z", "reference": "R/1",
                  "position": middle("W-1")}  # fmt: skip
        assert ward.put("4101", f"/v1/activities/{named(f'a {number}')}", arrest).status_code == 201
    shown = [
        numbers(ask(ward, "W-1", "4111", **{"from": first, "to": last}))["arrests"]
        for first, last in (
            ("2026-01-01", "2026-01-31"), ("2026-02-01", "2026-02-28"), ("2026-01-01", "2026-02-28"),
            ("2025-12-01", "2026-01-31"),
        )
    ]  # fmt: skip
    assert shown == [6, None, None, 6]


def test_periods_are_whole_months_that_are_over(ward: Api) -> None:
    assert ask(ward) == ask(ward, who="4111", format="json")
    for first, last in (
        ("2026-03-01", "2026-03-10"),
        ("2026-03-01", "2027-01-01"),
        ("2026-02-01", "2026-02-06"),
        ("2026-02-02", "2026-02-28"),
        ("2026-02-01", "2026-02-27"),
        ("2026-01-15", "2026-02-14"),
        ("2026-02-28", "2026-02-01"),
        ("2025-01-01", "2026-02-01"),
    ):
        assert ward.get("4111", path("W-1"), **{"from": first, "to": last}).status_code == 422, (first, last)
    assert ward.get("4111", path("W-1"), **{"from": "2026-02-01"}).status_code == 422
    engine = open_engine(ward.url, 1)
    with reading(engine) as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.operation == "public-summary:read")).all()
    engine.dispose()
    assert {date.fromisoformat(event.subjects["period"][0]) for event in events} == {date(2026, 2, 1)}


def test_the_page_says_small_numbers_in_words(ward: Api) -> None:
    body = {
        **KINDS["arrests"],
        "level": "reference",
        "occurred_at": "2026-02-20T18:00:00Z",
        "position": middle("W-1"),
    }
    assert ward.put("4101", f"/v1/activities/{named('one')}", body).status_code == 201
    page = ward.client.get(
        path("W-1"), params=MONTH, headers={**ward.as_officer("4111"), "Accept": "text/html"}
    )
    assert page.headers["content-type"].startswith("text/html")
    assert (
        '<td>Arrests</td><td class="number"><span class="quiet">small number, not shown</span>' in page.text
    )
    assert "3 of 5" in page.text and "1 more accepted by a supervisor" in page.text
