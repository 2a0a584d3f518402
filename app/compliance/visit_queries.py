"""Reads of the visits that windows got, for a page of them and for a file of all, which may be thousands: windows as
plain columns, visits by the thousand.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import chain, pairwise
from uuid import UUID

import numpy as np
from sqlalchemy import ColumnElement, String, cast, func, select as select_rows, type_coerce
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from app.areas.models import Area, Hotspot, Team
from app.compliance.grouping import Visits
from app.compliance.places import Asked
from app.compliance.presences import visits_by_number
from app.compliance.queries import result_told, situation_of, window_conditions
from app.compliance.window_file import FileRow, Names, canonical
from app.database.types import ManyInstants
from app.patrols.models import OfficerFirst, WindowResult
from app.patrols.visit_models import Visit
from app.patrols.window_queries import windows_led_to
from app.schedule.models import TaskingWindow
from app.tracks.intervals import Interval, total_ms, unite


def visits_of_windows(
    session: Session, windows: Sequence[TaskingWindow], now: datetime
) -> dict[UUID, Visits]:
    """The visits to each window's hotspot by patrols that count for it, made for it or for one that was moved to it, in
    its two hours or around them; those windows the caller was shown. Results that are their officer's to see first are
    left out."""
    if not windows:
        return {}
    hotspots = {each.id: each.hotspot_id for each in windows}
    leads_to = windows_led_to(session, hotspots)
    held = select_rows(col(OfficerFirst.patrol_id)).where(col(OfficerFirst.until_at) > now)
    rows = session.execute(
        select_rows(
            col(Visit.window_id), col(Visit.hotspot_id), col(Visit.entered_ms), col(Visit.left_ms)
        ).where(col(Visit.window_id).in_(leads_to), col(Visit.patrol_id).not_in(held))
    ).all()
    spans: defaultdict[UUID, list[Interval]] = defaultdict(list)
    for judged_for, hotspot_id, entered_ms, left_ms in rows:
        for window_id in leads_to[judged_for]:
            if hotspots[window_id] == hotspot_id:
                spans[window_id].append((entered_ms, left_ms))
    return {window_id: _told(each) for window_id, each in spans.items()}


def _told(spans: Sequence[Interval]) -> Visits:
    visits = unite(spans)
    gaps = [after[0] - before[1] for before, after in pairwise(visits)]
    return Visits(
        visits=len(visits),
        present_ms=total_ms(visits),
        longest_ms=max(end - start for start, end in visits),
        longest_gap_ms=max(gaps, default=None),
    )


def file_rows(session: Session, asked: Asked, limit: int) -> list[FileRow]:
    """So many of the windows asked for, earliest first."""
    result = WindowResult
    ids = (TaskingWindow.id, TaskingWindow.hotspot_id, TaskingWindow.team_id, TaskingWindow.area_id)
    rows = session.connection().execute(
        select_rows(
            *(_as_kept(col(each)) for each in ids),
            *(
                type_coerce(col(each), ManyInstants)
                for each in (TaskingWindow.starts_at, TaskingWindow.ends_at)
            ),
            col(TaskingWindow.required_seconds),
            *(situation_of(asked), col(result.computed_status), type_coerce(col(result.decision), String)),
            *(col(result.reason_code), col(result.needs_confirmation), col(result.check_needed)),
            *(col(result.credited_ms), col(result.verified_ms), col(result.review_ms)),
            *(col(result.at_most_ms), col(result.officer_count), cast(col(result.patrol_ids), String)),
        )
        .select_from(TaskingWindow)
        .outerjoin(WindowResult, result_told(asked))
        .where(*window_conditions(asked))
        .order_by(col(TaskingWindow.starts_at), col(TaskingWindow.id))
        .limit(limit)
    )
    return [FileRow._make(row) for row in rows.all()]


def file_names(session: Session, force_id: UUID) -> Names:
    """What a force's places and teams are called in a file, by their ids as `file_rows` has them."""
    hotspots = select_rows(_as_kept(col(Hotspot.id)), col(Hotspot.code), col(Hotspot.name))
    teams = select_rows(_as_kept(col(Team.id)), col(Team.code)).where(col(Team.force_id) == force_id)
    areas = select_rows(_as_kept(col(Area.id)), col(Area.code)).where(col(Area.force_id) == force_id)
    named = session.execute(hotspots.where(col(Hotspot.force_id) == force_id))
    return Names(
        hotspots={hotspot_id: (code, name) for hotspot_id, code, name in named},
        teams={row[0]: row[1] for row in session.execute(teams)},
        areas={row[0]: row[1] for row in session.execute(areas)},
    )


def _as_kept(an_id: Mapped[UUID]) -> ColumnElement[str]:
    return cast(an_id, String)


def visits_of_all(session: Session, asked: Asked) -> dict[str, Visits]:
    """What `visits_of_windows` says of all windows asked for, by their ids as text.

    Of those that others were moved to, which are few, it is asked; the visits of all others are read by the thousand,
    for they lie with the window itself.
    """
    moved_to = (
        select_rows(col(TaskingWindow.moved_to_id))
        .where(
            col(TaskingWindow.force_id) == asked.caller.force_id, col(TaskingWindow.moved_to_id).is_not(None)
        )
        .scalar_subquery()
    )
    led_to = col(TaskingWindow.id).in_(moved_to)
    few = session.exec(select(TaskingWindow).where(*window_conditions(asked), led_to)).all()
    told = visits_of_windows(session, few, asked.now)
    return _visits_alone(session, asked, ~led_to) | {str(window_id): each for window_id, each in told.items()}


def _visits_alone(session: Session, asked: Asked, alone: ColumnElement[bool]) -> dict[str, Visits]:
    held = select_rows(col(OfficerFirst.patrol_id)).where(col(OfficerFirst.until_at) > asked.now)
    columns = (col(Visit.window_id), col(Visit.entered_ms), col(Visit.left_ms))
    rows = session.execute(
        select_rows(
            col(Visit.hotspot_id),
            *(func.aggregate_strings(cast(column, String), ",") for column in columns),
        )
        .select_from(TaskingWindow)
        .join(Visit, col(Visit.window_id) == col(TaskingWindow.id))
        .where(
            *window_conditions(asked),
            alone,
            col(Visit.hotspot_id) == col(TaskingWindow.hotspot_id),
            col(Visit.patrol_id).not_in(held),
        )
        .group_by(col(Visit.hotspot_id))
    ).all()
    windows = list(chain.from_iterable(window_ids.split(",") for _hotspot, window_ids, *_ in rows))
    numbers = {window_id: number for number, window_id in enumerate(dict.fromkeys(windows))}
    entered, left = (
        np.fromstring(",".join(row[place] for row in rows), dtype=np.int64, sep=",") for place in (2, 3)
    )
    found = visits_by_number(np.array([numbers[each] for each in windows], dtype=np.int64), entered, left)
    return dict(zip(map(canonical, numbers), found, strict=True))
