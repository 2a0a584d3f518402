"""Hours and visits from sums of months are those of slices and single visits, whoever writes meanwhile."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, delete, event, select as select_rows
from sqlmodel import Session, col, select

from app.clock import london_day, start_of_london_day, to_ms
from app.compliance import month_sums, presence_queries, time_queries
from app.compliance.grouping import PERIODS, By, GroupBy, Visits, by_hotspot, periods
from app.compliance.month_sums import left_over
from app.compliance.places import Asked, days_of
from app.database.session import reading, snapshot, transaction
from app.database.turns import take_turns
from app.housekeeping import add_months_up
from app.identity.permissions import Caller, OfficerKind, Role
from app.patrols import crediting, month_hours, queries, visiting, voiding
from app.patrols.models import CreditedSlice, OfficerFirst, Patrol, PatrolVoid
from app.patrols.month_hours import RESTS_FOR, part_of_week
from app.patrols.month_models import MonthHours, MonthHoursDue, MonthVisits
from app.patrols.visit_models import Visit
from app.schedule.windows import WindowFilter
from benchmarks.large_force import NOW
from benchmarks.large_places import COMMANDER, FORCE, PLANNER, SERGEANT, named
from tests.compliance.made_up import add_up_all, added, added_up_url, made_up_url, opened

__all__ = ["added", "added_up_url", "made_up_url"]

SPAN = (datetime(2026, 3, 28, 12, tzinfo=UTC), NOW)
GROUPINGS: list[tuple[GroupBy, ...]] = [
    (GroupBy.TEAM,), (GroupBy.AREA,), (GroupBy.HOTSPOT,), (GroupBy.PROGRAMME,), (GroupBy.WEEK,), (GroupBy.MONTH,),
    (GroupBy.TEAM, GroupBy.WEEK), (GroupBy.HOTSPOT, GroupBy.MONTH), (GroupBy.OPERATION, GroupBy.FUNDING),
    (GroupBy.HOTSPOT, GroupBy.PROGRAMME), (GroupBy.HOTSPOT, GroupBy.WEEK), (GroupBy.PROGRAMME, GroupBy.WEEK),
]  # fmt: skip
SLICES = [
    col(getattr(CreditedSlice, name))
    for name in (
        "patrol_id", "day", "team_id", "area_id", "hotspot_id", "programme", "operation", "funding", "grade",
        "credited_ms",
    )
]  # fmt: skip
ROLES = {PLANNER: Role.PLANNER, COMMANDER: Role.COMMANDER, SERGEANT: Role.SUPERVISOR}


# Of the running month.
DAYS_OVER = london_day(NOW).day - 1


@pytest.fixture
def engine(made_up_url: str) -> Iterator[Engine]:
    with opened(made_up_url) as found:
        yield found


def asked_by(collar: str, now: datetime = NOW, **wanted: Any) -> Asked:
    caller = Caller(named(collar), named(FORCE), collar, OfficerKind.CONSTABLE, frozenset({ROLES[collar]}))
    return Asked(caller, london_day(now), now, WindowFilter(*SPAN, **wanted))


def by_hand(session: Session, asked: Asked, by: By) -> Counter[tuple[Any, ...]]:
    """What a planner's question comes to, slice by slice."""
    found: Counter[tuple[Any, ...]] = Counter()
    held = set(session.exec(select(OfficerFirst.patrol_id).where(OfficerFirst.until_at > asked.now)).all())
    first, last = days_of(*asked.period)
    for each in session.execute(select_rows(*SLICES)).all():
        seen = first <= each.day <= last and each.patrol_id not in held
        if seen and (each.hotspot_id is not None) is by_hotspot(by):
            found[*(_key(each, one, first, last) for one in by), each.grade] += each.credited_ms
    return found


def _key(each: Any, by: GroupBy, first: date, last: date) -> Any:
    if by in (GroupBy.WEEK, GroupBy.MONTH):
        return next(one.code for one in periods(by, first, last) if one.first <= each.day < one.after)
    return getattr(
        each, by.value if by in (GroupBy.PROGRAMME, GroupBy.OPERATION, GroupBy.FUNDING) else f"{by}_id"
    )


def told(session: Session, asked: Asked, by: By) -> Counter[tuple[Any, ...]]:
    answer = time_queries.officer_time_by(session, asked, by)
    return Counter({(*key, grade): ms for key, each in answer.items() for grade, ms in each})


