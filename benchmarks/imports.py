"""A hundred thousand engagements by file, on both databases: seconds, processor time, and the most memory it took.

`python -m benchmarks.imports`, and with `--kind wmnow-engagements` the records of WMNow's tracker. The force is of West
Midlands' size: 2,500 officers, 84 hotspots, 168 areas. Each file is brought in by the command an operator runs, in a
process of its own: first new, then as another file with the same rows, then with one row in ten corrected. Half of the
rows have a point, so hotspots and wards are found for them.
"""

import argparse
import csv
import io
import json
import math
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import psycopg
import xlsxwriter
from rich.console import Console
from rich.table import Table
from shapely import GeometryCollection, MultiPolygon, Point, box

from app.areas.kinds import AreaKind
from app.areas.models import Area, AreaBoundary, Hotspot, HotspotBoundary
from app.identity.models import Officer
from benchmarks.bulk import Bulk
from benchmarks.large_places import Force, made_up_force, named
from tests.conftest import ISSUER
from tests.databases import migrate
from tests.postgres import running_server

ROWS = 100_000
# Both are read from the same files: columns that a kind does not have are left out.
KINDS = ("engagements", "wmnow-engagements")
GOAL = "under 60 s by the clock on a quiet machine"
SINCE, FIRST, DAYS = date(2024, 1, 1), datetime(2025, 9, 1, 6, 0), 365  # noqa: DTZ001 - as a file writes it
HEADER = (
    "reference", "collar_number", "occurred_at", "engagement_type", "method", "minutes", "planned", "published",
    "people_reached", "priority_groups", "minority_groups", "issues", "officers", "longitude", "latitude",
)  # fmt: skip
TYPES = ("COMM_MEET", "BEAT_SURGERY", "DOOR_KNOCK", "SCHOOL", "HOTSPOT_CHAT", "POPUP")
GROUPS = ("RESIDENTS", "OLDER_65", "YOUNG_18_24", "BUSINESS", "STUDENTS")
MINORITIES = ("RACE_ASIAN=5", "DISABILITY", "RACE_BLACK=3;RACE_WHITE=4", "")
ISSUES = ("ASB", "DRUGS", "VEHICLES", "")


@dataclass(frozen=True, slots=True)
class Took:
    """What one import took: seconds, processor seconds of the command and of the database, mebibytes at the most."""

    seconds: float
    command_cpu: float
    database_cpu: float
    most_mib: float
    counts: dict[str, int]


def engagement_rows(force: Force, count: int, corrected: int | None = None) -> Iterator[Sequence[str]]:
    """So many engagements of a force over a year, as `rows_of` makes them."""
    collars = [row.collar_number for row in force.rows if isinstance(row, Officer)]
    points = [row.geometry.centroid for row in force.rows if isinstance(row, HotspotBoundary)]
    return rows_of(collars, points, count, corrected)


