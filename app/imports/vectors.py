"""Rows out of GIS files: GeoJSON, GeoPackage, KML and zipped Shapefiles, in any coordinate system, as WGS84.

A file is taken for what its first bytes say, never for its name. Only these four drivers of GDAL ever see it; a
GeoPackage and a KML stay in memory, a Shapefile is unpacked under names of our own, and nothing in a file can make
GDAL open another file or the network. Without the OSTN15 grid a shift from British National Grid is good to two
metres, which is less than a phone's error.
"""

import json
import tempfile
import warnings
import zipfile
from pathlib import Path
from xml.parsers import expat

import numpy as np
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from shapely.errors import GEOSException
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from app.imports.archives import open_archive, unpacked
from app.imports.tables import (
    MAX_COLUMNS,
    MAX_ROWS_AT_ONCE,
    FileRefused,
    SourceRow,
    SourceTable,
    TooManyRows,
    given,
)

WGS84 = "EPSG:4326"
MAX_UNPACKED = 100 * 1024 * 1024
_MAX_RATIO = 200
_MAX_MEMBERS = 100
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_GEOPACKAGE_IDS = (b"GPKG", b"GP10", b"GP11")
# GDAL asks these before it opens anything over HTTP or through a SQLite virtual table.
_CLOSED = {"CPL_VSIL_CURL_ALLOWED_FILENAME": "none", "OGR_SQLITE_LIST_VIRTUAL_OGR": "NO"}


def read_vector(raw: bytes, directory: Path) -> SourceTable | None:
    """The features of a GIS file in WGS84, or None when the bytes are none of our formats. Raises FileRefused.

    `directory` is where a Shapefile is unpacked for the time of reading.
    """
    start = raw[:512].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"{"):
        return _read_geojson(raw)
    if raw.startswith(b"SQLite format 3\x00"):
        if raw[68:72] not in _GEOPACKAGE_IDS:
            raise FileRefused("The file is a SQLite database but no GeoPackage.")
        return _read_gdal(raw, ("GPKG",))
    if raw.startswith(b"PK\x03\x04"):
        return _read_shapefile(raw, directory)
    if start.startswith(b"<"):
        _check_kml(raw)
        return _read_gdal(raw, ("LIBKML", "KML"))
    return None


def _read_geojson(raw: bytes) -> SourceTable:
    try:
        document = json.loads(raw.decode("utf-8-sig"))
        if document.get("type") != "FeatureCollection":
            raise FileRefused("The JSON is no GeoJSON FeatureCollection.")
        features = document["features"]
        if len(features) > MAX_ROWS_AT_ONCE:
            raise TooManyRows(f"A file may have {MAX_ROWS_AT_ONCE} rows.")
        properties = [_geojson_properties(feature) for feature in features]
        headers = tuple(dict.fromkeys(name for each in properties for name in each))
        crs = _geojson_crs(document.get("crs"))
        records = [
            (each, _geojson_geometry(feature)) for each, feature in zip(properties, features, strict=True)
        ]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise FileRefused("The file is not well-formed GeoJSON.") from None
    return _table(headers, records, crs)


def _geojson_properties(feature: dict[str, object]) -> dict[str, object]:
    given_properties = feature["properties"]
    if given_properties is None:
        return {}
    if not isinstance(given_properties, dict):
        raise TypeError("properties")
    return given_properties


def _geojson_crs(member: object) -> str:
    # RFC 7946 knows WGS84 only; older files, and many a force's, name another system in a `crs` member.
    if member is None:
        return WGS84
    name = member["properties"]["name"] if isinstance(member, dict) else None
    if not isinstance(name, str):
        raise ValueError("crs")
    return WGS84 if name.endswith("CRS84") else name


def _geojson_geometry(feature: dict[str, object]) -> BaseGeometry | None:
    given_geometry = feature["geometry"]
    if given_geometry is None:
        return None
    try:
        return shape(given_geometry)
    except (GEOSException, ValueError, TypeError, KeyError, IndexError, AttributeError):
        # A ring of two points and the like: the row is told that its geometry is none, the others are still read.
        return shapely.GeometryCollection()


def _check_kml(raw: bytes) -> None:
    roots: list[str] = []

    def doctype(*_given: object) -> None:
        raise FileRefused("A KML file may not declare a document type.")

    def element(name: str, _attributes: dict[str, str]) -> None:
        if not roots:
            roots.append(name.rpartition(":")[2])

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = element
    try:
        parser.Parse(raw, True)
    except expat.ExpatError:
        raise FileRefused("The file is not well-formed XML.") from None
    if roots != ["kml"]:
        raise FileRefused("The XML is no KML.")


