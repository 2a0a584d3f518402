"""Runs migrations on either database: the URL comes from the caller or from BEATCHECK_DATABASE_URL."""

from alembic import context
from sqlalchemy import create_engine

from app.database.engine import open_engine
from app.settings import Settings
from app.tables import METADATA


def ours(_object: object, name: str | None, kind: str, reflected: bool, _compare_to: object) -> bool:
    """Leaves PostGIS's own tables and the spatial indexes that SQLite does not have out of comparisons."""
    if kind == "table" and reflected and name not in METADATA.tables:
        return name not in {"spatial_ref_sys", "geography_columns", "geometry_columns"}
    return not (
        kind == "index" and (name or "").startswith("gx_") and context.get_bind().dialect.name == "sqlite"
    )


def run() -> None:
    url = context.config.attributes.get("database_url") or Settings().database_url
    if context.is_offline_mode():
        dialect = create_engine(url).dialect.name
        context.configure(
            dialect_name=dialect, target_metadata=METADATA, literal_binds=True, include_object=ours
        )
        with context.begin_transaction():
            context.run_migrations()
        return
    engine = open_engine(url)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=METADATA,
            include_object=ours,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()
