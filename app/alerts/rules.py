"""Decides what needs somebody: which alerts are due now, and why one that was raised is over. Pure.

An alert is a condition of a window, a patrol or a feed that holds at this moment, worked out from what is on record,
never from the alerts there were before. So however often it is worked out, and however long nobody did, the same facts
give the same alerts: after a night without ticks there is no flood of what was true at midnight.

What is an officer's to mend is theirs first; others are told when it has lasted.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.clock import to_ms
from app.patrols.lifecycle import CLOSING_GRACE
from app.schedule.windows import WindowState


class AlertKind(StrEnum):
    """What somebody should look at, most urgent first."""

    NO_CHECK_IN = "NO_CHECK_IN"
    WINDOW_UNASSIGNED = "WINDOW_UNASSIGNED"
    SILENT_PHONE = "SILENT_PHONE"
    FORGOTTEN_CHECK_OUT = "FORGOTTEN_CHECK_OUT"
    FEED_TROUBLE = "FEED_TROUBLE"
    REVIEW_WAITING = "REVIEW_WAITING"


class Applies(StrEnum):
    """Whether a force wants a kind. BY_NAME: only where people are tasked by name, teams or windows."""

    ALWAYS = "always"
    BY_NAME = "by_name"
    NEVER = "never"


class Clearing(StrEnum):
    """Why an alert is over."""

    ASSIGNED = "ASSIGNED"
    CHECKED_IN = "CHECKED_IN"
    REPORTING = "REPORTING"
    CHECKED_OUT = "CHECKED_OUT"
    CLOSED = "CLOSED"
    VOIDED = "VOIDED"
    DECIDED = "DECIDED"
    CANCELLED = "CANCELLED"
    MOVED = "MOVED"
    WINDOW_BEGAN = "WINDOW_BEGAN"
    WINDOW_OVER = "WINDOW_OVER"
    FEED_GOES_ON = "FEED_GOES_ON"
    TOO_OLD = "TOO_OLD"
    NO_LONGER = "NO_LONGER"


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts are asked for; None leaves a filter out. `from_at` to `to_at` is half open, by when it was raised;
    `area_id` is an area and all below it."""

    kind: AlertKind | None = None
    open: bool | None = None
    team_id: UUID | None = None
    area_id: UUID | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None


# How long back anything is looked for; what is older waits in the list of decisions, and asks nobody by itself.
REVIEWS_LOOK_BACK = timedelta(days=60)
CHECK_OUTS_LOOK_BACK = timedelta(days=7)
# A team works by names when it named somebody for a window within so many days of now, before or after.
NAMES_LOOK_BACK = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Rule:
    """Whether and when a kind is raised in a force, and how long it is its officer's alone; since a day, none for the
    built-in one.

    `after_minutes` counts from the window's start (no check-in), back from it (unassigned), from the last sign of the
    phone (silent), from the window's end (check-out), from when a decision could be made (review), from when a feed
    stopped or first failed.
    """

    kind: AlertKind
    applies: Applies
    after_minutes: int
    escalates_minutes: int
    valid_from: date | None = None

    @property
    def after(self) -> timedelta:
        return timedelta(minutes=self.after_minutes)

    @property
    def escalates(self) -> timedelta:
        return timedelta(minutes=self.escalates_minutes)


BUILT_IN: Mapping[AlertKind, Rule] = {
    rule.kind: rule
    for rule in (
        Rule(AlertKind.NO_CHECK_IN, Applies.ALWAYS, 20, 20),
        Rule(AlertKind.WINDOW_UNASSIGNED, Applies.BY_NAME, 24 * 60, 0),
        Rule(AlertKind.SILENT_PHONE, Applies.ALWAYS, 15, 30),
        # The officer has the rest of the shift and the night to check out.
        Rule(AlertKind.FORGOTTEN_CHECK_OUT, Applies.ALWAYS, 15, 12 * 60),
        Rule(AlertKind.FEED_TROUBLE, Applies.ALWAYS, 0, 0),
        Rule(AlertKind.REVIEW_WAITING, Applies.ALWAYS, 2 * 24 * 60, 0),
    )
}


