"""What a phone asks first: who am I, and what am I to do on this shift.

The tasking answer is the same bytes as long as nothing in it has changed, so that a phone with little signal asks often
and is answered 304. Windows are looked up by memberships as they stand now: whoever moves team sees it with the next
call. Each full answer is logged with the windows it named, because it says where police will be.
"""

from datetime import datetime
from functools import lru_cache

from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from sqlmodel import Session

from app.abstractions import recording as abstractions
from app.activities.codes import ActivityKind
from app.activities.day_queries import lists_on
from app.activities.flagging import code_lists
from app.activities.reporting import rules_on
from app.areas.answers import priorities_once
from app.audit.service import consulted
from app.clock import london_day
from app.engagements import recording as engagements
from app.identity.permissions import Caller, Permission, requires
from app.identity.queries import rank_on
from app.me import queries
from app.me.queries import Tasked
from app.me.schemas import (
    ActivityForm,
    CrewCount,
    FormsResponse,
    MeResponse,
    MyAnswer,
    Named,
    OpenPatrol,
    Ring,
    TaskedBoundaryResponse,
    TaskedBriefing,
    TaskedHotspot,
    TaskedWindow,
    TaskingResponse,
)
from app.patrols.lifecycle import BATCH_EVERY_SECONDS
from app.patrols.schemas import Advice
from app.reference.codes import Label, in_words
from app.reference.queries import labels_of
from app.reference.schemas import code_response
from app.rest.preconditions import Tagged, tagged
from app.schedule.crews import Answer, Crew
from app.schedule.windows import disclosed_span
from app.tracks.queries import policy_in_force

# What the screens of a patrol need to put into words.
PHONE_LISTS = (
    "programmes", "uniform_states", "modes", "funding", "patrol_statuses", "window_statuses", "flags", "fix_labels",
    "grades", "hotspot_kinds", "terms", "reasons", "decline_reasons",
)  # fmt: skip
# What the forms of what officers log offer; big, and seldom another, so that it is an answer of its own.
FORM_LISTS = tuple(
    sorted(
        {
            "activity_kinds",
            *(name for kind in ActivityKind for name in code_lists(kind).values()),
            *engagements.FORM_LISTS,
            *abstractions.FORM_LISTS,
        }
    )
)
# How often fixes are sent when there is signal; how often they are taken is the policy's.
# A ten-millionth of a degree is a centimetre: finer is noise that costs a phone's signal.
_DECIMALS = 7


def who_am_i(session: Session, caller: Caller, now: datetime) -> MeResponse:
    """The caller as our own record has them today; it needs no permission to be told who one is."""
    day = london_day(now)
    words = labels_of(session, caller.force_id, ["officer_kinds", "ranks"], day)
    rank = rank_on(session, caller.officer_id, day)
    team = queries.team_of(session, caller.officer_id, day)
    force = queries.force_of(session, caller.force_id)
    return MeResponse(
        officer_id=caller.officer_id,
        collar_number=caller.collar_number,
        kind=caller.kind,
        kind_label=in_words(words["officer_kinds"], caller.kind.value),
        rank=rank,
        rank_label=in_words(words["ranks"], rank) if rank else None,
        roles=sorted(caller.roles),
        permissions=sorted(caller.permissions),
        team=Named(id=team.id, code=team.code, name=team.name) if team else None,
        force=Named(id=force.id, code=force.code, name=force.name),
    )


@requires(Permission.TASKING_READ)
def read_tasking(
    session: Session,
    caller: Caller,
    now: datetime,
    *,
    disclosure_hours: int,
    minimum_app_version: str,
    if_none_match: str | None,
) -> Tagged:
    """The caller's shift as bytes with their ETag, without the bytes when the caller holds them already."""
    day = london_day(now)
    ended_after, starts_until = disclosed_span(now, disclosure_hours)
    windows = queries.tasked(session, caller, day, ended_after, starts_until)
    patrol = queries.open_patrol_of(session, caller.officer_id)
    words = labels_of(session, caller.force_id, list(PHONE_LISTS), day)
    policy = policy_in_force(session, caller.force_id, day)
    answer = TaskingResponse(
        windows=[_window(caller, one, words["hotspot_kinds"]) for one in windows],
        priorities=priorities_once(one.priorities for one in windows),
        open_patrol=(
            OpenPatrol(id=patrol.id, checked_in_at=patrol.checked_in_at, window_id=patrol.window_id)
            if patrol
            else None
        ),
        reference={name: [code_response(label) for label in words[name].values()] for name in PHONE_LISTS},
        advice=Advice(
            report_every_seconds=policy.report_every_seconds, batch_every_seconds=BATCH_EVERY_SECONDS
        ),
        minimum_app_version=minimum_app_version,
        forms_etag=_forms(session, caller, now, None).etag,
    )
    found = tagged(answer.model_dump_json().encode(), if_none_match)
    if found.content is not None:
        consulted(
            session,
            "me.tasking",
            now,
            {"window": [one.window.id for one in windows]},
            actor_id=caller.officer_id,
            force_id=caller.force_id,
        )
    return found


