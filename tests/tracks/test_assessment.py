"""The whole assessment: the worked cases, the status, flags, the horizon of an open patrol, and facts that
make no sense."""

import json
import math
from dataclasses import replace
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from shapely import Polygon
from shapely.geometry import shape

from app.tracks.assessment import (
    Assessment,
    Fixes,
    Flag,
    HotspotBoundary,
    Label,
    PatrolFacts,
    Status,
    WindowFacts,
    assess,
)
from tests.tracks.scene import (
    BOUNDARY,
    DATA,
    HOTSPOT,
    HOUR,
    MINUTE,
    POLICY,
    SQUARE,
    START,
    assessed,
    boundary,
    milliseconds,
    patrol,
    result,
    together,
    track,
    window,
)

CASES = {case["case"]: case for case in json.loads((DATA / "dwell_cases.json").read_text())}


def _case(case: dict[str, Any], mode: str) -> Assessment:
    fixes = case["fixes"]
    n = len(fixes)
    columns = Fixes(
        time_ms=np.array([milliseconds(fix["recorded_at"]) for fix in fixes], dtype=np.int64),
        lon=np.array([fix["lon"] for fix in fixes], dtype=np.float64),
        lat=np.array([fix["lat"] for fix in fixes], dtype=np.float64),
        accuracy_m=np.array([fix["accuracy_m"] for fix in fixes], dtype=np.float64),
        mock=np.zeros(n, dtype=bool),
        device=np.zeros(n, dtype=np.int64),
        sequence=np.ones(n, dtype=np.int64),
        received_ms=np.full(n, milliseconds(case["checked_out_at"]) + MINUTE, dtype=np.int64),
    )
    facts = PatrolFacts(milliseconds(case["checked_in_at"]), milliseconds(case["checked_out_at"]), mode)
    return assess(columns, facts, [HotspotBoundary(HOTSPOT, BOUNDARY, shape(case["hotspot"]))], None, POLICY)


@pytest.mark.parametrize("mode", ["FOOT", "VEHICLE_MARKED"])
@pytest.mark.parametrize("name", CASES)
def test_worked_case(name: str, mode: str) -> None:
    case = CASES[name]
    seen = _case(case, mode)
    grades = seen.hotspots[0].whole
    for grade, (least, most) in case["expected_seconds"].items():
        assert least <= getattr(grades, f"{grade}_ms") / 1000 <= most, grade
    for label, count in case.get("expected_labels", {}).items():
        assert seen.fixes_by_label[Label(label)] == count
    assert [flag.value for flag in seen.flags] == case.get("expected_flags", [])


def an_hour(minutes_inside: float) -> Fixes:
    """A patrol of an hour: inside for the minutes given, then at once two hundred metres away, a fix a
    minute."""
    seconds = np.arange(0, 3601, 30)
    slowly = seconds / 60
    return track(seconds, np.where(seconds <= minutes_inside * 60, 0, 400), slowly)


@pytest.mark.parametrize(
    ("required", "expected"),
    [(59.999, Status.COMPLIANT), (60, Status.COMPLIANT), (60.001, Status.PARTIAL)],
)
def test_compliant_from_the_required_time_on(required: float, expected: Status) -> None:
    assert assessed(an_hour(60), for_window=window(required=required)).status is expected


def test_only_time_within_the_window_counts() -> None:
    seen = assessed(an_hour(60), for_window=window(begins=30, required=40))
    assert seen.status is Status.PARTIAL
    inside = seen.hotspots[0].in_window
    assert inside is not None
    assert (inside.verified_ms, inside.total_ms) == (30 * MINUTE, 30 * MINUTE)
    assert seen.hotspots[0].whole.verified_ms == HOUR


@pytest.mark.parametrize(
    ("quiet", "required", "expected"),
    [(10, 60, Status.REVIEW), (11, 60, Status.UNVERIFIED), (11, 61, Status.PARTIAL)],
)
def test_a_silence_asks_for_review_or_leaves_the_patrol_unverified(
    quiet: int, required: int, expected: Status
) -> None:
    seconds = np.arange(0, 3601, 60)
    heard = (seconds <= 1200) | (seconds >= 1200 + quiet * 60)
    assert assessed(track(seconds[heard], 0), for_window=window(required=required)).status is expected


