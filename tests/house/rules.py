"""The house rules that no library checks, each a function from a module to its findings.

They exist because each of these mistakes has cost somebody a record or an officer's trust: a commit after the answer,
a table model that let a caller set its own id, a decision that read the clock and could not be run again. Every rule
has a bad snippet in `test_rules.py` that it must catch.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from tests.house import adapters, layout
from tests.house.source import Finding, Rule, Source, dotted, within

CLOCKS = re.compile(
    r"^(datetime\.)?(datetime\.(now|utcnow|today)|date\.today)$|^time\.(time|time_ns|gmtime|localtime)$"
)
CHANCE = re.compile(
    r"^(random|secrets|np\.random|numpy\.random)\.|^(uuid\.)?uuid[1467]$|^os\.(urandom|getenv|environ)"
)
LEFT_UNDONE = re.compile("TO" + "DO|FIX" + "ME|X" + "XX", re.IGNORECASE)
SQL_CALLS = {"select", "insert", "update", "delete"}
SESSION_CALLS = re.compile(
    r"(^|\.)(session|connection|db)\.(exec|execute|scalar|scalars|get|get_one|add|add_all|merge)$"
)
BLANKET = {"everything", "Exception", "BaseException"}
ROUTE_DECORATORS = {"get", "put", "post", "patch", "delete", "head", "options"}
AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef


def one_commit(source: Source) -> Iterator[Finding]:
    """Only the session commits: anything else could answer before the rows are safe, or keep half a use case."""
    if not source.in_app or source.module == "app.database.session":
        return
    for call in source.nodes(ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"commit", "rollback"}:
            yield source.finding(call, f"{call.func.attr}() belongs to app/database/session.py alone")


def routes_speak_http_only(source: Source) -> Iterator[Finding]:
    """Routes see the wire and their own slice's use cases; tables, SQL and other slices are not theirs."""
    if not source.in_app or not source.name.endswith("routes") or source.slice is None:
        return
    standard = {f"app.{source.slice}.{name}" for name in ("service", "queries", "schemas", "problems")}
    own = standard | {name for name in adapters.ADAPTERS if name.startswith(f"app.{source.slice}.")}
    for node, name in source.imports():
        if name.split(".")[0] in {"sqlalchemy", "sqlmodel", "geoalchemy2"}:
            yield source.finding(node, f"routes do not speak SQL: {name}")
        elif name.startswith("app.") and not within(
            name, own | layout.ROUTES_MAY_IMPORT | layout.pure_modules()
        ):
            yield source.finding(node, f"routes use their own service, queries and schemas: not {name}")


def no_table_in_a_signature(source: Source, tables: set[str]) -> Iterator[Finding]:
    """A table model in a signature is not validated: a caller could set its own id or role."""
    for function in source.functions():
        routed = [call for call in function.decorator_list if _is_route(call)]
        if not routed:
            continue
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        annotations = [*(argument.annotation for argument in arguments), function.returns]
        quoted = {word for part in annotations for word in _quoted_names(part)}
        for name in sorted(
            tables & {*quoted, *(name for part in [*annotations, *routed] for name in _names(part))}
        ):
            yield source.finding(function, f"table model {name} in the signature of route {function.name}")


def _is_route(decorator: ast.expr) -> bool:
    return (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr in ROUTE_DECORATORS
    )


def _names(part: ast.AST | None) -> Iterator[str]:
    for node in ast.walk(part) if part is not None else ():
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def _quoted_names(part: ast.AST | None) -> Iterator[str]:
    for node in ast.walk(part) if part is not None else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"\w+", node.value)


def known_file_name(source: Source) -> Iterator[Finding]:
    """A slice's file is standard, pure (and listed in pyproject.toml) or an adapter (and listed in layout.py)."""
    if source.slice is None or source.slice in layout.FOUNDATIONS or source.name in layout.STANDARD_FILES:
        return
    if source.slice == layout.COMMANDS:
        return
    if not within(source.module, layout.pure_modules()) and source.module not in adapters.ADAPTERS:
        yield source.finding(
            1,
            f"{source.module} is neither standard, nor listed as pure in pyproject.toml, nor an adapter in layout.py",
        )


def pure_is_pure(source: Source) -> Iterator[Finding]:
    """A decision that reads the clock, chance or the environment cannot be run again and give the same answer."""
    if not within(source.module, layout.pure_modules()):
        return
    for node in source.nodes(ast.Global):
        yield source.finding(node, "a pure module has no globals that change")
    for call in source.nodes(ast.Call):
        name = dotted(call.func)
        if name in {"open", "print", "input"} or CHANCE.match(name):
            yield source.finding(call, f"a pure module does not call {name}(): pass the value in")


def one_clock(source: Source) -> Iterator[Finding]:
    """`now` is an argument; only app/clock.py reads it, so that tests and re-runs can say what time it is."""
    if not source.in_app or source.module == "app.clock":
        return
    for call in source.nodes(ast.Call):
        if CLOCKS.match(dotted(call.func)):
            yield source.finding(
                call, f"{dotted(call.func)}() reads the clock: use app.clock.utc_now, injected"
            )


