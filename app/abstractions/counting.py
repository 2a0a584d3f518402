"""Whether time away counts as an abstraction, and what about its authority somebody should know (rule 11). Pure.

An abstraction is being taken from a neighbourhood post for other duties. What counts is a policy with a version (a row
of the list `abstraction_policies`, which a force replaces by its own), applied to the class of the reason and the post
held at the time; leave, sickness and rest days never count. The answer is computed, so that another definition can be
laid over old records without touching them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.clock import MINUTE_MS, to_ms
from app.identity.ranks import RANKS, order_of
from app.reference.codes import Label, Lists

NOT_AVAILABLE = "NOT_AVAILABLE"
NEIGHBOURHOOD_TEAM = "NEIGHBOURHOOD"
VOID, SUBMITTED = "VOID", "SUBMITTED"


class AbstractionFlag(StrEnum):
    """What somebody should know about an abstraction. It is stored, and counts, all the same."""

    AUTHORITY_MISSING = "authority_missing"
    REASON_MISSING = "reason_missing"
    SELF_AUTHORISED = "self_authorised"
    AUTHORITY_AFTERWARDS = "authority_afterwards"
    BELOW_LEVEL = "below_level"
    PROTECTED_POST = "protected_post"
    NOT_AN_ABSTRACTION = "not_an_abstraction"
    POST_MISSING = "post_missing"
    MAYBE_TWICE = "maybe_twice"
    UNKNOWN_CODE = "unknown_code"

    @property
    def asks_review(self) -> bool:
        """Whether a supervisor should look. The others only note."""
        return self not in _ONLY_NOTED


_ONLY_NOTED = frozenset(
    {
        AbstractionFlag.PROTECTED_POST,
        AbstractionFlag.NOT_AN_ABSTRACTION,
        AbstractionFlag.POST_MISSING,
        AbstractionFlag.UNKNOWN_CODE,
    }
)


class Because(StrEnum):
    """Why an abstraction counts or does not; in words in the list `abstraction_countings`."""

    COUNTED = "counted"
    VOID = "void"
    NOT_AVAILABLE = "not_available"
    CLASS_NOT_COUNTED = "class_not_counted"
    NOT_NEIGHBOURHOOD = "not_neighbourhood"
    POST_UNKNOWN = "post_unknown"
    TOO_SHORT = "too_short"


@dataclass(frozen=True, slots=True)
class AbstractionFacts:
    """One abstraction. `role` is the post held at the time, `home_team_kind` speaks where no post is on record.

    `authoriser_rank` is the rank held on that day. Times are [starts_at, ends_at); no end while it goes on.
    """

    abstracted_officer_id: UUID
    starts_at: datetime
    ends_at: datetime | None = None
    authorising_officer_id: UUID | None = None
    authoriser_rank: str | None = None
    authority_level: str | None = None
    reason_code: str | None = None
    role: str | None = None
    home_team_kind: str | None = None
    destination: str | None = None
    status: str = SUBMITTED


@dataclass(frozen=True, slots=True)
class AbstractionPolicy:
    """What a version of the force's definition counts: classes of reason, and the shortest length."""

    version: str
    classes: frozenset[str]
    least_minutes: int


@dataclass(frozen=True, slots=True)
class Counting:
    """Whether it counts, why, in which class, by which version of the policy."""

    counts: bool
    because: Because
    reason_class: str | None
    policy_version: str


CODE_LISTS: Mapping[str, str] = {
    "reason_code": "abstraction_reasons",
    "authority_level": "authority_levels",
    "role": "post_roles",
    "destination": "abstraction_destinations",
    "status": "abstraction_statuses",
}


def policy_in_force(policies: Mapping[str, Label]) -> AbstractionPolicy:
    """The policy of a day: the last of the list `abstraction_policies` as it holds then, by position.

    Its facts are `classes` (separated by spaces) and `least_minutes`. Raises ValueError when the list is empty.
    """
    if not policies:
        raise ValueError("no policy says what an abstraction is")
    latest = max(policies.values(), key=lambda each: (each.position, each.code))
    return AbstractionPolicy(
        latest.code,
        frozenset((latest.attribute("classes") or "").split()),
        int(latest.attribute("least_minutes") or 0),
    )


