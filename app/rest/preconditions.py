"""Conditions a request puts: «change it only if it is still what I read», «send it only if it is new to me».

A thing that is edited has its revision as a strong ETag, `"3"`; an answer that may be reused has a hash of its bytes.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request, Response

from app.problems import INVALID, PRECONDITION_FAILED, PRECONDITION_REQUIRED, FieldError, Problem
from app.rest.endpoint import header

_IF_MATCH = "If-Match"
IfNoneMatch = Annotated[
    str | None, Header(alias="If-None-Match", max_length=1000, description="The ETag of what is held.")
]
_REVISION = re.compile(r'"([1-9][0-9]{0,8})"', re.ASCII)
_PRIVATE = "private, no-cache"


async def _if_match(request: Request) -> str | None:
    return request.headers.get(_IF_MATCH)


_if_match.header = header(_IF_MATCH, "The ETag of what is changed.", 100)  # type: ignore[attr-defined]  # for rest.openapi
IfMatch = Annotated[str | None, Depends(_if_match)]


@dataclass(frozen=True, slots=True)
class Tagged:
    """An answer's bytes and their ETag; `content` is None when the caller holds them already."""

    etag: str
    content: bytes | None


def revision_etag(revision: int) -> str:
    """The ETag of a revision: `"3"` with its quotes."""
    return f'"{revision}"'


def expected_revision(if_match: str | None) -> int | None:
    """The revision a caller means to change; None when they named none. 422 for what is no ETag of ours."""
    if if_match is None:
        return None
    found = _REVISION.fullmatch(if_match.strip())
    if found is None:
        fault = FieldError(f"#header/{_IF_MATCH}", "etag", 'must be one ETag we gave, such as "3"')
        raise Problem(INVALID, "Some values are not valid.", [fault])
    return int(found[1])


def require_revision(expected: int | None, current: int) -> None:
    """Passes when the caller means the current revision: 428 when they name none, 412 when it is another."""
    if expected is None:
        raise Problem(PRECONDITION_REQUIRED, "Send If-Match with the ETag you read.")
    if expected != current:
        raise Problem(PRECONDITION_FAILED, "It has changed since you read it. Read it again, then decide.")


def tagged(content: bytes, if_none_match: str | None) -> Tagged:
    """The answer with its strong ETag, without content when the caller's `If-None-Match` names it."""
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    return Tagged(etag, None if _holds(if_none_match, etag) else content)


def conditional(answer: Tagged) -> Response:
    """200 with the bytes, or 304; kept by the caller's own device only, and asked about each time."""
    headers = {"ETag": answer.etag, "Cache-Control": _PRIVATE, "Vary": "Authorization"}
    if answer.content is None:
        return Response(status_code=304, headers=headers)
    return Response(answer.content, media_type="application/json", headers=headers)


def _holds(if_none_match: str | None, etag: str) -> bool:
    # Weak comparison, as RFC 9110 13.1.2 asks: a proxy that compresses marks our tags `W/`.
    if if_none_match is None:
        return False
    given = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return etag in given or given == ["*"]
