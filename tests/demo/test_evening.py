"""The demonstration evening: the same for the same date, and judged as its stories say."""

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from uuid import NAMESPACE_URL, UUID, uuid5

import numpy as np
import pytest

from app.clock import LONDON, from_ms
from app.schedule.windows import LATE_DATA_GRACE
from app.tracks.assessment import Assessment, Fixes, HotspotBoundary, PatrolFacts, Policy, WindowFacts, assess
from app.tracks.cross_check import PatrolTrack, cross_check
from app.tracks.decision import WindowCredit, decide_window
from demo.clients.facts import Item
from demo.clients.fixes import Fix
from demo.evening import Evening, Patrol, Window, build_evening, evening_day, next_evening_day, windows_csv
from demo.force import DATA, read_hotspots, read_officers, read_tracks
from demo.player import records_of
from demo.record_stories import RECORDS
from demo.stories import REQUIRED_MINUTES, Placing

DAY = date(2026, 11, 20)
HOUR_MS = 3_600_000


@cache
def evening() -> Evening:
    return build_evening(DAY, read_tracks(), read_hotspots())


def hotspot_id(code: str) -> UUID:
    return uuid5(NAMESPACE_URL, code)


def as_fixes(patrol: Patrol) -> Fixes:
    ends = [patrol.checked_in] + ([patrol.checked_out] if patrol.checked_out else [])
    rows: list[tuple[Fix, int]] = [(fix, -1) for fix in ends]
    rows += [(fix, batch.sequence) for batch in patrol.batches for fix in batch.fixes]
    whole, real = np.int64, np.float64
    return Fixes(
        time_ms=np.array([fix.at_ms for fix, _ in rows], dtype=whole),
        lon=np.array([fix.lon for fix, _ in rows], dtype=real),
        lat=np.array([fix.lat for fix, _ in rows], dtype=real),
        accuracy_m=np.array([fix.accuracy_m for fix, _ in rows], dtype=real),
        mock=np.zeros(len(rows), dtype=bool),
        device=np.zeros(len(rows), dtype=whole),
        sequence=np.array([sequence for _, sequence in rows], dtype=whole),
        received_ms=np.full(len(rows), rows[-1][0].at_ms + HOUR_MS, dtype=whole),
    )


def window_of(patrol: Patrol) -> Window | None:
    return next((window for window in evening().windows if window.id == patrol.window_id), None)


def judged(patrol: Patrol) -> Assessment:
    window = window_of(patrol)
    codes: Sequence[str] = patrol.story.hotspots if window is None else (window.story.hotspot,)
    outlines = read_hotspots()
    boundaries = [HotspotBoundary(hotspot_id(code), hotspot_id(code), outlines[code]) for code in codes]
    end_ms = patrol.checked_out.at_ms if patrol.checked_out else patrol.batches[-1].fixes[-1].at_ms
    required_ms = REQUIRED_MINUTES * 60_000
    facts = None
    if window is not None:
        facts = WindowFacts(hotspot_id(window.story.hotspot), window.starts_ms, window.ends_ms, required_ms)
    return assess(
        as_fixes(patrol), PatrolFacts(patrol.checked_in.at_ms, end_ms, "FOOT"), boundaries, facts, Policy()
    )


def test_nobody_is_asked_about_somebody_elses_track() -> None:
    tracks = []
    for patrol in evening().patrols:
        seen, officer = judged(patrol), uuid5(NAMESPACE_URL, patrol.story.collar)
        tracks.append(
            PatrolTrack(
                patrol.id, officer, seen.checked_in_ms, seen.horizon_ms,
                seen.line.time_ms, seen.line.lon, seen.line.lat,
            )
        )  # fmt: skip
    assert cross_check(tracks, Policy()) == []


@pytest.mark.parametrize("patrol", evening().patrols, ids=lambda patrol: patrol.story.label)
def test_every_patrol_is_judged_as_its_story_says(patrol: Patrol) -> None:
    result = judged(patrol)
    expected = patrol.story.expected or "no_window"
    assert result.status.value == expected, result.hotspots[0].in_window or result.hotspots[0].whole


@pytest.mark.parametrize("window", evening().windows, ids=lambda window: window.story.label)
def test_every_window_is_decided_as_its_story_says(window: Window) -> None:
    credits = []
    for patrol in evening().patrols:
        if patrol.window_id == window.id:
            result = judged(patrol).hotspots[0]
            officer = hotspot_id(patrol.story.collar)
            credits.append(
                WindowCredit(
                    officer, result.verified, result.probable, result.unverified, result.claimed_verified
                )
            )
    decided = decide_window(
        credits, starts_ms=window.starts_ms, ends_ms=window.ends_ms, required_ms=REQUIRED_MINUTES * 60_000
    )
    assert decided.status.value == window.story.expected


def test_patrols_without_a_window_spend_time_in_each_of_their_hotspots() -> None:
    for patrol in evening().patrols:
        if patrol.window_id is None:
            for result in judged(patrol).hotspots:
                assert result.whole.verified_ms > 10 * 60_000


