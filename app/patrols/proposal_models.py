"""The table of reasons that records of other slices propose, apart from those of a patrol's own facts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from app.database.model import Table
from app.database.types import code_type
from app.patrols.reasons import ReasonSource


class ReasonProposal(Table, table=True):
    """A reason that a record proposes for windows that were not kept, written by whoever owns the record and replaced
    when that is amended. It follows from the record; one withdrawn stays.

    It is about a patrol, a window, or, where it names neither, whatever an officer was tasked to or on at the time.
    """

    __tablename__ = "reason_proposals"
    __table_args__ = (
        Index("ix_reason_proposals_patrol_id", "patrol_id"),
        Index("ix_reason_proposals_window_id", "window_id"),
        Index("ix_reason_proposals_officer_id_from_at", "officer_id", "from_at"),
    )

    # Made of source and record: a record proposes one reason.
    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    source: ReasonSource = Field(sa_type=code_type(ReasonSource))
    source_id: UUID
    officer_id: UUID = Field(foreign_key="officers.id")
    proposed_by: UUID = Field(foreign_key="officers.id")
    patrol_id: UUID | None = Field(default=None, foreign_key="patrols.id")
    window_id: UUID | None = Field(default=None, foreign_key="tasking_windows.id")
    # A code of the list `reasons`; kept as sent when the list has no such code.
    reason_code: str = Field(max_length=64)
    from_at: datetime
    to_at: datetime | None = None
    # The force's own: a custody reference, a log number.
    reference: str | None = Field(default=None, max_length=64)
    received_at: datetime
    withdrawn_at: datetime | None = None
