"""Reading engagements: one, a page, its history; what the phone is told of what it has just said."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from app.areas.queries import hotspot_names
from app.audit.service import consulted
from app.clock import london_day
from app.engagements import queries
from app.engagements.models import Engagement, EngagementAction, EngagementTick, TickOf
from app.engagements.recording import words
from app.engagements.schemas import (
    ActionResponse,
    EngagementFilter,
    EngagementHistory,
    EngagementPage,
    EngagementResponse,
    GroupPeople,
    Place,
)
from app.engagements.versions import content
from app.facts.amending import versions_of
from app.facts.schemas import told_versions
from app.identity.permissions import Caller, Permission, requires
from app.identity.queries import collar_numbers
from app.patrols.logged import PATROL_TAKEN_BACK
from app.patrols.queries import voids_of
from app.patrols.whereabouts import whereabouts
from app.problems import out_of_sight
from app.reference.codes import Lists, in_words
from app.reference.schemas import Coded, coded, told_flags
from app.rest.pagination import page_of, place_after


@requires(Permission.ENGAGEMENTS_READ)
def read_engagement(
    session: Session, caller: Caller, engagement_id: UUID, now: datetime
) -> EngagementResponse:
    """One engagement the caller may see."""
    row = queries.engagement_seen(session, caller, engagement_id, now)
    if row is None:
        raise out_of_sight("engagement:read")
    _consulted(session, caller, "engagement:read", [row], now)
    return describe(session, [row])[0]


@requires(Permission.ENGAGEMENTS_READ)
def list_engagements(
    session: Session,
    caller: Caller,
    wanted: EngagementFilter,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> EngagementPage:
    """A page of engagements in the caller's scope, latest first."""
    after = place_after(cursor)
    rows = queries.engagements_seen(session, caller, wanted, after, limit + 1, now)
    page, following = page_of(rows, limit, lambda row: (row.occurred_at, row.id))
    _consulted(session, caller, "engagement:list", page, now)
    told = describe(session, page)
    voided = sum(PATROL_TAKEN_BACK in {flag.code for flag in each.flags} for each in told)
    return EngagementPage(items=told, on_voided_patrols=voided, next_cursor=following)


@requires(Permission.ENGAGEMENTS_READ)
def read_history(session: Session, caller: Caller, engagement_id: UUID, now: datetime) -> EngagementHistory:
    """Every version of an engagement and why it was made, the one that stands last."""
    row = queries.engagement_seen(session, caller, engagement_id, now)
    if row is None:
        raise out_of_sight("engagement:history")
    versions = versions_of(session, row, content(session, [row])[row.id])
    collars = collar_numbers(session, {each.made_by for each in versions if each.made_by})
    _consulted(session, caller, "engagement:history", [row], now)
    return EngagementHistory(engagement_id=engagement_id, revisions=told_versions(versions, collars))


def narrowed(
    wanted: EngagementFilter, patrol_id: UUID | None, counted_as: str | None, *, voided: bool
) -> EngagementFilter:
    """A filter with what only lists can be asked for."""
    return replace(wanted, patrol_id=patrol_id, counted_as=counted_as, voided=voided)


def recorded(session: Session, engagement_id: UUID) -> EngagementResponse:
    """What the phone is told of what it has just said; the record itself was logged."""
    return describe(session, [queries.engagement_recorded(session, engagement_id)])[0]


def _consulted(
    session: Session, caller: Caller, operation: str, rows: Sequence[Engagement], now: datetime
) -> None:
    subjects = {"engagement": [row.id for row in rows], "officer": {row.captured_by for row in rows}}
    consulted(session, operation, now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)


def describe(session: Session, rows: Sequence[Engagement]) -> list[EngagementResponse]:
    """Engagements as they are answered, in words of the day they happened."""
    if not rows:
        return []
    ids = [row.id for row in rows]
    ticks, took_part = queries.ticks_of(session, ids), queries.officers_of(session, ids)
    actions = queries.actions_of(session, ids)
    people = {each for part in took_part.values() for each in part} | {row.captured_by for row in rows}
    collars = collar_numbers(session, people)
    places = _places(session, rows)
    taken_back = voids_of(session, [row.patrol_id for row in rows if row.patrol_id is not None])
    by_day: dict[date, Lists] = {}
    for row in rows:
        day = london_day(row.occurred_at)
        if day not in by_day:
            by_day[day] = words(session, row.force_id, day)
    return [
        _describe(
            row,
            by_day[london_day(row.occurred_at)],
            ticks[row.id],
            [collars[each] for each in took_part[row.id]],
            collars[row.captured_by],
            places[row.id],
            actions.get(row.id, []),
            [*row.flags, *([PATROL_TAKEN_BACK] if row.patrol_id in taken_back else [])],
        )
        for row in rows
    ]


