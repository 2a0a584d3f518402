"""A process that has Beatcheck imported and forks one `beatcheck serve` per order, so that a start costs little.

What runs in a child is the real command, or another module, with its own environment, in a session of its own; only the
interpreter's start, the imports and the mapping of tables are saved, which are most of a start. Orders come as JSON
lines, answers go back the same way. When the orders end, so do the children.

`weaken` is for calibration: a power cut must be seen to lose rows when SQLite is told to sync less, else the test
proves nothing. It is done from outside, here, because the product has no such switch.
"""

import json
import os
import runpy
import signal
import sys
import traceback
from dataclasses import asdict, dataclass

from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import configure_mappers
from sqlalchemy.pool import ConnectionPoolEntry, Pool
from sqlalchemy.pool.base import PoolProxiedConnection

from app.cli import main as beatcheck
from app.main import spare_the_collector


@dataclass(frozen=True, slots=True)
class Start:
    """One order: the command's arguments, its environment, where its output goes, how far SQLite is weakened, and what
    runs if not `beatcheck`."""

    arguments: list[str]
    environment: dict[str, str]
    log: str
    weaken: str | None = None
    module: str | None = None


def order_to_start(start: Start) -> str:
    """The line that orders a child."""
    return json.dumps({"start": asdict(start)})


def order_to_wait(pid: int) -> str:
    """The line that asks for a child's exit status, once it has ended."""
    return json.dumps({"wait": pid})


def _sync_less(synchronous: str) -> None:
    @event.listens_for(Pool, "checkout")
    def weaken(
        connection: DBAPIConnection, _record: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA synchronous={synchronous}")
        cursor.close()


def _become(start: Start) -> None:
    os.setsid()
    log = os.open(start.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.update(start.environment)
    if start.weaken is not None:
        _sync_less(start.weaken)
    if start.module is None:
        beatcheck(start.arguments, standalone_mode=False)
        return
    sys.argv = [start.module, *start.arguments]
    runpy.run_module(start.module, run_name="__main__", alter_sys=True)


def _fork(start: Start) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        _become(start)
        status = 0
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        # Whatever happened, a child must never fall back into the loop of orders.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def main() -> None:
    """Obeys until the orders end."""
    alive: set[int] = set()
    configure_mappers()
    # Nor does a child's collector go through all this, and copy it.
    spare_the_collector()
    try:
        for line in sys.stdin:
            order = json.loads(line)
            if "start" in order:
                answer = _fork(Start(**order["start"]))
                alive.add(answer)
            else:
                _, status = os.waitpid(order["wait"], 0)
                alive.discard(order["wait"])
                answer = os.waitstatus_to_exitcode(status)
            sys.stdout.write(f"{answer}\n")
            sys.stdout.flush()
    finally:
        for pid in alive:
            os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
