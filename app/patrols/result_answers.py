"""Results as they go over the wire: sentences, the result in short, progress, flags because of another patrol."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.clock import london_day, to_ms
from app.patrols.decided import Decided
from app.patrols.models import CrossCheckFlag, Patrol, PatrolAssessment
from app.patrols.queries import PatrolEnd
from app.patrols.result_schemas import CrossFlagResponse
from app.patrols.reviewing import still_asks
from app.patrols.schemas import GradeSeconds, PatrolDecision, PatrolResult, Progress
from app.patrols.telling import Person, Words, progress_in_words, tell
from app.patrols.telling_decisions import Afterwards, DecisionTold
from app.reference.codes import Label, in_words
from app.tracks.assessment import Flag


def sentences(
    patrol: Patrol,
    end: PatrolEnd | None,
    row: PatrolAssessment,
    person: Person,
    words: Words,
    crossed: Sequence[CrossCheckFlag],
    decided: Decided,
) -> list[str]:
    """A stored result as its reader is told it, the headline first."""
    taps = (patrol.skew_ms, end.skew_ms if end else None)
    skew_ms = max((skew for skew in taps if skew is not None), key=abs, default=None)
    result = {**row.result, "flags": [*row.flags, *sorted({flag.flag.value for flag in crossed})]}
    afterwards = Afterwards(
        [_told(each) for each in decided.decisions], _looked_at(row, crossed, decided.looked_at)
    )
    return [sentence.text for sentence in tell(result, person, words, skew_ms, afterwards)]


def _told(decision: PatrolDecision) -> DecisionTold:
    return DecisionTold(
        decision.of == "window",
        decision.decision,
        decision.decision_label,
        decision.reason_label,
        None if decision.adjusted_seconds is None else decision.adjusted_seconds * 1000,
        decision.decided_by_collar_number,
        decision.decided_at,
        london_day(decision.decided_at),
        decision.needs_confirmation,
    )


def _looked_at(
    row: PatrolAssessment, crossed: Sequence[CrossCheckFlag], looked_at: Sequence[datetime]
) -> frozenset[str]:
    """The flags that somebody has looked at, of those that ask for it."""
    if not looked_at:
        return frozenset()
    last = max(looked_at)
    asked_since = {flag.flag.value for flag in crossed if flag.found_at > last}
    asking = {flag.value for flag in Flag if flag.asks_review}
    cross = {flag.flag.value for flag in crossed if flag.asks_review}
    return frozenset((asking.intersection(row.flags) | cross) - asked_since)


def progress_answer(verified_ms: int, horizon_at: datetime | None, required_seconds: int | None) -> Progress:
    """How far a patrol has come, floored to whole seconds."""
    return Progress(
        in_words=progress_in_words(
            verified_ms,
            None if required_seconds is None else required_seconds * 1000,
            None if horizon_at is None else to_ms(horizon_at),
        ),
        verified_seconds=verified_ms // 1000,
        required_seconds=required_seconds,
        reached=required_seconds is not None and verified_ms >= required_seconds * 1000,
        horizon_at=horizon_at,
    )


def cross_flag(row: CrossCheckFlag, shown: set[UUID], words: dict[str, Label]) -> CrossFlagResponse:
    """A flag because of another patrol, which is named only where it is `shown`."""
    return CrossFlagResponse(
        flag=row.flag.value,
        flag_label=in_words(words, row.flag.value),
        asks_review=row.asks_review,
        other_patrol_id=row.other_patrol_id if row.other_patrol_id in shown else None,
        evidence=row.evidence,
        policy_version=row.policy_version,
        found_at=row.found_at,
        withdrawn_at=row.withdrawn_at,
    )


def short_result(
    row: PatrolAssessment,
    required_seconds: int | None,
    words: Words,
    told: list[str],
    crossed: Sequence[CrossCheckFlag],
    decided: Decided,
) -> PatrolResult:
    """A stored result in short."""
    return PatrolResult(
        in_words=told,
        status=row.status,
        status_label=in_words(words.statuses, row.status),
        seconds=GradeSeconds(
            verified=row.verified_ms // 1000,
            probable=row.probable_ms // 1000,
            unverified=row.unverified_ms // 1000,
            outside=row.outside_ms // 1000,
        ),
        window_verified_seconds=None if row.window_verified_ms is None else row.window_verified_ms // 1000,
        required_seconds=required_seconds,
        flags=[*row.flags, *dict.fromkeys(flag.flag.value for flag in crossed)],
        check_needed=still_asks(
            row.asks_review,
            max((flag.found_at for flag in crossed if flag.asks_review), default=None),
            decided.looked_at,
        ),
        assessment_number=row.number,
        policy_version=row.policy_version,
        computed_at=row.computed_at,
    )
