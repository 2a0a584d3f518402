"""Reads of one in three: the windows asked for with what their blocks come to, from stored results only."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    not_,
    or_,
    select as select_rows,
    tuple_,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.compliance.arithmetic import Group, situations_of
from app.compliance.grouping import Blocks, By
from app.compliance.keys import keyed, keys_of
from app.compliance.places import Asked
from app.compliance.queries import (
    KEY_COLUMNS,
    MOVED_WITHIN,
    Key,
    bars_of,
    group_of,
    measured_windows,
    result_told,
    situation_of,
    summed_windows,
    window_conditions,
    worked_out_once,
)
from app.patrols.models import WindowResult
from app.schedule.models import TaskingWindow
from app.schedule.windows import WindowState, WindowStatus

# So many windows are named one by one; more are looked up.
_MOST_BY_ID = 5000
# What a block comes to, the better the higher.
_KEPT, _DECIDED, _OPEN = 3, 2, 1


def groups_and_blocks_by(
    session: Session, asked: Asked, by: By
) -> tuple[dict[Key, list[Group]], dict[Key, Blocks]]:
    """The windows asked for as `groups_by` adds them up, and blocks due and kept, each once, under the first of its
    windows.

    A block is the period's in which that window starts; what it was moved to may lie outside. Few blocks have several
    windows: those are put together by themselves, all others are counted with their windows.
    """
    several = _in_blocks_of_several(session, asked)
    alone = case((_alone_in_block(several), 1), else_=0)
    measured = measured_windows(asked).add_columns(alone.label("alone"))
    each = keyed(worked_out_once(measured), by, asked, "starts_at")
    keys = keys_of(each, by)
    summed = [
        cast(func.sum(column), BigInteger) for column in (each.c.alone, each.c.alone * each.c.adjusted_enough)
    ]
    query = select_rows(*summed_windows(each), *summed, *keys).group_by(*keys, *bars_of(each))
    found: defaultdict[Key, list[Group]] = defaultdict(list)
    blocks_of_one: defaultdict[Key, Counter[WindowStatus]] = defaultdict(Counter)
    enough: Counter[Key] = Counter()
    for row in session.execute(query).all():
        key, group = tuple(row[len(row) - len(by) :]), group_of(row)
        found[key].append(group)
        blocks_of_one[key][group.status] += row[12]
        if group.status is WindowStatus.ADJUSTED:
            enough[key] += row[13]
    blocks = _blocks_of_several(session, asked, by, several)
    for key, counts in blocks_of_one.items():
        blocks[key] = blocks.get(key, Blocks()) + _blocks_of(counts, enough[key])
    return found, {key: each for key, each in blocks.items() if each.due}


def _blocks_of(alone: Mapping[WindowStatus, int], enough: int) -> Blocks:
    """What windows come to that are blocks of their own, so many of each status; `enough` of them were adjusted to the
    time asked for."""
    return Blocks(
        due=sum(alone.values()),
        kept=alone.get(WindowStatus.COMPLIANT, 0),
        kept_by_decision=alone.get(WindowStatus.ACCEPTED, 0) + enough,
        undecided=alone.get(WindowStatus.PUBLISHED, 0) + alone.get(WindowStatus.IN_PROGRESS, 0),
    )


def _around(asked: Asked) -> tuple[datetime, datetime]:
    return asked.period[0] - MOVED_WITHIN, asked.period[1] + MOVED_WITHIN


def _drawn() -> ColumnElement[bool]:
    return and_(col(TaskingWindow.schedule_id).is_not(None), col(TaskingWindow.block_first_day).is_not(None))


def _in_blocks_of_several(session: Session, asked: Asked) -> ColumnElement[bool]:
    """The condition that a window is of a drawn block that has more than one about the period, whoever may see them.

    By id, which is never null: for columns that may be, SQLite goes through the whole list for each window.
    """
    from_at, to_at = _around(asked)
    around = (
        col(TaskingWindow.force_id) == asked.caller.force_id,
        col(TaskingWindow.starts_at) >= from_at,
        col(TaskingWindow.starts_at) < to_at,
    )
    block = (
        col(TaskingWindow.schedule_id),
        col(TaskingWindow.hotspot_id),
        col(TaskingWindow.block_first_day),
    )
    ids = func.aggregate_strings(cast(col(TaskingWindow.id), String), ",")
    several = select_rows(ids).where(*around, _drawn()).group_by(*block).having(func.count() > 1)
    found = [UUID(each) for text in session.execute(several).scalars() for each in text.split(",")]
    if len(found) <= _MOST_BY_ID:
        return col(TaskingWindow.id).in_(found)
    one = aliased(TaskingWindow)
    its = tuple_(col(one.schedule_id), col(one.hotspot_id), col(one.block_first_day))
    return col(TaskingWindow.id).in_(
        select_rows(col(one.id)).where(its.in_(several.with_only_columns(*block)))
    )


def _alone_in_block(several: ColumnElement[bool]) -> ColumnElement[bool]:
    # Without a schedule what was moved is a block where it was moved to.
    undrawn = and_(not_(_drawn()), col(TaskingWindow.state) != WindowState.MOVED)
    return or_(undrawn, and_(_drawn(), not_(several)))


def _blocks_of_several(
    session: Session, asked: Asked, by: By, several: ColumnElement[bool]
) -> dict[Key, Blocks]:
    first, last = (
        col(TaskingWindow.starts_at) >= asked.period[0],
        col(TaskingWindow.starts_at) < asked.period[1],
    )
    from_at, to_at = _around(asked)
    around = replace(asked.wanted, from_at=from_at, to_at=to_at)
    windows = _of_blocks(replace(asked, wanted=around), and_(first, last)).where(_drawn(), several).subquery()
    standing = select_rows(windows).where(windows.c.nth == 1, windows.c.starts_in == 1).subquery()
    named = keyed(standing, by, asked, "starts_at")
    keys = keys_of(named, by)
    summed = [
        cast(func.coalesce(func.sum(case((named.c.comes_to == each, 1), else_=0)), 0), BigInteger)
        for each in (_KEPT, _DECIDED, _OPEN)
    ]
    rows = session.execute(select_rows(func.count(), *summed, *keys).group_by(*keys)).all()
    return {tuple(row[4:]): Blocks(*row[:4]) for row in rows if row[0]}


def _of_blocks(asked: Asked, in_period: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Windows with what their block comes to, and the how many-eth of its block each is."""
    block = [
        col(TaskingWindow.schedule_id),
        col(TaskingWindow.hotspot_id),
        col(TaskingWindow.block_first_day),
    ]
    situation = situation_of(asked)
    enough = and_(
        situation.in_(situations_of(WindowStatus.ADJUSTED)),
        col(WindowResult.credited_ms) >= col(WindowResult.required_ms),
    )
    # The best of its windows is what a block comes to: one thing to look for, for a situation is dear to put together.
    comes_to = case(
        (situation.in_(situations_of(WindowStatus.COMPLIANT)), _KEPT),
        (or_(situation.in_(situations_of(WindowStatus.ACCEPTED)), enough), _DECIDED),
        (
            situation.in_([*situations_of(WindowStatus.PUBLISHED), *situations_of(WindowStatus.IN_PROGRESS)]),
            _OPEN,
        ),
        else_=0,
    )
    order = (col(TaskingWindow.starts_at), col(TaskingWindow.id))
    return (
        select_rows(
            func.row_number().over(partition_by=block, order_by=order).label("nth"),
            case((in_period, 1), else_=0).label("starts_in"),
            func.max(comes_to).over(partition_by=block).label("comes_to"),
            *KEY_COLUMNS,
        )
        .select_from(TaskingWindow)
        .outerjoin(WindowResult, result_told(asked))
        .where(*window_conditions(asked))
    )
