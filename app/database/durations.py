"""How long it was between two columns of instants, in SQL: each database has its own way to say it."""

from typing import Any

from sqlalchemy import ColumnElement, Integer, SQLColumnExpression
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class _WholeMinutes(GenericFunction[int]):
    type = Integer()
    inherit_cache = True


def whole_minutes(earlier: SQLColumnExpression[Any], later: SQLColumnExpression[Any]) -> ColumnElement[int]:
    """Whole minutes from an instant to one that is not before it, floored: of 59.999999 seconds none."""
    return _WholeMinutes(earlier, later)


@compiles(_WholeMinutes, "postgresql")
def _on_postgresql(element: _WholeMinutes, compiler: SQLCompiler, **kw: Any) -> str:
    earlier, later = (compiler.process(each, **kw) for each in element.clauses)
    return f"CAST(FLOOR(EXTRACT(EPOCH FROM ({later} - {earlier})) / 60) AS INTEGER)"


@compiles(_WholeMinutes, "sqlite")
def _on_sqlite(element: _WholeMinutes, compiler: SQLCompiler, **kw: Any) -> str:
    # Instants are text with six decimals. As Julian days, or rounded to a thousandth as SQLite's own functions do, they
    # would be wrong where a minute is just full.
    def microseconds(at: ColumnElement[Any]) -> str:
        whole, rest = compiler.process(at, **kw), compiler.process(at, **kw)
        seconds = f"CAST(strftime('%s', substr({whole}, 1, 19)) AS INTEGER)"
        return f"({seconds} * 1000000 + CAST(substr({rest}, 21, 6) AS INTEGER))"

    # In the order in which they stand, which is that of their values.
    earlier, later = element.clauses
    return f"(({microseconds(later)} - {microseconds(earlier)}) / 60000000)"
