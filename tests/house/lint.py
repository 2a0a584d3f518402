"""Checks the house rules over the whole repository: `python -m tests.house.lint`, part of `make check`.

Exit code 1 when a rule is broken; notes (a long function) are shown and pass.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.house import gate, layout, rules
from tests.house.source import Finding, Source

PYTHON_TREES = ("app", "demo", "migrations", "benchmarks", "tests")
NOT_OURS = {"var", "dist", "node_modules", "__pycache__"}
READ_AS_TEXT = {".py", ".toml", ".ini", ".md", ".lock", ".json", ".yml", ".yaml", ".mako", ".csv", ""}
THIS_MACHINE = re.compile(r"(?<![\w./:-])/(?:home|Users|root|work|mnt)/[\w.-]|[A-Z]:\\Users\\|\.\./shared")
ADDRESS = re.compile(r"https?://|--(?:extra-)?index-url|--find-links|@ file:")


def python_sources(root: Path) -> list[Source]:
    """Every module of ours below `root`."""
    paths = [path for tree in PYTHON_TREES for path in sorted((root / tree).rglob("*.py"))]
    return [Source(path.relative_to(root).as_posix(), path.read_text()) for path in paths]


def text_files(root: Path) -> Iterator[Path]:
    """Every file of ours that people read, Python included."""
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        hidden = any(part.startswith(".") and part not in {".ci", ".github"} for part in parts[:-1])
        if not hidden and not NOT_OURS & set(parts) and path.is_file() and path.suffix in READ_AS_TEXT:
            yield path


def lint_python(sources: list[Source]) -> Iterator[Finding]:
    """Every finding of every rule about these modules; those that cannot be parsed are findings themselves."""
    readable = []
    for source in sources:
        if source.syntax_error is None:
            readable.append(source)
        else:
            yield source.finding(1, f"not Python as we run it: {source.syntax_error}")
    tables = rules.tables(readable)
    person_tables = rules.person_tables(tables)
    for source in readable:
        for rule in rules.RULES:
            yield from rule(source)
        yield from rules.no_table_in_a_signature(source, set(tables))
    yield from gate.findings(gate.House(readable, person_tables))


def lint_text(path: str, text: str) -> Iterator[Finding]:
    """No path of somebody's machine anywhere; no package address in a lock file."""
    for number, line in enumerate(text.splitlines(), start=1):
        if THIS_MACHINE.search(line):
            yield Finding(path, number, "a path of one particular machine")
        if path.endswith(".lock") and ADDRESS.search(line):
            yield Finding(path, number, "lock files hold names, versions and hashes, no addresses")


def listed_modules_exist(root: Path) -> Iterator[Finding]:
    """The lists in layout.py and pyproject.toml name modules that are there, or they would guard nothing."""
    for module in sorted(layout.pure_modules()):
        path = root.joinpath(*module.split("."))
        if not path.is_dir() and not path.with_suffix(".py").exists():
            yield Finding("pyproject.toml", 1, f"{module} is listed as pure and does not exist")


def listed_functions_are_there(sources: list[Source]) -> Iterator[Finding]:
    """Whatever layout.py lets past the gate is there and reads people, or the list would let past what comes next."""
    person_tables = rules.person_tables(rules.tables(sources))
    return gate.listed_functions_exist(gate.House(sources, person_tables))


def main() -> int:
    """Print what is wrong; 1 when something is."""
    root = layout.ROOT
    sources = python_sources(root)
    found = [*lint_python(sources), *listed_modules_exist(root), *listed_functions_are_there(sources)]
    for path in text_files(root):
        found.extend(
            lint_text(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8", errors="replace"))
        )
    for finding in sorted(found, key=str):
        print(finding)
    broken = sum(not finding.note for finding in found)
    print(f"house rules: {broken} broken, {len(found) - broken} notes")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
