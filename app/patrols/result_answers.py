"""Results as they go over the wire: sentences, the result in short, progress, flags because of another patrol."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.clock import to_ms
from app.patrols.models import CrossCheckFlag, Patrol, PatrolAssessment
from app.patrols.queries import PatrolEnd
from app.patrols.schemas import CrossFlagResponse, GradeSeconds, PatrolResult, Progress
from app.patrols.telling import Person, Words, progress_in_words, tell
from app.reference.codes import Label, in_words


def sentences(
    patrol: Patrol,
    end: PatrolEnd | None,
    row: PatrolAssessment,
    person: Person,
    words: Words,
    crossed: Sequence[CrossCheckFlag],
) -> list[str]:
    """A stored result as its reader is told it, the headline first."""
    taps = (patrol.skew_ms, end.skew_ms if end else None)
    skew_ms = max((skew for skew in taps if skew is not None), key=abs, default=None)
    result = {**row.result, "flags": [*row.flags, *sorted({flag.flag.value for flag in crossed})]}
    return [sentence.text for sentence in tell(result, person, words, skew_ms)]


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
        check_needed=row.asks_review or any(flag.asks_review for flag in crossed),
        assessment_number=row.number,
        policy_version=row.policy_version,
        computed_at=row.computed_at,
    )
