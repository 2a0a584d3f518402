"""What a tasking window is, at the edges: thresholds, clock changes, what may still be changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import uuid5
from zoneinfo import ZoneInfo

import pytest

from app.clock import london_day
from app.compliance.queries import MOVED_WITHIN
from app.schedule.windows import (
    MOVED_AT_MOST,
    Phase,
    WindowPlan,
    WindowState,
    WindowStatus,
    changeable,
    disclosed_span,
    edit_faults,
    move_faults,
    phase,
    plan_faults,
    provisional,
    status_of,
    usual_end,
)
from app.tracks.decision import Status
from tests.conftest import SPACE

LONDON = ZoneInfo("Europe/London")
START = datetime(2026, 3, 2, 19, tzinfo=UTC)
END = datetime(2026, 3, 2, 21, tzinfo=UTC)
PLAN = WindowPlan(
    uuid5(SPACE, "hotspot"),
    uuid5(SPACE, "team"),
    START,
    END,
    3600,
    (uuid5(SPACE, "4101"),),
    WindowState.PUBLISHED,
)


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        # Clocks go forward at 01:00 on 29 March 2026 and back at 02:00 on 25 October.
        (datetime(2026, 3, 29, 0, 30, tzinfo=LONDON), datetime(2026, 3, 29, 3, 30, tzinfo=LONDON)),
        (datetime(2026, 10, 25, 0, 30, tzinfo=LONDON), datetime(2026, 10, 25, 1, 30, tzinfo=LONDON, fold=1)),
        (datetime(2026, 6, 30, 23, 0, tzinfo=LONDON), datetime(2026, 7, 1, 1, 0, tzinfo=LONDON)),
    ],
)
def test_a_window_lasts_two_real_hours_whatever_the_clocks_do(starts: datetime, ends: datetime) -> None:
    assert usual_end(starts) == ends.astimezone(UTC)
    assert usual_end(starts) - starts.astimezone(UTC) == timedelta(hours=2)


def test_phases_are_half_open() -> None:
    tick = timedelta(microseconds=1)
    assert [phase(START, END, at) for at in (START - tick, START, END - tick, END)] == [
        Phase.AHEAD,
        Phase.RUNNING,
        Phase.RUNNING,
        Phase.OVER,
    ]


@pytest.mark.parametrize(
    ("result", "at", "on_patrol", "expected"),
    [
        (None, Phase.AHEAD, False, WindowStatus.PUBLISHED),
        (None, Phase.AHEAD, True, WindowStatus.IN_PROGRESS),
        (None, Phase.RUNNING, False, WindowStatus.PUBLISHED),
        (None, Phase.RUNNING, True, WindowStatus.IN_PROGRESS),
        (None, Phase.OVER, False, WindowStatus.NOT_ATTENDED),
        (None, Phase.OVER, True, WindowStatus.IN_PROGRESS),
        ("compliant", Phase.RUNNING, True, WindowStatus.COMPLIANT),
        ("partial", Phase.RUNNING, False, WindowStatus.IN_PROGRESS),
        ("not_attended", Phase.RUNNING, False, WindowStatus.IN_PROGRESS),
        ("partial", Phase.OVER, True, WindowStatus.IN_PROGRESS),
        ("unverified", Phase.OVER, False, WindowStatus.UNVERIFIED),
        ("reason_accepted", Phase.OVER, False, WindowStatus.REASON_ACCEPTED),
    ],
)
def test_a_published_window_cannot_have_failed_before_its_end(
    result: str | None, at: Phase, on_patrol: bool, expected: WindowStatus
) -> None:
    assert status_of(WindowState.PUBLISHED, result, at, on_patrol) is expected


def test_what_was_called_off_stays_called_off_whatever_was_patrolled() -> None:
    for state, result, at, on_patrol in product(WindowState, (None, "compliant"), Phase, (False, True)):
        if state is not WindowState.PUBLISHED:
            assert status_of(state, result, at, on_patrol).value == state.value.lower()


def test_every_result_of_a_window_is_a_status_of_it() -> None:
    for result in set(Status) - {Status.NO_WINDOW}:
        assert status_of(WindowState.PUBLISHED, result.value, Phase.OVER, False).value == result.value


def test_a_result_is_provisional_for_a_day_and_a_decision_never() -> None:
    settled = END + timedelta(hours=24)
    assert provisional(WindowStatus.NOT_ATTENDED, END, settled - timedelta(seconds=1))
    assert not provisional(WindowStatus.NOT_ATTENDED, END, settled)
    assert provisional(WindowStatus.IN_PROGRESS, END, settled)
    assert not provisional(WindowStatus.CANCELLED, END, END)


def test_crews_know_of_a_window_from_hours_before_until_hours_after() -> None:
    def known(at: datetime) -> bool:
        ended_after, starts_until = disclosed_span(at, disclosure_hours=12)
        return ended_after < END and starts_until >= START

    assert not known(START - timedelta(hours=12, seconds=1))
    assert known(START - timedelta(hours=12))
    assert known(END + timedelta(hours=8) - timedelta(seconds=1))
    assert not known(END + timedelta(hours=8))


@pytest.mark.parametrize(
    ("plan", "field", "code"),
    [
        (replace(PLAN, ends_at=START), "ends_at", "not-after-start"),
        (replace(PLAN, ends_at=START + timedelta(hours=24, seconds=1)), "ends_at", "too-long"),
        (replace(PLAN, required_seconds=7201), "required_minutes", "longer-than-window"),
        (replace(PLAN, officer_ids=PLAN.officer_ids * 2), "officer_ids", "twice"),
        (replace(PLAN, state=WindowState.MOVED), "state", "not-by-edit"),
    ],
)
def test_impossible_plans_are_named(plan: WindowPlan, field: str, code: str) -> None:
    assert [(fault.field, fault.code) for fault in plan_faults(plan)] == [(field, code)]


def test_the_longest_and_the_fullest_window_are_possible() -> None:
    assert plan_faults(replace(PLAN, required_seconds=7200)) == []
    assert plan_faults(replace(PLAN, ends_at=START + timedelta(hours=24))) == []


def test_a_published_window_keeps_its_place_and_time() -> None:
    elsewhere = replace(PLAN, hotspot_id=uuid5(SPACE, "other"), starts_at=START + timedelta(hours=1))
    assert {fault.field for fault in edit_faults(PLAN, elsewhere)} == {"hotspot_id", "starts_at"}
    assert edit_faults(replace(PLAN, state=WindowState.PLANNED), elsewhere) == []
    assert edit_faults(PLAN, replace(PLAN, officer_ids=(), required_seconds=2700)) == []
    assert [f.field for f in edit_faults(PLAN, replace(PLAN, state=WindowState.PLANNED))] == ["state"]


def test_nothing_is_changed_once_its_time_has_come() -> None:
    both = (WindowState.PLANNED, WindowState.PUBLISHED)
    assert changeable(WindowState.PUBLISHED, START, START - timedelta(seconds=1), both) is None
    assert changeable(WindowState.PUBLISHED, START, START, both) is not None
    assert changeable(WindowState.PLANNED, START, END, both) is None
    assert changeable(WindowState.CANCELLED, START, START - timedelta(days=1), both) is not None


def test_a_window_is_not_moved_to_when_somebody_happened_to_be_there() -> None:
    assert [fault.code for fault in move_faults(PLAN, START, None)] == ["not-ahead"]
    before, day = START - timedelta(seconds=1), london_day(START)
    assert move_faults(PLAN, before, None) == []
    for far, codes in ((-15, ["too-far"]), (-14, []), (14, []), (15, ["too-far"])):
        assert [fault.code for fault in move_faults(PLAN, before, day + timedelta(days=far))] == codes
    # What one in three looks for about a period holds all windows of a block.
    assert 2 * MOVED_AT_MOST <= MOVED_WITHIN
