"""Judgements of a patrol on the wire."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.rest.wire import ResponseModel, Time


class CrossFlagResponse(ResponseModel):
    """What a patrol and another say about each other: a question for a person, not a finding. `evidence` holds the
    instants, distances and seconds it rests on. `other_patrol_id` is null when the caller may not see that patrol;
    `withdrawn_at` is when a later check no longer found it."""

    flag: str
    flag_label: str
    asks_review: bool
    other_patrol_id: UUID | None
    evidence: Mapping[str, Any]
    policy_version: str
    found_at: Time
    withdrawn_at: Time | None


class PositionsErased(ResponseModel):
    """The positions behind a result were erased under the force's rule to keep them for so many days; the result
    stands. `late_facts` came for the patrol afterwards and are not in the result."""

    erased_at: Time
    rule_days: int
    in_words: str
    late_facts: int


class AssessmentResponse(ResponseModel):
    """The whole judgement of a patrol, as stored: intervals in milliseconds since 1970 UTC, half open; and in words."""

    id: UUID
    patrol_id: UUID
    number: int
    status: str
    status_label: str
    policy_version: str
    computed_at: Time
    superseded_at: Time | None
    in_words: list[str]
    result: Mapping[str, Any]
    erased: PositionsErased | None = None
    # Of the patrol, not of this judgement alone: they come and go with the other patrol as well.
    cross_flags: list[CrossFlagResponse]


class AssessmentSummary(ResponseModel):
    """One judgement of a patrol in short; `GET …/assessment?number=` tells it whole.

    `cause` says why it was made, null for those made before causes were kept. `boundary_ids` are the outlines in which
    the patrol has time, and that of its window.
    """

    number: int
    status: str
    status_label: str
    cause: str | None
    cause_label: str | None
    policy_version: str
    boundary_ids: list[UUID]
    computed_at: Time
    superseded_at: Time | None


class AssessmentList(ResponseModel):
    """Every judgement of a patrol, the first one first; the last stands unless it was superseded, too."""

    patrol_id: UUID
    assessments: list[AssessmentSummary]
