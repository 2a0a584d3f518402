"""Decides what a file of officers changes: who joins, moves, changes rank or roles, comes back and leaves, and when.

A person is who signs in as (issuer, subject); the collar number is a label that is reused over the years. Each row is
held against what is in force on its day, which is `valid_from`, or `effective_from` where the import gives one that
is later. What differs ends on that day and begins anew; nothing that was is rewritten.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field, field_validator

from app.clock import in_force
from app.identity import problems
from app.identity.permissions import OfficerKind, Role
from app.identity.ranks import RANKS
from app.identity.spells import Person, RankValue, Spell, first_days, leave, turn
from app.imports.findings import ChangeAction, Finding, PlannedChange, any_errors
from app.imports.rows import Day, PlaceCode, Row, RowModel, Several, Text16, Text200, Text300, Truth


class OfficerRow(RowModel):
    """One person and period. `valid_to` is the first day on which it no longer holds.

    `suspended` has no day: it holds from the import on. None leaves it as it is.
    """

    collar_number: Text16
    kind: OfficerKind
    rank: str
    acting: Truth = False
    roles: Annotated[tuple[Role, ...], Several, Field(min_length=1)]
    team_code: PlaceCode | None = None
    issuer: Text300 | None = None
    subject: Text200
    valid_from: Day
    valid_to: Day | None = None
    suspended: Truth | None = None

    @field_validator("rank")
    @classmethod
    def _known_rank(cls, value: str) -> str:
        if value not in RANKS:
            raise ValueError("must be a rank code such as PC or SGT")
        return value


@dataclass(frozen=True, slots=True)
class PersonChange:
    """A person before (None for a joiner) and after, with the rows' story in one line."""

    before: Person | None
    after: Person
    planned: PlannedChange


@dataclass(frozen=True, slots=True)
class PeoplePlan:
    changes: tuple[PersonChange, ...]
    unchanged: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class PeopleOptions:
    """See the options of imports. `today` is the day leavers leave when `effective_from` is not given."""

    today: date
    default_issuer: str | None = None
    effective_from: date | None = None
    complete_list: bool = False


def plan_people(
    rows: Iterable[Row[OfficerRow]],
    held: Iterable[Person],
    taken: frozenset[tuple[str, str]],
    known_teams: frozenset[str],
    importer_id: UUID | None,
    options: PeopleOptions,
) -> PeoplePlan:
    """What the good rows of a file change in the people held.

    `taken` are sign-ins of people of other forces. A person's rows are read in order of their first day, wherever they
    stand in the file. When any row is at fault the plan has its finding, and is not for applying.
    """
    book = _Book(list(held), taken, known_teams, importer_id, options)
    for row in sorted(rows, key=lambda one: (one.values.collar_number, one.values.valid_from)):
        book.read(row)
    if options.complete_list and not any_errors(book.findings):
        book.end_the_missing()
    return book.closed()


