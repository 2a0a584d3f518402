"""The tracker's rows and our engagements side by side: every sum held against loops, and the story of how they come."""

import csv
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import bindparam, event, select

from app.database.durations import whole_minutes
from app.tables import METADATA
from app.wmnow.ranks import nearest_rank
from tests.audit.test_events import Log
from tests.compliance.test_window_compliance import keep
from tests.compliance.wide_force import wide_force
from tests.conftest import Api, named
from tests.databases import Databases
from tests.wmnow import both_systems as loops
from tests.wmnow.both_systems import BothSystems, both_systems
from tests.wmnow.test_files import ROW, bring, counts
from tests.wmnow.test_messages import Sender
from tests.wmnow.tracker import asking, item

PATH = "/v1/wmnow/reconciliation"
NUMBERS = (
    "imported", "unchanged", "changed", "deleted", "tracker", "missing_in_source", "id_derived", "unknown_words",
    "without_officer", "ours", "linked", "linked_ours", "only_tracker", "only_ours", "total", "hotspot_contacts",
)  # fmt: skip
# Over the night the clocks go forward, the night they go back, and the end of a year with 53 weeks.
STORIES = [(11, date(2026, 3, 23), 14), (12, date(2026, 10, 19), 12), (13, date(2026, 12, 24), 17)]
PLANNER, SERGEANT, COMMANDER = "4131", "4111", "4121"


@pytest.fixture(params=STORIES, ids=["spring", "autumn", "week 53"])
def both(api: Api, request: pytest.FixtureRequest) -> BothSystems:
    made = both_systems(request.param[0], wide_force(*request.param))
    keep(api, *made.force.rows(), *made.rows())
    api.clock.at = made.force.now
    return made


@pytest.fixture
def spring(api: Api) -> BothSystems:
    made = both_systems(STORIES[0][0], wide_force(*STORIES[0]))
    keep(api, *made.force.rows(), *made.rows())
    api.clock.at = made.force.now
    return made


