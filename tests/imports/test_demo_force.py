"""The demonstration force's own files, brought in on an empty database by the command's use case, and again."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func
from sqlmodel import Session, select

from app.areas.import_kinds import (
    AREAS,
    HOTSPOTS,
    OFFICERS,
    TEAMS,
    ForceNotChosen,
    import_from_console,
)
from app.areas.models import (
    Area,
    AreaAncestor,
    AreaBoundary,
    Hotspot,
    HotspotBoundary,
    Membership,
    PlaceVersion,
)
from app.audit.models import AuditEvent
from app.database.engine import open_engine
from app.database.session import reading
from app.identity.models import Officer, OfficerIdentity
from app.imports.files import read_file
from app.imports.models import ImportRun
from app.imports.schemas import ImportReport
from app.imports.service import ImportKind, ImportOptions
from app.imports.tables import SourceFile

DATA = Path(__file__).resolve().parents[2] / "demo" / "data"
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ISSUER = ImportOptions(default_issuer="https://login.example.org")
DEMO_KINDS = (AREAS, TEAMS, HOTSPOTS, OFFICERS)
FILES = {
    "areas": "areas.geojson",
    "teams": "teams.csv",
    "hotspots": "hotspots.geojson",
    "officers": "officers.csv",
}


@pytest.fixture
def engine(engine_url: str) -> Iterator[Engine]:
    engine = open_engine(engine_url)
    yield engine
    engine.dispose()


def bring(engine: Engine, kind: ImportKind, source: SourceFile, *, dry_run: bool = False) -> ImportReport:
    options = ISSUER if kind is OFFICERS else ImportOptions()
    return import_from_console(engine, kind, source, options, None, NOW, dry_run=dry_run)


def source_of(kind: str, tmp_path: Path) -> SourceFile:
    return read_file((DATA / FILES[kind]).read_bytes(), tmp_path)


@pytest.fixture
def demo(engine: Engine, tmp_path: Path) -> Engine:
    for kind in DEMO_KINDS:
        report = bring(engine, kind, source_of(kind.name, tmp_path))
        assert report.applied, (kind.name, report.findings)
    return engine


def count(session: Session, table: type) -> int:
    return int(session.execute(select(func.count()).select_from(table)).scalar_one())


def totals(engine: Engine) -> dict[str, int]:
    with reading(engine) as session:
        tables = (
            Area,
            AreaAncestor,
            AreaBoundary,
            PlaceVersion,
            Hotspot,
            HotspotBoundary,
            Officer,
            Membership,
        )
        return {table.__name__: count(session, table) for table in (*tables, OfficerIdentity, ImportRun)}


def test_everything_comes_in(demo: Engine) -> None:
    assert totals(demo) == {
        "Area": 77,
        # each of 69 wards with its LPA and the force, each of 7 LPAs with the force, and everybody with themselves
        "AreaAncestor": 77 + 69 * 2 + 7,
        "AreaBoundary": 77,
        "PlaceVersion": 77 + 7 + 11,
        "Hotspot": 11,
        "HotspotBoundary": 11,
        "Officer": 27,
        "Membership": 27,
        "OfficerIdentity": 27,
        "ImportRun": 4,
    }
    with reading(demo) as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.action == "ALTER")).all()
        assert sorted(event.operation for event in events) == [
            "imports.areas.commit",
            "imports.hotspots.commit",
            "imports.officers.commit",
            "imports.teams.commit",
        ]


def test_the_same_files_again_change_nothing(demo: Engine, tmp_path: Path) -> None:
    before = totals(demo)
    for kind in DEMO_KINDS:
        report = bring(demo, kind, source_of(kind.name, tmp_path))
        assert report.repeated
        assert report.counts.new == report.counts.rows
    assert totals(demo) == before


def reordered(text: str, delimiter: str) -> bytes:
    """The same rows with columns the other way round, CRLF, a byte-order mark and another delimiter."""
    rows = [list(reversed(row)) for row in csv.reader(io.StringIO(text))]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows([rows[0], *reversed(rows[1:])])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


@pytest.mark.parametrize("kind", [TEAMS, OFFICERS])
def test_the_same_rows_in_another_spelling_are_unchanged(
    demo: Engine, tmp_path: Path, kind: ImportKind
) -> None:
    raw = reordered((DATA / FILES[kind.name]).read_text(encoding="utf-8"), ";" if kind is TEAMS else "\t")
    report = bring(demo, kind, read_file(raw, tmp_path))
    assert report.applied
    assert not report.repeated
    assert report.counts.unchanged == report.counts.rows
    assert report.changes == []


@pytest.mark.parametrize("kind", [AREAS, HOTSPOTS])
def test_the_same_outlines_written_anew_are_unchanged(demo: Engine, tmp_path: Path, kind: ImportKind) -> None:
    document = json.loads((DATA / FILES[kind.name]).read_text(encoding="utf-8"))
    for feature in document["features"]:
        shape = feature["geometry"]
        rings = shape["coordinates"] if shape["type"] == "Polygon" else shape["coordinates"][0]
        ring = rings[0]
        rings[0] = [*ring[3:], *ring[1:4]]
    document["features"].reverse()
    report = bring(demo, kind, read_file(json.dumps(document, indent=1).encode(), tmp_path))
    assert report.applied, report.findings
    assert report.counts.unchanged == report.counts.rows
    assert report.changes == []


def test_a_dry_run_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    report = bring(engine, AREAS, source_of("areas", tmp_path), dry_run=True)
    assert report.dry_run
    assert report.counts.new == 77
    assert totals(engine)["Area"] == 0
    assert totals(engine)["ImportRun"] == 0


def test_only_areas_make_a_force(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(ForceNotChosen):
        bring(engine, TEAMS, source_of("teams", tmp_path))


def test_a_file_without_an_issuer_needs_the_option(demo: Engine, tmp_path: Path) -> None:
    source = source_of("officers", tmp_path)
    report = import_from_console(demo, OFFICERS, source, ImportOptions(), None, NOW, dry_run=False)
    assert not report.applied
    assert {(one.column, one.code) for one in report.findings} == {("issuer", "missing")}
