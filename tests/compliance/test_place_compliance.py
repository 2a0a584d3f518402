"""Compliance by hotspot, area and team over HTTP: the same windows as the list of them, whoever asks for whichever."""

import csv
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID, uuid5

import pytest
from sqlalchemy import event
from sqlmodel import select

from app.areas.kinds import AreaKind, HotspotKind
from app.areas.models import Hotspot, HotspotBoundary, Membership, Team
from app.audit.models import AuditEvent
from app.database.engine import open_engine
from app.database.session import reading, transaction
from tests.compliance.small_force import (
    KINDS,
    NOW,
    PERIOD,
    SCOPES,
    TEAMS,
    TIME_PLACES,
    TREE,
    WINDOW_PLACES,
    SmallForce,
    Wanted,
    added_up,
    at_or_below,
    made_up,
    officer_minutes,
    time_counted,
    told,
    windows_counted,
)
from tests.compliance.test_window_compliance import keep, window
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START, batch, batch_path, check_in, patrol_path

SERGEANT, SOUTHERN, COMMANDER, PLANNER, AUDITOR = "4111", "4112", "4121", "4131", "4133"
ANSWERS = ("hotspots", "areas", "teams")


def asked(api: Api, collar: str, name: str, /, **params: Any) -> dict[str, Any]:
    answer = api.get(collar, f"/v1/compliance/{name}", **{**PERIOD, **params})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def follow(api: Api, collar: str, link: str) -> dict[str, Any]:
    answer = api.client.get(link, headers=api.as_officer(collar))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
def force(api: Api) -> SmallForce:
    """A force made up by chance, seen on the last day of March at noon."""
    made = made_up(seed=1)
    keep(api, *made.rows())
    api.clock.at = NOW
    return made


def in_scope(collar: str, name: str, force: SmallForce, wanted: Wanted) -> set[UUID]:
    """The places that have a row even when nothing happened there."""
    teams, areas = SCOPES[collar]
    areas = areas | {"NORTH-1": {"NORTH", "N-A", "N-B", "N-A-1"}, "SOUTH-1": {"SOUTH", "S-A"}}.get(
        next(iter(teams)) if len(teams) == 1 else "", set()
    )
    if name == "teams":
        if wanted.hotspot or wanted.kind:
            return set()
        names = {team for team in TEAMS if team in teams or (len(teams) != 1 and TEAMS[team] in areas)}
        names = {team for team in names if wanted.team in (None, team)}
        return {named(team) for team in names if wanted.area is None or at_or_below(TEAMS[team], wanted.area)}
    if wanted.team or (name == "areas" and (wanted.hotspot or wanted.kind)):
        return set()
    if name == "areas":
        return {named(area) for area in areas}
    return {
        named(hotspot)
        for hotspot, (area, kind) in force.hotspots.items()
        if area in areas
        and wanted.kind in (None, kind)
        and wanted.hotspot in (None, hotspot)
        and (wanted.area is None or at_or_below(area, wanted.area))
    }


def of_areas_asked(name: str, place_ids: set[UUID], wanted: Wanted) -> set[UUID]:
    if name != "areas":
        return place_ids
    chosen = {
        named(area)
        for area, above in TREE.items()
        if wanted.area_kind in (None, KINDS[area])
        and wanted.parent in (None, *above[:1])
        and (wanted.area is None or at_or_below(area, wanted.area))
    }
    return place_ids & chosen