def rows_of(
    collars: Sequence[str], points: Sequence[Point], count: int, corrected: int | None = None
) -> Iterator[Sequence[str]]:
    """So many engagements over a year in the order of their time; every `corrected`-th reached one person more."""
    chance = random.Random(11)
    for number in range(count):
        at = FIRST + timedelta(minutes=number * DAYS * 24 * 60 // count)
        here = chance.choice(points)
        placed = number % 2 == 0
        people = chance.randrange(1, 40) + (corrected is not None and number % corrected == 0)
        yield (
            f"TR-{number:07d}", chance.choice(collars), f"{at:%d/%m/%Y %H:%M}", chance.choice(TYPES), "FACE",
            str(chance.randrange(5, 120)), "yes", "no", str(people), ";".join(chance.sample(GROUPS, 2)),
            chance.choice(MINORITIES), chance.choice(ISSUES), chance.choice(collars),
            f"{here.x + chance.uniform(-0.01, 0.01):.6f}" if placed else "",
            f"{here.y + chance.uniform(-0.01, 0.01):.6f}" if placed else "",
        )  # fmt: skip


def ward_outlines(force: Force) -> list[AreaBoundary]:
    """Outlines of the wards, side by side over the ground of all hotspots."""
    wards = [row for row in force.rows if isinstance(row, Area) and row.kind is AreaKind.WARD]
    ground = [row.geometry for row in force.rows if isinstance(row, HotspotBoundary)]
    west, south, east, north = GeometryCollection(ground).buffer(0.02).bounds
    wide = math.ceil(math.sqrt(len(wards)))
    found = []
    for number, ward in enumerate(wards):
        row, column = divmod(number, wide)
        outline = box(
            west + (east - west) * column / wide,
            south + (north - south) * row / wide,
            west + (east - west) * (column + 1) / wide,
            south + (north - south) * (row + 1) / wide,
        )
        found.append(
            AreaBoundary(
                id=named(f"{ward.code} outline"), area_id=ward.id, geometry=MultiPolygon([outline]), valid_from=SINCE,
                source="made up",
            )
        )  # fmt: skip
    return found


def as_csv(rows: Iterator[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([HEADER, *rows])
    return text.getvalue().encode()


def as_xlsx(rows: Iterator[Sequence[str]]) -> bytes:
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate([HEADER, *rows]):
            sheet.write_row(place, 0, row)
    return packed.getvalue()


def database_cpu(url: str) -> float:
    """Processor time of a PostgreSQL server's processes that have ended; 0 on SQLite, which is in the command."""
    if url.startswith("sqlite"):
        return 0.0
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        pid = connection.info.backend_pid
        parent = int(_stat(pid)[1])
    return sum(int(ticks) for ticks in _stat(parent)[13:15]) / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def bring_in(url: str, path: Path, kind: str) -> Took:
    """Runs the command on a file, in a process of its own."""
    before = database_cpu(url)
    begun = time.perf_counter()
    read_end, write_end = os.pipe()
    environment = {**os.environ, "BEATCHECK_DATABASE_URL": url, "BEATCHECK_PROFILE": "development"}
    arguments = [sys.executable, "-m", "app.cli", "import", kind, str(path), "--json"]
    if kind == KINDS[1]:
        # A local time that the clocks skip in March is a fault there.
        arguments.append("--only-good-rows")
    pid = os.posix_spawn(
        sys.executable, arguments, environment, file_actions=[(os.POSIX_SPAWN_DUP2, write_end, 1)]
    )
    os.close(write_end)
    with os.fdopen(read_end, "rb") as output:
        report = json.loads(output.read())
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise RuntimeError(f"the import failed: {report['findings'][:3]}")
    return Took(
        time.perf_counter() - begun,
        usage.ru_utime + usage.ru_stime,
        database_cpu(url) - before,
        usage.ru_maxrss / 1024,
        report["counts"],
    )


def measure(url: str, rows: int, folder: Path, kind: str) -> list[tuple[str, Took]]:
    """Fills a database with the force and brings the files in, one after the other."""
    migrate(url)
    force = made_up_force(4, 2_500, SINCE, ISSUER)
    files = {
        "new rows, CSV": as_csv(engagement_rows(force, rows)),
        "the same rows, XLSX": as_xlsx(engagement_rows(force, rows)),
        "one in ten corrected, CSV": as_csv(engagement_rows(force, rows, corrected=10)),
    }
    bulk = Bulk(url, [Hotspot])
    bulk.add_few([*force.rows, *ward_outlines(force)])
    bulk.with_statistics()
    bulk.close()
    found = []
    for name, raw in files.items():
        path = folder / "engagements"
        path.write_bytes(raw)
        found.append((name, bring_in(url, path, kind)))
    return found


def run(console: Console, rows: int, databases: Sequence[str], kind: str = KINDS[0]) -> None:
    """Measures on both databases and prints."""
    table = Table(title=f"{rows:,} {kind} by file; goal {GOAL}")
    for heading in ("database", "file", "s", "command CPU s", "database CPU s", "peak MiB", "counts"):
        table.add_column(heading, justify="left" if heading in ("database", "file", "counts") else "right")
    for database in databases:
        with tempfile.TemporaryDirectory() as folder:
            if database == "sqlite":
                found = measure(f"sqlite:///{folder}/imports.db", rows, Path(folder), kind)
            else:
                with running_server() as server:
                    found = measure(server.create(f"imports_{os.getpid()}"), rows, Path(folder), kind)
        for name, took in found:
            counts = ", ".join(f"{count} {word}" for word, count in took.counts.items() if count)
            table.add_row(
                database, name, f"{took.seconds:.1f}", f"{took.command_cpu:.1f}", f"{took.database_cpu:.1f}",
                f"{took.most_mib:.0f}", counts,
            )  # fmt: skip
    console.print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--database", action="append", choices=("sqlite", "postgres"))
    parser.add_argument("--kind", choices=KINDS, default=KINDS[0])
    chosen = parser.parse_args()
    run(Console(width=170), chosen.rows, chosen.database or ("sqlite", "postgres"), chosen.kind)
