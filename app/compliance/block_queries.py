"""Reads of one in three: the windows asked for with what their blocks come to, from stored results only."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    func,
    not_,
    or_,
    select as select_rows,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.compliance.arithmetic import Group, situations_of
from app.compliance.grouping import Blocks, By
from app.compliance.keys import keyed, keys_of
from app.compliance.places import Asked
from app.compliance.queries import (
    MOVED_WITHIN,
    Key,
    bars_of,
    group_of,
    measured_windows,
    result_told,
    situation_of,
    summed_windows,
    window_columns,
    window_conditions,
    worked_out_once,
)
from app.patrols.models import WindowResult
from app.schedule.models import TaskingWindow
from app.schedule.windows import WindowState, WindowStatus

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
    several = _in_blocks_of_several(asked)
    alone = case((_alone_in_block(several), 1), else_=0)
    measured = measured_windows(asked, by).add_columns(alone.label("alone"))
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
        blocks_of_one[key][group.status] += row[13]
        if group.status is WindowStatus.ADJUSTED:
            enough[key] += row[14]
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


def _in_blocks_of_several(asked: Asked) -> ColumnElement[bool]:
    """The condition that a window is of a drawn block that may have more than one about the period, whoever may see
    them: one that another was moved to. Drawing gives each block one, and nothing else a window of another's block.

    By id, which is never null: for columns that may be, SQLite goes through the whole list for each window.
    """
    moved, new, one = (aliased(TaskingWindow) for _ in range(3))
    moved_to = select_rows(col(moved.moved_to_id)).where(
        col(moved.moved_to_id).is_not(None), col(moved.force_id) == asked.caller.force_id
    )
    from_at, to_at = _around(asked)
    about_the_period = (
        condition
        for each in (new, one)
        for condition in (col(each.starts_at) >= from_at, col(each.starts_at) < to_at)
    )
    same_block = and_(
        col(one.hotspot_id) == col(new.hotspot_id),
        col(one.block_first_day) == col(new.block_first_day),
        col(one.schedule_id) == col(new.schedule_id),
    )
    several = (
        select_rows(col(one.id))
        .join_from(new, one, same_block)
        .where(col(new.id).in_(moved_to), *about_the_period)
    )
    return col(TaskingWindow.id).in_(several)


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
    windows = (
        _of_blocks(replace(asked, wanted=around), by, and_(first, last)).where(_drawn(), several).subquery()
    )
    standing = select_rows(windows).where(windows.c.nth == 1, windows.c.starts_in == 1).subquery()
    named = keyed(standing, by, asked, "starts_at")
    keys = keys_of(named, by)
    summed = [
        cast(func.coalesce(func.sum(case((named.c.comes_to == each, 1), else_=0)), 0), BigInteger)
        for each in (_KEPT, _DECIDED, _OPEN)
    ]
    rows = session.execute(select_rows(func.count(), *summed, *keys).group_by(*keys)).all()
    return {tuple(row[4:]): Blocks(*row[:4]) for row in rows if row[0]}


def _of_blocks(asked: Asked, by: By, in_period: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
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
            *window_columns(by),
        )
        .select_from(TaskingWindow)
        .outerjoin(WindowResult, result_told(asked))
        .where(*window_conditions(asked))
    )