def test_building_the_evening_again_gives_the_same_evening() -> None:
    assert build_evening(DAY, read_tracks(), read_hotspots()) == evening()


def test_another_date_shares_no_id_with_this_one() -> None:
    other = build_evening(date(2026, 11, 21), read_tracks(), read_hotspots())

    def ids(of: Evening) -> set[UUID]:
        batches = {batch.id for patrol in of.patrols for batch in patrol.batches}
        return {window.id for window in of.windows} | {patrol.id for patrol in of.patrols} | batches

    assert not ids(other) & ids(evening())
    assert all(each.version == 7 for each in ids(other))


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2028, 2, 29)])
def test_windows_start_on_london_clock_time_whatever_the_season(day: date) -> None:
    built = build_evening(day, read_tracks(), read_hotspots())
    starts = {
        window.story.label: datetime.fromtimestamp(window.starts_ms / 1000, UTC) for window in built.windows
    }
    summer = day == date(2026, 3, 29)
    assert starts["newst"].hour == (16 if summer else 17)
    assert all(window.ends_ms - window.starts_ms == 2 * HOUR_MS for window in built.windows)


def test_an_evening_is_played_once_its_results_are_settled() -> None:
    assert evening_day(datetime(2026, 11, 21, 21, 59, tzinfo=UTC)) == date(2026, 11, 19)
    assert evening_day(datetime(2026, 11, 21, 22, 0, tzinfo=UTC)) == date(2026, 11, 20)


def test_every_fix_of_an_evening_is_real_but_for_its_place_and_time() -> None:
    """The first difference in time and the accuracy of neighbours occur as neighbours, either way, in a real track."""
    real: set[tuple[int, float, float]] = set()
    for track in read_tracks().values():
        for before, after in itertools.pairwise(track):
            step = after.at_ms - before.at_ms
            real |= {
                (step, before.accuracy_m, after.accuracy_m),
                (step, after.accuracy_m, before.accuracy_m),
            }
    patrol = next(patrol for patrol in evening().patrols if patrol.story.label == "newst")
    fixes = [fix for batch in patrol.batches for fix in batch.fixes]
    steps = {
        (after.at_ms - before.at_ms, before.accuracy_m, after.accuracy_m)
        for before, after in itertools.pairwise(fixes)
    }
    joins = {step for step in steps if step[0] == 30_000}
    assert steps - joins <= real


def test_the_next_evening_is_today_until_its_first_window_begins() -> None:
    assert next_evening_day(datetime(2026, 11, 21, 16, 59, tzinfo=UTC)) == date(2026, 11, 21)
    assert next_evening_day(datetime(2026, 11, 21, 17, 0, tzinfo=UTC)) == date(2026, 11, 22)
    assert min(window.starts_ms for window in evening().windows) == evening().windows[0].starts_ms


def test_late_data_has_had_its_day_when_an_evening_is_played() -> None:
    now = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
    built = build_evening(evening_day(now), read_tracks(), read_hotspots())
    assert all(from_ms(window.ends_ms) + LATE_DATA_GRACE <= now for window in built.windows)


def test_everybody_in_the_evening_is_in_the_force() -> None:
    collars = {officer.collar_number for officer in read_officers()}
    for patrol in evening().patrols:
        assert {patrol.story.collar, *patrol.story.crew} <= collars
    for window in evening().windows:
        assert set(window.story.collars) <= collars


def test_a_walk_beside_a_hotspot_never_enters_it() -> None:
    for patrol in evening().patrols:
        if patrol.story.placing is Placing.BESIDE:
            assert judged(patrol).hotspots[0].whole.verified_ms == 0


def test_the_example_of_windows_is_what_the_evening_writes() -> None:
    assert (DATA / "tasking-windows.csv").read_text(encoding="utf-8") == windows_csv(evening().windows)


def test_what_is_logged_on_a_patrol_is_logged_by_somebody_on_it_while_it_lasts() -> None:
    patrols = {patrol.story.label: patrol for patrol in evening().patrols}
    for record in RECORDS:
        if record.patrol is not None:
            patrol = patrols[record.patrol]
            assert record.collar in {patrol.story.collar, *patrol.story.crew}
            ends = patrol.checked_out or patrol.batches[-1].fixes[-1]
            at = datetime.combine(DAY, record.at, LONDON)
            assert from_ms(patrol.checked_in.at_ms) < at < from_ms(ends.at_ms)


def test_what_is_logged_is_the_same_facts_whenever_it_is_built() -> None:
    def built() -> list[Item]:
        patrols = [each.story.label for each in evening().patrols]
        office = {each.collar for each in RECORDS if each.patrol is None}
        return [
            *(item for label in patrols for item in records_of(evening(), label)),
            *(item for collar in sorted(office) for item in records_of(evening(), None, collar)),
        ]

    assert built() == built()
    assert len({(item.kind, item.id) for item in built()}) == len(RECORDS)
    assert all(item.id.version == 7 for item in built())
