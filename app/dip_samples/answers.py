"""What is told of reality checks: in a list, whole, what they were drawn from, and to officers of their own patrols."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.audit.service import consulted
from app.clock import LONDON, london_day
from app.dip_samples import queries
from app.dip_samples.models import DipSample, DipSampleCheck
from app.dip_samples.queries import OwnRow
from app.dip_samples.sample_answers import (
    About,
    Words,
    describe_patrol,
    describe_proof,
    describe_report,
    headline,
    listed_in,
    notes,
)
from app.dip_samples.sampling import lot
from app.dip_samples.schemas import (
    OwnCheck,
    OwnChecks,
    PopulationEntry,
    PopulationResponse,
    SampledPatrol,
    SamplePage,
    SampleResponse,
    SampleSummary,
)
from app.identity.permissions import Caller, Permission, requires
from app.identity.queries import collar_numbers
from app.patrols import cross_reading, queries as patrol_queries, review_queries
from app.patrols.reviews import orders_of
from app.problems import out_of_sight
from app.reference.codes import in_words
from app.reference.queries import labels_of
from app.rest.pagination import page_of, place_after
from app.spreadsheet import Cell, to_csv

MOST_OWN = 100
_LISTS = ["check_outcomes", "check_sources", "patrol_statuses", "flags"]
_COLUMNS = (
    "position", "stratum", "patrol_id", "collar_number", "started_at", "ended_at", "status_drawn", "status_now",
    "verified_minutes_drawn", "verified_minutes_now", "changed", "outcome", "looked_at", "body_worn_video_reference",
    "note", "checked_by_collar_number", "checked_at", "look_at",
)  # fmt: skip


@requires(Permission.DIP_SAMPLES_READ)
def list_samples(
    session: Session, caller: Caller, cursor: str | None, limit: int, now: datetime
) -> SamplePage:
    """The reality checks of the caller's teams or areas, latest first."""
    after = place_after(cursor)
    rows = queries.samples_seen(session, caller, london_day(now), after, limit + 1)
    page, following = page_of(rows, limit, lambda row: (row.received_at, row.id))
    ids = {"dip-sample": [row.id for row in page]}
    consulted(session, "dip-sample:list", now, ids, actor_id=caller.officer_id, force_id=caller.force_id)
    return SamplePage(items=_summaries(session, page), next_cursor=following)


def _summaries(session: Session, samples: Sequence[DipSample]) -> list[SampleSummary]:
    ids = [sample.id for sample in samples]
    drawn, checks = queries.drawn_of(session, ids), queries.checks_of(session, ids)
    people = {person for one in samples for person in (one.captured_by, one.signed_by) if person is not None}
    collars, places = collar_numbers(session, people), queries.place_names(session, samples)
    return [
        SampleSummary(
            id=sample.id,
            team_id=sample.team_id,
            area_id=sample.area_id,
            place=places[sample.id],
            from_at=sample.from_at,
            to_at=sample.to_at,
            purpose=sample.purpose,
            drawn_by=sample.captured_by,
            drawn_by_collar_number=collars[sample.captured_by],
            drawn_at=sample.received_at,
            population=sample.population_count,
            drawn=len(drawn[sample.id]),
            checked=len({check.patrol_id for check in checks[sample.id]}),
            signed_at=sample.signed_at,
            signed_by=sample.signed_by,
            signed_by_collar_number=collars[sample.signed_by] if sample.signed_by is not None else None,
            link=f"/v1/dip-samples/{sample.id}",
        )
        for sample in samples
    ]


@requires(Permission.DIP_SAMPLES_READ)
def read_sample(session: Session, caller: Caller, sample_id: UUID, now: datetime) -> SampleResponse:
    """One reality check whole: its patrols as drawn and as they stand, the checks, the report, and the proof."""
    sample = _seen(session, caller, sample_id, now)
    about = _read(session, caller, sample, now)
    subjects = {"dip-sample": [sample.id], "patrol": list(about.patrols), "officer": about.officer_ids}
    consulted(session, "dip-sample:read", now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)
    return _whole(session, sample, about, now)


@requires(Permission.DIP_SAMPLES_DRAW)
def as_written(session: Session, caller: Caller, sample_id: UUID, now: datetime) -> SampleResponse:
    """What whoever has just drawn, checked or signed is told; that itself was logged."""
    sample = _seen(session, caller, sample_id, now)
    return _whole(session, sample, _read(session, caller, sample, now), now)


def _whole(session: Session, sample: DipSample, about: About, now: datetime) -> SampleResponse:
    report = describe_report(sample, about)
    return SampleResponse(
        **dict(_summaries(session, [sample])[0]),
        headline=headline(sample, about, report),
        checks_made=len(about.checks),
        sign_off_note=sample.sign_off_note,
        unchecked_reason=sample.unchecked_reason,
        patrols=[describe_patrol(row, about) for row in about.drawn],
        report=report,
        proof=describe_proof(sample, about, queries.overlapping(session, sample)),
        notes=notes(sample, about, report),
        generated_at=now,
    )


def _seen(session: Session, caller: Caller, sample_id: UUID, now: datetime) -> DipSample:
    sample = queries.sample_seen(session, caller, sample_id, london_day(now), Permission.DIP_SAMPLES_READ)
    if sample is None:
        raise out_of_sight("dip-sample:read")
    return sample


