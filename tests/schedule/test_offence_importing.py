"""A file of offences: how times are read, what it makes and changes, what is only told, and what it may not say."""

import csv
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from app.areas.import_kinds import import_from_console
from app.audit.models import AuditEvent
from app.clock import rfc3339
from app.database.engine import open_engine
from app.database.session import reading, transaction
from app.imports.files import read_file
from app.imports.mechanism import ReadAs
from app.schedule.import_kinds import OFFENCES
from app.schedule.models import Offence
from app.schedule.offence_importing import read_time
from tests.conftest import Api, named

PLANNER, INTEL, SERGEANT = "4131", "4132", "4111"
HEADER = "reference,category,from,to,longitude,latitude,hotspot_code,harm_weight,harm_scheme"
ROBBERY = "20W1/1/26,ROBBERY,2026-02-06 22:30,2026-02-07 00:30,-1.895,52.483,,365,CHI 2020"
KNIFE = "20W1/2/26,WEAPON,2026-02-10T19:00:00Z,,,,TGP-2,,"


def bring(
    api: Api, *rows: str, header: str = HEADER, collar: str = INTEL, dry_run: bool = False
) -> httpx.Response:
    return api.client.post(
        "/v1/imports/offences",
        params={"dry_run": dry_run},
        content="\n".join([header, *rows, ""]).encode(),
        headers=api.as_officer(collar, **{"Content-Type": "text/csv"}),
    )


def counts(answer: httpx.Response) -> tuple[int, int, int, int]:
    assert answer.status_code == 200, answer.text
    told = answer.json()["counts"]
    return told["new"], told["changed"], told["unchanged"], told["warnings"]


def findings(answer: httpx.Response) -> list[tuple[int | None, str | None, str]]:
    return [(one["row"], one["column"], one["code"]) for one in answer.json()["findings"]]


def stored(api: Api) -> list[Offence]:
    engine = open_engine(api.url)
    with reading(engine) as session:
        found = session.exec(select(Offence).order_by(col(Offence.reference), col(Offence.version))).all()
        session.expunge_all()
    engine.dispose()
    return list(found)


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "doubt"),
    [
        ("2026-03-02 22:30", "2026-03-02T22:30:00Z", None, None),
        ("2026-07-02 22:30", "2026-07-02T21:30:00Z", None, None),
        ("02/07/2026 22:30", "2026-07-02T21:30:00Z", None, None),
        ("2026-07-02T22:30:00Z", "2026-07-02T22:30:00Z", None, None),
        ("2026-07-02T22:30+02:00", "2026-07-02T20:30:00Z", None, None),
        ("2026-10-25 01:30", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "clock-twice"),
        ("2026-10-25 02:00", "2026-10-25T02:00:00Z", None, None),
        ("2026-03-29 01:30", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z", "clock-never"),
        ("2026-03-29 02:00", "2026-03-29T01:00:00Z", None, None),
        ("2026-10-25T01:30:00+01:00", "2026-10-25T00:30:00Z", None, None),
    ],
)
def test_times_are_read_on_londons_clocks(
    text: str, earliest: str, latest: str | None, doubt: str | None
) -> None:
    found = read_time(text)
    assert (rfc3339(found.earliest), rfc3339(found.latest), found.doubt) == (
        earliest,
        latest or earliest,
        doubt,
    )


@pytest.mark.parametrize(
    "text",
    ["2026-03-02", "22:30", "2026-13-02 22:30", "2026-03-02 25:00", "1999-12-31 23:00", "9999-12-31T23:59:59-23:59",
     "0001-01-01 00:00", "1772445600", "", None, "2026-03-02 22:30 Europe/London"],
)  # fmt: skip
def test_what_is_no_time_is_refused(text: str | None) -> None:
    with pytest.raises(ValueError, match="must"):
        read_time(text)


