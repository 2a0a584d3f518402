"""What a person holds over time: spells of ranks, roles and teams, each from a day until the day before another.

Turning one spell into the next and leaving are the only two ways it changes, and neither rewrites what was.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Generic, TypeVar
from uuid import UUID

from app.clock import in_force
from app.identity.permissions import OfficerKind, Role

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spell(Generic[T]):
    """Something held from a day until the day before another; `id` is None while it is only planned."""

    value: T
    valid_from: date
    valid_to: date | None = None
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RankValue:
    rank: str
    acting: bool


@dataclass(frozen=True, slots=True)
class Person:
    """A person as held or planned. `id` is None for somebody new; spells are in order of their first day.

    `subjects` is the person's sign-in at each issuer. `teams` are codes. Who is `suspended` cannot sign in, whatever
    the days say.
    """

    collar_number: str
    kind: OfficerKind
    valid_from: date
    valid_to: date | None = None
    id: UUID | None = None
    subjects: Mapping[str, str] = field(default_factory=dict)
    ranks: tuple[Spell[RankValue], ...] = ()
    roles: tuple[Spell[frozenset[Role]], ...] = ()
    teams: tuple[Spell[str], ...] = ()
    suspended: bool = False


def first_days(person: Person) -> list[date]:
    return [
        *(spell.valid_from for spell in person.ranks),
        *(spell.valid_from for spell in person.roles),
        *(spell.valid_from for spell in person.teams),
    ]


def turn(spells: tuple[Spell[T], ...], wanted: T | None, day: date) -> tuple[Spell[T], ...] | None:
    """Spells in which `wanted` (None: nothing) holds on a day; the same ones when it does, None when it is too late.

    Too late: something begins on that day or after it, which a change then would rewrite.
    """
    current = next((one for one in spells if in_force(one.valid_from, one.valid_to, day)), None)
    if (current.value if current else None) == wanted:
        return spells
    if any(one.valid_from >= day for one in spells):
        return None
    turned = tuple(replace(one, valid_to=day) if one is current else one for one in spells)
    return turned if wanted is None else (*turned, Spell(wanted, day))


def leave(person: Person, day: date) -> Person | None:
    """A person who is no longer here from a day on; None when something of theirs begins on it or later."""

    def cut(spells: tuple[Spell[T], ...]) -> tuple[Spell[T], ...]:
        return tuple(
            replace(spell, valid_to=day) if spell.valid_to in (None, person.valid_to) else spell
            for spell in spells
        )

    if any(first >= day for first in first_days(person)):
        return None
    return replace(
        person, valid_to=day, ranks=cut(person.ranks), roles=cut(person.roles), teams=cut(person.teams)
    )


def role_spells(
    held: Iterable[tuple[Role, date, date | None]],
) -> tuple[Spell[frozenset[Role]], ...]:
    """Roles held one by one as sets held together, days without any role left out.

    OFFICER since April and SUPERVISOR since June are {OFFICER} from April to June and both from June.
    """
    rows = list(held)
    edges = sorted({day for _, start, end in rows for day in (start, end) if day is not None})
    spells: list[Spell[frozenset[Role]]] = []
    for number, start in enumerate(edges):
        end = edges[number + 1] if number + 1 < len(edges) else None
        roles = frozenset(role for role, first, last in rows if in_force(first, last, start))
        if roles:
            spells.append(Spell(roles, start, end))
    return tuple(spells)


def role_rows(spells: Iterable[Spell[frozenset[Role]]]) -> list[tuple[Role, date, date | None]]:
    """The inverse of `role_spells`: each role with the days it is held without a break."""
    rows: list[tuple[Role, date, date | None]] = []
    held = list(spells)
    for role in Role:
        for spell in held:
            if role not in spell.value:
                continue
            if rows and rows[-1][0] is role and rows[-1][2] == spell.valid_from:
                rows[-1] = (role, rows[-1][1], spell.valid_to)
            else:
                rows.append((role, spell.valid_from, spell.valid_to))
    return rows
