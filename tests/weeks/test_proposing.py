"""What is proposed in one tap: only what is plain."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from uuid import UUID

import pytest

from app.patrols.due_answers import Due
from app.patrols.review_schemas import BulkRequest, DueReview, ProposedReason
from app.weeks.answers import proposals
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


def test_what_is_proposed_goes_into_one_call_however_much_waits() -> None:
    at = datetime(2026, 3, 2, 19, tzinfo=UTC)
    given = ProposedReason(
        reason_code="NO_STAFF", reason_label="no staff", source="explanation", source_id=UUID(int=9),
        collar_number="4101", text=None,
    )  # fmt: skip
    waiting = [
        DueReview(
            kind="window", id=UUID(int=number), basis=1, hotspot_code="TGP-1", hotspot_name="High Street",
            team_code="N", starts_at=at, ends_at=at, status="partial", status_label="under 60", verified_minutes=30,
            required_minutes=60, acceptable_minutes=0, provisional=False, check_needed=False, flags=[],
            decision=None, latest_review=None, needs_confirmation=False, voided=False, collar_numbers=["4101"],
            patrol_ids=[], proposed_reasons=[given], open_disputes=[], suggested_windows=[], may_decide=True,
            why_not=None,
        )
        for number in range(201)
    ]  # fmt: skip
    found, items = proposals(Due(waiting, False, set(), set()), {"NO_STAFF"})
    assert [each.window_id for each in found] == [each.window_id for each in items]
    ready = [
        {**each.model_dump(mode="json"), "id": str(UUID(int=number))} for number, each in enumerate(items)
    ]
    assert len(BulkRequest.model_validate_json(json.dumps({"items": ready})).items) == 200
