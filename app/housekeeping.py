"""What the service does by itself now and then, and `beatcheck tick` at once: one table of jobs.

Every job is idempotent and safe on several machines; each looks for what is due and does it piece by piece, each piece
in a transaction of its own.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from sqlalchemy import Engine

from app.alerts import notifying, ticking
from app.alerts.queries import forces
from app.database.session import reading, transaction
from app.database.statistics import keep_statistics
from app.engagements.import_kinds import ENGAGEMENTS
from app.imports.pieces import go_on
from app.patrols import cross_checking, month_hours
from app.patrols.reassessing import judge_due, mark_due
from app.patrols.service import close_if_overdue, overdue_patrols
from app.rest.problem_documents import log_unexpected
from app.sync.jobs import forget_told, take_in_orphans
from app.telling.notices import forget
from app.telling.queries import told_long_ago
from app.wmnow import inbox
from app.wmnow.import_kinds import RECORDS

MOST_CHECKS_AT_ONCE = 1000
MOST_MONTHS_AT_ONCE = 12
Job = Callable[[Engine, datetime], int]


def close_overdue(engine: Engine, now: datetime) -> int:
    """Closes every forgotten patrol, each in a transaction of its own; how many there were."""
    with reading(engine) as session:
        candidates = overdue_patrols(session, now)
    closed = 0
    for patrol_id in candidates:
        try:
            with transaction(engine) as session:
                closed += close_if_overdue(session, patrol_id, now)
        except Exception as error:
            # One patrol that cannot be judged must not keep all others open for ever.
            log_unexpected(error)
    return closed


def cross_check_due(engine: Engine, now: datetime) -> int:
    """Compares every patrol that was judged with those about it, each in a transaction of its own; how many."""
    with reading(engine) as session:
        waiting = cross_checking.due(session, MOST_CHECKS_AT_ONCE)
    checked = 0
    for patrol_id, force_id in waiting:
        try:
            with transaction(engine) as session:
                checked += cross_checking.check(session, patrol_id, force_id, now)
        except Exception as error:
            # It stays due; the others are checked all the same.
            log_unexpected(error)
    return checked


def add_months_up(engine: Engine, now: datetime) -> int:
    """Adds up the hours of months that are over and of days of the running one, if they have changed, each in a
    transaction of its own; how many."""
    with reading(engine) as session:
        waiting = month_hours.to_add_up(session, now, MOST_MONTHS_AT_ONCE)
    added = 0
    for stretch in waiting:
        with transaction(engine) as session:
            added += month_hours.add_up(session, stretch, now)
    return added


def raise_alerts(engine: Engine, now: datetime) -> int:
    """Raises what needs somebody and clears what is over, each force in a transaction of its own; how many. Nothing is
    written, and nobody held up, where nothing has changed."""
    with reading(engine) as session:
        held = forces(session)
    changed = 0
    for force_id in held:
        try:
            with reading(engine) as session:
                found = ticking.plan(session, force_id, now)
            if found:
                with transaction(engine) as session:
                    changed += ticking.bring_up_to_date(session, force_id, now)
        except Exception as error:
            # One force whose facts cannot be read must not keep the alerts of all others waiting.
            log_unexpected(error)
    return changed


def tell_alerts(engine: Engine, now: datetime) -> int:
    """Puts in the messages about alerts that are due, each force in a transaction of its own; how many."""
    with reading(engine) as session:
        held = forces(session)
    told = 0
    for force_id in held:
        try:
            with reading(engine) as session:
                due = notifying.anything_to_tell(session, force_id, now)
            if due:
                with transaction(engine) as session:
                    told += notifying.notify(session, force_id, now)
        except Exception as error:
            # One force that cannot be told must not keep all others waiting.
            log_unexpected(error)
    return told


def forget_occasions(engine: Engine, now: datetime) -> int:
    """Forgets of what destinations were told long ago, when it cannot be told any more; how many rows."""
    with reading(engine) as session:
        old = told_long_ago(session, now)
    if not old:
        return 0
    with transaction(engine) as session:
        return forget(session, now)


# Files of these are stored in pieces where one transaction would keep others waiting.
IN_PIECES = {kind.name: kind for kind in (ENGAGEMENTS, RECORDS)}

# In this order: what one job writes, the next may find due.
JOBS: Mapping[str, Job] = {
    "facts recorded whose patrol came": take_in_orphans,
    "forgotten patrols closed": close_overdue,
    "patrols marked for judging again": mark_due,
    "patrols judged again": judge_due,
    "patrols cross-checked": cross_check_due,
    "messages of WMNow read": inbox.drain,
    "messages of WMNow forgotten": inbox.forget,
    "alerts raised or cleared": raise_alerts,
    "messages about alerts": tell_alerts,
    "months added up": add_months_up,
    "old changes forgotten": forget_told,
    "old occasions forgotten": forget_occasions,
    "statistics made anew": lambda engine, _now: keep_statistics(engine),
}


def store_to_the_end(engine: Engine, _now: datetime, *, stopped: Callable[[], bool]) -> int:
    """Stores the files that were stopped, until it is stopped itself; how many."""
    return go_on(engine, IN_PIECES, stopped=stopped)


def tick_once(
    engine: Engine,
    now: datetime,
    failed: Callable[[str], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
) -> dict[str, int]:
    """Does all that is due; how much each job did. `failed` is told of jobs that could not be done. `stopped` ends what
    takes minutes."""
    done = {}
    # A large file comes last, or all else that is due would wait for it.
    last: Mapping[str, Job] = {"files stored to the end": partial(store_to_the_end, stopped=stopped)}
    for name, job in {**JOBS, **last}.items():
        try:
            done[name] = job(engine, now)
        except Exception as error:
            # One job that fails must not keep the others from running, for ever when it fails each time.
            log_unexpected(error)
            failed(name)
    return done
