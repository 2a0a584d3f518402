"""Dated code lists: the code is stable, the label is what a screen shows, the plain label is what an officer reads."""

from datetime import date
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from app.database.model import Table


class ReferenceCode(Table, table=True):
    __tablename__ = "reference_codes"
    __table_args__ = (UniqueConstraint("force_id", "list", "code", "valid_from"),)

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    list: str = Field(max_length=40)
    code: str = Field(max_length=64)
    label: str = Field(max_length=200)
    plain_label: str = Field(max_length=200)
    published_value: str | None = Field(default=None, max_length=200)
    position: int = 0
    attributes: str | None = Field(default=None, max_length=300)
    valid_from: date
    valid_to: date | None = None
