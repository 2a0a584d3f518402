"""When a fact was sent, by the server's clock and by the phone's: the difference tells how wrong a phone's clock is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from app.rest.endpoint import header
from app.rest.transactions import now_of
from app.rest.wire import parse_instant

_SENT_AT = "Sent-At"


@dataclass(frozen=True, slots=True)
class Sent:
    """How a request reached us: the server's clock, and the phone's from the Sent-At header."""

    now: datetime
    sent_at: datetime | None


async def _sent(request: Request) -> Sent:
    now = await now_of(request)
    sent_at = request.headers.get(_SENT_AT)
    if sent_at is None:
        return Sent(now, None)
    try:
        return Sent(now, parse_instant(sent_at))
    except ValueError:
        # A fact is not refused for its phone's clock; without a readable one there is no skew to tell.
        return Sent(now, None)


_sent.header = header(_SENT_AT, "The phone's clock when sending.")  # type: ignore[attr-defined]  # read by rest.openapi
SentDep = Annotated[Sent, Depends(_sent)]
