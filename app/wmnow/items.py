"""Reads one item of the pull and of signed messages, as `docs/wmnow.md` proposes them, into a `SourceRecord`. Pure.

Only fields that are known are read. Whatever else an item holds (members, how to reach them, answers, free text) is
left out at the door, and told by how often, never by what it said.
"""

import re
from collections.abc import Container, Iterator, Mapping as MappingOf, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from app.clock import EARLIEST, LATEST
from app.wmnow import checking
from app.wmnow.editions import UNTOLD, Edition, edition_of
from app.wmnow.mapping import PLACE_FIELDS, WMNOW, Mapping
from app.wmnow.member_data import looks_personal
from app.wmnow.records import Said, SourceRecord, content_of, unread_id

_MOST_FAULTS = 20
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}", re.ASCII)
# Our names of what items call otherwise.
_THEIRS = {
    "collar_number": "recorded_by.collar_number",
    "lpa_ref": "lpa",
    "sector_ref": "sector",
    "neighbourhood_ref": "neighbourhood",
    "longitude": "location.coordinates",
}


def _plain(value: str) -> str:
    if checking.CONTROL.search(value):
        raise ValueError("must not hold control characters")
    return value


def _in_our_time(value: datetime) -> datetime:
    if not EARLIEST <= value < LATEST:
        raise ValueError("must lie between 2000 and 2100")
    return value


ItemTime = Annotated[AwareDatetime, AfterValidator(_in_our_time)]
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

    source_record_id: Annotated[
        str, Field(min_length=1, max_length=checking.LONGEST_ID), AfterValidator(_plain)
    ]
    # Where there is no version, the time of the last change tells which of two is later.
    updated_at: ItemTime | None = None
    source_version: str | int | None = None
    occurred_at: ItemTime | None = None
    ended_at: ItemTime | None = None
    recorded_at: ItemTime | None = None
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

    @model_validator(mode="after")
    def _whole(self) -> "TrackerItem":
        if not self.deleted and (self.occurred_at is None or self.engagement_type is None):
            raise ValueError("needs occurred_at and engagement_type unless it is deleted")
        return self


@dataclass(frozen=True, slots=True)
class NotRead:
    """An item that could not be taken: its id where it has one, else what it is known by, what was wrong by column,
    never the values; and, for the report by area and week, when it was and the words it names its places by, where they
    can be read."""

    number: int
    source_record_id: str | None
    unread_id: str
    faults: tuple[MappingOf[str, str | None], ...]
    occurred_at: datetime | None = None
    places: MappingOf[str, str] = field(default_factory=dict)


_KNOWN = frozenset(TrackerItem.model_fields) | {"source_system"}
_PARTS: MappingOf[str, Container[str]] = {
    "recorded_by": _Recorder.model_fields,
    "location": _Point.model_fields,
    "groups_reached": _Group.model_fields,
}
# How late it is what an item says is no part of what it is known by.
_EDITION = frozenset({"updated_at", "source_version"})
_TIME: TypeAdapter[datetime] = TypeAdapter(ItemTime)


def read_item(
    item: object, mapping: Mapping, number: int, changed_at: datetime | None = None
) -> SourceRecord | NotRead:
    """An item as a record; what its words mean is told by the force's mapping. `changed_at` stands in where the item
    says neither a version nor when it was changed: the time that its message bears."""
    try:
        read = TrackerItem.model_validate(item)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        return _not_read(item, number, [_fault(each) for each in faults[:_MOST_FAULTS]])
    wrong_id = checking.fault_of_id(read.source_record_id)
    if wrong_id is not None:
        return _not_read(item, number, [_of_checking(wrong_id)])
    content: dict[str, Any] = {}
    if not read.deleted:
        said = _said(read)
        wrong = checking.faults_of(said)
        if wrong:
            return _not_read(item, number, [_of_checking(each) for each in wrong])
        content = content_of(said)
    return SourceRecord(
        source_system=WMNOW,
        source_record_id=read.source_record_id,
        id_derived=False,
        edition=_edition(read, changed_at),
        deleted=read.deleted,
        occurred_at=None if read.deleted else read.occurred_at,
        time_ambiguous=False,
        content=content,
        meant=mapping.meant(content),
        row_number=number,
    )


