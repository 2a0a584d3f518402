"""Whether somebody had the powers for what they did, and recorded it in time: rules 1, 3 and 7, as flags. Pure.

Nothing is refused for failing a rule: an improper search needs its record most. Each function is one rule; it returns
its flag or None, and a flag accuses nobody. Sources: PACE 1984 ss.24, 24A, 28, 30; Police Reform Act 2002 Sch.3B; what
a basis or power needs stands as facts of its code. The rules of searches are in `search_rules`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from app.activities.codes import SECTION_24A, ActivityFlag, DetailLevel
from app.activities.facts import Actor, ArrestFacts, OutcomeFacts
from app.identity.permissions import OfficerKind
from app.identity.ranks import RANKS, order_of
from app.patrols.lifecycle import PatrolSpan
from app.reference.codes import Label, Lists

RECORD_AT_ONCE = timedelta(hours=1)
REFERENCE_WITHIN = timedelta(hours=24)
Flag = ActivityFlag | None
_MAY_BE_DESIGNATED = frozenset({OfficerKind.PCSO, OfficerKind.WARDEN})
# Who held these was of that kind on the day, whatever they are now.
_KIND_OF_RANK = {"PCSO": OfficerKind.PCSO, "PARTNER": OfficerKind.WARDEN, "STAFF": OfficerKind.STAFF}


def is_constable(actor: Actor) -> bool:
    """Whether somebody held a constable's powers: by the rank held that day, by the kind of person where none is known.

    A sergeant did, and so did a Special. A PCSO did not; one who became a constable in May does from the day the rank
    is held, whatever the register says of the person now.
    """
    if actor.rank in RANKS:
        return order_of(actor.rank) >= order_of("SC")
    return actor.kind in {OfficerKind.CONSTABLE, OfficerKind.SPECIAL}


def within_patrol(at: datetime, patrol: PatrolSpan | None) -> Flag:
    """Rule 3: it was during the patrol it was logged on, where it was logged on one."""
    return None if patrol is None or patrol.covers(at) else ActivityFlag.OUTSIDE_PATROL


def patrol_stands(patrol: PatrolSpan | None) -> Flag:
    """The patrol it was logged on was not taken back since. What was done was done all the same."""
    return ActivityFlag.PATROL_TAKEN_BACK if patrol is not None and patrol.taken_back else None


def recorded_in_time(at: datetime, recorded_at: datetime, late_reason: str | None) -> Flag:
    """Rule 3: recorded on the spot, or with a reason when more than an hour later. 60 minutes are in time."""
    late = recorded_at - at > RECORD_AT_ONCE
    return ActivityFlag.RECORDED_LATE if late and late_reason is None else None


def arrester(facts: ArrestFacts, basis: Label | None) -> Flag:
    """Rule 1: a constable's power is a constable's; an any-person arrest (s.24A) is told as what it is.

    Whoever is no constable names a basis that is for others, too: one that is not said, or that nobody knows, is none.
    """
    if facts.basis == SECTION_24A:
        return ActivityFlag.ANY_PERSON_ARREST
    for_others = basis is not None and basis.attribute("by") != "constable"
    return None if for_others or is_constable(facts.arrester) else ActivityFlag.ARRESTER_NOT_CONSTABLE


def necessity(facts: ArrestFacts, basis: Label | None) -> Flag:
    """Rule 7: an arrest under section 24 names at least one reason why it was necessary (s.24(5))."""
    needed = basis is not None and basis.attribute("necessity") == "yes"
    return ActivityFlag.NO_NECESSITY if needed and not facts.necessity else None


def told_grounds(facts: ArrestFacts) -> Flag:
    """Whoever is arrested is told so, and why (s.28)."""
    return ActivityFlag.NOT_TOLD_GROUNDS if facts.told_of_arrest_and_grounds is False else None


def custody_known(facts: ArrestFacts, disposal: Label | None, now: datetime) -> Flag:
    """Whoever is taken to a station has a custody reference a day later."""
    taken = disposal is not None and disposal.attribute("custody") == "yes"
    late = now - facts.arrested_at > REFERENCE_WITHIN
    missing = taken and late and facts.custody_reference is None
    return ActivityFlag.CUSTODY_REFERENCE_MISSING if missing else None


def detentions(bases: Mapping[str, Label]) -> tuple[str, ...]:
    """The bases that are no arrest: a detention under the Mental Health Act is kept, and counted among no arrests."""
    return tuple(code for code, basis in bases.items() if basis.attribute("arrest") == "no")


def arrest_flags(facts: ArrestFacts, lists: Lists, now: datetime) -> tuple[ActivityFlag, ...]:
    """Every flag of one arrest, in alphabetical order, with the lists as they hold on its day."""
    basis = label_of(lists, "arrest_bases", facts.basis)
    detention = facts.basis in detentions(lists.get("arrest_bases", {}))
    return in_order(
        (
            within_patrol(facts.arrested_at, facts.patrol),
            recorded_in_time(facts.arrested_at, facts.recorded_at, facts.late_reason),
            arrester(facts, basis),
            necessity(facts, basis) if facts.level is DetailLevel.RECORD else None,
            told_grounds(facts),
            custody_known(facts, label_of(lists, "arrest_disposals", facts.disposal), now),
            ActivityFlag.NOT_AN_ARREST if detention else None,
        )
    )


def outcome_flags(facts: OutcomeFacts, lists: Lists) -> tuple[ActivityFlag, ...]:
    """Who may use a power: anyone, a constable, a PCSO too, or whoever is designated or accredited too.

    A dispersal direction by a PCSO is noted (it needs designation), by a warden it asks somebody to look.
    """
    outcome = label_of(lists, "other_outcomes", facts.outcome_code)
    by = outcome.attribute("by") if outcome is not None else None
    if by is None or by == "anyone" or is_constable(facts.actor):
        return ()
    kind = _KIND_OF_RANK.get(facts.actor.rank or "", facts.actor.kind)
    if (by == "pcso" and kind is OfficerKind.PCSO) or (by == "designated" and kind in _MAY_BE_DESIGNATED):
        return (ActivityFlag.POWER_BY_DESIGNATION,)
    return (ActivityFlag.POWER_NOT_HELD,)


def label_of(lists: Mapping[str, Mapping[str, Label]], name: str, code: str | None) -> Label | None:
    """A code of a list as it holds that day, None where nobody knows it."""
    return None if code is None else lists.get(name, {}).get(code)


def in_order(flags: Iterable[Flag]) -> tuple[ActivityFlag, ...]:
    """The flags that hold, each once, in alphabetical order."""
    return tuple(sorted({flag for flag in flags if flag is not None}))
