"""Officers are told with their tasking what residents were told police would see to there."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, update
from sqlmodel import col

from app.areas.kinds import AreaKind
from app.areas.models import Area, AreaAncestor, Hotspot
from tests.conftest import LONG_AGO, SQUARE, Api, named
from tests.people import change
from tests.policeuk.recordings import Answers, area, brought_in, link, priority
from tests.schedule.test_crew_journey import publish

OFFICER, SOUTHERNER, SERGEANT = "4101", "4103", "4111"


def tasking(api: Api, who: str = OFFICER) -> dict[str, Any]:
    found: dict[str, Any] = api.get(who, "/v1/me/tasking").json()
    return found


def below_the_north(api: Api) -> None:
    """A neighbourhood below the northern LPA, which the first hotspot stands in."""

    def settle(session: Any) -> None:
        session.execute(insert(Area).values(
            id=named("N-A"), force_id=named("FORCE"), parent_id=named("NORTH"), kind=AreaKind.NEIGHBOURHOOD,
            code="N-A", name="Mill Quarter", valid_from=LONG_AGO, police_uk_id="N2",
        ))  # fmt: skip
        rows = [{"area_id": named("N-A"), "ancestor_id": named(one)} for one in ("N-A", "NORTH", "FORCE")]
        session.execute(insert(AreaAncestor), rows)
        session.execute(update(Hotspot).where(col(Hotspot.id) == named("TGP-1")).values(area_id=named("N-A")))

    change(api.url, settle)


def answers(*issues: str) -> Answers:
    north = Answers().add("N1", "Area NORTH", SQUARE, [priority("Burglary")])
    return north.add("N2", "Mill Quarter", SQUARE, [priority(issue) for issue in issues])


def test_priorities_of_the_neighbourhood_and_of_what_is_above_it(api: Api) -> None:
    link(api, north="N1")
    below_the_north(api)
    assert tasking(api)["priorities"] == []
    brought_in(api, answers("<p>Noise on Mill Lane</p>"))
    found = tasking(api)
    assert [(one["area_code"], one["area_kind"], one["issue"]) for one in found["priorities"]] == [
        ("N-A", "NEIGHBOURHOOD", "Noise on Mill Lane"),
        ("NORTH", "LPA", "Burglary"),
    ]
    [window] = found["windows"]
    assert window["priority_ids"] == [one["id"] for one in found["priorities"]]
    assert tasking(api, SOUTHERNER)["priorities"] == []


def test_a_phone_hears_of_a_change_and_of_nothing_else(api: Api) -> None:
    link(api, north="N1")
    below_the_north(api)
    brought_in(api, answers("Noise"))
    api.clock.forward(hours=1)
    etag = api.get(OFFICER, "/v1/me/tasking").headers["etag"]

    def again() -> int:
        headers = api.as_officer(OFFICER, **{"If-None-Match": etag})
        status: int = api.client.get("/v1/me/tasking", headers=headers).status_code
        return status

    brought_in(api, answers("Noise"))
    assert again() == 304
    brought_in(api, answers("Noise", "Speeding"))
    assert again() == 200
    assert [one["issue"] for one in tasking(api)["priorities"]] == ["Noise", "Speeding", "Burglary"]
    brought_in(api, answers())
    assert [one["issue"] for one in tasking(api)["priorities"]] == ["Burglary"]
    assert [one["issue"] for one in area(api, "NORTH")["priorities"]] == ["Burglary"]


def test_an_area_that_has_ended_has_no_priorities(api: Api) -> None:
    link(api, north="N1")
    below_the_north(api)
    brought_in(api, answers("Noise"))
    day = api.clock.at.date()
    change(api.url, lambda session: session.execute(
        update(Area).where(col(Area.id) == named("N-A")).values(valid_to=day)
    ))  # fmt: skip
    assert [one["issue"] for one in tasking(api)["priorities"]] == ["Burglary"]


def test_the_sheet_of_paper_tells_them_too_each_once(api: Api) -> None:
    link(api, north="N1")
    below_the_north(api)
    day = api.clock.at.date()
    place = f"/v1/tasking-sheets/{named('NORTH')}/{day}"
    assert api.get(SERGEANT, place, format="json").json()["priorities"] == []
    assert "What residents were told" not in api.get(SERGEANT, place).text
    wordy = "Noise <script>alert(1)</script> & bikes on Mill Lane " + "again and " * 60
    brought_in(api, answers(f"<p>{wordy}</p>", "Litter"))
    publish(api, "second", "2026-03-02T20:00:00Z")
    told = api.get(SERGEANT, place, format="json").json()
    assert [(one["area_name"], one["issue"][:5]) for one in told["priorities"]] == [
        ("Mill Quarter", "Litte"), ("Mill Quarter", "Noise"), ("Area NORTH", "Burgl"),
    ]  # fmt: skip
    assert [window["priority_ids"] for window in told["windows"]] == [
        [one["id"] for one in told["priorities"]]
    ] * 2
    page = api.get(SERGEANT, place).text
    assert page.count("Residents were told we would see to: 1, 2, 3") == 2
    assert page.count("2. Mill Quarter</strong> (20 Feb 2026): Noise") == 1 and page.count("Burglary") == 1
    assert "<script" not in page and "&amp; bikes" in page and "…" in page and page.count("again and") < 45


def test_a_sheet_tells_what_held_on_its_day_and_nothing_of_places_without_a_window(api: Api) -> None:
    """A day without a patrol must stay unknown, and so must a window that crews may not know of yet."""
    link(api, north="N1")
    below_the_north(api)
    brought_in(api, answers("Noise"))
    day = api.clock.at.date()
    later = f"/v1/tasking-sheets/{named('NORTH')}/{day + timedelta(days=2)}"
    publish(api, "later", "2026-03-04T19:00:00Z")
    hidden = api.get(SERGEANT, later, format="json").json()
    assert (hidden["left_out"], hidden["priorities"]) == (1, [])
    assert "Noise" not in api.get(SERGEANT, later).text
    api.clock.forward(days=1, hours=18)
    brought_in(api, answers("Speeding"))
    for on, issue in ((day, "Noise"), (day + timedelta(days=2), "Speeding")):
        told = api.get(SERGEANT, f"/v1/tasking-sheets/{named('NORTH')}/{on}", format="json").json()
        assert [one["issue"] for one in told["priorities"]] == [issue, "Burglary"]


def priorities(api: Api, *rows: str, **params: str) -> Any:
    raw = "\n".join(["area_code,issue,issue_on,action,action_on", *rows, ""]).encode()
    headers = api.as_officer("4131", **{"Content-Type": "text/csv"})
    return api.client.post("/v1/imports/priorities", content=raw, params=params, headers=headers)


def test_a_force_sets_priorities_by_a_file_of_its_own(api: Api) -> None:
    link(api, north="N1")
    brought_in(api, Answers().add("N1", "Area NORTH", SQUARE, [priority("Burglary")]))
    noise = "NORTH,Noise on Mill Lane,2026-03-01,,"
    report = priorities(api, noise, "NORTH,Speeding,,,").json()
    assert [(one["key"], one["fields"]) for one in report["changes"]] == [("NORTH", ["priorities"])]
    # What the force published elsewhere stands beside it.
    assert [one["issue"] for one in tasking(api)["priorities"]] == [
        "Noise on Mill Lane",
        "Burglary",
        "Speeding",
    ]
    api.clock.forward(days=1)
    done = "NORTH,Noise on Mill Lane,2026-03-01,Two plants were seized.,2026-03-02"
    assert priorities(api, done).json()["counts"]["changed"] == 1
    told = {one["issue"]: one["action"] for one in area(api, "NORTH")["priorities"]}
    assert told == {"Noise on Mill Lane": "Two plants were seized.", "Burglary": None}
    # From a day to come, and nothing is told before it.
    assert priorities(api, "NORTH,,,,", effective_from="2026-03-04").json()["counts"]["changed"] == 1
    assert len(area(api, "NORTH")["priorities"]) == 2
    api.clock.forward(days=1)
    assert [one["issue"] for one in area(api, "NORTH")["priorities"]] == ["Burglary"]
    old = priorities(api, noise, effective_from="2026-03-02")
    assert [one["code"] for one in old.json()["errors"]] == ["older-than-current"]


def test_faulty_rows_of_priorities(api: Api) -> None:
    answer = priorities(api, "NOWHERE,Noise,,,", "NORTH,,2026-03-01,,", "NORTH,Noise,yesterday,,")
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        ("#/rows/1/area_code", "area-unknown"),
        ("#/rows/2/issue", "missing"),
        ("#/rows/3/issue_on", "value"),
    ]