def rules_on(held: Iterable[Rule], day: date) -> dict[AlertKind, Rule]:
    """The rule of each kind on a day: the force's latest that has begun, else the built-in one."""
    found = dict(BUILT_IN)
    begun = [rule for rule in held if rule.valid_from is not None and rule.valid_from <= day]
    for rule in sorted(begun, key=lambda one: one.valid_from or date.min):
        found[rule.kind] = rule
    return found


@dataclass(frozen=True, slots=True)
class WindowFacts:
    """What is on record of a window. `named`: it is given to people by name; `going`: not all of them have declined.
    `attended`: somebody's patrol for it stands. `decided`: a supervisor has decided. `waits_since` is when it could
    first be decided, None when nothing waits."""

    window_id: UUID
    team_id: UUID
    area_id: UUID
    state: WindowState
    starts_at: datetime
    ends_at: datetime
    published_at: datetime | None
    named: bool
    going: bool
    team_names: bool
    attended: bool
    decided: bool
    waits_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class PatrolFacts:
    """What is on record of a patrol. `auto_ended_at` is its end by policy; `held` that how far it has come is its
    officer's alone for now."""

    patrol_id: UUID
    team_id: UUID | None
    area_id: UUID | None
    officer_id: UUID
    started_at: datetime
    window_ends_at: datetime | None
    last_fix_at: datetime | None
    checked_out: bool
    auto_ended_at: datetime | None
    voided: bool
    decided: bool
    held: bool = False
    waits_since: datetime | None = None

    @property
    def open(self) -> bool:
        return not self.checked_out and not self.voided and self.auto_ended_at is None


# What fails so often in a row is trouble: a tracker that is down for a minute is none.
FAILED_IN_A_ROW = 3
# By then whoever asks every few minutes has taken up what somebody died over.
TAKEN_UP_WITHIN = timedelta(minutes=15)
# What nobody has asked for so long is in no settings any more: nothing will take it up.
LEFT_FOR_GOOD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """What is on record of a feed: since when it stands until a person says go on, when its latest runs that ended
    with a failure did, one after the other, the latest first, and, while a run has not ended, until when whoever reads
    it need not be heard of."""

    feed_id: UUID
    stopped_at: datetime | None
    failed_at: Sequence[datetime]
    left_at: datetime | None = None

    def trouble(self, now: datetime) -> tuple[str, datetime] | None:
        """What it is in and since when; None while all is well. One that stopped waits for a person; one that fails
        again and again is tried again by itself; one that was left is asked by nobody."""
        if self.stopped_at is not None:
            return "stopped", self.stopped_at
        if len(self.failed_at) >= FAILED_IN_A_ROW:
            return "failing", self.failed_at[-1]
        if self.left_at is not None and self.left_at + TAKEN_UP_WITHIN <= now and not self.left_for_good(now):
            return "left", self.left_at
        return None

    def left_for_good(self, now: datetime) -> bool:
        """Whether it was left so long ago that nobody is told any more."""
        return self.left_at is not None and self.left_at + LEFT_FOR_GOOD <= now


Facts = WindowFacts | PatrolFacts | FeedFacts
# What is raised once: a kind, its window, patrol or feed, and which time of it.
Occasion = tuple[AlertKind, UUID, str]


@dataclass(frozen=True, slots=True)
class Due:
    """An alert that should stand now. The same condition of the same subject on the same `occasion` is the same alert.
    `since_at` is when the condition began; `escalates` after how long others are told, None for never."""

    kind: AlertKind
    facts: Facts
    occasion: str
    since_at: datetime
    escalates: timedelta | None

    @property
    def window_id(self) -> UUID | None:
        return self.facts.window_id if isinstance(self.facts, WindowFacts) else None

    @property
    def patrol_id(self) -> UUID | None:
        return self.facts.patrol_id if isinstance(self.facts, PatrolFacts) else None

    @property
    def feed_id(self) -> UUID | None:
        return self.facts.feed_id if isinstance(self.facts, FeedFacts) else None

    @property
    def place(self) -> tuple[UUID | None, UUID | None]:
        """Team and area; a feed has neither."""
        return (None, None) if isinstance(self.facts, FeedFacts) else (self.facts.team_id, self.facts.area_id)

    @property
    def officer_id(self) -> UUID | None:
        """Whose it is to mend by their phone; of a window those tasked by name, who are not named here."""
        if isinstance(self.facts, PatrolFacts) and self.kind is not AlertKind.REVIEW_WAITING:
            return self.facts.officer_id
        return None

    @property
    def key(self) -> "Occasion":
        """What makes it the same alert again."""
        return self.kind, subject_of(self.facts), self.occasion


