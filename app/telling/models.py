"""Tables of telling people and other systems: where messages may go, what opens those doors, who hears of what."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from app.database.model import Table
from app.database.types import code_type, json_type
from app.facts.models import FactColumns
from app.identity.permissions import Role
from app.telling.topics import Channel


class VoidableColumns(FactColumns):
    """Columns of what an administrator says once and may take back; `captured_by` said it."""

    force_id: UUID = Field(foreign_key="areas.id")
    voided_at: datetime | None = None
    voided_by: UUID | None = Field(default=None, foreign_key="officers.id")
    void_reason: str | None = Field(default=None, max_length=500)


class Destination(VoidableColumns, table=True):
    """A mailbox, a Teams channel or another system. `area_id` and `role` say whose it is: the mailbox of an area's
    supervisors. The address of a channel or system is a secret, of which the host alone stands here.

    `officers_named`: the force has decided that this system may be told which officer led an engagement.
    """

    __tablename__ = "destinations"
    __table_args__ = (
        CheckConstraint("(mailbox IS NULL) <> (host IS NULL)", name="one_address"),
        CheckConstraint("(area_id IS NULL) = (role IS NULL)", name="whose"),
        Index("ix_destinations_force_id", "force_id"),
    )

    channel: Channel = Field(sa_type=code_type(Channel))
    name: str = Field(max_length=100)
    area_id: UUID | None = Field(default=None, foreign_key="areas.id")
    role: Role | None = Field(default=None, sa_type=code_type(Role))
    mailbox: str | None = Field(default=None, max_length=254)
    host: str | None = Field(default=None, max_length=253)
    officers_named: bool = False


class DestinationSecret(FactColumns, table=True):
    """What is needed to reach a destination and must not be known: its web address, or a key that signs what it is
    sent. No answer shows it. `use` is `url` or `key`; a key signs until `until_at`, of addresses the last one holds.
    """

    __tablename__ = "destination_secrets"
    __table_args__ = (Index("ix_destination_secrets_destination_id", "destination_id"),)

    force_id: UUID = Field(foreign_key="areas.id")
    destination_id: UUID = Field(foreign_key="destinations.id")
    # Counts the secrets of a destination in the order they were given.
    number: int
    use: str = Field(max_length=10)
    value: str = Field(max_length=2000)
    until_at: datetime | None = None


class Subscription(VoidableColumns, table=True):
    """Who hears of what in an area and all below it: one destination, or every destination of a role there.

    Holds from a day to the day before `valid_to`. Times are minutes of the day in London.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        CheckConstraint("(destination_id IS NULL) <> (role IS NULL)", name="to_one"),
        CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet_until_then"),
        Index("ix_subscriptions_force_id", "force_id"),
    )

    area_id: UUID = Field(foreign_key="areas.id")
    topics: list[str] = Field(sa_type=json_type())
    destination_id: UUID | None = Field(default=None, foreign_key="destinations.id")
    role: Role | None = Field(default=None, sa_type=code_type(Role))
    quiet_from: int | None = None
    quiet_until: int | None = None
    digest_at: int | None = None
    valid_from: date
    valid_to: date | None = None


class ToldOccasion(Table, table=True):
    """That a destination was told of something: once, whoever finds it out how often."""

    __tablename__ = "told_occasions"
    __table_args__ = (Index("ix_told_occasions_told_at", "told_at"),)

    destination_id: UUID = Field(primary_key=True, foreign_key="destinations.id")
    occasion_id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    told_at: datetime
