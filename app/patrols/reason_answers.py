"""Reasons on record on the wire: each reason once, with every record that gives it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from app.patrols.reasons import GivenReason, Leaving, ReasonSource, by_code, in_words
from app.patrols.review_schemas import ProposedReason, ReasonRecord
from app.patrols.schemas import LeftFor
from app.reference.codes import Label, in_words as label_of

# The lists whose words are needed: for reasons on record, and for what a patrol was left for.
LISTS = ("reasons", "reason_sources")
LEAVING_LISTS = (*LISTS, "check_out_flags")


def proposed_reasons(
    given: Sequence[GivenReason],
    collars: Mapping[UUID, str],
    words: Mapping[str, Mapping[str, Label]],
    starts_at: datetime,
) -> list[ProposedReason]:
    """The reasons on record for a window or patrol that began at an instant, the latest first."""
    return [_proposed(each, collars, words, starts_at) for each in by_code(given)]


def left_for(leaving: Leaving, words: Mapping[str, Mapping[str, Label]], started_at: datetime) -> LeftFor:
    """What a patrol was left for, as its check-out says."""
    code = leaving.reason_code
    reason = None if code is None else label_of(words["reasons"], code)
    flags = leaving.flags(words["reasons"])
    return LeftFor(
        reason=code,
        reason_label=reason,
        log_number=leaving.log_number,
        activity_id=leaving.activity_id,
        in_words=leaving.in_words(
            label_of(words["reason_sources"], ReasonSource.CHECK_OUT), reason, started_at
        ),
        flags=[each.value for each in flags],
        flags_in_words=[label_of(words["check_out_flags"], each) for each in flags],
    )


def _proposed(
    given: Sequence[GivenReason],
    collars: Mapping[UUID, str],
    words: Mapping[str, Mapping[str, Label]],
    starts_at: datetime,
) -> ProposedReason:
    first = given[0]
    records = [_record(each, collars, words, starts_at) for each in given]
    return ProposedReason(
        reason_code=first.code,
        reason_label=label_of(words["reasons"], first.code),
        reason_unknown=first.code not in words["reasons"],
        source=first.source,
        source_id=first.source_id,
        collar_number=collars[first.officer_id],
        text=first.text,
        in_words=records[0].in_words,
        records=records,
    )


def _record(
    given: GivenReason,
    collars: Mapping[UUID, str],
    words: Mapping[str, Mapping[str, Label]],
    starts_at: datetime,
) -> ReasonRecord:
    source, reason = label_of(words["reason_sources"], given.source), label_of(words["reasons"], given.code)
    collar_number = collars[given.officer_id]
    return ReasonRecord(
        source=given.source,
        source_label=source,
        source_id=given.source_id,
        collar_number=collar_number,
        at=given.at,
        reference=given.reference,
        text=given.text,
        in_words=in_words(given, source, reason, collar_number, starts_at),
    )
