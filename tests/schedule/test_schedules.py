"""The planner's story of a drawn schedule over HTTP: drawn, compared, published bit by bit, given up, revealed."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlmodel import select

from app.audit.models import AuditEvent
from app.database.engine import open_engine
from app.database.session import reading
from app.schedule.draw_inputs import commitment, inputs_hash, read_inputs
from app.schedule.draw_report import allocations
from app.schedule.models import ScheduleAllocation, ScheduleSeed, TaskingWindow, WindowChange
from app.schedule.plan import Plan
from app.schedule.randomisation import draw
from tests.conftest import Api, Clock, named

PLANNER, SERGEANT, AUDITOR = "4131", "4111", "4133"
MARCH = named("march")
PATH = f"/v1/schedules/{MARCH}"


def asked(**changes: object) -> dict[str, object]:
    return {"name": "March", "first_day": "2026-03-09", "last_day": "2026-03-29", **changes}


def drawn(api: Api, path: str = PATH, **changes: object) -> dict[str, Any]:
    answer = api.put(PLANNER, path, asked(**changes))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def days_of(api: Api, path: str = PATH) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        query = {"limit": 50} | ({"cursor": cursor} if cursor else {})
        page = api.get(PLANNER, f"{path}/allocations", **query).json()
        found += page["allocations"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def published(api: Api, path: str = PATH, **body: object) -> httpx.Response:
    return api.put(PLANNER, f"{path}/publish", body)


def windows(api: Api) -> list[dict[str, Any]]:
    answer = api.get(PLANNER, "/v1/tasking-windows", **{"from": "2026-03-08T00:00:00Z", "limit": 500})
    found: list[dict[str, Any]] = answer.json()["windows"]
    return found


def rows(api: Api, table: Any) -> list[Any]:
    engine = open_engine(api.url, 1)
    with reading(engine) as session:
        found = list(session.exec(select(table)).all())
        session.expunge_all()
    engine.dispose()
    return found


def test_a_draft_is_drawn_once_and_told_to_planners_with_its_report(api: Api) -> None:
    first = drawn(api)
    assert (first["state"], first["drawn_by"], first["seed"], first["inputs_hash"]) == (
        "DRAFT", PLANNER, None, None,
    )  # fmt: skip
    assert len(first["commitment"]) == 64
    assert first["report"]["blocks"]["planned"] + first["report"]["blocks"]["drawn_outside"] >= 14
    assert "1 time in" in first["report"]["predictability"]["in_words"]
    again = api.put(PLANNER, PATH, asked())
    assert (again.status_code, again.json()) == (200, first)
    other = api.put(PLANNER, PATH, asked(name="April"))
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    assert api.get(AUDITOR, PATH).json() == first | {"report": first["report"] | {"displaced": []}}
    assert [one["id"] for one in api.get(AUDITOR, "/v1/schedules").json()["schedules"]] == [str(MARCH)]
    assert api.get(SERGEANT, PATH).status_code == 403
    assert windows(api) == []


def test_every_hotspot_and_day_is_told_and_reading_it_is_logged(api: Api) -> None:
    drawn(api)
    told = days_of(api)
    inside = [one for one in told if one["in_period"]]
    assert len(inside) == 2 * 21
    for name in ("TGP-1", "TGP-2"):
        mine = [one for one in inside if one["hotspot_code"] == name]
        assert 6 <= sum(one["treated"] for one in mine) <= 8
    assert all((one["starts_at"] is not None) == one["treated"] for one in inside)
    table = api.get(PLANNER, f"{PATH}/allocations", format="csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert table.text.count("\n") == len(told) + 1
    events = [one for one in rows(api, AuditEvent) if one.operation == "schedules.allocations"]
    assert events
    assert all(one.subjects == {"schedule": [str(MARCH)]} for one in events)


def test_what_is_not_published_yet_is_for_those_who_draw(api: Api, clock: Clock) -> None:
    # Two days of three are taken away, so that many windows are displaced.
    ahead = [date(2026, 3, 9) + timedelta(days=number) for number in range(114)]
    away = [day.isoformat() for day in ahead if day.toordinal() % 3]
    assert drawn(api, last_day="2026-06-30", blackout_days=away)["report"]["displaced"]

    def days_told() -> set[str]:
        told = {
            one["day"] for one in api.get(AUDITOR, f"{PATH}/allocations", limit=200).json()["allocations"]
        }
        told |= {one["day"] for one in api.get(AUDITOR, PATH).json()["report"]["displaced"]}
        rest = api.get(AUDITOR, f"{PATH}/allocations", format="csv").text.splitlines()[1:]
        return told | {line.split(",")[2] for line in rest}

    assert days_told() == set()
    published(api, until="2026-03-15")
    assert max(days_told()) == "2026-03-15"
    assert api.get(AUDITOR, f"{PATH}/diff").status_code == 403
    clock.at = datetime(2026, 4, 1, 8, 0, tzinfo=UTC)
    assert max(days_told()) == "2026-03-31"


def test_the_seed_is_in_its_table_and_nowhere_else(api: Api) -> None:
    drawn(api)
    [kept] = rows(api, ScheduleSeed)
    secrets = {kept.seed.hex(), str(kept.seed)}
    answers = [api.get(AUDITOR, PATH + rest).text for rest in ("", "/allocations", "/proof", "/diff")]
    answers += [str(one.model_dump()) for one in rows(api, AuditEvent)]
    assert not any(secret in text for secret in secrets for text in answers)


def test_published_bit_by_bit_each_window_once(api: Api, clock: Clock) -> None:
    drawn(api)
    due = [one for one in days_of(api) if one["treated"] and one["in_period"]]
    first = published(api, until="2026-03-15").json()
    early = [one for one in due if one["day"] <= "2026-03-15"]
    assert (first["windows_made"], first["left_out"]) == (len(early), [])
    assert (first["state"], first["published_until"], first["published_by"]) == (
        "PUBLISHED", "2026-03-15", PLANNER,
    )  # fmt: skip
    again = published(api, until="2026-03-15").json()
    assert again["windows_made"] == 0
    clock.forward(days=3)
    rest = published(api).json()
    assert rest["windows_made"] == len(due) - len(early)
    made = windows(api)
    assert {(one["hotspot_id"], one["starts_at"], one["team_id"]) for one in made} == {
        (one["hotspot_id"], one["starts_at"], one["team_id"]) for one in due
    }
    assert {(one["state"], one["required_minutes"]) for one in made} == {("PUBLISHED", 60)}
    changes = {one.window_id: one for one in rows(api, WindowChange)}
    assert all(str(changes_id) in {one["id"] for one in made} for changes_id in changes)
    told = {one["window_id"] for one in days_of(api) if one["window_id"]}
    assert told == {one["id"] for one in made}
    assert published(api).json()["windows_made"] == 0


def test_days_that_have_begun_are_refused_or_left_out_by_name(api: Api, clock: Clock) -> None:
    drawn(api)
    clock.forward(days=11)
    refused = published(api)
    assert (refused.status_code, refused.json()["code"]) == (409, "schedule-fixed")
    done = published(api, leave_out_begun=True, reason="Nobody was in.").json()
    assert done["left_out"]
    assert {one["why"] for one in done["left_out"]} == {"begun"}
    assert all(one["starts_at"] > "2026-03-13" for one in windows(api))


def test_a_moved_window_stays_a_window_of_its_block(api: Api) -> None:
    drawn(api)
    published(api)
    one = windows(api)[0]
    begins = datetime.fromisoformat(one["starts_at"]) + timedelta(hours=1)
    moved = {"new_id": str(named("moved")), "starts_at": begins.isoformat(), "reason": "A march in town."}
    answer = api.put(PLANNER, f"/v1/tasking-windows/{one['id']}/move", moved)
    assert answer.status_code == 200, answer.text
    pair = [row for row in rows(api, TaskingWindow) if row.id in (named("moved"), UUID(one["id"]))]
    assert len({(row.schedule_id, row.block_first_day) for row in pair}) == 1
    assert pair[0].schedule_id == MARCH
    told = api.get(PLANNER, f"{PATH}/diff").json()
    assert [(each["change"], each["why"]) for each in told["differences"]] == [("moved", "published")]


def test_a_drawn_window_stays_near_its_block(api: Api) -> None:
    """Further away one in three would be told of the block in two months."""
    drawn(api)
    published(api)
    one = next(each for each in rows(api, TaskingWindow) if each.schedule_id == MARCH)
    block = datetime.combine(one.block_first_day, time(20), UTC)

    def moved(days: int) -> httpx.Response:
        starts_at = (block + timedelta(days)).isoformat()
        body = {"new_id": str(named(f"moved {days}")), "reason": "A march.", "starts_at": starts_at}
        return api.put(PLANNER, f"/v1/tasking-windows/{one.id}/move", body)

    refused = moved(15)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "too-far")
    assert moved(14).status_code == 200


def test_what_cannot_be_met_is_refused_with_every_block(api: Api) -> None:
    tight = asked(capacity=[{"area_id": str(named("NORTH")), "windows_a_day": 0}])
    answer = api.put(PLANNER, PATH, tight)
    assert (answer.status_code, answer.json()["code"]) == (409, "shortfall")
    errors = answer.json()["errors"]
    assert {one["code"] for one in errors} == {"capacity"}
    assert all("TGP-1, block from 2026-03-" in one["detail"] for one in errors)
    assert 6 <= len(errors) <= 8
    assert api.get(PLANNER, PATH).status_code == 404
    assert rows(api, ScheduleSeed) == []


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"first_day": "2026-03-02"}, "/first_day"),
        ({"hotspot_ids": [str(named("TGP-9"))]}, "/hotspot_ids"),
        ({"area_id": str(named("OTHER"))}, "/area_id"),
        ({"capacity": [{"area_id": str(named("OTHER"))}]}, "/capacity/0/area_id"),
        ({"hotspots": [{"hotspot_id": str(named("TGP-1")), "team_ids": [str(named("OTHER-1"))]}]},
         "/hotspots/0/team_ids"),
        ({"same_chance_as": str(named("none"))}, "/same_chance_as"),
        ({"hotspots": [{"hotspot_id": str(named("TGP-1"))}] * 2}, "/hotspots/1/hotspot_id"),
        ({"capacity": [{"area_id": str(named("NORTH")), "windows_a_day": each} for each in (1, 5)]},
         "/capacity/1/area_id"),
        ({"capacity": [{"area_id": str(named("NORTH")), "on": [{"day": "2026-03-05", "windows": 1}] * 2}]},
         "/capacity/0/on/1/day"),
    ],
)  # fmt: skip
def test_only_the_forces_own_is_drawn_and_only_ahead(
    api: Api, changes: dict[str, object], pointer: str
) -> None:
    answer = api.put(PLANNER, PATH, asked(**changes))
    assert answer.status_code == 422, answer.text
    assert pointer in {one["pointer"] for one in answer.json()["errors"]}


def test_the_same_chance_moves_only_what_was_changed(api: Api) -> None:
    drawn(api)
    other = f"/v1/schedules/{named('march again')}"
    rules = [{"hotspot_id": str(named("TGP-1")), "hours": [{"from": "18:00", "to": "22:00"}]}]
    drawn(api, other, same_chance_as=str(MARCH), hotspots=rules)
    told = api.get(PLANNER, f"{other}/diff", **{"with": str(MARCH)}).json()
    assert told["differences"]
    assert {(one["hotspot_code"], one["why"]) for one in told["differences"]} == {("TGP-1", "inputs")}
    fresh = f"/v1/schedules/{named('march anew')}"
    drawn(api, fresh)
    anew = api.get(PLANNER, f"{fresh}/diff", **{"with": str(MARCH)}).json()
    assert {one["why"] for one in anew["differences"]} == {"seed"}


def test_revealed_after_its_days_anybody_can_draw_it_again(api: Api, clock: Clock) -> None:
    bound = drawn(api)["commitment"]
    published(api)
    early = api.put(PLANNER, f"{PATH}/reveal", {})
    assert (early.status_code, early.json()["code"]) == (409, "seed-not-yet")
    assert api.get(AUDITOR, f"{PATH}/proof").json()["code"] == "seed-not-yet"
    # The last block may go on for two days after the 29th.
    clock.at = datetime(2026, 3, 31, 22, 0, tzinfo=UTC)
    assert api.put(PLANNER, f"{PATH}/reveal", {}).status_code == 409
    clock.at = datetime(2026, 4, 1, 8, 0, tzinfo=UTC)
    told = api.put(PLANNER, f"{PATH}/reveal", {}).json()
    proof = api.get(AUDITOR, f"{PATH}/proof").json()
    assert proof["seed"] == told["seed"]
    seed = bytes.fromhex(proof["seed"])
    assert inputs_hash(proof["inputs"]).hex() == proof["inputs_hash"] == told["inputs_hash"]
    assert commitment(seed, inputs_hash(proof["inputs"])).hex() == bound
    plan = draw(read_inputs(proof["inputs"]), seed)
    assert isinstance(plan, Plan)
    redrawn = {
        (one.hotspot_id, one.day.isoformat(), one.treated)
        for one in allocations(read_inputs(proof["inputs"]), plan)
    }
    assert redrawn == {(one["hotspot_id"], one["day"], one["treated"]) for one in days_of(api)}


def test_the_rest_after_a_leak_is_given_up_and_drawn_anew(api: Api, clock: Clock) -> None:
    drawn(api)
    published(api, until="2026-03-15")
    anew = f"/v1/schedules/{named('anew')}"
    # Drawn before the old one is given up, it stands on what no longer holds.
    drawn(api, anew, first_day="2026-03-16")
    assert published(api, anew).json()["code"] == "schedule-clash"
    reason = {"reason": "The plan was left in a meeting room."}
    ended = api.put(PLANNER, f"{PATH}/discard", reason).json()
    assert (ended["state"], ended["ended_on"]) == ("PUBLISHED", "2026-03-15")
    assert api.put(PLANNER, f"{PATH}/discard", reason).json() == ended
    later = f"/v1/schedules/{named('later')}"
    drawn(api, later, first_day="2026-03-16")
    assert published(api, later).status_code == 200
    assert published(api, until="2026-03-20").json()["windows_made"] == 0
    by_block: dict[tuple[str, str], int] = {}
    live = [one for one in days_of(api) if one["window_id"]] + [
        one for one in days_of(api, later) if one["window_id"]
    ]
    for one in live:
        key = (one["hotspot_id"], one["block_first_day"])
        by_block[key] = by_block.get(key, 0) + 1
    assert set(by_block.values()) == {1}
    assert published(api, anew).json()["code"] == "schedule-clash"


def test_schedules_that_follow_keep_gaps_of_one_to_five_days(api: Api, clock: Clock) -> None:
    first = date(2026, 3, 9)
    for number in range(6):
        path = f"/v1/schedules/{named(f'week {number}')}"
        last = first + timedelta(days=6)
        drawn(api, path, first_day=first.isoformat(), last_day=last.isoformat())
        assert published(api, path).status_code == 200
        first = last + timedelta(days=1)
    kept = [one for one in rows(api, ScheduleAllocation) if one.window_id is not None]
    for name in ("TGP-1", "TGP-2"):
        when = sorted(one.day for one in kept if one.hotspot_id == named(name))
        assert len(when) >= 12
        gaps = {(later - earlier).days for earlier, later in pairwise(when)}
        assert gaps <= {1, 2, 3, 4, 5}


def test_two_schedules_of_one_hotspot_do_not_overlap(api: Api) -> None:
    drawn(api)
    published(api)
    other = f"/v1/schedules/{named('overlapping')}"
    drawn(api, other, first_day="2026-03-20", last_day="2026-04-10")
    assert published(api, other).json()["code"] == "schedule-clash"
    apart = f"/v1/schedules/{named('apart')}"
    drawn(api, apart, first_day="2026-04-20", last_day="2026-04-30")
    assert published(api, apart).status_code == 200


def test_the_chance_of_a_revealed_schedule_is_not_lent_on(api: Api, clock: Clock) -> None:
    drawn(api, last_day="2026-03-09")
    like = named("like it")
    drawn(api, f"/v1/schedules/{like}", same_chance_as=str(MARCH), last_day="2026-03-09")
    published(api)
    longer = f"/v1/schedules/{named('longer')}"
    drawn(api, longer, same_chance_as=str(like), last_day="2026-03-12")
    assert api.get(PLANNER, PATH).json()["reveal_from"] == "2026-03-15"
    clock.at = datetime(2026, 3, 14, 8, 0, tzinfo=UTC)
    assert api.put(PLANNER, f"{PATH}/reveal", {}).status_code == 409
    clock.at = datetime(2026, 3, 20, 8, 0, tzinfo=UTC)
    assert api.put(PLANNER, f"{PATH}/reveal", {}).status_code == 200
    ahead = asked(first_day="2026-04-01", last_day="2026-04-30", same_chance_as=str(like))
    answer = api.put(PLANNER, f"/v1/schedules/{named('ahead')}", ahead)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "told")


def test_a_discarded_draft_is_never_published(api: Api) -> None:
    drawn(api)
    assert api.put(PLANNER, f"{PATH}/discard", {"reason": "Too few teams."}).json()["state"] == "DISCARDED"
    assert published(api).json()["code"] == "schedule-fixed"
    other = api.put(PLANNER, f"{PATH}/discard", {"reason": "Another reason."})
    assert other.json()["code"] == "schedule-fixed"
