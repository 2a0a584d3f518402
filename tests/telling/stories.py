"""What stories about telling share: an administrator who sets things up, and rounds that deliver."""

from typing import Any
from uuid import uuid4

import httpx2 as httpx
from sqlalchemy import Engine

from app.outbox.dispatching import Chance, Round, dispatch
from app.settings import Settings
from app.telling.channels import handlers
from tests.conftest import Api, named
from tests.outbox.receiver import Receiver

ADMIN, PROGRAM = "4134", "4135"
KEY, OTHER_KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


def webhook(api: Api, name: str, receiver: Receiver, **other: Any) -> str:
    """Makes a webhook that leads to a receiver; its address in the API."""
    return made(api, name, channel="webhook", url=receiver.url, key=KEY, **other)


def made(api: Api, name: str, **body: Any) -> str:
    answer = destination(api, name, **body)
    assert answer.status_code == 201, answer.text
    return f"/v1/destinations/{named(name)}"


def destination(api: Api, name: str, **body: Any) -> httpx.Response:
    return api.put(ADMIN, f"/v1/destinations/{named(name)}", {"name": name, **body})


def subscribe(api: Api, name: str, topics: list[str], to: str | None = None, **other: Any) -> str:
    """Has a destination hear of topics in the whole force, unless told otherwise."""
    answer = subscription(api, name, topics, to, **other)
    assert answer.status_code == 201, answer.text
    return f"/v1/subscriptions/{named(name)}"


def subscription(
    api: Api, name: str, topics: list[str], to: str | None = None, **other: Any
) -> httpx.Response:
    body = {"area_id": str(named("FORCE")), "topics": topics, "valid_from": "2026-03-01", **other}
    if to is not None:
        body["destination_id"] = str(named(to))
    return api.put(ADMIN, f"/v1/subscriptions/{named(name)}", body)


def deliver(api: Api, **changed: Any) -> Round:
    """One round of the service's own, now; `changed` are settings. A chance of nought waits longest."""
    state = api.client.app.state  # type: ignore[attr-defined]  # the test client does not know its application's type
    engine: Engine = state.engine
    settings: Settings = state.settings.model_copy(update=changed)
    return dispatch(engine, handlers(engine, settings), api.clock, Chance(uuid4, lambda: 0.0))


def messages(api: Api, **query: Any) -> list[dict[str, Any]]:
    answer = api.get(ADMIN, "/v1/outbox", **query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])
