"""Tables of a patrol: what the phone said (facts, never changed) and what we made of it (derived, superseded)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from shapely.geometry.base import BaseGeometry
from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field

from app.database.model import Table
from app.database.spatial import Geometry
from app.database.types import code_type, json_type
from app.facts.models import FactColumns
from app.patrols.lifecycle import ExplanationKind, Funding, Mode, Programme, UniformState
from app.patrols.reviewing import Decision
from app.tracks.cross_check import CrossFlag

_CURRENT = text("superseded_at IS NULL")
_UNVERIFIED = text("superseded_at IS NULL AND window_id IS NULL AND unverified_ms >= 60000")
_PROBABLE = text("grade = 'probable' AND window_id IS NULL")


class Patrol(FactColumns, table=True):
    """A check-in. `captured_by` is the officer on patrol; team and area are those of the day."""

    __tablename__ = "patrols"
    __table_args__ = (
        Index("ix_patrols_force_id_started_at", "force_id", "started_at"),
        Index("ix_patrols_team_id_started_at", "team_id", "started_at"),
        Index("ix_patrols_window_id", "window_id"),
        # Who was out in some areas, and what some officers did.
        Index("ix_patrols_area_id_started_at", "area_id", "started_at"),
        Index("ix_patrols_captured_by_started_at", "captured_by", "started_at"),
    )

    force_id: UUID = Field(foreign_key="areas.id")
    team_id: UUID | None = Field(default=None, foreign_key="teams.id")
    area_id: UUID | None = Field(default=None, foreign_key="areas.id")
    device_id: UUID
    window_id: UUID | None = Field(default=None, foreign_key="tasking_windows.id")
    programme: Programme = Field(sa_type=code_type(Programme))
    operation: str | None = Field(default=None, max_length=100)
    uniform_state: UniformState = Field(sa_type=code_type(UniformState))
    mode: Mode = Field(sa_type=code_type(Mode))
    funding: Funding = Field(sa_type=code_type(Funding))
    cost_code: str | None = Field(default=None, max_length=64)
    # A window named by the phone that is not one of this force's published ones.
    window_unknown: UUID | None = None
    # Collar numbers declared as crew that nobody in the force carried on the day.
    crew_unknown: list[str] | None = Field(default=None, sa_type=json_type())
    # As the phone said, and corrected by the phone's skew when that is over the policy's limit.
    checked_in_at: datetime
    started_at: datetime
    skew_ms: int | None = Field(default=None, sa_type=BigInteger)
    longitude: float | None = None
    latitude: float | None = None
    accuracy_m: float | None = None


class CrewMember(Table, table=True):
    """A colleague on the patrol without a phone of their own, as declared by whoever checked in. The times are as that
    phone said; what corrects the check-in corrects them where hours are counted."""

    __tablename__ = "crew_members"
    __table_args__ = (Index("ix_crew_members_officer_id", "officer_id"),)

    patrol_id: UUID = Field(primary_key=True, foreign_key="patrols.id")
    officer_id: UUID = Field(primary_key=True, foreign_key="officers.id")
    from_at: datetime | None = None
    to_at: datetime | None = None


class CheckOut(FactColumns, table=True):
    """The end of a patrol as its phone said; `id` is the patrol's."""

    __tablename__ = "check_outs"

    # What it was left for: a code of the list `reasons`, kept as sent when the list has no such code.
    reason_code: str | None = Field(default=None, max_length=64)
    # The force's own number of the incident.
    log_number: str | None = Field(default=None, max_length=64)
    # The arrest it was left for, which may not have come yet.
    activity_id: UUID | None = None

    checked_out_at: datetime
    ended_at: datetime
    skew_ms: int | None = Field(default=None, sa_type=BigInteger)
    longitude: float | None = None
    latitude: float | None = None
    accuracy_m: float | None = None


class AutoClosing(Table, table=True):
    """The end of a patrol whose check-out was forgotten, by policy; a real check-out that comes later supersedes it."""

    __tablename__ = "auto_closings"

    patrol_id: UUID = Field(primary_key=True, foreign_key="patrols.id")
    ended_at: datetime
    closed_at: datetime


