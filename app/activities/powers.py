"""Whether an activity was within the powers of whoever did it: rules 1 to 7 of the force's rule list, as flags. Pure.

Nothing is refused for failing a rule: an improper search needs its record most. Each function is one rule; it returns
its flag or None, and a flag accuses nobody. Sources: PACE 1984 ss.1-3, 24, 24A, 28; Code A; Police Reform Act 2002
Sch.3B; what a power needs stands in the list `legislation`. What is missing from a record that only wants a reference
is not flagged: the whole record is in the force's system.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from app.activities.codes import (
    ARREST_OUTCOME,
    NOT_SEARCHED,
    NOT_STATED,
    SECTION_24A,
    ActivityFlag,
    DetailLevel,
    SearchType,
    VehicleState,
)
from app.activities.facts import GOWISELY, Actor, ArrestFacts, OutcomeFacts, PatrolSpan, SearchFacts
from app.identity.permissions import OfficerKind
from app.identity.ranks import RANKS, order_of
from app.reference.codes import Label, Lists

RECORD_AT_ONCE = timedelta(hours=1)
ARREST_LINK_WITHIN = timedelta(hours=24)
CLOCK_TOLERANCE = timedelta(minutes=2)
ADULT_AGE = 18
Flag = ActivityFlag | None


def is_constable(actor: Actor) -> bool:
    """Whether somebody held a constable's powers: by the rank held that day, by the kind of person where none is known.

    A sergeant did, and so did a Special. A PCSO did not; one who became a constable in May does from the day the rank
    is held, whatever the register says of the person now.
    """
    if actor.rank in RANKS:
        return order_of(actor.rank) >= order_of("SC")
    return actor.kind in {OfficerKind.CONSTABLE, OfficerKind.SPECIAL}


def searcher(facts: SearchFacts) -> Flag:
    """Rule 1: only a constable searches. A PCSO may be named as present."""
    return None if is_constable(facts.searcher) else ActivityFlag.SEARCHER_NOT_CONSTABLE


def object_named(facts: SearchFacts) -> Flag:
    """Rule 2: a search has an object (s.3(6)(a)(i))."""
    return _absent(facts, facts.object_code, ActivityFlag.NO_OBJECT)


def power_named(facts: SearchFacts) -> Flag:
    """Rule 2: a search names its power."""
    return _absent(facts, facts.legislation_code, ActivityFlag.NO_POWER)


def grounds_given(facts: SearchFacts, power: Label | None) -> Flag:
    """Rule 2: grounds, unless the power needs no suspicion; then its authorisation or order stands for them."""
    if power is not None and power.attribute("suspicion") == "no":
        return None
    return _absent(facts, facts.grounds_code or facts.grounds, ActivityFlag.NO_GROUNDS)


def authorised(facts: SearchFacts, power: Label | None) -> Flag:
    """Rule 2: the authorisation of a section 60, 47A or 11 search, the order of one under section 342E."""
    needs = power.attribute("needs") if power is not None else None
    if needs == "authorisation":
        return _absent(facts, facts.authorisation_reference, ActivityFlag.NO_AUTHORISATION)
    if needs == "order":
        return _absent(facts, facts.order_reference, ActivityFlag.NO_ORDER)
    return None


def uniform(facts: SearchFacts, power: Label | None) -> Flag:
    """A section 60 search needs uniform, and so do the other authorised powers."""
    asked = power is not None and power.attribute("uniform") == "yes"
    return ActivityFlag.NOT_IN_UNIFORM if asked and facts.officer_in_uniform is False else None


def warrant_card(facts: SearchFacts) -> Flag:
    """Whoever is not in uniform shows a warrant card first (s.2(2))."""
    plain_clothes = facts.officer_in_uniform is False
    return ActivityFlag.NO_WARRANT_CARD if plain_clothes and not facts.warrant_card_shown else None


def not_in_the_future(at: datetime, received_at: datetime) -> Flag:
    """Rule 3: nothing is done after the server heard of it; two minutes are left to clocks."""
    return ActivityFlag.IN_THE_FUTURE if at > received_at + CLOCK_TOLERANCE else None


def within_patrol(at: datetime, patrol: PatrolSpan | None) -> Flag:
    """Rule 3: it was during the patrol it was logged on, where it was logged on one."""
    if patrol is None or (patrol.started_at <= at and (patrol.ended_at is None or at <= patrol.ended_at)):
        return None
    return ActivityFlag.OUTSIDE_PATROL


def recorded_in_time(at: datetime, recorded_at: datetime, late_reason: str | None) -> Flag:
    """Rule 3: recorded on the spot, or with a reason when more than an hour later. 60 minutes are in time."""
    late = recorded_at - at > RECORD_AT_ONCE
    return ActivityFlag.RECORDED_LATE if late and late_reason is None else None


def self_defined(facts: SearchFacts) -> Flag:
    """Rule 4: the person's own description, or that it was not stated; not asked of an unattended vehicle."""
    if facts.vehicle == VehicleState.UNATTENDED:
        return None
    return _absent(facts, facts.self_defined_ethnicity, ActivityFlag.ETHNICITY_MISSING)


