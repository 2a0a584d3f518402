"""Reads of what an activity is judged by on its day: its officer, and the force's rules and lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    String,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select as select_rows,
)
from sqlmodel import Session, col, select

from app.activities.codes import ActivityKind, DetailLevel
from app.activities.models import (
    ActivityRule,
    Referral,
    ReferralFollowUp,
)
from app.identity.models import Officer, RankHeld
from app.identity.permissions import OfficerKind
from app.patrols.logged import Besides, around
from app.reference.codes import Label, Lists, on_day
from app.reference.models import ReferenceCode
from app.reference.queries import built_in_lists, labels_of


@dataclass(frozen=True, slots=True)
class OnTheDay:
    """Who somebody was on a day (`rank` is None where none is known), how much the force wanted of a kind then, and
    whether it has words of its own for any of the lists asked about."""

    force_id: UUID
    kind: OfficerKind
    rank: str | None
    wanted: DetailLevel
    own_words: bool


# Built once: every activity asks.
_RANK = (
    select_rows(col(RankHeld.rank))
    .where(
        col(RankHeld.officer_id) == bindparam("officer_id"),
        col(RankHeld.valid_from) <= bindparam("day"),
        or_(col(RankHeld.valid_to).is_(None), col(RankHeld.valid_to) > bindparam("day")),
    )
    .order_by(col(RankHeld.valid_from).desc())
    .limit(1)
    .scalar_subquery()
)
_LEVEL = (
    select_rows(col(ActivityRule.level))
    .where(
        col(ActivityRule.force_id) == bindparam("force_id"),
        col(ActivityRule.kind) == bindparam("kind"),
        col(ActivityRule.valid_from) <= bindparam("day"),
    )
    .order_by(col(ActivityRule.valid_from).desc())
    .limit(1)
    .scalar_subquery()
)


def _own_words(names: Any) -> ColumnElement[bool]:
    """Whether a force has words of its own for some lists."""
    return exists().where(
        col(ReferenceCode.force_id) == bindparam("force_id"), col(ReferenceCode.list).in_(names)
    )


@cache
def _with_the_day(names: tuple[str, ...]) -> Select[Any]:
    # The names stand in the statement, being ours and the same for a kind: as parameters they cost more than all else.
    listed = [literal_column(f"'{name}'", String) for name in names]
    return around(
        col(Officer.force_id).label("officer_force_id"),
        col(Officer.kind).label("officer_kind"),
        _RANK.label("rank"),
        _LEVEL.label("level"),
        _own_words(listed).label("own_words"),
    )


def day_besides(kind: ActivityKind, names: Sequence[str]) -> Besides:
    """What an activity is judged by on its day, to be asked while it is placed. `names` are lists of ours, the same for
    every activity of a kind."""
    return Besides(_with_the_day(tuple(names)), {"kind": kind.value})


def on_the_day(found: Row[Any] | None) -> OnTheDay | None:
    """What was found; None for nobody. A reference is wanted where the force has said nothing."""
    if found is None:
        return None
    wanted = DetailLevel(found.level) if found.level else DetailLevel.REFERENCE
    return OnTheDay(found.officer_force_id, found.officer_kind, found.rank, wanted, bool(found.own_words))


def rules_held(session: Session, force_id: UUID) -> list[ActivityRule]:
    """Every rule a force has set, those still to begin included, oldest first."""
    rows = select(ActivityRule).where(ActivityRule.force_id == force_id)
    return list(session.exec(rows.order_by(col(ActivityRule.valid_from), col(ActivityRule.kind))).all())


_HAS_OWN_WORDS = select_rows(_own_words(bindparam("names", expanding=True)))


def lists_on(
    session: Session, force_id: UUID, names: Sequence[str], day: date, own_words: bool | None = None
) -> Lists:
    """Some lists of a force on a day; those the product brings, once and for all, where it has no words of its own.
    `own_words` is whether it has some, where that is known already."""
    if own_words is None:
        asked = {"force_id": force_id, "names": list(names)}
        own_words = bool(session.connection().execute(_HAS_OWN_WORDS, asked).scalar())
    if own_words:
        return labels_of(session, force_id, list(names), day)
    return {name: _as_built_in(name) for name in names}


@cache
def _as_built_in(name: str) -> dict[str, Label]:
    return on_day(built_in_lists().get(name, {}), (), date.min)


def latest_status(activity_id: UUID) -> ColumnElement[str | None]:
    """What was heard last of a referral, else what its record says; as a condition of its own row."""
    heard: ScalarSelect[Any] = (
        select_rows(col(ReferralFollowUp.status))
        .where(col(ReferralFollowUp.activity_id) == activity_id)
        .order_by(
            col(ReferralFollowUp.heard_at).desc(),
            col(ReferralFollowUp.received_at).desc(),
            col(ReferralFollowUp.id).desc(),
        )
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(heard, col(Referral.first_status))
