"""`beatcheck reassess`: who is selected, that a run may be stopped, shared and tried, and what it tells."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import Engine, update
from sqlmodel import col, select
from typer.testing import CliRunner

from app.audit.models import Action, AuditEvent
from app.cli import main
from app.clock import rfc3339, utc_now
from app.database.session import reading, transaction
from app.patrols import due
from app.patrols.differences import Standing, seconds, turned
from app.patrols.due import Selection
from app.patrols.reassess_models import ReassessRun
from app.patrols.reassess_runs import begin, go_on, report, try_out
from app.tracks.models import FixBatch
from app.tracks.policy import Policy
from tests.assurance.running import WarmServer
from tests.assurance.waiting import wait_until
from tests.conftest import EAST_SQUARE, Api, named
from tests.patrols.again import (
    EVERYTHING,
    HERE,
    WHY,
    assessments,
    held,
    linked_at_night,
    move_away,
    opened,
    tell_cause,
    tick,
)
from tests.patrols.test_patrol_story import (
    MIDDLE,
    START,
    batch,
    batch_path,
    check_in,
    hour_inside,
    patrol_path,
    window_result,
)

runner = CliRunner()
NOBODY = lambda _: None  # noqa: E731
FORCE = named("FORCE")


@pytest.fixture
def engine(api: Api) -> Iterator[Engine]:
    with opened(api.url, 4) as engine:
        yield engine


@pytest.fixture
def environment(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEATCHECK_DATABASE_URL", api.url)


def shift(api: Api, count: int = 5) -> list[UUID]:
    """Two officers keep the window together, the others walk in the hotspot without one; in order of start."""
    hour_inside(api, "4101", "p0", "phone-0", 0, 40)
    hour_inside(api, "4102", "p1", "phone-1", 30, 40)
    for number in range(2, count):
        hour_inside(api, "4103", f"p{number}", f"phone-{number}", 80 * number, 20, window=None)
    return [named(f"p{number}") for number in range(count)]


def run(engine: Engine, api: Api, selection: Selection = EVERYTHING) -> UUID:
    run_id = begin(engine, selection, WHY, api.clock.at)
    go_on(engine, run_id, api.clock, NOBODY)
    return run_id


def test_nothing_is_written_where_nothing_changes(api: Api, engine: Engine) -> None:
    """Straight after whatever an evening brought: late and doubled batches, crew, strange phones, forgotten ends."""
    chance = Random(7)
    for number in range(8):
        name, begins = f"patrol-{number}", 13 * number
        officer, device = ("4101", "4102")[number % 2], str(named(f"phone-{number % 3}"))
        api.clock.at = START + timedelta(minutes=begins)
        body = check_in(
            "WINDOW-1" if number % 3 else None, checked_in_at=rfc3339(api.clock.at), device_id=device,
            crew=[{"collar_number": "4103"}] if number % 4 == 1 else [],
            position={"lat": MIDDLE[1], "lon": MIDDLE[0], "accuracy_m": 9.0},
        )  # fmt: skip
        assert api.put(officer, patrol_path(name), body).status_code == 201
        batches = [
            {
                **batch(place, begins + 12 * place, 12, lon=MIDDLE[0] + chance.choice((0, 0.004, 0.011))),
                "device_id": device,
            }
            for place in range(5)
        ]
        if number == 5:
            batches[3]["device_id"] = str(named("a colleague's phone"))
        late = [chance.randrange(5)]
        api.clock.at = START + timedelta(minutes=begins + 70)
        for place in chance.sample(range(5), 5) + late:
            if place not in late:
                assert (
                    api.put(officer, batch_path(f"{name}-{place}", name), batches[place]).status_code == 201
                )
        if number % 4 != 2:
            out = {"checked_out_at": rfc3339(START + timedelta(minutes=begins + 55))}
            assert api.put(officer, f"{patrol_path(name)}/check-out", out).status_code == 201
        if number % 2:
            for place in late:
                assert (
                    api.put(officer, batch_path(f"{name}-{place}", name), batches[place]).status_code == 201
                )
    api.clock.forward(hours=12)
    tick(api)
    before = held(api.url)
    assert len(before["patrol_assessments"]) >= 12
    told = report(engine, run(engine, api))
    assert held(api.url) == before
    assert (told.finished, told.selected, told.looked_at, told.unchanged) == (True, 8, 8, 8)
    with reading(engine) as session:
        events = session.exec(select(AuditEvent).where(col(AuditEvent.operation).like("%reassess%"))).all()
    assert [(event.operation, event.reason) for event in events] == [("reassess:begin", WHY.reason)]


def test_a_moved_outline_is_told_window_by_window_and_second_by_second(api: Api, engine: Engine) -> None:
    ids = shift(api)
    move_away(api.url)
    told = report(engine, run(engine, api))
    assert [each.subject_id for each in told.patrols] == sorted(ids, key=str)
    assert {(one.before, one.after): one.count for one in turned(told.patrols)} == {
        ("partial", "not_attended"): 2,
        ("no_window", "no_window"): 3,
    }
    assert seconds(told.patrols).lost == 2 * (40 * 60 - 30) + 3 * (20 * 60 - 30)
    # Decided twice in the run: as it was before the first, as it is after the last.
    [window] = told.windows
    assert (window.before, window.after) == (
        Standing("compliant", (70 * 60 - 30) * 1000), Standing("not_attended", 0),
    )  # fmt: skip
    assert window_result(api.url).status == "not_attended"
    again = report(engine, run(engine, api))
    assert (again.patrols, again.windows, again.unchanged) == ([], [], 5)
    assert {one["cause"] for one in assessments(api, patrol_path("p0"))} == {"check_out", "reassess"}
    with reading(engine) as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.operation == "patrol:reassess")).all()
    assert [event.subjects["patrol"] for event in sorted(events, key=lambda one: one.subjects["patrol"])] == [
        [each] for each in sorted(str(each) for each in ids)
    ]


def test_a_dry_run_tells_what_the_run_then_does_and_writes_nothing(api: Api, engine: Engine) -> None:
    shift(api)
    move_away(api.url)
    tell_cause(api.url, date(2026, 3, 1), api.clock.at, "TGP-1")
    before = held(api.url)
    tried = try_out(engine, Selection(FORCE, due=True), WHY, api.clock, NOBODY)
    assert held(api.url) == before
    with reading(engine) as session:
        assert session.exec(select(ReassessRun)).all() == []
        events = session.exec(
            select(AuditEvent).where(AuditEvent.operation == "patrol:reassess:dry-run")
        ).all()
    assert [(event.action, len(event.subjects["patrol"])) for event in events] == [(Action.CONSULT, 5)]
    done = report(engine, run(engine, api, Selection(FORCE, due=True)))
    assert sorted(tried.patrols, key=lambda one: str(one.subject_id)) == done.patrols
    assert tried.windows == done.windows
    assert (tried.looked_at, tried.selected) == (done.looked_at, done.selected) == (5, 5)


def test_who_is_selected(api: Api, engine: Engine) -> None:
    shift(api, 3)
    api.clock.at = START + timedelta(days=1)
    east = (EAST_SQUARE[0] + EAST_SQUARE[2]) / 2
    begin_at = rfc3339(api.clock.at)
    api.put("4103", patrol_path("east"), check_in(None, checked_in_at=begin_at, device_id=str(named("e"))))
    api.put("4101", patrol_path("open"), check_in(None, checked_in_at=begin_at))
    api.clock.forward(minutes=30)
    fixes = {**batch(0, 24 * 60, 20, lon=east), "device_id": str(named("e"))}
    api.put("4103", batch_path("east-b", "east"), fixes)
    api.put("4103", f"{patrol_path('east')}/check-out", {"checked_out_at": rfc3339(api.clock.at)})
    first, second = date(2026, 3, 2), date(2026, 3, 3)
    expected = {
        "all": (EVERYTHING, {"p0", "p1", "p2", "east"}),
        "hotspot": (Selection(FORCE, hotspot_ids=(named("TGP-1"),)), {"p0", "p1", "p2"}),
        "another": (Selection(FORCE, hotspot_ids=(named("TGP-2"),)), {"east"}),
        "area": (Selection(FORCE, area_ids=(named("SOUTH"),)), {"p2", "east"}),
        "force": (Selection(FORCE, area_ids=(named("FORCE"),)), {"p0", "p1", "p2", "east"}),
        "first day": (Selection(FORCE, to_day=first), {"p0", "p1", "p2"}),
        "second day": (Selection(FORCE, from_day=second, to_day=second), {"east"}),
        "later": (Selection(FORCE, from_day=date(2026, 3, 4)), set()),
        "policy": (Selection(FORCE, policy_version=Policy().version), {"p0", "p1", "p2", "east"}),
        "no policy": (Selection(FORCE, policy_version="0123456789ab"), set()),
        "patrols": (Selection(FORCE, patrol_ids=(named("p1"), named("open"))), {"p1"}),
        "both": (Selection(FORCE, hotspot_ids=(named("TGP-1"),), area_ids=(named("SOUTH"),)), {"p2"}),
        "due": (Selection(FORCE, due=True), set()),
        "another force": (Selection(named("OTHER")), set()),
    }
    with reading(engine) as session:
        for name, (selection, wanted) in expected.items():
            found = due.page(session, selection, None, 100)
            assert {each.patrol_id for each in found} == {named(one) for one in wanted}, name
            assert due.count(session, selection) == len(wanted), name
        whole = due.page(session, EVERYTHING, None, 100)
        assert due.page(session, EVERYTHING, whole[0], 2) == whole[1:3]


def test_a_patrol_linked_to_a_window_is_selected_by_it_and_tells_of_it(api: Api, engine: Engine) -> None:
    night = linked_at_night(api)
    with reading(engine) as session:
        for selection, wanted in (
            (Selection(FORCE, to_day=date(2026, 3, 2)), 0),
            (Selection(FORCE, from_day=date(2026, 3, 3)), 1),
            (Selection(FORCE, area_ids=(named("SOUTH"),)), 1),
            (Selection(FORCE, hotspot_ids=(named("TGP-1"),)), 1),
        ):
            assert due.count(session, selection) == wanted, selection
    hour_inside(api, "4102", "p1", "phone-2", 310, 40, window="NIGHT")
    move_away(api.url)
    tried = try_out(engine, EVERYTHING, WHY, api.clock, NOBODY)
    done = report(engine, run(engine, api))
    assert tried.windows == done.windows
    # Both together, as it was before the first of them and as it is after the last.
    assert [(each.subject_id, each.after.verified_ms) for each in done.windows] == [(night, 0)]
    assert done.windows[0].before.verified_ms > 30 * 60_000


class Stopped(Exception):
    pass


def test_a_run_that_was_stopped_goes_on_where_it_was(api: Api, engine: Engine) -> None:
    shift(api)
    move_away(api.url)

    def stop(looked_at: int) -> None:
        if looked_at == 3:
            raise Stopped

    run_id = begin(engine, EVERYTHING, WHY, api.clock.at)
    with pytest.raises(Stopped):
        go_on(engine, run_id, api.clock, stop)
    half = report(engine, run_id)
    assert (half.finished, half.looked_at, len(half.patrols)) == (False, 3, 3)
    go_on(engine, run_id, api.clock, NOBODY)
    whole = report(engine, run_id)
    assert (whole.finished, whole.looked_at, len(whole.patrols), len(whole.windows)) == (True, 5, 5, 1)
    assert {len(assessments(api, patrol_path(f"p{number}"), "4111")) for number in range(2)} == {2}
    # Once more is no harm.
    go_on(engine, run_id, api.clock, NOBODY)
    assert report(engine, run_id) == whole


def test_two_at_once_share_a_run_or_run_side_by_side(api: Api, engine: Engine) -> None:
    shift(api)
    move_away(api.url)
    shared, other = (begin(engine, EVERYTHING, WHY, api.clock.at) for _ in range(2))
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(go_on, engine, each, api.clock, NOBODY) for each in (shared, shared, other)]:
            done.result()
    told = [report(engine, each) for each in (shared, other)]
    assert [(each.finished, each.looked_at) for each in told] == [(True, 5)] * 2
    # Each patrol was judged anew once, by one of the two.
    assert sorted(one.subject_id for each in told for one in each.patrols) == sorted(
        named(f"p{number}") for number in range(5)
    )
    for number in range(2):
        assert len(assessments(api, patrol_path(f"p{number}"), "4111")) == 2


def test_batches_that_come_meanwhile_are_not_lost(api: Api, engine: Engine) -> None:
    shift(api, 8)
    move_away(api.url, outline=HERE, day=date(2026, 2, 1))
    run_id = begin(engine, EVERYTHING, WHY, api.clock.at)

    def late(number: int) -> int:
        name = f"p{number}"
        body = {**batch(1, 80 * number + 20, 5), "device_id": str(named(f"phone-{number}"))}
        return api.put("4103", batch_path(f"{name}-late", name), body).status_code

    with ThreadPoolExecutor(3) as pool:
        running = pool.submit(go_on, engine, run_id, api.clock, NOBODY)
        assert list(pool.map(late, range(2, 8))) == [201] * 6
        running.result()
    for number in range(2, 8):
        told = api.get("4103", patrol_path(f"p{number}")).json()
        # Checked out at twenty minutes, with a fix now to anchor the last half minute.
        assert told["result"]["seconds"]["verified"] == 20 * 60
    before = held(api.url)
    assert report(engine, run(engine, api)).unchanged == 8
    assert held(api.url) == before


def invoke(*words: str) -> tuple[int, str, str]:
    done = runner.invoke(main, ["reassess", *words])
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.usefixtures("environment")
def test_the_command_tells_people_machines_and_spreadsheets(api: Api, tmp_path: Path) -> None:
    shift(api)
    move_away(api.url)
    because = ("--force", "FORCE", "--reason", "=1+1 drawn again", "--operator", "4134")
    code, out, _ = invoke("--hotspot", "TGP-1", *because, "--dry-run")
    assert (code, "5 would be judged anew" in out, "not_attended" in out) == (0, True, True)
    table = tmp_path / "changes.csv"
    code, out, err = invoke(
        "--hotspot", "TGP-1", "--from", "2026-03-02", *because, "--json", "--csv", str(table)
    )
    told = json.loads(out)
    assert code == 0
    assert (told["looked_at"], told["patrols"]["changed"], told["windows"]["changed"]) == (5, 5, 1)
    assert told["windows"]["turned"] == [{"before": "compliant", "after": "not_attended", "count": 1}]
    assert (told["windows"]["seconds_gained"], told["windows"]["seconds_lost"]) == (0, 4170)
    assert f"run {told['run_id']}" in err
    rows = table.read_bytes().decode("utf-8-sig").split("\r\n")
    assert len(rows) == 1 + 5 + 1 + 1
    assert f"window,{named('WINDOW-1')},changed,compliant,not_attended,4170,0,-4170" in rows
    # A finished run can be read again.
    code, out, _ = invoke("--resume", told["run_id"], "--json")
    assert (code, json.loads(out)) == (0, told)
    with opened(api.url) as engine, reading(engine) as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.operation == "reassess:read")).one()
    assert (event.action, len(event.subjects["patrol"])) == (Action.CONSULT, 5)
    code, out, _ = invoke("--all", *because)
    assert (code, "5 of 5 selected: 0 judged anew, 5 unchanged" in out) == (0, True)


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--reason", "because"), "say which patrols"),
        (("--all",), "--reason"),
        (("--all", "--reason", "x"), "--reason"),
        (("--all", "--due", "--reason", "because"), "--all goes with no other"),
        (("--hotspot", "NOWHERE", "--reason", "because"), "no such hotspot: NOWHERE"),
        (("--area", "NOWHERE", "--reason", "because"), "no such area: NOWHERE"),
        (("--all", "--reason", "because", "--operator", "9999"), "operator"),
        (("--all", "--reason", "because", "--force", "NONE"), "no such force"),
        (("--resume", str(named("no run"))), "no such run"),
    ],
)
def test_what_cannot_be_selected_begins_nothing(api: Api, words: tuple[str, ...], why: str) -> None:
    several = () if "--force" in words or "--resume" in words else ("--force", "FORCE")
    code, _, err = invoke(*words, *several)
    assert (code, why in err) == (2, True), err
    with opened(api.url) as engine, reading(engine) as session:
        assert session.exec(select(ReassessRun)).all() == []


@pytest.mark.usefixtures("environment")
def test_one_that_cannot_be_judged_is_named_and_stops_nobody(api: Api, engine: Engine) -> None:
    shift(api)
    with transaction(engine) as session:
        session.execute(update(FixBatch).where(col(FixBatch.id) == named("p1-b")).values(packed=b"damaged"))
    move_away(api.url)
    for words in (("--dry-run",), ()):
        code, out, _ = invoke("--all", "--force", "FORCE", "--reason", "because", "--json", *words)
        told = json.loads(out)
        assert (code, told["failed"], told["patrols"]["changed"]) == (1, [str(named("p1"))], 4), told


@pytest.mark.usefixtures("environment")
def test_a_killed_process_leaves_a_run_that_another_takes_up(
    api: Api, engine: Engine, warm: WarmServer, tmp_path: Path
) -> None:
    shift(api, 10)
    move_away(api.url)
    run_id = begin(engine, EVERYTHING, WHY, utc_now())

    def looked_at() -> int:
        with reading(engine) as session:
            return session.exec(select(ReassessRun.looked_at)).one()

    again = ["reassess", "--resume", str(run_id), "--json"]
    process = warm.command(again, {"BEATCHECK_DATABASE_URL": api.url}, tmp_path / "log")
    wait_until(lambda: looked_at() > 0, 60, lambda: "it judged nobody")
    process.kill()
    killed_at = looked_at()
    assert killed_at < 10, "it was faster than its end"
    code, out, _ = invoke("--resume", str(run_id), "--json")
    told = json.loads(out)
    assert (code, told["looked_at"], told["patrols"]["changed"]) == (0, 10, 10)
    with reading(engine) as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.operation == "patrol:reassess")).all()
    assert len(events) == 10
    before = held(api.url)
    assert report(engine, run(engine, api)).unchanged == 10
    assert held(api.url) == before
