"""Three weeks of the demonstration's months, played through the API, and every answer worked out again the slow way."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import shapely
from rich.console import Console

from app.clock import LONDON, rfc3339, start_of_london_day
from app.schedule.verification import verify
from demo.force import read_hotspots
from demo.months import PLANNED_BEFORE, stage
from demo.months_report import Months, report
from demo.quarter import first_day, play_months
from demo.quarter_office import (
    COMMANDER,
    check_reality,
    draw,
    office_day,
    publish,
    reveal,
    scheme,
    set_target,
)
from demo.quarter_stage import Clock, Stage, planned_windows
from demo.quarter_stories import Happening, hours_of_others
from tests.demo.months_recomputed import Told, all_patrols, days_of, officer_seconds, seconds_inside, told

# On both: what is planned, drawn, judged, added up and claimed is in tests of schedules, compliance and returns.
pytestmark = pytest.mark.once

NOW = datetime(2026, 11, 25, 12, tzinfo=LONDON)
WEEKS = 3


@dataclass(frozen=True)
class Weeks:
    """What was played, on a service that still answers."""

    stage: Stage
    months: Months
    windows: list[Told]

    @property
    def span(self) -> str:
        begins, ends = self.months.first, self.months.last + timedelta(days=1)
        return f"from={rfc3339(start_of_london_day(begins))}&to={rfc3339(start_of_london_day(ends))}"

    def ask(self, path: str) -> Any:
        return self.stage.ask(COMMANDER, "GET", path)


@pytest.fixture(scope="module")
def weeks(module_engine_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Weeks]:
    first, days = first_day(NOW, WEEKS), 7 * WEEKS
    clock = Clock(start_of_london_day(first) - PLANNED_BEFORE)
    with stage(module_engine_url, tmp_path_factory.mktemp("months"), clock) as made:
        made.meet()
        set_target(made, first)
        drawn = draw(made, first, days)
        publish(made, first, first + timedelta(days=13))
        played = play_months(made, first, days, partial(office_day, made, first, days), lambda number: None)
        last = first + timedelta(days=days - 1)
        checked = check_reality(made, first, last)
        clock.turn_to(start_of_london_day(date.fromisoformat(str(drawn["reveal_from"]))))
        proof = reveal(made, first)
        windows = [
            told(window, made.sent_by(window.team))
            for day in days_of(first, days)
            for window in planned_windows(made, day, state=None)
        ]
        yield Weeks(made, Months(first, last, drawn, played, checked, proof, 0.0), windows)


def test_nothing_is_refused(weeks: Weeks) -> None:
    assert weeks.months.played.refused == []
    assert len(weeks.windows) == weeks.months.drawn["report"]["days"]["patrol"] > 70


def test_windows_come_out_as_their_tracks_say(weeks: Weeks) -> None:
    rows = {
        row["window_id"]: row
        for row in weeks.ask(f"/v1/compliance/windows?{weeks.span}&limit=200")["windows"]
    }
    assert len(rows) == len(weeks.windows)
    for each in weeks.windows:
        row = rows[each.window.id]
        assert row["evidence_status"] in each.expected, (each.window.name, each.what)
        if each.what is not Happening.CALLED_OFF:
            assert row["verified_minutes"] == pytest.approx(each.seconds / 60, abs=2), each.window.name


def test_patrols_of_one_place_are_not_taken_for_copies(weeks: Weeks) -> None:
    rows = weeks.ask(f"/v1/compliance/windows?{weeks.span}&limit=200")["windows"]
    assert [row["window_id"] for row in rows if row["check_needed"]] == []


def test_kept_windows_by_team_and_in_all(weeks: Weeks) -> None:
    expected: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in weeks.windows:
        expected[each.window.team]["due"] += 1
        expected[each.window.team]["kept"] += each.kept
    answer = weeks.ask(f"/v1/compliance/groups?group_by=team&{weeks.span}&limit=100")
    told_of = {row["keys"][0]["code"]: row for row in answer["items"] if row["windows"]["denominator"]}
    assert told_of.keys() == expected.keys()
    for team, counted in expected.items():
        assert told_of[team]["windows"]["denominator"] == counted["due"]
        assert told_of[team]["windows"]["kept"] == counted["kept"]
        # Every block has one window here, and one that was called off is still due.
        assert told_of[team]["one_in_three"]["due"] == counted["due"]
        assert told_of[team]["one_in_three"]["kept"] == counted["kept"]
    assert answer["totals"]["windows"]["kept"] == sum(each.kept for each in weeks.windows)


def test_officers_hours_by_month_and_programme(weeks: Weeks) -> None:
    days = days_of(weeks.months.first, 7 * WEEKS)
    expected = officer_seconds(all_patrols(weeks.windows, days))
    answer = weeks.ask(f"/v1/compliance/groups?group_by=month&then_by=programme&{weeks.span}&limit=100")
    found = {
        (row["keys"][0]["code"], row["keys"][1]["code"]): row["officer_minutes"]["verified"]
        for row in answer["items"]
        if row["officer_minutes"]["verified"]
    }
    assert found.keys() == {key for key, seconds in expected.items() if seconds >= 60}
    for key, minutes in found.items():
        assert minutes == pytest.approx(expected[key] / 60, rel=0.03, abs=3), key


def test_hours_of_others_are_counted_once(weeks: Weeks) -> None:
    """The taskforce tells again of a patrol that our phones tracked; only the part that they did not see counts."""
    days = days_of(weeks.months.first, 7 * (WEEKS - 1))
    tracked = {patrol.visit.label: patrol for patrol in all_patrols([], days)}
    anywhere = shapely.union_all(list(read_hotspots().values()))
    by_gps = declared = 0.0
    for day in days:
        for row in hours_of_others(day):
            persons = int(str(row["persons"]))
            if row["uniform_state"] == "PLAIN_CLOTHES":
                continue
            if row["evidence"] == "declared":
                declared += float(str(row["hours"])) * persons
            elif "collar_number" in row:
                told_of = datetime.fromisoformat(str(row["ends_at"])) - datetime.fromisoformat(
                    str(row["starts_at"])
                )
                seen = seconds_inside(tracked[f"{day} taskforce"], anywhere)
                by_gps += (told_of.total_seconds() - len(seen)) / 3600
            else:
                by_gps += float(str(row["hours"])) * persons
    answer = weeks.ask(f"/v1/schemes/{scheme(weeks.stage)['id']}/hours?until={days[-1]}&by=month")
    recorded, possible = answer["recorded"], answer["overlaps"]["possible_hours"]
    assert possible > 0
    assert recorded["at_least_hours"] == pytest.approx(by_gps - possible, abs=0.5)
    assert recorded["at_most_hours"] == pytest.approx(by_gps + declared, abs=0.5)


def test_the_proof_gives_the_plan_again(weeks: Weeks) -> None:
    checks = verify(weeks.months.proof, str(weeks.months.drawn["commitment"]))
    assert checks
    assert [each for each in checks if not each.holds] == []


def test_what_is_printed_names_the_figures(weeks: Weeks, capsys: pytest.CaptureFixture[str]) -> None:
    report(weeks.stage, weeks.months, Console(width=140))
    printed = capsys.readouterr().out
    assert f"{len(weeks.windows)} windows" in printed
    assert "0 refused" in printed