def _read(session: Session, caller: Caller, sample: DipSample, now: datetime) -> About:
    day = london_day(now)
    drawn = queries.drawn_of(session, [sample.id])[sample.id]
    checks = queries.checks_of(session, [sample.id])[sample.id]
    ids = [row.patrol_id for row in drawn]
    patrols = queries.patrols_of(session, ids)
    people = review_queries.crews_and_leads(session, list(patrols.values()))
    everybody = set().union(*people.values())
    return About(
        caller=caller,
        drawn=drawn,
        checks=checks,
        patrols=patrols,
        standing=patrol_queries.current_assessments(session, ids),
        crossed=cross_reading.flags_of(session, ids),
        people=people,
        orders=orders_of(session, everybody, day),
        collars=collar_numbers(session, everybody | {check.captured_by for check in checks}),
        shown=patrol_queries.patrols_shown(session, caller, set(ids), day),
        voided=set(patrol_queries.voids_of(session, ids)),
        erased=queries.erased(session, ids),
        words=labels_of(session, caller.force_id, _LISTS, day),
    )


@requires(Permission.DIP_SAMPLES_READ)
def read_population(session: Session, caller: Caller, sample_id: UUID, now: datetime) -> PopulationResponse:
    """The list a sample was drawn from, with everybody's lot, so that the drawing can be done again."""
    sample = _seen(session, caller, sample_id, now)
    listed = listed_in(sample)
    drawn = {row.patrol_id for row in queries.drawn_of(session, [sample.id])[sample.id]}
    subjects = {"dip-sample": [sample.id], "patrol": [each.patrol_id for each in listed]}
    consulted(
        session, "dip-sample:population", now, subjects, actor_id=caller.officer_id, force_id=caller.force_id
    )
    return PopulationResponse(
        sample_id=sample.id,
        algorithm=sample.algorithm,
        seed=sample.seed.hex(),
        population_hash=sample.population_hash,
        entries=[
            PopulationEntry(
                patrol_id=each.patrol_id,
                assessment_number=each.number,
                status=each.status,
                lot=lot(sample.seed, each.patrol_id).hex(),
                drawn=each.patrol_id in drawn,
            )
            for each in listed
        ],
    )


def as_table(told: SampleResponse) -> str:
    """The patrols of a sample as CSV, each with the check that stands, times on London's clocks."""
    return to_csv(_COLUMNS, (_cells(each) for each in told.patrols))


def _cells(each: SampledPatrol) -> list[Cell]:
    check = next((one for one in each.checks if one.standing), None)
    cells: dict[str, Cell] = {
        "patrol_id": str(each.patrol_id),
        "started_at": _local(each.started_at),
        "ended_at": _local(each.ended_at),
        "status_drawn": each.drawn.status,
        "status_now": each.now.status,
        "verified_minutes_drawn": each.drawn.verified_minutes,
        "verified_minutes_now": each.now.verified_minutes,
        "outcome": check.outcome.value if check else None,
        "looked_at": " ".join(check.looked_at) if check else None,
        "body_worn_video_reference": check.body_worn_video_reference if check else None,
        "note": check.note if check else None,
        "checked_by_collar_number": check.checked_by_collar_number if check else None,
        "checked_at": _local(check.checked_at) if check else None,
        "look_at": " ".join(each.look_at),
    }
    return [cells[name] if name in cells else getattr(each, name) for name in _COLUMNS]


def _local(at: datetime) -> str:
    return at.astimezone(LONDON).isoformat()


@requires(Permission.PATROLS_READ)
def own_checks(session: Session, caller: Caller, now: datetime) -> OwnChecks:
    """What signed reality checks say of the caller's own patrols. Until a sample is signed off its checks may still be
    mended, and a doubt that nobody stands for should hang over nobody."""
    day = london_day(now)
    rows = queries.own_rows(session, caller, day, MOST_OWN)
    checks = queries.checks_of(session, list({row.sample.id for row in rows}))
    latest = {(each.sample_id, each.patrol_id): each for one in checks.values() for each in one}
    people = {row.sample.signed_by for row in rows if row.sample.signed_by is not None}
    collars = collar_numbers(session, people | {check.captured_by for check in latest.values()})
    words = labels_of(session, caller.force_id, _LISTS, day)
    subjects = {"dip-sample": {row.sample.id for row in rows}, "patrol": {row.patrol.id for row in rows}}
    consulted(session, "dip-sample:own", now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)
    told = [_own(row, latest.get((row.sample.id, row.patrol.id)), collars, words) for row in rows]
    return OwnChecks(items=[each for each in told if each is not None])


def _own(
    row: OwnRow, check: DipSampleCheck | None, collars: Mapping[UUID, str], words: Words
) -> OwnCheck | None:
    sample, patrol = row.sample, row.patrol
    if sample.signed_at is None or sample.signed_by is None:
        return None
    path = f"/v1/patrols/{patrol.id}"
    return OwnCheck(
        sample_id=sample.id,
        patrol_id=patrol.id,
        started_at=patrol.started_at,
        status_label=in_words(words["patrol_statuses"], row.drawn.status),
        outcome=check.outcome if check else None,
        outcome_label=in_words(words["check_outcomes"], check.outcome.value) if check else "not checked",
        looked_at_labels=[in_words(words["check_sources"], code) for code in check.looked_at]
        if check
        else [],
        note=check.note if check else None,
        checked_by_collar_number=collars[check.captured_by] if check else None,
        signed_by_collar_number=collars[sample.signed_by],
        signed_at=sample.signed_at,
        patrol=path,
        explanations=f"{path}/explanations",
    )