class PatrolVoid(FactColumns, table=True):
    """The officer's word that a patrol was a mistake; `id` is the patrol's. Its rows stay, and it counts nowhere."""

    __tablename__ = "patrol_voids"

    reason: str = Field(max_length=500)


class PatrolExplanation(FactColumns, table=True):
    """What the officer of a patrol, or a colleague declared on it, says to it: `captured_by` is who says so."""

    __tablename__ = "patrol_explanations"
    __table_args__ = (Index("ix_patrol_explanations_patrol_id", "patrol_id"),)

    force_id: UUID = Field(foreign_key="areas.id")
    patrol_id: UUID = Field(foreign_key="patrols.id")
    kind: ExplanationKind = Field(sa_type=code_type(ExplanationKind))
    # A code of the list `reasons`; kept as sent when the list has no such code.
    reason_code: str | None = Field(default=None, max_length=64)
    text: str = Field(max_length=2000)
    from_at: datetime | None = None
    to_at: datetime | None = None
    incident_reference: str | None = Field(default=None, max_length=64)
    # The number of the assessment that is disputed.
    disputes_assessment: int | None = None


class OfficerFirst(Table, table=True):
    """Until when a result is told to those on the patrol only, by policy: brought forward when its phone is answered,
    never extended."""

    __tablename__ = "officer_first"
    __table_args__ = (Index("ix_officer_first_until_at", "until_at"),)

    patrol_id: UUID = Field(primary_key=True, foreign_key="patrols.id")
    until_at: datetime


class PatrolProgress(Table, table=True):
    """How far an open patrol has come: one row, made at check-in, replaced with each batch, gone with the end. So the
    rows are the open patrols."""

    __tablename__ = "patrol_progress"

    patrol_id: UUID = Field(primary_key=True, foreign_key="patrols.id")
    verified_ms: int = Field(sa_type=BigInteger)
    horizon_at: datetime | None = None
    fix_count: int
    # The window's outline and the rules, as the first batch found them; the result is judged by what then holds.
    boundary_id: UUID | None = Field(default=None, foreign_key="hotspot_boundaries.id")
    policy_version: str | None = Field(default=None, max_length=32)
    computed_at: datetime


class PatrolAssessment(Table, table=True):
    """One judgement of a patrol; the current one has no `superseded_at`, older ones stay readable."""

    __tablename__ = "patrol_assessments"
    __table_args__ = (
        UniqueConstraint("patrol_id", "number"),
        Index(
            "ix_patrol_assessments_current", "patrol_id", unique=True,
            sqlite_where=_CURRENT, postgresql_where=_CURRENT,
        ),
        # By which rules the patrols of many windows were judged, without reading what was found.
        Index(
            "ix_patrol_assessments_window_id", "window_id", "policy_version",
            sqlite_where=_CURRENT, postgresql_where=_CURRENT,
        ),
        # Whether any patrol was judged by other rules than some.
        Index(
            "ix_patrol_assessments_policy_version", "policy_version",
            sqlite_where=_CURRENT, postgresql_where=_CURRENT,
        ),
        # What nobody tasked and GPS does not tell, which may still change hours.
        Index(
            "ix_patrol_assessments_unverified",
            "window_id",
            "started_at",
            sqlite_where=_UNVERIFIED,
            postgresql_where=_UNVERIFIED,
        ),
    )  # fmt: skip

    id: UUID = Field(primary_key=True)
    patrol_id: UUID = Field(foreign_key="patrols.id")
    number: int
    # The window it was judged for: the one it was made for, or linked to by a supervisor.
    window_id: UUID | None = Field(default=None, foreign_key="tasking_windows.id")
    status: str = Field(max_length=30)
    policy_version: str = Field(max_length=32)
    started_at: datetime
    ended_at: datetime
    # Of the tasked hotspot; without a window, of the union of all hotspots touched.
    verified_ms: int = Field(sa_type=BigInteger)
    probable_ms: int = Field(sa_type=BigInteger)
    unverified_ms: int = Field(sa_type=BigInteger)
    outside_ms: int = Field(sa_type=BigInteger)
    window_verified_ms: int | None = Field(default=None, sa_type=BigInteger)
    flags: list[str] = Field(sa_type=json_type())
    asks_review: bool = False
    result: dict[str, Any] = Field(sa_type=json_type())
    computed_at: datetime
    superseded_at: datetime | None = None
    # Why it was made (`lifecycle.Cause`); null for those made before causes were kept.
    cause: str | None = Field(default=None, max_length=30)


