"""Tables of what comes from WMNow's engagement tracker: its rows as it sent them, how they came, and what is said of
them here.

A row of the tracker is linked with an engagement of ours by a person and never merged. What its officers saw of groups
are counts; names of members, how to reach them and free text never enter.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field

from app.database.model import Table
from app.database.types import code_type, json_type
from app.facts.models import FactColumns
from app.wmnow.records import Precision, TrackerChannel

__all__ = [
    "LinkDecision",
    "Precision",
    "RunState",
    "TrackerChannel",
    "WmnowFeed",
    "WmnowInbox",
    "WmnowLink",
    "WmnowMapping",
    "WmnowRecord",
    "WmnowRejected",
    "WmnowRun",
    "WmnowVersion",
]


class WmnowRecord(Table, table=True):
    """One engagement as the tracker holds it now; `version` counts from 1 and names the row of `wmnow_versions`.

    `…_ref` are the tracker's own words for places and teams; `officer_id`, `team_id` and `area_id` are what they stand
    for on the day (where no team or place is named: the officer's), `place_area_id` is the smallest area that holds the
    point, all null where nothing fits. They are worked out again whenever the record comes. `id_derived` says that the
    tracker sent no id, so that an edit there may stand here twice. `missing_since` is when a full export no longer had
    it; `deleted_at` when the tracker said it is gone. What came as a deletion and was never held says no more than
    that: only of such is `occurred_at` or `engagement_type` null.
    """

    __tablename__ = "wmnow_records"
    __table_args__ = (
        UniqueConstraint("force_id", "source_system", "source_record_id"),
        Index("ix_wmnow_records_force_id_occurred_at", "force_id", "occurred_at"),
        Index("ix_wmnow_records_officer_id_occurred_at", "officer_id", "occurred_at"),
        Index("ix_wmnow_records_team_id_occurred_at", "team_id", "occurred_at"),
        Index("ix_wmnow_records_area_id_occurred_at", "area_id", "occurred_at"),
        Index("ix_wmnow_records_engagement_ref", "engagement_ref"),
    )

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    source_system: str = Field(max_length=32)
    source_record_id: str = Field(max_length=128)
    id_derived: bool
    version: int
    # The latest number of a version that was heard of it, and the latest time it was changed there: either tells that
    # what comes is older.
    source_version: str | None = Field(default=None, max_length=64)
    source_changed_at: datetime | None = None
    content_hash: bytes = Field(sa_type=LargeBinary)
    # Over what its words mean by the mapping it was last read by.
    meaning_hash: bytes = Field(sa_type=LargeBinary)
    occurred_at: datetime | None = None
    ended_at: datetime | None = None
    recorded_at: datetime | None = None
    # A local time that came twice in the night the clocks went back; `occurred_at` is the first of the two.
    time_ambiguous: bool = False
    collar_number: str | None = Field(default=None, max_length=16)
    officer_id: UUID | None = Field(default=None, foreign_key="officers.id")
    team_ref: str | None = Field(default=None, max_length=100)
    lpa_ref: str | None = Field(default=None, max_length=100)
    sector_ref: str | None = Field(default=None, max_length=100)
    neighbourhood_ref: str | None = Field(default=None, max_length=100)
    team_id: UUID | None = Field(default=None, foreign_key="teams.id")
    area_id: UUID | None = Field(default=None, foreign_key="areas.id")
    place_area_id: UUID | None = Field(default=None, foreign_key="areas.id")
    precision: Precision = Field(sa_type=code_type(Precision))
    longitude: float | None = None
    latitude: float | None = None
    engagement_type: str | None = Field(default=None, max_length=64)
    method: str | None = Field(default=None, max_length=64)
    priority_group: str | None = Field(default=None, max_length=64)
    topics: list[str] = Field(sa_type=json_type())
    # [{"group": code, "count": number or null}], by the officer's own assessment.
    groups_reached: list[dict[str, Any]] = Field(sa_type=json_type())
    people_reached: int | None = None
    planned: bool | None = None
    published: bool | None = None
    # Ids of ours that the tracker carries, as it says them: nothing is linked by them without a person.
    patrol_ref: UUID | None = None
    engagement_ref: UUID | None = None
    # What no list, team or place of the force is known by: `field:word`, such as `method:Carrier pigeon`.
    unknown_codes: list[str] = Field(sa_type=json_type())
    first_received_at: datetime
    last_received_at: datetime
    missing_since: datetime | None = None
    deleted_at: datetime | None = None
    erased_at: datetime | None = None


class WmnowVersion(Table, table=True):
    """What the tracker said of a record at one time, whole and in its own words, and how that came. Nothing here is
    ever changed."""

    __tablename__ = "wmnow_versions"
    __table_args__ = (Index("ix_wmnow_versions_run_id", "run_id"),)

    record_id: UUID = Field(primary_key=True, foreign_key="wmnow_records.id")
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    content: dict[str, Any] = Field(sa_type=json_type())
    content_hash: bytes = Field(sa_type=LargeBinary)
    deleted: bool
    channel: TrackerChannel = Field(sa_type=code_type(TrackerChannel))
    # The import, the pull or the message it came by: `import_runs`, `wmnow_runs` or `wmnow_inbox`.
    run_id: UUID
    row_number: int | None = None
    mapping: str = Field(max_length=100)
    received_at: datetime


class WmnowMapping(Table, table=True):
    """One version of how a layout of the tracker is read (`mapping`): the newest of a name holds. Never changed."""

    __tablename__ = "wmnow_mappings"
    __table_args__ = (UniqueConstraint("force_id", "name", "version"),)

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    name: str = Field(max_length=40)
    version: int
    content: dict[str, Any] = Field(sa_type=json_type())
    made_by: UUID | None = Field(default=None, foreign_key="officers.id")
    made_at: datetime


class RunState(StrEnum):
    """How a pull went: `stopped` needs a person before the next."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


class WmnowFeed(Table, table=True):
    """Where a force's pull stands: what was made durable last. One row for each feed."""

    __tablename__ = "wmnow_feeds"
    __table_args__ = (UniqueConstraint("force_id", "name"),)

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    name: str = Field(max_length=40)
    cursor: str | None = Field(default=None, max_length=1000)
    # The latest `watermark` the tracker gave, and what the next run begins from (less the overlap).
    watermark: datetime | None = None
    updated_since: datetime | None = None
    # The watermark of this run's first page; null between runs.
    begun_watermark: datetime | None = None
    total: int | None = None
    # Why it stands still until a person says go on; null while it runs.
    stopped_because: str | None = Field(default=None, max_length=40)
    stopped_at: datetime | None = None
    claimed_by: UUID | None = None
    claimed_until: datetime | None = None
    retry_at: datetime | None = None
    # When a person last had everything read anew. How late it was what was heard before says nothing any more: a
    # tracker that was restored from a backup counts on from there.
    anew_since: datetime | None = None
    changed_at: datetime


class WmnowRun(Table, table=True):
    """One run of a pull: what came and how it ended; what failed is read by alerts."""

    __tablename__ = "wmnow_runs"
    __table_args__ = (Index("ix_wmnow_runs_feed_id_started_at", "feed_id", "started_at"),)

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    feed_id: UUID = Field(foreign_key="wmnow_feeds.id")
    started_at: datetime
    ended_at: datetime | None = None
    state: RunState = Field(sa_type=code_type(RunState))
    problem: str | None = Field(default=None, max_length=40)
    pages: int = 0
    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    # Of the unchanged, those of which something later is held; null of runs before this was counted.
    stale: int | None = 0
    deleted: int = 0
    rejected: int = 0
    # Names of what items held and we do not take.
    dropped_fields: list[str] = Field(sa_type=json_type(), default_factory=list)


class WmnowInbox(Table, table=True):
    """A signed message as it came, kept before it is read; `webhook_id` makes a second delivery the same."""

    __tablename__ = "wmnow_inbox"
    __table_args__ = (
        UniqueConstraint("force_id", "webhook_id"),
        Index(
            "ix_wmnow_inbox_waiting",
            "received_at",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    webhook_id: str = Field(max_length=128)
    body: bytes | None = Field(default=None, sa_type=LargeBinary)
    received_at: datetime
    attempts: int = 0
    done_at: datetime | None = None
    # `new`, `changed`, `unchanged`, `deleted`, or the code of what was wrong.
    outcome: str | None = Field(default=None, max_length=40)


class WmnowRejected(Table, table=True):
    """A row or item that could not be taken, from whichever channel: where it stood and what was wrong, not what it
    said."""

    __tablename__ = "wmnow_rejected"
    __table_args__ = (
        Index("ix_wmnow_rejected_force_id_received_at", "force_id", "received_at"),
        Index("ix_wmnow_rejected_force_id_source_record_id", "force_id", "source_record_id"),
    )

    run_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    force_id: UUID = Field(foreign_key="areas.id")
    channel: TrackerChannel = Field(sa_type=code_type(TrackerChannel))
    source_record_id: str | None = Field(default=None, max_length=128)
    # For the report by LPA and week, where the row says so much.
    occurred_at: datetime | None = None
    area_id: UUID | None = Field(default=None, foreign_key="areas.id")
    # [{"column": …, "code": …, "detail": …}]
    faults: list[dict[str, str | None]] = Field(sa_type=json_type())
    received_at: datetime


class LinkDecision(StrEnum):
    LINKED = "linked"
    REFUSED = "refused"
    # Takes a decision back: the two are as if nothing had been said.
    OPEN = "open"


class WmnowLink(FactColumns, table=True):
    """A person's word on whether a record of the tracker and an engagement of ours are the same; the latest stands."""

    __tablename__ = "wmnow_links"
    __table_args__ = (
        UniqueConstraint("record_id", "engagement_id", "number"),
        Index("ix_wmnow_links_engagement_id", "engagement_id"),
        Index("ix_wmnow_links_force_id", "force_id"),
    )

    force_id: UUID = Field(foreign_key="areas.id")
    record_id: UUID = Field(foreign_key="wmnow_records.id")
    engagement_id: UUID = Field(foreign_key="engagements.id")
    number: int
    decision: LinkDecision = Field(sa_type=code_type(LinkDecision))
    # The versions of both that were looked at.
    record_version: int
    engagement_revision: int
    decided_at: datetime
    reason: str | None = Field(default=None, max_length=500)
