"""Writes what we make of a patrol: its progress while open, its assessment, hours and window result once it has ended.

Everything here is derived and can be made again from the facts. An assessment that would say the same as the standing
one is not written twice; one that differs supersedes it, and the old one stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID, uuid4

import numpy as np
import shapely
from sqlalchemy import delete, insert, update
from sqlmodel import Session, col

from app.areas.models import HotspotBoundary as BoundaryRow
from app.areas.queries import boundaries_touched, boundary_in_force, boundary_outline
from app.clock import from_ms, london_day, to_ms
from app.database.model import insert_if_absent, insert_or_replace
from app.database.spatial import measured_line
from app.database.together import Rows
from app.facts.feed import FeedChange, FeedKind, tell
from app.identity.queries import devices_known
from app.patrols import crediting, erasing, holding, queries, review_queries, suggesting, visiting
from app.patrols.lifecycle import Cause
from app.patrols.models import CrossCheckDue, Patrol, PatrolAssessment, PatrolLine, PatrolProgress
from app.patrols.queries import OpenPatrol, PatrolEnd
from app.patrols.results import as_stored
from app.patrols.window_results import write_window_results
from app.schedule.models import TaskingWindow
from app.tracks.assessment import Assessment, assess
from app.tracks.facts import HotspotBoundary, PatrolFacts, WindowFacts
from app.tracks.fixes import Fixes
from app.tracks.intervals import total_ms, unite
from app.tracks.policy import Policy
from app.tracks.queries import PositionFix, Reported, fixes_of, policy_in_force, policy_of_version


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a patrol is judged by, as read from the database."""

    patrol: Patrol
    end: PatrolEnd | None
    window: WindowFacts | None
    reported: Reported
    boundaries: Sequence[HotspotBoundary]
    policy: Policy
    revoked_device: bool = False
    unknown_devices: frozenset[int] = frozenset()

    def assess(self) -> Assessment:
        taps = (self.patrol.skew_ms, self.end.skew_ms if self.end else None)
        facts = PatrolFacts(
            checked_in_ms=to_ms(self.patrol.started_at),
            checked_out_ms=to_ms(self.end.ended_at) if self.end else None,
            mode=self.patrol.mode.value,
            skew_ms=max(self.reported.skew_ms, *(abs(skew or 0) for skew in taps)),
            auto_closed=self.end is not None and self.end.auto,
            revoked_device=self.revoked_device,
            unknown_devices=self.unknown_devices,
        )
        known = {boundary.hotspot_id for boundary in self.boundaries}
        window = self.window if self.window is not None and self.window.hotspot_id in known else None
        return assess(self.reported.fixes, facts, self.boundaries, window, self.policy)

    def as_stored(self, assessment: Assessment) -> dict[str, Any]:
        return as_stored(assessment, self.boundaries, self.window, self.policy)


def window_facts(window: TaskingWindow) -> WindowFacts:
    return WindowFacts(
        window.hotspot_id, to_ms(window.starts_at), to_ms(window.ends_at), window.required_seconds * 1000
    )


def gather(
    session: Session, patrol: Patrol, end: PatrolEnd, window_id: UUID | None, until: datetime | None = None
) -> Evidence:
    """Reads the evidence of an ended patrol: the window's hotspot first, then every other its track touches.

    `window_id` is the window it was made for, or the one it was linked to.

    Only the fixes that had arrived `until` an instant, when one is given.
    """
    window = session.get(TaskingWindow, window_id) if window_id else None
    day = london_day(window.starts_at if window else patrol.started_at)
    reported = fixes_of(session, patrol.id, positions_of(patrol, end), until)
    tasked = boundary_in_force(session, window.hotspot_id, day) if window else None
    boundaries = [_boundary(tasked)] if tasked else []
    boundaries += _touched(session, patrol, day, reported.fixes, {each.hotspot_id for each in boundaries})
    policy = policy_in_force(session, patrol.force_id, day)
    return Evidence(
        patrol,
        end,
        window_facts(window) if window else None,
        reported,
        boundaries,
        policy,
        queries.sent_by_revoked_device(session, patrol),
        _unknown_devices(session, patrol, reported.devices),
    )


def _unknown_devices(session: Session, patrol: Patrol, devices: Sequence[UUID]) -> frozenset[int]:
    others = {device: number for number, device in enumerate(devices) if device != patrol.device_id}
    known = devices_known(session, patrol.captured_by, list(others), patrol.received_at)
    return frozenset(number for device, number in others.items() if device not in known)


def _boundary(row: BoundaryRow) -> HotspotBoundary:
    return HotspotBoundary(row.hotspot_id, row.id, cast(shapely.MultiPolygon, row.geometry))


