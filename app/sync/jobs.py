"""What is due now and then: facts whose patrol has come at last, and what was told long ago.

Each piece is done in a transaction of its own, and again by whoever comes next when it fails.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine

from app.database.session import reading, transaction
from app.facts.feed import forget
from app.facts.queries import last_told_before
from app.patrols.catching_up import Touched, bring_all_up_to_date
from app.rest.problem_documents import log_unexpected
from app.sync import orphans, queries

# Longer than any leave: who is away longer starts again.
KEPT_FOR = timedelta(days=35)
_MOST_AT_ONCE = 500


def take_in_orphans(engine: Engine, now: datetime) -> int:
    """Records what was kept aside for want of a patrol that is here now; how many facts."""
    with reading(engine) as session:
        found = queries.orphans(session, _MOST_AT_ONCE)
    taken = 0
    for patrol_id in dict.fromkeys(patrol_id for _fact_id, patrol_id in found):
        taken += _take_in(engine, patrol_id, now)
    return taken


def _take_in(engine: Engine, patrol_id: UUID, now: datetime) -> int:
    try:
        with transaction(engine) as session:
            touched = Touched()
            taken = orphans.take_in(session, {patrol_id}, touched, now)
            bring_all_up_to_date(session, touched, now)
    except Exception as error:
        # One patrol that cannot be judged must not keep the facts of all others waiting.
        log_unexpected(error)
        return 0
    return taken


def forget_told(engine: Engine, now: datetime) -> int:
    """Drops what officers were told longer ago than any phone is away; how many rows."""
    before = now - KEPT_FOR
    with reading(engine) as session:
        through = last_told_before(session, before)
    if through is None:
        return 0
    with transaction(engine) as session:
        return forget(session, through, before)
