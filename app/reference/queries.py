"""Reads of code lists: what the product brings, and what the database says over it on a day."""

from datetime import date
from functools import cache
from importlib.resources import files
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from app.reference.codes import DatedLabel, Label, Lists, on_day, read_lists
from app.reference.models import ReferenceCode


@cache
def built_in_lists() -> Lists:
    """The lists the product brings (`lists.csv`), read once."""
    return read_lists(files("app.reference").joinpath("lists.csv").read_text(encoding="utf-8"))


def list_names(session: Session, force_id: UUID, day: date) -> list[str]:
    """Every list that holds a code in a force on a day, in alphabetical order."""
    own = session.exec(select(ReferenceCode.list).where(_holds(force_id, day)).distinct()).all()
    return sorted({*built_in_lists(), *own})


def labels(session: Session, force_id: UUID, name: str, day: date) -> dict[str, Label]:
    """One list of a force on a day, code to label, in the order of screens; empty for a list nobody knows."""
    return labels_of(session, force_id, [name], day)[name]


def labels_of(session: Session, force_id: UUID, names: list[str], day: date) -> dict[str, dict[str, Label]]:
    """Several lists of a force on a day with one query."""
    own: dict[str, list[DatedLabel]] = {name: [] for name in names}
    for row in session.exec(
        select(ReferenceCode).where(col(ReferenceCode.list).in_(names), _holds(force_id, day))
    ).all():
        label = Label(row.code, row.label, row.plain_label, row.published_value, row.position)
        own[row.list].append(DatedLabel(label, row.valid_from, row.valid_to))
    return {name: on_day(built_in_lists().get(name, {}), own[name], day) for name in names}


def _holds(force_id: UUID, day: date) -> ColumnElement[bool]:
    return and_(
        col(ReferenceCode.force_id) == force_id,
        col(ReferenceCode.valid_from) <= day,
        or_(col(ReferenceCode.valid_to).is_(None), col(ReferenceCode.valid_to) > day),
    )
