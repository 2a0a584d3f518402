"""Signed checkpoints: how long the chain is and how it ends, written where the database's keeper does not reach.

A chain alone cannot tell that its end was cut off, or that all of it was written anew. A checkpoint that was signed and
taken away can: whoever holds the database must hold the key and the file of checkpoints too to rewrite the past.
"""

import base64
import binascii
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from app.audit.chain import Seal, canonical
from app.clock import rfc3339

_SIGNED = b"beatcheck audit checkpoint 1\n"
_OWNER_ONLY = 0o600
_LONGEST_LINE = 4096


class KeyUnusable(Exception):
    """A key file that is missing, unreadable or no Ed25519 key; the message says which, never what is in it."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says: which log, its newest seal and that seal's hash, the events sealed so far, when."""

    log: str
    seal: int
    head: str
    events: int
    at: str

    def signed_bytes(self) -> bytes:
        said = {name: getattr(self, name) for name in Checkpoint.__slots__}
        return _SIGNED + canonical(said)


def checkpoint_of(log: bytes, head: Seal, now: datetime) -> Checkpoint:
    return Checkpoint(log.hex(), head.number, head.seal_hash.hex(), head.total, rfc3339(now))


def line_of(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """A checkpoint as one line of JSON with its signature, without the line break."""
    signature = base64.b64encode(key.sign(checkpoint.signed_bytes())).decode()
    said = {name: getattr(checkpoint, name) for name in Checkpoint.__slots__}
    return canonical({**said, "signature": signature}).decode()


def read_line(line: str) -> tuple[Checkpoint, bytes] | None:
    """The checkpoint of a line and its signature; None when it is none, such as a line that was cut short."""
    try:
        found = json.loads(line)
        checkpoint = Checkpoint(
            str(found["log"]), int(found["seal"]), str(found["head"]), int(found["events"]), str(found["at"])
        )
        return checkpoint, base64.b64decode(found["signature"], validate=True)
    except (ValueError, TypeError, KeyError, binascii.Error):
        return None


def is_genuine(checkpoint: Checkpoint, signature: bytes, key: Ed25519PublicKey) -> bool:
    """Whether this key signed exactly this."""
    try:
        key.verify(signature, checkpoint.signed_bytes())
    except InvalidSignature:
        return False
    return True


def lines_of(path: Path) -> Iterator[str]:
    """The lines of a file of checkpoints, one after the other; OSError when it cannot be read."""
    with path.open(encoding="utf-8", errors="replace") as file:
        while line := file.readline(_LONGEST_LINE):
            if line.strip():
                yield line


def append(path: Path, line: str) -> None:
    """Adds a line and waits until it is safe; OSError when it cannot be.

    One write at the file's end, so that several processes never mix their lines. A line that was cut short by a crash
    is ended first.
    """
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        size = os.fstat(handle).st_size
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        data = (b"\n" if torn else b"") + line.encode() + b"\n"
        if os.write(handle, data) != len(data):
            raise OSError("the line was not written whole")
        os.fsync(handle)
    finally:
        os.close(handle)


def make_key(private: Path, public: Path) -> None:
    """Writes a new key pair as PEM, the private one for its owner only. FileExistsError rather than overwriting one."""
    key = Ed25519PrivateKey.generate()
    if public.exists():
        raise FileExistsError(str(public))
    handle = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(handle, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def read_private_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise KeyUnusable(f"the audit key cannot be read ({type(error).__name__})") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable("the audit key is no Ed25519 key")
    return key


def read_public_key(path: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise KeyUnusable(f"the public key cannot be read ({type(error).__name__})") from None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable("the public key is no Ed25519 key")
    return key
