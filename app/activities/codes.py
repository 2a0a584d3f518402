"""What of an activity is structure: its kinds, the codes that rules turn on, and its flags. Pure.

Every other code is data (`app/reference/lists.csv`, over which a force's own rows stand): rules read what they need
from its facts, so that a new power, outcome or referral needs no new version of the product.
"""

from collections.abc import Mapping
from enum import StrEnum


class ActivityKind(StrEnum):
    """What an officer can log on patrol; each has a table and a shape of its own."""

    STOP_SEARCH = "STOP_SEARCH"
    ARREST = "ARREST"
    INTELLIGENCE = "INTELLIGENCE"
    REFERRAL = "REFERRAL"
    OUTCOME = "OUTCOME"


class DetailLevel(StrEnum):
    """How much a force wants of a kind.

    REFERENCE: kind, time, place, outcome and the reference of the system that holds the record. RECORD: the whole
    record. Both count alike.
    """

    REFERENCE = "reference"
    RECORD = "record"


class SearchType(StrEnum):
    """Who or what was searched."""

    PERSON = "PERSON"
    VEHICLE = "VEHICLE"
    PERSON_VEHICLE = "PERSON_VEHICLE"


class VehicleState(StrEnum):
    """Whether somebody was with the searched vehicle; a notice is left in one that nobody is with."""

    ATTENDED = "ATTENDED"
    UNATTENDED = "UNATTENDED"


class OutcomeLink(StrEnum):
    """Whether the outcome came of what was looked for: three states, because not known is not no."""

    YES = "YES"
    NO = "NO"
    UNKNOWN = "UNKNOWN"


# Codes that rules and exports name; the lists hold their words.
ARREST_OUTCOME = "ARREST"
NOT_SEARCHED = "NOT_SEARCHED"
NOT_STATED = "NS"
SECTION_24A = "S24A"
CONSENT_REFUSED = "REFUSED"
ADULT = "ADULT"


class ActivityFlag(StrEnum):
    """What somebody should know about an activity. It is stored all the same, and counts all the same."""

    UNKNOWN_CODE = "unknown_code"
    INCOMPLETE = "incomplete"
    IN_THE_FUTURE = "in_the_future"
    OUTSIDE_PATROL = "outside_patrol"
    PATROL_TAKEN_BACK = "patrol_taken_back"
    RECORDED_LATE = "recorded_late"
    SEARCHER_NOT_CONSTABLE = "searcher_not_constable"
    NO_OBJECT = "no_object"
    NO_GROUNDS = "no_grounds"
    NO_POWER = "no_power"
    NO_AUTHORISATION = "no_authorisation"
    NO_ORDER = "no_order"
    NOT_IN_UNIFORM = "not_in_uniform"
    NO_WARRANT_CARD = "no_warrant_card"
    ETHNICITY_MISSING = "ethnicity_missing"
    NOT_STATED_WITHOUT_REASON = "not_stated_without_reason"
    OFFICER_DEFINED_MISSING = "officer_defined_missing"
    CLOTHING_IN_PUBLIC = "clothing_in_public"
    CLOTHING_UNEXPLAINED = "clothing_unexplained"
    EXPOSED_IN_VEHICLE = "exposed_in_vehicle"
    CHILD_SAFEGUARDS_MISSING = "child_safeguards_missing"
    ARREST_NOT_LINKED = "arrest_not_linked"
    GOWISELY_INCOMPLETE = "gowisely_incomplete"
    VEHICLE_STATE_MISSING = "vehicle_state_missing"
    NO_NOTICE_LEFT = "no_notice_left"
    NO_VIDEO_REASON = "no_video_reason"
    ARRESTER_NOT_CONSTABLE = "arrester_not_constable"
    ANY_PERSON_ARREST = "any_person_arrest"
    NO_NECESSITY = "no_necessity"
    NOT_TOLD_GROUNDS = "not_told_grounds"
    CUSTODY_REFERENCE_MISSING = "custody_reference_missing"
    NOT_AN_ARREST = "not_an_arrest"
    GRADING_INCOMPLETE = "grading_incomplete"
    CONDITIONS_WITHOUT_C = "conditions_without_c"
    CONDITIONS_MISSING = "conditions_missing"
    CONSENT_MISSING = "consent_missing"
    POWER_NOT_HELD = "power_not_held"
    POWER_BY_DESIGNATION = "power_by_designation"

    @property
    def asks_review(self) -> bool:
        """Whether a supervisor should look. The others only note."""
        return self not in _ONLY_NOTED


_ONLY_NOTED = frozenset(
    {
        ActivityFlag.UNKNOWN_CODE,
        ActivityFlag.INCOMPLETE,
        ActivityFlag.OUTSIDE_PATROL,
        ActivityFlag.PATROL_TAKEN_BACK,
        ActivityFlag.ANY_PERSON_ARREST,
        ActivityFlag.CUSTODY_REFERENCE_MISSING,
        ActivityFlag.VEHICLE_STATE_MISSING,
        ActivityFlag.GOWISELY_INCOMPLETE,
        ActivityFlag.NOT_AN_ARREST,
        ActivityFlag.GRADING_INCOMPLETE,
        ActivityFlag.CONDITIONS_MISSING,
        ActivityFlag.POWER_BY_DESIGNATION,
    }
)

# In which list each coded field of a kind is looked up.
CODE_LISTS: Mapping[ActivityKind, Mapping[str, str]] = {
    ActivityKind.STOP_SEARCH: {
        "search_type": "search_types",
        "vehicle": "vehicle_states",
        "object_code": "search_objects",
        "grounds_code": "search_grounds",
        "legislation_code": "legislation",
        "outcome_code": "search_outcomes",
        "outcome_linked_to_object": "outcome_links",
        "clothing_removed": "clothing_levels",
        "location_type": "search_location_types",
        "self_defined_ethnicity": "self_defined_ethnicity",
        "not_stated_reason": "not_stated_reasons",
        "officer_defined_ethnicity": "officer_defined_ethnicity",
        "age_basis": "age_bases",
        "gender": "genders",
        "gowisely": "gowisely",
        "bwv_reason": "body_worn_video_reasons",
        "late_reason": "late_record_reasons",
    },
    ActivityKind.ARREST: {
        "basis": "arrest_bases",
        "necessity": "arrest_necessity",
        "offence_category": "offence_categories",
        "disposal": "arrest_disposals",
        "late_reason": "late_record_reasons",
    },
    ActivityKind.INTELLIGENCE: {
        "category": "intelligence_categories",
        "priority": "intelligence_priorities",
        "grading_scheme": "grading_schemes",
        "source": "intelligence_sources",
        "assessment": "intelligence_assessments",
        "handling": "intelligence_handling",
        "conditions": "intelligence_conditions",
    },
    ActivityKind.REFERRAL: {
        "referral_type": "referral_types",
        "status": "referral_statuses",
        "consent": "referral_consent",
        "recipient": "referral_recipients",
        "subject_category": "referral_subjects",
    },
    ActivityKind.OUTCOME: {
        "outcome_code": "other_outcomes",
        "weapon_type": "weapon_types",
        "weapon_place": "weapon_places",
        "drug_class": "drug_classes",
    },
}


def lists_of(kind: ActivityKind) -> tuple[str, ...]:
    """The names of the lists that a kind's codes stand in, each once, in alphabetical order."""
    return tuple(sorted(set(CODE_LISTS[kind].values())))
