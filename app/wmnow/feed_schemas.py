"""Wire models of feeds, their runs and messages; they hold counts and codes, no row about anybody."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.database.types import safe_text
from app.rest.wire import RequestModel, ResponseModel
from app.wmnow.models import RunState


class RunResponse(ResponseModel):
    """One run of a pull."""

    id: UUID
    feed_id: UUID
    started_at: datetime
    ended_at: datetime | None
    state: RunState
    problem: str | None = Field(description="Why it failed or stopped, as a code; see docs/wmnow.md.")
    problem_words: str | None
    pages: int
    rows: int
    new: int
    changed: int
    unchanged: int
    stale: int | None = Field(
        description="Of the unchanged, those of which something later is held here. Many: the tracker may have been "
        "restored from a backup, and `go-on` has what it says stand. Null of early runs."
    )
    deleted: int
    rejected: int
    dropped_fields: list[str] = Field(description="Names of fields that were left out at the door.")


class RunPage(ResponseModel):
    items: list[RunResponse]
    next_cursor: str | None


class FeedResponse(ResponseModel):
    """Where a feed stands."""

    id: UUID
    name: str
    running: bool
    watermark: datetime | None = Field(description="Up to when the tracker said it had told everything.")
    stopped_because: str | None
    stopped_words: str | None
    stopped_at: datetime | None
    retry_at: datetime | None
    changed_at: datetime


class FeedList(ResponseModel):
    items: list[FeedResponse]
    messages_waiting: int


class GoOnRequest(RequestModel):
    """Says that a feed may go on. It reads everything again from the beginning; what is held already and still said is
    unchanged by it, and what is said otherwise stands, also by a lower version than was heard before."""

    reason: safe_text(500, 3)  # type: ignore[valid-type]


class ReadAgainRequest(RequestModel):
    """There is nothing to say but which message."""


class TrackerMessage(ResponseModel):
    """A message the tracker sent; what it said is not kept once it was read."""

    id: UUID
    webhook_id: str
    received_at: datetime
    done_at: datetime | None
    outcome: str | None
    attempts: int


class TrackerMessagePage(ResponseModel):
    items: list[TrackerMessage]
    next_cursor: str | None


class Kept(ResponseModel):
    """The answer to a message: it is durable here; reading it follows."""

    kept: bool
