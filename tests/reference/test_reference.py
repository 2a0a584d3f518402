"""Code lists over HTTP, and a force's own words without anybody's help."""

from datetime import date
from typing import Any

from app.database.engine import open_engine
from app.database.session import transaction
from app.reference.models import ReferenceCode
from tests.conftest import Api, named


def words(api: Api, name: str, **on: str) -> dict[str, str]:
    answer: Any = api.get("4101", f"/v1/reference/{name}", **on)
    assert answer.status_code == 200, answer.text
    return {code["code"]: code["plain_label"] for code in answer.json()["codes"]}


def own_word(api: Api, name: str, code: str, word: str, valid_from: date) -> None:
    engine = open_engine(api.url)
    with transaction(engine) as session:
        session.add(
            ReferenceCode(
                id=named(word),
                force_id=named("FORCE"),
                list=name,
                code=code,
                label=word,
                plain_label=word,
                valid_from=valid_from,
            )
        )
    engine.dispose()


def bring(api: Api, *rows: str, collar: str = "4134", dry_run: bool = False) -> Any:
    content = "\n".join(["list,code,label,plain_label,position,valid_from,valid_to", *rows, ""])
    return api.client.post(
        "/v1/imports/reference",
        params={"dry_run": dry_run},
        content=content.encode(),
        headers=api.as_officer(collar, **{"Content-Type": "text/csv"}),
    )


def test_a_force_changes_its_words_by_a_file(api: Api) -> None:
    slot = "terms,window,Slot,slot,10,2026-03-02,"
    assert bring(api, slot, collar="4131").status_code == 403
    assert bring(api, slot, dry_run=True).json()["counts"]["new"] == 1
    assert words(api, "terms")["window"] == "window"
    assert bring(api, slot, "modes,TRAM,Tram,,5,2026-03-02,").status_code == 200
    assert words(api, "terms")["window"] == "slot"
    assert next(iter(words(api, "modes").items())) == ("TRAM", "Tram")
    # Another force that shares the deployment keeps its words.
    other = api.get("7101", "/v1/reference/terms").json()["codes"]
    assert {code["code"]: code["plain_label"] for code in other}["window"] == "window"


def test_words_that_hold_are_ended_never_rewritten(api: Api) -> None:
    bring(api, "terms,window,Slot,slot,10,2026-03-02,")
    other = bring(api, "terms,window,Shift,shift,10,2026-03-02,")
    assert (other.status_code, other.json()["errors"][0]["code"]) == (422, "held")
    backwards = bring(api, "terms,hours,Hours,hours,10,2026-03-02,2026-03-02")
    assert (backwards.status_code, backwards.json()["errors"][0]["code"]) == (422, "not-after-start")
    ended = bring(
        api, "terms,window,Slot,slot,10,2026-03-02,2026-03-09", "terms,window,Shift,shift,10,2026-03-09,"
    )
    told = ended.json()["counts"]
    assert (told["new"], told["ended"]) == (1, 1)
    assert words(api, "terms", on="2026-03-08")["window"] == "slot"
    assert words(api, "terms", on="2026-03-09")["window"] == "shift"
    again = bring(api, "terms,window,Shift,shift,10,2026-03-09,").json()["counts"]
    assert (again["new"], again["unchanged"]) == (0, 1)


def test_lists_are_named_and_read_by_whoever_is_signed_in(api: Api) -> None:
    names = api.get("4132", "/v1/reference").json()["lists"]
    assert {"flags", "modes", "patrol_statuses", "window_statuses"} <= set(names)
    assert words(api, "modes")["FOOT"] == "on foot"
    assert api.get("4101", "/v1/reference/nothing").status_code == 404
    assert api.client.get("/v1/reference/modes").status_code == 401


def test_a_list_is_sent_once(api: Api) -> None:
    first = api.get("4101", "/v1/reference/modes")
    held = api.as_officer("4102", **{"If-None-Match": first.headers["etag"]})
    assert api.client.get("/v1/reference/modes", headers=held).status_code == 304
    own_word(api, "modes", "TRAM", "by tram", date(2026, 3, 2))
    assert api.client.get("/v1/reference/modes", headers=held).status_code == 200


def test_a_forces_own_word_stands_over_ours_from_its_day(api: Api) -> None:
    own_word(api, "terms", "window", "slot", date(2026, 3, 3))
    own_word(api, "weather", "FOG", "fog", date(2026, 3, 1))
    assert words(api, "terms")["window"] == "window"
    assert words(api, "terms", on="2026-03-03")["window"] == "slot"
    assert words(api, "weather") == {"FOG": "fog"}
    assert "weather" in api.get("4101", "/v1/reference").json()["lists"]
    api.clock.forward(hours=12)
    assert words(api, "terms")["window"] == "slot"


def codes(api: Api, name: str, **on: str) -> dict[str, Any]:
    answer: Any = api.get("4101", f"/v1/reference/{name}", **on).json()
    return {code["code"]: code for code in answer["codes"]}


def bring_facts(api: Api, *rows: str) -> Any:
    header = "list,code,label,plain_label,published_value,attributes,valid_from"
    return api.client.post(
        "/v1/imports/reference",
        content="\n".join([header, *rows, ""]).encode(),
        headers=api.as_officer("4134", **{"Content-Type": "text/csv"}),
    )


def test_codes_are_answered_with_spelling_and_facts(api: Api) -> None:
    power = codes(api, "legislation")["CJPOA60"]
    assert power["published_value"] == "Criminal Justice and Public Order Act 1994 (section 60)"
    assert power["attributes"] == {
        "suspicion": "no",
        "needs": "authorisation",
        "uniform": "yes",
        "in_public": "CONCEALMENT",
    }
    assert codes(api, "modes")["FOOT"]["attributes"] == {}


def test_rule_17_lists_are_dated_with_published_value_and_code_of_other_systems(api: Api) -> None:
    rows = [
        "legislation,SA342E,SVRO,SVRO,Sentencing Act 2020 (section 342E),external_code=77,2026-03-03",
        "abstraction_reasons,FESTIVAL,Festival,festival,,class=CENTRAL;external_code=F9,2026-03-02",
    ]
    told = bring_facts(api, *rows)
    assert (told.status_code, told.json()["counts"]["new"]) == (200, 2), told.text
    before, after = codes(api, "legislation", on="2026-03-02"), codes(api, "legislation", on="2026-03-03")
    assert before["SA342E"]["published_value"] is None
    assert after["SA342E"]["published_value"] == "Sentencing Act 2020 (section 342E)"
    # What the force did not say stays as built in.
    assert after["SA342E"]["attributes"] == {"suspicion": "no", "needs": "order", "external_code": "77"}
    assert codes(api, "abstraction_reasons")["FESTIVAL"]["attributes"] == {
        "class": "CENTRAL",
        "external_code": "F9",
    }
    assert bring_facts(api, rows[0]).json()["counts"]["unchanged"] == 1


def test_facts_that_cannot_be_read_are_told_by_row_and_column(api: Api) -> None:
    told = bring_facts(api, "abstraction_reasons,FESTIVAL,Festival,festival,,CENTRAL,2026-03-02")
    assert told.status_code == 422
    (error,) = told.json()["errors"]
    assert error["pointer"] == "#/rows/1/attributes"
    assert error["detail"].startswith("Must be facts such as class=LOCAL")
