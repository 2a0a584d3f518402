"""What `correlation` finds, on the hole it was made for."""

from typing import Any

from sqlalchemy import ColumnElement, exists, or_
from sqlmodel import col, select

from app.clock import london_day
from app.identity.permissions import Caller, OfficerKind, Role
from app.patrols.models import Patrol, PatrolVoid
from app.patrols.queries import may_see
from app.patrols.review_models import LinkedWindow
from app.schedule.models import TaskingWindow
from benchmarks.large_force import NOW
from benchmarks.large_places import FORCE, SERGEANT, named
from tests.house.correlation import stray_tables


def counts_for_mine(linked: Any) -> ColumnElement[bool]:
    """The condition as it once was."""
    of_patrol = or_(col(TaskingWindow.id) == col(Patrol.window_id), col(TaskingWindow.id).in_(linked))
    return exists().where(of_patrol, col(TaskingWindow.team_id) == named("LA-1-N"))


def test_a_table_two_statements_out_is_brought_in_anew() -> None:
    linked = select(LinkedWindow.window_id).where(col(LinkedWindow.patrol_id) == col(Patrol.id))
    hole = select(Patrol.id).where(counts_for_mine(linked))
    assert "FROM linked_windows, patrols" in str(hole)
    assert stray_tables(hole) == {"patrols"}
    mended = select(Patrol.id).where(counts_for_mine(linked.correlate(Patrol)))
    assert "FROM linked_windows, patrols" not in str(mended)
    assert stray_tables(mended) == set()


def test_a_derived_table_is_tied_to_nothing() -> None:
    linked = select(LinkedWindow.window_id).where(col(LinkedWindow.patrol_id) == col(Patrol.id)).subquery()
    assert stray_tables(select(Patrol.id, linked.c.window_id)) == {"patrols"}


def test_what_is_tied_to_the_statement_around_it_or_read_on_purpose_is_none() -> None:
    voided = exists().where(col(PatrolVoid.id) == col(Patrol.id))
    assert stray_tables(select(Patrol.id).where(~voided)) == set()
    again = select(LinkedWindow.window_id).join(Patrol, col(Patrol.id) == col(LinkedWindow.patrol_id))
    on_purpose = exists().where(col(TaskingWindow.id).in_(again))
    assert stray_tables(select(Patrol.id).where(on_purpose)) == set()
    in_a_join = (
        select(LinkedWindow.patrol_id)
        .join(Patrol, col(Patrol.id) == col(LinkedWindow.patrol_id))
        .where(~voided)
    )
    of_those = select(Patrol.window_id).where(col(Patrol.id).in_(in_a_join))
    assert stray_tables(select(TaskingWindow.id).where(col(TaskingWindow.id).in_(of_those))) == set()
    caller = Caller(
        named(SERGEANT), named(FORCE), SERGEANT, OfficerKind.CONSTABLE, frozenset({Role.SUPERVISOR})
    )
    assert stray_tables(select(Patrol.id).where(may_see(caller, london_day(NOW)))) == set()
