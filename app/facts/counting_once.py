"""Keeps what the force's own systems hold too from counting twice: an officer's own word stands before a file's.

What a file told gives way to what was reported here of the same officer under the same reference, whichever came
first. It is then marked as taken back, with the record that stands for it, and counts again as soon as that is taken
back or says otherwise.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid5

from sqlalchemy import or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.audit.models import Action
from app.audit.service import changed
from app.database.model import keys_among
from app.database.turns import let_in, take_turns
from app.facts.amending import take_back
from app.facts.models import CountedOnceColumns
from app.facts.problems import reference_of_source
from app.imports.by_reference import Held, OnRecord

PHONE, IMPORT = "phone", "import"
MAYBE_TWICE, MISSING_IN_SOURCE = "maybe_twice", "missing_in_source"
_COUNTS_AGAIN = "What stood for it was taken back, or says otherwise."

C = TypeVar("C", bound=CountedOnceColumns)


@dataclass(frozen=True, slots=True)
class CountedOnce(Generic[C]):
    """What a slice says of its kind: `person` is whom a record is of (None: nobody any more), `decided` whether
    somebody has decided on what a file told, so that it gives way to nothing; `reason` is what is said of what did.
    `together` are names of its content that make sense only together: whoever corrects one has said the others.
    `beside` tells whether a record may be on record twice though nothing else stands under its reference."""

    name: str
    table: type[C]
    person: Callable[[C], UUID | None]
    decided: Callable[[C], bool]
    reason: str
    together: frozenset[str]
    beside: Callable[[Session, C], bool] = lambda _session, _row: False


@dataclass(frozen=True, slots=True)
class Settled(Generic[C]):
    """What a file told that counts no more, and what counts again."""

    gave_way: Sequence[C]
    again: Sequence[C]


def settle(
    session: Session, kind: CountedOnce[C], row: C, by: UUID, now: datetime, *, before: str | None = None
) -> Settled[C]:
    """Sees to it that what stands under a record's reference counts once, after it was written, corrected or taken
    back; `before` is the reference it had. The record itself is flagged where others stand beside it, and an officer's
    own no more once it stands alone."""
    gave_way: list[C] = []
    again: list[C] = []
    for reference in sorted({each for each in (before, row.reference) if each is not None}):
        rows = _under(session, kind.table, row.force_id, reference)
        stands_for = _stands_for(kind, rows)
        for each in rows:
            first = stands_for.get(each.id)
            if first is None and each.superseded_by is not None:
                lift(each)
                again.append(each)
            if first is not None and each.superseded_by is None:
                take_back(session, each, by, kind.reason, now)
                gave_way.append(each)
            each.superseded_by = first
        session.flush()
        _flag_beside(session, kind, row, [each for each in rows if each.voided_at is None])
    session.flush()
    if row.source == PHONE:
        # Of what a file brings the import tells the log.
        _log(session, kind, "counted-once", row, gave_way, by, kind.reason, now)
        _log(session, kind, "counts-again", row, again, by, _COUNTS_AGAIN, now)
    return Settled(gave_way, again)


def _flag_beside(session: Session, kind: CountedOnce[C], row: C, standing: Sequence[C]) -> None:
    """`standing` is what counts under one reference, `row` among it or not."""
    alone = standing[0] if len(standing) == 1 and standing[0].source == PHONE else None
    # A file's may be flagged for what was said without a reference, which nothing here answers.
    if alone is not None and MAYBE_TWICE in alone.flags and not kind.beside(session, alone):
        alone.flags = [flag for flag in alone.flags if flag != MAYBE_TWICE]
    if len(standing) > 1 and any(each is row for each in standing):
        row.flags = sorted({*row.flags, MAYBE_TWICE})


def say_here(session: Session, kind: CountedOnce[C], force_id: UUID, reference: str | None) -> None:
    """To be called before a record of an officer's own is written or held: `own_words_beside` waits until it can be
    seen."""
    if reference is not None:
        let_in(session, _turn(kind, force_id))


def own_words_beside(session: Session, kind: CountedOnce[C], force_id: UUID) -> list[C]:
    """What was reported here and does not stand for what a file told of the same officer under the same reference: two
    transactions that ran beside each other did not see each other's. To be settled, once both are durable."""
    take_turns(session, [_turn(kind, force_id)])
    own, told = kind.table, aliased(kind.table)
    rows = (
        select(own, told)
        .join(told, (col(told.force_id) == col(own.force_id)) & (col(told.reference) == col(own.reference)))
        .where(
            col(own.force_id) == force_id,
            col(own.source) == PHONE,
            col(own.voided_at).is_(None),
            col(told.source) == IMPORT,
            col(told.voided_at).is_(None),
            col(told.erased_at).is_(None),
        )
        .order_by(col(own.received_at), col(own.id))
    )
    found = {}
    for one, other in session.exec(rows):
        if (
            kind.person(one) is not None
            and kind.person(one) == kind.person(other)
            and not kind.decided(other)
        ):
            found[one.id] = one
    return list(found.values())


