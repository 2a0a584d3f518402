"""What an engagement says now, as it would be sent: kept when it is corrected, and shown in its history."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import Session

from app.clock import rfc3339
from app.engagements import queries
from app.engagements.models import Engagement, EngagementAction, TickOf
from app.identity.queries import collar_numbers

_PLAIN = (
    "minutes", "engagement_type", "method", "planned", "published", "people_reached", "reach_band", "partners",
    "priority_reference", "reference",
)  # fmt: skip


def content(session: Session, rows: Sequence[Engagement]) -> Mapping[UUID, dict[str, Any]]:
    """The content of some engagements in the words of `EngagementRequest`, nulls and empty lists left out."""
    ids = [row.id for row in rows]
    ticks = queries.ticks_of(session, ids)
    took_part = queries.officers_of(session, ids)
    collars = collar_numbers(session, {each for ids in took_part.values() for each in ids})
    found = {}
    for row in rows:
        said: dict[str, Any] = {
            "occurred_at": rfc3339(row.occurred_said_at),
            "recorded_at": rfc3339(row.recorded_at),
            "patrol_id": str(row.patrol_id) if row.patrol_id else None,
            "area_id": str(row.place_area_id) if row.place_area_id and row.longitude is None else None,
            "position": _position(row),
            "officers": [*(collars[each] for each in took_part[row.id]), *(row.officers_unknown or ())],
            "priority_groups": _codes(ticks[row.id], TickOf.PRIORITY_GROUP),
            "issues": _codes(ticks[row.id], TickOf.ISSUE),
            "minority_groups": [
                {"group": tick.code, "people": tick.people, "basis": tick.basis}
                for tick in ticks[row.id]
                if tick.of is TickOf.MINORITY_GROUP
            ],
            **{name: getattr(row, name) for name in _PLAIN},
        }
        found[row.id] = {name: value for name, value in said.items() if value not in (None, [])}
    return found


def action_content(action: EngagementAction) -> dict[str, Any]:
    """What an action says, in the words of `ActionRequest`."""
    said = {
        "issue": action.issue,
        "you_said": action.you_said,
        "due_on": action.due_on.isoformat() if action.due_on else None,
        "done_on": action.done_on.isoformat() if action.done_on else None,
        "we_did": action.we_did,
    }
    return {name: value for name, value in said.items() if value is not None}


def _position(row: Engagement) -> dict[str, float] | None:
    if row.longitude is None or row.latitude is None:
        return None
    accuracy = {} if row.accuracy_m is None else {"accuracy_m": row.accuracy_m}
    return {"lat": row.latitude, "lon": row.longitude, **accuracy}


def _codes(ticks: Sequence[Any], of: TickOf) -> list[str]:
    return [tick.code for tick in ticks if tick.of is of]
