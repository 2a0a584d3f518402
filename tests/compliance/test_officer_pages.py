"""Officer by officer: whose rows there are, and what stands in them, is the same found page by page as all at once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.clock import london_day
from app.compliance import officer_queries, time_queries
from app.compliance.grouping import GroupBy
from app.compliance.places import Asked
from app.database.engine import open_engine
from app.database.session import reading
from app.identity.permissions import Caller, OfficerKind, Permission, Role
from app.schedule.windows import WindowFilter
from benchmarks.large_force import NOW
from benchmarks.large_places import COMMANDER, FORCE, SERGEANT, named
from tests.compliance.made_up import made_up_url

__all__ = ["made_up_url"]

# Whole days and parts of days: what began before or after such a period has time on its days.
SPANS = [
    (datetime(2026, 4, 1, tzinfo=UTC), NOW),
    (datetime(2026, 10, 24, 14, 30, tzinfo=UTC), datetime(2026, 10, 26, 15, 10, tzinfo=UTC)),
    (datetime(2026, 11, 20, 18, tzinfo=UTC), datetime(2026, 11, 20, 18, 5, tzinfo=UTC)),
    (datetime(2026, 11, 10, 13, tzinfo=UTC), datetime(2026, 11, 18, 16, tzinfo=UTC)),
]


def asked_by(collar: str, role: Role, span: tuple[datetime, datetime]) -> Asked:
    caller = Caller(named(collar), named(FORCE), collar, OfficerKind.CONSTABLE, frozenset({role}))
    permission = Permission.OFFICERS_COMPLIANCE
    return Asked(caller, london_day(NOW), NOW, WindowFilter(*span), permission=permission, own=True)


@pytest.mark.parametrize(("collar", "role"), [(SERGEANT, Role.SUPERVISOR), (COMMANDER, Role.COMMANDER)])
def test_page_by_page_is_what_all_at_once_is(made_up_url: str, collar: str, role: Role) -> None:
    engine = open_engine(made_up_url)
    rows = 0
    with reading(engine) as session:
        for span in SPANS:
            asked = asked_by(collar, role, span)
            time = time_queries.officer_time_by(session, asked, [GroupBy.OFFICER])
            tasked = officer_queries.windows_tasked(session, asked)
            patrols = officer_queries.patrols_of(session, asked)
            seen = officer_queries.officers_seen(session, asked)
            assert seen == {*(key[0] for key in time), *tasked, *patrols}
            rows += len(seen)
            people = sorted(seen)
            for number in range(0, len(people), 7):
                page = replace(asked, officer_ids=tuple(people[number : number + 7]))
                some = set(people[number : number + 7])
                of_page = time_queries.officer_time_by(session, page, [GroupBy.OFFICER])
                assert {key: sorted(each) for key, each in of_page.items()} == {
                    key: sorted(each) for key, each in time.items() if key[0] in some
                }
                assert officer_queries.windows_tasked(session, page) == {
                    each: told for each, told in tasked.items() if each in some
                }
                assert officer_queries.patrols_of(session, page) == {
                    each: told for each, told in patrols.items() if each in some
                }
    engine.dispose()
    assert rows > 10


def test_time_of_a_patrol_that_began_before_the_period_makes_a_row(made_up_url: str) -> None:
    engine = open_engine(made_up_url)
    with reading(engine) as session:
        asked = asked_by(COMMANDER, Role.COMMANDER, SPANS[3])
        late = asked.period[1] - timedelta(minutes=1)
        of_a_minute = replace(asked, wanted=replace(asked.wanted, from_at=late))
        only_time = {
            key[0] for key in time_queries.officer_time_by(session, of_a_minute, [GroupBy.OFFICER])
        } - set(officer_queries.patrols_of(session, of_a_minute))
        assert only_time
        assert only_time <= officer_queries.officers_seen(session, of_a_minute)
    engine.dispose()
