"""Activities added up against adding up in loops, and what they are held against; who is told of whom."""

import csv
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from random import Random
from typing import Any
from uuid import UUID

import pytest

from app.clock import LONDON, london_day, rfc3339
from app.patrols.lifecycle import Funding, Mode, Programme, UniformState
from app.patrols.models import CreditedSlice, CrewMember, Grade, Patrol, PatrolAssessment, PatrolVoid
from tests.compliance.test_officers import allow
from tests.compliance.test_window_compliance import keep
from tests.conftest import EAST_SQUARE, SQUARE, Api, Clock, named, seed, serving

PATH = "/v1/activities/report"
TEAM = {"4101": "NORTH-1", "4102": "NORTH-1", "4103": "SOUTH-1"}
LPA = {"NORTH-1": "NORTH", "SOUTH-1": "SOUTH"}
HOTSPOT = {"TGP-1": SQUARE, "TGP-2": EAST_SQUARE}
# Over the night the clocks go forward.
FIRST, LAST = date(2026, 3, 23), date(2026, 4, 5)
SPAN = {"from": "2026-03-23T00:00:00Z", "to": "2026-04-05T23:00:00Z"}
COUNTS = (
    "activities", "references", "searches", "not_searched", "arrests", "intelligence", "referrals", "other_outcomes",
    "positive_outcomes", "weapons_found", "flagged", "on_patrol", "on_voided_patrols", "officer_hours",
    "per_patrol_hour", "patrols", "per_patrol",
)  # fmt: skip


def at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=LONDON).astimezone(UTC)


