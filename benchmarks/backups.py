"""Backup and restore of a million fixes, on both databases: seconds, by the commands an operator runs.

`python -m benchmarks.backups`. The rows are patrols with fixes as phones send them, 120 a batch, and their log.
"""

import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from app.audit.models import Action, AuditEvent
from app.database.engine import open_engine
from app.database.session import transaction
from app.patrols.lifecycle import Funding, Mode, Programme, UniformState
from app.patrols.models import Patrol
from app.tracks.models import FixBatch
from app.tracks.packing import FixColumns, pack
from tests.conftest import SQUARE, named, seed
from tests.databases import migrate
from tests.postgres import running_server

FIXES = 1_000_000
A_BATCH = 120
BATCHES_A_PATROL = 12
BEGIN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def _columns(random: np.random.Generator, at: datetime) -> FixColumns:
    def nothing() -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.full(A_BATCH, np.nan)

    walk = np.cumsum(random.normal(0, 3e-6, A_BATCH))
    return FixColumns(
        time_ms=int(at.timestamp() * 1000) + np.arange(A_BATCH, dtype="<i8") * 5000,
        lon=SQUARE[0] + 0.003 + walk,
        lat=SQUARE[1] + 0.002 + walk,
        accuracy_m=random.uniform(4, 12, A_BATCH),
        speed_mps=random.uniform(0, 2, A_BATCH),
        heading_deg=nothing(),
        battery_percent=nothing(),
        mock=np.zeros(A_BATCH, dtype="|u1"),
    )


def fill(url: str) -> int:
    """A small force and a million fixes of its officers; how many there are."""
    migrate(url)
    seed(url)
    random = np.random.default_rng(1)
    engine = open_engine(url, 1)
    officer, force, device = named("4101"), named("FORCE"), named("phone")
    batches = -(-FIXES // A_BATCH)
    for first in range(0, batches, BATCHES_A_PATROL * 20):
        patrols, rows, events = [], [], []
        for number in range(first, min(first + BATCHES_A_PATROL * 20, batches)):
            at = BEGIN + timedelta(minutes=10 * number)
            fact = {
                "content_hash": random.bytes(32), "captured_by": officer, "uploaded_by": officer, "received_at": at,
                "sent_at": at, "device_id": device,
            }  # fmt: skip
            if number % BATCHES_A_PATROL == 0:
                patrol = uuid4()
                patrols.append(
                    {
                        **fact, "id": patrol, "force_id": force, "programme": Programme.TGP_SCHEDULED,
                        "uniform_state": UniformState.UNIFORM, "mode": Mode.FOOT, "funding": Funding.CORE,
                        "checked_in_at": at, "started_at": at,
                    }
                )  # fmt: skip
            batch = uuid4()
            rows.append(
                {
                    **fact, "id": batch, "patrol_id": patrol, "sequence": number, "time_source": "gnss",
                    "fix_count": A_BATCH, "packed": pack(_columns(random, at)),
                }
            )  # fmt: skip
            events.append(
                {
                    "id": uuid4(), "at": at, "action": Action.COLLECT, "operation": "patrol:fixes",
                    "subjects": {"fix-batch": [str(batch)], "patrol": [str(patrol)]},
                }
            )  # fmt: skip
        with transaction(engine) as session:
            session.connection().execute(insert(Patrol), patrols)
            session.connection().execute(insert(FixBatch), rows)
            session.connection().execute(insert(AuditEvent), events)
    engine.dispose()
    return batches * A_BATCH


def _timed(url: str, *arguments: str) -> float:
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", "from app.cli import main; main()", *arguments],
        env={**os.environ, "BEATCHECK_DATABASE_URL": url}, check=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - begin


def measure(url: str, empty: str, folder: Path) -> tuple[int, float, float, float, float]:
    """Fixes, megabytes of the backup, and seconds to take, check and restore it."""
    fixes = fill(url)
    taken = _timed(url, "backup", str(folder / "backups"))
    [backup] = (folder / "backups").iterdir()
    checked = _timed(url, "check-backup", str(backup))
    restored = _timed(empty, "restore", str(backup))
    size = sum(path.stat().st_size for path in backup.iterdir())
    return fixes, size / 1_000_000, taken, checked, restored


def main() -> None:
    """Measures both databases and prints them."""
    load, *_ = os.getloadavg()
    table = Table(title=f"Backup and restore; {os.cpu_count()} cores, load before the run {load:.2f}")
    for heading in ("database", "fixes", "MB", "backup s", "check s", "restore s"):
        table.add_column(heading, justify="left" if heading == "database" else "right")
    with tempfile.TemporaryDirectory() as name, running_server() as server:
        for kind in ("sqlite", "postgresql"):
            folder = Path(name) / kind
            folder.mkdir()
            lite = kind == "sqlite"
            url = f"sqlite:///{folder / 'live.db'}" if lite else server.create("live")
            empty = f"sqlite:///{folder / 'restored.db'}" if lite else server.create("restored")
            fixes, *figures = measure(url, empty, folder)
            table.add_row(kind, f"{fixes:,}", *(f"{value:,.1f}" for value in figures))
    Console().print(table)


if __name__ == "__main__":
    main()
