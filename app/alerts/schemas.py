"""Alerts on the wire: what needs somebody, in plain words; digests by team; the rules."""

from datetime import date
from uuid import UUID

from pydantic import Field

from app.alerts.rules import AlertKind, Applies, Clearing
from app.database.types import safe_text
from app.rest.wire import RequestModel, ResponseModel, Time


class AcknowledgementRequest(RequestModel):
    """«Seen, dealing with it.» The note is read by everybody who sees the alert, its officer included."""

    note: safe_text(500, 1) | None = None  # type: ignore[valid-type]  # a type made by a function


class AcknowledgementResponse(ResponseModel):
    """Who said they deal with it, and when."""

    id: UUID
    by: str
    at: Time
    note: str | None


class AlertResponse(ResponseModel):
    """One thing that needs somebody. It names a window, a patrol or a feed, each read under its own rules, and nobody.

    `message` is one plain sentence, to the officer when it is `yours` to mend.
    """

    id: UUID
    kind: AlertKind
    kind_label: str
    message: str
    yours: bool
    open: bool
    window_id: UUID | None
    patrol_id: UUID | None
    feed_id: UUID | None
    team_id: UUID | None
    team_code: str | None
    area_id: UUID | None
    raised_at: Time
    cleared_at: Time | None
    cleared_because: Clearing | None
    cleared_label: str | None
    acknowledgements: list[AcknowledgementResponse]


class AlertPage(ResponseModel):
    items: list[AlertResponse]
    next_cursor: str | None


class KindCount(ResponseModel):
    kind: AlertKind
    kind_label: str
    alerts: int


class DigestLine(ResponseModel):
    """An open alert of a digest."""

    id: UUID
    kind: AlertKind
    kind_label: str
    message: str
    window_id: UUID | None
    patrol_id: UUID | None
    feed_id: UUID | None
    acknowledged: bool


class TeamDigest(ResponseModel):
    """What is open for one team, by kind; `items` the worst first, for its supervisors. Commanders have counts."""

    team_id: UUID | None
    team_code: str | None
    team_name: str | None
    open: int
    acknowledged: int
    new_since: int
    cleared_since: int
    by_kind: list[KindCount]
    items: list[DigestLine]
    items_left_out: int


class AlertDigest(ResponseModel):
    """Ask the next one with `since` = `generated_at`."""

    generated_at: Time
    since: Time
    teams: list[TeamDigest]


class AlertRuleResponse(ResponseModel):
    """When a kind is raised, and for how long it is its officer's alone."""

    kind: AlertKind
    kind_label: str
    applies: Applies
    after_minutes: int
    escalates_minutes: int
    valid_from: date | None = Field(description="Null for the built-in rule, which holds before all others.")
    in_force: bool = Field(description="Whether it holds today.")


class AlertRuleList(ResponseModel):
    """Kind by kind, oldest first."""

    items: list[AlertRuleResponse]