def test_a_file_makes_offences_and_the_same_file_nothing(api: Api) -> None:
    tried = bring(api, ROBBERY, KNIFE, dry_run=True)
    assert (counts(tried), stored(api)) == ((2, 0, 0, 0), [])
    assert counts(bring(api, ROBBERY, KNIFE)) == (2, 0, 0, 0)
    robbery, knife = stored(api)
    assert (robbery.reference, robbery.version, robbery.lon, robbery.lat) == ("20W1/1/26", 1, -1.895, 52.483)
    assert (rfc3339(robbery.starts_at), rfc3339(robbery.ends_at)) == (
        "2026-02-06T22:30:00Z",
        "2026-02-07T00:30:00Z",
    )
    assert (robbery.harm_weight, robbery.harm_scheme) == (365.0, "CHI 2020")
    assert (knife.hotspot_id, knife.lon, knife.ends_at) == (named("TGP-2"), None, knife.starts_at)
    again = bring(api, ROBBERY, KNIFE)
    assert (again.json()["repeated"], len(stored(api))) == (True, 2)
    # The same rows spelt otherwise.
    other = KNIFE.replace("2026-02-10T19:00:00Z,", "10/02/2026 19:00,2026-02-10 19:00")
    assert counts(bring(api, other, ROBBERY.replace("-1.895", "-1.8950"))) == (0, 0, 2, 0)
    assert len(stored(api)) == 2


def test_another_row_under_a_reference_is_a_new_version_and_the_old_is_kept(api: Api) -> None:
    bring(api, ROBBERY, KNIFE)
    api.clock.forward(hours=1)
    corrected = ROBBERY.replace("22:30", "21:00").replace(",365,", ",730,")
    answer = bring(api, corrected)
    assert counts(answer) == (0, 1, 0, 0)
    assert answer.json()["changes"][0]["fields"] == ["starts_at", "harm_weight"]
    first, second, knife = stored(api)
    assert (first.version, second.version, first.harm_weight, second.harm_weight) == (1, 2, 365.0, 730.0)
    assert (first.superseded_at, second.superseded_at, knife.superseded_at) == (api.clock(), None, None)
    # The old file: what it says was corrected since, and is told.
    back = bring(api, ROBBERY)
    assert (counts(back), findings(back)) == ((0, 1, 0, 1), [(1, "reference", "back-to-earlier")])
    assert [one.version for one in stored(api)] == [1, 2, 3, 1]


def test_what_was_no_crime_after_all_is_kept_and_marked(api: Api) -> None:
    bring(api, ROBBERY)
    assert counts(bring(api, f"{ROBBERY},yes", header=f"{HEADER},cancelled")) == (0, 1, 0, 0)
    assert [one.cancelled for one in stored(api)] == [False, True]


@pytest.mark.parametrize(
    ("was", "becomes", "finding"),
    [
        ("2026-02-07 00:30", "2026-02-06 22:00", ("to_at", "ends-before-start")),
        ("-1.895,52.483", ",", ("longitude", "place-missing")),
        ("-1.895,52.483", "-1.895,", ("latitude", "missing")),
        ("-1.895,52.483", "-1.895,91", ("latitude", "value")),
        ("-1.895,52.483", "nan,52.483", ("longitude", "value")),
        ("52.483,,", "52.483,TGP-9,", ("hotspot_code", "hotspot-unknown")),
        (",365,", ",0,", ("harm_weight", "value")),
        (",365,", ",-1,", ("harm_weight", "value")),
        (",365,", ",inf,", ("harm_weight", "value")),
        ("CHI 2020", "", ("harm_scheme", "missing")),
        ("2026-02-06 22:30", "last Friday", ("from_at", "value")),
        ("2026-02-06 22:30", "", ("from_at", "missing")),
        ("ROBBERY", "robbery of a phone", ("category", "value")),
        ("20W1/1/26", "", ("reference", "missing")),
    ],
)
def test_one_faulty_row_stops_the_file(api: Api, was: str, becomes: str, finding: tuple[str, str]) -> None:
    rows = (KNIFE, ROBBERY.replace(was, becomes, 1))
    assert (2, *finding) in findings(bring(api, *rows, dry_run=True))
    refused = bring(api, *rows)
    assert (refused.status_code, stored(api)) == (422, [])
    assert "last Friday" not in refused.text and "phone" not in refused.text


