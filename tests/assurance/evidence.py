"""Looks into the database, past the API: is every fact there once and whole, and what was made of it?"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, select
from sqlmodel import col
from starlette.testclient import TestClient

from app.audit.models import Action, AuditEvent
from app.clock import rfc3339
from app.database.engine import open_engine
from app.main import create_app
from app.patrols.models import CheckOut, CreditedSlice, CrewMember, Patrol, PatrolAssessment, WindowResult
from app.settings import Profile, Settings, TrustedIssuer
from app.tracks.models import FixBatch
from app.tracks.packing import unpack
from tests.assurance.phones import Caller, Fact, Ledger

_OPERATIONS = {
    "patrol:check-in": "patrol",
    "patrol:fixes": "fix-batch",
    "patrol:check-out": "patrol",
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The facts of one instant: rows by id, and how often each was logged as collected, by operation."""

    patrols: Mapping[UUID, Mapping[str, Any]]
    batches: Mapping[UUID, Mapping[str, Any]]
    check_outs: Mapping[UUID, Mapping[str, Any]]
    crews: Counter[UUID]
    logged: Mapping[str, Counter[UUID]]
    judged: Counter[UUID]

    def half_written(self) -> list[str]:
        """Facts without all that belongs to their transaction, or logged twice; empty when all are whole."""
        found = []
        for operation, rows in (
            ("patrol:check-in", self.patrols),
            ("patrol:fixes", self.batches),
            ("patrol:check-out", self.check_outs),
        ):
            if self.logged[operation] != Counter(rows.keys()):
                found.append(f"{operation}: {len(rows)} rows, {self.logged[operation].total()} events")
        found += [f"batch {key} of no patrol" for key, row in self.batches.items()
                  if row["patrol_id"] not in self.patrols]  # fmt: skip
        if self.judged != Counter(self.check_outs.keys()):
            found.append(f"{len(self.check_outs)} check-outs, {self.judged.total()} standing assessments")
        return found

    def facts(self) -> int:
        """How many facts there are."""
        return len(self.patrols) + len(self.batches) + len(self.check_outs)

    def holds(self, fact: Fact) -> bool:
        """Is this fact here with the content that was sent?"""
        content = json.loads(fact.body)
        if fact.path.endswith("/check-out"):
            row = self.check_outs.get(fact.id)
            return row is not None and rfc3339(row["checked_out_at"]) == content["checked_out_at"]
        if "/fix-batches/" in fact.path:
            row = self.batches.get(fact.id)
            return row is not None and _same_fixes(row, content)
        row = self.patrols.get(fact.id)
        return (
            row is not None
            and row["operation"] == content.get("operation")
            and rfc3339(row["checked_in_at"]) == content["checked_in_at"]
            and self.crews[fact.id] == len(content.get("crew", []))
        )


def _same_fixes(row: Mapping[str, Any], content: Mapping[str, Any]) -> bool:
    columns = unpack(row["packed"])
    stored = zip(columns.lat.tolist(), columns.lon.tolist(), columns.accuracy_m.tolist(), strict=True)
    sent = [(fix["lat"], fix["lon"], fix["accuracy_m"]) for fix in content["fixes"]]
    return row["sequence"] == content["sequence"] and list(stored) == sent


