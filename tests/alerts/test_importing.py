"""What a file of alert rules may change, and what it does when it is brought in."""

from datetime import date

from app.alerts.importing import RuleRow, plan_rules
from app.alerts.rules import AlertKind, Applies
from app.imports.rows import Row
from tests.conftest import Api

TODAY = date(2026, 3, 2)
HEAD = "kind,applies,after_minutes,escalates_minutes,valid_from\n"


def row(
    number: int, kind: AlertKind, after: int, day: date = TODAY, applies: Applies = Applies.ALWAYS
) -> Row[RuleRow]:
    values = RuleRow(kind=kind, applies=applies, after_minutes=after, escalates_minutes=30, valid_from=day)
    return Row(number, values, None)


def test_a_rule_is_a_change_once() -> None:
    planned = plan_rules([row(1, AlertKind.SILENT_PHONE, 10)], [], TODAY)
    assert [(one.before, one.after, one.fields) for one in planned.changes] == [
        ("always 15 30", "always 10 30", ("after_minutes",))
    ]
    again = plan_rules([row(1, AlertKind.SILENT_PHONE, 10)], planned.rules, TODAY)
    assert (again.changes, again.unchanged) == ((), 1)
    assert plan_rules([row(1, AlertKind.SILENT_PHONE, 15)], [], TODAY).unchanged == 1


def test_the_past_a_day_that_has_a_rule_and_names_where_there_are_none_are_refused() -> None:
    held = plan_rules([row(1, AlertKind.SILENT_PHONE, 10, date(2026, 4, 1))], [], TODAY).rules
    planned = plan_rules(
        [
            row(1, AlertKind.SILENT_PHONE, 5, date(2026, 3, 1)),
            row(2, AlertKind.SILENT_PHONE, 5, date(2026, 4, 1)),
            row(3, AlertKind.REVIEW_WAITING, 5, TODAY, Applies.BY_NAME),
        ],
        held,
        TODAY,
    )
    assert {(one.row, one.code) for one in planned.findings} == {
        (1, "in-the-past"), (2, "held"), (3, "knows-no-names"),
    }  # fmt: skip
    assert planned.rules == ()


def test_a_force_sets_its_rules_by_a_file(api: Api) -> None:
    text = HEAD + "SILENT_PHONE,always,10,45,2026-03-02\nWINDOW_UNASSIGNED,never,60,0,2026-03-03\n"
    headers = api.as_officer("4134", **{"Content-Type": "text/csv"})
    dry = api.client.post(
        "/v1/imports/alert-rules", params={"dry_run": "true"}, content=text.encode(), headers=headers
    )
    assert dry.status_code == 200, dry.text
    assert len(api.get("4134", "/v1/alert-rules").json()["items"]) == 6
    done = api.client.post("/v1/imports/alert-rules", content=text.encode(), headers=headers)
    assert done.status_code in (200, 201), done.text
    items = api.get("4101", "/v1/alert-rules").json()["items"]
    silent = [(one["after_minutes"], one["in_force"]) for one in items if one["kind"] == "SILENT_PHONE"]
    assert silent == [(15, False), (10, True)]
    unassigned = [(one["applies"], one["in_force"]) for one in items if one["kind"] == "WINDOW_UNASSIGNED"]
    assert unassigned == [("by_name", True), ("never", False)]
