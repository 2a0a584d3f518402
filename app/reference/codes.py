"""Which codes a list holds on a day, and in which words: the built-in list, over which the force's own rows stand.

Codes are stable and never leave the product; labels are the force's. A force that calls a window a slot, or no longer
takes a code, says so with a dated row and needs nobody's help.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from io import StringIO

from app.clock import in_force

_ATTRIBUTE = re.compile(r"([a-z][a-z0-9_]{0,29})=([^=;]{1,100})")

Attributes = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Label:
    """One code in words: `label` as forms and returns have it, `plain_label` as an officer reads it on a screen.

    `published_value` is the spelling a national return wants, where there is one. `attributes` are facts that rules and
    reports read from the code: that a power needs no suspicion, to which class a reason belongs.
    """

    code: str
    label: str
    plain_label: str
    published_value: str | None
    position: int
    attributes: Attributes = ()

    def attribute(self, name: str) -> str | None:
        """The fact of that name, None where the code says nothing about it."""
        return dict(self.attributes).get(name)


@dataclass(frozen=True, slots=True)
class DatedLabel:
    """A force's own wording of a code from a day on, until another day where there is one."""

    label: Label
    valid_from: date
    valid_to: date | None


Lists = Mapping[str, Mapping[str, Label]]


def read_attributes(text: str) -> Attributes:
    """The facts in one cell: `suspicion=no;needs=order` is (("suspicion", "no"), ("needs", "order")).

    Raises ValueError for anything else than name=value, and for a name that stands twice.
    """
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        match = _ATTRIBUTE.fullmatch(part)
        if match is None or match[1] in found:
            raise ValueError("must be facts such as class=LOCAL, separated by semicolons, each name once")
        found[match[1]] = match[2]
    return tuple(found.items())


def attributes_text(attributes: Attributes) -> str:
    """The cell that `read_attributes` reads."""
    return ";".join(f"{name}={value}" for name, value in attributes)


def read_lists(text: str) -> dict[str, dict[str, Label]]:
    """The built-in lists from their CSV (list, code, label, plain_label, position, published_value, attributes).

    In its order. An empty plain label is the label; the last two columns may be left out. Raises ValueError when a code
    stands twice in a list.
    """
    found: dict[str, dict[str, Label]] = {}
    for row in csv.DictReader(StringIO(text), restval=""):
        codes = found.setdefault(row["list"], {})
        if row["code"] in codes:
            raise ValueError(f"{row['list']} holds {row['code']} twice")
        codes[row["code"]] = Label(
            row["code"],
            row["label"],
            row["plain_label"] or row["label"],
            row.get("published_value") or None,
            int(row["position"]),
            read_attributes(row.get("attributes", "")),
        )
    return found


def on_day(built_in: Mapping[str, Label], own: Iterable[DatedLabel], day: date) -> dict[str, Label]:
    """The codes of one list on a day, by position, then code: the force's own row holds before the built-in one.

    With `slot` as own word for `window` from 1 May: the built-in word on 30 April, `slot` from 1 May. Of two own rows
    in force the one that began later holds. What an own row does not say about publishing and facts stays as built in:
    who only renames a power has not taken its spelling out of the return.
    """
    found = dict(built_in)
    for row in sorted(own, key=lambda each: each.valid_from):
        if in_force(row.valid_from, row.valid_to, day):
            found[row.label.code] = _over(built_in.get(row.label.code), row.label)
    return {
        label.code: label for label in sorted(found.values(), key=lambda each: (each.position, each.code))
    }


class ListsOverTime:
    """Some lists of a force on any day, for files whose rows are of many days; each day is put together once."""

    def __init__(self, built_in: Lists, own: Mapping[str, Sequence[DatedLabel]]) -> None:
        self._built_in, self._own = built_in, own
        self._days: dict[date, Lists] = {}

    def on(self, day: date) -> Lists:
        """The lists as `on_day` makes them."""
        if day not in self._days:
            self._days[day] = {
                name: on_day(self._built_in.get(name, {}), own, day) for name, own in self._own.items()
            }
        return self._days[day]


def _over(built_in: Label | None, own: Label) -> Label:
    if built_in is None:
        return own
    return replace(
        own,
        published_value=own.published_value or built_in.published_value,
        attributes=tuple({**dict(built_in.attributes), **dict(own.attributes)}.items()),
    )


def in_words(labels: Mapping[str, Label], code: str) -> str:
    """The plain label of a code, or the code itself where nobody has put it into words yet."""
    found = labels.get(code)
    return found.plain_label if found is not None else code
