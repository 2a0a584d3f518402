"""Which rows by rank or kind of person are told as one, because so few officers stand behind them that the row would
tell of somebody: a force that shows no single officers shows no rank of one. Pure.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from app.compliance.grouping import By, GroupBy

Key = tuple[Any, ...]
T = TypeVar("T")

# With two, each of them knows the other's.
FEWEST = 3
# In the place of a rank or kind.
FEW_OFFICERS = "few_officers"
_OF_PEOPLE = frozenset({GroupBy.RANK, GroupBy.KIND})


def people_in(by: By) -> list[int]:
    """The places of a key that say what kind of person."""
    return [number for number, each in enumerate(by) if each in _OF_PEOPLE]


def told_together(by: By, officers: Mapping[Key, int]) -> dict[Key, Key]:
    """The keys that are told under another, by how many officers stand behind each.

    Ten PCs, two sergeants, an inspector: the two ranks together. Ten PCs and one sergeant: both together, for else the
    sergeant would be what the total says beyond the PCs. Of each week, team or programme by itself.
    """
    people = people_in(by)
    alike: defaultdict[Key, list[Key]] = defaultdict(list)
    for key in sorted(officers, key=lambda each: (officers[each], [str(part) for part in each])):
        alike[tuple(FEW_OFFICERS if number in people else part for number, part in enumerate(key))].append(
            key
        )
    found: dict[Key, Key] = {}
    for together, keys in alike.items():
        behind = 0
        for key in keys:
            if officers[key] >= FEWEST and not 0 < behind < FEWEST:
                break
            found[key] = together
            behind += officers[key]
    return found


def as_one_row(found: Mapping[Key, Sequence[T]], together: Mapping[Key, Key]) -> dict[Key, list[T]]:
    """What stands under each key, under the key it is told under."""
    rows: defaultdict[Key, list[T]] = defaultdict(list)
    for key, each in found.items():
        rows[together.get(key, key)] += each
    return dict(rows)
