"""What may be done with a publication pack next, and by whom. Pure.

A draft is approved by a named person, then said to be on the website; either may be taken back with a reason. Nothing
leads back: figures that came later are another draft.
"""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID


class Step(StrEnum):
    """What somebody did with a pack."""

    APPROVED = "APPROVED"
    PUBLISHED = "PUBLISHED"
    WITHDRAWN = "WITHDRAWN"


class State(StrEnum):
    """Where a pack stands; REPLACED is a published one that another of its area came after."""

    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    PUBLISHED = "PUBLISHED"
    REPLACED = "REPLACED"
    WITHDRAWN = "WITHDRAWN"


class Refusal(StrEnum):
    NOT_NOW = "not-now"
    OWN_DRAFT = "own-draft"


_FOLLOWS = {
    Step.APPROVED: frozenset({State.DRAFT}),
    Step.PUBLISHED: frozenset({State.APPROVED}),
    Step.WITHDRAWN: frozenset({State.DRAFT, State.APPROVED, State.PUBLISHED, State.REPLACED}),
}


def state_after(steps: Sequence[Step], *, replaced: bool = False) -> State:
    """Where a pack stands after its steps, oldest first: none is DRAFT, `[APPROVED, PUBLISHED]` is PUBLISHED, or
    REPLACED when a pack of the same area was published later."""
    state = State(steps[-1].value) if steps else State.DRAFT
    return State.REPLACED if replaced and state is State.PUBLISHED else state


def refusal(
    step: Step, state: State, drafted_by: UUID, decided_by: UUID, *, two_persons: bool
) -> Refusal | None:
    """Why somebody may not take a step; None when they may. Approving is for somebody else than who drafted, where the
    force wants two persons; taking back is for anybody who may decide."""
    if state not in _FOLLOWS[step]:
        return Refusal.NOT_NOW
    if step is Step.APPROVED and two_persons and drafted_by == decided_by:
        return Refusal.OWN_DRAFT
    return None
