"""Hours of schemes from shares of months and from slices are the same, whoever writes meanwhile."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, col, select

from app.areas.models import Hotspot
from app.clock import london_day, to_ms
from app.database.engine import open_engine
from app.database.session import reading, snapshot, transaction
from app.housekeeping import add_months_up
from app.identity.permissions import Caller, OfficerKind, Role
from app.patrols.models import CreditedSlice, OfficerFirst, Patrol, PatrolVoid
from app.patrols.month_hours import RESTS_FOR
from app.patrols.month_models import MonthShare
from app.returns.asking import Asked
from app.returns.counting import ALL, Line, Rule, Unit, total
from app.returns.own_hours import own_lines
from app.returns.periods import Span
from app.schedule.models import TaskingWindow
from app.tracks.intervals import clip, total_ms
from benchmarks.large_force import NOW
from benchmarks.large_places import COMMANDER, FORCE, PLANNER, SERGEANT, named
from tests.compliance.made_up import add_up_all, made_up_url
from tests.compliance.test_month_sums import flip

__all__ = ["made_up_url"]

SPAN = Span(date(2026, 3, 31), date(2026, 11, 25))
ROLES = {PLANNER: Role.PLANNER, COMMANDER: Role.COMMANDER, SERGEANT: Role.SUPERVISOR}
USUAL = Rule()
RULES = [
    ALL, USUAL,
    replace(USUAL, grades=frozenset({"declared", "verified"}), possible_grades=frozenset({"probable"})),
    replace(USUAL, uniform_states=frozenset({"PLAIN_CLOTHES"}), programmes=frozenset({"TASKFORCE", "TGP_SCHEDULED"})),
    replace(USUAL, hotspot_kinds=frozenset({"TGP_ASB"})),
    replace(USUAL, within_window_only=True),
]  # fmt: skip
EVERY_RULE = [replace(rule, unit=unit) for rule in RULES for unit in Unit]
NAMES: list[tuple[str, ...]] = [
    (),
    ("area_id", "programme"),
    ("team_id", "funding", "operation", "cost_code"),
]


@pytest.fixture
def engine(made_up_url: str) -> Iterator[Engine]:
    opened = open_engine(made_up_url)
    yield opened
    opened.dispose()


def asked_by(collar: str, rule: Rule) -> Asked:
    caller = Caller(named(collar), named(FORCE), collar, OfficerKind.CONSTABLE, frozenset({ROLES[collar]}))
    return Asked(caller, london_day(NOW), NOW, SPAN, rule)


def told(lines: list[Line]) -> list[Any]:
    return sorted((sorted((name, str(each)) for name, each in one.of.items()), one.most_ms) for one in lines)


def every_answer(engine: Engine, of: int) -> list[Any]:
    """What everybody is told by every rule, in all hotspots and in each, by month and by week; or every so many-eth of
    these questions."""
    found: list[Any] = []
    with reading(engine) as session:
        for collar, rule in list(product(ROLES, EVERY_RULE))[::of]:
            asked = asked_by(collar, rule)
            for names in NAMES if collar == PLANNER else NAMES[:1]:
                found.append(told(own_lines(session, asked, names)))
            found.append(told(own_lines(session, asked, ("hotspot_id",), each_hotspot=True)))
            for weeks in (True, False):
                found.append(by_days(own_lines(session, asked, ("day",), weeks=weeks), weeks=weeks))
    return found


def by_days(lines: list[Line], *, weeks: bool) -> dict[Any, int]:
    found: defaultdict[Any, int] = defaultdict(int)
    for each in lines:
        day = each.of["day"]
        key = day - timedelta(days=day.weekday()) if weeks else day.replace(day=1)
        found[key, each.of["grade"], each.of["uniform_state"]] += each.most_ms
    return dict(found)


def test_every_answer_is_the_same_with_shares_as_without(
    engine: Engine, trials: Callable[[int], int]
) -> None:
    # In quick every seventh question: each rule, each unit and each role is among them.
    one_in = 1 if trials(10) == 10 else 7
    without = every_answer(engine, of=one_in)
    assert sum(bool(each) for each in without) > len(without) * 0.8
    add_up_all(engine)
    statements: list[str] = []
    event.listen(
        engine, "before_cursor_execute", lambda _c, _cur, statement, *_: statements.append(statement)
    )
    assert every_answer(engine, of=one_in) == without
    assert sum("FROM month_shares" in each for each in statements) > len(without)
    with reading(engine) as session:
        shares = session.exec(select(MonthShare)).all()
    # What is harder than adding up is in it: kinds at once, and hotspots at once.
    assert any("+" in each.grades for each in shares)
    assert any(each.together is not None for each in shares)
    assert any(each.mixed for each in shares)


def by_hand(session: Session, asked: Asked) -> tuple[int, int]:
    """At least and at most of visible time by the clock or of persons, from all slices."""
    held = set(session.exec(select(OfficerFirst.patrol_id).where(OfficerFirst.until_at > NOW)).all())
    kinds = {each.id: each.kind for each in session.exec(select(Hotspot)).all()}
    windows = {each.id: each for each in session.exec(select(TaskingWindow)).all()}
    sure: defaultdict[Any, list[Any]] = defaultdict(list)
    most: defaultdict[Any, list[Any]] = defaultdict(list)
    rule = asked.rule
    for each in session.exec(select(CreditedSlice)).all():
        hotspot = each.hotspot_id
        if (hotspot is not None) is not rule.by_hotspot or not SPAN.first <= each.day <= SPAN.last:
            continue
        if each.patrol_id in held or each.uniform_state not in rule.uniform_states:
            continue
        if hotspot and rule.hotspot_kinds is not None and kinds[hotspot] not in rule.hotspot_kinds:
            continue
        if rule.programmes is not None and each.programme not in rule.programmes:
            continue
        intervals: Any = [tuple(one) for one in each.intervals]
        if rule.within_window_only:
            if not each.window_ms:
                continue
            window = windows[each.window_id or named("none")]
            intervals = clip(intervals, to_ms(window.starts_at), to_ms(window.ends_at))
        key = each.officer_id if rule.unit is Unit.PERSON else each.window_id or each.patrol_id
        if each.grade in rule.grades:
            sure[key] += intervals
        if each.grade in rule.grades | rule.possible_grades:
            most[key] += intervals
    return sum(total_ms(one) for one in sure.values()), sum(total_ms(one) for one in most.values())


def test_whoever_writes_and_adds_up_meanwhile_no_answer_is_ever_wrong(
    engine: Engine, trials: Callable[[int], int]
) -> None:
    chance = random.Random(4)
    rounds = 8 if trials(10) == 10 else 4
    with reading(engine) as session:
        ids = list(session.exec(select(Patrol.id).order_by(col(Patrol.id))).all())
        gone = set(session.exec(select(PatrolVoid.id)).all())
    ids = [each for each in ids[300:900] if each not in gone]
    for number in range(rounds):
        for patrol_id in chance.sample(ids, 3):
            with transaction(engine) as session:
                flip(session, patrol_id)
        if number % 3 == 0:
            add_months_up(engine, NOW + RESTS_FOR * (number + 1))
        with snapshot(engine) as session:
            for rule in chance.sample(EVERY_RULE, rounds // 2):
                asked = asked_by(PLANNER, rule)
                lines = [each for each in own_lines(session, asked, ()) if each.of["visible"]]
                amount = total(lines)
                assert (amount.least_ms, amount.most_ms) == by_hand(session, asked), rule


def test_shares_are_of_nobody_by_name() -> None:
    assert not any("officer" in name for name in MonthShare.model_fields)
