"""Which alerts are due, worked by hand: at which minute, for whom, why over."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.alerts.rules import (
    BUILT_IN,
    AlertKind,
    Applies,
    Clearing,
    Facts,
    FeedFacts,
    PatrolFacts,
    Rule,
    WindowFacts,
    due,
    rules_on,
    why_over,
)
from app.clock import LONDON
from app.schedule.windows import WindowState, usual_end
from tests.conftest import named

START = datetime(2026, 3, 2, 19, tzinfo=UTC)
END = START + timedelta(hours=2)
DAY = timedelta(days=1)
KINDS = AlertKind
# A window that is given to nobody by name.
NOBODY = {"named": False, "going": False}


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def window(**other: Any) -> WindowFacts:
    values: dict[str, Any] = {
        "window_id": named("w"), "team_id": named("NORTH-1"), "area_id": named("NORTH"),
        "state": WindowState.PUBLISHED, "starts_at": START, "ends_at": END, "published_at": START - 9 * DAY,
        "named": True, "going": True, "team_names": True, "attended": False, "decided": False,
    }  # fmt: skip
    return WindowFacts(**{**values, **other})


def patrol(**other: Any) -> PatrolFacts:
    values: dict[str, Any] = {
        "patrol_id": named("p"), "team_id": named("NORTH-1"), "area_id": named("NORTH"), "officer_id": named("4101"),
        "started_at": START, "window_ends_at": END, "last_fix_at": at(30), "checked_out": False,
        "auto_ended_at": None, "voided": False, "decided": False,
    }  # fmt: skip
    return PatrolFacts(**{**values, **other})


def kinds(facts: Facts, now: datetime, *own: Rule) -> set[AlertKind]:
    rules = {**BUILT_IN, **{rule.kind: rule for rule in own}}
    return {one.kind for one in due(facts, rules, now)}


@pytest.mark.parametrize(
    ("minutes", "due_then"),
    [(-60, False), (0, False), (19.99, False), (20, True), (119.99, True), (120, False)],
)
def test_no_check_in_from_twenty_minutes_in_to_the_end(minutes: float, due_then: bool) -> None:
    assert (AlertKind.NO_CHECK_IN in kinds(window(), at(minutes))) is due_then


@pytest.mark.parametrize(
    "other",
    [
        {"attended": True},
        {"decided": True},
        {"state": WindowState.CANCELLED},
        {"state": WindowState.MOVED},
        {"state": WindowState.PLANNED},
    ],
)
def test_nothing_is_missed_where_somebody_came_or_nobody_need(other: dict[str, Any]) -> None:
    assert kinds(window(**other), at(60)) == set()
    assert kinds(window(**NOBODY, **other), at(-60)) == set()


def test_a_window_published_late_is_given_its_twenty_minutes() -> None:
    late = window(published_at=at(30))
    assert kinds(late, at(49)) == set()
    assert kinds(late, at(50)) == {KINDS.NO_CHECK_IN}


def test_those_tasked_by_name_are_told_first_and_a_teams_window_is_its_supervisors_at_once() -> None:
    (by_name,) = due(window(), BUILT_IN, at(20))
    (of_team,) = due(window(**NOBODY), BUILT_IN, at(20))
    assert (by_name.escalates, of_team.escalates) == (timedelta(minutes=20), timedelta(0))


@pytest.mark.parametrize(("hours", "due_then"), [(-24.01, False), (-24, True), (-0.01, True), (0, False)])
def test_unassigned_from_a_day_before_to_the_start(hours: float, due_then: bool) -> None:
    assert (kinds(window(**NOBODY), START + timedelta(hours=hours)) != set()) is due_then


def test_only_teams_that_work_by_names_miss_one_unless_the_force_says_otherwise() -> None:
    unnamed = window(**NOBODY, team_names=False)
    kind = KINDS.WINDOW_UNASSIGNED
    assert kinds(unnamed, at(-60)) == set()
    assert kinds(unnamed, at(-60), Rule(kind, Applies.ALWAYS, 120, 0)) == {kind}
    assert kinds(unnamed, at(-121), Rule(kind, Applies.ALWAYS, 120, 0)) == set()
    assert kinds(window(**NOBODY), at(-60), Rule(kind, Applies.NEVER, 120, 0)) == set()
    only_named = Rule(KINDS.NO_CHECK_IN, Applies.BY_NAME, 20, 20)
    assert kinds(window(**NOBODY), at(60), only_named) == set()
    assert kinds(window(), at(60), only_named) == {KINDS.NO_CHECK_IN}


def test_where_all_named_for_declined_it_is_still_a_window_given_by_name() -> None:
    declined = window(going=False)
    only_named = Rule(KINDS.NO_CHECK_IN, Applies.BY_NAME, 20, 20)
    assert kinds(declined, at(-60)) == {KINDS.WINDOW_UNASSIGNED}
    assert kinds(declined, at(60), only_named) == {KINDS.NO_CHECK_IN}
    (one,) = due(declined, {**BUILT_IN, KINDS.NO_CHECK_IN: only_named}, at(20))
    assert one.escalates == timedelta(0)


def test_another_team_is_another_alert() -> None:
    (one,) = due(window(**NOBODY), BUILT_IN, at(-60))
    (other,) = due(window(**NOBODY, team_id=named("SOUTH-1")), BUILT_IN, at(-60))
    assert one.key != other.key


def test_a_phone_is_silent_from_fifteen_minutes_after_it_was_last_heard() -> None:
    assert kinds(patrol(), at(44.99)) == set()
    assert kinds(patrol(), at(45)) == {KINDS.SILENT_PHONE}
    assert kinds(patrol(last_fix_at=None), at(15)) == {KINDS.SILENT_PHONE}
    # A fix before the check-in is no later sign than the check-in.
    assert kinds(patrol(last_fix_at=at(-10)), at(14)) == set()
    # A phone whose clock is ahead was heard now, at the latest.
    assert kinds(patrol(last_fix_at=at(600)), at(60)) == set()


def test_each_silence_is_its_own() -> None:
    (first,) = due(patrol(last_fix_at=at(30)), BUILT_IN, at(60))
    (still,) = due(patrol(last_fix_at=at(30)), BUILT_IN, at(90))
    (second,) = due(patrol(last_fix_at=at(70)), BUILT_IN, at(90))
    assert first.key == still.key != second.key


def test_how_far_a_patrol_has_come_is_nobodys_else_where_results_are_the_officers_first() -> None:
    (held,) = due(patrol(held=True), BUILT_IN, at(60))
    assert held.escalates is None


def test_after_the_windows_end_a_silent_phone_is_a_missing_check_out() -> None:
    silent = patrol(last_fix_at=at(100))
    assert kinds(silent, at(134)) == {KINDS.SILENT_PHONE}
    assert kinds(silent, at(135)) == {KINDS.FORGOTTEN_CHECK_OUT}
    # Whoever stays on and reports has forgotten nothing.
    assert kinds(patrol(last_fix_at=at(180)), at(185)) == set()
    assert kinds(patrol(last_fix_at=at(180)), at(195)) == {KINDS.FORGOTTEN_CHECK_OUT}


def test_without_a_window_a_check_out_is_missed_when_policy_closes_the_patrol() -> None:
    free = patrol(window_ends_at=None)
    assert kinds(free, at(45)) == {KINDS.SILENT_PHONE}
    assert kinds(free, at(59)) == {KINDS.SILENT_PHONE}
    assert kinds(free, at(60)) == {KINDS.FORGOTTEN_CHECK_OUT}


def test_a_patrol_closed_by_policy_asks_for_a_week_unless_it_is_decided() -> None:
    closed = patrol(auto_ended_at=at(150))
    assert kinds(closed, at(160)) == {KINDS.FORGOTTEN_CHECK_OUT}
    assert kinds(closed, at(149) + 7 * DAY) == {KINDS.FORGOTTEN_CHECK_OUT}
    assert kinds(closed, at(150) + 7 * DAY) == set()
    for mended in ({"checked_out": True}, {"voided": True}, {"decided": True}):
        assert kinds(replace(closed, **mended), at(160)) == set()  # type: ignore[arg-type]


def test_a_decision_is_waited_for_two_days_and_no_longer_than_sixty() -> None:
    waits = window(waits_since=END + DAY)
    assert kinds(waits, END + 3 * DAY - timedelta(seconds=1)) == set()
    assert kinds(waits, END + 3 * DAY) == {KINDS.REVIEW_WAITING}
    assert kinds(waits, START + 60 * DAY) == set()
    disputed = patrol(checked_out=True, waits_since=at(0))
    assert kinds(disputed, at(0) + 2 * DAY) == {KINDS.REVIEW_WAITING}
    assert [one.officer_id for one in due(disputed, BUILT_IN, at(0) + 2 * DAY)] == [None]


@pytest.mark.parametrize(
    ("starts_at", "ends_on_clocks"),
    [
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "03:30"),
        (datetime(2026, 10, 24, 23, 30, tzinfo=UTC), "01:30"),
    ],
)
def test_minutes_are_real_ones_in_the_nights_the_clocks_change(
    starts_at: datetime, ends_on_clocks: str
) -> None:
    ends_at = usual_end(starts_at)
    assert f"{ends_at.astimezone(LONDON):%H:%M}" == ends_on_clocks
    night = window(starts_at=starts_at, ends_at=ends_at, published_at=starts_at - DAY)
    real = [kinds(night, starts_at + timedelta(minutes=minutes)) != set() for minutes in (19, 20, 119, 120)]
    assert real == [False, True, True, False]


WINDOW_ENDINGS: list[tuple[AlertKind, dict[str, Any], float, Clearing]] = [
    (KINDS.WINDOW_UNASSIGNED, {}, -60, Clearing.ASSIGNED),
    (KINDS.WINDOW_UNASSIGNED, NOBODY, 0, Clearing.WINDOW_BEGAN),
    (KINDS.WINDOW_UNASSIGNED, {**NOBODY, "attended": True}, -5, Clearing.CHECKED_IN),
    (KINDS.WINDOW_UNASSIGNED, {**NOBODY, "team_names": False}, -5, Clearing.NO_LONGER),
    (KINDS.NO_CHECK_IN, {"attended": True}, 300, Clearing.CHECKED_IN),
    (KINDS.NO_CHECK_IN, {}, 120, Clearing.WINDOW_OVER),
    (KINDS.NO_CHECK_IN, {"decided": True}, 50, Clearing.DECIDED),
    (KINDS.NO_CHECK_IN, {"state": WindowState.CANCELLED, "attended": True}, 50, Clearing.CANCELLED),
    (KINDS.WINDOW_UNASSIGNED, {"state": WindowState.MOVED}, -60, Clearing.MOVED),
    (KINDS.REVIEW_WAITING, {"decided": True}, 9_000, Clearing.DECIDED),
    (KINDS.REVIEW_WAITING, {}, 9_000, Clearing.NO_LONGER),
    (KINDS.REVIEW_WAITING, {"waits_since": END}, 60 * 24 * 60, Clearing.TOO_OLD),
]


@pytest.mark.parametrize(("kind", "other", "minutes", "reason"), WINDOW_ENDINGS)
def test_why_an_alert_of_a_window_is_over(
    kind: AlertKind, other: dict[str, Any], minutes: float, reason: Clearing
) -> None:
    facts = window(**other)
    assert kind not in kinds(facts, at(minutes))
    assert why_over(kind, "", facts, at(minutes)) is reason


HEARD_AT_30 = str(int(at(30).timestamp() * 1000))
PATROL_ENDINGS: list[tuple[AlertKind, dict[str, Any], float, Clearing]] = [
    (KINDS.SILENT_PHONE, {"last_fix_at": at(58)}, 60, Clearing.REPORTING),
    (KINDS.SILENT_PHONE, {"checked_out": True}, 60, Clearing.CHECKED_OUT),
    (KINDS.SILENT_PHONE, {"voided": True}, 60, Clearing.VOIDED),
    (KINDS.SILENT_PHONE, {"window_ends_at": None, "auto_ended_at": at(60)}, 61, Clearing.CLOSED),
    (KINDS.SILENT_PHONE, {}, 135, Clearing.WINDOW_OVER),
    (KINDS.FORGOTTEN_CHECK_OUT, {"checked_out": True, "auto_ended_at": at(150)}, 900, Clearing.CHECKED_OUT),
    (KINDS.FORGOTTEN_CHECK_OUT, {"last_fix_at": at(140)}, 145, Clearing.REPORTING),
    (KINDS.FORGOTTEN_CHECK_OUT, {"auto_ended_at": at(150), "decided": True}, 900, Clearing.DECIDED),
    (KINDS.FORGOTTEN_CHECK_OUT, {"auto_ended_at": at(150)}, 11_000, Clearing.TOO_OLD),
    (KINDS.REVIEW_WAITING, {"checked_out": True, "decided": True}, 9_000, Clearing.DECIDED),
]


@pytest.mark.parametrize(("kind", "other", "minutes", "reason"), PATROL_ENDINGS)
def test_why_an_alert_of_a_patrol_is_over(
    kind: AlertKind, other: dict[str, Any], minutes: float, reason: Clearing
) -> None:
    facts = patrol(**other)
    assert kind not in kinds(facts, at(minutes))
    assert why_over(kind, HEARD_AT_30, facts, at(minutes)) is reason


def test_the_rule_of_a_day_is_the_latest_that_has_begun() -> None:
    held = [
        Rule(KINDS.SILENT_PHONE, Applies.ALWAYS, 10, 5, date(2026, 3, 1)),
        Rule(KINDS.SILENT_PHONE, Applies.NEVER, 10, 5, date(2026, 4, 1)),
    ]
    days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)]
    assert [rules_on(held, day)[KINDS.SILENT_PHONE].applies.value for day in days] == [
        "always", "always", "always", "never",
    ]  # fmt: skip
    assert [rules_on(held, day)[KINDS.SILENT_PHONE].after_minutes for day in days[:2]] == [15, 10]
    assert rules_on(held, days[0]) == BUILT_IN


@pytest.mark.parametrize(
    ("stopped", "failed", "occasion", "since"),
    [
        pytest.param(None, [], None, None, id="well"),
        pytest.param(None, [at(10), at(5)], None, None, id="failed twice"),
        pytest.param(None, [at(10), at(5), at(0)], "failing", at(0), id="three times"),
        pytest.param(at(12), [], "stopped", at(12), id="stopped"),
        pytest.param(at(12), [at(10), at(5), at(0)], "stopped", at(12), id="stopped after failing"),
    ],
)
def test_a_feed_is_in_trouble_when_it_stopped_or_failed_three_times(
    stopped: datetime | None, failed: list[datetime], occasion: str | None, since: datetime | None
) -> None:
    found = due(FeedFacts(named("feed"), stopped, failed, left_at=at(6)), BUILT_IN, at(20))
    assert [(one.occasion, one.since_at) for one in found] == (
        [] if occasion is None else [(occasion, since)]
    )
    for one in found:
        assert (one.feed_id, one.window_id, one.patrol_id, one.officer_id, one.place) == (
            named("feed"), None, None, None, (None, None),
        )  # fmt: skip


@pytest.mark.parametrize(("left", "told"), [(None, False), (at(6), False), (at(5), True), (at(25), False)])
def test_a_feed_is_in_trouble_when_its_reader_died_and_nobody_took_it_up(
    left: datetime | None, told: bool
) -> None:
    """A quarter of an hour after it was, or would have been, last heard of: by then the next reader has it."""
    facts = FeedFacts(named("feed"), None, [], left)
    assert [(one.occasion, one.since_at) for one in due(facts, BUILT_IN, at(20))] == (
        [("left", left)] if told else []
    )
    assert why_over(KINDS.FEED_TROUBLE, "left", facts, at(20)) is (
        Clearing.NO_LONGER if told else Clearing.FEED_GOES_ON
    )
