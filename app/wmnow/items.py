"""Reads one item of the pull and of signed messages, as `docs/wmnow.md` proposes them, into a `SourceRecord`. Pure.

Only fields that are known are read. Whatever else an item holds (members, how to reach them, answers, free text) is
left out at the door, and told by how often, never by what it said.
"""

import re
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from app.clock import rfc3339
from app.wmnow.mapping import WMNOW, Mapping
from app.wmnow.records import Said, SourceRecord, content_of

_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_MOST_FAULTS = 20
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}", re.ASCII)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")


def _plain(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("must not hold control characters")
    return value


Ref = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_plain)]
ItemCode = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_plain)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)


class _Recorder(_Part):
    collar_number: Annotated[str, Field(min_length=1, max_length=16), AfterValidator(_plain)] | None = None


class _Point(_Part):
    type: Annotated[str, Field(pattern="^Point$")]
    coordinates: Annotated[
        list[Annotated[float, Field(allow_inf_nan=False)]], Field(min_length=2, max_length=3)
    ]

    @field_validator("coordinates")
    @classmethod
    def _on_earth(cls, value: list[float]) -> list[float]:
        if not (-180 <= value[0] <= 180 and -90 <= value[1] <= 90):
            raise ValueError("must be longitude and latitude in degrees")
        return value


class _Group(_Part):
    group: ItemCode
    count: Annotated[int, Field(ge=0, le=100_000)] | None = None


class TrackerItem(_Part):
    """An engagement in the tracker's own words."""

    source_record_id: Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_plain)]
    # Where there is no version, the time of the last change tells which of two is later.
    updated_at: AwareDatetime | None = None
    source_version: Annotated[str | int, Field()] | None = None
    occurred_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    recorded_at: AwareDatetime | None = None
    recorded_by: _Recorder | None = None
    team_ref: Ref | None = None
    lpa: Ref | None = None
    sector: Ref | None = None
    neighbourhood: Ref | None = None
    location: _Point | None = None
    postcode: Annotated[str, Field(max_length=16)] | None = None
    engagement_type: ItemCode | None = None
    method: ItemCode | None = None
    priority_group: ItemCode | None = None
    topics: Annotated[list[ItemCode], Field(max_length=30)] = []
    people_reached: Annotated[int, Field(ge=0, le=100_000)] | None = None
    groups_reached: Annotated[list[_Group], Field(max_length=30)] = []
    planned: bool | None = None
    published: bool | None = None
    deleted: bool = False
    patrol_ref: UUID | None = None
    engagement_ref: UUID | None = None

    @field_validator("source_version")
    @classmethod
    def _as_text(cls, value: str | int | None) -> str | None:
        text = None if value is None else str(value)
        if text is not None and not 1 <= len(text) <= 64:
            raise ValueError("must have 1 to 64 characters")
        return None if text is None else _plain(text)

    @field_validator("updated_at", "occurred_at", "ended_at", "recorded_at")
    @classmethod
    def _in_our_time(cls, value: AwareDatetime | None) -> AwareDatetime | None:
        if value is not None and not _FIRST_YEAR <= value.year < _LAST_YEAR:
            raise ValueError("must lie between 2000 and 2100")
        return value

    @model_validator(mode="after")
    def _whole(self) -> "TrackerItem":
        if not self.deleted and (self.occurred_at is None or self.engagement_type is None):
            raise ValueError("needs occurred_at and engagement_type unless it is deleted")
        return self


@dataclass(frozen=True, slots=True)
class NotRead:
    """An item that could not be read: its id where it has one, and what was wrong by column, never the values."""

    number: int
    source_record_id: str | None
    faults: tuple[MappingOf[str, str | None], ...]


_KNOWN = frozenset(TrackerItem.model_fields) | {"source_system"}


def read_item(
    item: object, mapping: Mapping, number: int, changed_at: datetime | None = None
) -> SourceRecord | NotRead:
    """An item as a record; words are put into our codes by the force's mapping. `changed_at` stands in where the item
    says neither a version nor when it was changed: the time that its message bears."""
    try:
        read = TrackerItem.model_validate(item)
    except ValidationError as error:
        return _not_read(item, number, error)
    updated_at = read.updated_at or changed_at
    version = None if read.source_version is None else str(read.source_version)
    return SourceRecord(
        source_system=WMNOW,
        source_record_id=read.source_record_id,
        id_derived=False,
        source_version=version or (rfc3339(updated_at) if updated_at else None),
        deleted=read.deleted,
        occurred_at=None if read.deleted else read.occurred_at,
        time_ambiguous=False,
        content={} if read.deleted else content_of(_said(read, mapping)),
        row_number=number,
    )


def left_out(item: object) -> frozenset[str]:
    """Names of what an item holds that we do not take; only such as a program would write, so that data posing as a
    name is not told.

    >>> sorted(left_out({"source_record_id": "1", "member_email": "x", "Jo Smith, 4 High St": 1}))
    ['(no plain name)', 'member_email']
    """
    if not isinstance(item, dict):
        return frozenset()
    return frozenset(
        name if _NAME.fullmatch(name) else "(no plain name)" for name in map(str, item) if name not in _KNOWN
    )


def _not_read(item: object, number: int, error: ValidationError) -> NotRead:
    said = item.get("source_record_id") if isinstance(item, dict) else None
    known = said if isinstance(said, str) and 0 < len(said) <= 128 and not _CONTROL.search(said) else None
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    return NotRead(number, known, tuple(_fault(each) for each in faults[:_MOST_FAULTS]))


def _fault(error: MappingOf[str, Any]) -> MappingOf[str, str | None]:
    column = ".".join(str(part) for part in error["loc"]) or None
    detail = str(error["msg"]).removeprefix("Value error, ")
    return {"column": column, "code": str(error["type"]), "detail": detail}


def _said(read: TrackerItem, mapping: Mapping) -> Said:
    if read.occurred_at is None or read.engagement_type is None:
        raise ValueError("an engagement that is not deleted says when and what")
    point = read.location.coordinates if read.location else None
    return Said(
        occurred_at=read.occurred_at,
        engagement_type=mapping.code("engagement_type", read.engagement_type),
        ended_at=read.ended_at,
        recorded_at=read.recorded_at,
        collar_number=read.recorded_by.collar_number if read.recorded_by else None,
        team_ref=read.team_ref,
        lpa_ref=read.lpa,
        sector_ref=read.sector,
        neighbourhood_ref=read.neighbourhood,
        position=None if point is None else (point[0], point[1]),
        by_postcode=point is None and bool(read.postcode),
        method=None if read.method is None else mapping.code("method", read.method),
        priority_group=(
            None if read.priority_group is None else mapping.code("priority_group", read.priority_group)
        ),
        topics=[mapping.code("topics", each) for each in read.topics],
        groups_reached={mapping.code("groups_reached", one.group): one.count for one in read.groups_reached},
        people_reached=read.people_reached,
        planned=read.planned,
        published=read.published,
        patrol_ref=read.patrol_ref,
        engagement_ref=read.engagement_ref,
    )