@requires(Permission.TASKING_READ)
def read_forms(session: Session, caller: Caller, now: datetime, if_none_match: str | None) -> Tagged:
    """What a phone's forms offer today and how much they ask, as bytes with their ETag. Nothing in it is about anybody
    or about a plan, so that reading it is not logged."""
    return _forms(session, caller, now, if_none_match)


def _forms(session: Session, caller: Caller, now: datetime, if_none_match: str | None) -> Tagged:
    day = london_day(now)
    words = lists_on(session, caller.force_id, FORM_LISTS, day)
    levels = {rule.kind: rule.level.value for rule in rules_on(session, caller.force_id, day)}
    lists = tuple((name, tuple(words[name].values())) for name in FORM_LISTS)
    return tagged(_written(lists, tuple((kind, levels[kind]) for kind in ActivityKind)), if_none_match)


@lru_cache(maxsize=4)
def _written(
    lists: tuple[tuple[str, tuple[Label, ...]], ...], levels: tuple[tuple[ActivityKind, str], ...]
) -> bytes:
    """The forms as bytes, written once for each change: every call for tasking asks what they are."""
    kinds = {label.code: label for name, labels in lists for label in labels if name == "activity_kinds"}
    answer = FormsResponse(
        activities=[
            ActivityForm(
                kind=kind.value,
                kind_label=in_words(kinds, kind.value),
                level=level,
                fields=dict(sorted(code_lists(kind).items())),
            )
            for kind, level in levels
        ],
        reference={name: [code_response(label) for label in labels] for name, labels in lists},
    )
    return answer.model_dump_json().encode()


def _window(caller: Caller, one: Tasked, kinds: dict[str, Label]) -> TaskedWindow:
    window, hotspot, briefing = one.window, one.hotspot, one.briefing
    return TaskedWindow(
        id=window.id,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        required_minutes=window.required_seconds // 60,
        by_name=bool(one.crew.named),
        my_answer=_my_answer(caller, one.crew),
        crew=CrewCount(
            tasked=len(one.crew.tasked),
            accepted=one.crew.count(Answer.ACCEPTED),
            declined=one.crew.count(Answer.DECLINED),
        ),
        hotspot=TaskedHotspot(
            id=hotspot.id,
            code=hotspot.code,
            name=hotspot.name,
            kind=hotspot.kind.value,
            kind_label=in_words(kinds, hotspot.kind.value),
            boundary=_geojson(one.boundary.geometry) if one.boundary else None,
            boundary_version=one.boundary.version if one.boundary else None,
        ),
        briefing=(
            TaskedBriefing(
                why_here=briefing.why_here,
                owner=briefing.owner,
                plan_reference=briefing.plan_reference,
                version=briefing.version,
            )
            if briefing
            else None
        ),
        priority_ids=[each.priority.id for each in one.priorities],
    )


def _my_answer(caller: Caller, crew: Crew) -> MyAnswer | None:
    said = crew.standing.get(caller.officer_id)
    if said is None:
        return None
    return MyAnswer(
        id=said.id, answer=said.answer, reason_code=said.reason_code, answered_at=said.answered_at
    )


def _geojson(outline: BaseGeometry) -> TaskedBoundaryResponse:
    parts = outline.geoms if isinstance(outline, MultiPolygon) else [outline]
    return TaskedBoundaryResponse(coordinates=[_rings(part) for part in parts if isinstance(part, Polygon)])


def _rings(part: Polygon) -> list[Ring]:
    return [
        [(round(lon, _DECIMALS), round(lat, _DECIMALS)) for lon, lat, *_ in ring.coords]
        for ring in (part.exterior, *part.interiors)
    ]