def not_stated_explained(facts: SearchFacts) -> Flag:
    """Rule 4: "not stated" says why (N1 to N4)."""
    if facts.self_defined_ethnicity != NOT_STATED or facts.not_stated_reason is not None:
        return None
    return ActivityFlag.NOT_STATED_WITHOUT_REASON


def officer_defined(facts: SearchFacts) -> Flag:
    """Rule 4: what the officer perceived, where the person did not state it.

    Where it was stated, what the officer perceived is wanted if it differs, and only the officer can know that.
    """
    if facts.self_defined_ethnicity != NOT_STATED or facts.officer_defined_ethnicity is not None:
        return None
    return ActivityFlag.OFFICER_DEFINED_MISSING


def clothing_in_public(facts: SearchFacts, level: Label | None, power: Label | None) -> Flag:
    """Rule 5: nothing beyond outer coat, jacket or gloves comes off in public (s.2(9)(a)).

    Lawful all the same: headgear and footwear under section 47A, disguises under sections 60 and 60AA. `level` is the
    clothing removed, `power` the legislation; which power allows what is its fact `in_public`.
    """
    if not _beyond_outer(level) or facts.in_public_view is not True:
        return None
    allowed = power is not None and power.attribute("in_public") == facts.clothing_removed
    return None if allowed else ActivityFlag.CLOTHING_IN_PUBLIC


def clothing_explained(facts: SearchFacts, level: Label | None) -> Flag:
    """Rule 5: more than outer clothing says where, whether in public view, and that a supervisor knew.

    Headgear, footwear and disguises do not ask for it: Code A 3.6 leaves them out of the thorough search.
    """
    if not _thorough(level):
        return None
    told = facts.in_public_view is not None and facts.location_type is not None and facts.supervisor_informed
    return None if told else ActivityFlag.CLOTHING_UNEXPLAINED


def exposed_place(facts: SearchFacts, level: Label | None, place: Label | None) -> Flag:
    """Code A 3.7: intimate parts are not exposed in a police vehicle."""
    exposed = level is not None and level.attribute("exposed") == "yes"
    wrong = place is not None and place.attribute("exposure") == "no"
    return ActivityFlag.EXPOSED_IN_VEHICLE if exposed and wrong else None


def child_safeguards(facts: SearchFacts, level: Label | None) -> Flag:
    """Rule 5: intimate parts of somebody under 18 exposed: an appropriate adult, and safeguarding considered.

    An appropriate adult who was not there (False) is an answer that asks somebody to look, like none at all. A referral
    may be found unnecessary: False is enough.
    """
    exposed = level is not None and level.attribute("exposed") == "yes"
    if not exposed or facts.age is None or facts.age >= ADULT_AGE:
        return None
    told = facts.appropriate_adult and facts.safeguarding_referral is not None
    return None if told else ActivityFlag.CHILD_SAFEGUARDS_MISSING


def arrest_linked(facts: SearchFacts, now: datetime) -> Flag:
    """Rule 6: the outcome arrest has its arrest, or a custody reference, within 24 hours of the search (s.3(2)(a))."""
    linked = facts.arrest_id is not None or facts.custody_reference is not None
    if facts.outcome_code != ARREST_OUTCOME or linked or now - facts.searched_at <= ARREST_LINK_WITHIN:
        return None
    return ActivityFlag.ARREST_NOT_LINKED


def gowisely(facts: SearchFacts) -> Flag:
    """What is told before a search (s.2(3)): all eight, a warrant card only when not in uniform. Nobody is told of an
    unattended vehicle."""
    if facts.level is DetailLevel.REFERENCE or facts.vehicle == VehicleState.UNATTENDED:
        return None
    wanted = set(GOWISELY) - ({"W"} if facts.officer_in_uniform else set())
    return ActivityFlag.GOWISELY_INCOMPLETE if wanted - set(facts.gowisely or ()) else None


def vehicle_state(facts: SearchFacts) -> Flag:
    """Of a searched vehicle it is said whether somebody was with it."""
    if facts.search_type not in {SearchType.VEHICLE, SearchType.PERSON_VEHICLE}:
        return None
    return _absent(facts, facts.vehicle, ActivityFlag.VEHICLE_STATE_MISSING)


def notice_left(facts: SearchFacts) -> Flag:
    """A notice is left inside a vehicle that nobody is with (s.2(6)-(7))."""
    unattended = facts.vehicle == VehicleState.UNATTENDED
    return ActivityFlag.NO_NOTICE_LEFT if unattended and not facts.notice_left else None