def _touched(
    session: Session, patrol: Patrol, day: date, fixes: Fixes, known: set[UUID]
) -> list[HotspotBoundary]:
    if not len(fixes):
        return []
    track = shapely.MultiPoint(np.column_stack([fixes.lon, fixes.lat])).envelope
    rows = boundaries_touched(session, patrol.force_id, day, track)
    return [_boundary(row) for row in rows if row.hotspot_id not in known]


def positions_of(patrol: Patrol, end: PatrolEnd | None) -> list[PositionFix]:
    """The positions of a patrol's check-in and check-out, where the phone sent them."""
    found = []
    received = to_ms(patrol.received_at)
    if patrol.longitude is not None and patrol.latitude is not None:
        at = to_ms(patrol.started_at)
        found.append(
            PositionFix(
                patrol.device_id, at, patrol.longitude, patrol.latitude, patrol.accuracy_m, max(received, at)
            )
        )
    if end is not None and end.longitude is not None and end.latitude is not None:
        at = to_ms(end.ended_at)
        found.append(
            PositionFix(patrol.device_id, at, end.longitude, end.latitude, end.accuracy_m, max(received, at))
        )
    return found


def progress_begun(patrol_id: UUID, now: datetime) -> Rows:
    """The mark of a patrol as open, with nothing verified yet."""
    return PatrolProgress, [{"patrol_id": patrol_id, "verified_ms": 0, "fix_count": 0, "computed_at": now}]


def end_progress(session: Session, patrol_id: UUID) -> None:
    """Marks a patrol as no longer open."""
    session.connection().execute(delete(PatrolProgress).where(col(PatrolProgress.patrol_id) == patrol_id))


@dataclass(frozen=True, slots=True)
class Reached:
    """How far an open patrol has come."""

    verified_ms: int
    horizon_at: datetime | None
    report_every_seconds: int


def update_progress(session: Session, patrol: Patrol, around: OpenPatrol, now: datetime) -> Reached:
    """How far an open patrol has come, from all fixes we have; replaces its one row."""
    evidence = _open_evidence(session, patrol, around)
    assessment = evidence.assess()
    verified = unite(*(result.verified for result in assessment.hotspots))
    verified_ms = _credited_in_window(assessment) if around.window else total_ms(verified)
    horizon_at = from_ms(assessment.horizon_ms) if len(assessment.labels) else None
    tasked = evidence.boundaries[0].boundary_id if around.window and evidence.boundaries else None
    values = {
        "patrol_id": patrol.id,
        "verified_ms": verified_ms,
        "horizon_at": horizon_at,
        "fix_count": len(assessment.labels),
        "boundary_id": tasked,
        "policy_version": assessment.policy_version,
        "computed_at": now,
    }
    insert_or_replace(session, PatrolProgress, "patrol_id", values)
    return Reached(verified_ms, horizon_at, evidence.policy.report_every_seconds)


def _open_evidence(session: Session, patrol: Patrol, around: OpenPatrol) -> Evidence:
    day = london_day(around.window_starts_at or patrol.started_at)
    reported = fixes_of(session, patrol.id, positions_of(patrol, None))
    pinned = around.policy_version
    policy = policy_of_version(session, patrol.force_id, pinned) if pinned else None
    if policy is None:
        # The first batch, or a built-in policy of an earlier release: the result is judged by what is in force anyway.
        policy = policy_in_force(session, patrol.force_id, day)
    boundaries: list[HotspotBoundary] = []
    if around.window is None:
        boundaries = _touched(session, patrol, day, reported.fixes, set())
    elif around.boundary_id is not None:
        polygon = boundary_outline(session, around.boundary_id)
        boundaries = [HotspotBoundary(around.window.hotspot_id, around.boundary_id, polygon)]
    else:
        tasked = boundary_in_force(session, around.window.hotspot_id, day)
        boundaries = [_boundary(tasked)] if tasked else []
    return Evidence(patrol, None, around.window, reported, boundaries, policy)


def _credited_in_window(assessment: Assessment) -> int:
    return max(
        (result.in_window.verified_ms for result in assessment.hotspots if result.in_window), default=0
    )