def check(api: Api, force: SmallForce, collar: str, name: str, wanted: Wanted) -> None:
    """Holds an answer against the loops, row by row and in all."""
    found = asked(api, collar, name, **wanted.params())
    windows = windows_counted(force, collar, wanted)
    time = time_counted(force, collar, wanted, by_hotspot=name == "hotspots")
    time_told = name == "hotspots" or wanted.kind is None
    by_place, time_by_place = defaultdict(list), defaultdict(list)
    for window_ in windows:
        for place_id in WINDOW_PLACES[name](window_):
            by_place[place_id].append(window_)
    for slice_ in time if time_told else []:
        for place_id in TIME_PLACES[name](slice_):
            time_by_place[place_id].append(slice_)
    expected = of_areas_asked(
        name, {*by_place, *time_by_place} | in_scope(collar, name, force, wanted), wanted
    )
    rows = {UUID(row["id"]): row for row in found["items"]}
    assert {row["code"] for row in rows.values()} == {
        code for code in (*TREE, *TEAMS, *force.hotspots) if named(code) in expected
    }
    for place_id, row in rows.items():
        assert told(row) == added_up(force, by_place[place_id]), row["code"]
        minutes = officer_minutes(time_by_place[place_id]) if time_told else None
        assert row["officer_minutes"] == minutes, row["code"]
    assert told(found["totals"]) == added_up(force, windows)
    if found["totals"]["officer_minutes"] is not None:
        one = name == "hotspots" and wanted.hotspot is not None
        together = time_counted(force, collar, wanted, by_hotspot=one)
        assert found["totals"]["officer_minutes"] == officer_minutes(together)
    standing = [each for each in windows if WINDOW_PLACES[name](each) & rows.keys()]
    assert found["totals"]["in_no_row"] == len(windows) - len(standing)


@pytest.mark.parametrize("name", ANSWERS)
def test_every_row_and_total_is_what_slow_loops_find(api: Api, force: SmallForce, name: str) -> None:
    filters = [
        Wanted(area="NORTH"), Wanted(area="N-A"), Wanted(team="TASK"), Wanted(hotspot="TGP-4"),
        Wanted(kind=HotspotKind.TGP_VIOLENCE), Wanted(area="NORTH", team="TASK", kind=HotspotKind.TGP_ASB),
        Wanted(hotspot="TGP-1", kind=HotspotKind.TGP_ASB),
    ]  # fmt: skip
    if name == "areas":
        filters += [
            Wanted(parent="FORCE"), Wanted(parent="NORTH"), Wanted(area_kind=AreaKind.LPA),
            Wanted(area_kind=AreaKind.WARD, area="NORTH"), Wanted(area_kind=AreaKind.SECTOR, parent="SOUTH"),
        ]  # fmt: skip
    for collar in SCOPES:
        check(api, force, collar, name, Wanted())
    for wanted in filters:
        check(api, force, PLANNER, name, wanted)
        check(api, force, COMMANDER, name, wanted)


def test_rows_of_teams_and_of_each_kind_of_area_add_up_to_the_list_of_windows(
    api: Api, force: SmallForce
) -> None:
    for collar in SCOPES:
        listed = api.get(collar, "/v1/compliance/windows", **PERIOD, limit=500).json()
        for name, params in (("hotspots", {}), ("teams", {}), ("areas", {"kind": "FORCE"})):
            found = asked(api, collar, name, **params)
            assert sum(row["denominator"] for row in found["items"]) == len(listed["windows"])
            assert told(found["totals"]) == told(listed["totals"])
            assert found["totals"]["in_words"] == listed["totals"]["in_words"]
        lpas = asked(api, collar, "areas", kind="LPA")
        counted = sum(row["denominator"] for row in lpas["items"])
        assert (
            counted + lpas["totals"]["in_no_row"] == lpas["totals"]["denominator"] == len(listed["windows"])
        )


@pytest.mark.parametrize("collar", [SERGEANT, COMMANDER, PLANNER])
def test_every_row_leads_to_what_it_counts(api: Api, force: SmallForce, collar: str) -> None:
    for name in ANSWERS:
        for row in asked(api, collar, name, area_id=str(named("NORTH")))["items"]:
            for place, link in row["links"].items():
                if link is None:
                    continue
                totals = follow(api, collar, link)["totals"]
                assert told(totals) == told(row), f"{row['code']} leads to {place}"


