"""The demonstration's year of offences: always the last one, with hotspots rich in them and some that are thin."""

import csv
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path

import pytest
from sqlmodel import select

from app.areas.models import Hotspot
from app.database.engine import open_engine
from app.database.session import reading
from app.schedule.offence_profile import best_starts
from app.schedule.offence_queries import profiles
from app.schedule.profile_words import thin
from demo.force import DATA, offences_csv
from demo.loading import load_force

NOW = datetime(2027, 6, 3, 12, tzinfo=UTC)


def begun(text: str) -> list[datetime]:
    return [datetime.fromisoformat(row["from"]) for row in csv.DictReader(StringIO(text))]


@pytest.mark.parametrize("day", [date(2026, 11, 25), date(2027, 6, 3), date(2031, 1, 6), date(2025, 2, 1)])
def test_its_year_ends_with_the_week_before(day: date) -> None:
    written = begun((DATA / "offences.csv").read_text(encoding="utf-8"))
    moved = begun(offences_csv(day))
    assert 1 <= (day - moved[-1].date()).days <= 7
    assert (moved[-1].date() - moved[0].date()).days == 363
    assert [(at.weekday(), at.time()) for at in moved] == [(at.weekday(), at.time()) for at in written]


def test_rich_and_thin_hotspots_show_what_they_borrow(engine_url: str, tmp_path: Path) -> None:
    load_force(engine_url, "https://login.example.org", (), NOW, tmp_path)
    engine = open_engine(engine_url)
    with reading(engine) as session:
        hotspots = session.exec(select(Hotspot)).all()
        codes = {hotspot.id: hotspot.code for hotspot in hotspots}
        found = profiles(session, hotspots[0].force_id, list(codes), NOW.date())
    engine.dispose()
    told = {codes[hotspot_id]: profile for hotspot_id, profile in found.items()}
    assert {code for code, profile in told.items() if thin(profile)} == {"ALUMROCK", "SOHO", "KINGSHEATH"}
    # The only one of its kind: it leans on the whole force.
    assert {code for code, profile in told.items() if profile.borrowed_from == "force"} == {"KINGSHEATH"}
    assert told["ALUMROCK"].borrowed > 0.7 > 0.2 > told["BROADST"].borrowed
    # Bars as they fill and empty: the best two hours begin late at night.
    start, _ = best_starts(told["BROADST"].weights, 1)[0]
    assert start // 60 % 24 in {21, 22, 23, 0, 1, 2, 3}
    assert told["BROADST"].left_out > 0
