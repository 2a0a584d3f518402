"""Decides what a file changes whose rows are known by the force's own reference. Pure.

The same row again changes nothing; another under the same reference corrects, and the version before stays; one that
is cancelled is taken back for good. What somebody has corrected here stays as they said it, whatever the file says of
that; what it says of the rest is taken. What officers reported here under the same reference stands, and counts once:
the row is kept beside it, and counts as soon as theirs is taken back.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.imports.findings import ChangeAction, Finding, PlannedChange, Severity

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """What a file told before under a reference, in the words of the wire. `over`: taken back for good, or let go;
    `missing`: a later full export no longer had it; `corrected` names what of it was corrected here;
    `decided`: somebody has decided on it, so that it gives way to nothing."""

    id: UUID
    revision: int
    officer_id: UUID | None
    over: bool
    content: Content
    missing: bool = False
    corrected: Collection[str] = ()
    decided: bool = False

    def otherwise(self, content: Content, of: Collection[str] | None = None) -> tuple[str, ...]:
        """The names of what is said otherwise than it is held; `of`: only of these."""
        names = {*self.content, *content} if of is None else of
        return tuple(sorted(name for name in names if self.content.get(name) != content.get(name)))


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What stands under a file's references: what files told, and of whom something was reported here."""

    held: Mapping[str, Held]
    here: Mapping[str, Collection[UUID]]


@dataclass(frozen=True, slots=True)
class Said:
    """A row of a file as read. `maybe_twice`: something reported here without a reference may be the same; `derived`:
    the file has no reference, and one was worked out."""

    row: int
    reference: str
    officer_id: UUID
    content: Content
    cancelled: bool
    maybe_twice: bool
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A row to carry out: `held` is None for a new one, `void` takes it back. `beside`: something reported here stands
    under its reference."""

    reference: str
    officer_id: UUID
    content: Content
    held: Held | None
    void: bool
    maybe_twice: bool
    planned: PlannedChange
    derived: bool = False
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """What a file changes, what somebody should know, and how many rows change nothing. `found_again` are those that an
    earlier full export no longer had and this file has."""

    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    unchanged: int
    found_again: tuple[UUID, ...] = ()


def plan(rows: Iterable[Said], on_record: OnRecord, begins: str) -> Planned:
    """What the rows of a file change. `begins` is the column that says when something was."""
    changes: list[Change] = []
    findings: list[Finding] = []
    unchanged = 0
    again: list[UUID] = []
    for said in rows:
        held = on_record.held.get(said.reference)
        if held is not None and held.missing:
            again.append(held.id)
        change = _change(said, held)
        if not said.cancelled:
            findings += _corrected(said, held)
            findings += _twice(said, held, on_record.here.get(said.reference, ()), begins, change)
        if change is None:
            unchanged += 1
        else:
            changes.append(replace(change, beside=bool(on_record.here.get(said.reference))))
    return Planned(tuple(changes), tuple(findings), unchanged, tuple(again))


def _change(said: Said, held: Held | None) -> Change | None:
    if held is None:
        if said.cancelled:
            return None
        return _carried_out(said, None, ChangeAction.NEW)
    if held.over:
        return None
    if said.cancelled:
        return _carried_out(said, held, ChangeAction.ENDED)
    said = _as_corrected(said, held)
    differs = held.otherwise(said.content)
    return _carried_out(said, held, ChangeAction.CHANGED, differs) if differs else None


def _corrected(said: Said, held: Held | None) -> list[Finding]:
    if held is None or held.over or not (differs := held.otherwise(said.content, held.corrected)):
        return []
    told = f"Was corrected here, and stays as it was corrected: {', '.join(differs)}."
    return [Finding(said.row, "reference", "corrected-here", told, Severity.WARNING)]


def _as_corrected(said: Said, held: Held) -> Said:
    """The row with what was corrected here in the place of what it says of that."""
    ours = {name: held.content[name] for name in held.corrected if name in held.content}
    theirs = {name: value for name, value in said.content.items() if name not in held.corrected}
    return replace(said, content={**theirs, **ours})


def _carried_out(said: Said, held: Held | None, action: ChangeAction, fields: tuple[str, ...] = ()) -> Change:
    return Change(
        said.reference,
        said.officer_id,
        said.content,
        held,
        action is ChangeAction.ENDED,
        held is None and said.maybe_twice,
        PlannedChange(action, said.reference, said.row, fields),
        said.derived,
    )


def _twice(
    said: Said, held: Held | None, here: Collection[UUID], begins: str, change: Change | None
) -> list[Finding]:
    # A correction is to be decided on again.
    if held is not None and held.decided and change is None and said.officer_id in here:
        told = "Was reported here under this reference, and this one was decided on: one of them may be taken back."
        return [Finding(said.row, "reference", "maybe-twice", told, Severity.WARNING)]
    if said.officer_id in here:
        told = "Was reported here under this reference: that stands, and is counted once."
        return [Finding(said.row, "reference", "reported-here", told, Severity.WARNING)]
    if here:
        told = "A colleague reported one here under this reference: one of them may be taken back."
        return [Finding(said.row, "reference", "maybe-twice", told, Severity.WARNING)]
    if change is not None and change.maybe_twice:
        told = "The officer reported one like it here at this time: one of them may be taken back."
        return [Finding(said.row, begins, "maybe-twice", told, Severity.WARNING)]
    return []
