"""Every operation, every role and every two roles, every relation of the caller to the row: the whole matrix.

Operations come from the published description. What each cell should be is computed from the two tables (who may call,
`tests/test_permissions.py`; which rows, `tests/access/scopes.py`) and never from the code under test.
"""

from collections.abc import Callable, Iterator

import pytest

from tests.access import calls
from tests.access.relations import ELSEWHERE, FEW_STANDINGS, FORCE_STANDINGS, OWN, Person, people
from tests.access.scopes import Outcome, Relation, Rule, expected, rules, scopes, sees
from tests.access.world import World
from tests.conftest import named
from tests.contract.checking import operations
from tests.test_permissions import Row, rows

LEAST_CELLS = 2_000
OF_OUR_FORCE = tuple(
    str(named(code)) for code in ("FORCE", "NORTH", "TGP-1", "WINDOW-1", "4101", "read patrol")
)
# Reads first: what is changed meanwhile is never what they look at, and this keeps it so.
ROWS = sorted(rows(), key=lambda row: row.method != "GET")

# A log tells its auditors which ids their own force's people reached for, those of another force included.
TELLS_ATTEMPTS = {("GET", "/v1/audit/events"), ("POST", "/v1/audit/exports")}


def tried(row: Row, rule: Rule, everything: bool) -> Iterator[Person]:
    """With whom an operation is tried: all who might be shown rows of people; of the others a few in each role.

    Where all of a force see a row, or all who are force-wide, whose it is makes no difference: a few are quick enough.
    """
    by_whose = everything or bool(rule.ways - {"all", "force"})
    for person in people():
        may_be_shown = rule.row is not None and by_whose and person.roles & row.roles
        if may_be_shown or (len(person.roles) == 1 and person.standing.relation.name in FORCE_STANDINGS):
            yield person


def test_every_operation_says_which_rows_it_shows() -> None:
    known = scopes()
    missing = [f"{row.method} {row.path}" for row in rows() if (row.method, row.path) not in known]
    assert not missing, f"add a line with the rule of its rows to SCOPES in tests/access/scopes.py: {missing}"
    published = {(method, path) for method, path, _ in operations()}
    gone = [f"{method} {path}" for method, path in known if (method, path) not in published]
    assert not gone, f"not published any more, take it out of SCOPES in tests/access/scopes.py: {gone}"


def test_the_matrix_is_as_large_as_promised() -> None:
    known = scopes()
    cells = sum(1 + len(list(tried(row, known[row.method, row.path], everything=False))) for row in ROWS)
    assert cells >= LEAST_CELLS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.path}")
def test_each_cell_is_as_declared(
    world: World, callers: calls.Callers, row: Row, asked_before: bool, trials: Callable[[int], int]
) -> None:
    """Every cell on SQLite, in its first format; further formats with a few of each kind, for they print one answer. On
    PostgreSQL, where the same queries decide, every operation with those few. All of it when everything is asked for.
    """
    everything = trials(10) == 10
    rule = scopes()[row.method, row.path]
    purpose = calls.purpose_of(row)
    wrong: list[str] = []
    for person in tried(row, rule, everything):
        few = len(person.roles) == 1 and person.standing.relation.name in FEW_STANDINGS
        if asked_before and not few:
            continue
        wrong += _differences(world, callers, row, rule, person, purpose, every_format=few or everything)
    path = calls.address(row, world.rows[purpose, "4101"], named("nobody"))
    for call in calls.variants(row, path):
        found = calls.outcome(row, callers.send(row, call, None))
        wrong += [] if found is Outcome.STRANGER else [f"anonymous: {found}"]
    assert not wrong, "\n".join([f"{len(wrong)} cells of {row.method} {row.path}", *wrong[:40]])


def _differences(
    world: World,
    callers: calls.Callers,
    row: Row,
    rule: Rule,
    person: Person,
    purpose: str,
    *,
    every_format: bool,
) -> Iterator[str]:
    ids = world.ids(purpose, person)
    relation = person.standing.relation
    wanted = expected(row, rule, person.roles, relation, calls.names_a_row(row))
    variants = list(calls.variants(row, calls.address(row, ids, calls.fresh_for(row, person))))
    for call in variants if every_format else variants[:1]:
        answer = callers.send(row, call, person)
        found = calls.outcome(row, answer)
        where = f"{person} {dict(call.query)}"
        if found is not wanted.outcome:
            yield f"{where}: {found}, not {wanted.outcome}"
        elif wanted.shown is not None and rule.row is not None:
            shown = calls.shows(rule, ids[rule.row], answer)
            if shown is not wanted.shown:
                yield f"{where}: {'shows' if shown else 'does not show'} the row"
        if found is Outcome.THROUGH and not relation.force and (row.method, row.path) not in TELLS_ATTEMPTS:
            told = [one for one in OF_OUR_FORCE if one in answer.text]
            if told:
                yield f"{where}: tells {told} to another force"


def test_the_rules_themselves_can_tell_cells_apart() -> None:
    """Every way in decides at least one cell, or a rule says something that nobody checks."""
    for rule in rules().values():
        for way in rule.ways - {"all"}:
            without = Rule(rule.name, rule.row, rule.ways - {way})
            assert any(
                sees(rule, person.roles, person.standing.relation)
                is not sees(without, person.roles, person.standing.relation)
                for person in people()
            ), f"{rule.name} {way}"
    assert {person.standing for person in people() if len(person.roles) == 2} == {OWN, ELSEWHERE}
    assert not sees(rules()["FORCE"], frozenset(), Relation("", force=False))
