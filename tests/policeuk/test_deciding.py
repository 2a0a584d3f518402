"""Which step may follow which, and who may take it."""

from itertools import product
from uuid import UUID

import pytest

from app.policeuk.deciding import Refusal, State, Step, refusal, state_after

SOMEBODY, SOMEBODY_ELSE = UUID(int=1), UUID(int=2)
FOLLOWS = {
    (State.DRAFT, Step.APPROVED), (State.APPROVED, Step.PUBLISHED), (State.DRAFT, Step.WITHDRAWN),
    (State.APPROVED, Step.WITHDRAWN), (State.PUBLISHED, Step.WITHDRAWN), (State.REPLACED, Step.WITHDRAWN),
}  # fmt: skip


@pytest.mark.parametrize(("state", "step"), list(product(State, Step)))
def test_only_the_next_step_follows(state: State, step: Step) -> None:
    found = refusal(step, state, SOMEBODY, SOMEBODY_ELSE, two_persons=True)
    assert found == (None if (state, step) in FOLLOWS else Refusal.NOT_NOW)


@pytest.mark.parametrize(
    ("step", "decided_by", "two_persons", "refused"),
    [
        (Step.APPROVED, SOMEBODY, True, Refusal.OWN_DRAFT),
        (Step.APPROVED, SOMEBODY, False, None),
        (Step.APPROVED, SOMEBODY_ELSE, True, None),
        (Step.WITHDRAWN, SOMEBODY, True, None),
    ],
)
def test_who_drafted_does_not_approve_where_two_are_wanted(
    step: Step, decided_by: UUID, two_persons: bool, refused: Refusal | None
) -> None:
    assert refusal(step, State.DRAFT, SOMEBODY, decided_by, two_persons=two_persons) == refused


def test_where_a_pack_stands() -> None:
    assert state_after([]) is State.DRAFT
    assert state_after([], replaced=True) is State.DRAFT
    assert state_after([Step.APPROVED], replaced=True) is State.APPROVED
    assert state_after([Step.APPROVED, Step.PUBLISHED]) is State.PUBLISHED
    assert state_after([Step.APPROVED, Step.PUBLISHED], replaced=True) is State.REPLACED
    assert state_after([Step.APPROVED, Step.PUBLISHED, Step.WITHDRAWN], replaced=True) is State.WITHDRAWN
