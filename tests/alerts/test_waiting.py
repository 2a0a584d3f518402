"""What alerts say waits for a decision is what a supervisor who sees the whole force is asked to decide."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid5

import pytest
from sqlmodel import Session, select

from app.areas.models import AreaAncestor, Membership, Team, TeamKind
from app.database.engine import open_engine
from app.database.session import reading
from app.identity.permissions import Caller, OfficerKind, Role
from app.patrols.lifecycle import ExplanationKind
from app.patrols.models import OfficerFirst, PatrolExplanation, PatrolProgress, PatrolVoid
from app.patrols.review_due import patrols_due, windows_due
from app.patrols.review_models import AnsweredDispute, LinkSuggestion, Review
from app.patrols.review_waiting import patrols_waiting, windows_waiting
from app.patrols.reviewing import Decision
from app.schedule.windows import WindowState
from tests.compliance.test_window_compliance import assessment, patrol, result, window
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
        result_, settled = one.result, one.window.ends_at + 24 * HOUR
        told_from = (result_.told_from if result_ else None) or one.window.ends_at
        changed = [result_.computed_at] if result_ else []
        # A dispute came an hour after the evening began, everything else counts from when the window was settled; and
        # nothing from before it was over and told.
        allowed = [settled, BEGINS + HOUR, *(max(settled, each) for each in changed)]
        assert waiting[one.window.id] in {max(each, told_from) for each in allowed}


def _alone(session: Session, chance: random.Random) -> None:
    """Patrols without a window, with everything that makes one wait or not, of the commander's teams."""
    session.add(window("would keep", BEGINS))
    session.flush()
    for number in range(60):
        name = f"p{number}"
        row = patrol(name, "none", BEGINS + HOUR * chance.randrange(12))
        row.window_id, row.team_id, row.area_id = None, named("NORTH-1"), named("NORTH")
        session.add(row)
        session.flush()
        judged = assessment(name, "none", "v1")
        judged.window_id, judged.started_at, judged.ended_at = None, row.started_at, row.started_at + HOUR
        judged.asks_review, judged.computed_at = chance.random() < 0.3, judged.ended_at
        session.add(judged)
        if chance.random() < 0.2:
            session.add(PatrolVoid(**fact(name), reason="Wrong button."))
        if chance.random() < 0.3:
            until_at = NOW + HOUR * chance.choice([-2, -1, 1])
            session.add(OfficerFirst(patrol_id=row.id, until_at=until_at))
        if chance.random() < 0.2:
            session.add(LinkSuggestion(patrol_id=row.id, window_id=named("would keep"), verified_ms=1))
        if chance.random() < 0.3:
            session.add(
                PatrolExplanation(
                    **fact(f"{name} dispute"), force_id=named("FORCE"), patrol_id=row.id,
                    kind=ExplanationKind.DISPUTE, text="It is wrong.",
                )
            )  # fmt: skip
        if chance.random() < 0.3:
            session.add(
                Review(
                    **fact(f"{name} review"), force_id=named("FORCE"), patrol_id=row.id, number=1,
                    decision=Decision.STAND, basis=chance.choice([1, 2]), basis_review_ms=0, rank_order=70,
                    basis_status=chance.choice(["partial", "no_window"]),
                )
            )  # fmt: skip
        session.flush()


@pytest.mark.parametrize("seed", range(3))
def test_the_same_patrols_wait_and_none_from_before_it_was_told(force_url: str, seed: int) -> None:
    chance = random.Random(seed)
    change(force_url, _sees_all)
    change(force_url, lambda session: _alone(session, chance))
    engine = open_engine(force_url, 1)
    with reading(engine) as session:
        period = (BEGINS - HOUR, NOW)
        due = patrols_due(session, COMMANDER, NOW.date(), NOW, period, None, 500)
        waiting = dict(patrols_waiting(session, named("FORCE"), NOW, period[0]))
        held = {row.patrol_id: row.until_at for row in session.exec(select(OfficerFirst)).all()}
    engine.dispose()
    assert 5 < len(due) < 60
    assert set(waiting) == {one.id for one, _ in due}
    assert any(one.id in held for one, _ in due)
    for one, judged in due:
        told_from = held.get(one.id, judged.ended_at)
        allowed = {judged.ended_at + 24 * HOUR, BEGINS + HOUR}
        assert waiting[one.id] in {max(each, told_from) for each in allowed}
