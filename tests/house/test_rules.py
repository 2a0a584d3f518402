"""Each house rule catches the mistake it is there for, and lets the house's own way of doing it pass."""

from dataclasses import dataclass

import pytest

from tests.house import layout, lint, rules
from tests.house.source import Rule, Source


@dataclass(frozen=True)
class Case:
    rule: Rule
    path: str
    bad: str
    good: str


CASES = [
    Case(rules.one_commit, "app/patrols/service.py", "session.commit()", "session.flush()"),
    Case(rules.one_commit, "app/audit/seals.py", "connection.rollback()", "connection.close()"),
    Case(
        rules.routes_speak_http_only,
        "app/patrols/routes.py",
        "from sqlalchemy import select",
        "from app.identity.dependencies import signed_in",
    ),
    Case(
        rules.routes_speak_http_only,
        "app/patrols/routes.py",
        "from app.patrols.models import Patrol",
        "from app.patrols.service import check_in",
    ),
    Case(
        rules.routes_speak_http_only,
        "app/patrols/routes.py",
        "from app.areas.service import add_hotspot",
        "from app.patrols import queries",
    ),
    Case(rules.known_file_name, "app/patrols/helpers.py", "", ""),
    Case(rules.pure_is_pure, "app/geo/plane.py", "x = np.random.normal()", "x = np.hypot(1, 2)"),
    Case(rules.pure_is_pure, "app/geo/plane.py", "x = uuid.uuid4()", "x = uuid.UUID(int=1)"),
    Case(rules.pure_is_pure, "app/geo/plane.py", "def f():\n    global seen", "def f():\n    seen = 1"),
    Case(rules.one_clock, "app/patrols/service.py", "at = datetime.now(UTC)", "at = now()"),
    Case(rules.one_clock, "app/geo/plane.py", "at = time.time()", "at = time.perf_counter()"),
    Case(
        rules.sql_has_its_place,
        "app/patrols/lifecycle.py",
        "from sqlmodel import select\nselect(Patrol)",
        "select(windows)",
    ),
    Case(rules.sql_has_its_place, "app/patrols/routes.py", "session.exec(statement)", "check_in(session)"),
    Case(
        rules.no_built_sql,
        "app/patrols/queries.py",
        'text(f"SELECT * FROM patrols WHERE id = {id}")',
        'text("SELECT * FROM patrols WHERE id = :id")',
    ),
    Case(rules.no_built_sql, "app/patrols/queries.py", 'text("SELECT " + column)', 'text("SELECT 1")'),
    Case(rules.readable_size, "app/patrols/service.py", "x = 1\n" * 401, "x = 1\n" * 400),
    Case(
        rules.readable_size,
        "app/patrols/service.py",
        "def f():\n" + "    x = 1\n" * 60,
        "def f():\n" + '    """' + "\n" * 60 + '    """\n    x = 1',
    ),
    Case(rules.empty_package_file, "app/patrols/__init__.py", "from app.patrols import service", ""),
    Case(rules.nothing_left_undone, "app/patrols/service.py", "x = 1  # TO" + "DO later", "x = 1  # why"),
    Case(
        rules.no_blanket_except,
        "app/patrols/service.py",
        "try:\n    f()\nexcept Exception:\n    log()",
        "try:\n    f()\nexcept BaseException:\n    undo()\n    raise",
    ),
    Case(
        rules.no_blanket_except,
        "app/cli.py",
        "try:\n    f()\nexcept:\n    pass",
        "try:\n    f()\nexcept OSError:\n    g()",
    ),
    Case(
        rules.runtime_annotations,
        "app/patrols/schemas.py",
        "from __future__ import annotations",
        "from __future__ import division",
    ),
    Case(rules.honest_tests, "tests/patrols/test_service.py", "time.sleep(1)", "wait_until(ready)"),
    Case(
        rules.honest_tests,
        "tests/patrols/test_service.py",
        "from unittest.mock import Mock",
        "import unittest",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule.__name__}-{case.path}")
def test_a_rule_catches_its_mistake(case: Case) -> None:
    broken = [finding for finding in case.rule(Source(case.path, case.bad)) if not finding.note]
    assert broken
    assert broken[0].path == case.path


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.bad != case.good],
    ids=lambda case: f"{case.rule.__name__}-{case.path}",
)
def test_a_rule_lets_the_right_way_pass(case: Case) -> None:
    assert [str(finding) for finding in case.rule(Source(case.path, case.good)) if not finding.note] == []


def test_every_rule_has_a_case() -> None:
    assert {case.rule for case in CASES} == set(rules.RULES)


MODELS = Source(
    "app/patrols/models.py",
    "class Fact(Table):\n    officer_id: UUID\n"
    "class Patrol(Fact, table=True):\n    id: UUID\n"
    "class Mode(Table, table=True):\n    code: str\n",
)


def findings(path: str, text: str) -> list[str]:
    """What the lint says of this module in a house that has the two tables above."""
    return [f"{finding.line} {finding.message}" for finding in lint.lint_python([MODELS, Source(path, text)])]


def test_tables_know_the_columns_they_inherit() -> None:
    assert rules.tables([MODELS]) == {"Patrol": {"id", "officer_id"}, "Mode": {"code"}}


@pytest.mark.parametrize(
    "signature",
    [
        "@router.put('/p')\ndef put(patrol: Patrol) -> None: ...",
        "@router.get('/p')\ndef get() -> list[Patrol]: ...",
        "@router.get('/p', response_model=models.Patrol)\ndef get(): ...",
        "@router.get('/p')\ndef get() -> 'list[Patrol]': ...",
    ],
)
def test_a_table_model_in_a_route_signature_is_found(signature: str) -> None:
    assert any("table model Patrol" in found for found in findings("app/patrols/routes.py", signature))


def test_a_wire_model_in_a_route_signature_is_fine() -> None:
    assert findings("app/patrols/routes.py", "@router.get('/p')\ndef get() -> PatrolResponse: ...") == []


def test_a_long_function_is_only_noted_until_it_is_too_long() -> None:
    found = list(rules.readable_size(Source("app/cli.py", "def f():\n" + "    x = 1\n" * 50)))
    assert [finding.note for finding in found] == [True]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("docs/start.md", "cd /home/" + "pat/beatcheck"),
        ("app/cli.py", 'open("/' + 'work/data.json")'),
        ("requirements.lock", "--index-url https://example.org/simple"),
        ("requirements.lock", "package @ https://example.org/package.whl"),
    ],
)
def test_paths_and_addresses_are_found(path: str, line: str) -> None:
    assert list(lint.lint_text(path, line))


@pytest.mark.parametrize(
    "line", ["GET /v1/me/work/", "see https://example.org/home/page", "a/home/b", "/livez"]
)
def test_ordinary_text_is_no_path_of_a_machine(line: str) -> None:
    assert list(lint.lint_text("docs/start.md", line)) == []


def test_the_pure_list_is_read_from_the_configuration() -> None:
    assert {"app.clock", "app.geo", "app.problems"} <= layout.pure_modules()
