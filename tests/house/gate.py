"""The rules that keep every read of people behind the visibility gate, followed from module to module.

A query passes the gate when it, or something it calls, calls `areas.scope.visible`. What a caller is shown must come
from such a query, or from an id that has passed one. Where a use case shows only the caller's own, or a planner's whole
force, it stands in `layout.WITHOUT_THE_GATE` with the reason.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from tests.house import adapters, layout
from tests.house.source import Finding, Source, dotted

AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef
# What reads rows, by the last part of its name.
READS = {
    "select", "aliased", "exists", "get", "get_one", "query", "join", "outerjoin", "select_from", "scalar_subquery",
    "refresh", "union", "union_all",
}  # fmt: skip
SQL_LIBRARIES = {"sqlalchemy", "sqlmodel"}
RAW = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|FROM|JOIN)\b")
# Parameters of a use case that are no ids from a request.
NOT_FROM_THE_REQUEST = {"session", "caller", "now"}


def names_in(part: ast.AST | None) -> Iterator[str]:
    """Every name and attribute in a piece of code."""
    for node in ast.walk(part) if part is not None else ():
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def people_are_looked_up_in_queries(source: Source, person_tables: set[str]) -> Iterator[Finding]:
    """Rows about people are read in queries.py only: a second way to them would be a way round the gate.

    Whatever the reading is called here (`select as choose`), and however it reads: by key, by join, by subquery.
    """
    if not source.in_app or source.slice in layout.SQL_FOUNDATIONS or source.name == "models":
        return
    for node in source.nodes(ast.ImportFrom):
        for alias in node.names:
            if alias.name in person_tables and alias.asname not in (None, alias.name):
                yield source.finding(node, f"{alias.name} holds rows about people: call it by its name")
    if source.name == "queries" or source.module in adapters.SQL_MODULES:
        return
    called, known = _names_of_libraries(source), _imported(source)
    for call in source.nodes(ast.Call):
        last = dotted(call.func).split(".")[-1]
        if last in {"exec", "execute", "scalar", "scalars"} and call.args:
            statement = _full(source, known, dotted(call.args[0]))
            if ".queries." in statement and not statement.startswith(f"{source.module}."):
                yield source.finding(call, f"{statement} is a statement of another module: have it run there")
        if called.get(last, last) not in READS:
            continue
        for name in sorted({found for argument in call.args for found in names_in(argument)} & person_tables):
            yield source.finding(call, f"{name} holds rows about people: read it in queries.py")


def _names_of_libraries(source: Source) -> dict[str, str]:
    """What the names taken from the SQL libraries are called there."""
    return {
        alias.asname or alias.name: alias.name
        for node in source.nodes(ast.ImportFrom)
        if node.module and node.module.split(".")[0] in SQL_LIBRARIES
        for alias in node.names
    }


def people_are_read_by_functions(source: Source, person_tables: set[str]) -> Iterator[Finding]:
    """Methods are called through whatever holds their object, so nobody could say who reads by them."""
    if source.name != "queries" and source.module not in adapters.SQL_MODULES:
        return
    for holder in source.nodes(ast.ClassDef):
        for method in holder.body:
            shown = {name for name in names_in(method) if isinstance(method, AnyFunction)} & person_tables
            if shown:
                names = ", ".join(sorted(shown))
                yield source.finding(method, f"{holder.name} reads {names}: write it as a function")


def no_sql_as_text(source: Source) -> Iterator[Finding]:
    """SQL as text says nothing of the tables it reads, so no rule here could follow it."""
    if source.slice is None or source.slice in layout.FOUNDATIONS or source.module in layout.SQL_AS_TEXT:
        return
    for call in source.nodes(ast.Call):
        name = dotted(call.func).split(".")[-1]
        told = " ".join(
            node.value
            for part in call.args
            for node in ast.walk(part)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
        if name == "exec_driver_sql" or (name in {"text", "literal_column"} and RAW.search(told)):
            yield source.finding(
                call, f"{name}(): statements are built from tables, so that they can be followed"
            )


@dataclass(frozen=True)
class _Function:
    """A function of ours with all it mentions and calls, each callee by its full name where it is known."""

    name: str
    source: Source
    node: AnyFunction
    mentions: frozenset[str]
    calls: frozenset[str]

    @cached_property
    def parameters(self) -> set[str]:
        given = self.node.args
        return {one.arg for one in [*given.posonlyargs, *given.args, *given.kwonlyargs]}

    @property
    def is_use_case(self) -> bool:
        marks = [mark.func for mark in self.node.decorator_list if isinstance(mark, ast.Call)]
        return any(dotted(mark).split(".")[-1] == "requires" for mark in marks)


@dataclass
class House:
    """Who calls whom in `app/`, which functions read people, and which of them pass the gate."""

    sources: list[Source]
    person_tables: set[str]
    functions: dict[str, _Function] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for source in self.sources:
            if not source.in_app:
                continue
            known, constants = _imported(source), _constants(source)
            for node in source.tree.body:
                if isinstance(node, AnyFunction):
                    function = _read(source, node, known, constants)
                    self.functions[function.name] = function

    @cached_property
    def gated(self) -> set[str]:
        """Functions that pass the gate themselves or through what they call."""
        own = {name for name, function in self.functions.items() if layout.THE_GATE in function.mentions}
        return self._callers_of(own)

    @cached_property
    def reading(self) -> set[str]:
        """Functions through which rows about people are read."""
        own = {
            name
            for name, function in self.functions.items()
            if (function.source.name == "queries" or function.source.module in adapters.SQL_MODULES)
            and function.mentions & self.person_tables
        }
        return self._callers_of(own)

    def _callers_of(self, found: set[str]) -> set[str]:
        found = set(found)
        while more := {
            name for name, function in self.functions.items() if function.calls & found and name not in found
        }:
            found |= more
        return found


def _imported(source: Source) -> dict[str, str]:
    """What each imported name stands for: `queries` for "app.patrols.queries", say."""
    found = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in source.nodes(ast.ImportFrom)
        if node.module and node.module.split(".")[0] == "app"
        for alias in node.names
    }
    for node in source.nodes(ast.Import):
        found |= {alias.asname: alias.name for alias in node.names if alias.asname} | {"app": "app"}
    return found


def _constants(source: Source) -> dict[str, set[str]]:
    """What the statements that a module builds once mention."""
    found: dict[str, set[str]] = {}
    for node in source.tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(node, ast.Assign | ast.AnnAssign):
                found[target.id] = set(names_in(node.value))
    return found


def _read(
    source: Source, node: AnyFunction, known: dict[str, str], constants: dict[str, set[str]]
) -> _Function:
    mentions = {name for part in node.body for name in _said(part)}
    mentions |= {name for constant in mentions & set(constants) for name in constants[constant]}
    # A function handed on (`map(_read, rows)`) is as good as called.
    calls = {
        _full(source, known, dotted(part)) for one in node.body for part in ast.walk(one) if dotted(part)
    }
    return _Function(f"{source.module}.{node.name}", source, node, frozenset(mentions), frozenset(calls))


def _said(part: ast.AST) -> Iterator[str]:
    """Names and attributes as in `names_in`, but not those that only say of what type something is."""
    if isinstance(part, ast.Name):
        yield part.id
    elif isinstance(part, ast.Attribute):
        yield part.attr
    for name, value in ast.iter_fields(part):
        if name not in ("annotation", "returns"):
            for inner in value if isinstance(value, list) else [value]:
                yield from _said(inner) if isinstance(inner, ast.AST) else ()


def _full(source: Source, known: dict[str, str], name: str) -> str:
    first, _, rest = name.partition(".")
    if first in known:
        return known[first] + (f".{rest}" if rest else "")
    return f"{source.module}.{name}"


def what_is_shown_has_passed_the_gate(house: House) -> Iterator[Finding]:
    """In a use case, an id from the request passes the gate before anything is read by it; and something does first."""
    for function in house.functions.values():
        if not function.is_use_case or function.name in layout.WITHOUT_THE_GATE:
            continue
        passed: set[str] = set()
        gate_seen = False
        known = _imported(function.source)
        for call in _in_order(function.node):
            callee = _full(function.source, known, dotted(call.func))
            handed = {
                name
                for part in [*call.args, *(word.value for word in call.keywords)]
                for name in names_in(part)
            }
            asked = handed & function.parameters - NOT_FROM_THE_REQUEST
            if callee in house.gated:
                passed |= asked
                gate_seen = True
            elif callee in house.reading and (not gate_seen or asked - passed - _plain(function)):
                what = ", ".join(sorted(asked - passed)) or "rows about people"
                yield function.source.finding(
                    call,
                    f"{function.name.rsplit('.', 1)[1]} reads {what} by {dotted(call.func)}, past areas.scope.visible",
                )


def _plain(function: _Function) -> set[str]:
    """Parameters that cannot name another's row: instants, numbers, flags, ids that the caller makes."""
    given = function.node.args
    return layout.MADE_BY_THE_CALLER | {
        one.arg
        for one in [*given.posonlyargs, *given.args, *given.kwonlyargs]
        if one.annotation is not None and set(names_in(one.annotation)) <= layout.NAMES_NO_ROW
    }


