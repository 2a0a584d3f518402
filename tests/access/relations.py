"""Who calls, as against a row of team NORTH-1 in area NORTH: every relation that may matter, in every role."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from uuid import UUID

from app.identity.permissions import Role
from tests.access.scopes import Relation
from tests.conftest import LONG_AGO, named

TODAY = date(2026, 3, 2)
TOMORROW = TODAY + timedelta(days=1)
Spell = tuple[str, date, date | None]


@dataclass(frozen=True)
class Standing:
    """A relation and the rows that make it so."""

    relation: Relation
    teams: tuple[Spell, ...] = ()
    force: str = "FORCE"
    suspended: bool = False
    here: tuple[date, date | None] = (LONG_AGO, None)
    roles: tuple[date, date | None] = (LONG_AGO, None)


def _in(team: str) -> tuple[Spell, ...]:
    return ((team, LONG_AGO, None),)


# Whoever has nothing to do with the row otherwise works in the south.
OWN = Standing(Relation("own", own=True))
ELSEWHERE = Standing(Relation("in another LPA"), _in("SOUTH-1"))
STANDINGS = (
    OWN,
    ELSEWHERE,
    # Who leads the team they are in: they see their own rows as its supervisor, and decide nothing about them.
    Standing(Relation("own, in the team", own=True, team=True, area=True), _in("NORTH-1")),
    Standing(Relation("crew, of another LPA", crew=True), _in("SOUTH-1")),
    Standing(Relation("in the team", team=True, area=True), _in("NORTH-1")),
    Standing(Relation("in another team of the LPA", area=True), _in("NORTH-2")),
    Standing(Relation("in a team of an area above", area=True), _in("HQ-1")),
    Standing(Relation("in a team of an area below"), _in("NORTH-A1")),
    Standing(
        Relation("in the team until yesterday"), (("NORTH-1", LONG_AGO, TODAY), ("SOUTH-1", TODAY, None))
    ),
    Standing(
        Relation("in the team from tomorrow"), (("SOUTH-1", LONG_AGO, TOMORROW), ("NORTH-1", TOMORROW, None))
    ),
    Standing(
        Relation("in the team from today", team=True, area=True),
        (("SOUTH-1", LONG_AGO, TODAY), ("NORTH-1", TODAY, None)),
    ),
    Standing(Relation("in the team to the end of today", team=True, area=True), (("NORTH-1", LONG_AGO, TOMORROW),)),
    Standing(Relation("in no team")),
    Standing(Relation("of another force", force=False), _in("OTHER-1"), "OTHER"),
    Standing(Relation("of another force, put into the team by mistake", force=False), _in("NORTH-1"), "OTHER"),
    Standing(Relation("suspended", signs_in=False), _in("NORTH-1"), suspended=True),
    Standing(Relation("left yesterday", signs_in=False), _in("NORTH-1"), here=(LONG_AGO, TODAY)),
    Standing(Relation("here from tomorrow", signs_in=False), _in("NORTH-1"), here=(TOMORROW, None)),
    Standing(
        Relation("on the last day here", team=True, area=True), _in("NORTH-1"), here=(LONG_AGO, TOMORROW)
    ),
    Standing(Relation("with roles until yesterday", holds_roles=False), _in("NORTH-1"), roles=(LONG_AGO, TODAY)),
    Standing(Relation("with roles from tomorrow", holds_roles=False), _in("NORTH-1"), roles=(TOMORROW, None)),
    Standing(
        Relation("with roles for today alone", team=True, area=True), _in("NORTH-1"), roles=(TODAY, TOMORROW)
    ),
)  # fmt: skip
# Operations that show no rows of people need not be tried against each standing.
FORCE_STANDINGS = frozenset(
    {
        "in the team",
        "in no team",
        "of another force",
        "suspended",
        "left yesterday",
        "with roles until yesterday",
    }
)


@dataclass(frozen=True)
class Person:
    collar: str
    roles: frozenset[Role]
    standing: Standing

    @property
    def id(self) -> UUID:
        return named(self.collar)

    def __str__(self) -> str:
        return f"{'+'.join(sorted(self.roles))} {self.standing.relation.name}"


def people() -> Iterator[Person]:
    """One person for each role and standing; for each two roles, two standings: what is theirs, and strangers."""
    number = 20_000
    for standing in STANDINGS:
        sets = [frozenset({role}) for role in Role]
        if standing in (OWN, ELSEWHERE):
            sets += [frozenset(two) for two in combinations(Role, 2)]
        for roles in sets:
            number += 1
            yield Person(str(number), roles, standing)
