"""Every operation, every role and every two roles, every relation of the caller to the row: the whole matrix.

Operations come from the published description. What each cell should be is computed from the two tables (who may call,
`tests/test_permissions.py`; which rows, `tests/access/scopes.py`) and never from the code under test.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, replace
from random import Random

import pytest

from app.identity.permissions import Role
from tests.access import calls
from tests.access.relations import ELSEWHERE, FORCE_STANDINGS, OWN, Person, people
from tests.access.scopes import Expected, Outcome, Relation, Rule, expected, rules, scopes, sees
from tests.access.world import World
from tests.conftest import named
from tests.contract.checking import operations
from tests.test_permissions import Row, rows

LEAST_CELLS = 10_000
OF_OUR_FORCE = tuple(
    str(named(code)) for code in ("FORCE", "NORTH", "TGP-1", "WINDOW-1", "4101", "read patrol")
)
# Reads first: what is changed meanwhile is never what they look at, and this keeps it so.
ROWS = sorted(rows(), key=lambda row: row.method != "GET")

# A log tells its auditors which ids their own force's people reached for, those of another force included.
TELLS_ATTEMPTS = {("GET", "/v1/audit/events"), ("POST", "/v1/audit/exports")}


def tried(row: Row, rule: Rule) -> Iterator[Person]:
    """With whom an operation is tried at most: all who might be shown rows of people; of the others a few a role."""
    for person in people():
        may_be_shown = rule.row is not None and person.roles & row.roles
        if may_be_shown or (len(person.roles) == 1 and person.standing.relation.name in FORCE_STANDINGS):
            yield person


def one_of_each(row: Row, rule: Rule, *, again: bool) -> Iterator[Person]:
    """Of those one for each role and reason that its answer has, picked anew for each operation.

    Where the reason has nothing to do with the role (nobody signs in, no role is held) one is enough; of two roles
    one pair for each answer. `again`: one for each reason, of whatever role.
    """
    everybody = list(tried(row, rule))
    Random(f"{row.method} {row.path}").shuffle(everybody)
    # Nobody decides after somebody above them.
    everybody.sort(key=lambda person: Role.COMMANDER in person.roles)
    met: set[object] = set()
    for person in everybody:
        relation = person.standing.relation
        role: tuple[Role, ...] = ()
        wanted = expected(row, rule, person.roles, relation, calls.names_a_row(row))
        reason: tuple[object, ...] = (wanted, len(person.roles))
        if relation.signs_in and relation.holds_roles and len(person.roles) == 1:
            role = () if again else tuple(person.roles)
            granted = person.roles & row.roles
            if granted:
                ways = frozenset(way for way in rule.ways if sees(_only(rule, way), granted, relation))
                near = () if again or not rule.ways else astuple(replace(relation, name=""))
                reason += (ways, relation.force, near)
        if (reason, role) not in met:
            met.add((reason, role))
            yield person


def _only(rule: Rule, way: str) -> Rule:
    return Rule(rule.name, rule.row, frozenset({way}))


def test_every_operation_says_which_rows_it_shows() -> None:
    known = scopes()
    missing = [f"{row.method} {row.path}" for row in rows() if (row.method, row.path) not in known]
    assert not missing, f"add a line with the rule of its rows to SCOPES in tests/access/scopes.py: {missing}"
    published = {(method, path) for method, path, _ in operations()}
    gone = [f"{method} {path}" for method, path in known if (method, path) not in published]
    assert not gone, f"not published any more, take it out of SCOPES in tests/access/scopes.py: {gone}"


def test_the_matrix_is_as_large_as_promised() -> None:
    known = scopes()
    cells = sum(1 + len(list(tried(row, known[row.method, row.path]))) for row in ROWS)
    assert cells >= LEAST_CELLS


@pytest.mark.parametrize("again", [False, True])
def test_what_is_quick_leaves_no_answer_and_no_standing_out(again: bool) -> None:
    """Each operation is still asked for each answer it may give, and each standing has its turn somewhere."""
    known = scopes()
    asked: set[str] = set()
    for row in ROWS:
        rule = known[row.method, row.path]
        few = list(one_of_each(row, rule, again=again))
        assert _answers(row, rule, few) == _answers(row, rule, tried(row, rule)), f"{row.method} {row.path}"
        asked |= {person.standing.relation.name for person in few}
    assert asked == {person.standing.relation.name for person in people()}


def _answers(row: Row, rule: Rule, persons: Iterable[Person]) -> set[Expected]:
    named_row = calls.names_a_row(row)
    return {expected(row, rule, one.roles, one.standing.relation, named_row) for one in persons}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.path}")
def test_each_cell_is_as_declared(
    world: World, callers: calls.Callers, row: Row, asked_before: bool, trials: Callable[[int], int]
) -> None:
    """Every cell in every format when everything is asked for. Else one person for each role and reason on SQLite, one
    for each reason on PostgreSQL, where the same queries decide; and of further formats, which print one answer, one
    cell for each answer.
    """
    everything = trials(10) == 10
    rule = scopes()[row.method, row.path]
    purpose = calls.purpose_of(row)
    wrong: list[str] = []
    met: set[Expected] = set()
    for person in tried(row, rule) if everything else one_of_each(row, rule, again=asked_before):
        wanted = expected(row, rule, person.roles, person.standing.relation, calls.names_a_row(row))
        every_format = everything or wanted not in met
        met.add(wanted)
        wrong += _differences(world, callers, row, rule, person, purpose, every_format=every_format)
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
