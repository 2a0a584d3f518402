"""Tables of people: officers, how they sign in, the ranks and roles they hold over time, their devices.

A person is a collar number and nothing more that identifies; names stay in the force's HR system.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from app.database.model import Table
from app.database.types import code_type
from app.identity.permissions import OfficerKind, Role


class Officer(Table, table=True):
    __tablename__ = "officers"
    __table_args__ = (UniqueConstraint("force_id", "collar_number", "valid_from"),)

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id", index=True)
    collar_number: str = Field(max_length=20)
    kind: OfficerKind = Field(sa_type=code_type(OfficerKind))
    valid_from: date
    valid_to: date | None = None
    suspended: bool = False


class OfficerIdentity(Table, table=True):
    """How an officer signs in: the pair a trusted issuer vouches for."""

    __tablename__ = "officer_identities"

    issuer: str = Field(primary_key=True, max_length=300)
    subject: str = Field(primary_key=True, max_length=200)
    officer_id: UUID = Field(foreign_key="officers.id", index=True)


class RankHeld(Table, table=True):
    __tablename__ = "ranks_held"
    __table_args__ = (Index("ix_ranks_held_officer_id_valid_from", "officer_id", "valid_from", unique=True),)

    id: UUID = Field(primary_key=True)
    officer_id: UUID = Field(foreign_key="officers.id")
    rank: str = Field(max_length=20)
    acting: bool = False
    valid_from: date
    valid_to: date | None = None


class RoleHeld(Table, table=True):
    __tablename__ = "roles_held"
    __table_args__ = (
        Index("ix_roles_held_officer_id_role_valid_from", "officer_id", "role", "valid_from", unique=True),
    )

    id: UUID = Field(primary_key=True)
    officer_id: UUID = Field(foreign_key="officers.id")
    role: Role = Field(sa_type=code_type(Role))
    valid_from: date
    valid_to: date | None = None


class Device(Table, table=True):
    """A phone, known from its first upload; what comes from it after it was revoked asks for review, and is never lost.

    `officer_id` is whom it was first seen with.
    """

    __tablename__ = "devices"

    id: UUID = Field(primary_key=True)
    officer_id: UUID = Field(foreign_key="officers.id", index=True)
    first_seen_at: datetime
    revoked_at: datetime | None = None
    revoked_by: UUID | None = Field(default=None, foreign_key="officers.id")
    revoked_reason: str | None = Field(default=None, max_length=500)