def _describe(
    row: Engagement,
    lists: Lists,
    ticks: Sequence[EngagementTick],
    took_part: list[str],
    collar_number: str,
    place: Place,
    actions: Sequence[EngagementAction],
    flags: Sequence[str],
) -> EngagementResponse:
    def told(name: str, code: str) -> Coded:
        return coded(lists, name, code)

    return EngagementResponse(
        id=row.id,
        revision=row.revision,
        officer_id=row.captured_by,
        collar_number=collar_number,
        officers=sorted([*took_part, *(row.officers_unknown or ())]),
        team_id=row.team_id,
        area_id=row.area_id,
        patrol_id=row.patrol_id,
        source=row.source,
        counted_as=row.counted_as,
        occurred_at=row.occurred_at,
        occurred_said_at=row.occurred_said_at,
        recorded_at=row.recorded_at,
        received_at=row.received_at,
        minutes=row.minutes,
        engagement_type=told("engagement_types", row.engagement_type),
        method=told("engagement_methods", row.method) if row.method else None,
        planned=row.planned,
        published=row.published,
        people_reached=row.people_reached,
        reach_band=told("reach_bands", row.reach_band) if row.reach_band else None,
        priority_groups=[
            told("priority_groups", each.code) for each in ticks if each.of is TickOf.PRIORITY_GROUP
        ],
        minority_groups=[
            GroupPeople(**told("minority_groups", each.code).model_dump(), people=each.people)
            for each in ticks
            if each.of is TickOf.MINORITY_GROUP
        ],
        issues=[told("engagement_issues", each.code) for each in ticks if each.of is TickOf.ISSUE],
        partners=[told("agencies", each) for each in row.partners],
        priority_reference=row.priority_reference,
        reference=row.reference,
        place=place,
        flags=told_flags(lists, sorted(flags)),
        actions=[describe_action(lists, each) for each in actions],
        amended_at=row.amended_at,
        amendment_reason=row.amendment_reason,
        voided_at=row.voided_at,
        void_reason=row.void_reason,
        superseded_by=row.superseded_by,
        erased_at=row.erased_at,
    )


def describe_action(lists: Lists, action: EngagementAction) -> ActionResponse:
    """A promise as it is answered."""
    status = "DONE" if action.done_on is not None else "PROMISED"
    return ActionResponse(
        id=action.id,
        revision=action.revision,
        issue=coded(lists, "engagement_issues", action.issue) if action.issue else None,
        you_said=action.you_said,
        due_on=action.due_on,
        done_on=action.done_on,
        we_did=action.we_did,
        status=status,
        status_label=in_words(lists["promise_statuses"], status),
    )


def _places(session: Session, rows: Sequence[Engagement]) -> dict[UUID, Place]:
    """Where each was: as the phone said, else read from the patrol's track as it is known now."""
    # A phone's own position that was erased is not looked for in the track.
    unplaced = [row for row in rows if row.hotspot_ids is None and row.patrol_id is not None]
    moments = [(row.patrol_id, row.occurred_at) for row in unplaced if row.patrol_id is not None]
    tracked = dict(zip((row.id for row in unplaced), whereabouts(session, moments), strict=True))
    said = {UUID(each) for row in rows for each in (row.hotspot_ids or [])}
    names = hotspot_names(session, said.union(*(each.hotspot_ids for each in tracked.values())))
    found = {}
    for row in rows:
        at = tracked.get(row.id)
        if row.longitude is not None:
            hotspots = [names[each] for each in row.hotspot_ids or []]
            found[row.id] = Place(
                source="phone", lat=row.latitude, lon=row.longitude, accuracy_m=row.accuracy_m,
                hotspots=sorted(hotspots), area_id=row.place_area_id,
            )  # fmt: skip
        elif at is not None and row.hotspot_ids is None:
            position = at.position
            found[row.id] = Place(
                source=at.source,
                lat=position.lat if position else None,
                lon=position.lon if position else None,
                accuracy_m=position.uncertainty_m if position else None,
                hotspots=sorted(names[str(each)] for each in at.hotspot_ids),
                area_id=row.place_area_id,
                erased=at.erased,
            )
        else:
            found[row.id] = Place(
                source=None,
                lat=None,
                lon=None,
                accuracy_m=None,
                area_id=row.place_area_id,
                hotspots=sorted(names[each] for each in row.hotspot_ids or []),
                erased=row.hotspot_ids is not None,
            )
    return found