def _in_order(node: AnyFunction) -> list[ast.Call]:
    calls = [call for part in node.body for call in ast.walk(part) if isinstance(call, ast.Call)]
    return sorted(calls, key=lambda call: (call.lineno, call.col_offset))


def routes_call_use_cases(house: House) -> Iterator[Finding]:
    """A route reads people through a use case that names its permission, or through what layout.py lists with why."""
    for source in house.sources:
        if source.slice is None or not source.name.endswith("routes"):
            continue
        known = _imported(source)
        for call in source.nodes(ast.Call):
            callee = _full(source, known, dotted(call.func))
            function = house.functions.get(callee)
            if function is None or callee not in house.reading or function.is_use_case:
                continue
            if callee not in layout.WITHOUT_THE_GATE and function.source is not source:
                yield source.finding(
                    call, f"{dotted(call.func)} reads rows about people and names no permission"
                )


def callers_pass_the_gate(source: Source, house: House) -> Iterator[Finding]:
    """A query that knows its caller calls the gate; a route hands the caller to every query it calls."""
    if source.slice is None or source.slice in layout.FOUNDATIONS | layout.BELOW_THE_GATE:
        return
    if source.name == "queries" or source.module in adapters.SQL_MODULES:
        for function in house.functions.values():
            shown = function.mentions & house.person_tables
            ours = function.source is source and "caller" in function.parameters
            if ours and shown and function.name not in house.gated | set(layout.WITHOUT_THE_GATE):
                names = ", ".join(sorted(shown))
                yield source.finding(
                    function.node, f"{function.node.name} shows {names} without areas.scope.visible"
                )
    if source.name.endswith("routes"):
        imported = {name.split(".")[-1] for _, name in source.imports() if ".queries." in name}
        for call in source.nodes(ast.Call):
            asks = dotted(call.func).startswith("queries.") or dotted(call.func) in imported
            parts = [*call.args, *(word.value for word in call.keywords)]
            if asks and "caller" not in {name for part in parts for name in names_in(part)}:
                yield source.finding(call, f"{dotted(call.func)} is asked without the caller")


def listed_functions_exist(house: House) -> Iterator[Finding]:
    """What layout.py lets go without the gate is there and reads people, or the list would let past what comes next."""
    for name in sorted(set(layout.WITHOUT_THE_GATE) - house.reading):
        yield Finding(
            "tests/house/layout.py", 1, f"{name} goes without the gate and reads nobody: take it out"
        )


def findings(house: House) -> Iterator[Finding]:
    """Everything the rules of this file find in these modules."""
    for source in house.sources:
        yield from people_are_looked_up_in_queries(source, house.person_tables)
        yield from people_are_read_by_functions(source, house.person_tables)
        yield from no_sql_as_text(source)
        yield from callers_pass_the_gate(source, house)
    yield from what_is_shown_has_passed_the_gate(house)
    yield from routes_call_use_cases(house)
