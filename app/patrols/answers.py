"""What is told of a patrol: by itself, in a list, its judgement, its track. Every read is logged with its ids."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from app.audit.service import consulted
from app.clock import from_ms, london_day, rfc3339
from app.database.spatial import measured_points
from app.identity.permissions import Caller, Permission, requires
from app.identity.queries import collar_numbers
from app.patrols import queries
from app.patrols.judging import Reached
from app.patrols.lifecycle import BATCH_EVERY_SECONDS, PatrolState
from app.patrols.models import CrewMember, Patrol, PatrolAssessment, PatrolLine, PatrolProgress
from app.patrols.problems import track_erased
from app.patrols.queries import OpenPatrol, PatrolEnd
from app.patrols.schemas import (
    Advice,
    AssessmentResponse,
    CrewMemberResponse,
    GradeSeconds,
    PatrolFilter,
    PatrolPage,
    PatrolResponse,
    PatrolResult,
    PositionsErased,
    Progress,
)
from app.problems import not_found, out_of_sight
from app.reference.codes import Label, in_words
from app.reference.queries import labels
from app.rest.pagination import decode_cursor, encode_cursor
from app.schedule.queries import WindowAtCheckIn
from app.tracks.queries import policy_in_force


@requires(Permission.PATROLS_READ)
def see_patrol(session: Session, caller: Caller, patrol_id: UUID, now: datetime) -> PatrolResponse:
    """One patrol the caller may see; not found otherwise."""
    patrol = _seen(session, caller, patrol_id, now)
    _log(session, caller, "patrol:read", now, [patrol])
    return describe(session, [patrol], london_day(now))[0]


@requires(Permission.PATROLS_READ)
def list_patrols(
    session: Session, caller: Caller, wanted: PatrolFilter, cursor: str | None, limit: int, now: datetime
) -> PatrolPage:
    """A page of the patrols the caller may see, latest first."""
    day = london_day(now)
    after = decode_cursor(cursor) if cursor else None
    rows = queries.patrols_seen(session, caller, day, wanted, after, limit + 1)
    page = rows[:limit]
    _log(session, caller, "patrol:list", now, page)
    following = encode_cursor(page[-1].started_at, page[-1].id) if len(rows) > limit else None
    return PatrolPage(patrols=describe(session, page, day), next_cursor=following)


@requires(Permission.PATROLS_READ)
def see_assessment(
    session: Session, caller: Caller, patrol_id: UUID, number: int | None, now: datetime
) -> AssessmentResponse:
    """The standing judgement of a patrol, or an older one by number; not found while it is open."""
    patrol = _seen(session, caller, patrol_id, now)
    row = queries.assessment_numbered(session, patrol_id, number)
    if row is None:
        raise not_found()
    _log(session, caller, "patrol:assessment:read", now, [patrol])
    return AssessmentResponse(
        id=row.id,
        patrol_id=patrol_id,
        number=row.number,
        status=row.status,
        status_label=in_words(
            labels(session, caller.force_id, "patrol_statuses", london_day(now)), row.status
        ),
        policy_version=row.policy_version,
        computed_at=row.computed_at,
        superseded_at=row.superseded_at,
        result=row.result,
        erased=_erased(session, caller, patrol_id, now),
    )


def _erased(session: Session, caller: Caller, patrol_id: UUID, now: datetime) -> PositionsErased | None:
    row = queries.erasure_of(session, patrol_id)
    if row is None:
        return None
    words = labels(session, caller.force_id, "retention", london_day(now))
    return PositionsErased(
        erased_at=row.erased_at,
        rule_days=row.rule_days,
        in_words=in_words(words, "positions_erased"),
        late_facts=row.late_facts,
    )


@requires(Permission.PATROLS_READ)
def see_track(session: Session, caller: Caller, patrol_id: UUID, now: datetime) -> PatrolLine:
    """The cleaned track of a judged patrol; not found while it is open or when it has fewer than two used fixes, and
    gone (410 `erased`) once it has been erased."""
    patrol = _seen(session, caller, patrol_id, now)
    line = queries.line_of(session, patrol_id)
    erasure = queries.erasure_of(session, patrol_id)
    if erasure is not None:
        raise track_erased(erasure.erased_at, erasure.rule_days)
    if line is None:
        raise not_found()
    _log(session, caller, "patrol:track:read", now, [patrol])
    return line


def recorded(session: Session, patrol_id: UUID, now: datetime) -> PatrolResponse:
    """What the phone is told of the patrol it has just recorded; the record itself was logged."""
    return describe(session, [queries.patrol_recorded(session, patrol_id)], london_day(now))[0]


def checked_in(caller: Caller, patrol: Patrol, window: WindowAtCheckIn | None) -> PatrolResponse:
    """What the phone is told of its own patrol, new and without crew: nothing need be read for it."""
    return _describe_one(patrol, None, window, [], None, None, caller.collar_number, {})


def uploaded(
    session: Session, patrol: Patrol, around: OpenPatrol | None, reached: Reached | None
) -> Progress:
    """How far a patrol has come, told to the phone that has just uploaded fixes for it."""
    if around is not None and reached is not None:
        required_ms = around.window.required_ms if around.window else None
        return progress_answer(
            reached.verified_ms, reached.horizon_at, None if required_ms is None else required_ms // 1000
        )
    required = None
    if patrol.window_id is not None:
        required = queries.windows_by_id(session, {patrol.window_id})[patrol.window_id].required_seconds
    standing = queries.current_assessments(session, [patrol.id]).get(patrol.id)
    if standing is not None:
        verified_ms = (
            standing.verified_ms if standing.window_verified_ms is None else standing.window_verified_ms
        )
        return progress_answer(verified_ms, standing.ended_at, required)
    row = queries.progress_of(session, [patrol.id]).get(patrol.id)
    return progress_answer(row.verified_ms if row else 0, row.horizon_at if row else None, required)


def advice(session: Session, patrol: Patrol, reached: Reached | None) -> Advice:
    """How often the phone should report and upload, by the policy its patrol is judged by."""
    if reached is not None:
        return Advice(
            report_every_seconds=reached.report_every_seconds, batch_every_seconds=BATCH_EVERY_SECONDS
        )
    policy = policy_in_force(session, patrol.force_id, london_day(patrol.started_at))
    return Advice(report_every_seconds=policy.report_every_seconds, batch_every_seconds=BATCH_EVERY_SECONDS)


def _seen(session: Session, caller: Caller, patrol_id: UUID, now: datetime) -> Patrol:
    patrol = queries.patrol_seen(session, caller, patrol_id, london_day(now))
    if patrol is None:
        raise out_of_sight("patrol:read")
    return patrol


def _log(session: Session, caller: Caller, operation: str, now: datetime, patrols: Sequence[Patrol]) -> None:
    subjects = {"patrol": [row.id for row in patrols], "officer": {row.captured_by for row in patrols}}
    consulted(session, operation, now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)


def describe(session: Session, patrols: Sequence[Patrol], day: date) -> list[PatrolResponse]:
    """The answers for some patrols, in a fixed number of queries however many they are."""
    ids = [row.id for row in patrols]
    ends = queries.ends_of(session, ids)
    standing = queries.current_assessments(session, ids)
    crews = queries.crews_of(session, ids)
    progress = queries.progress_of(session, [patrol_id for patrol_id in ids if patrol_id not in ends])
    windows = queries.windows_by_id(session, {row.window_id for row in patrols if row.window_id})
    people = {row.captured_by for row in patrols} | {
        one.officer_id for crew in crews.values() for one in crew
    }
    collars = collar_numbers(session, people)
    statuses = labels(session, patrols[0].force_id, "patrol_statuses", day) if patrols else {}
    return [
        _describe_one(
            row,
            ends.get(row.id),
            windows.get(row.window_id) if row.window_id else None,
            [_crew_member(one, collars) for one in crews[row.id]],
            progress.get(row.id),
            standing.get(row.id),
            collars[row.captured_by],
            statuses,
        )
        for row in patrols
    ]


def _describe_one(
    patrol: Patrol,
    end: PatrolEnd | None,
    window: WindowAtCheckIn | None,
    crew: list[CrewMemberResponse],
    progress: PatrolProgress | None,
    standing: PatrolAssessment | None,
    collar_number: str,
    statuses: dict[str, Label],
) -> PatrolResponse:
    required = window.required_seconds if window else None
    return PatrolResponse(
        id=patrol.id,
        state=PatrolState.CLOSED if end else PatrolState.OPEN,
        officer_id=patrol.captured_by,
        collar_number=collar_number,
        team_id=patrol.team_id,
        area_id=patrol.area_id,
        window_id=patrol.window_id,
        hotspot_id=window.hotspot_id if window else None,
        programme=patrol.programme,
        operation=patrol.operation,
        uniform_state=patrol.uniform_state,
        mode=patrol.mode,
        funding=patrol.funding,
        cost_code=patrol.cost_code,
        checked_in_at=patrol.checked_in_at,
        started_at=patrol.started_at,
        skew_seconds=None if patrol.skew_ms is None else round(patrol.skew_ms / 1000),
        checked_out_at=end.checked_out_at if end else None,
        ended_at=end.ended_at if end else None,
        closed_by=None if end is None else "auto" if end.auto else "phone",
        received_at=patrol.received_at,
        crew=crew,
        crew_unknown=patrol.crew_unknown or [],
        window_unknown=patrol.window_unknown,
        progress=None
        if end
        else progress_answer(
            progress.verified_ms if progress else 0, progress.horizon_at if progress else None, required
        ),
        result=_result(standing, required, statuses) if standing else None,
    )


def progress_answer(verified_ms: int, horizon_at: datetime | None, required_seconds: int | None) -> Progress:
    """How far a patrol has come, floored to whole seconds."""
    return Progress(
        verified_seconds=verified_ms // 1000,
        required_seconds=required_seconds,
        reached=required_seconds is not None and verified_ms >= required_seconds * 1000,
        horizon_at=horizon_at,
    )


def _result(row: PatrolAssessment, required_seconds: int | None, statuses: dict[str, Label]) -> PatrolResult:
    return PatrolResult(
        status=row.status,
        status_label=in_words(statuses, row.status),
        seconds=GradeSeconds(
            verified=row.verified_ms // 1000,
            probable=row.probable_ms // 1000,
            unverified=row.unverified_ms // 1000,
            outside=row.outside_ms // 1000,
        ),
        window_verified_seconds=None if row.window_verified_ms is None else row.window_verified_ms // 1000,
        required_seconds=required_seconds,
        flags=list(row.flags),
        check_needed=row.asks_review,
        assessment_number=row.number,
        policy_version=row.policy_version,
        computed_at=row.computed_at,
    )


def _crew_member(row: CrewMember, collars: dict[UUID, str]) -> CrewMemberResponse:
    return CrewMemberResponse(
        officer_id=row.officer_id, collar_number=collars[row.officer_id], from_at=row.from_at, to_at=row.to_at
    )


def track_feature(line: PatrolLine) -> dict[str, object]:
    """The track as a GeoJSON feature; `times` has one instant a point."""
    points = measured_points(line.line)
    return {
        "type": "Feature",
        "id": str(line.patrol_id),
        "geometry": {"type": "LineString", "coordinates": [[lon, lat] for lon, lat, _ in points]},
        "properties": {
            "patrol_id": str(line.patrol_id),
            "assessment_id": str(line.assessment_id),
            "times": [_instant(at) for _, _, at in points],
        },
    }


def track_gpx(line: PatrolLine) -> str:
    """The track as GPX 1.1."""
    points = "".join(
        f'<trkpt lat="{lat!r}" lon="{lon!r}"><time>{_instant(at)}</time></trkpt>'
        for lon, lat, at in measured_points(line.line)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><gpx version="1.1" creator="Beatcheck" '
        'xmlns="http://www.topografix.com/GPX/1/1"><trk>'
        f"<name>{line.patrol_id}</name><trkseg>{points}</trkseg></trk></gpx>"
    )


def _instant(unix_seconds: float) -> str:
    return rfc3339(from_ms(round(unix_seconds * 1000)))
