"""What is told of activities: one, some, what they said before. Every read is logged with its ids."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlmodel import Session

from app.activities import day_queries, list_queries, queries
from app.activities.answer_schemas import (
    ActivityAmended,
    ActivityCode,
    ActivityFlagResponse,
    ActivityHistory,
    ActivityHotspot,
    ActivityPage,
    ActivityPlace,
    ActivityResponse,
    ActivityRevision,
    ActivityVoided,
    LinkedActivity,
    ReferralFollowUpResponse,
)
from app.activities.codes import ActivityFlag, ActivityKind, DetailLevel
from app.activities.content import as_json, body_of
from app.activities.copy_entitlement import copy_entitlement_expires_on
from app.activities.facts import Actor
from app.activities.flagging import CodeSaid, Held, codes_said, judged_when_read, list_names, unknown
from app.activities.models import Activity, Arrest, IntelligenceItem, Referral, ReferralFollowUp, StopSearch
from app.activities.recording import FLAG_LISTS, Read
from app.activities.schemas import ActivityFilter, AnyActivity, read_kept
from app.areas.queries import hotspot_names
from app.audit.service import consulted
from app.clock import london_day
from app.database.model import Table
from app.facts.amending import versions_of
from app.identity.permissions import Caller, OfficerKind, Permission, requires
from app.identity.queries import collar_numbers
from app.patrols.lifecycle import PatrolSpan
from app.patrols.whereabouts import Whereabouts, whereabouts
from app.problems import out_of_sight
from app.reference.codes import Lists, in_words
from app.rest.pagination import page_of, place_after


@requires(Permission.ACTIVITIES_READ)
def see_activity(session: Session, caller: Caller, activity_id: UUID, now: datetime) -> ActivityResponse:
    """One activity the caller may see; not found otherwise."""
    activity = queries.activity_seen(session, caller, activity_id, london_day(now))
    if activity is None:
        raise out_of_sight("activity:read")
    _log(session, caller, "activity:read", now, [activity])
    return describe(session, caller, [activity], now, by_track=True)[0]


@requires(Permission.ACTIVITIES_READ)
def list_activities(
    session: Session, caller: Caller, wanted: ActivityFilter, cursor: str | None, limit: int, now: datetime
) -> ActivityPage:
    """A page of the activities the caller may see, latest first."""
    after = place_after(cursor)
    rows = list_queries.activities_seen(session, caller, now, wanted, after, limit + 1)
    page, following = page_of(rows, limit, lambda row: (row.occurred_at, row.id))
    _log(session, caller, "activity:list", now, page)
    told = describe(session, caller, page, now, by_track=True)
    voided = sum(ActivityFlag.PATROL_TAKEN_BACK in {flag.code for flag in each.flags} for each in told)
    return ActivityPage(activities=told, on_voided_patrols=voided, next_cursor=following)


@requires(Permission.ACTIVITIES_READ)
def see_history(session: Session, caller: Caller, activity_id: UUID, now: datetime) -> ActivityHistory:
    """Every revision of an activity the caller may see, with who made it and why."""
    activity = queries.activity_seen(session, caller, activity_id, london_day(now))
    if activity is None:
        raise out_of_sight("activity:history")
    stands = body_of(activity, *queries.said_in(session, activity))
    versions = versions_of(session, activity, as_json(stands))
    people = {each.made_by for each in versions if each.made_by is not None}
    collars = collar_numbers(session, people)
    _log(session, caller, "activity:history", now, [activity], people)
    return ActivityHistory(
        id=activity_id,
        revisions=[
            ActivityRevision.model_validate(
                {
                    **asdict(each),
                    "content": stands if each.superseded_at is None else read_kept(each.content),
                    "collar_number": collars[each.made_by] if each.made_by else None,
                }
            )
            for each in versions
        ],
        voided=_voided(activity),
    )


def recorded(session: Session, caller: Caller, activity_id: UUID, now: datetime) -> ActivityResponse:
    """What the phone is told of what its officer has just recorded; the record itself was logged."""
    return describe(session, caller, [queries.activity_recorded(session, activity_id)], now)[0]


@dataclass(frozen=True, slots=True)
class Around:
    """What is told of some activities besides their rows, read at once for all."""

    details: Mapping[UUID, Table]
    items: Mapping[UUID, Sequence[IntelligenceItem]]
    follow_ups: Mapping[UUID, Sequence[ReferralFollowUp]]
    arrests: Mapping[UUID, UUID]
    searches: Mapping[UUID, Sequence[UUID]]
    spans: Mapping[UUID, PatrolSpan]
    collars: Mapping[UUID, str]
    tracked: Mapping[UUID, Whereabouts]
    hotspots: Mapping[str, str]
    words: Lists


def describe(
    session: Session, caller: Caller, activities: Sequence[Activity], now: datetime, *, by_track: bool = False
) -> list[ActivityResponse]:
    """Some activities as they are told, in their order. `by_track` opens the tracks of those whose phone sent no
    position: not for a phone that only wants to hear that its activity is safe."""
    around = _around(session, caller, activities, now, by_track)
    return [_described(activity, around, now) for activity in activities]


@dataclass(frozen=True, slots=True)
class New:
    """An activity that was just stored: its row, what was read to record it, and what was sent."""

    activity: Activity
    read: Read
    body: AnyActivity

    @property
    def content(self) -> AnyActivity:
        """What was sent, without who it was sent for."""
        sent_for_another = self.body.captured_by is not None
        return self.body.model_copy(update={"captured_by": None}) if sent_for_another else self.body


def just_recorded(session: Session, caller: Caller, new: New, now: datetime) -> ActivityResponse:
    """What the phone is told of an activity that is new, from what was read to record it."""
    activity, kind, said = new.activity, new.read.held.kind, new.read.rows.detail
    people = {activity.captured_by}
    own = people == {caller.officer_id}
    asked = {activity.id: said.get("arrest_id") or said.get("from_search_id")}
    around = Around(
        details={},
        items={},
        follow_ups={},
        arrests=queries.arrests_of(
            session, caller.force_id, asked if kind is ActivityKind.STOP_SEARCH else {}
        ),
        searches=queries.searches_of(session, caller.force_id, asked if kind is ActivityKind.ARREST else {}),
        spans={},
        collars={caller.officer_id: caller.collar_number} if own else collar_numbers(session, people),
        tracked={},
        hotspots=new.read.hotspots,
        words=new.read.lists,
    )
    held = replace(new.read.held, arrest_id=around.arrests.get(activity.id))
    return _told(activity, new.content, held, said.get("status"), around, now)


def _around(
    session: Session, caller: Caller, activities: Sequence[Activity], now: datetime, by_track: bool
) -> Around:
    details = queries.details_of(session, activities)
    searches = [one for one in details.values() if isinstance(one, StopSearch)]
    arrests = [one for one in details.values() if isinstance(one, Arrest)]
    referrals = [row.id for row in activities if row.kind == ActivityKind.REFERRAL]
    submissions = [row.id for row in activities if row.kind == ActivityKind.INTELLIGENCE]
    follow_ups = queries.follow_ups_of(session, referrals)
    people = {row.captured_by for row in activities}
    people |= {one.captured_by for each in follow_ups.values() for one in each}
    tracked = _by_track(session, activities) if by_track else {}
    places = {UUID(one) for row in activities for one in row.hotspot_ids or ()}
    places |= {one for where in tracked.values() for one in where.hotspot_ids}
    names = {name for kind in {row.kind for row in activities} for name in list_names(ActivityKind(kind))}
    return Around(
        details=details,
        items=queries.items_of(session, submissions),
        follow_ups=follow_ups,
        arrests=queries.arrests_of(
            session, caller.force_id, {one.activity_id: one.arrest_id for one in searches}
        ),
        searches=queries.searches_of(
            session, caller.force_id, {one.activity_id: one.from_search_id for one in arrests}
        ),
        spans=queries.spans_of(session, {row.patrol_id for row in activities if row.patrol_id}),
        collars=collar_numbers(session, people),
        tracked=tracked,
        hotspots=hotspot_names(session, places),
        words=day_queries.lists_on(session, caller.force_id, sorted({*names, *FLAG_LISTS}), london_day(now)),
    )


def _described(activity: Activity, around: Around, now: datetime) -> ActivityResponse:
    detail = around.details[activity.id]
    body = body_of(activity, detail, around.items.get(activity.id, ()))
    status = detail.status if isinstance(detail, Referral) else None
    return _told(activity, body, _held(activity, body, around), status, around, now)


def _told(
    activity: Activity, body: AnyActivity, held: Held, status: str | None, around: Around, now: datetime
) -> ActivityResponse:
    said = codes_said(held.kind, held.content)
    flags = _flags(activity, held, said, around.words, now)
    return ActivityResponse(
        id=activity.id,
        revision=activity.revision,
        kind=activity.kind,
        level=activity.level,
        wanted_level=activity.wanted_level,
        occurred_at=activity.occurred_at,
        recorded_at=activity.recorded_at,
        received_at=activity.received_at,
        officer_id=activity.captured_by,
        collar_number=around.collars[activity.captured_by],
        officer_kind=activity.officer_kind,
        rank_held=activity.rank_held,
        team_id=activity.team_id,
        area_id=activity.area_id,
        patrol_id=activity.patrol_id,
        outcome_code=activity.outcome_code,
        place=_place(activity, around),
        content=body,
        codes=_codes(activity, said, around.words),
        flags=flags,
        check_needed=any(flag.check_needed for flag in flags),
        links=_links(activity, around),
        status=status,
        follow_ups=[_follow_up(one, around) for one in around.follow_ups.get(activity.id, ())],
        copy_entitlement_expires_on=(
            copy_entitlement_expires_on(activity.occurred_at)
            if held.kind is ActivityKind.STOP_SEARCH
            else None
        ),
        amended=_amended(activity),
        voided=_voided(activity),
        erased_at=activity.erased_at,
    )


def _held(activity: Activity, body: AnyActivity, around: Around) -> Held:
    return Held(
        kind=ActivityKind(activity.kind),
        level=DetailLevel(activity.level),
        wanted=DetailLevel(activity.wanted_level),
        actor=Actor(OfficerKind(activity.officer_kind), activity.rank_held),
        occurred_at=activity.occurred_at,
        recorded_at=activity.recorded_at,
        received_at=activity.received_at,
        content=as_json(body),
        patrol=around.spans.get(activity.patrol_id) if activity.patrol_id else None,
        arrest_id=around.arrests.get(activity.id),
    )


def _codes(activity: Activity, said: Sequence[CodeSaid], words: Lists) -> list[ActivityCode]:
    strange = _unknown(activity, said, words)
    return [
        ActivityCode(
            field=one.field,
            list=one.list,
            code=one.code,
            label=in_words(words[one.list], one.code),
            unknown=f"{one.list}/{one.code}" in strange,
        )
        for one in said
    ]


def _unknown(activity: Activity, said: Sequence[CodeSaid], words: Lists) -> set[str]:
    """The codes that no list held on its day, and none holds now."""
    if not activity.unknown_codes:
        return set()
    return {*activity.unknown_codes} & {*unknown(said, words)}


def _flags(
    activity: Activity, held: Held, said: Sequence[CodeSaid], words: Lists, now: datetime
) -> list[ActivityFlagResponse]:
    """The flags kept with an activity and those that hold now. A code that was put into words is unknown no more."""
    found = {ActivityFlag(code) for code in activity.flags}
    if not _unknown(activity, said, words):
        found.discard(ActivityFlag.UNKNOWN_CODE)
    if activity.erased_at is None:
        found.update(judged_when_read(held, words, now))
    return [
        ActivityFlagResponse(
            code=flag.value,
            label=in_words(words["activity_flags"], flag),
            in_words=in_words(words["activity_flag_sentences"], flag),
            check_needed=flag.asks_review,
        )
        for flag in sorted(found)
    ]


def _by_track(session: Session, activities: Sequence[Activity]) -> dict[UUID, Whereabouts]:
    """Where those were by their patrol's track whose phone sent no position."""
    asked = [row for row in activities if row.patrol_id is not None and row.hotspot_ids is None]
    moments = [(row.patrol_id, row.occurred_at) for row in asked if row.patrol_id is not None]
    return {row.id: where for row, where in zip(asked, whereabouts(session, moments), strict=True)}


