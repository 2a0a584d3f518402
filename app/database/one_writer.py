"""Lets the threads of a process have SQLite's one writer in the order in which they asked for it.

SQLite itself lets who finds it taken look again after 1, 2, 5, 10 … 100 ms, and whoever happens to look while it is
free has it: next to a pull that writes again and again, a caller would wait by luck. Processes still wait for each
other that way.
"""

import fcntl
import os
import stat
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from sqlalchemy import Engine


def writes_alone(engine: Engine) -> bool:
    """Whether a transaction that writes keeps all others waiting, as on SQLite: long work is then better done in
    pieces. Elsewhere pieces only cost."""
    return engine.dialect.name == "sqlite"


@contextmanager
def alone(engine: Engine, work: str) -> Iterator[bool]:
    """Whether nobody else, in whichever process, is at work of this name on an SQLite database; if so, nobody else is
    until the block ends or the process does: whoever is killed is at it no more."""
    database = os.stat(str(engine.url.database))
    there = os.open(f"{engine.url.database}.{work}", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        _owned_as(there, database)
        yield _locked(there)
    finally:
        os.close(there)


def _owned_as(file: int, database: os.stat_result) -> None:
    """Whoever may write the database may be at work: the service too, where root made the file, as SQLite does with its
    own files."""
    me, mine = os.geteuid(), os.fstat(file)
    if me == 0:
        os.fchown(file, database.st_uid, database.st_gid)
    if me in (0, mine.st_uid):
        os.fchmod(file, stat.S_IMODE(database.st_mode))


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class WriterQueue:
    """One has it, the others wait in their order. Taken and let go by whichever thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken = False
        self._waiting: deque[Lock] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def take(self, seconds: float) -> bool:
        """Waits for its turn, for so long; false when it did not come.

        >>> queue = WriterQueue()
        >>> queue.take(1.0), queue.take(0.0)
        (True, False)
        >>> queue.let_go()
        >>> queue.take(0.0)
        True
        """
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            mine = Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=seconds):
            return True
        with self._lock:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return False
        # Handed over in the last moment.
        return True

    def let_go(self) -> None:
        """Hands over to whoever waits longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
