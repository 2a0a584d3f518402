"""What data.police.uk says of neighbourhoods beside their place and priorities, and what a force publishes of them.

Events are rows with a first and a last day: one that is no longer announced ends. A pack is never changed; what was
decided about it stands beside it.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from app.database.model import Table
from app.database.types import code_type, json_type
from app.facts.models import FactColumns
from app.policeuk.deciding import Step


class NeighbourhoodEvent(Table, table=True):
    """A meeting or the like that was announced for a neighbourhood, as plain text. Whom to contact is not kept."""

    __tablename__ = "neighbourhood_events"
    __table_args__ = (Index("ix_neighbourhood_events_area_id_starts_at", "area_id", "starts_at"),)

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    area_id: UUID = Field(foreign_key="areas.id")
    title: str = Field(max_length=200)
    kind: str | None = Field(default=None, max_length=100)
    description: str | None = Field(default=None, max_length=2000)
    address: str | None = Field(default=None, max_length=500)
    starts_at: datetime
    ends_at: datetime | None = None
    valid_from: date
    valid_to: date | None = None
    recorded_at: datetime


class PublicationPack(FactColumns, table=True):
    """What is to be published of an area for a period, drafted by `captured_by` and never changed after.

    `content` holds the pack as data, as HTML and as text; `content_sha256` is what whoever approves it names.
    """

    __tablename__ = "publication_packs"
    __table_args__ = (Index("ix_publication_packs_area_id_received_at", "area_id", "received_at"),)

    force_id: UUID = Field(foreign_key="areas.id")
    area_id: UUID = Field(foreign_key="areas.id")
    from_day: date
    to_day: date
    content: dict[str, Any] = Field(sa_type=json_type())
    content_sha256: str = Field(max_length=64)


class PublicationDecision(FactColumns, table=True):
    """A step that `captured_by` took with a pack: approved it, said that it is on the website, took it back."""

    __tablename__ = "publication_decisions"
    __table_args__ = (Index("ix_publication_decisions_pack_id_number", "pack_id", "number", unique=True),)

    force_id: UUID = Field(foreign_key="areas.id")
    pack_id: UUID = Field(foreign_key="publication_packs.id")
    number: int
    step: Step = Field(sa_type=code_type(Step))
    reason: str | None = Field(default=None, max_length=500)
