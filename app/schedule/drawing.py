"""The use case of drawing a schedule, and how a draft is stored: its inputs, commitment and report, its seed apart.

The seed is made here, once, and goes into its own table. It is in no log, no error and no answer before the reveal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session

from app.audit.models import Action
from app.audit.service import changed
from app.clock import from_ms
from app.database.model import insert_if_absent
from app.database.turns import take_turns
from app.facts.content import content_hash
from app.identity.permissions import Caller, Permission, requires
from app.problems import CONFLICT, ID_TAKEN, Problem
from app.schedule import schedule_queries as queries
from app.schedule.collecting import Collected, collect
from app.schedule.draw_inputs import ALGORITHM, SEED_BYTES, commitment, inputs_hash
from app.schedule.draw_report import AllocatedDay, allocations, report
from app.schedule.kinds import ScheduleState
from app.schedule.models import Schedule, ScheduleAllocation, ScheduleSeed
from app.schedule.plan import Plan, Shortfall
from app.schedule.problems import cannot_be_met, impossible
from app.schedule.randomisation import draw
from app.schedule.schedule_answers import detail
from app.schedule.schedule_schemas import DrawRequest, ScheduleDetail
from app.schedule.windows import Fault

_CONTENT = ("schedule", 1)
_ROWS_A_STATEMENT = 5_000


@dataclass(frozen=True, slots=True)
class By:
    """In which force and by whom something is done; by nobody: the console."""

    force_id: UUID
    officer_id: UUID | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A schedule with its report, and whether this call drew it."""

    schedule: ScheduleDetail
    created: bool


@requires(Permission.SCHEDULES_DRAW)
def draw_schedule(
    session: Session, caller: Caller, schedule_id: UUID, request: DrawRequest, now: datetime
) -> Drawn:
    """Draws a draft under an id of the caller's, or recognises it.

    409 `shortfall` with every block that cannot be met; 409 `conflict` when the id holds a draw of something else.
    """
    created = make_draft(session, By(caller.force_id, caller.officer_id), schedule_id, request, now)
    return Drawn(detail(session, queries.schedule_here(session, schedule_id)), created)


def make_draft(
    session: Session,
    by: By,
    schedule_id: UUID,
    request: DrawRequest,
    now: datetime,
    seed: bytes | None = None,
) -> bool:
    """`draw_schedule` for whoever is known to be allowed; true when it was drawn now.

    `seed` is for tests that need a known plan.
    """
    asked = content_hash(*_CONTENT, request)
    if queries.schedule_held(session, schedule_id) is not None:
        _recognise(session, by, schedule_id, asked)
        return False
    collected = collect(session, by.force_id, request, now)
    chance = seed or _chance(session, by, request)
    plan = draw(collected.inputs, chance)
    codes = queries.codes(session, by.force_id)
    if isinstance(plan, Shortfall):
        raise cannot_be_met(plan, codes)
    row = _row(by, schedule_id, request, asked, collected, chance, now)
    row["report"] = _told(report(collected.inputs, plan), codes, collected.borrowed)
    if not insert_if_absent(session, Schedule, row):
        _recognise(session, by, schedule_id, asked)
        return False
    session.connection().execute(insert(ScheduleSeed).values(schedule_id=schedule_id, seed=chance))
    _keep_days(session, schedule_id, collected, plan)
    changed(
        session,
        "schedules.draw",
        now,
        {"schedule": [schedule_id]},
        actor_id=by.officer_id,
        force_id=by.force_id,
        action=Action.COLLECT,
    )
    return True


def _recognise(session: Session, by: By, schedule_id: UUID, asked: bytes) -> None:
    held = queries.schedule_held(session, schedule_id)
    if held is None or held.force_id != by.force_id:
        raise Problem(ID_TAKEN, "Make a new id and send it again.", denial="id-taken")
    if held.content_hash != asked:
        raise Problem(CONFLICT, "Another schedule was drawn under this id. Draw the new one under a new id.")


def _chance(session: Session, by: By, request: DrawRequest) -> bytes:
    """A new seed, or that of another draft of the force where the request asks for the same chance."""
    if request.same_chance_as is None:
        return token_bytes(SEED_BYTES)
    # A reveal at the same time would tell the days drawn here.
    take_turns(session, [by.force_id])
    like = queries.schedule_held(session, request.same_chance_as)
    if like is None or like.force_id != by.force_id or like.state is not ScheduleState.DRAFT:
        raise impossible([Fault("same_chance_as", "unknown", "is no draft of the force")])
    seed = queries.seed_of(session, like.id)
    if queries.seed_is_told(session, seed):
        raise impossible([Fault("same_chance_as", "told", "has a seed that is revealed already")])
    return seed


def _row(
    by: By,
    schedule_id: UUID,
    request: DrawRequest,
    asked: bytes,
    collected: Collected,
    seed: bytes,
    now: datetime,
) -> dict[str, Any]:
    # What a window asks for is no part of chance, but of what the planner has bound by the commitment.
    spelled = {**collected.inputs.spelled(), "required_minutes": request.required_minutes}
    hash_of_inputs = inputs_hash(spelled)
    return {
        "id": schedule_id,
        "force_id": by.force_id,
        "content_hash": asked,
        "name": request.name,
        "first_day": request.first_day,
        "last_day": request.last_day,
        "state": ScheduleState.DRAFT,
        "algorithm_version": ALGORITHM,
        "inputs": spelled,
        "inputs_hash": hash_of_inputs,
        "commitment": commitment(seed, hash_of_inputs),
        "drawn_by": by.officer_id,
        "drawn_at": now,
    }


def _keep_days(session: Session, schedule_id: UUID, collected: Collected, plan: Plan) -> None:
    rows = [_day(schedule_id, one) for one in allocations(collected.inputs, plan)]
    for start in range(0, len(rows), _ROWS_A_STATEMENT):
        session.connection().execute(insert(ScheduleAllocation), rows[start : start + _ROWS_A_STATEMENT])


def _day(schedule_id: UUID, one: AllocatedDay) -> dict[str, Any]:
    window = one.window
    return {
        "schedule_id": schedule_id,
        "hotspot_id": UUID(one.hotspot_id),
        "day": one.day,
        "block_first_day": one.block,
        "in_period": one.in_period,
        "eligible": one.eligible,
        "treated": one.treated,
        "starts_at": from_ms(window.starts_at_ms) if window else None,
        "ends_at": from_ms(window.ends_at_ms) if window else None,
        "team_id": UUID(window.team) if window else None,
    }


def _told(found: dict[str, Any], codes: Mapping[str, str], borrowed: Mapping[str, float]) -> dict[str, Any]:
    """The report with the codes that people know places and teams by, as they are on the day of the draw."""
    for one in found["hotspots"]:
        one["hotspot_code"] = codes.get(one["hotspot_id"])
        one["borrowed"] = round(borrowed.get(one["hotspot_id"], 0.0), 4)
    found["hotspots"].sort(key=lambda one: (one["hotspot_code"] or "", one["hotspot_id"]))
    for one in found["displaced"]:
        one["hotspot_code"] = codes.get(one["hotspot_id"])
    for name in ("area", "team"):
        for one in found["load"][f"{name}s"]:
            one[f"{name}_code"] = codes.get(one[f"{name}_id"])
    return found
