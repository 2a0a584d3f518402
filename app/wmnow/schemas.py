"""The tracker's records and mappings on the wire."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue

from app.database.types import Code, safe_text
from app.reference.schemas import Coded
from app.rest.wire import Instant, RequestModel, ResponseModel
from app.wmnow.mapping import SEPARATORS
from app.wmnow.records import Precision, TrackerChannel

_Field = Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
Heading: Any = safe_text(100, 1)
EXAMPLES: list[JsonValue] = [
    {
        "headers": [{"field": "occurred_at", "headings": ["Engagement start"]}],
        "times": ["dd/mm/yyyy HH:MM"],
        "words": [
            {"field": "engagement_type", "word": "Drop in", "code": "DROP_IN"},
            {"field": "team_ref", "word": "Perry Barr NHT", "code": "NORTH-1"},
        ],
        "member_data": ["Household"],
        "layout": [{"heading": "Engagement start", "field": "occurred_at"}],
    }
]


class Headings(RequestModel):
    """Under which headings files bring a field; in place of the standard ones."""

    field: _Field
    headings: Annotated[list[Heading], Field(max_length=20)]


class Word(RequestModel):
    """What a word of the tracker means: a code of our list, or of a team or place."""

    field: _Field
    word: Heading
    code: Code


class LayoutColumnModel(RequestModel):
    """A column as it is written for the tracker."""

    heading: Heading
    field: _Field


class MappingRequest(RequestModel):
    """How one layout of the tracker is read and written. What is left out is as in the standard mapping."""

    model_config = ConfigDict(json_schema_extra={"examples": EXAMPLES})

    headers: list[Headings] = Field(default=[], max_length=60)
    times: list[Heading] = Field(
        default=[], max_length=10, description="Such as dd/mm/yyyy HH:MM, tried in order."
    )
    separators: Annotated[str, Field(min_length=1, max_length=8)] = SEPARATORS
    words: list[Word] = Field(default=[], max_length=5000)
    member_data: list[Heading] = Field(
        default=[], max_length=100, description="Columns dropped besides the usual."
    )
    layout: list[LayoutColumnModel] = Field(default=[], max_length=100)


class MappingResponse(ResponseModel):
    """One version of a mapping, whole. The standard one was made by nobody."""

    name: str
    version: int
    made_at: Instant | None
    made_by: UUID | None
    headers: list[Headings]
    times: list[str]
    separators: str
    words: list[Word]
    member_data: list[str]
    layout: list[LayoutColumnModel]


class MappingSummary(ResponseModel):
    name: str
    version: int
    made_at: Instant | None


class MappingList(ResponseModel):
    """The newest version of each mapping."""

    items: list[MappingSummary]


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """What of the tracker's records is asked for; None leaves a filter out."""

    from_at: datetime | None = None
    to_at: datetime | None = None
    team_id: UUID | None = None
    area_id: UUID | None = None
    officer_id: UUID | None = None
    engagement_type: str | None = None
    run_id: UUID | None = None
    missing: bool | None = None
    deleted: bool = False


class GroupSeen(Coded):
    """A group as the officer saw it; `people` is null where nobody counted."""

    people: int | None


class RecordResponse(ResponseModel):
    """A record of the tracker as it stands. `source` says of every count that it is the tracker's. `source_version` and
    `source_changed_at` are the latest number and the latest time of change that it told of it.

    `…_ref` are the tracker's words; the ids beside are what they stand for on the day. `unknown` names those that stand
    for nothing. `id_derived`: the export had no id, so that an edit may stand here twice. `missing_since`: a full
    export no longer had it. `erased_at`: since then its words and place are gone.
    """

    id: UUID
    source: str
    source_record_id: str
    id_derived: bool
    version: int
    source_version: str | None
    source_changed_at: Instant | None
    occurred_at: Instant | None
    ended_at: Instant | None
    recorded_at: Instant | None
    time_ambiguous: bool
    collar_number: str | None
    officer_id: UUID | None
    team_ref: str | None
    lpa_ref: str | None
    sector_ref: str | None
    neighbourhood_ref: str | None
    team_id: UUID | None
    area_id: UUID | None
    place_area_id: UUID | None
    precision: Precision
    lat: float | None
    lon: float | None
    engagement_type: Coded | None
    method: Coded | None
    priority_group: Coded | None
    topics: list[Coded]
    groups_reached: list[GroupSeen]
    people_reached: int | None
    planned: bool | None
    published: bool | None
    patrol_ref: UUID | None
    engagement_ref: UUID | None
    unknown: list[str]
    first_received_at: Instant
    last_received_at: Instant
    missing_since: Instant | None
    deleted_at: Instant | None
    erased_at: Instant | None


class RecordPage(ResponseModel):
    items: list[RecordResponse]
    next_cursor: str | None


class Provenance(ResponseModel):
    """How a version came: the import, pull or message, the file's SHA-256 and row, the mapping it was read by, and the
    SHA-256 of what it said."""

    run_id: UUID
    channel: TrackerChannel
    file_sha256: str | None
    row_number: int | None
    received_at: Instant
    mapping: str
    content_sha256: str


class VersionResponse(ResponseModel):
    """What the tracker said, in its own words; what they mean by now is told of the record."""

    version: int
    deleted: bool
    content: dict[str, Any]
    provenance: Provenance


class RecordDetail(RecordResponse):
    """A record with everything the tracker said of it, oldest first."""

    versions: list[VersionResponse]


class UnknownWord(ResponseModel):
    """A word of the tracker that stands for nothing here: give it a meaning in the mapping, or its code to the list."""

    field: str
    word: str
    list: str | None = Field(description="The code list it would belong to; null for teams and places.")
    records: int
    first_at: Instant
    last_at: Instant


class UnknownWords(ResponseModel):
    source: str
    records: int = Field(description="Records of the time asked about.")
    items: list[UnknownWord]


class FaultResponse(ResponseModel):
    column: str | None
    code: str
    detail: str


class RejectedRow(ResponseModel):
    """A row or item that could not be taken. What it said is not kept."""

    run_id: UUID
    number: int
    channel: TrackerChannel
    source_record_id: str | None
    occurred_at: Instant | None
    area_id: UUID | None
    received_at: Instant
    faults: list[FaultResponse]


class RejectedPage(ResponseModel):
    items: list[RejectedRow]
    next_cursor: str | None
