"""What is written into the columns of a record for what the tracker said and for what it means here. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.wmnow.editions import Edition
from app.wmnow.records import SourceRecord
from app.wmnow.resolving import Resolved

_SAID = (
    "collar_number", "team_ref", "lpa_ref", "sector_ref", "neighbourhood_ref", "people_reached", "planned", "published",
)  # fmt: skip
_CODES = ("engagement_type", "method", "priority_group")
_IDS = ("patrol_ref", "engagement_ref")
_TIMES = ("occurred_at", "ended_at", "recorded_at")


def content_columns(content: Mapping[str, Any]) -> dict[str, Any]:
    """What was said, save for what is put into codes."""
    position = content.get("position", {})
    return {
        **{name: content.get(name) for name in _SAID},
        **{name: datetime.fromisoformat(content[name]) if name in content else None for name in _TIMES},
        "longitude": position.get("lon"),
        "latitude": position.get("lat"),
        **{name: UUID(content[name]) if name in content else None for name in _IDS},
    }


def edition_columns(edition: Edition) -> dict[str, Any]:
    """How late what stands is, as far as it was heard."""
    number = None if edition.number is None else str(edition.number)
    return {"source_version": number, "source_changed_at": edition.changed_at}


def meant_columns(record: SourceRecord) -> dict[str, Any]:
    """The codes that its words stand for."""
    return {
        **{name: record.meant.get(name) for name in _CODES},
        "topics": record.meant.get("topics", []),
        "groups_reached": record.meant.get("groups_reached", []),
        "meaning_hash": record.meaning_hash,
    }


def resolved_columns(resolved: Resolved) -> dict[str, Any]:
    """Whom and which places it speaks of, and what is not known."""
    return {
        "officer_id": resolved.officer_id,
        "team_id": resolved.team_id,
        "area_id": resolved.area_id,
        "place_area_id": resolved.place_area_id,
        "precision": resolved.precision,
        "unknown_codes": list(resolved.unknown),
    }
