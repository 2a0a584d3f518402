"""Reads of the visits that windows got, for the list of them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from sqlalchemy import select as select_rows
from sqlmodel import Session, col

from app.compliance.grouping import Visits
from app.patrols.models import OfficerFirst
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
