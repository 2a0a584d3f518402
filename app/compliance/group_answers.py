"""Compliance and hours by any grouping: the use cases behind `/v1/compliance/groups`.

A fixed number of statements whatever is asked, all of stored results, slices and visits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from app.areas.periods import MOST_PERIODS
from app.audit.service import consulted
from app.clock import london_day, rfc3339
from app.compliance import people_queries, presence_queries, queries, time_queries
from app.compliance.arithmetic import Group, total, whole_minutes
from app.compliance.block_queries import groups_and_blocks_by
from app.compliance.few_officers import as_one_row, people_in, told_together
from app.compliance.group_rows import GroupRow, group_rows
from app.compliance.group_schemas import (
    BlockCounts,
    ComplianceGroup,
    CompliancePage,
    GroupKey,
    GroupLinks,
    Measures,
    VisitMeasures,
)
from app.compliance.group_words import group_links, group_notes
from app.compliance.grouping import PERIODS, Blocks, By, GroupBy, Visits, by_hotspot, periods, tells_windows
from app.compliance.people_queries import PeoplesTime
from app.compliance.places import Asked, Place, days_of, hours_tellable, total_tellable
from app.compliance.problems import too_many_rows, twice_the_same
from app.compliance.queries import Key
from app.compliance.service import (
    MOST_ROWS_IN_A_FILE,
    Words,
    describe_totals,
    in_period,
    officer_minutes,
    read_words,
)
from app.identity.officer_views import require_officer_views, shows_officers
from app.identity.permissions import Caller, Permission, requires
from app.rest.pagination import decode_texts_cursor, encode_texts_cursor
from app.rest.parameters import too_many_periods
from app.schedule.windows import LATE_DATA_GRACE, WindowFilter

# Of longer periods on request: their gaps are worked out from all visits, united by month though they are.
VISITS_TOLD_FOR = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class GroupQuestion:
    """What is asked: by one thing or two, of which windows and time. `officer_views` are the forces that show their
    supervisors single officers; `visits` asks for visits or does without, None has them for up to three months."""

    by: tuple[GroupBy, ...]
    wanted: WindowFilter
    officer_views: frozenset[str] = frozenset()
    visits: bool | None = None


@dataclass(frozen=True, slots=True)
class _Told:
    """Everything stored of what is asked, by key; None for what cannot be told."""

    windows: Mapping[Key, Sequence[Group]] | None
    blocks: Mapping[Key, Blocks] | None
    time: Mapping[Key, Sequence[tuple[str, int]]] | None
    time_in_all: Sequence[tuple[str, int]] | None
    visits: Mapping[Key, Visits] | None
    visits_in_all: Visits | None

    @property
    def keys(self) -> set[Key]:
        return {key for each in (self.windows, self.blocks, self.time, self.visits) for key in each or ()}


@requires(Permission.COMPLIANCE_READ)
def read_groups(
    session: Session,
    caller: Caller,
    question: GroupQuestion,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> CompliancePage:
    """A page of rows with what stands under each, and what all of it adds up to once."""
    return _read(session, _asked(caller, question, now), question, cursor, limit)


@requires(Permission.OFFICERS_COMPLIANCE)
def read_groups_by_officer(
    session: Session,
    caller: Caller,
    question: GroupQuestion,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> CompliancePage:
    """The same by officer, where the force's policy shows supervisors single officers; 403 elsewhere."""
    require_officer_views(session, caller, question.officer_views)
    asked = _asked(caller, question, now, Permission.OFFICERS_COMPLIANCE)
    return _read(session, asked, question, cursor, limit)


@requires(Permission.COMPLIANCE_READ)
def export_groups(session: Session, caller: Caller, question: GroupQuestion, now: datetime) -> CompliancePage:
    """All rows at once, for a file; 422 when they are more than one file holds."""
    return _read(session, _asked(caller, question, now), question, None, None)


@requires(Permission.OFFICERS_COMPLIANCE)
def export_groups_by_officer(
    session: Session, caller: Caller, question: GroupQuestion, now: datetime
) -> CompliancePage:
    """The same by officer, under the same policy."""
    require_officer_views(session, caller, question.officer_views)
    asked = _asked(caller, question, now, Permission.OFFICERS_COMPLIANCE)
    return _read(session, asked, question, None, None)


def _asked(
    caller: Caller,
    question: GroupQuestion,
    now: datetime,
    permission: Permission = Permission.COMPLIANCE_READ,
) -> Asked:
    if len(set(question.by)) < len(question.by):
        raise twice_the_same()
    asked = Asked(caller, london_day(now), now, in_period(question.wanted, now), permission=permission)
    try:
        for each in PERIODS.intersection(question.by):
            periods(each, *days_of(*asked.period))
    except ValueError:
        raise too_many_periods(MOST_PERIODS) from None
    first, last = days_of(*asked.period)
    few_days = last - first < VISITS_TOLD_FOR
    return replace(asked, visits=few_days if question.visits is None else question.visits)