def _edition(read: TrackerItem, changed_at: datetime | None) -> Edition:
    said = (edition_of(str(read.source_version)) if read.source_version is not None else None) or UNTOLD
    if read.updated_at is not None:
        return Edition(said.number, read.updated_at)
    return said if said != UNTOLD else Edition(changed_at=changed_at)


def left_out(item: object) -> frozenset[str]:
    """Names of what an item holds that we do not take; only such as a program would write, so that data posing as a
    name is not told. A version that is neither a number nor a time is none of what we take.

    >>> sorted(left_out({"source_record_id": "1", "recorded_by": {"name": "x"}, "Jo Smith, 4 High St": 1}))
    ['(no plain name)', 'recorded_by.name']
    >>> sorted(left_out({"source_record_id": "1", "source_version": "v7"}))
    ['source_version']
    """
    if not isinstance(item, dict):
        return frozenset()
    names = {*_left_out_of(item, _KNOWN)}
    for of, known in _PARTS.items():
        told = item.get(of)
        for part in told if isinstance(told, list) else [told]:
            names |= {f"{of}.{name}" for name in _left_out_of(part, known)}
    version = item.get("source_version")
    if isinstance(version, str) and edition_of(version.strip()) is None:
        names.add("source_version")
    return frozenset(names)


def _left_out_of(part: object, known: Container[str]) -> Iterator[str]:
    for name in map(str, part) if isinstance(part, dict) else ():
        if name not in known:
            yield name if _NAME.fullmatch(name) else "(no plain name)"


def _not_read(item: object, number: int, faults: Sequence[MappingOf[str, str | None]]) -> NotRead:
    told = item if isinstance(item, dict) else {}
    # By all the rest, also by what is not read: items that call everything otherwise are not all one.
    known_by = {name: each for name, each in told.items() if name not in _EDITION} if told else item
    try:
        at = _TIME.validate_python(told.get("occurred_at"))
    except ValidationError:
        at = None
    places = {
        of: said
        for of in PLACE_FIELDS
        if isinstance(said := told.get(_THEIRS.get(of, of)), str)
        and len(said) <= 100
        and not looks_personal(said)
    }
    return NotRead(
        number,
        checking.usable_id(told.get("source_record_id")),
        unread_id(known_by),
        tuple(faults),
        at,
        places,
    )


def _fault(error: MappingOf[str, Any]) -> MappingOf[str, str | None]:
    column = ".".join(str(part) for part in error["loc"]) or None
    detail = str(error["msg"]).removeprefix("Value error, ")
    return {"column": column, "code": str(error["type"]), "detail": detail}


def _of_checking(one: checking.Fault) -> MappingOf[str, str | None]:
    return {"column": _THEIRS.get(one.column, one.column), "code": one.code, "detail": one.detail}


def _said(read: TrackerItem) -> Said:
    if read.occurred_at is None or read.engagement_type is None:
        raise ValueError("an engagement that is not deleted says when and what")
    point = read.location.coordinates if read.location else None
    return Said(
        occurred_at=read.occurred_at,
        engagement_type=read.engagement_type,
        ended_at=read.ended_at,
        recorded_at=read.recorded_at,
        collar_number=read.recorded_by.collar_number if read.recorded_by else None,
        team_ref=read.team_ref,
        lpa_ref=read.lpa,
        sector_ref=read.sector,
        neighbourhood_ref=read.neighbourhood,
        position=None if point is None else (point[0], point[1]),
        by_postcode=point is None and bool(read.postcode),
        method=read.method,
        priority_group=read.priority_group,
        topics=read.topics,
        groups_reached=[(one.group, one.count) for one in read.groups_reached],
        people_reached=read.people_reached,
        planned=read.planned,
        published=read.published,
        patrol_ref=read.patrol_ref,
        engagement_ref=read.engagement_ref,
    )