@pytest.mark.parametrize("name", ANSWERS)
def test_the_file_says_what_the_answer_says(api: Api, force: SmallForce, name: str) -> None:
    answer = api.get(PLANNER, f"/v1/compliance/{name}", **PERIOD, format="csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.csv"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.startswith(b"\xef\xbb\xbfcode,")
    assert answer.content.count(b"\r\n") == answer.content.count(b"\n")
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"), newline="")))
    items = asked(api, PLANNER, name)["items"]
    assert [row["id"] for row in rows] == [item["id"] for item in items]
    for row, item in zip(rows, items, strict=True):
        expected = {key: value for key, value in told(item).items() if key != "by_status"}
        expected |= {f"windows_{each['status']}": each["windows"] for each in item["by_status"]}
        expected |= {
            f"{grade}_officer_minutes": minutes for grade, minutes in item["officer_minutes"].items()
        }
        assert {key: int(row[key]) for key in expected} == expected
        assert (row["code"], row["name"], row["kind"]) == (item["code"], item["name"], item["kind"])
        assert (row["from"], row["to"]) == ("2026-03-27T00:30:00+00:00", "2026-04-01T23:00:00+01:00")
        assert (row["hours_from"], row["hours_to"]) == ("2026-03-27", "2026-04-01")


def test_pages_neither_skip_nor_repeat_and_totals_are_of_all(api: Api, force: SmallForce) -> None:
    for name in ANSWERS:
        whole = asked(api, PLANNER, name)
        found: list[dict[str, Any]] = []
        cursor: dict[str, Any] = {}
        while True:
            page = asked(api, PLANNER, name, limit=2, **cursor)
            assert page["totals"] == whole["totals"]
            found += page["items"]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert found == whole["items"]


def test_more_places_and_windows_cost_no_more_statements(api: Api, force: SmallForce) -> None:
    statements: list[str] = []
    engine = api.client.app.state.engine  # type: ignore[attr-defined]
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    for name in ANSWERS:
        counts = []
        for limit in (1, 500):
            statements.clear()
            asked(api, PLANNER, name, limit=limit)
            counts.append(sum("SELECT" in each and "audit" not in each for each in statements))
        assert counts[0] == counts[1] <= 10, name


def test_north_learns_nothing_of_south(api: Api, force: SmallForce) -> None:
    """Whatever South does, no answer to North's sergeant changes by a byte."""
    before = {name: api.get(SERGEANT, f"/v1/compliance/{name}", **PERIOD).content for name in ANSWERS}
    files = {
        name: api.get(SERGEANT, f"/v1/compliance/{name}", **PERIOD, format="csv").content for name in ANSWERS
    }
    starts_at = datetime(2026, 3, 30, 19, tzinfo=UTC)
    keep(
        api,
        window("theirs", starts_at, place="SOUTH"),
        window("theirs in our hotspot", starts_at, place="SOUTH", hotspot_id=named("TGP-1")),
        window("theirs in our area", starts_at, place="SOUTH", area_id=named("NORTH")),
    )
    for name in ANSWERS:
        assert api.get(SERGEANT, f"/v1/compliance/{name}", **PERIOD).content == before[name]
        answer = api.get(SERGEANT, f"/v1/compliance/{name}", **PERIOD, format="csv")
        assert answer.content == files[name]
    assert "SOUTH" not in before["teams"].decode()
    hidden = asked(api, SERGEANT, "teams", team_id=str(named("SOUTH-1")))
    assert (hidden["items"], hidden["totals"]["denominator"]) == ([], 0)
    assert asked(api, "7101", "teams")["totals"]["denominator"] == 0
    assert {row["code"] for row in asked(api, "7101", "areas")["items"]} == {"OTHER"}


def test_a_sergeant_who_moves_takes_no_numbers_along(api: Api) -> None:
    api.clock.at = NOW
    keep(api, window("ours", datetime(2026, 3, 30, 19, tzinfo=UTC)))
    assert asked(api, SERGEANT, "teams")["totals"]["denominator"] == 1
    engine = open_engine(api.url)
    with transaction(engine) as session:
        row = session.exec(select(Membership).where(Membership.officer_id == named(SERGEANT))).one()
        row.valid_to = date(2026, 3, 31)
        session.add(row)
        session.flush()
        session.add(
            Membership(
                id=named("moved"), officer_id=named(SERGEANT), team_id=named("SOUTH-1"),
                valid_from=date(2026, 3, 31),
            )
        )  # fmt: skip
    engine.dispose()
    found = asked(api, SERGEANT, "teams")
    assert [row["code"] for row in found["items"]] == ["SOUTH-1"]
    assert found["totals"]["denominator"] == 0


def test_a_window_stays_with_the_area_it_was_planned_for(api: Api) -> None:
    api.clock.at = NOW
    keep(api, window("ours", datetime(2026, 3, 30, 19, tzinfo=UTC)))
    engine = open_engine(api.url)
    with transaction(engine) as session:
        for table, name in ((Team, "NORTH-1"), (Hotspot, "TGP-1")):
            row = session.get_one(table, named(name))
            row.area_id = named("SOUTH")
            session.add(row)
    engine.dispose()
    rows = {row["code"]: row for row in asked(api, PLANNER, "areas")["items"]}
    assert {code: row["denominator"] for code, row in rows.items()} == {"FORCE": 1, "NORTH": 1, "SOUTH": 0}
    assert rows["SOUTH"]["in_words"] == "No windows were published."
    northern = asked(api, PLANNER, "teams", area_id=str(named("NORTH")))
    assert [(row["code"], row["denominator"]) for row in northern["items"]] == [("NORTH-1", 1)]


def test_hours_count_overlaps_in_each_row_and_once_in_the_total(api: Api) -> None:
    """One patrol of 4101 with 4102 as crew in a hotspot that another one covers."""
    outline = uuid5(named("TGP-9"), "1")
    engine = open_engine(api.url)
    with transaction(engine) as session:
        for table, key, changes in (
            (Hotspot, named("TGP-1"), {"id": named("TGP-9"), "code": "TGP-9"}),
            (HotspotBoundary, uuid5(named("TGP-1"), "1"), {"id": outline, "hotspot_id": named("TGP-9")}),
        ):
            row = session.get_one(table, key)
            fields = {name: getattr(row, name) for name in table.model_fields}
            session.add(table(**(fields | changes)))
            session.flush()
    engine.dispose()
    assert api.put("4101", patrol_path(), check_in(crew=[{"collar_number": "4102"}])).status_code == 201
    api.clock.forward(minutes=60)
    assert api.put("4101", batch_path("b"), batch(0, 0, 40)).status_code == 201
    ended = {"checked_out_at": (START + timedelta(minutes=25)).isoformat().replace("+00:00", "Z")}
    assert api.put("4101", f"{patrol_path()}/check-out", ended).status_code == 201
    period = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"}
    found = asked(api, SERGEANT, "hotspots", **period)
    minutes = {row["code"]: row["officer_minutes"] for row in found["items"]}
    assert minutes["TGP-1"] == minutes["TGP-9"] == found["totals"]["officer_minutes"]
    assert minutes["TGP-1"]["verified"] == minutes["TGP-1"]["declared"] > 15
    assert "do not add up where hotspots overlap" in " ".join(found["notes"])
    for name in ("teams", "areas"):
        for row in asked(api, SERGEANT, name, **period)["items"]:
            assert row["officer_minutes"] == minutes["TGP-1"], row["code"]
    assert asked(api, SOUTHERN, "hotspots", **period)["totals"]["officer_minutes"]["verified"] == 0
    next_day = {"from": "2026-03-03T00:00:00Z", "to": "2026-03-04T00:00:00Z"}
    assert asked(api, SERGEANT, "hotspots", **next_day)["totals"]["officer_minutes"]["verified"] == 0


def test_each_look_is_logged_once_with_the_places_and_the_period(api: Api) -> None:
    api.clock.at = NOW
    for name in ANSWERS:
        shown = [row["id"] for row in asked(api, SERGEANT, name)["items"]]
        engine = open_engine(api.url)
        with reading(engine) as session:
            logged = session.exec(
                select(AuditEvent).where(AuditEvent.operation == f"compliance.{name}")
            ).all()
        engine.dispose()
        assert [each.subjects for each in logged] == [
            {name.removesuffix("s"): sorted(shown), "period": [PERIOD["from"], PERIOD["to"]]}
        ]
        assert shown


def test_bad_questions_are_refused(api: Api) -> None:
    for name in ANSWERS:
        backwards = api.get(PLANNER, f"/v1/compliance/{name}", **{"from": PERIOD["to"], "to": PERIOD["from"]})
        assert backwards.json()["errors"][0]["code"] == "not-before-to"
        assert api.get(PLANNER, f"/v1/compliance/{name}", status="partial").status_code == 422
        assert api.get("4101", f"/v1/compliance/{name}").status_code == 403
    assert api.get(PLANNER, "/v1/compliance/teams", parent_id=str(named("NORTH"))).status_code == 422
