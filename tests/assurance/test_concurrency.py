"""Many phones at once, on two server processes over one database: one row, one «created», one result.

The results are compared with those of the same facts sent one after the other to a service of its own.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Event
from typing import Protocol

import pytest

from app.clock import utc_now
from app.database.engine import open_engine
from app.database.session import transaction
from app.housekeeping import close_overdue
from app.patrols.service import close_if_overdue
from app.schedule.models import TaskingWindow
from app.schedule.windows import WindowState
from tests.assurance.conftest import Identity
from tests.assurance.evidence import hours, look, replay, standing_results, window_result
from tests.assurance.phones import (
    LONG_PAST,
    Caller,
    Fact,
    at_once,
    batch,
    check_in,
    check_out,
    fact,
    patrol,
)
from tests.assurance.running import WarmServer, assert_no_faults
from tests.conftest import named, seed
from tests.databases import Databases

SIX_TIMES_ON_TWO = 12


class Replayed(Protocol):
    """Sends facts one by one to an empty database with the same force and these windows; answers its address."""

    def __call__(self, facts: Sequence[Fact], windows: Mapping[str, datetime] | None = None) -> str: ...


@dataclass(frozen=True, slots=True)
class Pair:
    """Two server processes on one database."""

    urls: Sequence[str]
    database_url: str
    identity: Identity

    def at_once(self, facts: Sequence[Fact]) -> list[int]:
        """The statuses of facts sent in the same instant, sorted."""
        return sorted(answer.status for answer in at_once(self.urls, self.identity.token, facts))

    def send(self, *facts: Fact) -> None:
        with Caller(self.urls[0], self.identity.token) as caller:
            for sent in facts:
                assert caller.put(sent).status == 201


@pytest.fixture(scope="module")
def pair(
    module_engine_url: str, warm: WarmServer, identity: Identity, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    seed(module_engine_url)
    log = tmp_path_factory.mktemp("pair") / "server.log"
    both = [warm.serve(identity.environment(module_engine_url), log) for _ in range(2)]
    yield Pair([served.url for served in both], module_engine_url, identity)
    for served in both:
        served.stop()
    assert_no_faults(log)


@pytest.fixture
def replayed(databases: Databases, identity: Identity) -> Iterator[Replayed]:
    """Sends facts one by one to an empty database with the same force; answers its address."""
    made = []

    def send(facts: Sequence[Fact], windows: Mapping[str, datetime] | None = None) -> str:
        url = databases.migrated()
        made.append(url)
        seed(url)
        for name, starts_at in (windows or {}).items():
            _add_window(url, name, starts_at)
        replay(url, identity.trusted, {one.collar: identity.token(one.collar) for one in facts}, facts)
        return url

    yield send
    for url in made:
        databases.drop(url)


def test_the_same_fact_many_times_at_once_is_one_fact(
    pair: Pair, trials: Callable[[int], int], figures: Callable[..., None]
) -> None:
    rounds = trials(40)
    expected = [200] * (SIX_TIMES_ON_TWO - 1) + [201]
    for number in range(rounds):
        name = f"same-{number}"
        story = patrol(name, "4101", LONG_PAST + timedelta(days=number), crew=[{"collar_number": "4102"}])
        for one in (story[0], story[1], story[-1]):
            assert pair.at_once([one] * SIX_TIMES_ON_TWO) == expected, one.path
    found = look(pair.database_url)
    assert found.half_written() == []
    assert sum(1 for row in found.patrols.values() if row["operation"].startswith("same-")) == rounds
    figures("same fact at once", facts=3 * rounds, uploads=3 * rounds * SIX_TIMES_ON_TWO, doubled=0)


def test_one_id_with_different_content_at_once_keeps_one(pair: Pair) -> None:
    name, at = "different", LONG_PAST + timedelta(hours=2)
    path = f"/v1/patrols/{named(name)}"
    others = [
        fact("4102", path, {**_content(check_in(name, "4102", at)), "operation": f"number {number}"})
        for number in range(SIX_TIMES_ON_TWO)
    ]
    assert Counter(pair.at_once(others)) == {201: 1, 409: SIX_TIMES_ON_TWO - 1}
    batches = [
        Fact("4102", f"{path}/fix-batches/{named('different-batch')}", batch(name, "4102", number, at).body)
        for number in range(SIX_TIMES_ON_TWO)
    ]
    assert Counter(pair.at_once(batches)) == {201: 1, 409: SIX_TIMES_ON_TWO - 1}
    ends = [check_out(name, "4102", at + timedelta(minutes=number)) for number in range(SIX_TIMES_ON_TWO)]
    assert Counter(pair.at_once(ends)) == {201: 1, 409: SIX_TIMES_ON_TWO - 1}
    assert look(pair.database_url).half_written() == []


def _content(sent: Fact) -> dict[str, object]:
    content = json.loads(sent.body)
    assert isinstance(content, dict)
    return content


def test_batches_of_two_phones_and_the_check_out_in_any_order_come_to_one_result(
    pair: Pair, replayed: Replayed, trials: Callable[[int], int]
) -> None:
    stories = []
    for number in range(trials(20)):
        name, at = f"phones-{number}", LONG_PAST + timedelta(days=number, hours=4)
        span = timedelta(minutes=10)
        first = [batch(name, "4101", step, at + step * span) for step in range(5)]
        second = [batch(name, "4101", step, at + step * span, device="second") for step in range(5)]
        start, end = check_in(name, "4101", at), check_out(name, "4101", at + 5 * span)
        pair.send(start)
        assert pair.at_once([*first, end, *second, first[2], end]).count(201) == 11
        stories.append((named(name), [start, *first, *second, end]))
    alone = replayed([one for _, story in stories for one in story])
    ids = [patrol_id for patrol_id, _ in stories]
    together = standing_results(pair.database_url, ids)
    assert len(together) == len(ids)
    assert together == standing_results(alone, ids)


def _add_window(url: str, name: str, starts_at: datetime) -> None:
    """Two hours in the first hotspot, an hour wanted."""
    engine = open_engine(url, 1)
    with transaction(engine) as session:
        session.add(
            TaskingWindow(
                id=named(name),
                force_id=named("FORCE"),
                hotspot_id=named("TGP-1"),
                team_id=named("NORTH-1"),
                area_id=named("NORTH"),
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=2),
                required_seconds=3600,
                state=WindowState.PUBLISHED,
                created_at=LONG_PAST,
            )
        )
    engine.dispose()


def test_patrols_of_a_window_checked_out_at_once_all_count(
    pair: Pair, replayed: Replayed, trials: Callable[[int], int]
) -> None:
    """Five officers, twenty minutes apart: only together do they keep the window."""
    windows = {
        f"window-{number}": LONG_PAST + timedelta(days=number, hours=12) for number in range(trials(40))
    }
    sent = []
    for name, starts_at in windows.items():
        _add_window(pair.database_url, name, starts_at)
        stories = [
            patrol(
                f"{name}-{collar}",
                collar,
                starts_at + timedelta(minutes=20 * number),
                window_id=str(named(name)),
            )
            for number, collar in enumerate(("4101", "4102", "4103", "4111", "4112"))
        ]
        for story in stories:
            pair.send(*story[:-1])
        assert pair.at_once([story[-1] for story in stories]) == [201] * len(stories)
        sent += [one for story in stories for one in story]
    alone = replayed(sent, windows)
    for name in windows:
        found = window_result(pair.database_url, named(name))
        assert found == window_result(alone, named(name))
        assert found["status"] == "compliant"
        assert found["officer_count"] == 5


def test_an_automatic_closing_that_races_with_a_check_out_gives_way(
    pair: Pair, replayed: Replayed, trials: Callable[[int], int]
) -> None:
    """Two closers, as two workers' ticks, run again and again while phones check in, upload and check out."""
    over = Event()
    engine = open_engine(pair.database_url)

    def keep_closing() -> int:
        closed = 0
        while not over.is_set():
            closed += close_overdue(engine, utc_now())
            # So short that they meet each fact, and long enough to leave the phones a processor.
            over.wait(0.005)
        return closed

    stories = [
        patrol(f"race-{number}", "4103", LONG_PAST + timedelta(days=number, hours=8))
        for number in range(trials(30))
    ]
    with ThreadPoolExecutor(2) as closers:
        closing = [closers.submit(keep_closing) for _ in range(2)]
        try:
            for story in stories:
                pair.send(story[0])
                assert pair.at_once(story[1:]) == [201] * (len(story) - 1)
        finally:
            over.set()
    engine.dispose()
    assert sum(each.result() for each in closing) > 0
    ids = [story[0].id for story in stories]
    together = standing_results(pair.database_url, ids)
    alone = standing_results(replayed([sent for story in stories for sent in story]), ids)
    assert len(together) == len(ids)
    assert together == alone