def video_explained(facts: SearchFacts) -> Flag:
    """Body-worn video was on, or there is a reason."""
    off = facts.body_worn_video is False
    return ActivityFlag.NO_VIDEO_REASON if off and facts.bwv_reason is None else None


def search_flags(facts: SearchFacts, lists: Lists, now: datetime) -> tuple[ActivityFlag, ...]:
    """Every flag of one search, in alphabetical order, with the lists as they hold on its day.

    A person detained and not searched (s.2(1)) is judged only by who acted and when.
    """
    when = (
        not_in_the_future(facts.searched_at, facts.received_at),
        within_patrol(facts.searched_at, facts.patrol),
        recorded_in_time(facts.searched_at, facts.recorded_at, facts.late_reason),
    )
    if facts.outcome_code == NOT_SEARCHED:
        return _sorted((searcher(facts), *when))
    power = _label(lists, "legislation", facts.legislation_code)
    level = _label(lists, "clothing_levels", facts.clothing_removed)
    place = _label(lists, "search_location_types", facts.location_type)
    return _sorted(
        (
            *when,
            searcher(facts),
            object_named(facts),
            power_named(facts),
            grounds_given(facts, power),
            authorised(facts, power),
            uniform(facts, power),
            warrant_card(facts),
            self_defined(facts),
            not_stated_explained(facts),
            officer_defined(facts),
            clothing_in_public(facts, level, power),
            clothing_explained(facts, level),
            exposed_place(facts, level, place),
            child_safeguards(facts, level),
            arrest_linked(facts, now),
            gowisely(facts),
            vehicle_state(facts),
            notice_left(facts),
            video_explained(facts),
        )
    )


def arrester(facts: ArrestFacts, basis: Label | None) -> Flag:
    """Rule 1: a constable's power is a constable's; an any-person arrest (s.24A) is told as what it is."""
    if facts.basis == SECTION_24A:
        return ActivityFlag.ANY_PERSON_ARREST
    if basis is None or basis.attribute("by") != "constable" or is_constable(facts.arrester):
        return None
    return ActivityFlag.ARRESTER_NOT_CONSTABLE


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
    late = now - facts.arrested_at > ARREST_LINK_WITHIN
    missing = taken and late and facts.custody_reference is None
    return ActivityFlag.CUSTODY_REFERENCE_MISSING if missing else None


def arrest_flags(facts: ArrestFacts, lists: Lists, now: datetime) -> tuple[ActivityFlag, ...]:
    """Every flag of one arrest, in alphabetical order, with the lists as they hold on its day."""
    basis = _label(lists, "arrest_bases", facts.basis)
    detention = basis is not None and basis.attribute("arrest") == "no"
    return _sorted(
        (
            not_in_the_future(facts.arrested_at, facts.received_at),
            within_patrol(facts.arrested_at, facts.patrol),
            recorded_in_time(facts.arrested_at, facts.recorded_at, facts.late_reason),
            arrester(facts, basis),
            necessity(facts, basis) if facts.level is DetailLevel.RECORD else None,
            told_grounds(facts),
            custody_known(facts, _label(lists, "arrest_disposals", facts.disposal), now),
            ActivityFlag.NOT_AN_ARREST if detention else None,
        )
    )


def outcome_flags(facts: OutcomeFacts, lists: Lists) -> tuple[ActivityFlag, ...]:
    """Who may use a power: anyone, a constable, a PCSO too, or whoever is designated or accredited too.

    A dispersal direction by a PCSO is noted (it needs designation), by a warden it asks somebody to look.
    """
    outcome = _label(lists, "other_outcomes", facts.outcome_code)
    by = outcome.attribute("by") if outcome is not None else None
    if by is None or by == "anyone" or is_constable(facts.actor):
        return ()
    is_pcso = facts.actor.kind is OfficerKind.PCSO
    if (by == "pcso" and is_pcso) or (by == "designated" and facts.actor.kind in _MAY_BE_DESIGNATED):
        return (ActivityFlag.POWER_BY_DESIGNATION,)
    return (ActivityFlag.POWER_NOT_HELD,)


_MAY_BE_DESIGNATED = frozenset({OfficerKind.PCSO, OfficerKind.WARDEN})


def _absent(facts: SearchFacts, value: object, flag: ActivityFlag) -> Flag:
    return flag if value in (None, "") and facts.level is DetailLevel.RECORD else None


def _beyond_outer(level: Label | None) -> bool:
    return level is not None and level.attribute("beyond_outer") == "yes"


def _thorough(level: Label | None) -> bool:
    return level is not None and level.attribute("thorough") == "yes"


def _label(lists: Mapping[str, Mapping[str, Label]], name: str, code: str | None) -> Label | None:
    return None if code is None else lists.get(name, {}).get(code)


def _sorted(flags: Iterable[Flag]) -> tuple[ActivityFlag, ...]:
    return tuple(sorted({flag for flag in flags if flag is not None}))