def test_rule_12_no_fixes_are_gps_incomplete_not_absence_whatever_check_in_and_out_say() -> None:
    assert assessed(Fixes.empty(), for_window=window()).status is Status.UNVERIFIED
    assert assessed(Fixes.empty(), patrol(30), for_window=window()).status is Status.NOT_ATTENDED


def test_an_hour_elsewhere_is_not_attended() -> None:
    assert assessed(an_hour(-1), for_window=window()).status is Status.NOT_ATTENDED


def test_what_is_only_claimed_asks_for_review() -> None:
    early = track(np.arange(0, 1201, 60), 0, np.arange(21), sequence=1)
    last = track([3600], 0, sequence=2)
    filled = track(np.arange(1260, 3600, 60), 0, sequence=3)
    without = assessed(together(early, last), for_window=window())
    seen = assessed(together(early, last, filled), for_window=window())
    assert without.status is Status.UNVERIFIED
    assert seen.status is Status.REVIEW
    assert seen.flags == (Flag.LATE_FILL,)
    assert seen.hotspots[0].verified == without.hotspots[0].verified
    assert seen.hotspots[0].claimed_verified == ((START, START + HOUR),)


def test_conflicting_fixes_are_claimed_and_asked_about() -> None:
    seen = assessed(together(an_hour(60), track([600], 100)), for_window=window())
    assert seen.fixes_by_label[Label.CONFLICTING] == 2
    assert seen.flags == (Flag.CONFLICTING,)
    assert seen.check_needed


def test_the_flags_that_ask_for_review() -> None:
    asking = {flag.value for flag in Flag if flag.asks_review}
    doubts = {"mock", "conflicting", "late_fill", "clock_skew"}
    assert asking == doubts | {"revoked_device", "unknown_device"}


@pytest.mark.parametrize(
    ("skew_ms", "flagged"), [(60_000, False), (60_001, True), (-60_000, False), (-60_001, True)]
)
def test_a_skewed_clock(skew_ms: int, flagged: bool) -> None:
    assert (Flag.CLOCK_SKEW in assessed(an_hour(60), patrol(skew_ms=skew_ms)).flags) is flagged


@pytest.mark.parametrize(
    ("device", "second", "mock", "flagged"),
    [(1, 1800, False, True), (0, 1800, False, False), (1, 3660, False, False), (1, 1800, True, False)],
)
def test_a_phone_nobody_knows_is_asked_about_when_its_fixes_are_used(
    device: int, second: int, mock: bool, flagged: bool
) -> None:
    """Not for what it sent outside the patrol, nor for what only the claimed reading believes."""
    fixes = together(an_hour(60), track([second], 0, device=device, mock=mock))
    seen = assessed(fixes, replace(patrol(), unknown_devices=frozenset({1})))
    assert (Flag.UNKNOWN_DEVICE in seen.flags) is flagged


def test_an_auto_closed_patrol_is_only_noted() -> None:
    seen = assessed(an_hour(60), replace(patrol(), auto_closed=True))
    assert seen.flags == (Flag.AUTO_CLOSED,)
    assert not seen.check_needed


def test_an_open_patrol_reaches_to_its_last_used_fix() -> None:
    fixes = together(an_hour(60), track([3630], 0, accuracy=900), track([3660], 0, mock=True))
    seen = assessed(fixes, patrol(None), for_window=window())
    assert (seen.status, seen.horizon_ms) == (Status.IN_PROGRESS, START + HOUR)
    assert seen.hotspots[0].whole.verified_ms == HOUR


def test_an_open_patrol_without_fixes_has_no_length() -> None:
    seen = assessed(Fixes.empty(), patrol(None), for_window=window())
    assert (seen.horizon_ms, seen.hotspots[0].whole.total_ms) == (START, 0)


def test_without_a_window_there_is_nothing_to_reach() -> None:
    seen = assessed(an_hour(60))
    assert seen.status is Status.NO_WINDOW
    assert seen.hotspots[0].in_window is None


def test_the_boundary_of_the_window_must_be_given() -> None:
    with pytest.raises(ValueError, match="boundary"):
        assess(an_hour(60), patrol(), [boundary(hotspot=UUID(int=9))], window(), POLICY)


