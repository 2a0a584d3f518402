"""Rows that go in together, as they would one by one, or not at all; savepoints that undo what they hold, no more."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from app.activities.models import Activity, IntelligenceItem, StopSearch
from app.audit.models import Action, AuditEvent
from app.database.engine import open_engine
from app.database.session import transaction
from app.database.together import Rows, insert_rows, insert_together
from tests.conftest import named

AT = datetime(2026, 3, 2, 18, 30, 0, 123456, tzinfo=UTC)
HARD = 'it\'s "quoted" \\x41 \\n {a: 1},\n\ttabbed é 😀 NULL'


@pytest.fixture
def engine(force_url: str) -> Iterator[Engine]:
    found = open_engine(force_url, 2)
    yield found
    found.dispose()


def activity(name: str, **others: Any) -> dict[str, Any]:
    """A row with a value of every type that a column of facts has."""
    return {
        "id": named(name),
        "content_hash": bytes(range(0, 256, 8)),
        "captured_by": named("4101"),
        "uploaded_by": named("4101"),
        "received_at": AT,
        "sent_at": AT + timedelta(microseconds=1),
        "force_id": named("FORCE"),
        "revision": 1,
        "kind": "STOP_SEARCH",
        "level": "RECORD",
        "wanted_level": "RECORD",
        "patrol_id": None,
        "recorded_said_at": None,
        "recorded_at": AT.replace(microsecond=0),
        "occurred_said_at": AT,
        "occurred_at": AT,
        "skew_ms": -(2**40),
        "longitude": -1.8985000000000003,
        "latitude": 52.1,
        "accuracy_m": 1e-17,
        "hotspot_ids": [HARD, "b"],
        "reference": HARD[:64],
        "video_used": False,
        "officer_kind": "CONSTABLE",
        "flags": [],
        "unknown_codes": None,
        **others,
    }


def search(name: str, **others: Any) -> dict[str, Any]:
    said = {"grounds": HARD, "age": 17, "gowisely": ["G", "O"], "arrest_id": named("arrest")}
    return {"activity_id": named(name), **said, "force_used": True, "gender": "", **others}


def event(name: str) -> dict[str, Any]:
    return {
        "id": named(f"event of {name}"), "at": AT, "action": Action.COLLECT, "operation": "activity:record",
        "actor_id": named("4101"), "force_id": None, "request_id": None, "reason": HARD,
        "subjects": {"activity": [str(named(name))]},
    }  # fmt: skip


def everything(name: str) -> list[Rows]:
    items = [
        {"activity_id": named(name), "position": number, "category": category, "conditions": None}
        for number, category in enumerate(("DRUGS", "KNIVES"))
    ]
    return [(StopSearch, [search(name)]), (IntelligenceItem, items), (AuditEvent, [event(name)])]


def held(session: Session, table: Any, key: str, value: UUID) -> list[dict[str, Any]]:
    """The rows of a table under a key, without what names them."""
    rows = session.connection().execute(select(table.__table__).where(table.__table__.c[key] == value))
    return [
        {name: one for name, one in row._mapping.items() if name not in (key, "subjects")} for row in rows
    ]


def test_what_goes_in_together_is_what_would_have_gone_in_one_by_one(engine: Engine) -> None:
    with transaction(engine) as session:
        assert insert_together(session, Activity, activity("together"), everything("together"))
        connection = session.connection()
        connection.execute(insert(Activity), activity("alone"))
        for table, rows in everything("alone"):
            connection.execute(insert(table), list(rows))
    with transaction(engine) as session:
        for table, key in ((Activity, "id"), (StopSearch, "activity_id"), (IntelligenceItem, "activity_id")):
            found = held(session, table, key, named("together"))
            assert found, table
            assert found == held(session, table, key, named("alone")), table
        logged = held(session, AuditEvent, "id", named("event of together"))
        assert logged == held(session, AuditEvent, "id", named("event of alone")) != []
        subjects = select(col(AuditEvent.subjects)).where(col(AuditEvent.id) == named("event of together"))
        assert session.execute(subjects).scalar_one() == {"activity": [str(named("together"))]}


def test_where_the_key_is_taken_nothing_goes_in(engine: Engine) -> None:
    with transaction(engine) as session:
        assert insert_together(session, Activity, activity("first"), [])
        assert not insert_together(session, Activity, activity("first", revision=2), everything("first"))
        revision = select(col(Activity.revision)).where(col(Activity.id) == named("first"))
        assert session.execute(revision).scalar_one() == 1
        for table in (StopSearch, IntelligenceItem):
            assert session.execute(select(func.count()).select_from(table)).scalar_one() == 0
        assert held(session, AuditEvent, "id", named("event of first")) == []


def test_where_one_of_them_cannot_go_in_none_does(engine: Engine) -> None:
    twice: list[Rows] = [*everything("twice"), (StopSearch, [search("twice")])]
    with pytest.raises(IntegrityError), transaction(engine) as session:
        insert_together(session, Activity, activity("twice"), twice)
    with transaction(engine) as session:
        assert held(session, Activity, "id", named("twice")) == []


def test_rows_of_one_table_go_in_as_they_are_given(engine: Engine) -> None:
    with transaction(engine) as session:
        insert_rows(session, (AuditEvent, [event("a"), event("b")]))
        assert len(held(session, AuditEvent, "id", named("event of b"))) == 1
    with pytest.raises(IntegrityError), transaction(engine) as session:
        insert_rows(session, (AuditEvent, [event("c"), event("a")]))
    with transaction(engine) as session:
        assert held(session, AuditEvent, "id", named("event of c")) == []


def add(session: Session, *names: str) -> None:
    insert_rows(session, (AuditEvent, [event(name) for name in names]))


def found_of(engine: Engine, *names: str) -> list[str]:
    with transaction(engine) as session:
        return [name for name in names if held(session, AuditEvent, "id", named(f"event of {name}"))]


class Undone(Exception):
    """Raised to leave a savepoint."""


def test_a_savepoint_undoes_what_it_holds_and_no_more(engine: Engine) -> None:
    with transaction(engine) as session:
        add(session, "before")
        with session.begin_nested():
            add(session, "outer")
            with suppress(Undone), session.begin_nested():
                add(session, "inner")
                raise Undone
            with session.begin_nested():
                add(session, "next")
    assert found_of(engine, "before", "outer", "inner", "next") == ["before", "outer", "next"]


def test_a_savepoint_undoes_those_that_ended_within_it(engine: Engine) -> None:
    with transaction(engine) as session:
        add(session, "before")
        with suppress(Undone), session.begin_nested():
            with session.begin_nested():
                add(session, "kept")
            add(session, "outer")
            with pytest.raises(IntegrityError), session.begin_nested():
                add(session, "inner", "before")
            raise Undone
        add(session, "after")
    assert found_of(engine, "before", "kept", "outer", "inner", "after") == ["before", "after"]
