"""Answers of data.police.uk over HTTP: tried, applied, sent again, changed; and what is only told."""

import io
import zipfile
from typing import Any

import pytest
from shapely.geometry import shape
from sqlmodel import select

from app.areas.models import AreaBoundary, AreaPriority
from app.audit.models import AuditEvent
from app.database.engine import open_engine
from app.database.session import reading
from app.policeuk.models import NeighbourhoodEvent
from tests.conftest import EAST_SQUARE, SQUARE, Api, named
from tests.policeuk.recordings import (
    MIDSHIRE,
    RECORDED,
    Answers,
    area,
    brought_in,
    changes,
    codes,
    event,
    link,
    priority,
    ring,
    send,
)

OFFICER, SERGEANT = "4101", "4111"


def rows(api: Api, table: Any) -> list[Any]:
    engine = open_engine(api.url)
    with reading(engine) as session:
        found = list(session.exec(select(table)).all())
    engine.dispose()
    return found


def north(priorities: object = (), events: object = ()) -> Answers:
    """One neighbourhood, which the northern LPA is known as."""
    return Answers().add("N1", "Area NORTH", SQUARE, priorities, events)


def test_recorded_answers_of_a_real_force_come_in(api: Api) -> None:
    link(api, "leicestershire")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(RECORDED.glob("*.json")):
            archive.write(path, path.name)
    tried = send(api, packed.getvalue(), dry_run=True).json()
    assert (tried["applied"], tried["counts"]["new"]) == (False, 3)
    assert not rows(api, AreaPriority)

    applied = send(api, packed.getvalue()).json()
    assert changes(applied) == [
        ("new", "NC04", ["priorities", "events"]),
        ("new", "NC66", []),
        ("new", "NC67", []),
    ]
    assert {code for _, _, code in codes(applied)} == {"below-force", "missing"}
    place = area(api, "NC04")
    assert (place["name"], place["kind"], place["police_uk_id"]) == ("City Centre", "NEIGHBOURHOOD", "NC04")
    outline = shape(place["boundary"])
    assert outline.geom_type == "MultiPolygon" and outline.is_valid
    assert outline.bounds == (-1.1458619, 52.6383707, -1.1455755, 52.6394053)
    [told] = place["priorities"]
    assert told["issue"] == "To reduce the amount of Anti-Social Behaviour Humberstone Gate, Leicester."
    # Midnight on London's clocks in summer.
    assert (told["issue_at"], told["action"], told["source"]) == ("2016-04-13T23:00:00Z", None, "POLICE_UK")
    [announced] = rows(api, NeighbourhoodEvent)
    assert (announced.title, announced.starts_at.isoformat()) == (
        "Drop In Beat Surgery",
        "2016-09-17T11:00:00+00:00",
    )


def test_the_same_again_changes_nothing_and_other_words_are_another_row(api: Api) -> None:
    link(api, north="N1")
    answers = north([priority("<p>Noise &amp; litter</p>"), priority("Speeding")], [event("Surgery")])
    assert changes(brought_in(api, answers)) == [("changed", "NORTH", ["outline", "priorities", "events"])]
    api.clock.forward(days=1)
    again = brought_in(api, answers)
    assert (again["repeated"], again["counts"]["unchanged"], again["changes"]) == (False, 1, [])

    api.clock.forward(days=1)
    answers = north([priority("<p>Noise &amp; litter</p>", "Two plants were seized.")], [])
    assert changes(brought_in(api, answers)) == [("changed", "NORTH", ["priorities", "events"])]
    [standing] = area(api, "NORTH")["priorities"]
    assert (standing["issue"], standing["action"]) == ("Noise & litter", "Two plants were seized.")
    kept = sorted(
        (row.issue, row.action or "", str(row.valid_from), str(row.valid_to))
        for row in rows(api, AreaPriority)
    )
    assert kept == [
        ("Noise & litter", "", "2026-03-02", "2026-03-04"),
        ("Noise & litter", "Two plants were seized.", "2026-03-04", "None"),
        ("Speeding", "", "2026-03-02", "2026-03-04"),
    ]
    [gone] = rows(api, NeighbourhoodEvent)
    assert str(gone.valid_to) == "2026-03-04"


def test_a_boundary_is_a_version_of_its_day(api: Api) -> None:
    link(api, north="N1")
    brought_in(api, north())
    # The same line, begun elsewhere and run the other way, is no change.
    same = north().put("N1__boundary", ring(SQUARE)[2::-1] + ring(SQUARE)[:2:-1])
    api.clock.forward(days=1)
    assert brought_in(api, same)["changes"] == []
    moved = brought_in(api, Answers().add("N1", "Area NORTH", EAST_SQUARE))
    assert changes(moved) == [("changed", "NORTH", ["outline"])]
    assert (1, "boundary", "moved") in codes(moved)
    held = sorted(
        (str(row.valid_from), row.source) for row in rows(api, AreaBoundary) if row.area_id == named("NORTH")
    )
    assert held == [
        ("2026-03-02", "data.police.uk 2026-03-02"),
        ("2026-03-03", "data.police.uk 2026-03-03"),
    ]
    # A second outline on one day is not written over the first; all else of the file is applied.
    third = brought_in(api, north([priority("Speeding")]))
    assert changes(third) == [("changed", "NORTH", ["priorities"])]
    assert (1, "valid_from", "outline-in-force") in codes(third)