class PatrolLine(Table, table=True):
    """The cleaned track of the current assessment, measured in Unix seconds; kept no longer than the fixes."""

    __tablename__ = "patrol_lines"
    model_config = {"arbitrary_types_allowed": True}

    patrol_id: UUID = Field(primary_key=True, foreign_key="patrols.id")
    assessment_id: UUID = Field(foreign_key="patrol_assessments.id")
    line: BaseGeometry = Field(sa_type=Geometry("LINESTRINGM"))
    # The box around all fixes, those the line leaves out included: outlines that do not meet it change nothing. Null
    # for lines stored before it was kept.
    west: float | None = None
    south: float | None = None
    east: float | None = None
    north: float | None = None


class CrossCheckDue(Table, table=True):
    """A patrol that was judged and is still to be compared with others; gone once it was."""

    __tablename__ = "cross_check_due"

    patrol_id: UUID = Field(primary_key=True, foreign_key="patrols.id")
    marked_at: datetime


class CrossCheckFlag(Table, table=True):
    """What a patrol and another say about each other, with the numbers it rests on. One that is no longer found is
    withdrawn, never deleted."""

    __tablename__ = "cross_check_flags"
    __table_args__ = (
        Index("ix_cross_check_flags_patrol_id", "patrol_id"),
        Index("ix_cross_check_flags_other_patrol_id", "other_patrol_id"),
        Index(
            "ix_cross_check_flags_standing",
            "patrol_id",
            "other_patrol_id",
            "flag",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    patrol_id: UUID = Field(foreign_key="patrols.id")
    other_patrol_id: UUID = Field(foreign_key="patrols.id")
    flag: CrossFlag = Field(sa_type=code_type(CrossFlag))
    asks_review: bool
    evidence: dict[str, Any] = Field(sa_type=json_type())
    policy_version: str = Field(max_length=32)
    found_at: datetime
    withdrawn_at: datetime | None = None


class PatrolErasure(Table, table=True):
    """What remains of a patrol's positions after they were erased: when, under which rule, how much there was. Its
    assessments, hours and window stand as they were made; it is never judged again, because it would be from nothing.
    """

    __tablename__ = "patrol_erasures"

    patrol_id: UUID = Field(primary_key=True, foreign_key="patrols.id")
    erased_at: datetime
    # The rule of the force it was erased under; no day where it is the built-in one.
    rule_days: int
    rule_valid_from: date | None = None
    batches: int
    fixes: int
    # Facts that came for it since: kept, not counted, erased with the next purge.
    late_facts: int = 0
    late_waiting: bool = False


class Grade(StrEnum):
    VERIFIED = "verified"
    ACCEPTED = "accepted"
    PROBABLE = "probable"
    DECLARED = "declared"


class CreditedSlice(Table, table=True):
    """Time of one officer in one hotspot on one London day by grade, from the current assessment: what hours add up.

    An officer's instant is in one row of each hotspot at most, whatever patrols overlap. `hotspot_id` null is their
    time in any hotspot: sums over hotspots count overlaps twice, sums over the null rows do not.
    """

    __tablename__ = "credited_slices"
    __table_args__ = (
        Index("ix_credited_slices_force_id_day", "force_id", "day"),
        Index("ix_credited_slices_officer_id_day", "officer_id", "day"),
        # With all that years of an officer are added up from: rows in the order of officers lie far apart.
        Index(
            "ix_credited_slices_officer_id_hotspot_id_day",
            "officer_id",
            "hotspot_id",
            "day",
            "grade",
            "credited_ms",
            "patrol_id",
            "force_id",
            "team_id",
            "area_id",
        ),
        Index("ix_credited_slices_hotspot_id_day", "hotspot_id", "day"),
        Index("ix_credited_slices_patrol_id", "patrol_id"),
        # What nobody tasked and is only probable, which may still change hours.
        Index(
            "ix_credited_slices_probable",
            "force_id",
            "hotspot_id",
            "day",
            sqlite_where=_PROBABLE,
            postgresql_where=_PROBABLE,
        ),
    )

    id: UUID = Field(primary_key=True)
    patrol_id: UUID = Field(foreign_key="patrols.id")
    force_id: UUID = Field(foreign_key="areas.id")
    officer_id: UUID = Field(foreign_key="officers.id")
    team_id: UUID | None = Field(default=None, foreign_key="teams.id")
    area_id: UUID | None = Field(default=None, foreign_key="areas.id")
    hotspot_id: UUID | None = Field(default=None, foreign_key="hotspots.id")
    day: date
    grade: Grade = Field(sa_type=code_type(Grade))
    # As the check-in says, which never changes: hours are added up by them without reading patrols.
    programme: Programme = Field(sa_type=code_type(Programme))
    operation: str | None = Field(default=None, max_length=100)
    uniform_state: UniformState = Field(sa_type=code_type(UniformState))
    mode: Mode = Field(sa_type=code_type(Mode))
    funding: Funding = Field(sa_type=code_type(Funding))
    cost_code: str | None = Field(default=None, max_length=64)
    credited_ms: int = Field(sa_type=BigInteger)
    # The window its patrol was judged for, and how much of this lies within it, at its hotspot.
    window_id: UUID | None = Field(default=None, foreign_key="tasking_windows.id")
    window_ms: int = Field(default=0, sa_type=BigInteger)
    # [[start_ms, end_ms], …], half open.
    intervals: list[list[int]] = Field(sa_type=json_type())


class WindowResult(Table, table=True):
    """Whether a window was kept, from all its patrols and the latest review; written again whenever one changes.

    `number` counts the judgements: it goes up when the evidence says something else, never by a review of the window.
    """

    __tablename__ = "window_results"
    __table_args__ = (
        Index("ix_window_results_status", "status"),
        Index("ix_window_results_told_from", "told_from"),
    )

    window_id: UUID = Field(primary_key=True, foreign_key="tasking_windows.id")
    number: int
    # What the window counts as, and what the evidence alone says.
    status: str = Field(max_length=30)
    computed_status: str = Field(max_length=30)
    required_ms: int = Field(sa_type=BigInteger)
    # Verified; with what was accepted of single patrols; with what a sergeant could accept (claimed, probable); with
    # all that is unverified: united within the window, so never a sum over patrols.
    verified_ms: int = Field(sa_type=BigInteger)
    accepted_ms: int = Field(sa_type=BigInteger)
    review_ms: int = Field(sa_type=BigInteger)
    at_most_ms: int = Field(sa_type=BigInteger)
    # What counts for it, by evidence or by decision.
    credited_ms: int = Field(sa_type=BigInteger)
    # Kept, but only with patrols whose flags ask somebody to look: as judged, and whether that still waits.
    computed_check_needed: bool
    check_needed: bool
    # The latest review, what it said, and whether the evidence has come to another status since.
    review_id: UUID | None = None
    decision: Decision | None = Field(default=None, sa_type=code_type(Decision))
    reason_code: str | None = Field(default=None, max_length=64)
    needs_confirmation: bool
    officer_count: int
    patrol_ids: list[str] = Field(sa_type=json_type())
    # What on its patrols asks somebody to look and nobody has looked at: "patrol flag" each, in order.
    asking: list[str] = Field(sa_type=json_type())
    team_id: UUID = Field(foreign_key="teams.id")
    area_id: UUID = Field(foreign_key="areas.id")
    computed_at: datetime
    # Until then the result of one of its patrols is its officer's to see first, and the window says nothing.
    told_from: datetime | None = None
