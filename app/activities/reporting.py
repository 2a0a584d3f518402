"""What is told of activities without a row about anybody: codes to put into words, and the force's rules."""

from collections import Counter
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from app.activities import day_queries, queries
from app.activities.answer_schemas import ActivityRuleResponse, ActivityRules, UnknownCode, UnknownCodes
from app.activities.codes import ActivityKind, DetailLevel
from app.activities.rules import Rule, rule_in_force
from app.audit.service import consulted
from app.clock import london_day
from app.identity.permissions import Caller, Permission, requires
from app.reference.codes import in_words


@requires(Permission.ACTIVITIES_REPORT)
def unknown_codes(
    session: Session, caller: Caller, from_at: datetime, to_at: datetime, now: datetime
) -> UnknownCodes:
    """The codes of a period that no list held, most frequent first: an old or new app, or a list to be completed."""
    day = london_day(now)
    rows = queries.unknown_codes_seen(session, caller, day, from_at, to_at)
    often = Counter(code for codes, _ in rows for code in codes)
    names = sorted({code.partition("/")[0] for code in often})
    lists = day_queries.lists_on(session, caller.force_id, names, day)
    found = []
    for listed, count in sorted(often.items(), key=lambda one: (-one[1], one[0])):
        name, _, code = listed.partition("/")
        times = [at for codes, at in rows if listed in codes]
        found.append(
            UnknownCode(
                list=name, code=code, activities=count, first_at=min(times), last_at=max(times),
                known_now=code in lists[name],
            )
        )  # fmt: skip
    consulted(
        session, "activity:unknown-codes", now, {"period": [from_at.isoformat(), to_at.isoformat()]},
        actor_id=caller.officer_id, force_id=caller.force_id,
    )  # fmt: skip
    return UnknownCodes(codes=found)


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
