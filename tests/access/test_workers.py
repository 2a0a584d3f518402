"""Two workers on one database, each with its own memory of callers: both obey a change of people within five seconds.

Wall and monotonic clocks are the test's, and nobody sleeps. Roles and whether somebody is here at all come from that
memory; which teams somebody is in does not, so a move counts with the next call at either.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest

from app.clock import start_of_london_day
from app.identity.dependencies import CallerCache
from app.settings import Settings
from tests.access.staff import from_day
from tests.conftest import Api, Clock, named, serving
from tests.people import change, join, suspend

TODAY = date(2026, 3, 2)
OFFICER, SERGEANT = "4101", "4111"
PROMISED_SECONDS = 5.0


class Seconds:
    """A monotonic clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def workers(force_url: str, clock: Clock, seconds: Seconds) -> Iterator[list[Api]]:
    """Two services on one database that remember callers for as long as the settings allow at most."""
    with serving(force_url, clock) as one, serving(force_url, clock) as two:
        for api in (one, two):
            state = api.client.app.state  # type: ignore[attr-defined]
            state.callers = CallerCache(state.engine, PROMISED_SECONDS, seconds)
        yield [one, two]


def _statuses(workers: list[Api], collar: str, path: str) -> list[int]:
    return [api.get(collar, path).status_code for api in workers]


def _sergeant_for_a_day(workers: list[Api]) -> None:
    from_day(workers[0], OFFICER, TODAY, team="NORTH-1", rank="SGT", acting=True, roles="OFFICER;SUPERVISOR")


def _steps_down(workers: list[Api]) -> None:
    from_day(workers[0], SERGEANT, TODAY, team="NORTH-1", rank="PC", roles="OFFICER")


def _leaves(workers: list[Api]) -> None:
    long_ago, roles = date(2025, 1, 1), "OFFICER;SUPERVISOR"
    from_day(workers[0], SERGEANT, long_ago, team="NORTH-1", rank="SGT", roles=roles, until=TODAY)


def _is_suspended(workers: list[Api]) -> None:
    change(workers[0].url, lambda session: suspend(session, SERGEANT))


@pytest.mark.parametrize(
    ("what", "collar", "before", "after"),
    [
        (_sergeant_for_a_day, OFFICER, 403, 200),
        (_steps_down, SERGEANT, 200, 403),
        (_leaves, SERGEANT, 200, 401),
        (_is_suspended, SERGEANT, 200, 401),
    ],
)
def test_both_obey_within_the_time_promised(
    workers: list[Api],
    seconds: Seconds,
    what: Callable[[list[Api]], None],
    collar: str,
    before: int,
    after: int,
) -> None:
    path = "/v1/reviews/due"
    assert _statuses(workers, collar, path) == [before, before]
    what(workers)
    seconds.now += PROMISED_SECONDS - 0.001
    assert _statuses(workers, collar, path) == [before, before], "remembered, or this proves nothing"
    seconds.now += 0.001
    assert _statuses(workers, collar, path) == [after, after]


def test_a_role_that_ends_at_midnight_ends_at_both(
    workers: list[Api], seconds: Seconds, clock: Clock
) -> None:
    ends = date(2026, 3, 16)
    _sergeant_for_a_day(workers)
    from_day(workers[1], OFFICER, ends, team="NORTH-1", rank="PC", roles="OFFICER")
    clock.at = start_of_london_day(ends) - timedelta(seconds=1)
    assert _statuses(workers, OFFICER, "/v1/reviews/due") == [200, 200]
    clock.forward(seconds=1)
    seconds.now += PROMISED_SECONDS
    assert _statuses(workers, OFFICER, "/v1/reviews/due") == [403, 403]


def test_a_move_counts_with_the_next_call_at_both(workers: list[Api]) -> None:
    join(workers[0].url, "6102", (), "SOUTH-1")

    def officers(api: Api) -> set[str]:
        return {row["id"] for row in api.get(SERGEANT, "/v1/officers").json()["items"]}

    assert [str(named("6102")) in officers(api) for api in workers] == [False, False]
    from_day(workers[0], SERGEANT, TODAY, team="SOUTH-1", rank="SGT", roles="OFFICER;SUPERVISOR")
    assert [str(named("6102")) in officers(api) for api in workers] == [True, True]
    assert [str(named(OFFICER)) in officers(api) for api in workers] == [False, False]


def test_no_setting_makes_a_worker_remember_for_longer() -> None:
    with pytest.raises(ValueError, match="revocation_seconds"):
        Settings(revocation_seconds=PROMISED_SECONDS + 0.001)
    assert Settings().revocation_seconds <= PROMISED_SECONDS
