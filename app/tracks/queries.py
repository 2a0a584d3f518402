"""Reads of fix batches and of the policy in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row, bindparam, func, select as select_columns
from sqlmodel import Session, col, select

from app.clock import skew_correction_ms, to_ms
from app.tracks.fixes import Fixes
from app.tracks.importing import DatedPolicy
from app.tracks.models import AssessmentPolicy, FixBatch
from app.tracks.packing import unpack
from app.tracks.policy import Policy

DEFAULT_POLICY = Policy()
_COLUMNS = (
    col(FixBatch.device_id),
    col(FixBatch.sequence),
    col(FixBatch.time_source),
    col(FixBatch.skew_ms),
    col(FixBatch.received_at),
    col(FixBatch.packed),
)
# Built once: putting a statement together costs as much as running it.
_BATCHES = select_columns(*_COLUMNS).where(
    col(FixBatch.patrol_id) == bindparam("patrol_id"), col(FixBatch.fix_count) > 0
)


@dataclass(frozen=True, slots=True)
class PositionFix:
    """The position of a check-in or check-out: a fix too, that no batch carried."""

    device_id: UUID
    time_ms: int
    lon: float
    lat: float
    accuracy_m: float | None
    received_ms: int


@dataclass(frozen=True, slots=True)
class Reported:
    """What the phones of a patrol reported: fixes with corrected times, in no particular order.

    `fixes.device` numbers `devices`. `skew_ms` is the largest difference between the server's clock and that of a
    phone which gave its fixes' times, either way; 0 when the times are the GPS's.
    """

    fixes: Fixes
    devices: tuple[UUID, ...]
    skew_ms: int


def fixes_of(
    session: Session, patrol_id: UUID, positions: Sequence[PositionFix] = (), until: datetime | None = None
) -> Reported:
    """All fixes of a patrol; only those of batches that had arrived `until` an instant, when one is given."""
    return _reported(session.connection().execute(_BATCHES, {"patrol_id": patrol_id}).all(), positions, until)


def fixes_of_patrols(
    session: Session, positions: Mapping[UUID, Sequence[PositionFix]]
) -> dict[UUID, Reported]:
    """All fixes of some patrols, each with the positions of its check-in and check-out, in one statement."""
    by_patrol: dict[UUID, list[Row[*tuple[Any, ...]]]] = {patrol_id: [] for patrol_id in positions}
    rows = session.connection().execute(
        select_columns(col(FixBatch.patrol_id), *_COLUMNS).where(
            col(FixBatch.patrol_id).in_(sorted(positions)), col(FixBatch.fix_count) > 0
        )
    )
    for row in rows:
        by_patrol[row.patrol_id].append(row)
    return {patrol_id: _reported(by_patrol[patrol_id], each) for patrol_id, each in positions.items()}


def _reported(
    rows: Sequence[Row[*tuple[Any, ...]]], positions: Sequence[PositionFix], until: datetime | None = None
) -> Reported:
    # A batch whose fixes were erased is there still, and empty.
    rows = [row for row in rows if row.packed and (until is None or row.received_at <= until)]
    known = {row.device_id for row in rows} | {position.device_id for position in positions}
    devices = {device: number for number, device in enumerate(sorted(known, key=str))}
    carried = _carried(rows, devices)
    fixes = Fixes.concatenate([carried, *(_position(each, devices[each.device_id]) for each in positions)])
    skews = [abs(row.skew_ms or 0) for row in rows if row.time_source == "device"]
    return Reported(fixes, tuple(devices), max(skews, default=0))


def raw_fixes(session: Session, patrol_ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """How many batches of each patrol still hold their fixes, and how many fixes those are."""
    rows = session.execute(
        select_columns(col(FixBatch.patrol_id), func.count(), func.sum(col(FixBatch.fix_count)))
        .where(col(FixBatch.patrol_id).in_(patrol_ids), col(FixBatch.packed) != b"")
        .group_by(col(FixBatch.patrol_id))
    ).all()
    return {row[0]: (row[1], row[2]) for row in rows}


def _carried(rows: Sequence[Row[*tuple[Any, ...]]], devices: Mapping[UUID, int]) -> Fixes:
    """The fixes of all batches as one; what a batch says once is repeated for each of its fixes."""
    if not rows:
        return Fixes.empty()
    batches = [unpack(row.packed) for row in rows]
    counts = [len(batch) for batch in batches]

    def of_batch(values: list[int]) -> NDArray[np.int64]:
        return np.repeat(np.array(values, dtype=np.int64), counts)

    corrections = [skew_correction_ms(row.skew_ms) if row.time_source == "device" else 0 for row in rows]
    return Fixes(
        time_ms=np.concatenate([batch.time_ms for batch in batches]) + of_batch(corrections),
        lon=np.concatenate([batch.lon for batch in batches]),
        lat=np.concatenate([batch.lat for batch in batches]),
        accuracy_m=np.concatenate([batch.accuracy_m for batch in batches]),
        mock=np.concatenate([batch.mock for batch in batches]).astype(bool),
        device=of_batch([devices[row.device_id] for row in rows]),
        sequence=of_batch([row.sequence for row in rows]),
        received_ms=of_batch([to_ms(row.received_at) for row in rows]),
    )


def _position(position: PositionFix, device: int) -> Fixes:
    accuracy = float("nan") if position.accuracy_m is None else position.accuracy_m
    return Fixes(
        time_ms=np.array([position.time_ms], dtype=np.int64),
        lon=np.array([position.lon]),
        lat=np.array([position.lat]),
        accuracy_m=np.array([accuracy]),
        mock=np.array([False]),
        device=np.array([device], dtype=np.int64),
        sequence=np.array([-1], dtype=np.int64),
        received_ms=np.array([position.received_ms], dtype=np.int64),
    )


def policy_in_force(session: Session, force_id: UUID, day: date) -> Policy:
    """The force's thresholds on a day; the built-in ones where it has set none."""
    row = session.exec(
        select(AssessmentPolicy)
        .where(AssessmentPolicy.force_id == force_id, col(AssessmentPolicy.valid_from) <= day)
        .order_by(col(AssessmentPolicy.valid_from).desc())
    ).first()
    return Policy.from_values(row.values) if row else DEFAULT_POLICY


def policies_held(session: Session, force_id: UUID) -> list[DatedPolicy]:
    """Every policy a force has set, those still to begin included, oldest first."""
    rows = session.exec(
        select(AssessmentPolicy)
        .where(AssessmentPolicy.force_id == force_id)
        .order_by(col(AssessmentPolicy.valid_from))
    ).all()
    return [DatedPolicy(row.valid_from, Policy.from_values(row.values)) for row in rows]


def policy_of_version(session: Session, force_id: UUID, version: str) -> Policy | None:
    """A policy by the version that pinned it; None for one the force never set and this release does not bring."""
    if version == DEFAULT_POLICY.version:
        return DEFAULT_POLICY
    row = session.exec(
        select(AssessmentPolicy).where(
            AssessmentPolicy.force_id == force_id, AssessmentPolicy.version == version
        )
    ).first()
    return Policy.from_values(row.values) if row else None