def length_ms(starts_at: datetime, ends_at: datetime | None) -> int | None:
    """How long it took in milliseconds of real time; None while it goes on, 0 when it ends before it starts.

    01:30 to 02:30 in London on 25 October 2026 is one hour or two, by the offsets the phone sent.
    """
    return None if ends_at is None else max(0, to_ms(ends_at) - to_ms(starts_at))


def counting(facts: AbstractionFacts, lists: Lists, policy: AbstractionPolicy) -> Counting:
    """Whether an abstraction counts. One that goes on counts; one without a reason counts as of class OTHER."""
    reason = _label(lists, "abstraction_reasons", facts.reason_code)
    reason_class = (reason.attribute("class") if reason is not None else None) or "OTHER"
    because = _because(facts, lists, policy, reason_class)
    return Counting(because is Because.COUNTED, because, reason_class, policy.version)


def _because(facts: AbstractionFacts, lists: Lists, policy: AbstractionPolicy, reason_class: str) -> Because:
    if facts.status == VOID:
        return Because.VOID
    if reason_class == NOT_AVAILABLE:
        return Because.NOT_AVAILABLE
    if reason_class not in policy.classes:
        return Because.CLASS_NOT_COUNTED
    neighbourhood = from_neighbourhood(facts, lists)
    if neighbourhood is None:
        return Because.POST_UNKNOWN
    if not neighbourhood:
        return Because.NOT_NEIGHBOURHOOD
    length = length_ms(facts.starts_at, facts.ends_at)
    if length is not None and length < policy.least_minutes * MINUTE_MS:
        return Because.TOO_SHORT
    return Because.COUNTED


def from_neighbourhood(facts: AbstractionFacts, lists: Lists) -> bool | None:
    """Whether the post is a neighbourhood post: by the post, else by the home team; None when neither is known."""
    post = _label(lists, "post_roles", facts.role)
    if post is not None:
        return post.attribute("neighbourhood") == "yes"
    return None if facts.home_team_kind is None else facts.home_team_kind == NEIGHBOURHOOD_TEAM


def abstraction_flags(facts: AbstractionFacts, lists: Lists) -> tuple[AbstractionFlag, ...]:
    """Every flag of an abstraction, in alphabetical order, with the lists as they hold on its day."""
    level = _label(lists, "authority_levels", facts.authority_level)
    reason = _label(lists, "abstraction_reasons", facts.reason_code)
    post = _label(lists, "post_roles", facts.role)
    away = reason is not None and reason.attribute("class") == NOT_AVAILABLE
    by_self = level is not None and level.attribute("self") == "yes"
    same = facts.authorising_officer_id == facts.abstracted_officer_id
    no_authority = facts.authority_level is None or (facts.authorising_officer_id is None and not by_self)
    found = {
        AbstractionFlag.REASON_MISSING: facts.reason_code is None,
        AbstractionFlag.NOT_AN_ABSTRACTION: away,
        AbstractionFlag.AUTHORITY_MISSING: no_authority and not away,
        AbstractionFlag.SELF_AUTHORISED: same and not by_self and not away,
        AbstractionFlag.AUTHORITY_AFTERWARDS: by_self and facts.status == SUBMITTED,
        AbstractionFlag.BELOW_LEVEL: not by_self and _below(facts.authoriser_rank, level),
        AbstractionFlag.PROTECTED_POST: post is not None
        and post.attribute("protected") == "yes"
        and not away,
        AbstractionFlag.POST_MISSING: from_neighbourhood(facts, lists) is None,
        AbstractionFlag.UNKNOWN_CODE: bool(strange_codes(facts, lists)),
    }
    return tuple(sorted(flag for flag, holds in found.items() if holds))


def strange_codes(facts: AbstractionFacts, lists: Lists) -> tuple[str, ...]:
    """The codes nobody knows on that day, each as `list/code`, in alphabetical order; they are kept as they are."""
    said = [(name, getattr(facts, field)) for field, name in CODE_LISTS.items()]
    return tuple(sorted(f"{name}/{code}" for name, code in said if code and code not in lists.get(name, {})))


def _below(rank: str | None, level: Label | None) -> bool:
    """Whether a rank is below the one a level stands for; a sergeant for INSP is, and a level without a rank says
    nothing."""
    least = level.attribute("rank") if level is not None else None
    if rank not in RANKS or least not in RANKS:
        return False
    return order_of(rank) < order_of(least)


def _label(lists: Lists, name: str, code: str | None) -> Label | None:
    return None if code is None else lists.get(name, {}).get(code)