def asked(api: Api, collar: str, **params: Any) -> dict[str, Any]:
    answer = api.get(collar, PATH, **params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def row_key(each: Any) -> tuple[str | None, str]:
    return loops.lpa_of(each.area_id), loops.week_of(each.occurred_at)


@pytest.mark.parametrize("collar", ["4111", "4112", "4121", "4131", "4133"])
def test_every_sum_is_that_of_the_loops(api: Api, both: BothSystems, collar: str) -> None:
    told = asked(api, collar, **both.force.period)
    sums, lags = loops.counted(both, collar, row_key), loops.lags(both, collar, row_key)
    not_held, outdated, without_time = loops.refused(both, collar, row_key)
    sergeant = collar in ("4111", "4112")
    rows = {(row["lpa"]["code"], row["week"]): row for row in told["rows"]}
    assert len(rows) == len(told["rows"]) and set(rows) >= {*sums, *lags, *([] if sergeant else not_held)}
    assert len(sums) >= 2
    for key, row in [*rows.items(), (None, told["totals"])]:
        numbers = {name: (sums.get(key) or {}).get(name, 0) for name in NUMBERS}
        seconds = lags.get(key, [])
        refused, older = not_held.get(key, 0), outdated.get(key, 0)
        if key is None:
            numbers = {name: sum(each.get(name, 0) for each in sums.values()) for name in NUMBERS}
            seconds = [each for some in lags.values() for each in some]
            refused, older = sum(not_held.values()), sum(outdated.values())
        assert {name: row[name] for name in NUMBERS} == numbers, key
        assert row["total"] == row["ours"] + row["tracker"] - row["linked"]
        after = [each for each in seconds if each >= 0]
        assert row["lag"] == {
            "records": len(after),
            "typed_before": len(seconds) - len(after),
            **{f"p{percent}_minutes": loops.ranked(after, percent) for percent in (50, 90, 95)},
        }
        if sergeant:
            assert (row["rejected"], row["outdated"], row["source_rows"]) == (None, None, None)
        else:
            found = row["rejected"], row["outdated"], row["source_rows"]
            assert found == (refused, older, numbers["imported"] + refused)
    assert told["rejected_without_time"] == (None if sergeant else without_time)


def test_the_made_up_systems_hold_what_the_sums_are_of(both: BothSystems) -> None:
    """So that a sum of nothing is not taken for a right one."""
    found = loops.counted(both, PLANNER, lambda _: None)[None]
    assert all(found[name] for name in NUMBERS)
    not_held, outdated, without_time = loops.refused(both, PLANNER, lambda _: None)
    assert not_held[None] and outdated[None] and without_time
    assert None in {loops.lpa_of(each.area_id) for each in both.records}


def test_the_file_says_what_the_answer_says_and_links_lead_to_the_rows(api: Api, spring: BothSystems) -> None:
    told = asked(api, PLANNER, **spring.force.period)
    file = api.get(PLANNER, PATH, format="csv", **spring.force.period).text.removeprefix("\ufeff")
    lines = list(csv.DictReader(StringIO(file)))
    assert len(lines) == len(told["rows"]) + 1
    for line, row in zip(lines, [*told["rows"], told["totals"]], strict=True):
        assert {name: line[name] for name in NUMBERS} == {name: str(row[name]) for name in NUMBERS}
        assert line["lag_p90_minutes"] == (
            "" if row["lag"]["p90_minutes"] is None else str(row["lag"]["p90_minutes"])
        )
    for row in asked(api, COMMANDER, **spring.force.period)["rows"]:
        if row["lpa"]["code"] == "NORTH":
            records = api.get(COMMANDER, row["links"]["records"]).json()["items"]
            assert len(records) == row["tracker"]
            deleted = api.get(COMMANDER, row["links"]["deleted"]).json()["items"]
            assert len(deleted) == row["deleted"]
            assert len(api.get(COMMANDER, row["links"]["engagements"]).json()["items"]) == (
                row["ours"] + row["hotspot_contacts"]
            )


def test_the_page_says_it_in_words(api: Api, spring: BothSystems) -> None:
    told = asked(api, PLANNER, **spring.force.period)["totals"]
    page = api.get(PLANNER, PATH, format="html", **spring.force.period)
    assert f"{told['total']} engagements on record" in page.text and "<td>without LPA</td>" in page.text
    assert "<script" not in page.text and "no-store" in page.headers["cache-control"]
    sergeant = api.get(SERGEANT, PATH, format="html", **spring.force.period).text
    assert "rows that WMNow sent" not in sergeant and "Rejected rows have no team" in sergeant


def test_more_rows_cost_no_more_statements(api: Api, spring: BothSystems) -> None:
    statements: list[str] = []
    engine = api.client.app.state.engine  # type: ignore[attr-defined]
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    counts = set()
    for days in (1, 14):
        statements.clear()
        until = spring.force.begins + timedelta(days=days)
        asked(api, PLANNER, **{**spring.force.period, "to": until.isoformat().replace("+00:00", "Z")})
        counts.add(sum("SELECT" in each and "audit" not in each for each in statements))
    assert len(counts) == 1 and max(counts) <= 15


def test_looking_is_logged_and_a_wrong_period_refused(api: Api, spring: BothSystems) -> None:
    (looked,) = Log(api).of(api.get(PLANNER, PATH, **spring.force.period))
    assert (looked.operation, looked.actor_id) == ("wmnow.reconciliation", named(PLANNER))
    turned = {"from": spring.force.period["to"], "to": spring.force.period["from"]}
    assert api.get(PLANNER, PATH, **turned).status_code == 422
    assert (
        api.get(PLANNER, PATH, **{**spring.force.period, "from": "2010-01-01T00:00:00Z"}).status_code == 422
    )
    assert api.get("4101", PATH).status_code == 403


def test_from_file_pull_and_message_to_one_total(api: Api, databases: Databases) -> None:
    """One by each way, one of ours beside; what is linked counts once from then on."""
    surgery = {"occurred_at": "2026-03-02T18:00:00Z", "engagement_type": "BEAT_SURGERY", "people_reached": 12}
    assert api.put("4101", f"/v1/engagements/{named('ours')}", surgery).status_code == 201
    bad = {**ROW, "Reference": "T-2", "Number of people": "many"}
    assert counts(bring(api, ROW, bad, only_good_rows=True))["errors"] == 1
    with asking(api.url, api.clock, databases.served(api.url)) as feed:
        feed.tracker.put(item(1, occurred_at="2026-03-01T09:00:00Z", recorded_at="2026-03-01T10:00:00Z"))
        feed.pull()
    sender = Sender(api)
    told = {"engagement_type": "BEAT_SURGERY", "recorded_by": {"collar_number": "4101"}}
    sender.tell("msg_1", 2, occurred_at="2026-03-02T18:10:00Z", recorded_at="2026-03-02T18:20:00Z", **told)
    sender.read()
    sender.engine.dispose()

    before = asked(api, PLANNER)["totals"]
    names = ("source_rows", "imported", "rejected", "ours", "tracker", "linked", "total")
    assert [before[name] for name in names] == [4, 3, 1, 1, 3, 0, 4]
    assert before["lag"]["records"] == 2 and before["lag"]["p90_minutes"] == 60

    one = api.get(SERGEANT, "/v1/wmnow/suggestions").json()["items"][0]
    assert api.put(SERGEANT, f"{one['decide_at']}{uuid4()}", one["ready"]).status_code == 201
    after = asked(api, PLANNER)["totals"]
    assert [after[name] for name in names] == [4, 3, 1, 1, 3, 1, 3]
    assert (after["only_ours"], after["only_tracker"], after["linked_ours"]) == (0, 2, 1)

    good = {**bad, "Number of people": "3"}
    assert bring(api, ROW, good).status_code == 200
    mended = asked(api, PLANNER)["totals"]
    assert [mended[name] for name in names] == [4, 4, 0, 1, 4, 1, 4]


def test_our_report_says_that_it_is_of_ours_alone_and_where_both_are(api: Api) -> None:
    notes = " ".join(api.get(PLANNER, "/v1/engagements/report").json()["notes"])
    assert "our own records only" in notes and PATH in notes


@pytest.mark.parametrize(
    ("values", "percent", "wanted"),
    [
        ([], 50, None),
        ([7], 1, 7),
        ([1, 2, 3, 4], 50, 2),
        ([1, 2, 3, 4, 5], 50, 3),
        ([2, 1], 51, 2),
        ([3, 1, 2], 100, 3),
    ],
)
def test_percentiles_are_values_that_occurred(values: list[int], percent: int, wanted: int | None) -> None:
    assert nearest_rank(values, percent) == wanted


@pytest.mark.parametrize("collar", ["4111", "4121", "4131", "4133"])
def test_links_lead_where_whoever_is_shown_them_may_go(api: Api, spring: BothSystems, collar: str) -> None:
    leads = {"4111": 5, "4121": 5, "4131": 0, "4133": 0}
    for path in (PATH, "/v1/wmnow/under-recording"):
        rows = api.get(collar, path, **spring.force.period).json()["rows"]
        of_place = [row["links"] for row in rows if (row.get("lpa") or row["team"])["id"] is not None]
        assert {len(links) for links in of_place} == {leads[collar]}
        for link in of_place[0].values():
            assert api.get(collar, link).status_code == 200, link
    page = api.get(collar, "/v1/wmnow/under-recording", format="html", **spring.force.period).text
    assert ("<a href" in page) == (leads[collar] > 0) and ">NORTH-1<" in page


def test_what_is_too_long_to_be_compared_at_once_is_not_led_to(api: Api, spring: BothSystems) -> None:
    year = {**spring.force.period, "from": "2025-04-01T00:00:00Z"}
    rows = api.get(SERGEANT, "/v1/wmnow/under-recording", **year).json()["rows"]
    assert {tuple(row["links"]) for row in rows} == {("records", "deleted", "missing", "engagements")}


def test_a_minute_is_full_to_the_microsecond(api: Api, spring: BothSystems) -> None:
    """Lags of just under and exactly so many minutes, over a leap of the clocks and a change of year."""
    engine = api.client.app.state.engine  # type: ignore[attr-defined]
    for at in (
        "2026-03-02T09:59:59.999999",
        "2026-03-29T00:59:59.000001",
        "2025-12-31T23:59:30",
        "2026-02-28T23:00",
    ):
        first = datetime.fromisoformat(at).replace(tzinfo=UTC)
        for seconds in (0, 59.999999, 60, 119.999999, 3600, 86_399.999999, 86_400, 31_536_000):
            last = first + timedelta(seconds=seconds)
            columns = [
                bindparam(name, value, METADATA.tables["wmnow_records"].c.occurred_at.type)
                for name, value in (("a", first), ("b", last))
            ]
            with engine.connect() as connection:
                assert connection.execute(select(whole_minutes(*columns))).scalar_one() == int(seconds // 60)