def test_what_is_told_and_brought_in_all_the_same(api: Api) -> None:
    rows = [
        "1,X,2026-10-25 01:30,,,,TGP-1,,",
        "2,X,2026-03-29 01:30,2026-03-29 01:45,,,TGP-1,,",
        "3,X,2025-01-01 00:00,2025-01-09 00:00,,,TGP-1,5,CHI 2020",
        "4,X,2025-01-01 00:00,2025-01-08 00:00,,,TGP-1,5,ONS 2023",
        "5,X,2026-10-25 01:50,2026-10-25 01:10,,,TGP-1,,",
    ]
    answer = bring(api, *rows, header=f"{HEADER},officer_in_case")
    assert answer.status_code == 422  # cells and headers must fit
    answer = bring(api, *[f"{row},somebody" for row in rows], header=f"{HEADER},officer_in_case")
    assert findings(answer) == [
        (None, None, "column-unknown"),
        (None, "from_at", "in-the-future"),
        (None, "harm_scheme", "schemes-mixed"),
        (None, "to_at", "span-long"),
        (1, "from_at", "clock-twice"),
        (2, "from_at", "clock-never"),
        (2, "to_at", "clock-never"),
        (5, "from_at", "clock-twice"),
        (5, "to_at", "clock-twice"),
    ]
    assert "somebody" not in answer.text and "officer_in_case" not in answer.text
    spans = [(rfc3339(one.starts_at)[5:16], rfc3339(one.ends_at)[5:16]) for one in stored(api)]
    assert spans[0] == ("10-25T00:30", "10-25T01:30")
    assert spans[1] == ("03-29T00:30", "03-29T01:45")
    # From ten to two to ten past one, the clocks having gone back between.
    assert spans[4] == ("10-25T00:50", "10-25T01:10")


def test_times_that_are_midnight_too_often_are_told(api: Api) -> None:
    rows = [
        f"{at},X,2026-01-{1 + at % 28:02} {'00:00' if at % 5 == 0 else '14:05'},,,,TGP-1,,"
        for at in range(60)
    ]
    answer = bring(api, *rows)
    assert findings(answer) == [(None, "from_at", "many-midnights")]
    assert "12 of 60" in answer.json()["findings"][0]["detail"]


def test_who_may_bring_offences_in_and_what_the_log_says(api: Api) -> None:
    assert bring(api, ROBBERY, collar=SERGEANT).status_code == 403
    assert bring(api, ROBBERY, collar=PLANNER).status_code == 200
    run = bring(api, ROBBERY, KNIFE).json()["run_id"]
    engine = open_engine(api.url)
    with reading(engine) as session:
        events = session.exec(
            select(AuditEvent)
            .where(AuditEvent.operation == "imports.offences.commit")
            .order_by(col(AuditEvent.at))
        ).all()
        assert {tuple(event.subjects) for event in events} == {("import_run",)}
        assert [run] in [event.subjects["import_run"] for event in events]
    engine.dispose()


def test_another_force_has_its_own_references(api: Api) -> None:
    bring(api, ROBBERY)
    engine = open_engine(api.url)
    with transaction(engine) as session:
        session.add(_of_other_force(stored(api)[0]))
    engine.dispose()
    assert counts(bring(api, ROBBERY, KNIFE)) == (1, 0, 1, 0)


def _of_other_force(row: Offence) -> Offence:
    return Offence(
        **{**row.model_dump(), "id": named("other offence"), "force_id": named("OTHER"), "category": "Y"}
    )


