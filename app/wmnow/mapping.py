"""Decides how the tracker's words become ours: a mapping is data of the force, with a name and a version that every
record's version names. Pure.

What a mapping does not know is kept as the tracker said it, and reported; nothing is guessed.
"""

import re
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field

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
# What WMNow's tracker is called here.
WMNOW = "wmnow"


def plain(text: str) -> str:
    """The comparable spelling of a word: ` Beat  Surgery` and `beat-surgery` are `beat surgery`."""
    return re.sub(r"[^a-z0-9+]+", " ", text.casefold()).strip()


@dataclass(frozen=True, slots=True)
class Mapping:
    """How one layout of the tracker is read. Keys of `codes` and `places` are as `plain` spells them.

    `codes`: by field, the tracker's word to our code. `places`: by field, the tracker's name of a team or place to our
    code. `headers`: by our field, the headings under which files bring it. `times`: how files spell times, tried in
    order; none means the usual spellings. `member_data`: headings whose columns are dropped at the door, besides those
    that always are.
    """

    name: str
    version: int
    codes: MappingOf[str, MappingOf[str, str]] = field(default_factory=dict)
    places: MappingOf[str, MappingOf[str, str]] = field(default_factory=dict)
    headers: MappingOf[str, tuple[str, ...]] = field(default_factory=dict)
    times: tuple[str, ...] = ()
    member_data: tuple[str, ...] = ()

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

    def place(self, of: str, said: str) -> str:
        """Our code for the tracker's name of a team or place, or the name itself, as `plain` spells it."""
        return plain(self.places.get(of, {}).get(plain(said), said))
