"""The wire's own models and values: strict, closed, one spelling for each value, so that a retry hashes alike."""

import re
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)

from app.clock import EARLIEST, LATEST, rfc3339
from app.database.types import FiniteFloat

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)


def parse_instant(value: object) -> datetime:
    """Reads RFC 3339 text with an offset, between 2000 and 2100; anything else is malformed (ValueError).

    `"2026-03-02T10:00:00+01:00"` is 09:00 UTC; `"2026-03-02"`, `1772445600` and `"1772445600"` are refused. Finer than
    a microsecond is cut off.
    """
    if isinstance(value, datetime):
        at = value if value.tzinfo else None
    else:
        at = datetime.fromisoformat(value) if isinstance(value, str) and _RFC3339.fullmatch(value) else None
    if at is None:
        raise ValueError("must be RFC 3339 text with an offset, such as 2026-03-02T19:00:00Z")
    if not (EARLIEST <= at < LATEST):
        raise ValueError("must lie between the years 2000 and 2100")
    return at.astimezone(UTC)


def parse_day(value: object) -> date:
    """Reads a day as `2026-03-02`, between 2000 and 2100; anything else is malformed (ValueError)."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("must be a day such as 2026-03-02")
    day = date.fromisoformat(value)
    if not EARLIEST.date() <= day < LATEST.date():
        raise ValueError("must lie between the years 2000 and 2100")
    return day


def parse_id(value: object) -> UUID:
    """Reads a UUID in its one canonical spelling, lower case with hyphens; anything else is malformed (ValueError)."""
    if isinstance(value, UUID):
        return value
    if isinstance(value, str) and _UUID.fullmatch(value):
        return UUID(value)
    raise ValueError("must be a UUID in lower case with hyphens")


Instant = Annotated[
    datetime,
    PlainValidator(parse_instant),
    PlainSerializer(rfc3339, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-03-02T19:00:00Z"]}),
]
Id = Annotated[
    UUID,
    PlainValidator(parse_id),
    # Without its own serialiser a plain validator's value is serialised twice, with a warning.
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "uuid"}),
]
# Path and query parameters go through FastAPI's own field, which wants a before-validator to keep the UUID type.
PathId = Annotated[UUID, BeforeValidator(parse_id)]
QueryInstant = Annotated[datetime, BeforeValidator(parse_instant)]
# An instant as it is answered.
Time = Annotated[datetime, PlainSerializer(rfc3339, return_type=str)]
PathDay = Annotated[date, BeforeValidator(parse_day)]
Latitude = Annotated[FiniteFloat, Field(ge=-90, le=90)]
Longitude = Annotated[FiniteFloat, Field(ge=-180, le=180)]
Metres = Annotated[FiniteFloat, Field(ge=0, le=100_000)]


def shown(**example: JsonValue) -> ConfigDict:
    """What the published description shows as an example of a body."""
    return ConfigDict(json_schema_extra={"examples": [example]})


class RequestModel(BaseModel):
    """What we read: strict types, no unknown fields."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ResponseModel(BaseModel):
    """What we answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)
