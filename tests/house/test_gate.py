"""Every known way round the visibility gate is found, and the house's own way of reading people passes."""

import pytest

from tests.house import gate, layout, lint, rules
from tests.house.source import Source

MODELS = Source(
    "app/patrols/models.py",
    "class Fact(Table):\n    officer_id: UUID\n"
    "class Patrol(Fact, table=True):\n    id: UUID\n"
    "class Mode(Table, table=True):\n    code: str\n",
)
QUERIES = """
def _mine(caller):
    return select(Patrol).where(visible(caller, Patrol))

_BY_ID = select(Patrol).where(Patrol.id == bindparam("id"))

def patrol_seen(session, caller, patrol_id):
    return session.exec(_mine(caller)).first()

def patrol_known(session, patrol_id):
    return session.execute(_BY_ID, {"id": patrol_id}).first()

def of_window(session, window_id):
    return session.exec(select(Patrol)).all()

def modes(session):
    return session.exec(select(Mode)).all()
"""
ANSWERS = """
from app.patrols import queries

@requires(Permission.PATROLS_READ)
def see_patrol(session: Session, caller: Caller, patrol_id: UUID, now: datetime):
    patrol = _seen(session, caller, patrol_id)
    return describe(session, [patrol], queries.patrol_known(session, patrol_id))

def _seen(session, caller, patrol_id):
    return queries.patrol_seen(session, caller, patrol_id)

def describe(session, patrols, known):
    return [queries.of_window(session, patrol.window_id) for patrol in patrols]
"""


def found(**modules: str) -> list[str]:
    """What the lint says of these modules of the patrols slice, in a house that has the two tables above."""
    sources = [MODELS] + [Source(f"app/patrols/{name}.py", text) for name, text in modules.items()]
    return [f"{one.path.rsplit('/', 1)[1]} {one.message}" for one in lint.lint_python(sources)]


def test_the_houses_own_way_passes() -> None:
    assert found(queries=QUERIES, answers=ANSWERS) == []


@pytest.mark.parametrize(
    "way",
    [
        "from sqlmodel import select\nselect(Patrol.id)",
        "from sqlalchemy import select as choose\nchoose(Patrol)",
        "from app.patrols import models\nselect(models.Patrol)",
        "aliased(Patrol)",
        "session.get(Patrol, patrol_id)",
        "session.get_one(Patrol, patrol_id)",
        "statement.join(Patrol, Patrol.id == CheckOut.id)",
        "statement.outerjoin(Patrol)",
        "select(Mode).select_from(Patrol)",
        "session.query(Patrol)",
        "exists(Patrol.id)",
        "session.get(TaskingWindow, window_id)",
    ],
)
@pytest.mark.parametrize("module", ["service", "answers", "routes", "schemas"])
def test_people_are_read_in_queries_only(module: str, way: str) -> None:
    assert any("holds rows about people" in one for one in found(**{module: way}))
    other = way.replace("Patrol", "Mode").replace("TaskingWindow", "Mode")
    assert not any("rows about people" in one for one in found(**{module: other}))


def test_top_level_modules_read_nobody_either() -> None:
    sources = [MODELS, Source("app/housekeeping.py", "session.get(Patrol, 1)")]
    assert len(list(lint.lint_python(sources))) == 1


def test_a_table_of_people_goes_by_its_name() -> None:
    assert any("by its name" in one for one in found(queries="from app.patrols.models import Patrol as Mode"))


def test_a_statement_is_run_where_it_stands() -> None:
    borrowed = "from app.patrols import queries\nsession.execute(queries._BY_ID, {})"
    assert any("have it run there" in one for one in found(queries=QUERIES, service=borrowed))
    assert found(queries=QUERIES, service="session.execute(insert(Patrol), rows)") == []


def test_people_are_read_by_functions() -> None:
    method = "class Reader:\n    def all(self):\n        return self.session.exec(select(Patrol))\n"
    assert any("write it as a function" in one for one in found(queries=method))
    assert found(queries=method.replace("Patrol", "Mode")) == []


