"""Decides whether a mapping that a force sends can be kept, and what is kept of it. Pure."""

from collections.abc import Iterable, Mapping as MappingOf, Sequence
from typing import Any

from app.imports.profiles import plain_header
from app.wmnow.layouts import OUT_FIELDS
from app.wmnow.mapping import CODE_LISTS, PLACE_FIELDS, plain
from app.wmnow.member_data import UNKEPT_FIELDS, dropped
from app.wmnow.standard import STANDARD_CONTENT
from app.wmnow.tracker_rows import FIELDS
from app.wmnow.tracker_times import time_pattern

Faults = list[tuple[str, str]]


def completed(sent: MappingOf[str, Any]) -> dict[str, Any]:
    """A mapping with what was left out: fields whose headings are not named keep the standard ones, save headings that
    were given to another field; without a layout the standard one."""
    headings = {each["field"]: list(each["headings"]) for each in sent["headers"]}
    taken = {plain_header(one) for some in headings.values() for one in some}
    for each in STANDARD_CONTENT["headers"]:
        headings.setdefault(each["field"], [one for one in each["headings"] if one not in taken])
    return {
        **sent,
        "headers": [{"field": of, "headings": headings[of]} for of in FIELDS if of in headings],
        "layout": sent["layout"] or STANDARD_CONTENT["layout"],
    }


def faults_of(sent: MappingOf[str, Any]) -> Faults:
    """What is wrong with a mapping, by JSON pointer, in our own words."""
    return [
        *_fields(sent["headers"], "/headers", FIELDS),
        *_fields(sent["words"], "/words", (*CODE_LISTS, *PLACE_FIELDS)),
        *_fields(sent["layout"], "/layout", OUT_FIELDS),
        *_headings(sent),
        *_times(sent["times"]),
        *_separators(sent["separators"]),
        *_words(sent["words"]),
        *_layout(sent["layout"]),
    ]


def _fields(rows: Sequence[MappingOf[str, Any]], at: str, known: Sequence[str]) -> Faults:
    told = f"is none of {', '.join(known)}"
    return [(f"{at}/{place}/field", told) for place, row in enumerate(rows) if row["field"] not in known]


def _twice(values: Iterable[object]) -> set[int]:
    seen: set[object] = set()
    found = set()
    for place, value in enumerate(values):
        if value in seen:
            found.add(place)
        seen.add(value)
    return found


def _headings(sent: MappingOf[str, Any]) -> Faults:
    found: Faults = [
        (f"/headers/{place}/field", "stands twice")
        for place in _twice(row["field"] for row in sent["headers"])
    ]
    headings = [
        (row["field"], f"/headers/{place}/headings/{number}", heading)
        for place, row in enumerate(sent["headers"])
        for number, heading in enumerate(row["headings"])
    ]
    twice = _twice(plain_header(heading) for _, _, heading in headings)
    for at, (of, pointer, heading) in enumerate(headings):
        if not plain_header(heading):
            found.append((pointer, "holds no letter or digit"))
        elif of not in UNKEPT_FIELDS and dropped(heading, sent["member_data"]) is not None:
            found.append((pointer, "may hold members' data or free text, which is not read"))
        elif at in twice:
            found.append((pointer, "stands twice"))
    return found


def _times(times: Sequence[str]) -> Faults:
    found: Faults = []
    for place, spelling in enumerate(times):
        try:
            time_pattern(spelling)
        except ValueError as error:
            found.append((f"/times/{place}", str(error)))
    return found


def _separators(text: str) -> Faults:
    if any(each.isalnum() or each.isspace() or each in "\"'()=:" for each in text):
        return [("/separators", "are signs such as ; | and / , no letters, spaces, quotes, brackets, = or :")]
    return []


def _words(rows: Sequence[MappingOf[str, Any]]) -> Faults:
    twice = _twice((row["field"], plain(row["word"])) for row in rows)
    return [(f"/words/{place}/word", "stands twice for that field") for place in sorted(twice)]


def _layout(rows: Sequence[MappingOf[str, Any]]) -> Faults:
    twice = _twice(plain_header(row["heading"]) for row in rows)
    return [(f"/layout/{place}/heading", "stands twice") for place in sorted(twice)]
