"""Writes which published windows a patrol made for none would keep. A suggestion changes nothing: a person links."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert
from sqlmodel import Session, col

from app.clock import from_ms, to_ms
from app.patrols import review_queries
from app.patrols.models import Patrol
from app.patrols.review_models import LinkSuggestion
from app.patrols.reviewing import PublishedWindow, suggestions
from app.tracks.intervals import Interval


def suggest(session: Session, patrol: Patrol, result: Mapping[str, Any]) -> None:
    """Writes the suggestions of one patrol anew, from its standing result."""
    verified = verified_by_hotspot(result)
    span = from_ms(result["checked_in_ms"]), from_ms(result["horizon_ms"])
    rows = review_queries.windows_about(session, patrol.force_id, list(verified), *span)
    windows = [
        PublishedWindow(
            row.id, row.hotspot_id, to_ms(row.starts_at), to_ms(row.ends_at), row.required_seconds * 1000
        )
        for row in rows
    ]
    connection = session.connection()
    connection.execute(delete(LinkSuggestion).where(col(LinkSuggestion.patrol_id) == patrol.id))
    found = suggestions(list(verified.items()), windows)
    if found:
        connection.execute(
            insert(LinkSuggestion),
            [
                {"patrol_id": patrol.id, "window_id": each.window_id, "verified_ms": each.verified_ms}
                for each in found
            ],
        )


def verified_by_hotspot(result: Mapping[str, Any]) -> dict[UUID, list[Interval]]:
    """The verified time of a stored result, by hotspot."""
    return {
        UUID(each["hotspot_id"]): [(start, end) for start, end in each["verified"]]
        for each in result["hotspots"]
        if each["verified"]
    }
