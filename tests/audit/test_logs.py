"""Log lines hold no person, place, token or text that somebody sent: canaries in everything, and none comes out."""

import json
import re

import pytest

from app.log import configure_logging
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import batch, batch_path, check_in, patrol_path
from tests.rest.test_transactions import let_commits_fail

CANARY = "kestrel7391"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
KNOWN_FIELDS = {"request_id", "method", "route", "status", "milliseconds", "event", "level", "timestamp",
                "reason", "error", "place", "issuer", "kid"}  # fmt: skip


def everything(api: Api) -> tuple[list[int], set[str]]:
    """A story with canaries in every header, body, query, path and token; the answers' statuses and request ids."""
    headers = dict.fromkeys(
        ("User-Agent", "Sent-At", "X-Forwarded-For", "X-Request-Id", "Cookie", "Referer", "If-Match"), CANARY
    )
    answers = [
        api.put("4101", patrol_path(), check_in(operation=CANARY, cost_code=CANARY), **headers),
        api.put("4101", patrol_path(), check_in(operation=f"{CANARY}2"), **headers),
        api.put("4101", patrol_path("x"), {CANARY: CANARY}, **headers),
        api.put("4101", batch_path("b"), {**batch(0, 0, 5), "fixes": [{CANARY: CANARY}]}, **headers),
        api.put("4102", patrol_path(), check_in(None), **headers),
        api.put("4101", f"{patrol_path()}/check-out", {"checked_out_at": "2026-03-02T19:30:00Z"}, **headers),
        api.get("4111", patrol_path()),
        api.get("4111", f"{patrol_path()}/assessment"),
        api.get("4112", patrol_path()),
        api.get("4132", patrol_path()),
        api.get("4101", f"/v1/patrols/{CANARY}"),
        api.get("4101", f"/{CANARY}", canary=CANARY),
        api.get("4101", "/v1/patrols", cursor=CANARY),
        api.get("4101", "/v1/patrols", **{CANARY: CANARY}),
        api.get(CANARY, "/v1/me"),
        api.client.get("/v1/me", headers={"Authorization": f"Bearer {CANARY}.{CANARY}.{CANARY}"}),
        api.client.get("/v1/me", headers={"Host": CANARY}),
        api.client.put(
            patrol_path(),
            content=CANARY,
            headers=api.as_officer("4101", **{"Content-Type": "application/json"}),
        ),
    ]
    let_commits_fail(api.url, "patrols")
    answers.append(api.put("4101", patrol_path("failing"), check_in(None, operation=CANARY), **headers))
    return [answer.status_code for answer in answers], {answer.headers["Request-Id"] for answer in answers}


def test_no_canary_comes_out(api: Api, capfd: pytest.CaptureFixture[str]) -> None:
    configure_logging(
        "DEBUG"
    )  # at its most talkative, onto the standard error that is caught while the test runs
    statuses, request_ids = everything(api)
    assert statuses == [
        201,
        409,
        422,
        201,
        409,
        201,
        200,
        200,
        404,
        403,
        422,
        404,
        422,
        422,
        401,
        401,
        400,
        400,
        500,
    ]
    last = api.client.get("/livez")  # a line is written after its answer: the next call comes after it
    out, err = capfd.readouterr()
    assert out == ""
    assert CANARY not in err
    for secret in (
        "4101",
        "4111",
        "demo|",
        "eyJ",
        "Bearer",
        str(named("patrol-1")),
        "52.48",
        "-1.89",
        "sqlite",
        "INSERT",
    ):
        assert secret not in err, secret
    assert set(UUID.findall(err)) - {last.headers["Request-Id"]} == request_ids
    lines = [json.loads(line) for line in err.splitlines()]
    assert request_ids <= {line.get("request_id") for line in lines if line["event"] == "request"}
    for line in lines:
        assert set(line) <= KNOWN_FIELDS, line
        if "route" in line:
            assert line["route"] == "unrouted" or line["route"].startswith(("/v1/", "/livez")), line
    assert [line["error"] for line in lines if line["event"] == "unexpected"] == ["IntegrityError"]
