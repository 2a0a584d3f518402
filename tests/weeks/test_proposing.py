"""What is proposed in one tap: only what is plain."""

from dataclasses import replace
from itertools import product
from uuid import UUID

import pytest

from app.weeks.proposing import Reason, Waiting, proposed

ARREST = Reason("ARREST_MADE", UUID(int=1))
PLAIN = Waiting("partial", True, False, False, False, [ARREST], [])


def test_one_plain_reason() -> None:
    for status in ("partial", "unverified", "not_attended"):
        found = proposed(replace(PLAIN, status=status))
        assert found is not None and (found.reason, found.answers) == (ARREST, ())


def test_a_dispute_that_gave_the_reason_is_answered_by_it() -> None:
    found = proposed(replace(PLAIN, disputes=[ARREST.source_id]))
    assert found is not None and found.answers == (ARREST.source_id,)
    assert proposed(replace(PLAIN, disputes=[ARREST.source_id, UUID(int=2)])) is None


@pytest.mark.parametrize(
    "status", ["review", "compliant", "accepted", "adjusted", "reason_accepted", "in_progress"]
)
def test_never_for_what_is_kept_could_be_accepted_or_is_decided(status: str) -> None:
    assert proposed(replace(PLAIN, status=status)) is None


def test_anything_to_look_at_is_left_to_the_sergeant() -> None:
    for may, check, confirm, decided in product((True, False), repeat=4):
        found = proposed(Waiting("partial", may, check, confirm, decided, [ARREST], []))
        assert (found is not None) is (may and not check and not confirm and not decided)
    assert proposed(replace(PLAIN, reasons=[])) is None
    assert proposed(replace(PLAIN, reasons=[ARREST, Reason("NO_STAFF", UUID(int=2))])) is None
