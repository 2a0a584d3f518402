"""Imports over HTTP: who may, what is answered, and that a faulty file leaves no trace."""

import gzip
import json
from pathlib import Path
from typing import Any

import httpx2 as httpx
import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import Transformer
from shapely.geometry import Polygon, box, mapping
from sqlmodel import select

from app.audit.models import AuditEvent
from app.database.engine import open_engine
from app.database.session import reading
from tests.conftest import SQUARE, Api, named

ADMIN, PLANNER, SERGEANT = "4134", "4131", "4111"
NEW = box(-1.895, 52.49, -1.892, 52.492)
PROPERTIES = {
    "name": "New Street",
    "kind": "TGP_VIOLENCE",
    "area_code": "NORTH",
    "why_here": "Robberies.",
    "owner": "Sector inspector",
    "valid_from": "2026-03-02",
}
PLAIN = {"before": None, "after": None}


def send(
    api: Api, who: str, kind: str, raw: bytes, media: str = "text/csv", encoding: str = "", **params: bool
) -> httpx.Response:
    headers = {"Content-Type": media} | ({"Content-Encoding": encoding} if encoding else {})
    return api.client.post(
        f"/v1/imports/{kind}", content=raw, params=params, headers=api.as_officer(who, **headers)
    )


def hotspot(code: str, shape: Polygon | None, **other: object) -> dict[str, Any]:
    properties = {"code": code, **PROPERTIES, **other}
    return {"type": "Feature", "properties": properties, "geometry": mapping(shape) if shape else None}


