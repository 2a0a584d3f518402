"""GIS files: four formats in two coordinate systems say the same, and nothing else is opened."""

import io
import json
import sqlite3
import zipfile
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import Transformer
from shapely.geometry import Polygon, box, mapping

from app.imports.files import read_file
from app.imports.tables import FileRefused, SourceTable, TooManyRows
from app.imports.vectors import read_vector

HOTSPOT = box(-1.9, 52.48, -1.897, 52.482)
VALUES = {"code": "TGP-9", "name": "Café Row", "area_code": "E05011121", "valid_from": "2026-04-01"}
METRE = 1.5e-5  # degrees of longitude here; a grid shift without OSTN15 is good to two metres


def write(path: Path, driver: str, crs: str | None, geometry: Polygon = HOTSPOT) -> bytes:
    if crs not in (None, "EPSG:4326"):
        shift = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
        geometry = shapely.transform(
            geometry, lambda points: np.column_stack(shift.transform(points[:, 0], points[:, 1]))
        )
    pyogrio.raw.write(
        path,
        np.array([shapely.to_wkb(geometry)], dtype=object),
        [np.array([value], dtype=object) for value in VALUES.values()],
        list(VALUES),
        geometry_type="Polygon",
        driver=driver,
        crs=crs,
        encoding="UTF-8",
    )
    return path.read_bytes()


def shapefile(folder: Path, crs: str | None, name: str = "layer") -> bytes:
    write(folder / f"{name}.shp", "ESRI Shapefile", crs or "EPSG:4326")
    if crs is None:
        (folder / f"{name}.prj").unlink()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.glob(f"{name}.*")):
            archive.write(part, f"export/{part.name}")
    return packed.getvalue()


def table_of(raw: bytes, folder: Path) -> SourceTable:
    return read_file(raw, folder / "spool").table


@pytest.mark.parametrize(
    ("driver", "crs"),
    [
        ("GPKG", "EPSG:27700"),
        ("GPKG", "EPSG:4326"),
        ("GeoJSON", "EPSG:27700"),
        ("GeoJSON", "EPSG:4326"),
        ("ESRI Shapefile", "EPSG:27700"),
        ("ESRI Shapefile", "EPSG:4326"),
        ("KML", "EPSG:4326"),
        ("LIBKML", "EPSG:4326"),
    ],
)
def test_one_outline_in_every_format(tmp_path: Path, driver: str, crs: str) -> None:
    if driver == "ESRI Shapefile":
        raw = shapefile(tmp_path, crs)
    else:
        raw = write(tmp_path / f"a.{driver.lower().removeprefix('lib')}", driver, crs)
    table = table_of(raw, tmp_path)
    assert table.crs == crs
    [row] = table.rows
    values = {name.lower(): value for name, value in row.values.items()}
    assert values["area_code"] == "E05011121"
    assert values["code"] == "TGP-9"
    assert values["name"] == "Café Row"
    assert row.geometry is not None
    assert shapely.hausdorff_distance(row.geometry, HOTSPOT) < METRE * 2
    spool = tmp_path / "spool"
    assert not spool.exists() or not list(spool.iterdir())


def test_a_shapefile_without_a_coordinate_system_says_none(tmp_path: Path) -> None:
    raw = shapefile(tmp_path, None)
    assert table_of(raw, tmp_path).crs is None


def test_geojson_without_geometry_or_with_a_broken_one_is_still_read(tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "properties": {"code": "A", "n": 4.0, "x": None}, "geometry": None},
        {
            "type": "Feature",
            "properties": {"code": "B", "n": True},
            "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
        },
    ]
    raw = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    one, two = table_of(raw, tmp_path).rows
    assert one.values == {"code": "A", "n": "4", "x": None}
    assert one.geometry is None
    assert two.values == {"code": "B", "n": "true", "x": None}
    assert two.geometry is not None
    assert two.geometry.is_empty


VRT = b"""<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>
</OGRVRTDataSource>"""
ENTITY = b"""<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]><kml><name>&x;</name></kml>"""


@pytest.mark.parametrize(
    "raw",
    [
        VRT,
        ENTITY,
        ENTITY.decode().encode("utf-16"),
        b"<kml><Document>",
        b"<gml:FeatureCollection xmlns:gml='http://www.opengis.net/gml'/>",
        b'{"type": "Topology", "objects": {}, "arcs": []}',
        b'{"type": "FeatureCollection"}',
        b'{"type": "FeatureCollection", "features": [1]}',
        b'{"type": "FeatureCollection", "features": [], "crs": {"properties": {"name": "/etc/passwd"}}}',
        b"[" * 100_000,
        b"{" + b'"a":[' * 100_000,
        b"PK\x03\x04 damaged",
        b"SQLite format 3\x00" + b"\x00" * 200,
    ],
)
def test_other_formats_are_refused_without_being_opened(tmp_path: Path, raw: bytes) -> None:
    with pytest.raises(FileRefused):
        read_file(raw, tmp_path)


def test_a_plain_sqlite_file_is_no_geopackage(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "plain.db") as connection:
        connection.execute("CREATE TABLE hotspots (code TEXT)")
    connection.close()
    with pytest.raises(FileRefused):
        read_file((tmp_path / "plain.db").read_bytes(), tmp_path)


def test_a_geopackage_of_two_layers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "two.gpkg"
    for layer in ("one", "two"):
        pyogrio.raw.write(
            path,
            np.array([shapely.to_wkb(HOTSPOT)], dtype=object),
            [np.array(["A"], dtype=object)],
            ["code"],
            layer=layer,
            geometry_type="Polygon",
            driver="GPKG",
            crs="EPSG:4326",
            append=path.exists(),
        )
    with pytest.raises(FileRefused, match="one layer"):
        read_file(path.read_bytes(), tmp_path)


def test_a_cut_geopackage_is_refused(tmp_path: Path) -> None:
    raw = write(tmp_path / "a.gpkg", "GPKG", "EPSG:4326")
    with pytest.raises(FileRefused):
        read_file(raw[: len(raw) // 2], tmp_path)


def test_a_zip_bomb_is_stopped(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("layer.shp", b"\x00" * 30_000_000)
    with pytest.raises(TooManyRows):
        read_vector(packed.getvalue(), tmp_path)


@pytest.mark.parametrize("names", [["a.txt"], ["a.shp", "b.shp"], []])
def test_a_zip_must_hold_one_shapefile(tmp_path: Path, names: list[str]) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in [*names, "x"]:
            archive.writestr(name, b"x")
    with pytest.raises(FileRefused):
        read_vector(packed.getvalue(), tmp_path)


def test_names_in_a_zip_never_leave_the_folder(tmp_path: Path) -> None:
    shapefile(tmp_path, "EPSG:4326")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for part in sorted(tmp_path.glob("layer.*")):
            archive.write(part, f"../../../../evil{part.suffix}")
    before = sorted(tmp_path.parent.rglob("*evil*"))
    assert len(table_of(packed.getvalue(), tmp_path).rows) == 1
    assert sorted(tmp_path.parent.rglob("*evil*")) == before


def test_mapping_of_a_property_list_is_joined(tmp_path: Path) -> None:
    feature = {"type": "Feature", "properties": {"roles": ["A", "B"]}, "geometry": mapping(HOTSPOT)}
    raw = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    [row] = table_of(raw, tmp_path).rows
    assert row.values == {"roles": "A;B"}
