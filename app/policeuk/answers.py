"""Answers about publication packs. Who reads them sees who drafted and decided, and is logged."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.audit.service import consulted
from app.clock import london_day
from app.identity.permissions import Caller, Permission, requires
from app.identity.queries import collar_numbers
from app.policeuk import queries
from app.policeuk.deciding import State, state_after
from app.policeuk.models import PublicationPack
from app.policeuk.schemas import PackDecisionResponse, PackPage, PackResponse, PackSummary
from app.problems import out_of_sight
from app.rest.pagination import decode_cursor, encode_cursor

# What may stand on a website as it is; everything else says so itself.
FIT = frozenset({State.APPROVED, State.PUBLISHED})


@requires(Permission.PACKS_READ)
def read_pack(session: Session, caller: Caller, pack_id: UUID, now: datetime) -> PackResponse:
    """One pack with its content."""
    row = queries.pack_seen(session, caller, pack_id, london_day(now), Permission.PACKS_READ)
    if row is None:
        raise out_of_sight("publication-pack:read")
    [told] = _told(session, [row])
    _looked_at(session, caller, "publication-pack:read", now, [told])
    return _with_content(told, row)


@requires(Permission.PACKS_READ)
def as_written(session: Session, caller: Caller, pack_id: UUID, now: datetime) -> PackResponse:
    """A pack as whoever has just drafted it or decided is told of it."""
    row = queries.pack_seen(session, caller, pack_id, london_day(now), Permission.PACKS_READ)
    if row is None:
        raise out_of_sight("publication-pack:read")
    return _with_content(_told(session, [row])[0], row)


@requires(Permission.PACKS_READ)
def list_packs(
    session: Session,
    caller: Caller,
    now: datetime,
    *,
    area_id: UUID | None,
    cursor: str | None,
    limit: int,
) -> PackPage:
    """Packs of the areas that are the caller's to tell of, latest first."""
    after = decode_cursor(cursor) if cursor is not None else None
    rows = queries.packs_seen(session, caller, london_day(now), area_id, after, limit + 1)
    page = rows[:limit]
    told = _told(session, page)
    _looked_at(session, caller, "publication-pack:list", now, told)
    following = encode_cursor(page[-1].received_at, page[-1].id) if len(rows) > limit else None
    return PackPage(items=told, next_cursor=following)


def _told(session: Session, rows: Sequence[PublicationPack]) -> list[PackSummary]:
    decisions = queries.decisions_of(session, [row.id for row in rows])
    last = queries.published_last(session, {row.area_id for row in rows})
    areas = queries.areas_by_id(session, {row.area_id for row in rows})
    people = {row.captured_by for row in rows} | {
        one.captured_by for several in decisions.values() for one in several
    }
    collars = collar_numbers(session, people)
    return [
        PackSummary(
            id=row.id,
            area_id=row.area_id,
            area_code=areas[row.area_id].code,
            area_name=areas[row.area_id].name,
            from_day=row.from_day,
            to_day=row.to_day,
            state=state_after(
                [one.step for one in decisions[row.id]], replaced=last.get(row.area_id) != row.id
            ),
            drafted_at=row.received_at,
            drafted_by=row.captured_by,
            collar_number=collars[row.captured_by],
            content_sha256=row.content_sha256,
            decisions=[
                PackDecisionResponse(
                    id=one.id,
                    step=one.step,
                    decided_at=one.received_at,
                    decided_by=one.captured_by,
                    collar_number=collars[one.captured_by],
                    reason=one.reason,
                )
                for one in decisions[row.id]
            ],
        )
        for row in rows
    ]


def _with_content(told: PackSummary, row: PublicationPack) -> PackResponse:
    content = row.content
    return PackResponse(**dict(told), data=content["data"], html=content["html"], text=content["text"])


def _looked_at(
    session: Session, caller: Caller, operation: str, now: datetime, told: Sequence[PackSummary]
) -> None:
    people = {each.drafted_by for each in told} | {one.decided_by for each in told for one in each.decisions}
    consulted(
        session, operation, now,
        {"publication-pack": [each.id for each in told], "officer": people},
        actor_id=caller.officer_id, force_id=caller.force_id,
    )  # fmt: skip
