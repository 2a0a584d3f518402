"""Who asks for which hours: what the queries of the ledger have in common. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.identity.permissions import Caller
from app.returns.counting import ALL, Rule
from app.returns.periods import Span


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for the hours of which days, by which rule. An area is asked for with all `below` it, or by itself.
    `said` are names of the ledger with what rows must say there, None for nothing; `visible_only` leaves out uniform
    states that the rule does not count."""

    caller: Caller
    today: date
    now: datetime
    span: Span
    rule: Rule = ALL
    area_id: UUID | None = None
    team_id: UUID | None = None
    hotspot_id: UUID | None = None
    channel: str | None = None
    below: bool = True
    said: tuple[tuple[str, str | None], ...] = ()
    visible_only: bool = False
