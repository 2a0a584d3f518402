"""The published description: valid, complete, and kept by the service whatever is thrown at it."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx2 as httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings, strategies as st
from hypothesis.errors import Unsatisfiable
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Profile, Settings, TrustedIssuer
from tests.conftest import Api, named
from tests.contract.checking import check_answer, operations, published
from tests.patrols.test_patrol_story import batch, batch_path, check_in, patrol_path
from tests.samples import KNOWN
from tests.test_bad_input import caller_for

CASES = 120  # of each kind and operation when the assurance is full
_NOT_SENT = {"authorization", "content-length", "host", "transfer-encoding", "connection"}


def test_the_description_is_valid_openapi() -> None:
    document = published()
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_every_operation_says_who_may_and_what_can_go_wrong() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names))
    for method, path, operation in operations():
        where = f"{method} {path}"
        assert operation["summary"], where
        assert {"4XX", "5XX"} <= set(operation["responses"]), where
        assert "422" not in operation["responses"], f"{where}: the framework's own error schema"
        assert ("security" in operation) is ("x-permission" in operation), where
        for media in operation.get("requestBody", {}).get("content", {}).values():
            assert media["schema"], where


def test_production_publishes_no_documents() -> None:
    issuer = TrustedIssuer(issuer="https://login.example.org", audiences=("beatcheck",))
    app = create_app(
        Settings(profile=Profile.PRODUCTION, trusted_issuers=(issuer,), allowed_hosts=("testserver",))
    )
    client = TestClient(app)  # not started: it answers without a database
    for path in ("/openapi.json", "/docs", "/redoc", "/docs/oauth2-redirect"):
        answer = client.get(path)
        check_answer(answer) if path != "/openapi.json" else None
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    development = TestClient(create_app(Settings(profile=Profile.DEVELOPMENT, allowed_hosts=("testserver",))))
    assert development.get("/openapi.json").json() == published()
    assert development.get("/docs").status_code == 404


def test_an_answer_that_breaks_the_contract_is_noticed(api: Api) -> None:
    """The checker must be able to fail."""
    api.put("4101", patrol_path(), check_in())
    good = api.get("4101", patrol_path())
    bad = {
        "another status": httpx.Response(299, headers=good.headers, content=good.content),
        "a field missing": httpx.Response(200, headers=good.headers, json={"id": str(named("patrol-1"))}),
        "a field more": httpx.Response(200, headers=good.headers, json={**good.json(), "name": "A. Person"}),
        "another format": httpx.Response(
            200, headers={**good.headers, "Content-Type": "text/html"}, text="<p>"
        ),
        "a plain refusal": httpx.Response(
            404, headers={**good.headers, "Content-Type": "text/plain"}, text="no"
        ),
        "cached": httpx.Response(404, headers={**good.headers, "Cache-Control": "max-age=60"}, json={}),
        "unsafe": httpx.Response(200, headers={"Content-Type": "application/json"}, content=good.content),
        "a banner": httpx.Response(200, headers={**good.headers, "Server": "uvicorn"}, content=good.content),
    }
    for answer in bad.values():
        answer.headers.pop("content-length", None)
        answer.request = good.request
    unnoticed = [what for what, answer in bad.items() if _passes(answer)]
    assert not unnoticed
    check_answer(good)


def _passes(answer: httpx.Response) -> bool:
    try:
        check_answer(answer)
    except AssertionError:
        return False
    return True


@pytest.fixture
def revocation_seconds() -> float:
    """Nobody's roles change here."""
    return 5


@pytest.fixture
def busy(api: Api) -> Api:
    """The service with a patrol that has been judged."""
    assert api.put("4101", patrol_path(), check_in()).status_code == 201
    api.clock.forward(minutes=60)
    assert api.put("4101", batch_path("b"), batch(0, 0, 20)).status_code == 201
    ended = {"checked_out_at": "2026-03-02T19:25:00Z"}
    assert api.put("4101", f"{patrol_path()}/check-out", ended).status_code == 201
    return api


def send(api: Api, case: schemathesis.Case[Any], known: bool) -> None:
    path = case.path
    for name, value in (case.path_parameters or {}).items():
        given = str(named(KNOWN[name])) if known and name in KNOWN else quote(str(value), safe="%")
        path = path.replace(f"{{{name}}}", given)
    headers = api.as_officer(caller_for(case.path))
    for name, value in (case.headers or {}).items():
        if (
            name.lower() not in _NOT_SENT
            and isinstance(value, str)
            and value.isascii()
            and value.isprintable()
        ):
            headers[name] = value
    content: bytes | None = None
    if not isinstance(case.body, schemathesis.core.NotSet):
        content = case.body if isinstance(case.body, bytes) else json.dumps(case.body).encode()
        headers["Content-Type"] = case.media_type or "application/json"
    query = {name: value for name, value in (case.query or {}).items() if value is not None}
    answer = api.client.request(case.method, path, params=query or None, content=content, headers=headers)
    assert answer.status_code < 500, f"{case.method} {path} {query} {content!r}: {answer.text}"


def test_whatever_is_sent_the_answer_keeps_the_contract(
    busy: Api, trials: Callable[[int], int], asked_before: bool
) -> None:
    """Good and bad requests made from the description itself; each answer is checked by the `api` fixture. On
    PostgreSQL, unless everything is asked for, of the reads every fourth."""
    schema = schemathesis.openapi.from_dict(published())
    cases = trials(CASES)
    if cases < CASES:
        cases //= 4 if asked_before else 3
    budget = settings(
        max_examples=cases,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    for number, (method, path, described) in enumerate(operations()):
        if asked_before and method == "GET" and number % 4:
            continue
        operation = schema[path][method]
        kinds = [operation.as_strategy()]
        if "requestBody" in described or described.get("parameters"):
            kinds.append(operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE))
        for kind in kinds:

            @seed(20260302)
            @budget
            @given(case=kind, known=st.booleans())
            def throw(case: schemathesis.Case[Any], known: bool) -> None:
                send(busy, case, known)

            try:
                throw()
            except Unsatisfiable:
                # Of an address whose only parameter is a free text, nothing wrong can be made.
                assert kind is not kinds[0], f"{method} {path}"