def subject_of(facts: Facts) -> UUID:
    """The id of the window, patrol or feed that facts are of."""
    if isinstance(facts, WindowFacts):
        return facts.window_id
    return facts.patrol_id if isinstance(facts, PatrolFacts) else facts.feed_id


AT_ONCE = timedelta(0)


def due(facts: Facts, rules: Mapping[AlertKind, Rule], now: datetime) -> list[Due]:
    """The alerts that should stand now for one window, patrol or feed.

    With the built-in rules a window from 19:00 to 21:00, with somebody named and nobody there: none at 19:19, no
    check-in from 19:20 to 21:00, none after, when its result says so.
    """
    if isinstance(facts, FeedFacts):
        found = _of_feed(facts, rules, now)
    elif isinstance(facts, WindowFacts):
        found = _of_window(facts, rules, now)
    else:
        found = _of_patrol(facts, rules, now)
    return [one for one in found if rules[one.kind].applies is not Applies.NEVER]


def _of_window(window: WindowFacts, rules: Mapping[AlertKind, Rule], now: datetime) -> Iterator[Due]:
    if window.state is not WindowState.PUBLISHED:
        return
    if not window.attended and not window.decided:
        unassigned = rules[AlertKind.WINDOW_UNASSIGNED]
        opens = window.starts_at - unassigned.after
        wanted = window.team_names or unassigned.applies is not Applies.BY_NAME
        if wanted and not window.going and opens <= now < window.starts_at:
            # Another team is another alert, for other people.
            yield Due(unassigned.kind, window, str(window.team_id), opens, AT_ONCE)
        no_check_in = rules[AlertKind.NO_CHECK_IN]
        begins = max(window.starts_at, window.published_at or window.starts_at)
        wanted = window.named or no_check_in.applies is not Applies.BY_NAME
        if wanted and begins + no_check_in.after <= now < window.ends_at:
            escalates = no_check_in.escalates if window.going else AT_ONCE
            yield Due(no_check_in.kind, window, "", begins, escalates)
    if _waits_too_long(window, rules, now) and not _too_old(window, now):
        yield Due(AlertKind.REVIEW_WAITING, window, "", window.waits_since or now, AT_ONCE)


def _of_patrol(patrol: PatrolFacts, rules: Mapping[AlertKind, Rule], now: datetime) -> Iterator[Due]:
    forgotten = rules[AlertKind.FORGOTTEN_CHECK_OUT]
    overdue_since = _overdue_since(patrol, forgotten, now)
    if overdue_since is not None and not patrol.decided:
        yield Due(forgotten.kind, patrol, "", overdue_since, forgotten.escalates)
    silent, heard = rules[AlertKind.SILENT_PHONE], last_heard(patrol, now)
    if patrol.open and overdue_since is None and heard + silent.after <= now:
        # Each silence is its own: a phone that was heard of in between was mended.
        yield Due(silent.kind, patrol, str(to_ms(heard)), heard, None if patrol.held else silent.escalates)
    if _waits_too_long(patrol, rules, now) and not _too_old(patrol, now):
        yield Due(AlertKind.REVIEW_WAITING, patrol, "", patrol.waits_since or now, AT_ONCE)


def _of_feed(feed: FeedFacts, rules: Mapping[AlertKind, Rule], now: datetime) -> Iterator[Due]:
    """Which trouble it is in makes it another alert."""
    rule = rules[AlertKind.FEED_TROUBLE]
    trouble = feed.trouble(now)
    if trouble is not None and trouble[1] + rule.after <= now:
        yield Due(rule.kind, feed, *trouble, rule.escalates)


