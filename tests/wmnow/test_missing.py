"""What a full export leaves out is missing there; what it has is not, whatever is wrong with it."""

import pytest
from sqlalchemy import update
from sqlmodel import Session, col

from app.wmnow.models import WmnowRecord
from tests.conftest import Api
from tests.imports.test_routes import codes
from tests.people import change
from tests.wmnow.test_files import PLANNER, ROW, SERGEANT, bring, counts
from tests.wmnow.test_storing import held


def test_what_a_full_export_leaves_out_is_marked_and_comes_back(api: Api) -> None:
    def at(number: int, day: int) -> dict[str, str]:
        return ROW | {"Reference": f"T-{number}", "Date and time": f"{day:02}/02/2026 10:00"}

    everything = [at(number, number) for number in range(1, 6)]
    bring(api, *everything)
    part = [everything[0], everything[2], everything[3]]
    tried = bring(api, *part, complete_list=True, dry_run=True)
    assert counts(tried)["missing"] == 1
    assert tried.json()["changes"][-1]["key"] == "T-2"
    assert held(api.url)["T-2"].missing_since is None
    assert counts(bring(api, *part, complete_list=True))["missing"] == 1
    missing = {name for name, row in held(api.url).items() if row.missing_since is not None}
    assert missing == {"T-2"}
    listed = api.get(SERGEANT, "/v1/wmnow/records", missing="true").json()["items"]
    assert [each["source_record_id"] for each in listed] == ["T-2"]
    assert counts(bring(api, *part, complete_list=True, dry_run=True))["missing"] == 0
    bring(api, *everything, complete_list=True)
    assert held(api.url)["T-2"].missing_since is None


def test_a_row_with_a_fault_is_not_missing(api: Api) -> None:
    first, second, third = (
        ROW | {"Reference": f"T-{day}", "Date and time": f"0{day}/02/2026 10:00"} for day in (1, 2, 3)
    )
    bring(api, first, second, third)
    bad = second | {"Number of people": "many"}
    answer = bring(api, first, bad, third, complete_list=True, only_good_rows=True)
    assert counts(answer) == {
        "rows": 3,
        "new": 0,
        "changed": 0,
        "ended": 0,
        "unchanged": 2,
        "errors": 1,
        "missing": 0,
    }


def in_february(**of: str) -> list[dict[str, str]]:
    """Rows of the first, second … of February, by their ids, with how many people each reached."""
    return [
        ROW | {"Reference": name, "Date and time": f"{day:02}/02/2026 10:00", "Number of people": people}
        for day, (name, people) in enumerate(of.items(), 1)
    ]


def test_a_row_that_the_latest_full_export_has_is_not_missing_though_it_changes_nothing(api: Api) -> None:
    version = {"Version": "2"}
    first, stale, erased, last = (one | version for one in in_february(A="1", B="1", C="1", D="1"))
    bring(api, first, stale, erased, last)

    def let_go(session: Session) -> None:
        session.execute(
            update(WmnowRecord).where(col(WmnowRecord.source_record_id) == "C").values(erased_at=api.clock.at)
        )

    change(api.url, let_go)
    assert counts(bring(api, first, last, complete_list=True))["missing"] == 2
    late = [stale | {"Version": "1", "Number of people": "2"}, erased]
    again = bring(api, first, *late, last, complete_list=True)
    assert [code for _, code, _ in codes(again)] == ["stale", "erased"]
    assert {name: row.missing_since for name, row in held(api.url).items()} == dict.fromkeys("ABCD")
    assert held(api.url)["B"].people_reached == 1
    bring(api, first, last, complete_list=True)
    faulty = stale | {"Number of people": "many"}
    bring(api, first, faulty, erased, last, complete_list=True, only_good_rows=True)
    assert {name: row.missing_since for name, row in held(api.url).items()} == dict.fromkeys("ABCD")


def bare(*rows: dict[str, str]) -> list[dict[str, str]]:
    return [{name: value for name, value in row.items() if name != "Reference"} for row in rows]


def test_a_row_with_a_fault_and_no_id_is_not_missing(api: Api) -> None:
    first, second, third = bare(*in_february(A="1", B="2", C="3"))
    bring(api, first, second, second, third)
    options = {"complete_list": True, "only_good_rows": True}
    wrong = bring(api, first, second | {"Number of people": "many"}, second, third, **options)
    assert counts(wrong)["errors"] == 1 and counts(wrong)["missing"] == counts(wrong)["changed"] == 0
    assert "missing-unsure" not in wrong.text
    assert not [row for row in held(api.url).values() if row.missing_since]
    (left_out,) = api.get(PLANNER, "/v1/wmnow/rejected").json()["items"]
    assert left_out["source_record_id"] in held(api.url), "known by its cells, as the next file knows it"


@pytest.mark.parametrize(
    "fault", [{"Date and time": "Tuesday"}, {"Collar number": "12345678901234567", "Method": "x" * 65}]
)
def test_a_fault_in_what_a_row_is_known_by_makes_what_is_missing_unsure(
    api: Api, fault: dict[str, str]
) -> None:
    first, second, third = bare(*in_february(A="1", B="2", C="3"))
    bring(api, first, second, third)
    answer = bring(api, first, second | fault, third, complete_list=True, only_good_rows=True)
    assert counts(answer)["missing"] == 1
    assert [told for told in codes(answer) if told[1] == "missing-unsure"] == [
        (None, "missing-unsure", "warning")
    ]
    assert "missing-unsure" not in bring(api, first, third, complete_list=True).text