def visits_by_hand(session: Session, asked: Asked, by: By) -> dict[tuple[Any, ...], Visits]:
    """What a planner's question about visits comes to, visit by visit in the order of their beginning."""
    held = set(session.exec(select(OfficerFirst.patrol_id).where(OfficerFirst.until_at > asked.now)).all())
    first, last = days_of(*asked.period)
    before = first - timedelta(days=1)
    stories: defaultdict[Any, list[list[Any]]] = defaultdict(list)
    for each in session.exec(select(Visit).order_by(col(Visit.entered_ms))).all():
        if each.patrol_id in held or not before <= each.day <= last:
            continue
        story = stories[*(_key(each, one, first, last) for one in by if one not in PERIODS), each.hotspot_id]
        if story and each.entered_ms <= story[-1][1]:
            story[-1][1] = max(story[-1][1], each.left_ms)
        else:
            story.append([each.entered_ms, each.left_ms, each])
    stays: defaultdict[tuple[Any, ...], list[int]] = defaultdict(list)
    gaps: defaultdict[tuple[Any, ...], list[int]] = defaultdict(list)
    begins_ms = to_ms(start_of_london_day(first))
    for story in stories.values():
        left_before = None
        for entered_ms, left_ms, each in story:
            if entered_ms < begins_ms:
                continue
            key = tuple(_key(each, one, first, last) for one in by)
            stays[key].append(left_ms - entered_ms)
            if left_before is not None:
                gaps[key].append(entered_ms - left_before)
            left_before = left_ms
    return {
        key: Visits(
            len(each), sum(each), max(each), int(median(gaps[key])) if gaps[key] else None, max(gaps[key], default=None)
        )
        for key, each in stays.items()
    }  # fmt: skip


def visits_told(session: Session, asked: Asked, by: By) -> tuple[dict[tuple[Any, ...], Visits], Visits]:
    found, in_all = presence_queries.visits_by(session, asked, by, of_places=by_hotspot(by), together={})
    return dict(found), in_all


def every_answer(engine: Engine, few: bool) -> list[Any]:
    """What everybody is told by every grouping, and of one hotspot, team and area; a `few` ask each grouping once."""
    with reading(engine) as session:
        row = session.exec(select(CreditedSlice).where(col(CreditedSlice.hotspot_id).is_not(None))).first()
        assert row is not None
        filters: list[dict[str, Any]] = [
            {}, {"hotspot_id": row.hotspot_id}, {"team_id": row.team_id}, {"area_id": row.area_id},
        ]  # fmt: skip
        kinds = [(PLANNER, one) for one in filters] + [(collar, {}) for collar in ROLES if collar != PLANNER]
        return [
            (told(session, asked_by(collar, **wanted), by),
             dict(time_queries.officer_time(session, asked_by(collar, **wanted), of_places=by_hotspot(by))),
             visits_told(session, asked_by(collar, **wanted), by))
            for number, (collar, wanted) in enumerate(kinds)
            for by in (GROUPINGS[number :: len(kinds)] if few else GROUPINGS)
        ]  # fmt: skip


def test_every_answer_is_the_same_with_sums_as_without(engine: Engine, asked_before: bool) -> None:
    without = every_answer(engine, asked_before)
    assert any(len(each) > 1 for each, _total, _visits in without)
    assert any(len(each) > 1 for _time, _total, (each, _all) in without)
    assert add_months_up(engine, NOW) > 6
    add_up_all(engine)
    assert add_months_up(engine, NOW) == 0
    statements: list[str] = []
    event.listen(
        engine, "before_cursor_execute", lambda _c, _cur, statement, *_: statements.append(statement)
    )
    assert every_answer(engine, asked_before) == without
    assert sum("FROM month_hours" in statement for statement in statements) > 2 * len(without) // 3
    assert sum("FROM month_visits" in statement for statement in statements) == len(without)


def test_visits_united_by_month_are_those_united_one_by_one(added: Engine) -> None:
    with reading(added) as session:
        asked = asked_by(PLANNER)
        all_by_hand = visits_by_hand(session, asked, ())[()]
        for by in (*GROUPINGS, ()):
            assert len(month_sums.months_of_visits(session, asked, by)) == 7 + DAYS_OVER, by
            by_hand = visits_by_hand(session, asked, by)
            assert visits_told(session, asked, by) == (by_hand, all_by_hand), by
            assert any(each.median_gap_ms for each in by_hand.values()), by