def one_snapshot(engine: Engine) -> Engine:
    """The engine, reading everything as of one instant: SQLite does so anyway."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ")
    return engine


def look(url: str) -> Snapshot:
    """Reads all facts in one transaction."""
    engine = open_engine(url, 1)
    with one_snapshot(engine).connect() as connection:

        def rows(table: type, key: str = "id") -> dict[UUID, Mapping[str, Any]]:
            found = connection.execute(select(table.__table__)).mappings().all()  # type: ignore[attr-defined]
            assert len({row[key] for row in found}) == len(found)
            return {row[key]: dict(row) for row in found}

        logged: dict[str, Counter[UUID]] = {operation: Counter() for operation in _OPERATIONS}
        for operation, subjects in connection.execute(
            select(col(AuditEvent.operation), col(AuditEvent.subjects)).where(
                col(AuditEvent.action) == Action.COLLECT, col(AuditEvent.operation).in_(_OPERATIONS)
            )
        ):
            logged[operation].update(UUID(one) for one in subjects[_OPERATIONS[operation]])
        found = Snapshot(
            rows(Patrol),
            rows(FixBatch),
            rows(CheckOut),
            Counter(row[0] for row in connection.execute(select(col(CrewMember.patrol_id)))),
            logged,
            Counter(
                row[0]
                for row in connection.execute(
                    select(col(PatrolAssessment.patrol_id)).where(
                        col(PatrolAssessment.superseded_at).is_(None)
                    )
                )
            ),
        )
    engine.dispose()
    return found


def lost(url: str, acknowledged: Iterable[Fact]) -> list[str]:
    """The acknowledged facts that the database does not hold as they were sent."""
    found = look(url)
    return [fact.path for fact in acknowledged if not found.holds(fact)]


def forgotten_by_the_api(caller: Caller, acknowledged: Iterable[Fact]) -> list[str]:
    """The acknowledged facts that the service does not recognise when they are sent once more: all must be replays."""
    answers = ((fact, caller.put(fact)) for fact in acknowledged)
    return [f"{answer.status} {fact.path}" for fact, answer in answers if answer.status != 200]


def assert_kept(url: str, ledger: Ledger, caller: Caller) -> None:
    """Everything acknowledged is there once, whole, as sent, to the database and to the API; nothing was told twice
    to be new; nothing dishonest was answered."""
    acknowledged = ledger.facts()
    assert acknowledged
    assert not ledger.dishonest
    assert lost(url, acknowledged) == []
    before = look(url)
    assert before.half_written() == []
    assert [path for path, times in ledger.created.items() if times > 1] == []
    assert forgotten_by_the_api(caller, acknowledged) == []
    after = look(url)
    assert [len(rows) for rows in (after.patrols, after.batches, after.check_outs)] == [
        len(rows) for rows in (before.patrols, before.batches, before.check_outs)
    ]


def standing_results(url: str, patrol_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """The standing judgement of some patrols, as stored."""
    engine = open_engine(url, 1)
    with engine.connect() as connection:
        rows = connection.execute(
            select(col(PatrolAssessment.patrol_id), col(PatrolAssessment.result)).where(
                col(PatrolAssessment.patrol_id).in_(patrol_ids), col(PatrolAssessment.superseded_at).is_(None)
            )
        ).all()
    engine.dispose()
    assert len(rows) == len({row[0] for row in rows})
    return {row[0]: row[1] for row in rows}


def hours(url: str, patrol_ids: Collection[UUID]) -> list[tuple[object, ...]]:
    """What the officers on some patrols are credited with, in a stable order."""
    engine = open_engine(url, 1)
    with engine.connect() as connection:
        rows = connection.execute(
            select(
                col(CreditedSlice.patrol_id),
                col(CreditedSlice.officer_id),
                col(CreditedSlice.hotspot_id),
                col(CreditedSlice.grade),
                col(CreditedSlice.intervals),
            ).where(col(CreditedSlice.patrol_id).in_(patrol_ids))
        ).all()
    engine.dispose()
    return sorted((tuple(row) for row in rows), key=str)


def window_result(url: str, window_id: UUID) -> dict[str, Any]:
    """A window's row, without the moment it was written."""
    engine = open_engine(url, 1)
    table = WindowResult.__table__  # type: ignore[attr-defined]
    with engine.connect() as connection:
        row = connection.execute(select(table).where(table.c.window_id == window_id)).mappings().one()
    engine.dispose()
    return {name: value for name, value in row.items() if name != "computed_at"}


def replay(url: str, trusted: TrustedIssuer, token: Mapping[str, str], facts: Iterable[Fact]) -> None:
    """Sends facts one after the other to a service of its own in this process, on another database."""
    settings = Settings(
        profile=Profile.DEVELOPMENT,
        database_url=url,
        trusted_issuers=(trusted,),
        allowed_hosts=("testserver",),
        tick_seconds=0,
    )
    with TestClient(create_app(settings)) as client:
        for fact in facts:
            headers = {"Authorization": f"Bearer {token[fact.collar]}", "Content-Type": "application/json"}
            answer = client.put(fact.path, content=fact.body, headers=headers)
            assert answer.status_code == 201, answer.text
