"""Records what officers logged and was kept aside, when it is released: as if its officer had sent it."""

from uuid import UUID

from sqlmodel import Session

from app.abstractions import recording as abstractions
from app.abstractions.schemas import AbstractionRequest
from app.activities.recording import record_released
from app.engagements import recording as engagements
from app.engagements.schemas import EngagementRequest
from app.facts.models import QuarantinedFact
from app.patrols.catching_up import Touched
from app.patrols.quarantine import Released, origin_of


def release_activity(session: Session, fact: QuarantinedFact, body: bytes, touched: Touched) -> Released:
    return Released(record_released(session, fact.force_id, _own_id(fact), body, origin_of(fact)))


def release_engagement(session: Session, fact: QuarantinedFact, body: bytes, touched: Touched) -> Released:
    asked, origin = EngagementRequest.model_validate_json(body), origin_of(fact)
    read = engagements.read_engagement(session, fact.force_id, asked, origin)
    return Released(engagements.record_engagement(session, _own_id(fact), read, origin), read.officers)


def release_abstraction(session: Session, fact: QuarantinedFact, body: bytes, touched: Touched) -> Released:
    asked, origin = AbstractionRequest.model_validate_json(body), origin_of(fact)
    read = abstractions.read_abstraction(session, fact.force_id, asked, origin)
    return Released(abstractions.record_abstraction(session, _own_id(fact), read, origin), [read.officer_id])


def _own_id(fact: QuarantinedFact) -> UUID:
    return fact.recorded_as or fact.id
