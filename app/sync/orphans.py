"""Records facts that were kept aside only because their patrol was not here, once it is.

It comes by a release, by a correction, or because the phone sent its check-in again: nobody need release what the
officer sent for themselves.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.audit.service import changed
from app.facts.service import mark_released
from app.patrols.catching_up import Touched
from app.problems import Problem
from app.sync import queries
from app.sync.kinds import KINDS

_WHY = "Its patrol is here now."


def take_in(session: Session, patrol_ids: Collection[UUID], touched: Touched, now: datetime) -> int:
    """Records what waited for some patrols, in the order it came; how many facts. One that cannot be recorded stays."""
    taken = 0
    for fact in sorted(
        queries.orphans_of(session, patrol_ids),
        key=lambda each: (KINDS[each.kind].stage, each.received_at, each.id),
    ):
        release = KINDS[fact.kind].release
        if release is None:
            continue
        try:
            with session.begin_nested():
                done = release(session, fact, fact.body, touched)
        except (Problem, ValueError):
            # Contradicted meanwhile, or kept by an earlier release that read it differently: somebody has to look.
            continue
        mark_released(session, fact, fact.captured_by, _WHY, "recorded" if done.created else "replay", now)
        changed(
            session, "quarantine:taken-in", now,
            {"quarantined": [fact.id], "patrol": [fact.parent_id or fact.id], "officer": [fact.captured_by]},
            actor_id=None, force_id=fact.force_id,
        )  # fmt: skip
        taken += 1
    return taken