class Story:
    """Patrols, credited time and activities of two weeks, made up; and what they add up to, in loops."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.patrols: list[dict[str, Any]] = []
        self.rows: list[Any] = []
        self.slices: list[CreditedSlice] = []
        for number in range(14):
            self._patrol(number)
        self.activities = [self._activity(number) for number in range(70)]

    def _patrol(self, number: int) -> None:
        who = self.random.choice(list(TEAM))
        day = FIRST + timedelta(days=self.random.randrange(14))
        started = at(day, self.random.randrange(8, 20))
        hotspot = self.random.choice([*HOTSPOT, None])
        patrol_id, team = named(f"patrol {number}"), TEAM[who]
        crew = (
            self.random.choice([each for each in TEAM if each != who]) if self.random.random() < 0.3 else None
        )
        voided = number == 0
        self.patrols.append({"id": patrol_id, "who": who, "crew": crew, "day": day, "started": started,
                             "hotspot": hotspot, "voided": voided})  # fmt: skip
        common: dict[str, Any] = {
            "force_id": named("FORCE"),
            "team_id": named(team),
            "area_id": named(LPA[team]),
        }
        of_patrol: dict[str, Any] = {
            "programme": Programme.TGP_SCHEDULED,
            "uniform_state": UniformState.UNIFORM,
            "mode": Mode.FOOT,
            "funding": Funding.CORE,
        }
        self.rows.append(
            Patrol(
                id=patrol_id, content_hash=b"x" * 32, captured_by=named(who), uploaded_by=named(who),
                received_at=started, device_id=named("phone"), checked_in_at=started, started_at=started,
                **common, **of_patrol,
            )
        )  # fmt: skip
        ended = started + timedelta(hours=2)
        if hotspot is not None:
            spans = [[int(started.timestamp() * 1000), int(ended.timestamp() * 1000)]]
            result = {"hotspots": [{"hotspot_id": str(named(hotspot)), "verified": spans, "probable": []}]}
            self.rows.append(assessment(patrol_id, started, ended, result))
        if crew is not None:
            self.rows.append(CrewMember(patrol_id=patrol_id, officer_id=named(crew)))
        if voided:
            self.rows.append(
                PatrolVoid(id=patrol_id, content_hash=b"x" * 32, captured_by=named(who), uploaded_by=named(who),
                           received_at=started, reason="A mistake.")
            )  # fmt: skip
            return
        for place in (None, hotspot) if hotspot else ():
            grade, ms = self.random.choice(list(Grade)), self.random.randrange(1, 7_200_000)
            for officer in (who, crew) if crew else (who,):
                self.slices.append(
                    CreditedSlice(
                        id=named(f"slice {number} {place} {officer}"), patrol_id=patrol_id,
                        officer_id=named(officer), hotspot_id=named(place) if place else None, day=day, grade=grade,
                        credited_ms=ms, intervals=[], **common, **of_patrol,
                    )
                )  # fmt: skip

    def _activity(self, number: int) -> dict[str, Any]:
        random = self.random
        patrol = random.choice([*self.patrols, None])
        who = patrol["who"] if patrol else random.choice(list(TEAM))
        when = patrol["started"] + timedelta(minutes=random.randrange(119)) if patrol else at(
            FIRST + timedelta(days=random.randrange(14)), 12)  # fmt: skip
        body: dict[str, Any] = {
            "occurred_at": rfc3339(when),
            **({"patrol_id": str(patrol["id"])} if patrol else {}),
            **random.choice(
                [
                    {"kind": "STOP_SEARCH", "outcome_code": "NFA"},
                    {"kind": "STOP_SEARCH", "outcome_code": "ARREST", "found_codes": ["WEAPON"]},
                    {"kind": "STOP_SEARCH", "outcome_code": "COMMRES", "weapon_types": ["BLADED"]},
                    {"kind": "STOP_SEARCH", "outcome_code": "NOT_SEARCHED"},
                    {"kind": "ARREST", "disposal": "STREET_BAIL"},
                    {"kind": "REFERRAL", "referral_type": "PREVENT"},
                    {"kind": "OUTCOME", "outcome_type": "WEAPON_SEIZED"},
                    {"kind": "OUTCOME", "outcome_type": "STOP_ACCOUNT"},
                ]
            ),
        }
        here = random.choice([*HOTSPOT, "elsewhere", None])
        if here is not None:
            west, south, east, north = HOTSPOT.get(here, (0.0, 50.0, 0.0, 50.0))
            body["position"] = {"lat": (south + north) / 2, "lon": (west + east) / 2}
        body["level"] = (
            "record"
            if {"found_codes", "weapon_types"} & set(body)
            else random.choice(["record", "reference"])
        )
        if body["level"] == "reference":
            body["reference"] = f"R/{number}"
        by_result = [patrol["hotspot"]] if patrol and patrol["hotspot"] else []
        hotspots = by_result if here is None else [here] if here in HOTSPOT else []
        return {"who": who, "body": body, "hotspots": hotspots, "when": when, "name": f"activity {number}"}

    @property
    def voided(self) -> set[str]:
        return {str(patrol["id"]) for patrol in self.patrols if patrol["voided"]}

    def outcome(self, body: dict[str, Any]) -> str:
        names = ("outcome_code", "disposal", "referral_type", "outcome_type")
        return next((str(body[name]) for name in names if name in body), "")

    def keys(self, by: str, one: dict[str, Any]) -> list[Any]:
        day = london_day(one["when"])
        year, week, _ = day.isocalendar()
        kind = one["body"]["kind"]
        found: dict[str, list[Any]] = {
            "force": ["FORCE"], "lpa": [LPA[TEAM[one["who"]]]], "team": [TEAM[one["who"]]], "officer": [one["who"]],
            "hotspot": one["hotspots"] or [None], "kind": [kind], "outcome": [f"{kind}/{self.outcome(one['body'])}"],
            "week": [f"{year}-W{week:02}"], "month": [f"{day:%Y-%m}"], "ward": [None],
        }  # fmt: skip
        return found[by]

    def hours_keys(self, by: str, one: CreditedSlice) -> list[Any]:
        collars = {named(who): who for who in TEAM}
        teams = {named(team): team for team in LPA}
        hotspots: dict[UUID | None, str] = {named(each): each for each in HOTSPOT}
        if by == "hotspot":
            return [hotspots[one.hotspot_id]] if one.hotspot_id else []
        if one.hotspot_id is not None:
            return []
        assert one.team_id is not None
        year, week, _ = one.day.isocalendar()
        team = teams[one.team_id]
        found: dict[str, list[Any]] = {
            "force": ["FORCE"], "lpa": [LPA[team]], "team": [team], "officer": [collars[one.officer_id]],
            "week": [f"{year}-W{week:02}"], "month": [f"{one.day:%Y-%m}"], "ward": [None],
        }  # fmt: skip
        return found[by]

    def patrol_keys(self, by: str, one: dict[str, Any]) -> list[Any]:
        if one["voided"]:
            return []
        if by == "hotspot":
            return [one["hotspot"]] if one["hotspot"] else []
        if by == "officer":
            return [one["who"], *([one["crew"]] if one["crew"] else [])]
        return (
            self.keys(by, {**one, "when": one["started"], "body": {"kind": ""}, "hotspots": []})
            if by != "outcome"
            else []
        )

    def sums(self, activities: list[dict[str, Any]], ms: int, patrols: int) -> dict[str, Any]:
        bodies = [one["body"] for one in activities]
        searches = [each for each in bodies if each["kind"] == "STOP_SEARCH"]
        arrests = sum(each["kind"] == "ARREST" for each in bodies)
        seized = sum(each.get("outcome_type") == "WEAPON_SEIZED" for each in bodies)
        on_patrol = sum("patrol_id" in each for each in bodies)
        return {
            "activities": len(bodies),
            "references": sum(each["level"] == "reference" for each in bodies),
            "searches": sum(each["outcome_code"] != "NOT_SEARCHED" for each in searches),
            "not_searched": sum(each["outcome_code"] == "NOT_SEARCHED" for each in searches),
            "arrests": arrests,
            "intelligence": 0,
            "referrals": sum(each["kind"] == "REFERRAL" for each in bodies),
            "other_outcomes": sum(each["kind"] == "OUTCOME" for each in bodies),
            "positive_outcomes": arrests
            + sum(each["outcome_code"] in ("ARREST", "COMMRES") for each in searches),
            "weapons_found": seized
            + sum(bool({"found_codes", "weapon_types"} & set(each)) for each in searches),
            "on_patrol": on_patrol,
            "on_voided_patrols": sum(each.get("patrol_id") in self.voided for each in bodies),
            "officer_hours": round(ms / 3_600_000, 2),
            "per_patrol_hour": round(on_patrol * 3_600_000 / ms, 3) if ms else None,
            "patrols": patrols,
            "per_patrol": round(on_patrol / patrols, 3) if patrols else None,
        }

    def expected(self, by: str, only: str | None = None) -> dict[Any, dict[str, Any]]:
        activities: defaultdict[Any, list[dict[str, Any]]] = defaultdict(list)
        ms: defaultdict[Any, int] = defaultdict(int)
        patrols: defaultdict[Any, int] = defaultdict(int)
        for one in self.activities:
            if only in (None, TEAM[one["who"]]):
                for key in self.keys(by, one):
                    activities[key].append(one)
        of_all = by in ("kind", "outcome")
        for each in self.slices:
            counts = each.grade is not Grade.PROBABLE and (only is None or each.team_id == named(only))
            for key in self.hours_keys("force" if of_all else by, each) if counts else ():
                ms[key] += each.credited_ms
        for patrol in self.patrols:
            if only in (None, TEAM[patrol["who"]]):
                for key in self.patrol_keys("force" if of_all else by, patrol):
                    patrols[key] += 1
        return {
            key: self.sums(
                activities[key], ms["FORCE" if of_all else key], patrols["FORCE" if of_all else key]
            )
            for key in {*activities, *(() if of_all else (*ms, *patrols))}
        }


def assessment(
    patrol_id: UUID, started: datetime, ended: datetime, result: dict[str, Any]
) -> PatrolAssessment:
    return PatrolAssessment(
        id=named(f"assessment of {patrol_id}"), patrol_id=patrol_id, number=1, computed_at=ended, started_at=started,
        ended_at=ended, policy_version="v", result=result, status="compliant", verified_ms=0, probable_ms=0,
        unverified_ms=0, outside_ms=0, flags=[],
    )  # fmt: skip


def fortnight_of_activities(url: str) -> None:
    made = Story(3)
    seed(url)
    with serving(url, Clock(at(LAST, 22))) as api:
        keep(api, *made.rows, *made.slices)
        for one in made.activities:
            answer = api.put(one["who"], f"/v1/activities/{named(one['name'])}", one["body"])
            assert answer.status_code == 201, answer.text


@pytest.fixture
def filled(request: pytest.FixtureRequest) -> Callable[[str], None]:
    return fortnight_of_activities if "story" in request.fixturenames else seed


@pytest.fixture
def story(api: Api) -> Story:
    """What the database is filled with for whoever asks, on the evening of its last day."""
    api.clock.at = at(LAST, 22)
    return Story(3)


def ask(api: Api, who: str = "4131", **params: str) -> dict[str, Any]:
    answer = api.get(who, PATH, **{**SPAN, **params})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_every_grouping_is_what_loops_add_up(api: Api, story: Story) -> None:
    for by in ("force", "lpa", "ward", "team", "hotspot", "kind", "outcome", "week", "month"):
        adds_up(api, story, by)


def adds_up(api: Api, story: Story, by: str) -> None:
    told, expected = ask(api, group_by=by), story.expected(by)
    rows = {row["key"]["code"]: row for row in told["rows"]}
    assert set(expected) <= set(rows)
    for code, row in rows.items():
        wanted = expected.get(code, story.sums([], 0, 0))
        if by == "kind" and code not in expected:
            wanted = {**wanted, **{n: told["totals"][n] for n in ("officer_hours", "patrols")},
                      "per_patrol_hour": 0.0, "per_patrol": 0.0}  # fmt: skip
        assert {name: row[name] for name in wanted} == wanted, code
        assert sum(each["activities"] for each in row["outcomes"]) == row["activities"]
    in_all = story.expected("force")["FORCE"]
    for name in (*COUNTS[:10], "on_patrol", "patrols"):
        assert told["totals"][name] == in_all[name], name
    if by not in ("hotspot",):
        assert told["totals"]["officer_hours"] == in_all["officer_hours"]
    assert told["notes"]


def test_single_officers_where_the_force_shows_them(api: Api, story: Story) -> None:
    rows = {row["key"]["code"]: row for row in ask(api, "4111", group_by="officer")["rows"]}
    expected = story.expected("officer", only="NORTH-1")
    assert set(rows) == set(expected)
    for code, wanted in expected.items():
        assert {name: rows[code][name] for name in wanted} == wanted, code
    assert api.get("4131", PATH, group_by="officer", **SPAN).status_code == 403
    allow(api)
    assert api.get("4111", PATH, group_by="officer", **SPAN).status_code == 403
    assert api.get("4111", PATH, officer_id=str(named("4101")), **SPAN).status_code == 403


def test_each_is_told_of_their_own(api: Api, story: Story) -> None:
    north = story.expected("team")["NORTH-1"]
    for who in ("4111", "4121"):
        [row] = ask(api, who, group_by="team")["rows"]
        assert row["key"]["code"] == "NORTH-1"
        assert {name: row[name] for name in north} == north
    assert ask(api, "7101")["totals"]["activities"] == 0
    assert api.get("4101", PATH, **SPAN).status_code == 403
    assert ask(api, area_id=str(named("NORTH")))["totals"]["activities"] == north["activities"]
    assert ask(api, team_id=str(named("NORTH-1")))["totals"]["officer_hours"] == north["officer_hours"]


def test_what_was_in_the_hotspots_of_an_area(api: Api, story: Story) -> None:
    told = ask(api, group_by="hotspot", area_id=str(named("NORTH")))
    [row] = told["rows"]
    wanted = story.expected("hotspot")["TGP-1"]
    assert row["key"]["code"] == "TGP-1"
    assert {name: row[name] for name in wanted} == wanted
    assert told["totals"]["officer_hours"] is None
    assert (told["totals"]["activities"], told["totals"]["patrols"]) == (
        wanted["activities"],
        wanted["patrols"],
    )


def test_rows_lead_to_what_they_count(api: Api, story: Story) -> None:
    for by in ("team", "officer", "hotspot", "kind", "outcome", "week", "month"):
        for row in ask(api, "4111", group_by=by)["rows"]:
            if "activities" not in row["links"]:
                # Nobody can list what was in no hotspot, or what nothing was said of.
                assert row["key"]["code"] is None or "/" not in row["key"]["code"], row["key"]
                continue
            link = f"{row['links']['activities']}&limit=500"
            listed = api.client.get(link, headers=api.as_officer("4111")).json()["activities"]
            assert len(listed) == row["activities"], (by, row["key"])
            assert sum(bool(each["flags"]) for each in listed) == row["flagged"], (by, row["key"])
    [row] = ask(api, "4121", group_by="lpa")["rows"]
    below = api.client.get(row["links"]["below"], headers=api.as_officer("4121")).json()
    assert (below["group_by"], below["totals"]["activities"]) == ("team", row["activities"])


def test_rows_of_a_narrowed_question_lead_to_what_they_count_or_nowhere(api: Api, story: Story) -> None:
    rows = ask(api, "4111", group_by="kind", kind="REFERRAL")["rows"]
    [row] = [row for row in rows if row["links"]]
    link = f"{row['links']['activities']}&limit=500"
    listed = api.client.get(link, headers=api.as_officer("4111")).json()["activities"]
    assert len(listed) == row["activities"] > 0
    assert ask(api, "4121", group_by="force", area_id=str(named("NORTH")))["rows"][0]["links"] == {}
    [row] = ask(api, "4121", group_by="lpa", area_id=str(named("FORCE")))["rows"]
    below = api.client.get(row["links"]["below"], headers=api.as_officer("4121")).json()
    assert below["totals"]["activities"] == row["activities"] > 0


def test_the_file_says_the_same_and_days_are_whole(api: Api, story: Story) -> None:
    told = ask(api, group_by="week")
    assert (told["from_at"], told["to_at"]) == ("2026-03-23T00:00:00Z", "2026-04-05T23:00:00Z")
    inside = ask(api, group_by="week", **{"from": "2026-03-23T17:00:00Z", "to": "2026-04-05T00:00:00Z"})
    assert (inside["from_at"], inside["totals"]["activities"]) == (
        told["from_at"],
        told["totals"]["activities"],
    )
    file = api.get("4131", PATH, group_by="week", format="csv", **SPAN)
    rows = list(csv.DictReader(StringIO(file.text.removeprefix("\ufeff"))))
    for name in ("activities", "officer_hours", "per_patrol_hour"):
        assert [row[name] for row in rows] == [str(each[name]) for each in [*told["rows"], told["totals"]]]
    assert api.get("4131", PATH, **{"from": SPAN["to"], "to": SPAN["from"]}).status_code == 422