def _turn(kind: CountedOnce[C], force_id: UUID) -> UUID:
    return uuid5(force_id, f"{kind.name} under a reference")


def _under(session: Session, table: type[C], force_id: UUID, reference: str) -> Sequence[C]:
    """What stands under a reference, and what gave way there; held, in the order it came."""
    rows = select(table).where(
        col(table.force_id) == force_id,
        col(table.reference) == reference,
        or_(col(table.voided_at).is_(None), col(table.superseded_by).is_not(None)),
    )
    return session.exec(rows.order_by(col(table.received_at), col(table.id)).with_for_update()).all()


def _stands_for(kind: CountedOnce[C], rows: Sequence[C]) -> Mapping[UUID, UUID]:
    """Which record reported here stands for which that a file told: the first of the same officer."""
    here = {each.id: kind.person(each) for each in rows if each.source == PHONE}
    found = {}
    for each in rows:
        if each.source != IMPORT or kind.decided(each):
            continue
        person, stood = kind.person(each), each.superseded_by
        if stood in here and None in (person, here[stood]):
            # Nobody is on record for one of the two any more: it stays as it was.
            found[each.id] = stood
            continue
        first = next((one for one, who in here.items() if who is not None and who == person), None)
        if first is not None:
            found[each.id] = first
    return found


def lift(row: CountedOnceColumns) -> None:
    """Has what gave way stand again: to count, to be corrected, or to be taken back for good."""
    if row.superseded_by is not None:
        row.voided_at = row.voided_by = row.void_reason = row.superseded_by = None


def take_back_for_good(
    session: Session, row: CountedOnceColumns, by: UUID, reason: str, now: datetime
) -> bool:
    """Takes back a record whose row is held; one that gave way is then not brought back by what stood for it. False
    when it was taken back before."""
    lift(row)
    return take_back(session, row, by, reason, now)


def keep_reference(row: CountedOnceColumns, said: str | None) -> str | None:
    """The reference that a correction gives a record. What a file told keeps its own, or the next file would not find
    it: 422 for another."""
    if row.source != IMPORT:
        return said
    if said not in (None, row.reference):
        raise reference_of_source()
    return row.reference


def note_corrected(kind: CountedOnce[C], row: C, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Notes what of a record that a file told was corrected here, by its content before and after."""
    if row.source != IMPORT:
        return
    names = {name for name in {*before, *after} - {"recorded_at"} if before.get(name) != after.get(name)}
    if names & kind.together:
        names |= kind.together
    row.corrected_here = sorted({*(row.corrected_here or ()), *names})


def on_record(
    session: Session,
    kind: CountedOnce[C],
    force_id: UUID,
    references: Sequence[str],
    content: Callable[[Session, Sequence[C]], Mapping[UUID, Mapping[str, Any]]],
) -> OnRecord:
    """What a file is compared with: what files told under its references, and of whom something reported here stands
    under them."""
    table = kind.table
    held: dict[str, Held] = {}
    here: dict[str, set[UUID]] = {}
    ids = keys_among(session, col(table.reference), references, col(table.force_id) == force_id)
    if not ids:
        return OnRecord(held, here)
    rows = session.exec(select(table).where(col(table.id).in_(ids))).all()
    # What was let go, whoever told it, is not brought back by the force's next file.
    told = [row for row in rows if row.source == IMPORT or (row.erased_at and row.voided_at is None)]
    said = content(session, told)
    for row in sorted(told, key=lambda each: each.source == IMPORT):
        words = {name: value for name, value in said[row.id].items() if name != "recorded_at"}
        taken_back = row.voided_at is not None and row.superseded_by is None
        over = taken_back or row.erased_at is not None
        missing = MISSING_IN_SOURCE in row.flags
        held[row.reference or ""] = Held(
            row.id, row.revision, kind.person(row), over, words, missing,
            corrected=frozenset(row.corrected_here or ()), decided=kind.decided(row),
        )  # fmt: skip
    for row in rows:
        person = kind.person(row)
        if row.source == PHONE and row.voided_at is None and person is not None:
            here.setdefault(row.reference or "", set()).add(person)
    return OnRecord(held, here)


def _log(
    session: Session,
    kind: CountedOnce[C],
    what: str,
    row: C,
    others: Sequence[C],
    by: UUID,
    reason: str,
    now: datetime,
) -> None:
    for each in others:
        subjects = {kind.name: [each.id, row.id], "officer": [one for one in [kind.person(each)] if one]}
        changed(
            session, f"{kind.name}:{what}", now, subjects,
            actor_id=by, force_id=row.force_id, action=Action.ALTER, reason=reason,
        )  # fmt: skip
