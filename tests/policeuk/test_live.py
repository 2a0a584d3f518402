"""Fetching over HTTP from a stand-in that is slow, refuses, breaks off or lies; and the command that does it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import main
from app.policeuk.live import AT_ONCE, ATTEMPTS, PER_SECOND, FetchStopped, Time, fetch, opened
from app.policeuk.recorded import MANIFEST, Manifest
from tests.conftest import EAST_SQUARE, SQUARE
from tests.policeuk.recordings import AREAS, MIDSHIRE, Answers, event, priority
from tests.policeuk.stand_in import StandIn, standing_in

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
runner = CliRunner()


class Ticking:
    """A clock that only pauses move; every request takes a hundredth of a second by it."""

    def __init__(self) -> None:
        self.at = 0.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        self.at += 0.002
        return self.at

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.at += seconds

    @property
    def time(self) -> Time:
        return Time(self.monotonic, self.pause, lambda: 0.5)


def midshire(neighbourhoods: int = 2) -> Answers:
    answers = Answers()
    for number in range(1, neighbourhoods + 1):
        bounds = SQUARE if number == 1 else EAST_SQUARE
        answers.add(f"N{number}", f"Place {number}", bounds, [priority("Speeding")], [event("Surgery")])
    return answers


@pytest.fixture
def api() -> Iterator[StandIn]:
    with standing_in(midshire()) as state:
        yield state


def fetched(state: StandIn, folder: Path, clock: Ticking | None = None) -> Manifest:
    ticking = clock or Ticking()
    with opened(state.url, ticking.time) as police_uk:
        return fetch(police_uk, MIDSHIRE, folder, NOW, lambda _done, _total, _last: None)


def test_everything_is_kept_as_it_came_and_fetched_once(api: StandIn, tmp_path: Path) -> None:
    assert fetched(api, tmp_path).faults == {}
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name != MANIFEST}
    assert kept == midshire()
    assert fetched(api, tmp_path).fetched_on == NOW.date()
    assert set(api.asked.values()) == {1}
    assert not any("people" in path for path in api.asked)


@pytest.mark.parametrize("how", ["429 7", "500", "502", "cut", "half", "html"])
def test_what_is_refused_or_broken_for_a_moment_is_asked_for_again(
    api: StandIn, tmp_path: Path, how: str
) -> None:
    api.plans = {f"{MIDSHIRE}/N1/boundary": [how, how], f"{MIDSHIRE}/neighbourhoods": [how]}
    clock = Ticking()
    assert fetched(api, tmp_path, clock).faults == {}
    assert api.asked[f"{MIDSHIRE}/N1/boundary"] == 3
    # Twice as long each time, or as long as we are told.
    assert clock.pauses == ([7.0, 7.0, 7.0] if how == "429 7" else [1.0, 1.0, 2.0])


@pytest.mark.parametrize(
    ("how", "code", "asked"),
    [
        ("500", "unreachable", ATTEMPTS),
        ("half", "unreadable", ATTEMPTS),
        ("huge", "too-large", 1),
        ("elsewhere", "status", 1),
        ("403", "status", 1),
        ("429 86400", "unreachable", 1),
    ],
)
def test_what_stays_broken_is_noted_and_the_rest_is_fetched(
    api: StandIn, tmp_path: Path, how: str, code: str, asked: int
) -> None:
    api.plans = {f"{MIDSHIRE}/N1/boundary": [how] * ATTEMPTS}
    assert fetched(api, tmp_path).faults == {f"{MIDSHIRE}__N1__boundary.json": code}
    assert api.asked[f"{MIDSHIRE}/N1/boundary"] == asked
    assert (tmp_path / f"{MIDSHIRE}__N2__events.json").exists()
    # The next run asks for what is missing alone.
    api.plans = {}
    assert fetched(api, tmp_path).faults == {}
    assert api.asked[f"{MIDSHIRE}/N2/events"] == 1


def test_an_answer_that_is_not_there_is_not_asked_for_twice(tmp_path: Path) -> None:
    answers = midshire()
    del answers[f"{MIDSHIRE}__N1__events.json"]
    with standing_in(answers) as api:
        assert fetched(api, tmp_path).faults == {f"{MIDSHIRE}__N1__events.json": "not-found"}
        assert api.asked[f"{MIDSHIRE}/N1/events"] == 1


def test_a_fetch_stops_when_the_api_is_down_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with standing_in(midshire(4)) as api:
        down = {path: ["500"] * 50 for path in api.answers if "N2" in path or "N3" in path}
        api.plans = down
        with pytest.raises(FetchStopped, match="3 of 12 answers are kept"):
            fetched(api, tmp_path)
        assert not any("N4" in path for path in api.asked)
        api.plans = {}
        assert fetched(api, tmp_path).faults == {}
        assert api.asked[f"{MIDSHIRE}/N1/events"] == 1
        assert len(list(tmp_path.glob("*.json"))) == 14


@pytest.mark.parametrize("how", ["html", "cut", "403"])
def test_a_fetch_stops_however_the_api_is_down(tmp_path: Path, how: str) -> None:
    with standing_in(midshire(4)) as api:
        api.plans = {path: [how] * 50 for path in api.answers if path.count("/") > 1}
        with pytest.raises(FetchStopped, match="0 of 12 answers"):
            fetched(api, tmp_path)


def test_without_the_list_nothing_is_fetched(api: StandIn, tmp_path: Path) -> None:
    api.plans = {f"{MIDSHIRE}/neighbourhoods": ["html"] * ATTEMPTS}
    with pytest.raises(FetchStopped, match="list of neighbourhoods"):
        fetched(api, tmp_path)
    assert list(api.asked) == [f"{MIDSHIRE}/neighbourhoods"]
    assert [path.name for path in tmp_path.iterdir()] == [MANIFEST]


def test_a_folder_of_another_force_or_day_is_left_alone(api: StandIn, tmp_path: Path) -> None:
    for told in (
        Manifest(police_force="othershire", fetched_on=NOW.date()),
        Manifest(police_force=MIDSHIRE, fetched_on=NOW.date().replace(month=1)),
    ):
        (tmp_path / MANIFEST).write_text(told.model_dump_json())
        with pytest.raises(FetchStopped, match="give another"):
            fetched(api, tmp_path)
    assert not api.asked


def test_no_more_is_asked_than_the_api_takes(tmp_path: Path) -> None:
    clock = Ticking()
    with standing_in(midshire(30)) as api:
        fetched(api, tmp_path, clock)
        asked = sum(api.asked.values())
    assert asked == 91
    assert clock.at >= (asked - AT_ONCE) / PER_SECOND
    # No single wait is longer than one request's share.
    assert max(clock.pauses) <= 1 / PER_SECOND


@pytest.fixture
def commanded(engine_url: str, tmp_path: Path, api: StandIn, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BEATCHECK_DATABASE_URL", engine_url)
    monkeypatch.setenv("BEATCHECK_IMPORT_DIRECTORY", str(tmp_path / "spool"))
    monkeypatch.setenv("BEATCHECK_POLICE_UK_URL", api.url)
    areas = tmp_path / "areas.csv"
    areas.write_text(AREAS.format(force=MIDSHIRE, north=""))
    assert runner.invoke(main, ["import", "areas", str(areas)]).exit_code == 0
    return tmp_path


def test_the_command_fetches_tries_and_imports(commanded: Path, api: StandIn) -> None:
    command = ["import", "police-uk", "--live", "--force", "FORCE", "--json"]
    tried = runner.invoke(main, [*command, "--dry-run"])
    assert tried.exit_code == 0, tried.output
    assert json.loads(tried.stdout)["counts"]["new"] == 2
    applied = runner.invoke(main, command)
    assert json.loads(applied.stdout)["applied"] is True
    assert set(api.asked.values()) == {1}
    [folder] = (commanded / "spool" / "police-uk" / MIDSHIRE).iterdir()
    again = runner.invoke(main, ["import", "police-uk", str(folder), "--force", "FORCE", "--json"])
    assert json.loads(again.stdout)["counts"]["unchanged"] == 2


def test_the_command_says_what_it_cannot_do(commanded: Path, api: StandIn) -> None:
    assert runner.invoke(main, ["import", "areas", "--live"]).exit_code == 2
    assert runner.invoke(main, ["import", "police-uk"]).exit_code == 2
    assert runner.invoke(main, ["import", "areas", str(commanded)]).exit_code == 2
    assert runner.invoke(main, ["import", "police-uk", str(commanded), "--force", "FORCE"]).exit_code == 2
    assert runner.invoke(main, ["import", "police-uk", "--live", "--force", "NORTH"]).exit_code == 2
    api.plans = {f"{MIDSHIRE}/neighbourhoods": ["elsewhere"]}
    stopped = runner.invoke(main, ["import", "police-uk", "--live", "--force", "FORCE"])
    assert (stopped.exit_code, "The list of neighbourhoods did not come" in stopped.stderr) == (2, True)