def test_what_is_renamed_new_or_gone_is_told_and_nothing_is_deleted(api: Api) -> None:
    link(api, north="N1")
    brought_in(api, north([priority("Speeding")]).add("N2", "Eastside", EAST_SQUARE, [priority("Litter")]))
    east = area(api, "N2")
    assert [one["code"] for one in east["above"]] == ["FORCE"]
    api.clock.forward(days=1)
    report = brought_in(api, Answers().add("N1", "Old Town, St Mary's", SQUARE, [priority("Speeding")]))
    [change] = report["changes"]
    assert (change["fields"], change["before"], change["after"]) == (
        ["name"],
        "Area NORTH",
        "Old Town, St Mary's",
    )
    assert codes(report) == [(None, "id", "vanished")]
    assert area(api, "N2")["priorities"][0]["issue"] == "Litter"
    assert area(api, "N2")["valid_to"] is None


def test_a_new_neighbourhood_stands_below_what_holds_it(api: Api) -> None:
    link(api, north="N1")
    west, south, right, top = SQUARE
    inner = (west + 0.001, south + 0.001, right - 0.001, top - 0.001)
    brought_in(api, north())
    api.clock.forward(days=1)
    report = brought_in(api, north().add("N1a", "Inner North", inner))
    assert changes(report) == [("new", "N1a", [])]
    assert [one["code"] for one in area(api, "N1a")["above"]] == ["NORTH", "FORCE"]


def test_an_id_is_given_by_somebody_and_never_guessed(api: Api) -> None:
    link(api)
    answers = Answers().add("N1", "area north", SQUARE, [priority("Speeding")])
    tried = brought_in(api, answers)
    assert (codes(tried), tried["changes"]) == ([(1, "id", "alike")], [])
    link(api, north="N1")
    # The very same file is compared afresh, because the id was given since.
    assert changes(brought_in(api, answers)) == [("changed", "NORTH", ["name", "outline", "priorities"])]
    # An id of another case is another id, and is not made an area beside the first.
    api.clock.forward(days=1)
    other = brought_in(api, Answers().add("n1", "Northside", SQUARE))
    assert codes(other) == [(None, "id", "vanished"), (1, "id", "case")]


def test_two_areas_cannot_bear_one_id(api: Api) -> None:
    link(api, north="N1")
    headers = api.as_officer("4131", **{"Content-Type": "text/csv"})
    text = "code,name,kind,parent_code,valid_from,police_uk_id\nSOUTH,Area SOUTH,LPA,FORCE,2026-01-02,N1\n"
    refused = api.client.post("/v1/imports/areas", content=text.encode(), headers=headers)
    assert [one["code"] for one in refused.json()["errors"]] == ["police-uk-id-taken"]
    handed_on = text + "NORTH,Area NORTH,LPA,FORCE,2026-01-02,-\n"
    assert (
        api.client.post("/v1/imports/areas", content=handed_on.encode(), headers=headers).status_code == 200
    )
    assert (area(api, "NORTH")["police_uk_id"], area(api, "SOUTH")["police_uk_id"]) == (None, "N1")


@pytest.mark.parametrize(
    ("force", "params", "code"),
    [
        ("", {}, "force-not-linked"),
        ("othershire", {}, "another-force"),
        (MIDSHIRE, {"effective_from": "2026-03-03"}, "not-yet"),
        (MIDSHIRE, {"effective_from": "2026-03-01"}, "older-than-current"),
    ],
)
def test_a_whole_archive_is_refused(api: Api, force: str, params: dict[str, str], code: str) -> None:
    link(api, force)
    if code == "older-than-current":
        brought_in(api, Answers().add("N2", "Eastside", EAST_SQUARE, [priority("Litter")]))
    answer = send(api, north([priority("Speeding")]).archive(), **params)
    assert (answer.status_code, [one["code"] for one in answer.json()["errors"]]) == (422, [code])
    assert "Speeding" not in [row.issue for row in rows(api, AreaPriority)]


def test_answers_older_than_the_newest_are_refused_also_where_those_changed_nothing(api: Api) -> None:
    link(api, north="N1")
    speeding = north([priority("Speeding")])
    brought_in(api, speeding, effective_from="2026-02-20")
    assert brought_in(api, speeding, effective_from="2026-03-01")["counts"]["changed"] == 0
    answer = send(api, north([priority("Litter")]).archive(), effective_from="2026-02-25")
    assert [one["code"] for one in answer.json()["errors"]] == ["older-than-current"]
    assert [each["issue"] for each in area(api, "NORTH")["priorities"]] == ["Speeding"]


def test_who_may_and_that_it_is_logged(api: Api) -> None:
    link(api, north="N1")
    raw = north([priority("Speeding")]).archive()
    assert send(api, raw, OFFICER).status_code == 403
    assert send(api, raw, SERGEANT).status_code == 403
    # Not even looked at.
    assert send(api, b"no archive", SERGEANT).status_code == 403
    assert send(api, raw).status_code == 200
    logged = [one for one in rows(api, AuditEvent) if one.operation == "imports.police-uk.commit"]
    assert [one.subjects["area"] for one in logged] == [[str(named("NORTH"))]]


def test_officers_are_told_when_a_hotspot_stands_elsewhere(api: Api) -> None:
    link(api)
    report = brought_in(api, Answers().add("N5", "Market Quarter", SQUARE, [priority("Speeding")]))
    [told] = [one for one in report["findings"] if one["code"] == "hotspots-elsewhere"]
    assert "TGP-1" in told["detail"]
