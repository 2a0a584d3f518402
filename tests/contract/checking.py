"""Holds every answer against the published description: status declared, format declared, content as its schema says.

The `api` fixture hands each answer of the whole suite through here, so that a test of anything is a test of the
contract as well.
"""

import json
import re
from functools import cache
from typing import Any
from uuid import UUID

import httpx2 as httpx
import jsonschema_rs

from app.rest import pages
from app.rest.problem_documents import MEDIA_TYPE
from tests.house.layout import ROOT

Json = dict[str, Any]
METHODS = ("get", "put", "post", "patch", "delete")
PUBLISHED = "urn:beatcheck:published"
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
}
# A page has its styles in it, and nothing else.
SAFE_PAGE = {"Content-Security-Policy": pages.POLICY}
REUSABLE = {"private, no-cache"}


@cache
def published() -> Json:
    """The description as it is published; `tests/house` holds it against the code, which takes seconds to say it."""
    found: Json = json.loads((ROOT / "openapi" / "openapi.json").read_text())
    return found


@cache
def operations() -> tuple[tuple[str, str, Json], ...]:
    """Every published operation: method, path template, operation."""
    return tuple(
        (method.upper(), path, operation)
        for path, item in published()["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    )


@cache
def _templates() -> list[tuple[re.Pattern[str], str]]:
    # Fixed parts before parameters, as the router has them.
    paths = sorted(published()["paths"], key=lambda path: [part.startswith("{") for part in path.split("/")])
    return [(re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), path) for path in paths]


def template_of(path: str) -> str | None:
    """The published path an address belongs to."""
    return next((template for pattern, template in _templates() if pattern.fullmatch(path)), None)


@cache
def _read_once() -> jsonschema_rs.Registry:
    """The description as its schemas refer to each other; reading it again for each of them takes a hundred times as
    long."""
    whole = {name: published()[name] for name in ("components", "paths")}
    return jsonschema_rs.Registry([(PUBLISHED, whole)], draft=jsonschema_rs.Draft202012)


@cache
def _validator(pointer: str) -> jsonschema_rs.Draft202012Validator:
    schema = {"$ref": f"{PUBLISHED}#{pointer}"}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True, registry=_read_once())


def _valid(pointer: str, content: object, where: str) -> None:
    faults = [
        f"{error.message} at {error.instance_path}" for error in _validator(pointer).iter_errors(content)
    ]
    assert not faults, f"{where}: {faults[0]}"


def is_problem(answer: httpx.Response) -> Json:
    """The RFC 9457 document of an answer; fails when it is anything else."""
    where = f"{answer.request.method} {answer.request.url.path} {answer.status_code}"
    assert answer.headers.get("content-type") == MEDIA_TYPE, f"{where}: {answer.headers.get('content-type')}"
    if answer.request.method == "HEAD":
        return {}
    content: Json = answer.json()
    _valid("/components/schemas/ProblemDocument", content, where)
    assert content["status"] == answer.status_code, where
    assert content["type"] == f"/problems/{content['code']}", where
    assert content["instance"] == f"urn:uuid:{answer.headers['Request-Id']}", where
    return content


def _safe_headers(answer: httpx.Response, where: str) -> None:
    html = answer.headers.get("content-type", "").startswith("text/html")
    page = html and answer.request.url.path.startswith("/v1/")
    for name, value in {**SAFE_HEADERS, **(SAFE_PAGE if page else {})}.items():
        assert answer.headers.get(name) == value, f"{where}: {name}"
    UUID(answer.headers["Request-Id"])
    assert "Server" not in answer.headers, where
    cached = answer.headers["Cache-Control"]
    assert cached == "no-store" or (cached in REUSABLE and answer.status_code in (200, 304)), (
        f"{where}: {cached}"
    )


def _declared(answer: httpx.Response, template: str, where: str) -> str | None:
    responses = published()["paths"][template][answer.request.method.lower()]["responses"]
    status = str(answer.status_code)
    key = next((key for key in (status, f"{status[0]}XX") if key in responses), None)
    assert key is not None, f"{where}: status not declared"
    content = responses[key].get("content")
    if not content:
        assert not answer.content or answer.status_code >= 400, f"{where}: content not declared"
        return None
    media = answer.headers["content-type"].partition(";")[0]
    assert media in content, f"{where}: {media} not declared, only {sorted(content)}"
    if "schema" not in content[media]:
        return None
    place = [
        "paths", template, answer.request.method.lower(), "responses", key, "content", media, "schema",
    ]  # fmt: skip
    return "".join(
        "/" + part.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
        for part in place
    )


def check_answer(answer: httpx.Response) -> None:
    """Fails unless the answer is one that the description promises."""
    answer.read()
    method, path = answer.request.method, answer.request.url.path
    where = f"{method} {path} {answer.status_code}"
    _safe_headers(answer, where)
    template = template_of(path)
    if path == "/openapi.json":
        return
    if template is None or method.lower() not in published()["paths"][template]:
        assert answer.status_code in (400, 404, 405), f"{where}: an address that is not published"
        is_problem(answer)
        return
    pointer = _declared(answer, template, where)
    if answer.status_code >= 400 and not (template == "/readyz" and answer.status_code == 503):
        is_problem(answer)
    elif pointer is not None and answer.headers["content-type"].partition(";")[0].endswith("json"):
        _valid(pointer, json.loads(answer.content), where)
