"""Keyset pages: an opaque cursor names the last row seen, so that a page is never skipped or shown twice."""

import base64
import binascii
import json
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.clock import rfc3339
from app.problems import INVALID, FieldError, Problem
from app.rest.wire import parse_id, parse_instant

Limit = Annotated[int, Query(ge=1, le=500, description="Rows a page, 500 at most.")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")]


def encode_cursor(at: datetime, row_id: UUID) -> str:
    """The place after a row ordered by (time, id)."""
    return (
        base64.urlsafe_b64encode(json.dumps([rfc3339_exact(at), str(row_id)]).encode()).decode().rstrip("=")
    )


def decode_cursor(cursor: str) -> tuple[datetime, UUID]:
    """Reads `encode_cursor`'s text; 422 for anything else."""
    try:
        at, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return parse_instant(at), parse_id(row_id)
    except (ValueError, TypeError, binascii.Error):
        raise Problem(
            INVALID,
            "Some values are not valid.",
            [FieldError("#query/cursor", "cursor", "is not one we gave")],
        ) from None


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
        if not isinstance(code, str) or "\x00" in code:
            raise ValueError("code")
        return code, parse_id(row_id)
    except (ValueError, TypeError, binascii.Error):
        raise Problem(
            INVALID,
            "Some values are not valid.",
            [FieldError("#query/cursor", "cursor", "is not one we gave")],
        ) from None
