"""Tables of alerts: what needed somebody and when that was over, who said they deal with it, and the rules."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from app.alerts.rules import AlertKind, Applies, Clearing
from app.database.model import Table
from app.database.types import code_type
from app.facts.models import FactColumns

OF_ONE_THING = (
    " + ".join(
        f"CASE WHEN {each} IS NULL THEN 0 ELSE 1 END" for each in ("patrol_id", "window_id", "feed_id")
    )
    + " = 1"
)


class Alert(Table, table=True):
    """A condition of one window, patrol or feed that needs somebody, from when it was found to when it was found over.

    The id follows from kind, subject, occasion and `round` (how often the same was over before), so that whoever works
    it out makes the same row. Team and area are the window's, or the patrol's on its day; a feed has none.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        CheckConstraint(OF_ONE_THING, name="of_one_thing"),
        CheckConstraint("(cleared_at IS NULL) = (cleared_because IS NULL)", name="cleared_for_a_reason"),
        Index("ix_alerts_force_id_raised_at", "force_id", "raised_at"),
        Index("ix_alerts_team_id_raised_at", "team_id", "raised_at"),
        Index("ix_alerts_officer_id_raised_at", "officer_id", "raised_at"),
        Index("ix_alerts_window_id", "window_id"),
        Index("ix_alerts_patrol_id", "patrol_id"),
        Index("ix_alerts_feed_id", "feed_id"),
        Index(
            "ix_alerts_open",
            "force_id",
            sqlite_where=text("cleared_at IS NULL"),
            postgresql_where=text("cleared_at IS NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    kind: AlertKind = Field(sa_type=code_type(AlertKind))
    force_id: UUID = Field(foreign_key="areas.id")
    team_id: UUID | None = Field(default=None, foreign_key="teams.id")
    area_id: UUID | None = Field(default=None, foreign_key="areas.id")
    window_id: UUID | None = Field(default=None, foreign_key="tasking_windows.id")
    patrol_id: UUID | None = Field(default=None, foreign_key="patrols.id")
    feed_id: UUID | None = Field(default=None, foreign_key="wmnow_feeds.id")
    # Whose it is to mend; of a window those tasked by name, as they are tasked when it is read.
    officer_id: UUID | None = Field(default=None, foreign_key="officers.id")
    occasion: str = Field(max_length=40)
    round: int
    since_at: datetime
    raised_at: datetime
    # When others than its officer are told; null for never.
    escalates_at: datetime | None = None
    cleared_at: datetime | None = None
    cleared_because: Clearing | None = Field(default=None, sa_type=code_type(Clearing))


class AlertAcknowledgement(FactColumns, table=True):
    """Somebody's word that they have seen an alert and deal with it; `captured_by` says so. It clears nothing."""

    __tablename__ = "alert_acknowledgements"
    __table_args__ = (Index("ix_alert_acknowledgements_alert_id", "alert_id"),)

    force_id: UUID = Field(foreign_key="areas.id")
    alert_id: UUID = Field(foreign_key="alerts.id")
    note: str | None = Field(default=None, max_length=500)


class AlertRule(Table, table=True):
    """Whether and when a force has a kind of alert raised, from a day on; the built-in rule where there is no row."""

    __tablename__ = "alert_rules"
    __table_args__ = (UniqueConstraint("force_id", "kind", "valid_from"),)

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    kind: AlertKind = Field(sa_type=code_type(AlertKind))
    applies: Applies = Field(sa_type=code_type(Applies))
    after_minutes: int
    escalates_minutes: int
    valid_from: date
    created_at: datetime