def _place(activity: Activity, around: Around) -> ActivityPlace | None:
    lat, lon, accuracy_m = activity.latitude, activity.longitude, activity.accuracy_m
    source: Literal["phone", "track"] = "phone"
    ids = [UUID(one) for one in activity.hotspot_ids or ()]
    where = around.tracked.get(activity.id)
    if where is not None:
        source, ids = "track", list(where.hotspot_ids)
        if where.position is not None:
            lat, lon, accuracy_m = where.position.lat, where.position.lon, where.position.uncertainty_m
    if lat is None and not ids:
        return None
    here = [ActivityHotspot(id=one, name=around.hotspots[str(one)]) for one in ids]
    return ActivityPlace(lat=lat, lon=lon, accuracy_m=accuracy_m, source=source, hotspots=here)


def _links(activity: Activity, around: Around) -> list[LinkedActivity]:
    if activity.id in around.arrests:
        return [LinkedActivity(id=around.arrests[activity.id], kind="ARREST")]
    return [
        LinkedActivity(id=one, kind="STOP_SEARCH") for one in sorted(around.searches.get(activity.id, ()))
    ]


def _follow_up(row: ReferralFollowUp, around: Around) -> ReferralFollowUpResponse:
    return ReferralFollowUpResponse(
        id=row.id,
        status=row.status,
        label=in_words(around.words["referral_statuses"], row.status),
        heard_at=row.heard_at,
        reference=row.reference,
        officer_id=row.captured_by,
        collar_number=around.collars[row.captured_by],
        received_at=row.received_at,
    )


def _amended(activity: Activity) -> ActivityAmended | None:
    if activity.amended_at is None or activity.amended_by is None:
        return None
    return ActivityAmended(
        at=activity.amended_at, by=activity.amended_by, reason=activity.amendment_reason or ""
    )


def _voided(activity: Activity) -> ActivityVoided | None:
    if activity.voided_at is None or activity.voided_by is None:
        return None
    return ActivityVoided(at=activity.voided_at, by=activity.voided_by, reason=activity.void_reason or "")


def _log(
    session: Session,
    caller: Caller,
    operation: str,
    now: datetime,
    activities: Sequence[Activity],
    people: set[UUID] | None = None,
) -> None:
    subjects = {
        "activity": [row.id for row in activities],
        "officer": {row.captured_by for row in activities} | (people or set()),
        "patrol": {row.patrol_id for row in activities if row.patrol_id},
    }
    consulted(session, operation, now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)
