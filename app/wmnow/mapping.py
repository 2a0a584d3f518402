"""Decides how the tracker's words become ours: a mapping is data of the force, with a name and a version that every
record's version names. Pure.

What a mapping does not know is kept as the tracker said it, and reported; nothing is guessed.
"""

import re
from collections.abc import Mapping as MappingOf, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.reference.codes import Lists

# Fields that hold codes of our lists.
CODE_LISTS = {
    "engagement_type": "engagement_types",
    "method": "engagement_methods",
    "priority_group": "priority_groups",
    "topics": "engagement_issues",
    "groups_reached": "minority_groups",
}  # fmt: skip
# Fields that name teams and places; each stands for a code of ours, or a name.
PLACE_FIELDS = ("team_ref", "lpa_ref", "sector_ref", "neighbourhood_ref")
# What WMNow's tracker is called here, and the mapping that is meant where none is named.
WMNOW = "wmnow"
SEPARATORS = ";|"


def plain(text: str) -> str:
    """The comparable spelling of a word: ` Beat  Surgery` and `beat-surgery` are `beat surgery`."""
    return re.sub(r"[^a-z0-9+]+", " ", text.casefold()).strip()


@dataclass(frozen=True, slots=True)
class LayoutColumn:
    """A column of the tracker's own layout, as we write it: its heading, and the field of ours that it holds."""

    heading: str
    field: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """How one layout of the tracker is read. Keys of `codes` and `places` are as `plain` spells them.

    `codes`: by field, the tracker's word to our code. `places`: by field, the tracker's name of a team or place to our
    code. `words`: the way back, by field from our code to the first word for it, as it was spelt. `headers`: by our
    field, the headings under which files bring it. `times`: how files spell times, tried in
    order; none means the usual spellings. `separators`: what may stand between several values in a cell.
    `member_data`: headings whose columns are dropped at the door, besides those that always are. `layout`: what is
    written for the tracker.
    """

    name: str
    version: int
    codes: MappingOf[str, MappingOf[str, str]] = field(default_factory=dict)
    places: MappingOf[str, MappingOf[str, str]] = field(default_factory=dict)
    words: MappingOf[str, MappingOf[str, str]] = field(default_factory=dict)
    headers: MappingOf[str, tuple[str, ...]] = field(default_factory=dict)
    times: tuple[str, ...] = ()
    separators: str = SEPARATORS
    member_data: tuple[str, ...] = ()
    layout: tuple[LayoutColumn, ...] = ()

    @property
    def label(self) -> str:
        """Name and version as versions of records bear them: `wmnow/1`."""
        return f"{self.name}/{self.version}"

    def code(self, of: str, said: str) -> str:
        """Our code for a word of the tracker, or the word itself.

        >>> mapping = Mapping("wmnow", 1, codes={"method": {"in person": "FACE"}})
        >>> mapping.code("method", "In person"), mapping.code("method", "Carrier pigeon")
        ('FACE', 'Carrier pigeon')
        """
        return self.codes.get(of, {}).get(plain(said), said)

    def meant(self, content: MappingOf[str, Any]) -> dict[str, Any]:
        """What a record says (`records.content_of`), with our codes in place of the tracker's words.

        >>> mapping = Mapping("wmnow", 1, codes={"topics": {"burglary": "BURGLARY"}})
        >>> mapping.meant({"method": "Stall", "topics": ["Burglary", "ASB"], "people_reached": 3})
        {'method': 'Stall', 'topics': ['ASB', 'BURGLARY'], 'people_reached': 3}
        """
        found = dict(content)
        for of in ("engagement_type", "method", "priority_group"):
            if of in content:
                found[of] = self.code(of, content[of])
        if "topics" in content:
            found["topics"] = sorted({self.code("topics", word) for word in content["topics"]})
        if "groups_reached" in content:
            found["groups_reached"] = self._groups(content["groups_reached"])
        return found

    def _groups(self, said: Sequence[MappingOf[str, Any]]) -> list[dict[str, Any]]:
        """Groups by our codes, each once: how many there were of a code is not known where that of a word is not."""
        counts: dict[str, int | None] = {}
        for one in said:
            code, count = self.code("groups_reached", one["group"]), one["count"]
            before = counts.get(code, 0)
            counts[code] = None if before is None or count is None else before + count
        return [{"group": code, "count": counts[code]} for code in sorted(counts)]

    def place(self, of: str, said: str) -> str:
        """Our code for the tracker's name of a team or place, or the name itself, as `plain` spells it."""
        return plain(self.places.get(of, {}).get(plain(said), said))


def with_labels(mapping: Mapping, lists: Lists) -> Mapping:
    """A mapping that knows, besides its own words, our codes and what our lists call them; its own words go before.

    Of two codes with one label neither is meant by it.
    """
    codes: dict[str, dict[str, str]] = {}
    for of, name in CODE_LISTS.items():
        found: dict[str, set[str]] = {}
        for label in lists.get(name, {}).values():
            for word in {plain(label.code), plain(label.label), plain(label.plain_label)}:
                found.setdefault(word, set()).add(label.code)
        known = {word: next(iter(meant)) for word, meant in found.items() if len(meant) == 1}
        # A code is always itself, whatever another is called.
        known |= {plain(code): code for code in lists.get(name, {})}
        codes[of] = {**known, **mapping.codes.get(of, {})}
    return replace(mapping, codes=codes)


def from_content(name: str, version: int, content: MappingOf[str, Any]) -> Mapping:
    """A mapping from what is stored of it.

    >>> one = from_content("wmnow", 2, {"words": [{"field": "method", "word": "In person", "code": "FACE"}]})
    >>> one.code("method", "in  person"), one.words["method"]["FACE"], one.label
    ('FACE', 'In person', 'wmnow/2')
    """
    meant: dict[str, dict[str, str]] = {}
    words: dict[str, dict[str, str]] = {}
    for each in content.get("words", ()):
        meant.setdefault(each["field"], {})[plain(each["word"])] = each["code"]
        words.setdefault(each["field"], {}).setdefault(each["code"], each["word"])
    return Mapping(
        name,
        version,
        codes={of: known for of, known in meant.items() if of in CODE_LISTS},
        places={of: known for of, known in meant.items() if of in PLACE_FIELDS},
        words=words,
        headers={each["field"]: tuple(each["headings"]) for each in content.get("headers", ())},
        times=tuple(content.get("times", ())),
        separators=content.get("separators", SEPARATORS),
        member_data=tuple(content.get("member_data", ())),
        layout=tuple(LayoutColumn(each["heading"], each["field"]) for each in content.get("layout", ())),
    )
