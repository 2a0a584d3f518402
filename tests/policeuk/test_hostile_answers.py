"""Answers nobody should send: each is told in our words, what is held stays, and the rest of the archive is applied."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from shapely.geometry import shape

from app.imports.tables import FileRefused
from app.policeuk.reading import MOST_ANSWER_BYTES
from app.policeuk.recorded import RecordedAnswers, read_archive, read_folder
from tests.conftest import SQUARE, Api
from tests.policeuk.recordings import (
    MIDSHIRE,
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

WEST, SOUTH, EAST, NORTH = SQUARE


def points(*corners: tuple[float, float]) -> list[dict[str, str]]:
    return [{"latitude": str(lat), "longitude": str(lon)} for lon, lat in corners]


def one(priorities: object = (), events: object = ()) -> Answers:
    return Answers().add("N1", "Area NORTH", SQUARE, priorities, events)


@pytest.mark.parametrize(
    ("boundary", "code"),
    [
        (points((WEST, SOUTH), (EAST, NORTH), (EAST, SOUTH), (WEST, NORTH)), "boundary-mended"),
        (
            [{"latitude": each["longitude"], "longitude": each["latitude"]} for each in ring(SQUARE)],
            "boundary-swapped",
        ),
    ],
)
def test_a_bow_tie_and_exchanged_coordinates_are_mended_and_told(
    api: Api, boundary: object, code: str
) -> None:
    link(api, north="N1")
    report = brought_in(api, one().put("N1__boundary", boundary))
    assert codes(report) == [(1, "boundary", code)]
    outline = shape(area(api, "NORTH")["boundary"])
    assert outline.is_valid
    assert outline.bounds == (WEST, SOUTH, EAST, NORTH)


@pytest.mark.parametrize(
    ("boundary", "code"),
    [
        ([], "boundary-empty"),
        (points((WEST, SOUTH), (EAST, NORTH), (WEST, SOUTH)), "boundary-too-few"),
        (
            points((WEST, SOUTH), (EAST, NORTH), (WEST + 0.001, SOUTH + 0.0006081081)),
            "boundary-flat",
        ),
        (points((0, 0), (0.1, 0), (0.1, 0.1)), "boundary-null-island"),
        (points((2.3, 48.8), (2.4, 48.8), (2.4, 48.9)), "boundary-outside-uk"),
        ([{"latitude": None, "longitude": "1"}], "shape"),
        ([{"latitude": "NaN", "longitude": "1"}], "shape"),
        ({"latitude": "52", "longitude": "1"}, "shape"),
        (json.dumps(ring(SQUARE)).encode()[:-9], "not-json"),
        (b"<!DOCTYPE html><html>We are down for maintenance</html>", "html"),
        (b"   ", "empty"),
        (b"[" * 100_000, "not-json"),
        (b'[{"latitude": "52", "latitude": "53", "longitude": "1"}]', "not-json"),
        (b"[" + b" " * MOST_ANSWER_BYTES + b"]", "too-large"),
    ],
)
def test_a_boundary_that_is_none_leaves_what_is_held(api: Api, boundary: object, code: str) -> None:
    link(api, north="N1")
    brought_in(api, one())
    before = area(api, "NORTH")["boundary"]
    api.clock.forward(days=1)
    report = brought_in(api, one([priority("Speeding")]).put("N1__boundary", boundary))
    assert codes(report) == [(1, "boundary", code)]
    assert changes(report) == [("changed", "NORTH", ["priorities"])]
    assert area(api, "NORTH")["boundary"] == before


def test_priorities_that_cannot_be_read_stay_as_they_were(api: Api) -> None:
    link(api, north="N1")
    brought_in(api, one([priority("Speeding")], [event("Surgery")]))
    api.clock.forward(days=1)
    broken = one().put("N1__priorities", b'[{"issue": "Spee').put("N1__events", b'{"error": 500}')
    report = brought_in(api, broken)
    assert codes(report) == [(1, "events", "shape"), (1, "priorities", "not-json")]
    assert report["changes"] == []
    assert [each["issue"] for each in area(api, "NORTH")["priorities"]] == ["Speeding"]


def test_scripts_and_odd_entries(api: Api) -> None:
    link(api, north="N1")
    issue = '<p onclick="x()">Noise<script>alert(1)</script> on <a href="javascript:x()">Mill Lane</a>\x00\u202e</p>'
    report = brought_in(
        api,
        one(
            [
                priority(issue, "<b>Done</b><iframe src=//evil.example></iframe>"),
                priority("x" * 5000),
                priority("Parking", **{"issue-date": "yesterday"}),
                priority("", "Nothing to it"),
                "text",
                {"issue": None},
                priority(issue, "<b>Done</b>"),
            ],
            [{**event("Surgery"), "start_date": None}, event("<h1>Street&nbsp;meeting</h1>")],
        ),
    )
    assert codes(report) == [
        (1, "events", "entry"),
        (1, "priorities", "entry"),
        (1, "priorities", "entry"),
        (1, "priorities", "entry"),
        (1, "priorities", "text-cut"),
        (1, "priorities", "time"),
    ]
    told = {each["issue"]: each for each in area(api, "NORTH")["priorities"]}
    assert set(told) == {"Noise on Mill Lane", "x" * 1999 + "…", "Parking"}
    assert (told["Noise on Mill Lane"]["action"], told["Parking"]["issue_at"]) == ("Done", None)
    for word in ("alert", "evil", "javascript", "yesterday"):
        assert word not in json.dumps(report)


def test_ids_with_slashes_another_case_or_twice(api: Api) -> None:
    link(api)
    answers = Answers()
    for number, police_uk_id in enumerate(("a/b", "../../etc/passwd", "..", "E1", "e1", "E1", "-", "x" * 65)):
        answers.listed.append({"id": police_uk_id, "name": f"Place {number}"})
    answers.listed += [None, {"id": 7, "name": "x"}, {"id": "E2"}, {"id": "A & B'1", "name": "Ends"}]
    answers.put("neighbourhoods", answers.listed)
    report = brought_in(api, answers)
    assert [(row, code) for row, column, code in codes(report) if code not in ("missing", "below-force")] == [
        (1, "id"),
        (2, "id"),
        (3, "id"),
        (5, "case"),
        (6, "repeated"),
        (7, "id"),
        (8, "id"),
        (9, "entry"),
        (10, "entry"),
        (11, "entry"),
        (12, "no-code"),
    ]
    assert [(key, fields) for _, key, fields in changes(report)] == [("E1", []), ("e1", [])]


@pytest.mark.parametrize(
    "listed",
    [
        b"[]",
        b"{}",
        b"<html>",
        b'[{"id": "N1", "na',
        json.dumps([{"id": f"N{number}", "name": "x"} for number in range(2001)]).encode(),
        b"[" + b" " * MOST_ANSWER_BYTES + b"]",
    ],
)
def test_without_a_sound_list_nothing_is_concluded(api: Api, listed: bytes) -> None:
    link(api, north="N1")
    answer = send(api, one([priority("Speeding")]).put("neighbourhoods", listed).archive())
    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable-file")
    assert area(api, "NORTH")["priorities"] == []


def test_archives_that_are_none() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("readme.txt", "x")
    two = one()
    two["othershire__neighbourhoods.json"] = b"[]"
    lying = one()
    lying["manifest.json"] = json.dumps({"police_force": "othershire", "fetched_on": "2026-03-01"}).encode()
    unlike = one()
    unlike["manifest.json"] = b'{"fetched_on": "someday"}'
    for raw in (
        b"x",
        packed.getvalue(),
        two.archive(),
        lying.archive(),
        unlike.archive(),
        one().archive()[:-30],
    ):
        with pytest.raises(FileRefused):
            read_archive(raw, Path())


def zipped(*files: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files:
            archive.writestr(name, content)
    return packed.getvalue()


def test_two_days_in_one_archive_are_not_mixed() -> None:
    """As a folder that was fetched into day by day gives when it is packed as a whole."""
    days = [(f"{day}/{name}", raw) for day in ("2026-03-01", "2026-03-08") for name, raw in one().items()]
    with pytest.raises(FileRefused, match="twice"):
        read_archive(zipped(*days), Path())
    notes = [(f"{day}/readme.txt", b"") for day in ("2026-03-01", "2026-03-08")]
    assert len(read_archive(zipped(*days[: len(one())], *notes), Path()).table.rows) == 1


def test_what_some_systems_add_to_an_archive_is_not_looked_at() -> None:
    beside = [(f"__MACOSX/._{name}", b"\x00\x05\x16\x07") for name in one()]
    assert len(read_archive(zipped(*one().items(), *beside), Path()).table.rows) == 1


def test_fifty_megabytes_are_not_read(tmp_path: Path) -> None:
    answers = one().put("N1__boundary", b"[" + b" " * 50_000_000 + b"]")
    for source in (read_folder(answers.folder(tmp_path / "x")), read_archive(answers.archive(), tmp_path)):
        assert isinstance(source.table, RecordedAnswers)
        [found] = source.table.answers
        assert (found.faults["boundary"].code, sorted(found.parts)) == ("too-large", ["events", "priorities"])


def test_a_manifest_says_why_in_our_words(api: Api) -> None:
    link(api, north="N1")
    answers = one()
    del answers[f"{MIDSHIRE}__N1__events.json"]
    faults = {f"{MIDSHIRE}__N1__events.json": "unreachable", f"{MIDSHIRE}__N1__x.json": "<script>"}
    manifest = {"police_force": MIDSHIRE, "fetched_on": "2026-02-27", "faults": faults}
    answers["manifest.json"] = json.dumps(manifest).encode()
    report = brought_in(api, answers)
    assert [(one["code"], one["detail"]) for one in report["findings"]] == [
        ("unreachable", "data.police.uk did not answer, though asked several times.")
    ]
