"""Tables of supervisors' decisions: reviews and links (never changed), and what follows from them (derived)."""

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from app.database.model import Table
from app.database.types import code_type
from app.facts.models import FactColumns
from app.patrols.reviewing import Decision


class Review(FactColumns, table=True):
    """One decision of a supervisor on a patrol or a window, never changed; the latest by `number` stands.

    `captured_by` decided it, `rank_order` is the rank they held then; one that follows from a decision on a window
    bears `of_window_review`. `basis` numbers the assessment or window result they had before them, `basis_status` is
    what that said, `basis_review_ms` the most that could be accepted of it.
    """

    __tablename__ = "reviews"
    __table_args__ = (
        CheckConstraint("(patrol_id IS NULL) <> (window_id IS NULL)", name="of_one_thing"),
        UniqueConstraint("patrol_id", "number"),
        UniqueConstraint("window_id", "number"),
    )

    force_id: UUID = Field(foreign_key="areas.id")
    patrol_id: UUID | None = Field(default=None, foreign_key="patrols.id")
    window_id: UUID | None = Field(default=None, foreign_key="tasking_windows.id")
    number: int
    decision: Decision = Field(sa_type=code_type(Decision))
    basis: int
    basis_status: str = Field(max_length=30)
    basis_review_ms: int = Field(sa_type=BigInteger)
    reason_code: str | None = Field(default=None, max_length=64)
    adjusted_ms: int | None = Field(default=None, sa_type=BigInteger)
    note: str | None = Field(default=None, max_length=500)
    of_window_review: UUID | None = Field(default=None, foreign_key="reviews.id")
    rank_order: int


class AnsweredDispute(Table, table=True):
    """A dispute that a review answers, by name: one that came while somebody was deciding is still open."""

    __tablename__ = "answered_disputes"

    explanation_id: UUID = Field(primary_key=True, foreign_key="patrol_explanations.id")
    review_id: UUID = Field(primary_key=True, foreign_key="reviews.id")


class WindowLink(FactColumns, table=True):
    """A supervisor's decision that a patrol made for no window counts for one, or (`window_id` null) no longer does."""

    __tablename__ = "window_links"
    __table_args__ = (UniqueConstraint("patrol_id", "number"),)

    force_id: UUID = Field(foreign_key="areas.id")
    patrol_id: UUID = Field(foreign_key="patrols.id")
    window_id: UUID | None = Field(default=None, foreign_key="tasking_windows.id")
    number: int
    reason: str = Field(max_length=500)


class LinkedWindow(Table, table=True):
    """The window a patrol counts for by decision: the latest of its links, as one row."""

    __tablename__ = "linked_windows"
    __table_args__ = (Index("ix_linked_windows_window_id", "window_id"),)

    patrol_id: UUID = Field(primary_key=True, foreign_key="patrols.id")
    window_id: UUID = Field(foreign_key="tasking_windows.id")
    link_id: UUID = Field(foreign_key="window_links.id")


class LinkSuggestion(Table, table=True):
    """A published window that a patrol made for none would keep; only a person links it."""

    __tablename__ = "link_suggestions"
    __table_args__ = (Index("ix_link_suggestions_window_id", "window_id"),)

    patrol_id: UUID = Field(primary_key=True, foreign_key="patrols.id")
    window_id: UUID = Field(primary_key=True, foreign_key="tasking_windows.id")
    verified_ms: int = Field(sa_type=BigInteger)
