"""Reads a request body: bounded, inflated, JSON once, then straight into the strict wire model.

`body(Model)` is the one way a body comes in. Strict models as ordinary FastAPI bodies would refuse UUID and date
strings, so the raw bytes go to pydantic; jiter looks first, because a key given twice must not silently win.
"""

import zlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import jiter
from fastapi import Request
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from app.problems import INVALID, MALFORMED, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, FieldError, Problem
from app.rest.wire import RequestModel

_MAX_ERRORS = 50
# Every unknown key is an error of its own, and 450,000 of them took six seconds. Colons are an upper bound for keys
# that costs nothing to count; a thousand full fixes hold eleven thousand.
MAX_COLONS = 20_000
M = TypeVar("M", bound=RequestModel)


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """Bytes as sent and as inflated; the ratio between the two is bounded too, so that a bomb costs little."""

    sent: int
    decoded: int
    ratio: int = 100


async def read_json(request: Request, *, bare_nan: bool = False, most_colons: int = MAX_COLONS) -> bytes:
    """The body's bytes, inflated and known to be one JSON document without duplicate keys.

    `bare_nan` lets the words NaN and Infinity through to a model that refuses them one by one. `most_colons` is how
    many keys, as good as, the body may hold.
    """
    limits: BodyLimits = request.app.state.body_limits
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Problem(UNSUPPORTED_MEDIA_TYPE, "Send Content-Type: application/json.")
    raw = await read_bytes(request, limits)
    if raw.count(b":") > most_colons:
        raise Problem(TOO_LARGE, f"A body may hold {most_colons} keys; a colon in a text counts as one.")
    try:
        jiter.from_json(raw, catch_duplicate_keys=True, allow_inf_nan=bare_nan, cache_mode="keys")
    except ValueError as error:
        raise Problem(MALFORMED, f"Not one well-formed JSON document: {_without_input(error)}.") from None
    return raw


async def read_bytes(request: Request, limits: BodyLimits) -> bytes:
    """The body's bytes, inflated when gzip; 413 beyond a limit, 415 for another encoding, 400 when damaged."""
    encodings = request.headers.getlist("content-encoding")
    encoding = ",".join(encodings).strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise Problem(UNSUPPORTED_MEDIA_TYPE, "Content-Encoding may be gzip or absent, once.")
    raw = await _sent(request, limits.sent)
    return inflate(raw, limits) if encoding == "gzip" else raw


async def _sent(request: Request, allowed: int) -> bytes:
    # Not the framework's own limit: that one answers in plain text when nobody has read the body.
    too_large = Problem(TOO_LARGE, f"A body may have {allowed} bytes as sent.")
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and (len(told) > 15 or int(told) > allowed):
        raise too_large
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > allowed:
            raise too_large
        pieces.append(piece)
    return b"".join(pieces)


def inflate(raw: bytes, limits: BodyLimits) -> bytes:
    """Inflates gzip (several members allowed) and stops at the limits instead of filling the memory."""
    allowed = min(limits.decoded, max(len(raw) * limits.ratio, 1024))
    pieces: list[bytes] = []
    size = 0
    rest = raw
    while rest:
        member = zlib.decompressobj(wbits=31)
        try:
            piece = member.decompress(rest, allowed - size + 1)
        except zlib.error:
            raise Problem(MALFORMED, "The gzip body is damaged.") from None
        size += len(piece)
        if size > allowed:
            raise Problem(
                TOO_LARGE,
                f"A body may inflate to {limits.decoded} bytes and to {limits.ratio} times its size as sent.",
            )
        if not member.eof:
            raise Problem(MALFORMED, "The gzip body is cut short.")
        pieces.append(piece)
        rest = member.unused_data
    return b"".join(pieces)


def _without_input(error: ValueError) -> str:
    # jiter quotes the duplicate key; keys may hold anything a caller typed, so only the place is told.
    text = str(error)
    if "duplicate key" in text:
        return "a key stands twice" + text[text.rfind(" at line") :]
    return text


@cache
def adapter(model: type[RequestModel]) -> TypeAdapter[RequestModel]:
    return TypeAdapter(model)


def field_errors(errors: list[ErrorDetails], prefix: tuple[str | int, ...] = ()) -> list[FieldError]:
    """Pydantic's findings as pointers, codes and plain words, without the input."""
    found = []
    for error in errors[:_MAX_ERRORS]:
        place = prefix + tuple(error["loc"])
        pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)
        if error["type"] == "extra_forbidden":
            # The last part is the caller's own key: say where, not what.
            pointer = pointer.rpartition("/")[0]
            detail = "holds a field we do not know"
        elif error["type"] == "union_tag_invalid":
            # Pydantic quotes the tag that was sent.
            detail = f"must name one of {error['ctx']['expected_tags']}"
        else:
            detail = error["msg"].removeprefix("Value error, ")
        found.append(FieldError(pointer, error["type"], detail))
    return found


def body(model: type[M]) -> Callable[[Request], Coroutine[Any, Any, M]]:
    """The dependency that reads `model`: 400 malformed, 413 too large, 415 another format, 422 invalid."""

    async def read(request: Request) -> M:
        raw = await read_json(request)
        try:
            value = adapter(model).validate_json(raw)
        except ValidationError as error:
            raise Problem(
                INVALID,
                "Some values are not valid.",
                field_errors(error.errors(include_input=False, include_url=False)),
            ) from None
        assert isinstance(value, model)  # noqa: S101 - the adapter is made from the model
        return value

    read.body_model = model  # type: ignore[attr-defined]  # read by rest.openapi
    return read
