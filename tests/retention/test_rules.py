"""Which rule holds on a day, and what a file of rules may change."""

from datetime import UTC, date, datetime

from app.imports.rows import Row
from app.retention.rules import BUILT_IN, RecordClass, Rule, RuleRow, plan_rules, rule_in_force

POSITIONS, ASIDE = RecordClass.POSITIONS, RecordClass.KEPT_ASIDE
TODAY = date(2026, 3, 2)


def row(number: int, days: int, valid_from: date, record_class: RecordClass = POSITIONS) -> Row[RuleRow]:
    return Row(number, RuleRow(record_class=record_class, days=days, valid_from=valid_from), None)


def test_the_latest_that_has_begun_holds() -> None:
    held = [Rule(POSITIONS, 30, date(2026, 3, 1)), Rule(POSITIONS, 60, date(2026, 4, 1))]
    assert rule_in_force(held, POSITIONS, date(2026, 2, 28)) == BUILT_IN[POSITIONS]
    assert rule_in_force(held, POSITIONS, date(2026, 3, 1)).days == 30
    assert rule_in_force(held, POSITIONS, date(2026, 4, 1)).days == 60
    assert rule_in_force(held, ASIDE, date(2026, 4, 1)) == BUILT_IN[ASIDE]


def test_what_is_older_than_the_days_goes() -> None:
    assert Rule(POSITIONS, 90).cutoff(datetime(2026, 5, 31, 12, tzinfo=UTC)) == datetime(
        2026, 3, 2, 12, tzinfo=UTC
    )


def test_a_shorter_rule_is_a_change_with_a_warning_and_the_same_is_none() -> None:
    planned = plan_rules([row(1, 60, TODAY)], [], TODAY)
    assert planned.rules == (Rule(POSITIONS, 60, TODAY),)
    assert [(one.before, one.after) for one in planned.changes] == [("90", "60")]
    assert [one.code for one in planned.findings] == ["shorter"]
    again = plan_rules([row(1, 60, TODAY)], planned.rules, TODAY)
    assert (again.rules, again.changes, again.unchanged) == ((), (), 1)


def test_the_past_and_a_day_that_has_a_rule_are_refused() -> None:
    held = [Rule(POSITIONS, 60, date(2026, 4, 1))]
    planned = plan_rules([row(1, 10, date(2026, 3, 1)), row(2, 400, date(2026, 4, 1))], held, TODAY)
    assert [(one.row, one.code) for one in planned.findings] == [(1, "in-the-past"), (2, "held")]
    assert planned.rules == ()
