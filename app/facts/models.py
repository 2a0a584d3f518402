"""What every fact a phone sends carries, where a fact waits that its uploader may not record, and what changed since
facts were judged.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, Integer, LargeBinary
from sqlmodel import Field

from app.database.model import Table
from app.database.types import code_type, json_type


class FactColumns(Table):
    """Columns shared by the tables of facts. The phone names the row; the hash tells a replay from a conflict."""

    id: UUID = Field(primary_key=True)
    content_hash: bytes = Field(sa_type=LargeBinary)
    captured_by: UUID = Field(foreign_key="officers.id", index=True)
    uploaded_by: UUID = Field(foreign_key="officers.id")
    received_at: datetime
    sent_at: datetime | None = None


class AmendableColumns(FactColumns):
    """Columns shared by facts that can be corrected (`facts.amending`): the row is what stands now.

    `revision` counts from 1; `amended_…` says of the one that stands who made it and why, and is empty for the first.
    """

    force_id: UUID = Field(foreign_key="areas.id")
    revision: int = 1
    amended_at: datetime | None = None
    amended_by: UUID | None = Field(default=None, foreign_key="officers.id")
    amendment_reason: str | None = Field(default=None, max_length=500)
    amendment_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    voided_at: datetime | None = None
    voided_by: UUID | None = Field(default=None, foreign_key="officers.id")
    void_reason: str | None = Field(default=None, max_length=500)


class CountedOnceColumns(AmendableColumns):
    """Columns shared by facts that the force's own systems hold too (`facts.counting_once`): `source` is `phone` or
    `import`, `reference` the force's own.

    `superseded_by` is the record of an officer's own that stands for one a file told: that is marked as taken back
    meanwhile, and counts again when the officer's is taken back. `corrected_here` names what of one a file told was
    corrected here since, in the words of the wire: no file changes that any more.
    """

    source: str = Field(max_length=20)
    reference: str | None = Field(default=None, max_length=64)
    flags: list[str] = Field(sa_type=json_type())
    superseded_by: UUID | None = None
    corrected_here: list[str] | None = Field(default=None, sa_type=json_type())
    # Since then its words, or whom it was of, are gone.
    erased_at: datetime | None = None


class FactRevision(Table, table=True):
    """What a fact said until it was corrected, whole, and who had said so, when and why (null for the first)."""

    __tablename__ = "fact_revisions"

    fact_id: UUID = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    kind: str = Field(max_length=40)
    content: dict[str, Any] = Field(sa_type=json_type())
    made_by: UUID = Field(foreign_key="officers.id")
    made_at: datetime
    reason: str | None = Field(default=None, max_length=500)
    superseded_at: datetime


class AsideReason(StrEnum):
    """Why a fact is kept aside instead of recorded."""

    UPLOADED_BY_ANOTHER = "uploaded-by-another"
    # It belongs to a patrol whose check-in was refused, or is kept aside itself.
    PARENT_REFUSED = "parent-refused"
    PARENT_ASIDE = "parent-aside"
    # What it says is not valid; somebody may correct it.
    INVALID = "invalid"


class QuarantinedFact(FactColumns, table=True):
    """A fact that could not be recorded as it came: kept whole, counted nowhere, until released.

    `recorded_as` is the id it bears itself, where its row here has another; `faults` is what was wrong with it.
    `released_as` is `recorded`, `replay` when the officer's own phone had said the same before, or `sent-again` when
    it came another time and was valid.
    """

    __tablename__ = "quarantined_facts"
    __table_args__ = (
        Index("ix_quarantined_facts_parent_id", "parent_id"),
        Index("ix_quarantined_facts_recorded_as", "recorded_as"),
        Index("ix_quarantined_facts_uploaded_by", "uploaded_by"),
    )

    force_id: UUID = Field(foreign_key="areas.id", index=True)
    kind: str = Field(max_length=40)
    parent_id: UUID | None = None
    reason: str = Field(max_length=100)
    body: bytes = Field(sa_type=LargeBinary)
    released_at: datetime | None = None
    released_by: UUID | None = Field(default=None, foreign_key="officers.id")
    release_reason: str | None = Field(default=None, max_length=500)
    released_as: str | None = Field(default=None, max_length=20)
    recorded_as: UUID | None = None
    faults: list[dict[str, str]] | None = Field(default=None, sa_type=json_type())


class QuarantineCorrection(Table, table=True):
    """What a fact that was kept aside should have said, by whom and why; the highest `number` is what is released."""

    __tablename__ = "quarantine_corrections"

    fact_id: UUID = Field(primary_key=True, foreign_key="quarantined_facts.id")
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    body: bytes = Field(sa_type=LargeBinary)
    corrected_by: UUID = Field(foreign_key="officers.id")
    corrected_at: datetime
    reason: str = Field(max_length=500)


class Basis(StrEnum):
    """What facts are judged by, besides themselves."""

    BOUNDARY = "boundary"
    HOTSPOT_END = "hotspot_end"
    POLICY = "policy"


class ReassessCause(Table, table=True):
    """Something that judgements rest on is another from a day on: told by whoever changed it, in the transaction that
    did. Those who judge look for causes that were not expanded yet, and find what they concern.

    `hotspot_id` null concerns all of the force. `until_day`, where given, is the first day it does not concern.
    `detail` is the version that came: an outline's number, a policy's version.
    """

    __tablename__ = "reassess_causes"
    __table_args__ = (Index("ix_reassess_causes_expanded_at", "expanded_at"),)

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    basis: Basis = Field(sa_type=code_type(Basis))
    hotspot_id: UUID | None = Field(default=None, foreign_key="hotspots.id")
    from_day: date
    until_day: date | None = None
    detail: str | None = Field(default=None, max_length=64)
    marked_at: datetime
    expanded_at: datetime | None = None


class FeedEntry(Table, table=True):
    """Something about an officer changed: where to look, never what is there.

    `commit_number` is the transaction that told it, by which rows are read in the order they were made durable
    (`app.database.commits`); `starts_at` is when a window begins, null for everything else.
    """

    __tablename__ = "feed_entries"
    __table_args__ = (
        Index("ix_feed_entries_officer_id", "officer_id", "commit_number", "number"),
        Index("ix_feed_entries_told_at", "told_at"),
        # A number is never given out twice, also when the row that had it is dropped.
        {"sqlite_autoincrement": True},
    )

    number: int | None = Field(
        default=None,
        primary_key=True,
        sa_type=BigInteger().with_variant(Integer(), "sqlite"),
        # An identity, unlike a sequence, needs no right of its own.
        sa_column_args=[Identity()],
    )
    commit_number: int = Field(sa_type=BigInteger)
    officer_id: UUID = Field(foreign_key="officers.id")
    kind: str = Field(max_length=40)
    change: str = Field(max_length=40)
    subject_id: UUID | None = None
    patrol_id: UUID | None = None
    starts_at: datetime | None = None
    told_at: datetime


class FeedState(Table, table=True):
    """The one row that says which feed this is and up to which place it was forgotten."""

    __tablename__ = "feed_state"

    epoch: UUID = Field(primary_key=True)
    forgotten_commit: int = Field(default=0, sa_type=BigInteger)
    forgotten_number: int = Field(default=0, sa_type=BigInteger)
