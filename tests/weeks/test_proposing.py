"""What is proposed in one tap: only what is plain."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from uuid import UUID

import pytest

from app.patrols.due_answers import Due
from app.patrols.reasons import ReasonSource
from app.patrols.review_schemas import BulkRequest, DueReview, ProposedReason, ReasonRecord
from app.weeks.answers import proposals
from app.weeks.proposing import Reason, Waiting, proposed

DISPUTE = UUID(int=1)
ARREST = Reason("ARREST_MADE", frozenset([DISPUTE, UUID(int=3)]))
PLAIN = Waiting("partial", True, False, False, False, [ARREST], [])


def test_one_plain_reason() -> None:
    for status in ("partial", "unverified", "not_attended"):
        found = proposed(replace(PLAIN, status=status))
        assert found is not None and (found.reason, found.answers) == (ARREST, ())


def test_a_dispute_that_gave_the_reason_is_answered_by_it() -> None:
    found = proposed(replace(PLAIN, disputes=[DISPUTE]))
    assert found is not None and found.answers == (DISPUTE,)
    assert proposed(replace(PLAIN, disputes=[DISPUTE, UUID(int=2)])) is None


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
    assert proposed(replace(PLAIN, reasons=[ARREST, Reason("NO_STAFF", frozenset([UUID(int=2)]))])) is None


def test_what_is_proposed_goes_into_one_call_however_much_waits() -> None:
    at = datetime(2026, 3, 2, 19, tzinfo=UTC)
    record = ReasonRecord(
        source=ReasonSource.EXPLANATION, source_label="said on the patrol", source_id=UUID(int=9),
        collar_number="4101", at=None, reference=None, text=None, in_words="said on the patrol: no staff (4101)",
    )  # fmt: skip
    given = ProposedReason(
        reason_code="NO_STAFF", reason_label="no staff", reason_unknown=False, source=record.source,
        source_id=record.source_id, collar_number="4101", text=None, in_words=record.in_words, records=[record],
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