def test_a_visit_over_the_end_of_a_month_is_one_with_who_joins_it(engine: Engine) -> None:
    """One that began on 31 May at 23:50 and another that joined it on 1 June are one visit of May, 40 minutes long."""
    with transaction(engine) as session:
        some = session.exec(select(Visit).where(Visit.day == date(2026, 5, 20)).limit(1)).one()
        midnight = to_ms(start_of_london_day(date(2026, 6, 1)))
        session.execute(delete(Visit).where(col(Visit.hotspot_id) == some.hotspot_id))
        said = some.model_dump(exclude={"entered_ms", "left_ms", "day"})
        days = date(2026, 5, 31), date(2026, 6, 1)
        for day, minutes in zip(days, ((-10, 10), (5, 30)), strict=True):
            entered_ms, left_ms = (midnight + each * 60_000 for each in minutes)
            session.add(Visit(**said, day=day, entered_ms=entered_ms, left_ms=left_ms))
    add_up_all(engine)
    with reading(engine) as session:
        asked = asked_by(PLANNER, hotspot_id=some.hotspot_id)
        told_of, in_all = visits_told(session, asked, (GroupBy.MONTH,))
    assert told_of == {("2026-05",): Visits(1, 40 * 60_000, 40 * 60_000)}
    assert in_all == told_of["2026-05",]


def test_who_writes_visits_marks_their_day_and_no_other(added: Engine) -> None:
    with transaction(added) as session:
        visit = session.exec(select(Visit).where(Visit.day == date(2026, 6, 10)).limit(1)).one()
        patrol = session.get_one(Patrol, visit.patrol_id)
        session.execute(delete(MonthHoursDue))
        visiting.remove_visits(session, patrol.id)
        assert {each.day for each in session.exec(select(MonthHoursDue)).all()} == {date(2026, 6, 10)}
        session.execute(delete(MonthHoursDue))
        write_visits_again(session, patrol)
        assert {each.day for each in session.exec(select(MonthHoursDue)).all()} == {date(2026, 6, 10)}


def month(number: int) -> tuple[date, date]:
    return date(2026, number, 1), date(2026, number + 1, 1) - timedelta(days=1)


def test_sums_are_used_for_whole_months_and_for_days_of_the_running_one(added: Engine) -> None:
    with reading(added) as session:
        months = month_sums.months_added_up(session, asked_by(PLANNER))
        days = [date(2026, 11, number) for number in range(1, DAYS_OVER + 1)]
        assert months == [*(month(number) for number in range(4, 11)), *((day, day) for day in days)]
        some = session.exec(select(CreditedSlice).where(CreditedSlice.day == date(2026, 6, 10))).first()
        assert some is not None
    with transaction(added) as session:
        patrol = session.get_one(Patrol, some.patrol_id)
        crediting.write_hours(session, patrol, patrol.started_at + timedelta(hours=3))
    with reading(added) as session:
        assert month(6) not in month_sums.months_added_up(session, asked_by(PLANNER))
    assert add_months_up(added, NOW + timedelta(minutes=1)) == 0
    assert add_months_up(added, NOW + RESTS_FOR) == 1
    with reading(added) as session:
        assert month(6) in month_sums.months_added_up(session, asked_by(PLANNER))


def test_a_month_with_time_its_officer_is_to_see_first_is_read_from_its_slices(added: Engine) -> None:
    with transaction(added) as session:
        one = session.exec(select(CreditedSlice).where(CreditedSlice.day == date(2026, 5, 20))).first()
        assert one is not None
        session.execute(delete(OfficerFirst).where(col(OfficerFirst.patrol_id) == one.patrol_id))
        session.add(OfficerFirst(patrol_id=one.patrol_id, until_at=NOW + timedelta(minutes=5)))
    with reading(added) as session:
        for now, among in ((NOW, False), (NOW + timedelta(minutes=5), True)):
            asked = asked_by(PLANNER, now)
            assert (month(5) in month_sums.months_added_up(session, asked)) is among
            assert told(session, asked, [GroupBy.TEAM]) == by_hand(session, asked, [GroupBy.TEAM])
            by = [GroupBy.TEAM]
            assert visits_told(session, asked, by)[0] == visits_by_hand(session, asked, by)


