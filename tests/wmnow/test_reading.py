"""Records of the tracker through HTTP: whose they are to see, what is told of them, and what is logged."""

from datetime import timedelta

from app.audit.models import Action
from tests.audit.test_events import Log
from tests.conftest import Api, named
from tests.wmnow.test_files import PLANNER, ROW, bring
from tests.wmnow.test_storing import INSIDE, NOON, held, record, store

LIST = "/v1/wmnow/records"


def test_who_sees_which_records(api: Api) -> None:
    store(
        api.url,
        [record("north"), record("south", collar_number="4103"), record("nobody", collar_number=None)],
    )
    seen = {
        who: {each["source_record_id"] for each in api.get(who, LIST).json()["items"]}
        for who in ("4101", "4102", "4103", "4111", "4112", "4121", "7101")
    }
    assert seen == {
        "4101": {"north"}, "4102": set(), "4103": {"south"}, "4111": {"north"}, "4112": {"south"},
        "4121": {"north"}, "7101": set(),
    }  # fmt: skip
    path = f"{LIST}/{held(api.url)['north'].id}"
    assert [api.get(who, path).status_code for who in ("4101", "4111", "4121")] == [200] * 3
    assert [api.get(who, path).status_code for who in ("4102", "4103", "4112", "7101")] == [404] * 4
    for who in ("4131", "4133", "4134"):
        assert api.get(who, path).status_code == 403, who


def test_a_record_is_told_with_its_words_and_every_look_is_logged(api: Api) -> None:
    store(
        api.url,
        [
            record(
                "1", "7", position=INSIDE, method="FACE", topics=("ASB", "Bees"), people_reached=4,
                groups_reached=[("DISABILITY", 2)], recorded_at=NOON + timedelta(hours=1), team_ref="Moon base",
            )
        ],
    )  # fmt: skip
    log = Log(api)
    answer = api.get("4111", f"{LIST}/{held(api.url)['1'].id}")
    (event,) = log.of(answer)
    assert (event.action, event.operation) == (Action.CONSULT, "wmnow-record:read")
    assert event.subjects["officer"] == [str(named("4101"))]
    told = answer.json()
    assert (told["source"], told["source_version"], told["version"]) == ("wmnow", "7", 1)
    assert told["method"] == {"code": "FACE", "label": "face to face", "unknown": False}
    assert [each["unknown"] for each in told["topics"]] == [False, True]
    assert told["groups_reached"][0]["people"] == 2
    assert told["unknown"] == ["topics:Bees", "team_ref:Moon base"]
    assert (told["lat"], told["lon"], told["precision"]) == (INSIDE[1], INSIDE[0], "exact")
    listed = api.get("4111", LIST)
    assert [event.operation for event in log.of(listed)] == ["wmnow-record:list"]


def test_pages_and_filters(api: Api) -> None:
    store(
        api.url,
        [
            record(str(number), occurred_at=NOON - timedelta(hours=number // 2), team_ref=f"{team}-1")
            for number, team in ((number, "NORTH" if number % 3 else "SOUTH") for number in range(20))
        ],
    )
    found, cursor = [], None
    for _ in range(10):
        page = api.get("4101", LIST, limit=7, **({"cursor": cursor} if cursor else {})).json()
        found += [each["source_record_id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(found, key=int) == [str(number) for number in range(20)]
    assert [int(each) // 2 for each in found] == sorted(int(each) // 2 for each in found)

    def count(**wanted: str) -> int:
        return len(api.get("4101", LIST, **wanted).json()["items"])

    assert count(team_id=str(named("SOUTH-1"))) == count(area_id=str(named("SOUTH"))) == 7
    assert count(**{"from": "2026-03-02T12:00:00Z"}) == 2
    assert count(to="2026-03-02T04:00:00Z") == 2
    assert count(engagement_type="PACT") == 0 and count(missing="true") == 0 and count(missing="false") == 20
    assert count(run_id=str(named("no run"))) == 0
    assert api.get("4101", LIST, cursor="nonsense").status_code == 422


def test_rejected_rows_page_by_page(api: Api) -> None:
    bad = [ROW | {"Reference": f"T-{number}", "Number of people": "many"} for number in range(5)]
    run = bring(api, *bad, only_good_rows=True).json()["run_id"]
    found, cursor = [], None
    while True:
        wanted = {"limit": 2, "run_id": run} | ({"cursor": cursor} if cursor else {})
        page = api.get(PLANNER, "/v1/wmnow/rejected", **wanted).json()
        found += [each["number"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == [1, 2, 3, 4, 5]
    for wrong in ("nonsense", "WyJhIiwiYiIsImMiXQ"):
        assert api.get(PLANNER, "/v1/wmnow/rejected", cursor=wrong).status_code == 422
    assert api.get("4111", "/v1/wmnow/rejected").status_code == 403