@pytest.mark.parametrize(
    "sql",
    [
        'text("SELECT * FROM patrols")',
        'text("DELETE FROM patrols")',
        'session.connection().exec_driver_sql("x")',
        'literal_column("(SELECT 1)")',
    ],
)
def test_sql_as_text_is_found(sql: str) -> None:
    assert any("can be followed" in one for one in found(queries=sql))
    assert found(models='text("superseded_at IS NULL")') == []


def test_a_query_for_a_caller_passes_the_gate() -> None:
    ungated = QUERIES.replace("visible(caller, Patrol)", "Patrol.id == 1")
    assert found(queries=ungated) == ["queries.py _mine shows Patrol without areas.scope.visible"]


PAST = "past areas.scope.visible"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        # The gate is asked after the row was read, with another id, or never.
        ("    patrol = _seen(session, caller, patrol_id)\n", "    patrol = None\n"),
        ("_seen(session, caller, patrol_id)\n", "_seen(session, caller, 1)\n"),
        ("queries.patrol_seen(session, caller, patrol_id)", "queries.patrol_known(session, patrol_id)"),
        ("queries.patrol_seen(session, caller, patrol_id)", "queries.of_window(session, patrol_id)"),
        (
            "    patrol = _seen(session, caller, patrol_id)\n",
            "    known = queries.patrol_known(session, patrol_id)\n    patrol = _seen(session, caller, patrol_id)\n",
        ),
        # By another name, or through what holds it.
        (
            "from app.patrols import queries\n",
            "from app.patrols import queries\nimport app.patrols.queries as q\n",
        ),
    ],
)
def test_an_id_passes_the_gate_before_anything_is_read_by_it(right: str, wrong: str) -> None:
    assert right in ANSWERS
    answers = ANSWERS.replace(right, wrong)
    if "as q" in wrong:
        answers = answers.replace(
            "queries.patrol_seen(session, caller, patrol_id)", "q.patrol_known(session, 1)"
        )
    assert any(PAST in one for one in found(queries=QUERIES, answers=answers))


def test_a_caller_hidden_in_what_is_asked_is_followed_too() -> None:
    """Without a `caller` among its parameters a query is still held to the gate, by the use case that calls it."""
    queries = "def lines(session, asked):\n    return select(Patrol).where(visible(asked.caller, Patrol))\n"
    use_case = (
        "from app.patrols import queries\n@requires(Permission.X)\n"
        "def read(session: Session, caller: Caller, wanted: Wanted):\n"
        "    return queries.lines(session, Asked(caller, wanted))\n"
    )
    assert found(queries=queries, service=use_case) == []
    ungated = queries.replace("visible(asked.caller, Patrol)", "Patrol.id == asked.id")
    assert any(PAST in one for one in found(queries=ungated, service=use_case))


ROUTE = """
from app.patrols import answers
@router.get('/p')
def get(session, caller, patrol_id):
    return answers.see_patrol(session, caller, patrol_id, now)
"""


def test_a_route_reads_people_through_use_cases() -> None:
    assert found(queries=QUERIES, answers=ANSWERS, routes=ROUTE) == []
    bare = ROUTE.replace("see_patrol(session, caller, patrol_id, now)", "describe(session, [patrol_id], 1)")
    assert found(queries=QUERIES, answers=ANSWERS, routes=bare) == [
        "routes.py answers.describe reads rows about people and names no permission"
    ]


def test_a_route_hands_the_caller_to_its_queries() -> None:
    route = "from app.patrols import queries\n@router.get('/p')\ndef get(caller):\n    return queries.one(caller, 1)\n"
    assert found(routes=route) == []
    assert any("without the caller" in one for one in found(routes=route.replace("caller, 1", "1")))


def test_what_goes_without_the_gate_is_there() -> None:
    """Every exception of layout.py has a reason and reads people; what is gone is told."""
    assert all(layout.WITHOUT_THE_GATE.values())
    house = gate.House([MODELS], {"Patrol"})
    assert len(list(gate.listed_functions_exist(house))) == len(layout.WITHOUT_THE_GATE)
    sources = lint.python_sources(layout.ROOT)
    assert [str(one) for one in lint.listed_functions_are_there(sources)] == []
    assert "TaskingWindow" in rules.person_tables(rules.tables(sources))
