"""Keeps items of a request aside that cannot be recorded, and settles what was kept when its cause is gone.

What is refused for its content is held, as far as its fields are known to us, so that neither a new app nor a lost
phone loses it: the officer and their supervisor see and can correct it. What the caller may not send is not held.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID, uuid5

from pydantic_core import to_json

from app.audit.models import Action
from app.audit.service import changed
from app.facts.models import AsideReason
from app.facts.problems import conflict, id_taken
from app.facts.service import Provenance, mark_sent_again, quarantine
from app.identity.queries import is_of_force
from app.patrols import quarantine as patrol_facts
from app.problems import Problem
from app.rest.body import adapter
from app.rest.wire import RequestModel, parse_id
from app.sync import queries
from app.sync.kinds import Arrival, Kind
from app.sync.known import known_part
from app.sync.reading import Read

MOST_WAITING = 500
MOST_BYTES = 65_536
_MOST_BYTES_OF_FIXES = 262_144


def begins_a_patrol(read: Read) -> bool:
    return read.kind_name == patrol_facts.CHECK_IN


def row_id(read: Read) -> UUID | None:
    """Where an item is kept aside as its use case would keep it."""
    if read.kind is None or read.asked is None:
        return None
    return _aside_id(read.kind, read.asked.id)


def _aside_id(kind: Kind, fact_id: UUID) -> UUID:
    ends = kind.is_the_patrols and kind.name != patrol_facts.CHECK_IN
    return patrol_facts.end_id(kind.name, fact_id) if ends else fact_id


def keep_child(to: Arrival, read: Read, reason: AsideReason) -> UUID | None:
    """Keeps a fact whose patrol will not come by itself; its place, or None when something else has it."""
    if read.kind is None or read.item is None:
        return None
    kind, item = read.kind, read.item
    if item.if_match is not None:
        # Released, a correction would be taken for the record it corrects: it waits on the phone.
        return None
    parent_id = kind.parent_of(item)
    if parent_id is None:
        return None
    aside_id = _aside_id(kind, item.id)
    origin = _origin(to, getattr(item.body, "captured_by", None))
    content = kind.content_of(parent_id, item.body)
    try:
        with to.session.begin_nested():
            patrol_facts.keep(
                to.session,
                to.caller,
                kind.name,
                aside_id,
                parent_id,
                content,
                origin,
                kind.pack(item.body),
                reason,
            )
    except Problem:
        return None
    return aside_id


def keep_invalid(to: Arrival, read: Read, problem: Problem) -> UUID | None:
    """Keeps what was refused for its content, within bounds; its place, or None when it is not kept."""
    if read.kind is None or read.asked is None:
        return None
    if not any(fault.pointer.startswith("/content") for fault in problem.errors):
        # Its content is well: what is wrong beside it only the phone can set right.
        return None
    if read.asked.if_match is not None:
        # Released, a correction would be taken for the record it corrects: its officer sends it again right.
        return None
    kind, asked = read.kind, read.asked
    body = to_json(known_part(asked.content, _schema(kind.model)))
    most = _MOST_BYTES_OF_FIXES if kind.name == patrol_facts.FIX_BATCH else MOST_BYTES
    if len(body) > most or queries.waiting_of(to.session, to.caller.officer_id) >= MOST_WAITING:
        return None
    content = hashlib.sha256(body).digest()
    aside_id = uuid5(asked.id, f"{kind.name}:{content.hex()}")
    parent_id = asked.window_id or asked.parent_id or (asked.id if kind.is_the_patrols else asked.patrol_id)
    origin = _origin(to, asked.content.get("captured_by"))
    try:
        with to.session.begin_nested():
            created = quarantine(
                to.session, to.caller.force_id, kind.name, aside_id, parent_id, content, origin, body,
                reason=AsideReason.INVALID, recorded_as=asked.id,
                faults=problem.errors,
            )  # fmt: skip
    except Problem as held:
        if held.kind in (conflict().kind, id_taken().kind):
            return None
        raise
    changed(
        to.session, f"{kind.name}:quarantine", to.sent.now, {kind.name: [aside_id]},
        actor_id=to.caller.officer_id, force_id=to.caller.force_id,
        action=Action.COLLECT if created else Action.CONSULT,
    )  # fmt: skip
    return aside_id


def settle(to: Arrival, recorded: Sequence[Read]) -> None:
    """What was kept because it was not valid, and has come again and is: nobody need look at it any more."""
    ids = {read.fact_id for read in recorded if read.fact_id is not None}
    waiting = queries.invalid_of(to.session, ids, to.caller.officer_id)
    known = {(read.kind_name, read.fact_id) for read in recorded}
    again = [fact for fact in waiting if (fact.kind, fact.recorded_as) in known]
    if again:
        mark_sent_again(to.session, again, to.caller.officer_id, to.sent.now)


@cache
def _schema(model: type[RequestModel]) -> dict[str, Any]:
    return adapter(model).json_schema()


def _origin(to: Arrival, captured_by: object) -> Provenance:
    caller = to.caller
    try:
        person = parse_id(captured_by) if captured_by is not None else caller.officer_id
    except ValueError:
        person = caller.officer_id
    if person != caller.officer_id and not is_of_force(to.session, person, caller.force_id):
        person = caller.officer_id
    return Provenance(person, caller.officer_id, to.sent.now, to.sent.sent_at)
