"""SQLite is told how its tables have grown, so that it finds what is asked by the index that finds it."""

from sqlalchemy import Engine, text

from app.database.engine import open_engine
from app.database.statistics import keep_statistics
from tests.compliance.made_up import made_up_url

__all__ = ["made_up_url"]


def of_patrols(engine: Engine) -> str:
    with engine.connect() as connection:
        return str(
            connection.execute(
                text("SELECT stat FROM sqlite_stat1 WHERE idx = 'ix_patrols_force_id_started_at'")
            ).scalar_one()
        )


def test_statistics_are_made_once_and_again_when_outgrown(made_up_url: str) -> None:
    engine = open_engine(made_up_url, 1)
    if engine.dialect.name == "postgresql":
        assert keep_statistics(engine) == 0
        engine.dispose()
        return
    assert of_patrols(engine).startswith("2000 2000 ")
    assert keep_statistics(engine) == 0
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM sqlite_stat1"))
    assert keep_statistics(engine) == 1
    assert of_patrols(engine).startswith("2000 2000 ")
    with engine.begin() as connection:
        connection.execute(text("UPDATE sqlite_stat1 SET stat = '1000 1000 1' WHERE tbl = 'patrols'"))
    assert keep_statistics(engine) == 1
    assert keep_statistics(engine) == 0
    # Patrols judged again and again have their rows written anew, with ever higher numbers, and are no more for it.
    with engine.begin() as connection:
        connection.execute(text("UPDATE credited_slices SET rowid = rowid + 1000000"))
    assert keep_statistics(engine) == 0
    engine.dispose()


def test_an_empty_database_needs_none(engine_url: str) -> None:
    engine = open_engine(engine_url, 1)
    assert keep_statistics(engine) == 0
    engine.dispose()
