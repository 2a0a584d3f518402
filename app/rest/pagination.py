"""Keyset pages: an opaque cursor names the last row seen, so that a page is never skipped or shown twice."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import TypeAdapter

from app.clock import rfc3339
from app.database.types import ShortText
from app.problems import INVALID, FieldError, Problem
from app.rest.wire import parse_id

R = TypeVar("R")
Limit = Annotated[int, Query(ge=1, le=500, description="Rows a page, 500 at most.")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")]
# Of rows ordered by texts that may be long: an operation's name is up to a hundred characters.
TextsCursor = Annotated[str | None, Query(max_length=2000, description="`next_cursor` of the page before.")]
# A collar number is looser than a code, but both are text that a database can be asked for.
_CODE: TypeAdapter[str] = TypeAdapter(ShortText)


def not_our_cursor() -> Problem:
    return Problem(
        INVALID, "Some values are not valid.", [FieldError("#query/cursor", "cursor", "is not one we gave")]
    )


def encode_cursor(at: datetime, row_id: UUID) -> str:
    """The place after a row ordered by (time, id)."""
    return (
        base64.urlsafe_b64encode(json.dumps([rfc3339_exact(at), str(row_id)]).encode()).decode().rstrip("=")
    )


def page_of(
    rows: list[R], limit: int, place: Callable[[R], tuple[datetime, UUID]]
) -> tuple[list[R], str | None]:
    """The rows of a page, of which one more was asked for than it holds, and the cursor of the page after it."""
    page = rows[:limit]
    return page, encode_cursor(*place(page[-1])) if len(rows) > limit else None


def place_after(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The place that a page begins after; None for the first page."""
    return decode_cursor(cursor) if cursor is not None else None


def decode_cursor(cursor: str) -> tuple[datetime, UUID]:
    """Reads `encode_cursor`'s text; 422 for anything else."""
    try:
        at, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return _our_instant(at), parse_id(row_id)
    except (ValueError, TypeError, OverflowError, binascii.Error):
        raise not_our_cursor() from None


def _our_instant(value: object) -> datetime:
    # Not the wire's reader: a start corrected by a phone's skew may lie outside the years a sender may give.
    at = datetime.fromisoformat(value) if isinstance(value, str) else None
    if at is None or at.tzinfo is None:
        raise ValueError("must be text with an offset")
    return at.astimezone(UTC)


def rfc3339_exact(at: datetime) -> str:
    """Like `rfc3339` with microseconds, so that a cursor never repeats the row it names."""
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z") if at.microsecond else rfc3339(at)


def encode_code_cursor(code: str, row_id: UUID) -> str:
    """The place after a row ordered by (code, id)."""
    return base64.urlsafe_b64encode(json.dumps([code, str(row_id)]).encode()).decode().rstrip("=")


def decode_code_cursor(cursor: str) -> tuple[str, UUID]:
    """Reads `encode_code_cursor`'s text; 422 for anything else."""
    try:
        code, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return _CODE.validate_python(code), parse_id(row_id)
    except (ValueError, TypeError, binascii.Error):
        raise not_our_cursor() from None


def encode_texts_cursor(texts: Sequence[str]) -> str:
    """The place after a row ordered by one text or several."""
    plain = json.dumps(list(texts), ensure_ascii=False)
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def decode_texts_cursor(cursor: str, count: int) -> list[str]:
    """Reads `encode_texts_cursor`'s text of so many; 422 for anything else."""
    try:
        texts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if (
            not isinstance(texts, list)
            or len(texts) != count
            or not all(isinstance(each, str) for each in texts)
        ):
            raise ValueError("must be a list of texts")
        return texts
    except (ValueError, TypeError, binascii.Error):
        raise not_our_cursor() from None
