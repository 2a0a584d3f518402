"""What every slice answers alike: about a fact that it kept aside, and about what one said before it was corrected."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal
from uuid import UUID

from app.facts.amending import Version
from app.rest.wire import ResponseModel, Time


class QuarantinedResponse(ResponseModel):
    """Kept, but not counted until a supervisor releases it; do not send it again."""

    id: UUID
    state: Literal["quarantined"] = "quarantined"


class RevisionResponse(ResponseModel):
    """What was said until it was corrected: `content` as it was sent, and why it was said (null: the first time).
    `made_by_collar_number` null: nobody is on record for it any more."""

    revision: int
    made_by_collar_number: str | None
    made_at: Time
    reason: str | None
    superseded_at: Time | None
    content: dict[str, Any]


def told_versions(versions: Iterable[Version], collars: Mapping[UUID, str]) -> list[RevisionResponse]:
    """Versions as they are answered, their makers by collar number."""
    return [
        RevisionResponse(
            revision=each.revision,
            made_by_collar_number=collars[each.made_by] if each.made_by else None,
            made_at=each.made_at,
            reason=each.reason,
            superseded_at=each.superseded_at,
            content=dict(each.content),
        )
        for each in versions
    ]