def geojson(*features: dict[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def hotspots(api: Api, *features: dict[str, Any], dry_run: bool = False) -> httpx.Response:
    return send(api, PLANNER, "hotspots", geojson(*features), "application/geo+json", dry_run=dry_run)


def codes(answer: httpx.Response) -> list[tuple[int | None, str, str]]:
    body = answer.json()
    assert answer.status_code == 200, body
    return [(one["row"], one["code"], one["severity"]) for one in body["findings"]]


def test_try_apply_and_send_again(api: Api) -> None:
    feature = hotspot("TGP-9", NEW)
    tried = hotspots(api, feature, dry_run=True).json()
    assert (tried["dry_run"], tried["applied"], tried["run_id"]) == (True, False, None)
    assert tried["changes"] == [{"action": "new", "key": "TGP-9", "row": 1, "fields": [], **PLAIN}]
    assert [one["code"] for one in api.get(PLANNER, "/v1/hotspots").json()["items"]] == ["TGP-1", "TGP-2"]

    applied = hotspots(api, feature).json()
    assert (applied["applied"], applied["repeated"]) == (True, False)
    assert [one["code"] for one in api.get(PLANNER, "/v1/hotspots").json()["items"]] == [
        "TGP-1",
        "TGP-2",
        "TGP-9",
    ]

    again = hotspots(api, feature).json()
    assert again == {**applied, "repeated": True}
    [run] = api.get(PLANNER, "/v1/imports").json()["items"]
    assert run["id"] == applied["run_id"]
    assert run["imported_by"] == str(named(PLANNER))


def test_one_faulty_row_stops_the_file(api: Api) -> None:
    answer = hotspots(api, hotspot("TGP-9", NEW), hotspot("TGP-10", NEW, area_code="NOWHERE", kind="PARK"))
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == "import-refused"
    assert [(one["pointer"], one["code"]) for one in problem["errors"]] == [("#/rows/2/kind", "value")]
    assert "NOWHERE" not in answer.text
    assert len(api.get(PLANNER, "/v1/hotspots").json()["items"]) == 2
    assert api.get(PLANNER, "/v1/imports").json()["items"] == []


@pytest.mark.parametrize(
    ("who", "kind", "status"),
    [
        (PLANNER, "areas", 200),
        (PLANNER, "teams", 200),
        (PLANNER, "officers", 403),
        (SERGEANT, "teams", 403),
        (SERGEANT, "officers", 403),
        (ADMIN, "officers", 200),
        (ADMIN, "secrets", 404),
    ],
)
def test_who_may(api: Api, who: str, kind: str, status: int) -> None:
    assert send(api, who, kind, b"a,b\n1,2\n", dry_run=True).status_code == status


def test_strangers_files_are_not_read(api: Api) -> None:
    answer = api.client.post("/v1/imports/teams", content=b"x", headers={"Content-Type": "text/csv"})
    assert answer.status_code == 401


def test_formats_and_limits(api: Api) -> None:
    assert send(api, ADMIN, "teams", b"x", "image/png").status_code == 415
    assert send(api, ADMIN, "teams", b"x", "text/csv", "br").status_code == 415
    assert send(api, ADMIN, "teams", b"").json()["code"] == "unreadable-file"
    huge = send(api, ADMIN, "teams", b"x" * (20 * 1024 * 1024 + 1))
    assert huge.status_code == 413
    assert "20971520 bytes" in huge.json()["detail"]
    bomb = send(api, ADMIN, "teams", gzip.compress(b"\n" * 50_000_000), "text/csv", "gzip")
    assert bomb.status_code == 413


def test_a_file_larger_than_an_ordinary_body_is_read(api: Api) -> None:
    rows = "".join(f"T-{n},{'Team ' + 'x' * 60},RESPONSE,NORTH,2026-01-01\n" for n in range(20_000))
    raw = ("code,name,kind,area_code,valid_from\n" + rows).encode()
    assert len(raw) > 1_048_576
    plain = send(api, ADMIN, "teams", raw, dry_run=True)
    assert plain.json()["counts"]["new"] == 20_000
    packed = send(api, ADMIN, "teams", gzip.compress(raw), "text/csv", "gzip", dry_run=True)
    assert packed.json()["counts"] == plain.json()["counts"]


BOW_TIE = Polygon([(-1.9, 52.49), (-1.89, 52.5), (-1.89, 52.49), (-1.9, 52.5)])


@pytest.mark.parametrize(
    ("shape", "code", "severity"),
    [
        (BOW_TIE, "self-crossing", "error"),
        (None, "geometry-missing", "error"),
        (box(52.49, -1.895, 52.492, -1.892), "swapped", "error"),
        (box(0, 0, 0.001, 0.001), "null-island", "error"),
        (box(2.34, 48.85, 2.341, 48.851), "outside-uk", "error"),
        (box(-1.9, 52.49, -1.8, 52.6), "too-large", "error"),
        (box(-1.91, 52.49, -1.89, 52.5), "large", "warning"),
        (box(-1.895, 52.49, -1.8949, 52.4901), "too-small", "error"),
        (box(*SQUARE), "same-outline", "warning"),
        (box(SQUARE[0], SQUARE[1], SQUARE[0] + 0.0037, SQUARE[3]), "overlap", "warning"),
    ],
)
def test_outlines_are_examined(api: Api, shape: Polygon | None, code: str, severity: str) -> None:
    assert codes(hotspots(api, hotspot("TGP-9", shape), dry_run=True)) == [(1, code, severity)]


def test_an_overlap_names_the_other_hotspot_and_the_share(api: Api) -> None:
    half = box(SQUARE[0] - 0.0037, SQUARE[1], SQUARE[0] + 0.0037, SQUARE[3])
    [finding] = hotspots(api, hotspot("TGP-9", half), dry_run=True).json()["findings"]
    assert finding["detail"] == "Shares 50 % of the smaller with TGP-1."


def test_a_code_twice_in_a_file(api: Api) -> None:
    found = codes(hotspots(api, hotspot("TGP-9", NEW), hotspot("TGP-9", NEW), dry_run=True))
    assert (2, "repeated", "error") in found


def test_a_new_outline_is_a_new_version_and_the_old_one_stays(api: Api) -> None:
    original = {
        "name": "Hotspot TGP-1",
        "why_here": "Robberies of young people after school.",
        "plan_reference": "PMP-1",
        "review_on": "2026-06-01",
    }
    same_day = hotspots(api, hotspot("TGP-1", NEW, **original, valid_from="2025-01-01"), dry_run=True)
    assert codes(same_day) == [(1, "outline-in-force", "error")]
    older = hotspots(api, hotspot("TGP-1", NEW, **original, valid_from="2024-12-31"), dry_run=True)
    assert codes(older) == [(1, "older-than-current", "error")]

    later = hotspots(api, hotspot("TGP-1", NEW, **original, valid_from="2026-04-01")).json()
    assert later["changes"] == [
        {"action": "changed", "key": "TGP-1", "row": 1, "fields": ["outline"], **PLAIN}
    ]
    address = f"/v1/hotspots/{named('TGP-1')}"
    versions = api.get(SERGEANT, f"{address}/boundaries").json()["items"]
    assert [(one["version"], one["valid_from"]) for one in versions] == [(1, "2025-01-01"), (2, "2026-04-01")]
    assert api.get(SERGEANT, address).json()["boundary"]["version"] == 1
    api.clock.forward(days=40)
    assert api.get(SERGEANT, address).json()["boundary"]["version"] == 2

    # The first file once more, spelt differently: its version is there already.
    first = box(*SQUARE)
    again = hotspots(api, hotspot("TGP-1", first, **original, valid_from="2025-01-01")).json()
    assert (again["counts"]["unchanged"], again["changes"]) == (1, [])


def test_a_new_briefing_and_name_are_versions(api: Api) -> None:
    answer = hotspots(api, hotspot("TGP-1", None)).json()
    assert answer["changes"][0]["fields"] == ["name", "briefing"]
    seen = api.get(SERGEANT, f"/v1/hotspots/{named('TGP-1')}").json()
    assert (seen["name"], seen["briefing"]["version"], seen["boundary"]["version"]) == ("New Street", 2, 1)


def test_a_geopackage_in_british_national_grid(api: Api, tmp_path: Path) -> None:
    shift = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)
    metres = shapely.transform(
        NEW, lambda points: np.column_stack(shift.transform(points[:, 0], points[:, 1]))
    )
    values = {"code": "TGP-9", **PROPERTIES}
    pyogrio.raw.write(
        tmp_path / "a.gpkg",
        np.array([shapely.to_wkb(metres)], dtype=object),
        [np.array([value], dtype=object) for value in values.values()],
        list(values),
        geometry_type="Polygon",
        driver="GPKG",
        crs="EPSG:27700",
    )
    raw = (tmp_path / "a.gpkg").read_bytes()
    report = send(api, PLANNER, "hotspots", raw, "application/geopackage+sqlite3").json()
    assert report["applied"], report
    [new] = [one for one in api.get(PLANNER, "/v1/hotspots").json()["items"] if one["code"] == "TGP-9"]
    boundary = api.get(PLANNER, f"/v1/hotspots/{new['id']}").json()["boundary"]
    assert boundary["source_crs"] == "EPSG:27700"
    outline = shapely.geometry.shape(boundary["geometry"])
    assert shapely.hausdorff_distance(outline, NEW) < 3e-5


AREAS = "code,name,kind,parent_code,valid_from\n"


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ("X,Another,FORCE,,2026-01-01\n", "second-force"),
        ("W,Ward,WARD,,2026-01-01\n", "missing"),
        ("W,Ward,WARD,NOWHERE,2026-01-01\n", "parent-unknown"),
        ("W,Ward,WARD,W,2026-01-01\n", "circle"),
        ("W,Ward,WARD,NORTH,2026-01-01\nL,Lpa,LPA,W,2026-01-01\n", "kind-order"),
        ("FORCE,Force,FORCE,NORTH,2026-01-01\n", "parent-of-force"),
        ("FORCE,Force,LPA,NORTH,2026-01-01\n", "force-is-force"),
        ("S,Sector,SECTOR,N,2026-01-01\nN,Part,NEIGHBOURHOOD,S,2026-01-01\n", "circle"),
    ],
)
def test_the_tree_must_hold_together(api: Api, rows: str, code: str) -> None:
    answer = send(api, PLANNER, "areas", (AREAS + rows).encode(), dry_run=True)
    assert code in {one[1] for one in codes(answer)}