def test_hotspots_are_assessed_each_for_itself() -> None:
    east = boundary(Polygon([(300, -100), (500, -100), (500, 100), (300, 100)]), UUID(int=9))
    seen = assess(an_hour(30), patrol(), [boundary(), east], window(), POLICY)
    assert [each.hotspot_id for each in seen.hotspots] == [HOTSPOT, UUID(int=9)]
    found = seen.for_hotspot(UUID(int=9))
    assert found is not None
    assert found.whole.verified_ms == pytest.approx(29.625 * MINUTE, abs=MINUTE)
    assert seen.for_hotspot(UUID(int=8)) is None


def test_the_line_holds_the_used_fixes_in_order_of_time() -> None:
    fixes = together(
        track([120, 0, 60], [3, 1, 2]), track([-60, 90], 0, accuracy=[5, 900]), track([30], 5, device=1)
    )
    line = assessed(fixes, patrol(2)).line
    assert ((line.time_ms - START) // 1000).tolist() == [0, 30, 60, 120]


def test_the_plain_form_is_json_of_whole_numbers_and_text() -> None:
    def only_plain(value: object) -> bool:
        if isinstance(value, dict):
            return all(isinstance(key, str) and only_plain(each) for key, each in value.items())
        if isinstance(value, list):
            return all(only_plain(each) for each in value)
        return value is None or type(value) in (int, str)

    plain = assessed(an_hour(30), for_window=window()).to_plain()
    assert only_plain(plain)
    assert json.dumps(plain) == json.dumps(assessed(an_hour(30), for_window=window()).to_plain())
    assert list(plain)[:3] == ["status", "checked_in_ms", "horizon_ms"]


IMPOSSIBLE = {
    "check-out before check-in": (an_hour(60), PatrolFacts(START + HOUR, START, "FOOT")),
    "no length": (an_hour(60), PatrolFacts(START, START, "FOOT")),
    "one fix": (track([60], 0), patrol()),
    "all before": (track(np.arange(-9000, -8000, 60), 0), patrol()),
    "all after": (track(np.arange(9000, 9999, 60), 0), patrol()),
    "one instant, thousands of times": (track(np.full(3000, 60), np.linspace(0, 20, 3000)), patrol()),
    "one instant, everywhere": (track(np.full(3000, 60), np.linspace(0, 9000, 3000)), patrol()),
    "the same fix, thousands of times": (track(np.full(3000, 60), 0), patrol()),
    "the year 2100": (track([4e9], 0), patrol()),
    "the poles": (Fixes(*(np.array([v]) for v in (START, 0.0, 90.0, 5.0, False, 0, 1, 2 * START))), patrol()),
    "hopping": (track(np.arange(3000), np.where(np.arange(3000) % 2, 0, 9000)), patrol()),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_facts_that_make_no_sense_still_add_up(name: str) -> None:
    fixes, facts = IMPOSSIBLE[name]
    for for_window in (
        None,
        window(),
        WindowFacts(HOTSPOT, START, START, HOUR),
        WindowFacts(HOTSPOT, START + HOUR, START, 1),
    ):
        seen = assessed(fixes, facts, for_window=for_window)
        grades = seen.hotspots[0].whole
        assert grades.total_ms == seen.horizon_ms - seen.checked_in_ms
        assert grades.verified_ms <= 2 * MINUTE
        assert min(grades.verified_ms, grades.probable_ms, grades.unverified_ms, grades.outside_ms) >= 0
        assert sum(seen.fixes_by_label.values()) == len(fixes)
        assert not any(isinstance(each, float) and math.isnan(each) for each in seen.line.lon)


def test_check_out_before_check_in_credits_nothing() -> None:
    seen = assessed(an_hour(60), PatrolFacts(START + HOUR, START, "FOOT"))
    assert seen.hotspots[0].whole.total_ms == 0
    assert seen.hotspots[0].claimed_verified == ()


def test_an_empty_polygon_is_all_outside() -> None:
    assert result(an_hour(60), shape=Polygon()).whole.outside_ms == HOUR


def test_the_same_facts_give_the_same_answer() -> None:
    assert assessed(an_hour(30)).to_plain() == assessed(an_hour(30)).to_plain()
    assert result(an_hour(30), shape=SQUARE).boundary_id == BOUNDARY
