"""Who follows the feed is told everything, once and in order, whatever order transactions end in."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.database.engine import open_engine
from app.database.session import abandon, finish, open_session, reading, transaction
from app.facts.feed import FeedChange, FeedKind, forget, renew, tell
from app.facts.models import FeedEntry
from app.facts.queries import Place, feed_end, feed_of, feed_state, last_told_before
from tests.conftest import named
from tests.feeds import wait_until_settled

if TYPE_CHECKING:
    from tests.databases import Databases

NOW = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
OFFICER = named("4101")


@pytest.fixture
def engine(force_url: str) -> Iterator[Engine]:
    found = open_engine(force_url, 8)
    yield found
    found.dispose()


def told(session: Session, subject: UUID, at: datetime = NOW) -> UUID:
    tell(session, [OFFICER], FeedKind.PATROL, FeedChange.JUDGED, subject, at)
    return subject


@dataclass
class Reader:
    """A phone that goes on from where it stopped."""

    engine: Engine
    place: Place
    seen: list[UUID] = field(default_factory=list)

    def read(self, limit: int = 500) -> None:
        with reading(self.engine) as session:
            end = feed_end(session)
            rows = feed_of(session, OFFICER, self.place, end, limit)
        self.seen += [row.subject_id for row in rows if row.subject_id is not None]
        full = len(rows) == limit
        self.place = (rows[-1].commit_number, rows[-1].number or 0) if full else end


@dataclass
class NaiveReader:
    """A phone that goes on from the highest number it saw."""

    engine: Engine
    number: int = 0
    seen: list[UUID] = field(default_factory=list)

    def read(self) -> None:
        with reading(self.engine) as session:
            rows = session.exec(
                select(FeedEntry).where(col(FeedEntry.number) > self.number).order_by(col(FeedEntry.number))
            ).all()
        self.seen += [row.subject_id for row in rows if row.subject_id is not None]
        self.number = max([self.number, *(row.number or 0 for row in rows)])


def begin(engine: Engine) -> Place:
    with reading(engine) as session:
        return feed_end(session)


def test_a_transaction_that_ends_late_is_not_passed(engine: Engine, databases: "Databases") -> None:
    if databases.kind == "sqlite":
        pytest.skip("SQLite has one writer: nothing is under way while another ends")
    reader, naive = Reader(engine, begin(engine)), NaiveReader(engine)
    late = open_session(engine, writes=True)
    first = told(late, uuid4())
    with transaction(engine) as session:
        second = told(session, uuid4())
    reader.read()
    naive.read()
    assert (reader.seen, naive.seen) == ([], [second])
    finish(late)
    wait_until_settled(engine)
    reader.read()
    naive.read()
    assert set(reader.seen) == {first, second} and len(reader.seen) == 2
    # What the feed must not be: the first is never seen by who went on from the second's number.
    assert naive.seen == [second]


@pytest.mark.parametrize("seed", range(6))
def test_everything_is_seen_once_however_transactions_interleave(
    engine: Engine, databases: "Databases", seed: int
) -> None:
    chance = Random(seed)
    most_open = 5 if databases.kind == "postgres" else 1
    reader = Reader(engine, begin(engine))
    under_way: list[tuple[Session, list[UUID]]] = []
    committed: list[list[UUID]] = []
    for _ in range(120):
        step = chance.random()
        if step < 0.4 and len(under_way) < most_open:
            under_way.append((open_session(engine, writes=True), []))
            session, mine = under_way[-1]
            mine += [told(session, uuid4()) for _ in range(chance.randint(1, 3))]
        elif step < 0.75 and under_way:
            session, mine = under_way.pop(chance.randrange(len(under_way)))
            if chance.random() < 0.25:
                abandon(session)
            else:
                finish(session)
                committed.append(mine)
        else:
            reader.read(chance.choice([1, 2, 500]))
    for session, mine in under_way:
        finish(session)
        committed.append(mine)
    wait_until_settled(engine)
    for _ in range(200):
        reader.read(3)
    assert sorted(reader.seen) == sorted(each for mine in committed for each in mine)
    for mine in committed:
        assert [each for each in reader.seen if each in mine] == mine


def test_what_is_rolled_back_is_not_told(engine: Engine) -> None:
    reader = Reader(engine, begin(engine))
    with transaction(engine) as session:
        kept = told(session, uuid4())
        savepoint = session.begin_nested()
        told(session, uuid4())
        savepoint.rollback()
    wait_until_settled(engine)
    reader.read()
    assert reader.seen == [kept]


def test_what_is_forgotten_is_remembered_as_forgotten(engine: Engine) -> None:
    start = begin(engine)
    with transaction(engine) as session:
        told(session, uuid4(), datetime(2026, 1, 1, tzinfo=UTC))
    with transaction(engine) as session:
        kept = told(session, uuid4())
    wait_until_settled(engine)
    with reading(engine) as session:
        through = last_told_before(session, NOW)
    assert through is not None and through > start
    with transaction(engine) as session:
        assert forget(session, through, NOW) == 1
    wait_until_settled(engine)
    with reading(engine) as session:
        state = feed_state(session)
        assert (state.forgotten_commit, state.forgotten_number) == through
        assert [row.subject_id for row in feed_of(session, OFFICER, through, feed_end(session), 9)] == [kept]


def test_numbers_are_never_given_out_twice(engine: Engine) -> None:
    with transaction(engine) as session:
        told(session, uuid4())
    place = begin(engine)
    with transaction(engine) as session:
        through = last_told_before(session, datetime(2027, 1, 1, tzinfo=UTC))
        assert through is not None
        forget(session, through, datetime(2027, 1, 1, tzinfo=UTC))
    assert begin(engine) >= place
    reader = Reader(engine, begin(engine))
    with transaction(engine) as session:
        after = told(session, uuid4())
    wait_until_settled(engine)
    reader.read()
    assert reader.seen == [after]


def test_another_feed_begins_empty(engine: Engine) -> None:
    with transaction(engine) as session:
        told(session, uuid4())
        before = feed_state(session).epoch
        renew(session)
    with reading(engine) as session:
        assert feed_state(session).epoch != before
        assert session.exec(select(FeedEntry)).all() == []
