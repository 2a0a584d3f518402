"""What residents are told of an area, on the wire."""

from datetime import date
from uuid import UUID

from app.rest.wire import ResponseModel, Time


class SummaryArea(ResponseModel):
    id: UUID
    code: str
    name: str
    kind: str


class PatrolSummary(ResponseModel):
    """Hours of officers in the places patrolled most there, visits to them, and planned patrols that were kept: by
    evidence, and beyond that by a supervisor's decision."""

    officer_hours: float
    visits: int
    windows_planned: int
    windows_kept: int
    windows_kept_by_decision: int


class SummaryNumber(ResponseModel):
    """`number` null: fewer than five, or left out so that such a number elsewhere cannot be worked out."""

    code: str
    label: str
    number: int | None


class KeptPromise(ResponseModel):
    you_said: str
    we_did: str


class PublicSummary(ResponseModel):
    """What police did in an area over a period that is over, fit to be handed out: nobody named, no place on the plan
    named, no time finer than the period, nothing of days to come."""

    area: SummaryArea
    from_day: date
    to_day: date
    patrol: PatrolSummary
    engagement: list[SummaryNumber]
    outcomes: list[SummaryNumber]
    you_said_we_did: list[KeptPromise]
    fewest_told: int
    notes: list[str]
    generated_at: Time