class _Book:
    """The people as the rows read so far leave them."""

    def __init__(
        self,
        held: list[Person],
        taken: frozenset[tuple[str, str]],
        known_teams: frozenset[str],
        importer_id: UUID | None,
        options: PeopleOptions,
    ) -> None:
        self.people = list(held)
        self.before: list[Person | None] = list(held)
        self.by_sign_in: dict[tuple[str, str], int] = {}
        self.by_collar: dict[str, list[int]] = {}
        for place in range(len(held)):
            self._index(place)
        self.stories: dict[int, PlannedChange] = {}
        self.seen: dict[int, int] = {}
        self.taken = taken
        self.known_teams = known_teams
        self.importer_id = importer_id
        self.options = options
        self.findings: list[Finding] = []

    def read(self, row: Row[OfficerRow]) -> None:
        values = row.values
        issuer = values.issuer or self.options.default_issuer
        fault = self._fault(row, issuer)
        if fault is not None:
            self.findings.append(fault)
            return
        assert issuer is not None  # noqa: S101 - a missing issuer is a fault
        place = self._whose(row, issuer)
        if isinstance(place, Finding):
            self.findings.append(place)
            return
        if place is None:
            self._add(_joined(values, issuer), row)
            return
        person = self.people[place]
        after, findings = follow(person, values, issuer, self._day(values, place), row.number)
        if person.id is not None and person.id == self.importer_id and person.roles != after.roles:
            findings.append(problems.own_roles(row.number))
        if person.id is not None and person.id == self.importer_id and after.suspended:
            findings.append(problems.own_suspension(row.number))
        self.findings += findings
        self._note(place, row.number, person, after)

    def _fault(self, row: Row[OfficerRow], issuer: str | None) -> Finding | None:
        values = row.values
        if issuer is None:
            return Finding(
                row.number, "issuer", "missing", "Must be given, or a default_issuer with the import."
            )
        if values.valid_to is not None and values.valid_to <= values.valid_from:
            return Finding(row.number, "valid_to", "ends-before-start", "Must be later than valid_from.")
        if values.team_code is not None and values.team_code not in self.known_teams:
            return Finding(row.number, "team_code", "team-unknown", "No such team.")
        if Role.INTEGRATION in values.roles and len(values.roles) > 1:
            return problems.integration_alone(row.number)
        return None

    def _index(self, place: int) -> None:
        person = self.people[place]
        self.by_sign_in |= dict.fromkeys(person.subjects.items(), place)
        carriers = self.by_collar.setdefault(person.collar_number, [])
        if place not in carriers:
            carriers.append(place)

    def _day(self, values: OfficerRow, place: int) -> date:
        told = self.options.effective_from
        over = values.valid_to is not None and told is not None and told >= values.valid_to
        if told is None or over or place in self.seen:
            return values.valid_from
        return max(values.valid_from, told)

    def _whose(self, row: Row[OfficerRow], issuer: str) -> int | Finding | None:
        """The place of the person a row is about; None for somebody new."""
        values = row.values
        if (issuer, values.subject) in self.taken:
            return problems.identity_taken(row.number)
        known = self.by_sign_in.get((issuer, values.subject))
        if known is not None:
            same = self.people[known].collar_number == values.collar_number
            return known if same else problems.identity_taken(row.number)
        carriers = self.by_collar.get(values.collar_number, [])
        for place in carriers:
            if self.people[place].valid_from == values.valid_from:
                return place
        if any(_overlap(self.people[place], values) for place in carriers):
            return problems.collar_in_use(row.number)
        return None

    def _add(self, person: Person, row: Row[OfficerRow]) -> None:
        self.people.append(person)
        self.before.append(None)
        place = len(self.people) - 1
        self._index(place)
        self.seen[place] = row.number
        self.stories[place] = PlannedChange(ChangeAction.JOINER, person.collar_number, row.number)

    def _note(self, place: int, number: int, before: Person, after: Person) -> None:
        self.seen.setdefault(place, number)
        if after == before:
            return
        self.people[place] = after
        self._index(place)
        known = self.stories.get(place)
        if known is not None and known.action is ChangeAction.JOINER:
            return
        original = self.before[place] or before
        self.stories[place] = _story(original, after, known.row if known else number)

    def end_the_missing(self) -> None:
        """Whoever is held, in force and in no row leaves."""
        day = self.options.effective_from or self.options.today
        for place, person in enumerate(self.people):
            if place in self.seen or not in_force(person.valid_from, person.valid_to, day):
                continue
            if person.id == self.importer_id:
                self.findings.append(
                    Finding(None, None, "own-absence", "You are missing from your own complete list.")
                )
                continue
            after = leave(person, day)
            if after is None:
                self.findings.append(
                    Finding(None, None, "leaves-before-start", "Somebody missing has rows that begin later.")
                )
                continue
            self.people[place] = after
            self.stories[place] = PlannedChange(
                ChangeAction.LEAVER, person.collar_number, None, ("valid_to",)
            )

    def closed(self) -> PeoplePlan:
        changes = [
            PersonChange(self.before[place], self.people[place], story)
            for place, story in sorted(self.stories.items(), key=lambda item: item[1].row or 0)
        ]
        unchanged = len([place for place in self.seen if place not in self.stories])
        return PeoplePlan(tuple(changes), unchanged, tuple(self.findings))


