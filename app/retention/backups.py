"""Takes, checks and restores backups: a folder that holds one data file and the manifest that vouches for it.

A backup appears under its name only once it is complete. A restore checks everything it can before it writes, goes
into an empty place only, and leaves nothing behind when it fails.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, inspect

from app.audit.models import Action
from app.audit.service import changed
from app.clock import rfc3339
from app.database.copies import (
    Copied,
    copy_sqlite,
    database_kind,
    dump_postgres,
    empty_postgres,
    listed_in_dump,
    put_postgres,
    put_sqlite,
    read_sqlite,
    sqlite_file,
    sync,
    whats_at_postgres,
    whats_at_sqlite,
)
from app.database.session import reading, transaction
from app.facts.feed import renew
from app.facts.models import FeedState
from app.retention import queries
from app.retention.manifest import Manifest, ManifestRefused, differences, read, refusal, written

MANIFEST = "manifest.json"
_DATA = {"sqlite": "beatcheck.sqlite3", "postgresql": "beatcheck.pgdump"}
_CHUNK = 1 << 20
_LARGEST_MANIFEST = 1 << 20


class BackupRefused(Exception):
    """Nothing was done, and why; in plain words."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Hears how far the work has come: the step by name, and pages of so many where they can be counted."""

    told: Callable[[str], None]
    pages: Callable[[int, int], None]


def take(
    url: str, engine: Engine, target: Path, product_version: str, now: Callable[[], datetime], watch: Watch
) -> Manifest:
    """Takes a backup of the running service into `target`, a new folder. Every fact acknowledged before is in it.

    It is logged first: a copy of everything is a disclosure, and without a log there is none. Raises BackupRefused
    when `target` exists, CopyFailed when the database or its programs fail.
    """
    kind = database_kind(url)
    if target.parent.exists() and not target.parent.is_dir():
        raise BackupRefused(f"{target.parent} is not a folder")
    if target.exists():
        raise BackupRefused(f"{target} exists; a backup is a new folder")
    if kind == "sqlite" and not sqlite_file(url).is_file():
        raise BackupRefused(f"there is no database at {sqlite_file(url)}")
    partial = target.with_name(f"{target.name}.partial-{os.getpid()}")
    partial.mkdir(parents=True, mode=0o700)
    try:
        started_at = now()
        with transaction(engine) as session:
            changed(
                session, "backup:take", started_at, {}, actor_id=None, force_id=None, action=Action.DISCLOSE
            )
        with reading(engine) as session:
            head = queries.seal_head(session)
        data = partial / _DATA[kind]
        data.touch(mode=0o600)
        if kind == "sqlite":
            copied = copy_sqlite(sqlite_file(url), data, watch.pages, watch.told)
        else:
            copied = dump_postgres(url, data, watch.told)
        if copied.revision is None:
            raise BackupRefused("the database has no tables of Beatcheck: run beatcheck migrate")
        watch.told("hash")
        manifest = Manifest(
            product_version=product_version,
            schema_revision=copied.revision,
            database=kind,
            started_at=rfc3339(started_at),
            finished_at=rfc3339(now()),
            data_file=data.name,
            data_bytes=data.stat().st_size,
            data_sha256=_sha256(data),
            tables=_plain(copied),
            seal_head=head,
        )
        (partial / MANIFEST).write_bytes(written(manifest))
        sync(partial / MANIFEST)
        sync(partial)
        # A folder is renamed onto nothing, or an empty folder, but never onto what holds anything.
        partial.rename(target)
        sync(target.absolute().parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return manifest


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _plain(copied: Copied) -> dict[str, tuple[int, str]]:
    return {name: (table.rows, table.digest) for name, table in copied.tables.items()}


def check(source: Path, watch: Watch) -> Manifest:
    """Holds a backup against its manifest: size, hash, and what the data file says of itself.

    Raises BackupRefused when anything differs. It reads the whole backup and changes nothing.
    """
    try:
        raw = _manifest_bytes(source)
        manifest = read(raw)
    except ManifestRefused as refused:
        raise BackupRefused(str(refused)) from None
    if manifest.database not in _DATA or manifest.data_file != _DATA[manifest.database]:
        raise BackupRefused("the manifest is damaged")
    data = source / manifest.data_file
    if not data.is_file():
        raise BackupRefused(f"the backup's data file {manifest.data_file} is missing")
    if (size := data.stat().st_size) != manifest.data_bytes:
        raise BackupRefused(f"the data file has {size} bytes instead of {manifest.data_bytes}: it is damaged")
    watch.told("hash")
    if _sha256(data) != manifest.data_sha256:
        raise BackupRefused("the data file is not the one that was written: its SHA-256 differs")
    if manifest.database == "sqlite":
        _compare(manifest, read_sqlite(data, watch.told))
    else:
        listed_in_dump(data)
    return manifest


def _manifest_bytes(source: Path) -> bytes:
    path = source / MANIFEST
    try:
        if path.stat().st_size > _LARGEST_MANIFEST:
            raise BackupRefused("the manifest is damaged")
        return path.read_bytes()
    except OSError:
        raise BackupRefused(f"there is no backup at {source}: it has no {MANIFEST}") from None


def _compare(manifest: Manifest, copied: Copied) -> None:
    told = differences(manifest.tables, _plain(copied))
    if told:
        raise BackupRefused(f"the content is not what the manifest says: {'; '.join(told[:5])}")


def restore(url: str, source: Path, known_revisions: Collection[str], watch: Watch) -> Manifest:
    """Restores a backup into the empty place that `url` names.

    Raises BackupRefused, nothing changed, for a place that is not empty and for a backup that is damaged, foreign or
    of a newer schema; CopyFailed, nothing left behind, when the database fails.
    """
    kind = database_kind(url)
    in_the_way = whats_at_sqlite(sqlite_file(url)) if kind == "sqlite" else whats_at_postgres(url)
    if in_the_way is not None:
        raise BackupRefused(in_the_way)
    manifest = check(source, watch)
    unfit = refusal(manifest, kind, known_revisions)
    if unfit is not None:
        raise BackupRefused(unfit)
    data = source / manifest.data_file
    if kind == "sqlite":
        place = sqlite_file(url)
        put = put_sqlite(data, place)
        try:
            _compare(manifest, read_sqlite(put.beside, watch.told))
            put.arrive()
        finally:
            put.beside.unlink(missing_ok=True)
    else:
        restored = put_postgres(url, data, watch.told)
        try:
            _compare(manifest, restored)
        except BackupRefused:
            empty_postgres(url)
            raise
    return manifest


def note_restored(engine: Engine, manifest: Manifest, now: datetime) -> None:
    """Logs that the database was restored: whoever reads the log later learns why it goes back in time here.

    Every schema there was has this log, so a backup of an earlier one is logged as well, before it is migrated.
    """
    subjects: Mapping[str, list[UUID]] = {}
    with transaction(engine) as session:
        changed(
            session, "backup:restore", now, subjects, actor_id=None, force_id=None,
            reason=f"from the backup that was begun at {manifest.started_at}",
        )  # fmt: skip
        if inspect(session.connection()).has_table(FeedState.__tablename__):
            renew(session)
