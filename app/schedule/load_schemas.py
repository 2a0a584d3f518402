"""The load of teams and officers on the wire."""

from enum import StrEnum
from uuid import UUID

from app.rest.wire import ResponseModel, Time


class LoadBy(StrEnum):
    """Whose load is asked for."""

    TEAM = "team"
    OFFICER = "officer"


class Clash(ResponseModel):
    """Two windows that overlap; one that you may not see is null."""

    window_ids: tuple[UUID | None, UUID | None]


class LoadRow(ResponseModel):
    """The load of a team or an officer (`code` is the collar number). A window counts on the day it starts, in London.
    `nights` touch 23:00 to 06:00; `unassigned` name nobody."""

    id: UUID
    code: str
    name: str | None
    windows: int
    tasked_minutes: int
    required_minutes: int
    days: int
    nights: int
    weekend_windows: int
    most_on_one_day: int
    consecutive_days: int
    unassigned: int
    accepted: int
    declined: int
    unanswered: int
    clashes: list[Clash]


class LoadResponse(ResponseModel):
    """The load of everybody who may be seen, those without a window included. Rows of officers do not add up to those
    of teams: two officers may be tasked with one window, and a team's windows may name nobody."""

    from_at: Time
    to_at: Time
    by: LoadBy
    generated_at: Time
    rows: list[LoadRow]
