"""What stands in a backup's manifest, and whether a manifest is one of ours, whole, and fit for this version.

The manifest is written in one spelling and seals itself: any byte changed in it shows. What it says of the data file
(its size, its SHA-256, rows and digest of each table) is held against the file before anything is restored.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

PRODUCT = "beatcheck"
FORMAT = 1
T = TypeVar("T")


class ManifestRefused(Exception):
    """The manifest is not one to restore by; the message says why in plain words."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A backup in figures. `tables` is name to (rows, digest); `seal_head` the last seal of the audit log, if any."""

    product_version: str
    schema_revision: str
    database: str
    started_at: str
    finished_at: str
    data_file: str
    data_bytes: int
    data_sha256: str
    tables: Mapping[str, tuple[int, str]]
    seal_head: Mapping[str, str] | None = None


def written(manifest: Manifest) -> bytes:
    """The manifest as it is stored: JSON with a hash over all the rest of it."""
    content: dict[str, Any] = {
        "product": PRODUCT,
        "format": FORMAT,
        "product_version": manifest.product_version,
        "schema_revision": manifest.schema_revision,
        "database": manifest.database,
        "started_at": manifest.started_at,
        "finished_at": manifest.finished_at,
        "data_file": manifest.data_file,
        "data_bytes": manifest.data_bytes,
        "data_sha256": manifest.data_sha256,
        "tables": {name: list(table) for name, table in sorted(manifest.tables.items())},
        "seal_head": None if manifest.seal_head is None else dict(manifest.seal_head),
    }
    return _spelled({**content, "manifest_sha256": _seal(content)})


def _spelled(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, indent=1, sort_keys=True).encode() + b"\n"


def _seal(content: Mapping[str, object]) -> str:
    return hashlib.sha256(_spelled(content)).hexdigest()


def read(raw: bytes) -> Manifest:
    """Reads `written`'s bytes. Raises ManifestRefused for anything else, one byte changed included."""
    damaged = ManifestRefused("the manifest is damaged")
    try:
        content = json.loads(raw)
    except ValueError:
        raise damaged from None
    if not isinstance(content, dict) or content.get("product") != PRODUCT:
        raise ManifestRefused("this is not a backup of Beatcheck")
    seal = content.pop("manifest_sha256", None)
    if seal != _seal(content) or raw != _spelled({**content, "manifest_sha256": seal}):
        raise damaged
    if content.get("format") != FORMAT:
        raise ManifestRefused(
            "the backup is of a format that this version does not know: restore it with a newer one"
        )
    try:
        return Manifest(
            product_version=_of(content, "product_version", str),
            schema_revision=_of(content, "schema_revision", str),
            database=_of(content, "database", str),
            started_at=_of(content, "started_at", str),
            finished_at=_of(content, "finished_at", str),
            data_file=_of(content, "data_file", str),
            data_bytes=_of(content, "data_bytes", int),
            data_sha256=_of(content, "data_sha256", str),
            tables={name: (int(rows), str(digest)) for name, (rows, digest) in content["tables"].items()},
            seal_head=content["seal_head"],
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise damaged from None


def _of(content: Mapping[str, object], name: str, kind: type[T]) -> T:
    value = content[name]
    if not isinstance(value, kind):
        raise TypeError(name)
    return value


def refusal(manifest: Manifest, database: str, known_revisions: Collection[str]) -> str | None:
    """Why a backup may not go into a database of this kind, by this version; None when it may.

    A schema revision that this version does not know is a newer one: rows would be read by rules that are not theirs.
    """
    if manifest.database != database:
        return f"the backup is of {manifest.database} and does not go into {database}"
    if manifest.schema_revision not in known_revisions:
        return (
            f"the backup's schema ({manifest.schema_revision}, written by version {manifest.product_version}) is not "
            "one this version knows: restore it with the version that made it, or a newer one"
        )
    return None


def differences(wanted: Mapping[str, tuple[int, str]], found: Mapping[str, tuple[int, str]]) -> list[str]:
    """The tables in which what was found is not what the manifest says, in words; empty when all is as it was.

    `differences({"a": (2, "x")}, {"a": (1, "y")})` is `["a: 1 rows instead of 2"]`.
    """
    told = []
    for name in sorted({*wanted, *found}):
        if name not in found:
            told.append(f"{name}: missing")
        elif name not in wanted:
            told.append(f"{name}: not in the backup")
        elif wanted[name][0] != found[name][0]:
            told.append(f"{name}: {found[name][0]} rows instead of {wanted[name][0]}")
        elif wanted[name] != found[name]:
            told.append(f"{name}: other content")
    return told


def folder_name(at: datetime) -> str:
    """What a backup of an instant is called where nobody names it: `beatcheck-20260302T190000Z`."""
    return f"{PRODUCT}-{at:%Y%m%dT%H%M%SZ}"
