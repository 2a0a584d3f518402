"""When two uploads say the same: a hash over what was validated, not over how it was spelt.

Key order, white space, `Z` or `+00:00`, `1` or `1.0`, gzip or not: all the same content. Fields not sent are left out,
and so are nulls, which say no more: a new optional field does not turn an old phone's retry into a conflict. The schema
version is in. Who captured it is a column of its own and left out here, so that an officer's phone and a colleague's
say the same.
"""

import hashlib

from app.rest.wire import RequestModel


def content_hash(kind: str, version: int, content: RequestModel) -> bytes:
    """SHA-256 of a validated request: 32 bytes. `kind` and `version` name the schema it was validated by."""
    return packed_hash(
        kind,
        version,
        content.model_dump_json(exclude_unset=True, exclude_none=True, exclude={"captured_by"}).encode(),
    )


def packed_hash(kind: str, version: int, *parts: bytes) -> bytes:
    """SHA-256 over parts, each with its length before it, so that moving a byte between parts changes the hash."""
    digest = hashlib.sha256(f"{kind}/{version}\n".encode())
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