def many(count: int, hour: str) -> bytes:
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER.split(","))
    for at in range(count):
        day = datetime(2025, 1 + at % 12, 1 + at % 28).date()  # noqa: DTZ001 - the file's own clock
        to = f"{day} {hour}:50" if at % 3 else ""
        writer.writerow([f"R-{at}", "X", f"{day} {hour}:10", to, -1.9 + at % 100 / 10_000, 52.48, "", "", ""])
    return out.getvalue().encode()


def test_thousands_of_rows_come_in_once_and_are_corrected_whole(force_url: str, tmp_path: Path) -> None:
    engine = open_engine(force_url)

    def bring_in(raw: bytes, minute: int) -> Any:
        now = datetime.fromisoformat(f"2026-03-02T12:{minute:02}:00+00:00")
        return import_from_console(
            engine, OFFENCES, read_file(raw, tmp_path), ReadAs(), "FORCE", now, dry_run=False
        ).report

    assert bring_in(many(4_000, "21"), 0).counts.new == 4_000
    assert bring_in(many(4_000, "21") + b"R-new,X,2025-05-05 10:00,,,,TGP-1,,\n", 1).counts.unchanged == 4_000
    assert bring_in(many(4_000, "22"), 2).counts.changed == 4_000
    assert _versions(engine) == {1: (4_001, 4_000), 2: (4_000, 0)}
    engine.dispose()


def _versions(engine: Engine) -> dict[int, tuple[int, int]]:
    """By version: how many rows, and how many of them superseded."""
    with reading(engine) as session:
        rows = session.exec(select(Offence.version, Offence.superseded_at)).all()
    return {
        version: (
            sum(one == version for one, _ in rows),
            sum(one == version and at is not None for one, at in rows),
        )
        for version in {one for one, _ in rows}
    }


GRID_HEADER = "reference,category,from,to,easting,northing,hotspot_code"


def test_eastings_and_northings_are_read_as_the_national_grid(api: Api) -> None:
    # Offences made up, at the Ordnance Survey's worked example of a point, which its guide gives in both systems.
    rows = (
        "G/1,ROBBERY,2026-02-06 22:30,2026-02-07 00:30,651409.804,313177.450,",
        "G/2,ROBBERY,2026-02-06 22:30,,,,TGP-2",
    )
    assert counts(bring(api, *rows, header=GRID_HEADER))[:2] == (2, 0)
    first, second = stored(api)
    # Within five metres.
    assert first.lon == pytest.approx(1.7160740, abs=0.00007)
    assert first.lat == pytest.approx(52.6580078, abs=0.00005)
    assert (second.lon, second.lat) == (None, None)
    # The same file again changes nothing: no digit moved on the way.
    assert counts(bring(api, *rows, header=GRID_HEADER, dry_run=True))[:3] == (0, 0, 2)


def test_half_a_point_two_points_and_points_off_the_grid_are_told(api: Api) -> None:
    both = "reference,category,from,longitude,latitude,easting,northing"
    answer = bring(
        api,
        "G/1,ROBBERY,2026-02-06 22:30,,,407249,",
        "G/2,ROBBERY,2026-02-06 22:30,-1.895,52.483,407249,286987",
        "G/3,ROBBERY,2026-02-06 22:30,,,-1.895,52.483",
        header=both,
        dry_run=True,
    )
    told = findings(answer)
    assert [(column, code) for _, column, code in told][:2] == [
        ("northing", "missing"),
        ("easting", "point-twice"),
    ]
    assert any(row == 3 and column == "easting" for row, column, _ in told), told


def test_columns_named_as_crime_systems_do_are_read(api: Api) -> None:
    header = "reference,category,from,Grid Easting,Grid Northing"
    assert counts(bring(api, "G/1,ROBBERY,2026-02-06 22:30,407249,286987", header=header))[0] == 1
    [row] = stored(api)
    assert row.lon == pytest.approx(-1.8947, abs=0.0002)
