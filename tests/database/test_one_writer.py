"""On SQLite whoever wants to write has its turn in the order in which it asked, whatever becomes of those before."""

import os
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError

from app.database import engine as engines
from app.database.engine import open_engine
from app.database.one_writer import WriterQueue, alone
from app.database.session import transaction
from tests.assurance.waiting import wait_until

AT_MOST = 10.0


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    found = open_engine(f"sqlite:///{tmp_path / 'one.db'}", 6)
    with transaction(found) as session:
        session.connection().execute(text("CREATE TABLE written (name TEXT)"))
    yield found
    found.dispose()


def written(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT name FROM written ORDER BY rowid")).scalars())


class Writer:
    """Writes its name in a thread; `asked` once it is about to wait for its turn."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.asked = Event()
        self._engine = engine
        self._name = name
        self.thread = Thread(target=self.write)

    def write(self) -> None:
        self.asked.set()
        with transaction(self._engine) as session:
            session.connection().execute(text("INSERT INTO written VALUES (:name)"), {"name": self._name})


def test_the_order_is_that_of_asking() -> None:
    queue, order = WriterQueue(), list[int]()
    assert queue.take(0)

    def wait(number: int) -> None:
        assert queue.take(AT_MOST)
        order.append(number)
        queue.let_go()

    threads = [Thread(target=wait, args=(number,)) for number in range(5)]
    for number, thread in enumerate(threads, 1):
        thread.start()
        wait_until(lambda number=number: queue.waiting == number, AT_MOST, str)  # type: ignore[misc]
    assert not queue.take(0), "a sixth that will not wait is no part of it"
    queue.let_go()
    for thread in threads:
        thread.join(AT_MOST)
    assert order == [0, 1, 2, 3, 4]
    assert queue.take(0)


def test_who_writes_again_and_again_lets_others_in_between(engine: Engine) -> None:
    """SQLite alone would have whoever writes without a pause win nearly every time."""
    waiting = [Writer(engine, "waited") for _ in range(3)]
    for number in range(40):
        with transaction(engine) as session:
            session.connection().execute(text("INSERT INTO written VALUES ('long')"))
            if number < len(waiting):
                waiting[number].thread.start()
                assert waiting[number].asked.wait(AT_MOST)
    for one in waiting:
        one.thread.join(AT_MOST)
    names = written(engine)
    assert names.count("waited") == 3
    assert names[-1] == "long", "they waited for a few transactions, not for the end"


def test_a_turn_ends_with_whatever_becomes_of_the_transaction(engine: Engine) -> None:
    def give_up() -> None:
        with transaction(engine) as session:
            session.connection()
            raise ValueError("mine")

    def write(statement: str) -> None:
        with transaction(engine) as session:
            session.connection().execute(text(statement))

    with pytest.raises(ValueError, match="mine"):
        give_up()
    with pytest.raises(OperationalError):
        write("INSERT INTO no_such_table VALUES (1)")

    @event.listens_for(engine, "commit", once=True)
    def refuse(_connection: object) -> None:
        raise RuntimeError("no room")

    with pytest.raises(RuntimeError, match="no room"):
        write("INSERT INTO written VALUES ('lost')")
    write("INSERT INTO written VALUES ('next')")
    assert written(engine) == ["next"]


def test_who_waits_too_long_is_told_that_the_database_is_busy(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_PATIENCE_SECONDS", 0.01)
    with transaction(engine) as session:
        session.connection()
        with pytest.raises(OperationalError, match="locked"):
            Writer(engine, "second").write()
    Writer(engine, "third").write()
    assert written(engine) == ["third"]


def test_who_may_write_the_database_may_be_at_work_after_root(engine: Engine, tmp_path: Path) -> None:
    database, lock = tmp_path / "one.db", tmp_path / "one.db.work"
    database.chmod(0o660)
    if os.geteuid() == 0:
        os.chown(database, 1_234, 1_235)
    with alone(engine, "work") as mine:
        assert mine
    said, wanted = lock.stat(), database.stat()
    assert (said.st_uid, said.st_gid, said.st_mode) == (wanted.st_uid, wanted.st_gid, wanted.st_mode)
    if os.geteuid() == 0:
        lock.unlink()
        lock.symlink_to(tmp_path / "of somebody else")
        with pytest.raises(OSError, match="symbolic"), alone(engine, "work"):
            pass
