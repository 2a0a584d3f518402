"""Draws reality checks, records what was found about each patrol of one, and has it signed off.

A sample is drawn once, by chance, and stays as drawn. A check changes no result: whoever doubts one is offered a
review. After the sign-off nothing is added.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.audit.models import Action
from app.audit.service import changed
from app.clock import london_day
from app.database.model import insert_if_absent
from app.dip_samples import queries
from app.dip_samples.models import DipSample, DipSampleCheck, DipSamplePatrol
from app.dip_samples.problems import invalid, nothing_to_draw, signed_off, too_large, too_many, unknown_place
from app.dip_samples.reporting import CheckOutcome
from app.dip_samples.sampling import (
    ALGORITHM,
    EVERYTHING,
    Drawn,
    Listed,
    Stratum,
    available,
    draw,
    in_order,
    population_hash,
)
from app.dip_samples.schemas import CheckRequest, SampleRequest, SignOffRequest
from app.facts.content import content_hash, packed_hash
from app.facts.service import Provenance, record
from app.identity.permissions import Caller, Permission, requires
from app.patrols import queries as patrol_queries, review_queries
from app.patrols.problems import basis_changed, may_not_decide
from app.patrols.reviewing import Refusal
from app.patrols.reviews import check_reviewer
from app.problems import FieldError, out_of_sight
from app.reference.queries import labels

SCHEMA_VERSION = 1
MOST_IN_A_POPULATION = 5_000
MOST_DRAWN = 500


@requires(Permission.DIP_SAMPLES_DRAW)
def draw_sample(
    session: Session, caller: Caller, sample_id: UUID, body: SampleRequest, seed: bytes, now: datetime
) -> bool:
    """Draws a sample from the settled patrols of a team or area that the caller may see and was not on; true when it is
    new, false for a replay, which is never drawn again. `seed` is chance, 32 bytes.

    422 for a request that makes no sense or a place that is not the caller's, 409 when there is nobody to draw.
    """
    strata = _strata(body)
    team_id, area_id = _place(session, caller, body, now)
    rows = queries.population(
        session, caller, now, london_day(now), team_id=team_id, area_id=area_id,
        period=(body.from_at, body.to_at), most=MOST_IN_A_POPULATION + 1,
    )  # fmt: skip
    listed = in_order([Listed(row.patrol_id, row.number, row.status) for row in rows])
    drawn = draw(seed, listed, strata)
    numbers = [sum(each.stratum == stratum.name for each in drawn) for stratum in strata]
    values = {
        "force_id": caller.force_id,
        "team_id": team_id,
        "area_id": area_id,
        "from_at": body.from_at,
        "to_at": body.to_at,
        "purpose": body.purpose,
        "strata": [_stored(stratum, listed, number) for stratum, number in zip(strata, numbers, strict=True)],
        "algorithm": ALGORITHM,
        "seed": seed,
        "population": [[str(each.patrol_id), each.number, each.status] for each in listed],
        "population_count": len(listed),
        "population_hash": population_hash(listed),
    }
    content = content_hash("dip-sample", SCHEMA_VERSION, body)
    if not record(session, DipSample, sample_id, content, _origin(caller, now), values):
        return False
    if len(rows) > MOST_IN_A_POPULATION:
        raise too_many(MOST_IN_A_POPULATION)
    if not drawn:
        raise nothing_to_draw()
    if len(drawn) > MOST_DRAWN:
        raise too_large(MOST_DRAWN)
    _keep(session, sample_id, drawn, {row.patrol_id: row.verified_ms for row in rows})
    patrol_ids = [each.listed.patrol_id for each in drawn]
    subjects = {"dip-sample": [sample_id], "patrol": patrol_ids, "officer": _people(session, patrol_ids)}
    _log(session, caller, "dip-sample:draw", now, subjects, body.purpose, Action.COLLECT)
    return True


def _keep(session: Session, sample_id: UUID, drawn: Sequence[Drawn], verified_ms: Mapping[UUID, int]) -> None:
    for each in drawn:
        row = {
            "sample_id": sample_id,
            "patrol_id": each.listed.patrol_id,
            "position": each.position,
            "stratum": each.stratum,
            "assessment_number": each.listed.number,
            "status": each.listed.status,
            "verified_ms": verified_ms[each.listed.patrol_id],
        }
        insert_if_absent(session, DipSamplePatrol, row)


def _strata(body: SampleRequest) -> list[Stratum]:
    faults = []
    if (body.team_id is None) == (body.area_id is None):
        faults.append(FieldError("/team_id", "one-of", "give either a team_id or an area_id"))
    if body.from_at >= body.to_at:
        faults.append(FieldError("/from_at", "order", "must be earlier than to_at"))
    if not body.strata:
        if (body.size is None) == (body.share_percent is None):
            faults.append(FieldError("/size", "one-of", "give either a size or a share_percent"))
        strata = [Stratum(EVERYTHING, None, body.size, body.share_percent)]
    else:
        if body.size is not None or body.share_percent is not None:
            faults.append(FieldError("/size", "strata", "is given for each stratum when there are strata"))
        faults += _faults_of_strata(body)
        strata = [
            Stratum(each.name, frozenset(each.statuses), each.size, each.share_percent)
            for each in body.strata
        ]
    if faults:
        raise invalid(*faults)
    return strata


def _faults_of_strata(body: SampleRequest) -> list[FieldError]:
    faults = []
    seen: set[str] = set()
    names: set[str] = set()
    for place, each in enumerate(body.strata):
        if (each.size is None) == (each.share_percent is None):
            faults.append(
                FieldError(f"/strata/{place}/size", "one-of", "give either a size or a share_percent")
            )
        if seen & set(each.statuses):
            faults.append(
                FieldError(f"/strata/{place}/statuses", "twice", "must not be in two strata at once")
            )
        if each.name in names:
            faults.append(FieldError(f"/strata/{place}/name", "twice", "must be of one stratum only"))
        seen |= set(each.statuses)
        names.add(each.name)
    return faults


def _place(session: Session, caller: Caller, body: SampleRequest, now: datetime) -> tuple[UUID | None, UUID]:
    day = london_day(now)
    if body.team_id is not None:
        team = queries.team_to_draw_from(session, caller, body.team_id, day)
        if team is None:
            raise unknown_place("/team_id")
        return team.id, team.area_id
    area = queries.area_to_draw_from(session, caller, body.area_id, day) if body.area_id is not None else None
    if area is None:
        raise unknown_place("/area_id")
    return None, area.id


def _stored(stratum: Stratum, listed: Sequence[Listed], drawn: int) -> dict[str, object]:
    return {
        "name": stratum.name,
        "statuses": None if stratum.statuses is None else sorted(stratum.statuses),
        "size": stratum.size,
        "share_percent": stratum.share_percent,
        "population": available(listed, stratum),
        "drawn": drawn,
    }


def _origin(caller: Caller, now: datetime) -> Provenance:
    return Provenance(caller.officer_id, caller.officer_id, now, None)


@requires(Permission.DIP_SAMPLES_DRAW)
def record_check(
    session: Session, caller: Caller, sample_id: UUID, check_id: UUID, body: CheckRequest, now: datetime
) -> bool:
    """Records what the caller found about one patrol of a sample; true when it is new. Another check after it stands in
    its place.

    404 for a sample out of sight, 403 for one's own patrol, for rank and where somebody above has checked, 409
    `signed-off`, 409 `basis-changed` when the patrol was judged or checked again meanwhile.
    """
    sample = queries.sample_locked(session, caller, sample_id, london_day(now))
    if sample is None:
        raise out_of_sight("dip-sample:check")
    _check_words(session, caller, body, now)
    drawn = queries.drawn_of(session, [sample.id])[sample.id]
    patrol_id = next((row.patrol_id for row in drawn if row.patrol_id == body.patrol_id), None)
    if patrol_id is None:
        raise invalid(FieldError("/patrol_id", "unknown", "names no patrol of this sample"))
    earlier = [
        row for row in queries.checks_of(session, [sample.id])[sample.id] if row.patrol_id == body.patrol_id
    ]
    content = packed_hash(
        "dip-check", SCHEMA_VERSION, sample.id.bytes, content_hash("check", SCHEMA_VERSION, body)
    )
    values = {
        "force_id": sample.force_id,
        "sample_id": sample.id,
        "patrol_id": body.patrol_id,
        "number": len(earlier) + 1,
        "outcome": body.outcome,
        "looked_at": sorted(set(body.looked_at)),
        "video_reference": body.body_worn_video_reference,
        "note": body.note,
        "basis": body.basis,
        "rank_order": caller.rank_order,
    }
    if not record(session, DipSampleCheck, check_id, content, _origin(caller, now), values):
        return False
    if sample.signed_at is not None:
        raise signed_off()
    people = _people(session, [patrol_id])
    check_reviewer(session, caller, people, london_day(now))
    if earlier and earlier[-1].rank_order > caller.rank_order:
        raise may_not_decide(Refusal.DECIDED_ABOVE)
    standing = patrol_queries.current_assessments(session, [patrol_id]).get(patrol_id)
    if standing is None or standing.number != body.basis or body.replaces != _last(earlier):
        raise basis_changed()
    subjects = {
        "dip-sample": [sample.id],
        "dip-check": [check_id],
        "patrol": [body.patrol_id],
        "officer": people,
    }
    _log(session, caller, "dip-sample:check", now, subjects, None, Action.ALTER)
    return True


def _last(checks: Sequence[DipSampleCheck]) -> UUID | None:
    return checks[-1].id if checks else None


def _check_words(session: Session, caller: Caller, body: CheckRequest, now: datetime) -> None:
    faults = []
    known = labels(session, caller.force_id, "check_sources", london_day(now))
    if not set(body.looked_at) <= known.keys():
        faults.append(FieldError("/looked_at", "unknown", "holds what is no code of the list check_sources"))
    if body.outcome is not CheckOutcome.UNABLE_TO_CHECK and not body.looked_at:
        faults.append(FieldError("/looked_at", "missing", "is needed: say what was looked at"))
    if ("BODY_WORN_VIDEO" in body.looked_at) != (body.body_worn_video_reference is not None):
        faults.append(
            FieldError("/body_worn_video_reference", "video", "goes with BODY_WORN_VIDEO, and only with it")
        )
    if body.outcome is not CheckOutcome.CONFIRMED and body.note is None:
        faults.append(FieldError("/note", "missing", "is needed unless the result is confirmed"))
    if faults:
        raise invalid(*faults)


def _people(session: Session, patrol_ids: Sequence[UUID]) -> set[UUID]:
    patrols = queries.patrols_of(session, patrol_ids)
    return review_queries.people_of_patrols(session, list(patrols.values()))


@requires(Permission.DIP_SAMPLES_DRAW)
def sign_off(session: Session, caller: Caller, sample_id: UUID, body: SignOffRequest, now: datetime) -> None:
    """Signs a sample off in the caller's name and freezes it; the same again by the same person is no change.

    Nobody signs what holds a patrol of their own, or of somebody who is not below them. 409 when checks were added
    since the signer looked, 422 when patrols are left unchecked and no reason is given.
    """
    sample = queries.sample_locked(session, caller, sample_id, london_day(now))
    if sample is None:
        raise out_of_sight("dip-sample:sign-off")
    if sample.signed_at is not None:
        said = (sample.signed_by, sample.sign_off_note, sample.unchecked_reason)
        if said != (caller.officer_id, body.note, body.unchecked_reason):
            raise signed_off()
        return
    drawn = [row.patrol_id for row in queries.drawn_of(session, [sample.id])[sample.id]]
    checks = queries.checks_of(session, [sample.id])[sample.id]
    people = _people(session, drawn)
    check_reviewer(session, caller, people, london_day(now))
    if len(checks) != body.checks:
        raise basis_changed()
    left = set(drawn) - {check.patrol_id for check in checks}
    if bool(left) != (body.unchecked_reason is not None):
        raise invalid(
            FieldError(
                "/unchecked_reason", "unchecked", "goes with patrols left unchecked, and only with them"
            )
        )
    sample.signed_at = now
    sample.signed_by = caller.officer_id
    sample.sign_off_note = body.note
    sample.unchecked_reason = body.unchecked_reason
    session.add(sample)
    session.flush()
    subjects = {"dip-sample": [sample.id], "patrol": drawn, "officer": people}
    _log(session, caller, "dip-sample:sign-off", now, subjects, body.unchecked_reason, Action.ALTER)


def _log(
    session: Session,
    caller: Caller,
    operation: str,
    now: datetime,
    subjects: Mapping[str, Collection[UUID]],
    reason: str | None,
    action: Action,
) -> None:
    changed(
        session, operation, now, subjects,
        actor_id=caller.officer_id, force_id=caller.force_id, action=action, reason=reason,
    )  # fmt: skip
