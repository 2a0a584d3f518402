"""Whether the database's tables are those of this version: neither older ones nor those of a version yet to come."""

from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

_ROOT = Path(__file__).resolve().parents[2]


def wrong_schema(engine: Engine) -> str | None:
    """Why this version must not serve on this database, and what to do about it; None when it may."""
    with engine.connect() as connection:
        held = set(MigrationContext.configure(connection).get_current_heads())
    head, known = _revisions()
    if held == {head}:
        return None
    if not held:
        return "the database has no tables yet: run `beatcheck migrate`"
    strange = sorted(held - known)
    if strange:
        return (
            f"the database was migrated by a newer version (revision {', '.join(strange)}, not known here): "
            "serve with that version, or restore the backup taken before the upgrade"
        )
    return (
        f"the database is that of an older version (revision {', '.join(sorted(held))}, wanted {head}): "
        "take a backup, then run `beatcheck migrate`"
    )


@cache
def _revisions() -> tuple[str, frozenset[str]]:
    """The newest revision of this version and all it knows."""
    scripts = ScriptDirectory.from_config(Config(_ROOT / "alembic.ini"))
    (head,) = scripts.get_heads()
    return head, frozenset(script.revision for script in scripts.walk_revisions())
