"""Days of the running month are added up one by one and give way to their month, and no answer shows it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event
from sqlmodel import select

from app.compliance import month_sums
from app.compliance.grouping import GroupBy
from app.database.session import reading, transaction
from app.housekeeping import add_months_up
from app.patrols import month_hours
from app.patrols.models import CreditedSlice
from app.patrols.month_hours import RESTS_FOR
from app.schedule.windows import WindowFilter
from benchmarks.large_force import NOW
from benchmarks.large_places import FORCE, PLANNER, named
from tests.compliance.made_up import add_up_all, added, added_up_url
from tests.compliance.test_month_sums import GROUPINGS, asked_by, by_hand, flip, told

__all__ = ["added", "added_up_url"]

# Of the running month.
A_DAY = date(2026, 11, 12)


def test_a_changed_day_of_the_running_month_is_read_from_its_slices_until_it_is_added_again(
    added: Engine,
) -> None:
    with reading(added) as session:
        patrol_id = session.exec(select(CreditedSlice.patrol_id).where(CreditedSlice.day == A_DAY)).first()
        assert patrol_id is not None
        before = told(session, asked_by(PLANNER), [GroupBy.TEAM])
    with transaction(added) as session:
        flip(session, patrol_id)
    with reading(added) as session:
        asked = asked_by(PLANNER)
        assert (A_DAY, A_DAY) not in month_sums.months_added_up(session, asked)
        after = told(session, asked, [GroupBy.TEAM])
        assert before != after == by_hand(session, asked, [GroupBy.TEAM])
    assert add_months_up(added, NOW + RESTS_FOR) > 0
    with reading(added) as session:
        assert (A_DAY, A_DAY) in month_sums.months_added_up(session, asked_by(PLANNER))
        assert told(session, asked_by(PLANNER), [GroupBy.TEAM]) == after


def test_a_month_that_is_over_takes_the_place_of_its_days(added: Engine) -> None:
    after = NOW + timedelta(days=10)
    add_up_all(added, after)
    late = month_hours.Stretch(named(FORCE), A_DAY, A_DAY)
    with transaction(added) as session:
        # Somebody whose clock is slow, or who took long.
        assert not month_hours.add_up(session, late, after)
    with reading(added) as session:
        asked = asked_by(PLANNER, after)
        wide = replace(asked, wanted=replace(asked.wanted, to_at=after))
        november = [each for each in month_sums.months_added_up(session, wide) if each[0].month == 11]
        assert november == [(date(2026, 11, 1), date(2026, 11, 30))]
        for by in GROUPINGS:
            assert told(session, wide, by) == by_hand(session, wide, by), by


def test_an_answer_is_of_one_moment_whatever_month_takes_the_place_of_its_days_meanwhile(
    added: Engine,
) -> None:
    after = NOW + timedelta(days=10)
    waiting = ["November"]

    def meanwhile(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM months_added" in statement and waiting:
            waiting.clear()
            add_up_all(added, after)

    wanted = WindowFilter(datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 9, tzinfo=UTC))
    asked = replace(asked_by(PLANNER), wanted=wanted)
    event.listen(added, "after_cursor_execute", meanwhile)
    with reading(added) as session:
        answer = told(session, asked, [GroupBy.TEAM])
        assert not waiting
        assert answer == by_hand(session, asked, [GroupBy.TEAM])
        assert sum(answer.values()) > 0


def test_what_is_written_down_of_sums_keeps_them_as_they_are(added: Engine) -> None:
    over = datetime(2026, 12, 1, 12, tzinfo=UTC)
    with transaction(added) as session:
        month_hours.hold(session, named(FORCE), date(2026, 10, 20), date(2026, 11, 3))
        if added.dialect.name == "postgresql":
            assert add_months_up(added, over) == 0
    assert add_months_up(added, over) == 1
