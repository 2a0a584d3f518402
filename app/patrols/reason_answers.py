"""Reasons on record on the wire: each reason once, with every record that gives it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from app.patrols.reasons import GivenReason, by_code, in_words
from app.patrols.review_schemas import ProposedReason, ReasonRecord
from app.reference.codes import Label, in_words as label_of

# The lists whose words are needed.
LISTS = ("reasons", "reason_sources")


def proposed_reasons(
    given: Sequence[GivenReason],
    collars: Mapping[UUID, str],
    words: Mapping[str, Mapping[str, Label]],
    starts_at: datetime,
) -> list[ProposedReason]:
    """The reasons on record for a window or patrol that began at an instant, the latest first."""
    return [_proposed(each, collars, words, starts_at) for each in by_code(given)]


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