def _read(
    session: Session, asked: Asked, question: GroupQuestion, cursor: str | None, limit: int | None
) -> CompliancePage:
    by = question.by
    after = decode_texts_cursor(cursor, len(by)) if cursor is not None else None
    people = people_queries.time_of_people(session, asked, by)
    together = _told_together(session, asked, question, people)
    told = _told(session, asked, by, together, people)
    rows = group_rows(session, asked, by, told.keys)
    left = [row for row in rows if after is None or row.order > after]
    if limit is None and len(left) > MOST_ROWS_IN_A_FILE:
        raise too_many_rows(MOST_ROWS_IN_A_FILE)
    page = left[:limit]
    words = read_words(session, asked)
    first, last = days_of(*asked.period)
    settling = london_day(asked.now - LATE_DATA_GRACE)
    answer = CompliancePage(
        group_by=list(by),
        from_at=asked.period[0],
        to_at=asked.period[1],
        hours_from=first,
        hours_to=last,
        hours_provisional_from=max(settling, first) if settling <= last else None,
        items=[_item(asked, by, told, row, words) for row in page],
        totals=_totals(told, words),
        notes=group_notes(
            by,
            asked.wanted,
            asked.caller.roles_that_grant(asked.permission),
            few_together=bool(together),
            visits=asked.visits,
        ),
        rule_versions=_rule_versions(session, asked, by),
        generated_at=asked.now,
        next_cursor=encode_texts_cursor(page[-1].order) if len(left) > len(page) else None,
    )
    _consulted(session, asked, by, page)
    return answer


def _told_together(
    session: Session, asked: Asked, question: GroupQuestion, people: PeoplesTime | None
) -> Mapping[Key, Key]:
    """Which rows are told as one, because whoever asks is shown no single officers; empty where nothing need be."""
    if not people_in(question.by):
        return {}
    caller = asked.caller
    see_officers = caller.roles_that_grant(Permission.OFFICERS_COMPLIANCE)
    if caller.roles_that_grant(asked.permission) <= see_officers and (
        shows_officers(session, caller.force_id, question.officer_views)
    ):
        return {}
    behind = people.officers if people else time_queries.officers_behind(session, asked, question.by)
    return told_together(question.by, behind)


def _told(
    session: Session, asked: Asked, by: By, together: Mapping[Key, Key], people: PeoplesTime | None
) -> _Told:
    place = Place.HOTSPOT if by_hotspot(by) else Place.TEAM
    windows, blocks = groups_and_blocks_by(session, asked, by) if tells_windows(by) else (None, None)
    tellable = hours_tellable(place, asked.wanted)
    time = None
    if tellable:
        read = people.time if people else time_queries.officer_time_by(session, asked, by)
        time = as_one_row(read, together)
    in_all: Sequence[tuple[str, int]] | None = None
    if total_tellable(place, asked.wanted) and time is not None:
        in_all = (
            time_queries.officer_time(session, asked, of_places=True)
            if by_hotspot(by)
            else [each for by_grade in time.values() for each in by_grade]
        )
    of_places = by_hotspot(by)
    if not asked.visits:
        return _Told(windows, blocks, time, in_all, None, None)
    visits, visits_in_all = presence_queries.visits_by(
        session, asked, by, of_places=of_places, together=together
    )
    return _Told(windows, blocks, time, in_all, visits, visits_in_all)


def _rule_versions(session: Session, asked: Asked, by: By) -> list[str]:
    in_force = queries.rule_versions_in_force(session, asked)
    others = queries.rule_versions_besides(session, asked, in_force) if tells_windows(by) else []
    return sorted([*in_force, *others])


def _item(asked: Asked, by: By, told: _Told, row: GroupRow, words: Words) -> ComplianceGroup:
    key = row.key
    windows = told.windows.get(key, ()) if told.windows is not None else None
    blocks = told.blocks.get(key, Blocks()) if told.blocks is not None else None
    time = told.time.get(key, ()) if told.time is not None else None
    visits = told.visits.get(key, Visits()) if told.visits is not None else None
    measures = _measures(windows, blocks, time, visits, words)
    keys = [
        GroupKey(group_by=each, id=called.id, code=called.code, name=called.name)
        for each, called in zip(by, row.called, strict=True)
    ]
    codes = [called.id or called.code for called in row.called]
    return ComplianceGroup(
        **dict(measures), keys=keys, links=GroupLinks(**group_links(by, codes, asked.wanted))
    )


def _totals(told: _Told, words: Words) -> Measures:
    windows = (
        [each for groups in told.windows.values() for each in groups] if told.windows is not None else None
    )
    blocks = sum(told.blocks.values(), Blocks()) if told.blocks is not None else None
    return _measures(windows, blocks, told.time_in_all, told.visits_in_all, words)


def _measures(
    windows: Sequence[Group] | None,
    blocks: Blocks | None,
    time: Sequence[tuple[str, int]] | None,
    visits: Visits | None,
    words: Words,
) -> Measures:
    return Measures(
        windows=describe_totals(total(windows), words) if windows is not None else None,
        one_in_three=BlockCounts(
            due=blocks.due,
            kept=blocks.kept,
            kept_by_decision=blocks.kept_by_decision,
            undecided=blocks.undecided,
        )
        if blocks is not None
        else None,
        officer_minutes=officer_minutes(time) if time is not None else None,
        visits=visit_measures(visits) if visits is not None else None,
    )


def visit_measures(visits: Visits) -> VisitMeasures:
    """Visits for the wire."""
    return VisitMeasures(
        visits=visits.visits,
        mean_minutes=_minutes(visits.mean_ms),
        longest_minutes=_minutes(visits.longest_ms),
        median_gap_minutes=_minutes(visits.median_gap_ms),
        longest_gap_minutes=_minutes(visits.longest_gap_ms),
    )


def _minutes(ms: int | None) -> int | None:
    return whole_minutes(ms) if ms is not None else None


def _consulted(session: Session, asked: Asked, by: By, page: Sequence[GroupRow]) -> None:
    named: dict[str, list[UUID | str]] = {
        "group-by": [each.value for each in by],
        "period": [rfc3339(at) for at in asked.period],
    }
    for number, each in enumerate(by):
        ids = {row.called[number].id for row in page} - {None}
        if ids:
            named[each.value] = [one for one in ids if one is not None]
    consulted(
        session, "compliance.groups", asked.now, named, actor_id=asked.caller.officer_id,
        force_id=asked.caller.force_id,
    )  # fmt: skip
