"""A Python file as the house rules see it, and a finding about one."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True)
class Finding:
    """A broken rule at a line of a file; `note` when it is only worth a look."""

    path: str
    line: int
    message: str
    note: bool = False

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {'note: ' if self.note else ''}{self.message}"


@dataclass(frozen=True)
class Source:
    """One module. `path` is relative to the repository: app/patrols/routes.py."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def syntax_error(self) -> str | None:
        """Why this Python cannot read the module; None when it can."""
        try:
            ast.parse(self.text)
        except SyntaxError as error:
            return f"{error.msg} (line {error.lineno})"
        return None

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """("app", "patrols", "routes") for app/patrols/routes.py."""
        return Path(self.path).with_suffix("").parts

    @property
    def module(self) -> str:
        return ".".join(self.parts)

    @property
    def in_app(self) -> bool:
        return self.parts[0] == "app"

    @property
    def slice(self) -> str | None:
        """The business slice or foundation that holds this module: "patrols"."""
        return self.parts[1] if self.in_app and len(self.parts) > 2 else None

    @property
    def name(self) -> str:
        return self.parts[-1]

    def finding(self, node: ast.AST | int, message: str, *, note: bool = False) -> Finding:
        line = node if isinstance(node, int) else getattr(node, "lineno", 1)
        return Finding(self.path, line, message, note)

    def nodes(self, kind: type[Node]) -> Iterator[Node]:
        """Every node of this kind, in no promised order."""
        return (node for node in ast.walk(self.tree) if isinstance(node, kind))

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method, nested ones too."""
        yield from self.nodes(ast.FunctionDef)
        yield from self.nodes(ast.AsyncFunctionDef)

    def imports(self) -> Iterator[tuple[ast.AST, str]]:
        """Every imported thing by its full dotted name: `from a.b import c` gives "a.b.c"."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


Rule = Callable[[Source], Iterator[Finding]]


def dotted(node: ast.AST) -> str:
    """`np.random.normal` for that expression; "" for anything that is not names and dots."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        left = dotted(node.value)
        return f"{left}.{node.attr}" if left else f"?.{node.attr}"
    return "?" if isinstance(node, ast.Call | ast.Subscript) else ""


def within(module: str, names: set[str]) -> bool:
    """Whether `module` is one of `names` or inside one of them."""
    return any(module == name or module.startswith(f"{name}.") for name in names)
