"""Answers code lists to whoever is signed in; they hold nothing about anybody."""

from datetime import date
from uuid import UUID

from sqlmodel import Session

from app.problems import not_found
from app.reference.queries import labels, list_names
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
