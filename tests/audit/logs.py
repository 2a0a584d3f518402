"""A small log to seal, verify and tamper with, written as the service writes it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from app.audit.checkpoints import make_key, read_private_key, read_public_key
from app.audit.inspection import Verdict, inspect
from app.audit.keeper import Keeper
from app.audit.models import Action, AuditEntry
from app.audit.service import changed
from app.clock import utc_now
from app.database.session import reading, transaction
from tests.conftest import named


def log_event(session: Session, at: datetime, chance: Random | None = None) -> None:
    """One event about somebody."""
    chosen = chance or Random(1)
    changed(
        session, chosen.choice(("patrol:read", "patrol:check-in")), at,
        {"patrol": [uuid4()], "officer": [named("4101"), *([uuid4()] if chosen.random() < 0.5 else [])]},
        actor_id=named("4111") if chosen.random() < 0.8 else None,
        force_id=named("FORCE") if chosen.random() < 0.9 else None,
        action=chosen.choice((Action.CONSULT, Action.COLLECT)),
        reason=chosen.choice((None, "Ärger, «quoted» \"twice\"\n")),
    )  # fmt: skip


@dataclass
class SmallLog:
    """A log, the clock it is kept by, and where its checkpoints go."""

    engine: Engine
    folder: Path
    # The database stamps the queue by its own clock, so this one begins with it.
    at: datetime = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        make_key(self.folder / "private.pem", self.folder / "public.pem")
        self.keeper = self.new_keeper()

    def new_keeper(self) -> Keeper:
        return Keeper(self.engine, self.now, self.sink, read_private_key(self.folder / "private.pem"))

    def now(self) -> datetime:
        return self.at

    @property
    def sink(self) -> Path:
        return self.folder / "checkpoints.jsonl"

    @property
    def checkpoints(self) -> tuple[Path, Ed25519PublicKey]:
        return self.sink, read_public_key(self.folder / "public.pem")

    def forward(self, seconds: float) -> datetime:
        self.at += timedelta(seconds=seconds)
        return self.at

    def verdict(self, *, compared: bool = True) -> Verdict:
        return inspect(self.engine, self.at, self.checkpoints if compared else None)


def ids(verdict: Verdict) -> list[UUID | None]:
    """Which events the findings name."""
    return [finding.event_id for finding in verdict.findings]


def fill(log: SmallLog, seals: int, each: int, seed: int = 7) -> None:
    """So many seals of so many events, each with a checkpoint."""
    chance = Random(seed)
    for _ in range(seals):
        for _ in range(each):
            with transaction(log.engine) as session:
                log_event(session, log.forward(0.5), chance)
        assert log.keeper.run() == each


def entry_ids(engine: Engine) -> list[UUID]:
    with reading(engine) as session:
        query = select(col(AuditEntry.event_id)).order_by(
            col(AuditEntry.seal_number), col(AuditEntry.position)
        )
        return list(session.execute(query).scalars())
