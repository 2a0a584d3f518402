"""What two patrols say about each other: small scenes with known answers, and many pairs as real phones walk them."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest
from numpy.typing import ArrayLike

from app.tracks.cross_check import CrossFlag, Declared, Found, PatrolTrack, PhoneSpan, cross_check
from app.tracks.plausibility import FloatArray
from demo.tracks import parse_track
from tests.tracks.pairs import FORGED, HONEST, ROOT, flagged
from tests.tracks.scene import HOUR, MINUTE, PLANE, POLICY, START

ONE, TWO = UUID(int=1), UUID(int=2)
FIRST, SECOND, THIRD = UUID(int=11), UUID(int=12), UUID(int=13)
PHONE = UUID(int=21)
WEEK = 7 * 24 * HOUR
MINUTES = np.arange(0, 60, 0.5)


def walked(minutes: ArrayLike = MINUTES, pace_m: float = 40.0) -> tuple[FloatArray, FloatArray]:
    """A round of a block of 300 by 200 m, `pace_m` a minute."""
    along = np.asarray(minutes) * pace_m % 1000
    x = np.interp(along, [0, 300, 500, 800, 1000], [0, 300, 300, 0, 0])
    y = np.interp(along, [0, 300, 500, 800, 1000], [0, 0, 200, 200, 0])
    return x, y


def patrol(
    patrol_id: UUID = ONE,
    officer: UUID = FIRST,
    minutes: ArrayLike = MINUTES,
    places: tuple[ArrayLike, ArrayLike] | None = None,
    *,
    later_ms: int = 0,
    phones: tuple[PhoneSpan, ...] = (),
    crew: tuple[Declared, ...] = (),
) -> PatrolTrack:
    """A patrol of an hour with a fix at each minute given."""
    minutes = np.asarray(minutes, dtype=np.float64)
    x, y = (np.broadcast_to(np.asarray(each, float), len(minutes)) for each in places or walked(minutes))
    lon, lat = PLANE.to_lonlat(x, y)
    time_ms = START + later_ms + np.rint(minutes * MINUTE).astype(np.int64)
    begins = START + later_ms
    return PatrolTrack(patrol_id, officer, begins, begins + HOUR, time_ms, lon, lat, phones, crew)


def beside(metres: float, noise_m: float = 0.0) -> tuple[FloatArray, FloatArray]:
    x, y = walked()
    rng = np.random.default_rng(3)
    return x + metres + rng.normal(0, noise_m, len(x)), y + rng.normal(0, noise_m, len(y))


def check(*patrols: PatrolTrack) -> list[Found]:
    found = cross_check(patrols, POLICY)
    assert cross_check(tuple(reversed(patrols)), POLICY) == found, "the order decides"
    return found


def flags(found: list[Found]) -> list[tuple[int, str]]:
    return [(each.patrol_id.int, each.flag.value) for each in found]


def track_evidence(found: list[Found]) -> dict[str, object]:
    evidence = found[0].evidence["track"]
    assert isinstance(evidence, dict)
    return dict(evidence)


def test_one_track_of_two_officers_is_asked_about_on_both_sides() -> None:
    found = check(patrol(ONE, FIRST), patrol(TWO, SECOND))
    assert flags(found) == [(1, "shared_track"), (2, "shared_track")]
    assert track_evidence(found) == {
        "kind": "same_time",
        "shift_seconds": 0.0,
        "instants_compared": 120,
        "instants_agreeing": 120,
        "agreeing_within_m": 0.5,
        "median_m": 0.0,
        "nine_tenths_within_m": 0.0,
        "from_ms": START,
        "to_ms": START + 59 * MINUTE + 30_000,
    }
    assert found[0].evidence == found[1].evidence


@pytest.mark.parametrize(("metres", "said"), [(3.4, True), (3.6, False)])
def test_how_close_two_tracks_must_be(metres: float, said: bool) -> None:
    # Beside on every leg: the shift in time along one leg does not help on the next.
    assert bool(check(patrol(ONE, FIRST), patrol(TWO, SECOND, places=beside(metres)))) is said


def test_two_receivers_on_one_path_are_two_tracks() -> None:
    assert check(patrol(ONE, FIRST), patrol(TWO, SECOND, places=beside(1.0, noise_m=4.0))) == []


@pytest.mark.parametrize("seconds", [90, 1800, -600])
def test_a_copy_moved_in_time_is_one_track(seconds: int) -> None:
    found = check(patrol(ONE, FIRST), patrol(TWO, SECOND, later_ms=seconds * 1000))
    assert flags(found) == [(1, "shared_track"), (2, "shared_track")]
    evidence = track_evidence(found)
    assert (evidence["kind"], evidence["shift_seconds"]) == ("moved_in_time", abs(seconds))


def test_a_week_later_only_the_same_officer_is_asked_and_only_about_the_later_patrol() -> None:
    found = check(patrol(ONE, FIRST), patrol(TWO, FIRST, later_ms=WEEK))
    assert flags(found) == [(2, "shared_track")]
    assert track_evidence(found)["kind"] == "replay"
    assert check(patrol(ONE, FIRST), patrol(TWO, SECOND, later_ms=WEEK)) == []
    assert check(patrol(ONE, FIRST), patrol(TWO, FIRST, later_ms=5 * WEEK)) == []


def test_two_patrols_of_one_officer_at_one_time_are_no_copy() -> None:
    assert check(patrol(ONE, FIRST), patrol(TWO, FIRST)) == []


@pytest.mark.parametrize(("count", "said"), [(12, True), (11, False)])
def test_how_many_positions_must_agree(count: int, said: bool) -> None:
    few = np.arange(count) * 5.0
    assert bool(check(patrol(ONE, FIRST, few), patrol(TWO, SECOND, few))) is said


@pytest.mark.parametrize(("minutes", "said"), [(15, True), (14.5, False)])
def test_how_long_near_positions_must_agree(minutes: float, said: bool) -> None:
    times = np.arange(0, minutes + 0.5, 0.5)
    x, y = walked(times)
    assert bool(check(patrol(ONE, FIRST, times), patrol(TWO, SECOND, times, (x + 2.0, y)))) is said


def test_phones_that_lie_side_by_side_say_nothing() -> None:
    assert check(patrol(ONE, FIRST, places=(0, 0)), patrol(TWO, SECOND, places=(1, 0))) == []


def test_two_real_phones_carried_together_are_two_tracks() -> None:
    tracks: list[PatrolTrack] = []
    for name in (
        "demo/data/tracks/phone_21_ios_20160222.csv",
        "tests/data/tracks/phone_22_ios_20160222.csv",
    ):
        fixes = [fix for fix in parse_track((ROOT / name).read_text()) if 0 < fix.accuracy_m <= 50]
        time_ms = np.array([fix.at_ms for fix in fixes])
        lon, lat = np.array([fix.lon for fix in fixes]), np.array([fix.lat for fix in fixes])
        officer = UUID(int=30 + len(tracks))
        tracks.append(PatrolTrack(officer, officer, int(time_ms[0]), int(time_ms[-1]), time_ms, lon, lat))
    assert len(tracks[0].time_ms) > 200 < len(tracks[1].time_ms)
    assert check(*tracks) == []


@pytest.mark.parametrize(("from_minute", "said"), [(0, True), (58, True), (58.1, False), (60, False)])
def test_one_phone_for_two_officers(from_minute: float, said: bool) -> None:
    mine = PhoneSpan(PHONE, START, START + HOUR)
    theirs = PhoneSpan(PHONE, START + round(from_minute * MINUTE), START + 2 * HOUR)
    far = (np.full(len(MINUTES), 5000.0), 0.0)
    found = check(patrol(phones=(mine,)), patrol(TWO, SECOND, places=far, phones=(theirs,)))
    assert bool(found) is said
    if said:
        assert found[0].evidence["phone"] == {
            "device_id": str(PHONE),
            "seconds": round((60 - from_minute) * 60),
            "from_ms": theirs.first_ms,
            "to_ms": mine.last_ms,
        }


def test_one_phone_for_two_patrols_of_one_officer_is_ordinary() -> None:
    span = PhoneSpan(PHONE, START, START + HOUR)
    assert check(patrol(phones=(span,)), patrol(TWO, FIRST, phones=(span,))) == []


@pytest.mark.parametrize(("metres", "minutes", "said"), [(301, 5, True), (299, 5, False), (301, 4.5, False)])
def test_an_officer_in_two_places(metres: float, minutes: float, said: bool) -> None:
    times = np.arange(0, minutes + 0.5, 0.5)
    one = patrol(ONE, FIRST, times, (0, 0))
    other = patrol(TWO, FIRST, times, (np.full(len(times), metres), 0))
    found = check(one, other)
    assert flags(found) == ([(1, "two_places"), (2, "two_places")] if said else [])
    if said:
        assert found[0].evidence["apart_seconds"] == 310
        assert found[0].evidence["nearest_m"] == pytest.approx(metres, abs=0.2)


def declared(officer: UUID = SECOND, from_minute: float = 0, to_minute: float = 60) -> Declared:
    return Declared(officer, START + round(from_minute * MINUTE), START + round(to_minute * MINUTE))


def crew_of(found: list[Found]) -> dict[str, object]:
    members = found[0].evidence["crew"]
    assert isinstance(members, list)
    return dict(members[0])


@pytest.mark.parametrize(("metres", "said"), [(199, False), (201, True)])
def test_a_declared_colleague_whose_phone_spoke_elsewhere(metres: float, said: bool) -> None:
    theirs = patrol(TWO, SECOND, places=(walked()[0] + metres, walked()[1]))
    found = check(patrol(crew=(declared(),)), theirs)
    assert flags(found) == ([(1, "crew_elsewhere")] if said else [])
    if said:
        assert crew_of(found)["basis"] == "apart"
        assert crew_of(found)["officer_id"] == str(SECOND)


def test_a_declared_colleague_is_asked_about_only_for_the_time_declared() -> None:
    theirs = patrol(TWO, SECOND, later_ms=30 * MINUTE, places=(walked()[0] + 900, walked()[1]))
    assert check(patrol(crew=(declared(to_minute=34),)), theirs) == []
    assert flags(check(patrol(crew=(declared(to_minute=36),)), theirs)) == [(1, "crew_elsewhere")]


def test_a_declared_colleague_on_a_patrol_nobody_heard_is_noted_as_such() -> None:
    silent = patrol(TWO, SECOND, [], ([], []))
    found = check(patrol(crew=(declared(),)), silent)
    assert flags(found) == [(1, "crew_elsewhere")]
    assert (crew_of(found)["basis"], crew_of(found)["compared_seconds"]) == ("on_another_patrol", 0)


def test_a_colleague_declared_on_two_patrols_is_noted_on_both() -> None:
    away = patrol(TWO, SECOND, places=(walked()[0] + 900, walked()[1]), crew=(declared(THIRD),))
    found = check(patrol(crew=(declared(THIRD),)), away)
    assert flags(found) == [(1, "crew_elsewhere"), (2, "crew_elsewhere")]


def test_which_flags_ask_somebody_to_look() -> None:
    assert {flag for flag in CrossFlag if flag.asks_review} == {CrossFlag.SHARED_TRACK, CrossFlag.TWO_PLACES}


def test_only_the_pairs_of_one_patrol_are_compared_when_asked() -> None:
    three = [patrol(UUID(int=each), UUID(int=each)) for each in (1, 2, 3)]
    found = cross_check(three, POLICY, concerning=ONE)
    assert {(each.patrol_id.int, each.other_patrol_id.int) for each in found} == {
        (1, 2),
        (1, 3),
        (2, 1),
        (3, 1),
    }


@pytest.mark.parametrize("name", HONEST)
def test_honest_pairs_are_left_alone(name: str, trials: Callable[[int], int]) -> None:
    count = trials(400)
    rng = np.random.default_rng(20260302)
    said = sum(flagged(name, HONEST[name](rng)) for _ in range(count))
    assert said <= count / 100


@pytest.mark.parametrize("name", FORGED)
def test_forged_pairs_are_found(name: str, trials: Callable[[int], int]) -> None:
    count = trials(200)
    rng = np.random.default_rng(20260302)
    found = sum(flagged(name, FORGED[name](rng)) for _ in range(count))
    assert found >= 0.95 * count


def test_a_detector_that_asks_for_less_would_flag_honest_pairs(trials: Callable[[int], int]) -> None:
    """The honest pairs are hard enough to show it."""
    loose = replace(POLICY, shared_track_m=25.0)
    rng = np.random.default_rng(20260302)
    assert any(flagged(name, HONEST[name](rng), loose) for name in ("walking together",) * trials(200))
