"""Tables of reality checks: samples as they were drawn, their patrols, and every check that somebody made."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from app.database.model import Table
from app.database.types import code_type, json_type
from app.dip_samples.reporting import CheckOutcome
from app.facts.models import FactColumns


class DipSample(FactColumns, table=True):
    """A sample as drawn: `captured_by` asked for it, the server made the seed. Only its sign-off is added later.

    `population` lists everybody that could have been drawn, in order of id: [patrol, number of the judgement, status]
    each, so that the drawing can be done again whatever became of the patrols. `area_id` is the team's where it is of
    one.
    """

    __tablename__ = "dip_samples"
    __table_args__ = (Index("ix_dip_samples_force_id_received_at", "force_id", "received_at"),)

    force_id: UUID = Field(foreign_key="areas.id")
    team_id: UUID | None = Field(default=None, foreign_key="teams.id")
    area_id: UUID = Field(foreign_key="areas.id")
    from_at: datetime
    to_at: datetime
    purpose: str | None = Field(default=None, max_length=500)
    # [{"name", "statuses" or null, "size" or null, "share_percent" or null, "population", "drawn"}, …]
    strata: list[dict[str, Any]] = Field(sa_type=json_type())
    algorithm: str = Field(max_length=40)
    seed: bytes = Field(sa_type=LargeBinary)
    population: list[list[Any]] = Field(sa_type=json_type())
    population_count: int
    population_hash: str = Field(max_length=64)
    signed_at: datetime | None = None
    signed_by: UUID | None = Field(default=None, foreign_key="officers.id")
    sign_off_note: str | None = Field(default=None, max_length=500)
    unchecked_reason: str | None = Field(default=None, max_length=500)


class DipSamplePatrol(Table, table=True):
    """A patrol of a sample, and what its result said when it was drawn."""

    __tablename__ = "dip_sample_patrols"
    __table_args__ = (Index("ix_dip_sample_patrols_patrol_id", "patrol_id"),)

    sample_id: UUID = Field(primary_key=True, foreign_key="dip_samples.id")
    patrol_id: UUID = Field(primary_key=True, foreign_key="patrols.id")
    position: int
    stratum: str = Field(max_length=64)
    assessment_number: int
    status: str = Field(max_length=30)
    verified_ms: int = Field(sa_type=BigInteger)


class DipSampleCheck(FactColumns, table=True):
    """What somebody found who looked at a patrol of a sample; never changed, the latest by `number` stands.

    `captured_by` looked, `rank_order` is the rank they held then, `basis` the judgement they had before them.
    """

    __tablename__ = "dip_sample_checks"
    __table_args__ = (
        UniqueConstraint("sample_id", "patrol_id", "number"),
        Index("ix_dip_sample_checks_patrol_id", "patrol_id"),
    )

    force_id: UUID = Field(foreign_key="areas.id")
    sample_id: UUID = Field(foreign_key="dip_samples.id")
    patrol_id: UUID = Field(foreign_key="patrols.id")
    number: int
    outcome: CheckOutcome = Field(sa_type=code_type(CheckOutcome))
    # Codes of the list `check_sources`.
    looked_at: list[str] = Field(sa_type=json_type())
    # Where the footage is found: a reference of the force's video system, never its content.
    video_reference: str | None = Field(default=None, max_length=64)
    note: str | None = Field(default=None, max_length=500)
    basis: int
    rank_order: int
