"""Random rules, patrols and holds against a model in plain days: what goes is what the model says, and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st
from sqlalchemy import Engine, delete, select
from sqlmodel import Session, col

from app.database.engine import open_engine
from app.database.session import reading, transaction
from app.patrols.lifecycle import ExplanationKind, Funding, Mode, Programme, UniformState
from app.patrols.models import CrewMember, Patrol, PatrolErasure, PatrolExplanation, PatrolProgress
from app.patrols.review_models import Review
from app.patrols.reviewing import Decision
from app.retention.holding import HoldSubject
from app.retention.models import Hold, RetentionRule
from app.retention.purging import purge
from app.retention.rules import RecordClass
from app.tracks.models import FixBatch
from tests.conftest import named
from tests.patrols.again import move_window

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
OFFICERS = ("4101", "4102", "4103")
CREW = "4111"
TABLES = (
    FixBatch,
    Review,
    PatrolErasure,
    PatrolProgress,
    CrewMember,
    PatrolExplanation,
    Hold,
    RetentionRule,
    Patrol,
)


@dataclass(frozen=True)
class APatrol:
    """Twelve hours and `age` days ago, for an hour; for WINDOW-1, which was moved to NEW, for that, or for none."""

    officer: str
    crewed: bool
    age: int
    tasked: str | None
    is_open: bool
    says: tuple[ExplanationKind, str | None] | None


@dataclass(frozen=True)
class AHold:
    """From `since` days ago until `until` days ago; None is without end."""

    on: str
    which: int
    since: int | None
    until: int | None
    released: bool


@dataclass(frozen=True)
class ARule:
    days: int
    begun: int


SAYINGS = [
    None,
    (ExplanationKind.EXPLANATION, "ARREST_MADE"),
    (ExplanationKind.EXPLANATION, "NO_STAFF"),
    (ExplanationKind.DISPUTE, None),
]
PATROLS = st.lists(
    st.builds(
        APatrol,
        officer=st.sampled_from(OFFICERS),
        crewed=st.booleans(),
        age=st.integers(0, 8),
        tasked=st.sampled_from([None, "WINDOW-1", "NEW"]),
        is_open=st.sampled_from([False, False, False, True]),
        says=st.sampled_from([None, None, *SAYINGS]),
    ),
    min_size=1,
    max_size=8,
)
RULES = st.lists(
    st.builds(ARule, days=st.integers(1, 9), begun=st.integers(-2, 9)),
    max_size=3,
    unique_by=lambda one: one.begun,
)
ENDS = st.one_of(st.none(), st.integers(0, 9))
HOLDS = st.lists(
    st.builds(
        AHold,
        on=st.sampled_from(["patrol", "officer", "crew", "hotspot"]),
        which=st.integers(0, 7),
        since=ENDS,
        until=ENDS,
        released=st.booleans(),
    ),
    max_size=3,
)

# The windows on which somebody decided that an arrest was the reason.
DECIDED = st.sampled_from([(), (), ("WINDOW-1",), ("NEW",)])


def goes(
    patrol: APatrol,
    number: int,
    count: int,
    holds: list[AHold],
    rules: list[ARule],
    decided: tuple[str, ...],
) -> bool:
    """The model: whether the positions of the patrol with this number go."""
    begun = [rule for rule in rules if rule.begun >= 0]
    days = min(begun, key=lambda rule: rule.begun).days if begun else 90
    if patrol.is_open or patrol.age < days:
        return False
    if patrol.says is not None and patrol.says != (ExplanationKind.EXPLANATION, "NO_STAFF"):
        return False
    counts_for = {"WINDOW-1": {"WINDOW-1", "NEW"}, "NEW": {"NEW"}, None: set[str]()}[patrol.tasked]
    if not counts_for.isdisjoint(decided):
        return False
    return not any(holds_it(hold, patrol, number, count) for hold in holds)


def holds_it(hold: AHold, patrol: APatrol, number: int, count: int) -> bool:
    if hold.released:
        return False
    if hold.on == "patrol":
        return hold.which % count == number
    in_period = (hold.since is None or hold.since > patrol.age) and (
        hold.until is None or hold.until <= patrol.age
    )
    subject = {
        "officer": OFFICERS[hold.which % 3] == patrol.officer,
        "crew": patrol.crewed,
        "hotspot": patrol.tasked is not None,
    }[hold.on]
    return in_period and subject


def fact(name: str, officer: str, at: datetime) -> dict[str, Any]:
    person = named(officer)
    return {
        "id": named(name), "content_hash": name.encode(), "captured_by": person, "uploaded_by": person,
        "received_at": at,
    }  # fmt: skip


def put(
    session: Session,
    patrols: list[APatrol],
    holds: list[AHold],
    rules: list[ARule],
    decided: tuple[str, ...],
) -> None:
    for name in decided:
        session.add(
            Review(
                **fact(f"r-{name}", "4111", NOW),
                force_id=named("FORCE"), window_id=named(name), number=1, decision=Decision.REASON, basis=0,
                basis_status="not_attended", basis_review_ms=0, reason_code="ARREST_MADE", rank_order=30,
            )
        )  # fmt: skip
    for number, one in enumerate(patrols):
        put_patrol(session, number, one)
    for number, hold in enumerate(holds):
        subject = {
            "patrol": named(f"p-{hold.which % len(patrols)}"),
            "officer": named(OFFICERS[hold.which % 3]),
            "crew": named(CREW),
            "hotspot": named("TGP-1"),
        }[hold.on]
        kind = HoldSubject.OFFICER if hold.on == "crew" else HoldSubject(hold.on)
        session.add(
            Hold(
                **fact(f"hold-{number}", "4134", NOW),
                force_id=named("FORCE"), subject_kind=kind, subject_id=subject, reason="Asked for.",
                from_at=None if hold.since is None else NOW - timedelta(days=hold.since),
                to_at=None if hold.until is None else NOW - timedelta(days=hold.until),
                released_at=NOW if hold.released else None,
            )
        )  # fmt: skip
    for number, rule in enumerate(rules):
        session.add(
            RetentionRule(
                id=named(f"rule-{number}"), force_id=named("FORCE"), record_class=RecordClass.POSITIONS,
                days=rule.days, valid_from=(NOW - timedelta(days=rule.begun)).date(), created_at=NOW,
            )
        )  # fmt: skip


def put_patrol(session: Session, number: int, one: APatrol) -> None:
    at, name = NOW - timedelta(days=one.age, hours=12), f"p-{number}"
    session.add(
        Patrol(
            **fact(name, one.officer, at),
            force_id=named("FORCE"), device_id=named("phone"), programme=Programme.TGP_SCHEDULED,
            uniform_state=UniformState.UNIFORM, mode=Mode.FOOT, funding=Funding.CORE, checked_in_at=at, started_at=at,
            window_id=named(one.tasked) if one.tasked else None, longitude=-1.9, latitude=52.5,
        )
    )  # fmt: skip
    session.flush()
    session.add(
        FixBatch(
            **fact(f"b-{number}", one.officer, at),
            patrol_id=named(name), device_id=named("phone"), sequence=0, time_source="gnss", fix_count=7,
            packed=b"positions",
        )
    )  # fmt: skip
    if one.is_open:
        session.add(PatrolProgress(patrol_id=named(name), verified_ms=0, fix_count=7, computed_at=at))
    if one.crewed:
        session.add(CrewMember(patrol_id=named(name), officer_id=named(CREW)))
    if one.says is not None:
        kind, code = one.says
        session.add(
            PatrolExplanation(
                **fact(f"e-{number}", one.officer, at),
                force_id=named("FORCE"), patrol_id=named(name), kind=kind, reason_code=code, text="So it was.",
            )
        )  # fmt: skip


@pytest.fixture
def engine(force_url: str) -> Iterator[Engine]:
    move_window(force_url, named("NEW"))
    engine = open_engine(force_url, 2)
    yield engine
    engine.dispose()


def erased(engine: Engine) -> set[UUID]:
    with reading(engine) as session:
        noted = set(session.execute(select(col(PatrolErasure.patrol_id))).scalars())
        empty = select(col(FixBatch.patrol_id)).where(col(FixBatch.packed) == b"")
        nowhere = select(col(Patrol.id)).where(col(Patrol.longitude).is_(None))
        assert noted == set(session.execute(empty).scalars()) == set(session.execute(nowhere).scalars())
        hashes = session.execute(select(col(FixBatch.content_hash))).scalars()
        assert all(one.startswith(b"b-") for one in hashes)
    return noted


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@example(
    patrols=[APatrol("4101", False, 8, tasked, False, None) for tasked in (None, "WINDOW-1", "NEW")],
    holds=[],
    rules=[ARule(3, 5)],
    decided=("NEW",),
)
@given(patrols=PATROLS, holds=HOLDS, rules=RULES, decided=DECIDED)
def test_what_goes_is_what_the_model_says(
    engine: Engine,
    patrols: list[APatrol],
    holds: list[AHold],
    rules: list[ARule],
    decided: tuple[str, ...],
) -> None:
    with transaction(engine) as session:
        for table in TABLES:
            session.execute(delete(table))
        put(session, patrols, holds, rules, decided)
    wanted = {
        named(f"p-{number}")
        for number, one in enumerate(patrols)
        if goes(one, number, len(patrols), holds, rules, decided)
    }
    tried = purge(engine, lambda: NOW, dry_run=True)
    assert erased(engine) == set()
    done = purge(engine, lambda: NOW, dry_run=False)
    assert tried.forces == done.forces
    assert erased(engine) == wanted
    purge(engine, lambda: NOW, dry_run=False)
    assert erased(engine) == wanted
