"""Keeps the log sealed: seals what waits, and takes a signed checkpoint to where it is kept."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from app.audit import queries
from app.audit.checkpoints import KeyUnusable, append, checkpoint_of, line_of, read_private_key
from app.audit.sealing import seal_waiting
from app.database.session import reading
from app.settings import Settings

_log = structlog.get_logger("beatcheck.audit")


class Keeper:
    """Seals, one at a time over all that do, and writes a checkpoint whenever it has sealed something.

    When the checkpoint cannot be written the service goes on, `trouble` says so, and the next run tries again. An event
    that cannot be read goes on waiting, `not_sealed` says so, and the others are sealed.
    """

    def __init__(
        self, engine: Engine, now: Callable[[], datetime], sink: Path | None, key: Ed25519PrivateKey | None
    ) -> None:
        self._engine = engine
        self._now = now
        self._sink = sink
        self._key = key
        # What was sealed when this process was not there may have no checkpoint.
        self._owed = True
        self.trouble: str | None = None
        self.not_sealed: str | None = None

    def run(self) -> int:
        """Seals what waits; how many events there were."""
        unreadable: set[UUID] = set()
        sealed = seal_waiting(self._engine, self._now, unreadable)
        if unreadable:
            _log.warning("events_not_sealed")
        count = len(unreadable)
        self.not_sealed = f"{count} audit events cannot be read and are not sealed" if count else None
        self._owed = self._owed or sealed > 0
        if self._owed and self._sink is not None and self._key is not None:
            self._checkpoint(self._sink, self._key)
        return sealed

    def _checkpoint(self, sink: Path, key: Ed25519PrivateKey) -> None:
        with reading(self._engine) as session:
            head, log = queries.last_seal(session), queries.log_name(session)
        if head is None or log is None:
            return
        checkpoint = checkpoint_of(log, head, self._now())
        try:
            append(sink, line_of(checkpoint, key))
        except OSError as error:
            self.trouble = f"audit checkpoints cannot be written ({type(error).__name__})"
            _log.warning("checkpoint_not_written", error=type(error).__name__)
            return
        self._owed, self.trouble = False, None
        _log.info("checkpoint", seal=checkpoint.seal, events=checkpoint.events, head=checkpoint.head)


def read_key(settings: Settings) -> Ed25519PrivateKey | None:
    """The key that checkpoints are signed with; None when none are wanted. KeyUnusable when it cannot be had."""
    if settings.audit_checkpoints is None:
        return None
    if settings.audit_key is None:
        raise KeyUnusable("audit_checkpoints needs audit_key")
    return read_private_key(settings.audit_key)