def sql_has_its_place(source: Source) -> Iterator[Finding]:
    """Statements are made and run in queries.py and service.py, so that the visibility gate cannot be walked round."""
    if source.slice is None or source.slice in layout.SQL_FOUNDATIONS:
        return
    if source.name in layout.SQL_FILES or source.module in adapters.SQL_MODULES:
        return
    sql = {
        name.split(".")[-1]
        for _, name in source.imports()
        if name.split(".")[0] in {"sqlalchemy", "sqlmodel"}
    }
    for call in source.nodes(ast.Call):
        name = dotted(call.func)
        if name in SQL_CALLS & sql or SESSION_CALLS.search(name):
            yield source.finding(call, f"{name}(): SQL lives in queries.py (reads) and service.py (writes)")


def no_built_sql(source: Source) -> Iterator[Finding]:
    """SQL text is a constant; values are parameters."""
    for call in source.nodes(ast.Call):
        if dotted(call.func).split(".")[-1] != "text" or not call.args:
            continue
        argument = call.args[0]
        built = isinstance(argument, ast.JoinedStr | ast.BinOp) and source.module not in layout.BUILT_SQL
        formatted = isinstance(argument, ast.Call) and dotted(argument.func).endswith(".format")
        if built or formatted:
            yield source.finding(call, "SQL put together from pieces: pass values as parameters")


def readable_size(source: Source) -> Iterator[Finding]:
    """A module is read in one sitting, a function on one screen. Docstrings do not count against a function."""
    if source.parts[:2] == ("migrations", "versions"):
        return  # written by Alembic, read once
    lines = len(source.text.splitlines())
    if lines > layout.MOST_LINES_IN_A_MODULE:
        yield source.finding(lines, f"{lines} lines: at most {layout.MOST_LINES_IN_A_MODULE} in a module")
    for function in source.functions():
        length = _body_lines(function)
        if length > layout.LONG_FUNCTION:
            fine = length <= layout.MOST_LINES_IN_A_FUNCTION
            yield source.finding(function, f"{function.name} has {length} lines", note=fine)


def _body_lines(function: AnyFunction) -> int:
    first = function.body[0]
    documented = ast.get_docstring(function) is not None
    docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if documented else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring


def empty_package_file(source: Source) -> Iterator[Finding]:
    """Importing a package runs nothing and re-exports nothing: names are found where they are written."""
    if source.name == "__init__" and source.text.strip():
        yield source.finding(1, "__init__.py stays empty")


def nothing_left_undone(source: Source) -> Iterator[Finding]:
    """What is not done is said in the docs or not at all."""
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT and LEFT_UNDONE.search(token.string):
            yield source.finding(token.start[0], "a note to do it later: do it, or write it down in docs")


def no_blanket_except(source: Source) -> Iterator[Finding]:
    """An error nobody expected must reach the outermost handler, not be swallowed on the way (re-raising is fine)."""
    for handler in source.nodes(ast.ExceptHandler):
        caught = set(_names(handler.type)) if handler.type else {"everything"}
        last = handler.body[-1]
        passed_on = isinstance(last, ast.Raise) and last.exc is None
        if not passed_on and caught & BLANKET and source.module not in layout.OUTERMOST_HANDLERS:
            yield source.finding(
                handler, "catches every error: name those expected, or list it in layout.py with why"
            )


def runtime_annotations(source: Source) -> Iterator[Finding]:
    """FastAPI, Pydantic and SQLModel read annotations at run time; as strings they fail late and oddly."""
    for node in source.nodes(ast.ImportFrom):
        if node.module == "__future__" and any(alias.name == "annotations" for alias in node.names):
            yield source.finding(node, "`from __future__ import annotations` is not used here")


def honest_tests(source: Source) -> Iterator[Finding]:
    """Tests wait for conditions rather than for time, and exercise our code rather than a mock of it."""
    if source.parts[0] != "tests" or source.module in {"tests.postgres", "tests.assurance.waiting"}:
        return
    for node, name in source.imports():
        if name.startswith("unittest.mock"):
            yield source.finding(node, "no mocks of our own code")
    for call in source.nodes(ast.Call):
        if dotted(call.func) in {"time.sleep", "sleep"}:
            yield source.finding(call, "tests do not sleep: wait for the condition, or inject the clock")


RULES: tuple[Rule, ...] = (
    one_commit,
    routes_speak_http_only,
    known_file_name,
    pure_is_pure,
    one_clock,
    sql_has_its_place,
    no_built_sql,
    readable_size,
    empty_package_file,
    nothing_left_undone,
    no_blanket_except,
    runtime_annotations,
    honest_tests,
)


def tables(sources: list[Source]) -> dict[str, set[str]]:
    """Every table model of the house and its columns, those of its bases included."""
    classes = {node.name: node for source in sources if source.in_app for node in source.nodes(ast.ClassDef)}

    def columns(name: str) -> set[str]:
        node = classes.get(name)
        if node is None:
            return set()
        own = {
            item.target.id
            for item in node.body
            if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
        }
        return own.union(*(columns(dotted(base).split(".")[-1]) for base in node.bases))

    return {name: columns(name) for name, node in classes.items() if _is_table(node)}


def person_tables(tables: dict[str, set[str]]) -> set[str]:
    """Those that hold rows about people, and the plan that says where they will be."""
    return layout.TASKING_TABLES | {
        name for name, columns in tables.items() if columns & layout.PERSON_COLUMNS
    }


def _is_table(node: ast.ClassDef) -> bool:
    return any(
        keyword.arg == "table" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
        for keyword in node.keywords
    )
