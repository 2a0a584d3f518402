"""Takes pictures of pages that print, as the force of `python -m demo.months` gets them.

    python -m docs.pictures.pages http://127.0.0.1:8000 var/months

asks a service that still serves, with the token files in that folder, and writes docs/pictures/pages/.

    python -m demo.exchange --page var/under-recording.html
    python -m docs.pictures.pages --page var/under-recording.html

prints a page that was kept. Both need a browser and poppler (`apt-get install chromium poppler-utils`). Pages are
printed on A4, as a printer would.
"""

import struct
import subprocess
import sys
import tempfile
import zlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx2 as httpx
import numpy as np

PAGES = Path(__file__).resolve().parent / "pages"
TEAM, HOTSPOT, AREA = "BE-NH", "CC-NEWST", "E08000025"
DOTS_PER_INCH = 96


class Service:
    """The service, asked by whoever holds a role."""

    def __init__(self, url: str, folder: Path) -> None:
        self._http = httpx.Client(base_url=url, timeout=60)
        self._folder = folder

    def get(self, role: str, path: str) -> httpx.Response:
        name, _, value = (self._folder / "sign-in" / role).read_text().strip().partition(": ")
        answer = self._http.get(path, headers={name: value})
        answer.raise_for_status()
        return answer

    def id_of(self, path: str, code: str, name: str = "id", said: str = "code") -> Any:
        rows = self.get("planner", path).json()["items"]
        return next(row[name] for row in rows if row[said] == code)

    def last_day(self) -> date:
        """The last day that was played."""
        last: str = self.get("planner", "/v1/schedules").json()["schedules"][0]["last_day"]
        return date.fromisoformat(last)


def png(pgm: bytes) -> bytes:
    """A picture in grey as a PNG of sixteen greys, which is enough for print and a quarter of the size.

    `pgm` is what pdftoppm -gray writes: `P5`, width and height, 255, then a byte a dot.
    """
    _, size, _, dots = pgm.split(b"\n", 3)
    width, height = map(int, size.split())
    greys = np.frombuffer(dots, np.uint8).reshape(height, width) >> 4
    even = np.pad(greys, ((0, 0), (0, width % 2)))
    packed = even[:, ::2] << 4 | even[:, 1::2]
    lines = np.pad(packed, ((0, 0), (1, 0))).astype(np.uint8).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 4, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def printed(html: bytes) -> bytes:
    """The first sheet of a page as a browser prints it."""
    with tempfile.TemporaryDirectory() as name:
        page, pdf = Path(name) / "page.html", Path(name) / "page.pdf"
        page.write_bytes(html)
        _run("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
             f"--print-to-pdf={pdf}", page.as_uri())  # fmt: skip
        return png(_run("pdftoppm", "-gray", "-singlefile", "-r", str(DOTS_PER_INCH), str(pdf)))


def _run(*command: str) -> bytes:
    return subprocess.run(command, check=True, capture_output=True).stdout


def main(url: str, folder: Path) -> None:
    """Writes the three pictures: a sergeant's week, a tasking sheet, a heat map."""
    service = Service(url, folder)
    last = service.last_day()
    year, week, _ = last.isocalendar()
    team, area = service.id_of("/v1/teams?limit=200", TEAM), service.id_of("/v1/areas?limit=500", AREA)
    hotspot = service.id_of("/v1/offence-profiles", HOTSPOT, "hotspot_id", "hotspot_code")
    PAGES.mkdir(exist_ok=True)
    pages = {
        "week": ("commander", f"/v1/weeks/{team}/{year}-W{week:02}?format=html"),
        "tasking-sheet": (
            "planner",
            f"/v1/tasking-sheets/{area}/{last - timedelta(days=1)}?format=html",
        ),
    }
    for name, (role, path) in pages.items():
        (PAGES / f"{name}.png").write_bytes(printed(service.get(role, path).content))
    heat_map = service.get("planner", f"/v1/offence-profiles/{hotspot}?format=svg&until={last}")
    (PAGES / "heat-map.svg").write_bytes(heat_map.content)


def print_kept(page: Path) -> None:
    """Writes the picture of a page that was kept, under its name."""
    PAGES.mkdir(exist_ok=True)
    (PAGES / f"{page.stem}.png").write_bytes(printed(page.read_bytes()))


if __name__ == "__main__":
    if sys.argv[1] == "--page":
        print_kept(Path(sys.argv[2]))
    else:
        main(sys.argv[1], Path(sys.argv[2]))
