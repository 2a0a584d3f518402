"""What is logged on the demonstration evening, as it was written: searches, an arrest, a weapon, talks, a promise.

Only data; `demo/records.py` turns it into facts for a date. Times are London clock time. Whoever was searched, arrested
or referred is nowhere: that is in the force's own systems, under the reference.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time


@dataclass(frozen=True, slots=True)
class RecordStory:
    """One thing logged. `patrol` and `window` name the stories it belongs to, `of` the record it says more of.

    `links` are fields that name another record by its label; `days_later` moves it to a later day. `flags` are what the
    service is to note of it.
    """

    label: str
    kind: str
    collar: str
    at: time
    story: str
    content: Mapping[str, object]
    patrol: str | None = None
    window: str | None = None
    of: str | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    days_later: int = 0


@dataclass(frozen=True, slots=True)
class LeavingStory:
    """One tap to leave: why a patrol ended, with the number of the log and the arrest it ended for."""

    patrol: str
    reason: str
    log_number: str
    activity: str | None = None


_TOLD = ["G", "O", "W", "I", "S", "E", "L", "Y"]
_SEARCH: Mapping[str, object] = {
    "kind": "STOP_SEARCH",
    "level": "record",
    "video_used": True,
    "search_type": "PERSON",
    "gender": "MALE",
    "age_basis": "STATED",
    "gowisely": _TOLD,
    "officer_in_uniform": True,
    "clothing_removed": "OUTER",
    "in_public_view": True,
    "location_type": "STREET",
    "handcuffs_used": False,
    "force_used": False,
}

LEAVINGS = (LeavingStory("broadst", "ARREST_MADE", "WMP-2031", "arrest"),)

RECORDS = (
    RecordStory(
        "surgery", "engagement", "4111", time(16, 30),
        "Beat surgery in the library, announced the week before.",
        {
            "engagement_type": "BEAT_SURGERY", "method": "FACE", "minutes": 60, "planned": True, "published": True,
            "people_reached": 14, "priority_groups": ["RESIDENTS", "OLDER_65"], "issues": ["ASB", "VEHICLES"],
            "officers": ["4113"], "reference": "ENG-26-0142",
            "position": {"lat": 52.5009, "lon": -1.9079, "accuracy_m": 12.0},
        },
    ),
    RecordStory(
        "promise", "engagement-action", "4111", time(17, 35),
        "Promised: a walk with the council along the unlit path.",
        {"issue": "ASB", "you_said": "The path behind the shops is dark and we avoid it."},
        of="surgery",
    ),
    RecordStory(
        "search-nfa", "activity", "4101", time(17, 26),
        "Looked for a knife, found none; a receipt was given.",
        {
            **_SEARCH, "legislation_code": "PACE1", "object_code": "WEAPON", "grounds_code": "PUBLIC_REPORT",
            "grounds": "Caller described a knife in a grey rucksack; same rucksack and clothing seen at the ramp.",
            "outcome_code": "NFA", "outcome_linked_to_object": "NO", "self_defined_ethnicity": "W1", "age": 19,
            "receipt_reference": "R-26-3301", "video_reference": "BWV-3301",
        },
        patrol="newst",
    ),
    RecordStory(
        "intelligence", "activity", "4121", time(18, 12),
        "Two pieces of intelligence; what they say is in the force's own system.",
        {
            "kind": "INTELLIGENCE", "level": "record", "reference": "IR/26/5150", "urgency": "LOW",
            "items": [
                {"category": "ROBBERY", "source_grade": "2", "assessment_grade": "D", "handling_grade": "P"},
                {"category": "VEHICLE_CRIME", "source_grade": "1", "assessment_grade": "B", "handling_grade": "P"},
            ],
        },
        patrol="sparkbrook",
    ),
    RecordStory(
        "pcso-search", "activity", "4103", time(18, 35),
        "Searched by a PCSO, who has no power to: recorded, and shown to the sergeant.",
        {
            **_SEARCH, "legislation_code": "MDA23", "object_code": "DRUGS", "grounds_code": "SMELL",
            "grounds": "Smell of cannabis from the group on the steps.", "outcome_code": "NFA",
            "outcome_linked_to_object": "NO", "self_defined_ethnicity": "A1", "age": 21,
            "receipt_reference": "R-26-3302", "video_reference": "BWV-3302",
        },
        patrol="colmore", flags=("searcher_not_constable",),
    ),
    RecordStory(
        "contacts", "engagement", "4131", time(18, 48),
        "Talks with shopkeepers on the way.",
        {
            "engagement_type": "HOTSPOT_CHAT", "method": "FACE", "reach_band": "6_20",
            "priority_groups": ["BUSINESS"], "issues": ["SHOP_THEFT"],
        },
        patrol="waterloo",
    ),
    RecordStory(
        "warden-contact", "engagement", "4161", time(17, 40),
        "The warden and two rough sleepers: where the outreach team is tonight.",
        {
            "engagement_type": "HOTSPOT_CHAT", "method": "FACE", "people_reached": 2,
            "priority_groups": ["ROUGH_SLEEPERS"],
        },
        patrol="warden",
    ),
    RecordStory(
        "weapon", "activity", "4112", time(19, 3),
        "A kitchen knife under the hedge by the bus stop.",
        {
            "kind": "OUTCOME", "level": "record", "outcome_type": "WEAPON_SEIZED", "item_type": "KITCHEN_KNIFE",
            "found_place": "OPEN_LAND", "quantity": 1, "under_18": False, "reference": "PROP/26/310",
        },
        patrol="lozells-second",
    ),
    RecordStory(
        "away", "abstraction", "4109", time(19, 40),
        "Taken to a hospital watch by the sergeant: why nobody came to the late window.",
        {
            "abstracted_collar_number": "4101", "authorising_collar_number": "4109", "authority_level": "SGT",
            "reason_code": "HOSPITAL", "destination": "HOSPITAL", "post_role": "DNO", "notice_minutes": 20,
            "backfilled": False, "reference": "ABS-26-0107",
        },
        window="colmore-late", flags=("protected_post",),
    ),
    RecordStory(
        "referral", "activity", "4122", time(20, 6),
        "Referred to the outreach team; accepted the day after.",
        {
            "kind": "REFERRAL", "level": "record", "reference": "REF/26/78", "referral_type": "HOMELESS",
            "recipient": "OUTREACH", "subject_category": "ADULT", "consent": "GIVEN", "urgent": False,
            "status": "SENT",
        },
        patrol="erdington",
    ),
    RecordStory(
        "referral-accepted", "referral-follow-up", "4122", time(9, 15),
        "", {"status": "ACCEPTED", "reference": "OUT-118"}, of="referral", days_later=1,
    ),
    RecordStory(
        "search-arrest", "activity", "4102", time(20, 24),
        "A phone that had been snatched was found.",
        {
            **_SEARCH, "legislation_code": "PACE1", "object_code": "STOLEN", "grounds_code": "DESCRIPTION",
            "grounds": "Matched the description of a snatch minutes before and ran on seeing the patrol.",
            "outcome_code": "ARREST", "outcome_linked_to_object": "YES", "found_codes": ["STOLEN"],
            "self_defined_ethnicity": "NS", "not_stated_reason": "N1", "officer_defined_ethnicity": "IC1",
            "age": 23, "age_basis": "ESTIMATED", "receipt_reference": "R-26-3303", "handcuffs_used": True,
            "video_reference": "BWV-3303", "present_officers": ["4103"],
        },
        patrol="broadst", links={"arrest_id": "arrest"},
    ),
    RecordStory(
        "arrest", "activity", "4102", time(20, 29),
        "Arrested for robbery: both left for custody with one tap.",
        {
            "kind": "ARREST", "level": "record", "basis": "S24", "necessity_codes": ["INVESTIGATE", "DISAPPEAR"],
            "offence_category": "ROBBERY", "knife_related": False, "in_problem_scope": True, "grounds_told": True,
            "disposal": "CUSTODY", "custody_suite": "PERRY-BARR", "custody_reference": "CU/26/2031",
            "under_18": False, "video_used": True, "video_reference": "BWV-3303",
        },
        patrol="broadst", links={"from_search_id": "search-arrest"},
    ),
    RecordStory(
        "sweep", "activity", "4151", time(20, 50),
        "Swept the hedges of the park.",
        {"kind": "OUTCOME", "level": "reference", "outcome_type": "WEAPON_SWEEP", "reference": "OC/26/9"},
        patrol="taskforce",
    ),
)  # fmt: skip
