"""Which fields a force wants of an activity and does not have yet, by kind and by how much it wants of it. Pure.

What the law wants of a search (object, grounds, power, authorisation) is judged in `search_rules`, with a flag of its
own for each; here are the fields without which a record cannot be found again, counted or returned. An incomplete
record counts like any other, and what is missing can be added by an amendment.
"""

from collections.abc import Iterable, Mapping

from app.activities.codes import (
    NOT_SEARCHED,
    ActivityFlag,
    ActivityKind,
    DetailLevel,
    SearchType,
    VehicleState,
)
from app.reference.codes import Label, Lists

Content = Mapping[str, object]

# Beside kind and time, which no record can be without. `place` is a position of the phone or a patrol with a track.
_REFERENCE: Mapping[ActivityKind, tuple[str, ...]] = {
    ActivityKind.STOP_SEARCH: ("place", "outcome_code", "reference"),
    ActivityKind.ARREST: ("place", "disposal", "reference"),
    ActivityKind.INTELLIGENCE: ("category", "reference"),
    ActivityKind.REFERRAL: ("referral_type", "reference"),
    ActivityKind.OUTCOME: ("place", "outcome_code"),
}
_RECORD: Mapping[ActivityKind, tuple[str, ...]] = {
    ActivityKind.STOP_SEARCH: (
        "place", "search_type", "object_code", "legislation_code", "outcome_code", "officer_in_uniform",
        "body_worn_video", "receipt_reference",
    ),
    ActivityKind.ARREST: (
        "place", "basis", "offence_category", "told_of_arrest_and_grounds", "disposal", "under_18",
    ),
    ActivityKind.INTELLIGENCE: ("category", "priority", "items", "reference"),
    ActivityKind.REFERRAL: (
        "referral_type", "recipient", "subject_category", "consent", "status", "reference",
    ),
    ActivityKind.OUTCOME: ("place", "outcome_code"),
}  # fmt: skip
_OF_A_PERSON = ("self_defined_ethnicity", "age", "gender", "clothing_removed", "outcome_linked_to_object")
_NOT_SEARCHED = ("place", "outcome_code", "self_defined_ethnicity")
# What the fact of an outcome's code asks for: `weapon=yes` for type and place.
_BY_FACT: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("weapon", "yes"): ("weapon_type", "weapon_place"),
    ("drugs", "yes"): ("drug_class",),
    ("needs", "authorisation"): ("authorisation_reference",),
    ("text", "yes"): ("detail",),
}


def missing(kind: ActivityKind, level: DetailLevel, content: Content, lists: Lists) -> tuple[str, ...]:
    """The wanted fields without a value, in alphabetical order.

    `content` is the record by field name; empty text and empty lists are no value, False and 0 are. A search with kind,
    time, place and outcome lacks ("reference",) where a reference is enough.
    """
    wanted = _REFERENCE[kind] if level is DetailLevel.REFERENCE else _wanted_of_record(kind, content, lists)
    return tuple(sorted({name for name in wanted if content.get(name) in (None, "", (), [])}))


def completeness_flags(
    kind: ActivityKind, level: DetailLevel, content: Content, lists: Lists
) -> tuple[ActivityFlag, ...]:
    """`incomplete` when something wanted is missing."""
    return (ActivityFlag.INCOMPLETE,) if missing(kind, level, content, lists) else ()


def _wanted_of_record(kind: ActivityKind, content: Content, lists: Lists) -> Iterable[str]:
    if kind is ActivityKind.STOP_SEARCH:
        return _wanted_of_search(content)
    if kind is ActivityKind.ARREST:
        disposal = lists.get("arrest_disposals", {}).get(str(content.get("disposal")))
        to_station = disposal is not None and disposal.attribute("custody") == "yes"
        return (*_RECORD[kind], *(("custody_suite",) if to_station else ()))
    if kind is ActivityKind.OUTCOME:
        return (
            *_RECORD[kind],
            *_by_facts(lists.get("other_outcomes", {}).get(str(content.get("outcome_code")))),
        )
    if kind is ActivityKind.REFERRAL:
        return (
            *_RECORD[kind],
            *_by_facts(lists.get("referral_types", {}).get(str(content.get("referral_type")))),
        )
    return _RECORD[kind]


def _wanted_of_search(content: Content) -> Iterable[str]:
    if content.get("outcome_code") == NOT_SEARCHED:
        return _NOT_SEARCHED
    wanted = _RECORD[ActivityKind.STOP_SEARCH]
    if content.get("search_type") == SearchType.VEHICLE:
        attended = content.get("vehicle") != VehicleState.UNATTENDED
        of_whom = ("self_defined_ethnicity", "gowisely") if attended else ("notice_left",)
        return (*wanted, "vehicle", "outcome_linked_to_object", *of_whom)
    vehicle = ("vehicle",) if content.get("search_type") == SearchType.PERSON_VEHICLE else ()
    return (*wanted, *_OF_A_PERSON, "gowisely", *vehicle)


def _by_facts(label: Label | None) -> Iterable[str]:
    facts = label.attributes if label is not None else ()
    return tuple(name for fact in facts for name in _BY_FACT.get(fact, ()))
