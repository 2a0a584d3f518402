"""Our own hours by any names that describe them, each instant once.

Months that lie wholly in the days asked for and are added up, and such days of the running month, are read from their
shares, everything else from the slices. What comes out is the same either way.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain, combinations, groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, String, cast, func, null, select, type_coerce
from sqlmodel import Session, col

from app.areas.scope import RowOwners, visible
from app.clock import to_ms
from app.compliance.month_sums import Days, first_days, left_over, months_settled
from app.identity.permissions import Permission
from app.patrols.hours import GRADES
from app.patrols.models import CreditedSlice
from app.patrols.month_models import MonthShare, SharedBy
from app.patrols.month_shares import KIND, SAID, grades_said
from app.patrols.sharing import Kind, Stored, at_once
from app.returns.asking import Asked
from app.returns.counting import OWN, OWN_CHANNEL, Line, Unit, goes_before, line
from app.returns.ledger_queries import OWN_COLUMNS, described, own_conditions, own_counts, own_ms, ruled
from app.returns.periods import Span
from app.schedule.models import TaskingWindow

_ALWAYS = ("grade", "uniform_state")
_SAID = {"source": OWN, "channel": OWN_CHANNEL, "agency": None, "reference": None}
_SHARES: Mapping[str, Any] = {
    name: type_coerce(col(getattr(MonthShare, name)), String)
    if name in ("programme", "uniform_state", "funding")
    else col(getattr(MonthShare, name))
    for name in ("day", *SAID)
}
_OWNERS = RowOwners(
    force_id=col(MonthShare.force_id), team_id=col(MonthShare.team_id), area_id=col(MonthShare.area_id)
)
_IDS = frozenset({"team_id", "area_id", "hotspot_id"})
# Slices by the thousand are read with their ids as text, which is in the same order: as UUIDs they take half as long
# again to read and to tell apart.
_AS_READ: Mapping[str, Any] = {
    name: cast(OWN_COLUMNS[name], String) if name in _IDS else OWN_COLUMNS[name] for name in KIND
}
Names = Sequence[str]
Sums = Counter[tuple[Any, ...]]


def own_lines(
    session: Session, asked: Asked, names: Names, *, each_hotspot: bool = False, weeks: bool = False
) -> list[Line]:
    """Our own hours asked for by some names, without what counts nothing.

    `each_hotspot` is of every hotspot by itself, in which overlapping ones have the same time. `day` among the names
    lies in the right month and, with `weeks`, in the right week.
    """
    if not own_counts(asked) or asked.span.days < 1:
        return []
    wanted = [name for name in dict.fromkeys((*names, *_ALWAYS)) if name in OWN_COLUMNS]
    shared_by = _shared_by(asked, each_hotspot=each_hotspot)
    months = _months(session, asked, shared_by, weeks=weeks)
    found: Sums = Counter()
    for first, last in left_over(asked.span.first, asked.span.last, months):
        part = replace(asked, span=Span(first, last))
        if asked.rule.unit is Unit.PERSON and (each_hotspot or not asked.rule.by_hotspot):
            found.update(_summed(session, part, wanted, each_hotspot=each_hotspot))
        else:
            found.update(_looked_at(session, part, wanted, each_hotspot=each_hotspot))
    if months:
        found.update(_of_months(session, asked, shared_by, months, wanted, each_hotspot=each_hotspot))
    return [
        line(described({**_SAID, **dict(zip(wanted, key, strict=True))}, asked), ms, asked.rule)
        for key, ms in found.items()
        if ms
    ]


def first_unsettled(session: Session, asked: Asked) -> date:
    """The day from which on hours are read from slices; the day after the last where none are."""
    months = months_settled(session, asked.caller.force_id, asked.span.first, asked.span.last, asked.now)
    stretches = left_over(asked.span.first, asked.span.last, months)
    if stretches and stretches[-1][1] == asked.span.last:
        return stretches[-1][0]
    return asked.span.last + timedelta(days=1)


def _shared_by(asked: Asked, *, each_hotspot: bool) -> SharedBy:
    person = asked.rule.unit is Unit.PERSON
    if asked.rule.within_window_only:
        return SharedBy.OFFICER_IN_WINDOWS if person else SharedBy.CLOCK_IN_WINDOWS
    if each_hotspot or asked.rule.by_hotspot:
        return SharedBy.OFFICER_IN_HOTSPOTS if person else SharedBy.CLOCK_IN_HOTSPOTS
    return SharedBy.OFFICER if person else SharedBy.CLOCK


def _months(session: Session, asked: Asked, shared_by: SharedBy, *, weeks: bool) -> list[Days]:
    whole_months = shared_by in (SharedBy.OFFICER_IN_HOTSPOTS, SharedBy.CLOCK_IN_HOTSPOTS)
    if (weeks and whole_months) or asked.team_id is not None or asked.hotspot_id is not None:
        return []
    return months_settled(session, asked.caller.force_id, asked.span.first, asked.span.last, asked.now)


def _summed(session: Session, asked: Asked, wanted: Names, *, each_hotspot: bool) -> Sums:
    """Time of persons, which no two rows share: the database adds it up."""
    columns = [OWN_COLUMNS[name] for name in wanted]
    query = select(*columns, cast(func.sum(own_ms(asked)), BigInteger))
    rows = session.execute(query.where(*own_conditions(asked, by_hotspot=each_hotspot)).group_by(*columns))
    return Counter({tuple(key): ms for *key, ms in rows})


def _looked_at(session: Session, asked: Asked, wanted: Names, *, each_hotspot: bool) -> Sums:
    """Time that rows may share, from their intervals."""
    windows: dict[UUID, tuple[int, int]] = {}
    if asked.rule.within_window_only:
        windows = _windows(session, asked, each_hotspot=each_hotspot)
    by: Any = col(CreditedSlice.officer_id)
    if asked.rule.unit is Unit.PATROL:
        by = func.coalesce(col(CreditedSlice.window_id), col(CreditedSlice.patrol_id))
    shared = [cast(by, String), OWN_COLUMNS["day"], *([_AS_READ["hotspot_id"]] if each_hotspot else [])]
    window_id: Any = col(CreditedSlice.window_id) if asked.rule.within_window_only else null()
    more = (own_ms(asked), cast(col(CreditedSlice.intervals), String), window_id)
    # In the order of groups, row after row: thousands of rows held at once cost more than reading them.
    rows = session.connection().execute(
        select(*shared, *more, *_AS_READ.values())
        .where(*own_conditions(asked, by_hotspot=each_hotspot))
        .order_by(*shared)
    )
    found: Sums = Counter()
    told, begins = len(shared), len(shared) + len(more)
    some_at_once = chain.from_iterable(rows.partitions(1000))
    for (_by, day, *_hotspot), group in groupby(some_at_once, key=itemgetter(slice(told))):
        first, *others = group
        if not others:
            # Most are alone, and share their time with nobody.
            found[day, first[begins:]] += first[told]
            continue
        several = [
            Stored(row[begins:], ms, text, windows.get(window_id))
            for row in (first, *others)
            for ms, text, window_id in (row[told:begins],)
        ]
        for kinds, ms in at_once(several).items():
            found[day, _first(kinds, asked)] += ms
    return Counter({tuple(map(_as_told, wanted, key)): ms for key, ms in _by_names(found, wanted).items()})


def _as_told(name: str, value: Any) -> Any:
    return UUID(value) if name in _IDS and value is not None else value


def _windows(session: Session, asked: Asked, *, each_hotspot: bool) -> dict[UUID, tuple[int, int]]:
    ids = select(col(CreditedSlice.window_id)).where(*own_conditions(asked, by_hotspot=each_hotspot))
    rows = session.execute(
        select(col(TaskingWindow.id), col(TaskingWindow.starts_at), col(TaskingWindow.ends_at)).where(
            col(TaskingWindow.id).in_(ids)
        )
    )
    return {window_id: (to_ms(starts_at), to_ms(ends_at)) for window_id, starts_at, ends_at in rows}


def _of_months(
    session: Session,
    asked: Asked,
    shared_by: SharedBy,
    months: Sequence[Days],
    wanted: Names,
    *,
    each_hotspot: bool,
) -> Sums:
    """The same from shares of months. Of what was there at once, the first that counts does."""
    conditions: list[ColumnElement[bool]] = [
        visible(asked.caller, asked.today, _OWNERS, Permission.HOURS_READ),
        col(MonthShare.shared_by) == shared_by,
        col(MonthShare.month).in_(first_days(months)),
        col(MonthShare.grades).in_(_grades_counted(asked)),
        *ruled(asked, _SHARES, OWN),
    ]
    columns = [_SHARES.get(name, col(MonthShare.grades)).label(name) for name in wanted]
    ms, together = col(MonthShare.shared_ms), col(MonthShare.together)
    found: Sums = Counter()
    for query in _alike(conditions, columns, each_hotspot=each_hotspot):
        each = query.subquery()
        names = [each.c[name] for name in wanted]
        rows = session.execute(select(*names, cast(func.sum(each.c.shared_ms), BigInteger)).group_by(*names))
        for *key, shared_ms in rows:
            found[tuple(_graded(wanted, key, asked))] += shared_ms
    mixed = session.execute(
        select(
            *(_SHARES[name] for name in SAID),
            col(MonthShare.grades),
            col(MonthShare.month),
            col(MonthShare.day),
            together,
            ms,
        ).where(*conditions, col(MonthShare.mixed))
    )
    found.update(_by_names(_counted_of_mixed(mixed, asked, each_hotspot=each_hotspot), wanted))
    return found


def _alike(
    conditions: Sequence[ColumnElement[bool]], columns: Sequence[Any], *, each_hotspot: bool
) -> list[Select[*tuple[Any, ...]]]:
    """Shares which the database can add up: those alone, and of those that differ in their hotspot alone each hotspot
    or, of all together, one."""
    ms, together = col(MonthShare.shared_ms), col(MonthShare.together)
    alike = [*conditions, col(MonthShare.mixed).is_(False)]
    if each_hotspot:
        return [select(*columns, ms).where(*alike)]
    said = [column for column in columns if column.key != "hotspot_id"]
    nowhere = [null().label("hotspot_id")] if len(said) < len(columns) else []
    once = select(*said, *nowhere, ms, col(MonthShare.month), together).where(*alike, together.is_not(None))
    return [select(*columns, ms).where(*alike, together.is_(None)), once.distinct()]


def _counted_of_mixed(rows: Iterable[Any], asked: Asked, *, each_hotspot: bool) -> Sums:
    hotspot = SAID.index("hotspot_id")
    groups: defaultdict[tuple[date, int, UUID | None], list[Kind]] = defaultdict(list)
    told: dict[tuple[date, int, UUID | None], tuple[date, int]] = {}
    for *said, grades, month, day, together, ms in rows:
        group = (month, together, said[hotspot] if each_hotspot else None)
        groups[group].append((*said, _grade(grades, asked)))
        told[group] = (day, ms)
    found: Sums = Counter()
    for group, kinds in groups.items():
        day, ms = told[group]
        found[day, _first(kinds, asked)] += ms
    return found


def _grades_counted(asked: Asked) -> list[str]:
    """All that a share may say which hold a grade that counts."""
    counts = asked.rule.counts(OWN)
    several = (each for number in range(1, len(GRADES) + 1) for each in combinations(GRADES, number))
    return [grades_said(each) for each in several if counts.intersection(each)]


def _grade(grades: str, asked: Asked) -> str:
    """The grade that counts of several that one kind of time has at once."""
    counts = [each for each in grades.split("+") if each in asked.rule.counts(OWN)]
    return min(counts, key=lambda grade: (not asked.rule.sure(OWN, grade), GRADES.index(grade)))


def _graded(wanted: Names, key: Sequence[Any], asked: Asked) -> Iterable[Any]:
    return (_grade(each, asked) if name == "grade" else each for name, each in zip(wanted, key, strict=True))


def _first(kinds: Iterable[Kind], asked: Asked) -> Kind:
    """Of kinds at once the one that counts; by name where nothing else tells, for that never changes."""
    found = tuple(kinds)
    if len(found) == 1:
        return found[0]
    uniform_state, grade = KIND.index("uniform_state"), KIND.index("grade")
    return min(
        found,
        key=lambda kind: (*goes_before(kind[uniform_state], kind[grade], asked.rule), *map(str, kind)),
    )


def _by_names(found: Mapping[tuple[Any, ...], int], wanted: Names) -> Sums:
    """Time by day and kind, by some of their names."""
    added: Sums = Counter()
    for (day, kind), ms in found.items():
        of = {"day": day, **dict(zip(KIND, kind, strict=True))}
        added[tuple(of[name] for name in wanted)] += ms
    return added


def patrols_behind(session: Session, asked: Asked) -> list[tuple[date, Mapping[str, Any], UUID | None]]:
    """Each of our own patrols with time that counts, once: its first day of those asked for, its kind by its best
    grade, and the window it was made for; in the order of patrols."""
    if not own_counts(asked):
        return []
    rows = session.connection().execute(
        select(
            col(CreditedSlice.patrol_id),
            col(CreditedSlice.window_id),
            OWN_COLUMNS["day"],
            *(OWN_COLUMNS[name] for name in KIND),
        )
        .where(*own_conditions(asked, by_hotspot=False))
        .order_by(col(CreditedSlice.patrol_id))
    )
    found: list[tuple[date, Mapping[str, Any], UUID | None]] = []
    for _patrol, group in groupby(rows, key=lambda row: row[0]):
        slices = list(group)
        best = _first((tuple(row[3:]) for row in slices), asked)
        day = min(row[2] for row in slices)
        found.append((day, {**_SAID, **dict(zip(KIND, best, strict=True))}, slices[0][1]))
    return found
