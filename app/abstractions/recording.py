"""Records abstractions, whoever brings them, and has them propose why windows were not kept.

Whether they may is decided before, by the use case that calls; what is logged, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from app.abstractions import queries
from app.abstractions.counting import (
    NOT_AVAILABLE,
    AbstractionFacts,
    abstraction_flags,
    counting,
    policy_in_force,
)
from app.abstractions.models import Abstraction
from app.abstractions.schemas import AbstractionRequest
from app.areas.models import Area, Team
from app.areas.queries import team_on
from app.clock import london_day, skew_correction_ms, to_ms
from app.facts.amending import Amendment, amend
from app.facts.content import content_hash
from app.facts.counting_once import MAYBE_TWICE, PHONE, CountedOnce, own_words_beside, say_here, settle
from app.facts.service import Provenance, record
from app.identity.models import Officer
from app.identity.queries import officer_by_collar, rank_on
from app.patrols.lifecycle import lies_ahead, on_our_clock, said_again
from app.patrols.problems import unknown_reference
from app.patrols.proposing import About, ProposedBy, propose_reason, withdraw_reason
from app.patrols.reasons import ReasonSource, Span
from app.reference.codes import Lists
from app.reference.queries import labels_of
from app.schedule.queries import window_for_checkin

SCHEMA_VERSION = 1
SUBMITTED, CONFIRMED, DISPUTED = "SUBMITTED", "CONFIRMED", "DISPUTED"
# What an abstraction proposes for the windows it took somebody from (list `reasons`).
PROPOSES = "ABSTRACTED"
IN_THE_FUTURE = "in_the_future"
LISTS = [
    "abstraction_reasons", "authority_levels", "post_roles", "abstraction_destinations", "abstraction_statuses",
    "abstraction_policies",
]  # fmt: skip
# What the form of one offers.
FORM_LISTS = ("abstraction_destinations", "abstraction_reasons", "authority_levels", "post_roles")
_PLAIN = (
    "authority_level", "reason_code", "reason_text", "destination", "destination_unit", "notice_minutes", "backfilled",
    "post_role", "reference",
)  # fmt: skip
COUNTED_ONCE = CountedOnce(
    "abstraction",
    Abstraction,
    person=lambda row: row.officer_id,
    decided=lambda row: row.status != SUBMITTED,
    reason="Reported here under the same reference.",
    # One that ends before it begins is none.
    together=frozenset({"starts_at", "ends_at"}),
    beside=lambda session, row: bool(queries.beside(session, row)),
)


@dataclass(frozen=True, slots=True)
class Read:
    """An abstraction with everything it names looked up; `facts` is what was decided from."""

    content: bytes
    row: dict[str, Any]
    facts: AbstractionFacts

    @property
    def officer_id(self) -> UUID:
        return self.facts.abstracted_officer_id


def read_abstraction(
    session: Session,
    force_id: UUID,
    body: AbstractionRequest,
    origin: Provenance,
    source: str = PHONE,
    before: Abstraction | None = None,
) -> Read:
    """Looks up who, whose authority, team and codes, and computes whether it counts.

    Refused is only a collar number that nobody carried on the day (422): an abstraction of nobody says nothing. Times
    are corrected by the phone's skew as a check-in's; what still lies ahead then was planned, and stays. `before` is
    the row that it corrects.
    """
    starts_at, ends_at, skew_ms = _times(body, origin, before)
    day = london_day(starts_at)
    officer_id = _officer(session, force_id, body.abstracted_collar_number, day, origin)
    authoriser = _authoriser(session, force_id, body, day)
    team = team_on(session, officer_id, day)
    home = session.get(Team, team.team_id) if team else None
    lists = labels_of(session, force_id, LISTS, day)
    facts = AbstractionFacts(
        abstracted_officer_id=officer_id,
        starts_at=starts_at,
        ends_at=ends_at,
        authorising_officer_id=authoriser.id if authoriser else None,
        authoriser_rank=rank_on(session, authoriser.id, day) if authoriser else None,
        authority_level=body.authority_level,
        reason_code=body.reason_code,
        role=body.post_role,
        home_team_kind=home.kind.value if home else None,
        destination=body.destination,
    )
    row = {
        "force_id": force_id,
        "source": source,
        "officer_id": officer_id,
        "authorised_by": facts.authorising_officer_id,
        "authoriser_unknown": body.authorising_collar_number if authoriser is None else None,
        "authoriser_rank": facts.authoriser_rank,
        "team_id": team.team_id if team else None,
        "area_id": team.area_id if team else None,
        "home_team_kind": facts.home_team_kind,
        "destination_area_id": _area(session, force_id, body.destination_area_id),
        "recorded_at": _recorded_at(body, origin, before),
        "skew_ms": skew_ms,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "starts_ms": to_ms(starts_at),
        "ends_ms": to_ms(ends_at) if ends_at is not None else None,
        "window_id": _window(session, force_id, body.window_id),
        **{name: getattr(body, name) for name in _PLAIN},
        **computed(facts, lists, origin.received_at),
    }
    return Read(content_hash("abstraction", SCHEMA_VERSION, body), row, facts)


def _times(
    body: AbstractionRequest, origin: Provenance, before: Abstraction | None
) -> tuple[datetime, datetime | None, int | None]:
    """Start and end on our clock, and the skew of the phone that said the start. What a correction leaves as it was
    stays as it was, each by itself: it comes from another phone, or the clock was set meanwhile."""
    if before is not None and said_again(body.starts_at, before.starts_at, before.skew_ms):
        starts_at, skew_ms = before.starts_at, before.skew_ms
    else:
        starts_at, skew_ms = _on_our_clock(body.starts_at, origin), origin.skew_ms
    return starts_at, _end(body, starts_at, origin, before), skew_ms


def _end(
    body: AbstractionRequest, starts_at: datetime, origin: Provenance, before: Abstraction | None
) -> datetime | None:
    """The end on our clock. One that was said as no earlier than the start is none, whatever the clock is put right
    by."""
    said = body.ends_at
    if said is None:
        return None
    begins = min(body.starts_at, starts_at)
    held = before.ends_at if before is not None else None
    if before is not None and held is not None and said_again(said, held, before.skew_ms):
        return max(held, starts_at) if said >= begins else held
    ends_at = _on_our_clock(said, origin)
    if ends_at < starts_at and said >= begins:
        return max(starts_at, said + timedelta(milliseconds=skew_correction_ms(origin.skew_ms)))
    return ends_at


def _on_our_clock(at: datetime, origin: Provenance) -> datetime:
    if lies_ahead(at, origin.skew_ms, origin.received_at):
        # What is planned ahead is read from a rota and no slip of the clock.
        return at
    return on_our_clock(at, origin.skew_ms, origin.received_at)[0]


def _recorded_at(body: AbstractionRequest, origin: Provenance, before: Abstraction | None) -> datetime:
    if body.recorded_at is None:
        return before.recorded_at if before is not None else origin.received_at
    if before is not None and said_again(body.recorded_at, before.recorded_at, before.skew_ms):
        return before.recorded_at
    return on_our_clock(body.recorded_at, origin.skew_ms, origin.received_at)[0]


def computed(facts: AbstractionFacts, lists: Lists, received_at: datetime) -> dict[str, Any]:
    """The columns that follow from an abstraction."""
    found = counting(facts, lists, policy_in_force(lists["abstraction_policies"]))
    flags = {flag.value for flag in abstraction_flags(facts, lists)}
    if facts.starts_at > received_at:
        flags.add(IN_THE_FUTURE)
    return {
        "status": facts.status,
        "counts": found.counts,
        "because": found.because.value,
        "reason_class": found.reason_class,
        "policy_version": found.policy_version,
        "flags": sorted(flags),
    }


def _officer(
    session: Session, force_id: UUID, collar_number: str | None, day: date, origin: Provenance
) -> UUID:
    if collar_number is None:
        return origin.captured_by
    officer = officer_by_collar(session, force_id, collar_number, day)
    if officer is None:
        raise unknown_reference("/abstracted_collar_number", "officer")
    return officer.id


def _authoriser(session: Session, force_id: UUID, body: AbstractionRequest, day: date) -> Officer | None:
    if body.authorising_collar_number is None:
        return None
    return officer_by_collar(session, force_id, body.authorising_collar_number, day)


def _area(session: Session, force_id: UUID, area_id: UUID | None) -> UUID | None:
    area = session.get(Area, area_id) if area_id is not None else None
    return area.id if area is not None and area.force_id == force_id else None


def _window(session: Session, force_id: UUID, window_id: UUID | None) -> UUID | None:
    if window_id is None:
        return None
    return window_id if window_for_checkin(session, window_id, force_id) is not None else None


def record_abstraction(session: Session, abstraction_id: UUID, read: Read, origin: Provenance) -> bool:
    """Stores an abstraction and has it propose its reason; false for a replay."""
    if read.row["source"] == PHONE:
        say_here(session, COUNTED_ONCE, read.row["force_id"], read.row["reference"])
    if not record(session, Abstraction, abstraction_id, read.content, origin, read.row):
        return False
    _propose(session, abstraction_id, read.row, origin.captured_by, origin.received_at)
    row = session.get_one(Abstraction, abstraction_id)
    count_once(session, row, origin.uploaded_by, origin.received_at)
    return True


def amend_abstraction(
    session: Session,
    row: Abstraction,
    read: Read,
    expected: int | None,
    amendment: Amendment,
    before: Mapping[str, Any],
) -> bool:
    """Makes a revision of an abstraction whose row is held; false for a replay. What was decided of the version before
    is to be decided again."""
    reference, flagged, stood = row.reference, MAYBE_TWICE in row.flags, queries.beside(session, row)
    if not amend(session, row, "abstraction", expected, amendment, before, read.row):
        return False
    _propose(session, row.id, read.row, row.reported_by, row.received_at)
    count_once(session, row, amendment.by, amendment.at, reference)
    if flagged:
        note_beside(session, row)
    _look_again(session, stood)
    return True


def note_beside(session: Session, row: Abstraction) -> None:
    """Flags an abstraction when another of the same officer stands at the same time: whoever was taken away and
    whoever took them may both report it, and both count until one is taken back."""
    if row.voided_at is None and MAYBE_TWICE not in row.flags and queries.beside(session, row):
        row.flags = sorted([*row.flags, MAYBE_TWICE])
        session.flush()


def look_again_beside(session: Session, row: Abstraction) -> None:
    """After an abstraction was taken back: what it alone stood beside is recorded once."""
    _look_again(session, queries.beside(session, row))


def _look_again(session: Session, stood: Sequence[Abstraction]) -> None:
    for each in stood:
        if MAYBE_TWICE in each.flags and not queries.beside(session, each):
            each.flags = [flag for flag in each.flags if flag != MAYBE_TWICE]
    session.flush()


def count_once(
    session: Session, row: Abstraction, by: UUID, now: datetime, before: str | None = None
) -> None:
    """Keeps what stands under its reference from counting twice (`facts.counting_once`), has what counts again propose
    its reason, and flags what stands beside another at the same time."""
    settled = settle(session, COUNTED_ONCE, row, by, now, before=before)
    for each in settled.gave_way:
        withdraw_reason(session, ReasonSource.ABSTRACTION, each.id, now)
        look_again_beside(session, each)
    if row.source == PHONE:
        note_beside(session, row)
    for each in settled.again:
        if each.erased_at is None:
            propose_again(session, each)
        if any(MAYBE_TWICE not in one.flags for one in queries.beside(session, each)):
            note_beside(session, each)


def settle_beside_files(session: Session, force_id: UUID, now: datetime) -> None:
    """Has each abstraction count once that a file told while it was being reported here."""
    for row in own_words_beside(session, COUNTED_ONCE, force_id):
        count_once(session, row, row.uploaded_by or row.reported_by, now)


def propose_again(session: Session, row: Abstraction) -> None:
    """Has an abstraction propose its reason after what was decided of it."""
    said = {name: getattr(row, name) for name in type(row).model_fields}
    _propose(session, row.id, said, row.reported_by, row.received_at)


def _propose(
    session: Session, abstraction_id: UUID, row: Mapping[str, Any], reported_by: UUID, received_at: datetime
) -> None:
    """Leave and sickness explain nothing that was asked of anybody; what is disputed proposes nothing."""
    if row["reason_class"] == NOT_AVAILABLE or row["status"] == DISPUTED:
        withdraw_reason(session, ReasonSource.ABSTRACTION, abstraction_id, received_at)
        return
    propose_reason(
        session,
        row["force_id"],
        ProposedBy(ReasonSource.ABSTRACTION, abstraction_id, reported_by, received_at),
        About(row["officer_id"], Span(row["starts_at"], row["ends_at"]), window_id=row["window_id"]),
        PROPOSES,
        row["reference"],
    )
