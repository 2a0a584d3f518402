"""The benchmarks' large force is what the application would have written: writing it again changes nothing."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from app.database.engine import open_engine
from app.database.session import reading, transaction
from app.patrols import crediting, visiting
from app.patrols.models import CreditedSlice, OfficerFirst, Patrol, PatrolAssessment, PatrolVoid, WindowResult
from app.patrols.visit_models import Visit
from app.patrols.window_results import write_window_result
from app.schedule.models import TaskingWindow
from app.tracks.policy import Policy
from benchmarks.large_force import NOW
from tests.compliance.made_up import SMALL, made_up_url

__all__ = ["made_up_url"]

A_FEW_DOZEN = 40


def _slices(session: Session, patrol_id: UUID) -> list[tuple[Any, ...]]:
    rows = session.exec(select(CreditedSlice).where(CreditedSlice.patrol_id == patrol_id)).all()
    return sorted((str(row.officer_id), str(row.hotspot_id), row.day, row.grade, row.credited_ms, row.intervals,
                   str(row.window_id), row.window_ms,
                   str(row.team_id), row.programme, row.funding, row.operation) for row in rows)  # fmt: skip


def test_the_application_writes_the_same_hours_and_visits(made_up_url: str) -> None:
    engine = open_engine(made_up_url)
    with transaction(engine) as session:
        standing = select(Patrol, PatrolAssessment).join(
            PatrolAssessment, col(PatrolAssessment.patrol_id) == col(Patrol.id)
        )
        chosen = session.exec(
            standing.where(col(PatrolAssessment.superseded_at).is_(None))
            .where(col(Patrol.id).not_in(select(PatrolVoid.id)))
            .order_by(col(PatrolAssessment.id))
            .limit(A_FEW_DOZEN)
        ).all()
        assert len(chosen) == A_FEW_DOZEN
        for patrol, judged in chosen:
            before = _slices(session, patrol.id)
            visits = session.exec(
                select(Visit.entered_ms, Visit.left_ms).where(Visit.patrol_id == patrol.id)
            ).all()
            crediting.write_hours(session, patrol, judged.ended_at)
            visiting.write_visits(session, patrol, judged.window_id, judged.result)
            assert _slices(session, patrol.id) == before
            again = session.exec(
                select(Visit.entered_ms, Visit.left_ms).where(Visit.patrol_id == patrol.id)
            ).all()
            assert sorted(again) == sorted(visits)
    engine.dispose()


def test_the_application_decides_the_windows_in_the_same_way(made_up_url: str) -> None:
    engine = open_engine(made_up_url)
    with transaction(engine) as session:
        rows = session.exec(
            select(TaskingWindow, WindowResult)
            .join(WindowResult, col(WindowResult.window_id) == col(TaskingWindow.id))
            .where(col(TaskingWindow.ends_at) < NOW - timedelta(days=1))
            .order_by(col(TaskingWindow.id))
        ).all()
        by_status: dict[str, list[WindowResult]] = {}
        for _window, result in rows:
            by_status.setdefault(result.status, []).append(result)
        assert len(by_status) > 5
        for results in by_status.values():
            for result in results[:8]:
                before = result.model_dump(exclude={"computed_at"})
                write_window_result(session, result.window_id, Policy(), NOW)
                session.refresh(result)
                after = result.model_dump(exclude={"computed_at"})
                assert after == before
    engine.dispose()


def test_the_force_is_of_the_size_that_was_asked_for(made_up_url: str) -> None:
    engine = open_engine(made_up_url)
    with reading(engine) as session:
        patrols = {row.id: row for row in session.exec(select(Patrol)).all()}
        voided = set(session.exec(select(PatrolVoid.id)).all())
        assert len(patrols) == SMALL.patrols
        assert voided
        for result in session.exec(select(WindowResult)).all():
            assert {UUID(each) for each in result.patrol_ids} <= set(patrols) - voided
        in_any: dict[tuple[UUID, UUID], int] = {}
        in_each: dict[tuple[UUID, UUID], int] = {}
        for each in session.exec(select(CreditedSlice)).all():
            assert each.patrol_id not in voided
            sums = in_each if each.hotspot_id else in_any
            key = (each.patrol_id, each.officer_id)
            sums[key] = sums.get(key, 0) + each.credited_ms
        assert set(in_any) == set(in_each)
        assert all(in_any[key] <= in_each[key] for key in in_any)
        assert any(in_any[key] < in_each[key] for key in in_any)
        assert session.exec(select(OfficerFirst)).first() is not None
    engine.dispose()