def last_heard(patrol: PatrolFacts, now: datetime) -> datetime:
    """The last sign of a phone: its latest fix, or the check-in; never later than now."""
    return min(max(patrol.started_at, patrol.last_fix_at or patrol.started_at), now)


def _overdue_since(patrol: PatrolFacts, rule: Rule, now: datetime) -> datetime | None:
    """Since when a check-out is missing; None while it may still come in its time. A patrol without a window is missed
    when policy closes it: until then its phone is silent, no more."""
    if patrol.checked_out or patrol.voided:
        return None
    if patrol.auto_ended_at is not None:
        return patrol.auto_ended_at if now < patrol.auto_ended_at + CHECK_OUTS_LOOK_BACK else None
    heard = last_heard(patrol, now)
    if patrol.window_ends_at is None:
        return heard if heard + CLOSING_GRACE <= now else None
    ends = max(heard, patrol.window_ends_at)
    return ends if ends + rule.after <= now else None


def _waits_too_long(facts: WindowFacts | PatrolFacts, rules: Mapping[AlertKind, Rule], now: datetime) -> bool:
    return facts.waits_since is not None and facts.waits_since + rules[AlertKind.REVIEW_WAITING].after <= now


def _too_old(facts: WindowFacts | PatrolFacts, now: datetime) -> bool:
    return (
        facts.starts_at if isinstance(facts, WindowFacts) else facts.started_at
    ) <= now - REVIEWS_LOOK_BACK


def why_over(kind: AlertKind, occasion: str, facts: Facts, now: datetime) -> Clearing:
    """Why an alert that was raised is not due any more, in the words of whatever mended it."""
    if isinstance(facts, FeedFacts):
        going = facts.trouble(now) is None and not facts.left_for_good(now)
        return Clearing.FEED_GOES_ON if going else Clearing.NO_LONGER
    if isinstance(facts, WindowFacts):
        return _why_window(kind, facts, now)
    return _why_patrol(kind, occasion, facts, now)


def _why_window(kind: AlertKind, window: WindowFacts, now: datetime) -> Clearing:
    if window.state is WindowState.CANCELLED:
        return Clearing.CANCELLED
    if window.state is WindowState.MOVED:
        return Clearing.MOVED
    if kind is AlertKind.REVIEW_WAITING:
        return _why_review(window, now)
    checks = (
        (kind is AlertKind.WINDOW_UNASSIGNED and window.going, Clearing.ASSIGNED),
        (window.attended, Clearing.CHECKED_IN),
        (window.decided, Clearing.DECIDED),
        (kind is AlertKind.WINDOW_UNASSIGNED and now >= window.starts_at, Clearing.WINDOW_BEGAN),
        (now >= window.ends_at, Clearing.WINDOW_OVER),
    )
    return next((reason for holds, reason in checks if holds), Clearing.NO_LONGER)


def _why_patrol(kind: AlertKind, occasion: str, patrol: PatrolFacts, now: datetime) -> Clearing:
    if patrol.voided:
        return Clearing.VOIDED
    if kind is AlertKind.REVIEW_WAITING:
        return _why_review(patrol, now)
    if patrol.checked_out:
        return Clearing.CHECKED_OUT
    if kind is AlertKind.FORGOTTEN_CHECK_OUT:
        if patrol.decided:
            return Clearing.DECIDED
        return Clearing.TOO_OLD if patrol.auto_ended_at is not None else Clearing.REPORTING
    if patrol.auto_ended_at is not None:
        return Clearing.CLOSED
    if str(to_ms(last_heard(patrol, now))) != occasion:
        return Clearing.REPORTING
    over = patrol.window_ends_at is not None and now >= patrol.window_ends_at
    return Clearing.WINDOW_OVER if over else Clearing.NO_LONGER


def _why_review(facts: WindowFacts | PatrolFacts, now: datetime) -> Clearing:
    if facts.waits_since is None and facts.decided:
        return Clearing.DECIDED
    return Clearing.TOO_OLD if _too_old(facts, now) else Clearing.NO_LONGER
