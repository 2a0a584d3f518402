"""Finds inner statements that bring in a table of their own where they meant that of the statement around them.

SQLAlchemy ties an inner statement to the one right around it. Two levels deep `Patrol.id` is another `FROM patrols`,
and a condition on the row in hand becomes one on all rows: `exists().where(... in_(select(...).where(x == Patrol.id)))`
lets everybody see everything as soon as one row would do. Every statement that stories told through HTTP have the
service run is looked at (`tests.conftest.serving`). One that means a table of its own says so: it calls it by another
name, joins it, or reads from it; there is no list of exceptions, because none was needed.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import FromClause, Select, Table
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.sql.selectable import AliasedReturnsRows, Join

Tables = frozenset[FromClause]

_clean: set[Any] = set()


def look(_connection: Any, statement: Any, *_more: Any) -> None:
    """RuntimeError for a statement about to be run that has stray tables; each kind of statement is looked at once."""
    if not isinstance(statement, ClauseElement):
        return
    kind = statement._generate_cache_key()
    if kind is None or kind.key not in _clean:
        if strays := stray_tables(statement):
            raise RuntimeError(f"an inner statement brings {sorted(strays)} of its own: {statement}")
        if kind is not None:
            _clean.add(kind.key)


def stray_tables(statement: ClauseElement) -> set[str]:
    """The tables that an inner statement names in its conditions only, while a statement further out than the one
    around it has them."""
    return set(_strays(statement, ()))


def _strays(element: Any, around: Sequence[Tables], *, derived: bool = False) -> Iterator[str]:
    """`around` are the tables that the statements around bring in, the outermost first; a derived table is tied to
    none of them."""
    if isinstance(element, Select):
        brought = _brought(element, around, derived=derived)
        further = frozenset[FromClause]().union(*around)
        strays = brought & further - _said(element)
        yield from (each.name for each in strays if isinstance(each, Table))
        around, derived = (*around, brought), False
    derived = derived or isinstance(element, AliasedReturnsRows)
    for child in element.get_children():
        yield from _strays(child, around, derived=derived)


def _brought(select: Select[Any], around: Sequence[Tables], *, derived: bool) -> Tables:
    """Its tables without those it is tied to: of the statement right around it, or those it says it is tied to. What
    stands in a join is always its own."""
    froms = select.get_final_froms()
    named = frozenset[FromClause]().union(*(_within(each) for each in froms))
    loose = frozenset(each for each in froms if not isinstance(each, Join))
    if select._correlate:
        return named - (loose & frozenset(select._correlate))
    tied = select._auto_correlate and not derived and len(froms) > 1
    return named - (loose & around[-1]) if tied and around else named


def _said(select: Select[Any]) -> set[FromClause]:
    """What a statement reads by its own words: its columns, FROM and joins."""
    found = {each for column in select.selected_columns for each in column._from_objects}
    for explicit in (*select._from_obj, *(setup[0] for setup in select._setup_joins)):
        found |= _within(explicit)
    return found


def _within(element: Any) -> set[FromClause]:
    if isinstance(element, Join):
        return _within(element.left) | _within(element.right)
    return {element}