def _crews(name: str, at: datetime) -> list[list[Fact]]:
    """Three officers a few minutes apart, each with the others as crew."""
    collars = ("4101", "4102", "4103")
    return [
        patrol(
            f"{name}-{collar}",
            collar,
            at + timedelta(minutes=7 * number),
            crew=[{"collar_number": other} for other in collars if other != collar],
        )
        for number, collar in enumerate(collars)
    ]


def test_officers_who_declared_each_other_check_out_at_once(
    pair: Pair, replayed: Replayed, trials: Callable[[int], int]
) -> None:
    rounds = [
        _crews(f"crew-{number}", LONG_PAST + timedelta(days=number, hours=16)) for number in range(trials(40))
    ]
    for stories in rounds:
        for story in stories:
            pair.send(*story[:-1])
        assert pair.at_once([story[-1] for story in stories]) == [201] * len(stories)
    sent = [one for stories in rounds for story in stories for one in story]
    ids = {story[0].id for stories in rounds for story in stories}
    found = hours(pair.database_url, ids)
    assert found == hours(replayed(sent), ids)
    assert len(found) > 2 * len(rounds)


def test_officers_who_declared_each_other_are_closed_at_once(
    pair: Pair, replayed: Replayed, trials: Callable[[int], int]
) -> None:
    """As by workers whose ticks have come to different patrols of a crew."""
    rounds = [
        _crews(f"left-{number}", LONG_PAST + timedelta(days=number, hours=20)) for number in range(trials(40))
    ]
    engine = open_engine(pair.database_url)
    for stories in rounds:
        pair.send(*(one for story in stories for one in story[:-1]))
        together = Barrier(len(stories))

        def close(story: Sequence[Fact], together: Barrier = together) -> bool:
            together.wait()
            with transaction(engine) as session:
                return close_if_overdue(session, story[0].id, utc_now())

        with ThreadPoolExecutor(len(stories)) as workers:
            assert list(workers.map(close, stories)) == [True] * len(stories)
    engine.dispose()
    alone = replayed([one for stories in rounds for story in stories for one in story[:-1]])
    engine = open_engine(alone)
    close_overdue(engine, utc_now())
    engine.dispose()
    ids = {story[0].id for stories in rounds for story in stories}
    found = hours(pair.database_url, ids)
    assert found == hours(alone, ids)
    assert len(found) > 2 * len(rounds)


def test_more_phones_at_once_than_a_worker_has_threads_are_all_served(
    warm: WarmServer, identity: Identity, force_url: str, log: Path
) -> None:
    served = warm.serve(identity.environment(force_url), log)
    facts = [check_in(f"crowd-{number}", "4101", LONG_PAST + timedelta(days=number)) for number in range(60)]
    answers = at_once([served.url], identity.token, facts)
    assert Counter(answer.status for answer in answers) == {201: len(facts)}
    served.stop()
    assert_no_faults(log)
