"""What rules about activities are judged on: plain facts, as the record has them and as they held that day. Pure.

None means that nothing was said. Field names are those of the record (`docs` and the wire use the same).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.activities.codes import DetailLevel
from app.identity.permissions import OfficerKind
from app.patrols.lifecycle import PatrolSpan

GOWISELY = ("G", "O", "W", "I", "S", "E", "L", "Y")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted, as they stood on that day: the kind of person, and the code of the rank held then."""

    kind: OfficerKind
    rank: str | None = None


@dataclass(frozen=True, slots=True)
class SearchFacts:
    """One stop and search; times of the phone are corrected by its skew before."""

    level: DetailLevel
    searcher: Actor
    searched_at: datetime
    recorded_at: datetime
    late_reason: str | None = None
    patrol: PatrolSpan | None = None
    search_type: str | None = None
    vehicle: str | None = None
    notice_left: bool | None = None
    object_code: str | None = None
    grounds_code: str | None = None
    grounds: str | None = None
    legislation_code: str | None = None
    authorisation_reference: str | None = None
    order_reference: str | None = None
    outcome_code: str | None = None
    outcome_linked_to_object: str | None = None
    arrest_id: UUID | None = None
    custody_reference: str | None = None
    clothing_removed: str | None = None
    in_public_view: bool | None = None
    location_type: str | None = None
    supervisor_informed: bool | None = None
    appropriate_adult: bool | None = None
    safeguarding_referral: bool | None = None
    self_defined_ethnicity: str | None = None
    not_stated_reason: str | None = None
    officer_defined_ethnicity: str | None = None
    age: int | None = None
    age_basis: str | None = None
    gender: str | None = None
    officer_in_uniform: bool | None = None
    warrant_card_shown: bool | None = None
    gowisely: Sequence[str] | None = None
    body_worn_video: bool | None = None
    bwv_reason: str | None = None
    bwv_reference: str | None = None
    receipt_reference: str | None = None
    handcuffs_used: bool | None = None
    force_used: bool | None = None


@dataclass(frozen=True, slots=True)
class ArrestFacts:
    """One arrest. A de-arrest is a disposal: the row stays."""

    level: DetailLevel
    arrester: Actor
    arrested_at: datetime
    recorded_at: datetime
    late_reason: str | None = None
    patrol: PatrolSpan | None = None
    basis: str | None = None
    necessity: Sequence[str] = ()
    offence_category: str | None = None
    told_of_arrest_and_grounds: bool | None = None
    cautioned_at: datetime | None = None
    disposal: str | None = None
    custody_suite: str | None = None
    custody_reference: str | None = None
    under_18: bool | None = None
    bwv_reference: str | None = None
    stop_search_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Graded:
    """One item of an intelligence report with its grading: source 1-3, assessment A-E, handling P or C."""

    source: str | None = None
    assessment: str | None = None
    handling: str | None = None
    conditions: Sequence[str] = ()
    grading_scheme: str = "3x5x2"


@dataclass(frozen=True, slots=True)
class ReferralFacts:
    """What of a referral its rules turn on."""

    referral_type: str | None = None
    subject_category: str | None = None
    consent: str | None = None


@dataclass(frozen=True, slots=True)
class OutcomeFacts:
    """What of another outcome its rules turn on."""

    actor: Actor
    outcome_code: str | None = None
