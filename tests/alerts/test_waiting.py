"""What alerts say waits for a decision is what a supervisor who sees the whole force is asked to decide."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid5

import pytest
from sqlmodel import Session

from app.areas.models import AreaAncestor, Membership, Team, TeamKind
from app.database.engine import open_engine
from app.database.session import reading
from app.identity.permissions import Caller, OfficerKind, Role
from app.patrols.lifecycle import ExplanationKind
from app.patrols.models import PatrolExplanation, PatrolProgress, PatrolVoid
from app.patrols.review_due import windows_due, windows_waiting
from app.patrols.review_models import AnsweredDispute, Review
from app.patrols.reviewing import Decision
from app.schedule.windows import WindowState
from tests.compliance.test_window_compliance import patrol, result, window
from tests.conftest import LONG_AGO, named
from tests.people import change

BEGINS = datetime(2026, 3, 1, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOW = BEGINS + 40 * HOUR
COMMANDER = Caller(
    named("4121"), named("FORCE"), "4121", OfficerKind.CONSTABLE, frozenset({Role.COMMANDER}), rank_order=70
)


def fact(name: str) -> dict[str, Any]:
    officer = named("4101")
    return {
        "id": named(name), "content_hash": b"x", "captured_by": officer, "uploaded_by": officer,
        "received_at": BEGINS + HOUR,
    }  # fmt: skip


def _windows(session: Session, chance: random.Random) -> None:
    for number in range(40):
        state = (
            WindowState.MOVED
            if number % 8 == 7
            else chance.choice([WindowState.PUBLISHED] * 4 + [WindowState.PLANNED])
        )
        moved: dict[str, Any] = {"moved_to_id": named(f"w{number - 1}")} if state is WindowState.MOVED else {}
        session.add(window(f"w{number}", BEGINS + HOUR * chance.randrange(48), state=state, **moved))
        session.flush()
        if state is WindowState.PUBLISHED and chance.random() < 0.6:
            status = chance.choice(
                ["compliant", "review", "partial", "unverified", "in_progress", "accepted"]
            )
            session.add(
                result(
                    f"w{number}", status, 0, 0, 0, check_needed=chance.random() < 0.2,
                    needs_confirmation=chance.random() < 0.2,
                    decision=Decision.ACCEPT if status == "accepted" else None,
                    told_from=chance.choice([None, None, NOW - HOUR, NOW + HOUR]),
                )
            )  # fmt: skip
    session.flush()


def _patrols(session: Session, chance: random.Random) -> None:
    for number in range(40):
        name = f"p{number}"
        session.add(patrol(name, f"w{chance.randrange(40)}", BEGINS + HOUR * chance.randrange(48)))
        session.flush()
        if chance.random() < 0.1:
            session.add(PatrolProgress(patrol_id=named(name), verified_ms=0, fix_count=0, computed_at=BEGINS))
        if chance.random() < 0.2:
            session.add(PatrolVoid(**fact(name), reason="Wrong button."))
        if chance.random() < 0.4:
            dispute = f"{name} dispute"
            session.add(
                PatrolExplanation(
                    **fact(dispute), force_id=named("FORCE"), patrol_id=named(name), kind=ExplanationKind.DISPUTE,
                    text="It is wrong.",
                )
            )  # fmt: skip
            session.flush()
            if chance.random() < 0.4:
                session.add(
                    Review(
                        **fact(f"{name} review"), force_id=named("FORCE"), patrol_id=named(name), number=1,
                        decision=Decision.STAND, basis=1, basis_status="partial", basis_review_ms=0, rank_order=70,
                    )
                )  # fmt: skip
                session.flush()
                session.add(AnsweredDispute(explanation_id=named(dispute), review_id=named(f"{name} review")))
    session.flush()


def _sees_all(session: Session) -> None:
    session.add(
        Team(
            id=named("HQ"), force_id=named("FORCE"), code="HQ", name="HQ", kind=TeamKind.OTHER, area_id=named("FORCE"),
            valid_from=LONG_AGO,
        )
    )  # fmt: skip
    session.flush()
    assert session.get(AreaAncestor, (named("NORTH"), named("FORCE"))) is not None
    row = session.get_one(Membership, uuid5(named("4121"), "team"))
    row.team_id = named("HQ")
    session.add(row)


@pytest.mark.parametrize("seed", range(6))
def test_the_same_windows_wait(force_url: str, seed: int) -> None:
    chance = random.Random(seed)
    for fill in (
        _sees_all,
        lambda session: _windows(session, chance),
        lambda session: _patrols(session, chance),
    ):
        change(force_url, fill)
    engine = open_engine(force_url, 1)
    period = (BEGINS - 48 * HOUR, NOW)
    with reading(engine) as session:
        due = windows_due(session, COMMANDER, NOW.date(), NOW, period, None, 500)
        waiting = dict(windows_waiting(session, named("FORCE"), NOW, period[0]))
    engine.dispose()
    assert len(due) > 5
    assert set(waiting) == {one.window.id for one in due}
    for one in due:
        settled = one.window.ends_at + 24 * HOUR
        # A dispute came an hour after the evening began, everything else counts from when the window was settled.
        assert waiting[one.window.id] in {settled, max(settled, BEGINS), BEGINS + HOUR} or (
            one.result is not None and waiting[one.window.id] == max(settled, one.result.computed_at)
        )
