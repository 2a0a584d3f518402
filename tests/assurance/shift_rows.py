"""Compares every row of the database with what phones captured, field by field."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.abstractions.models import Abstraction
from app.activities.models import Activity, Arrest, OtherOutcome, Referral, ReferralFollowUp, StopSearch
from app.clock import rfc3339
from app.database.engine import open_engine
from app.engagements.models import Engagement, EngagementAction
from app.facts.models import FactRevision, QuarantinedFact
from app.patrols.models import CheckOut, Patrol, PatrolExplanation, PatrolVoid
from app.schedule.models import WindowAnswer
from app.tracks.models import FixBatch
from app.tracks.packing import unpack
from demo.clients.facts import Item
from tests.conftest import named

TABLES: Mapping[str, type] = {
    "check-in": Patrol,
    "fix-batch": FixBatch,
    "check-out": CheckOut,
    "void": PatrolVoid,
    "explanation": PatrolExplanation,
    "window-answer": WindowAnswer,
    "activity": Activity,
    "referral-follow-up": ReferralFollowUp,
    "engagement": Engagement,
    "engagement-action": EngagementAction,
    "abstraction": Abstraction,
}
_DETAILS = (StopSearch, Arrest, Referral, OtherOutcome)
_VOIDS = {"activity-void": "activity", "engagement-void": "engagement", "abstraction-void": "abstraction"}
_PARENTS = {
    "fix-batch": "patrol_id", "explanation": "patrol_id", "window-answer": "window_id",
    "referral-follow-up": "activity_id", "engagement-action": "engagement_id",
}  # fmt: skip
# Where a column has another name than the field; None: looked at elsewhere, or in a table of its own.
_COLUMNS: Mapping[tuple[str, str], str | None] = {
    ("activity", "occurred_at"): "occurred_said_at",
    ("engagement", "occurred_at"): "occurred_said_at",
    ("check-out", "reason"): "reason_code",
    ("check-in", "position"): None,
    ("check-out", "position"): None,
    ("fix-batch", "fixes"): None,
    ("engagement", "priority_groups"): None,
    ("abstraction", "authorising_collar_number"): None,
    ("activity", "status"): None,
}
Rows = dict[UUID, dict[str, Any]]


def differences(url: str, captured: Mapping[str, Iterable[Item]]) -> list[str]:
    """What the database holds otherwise than the phones captured it (by collar number); empty when nothing.

    Every row of every kind is looked at: none may be missing, none may be there that nobody captured, each must be its
    own officer's, and say what was captured last, with what it said before kept as a revision.
    """
    held, revisions, aside = _read(url)
    found = [f"kept aside: {key}" for key in aside]
    wanted: dict[str, dict[UUID, tuple[str, list[Item]]]] = defaultdict(dict)
    voids: dict[tuple[str, UUID], Item] = {}
    for collar, items in captured.items():
        for item in items:
            if item.kind in _VOIDS:
                voids[_VOIDS[item.kind], item.id] = item
            else:
                wanted[item.kind].setdefault(item.id, (collar, []))[1].append(item)
    for kind in TABLES:
        rows = held[kind]
        found += [f"{kind} lost: {key}" for key in wanted[kind].keys() - rows.keys()]
        found += [f"{kind} of nobody: {key}" for key in rows.keys() - wanted[kind].keys()]
        for key in wanted[kind].keys() & rows.keys():
            collar, versions = wanted[kind][key]
            void = voids.get((kind, key))
            found += _differs(kind, rows[key], collar, versions, void)
            found += _history(kind, key, versions, revisions)
    amended = {key for kind in wanted.values() for key, (_, versions) in kind.items() if len(versions) > 1}
    found += [f"revision of nothing amended: {key}" for key, _ in revisions if key not in amended]
    return found


def _differs(
    kind: str, row: Mapping[str, Any], collar: str, versions: list[Item], void: Item | None
) -> list[str]:
    last = versions[-1]
    wanted: dict[str, Any] = {"captured_by": str(named(collar))}
    for name, value in last.content.items():
        column = _COLUMNS.get((kind, name), name)
        if column is not None:
            wanted[column] = value
    if kind in _PARENTS:
        wanted[_PARENTS[kind]] = str(last.parent)
    if "revision" in row and "void_reason" in row:
        wanted |= {"revision": len(versions), "void_reason": void.content["reason"] if void else None}
    if kind == "fix-batch":
        wanted["fixes"] = last.content["fixes"]
    return [
        f"{kind} {last.id} {name}: {_plain(row.get(name))!r} instead of {value!r}"
        for name, value in wanted.items()
        if _plain(row.get(name, "no such column")) != value
    ]


def _history(
    kind: str, key: UUID, versions: list[Item], revisions: Mapping[tuple[UUID, int], Mapping[str, Any]]
) -> list[str]:
    found = []
    for number, version in enumerate(versions[:-1], start=1):
        kept = revisions.get((key, number))
        if kept is None:
            found.append(f"{kind} {key} revision {number} lost")
        else:
            found += [
                f"{kind} {key} revision {number} {name}: {kept.get(name)!r} instead of {value!r}"
                for name, value in version.content.items()
                if kept.get(name) != value
            ]
    return found


def _plain(value: object) -> object:
    """As JSON has it."""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def _read(url: str) -> tuple[dict[str, Rows], dict[tuple[UUID, int], dict[str, Any]], list[UUID]]:
    engine = open_engine(url, 1)
    with engine.connect() as connection:

        def rows(table: Any, *key: str) -> dict[Any, dict[str, Any]]:
            found = connection.execute(select(table.__table__)).mappings().all()
            return {
                row[key[0]] if len(key) == 1 else tuple(row[name] for name in key): dict(row) for row in found
            }

        held = {kind: rows(table, "id") for kind, table in TABLES.items()}
        for detail in _DETAILS:
            for key, row in rows(detail, "activity_id").items():
                held["activity"][key] |= row
        for row in held["fix-batch"].values():
            row["fixes"] = _fixes(row["packed"])
        revisions = {key: row["content"] for key, row in rows(FactRevision, "fact_id", "revision").items()}
        aside = list(rows(QuarantinedFact, "id"))
    engine.dispose()
    return held, revisions, aside


def _fixes(packed: bytes) -> list[dict[str, Any]]:
    columns = unpack(packed)
    return [
        {"recorded_at": rfc3339(at), "lat": lat, "lon": lon, "accuracy_m": accuracy}
        for at, lat, lon, accuracy in zip(
            (datetime.fromtimestamp(ms / 1000).astimezone() for ms in columns.time_ms.tolist()),
            columns.lat.tolist(), columns.lon.tolist(), columns.accuracy_m.tolist(), strict=True,
        )
    ]  # fmt: skip
