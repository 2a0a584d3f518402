"""Writes a force's policies as an import decided, and tells everybody the rules they are judged by."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import update
from sqlmodel import Session, col

from app.clock import london_day
from app.facts.models import Basis
from app.facts.service import basis_changed
from app.identity.permissions import Caller, Permission, requires
from app.tracks import queries
from app.tracks.importing import DatedPolicy
from app.tracks.models import AssessmentPolicy, FixBatch
from app.tracks.schemas import PolicyList, PolicyResponse


def write_policy(session: Session, force_id: UUID, dated: DatedPolicy, now: datetime) -> UUID:
    """Adds the rules that hold from a day on, and tells that they do; the id of the row. The import logs it."""
    row = AssessmentPolicy(
        id=uuid4(),
        force_id=force_id,
        valid_from=dated.valid_from,
        version=dated.policy.version,
        values=dated.policy.values(),
        created_at=now,
    )
    session.add(row)
    session.flush()
    later = [one.valid_from for one in queries.policies_held(session, force_id)]
    following = min((begins for begins in later if begins > dated.valid_from), default=None)
    basis_changed(
        session, force_id, Basis.POLICY, dated.valid_from, now, until_day=following, detail=row.version
    )
    return row.id


def erase_fixes(session: Session, patrol_ids: Sequence[UUID]) -> None:
    """Erases the fixes of every batch of some patrols. Each batch stays, with its hash, count and span of time: so a
    phone that sends it again is told that it was recorded before, and nothing comes back."""
    session.connection().execute(
        update(FixBatch)
        .where(col(FixBatch.patrol_id).in_(patrol_ids), col(FixBatch.packed) != b"")
        .values(packed=b"")
    )


@requires(Permission.AREAS_READ)
def list_policies(session: Session, caller: Caller, now: datetime) -> PolicyList:
    """Every policy of the caller's force, oldest first, the built-in one before them. They say nothing of anybody."""
    held = queries.policies_held(session, caller.force_id)
    today = london_day(now)
    begun = [one.valid_from for one in held if one.valid_from <= today]
    built_in = PolicyResponse(
        version=queries.DEFAULT_POLICY.version,
        valid_from=None,
        built_in=True,
        in_force=not begun,
        values=queries.DEFAULT_POLICY.values(),
    )
    own = [
        PolicyResponse(
            version=one.policy.version,
            valid_from=one.valid_from,
            built_in=False,
            in_force=bool(begun) and one.valid_from == max(begun),
            values=one.policy.values(),
        )
        for one in held
    ]
    return PolicyList(items=[built_in, *own])
