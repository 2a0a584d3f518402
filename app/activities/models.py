"""Tables of what officers log on patrol: one row of what all activities share, one of its own kind beside it.

No row names a member of the public, nor a vehicle: that is in the force's own systems, under `reference`.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field

from app.database.model import Table
from app.database.types import json_type
from app.facts.models import AmendableColumns, FactColumns


class Activity(AmendableColumns, table=True):
    """One thing an officer did: `captured_by` did it; team and area are theirs on the day it happened.

    `level` is what the phone sent: a reference to the force's own record, or a record of ours. `hotspot_ids` are those
    whose outline holds the position that the phone sent, null when it sent none (its place is then read from the
    track). `flags` is what supervisors should look at (list `activity_flags`), judged when it was written.
    """

    __tablename__ = "activities"
    __table_args__ = (
        Index("ix_activities_force_id_occurred_at", "force_id", "occurred_at"),
        Index("ix_activities_team_id_occurred_at", "team_id", "occurred_at"),
        Index("ix_activities_patrol_id", "patrol_id"),
        # Few have any, and whoever asks by flags looks at all of these.
        Index(
            "ix_activities_unknown_codes",
            "force_id",
            sqlite_where=text("unknown_codes IS NOT NULL"),
            postgresql_where=text("unknown_codes IS NOT NULL"),
        ),
    )

    kind: str = Field(max_length=20)
    level: str = Field(max_length=20)
    # What the force asked for on its day.
    wanted_level: str = Field(max_length=20)
    patrol_id: UUID | None = Field(default=None, foreign_key="patrols.id")
    team_id: UUID | None = Field(default=None, foreign_key="teams.id")
    area_id: UUID | None = Field(default=None, foreign_key="areas.id", index=True)
    # As the phone said, and corrected by the phone's skew as a check-in is.
    recorded_said_at: datetime | None = None
    recorded_at: datetime
    occurred_said_at: datetime
    occurred_at: datetime
    skew_ms: int | None = Field(default=None, sa_type=BigInteger)
    late_reason: str | None = Field(default=None, max_length=64)
    longitude: float | None = None
    latitude: float | None = None
    accuracy_m: float | None = None
    hotspot_ids: list[str] | None = Field(default=None, sa_type=json_type())
    outcome_code: str | None = Field(default=None, max_length=64)
    reference: str | None = Field(default=None, max_length=64)
    video_used: bool | None = None
    video_reason_code: str | None = Field(default=None, max_length=64)
    video_reference: str | None = Field(default=None, max_length=64)
    rank_held: str | None = Field(default=None, max_length=20)
    officer_kind: str = Field(max_length=20)
    flags: list[str] = Field(sa_type=json_type())
    # Codes no list held when it was written, each as `list/code`.
    unknown_codes: list[str] | None = Field(default=None, sa_type=json_type())
    # When what a record holds of a person or a place was erased under the force's rule.
    erased_at: datetime | None = None


class StopSearch(Table, table=True):
    """The record of a stop and search (PACE s.3, Code A; fields of the Home Office's and data.police.uk's returns)."""

    __tablename__ = "stop_searches"

    activity_id: UUID = Field(primary_key=True, foreign_key="activities.id")
    search_type: str | None = Field(default=None, max_length=64)
    legislation_code: str | None = Field(default=None, max_length=64)
    object_code: str | None = Field(default=None, max_length=64)
    grounds_code: str | None = Field(default=None, max_length=64)
    grounds: str | None = Field(default=None, max_length=2000)
    authorisation_reference: str | None = Field(default=None, max_length=64)
    order_reference: str | None = Field(default=None, max_length=64)
    outcome_linked_to_object: str | None = Field(default=None, max_length=64)
    found_codes: list[str] | None = Field(default=None, sa_type=json_type())
    weapon_types: list[str] | None = Field(default=None, sa_type=json_type())
    self_defined_ethnicity: str | None = Field(default=None, max_length=64)
    not_stated_reason: str | None = Field(default=None, max_length=64)
    officer_defined_ethnicity: str | None = Field(default=None, max_length=64)
    gender: str | None = Field(default=None, max_length=64)
    age: int | None = None
    age_basis: str | None = Field(default=None, max_length=64)
    gowisely: list[str] | None = Field(default=None, sa_type=json_type())
    officer_in_uniform: bool | None = None
    warrant_card_shown: bool | None = None
    clothing_removed: str | None = Field(default=None, max_length=64)
    in_public_view: bool | None = None
    location_type: str | None = Field(default=None, max_length=64)
    supervisor_informed: bool | None = None
    appropriate_adult: bool | None = None
    safeguarding_referral: bool | None = None
    vehicle_unattended: bool | None = None
    notice_left: bool | None = None
    handcuffs_used: bool | None = None
    force_used: bool | None = None
    receipt_reference: str | None = Field(default=None, max_length=64, index=True)
    arrest_id: UUID | None = Field(default=None, index=True)
    custody_reference: str | None = Field(default=None, max_length=64)
    present_officers: list[str] | None = Field(default=None, sa_type=json_type())


class Arrest(Table, table=True):
    """An arrest (PACE s.24, s.24A and others); custody is the record of the person. A de-arrest keeps the row."""

    __tablename__ = "arrests"

    activity_id: UUID = Field(primary_key=True, foreign_key="activities.id")
    basis: str | None = Field(default=None, max_length=64)
    necessity_codes: list[str] | None = Field(default=None, sa_type=json_type())
    offence_category: str | None = Field(default=None, max_length=64)
    offence_code: str | None = Field(default=None, max_length=64)
    knife_related: bool | None = None
    in_problem_scope: bool | None = None
    grounds_told: bool | None = None
    cautioned_at: datetime | None = None
    disposal: str | None = Field(default=None, max_length=64)
    dearrested_at: datetime | None = None
    custody_suite: str | None = Field(default=None, max_length=64)
    custody_reference: str | None = Field(default=None, max_length=64)
    from_search_id: UUID | None = Field(default=None, index=True)
    under_18: bool | None = None
    off_patrol_from: datetime | None = None
    off_patrol_to: datetime | None = None


class Intelligence(Table, table=True):
    """That intelligence was submitted, without a word of it; graded item by item in `intelligence_items`."""

    __tablename__ = "intelligence"

    activity_id: UUID = Field(primary_key=True, foreign_key="activities.id")
    urgency: str | None = Field(default=None, max_length=64)
    grading_scheme: str = Field(max_length=64)


class IntelligenceItem(Table, table=True):
    """One item of a submission: its category and its 3x5x2 grading."""

    __tablename__ = "intelligence_items"

    activity_id: UUID = Field(primary_key=True, foreign_key="activities.id")
    position: int = Field(primary_key=True)
    category: str = Field(max_length=64)
    source_grade: str | None = Field(default=None, max_length=64)
    assessment_grade: str | None = Field(default=None, max_length=64)
    handling_grade: str | None = Field(default=None, max_length=64)
    conditions: list[str] | None = Field(default=None, sa_type=json_type())


class Referral(Table, table=True):
    """A referral to a partner. `status` is the latest of its follow-ups, or `first_status`, what its record says."""

    __tablename__ = "referrals"

    activity_id: UUID = Field(primary_key=True, foreign_key="activities.id")
    referral_type: str | None = Field(default=None, max_length=64)
    recipient: str | None = Field(default=None, max_length=64)
    subject_category: str | None = Field(default=None, max_length=64)
    consent: str | None = Field(default=None, max_length=64)
    urgent: bool | None = None
    status: str | None = Field(default=None, max_length=64)
    first_status: str | None = Field(default=None, max_length=64)


class ReferralFollowUp(FactColumns, table=True):
    """What became of a referral, as somebody heard it; the latest by `heard_at` stands."""

    __tablename__ = "referral_follow_ups"
    __table_args__ = (Index("ix_referral_follow_ups_activity_id", "activity_id"),)

    force_id: UUID = Field(foreign_key="areas.id")
    activity_id: UUID = Field(foreign_key="activities.id")
    status: str = Field(max_length=64)
    heard_at: datetime
    reference: str | None = Field(default=None, max_length=64)


class OtherOutcome(Table, table=True):
    """Anything else a patrol brought about: an ASB power, a weapon, drugs, alcohol, a stop and account, first aid."""

    __tablename__ = "other_outcomes"

    activity_id: UUID = Field(primary_key=True, foreign_key="activities.id")
    outcome_type: str | None = Field(default=None, max_length=64)
    item_type: str | None = Field(default=None, max_length=64)
    found_place: str | None = Field(default=None, max_length=64)
    drug_class: str | None = Field(default=None, max_length=64)
    authorisation_reference: str | None = Field(default=None, max_length=64)
    quantity: int | None = None
    under_18: bool | None = None


class ActivityRule(Table, table=True):
    """Which level a force wants for a kind of activity, from a day on."""

    __tablename__ = "activity_rules"
    __table_args__ = (UniqueConstraint("force_id", "kind", "valid_from"),)

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    kind: str = Field(max_length=20)
    level: str = Field(max_length=20)
    valid_from: date
    created_at: datetime
