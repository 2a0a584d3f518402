"""Which of the things said of an area, its priorities above all, begin and which end when they are said anew. Pure.

Nobody gives a priority an id, so its words are what it is: another wording, another action or another day is another
row, and the one before ends. Nothing is deleted.
"""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

W = TypeVar("W", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Priority:
    """An issue and what was done about it, as plain text; either may come without a time."""

    issue: str
    issue_at: datetime | None = None
    action: str | None = None
    action_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Renewal(Generic[W]):
    """What begins in an area and which of its rows end."""

    begin: tuple[W, ...]
    end: tuple[UUID, ...]

    def __bool__(self) -> bool:
        return bool(self.begin or self.end)


def renewed(wanted: Collection[W], held: Mapping[UUID, W]) -> Renewal[W]:
    """What changes when exactly `wanted` are said of an area and `held` are the rows in force.

    The same again is no change, in whatever order and however often it is said: with A and B held, `[B, C, C]` begins C
    and ends A.
    """
    begin = tuple(one for one in dict.fromkeys(wanted) if one not in held.values())
    end = tuple(row_id for row_id, one in held.items() if one not in wanted)
    return Renewal(begin, end)