def test_a_ward_that_moves_is_seen_from_its_new_area(api: Api) -> None:
    first = send(api, PLANNER, "areas", (AREAS + "W,Ward,WARD,NORTH,2026-01-01\n").encode())
    assert first.json()["applied"], first.json()
    team = "code,name,kind,area_code,valid_from\nW-1,Ward team,RESPONSE,W,2026-01-01\n"
    assert send(api, PLANNER, "teams", team.encode()).json()["applied"]

    def below(area: str) -> list[str]:
        items = api.get(SERGEANT, "/v1/teams", area_id=str(named(area))).json()["items"]
        return [one["code"] for one in items]

    assert (below("NORTH"), below("SOUTH")) == (["NORTH-1", "W-1"], ["SOUTH-1"])
    moved = send(api, PLANNER, "areas", (AREAS + "W,Ward,WARD,SOUTH,2026-02-01\n").encode()).json()
    assert moved["changes"] == [{"action": "changed", "key": "W", "row": 1, "fields": ["area"], **PLAIN}]
    assert (below("NORTH"), below("SOUTH")) == (["NORTH-1"], ["SOUTH-1", "W-1"])
    assert below("FORCE") == ["NORTH-1", "SOUTH-1", "W-1"]


def test_files_stay_in_the_callers_force(api: Api) -> None:
    team = "code,name,kind,area_code,valid_from\nX-1,Theirs,RESPONSE,OTHER,2026-01-01\n"
    assert codes(send(api, ADMIN, "teams", team.encode(), dry_run=True)) == [(1, "area-unknown", "error")]
    # The same code in another force is another team.
    ours = "code,name,kind,area_code,valid_from\nOTHER-1,Ours,RESPONSE,NORTH,2026-01-01\n"
    assert send(api, ADMIN, "teams", ours.encode()).json()["counts"]["new"] == 1


def test_every_import_is_logged(api: Api) -> None:
    hotspots(api, hotspot("TGP-9", NEW))
    send(api, SERGEANT, "teams", b"code\nA\n")
    engine = open_engine(api.url)
    with reading(engine) as session:
        events = {event.operation: event for event in session.exec(select(AuditEvent)).all()}
    engine.dispose()
    commit = events["imports.hotspots.commit"]
    assert (commit.actor_id, commit.action) == (named(PLANNER), "ALTER")
    assert len(commit.subjects["hotspot"]) == 1
    assert events["force:places:import"].action == "DENIED"


def test_runs_come_page_by_page(api: Api) -> None:
    for number in range(3):
        api.clock.forward(seconds=1)
        row = f"code,name,kind,area_code,valid_from\nT-{number},Team,RESPONSE,NORTH,2026-01-01\n"
        assert send(api, ADMIN, "teams", row.encode()).status_code == 200
    first = api.get(ADMIN, "/v1/imports", limit=2).json()
    second = api.get(ADMIN, "/v1/imports", limit=2, cursor=first["next_cursor"]).json()
    times = [one["imported_at"] for one in first["items"] + second["items"]]
    assert (len(times), times, second["next_cursor"]) == (3, sorted(times, reverse=True), None)
    assert api.get(SERGEANT, "/v1/imports").status_code == 403
