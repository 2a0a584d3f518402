"""Which codes a list holds on a day, and in which words: the built-in list, over which the force's own rows stand.

Codes are stable and never leave the product; labels are the force's. A force that calls a window a slot, or no longer
takes a code, says so with a dated row and needs nobody's help.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from io import StringIO

from app.clock import in_force


@dataclass(frozen=True, slots=True)
class Label:
    """One code in words: `label` as forms and returns have it, `plain_label` as an officer reads it on a screen.

    `published_value` is the spelling a national return wants, where there is one.
    """

    code: str
    label: str
    plain_label: str
    published_value: str | None
    position: int


@dataclass(frozen=True, slots=True)
class DatedLabel:
    """A force's own wording of a code from a day on, until another day where there is one."""

    label: Label
    valid_from: date
    valid_to: date | None


Lists = Mapping[str, Mapping[str, Label]]


def read_lists(text: str) -> dict[str, dict[str, Label]]:
    """The built-in lists from their CSV (list, code, label, plain_label, position), in its order.

    An empty plain label is the label. Raises ValueError when a code stands twice in a list.
    """
    found: dict[str, dict[str, Label]] = {}
    for row in csv.DictReader(StringIO(text)):
        codes = found.setdefault(row["list"], {})
        if row["code"] in codes:
            raise ValueError(f"{row['list']} holds {row['code']} twice")
        codes[row["code"]] = Label(
            row["code"], row["label"], row["plain_label"] or row["label"], None, int(row["position"])
        )
    return found


def on_day(built_in: Mapping[str, Label], own: Iterable[DatedLabel], day: date) -> dict[str, Label]:
    """The codes of one list on a day, by position, then code: the force's own row holds before the built-in one.

    With `slot` as own word for `window` from 1 May: the built-in word on 30 April, `slot` from 1 May. Of two own rows
    in force the one that began later holds.
    """
    found = dict(built_in)
    for row in sorted(own, key=lambda each: each.valid_from):
        if in_force(row.valid_from, row.valid_to, day):
            found[row.label.code] = row.label
    return {
        label.code: label for label in sorted(found.values(), key=lambda each: (each.position, each.code))
    }


def in_words(labels: Mapping[str, Label], code: str) -> str:
    """The plain label of a code, or the code itself where nobody has put it into words yet."""
    found = labels.get(code)
    return found.plain_label if found is not None else code