def _joined(values: OfficerRow, issuer: str) -> Person:
    start, end = values.valid_from, values.valid_to
    return Person(
        values.collar_number,
        values.kind,
        start,
        end,
        subjects={issuer: values.subject},
        ranks=(Spell(RankValue(values.rank, values.acting), start, end),),
        roles=(Spell(frozenset(values.roles), start, end),),
        teams=(Spell(values.team_code, start, end),) if values.team_code else (),
        suspended=bool(values.suspended),
    )


def follow(
    person: Person, values: OfficerRow, issuer: str, day: date, number: int
) -> tuple[Person, list[Finding]]:
    """A person after a row that holds from a day, and what is wrong with it. An unchanged person is equal.

    Worked values: Sergeant since 1 May, row says PC from 1 April: `older-than-current`. In team A since April, row
    says team B from 1 June: A ends, B begins on 1 June.
    """
    findings: list[Finding] = []
    returns = person.valid_to is not None and day >= person.valid_to
    after = person
    if returns:
        after = replace(after, valid_to=values.valid_to)
    elif not in_force(person.valid_from, person.valid_to, day):
        findings.append(problems.older_than_current(number, "valid_from"))
        return person, findings
    ranks = turn(after.ranks, RankValue(values.rank, values.acting), day)
    roles = turn(after.roles, frozenset(values.roles), day)
    teams = turn(after.teams, values.team_code, day)
    for column, turned in (("rank", ranks), ("roles", roles), ("team_code", teams)):
        if turned is None:
            findings.append(problems.older_than_current(number, column))
    if ranks is None or roles is None or teams is None:
        return person, findings
    after = replace(after, ranks=ranks, roles=roles, teams=teams)
    if values.kind is not person.kind:
        findings.append(problems.kind_changed(number))
        after = replace(after, kind=values.kind)
    if person.subjects.get(issuer) != values.subject:
        findings.append(problems.sign_in_changed(number))
        after = replace(after, subjects={**person.subjects, issuer: values.subject})
    if values.suspended is not None and values.suspended is not person.suspended:
        findings.append(problems.suspension_changed(number, values.suspended))
        after = replace(after, suspended=values.suspended)
    ended = _end(after, values, number, findings)
    return ended, findings


def _end(person: Person, values: OfficerRow, number: int, findings: list[Finding]) -> Person:
    if values.valid_to is None:
        if person.valid_to is not None:
            findings.append(problems.left_already(number))
        return person
    later = [day for day in first_days(person) if day >= values.valid_to]
    if not later:
        return leave(person, values.valid_to) or person
    # A period that another one follows ends nothing; one that does not even meet the next may be a mistake.
    if values.valid_to not in later:
        findings.append(problems.followed_by_later(number))
    return person


def _overlap(person: Person, values: OfficerRow) -> bool:
    begins_before_end = person.valid_to is None or values.valid_from < person.valid_to
    ends_after_begin = values.valid_to is None or person.valid_from < values.valid_to
    return begins_before_end and ends_after_begin


def _story(before: Person, after: Person, number: int | None) -> PlannedChange:
    fields = [
        name
        for name, differs in (
            ("kind", before.kind is not after.kind),
            ("rank", before.ranks != after.ranks),
            ("roles", before.roles != after.roles),
            ("team_code", before.teams != after.teams),
            ("subject", before.subjects != after.subjects),
            ("valid_to", before.valid_to != after.valid_to),
            ("suspended", before.suspended is not after.suspended),
        )
        if differs
    ]
    if before.valid_to is not None and (after.valid_to is None or after.valid_to > before.valid_to):
        action = ChangeAction.RETURNER
    elif before.valid_to != after.valid_to:
        action = ChangeAction.LEAVER
    elif before.teams != after.teams:
        action = ChangeAction.MOVER
    else:
        action = ChangeAction.CHANGED
    return PlannedChange(action, after.collar_number, number, tuple(fields))
