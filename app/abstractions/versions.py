"""What an abstraction says now, as it would be sent: kept when it is corrected, and shown in its history."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import Session

from app.abstractions.models import Abstraction
from app.clock import rfc3339
from app.identity.queries import collar_numbers

_PLAIN = (
    "authority_level", "reason_code", "reason_text", "destination", "destination_unit", "notice_minutes", "backfilled",
    "post_role", "reference",
)  # fmt: skip


def content(session: Session, rows: Sequence[Abstraction]) -> Mapping[UUID, dict[str, Any]]:
    """The content of some abstractions in the words of `AbstractionRequest`, nulls left out; times as corrected."""
    people = {each for row in rows for each in (row.officer_id, row.authorised_by) if each is not None}
    collars = collar_numbers(session, people)
    found = {}
    for row in rows:
        authoriser = collars[row.authorised_by] if row.authorised_by else row.authoriser_unknown
        said: dict[str, Any] = {
            "abstracted_collar_number": collars[row.officer_id] if row.officer_id else None,
            "authorising_collar_number": authoriser,
            "starts_at": rfc3339(row.starts_at),
            "ends_at": rfc3339(row.ends_at) if row.ends_at else None,
            "recorded_at": rfc3339(row.recorded_at),
            "destination_area_id": str(row.destination_area_id) if row.destination_area_id else None,
            "window_id": str(row.window_id) if row.window_id else None,
            **{name: getattr(row, name) for name in _PLAIN},
        }
        found[row.id] = {name: value for name, value in said.items() if value is not None}
    return found
