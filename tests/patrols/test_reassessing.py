"""A changed outline or changed rules mark whom they concern, and the service judges those again by itself."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from shapely import box
from sqlalchemy import update
from sqlmodel import col, select

from app.audit.models import Action, AuditEvent
from app.clock import rfc3339
from app.database.session import reading, transaction
from app.facts.models import Basis, ReassessCause
from app.patrols import due
from app.patrols.models import OfficerFirst
from app.patrols.reassess_models import ReassessDue
from app.patrols.reassessing import judge_again, judge_due
from app.retention.purging import purge
from app.tracks.models import FixBatch
from app.tracks.policy import Policy
from tests.conftest import EAST_SQUARE, SQUARE, Api, named
from tests.patrols.again import (
    ELSEWHERE,
    HERE,
    WHY,
    assessments,
    due_patrols,
    held,
    linked_at_night,
    move_away,
    opened,
    redraw,
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
    result_of,
    slices_of,
    window_result,
)
from tests.tracks.test_policies import bring

EAST = (EAST_SQUARE[0] + EAST_SQUARE[2]) / 2
NORTH_OF_IT = box(SQUARE[0], SQUARE[3], SQUARE[2], SQUARE[3] + 0.004)


def settle(api: Api) -> tuple[int, int]:
    api.clock.forward(minutes=2)
    return tick(api)


def walk(api: Api, name: str, lon: float = MIDDLE[0], **other: object) -> None:
    """Twenty minutes at a place, without a window."""
    device = str(named(f"phone-{name}"))
    body = check_in(None, device_id=device, **other)
    assert api.put("4102", patrol_path(name), body).status_code == 201
    api.clock.at = max(api.clock.at, START + timedelta(minutes=25))
    fixes = {**batch(0, 0, 20, lon=lon), "device_id": device}
    assert api.put("4102", batch_path(f"{name}-b", name), fixes).status_code == 201
    ended = {"checked_out_at": rfc3339(START + timedelta(minutes=20))}
    assert api.put("4102", f"{patrol_path(name)}/check-out", ended).status_code == 201


def test_rule_13_a_moved_outline_supersedes_the_result_of_a_window_and_keeps_it(api: Api) -> None:
    hour_inside(api, "4101", "patrol-1", "phone-1", 0, 65)
    assert window_result(api.url).status == "compliant"
    redraw(api, "TGP-1", ELSEWHERE, "2026-03-01")
    # Whoever judges by the old outline at this moment is given time to finish.
    assert tick(api) == (0, 0)
    assert settle(api) == (1, 1)
    assert window_result(api.url).status == "not_attended"
    assert slices_of(api.url) == {}
    redraw(api, "TGP-1", HERE, "2026-03-02")
    assert settle(api) == (1, 1)
    assert window_result(api.url).status == "compliant"
    assert slices_of(api.url) == {("4101", "verified"): 64}
    told = assessments(api, patrol_path())
    assert [(one["number"], one["cause"], one["status"]) for one in told] == [
        (1, "check_out", "compliant"),
        (2, "boundary", "not_attended"),
        (3, "boundary", "compliant"),
    ]
    assert [one["superseded_at"] is None for one in told] == [False, False, True]
    assert told[1]["cause_label"] == "the area has another outline"
    assert len({one["boundary_ids"][0] for one in told}) == 3
    old = api.get("4101", f"{patrol_path()}/assessment", number=1).json()
    assert old["result"]["hotspots"][0]["boundary_id"] == told[0]["boundary_ids"][0]
    assert due_patrols(api.url) == set()
    assert settle(api) == (0, 0)
    with opened(api.url) as engine, reading(engine) as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.operation == "patrol:reassess")).all()
    assert [(event.action, event.actor_id, event.reason) for event in events] == [
        (Action.ALTER, None, "boundary")
    ] * 2
    assert events[0].subjects == {"patrol": [str(named("patrol-1"))], "officer": [str(named("4101"))]}


def test_patrols_without_a_window_are_found_by_the_old_outline_and_by_the_new(api: Api) -> None:
    walk(api, "in the old")
    walk(api, "in the new", lon=EAST)
    walk(api, "in neither", lon=EAST + 0.05)
    assert slices_of(api.url) == {("4102", "verified"): 19}
    # The second hotspot ends, the first moves to its place.
    redraw(api, "TGP-2", None, "2025-01-01", valid_to="2026-03-01")
    assert settle(api) == (1, 1)
    assert assessments(api, patrol_path("in the new"), "4102")[-1]["cause"] == "hotspot_end"
    redraw(api, "TGP-1", box(*EAST_SQUARE), "2026-03-01")
    assert settle(api) == (2, 2)
    hotspots = {
        name: [
            each["hotspot_id"]
            for each in api.get("4102", f"{patrol_path(name)}/assessment").json()["result"]["hotspots"]
        ]
        for name in ("in the old", "in the new", "in neither")
    }
    assert hotspots == {"in the old": [], "in the new": [str(named("TGP-1"))], "in neither": []}
    assert len(assessments(api, patrol_path("in neither"), "4102")) == 1


def test_an_outline_of_a_later_day_concerns_nobody_yet(api: Api) -> None:
    hour_inside(api, "4101", "patrol-1", "phone-1", 0, 65)
    redraw(api, "TGP-1", ELSEWHERE, "2026-03-03")
    assert settle(api) == (0, 0)
    assert window_result(api.url).status == "compliant"


def test_a_hotspot_that_ends_later_than_said_counts_on_the_days_between(api: Api) -> None:
    redraw(api, "TGP-1", None, "2025-01-01", valid_to="2026-03-01")
    assert settle(api) == (0, 0)
    api.clock.at = START
    walk(api, "ended")
    assert slices_of(api.url) == {}
    redraw(api, "TGP-1", None, "2025-01-01", valid_to="2026-04-01")
    with opened(api.url) as engine, reading(engine) as session:
        latest = session.exec(select(ReassessCause).where(col(ReassessCause.expanded_at).is_(None))).one()
    assert (latest.basis, latest.from_day, latest.until_day) == (
        Basis.HOTSPOT_END, date(2026, 3, 1), date(2026, 4, 1),
    )  # fmt: skip
    assert settle(api) == (1, 1)
    assert slices_of(api.url) == {("4102", "verified"): 19}


def test_rules_of_today_reach_those_who_were_judged_today(api: Api) -> None:
    told = hour_inside(api, "4101", "patrol-1", "phone-1", 0, 65)
    assert result_of(told)["flags"] == []
    api.clock.forward(days=1)
    begin = rfc3339(START + timedelta(days=1))
    assert api.put("4102", patrol_path("today"), check_in(None, checked_in_at=begin)).status_code == 201
    api.clock.forward(hours=1)
    api.put("4102", f"{patrol_path('today')}/check-out", {"checked_out_at": rfc3339(api.clock.at)})
    for row in ("2026-03-05,silence_seconds,400", "2026-03-03,silence_seconds,300"):
        assert bring(api, row).status_code == 200
    assert settle(api) == (1, 1)
    new = Policy(silence_seconds=300)
    assert [
        (one["policy_version"], one["cause"]) for one in assessments(api, patrol_path("today"), "4102")
    ] == [
        (Policy().version, "check_out"),
        (new.version, "policy"),
    ]
    assert len(assessments(api, patrol_path())) == 1
    with opened(api.url) as engine, reading(engine) as session:
        causes = session.exec(select(ReassessCause).order_by(col(ReassessCause.from_day))).all()
    assert [(one.detail, one.until_day) for one in causes] == [
        (new.version, date(2026, 3, 5)),
        (Policy(silence_seconds=400).version, None),
    ]


def test_an_open_patrol_is_marked_and_judged_by_what_holds_when_it_ends(api: Api) -> None:
    api.put("4101", patrol_path(), check_in())
    api.clock.forward(minutes=10)
    api.put("4101", batch_path("b"), batch(0, 0, 9))
    redraw(api, "TGP-1", ELSEWHERE, "2026-03-01")
    assert settle(api) == (1, 1)
    assert due_patrols(api.url) == set()
    api.clock.forward(minutes=10)
    api.put("4101", f"{patrol_path()}/check-out", {"checked_out_at": rfc3339(api.clock.at)})
    assert [one["cause"] for one in assessments(api, patrol_path())] == ["check_out"]
    assert window_result(api.url).status == "not_attended"


def test_a_cause_that_comes_while_a_patrol_is_judged_stays(api: Api) -> None:
    hour_inside(api, "4101", "patrol-1", "phone-1", 0, 65)
    patrol_id, now = named("patrol-1"), api.clock.forward(minutes=2)
    tell_cause(api.url, date(2026, 3, 1), now)
    tell_cause(api.url, date(2026, 3, 1), now, "TGP-1")
    with opened(api.url) as engine:
        with reading(engine) as session:
            first, second = due.settled_causes(session, now + timedelta(hours=1))
        with transaction(engine) as session:
            assert due.expand(session, first, now) == 1
            seen = due.marks_of(session, patrol_id)
            assert due.expand(session, second, now) == 1
            assert due.expand(session, second, now) == 0
            due.unmark(session, patrol_id, seen)
        with reading(engine) as session:
            assert [mark.cause_id for mark in due.marks_of(session, patrol_id)] == [second]


def test_what_cannot_be_judged_waits_behind_the_others(api: Api) -> None:
    for name in ("broken", "whole"):
        walk(api, name)
    with opened(api.url) as engine:
        with transaction(engine) as session:
            session.execute(
                update(FixBatch).where(col(FixBatch.id) == named("broken-b")).values(packed=b"damaged")
            )
        move_away(api.url)
        tell_cause(api.url, date(2026, 3, 1), api.clock.at, "TGP-1")
        api.clock.forward(minutes=2)
        assert tick(api) == (2, 1)
        assert due_patrols(api.url) == {named("broken")}
        tell_cause(api.url, date(2026, 3, 1), api.clock.at, "TGP-1")
        api.clock.forward(minutes=2)
        # The damaged one is due for two causes now, and tried after the other.
        with transaction(engine) as session:
            [cause] = due.settled_causes(session, api.clock.at)
            due.expand(session, cause, api.clock.at)
            assert due.longest_due(session, 5) == [named("whole"), named("broken")]
        assert judge_due(engine, api.clock.at, most=1) == 1
        assert due_patrols(api.url) == {named("broken")}


@pytest.mark.parametrize("how", ["emptied", "gone"])
def test_a_result_outlives_the_fixes_it_rests_on(api: Api, how: str) -> None:
    hour_inside(api, "4101", "patrol-1", "phone-1", 0, 65)
    with opened(api.url) as engine:
        with transaction(engine) as session:
            row = session.exec(select(FixBatch)).one()
            if how == "gone":
                session.delete(row)
            else:
                row.packed = b""
                session.add(row)
            session.flush()
        redraw(api, "TGP-1", ELSEWHERE, "2026-03-01")
        before = held(api.url)
        assert settle(api) == (1, 1)
        assert held(api.url) == before
        assert due_patrols(api.url) == set()


def test_marks_go_when_somebody_else_judged_it_meanwhile(api: Api) -> None:
    hour_inside(api, "4101", "patrol-1", "phone-1", 0, 65)
    redraw(api, "TGP-1", ELSEWHERE, "2026-03-01")
    api.clock.forward(minutes=2)
    with opened(api.url) as engine:
        with transaction(engine) as session:
            [cause] = due.settled_causes(session, api.clock.at)
            due.expand(session, cause, api.clock.at)
        # A late batch brings the new outline with it; the mark costs one look more and changes nothing.
        assert api.put("4101", batch_path("late"), batch(1, 65, 1)).status_code == 201
        assert assessments(api, patrol_path())[-1]["cause"] == "late_facts"
        with transaction(engine) as session:
            assert judge_again(session, named("patrol-1"), api.clock.at, None).outcome == "same"
        with reading(engine) as session:
            assert session.exec(select(ReassessDue)).all() == []
    assert len(assessments(api, patrol_path())) == 2


def test_a_patrol_linked_to_a_window_is_judged_again_by_the_windows_day(api: Api) -> None:
    linked_at_night(api)
    assert window_result(api.url, "NIGHT").verified_ms > 0
    redraw(api, "TGP-1", ELSEWHERE, "2026-03-03")
    assert settle(api) == (1, 1)
    assert window_result(api.url, "NIGHT").verified_ms == 0
    assert assessments(api, patrol_path("at night"))[-1]["cause"] == "boundary"


def test_fixes_that_came_after_the_purge_are_no_stead_for_those_erased(api: Api) -> None:
    hour_inside(api, "4101", "patrol-1", "phone-1", 0, 20, window=None)
    api.clock.at = START + timedelta(days=100)
    with opened(api.url) as engine:
        purge(engine, lambda: api.clock.at, dry_run=False)
        assert api.put("4101", batch_path("late"), batch(1, 20, 40)).status_code == 201
        with transaction(engine) as session:
            assert judge_again(session, named("patrol-1"), api.clock.at, WHY).outcome == "erased"


def test_judging_again_neither_holds_a_result_back_nor_holds_it_longer(api: Api) -> None:
    hour_inside(api, "4101", "told at once", "phone-1", 0, 20, window=None)
    assert bring(api, "2026-03-02,officer_first_minutes,120").status_code == 200
    assert settle(api) == (1, 1)
    hour_inside(api, "4102", "the officer first", "phone-2", 30, 20, window=None)

    def until() -> dict[UUID, datetime]:
        with opened(api.url) as engine, reading(engine) as session:
            return {row.patrol_id: row.until_at for row in session.exec(select(OfficerFirst)).all()}

    before = until()
    assert list(before) == [named("the officer first")]
    redraw(api, "TGP-1", ELSEWHERE, "2026-03-01")
    assert settle(api) == (2, 2)
    assert assessments(api, patrol_path("told at once"))[-1]["cause"] == "boundary"
    assert until() == before


def test_a_patrol_taken_back_stays_as_it_was_judged(api: Api) -> None:
    hour_inside(api, "4101", "patrol-1", "phone-1", 0, 65)
    taken = {"reason": "Checked in by mistake."}
    assert api.put("4101", f"{patrol_path()}/void", taken).status_code == 201
    before = held(api.url)
    redraw(api, "TGP-1", ELSEWHERE, "2026-03-01")
    assert settle(api) == (1, 1)
    assert held(api.url) == before
    assert due_patrols(api.url) == set()
