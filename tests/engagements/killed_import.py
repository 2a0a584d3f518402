"""Brings a file of engagements in and kills itself after so many parts: a machine that loses its power.

`python -m tests.engagements.killed_import DATABASE FILE ROWS_A_PART PARTS`.
"""

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from app.areas.import_kinds import import_from_console
from app.clock import utc_now
from app.database.engine import open_engine
from app.engagements.import_kinds import ENGAGEMENTS
from app.imports.files import read_file
from app.imports.mechanism import ReadAs


def main(url: str, path: Path, rows_at_once: int, parts: int) -> None:
    """Never comes back while the file has so many parts."""
    done = 0

    def told(_rows: int) -> None:
        nonlocal done
        done += 1
        if done == parts:
            os.kill(os.getpid(), signal.SIGKILL)

    kind = replace(ENGAGEMENTS, rows_at_once=rows_at_once)
    source = read_file(path.read_bytes(), path.parent)
    import_from_console(
        open_engine(url), kind, source, ReadAs(), "FORCE", utc_now(), dry_run=False, progress=told
    )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
