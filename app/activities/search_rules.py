"""Whether a stop and search was as the law has it: rules 1 to 6 and what is told before a search, as flags. Pure.

Nothing is refused for failing a rule: an improper search needs its record most. Each function is one rule; it returns
its flag or None, and a flag accuses nobody. Sources: PACE 1984 ss.1-3 and Code A; Police Reform Act 2002 Sch.3B; what a
power needs stands in the list `legislation`. What is missing from a record that only wants a reference is not flagged:
the whole record is in the force's system.
"""

from collections.abc import Iterable
from datetime import datetime

from app.activities.codes import (
    ARREST_OUTCOME,
    NOT_SEARCHED,
    NOT_STATED,
    ActivityFlag,
    DetailLevel,
    SearchType,
    VehicleState,
)
from app.activities.facts import GOWISELY, SearchFacts
from app.activities.powers import (
    REFERENCE_WITHIN,
    Flag,
    in_order,
    is_constable,
    label_of,
    recorded_in_time,
    within_patrol,
)
from app.reference.codes import Label, Lists

ADULT_AGE = 18


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
    if facts.officer_in_uniform is not False:
        return None
    return _absent(facts, facts.warrant_card_shown, ActivityFlag.NO_WARRANT_CARD)


def self_defined(facts: SearchFacts) -> Flag:
    """Rule 4: the person's own description, or that it was not stated; not asked of an unattended vehicle."""
    if facts.vehicle == VehicleState.UNATTENDED:
        return None
    return _absent(facts, facts.self_defined_ethnicity, ActivityFlag.ETHNICITY_MISSING)


def not_stated_explained(facts: SearchFacts) -> Flag:
    """Rule 4: "not stated" says why (N1 to N4)."""
    if facts.self_defined_ethnicity != NOT_STATED:
        return None
    return _absent(facts, facts.not_stated_reason, ActivityFlag.NOT_STATED_WITHOUT_REASON)


def officer_defined(facts: SearchFacts) -> Flag:
    """Rule 4: what the officer perceived, where the person did not state it.

    Where it was stated, what the officer perceived is wanted if it differs, and only the officer can know that.
    """
    if facts.self_defined_ethnicity != NOT_STATED:
        return None
    return _absent(facts, facts.officer_defined_ethnicity, ActivityFlag.OFFICER_DEFINED_MISSING)


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
    view = None if facts.in_public_view is None else True
    wanted = (view, facts.location_type, facts.supervisor_informed)
    return _first(_absent(facts, each, ActivityFlag.CLOTHING_UNEXPLAINED) for each in wanted)


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
    considered = None if facts.safeguarding_referral is None else True
    wanted = (facts.appropriate_adult, considered)
    return _first(_absent(facts, each, ActivityFlag.CHILD_SAFEGUARDS_MISSING) for each in wanted)


def arrest_linked(facts: SearchFacts, now: datetime) -> Flag:
    """Rule 6: the outcome arrest has its arrest, or a custody reference, within 24 hours of the search (s.3(2)(a))."""
    linked = facts.arrest_id is not None or facts.custody_reference is not None
    if facts.outcome_code != ARREST_OUTCOME or linked or now - facts.searched_at <= REFERENCE_WITHIN:
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
    if facts.vehicle != VehicleState.UNATTENDED:
        return None
    return _absent(facts, facts.notice_left, ActivityFlag.NO_NOTICE_LEFT)


def video_explained(facts: SearchFacts) -> Flag:
    """Body-worn video was on, or there is a reason."""
    if facts.body_worn_video is not False:
        return None
    return _absent(facts, facts.bwv_reason, ActivityFlag.NO_VIDEO_REASON)


def search_flags(facts: SearchFacts, lists: Lists, now: datetime) -> tuple[ActivityFlag, ...]:
    """Every flag of one search, in alphabetical order, with the lists as they hold on its day.

    A person detained and not searched (s.2(1)) is judged only by who acted and when.
    """
    when = (
        within_patrol(facts.searched_at, facts.patrol),
        recorded_in_time(facts.searched_at, facts.recorded_at, facts.late_reason),
    )
    if facts.outcome_code == NOT_SEARCHED:
        return in_order((searcher(facts), *when))
    power = label_of(lists, "legislation", facts.legislation_code)
    level = label_of(lists, "clothing_levels", facts.clothing_removed)
    place = label_of(lists, "search_location_types", facts.location_type)
    return in_order(
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


def _absent(facts: SearchFacts, value: object, flag: ActivityFlag) -> Flag:
    """The flag where a wanted value is not there: False is an answer and flagged, silence only in a whole record."""
    if value is None or value == "":
        return flag if facts.level is DetailLevel.RECORD else None
    return flag if value is False else None


def _first(flags: Iterable[Flag]) -> Flag:
    return next((flag for flag in flags if flag is not None), None)


def _beyond_outer(level: Label | None) -> bool:
    return level is not None and level.attribute("beyond_outer") == "yes"


def _thorough(level: Label | None) -> bool:
    return level is not None and level.attribute("thorough") == "yes"
