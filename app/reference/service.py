"""Answers code lists to whoever is signed in, and writes a force's own words; they hold nothing about anybody."""

from datetime import date
from uuid import UUID, uuid4

from sqlmodel import Session

from app.problems import not_found
from app.reference.codes import attributes_text
from app.reference.importing import CodeChange
from app.reference.models import ReferenceCode
from app.reference.queries import labels, list_names, own_code
from app.reference.schemas import ReferenceList, ReferenceLists, code_response
from app.rest.preconditions import Tagged, tagged


def name_lists(session: Session, force_id: UUID, day: date) -> ReferenceLists:
    """The names of all lists that hold a code on a day."""
    return ReferenceLists(lists=list_names(session, force_id, day))


def read_list(session: Session, force_id: UUID, name: str, day: date, if_none_match: str | None) -> Tagged:
    """One list on a day, by position; 404 for a list nobody knows."""
    found = labels(session, force_id, name, day)
    if not found:
        raise not_found()
    answer = ReferenceList(name=name, codes=[code_response(label) for label in found.values()])
    return tagged(answer.model_dump_json().encode(), if_none_match)


def write_code(session: Session, force_id: UUID, change: CodeChange) -> UUID:
    """Adds a force's own words, or ends those that hold; the id of the row. The import logs it."""
    dated = change.dated
    if change.new:
        row = ReferenceCode(
            id=uuid4(),
            force_id=force_id,
            list=change.list,
            code=dated.label.code,
            label=dated.label.label,
            plain_label=dated.label.plain_label,
            published_value=dated.label.published_value,
            position=dated.label.position,
            attributes=attributes_text(dated.label.attributes) or None,
            valid_from=dated.valid_from,
            valid_to=dated.valid_to,
        )
    else:
        row = own_code(session, force_id, change.list, dated.label.code, dated.valid_from)
        row.valid_to = dated.valid_to
    session.add(row)
    session.flush()
    return row.id
