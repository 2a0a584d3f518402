"""Reads JSON in which a text was cut within a character, as systems do that keep so many characters or bytes of what
somebody wrote. Pure.

A strict reader refuses the whole document: one text, of a field that nobody here takes, would stop a feed for good.
"""

import re
from typing import TypeVar

from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)
# A whole pair, half a pair, or any other escape: so that a backslash that is itself escaped begins nothing.
_ESCAPES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
    re.DOTALL,
)


def read_document(model: type[M], raw: bytes) -> M:
    """What a document says; half a character stands as U+FFFD. Raises ValidationError.

    >>> class One(BaseModel):
    ...     text: str
    >>> [read_document(One, raw).text for raw in (rb'{"text": "caf\\ud83d"}', b'{"text": "caf\\xe9"}')]
    ['caf\ufffd', 'caf\ufffd']
    """
    try:
        return model.model_validate_json(raw)
    except ValidationError:
        mended = without_halves(raw)
        if mended == raw:
            raise
        return model.model_validate_json(mended)


def without_halves(raw: bytes) -> bytes:
    r"""A document with U+FFFD for each half of a character, whether by its bytes or by an escape.

    >>> without_halves(rb'["\ud83d\ude00", "\ud83d", "\\ud83d"]')
    b'["\\ud83d\\ude00", "\\ufffd", "\\\\ud83d"]'
    """
    text = raw.decode("utf-8", "replace").encode()
    return _ESCAPES.sub(lambda found: rb"\ufffd" if found["half"] else found[0], text)
