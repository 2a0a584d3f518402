"""What is told of activities without a row about anybody: the force's rules."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from app.activities import day_queries
from app.activities.answer_schemas import ActivityRuleResponse, ActivityRules
from app.activities.codes import ActivityKind, DetailLevel
from app.activities.rules import Rule, rule_in_force
from app.clock import london_day
from app.identity.permissions import Caller, Permission, requires
from app.reference.codes import in_words


@requires(Permission.AREAS_READ)
def list_rules(session: Session, caller: Caller, now: datetime) -> ActivityRules:
    """How much the force wants of each kind today, so that a phone asks for no more."""
    day = london_day(now)
    words = day_queries.lists_on(session, caller.force_id, ["activity_kinds", "detail_levels"], day)
    return ActivityRules(
        rules=[
            ActivityRuleResponse(
                kind=rule.kind.value,
                kind_label=in_words(words["activity_kinds"], rule.kind),
                level=rule.level.value,
                level_label=in_words(words["detail_levels"], rule.level),
                valid_from=rule.valid_from,
            )
            for rule in rules_on(session, caller.force_id, day)
        ]
    )


def rules_on(session: Session, force_id: UUID, day: date) -> list[Rule]:
    """The rule of each kind that holds in a force on a day."""
    held = [
        Rule(ActivityKind(row.kind), DetailLevel(row.level), row.valid_from)
        for row in day_queries.rules_held(session, force_id)
    ]
    return [rule_in_force(held, kind, day) for kind in ActivityKind]