def _read_shapefile(raw: bytes, directory: Path) -> SourceTable:
    directory.mkdir(parents=True, exist_ok=True)
    with open_archive(raw) as archive, tempfile.TemporaryDirectory(dir=directory) as folder:
        _unpack(archive, Path(folder))
        return _read_gdal(Path(folder) / "layer.shp", ("ESRI Shapefile",))


def _unpack(archive: zipfile.ZipFile, folder: Path) -> None:
    members = archive.infolist()
    layers = [one for one in members if one.filename.lower().endswith(".shp")]
    if len(layers) != 1 or len(members) > _MAX_MEMBERS:
        raise FileRefused("The zip archive must hold one Shapefile.")
    stem = layers[0].filename[:-4].lower()
    total = 0
    for member in members:
        part = member.filename[-4:].lower()
        if member.filename[:-4].lower() != stem or part not in _SHAPEFILE_PARTS:
            continue
        content = unpacked(archive, member, MAX_UNPACKED - total + 1)
        total += len(content)
        if total > MAX_UNPACKED or len(content) > max(member.compress_size * _MAX_RATIO, 1024 * 1024):
            raise TooManyRows(
                f"A zip archive may unpack to {MAX_UNPACKED} bytes, 200 times its size at most."
            )
        (folder / f"layer{part}").write_bytes(content)


def _read_gdal(source: bytes | Path, drivers: tuple[str, ...]) -> SourceTable:
    pyogrio.set_gdal_config_options(_CLOSED)
    try:
        # GDAL's remarks on odd files reach Python as warnings; our own checks say what matters.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layers = pyogrio.list_layers(source)
            spatial = [str(name) for name, kind in layers if kind is not None]
            if len(spatial) != 1:
                raise FileRefused("The file must hold one layer with geometries.")
            info = pyogrio.read_info(source, layer=spatial[0])
            if info["driver"] not in drivers:
                raise FileRefused("The file is not what its first bytes say.")
            meta, _, wkb, columns = pyogrio.raw.read(
                source,
                layer=spatial[0],
                force_2d=True,
                max_features=MAX_ROWS_AT_ONCE + 1,
                datetime_as_string=True,
            )
            geometries = shapely.from_wkb(wkb, on_invalid="ignore")
    except (DataSourceError, DataLayerError, GEOSException, UnicodeDecodeError, ValueError):
        raise FileRefused("The file is damaged or not one of the formats we read.") from None
    if len(wkb) > MAX_ROWS_AT_ONCE:
        raise TooManyRows(f"A file may have {MAX_ROWS_AT_ONCE} rows.")
    headers = tuple(str(name) for name in meta["fields"])
    records = [
        ({header: column[number] for header, column in zip(headers, columns, strict=True)}, geometry)
        for number, geometry in enumerate(geometries)
    ]
    return _table(headers, records, meta["crs"])


def _table(
    headers: tuple[str, ...], records: list[tuple[dict[str, object], BaseGeometry | None]], crs: str | None
) -> SourceTable:
    if len(headers) > MAX_COLUMNS:
        raise FileRefused(f"A file may have {MAX_COLUMNS} columns.")
    name, transformer = _to_wgs84(crs)
    rows = tuple(
        SourceRow(
            number,
            {header: _text(values.get(header)) for header in headers},
            _moved(geometry, transformer),
        )
        for number, (values, geometry) in enumerate(records, 1)
    )
    return SourceTable(headers, rows, spatial=True, crs=name)


def _to_wgs84(crs: str | None) -> tuple[str | None, Transformer | None]:
    if crs is None or crs == WGS84:
        return crs, None
    try:
        system = CRS.from_user_input(crs)
        authority = system.to_authority(min_confidence=70)
        name = ":".join(authority) if authority else system.name
        if name == WGS84:
            return WGS84, None
        return name[:100], Transformer.from_crs(system, WGS84, always_xy=True)
    except (CRSError, ProjError):
        raise FileRefused("The file names a coordinate system we do not know.") from None


def _moved(geometry: BaseGeometry | None, transformer: Transformer | None) -> BaseGeometry | None:
    if geometry is None:
        return None
    flat = shapely.force_2d(geometry)
    if transformer is None:
        return flat
    return shapely.transform(
        flat, lambda points: np.column_stack(transformer.transform(points[:, 0], points[:, 1]))
    )


def _text(value: object) -> str | None:
    """A property as the text a CSV file would hold: 41.0 is `41`, true is `true`, a list its parts with `;`."""
    if value is None or (isinstance(value, float | np.floating) and not np.isfinite(value)):
        return None
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, list | np.ndarray):
        return given(";".join(str(part) for part in value))
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(np.datetime_as_string(value, unit="D"))
    return given(str(value))
