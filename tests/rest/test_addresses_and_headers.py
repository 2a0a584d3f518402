"""Addresses, methods, hosts and headers that are not ours, over the whole API."""

from datetime import datetime

import httpx2 as httpx
import pytest

from tests.conftest import Api, named
from tests.contract.checking import operations
from tests.patrols.test_patrol_story import check_in, patrol_path
from tests.samples import BODIES
from tests.test_bad_input import CANARY, filled, refused


@pytest.mark.once  # refused before any SQL
def test_methods_addresses_and_hosts_that_are_not_ours(api: Api) -> None:
    headers = api.as_officer("4101")
    for _, path, _operation in operations():
        for method in ("HEAD", "OPTIONS", "PATCH", "DELETE", "TRACE", "CONNECT", "BREW"):
            answer = api.client.request(method, filled(path), headers=headers)
            assert answer.status_code == 405, f"{method} {path}: {answer.status_code}"
            assert answer.headers["Allow"]
        for wrong in (
            filled(path) + "/",
            filled(path) + "//",
            "/" + filled(path),
            f"{filled(path)}/x/y/{CANARY}",
        ):
            answer = api.client.request("GET", f"http://testserver{wrong}", headers=headers)
            assert answer.status_code == 404, f"{wrong}: {answer.status_code}"
            assert "Location" not in answer.headers
            refused(answer, wrong)
    for wrong in (
        "/",
        "/v1",
        "/docs",
        "/redoc",
        "/v1/%2e%2e/etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/%00",
        f"/{CANARY}",
    ):
        assert refused(api.client.get(wrong, headers=headers), wrong)["code"] == "not-found"
    for host in ("evil.example", "testserver.evil.example", "testserver@evil.example", "testserver/..", "",
                 "testserver:x",
                 "[::1", "testserver evil", f"{CANARY}.example"):  # fmt: skip
        answer = api.client.get("/v1/patrols", headers={**headers, "Host": host})
        assert refused(answer, host)["code"] == "malformed"
    both = httpx.Headers([("Host", "testserver"), ("Host", "evil.example"), *headers.items()])
    assert api.client.get("/v1/patrols", headers=both).status_code == 400
    assert api.client.get("/v1/me", headers={**headers, "Host": "TESTSERVER:8000"}).status_code == 200
    for probe in ("/livez", "/readyz"):
        assert api.client.get(probe, headers={"Host": "10.1.2.3:8000"}).status_code == 200


def test_headers_nobody_asked_for(api: Api) -> None:
    api.clock.forward(minutes=30)
    for sent_at in ("rubbish", CANARY, "", "1772445600", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
                    "2026-03-02T19:00:60Z", "9" * 9000):  # fmt: skip
        # A fact is not refused for its phone's clock: it is as if the header had not been sent.
        answer = api.put("4101", patrol_path(f"sent {sent_at}"), check_in(None), **{"Sent-At": sent_at})
        assert answer.status_code == 201, f"{sent_at}: {answer.text}"
        assert answer.json()["skew_seconds"] is None
        assert CANARY not in answer.text
    for sent_at in ("2099-12-31T23:59:59Z", "2000-01-01T00:00:00Z"):
        answer = api.put("4101", patrol_path(sent_at), check_in(None), **{"Sent-At": sent_at})
        assert answer.status_code == 201, answer.text
        skew = api.clock.at - datetime.fromisoformat(sent_at)
        assert answer.json()["skew_seconds"] == round(skew.total_seconds())
        assert api.get("4101", patrol_path(sent_at)).json() == answer.json()
    for name in (
        "If-Match",
        "If-None-Match",
        "Accept",
        "Range",
        "Cookie",
        "X-Forwarded-For",
        "X-Request-Id",
        "Expect",
        "Origin",
    ):
        for value in (CANARY, '"' * 50, "x" * 20_000, '"99999999999"', "*", 'W/"1"'):
            answer = api.client.get(
                "/v1/reference/patrol_statuses", headers=api.as_officer("4101", **{name: value})
            )
            assert answer.status_code < 500, f"{name}: {value[:50]}"
            assert CANARY not in answer.text + str(answer.headers)
            changed = api.client.put(
                f"/v1/tasking-windows/{named('WINDOW-1')}",
                json=BODIES["/v1/tasking-windows/{window_id}"],
                headers=api.as_officer("4131", **{name: value}),
            )
            refused(changed, f"{name}: {value[:50]}")
    for value in (
        "Basic eDp5",
        "Bearer",
        "Bearer ",
        "bearer a.b.c",
        f"Bearer {CANARY}",
        "Bearer " + "a" * 20_000,
        "Bearer é.é.é",
    ):
        answer = api.client.get("/v1/me", headers=[(b"Authorization", value.encode("latin-1"))])
        assert refused(answer, value[:40])["code"] == "not-authenticated"
    two = httpx.Headers(
        [("Authorization", f"Bearer {api.token('4101')}"), ("Authorization", f"Bearer {api.token('4111')}")]
    )
    assert api.client.get("/v1/me", headers=two).status_code == 401
