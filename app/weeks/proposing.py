"""Which decisions are proposed ready to send, so that accepting them is one tap. Pure.

Only what is plain is proposed: a window that is over and was not kept, with exactly one reason on record for it. What a
sergeant has to look at is left for them: flags that ask, decisions to be confirmed, a result they could accept instead
(the officers would lose by a reason), reasons that differ, a dispute that is about something else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

# Not kept, and nothing that the sergeant could accept would make it so.
_EXPLAINED_BY_A_REASON = frozenset({"unverified", "partial", "not_attended"})


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason on record, and the records that give it."""

    code: str
    source_ids: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A window that waits for a decision: what stands, the reasons on record, the disputes nobody has answered."""

    status: str
    may_decide: bool
    check_needed: bool
    needs_confirmation: bool
    decided: bool
    reasons: Sequence[Reason]
    disputes: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class Proposal:
    """Accept this reason; the disputes that gave it are answered with it."""

    reason: Reason
    answers: tuple[UUID, ...]


def proposed(waiting: Waiting) -> Proposal | None:
    """The decision proposed for a window, if it is plain.

    Under 60 minutes, «arrest» given by its officer: that reason. The same with a flag that asks, or with «arrest» by
    one officer and «no staff» by another: nothing.
    """
    plain = (
        waiting.may_decide
        and waiting.status in _EXPLAINED_BY_A_REASON
        and not (waiting.check_needed or waiting.needs_confirmation or waiting.decided)
        and len(waiting.reasons) == 1
    )
    if not plain:
        return None
    [reason] = waiting.reasons
    if set(waiting.disputes) - reason.source_ids:
        return None
    return Proposal(reason, tuple(waiting.disputes))
