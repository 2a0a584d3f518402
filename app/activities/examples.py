"""Examples of every kind of activity at both levels, for the published description and for tests. Pure."""

from typing import Any

_ID = "01920000-0000-7000-8000-0000000000"
_WHEN = {"occurred_at": "2026-03-02T19:20:00Z", "patrol_id": f"{_ID}01"}
_WHERE = {"position": {"lat": 52.483, "lon": -1.895, "accuracy_m": 8.0}}
_VIDEO = {"video_used": True, "video_reference": "BWV-2026-0042"}

EXAMPLES: list[dict[str, Any]] = [
    {
        "kind": "STOP_SEARCH", "level": "reference", **_WHEN, **_WHERE,
        "reference": "SS/2026/004711", "outcome_code": "NFA", "receipt_reference": "R-4711",
    },
    {
        "kind": "STOP_SEARCH", "level": "record", **_WHEN, **_WHERE, **_VIDEO,
        "recorded_at": "2026-03-02T19:31:00Z",
        "search_type": "PERSON", "legislation_code": "MDA23", "object_code": "DRUGS",
        "grounds_code": "BEHAVIOUR", "grounds": "Seen handing small packets to others at the bus stop.",
        "outcome_code": "ARREST", "outcome_linked_to_object": "YES", "found_codes": ["DRUGS"],
        "self_defined_ethnicity": "NS", "not_stated_reason": "N4", "officer_defined_ethnicity": "IC1",
        "gender": "MALE", "age": 24, "age_basis": "STATED",
        "gowisely": ["G", "O", "I", "S", "E", "L", "Y"], "officer_in_uniform": True,
        "clothing_removed": "OUTER", "in_public_view": True, "location_type": "STREET",
        "handcuffs_used": False, "force_used": False, "receipt_reference": "R-4712",
        "arrest_id": f"{_ID}a4", "present_officers": ["4102"],
    },
    {
        "kind": "ARREST", "level": "reference", **_WHEN, "reference": "AR/2026/0815", "disposal": "CUSTODY",
        "custody_reference": "CU/26/1234", "off_patrol_from": "2026-03-02T19:25:00Z",
        "off_patrol_to": "2026-03-02T21:10:00Z",
    },
    {
        "kind": "ARREST", "level": "record", **_WHEN, **_WHERE, **_VIDEO,
        "basis": "S24", "necessity_codes": ["INVESTIGATE", "NAME"], "offence_category": "DRUGS",
        "offence_code": "92D", "knife_related": False, "in_problem_scope": True, "grounds_told": True,
        "cautioned_at": "2026-03-02T19:24:00Z", "disposal": "CUSTODY", "custody_suite": "PERRY-BARR",
        "from_search_id": f"{_ID}a2", "under_18": False,
        "off_patrol_from": "2026-03-02T19:25:00Z", "off_patrol_to": "2026-03-02T21:10:00Z",
    },
    {
        "kind": "INTELLIGENCE", "level": "reference", **_WHEN, "reference": "IR/26/5150", "category": "DRUG_SUPPLY",
    },
    {
        "kind": "INTELLIGENCE", "level": "record", **_WHEN, "reference": "IR/26/5151", "urgency": "LOW",
        "grading_scheme": "3x5x2",
        "items": [
            {"category": "KNIFE_WEAPON", "source_grade": "2", "assessment_grade": "D", "handling_grade": "P"},
            {
                "category": "ROBBERY", "source_grade": "1", "assessment_grade": "A", "handling_grade": "C",
                "conditions": ["A1", "S2"],
            },
        ],
    },
    {
        "kind": "REFERRAL", "level": "reference", **_WHEN, "reference": "REF/26/77", "referral_type": "HOMELESS",
        "status": "SENT",
    },
    {
        "kind": "REFERRAL", "level": "record", **_WHEN, **_WHERE, "reference": "REF/26/78",
        "referral_type": "CHILD_SG", "recipient": "MASH", "subject_category": "CHILD", "consent": "NOT_SOUGHT_RISK",
        "urgent": True, "status": "SENT",
    },
    {
        "kind": "OUTCOME", "level": "reference", **_WHEN, "reference": "OC/26/9", "outcome_type": "FIRST_AID",
    },
    {
        "kind": "OUTCOME", "level": "record", **_WHEN, **_WHERE, "outcome_type": "WEAPON_SEIZED",
        "item_type": "KITCHEN_KNIFE", "found_place": "OPEN_LAND", "quantity": 1, "under_18": False,
        "reference": "PROP/26/310",
    },
]  # fmt: skip
