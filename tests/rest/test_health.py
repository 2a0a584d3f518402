"""Ready means that people can sign in and what they send lasts; alive means no more than that the process answers."""

from time import monotonic

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Profile, Settings
from demo.issuer import create_issuer
from demo.signing import new_key
from tests.conftest import ISSUER, TRUSTED, Clock


class Provider(httpx.AsyncBaseTransport):
    """An identity provider that can be out of reach."""

    def __init__(self, clock: Clock) -> None:
        self.inner = httpx.ASGITransport(app=create_issuer(ISSUER, [], key=new_key(), now=clock))
        self.reachable = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not self.reachable:
            raise httpx.ConnectError("out of reach")
        return await self.inner.handle_async_request(request)


def test_a_worker_nobody_can_sign_in_to_is_not_ready_and_becomes_so_by_itself(
    force_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.identity.issuer_keys.FIRST_FETCH_RETRY_SECONDS", 0.0)
    settings = Settings(
        profile=Profile.DEVELOPMENT,
        database_url=force_url,
        trusted_issuers=(TRUSTED,),
        allowed_hosts=("testserver",),
        tick_seconds=0,
        seal_seconds=0,
    )
    provider = Provider(clock)
    http = httpx.AsyncClient(transport=provider)
    with TestClient(create_app(settings, now=clock, http=http)) as client:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert answer.json()["reasons"] == [f"no signing key of {ISSUER} is held: nobody of it can sign in"]
        assert client.get("/livez").status_code == 200
        provider.reachable = True
        end = monotonic() + 10
        while client.get("/readyz").status_code != 200:
            assert monotonic() < end, "still not ready"
