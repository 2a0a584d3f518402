"""Every statement of compliance finds its rows by an index: what is asked of a week reads no table from end to end.

PostgreSQL is asked with sequential scans and the joins that live on them discouraged, because a table that fits on few
pages is rightly read whole: what is left of them then is where no index can answer. A page of officers is a sixth of
the small force and its few hundred crew fit on five pages, so crews are made as many here as they are after years.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from app.database.engine import open_engine
from benchmarks.compliance import PERIODS, QUESTIONS, asking
from benchmarks.large_force import NOW
from tests.compliance.made_up import made_up_url

__all__ = ["made_up_url"]

# Tables that grow with every patrol or window.
GROWING = (
    "credited_slices", "tasking_windows", "window_results", "patrols", "patrol_assessments", "visits", "check_outs",
    "officer_first", "crew_members", "window_assignments",
)  # fmt: skip
# Everybody on every patrol, one in so many of them.
_CREWS = """
INSERT INTO crew_members (patrol_id, officer_id)
SELECT patrol_id, officer_id FROM (
  SELECT p.id AS patrol_id, o.id AS officer_id, row_number() OVER (ORDER BY p.id, o.id) AS number
  FROM patrols p JOIN officers o ON o.force_id = p.force_id
  WHERE NOT EXISTS (SELECT 1 FROM crew_members c WHERE c.patrol_id = p.id AND c.officer_id = o.id)
) AS everybody WHERE number % 60 = 0
"""
_LOOKS_UP = ("Index Scan", "Index Only Scan", "Bitmap Index Scan")


@dataclass(frozen=True)
class Asked:
    """A statement as the driver got it."""

    question: str
    role: str
    statement: str
    parameters: Any


_found: dict[str, list[Asked]] = {}


def statements_of(url: str) -> list[Asked]:
    """What all questions about one week make the database do; asked once for each kind of database."""
    found = _found.setdefault(url.split(":", maxsplit=1)[0], [])
    if found:
        return found
    with asking(url) as service:
        current = ("", "")

        @event.listens_for(service.engine, "before_cursor_execute")
        def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
            if statement.startswith(("SELECT", "WITH")) and any(table in statement for table in GROWING):
                found.append(Asked(*current, statement, parameters))

        for question in QUESTIONS:
            for role in question.roles:
                current = (question.name, role)
                service.ask(question, role, NOW - PERIODS["week"], NOW)
    return found


@contextmanager
def planning(url: str) -> Iterator[Connection]:
    """A connection whose transaction comes to nothing."""
    engine = open_engine(url, 1)
    with engine.connect() as connection:
        connection.exec_driver_sql(
            _CREWS.replace("%", "%%") if engine.dialect.name == "postgresql" else _CREWS
        )
        connection.exec_driver_sql("ANALYZE crew_members")
        if engine.dialect.name == "postgresql":
            for way in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_material"):
                connection.exec_driver_sql(f"SET {way} = off")
        yield connection
        connection.rollback()
    engine.dispose()


def read_whole(connection: Connection, asked: Asked) -> set[str]:
    """The growing tables that a statement reads from end to end, or an index of them."""
    if connection.dialect.name == "sqlite":
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked.statement}", asked.parameters).all()
        names = [found.group(1) for row in plan if (found := re.match(r"SCAN (\w+)", row[-1]))]
        return {table for table in GROWING for name in names if re.fullmatch(rf"{table}(_\d+)?", name)}
    answer = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {asked.statement}", asked.parameters)
    plan = answer.scalar_one()
    nodes = list(_nodes([(json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]]))
    return {
        node["Relation Name"]
        for node in nodes
        if node.get("Relation Name") in GROWING
        and (node["Node Type"] == "Seq Scan" or (node["Node Type"] in _LOOKS_UP and "Index Cond" not in node))
    }


def _nodes(plans: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for plan in plans:
        yield plan
        yield from _nodes(plan.get("Plans", ()))


def test_no_statement_about_a_week_reads_a_table_from_end_to_end(made_up_url: str) -> None:
    asked = statements_of(made_up_url)
    assert len(asked) > 3 * len(QUESTIONS)
    with planning(made_up_url) as connection:
        wrong = [
            (each.question, each.role, sorted(tables), each.statement[:200])
            for each in asked
            if (tables := read_whole(connection, each))
        ]
    assert wrong == []


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("tasking_windows", "starts_at"),
        ("credited_slices", "day"),
        ("visits", "day"),
        ("officer_first", "until_at"),
    ],
)
def test_it_would_be_seen_if_the_index_by_time_were_gone(made_up_url: str, table: str, column: str) -> None:
    asked = [each for each in statements_of(made_up_url) if f"{table}.{column}" in each.statement]
    assert asked
    with planning(made_up_url) as connection:
        for name in _indexes_of(connection, table):
            connection.exec_driver_sql(f'DROP INDEX "{name}"')
        assert {found for each in asked for found in read_whole(connection, each)} >= {table}


def _indexes_of(connection: Connection, table: str) -> list[str]:
    if connection.dialect.name == "sqlite":
        rows = connection.execute(
            text(
                "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = :table AND sql IS NOT NULL"
            ),
            {"table": table},
        )
    else:
        rows = connection.execute(
            text("SELECT indexname FROM pg_indexes WHERE tablename = :table AND indexname LIKE 'ix%'"),
            {"table": table},
        )
    return [str(row[0]) for row in rows]