def test_whoever_writes_and_adds_up_meanwhile_no_answer_is_ever_wrong(
    added: Engine, trials: Callable[[int], int]
) -> None:
    """Patrols taken back and given again, months added up and questions asked, in any order; at once on PostgreSQL."""
    with reading(added) as session:
        ids = list(session.exec(select(Patrol.id).order_by(col(Patrol.id)).limit(900)).all())[300:]
        voided = set(session.exec(select(PatrolVoid.id)).all())
    at_once = added.dialect.name == "postgresql"
    with ThreadPoolExecutor(6 if at_once else 1) as pool:
        work = [
            pool.submit(_meanwhile, added, seed, [each for each in ids if each not in voided])
            for seed in range(trials(30))
        ]
        answers = [each.result() for each in work]
    assert sum(checked for checked, _used in answers) >= trials(60)
    assert sum(used for _checked, used in answers) > 0
    add_months_up(added, NOW + timedelta(days=1))
    with snapshot(added) as session:
        assert len(month_sums.months_added_up(session, asked_by(PLANNER))) >= 7
        _check(session, random.Random(0))


def test_a_month_that_somebody_else_adds_up_is_left_to_them(added: Engine) -> None:
    with reading(added) as session:
        patrol_id = session.exec(select(Patrol.id).order_by(col(Patrol.id)).limit(1)).one()
    with transaction(added) as session:
        flip(session, patrol_id)
    later = NOW + RESTS_FOR
    with reading(added) as session:
        waiting = month_hours.to_add_up(session, later, 100)
    assert waiting
    if added.dialect.name == "postgresql":
        with transaction(added) as session:
            take_turns(session, [month_hours.turn_at(each.force_id, each.first) for each in waiting])
            assert add_months_up(added, later) == 0
    assert add_months_up(added, later) == len(waiting)
    assert add_months_up(added, later) == 0


def _meanwhile(engine: Engine, seed: int, ids: list[UUID]) -> tuple[int, int]:
    """Does a dozen things in an order of its own; how often it asked, and how often sums were used."""
    chance = random.Random(seed)
    checked = used = 0
    for number in range(12):
        todo = chance.choice(("write", "add up", "ask", "ask"))
        if todo == "write":
            with transaction(engine) as session:
                flip(session, chance.choice(ids))
        elif todo == "add up":
            add_months_up(engine, NOW + RESTS_FOR * (number + 1))
        else:
            with snapshot(engine) as session:
                checked, used = checked + 1, used + _check(session, chance)
    return checked, used


def _check(session: Session, chance: random.Random) -> bool:
    asked = asked_by(PLANNER)
    by = chance.choice(GROUPINGS)
    assert told(session, asked, by) == by_hand(session, asked, by), by
    assert visits_told(session, asked, by)[0] == visits_by_hand(session, asked, by), by
    return bool(month_sums.sum_for(asked, by) and month_sums.months_added_up(session, asked))


def flip(session: Session, patrol_id: UUID) -> None:
    """Takes a patrol back, or gives it again."""
    patrol = session.exec(select(Patrol).where(Patrol.id == patrol_id).with_for_update()).one()
    void = session.get(PatrolVoid, patrol_id)
    if void is not None:
        session.delete(void)
        session.flush()
        crediting.write_hours(session, patrol, patrol.started_at + timedelta(hours=6))
        write_visits_again(session, patrol)
        return
    session.add(
        PatrolVoid(
            id=patrol_id, content_hash=b"x", captured_by=patrol.captured_by, uploaded_by=patrol.captured_by,
            received_at=NOW, reason="by mistake",
        )
    )  # fmt: skip
    session.flush()
    voiding.take_out(session, patrol, NOW)


def write_visits_again(session: Session, patrol: Patrol) -> None:
    judged = queries.current_assessments(session, [patrol.id]).get(patrol.id)
    if judged is not None:
        visiting.write_visits(session, patrol, judged.window_id, judged.result)


def test_what_is_left_over_of_a_period() -> None:
    first, last = date(2026, 1, 15), date(2026, 5, 3)
    assert left_over(first, last, [month(4), month(2)]) == [
        (first, date(2026, 1, 31)), (date(2026, 3, 1), date(2026, 3, 31)), (date(2026, 5, 1), last),
    ]  # fmt: skip
    assert left_over(first, last, []) == [(first, last)]
    assert left_over(*month(2), [month(2)]) == []


def test_a_week_over_the_end_of_a_month_is_in_two_parts() -> None:
    assert part_of_week(date(2026, 3, 1)) == date(2026, 3, 1)
    assert part_of_week(date(2026, 3, 3)) == date(2026, 3, 2)
    assert part_of_week(date(2026, 4, 5)) == date(2026, 4, 1)
    assert part_of_week(date(2026, 3, 31)) == date(2026, 3, 30)


def test_sums_are_of_nobody_by_name() -> None:
    for table in (MonthHours, MonthVisits):
        assert not {name for name in table.model_fields if name.endswith(("officer_id", "patrol_id", "_by"))}
