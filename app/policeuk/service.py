"""Writes what data.police.uk announces for neighbourhoods; drafts packs for the website and takes them further.

A pack is made once and never changed: what was approved is what was read. Figures that came later are another draft.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TypedDict
from uuid import UUID, uuid4, uuid5

from sqlalchemy import insert, update
from sqlmodel import Session, col

from app.areas.models import Area, AreaPriority
from app.areas.priorities import Priority, Renewal
from app.areas.priority_queries import priorities_of
from app.audit.models import Action
from app.audit.service import changed
from app.clock import london_day, start_of_london_day
from app.database.turns import take_turns
from app.facts.content import content_hash, packed_hash
from app.facts.service import Provenance, recognise, record
from app.identity.permissions import Caller, Permission, requires
from app.policeuk import queries
from app.policeuk.deciding import Step, refusal, state_after
from app.policeuk.models import NeighbourhoodEvent, PublicationDecision, PublicationPack
from app.policeuk.problems import invalid, may_not, other_content, tells_the_difference, unknown_area
from app.policeuk.publishing import Number, Pack, content_of, content_sha256
from app.policeuk.reading import Event
from app.policeuk.schemas import ActionTaken, PackDecisionRequest, PackRequest
from app.problems import FieldError, out_of_sight
from app.public_summary.queries import area_seen
from app.public_summary.schemas import PublicSummary
from app.public_summary.service import period_of, summed_up

SCHEMA_VERSION = 1
MOST_EVENTS = 10


def write_events(
    session: Session, force_id: UUID, changes: Mapping[UUID, Renewal[Event]], day: date, now: datetime
) -> None:
    """Begins and ends what is announced, by area, as of a day."""
    for area_id, change in changes.items():
        if change.end:
            session.execute(
                update(NeighbourhoodEvent)
                .where(col(NeighbourhoodEvent.id).in_(change.end))
                .values(valid_to=day)
            )
        rows = [
            {
                "id": uuid4(),
                "force_id": force_id,
                "area_id": area_id,
                "title": event.title,
                "kind": event.kind,
                "description": event.description,
                "address": event.address,
                "starts_at": event.starts_at,
                "ends_at": event.ends_at,
                "valid_from": day,
                "recorded_at": now,
            }
            for event in change.begin
        ]
        if rows:
            session.execute(insert(NeighbourhoodEvent), rows)


@requires(Permission.PACKS_PREPARE)
def draft_pack(session: Session, caller: Caller, pack_id: UUID, body: PackRequest, now: datetime) -> bool:
    """Makes a pack of an area's priorities, figures of a period and next events; true when it is new, false for a
    replay, which says what the first said. 422 for an area that is not the caller's to tell of, for a period that is
    not over, and for an action about what is no priority there."""
    today = london_day(now)
    said = content_hash("publication-pack", SCHEMA_VERSION, body)
    if queries.pack_seen(session, caller, pack_id, today, Permission.PACKS_PREPARE) is not None:
        # Before anything is looked at: what was a priority when it was drafted may have ended since.
        recognise(session, PublicationPack, pack_id, said, caller.officer_id)
        return False
    period = period_of(body.from_day, body.to_day, today, ("/from_day", "/to_day"))
    area = area_seen(session, caller, body.area_id, today, Permission.PACKS_PREPARE)
    if area is None:
        raise unknown_area()
    force = session.get_one(Area, area.force_id)
    rows = priorities_of(session, area.id, today)
    pack = Pack(
        force=force.name,
        force_id=force.police_uk_id,
        name=area.name,
        neighbourhood_id=area.police_uk_id,
        first=period.first,
        last=period.last,
        priorities=_with_actions(rows, body.actions),
        events=tuple(
            Event(row.title, row.kind, row.description, row.address, row.starts_at, row.ends_at)
            for row in queries.next_events(session, area.id, now, today, MOST_EVENTS)
        ),
        **_figures(summed_up(session, caller, area, period, now)),
    )
    content = content_of(pack)
    values = {
        "force_id": caller.force_id,
        "area_id": area.id,
        "from_day": period.first,
        "to_day": period.last,
        "content": content,
        "content_sha256": content_sha256(content),
    }
    created = record(session, PublicationPack, pack_id, said, _origin(caller, now), values)
    if created:
        subjects = {"publication-pack": [pack_id], "area": [area.id]}
        changed(
            session, "publication-pack:draft", now, subjects,
            actor_id=caller.officer_id, force_id=caller.force_id, action=Action.COLLECT,
        )  # fmt: skip
    return created


def _with_actions(rows: Sequence[AreaPriority], actions: Sequence[ActionTaken]) -> tuple[Priority, ...]:
    """The priorities with what was done since in place of what is held."""
    found = {row.id: Priority(row.issue, row.issue_at, row.action, row.action_at) for row in rows}
    faults = []
    for place, each in enumerate(actions):
        if each.priority_id not in found:
            pointer = f"/actions/{place}/priority_id"
            faults.append(FieldError(pointer, "unknown", "names no priority of that area today"))
            continue
        done_at = start_of_london_day(each.action_on)
        found[each.priority_id] = replace(found[each.priority_id], action=each.action, action_at=done_at)
    if faults:
        raise invalid(*faults)
    return tuple(found.values())


class _Figures(TypedDict):
    figures: tuple[Number, ...]
    promises: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def _figures(told: PublicSummary) -> _Figures:
    """The numbers residents are told, small ones left out, as the public summary has them."""
    patrol = told.patrol
    return {
        "figures": (
            Number("Officer hours in the places we patrol most", patrol.officer_hours),
            Number("Visits to those places", patrol.visits),
            Number("Planned patrols kept", patrol.windows_kept),
            Number("Planned patrols", patrol.windows_planned),
            *(Number(each.label.capitalize(), each.number) for each in [*told.engagement, *told.outcomes]),
        ),
        "promises": tuple((each.you_said, each.we_did) for each in told.you_said_we_did),
        "notes": tuple(told.notes),
    }


def _origin(caller: Caller, now: datetime) -> Provenance:
    return Provenance(caller.officer_id, caller.officer_id, now, None)


@requires(Permission.PACKS_DECIDE)
def decide_pack(
    session: Session,
    caller: Caller,
    pack_id: UUID,
    decision_id: UUID,
    body: PackDecisionRequest,
    now: datetime,
    one_person: frozenset[str],
) -> bool:
    """Approves a pack, says that it is on the website, or takes it back; true when it is new.

    `one_person` are the codes of forces where who drafted may approve. 404 for a pack out of sight, 403 for one's own
    draft, 409 for another content, for a step that does not follow, and for days that overlap those of a published one.
    """
    today = london_day(now)
    may = Permission.PACKS_DECIDE
    pack = queries.pack_seen(session, caller, pack_id, today, may)
    if pack is None:
        raise out_of_sight("publication-pack:decide")
    if (body.step is Step.WITHDRAWN) != (body.reason is not None):
        raise invalid(FieldError("/reason", "reason", "goes with taking a pack back, and only with it"))
    # Of all areas of the force: those above and below are looked at, too.
    take_turns(session, [uuid5(pack.force_id, "publication-packs")])
    steps = queries.decisions_of(session, [pack_id])[pack_id]
    said = packed_hash(
        "publication-decision", SCHEMA_VERSION, pack_id.bytes, content_hash("decision", SCHEMA_VERSION, body)
    )
    values = {
        "force_id": caller.force_id,
        "pack_id": pack_id,
        "number": len(steps) + 1,
        "step": body.step,
        "reason": body.reason,
    }
    if not record(session, PublicationDecision, decision_id, said, _origin(caller, now), values):
        return False
    if body.content_sha256 != pack.content_sha256:
        raise other_content()
    two_persons = session.get_one(Area, pack.force_id).code not in one_person
    state = state_after([one.step for one in steps])
    refused = refusal(body.step, state, pack.captured_by, caller.officer_id, two_persons=two_persons)
    if refused is not None:
        raise may_not(refused)
    if body.step is not Step.WITHDRAWN and (published := queries.published_across(session, pack)) is not None:
        raise tells_the_difference(published)
    subjects = {"publication-pack": [pack_id], "area": [pack.area_id], "officer": [pack.captured_by]}
    changed(
        session, f"publication-pack:{body.step.value.lower()}", now, subjects,
        actor_id=caller.officer_id, force_id=caller.force_id, reason=body.reason,
    )  # fmt: skip
    return True
