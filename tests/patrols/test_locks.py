"""Locks that writers hold against each other never keep a phone waiting: PostgreSQL only, SQLite has one writer."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from app.database.engine import open_engine
from app.database.session import reading, transaction
from app.imports import queries as imports
from app.patrols import queries as patrols
from app.schedule import queries as schedule
from tests.assurance.waiting import wait_until
from tests.conftest import Api, named
from tests.databases import Databases
from tests.patrols.again import move_window
from tests.patrols.test_cross_check_story import a_round, drain, play
from tests.patrols.test_patrol_story import check_in, patrol_path

LOCKS: dict[str, tuple[Callable[[Session], object], str, str]] = {
    "force": (lambda session: imports.hold_force(session, named("FORCE")), "areas", "FORCE"),
    "patrol": (lambda session: patrols.patrol_locked(session, named("patrol-1")), "patrols", "patrol-1"),
    "judged window": (
        lambda session: patrols.window_locked(session, named("WINDOW-1")),
        "tasking_windows",
        "WINDOW-1",
    ),
    "changed window": (
        lambda session: schedule.window_locked(session, named("WINDOW-1")),
        "tasking_windows",
        "WINDOW-1",
    ),
}


@pytest.fixture
def engine(api: Api, databases: Databases) -> Iterator[Engine]:
    if databases.kind == "sqlite":
        pytest.skip("SQLite has one writer")
    engine = open_engine(api.url, 2)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("name", LOCKS)
def test_rows_that_refer_to_a_locked_one_go_in(api: Api, engine: Engine, name: str) -> None:
    lock, table, row = LOCKS[name]
    assert api.put("4101", patrol_path(), check_in()).status_code == 201
    with transaction(engine) as holder, transaction(engine) as other:
        lock(holder)
        # What a foreign key asks for when a row that refers to this one goes in.
        query = f"SELECT id FROM {table} WHERE id = :id FOR KEY SHARE NOWAIT"  # noqa: S608 - our own table names
        assert other.connection().execute(text(query), {"id": named(row)}).all()


@pytest.mark.parametrize("name", LOCKS)
def test_writers_still_wait_for_each_other(api: Api, engine: Engine, name: str) -> None:
    lock, _table, _row = LOCKS[name]
    assert api.put("4101", patrol_path(), check_in()).status_code == 201
    with transaction(engine) as holder:
        lock(holder)
        with transaction(engine) as other:
            other.connection().execute(text("SET LOCAL lock_timeout = '50ms'"))
            with pytest.raises(OperationalError, match="lock timeout"):
                lock(other)


@pytest.mark.parametrize("name", ["force", "judged window", "changed window"])
def test_a_check_in_does_not_wait(api: Api, engine: Engine, name: str) -> None:
    with transaction(engine) as holder:
        LOCKS[name][0](holder)
        assert api.put("4101", patrol_path(), check_in()).status_code == 201


def test_a_dry_run_takes_no_lock(api: Api, engine: Engine) -> None:
    raw = b"code,name,kind,area_code,valid_from\nT-9,Team,RESPONSE,NORTH,2026-01-01\n"
    headers = api.as_officer("4134", **{"Content-Type": "text/csv"})

    def bring_in(dry_run: bool) -> int:
        params = {"dry_run": dry_run}
        answer = api.client.post("/v1/imports/teams", content=raw, params=params, headers=headers)
        return answer.status_code

    with ThreadPoolExecutor(1) as pool:
        with transaction(engine) as holder:
            imports.hold_force(holder, named("FORCE"))
            assert bring_in(dry_run=True) == 200
            applied = pool.submit(bring_in, dry_run=False)
        assert applied.result() == 200


def test_the_cross_check_takes_windows_in_one_order(api: Api, engine: Engine) -> None:
    """Of a window and the one it was moved to, the one with the lesser id first: whoever holds that may take both."""
    greater = named("WINDOW-1")
    lesser = move_window(api.url, next(each for each in map(named, map(str, range(100))) if each < greater))
    heard = a_round(4, seed=1)
    for name, collar in (("one", "4101"), ("two", "4102")):
        play(api, collar, name, heard)
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with ThreadPoolExecutor(1) as pool:
        with transaction(engine) as holder:
            patrols.window_locked(holder, lesser)
            checked = pool.submit(drain, api)

            def waits() -> bool:
                with reading(engine) as session:
                    return bool(session.connection().execute(waiting).scalar_one())

            wait_until(waits, 30, lambda: "the cross-check waits for nobody")
            holder.connection().execute(text("SET LOCAL lock_timeout = '500ms'"))
            patrols.window_locked(holder, greater)
        assert checked.result() == 2
