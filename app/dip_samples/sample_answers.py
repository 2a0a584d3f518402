"""The wire form of one reality check: its patrols, what was found, and the proof that nobody picked them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.clock import MINUTE_MS
from app.dip_samples.interval import Rate, said
from app.dip_samples.looking import look_at
from app.dip_samples.models import DipSample, DipSampleCheck, DipSamplePatrol
from app.dip_samples.reporting import OFFERS_REVIEW, CheckOutcome, Found, Part, found, together
from app.dip_samples.sampling import Listed, Stratum, draw, population_hash
from app.dip_samples.schemas import (
    CheckResponse,
    FoundResponse,
    OutcomeCount,
    Proof,
    RateResponse,
    Report,
    ResultThen,
    SampledPatrol,
    SampledPatrolLinks,
)
from app.identity.permissions import Caller, Permission
from app.patrols.models import CrossCheckFlag, Patrol, PatrolAssessment
from app.patrols.reviewing import Refusal
from app.patrols.reviews import why_not
from app.reference.codes import Label, in_words

Words = Mapping[str, Mapping[str, Label]]


@dataclass(frozen=True, slots=True)
class About:
    """All that a sample is told from, by patrol unless it says otherwise. `shown` are the patrols whose officers the
    caller may see by name."""

    caller: Caller
    drawn: Sequence[DipSamplePatrol]
    checks: Sequence[DipSampleCheck]
    patrols: Mapping[UUID, Patrol]
    standing: Mapping[UUID, PatrolAssessment]
    crossed: Mapping[UUID, Sequence[CrossCheckFlag]]
    people: Mapping[UUID, set[UUID]]
    orders: Mapping[UUID, int]
    collars: Mapping[UUID, str]
    shown: set[UUID]
    voided: set[UUID]
    erased: set[UUID]
    words: Words

    @property
    def officer_ids(self) -> set[UUID]:
        return set().union(*self.people.values())

    def why_not(self, patrol_id: UUID) -> Refusal | None:
        """Why the caller may not check a patrol."""
        latest = self.latest(patrol_id)
        if latest is not None and latest.rank_order > self.caller.rank_order:
            return Refusal.DECIDED_ABOVE
        return why_not(self.caller, self.people[patrol_id], self.orders)

    def latest(self, patrol_id: UUID) -> DipSampleCheck | None:
        """The check of a patrol that stands."""
        return next((check for check in reversed(self.checks) if check.patrol_id == patrol_id), None)


def describe_patrol(row: DipSamplePatrol, about: About) -> SampledPatrol:
    patrol, standing = about.patrols[row.patrol_id], about.standing[row.patrol_id]
    drawn = _result(about.words, row.assessment_number, row.status, row.verified_ms)
    now = _result(about.words, standing.number, standing.status, standing.verified_ms)
    refused = about.why_not(patrol.id)
    latest = about.latest(patrol.id)
    doubted = latest is not None and latest.outcome in OFFERS_REVIEW
    flags = {
        *standing.flags,
        *(each.flag.value for each in about.crossed[patrol.id] if each.withdrawn_at is None),
    }
    path = f"/v1/patrols/{patrol.id}"
    return SampledPatrol(
        position=row.position,
        stratum=row.stratum,
        patrol_id=patrol.id,
        collar_number=about.collars[patrol.captured_by] if patrol.id in about.shown else None,
        started_at=patrol.started_at,
        ended_at=standing.ended_at,
        window_id=standing.window_id,
        drawn=drawn,
        now=now,
        voided=patrol.id in about.voided,
        changed=drawn.status != now.status
        or drawn.verified_minutes != now.verified_minutes
        or patrol.id in about.voided,
        look_at=look_at(
            standing.result,
            [in_words(about.words["flags"], flag) for flag in sorted(flags)],
            voided=patrol.id in about.voided,
            erased=patrol.id in about.erased,
        ),
        checks=[
            _check(check, about, standing=check is latest)
            for check in about.checks
            if check.patrol_id == patrol.id
        ],
        may_check=refused is None and about.caller.may(Permission.DIP_SAMPLES_DRAW),
        why_not=refused.value if refused is not None else None,
        links=SampledPatrolLinks(
            patrol=path,
            assessment=f"{path}/assessment",
            track=f"{path}/track",
            review=f"{path}/reviews" if doubted else None,
        ),
    )


def _result(words: Words, number: int, status: str, verified_ms: int) -> ResultThen:
    return ResultThen(
        assessment_number=number,
        status=status,
        status_label=in_words(words["patrol_statuses"], status),
        verified_minutes=verified_ms // MINUTE_MS,
    )


def _check(check: DipSampleCheck, about: About, *, standing: bool) -> CheckResponse:
    return CheckResponse(
        id=check.id,
        patrol_id=check.patrol_id,
        number=check.number,
        outcome=check.outcome,
        outcome_label=in_words(about.words["check_outcomes"], check.outcome.value),
        looked_at=check.looked_at,
        looked_at_labels=[in_words(about.words["check_sources"], code) for code in check.looked_at],
        body_worn_video_reference=check.video_reference,
        note=check.note,
        basis=check.basis,
        checked_by=check.captured_by,
        checked_by_collar_number=about.collars[check.captured_by],
        checked_at=check.received_at,
        standing=standing,
    )


def describe_report(sample: DipSample, about: About) -> Report:
    parts = []
    for stratum in sample.strata:
        of_it = [row for row in about.drawn if row.stratum == stratum["name"]]
        checks = [about.latest(row.patrol_id) for row in of_it]
        outcomes = [check.outcome if check is not None else None for check in checks]
        parts.append(Part(stratum["name"], stratum["population"], outcomes))
    all_told = together(parts)
    return Report(
        strata=[_found(found(part), about.words) for part in parts],
        together=_found(all_told, about.words) if all_told is not None else None,
    )


def _found(told: Found, words: Words) -> FoundResponse:
    return FoundResponse(
        name=told.name,
        population=told.population,
        drawn=told.drawn,
        by_outcome=[
            OutcomeCount(
                outcome=outcome,
                outcome_label=in_words(words["check_outcomes"], outcome.value),
                patrols=told.by_outcome[outcome],
            )
            for outcome in CheckOutcome
        ],
        unchecked=told.unchecked,
        error=_rate(told.error),
        doubt=_rate(told.doubt),
    )


def _rate(told: Rate) -> RateResponse:
    return RateResponse(
        errors=told.errors, of=told.of, rate=told.rate, low=told.low, high=told.high, in_words=said(told)
    )


def headline(sample: DipSample, about: About, report: Report) -> str:
    checked = len({check.patrol_id for check in about.checks})
    told = f"{len(about.drawn)} of {sample.population_count} patrols drawn, {checked} checked"
    state = "signed off" if sample.signed_at is not None else "not signed off yet"
    parts = [report.together] if report.together is not None else report.strata
    wrong = sum(part.error.errors for part in parts)
    doubtful = sum(part.doubt.errors for part in parts) - wrong
    return f"{told}: {wrong} not supported, {doubtful} doubtful; {state}."


def describe_proof(sample: DipSample, about: About, others: int) -> Proof:
    listed = listed_in(sample)
    again = {each.listed.patrol_id for each in draw(sample.seed, listed, _strata(sample))}
    return Proof(
        algorithm=sample.algorithm,
        seed=sample.seed.hex(),
        population=sample.population_count,
        population_hash=sample.population_hash,
        checked=again == {row.patrol_id for row in about.drawn}
        and population_hash(listed) == sample.population_hash,
        others=others,
        list=f"/v1/dip-samples/{sample.id}/population",
    )


def listed_in(sample: DipSample) -> list[Listed]:
    return [Listed(UUID(patrol_id), number, status) for patrol_id, number, status in sample.population]


def _strata(sample: DipSample) -> list[Stratum]:
    return [
        Stratum(
            each["name"],
            None if each["statuses"] is None else frozenset(each["statuses"]),
            each["size"],
            each["share_percent"],
        )
        for each in sample.strata
    ]


def notes(sample: DipSample, about: About, report: Report) -> list[str]:
    told = [
        "Drawn by chance: nobody chose these patrols. A check changes no result; where one is doubted, review it.",
        "What could not be checked is in no share, and intervals are rather too wide than too narrow.",
    ]
    if report.together is None:
        told.append(
            "The strata were drawn with different chances: read them one by one, and do not add them up."
        )
    if any(row.patrol_id in about.voided or _differs(row, about) for row in about.drawn):
        told.append("Some results have changed since they were drawn. The sample stays as it was drawn.")
    if sample.signed_by is not None and {check.captured_by for check in about.checks} == {sample.signed_by}:
        told.append("Signed off by the one person who made all checks.")
    return told


def _differs(row: DipSamplePatrol, about: About) -> bool:
    standing = about.standing[row.patrol_id]
    return (standing.status, standing.verified_ms // MINUTE_MS) != (row.status, row.verified_ms // MINUTE_MS)
