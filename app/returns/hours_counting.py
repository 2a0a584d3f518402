"""Counts a scheme's hours: our own and recorded ones, with what both have taken off."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlmodel import Session

from app.returns import overlap_queries
from app.returns.asking import Asked
from app.returns.counting import Amount, Line, total
from app.returns.ledger_queries import recorded_lines
from app.returns.overlap_queries import Overlap
from app.returns.own_hours import first_unsettled, own_lines
from app.returns.periods import Span


@dataclass(frozen=True, slots=True)
class Counted:
    """All lines of a scheme so far, overlaps taken off, and what those overlaps were."""

    lines: Sequence[Line] = ()
    overlaps: Sequence[Overlap] = ()

    @property
    def visible(self) -> list[Line]:
        return [each for each in self.lines if each.of["visible"]]

    def and_also(self, other: "Counted") -> "Counted":
        """With that of other days."""
        return Counted([*self.lines, *other.lines], [*self.overlaps, *other.overlaps])


def count(session: Session, asked: Asked, names: Sequence[str], *, weeks: bool = False) -> Counted:
    """The lines of some days, overlaps taken off; none for no days. `weeks`: days are told by their week."""
    if asked.span.days < 1:
        return Counted()
    shared = overlap_queries.overlaps(session, asked)
    lines = own_lines(session, asked, names, weeks=weeks) + recorded_lines(session, asked, names)
    return Counted([*lines, *(each.line for each in shared)], shared)


def count_to_date(
    session: Session, asked: Asked, names: Sequence[str], late: date, *, weeks: bool = False
) -> tuple[Counted, Amount]:
    """The lines of some days, and what came since `late`, one of the last of them.

    What has to be read from slices is read once for both.
    """
    first, last = asked.span.first, asked.span.last
    cut = max(late, first_unsettled(session, asked))
    earlier = count(session, replace(asked, span=Span(first, cut - timedelta(days=1))), names, weeks=weeks)
    lately = count(session, replace(asked, span=Span(cut, last)), names, weeks=weeks)
    between = count(session, replace(asked, span=Span(late, cut - timedelta(days=1))), ())
    return earlier.and_also(lately), total([*lately.visible, *between.visible])
