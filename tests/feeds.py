"""Tests that read the feed wait here for what holds it up: on PostgreSQL the oldest transaction of the whole server,
which may be one of another worker's test."""

from sqlalchemy import Engine, func, select
from sqlmodel import col

from app.database.commits import settled_below
from app.database.engine import open_engine
from app.database.session import transaction
from app.facts.models import FeedEntry


def wait_until_settled(engine: Engine) -> None:
    """Returns once everything told so far is older than the oldest transaction under way."""
    while True:
        with transaction(engine) as session:
            line = settled_below(session)
            last = session.execute(select(func.max(col(FeedEntry.commit_number)))).scalar_one()
        if line is None or last is None or last < line:
            return


def wait_until_settled_at(url: str) -> None:
    engine = open_engine(url, 1)
    try:
        wait_until_settled(engine)
    finally:
        engine.dispose()