def judge(session: Session, patrol: Patrol, end: PatrolEnd, now: datetime, cause: Cause) -> bool:
    """Assesses an ended patrol and writes what follows from it; false when nothing changed. `cause` says why now.

    One that its officer took back is not judged again, nor one whose fixes were erased: without them every answer would
    be a wrong one. The caller holds the patrol's row, so that two uploads at once
    are judged one after the other.
    """
    if queries.voids_of(session, [patrol.id]) or erasing.erasure_of(session, patrol.id) is not None:
        return False
    window_id = patrol.window_id or review_queries.linked_window_id(session, patrol.id)
    evidence = gather(session, patrol, end, window_id)
    assessment = evidence.assess()
    standing = queries.assessment_numbered(session, patrol.id, None)
    result = evidence.as_stored(assessment)
    number = queries.last_number(session, patrol.id) + 1
    moved = holding.hold(session, patrol.id, evidence.policy, cause, now, first=number == 1)
    if standing is not None and (standing.window_id, standing.result) == (window_id, result):
        if moved and window_id is not None:
            write_window_results(session, window_id, evidence.policy, now)
        return False
    if standing is not None:
        session.connection().execute(
            update(PatrolAssessment).where(col(PatrolAssessment.id) == standing.id).values(superseded_at=now)
        )
    assessment_id = _store(session, evidence, window_id, assessment, result, number, now, cause)
    _store_line(session, patrol.id, assessment_id, assessment, evidence.reported.fixes)
    ended_at = from_ms(assessment.horizon_ms)
    crediting.write_hours(session, patrol, max(ended_at, standing.ended_at) if standing else ended_at)
    visiting.write_visits(session, patrol, window_id, result)
    if window_id is not None:
        write_window_results(session, window_id, evidence.policy, now)
    else:
        suggesting.suggest(session, patrol, result)
    insert_if_absent(session, CrossCheckDue, {"patrol_id": patrol.id, "marked_at": now})
    tell_people(session, patrol, FeedChange.JUDGED, now)
    return True


def tell_people(session: Session, patrol: Patrol, change: FeedChange, now: datetime) -> None:
    """Tells everybody who was on a patrol what became of it."""
    people = review_queries.people_of_patrols(session, [patrol])
    tell(session, people, FeedKind.PATROL, change, patrol.id, now, patrol_id=patrol.id)


def _hotspots(result: Mapping[str, object]) -> list[dict[str, Any]]:
    return cast(list[dict[str, Any]], result["hotspots"])


def _store(
    session: Session,
    evidence: Evidence,
    window_id: UUID | None,
    assessment: Assessment,
    result: Mapping[str, object],
    number: int,
    now: datetime,
    cause: Cause,
) -> UUID:
    tasked = assessment.for_hotspot(evidence.window.hotspot_id) if evidence.window else None
    if tasked is not None:
        grades = (
            tasked.whole.verified_ms, tasked.whole.probable_ms, tasked.whole.unverified_ms, tasked.whole.outside_ms,
        )  # fmt: skip
    else:
        grades = _anywhere(assessment)
    assessment_id = uuid4()
    session.connection().execute(
        insert(PatrolAssessment).values(
            id=assessment_id,
            patrol_id=evidence.patrol.id,
            number=number,
            window_id=window_id,
            status=assessment.status.value,
            policy_version=assessment.policy_version,
            started_at=from_ms(assessment.checked_in_ms),
            ended_at=from_ms(assessment.horizon_ms),
            verified_ms=grades[0],
            probable_ms=grades[1],
            unverified_ms=grades[2],
            outside_ms=grades[3],
            window_verified_ms=tasked.in_window.verified_ms if tasked and tasked.in_window else None,
            flags=[flag.value for flag in assessment.flags],
            asks_review=assessment.check_needed,
            result=result,
            cause=cause.value,
            computed_at=now,
        )
    )
    return assessment_id


def _anywhere(assessment: Assessment) -> tuple[int, int, int, int]:
    """The grades in any hotspot at all: an instant takes the best grade it has anywhere."""
    whole = max(assessment.horizon_ms - assessment.checked_in_ms, 0)
    verified = unite(*(each.verified for each in assessment.hotspots))
    upto_probable = unite(verified, *(each.probable for each in assessment.hotspots))
    upto_unverified = unite(upto_probable, *(each.unverified for each in assessment.hotspots))
    if not assessment.hotspots:
        return 0, 0, 0, whole
    steps = total_ms(verified), total_ms(upto_probable), total_ms(upto_unverified)
    return steps[0], steps[1] - steps[0], steps[2] - steps[1], whole - steps[2]


def _store_line(
    session: Session, patrol_id: UUID, assessment_id: UUID, assessment: Assessment, fixes: Fixes
) -> None:
    line = assessment.line
    if len(line.time_ms) < 2:
        session.connection().execute(delete(PatrolLine).where(col(PatrolLine.patrol_id) == patrol_id))
        return
    measured = measured_line(line.lon, line.lat, line.time_ms / 1000)
    values = {
        "patrol_id": patrol_id,
        "assessment_id": assessment_id,
        "line": measured,
        "west": float(fixes.lon.min()),
        "south": float(fixes.lat.min()),
        "east": float(fixes.lon.max()),
        "north": float(fixes.lat.max()),
    }
    insert_or_replace(session, PatrolLine, "patrol_id", values)
