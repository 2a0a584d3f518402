"""Reads of code lists: what the product brings, and what the database says over it on a day."""

from datetime import date
from functools import cache
from importlib.resources import files
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from app.reference.codes import DatedLabel, Label, Lists, ListsOverTime, on_day, read_attributes, read_lists
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
        own[row.list].append(_dated(row))
    return {name: on_day(built_in_lists().get(name, {}), own[name], day) for name in names}


def lists_over_time(session: Session, force_id: UUID, names: list[str]) -> ListsOverTime:
    """Several lists of a force on every day, with one query."""
    own: dict[str, list[DatedLabel]] = {name: [] for name in names}
    held = select(ReferenceCode).where(ReferenceCode.force_id == force_id, col(ReferenceCode.list).in_(names))
    for row in session.exec(held).all():
        own[row.list].append(_dated(row))
    return ListsOverTime(built_in_lists(), own)


def own_codes(session: Session, force_id: UUID) -> dict[tuple[str, str, date], DatedLabel]:
    """Every row of a force's own, by list, code and first day."""
    rows = session.exec(select(ReferenceCode).where(ReferenceCode.force_id == force_id)).all()
    return {(row.list, row.code, row.valid_from): _dated(row) for row in rows}


def own_code(session: Session, force_id: UUID, name: str, code: str, valid_from: date) -> ReferenceCode:
    """One row of a force's own that is known to exist, for writing."""
    return session.exec(
        select(ReferenceCode).where(
            ReferenceCode.force_id == force_id,
            ReferenceCode.list == name,
            ReferenceCode.code == code,
            ReferenceCode.valid_from == valid_from,
        )
    ).one()


def _dated(row: ReferenceCode) -> DatedLabel:
    facts = read_attributes(row.attributes or "")
    label = Label(row.code, row.label, row.plain_label, row.published_value, row.position, facts)
    return DatedLabel(label, row.valid_from, row.valid_to)


def _holds(force_id: UUID, day: date) -> ColumnElement[bool]:
    return and_(
        col(ReferenceCode.force_id) == force_id,
        col(ReferenceCode.valid_from) <= day,
        or_(col(ReferenceCode.valid_to).is_(None), col(ReferenceCode.valid_to) > day),
    )
