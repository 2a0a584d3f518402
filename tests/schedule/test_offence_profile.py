"""Aoristic weights by hand, by a slow independent count and over the nights clocks change; and what is borrowed."""

import csv
import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, strategies as st

from app.clock import LONDON, from_ms, to_ms
from app.schedule.offence_profile import (
    HOUR_MS,
    HOURS,
    HotspotProfile,
    Inside,
    OffenceTimes,
    best_starts,
    hotspot_profiles,
    spread,
    two_hour_weight,
)
from tests.conftest import named

DATA = Path(__file__).resolve().parents[1] / "data" / "offence_times"
Span = tuple[int, int]
MONDAY, FRIDAY, SATURDAY, SUNDAY = 0, 96, 120, 144


def utc(text: str) -> int:
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=UTC))


def times(spans: Sequence[Span], weights: Sequence[float] | None = None) -> OffenceTimes:
    return OffenceTimes(
        np.array([start for start, _ in spans], np.int64),
        np.array([end for _, end in spans], np.int64),
        np.array([1.0] * len(spans) if weights is None else weights, np.float64),
    )


def week_of(*spans: Span) -> dict[int, float]:
    """The hours that have any weight."""
    found = spread(times(spans), np.zeros(len(spans), np.int64), 1)[0]
    return {hour: round(float(weight), 9) for hour, weight in enumerate(found) if weight > 0}


def slow_week(spans: Sequence[Span]) -> list[float]:
    """Every millisecond span cut at whole minutes, and each piece given to the hour London's clocks show."""
    found = [0.0] * HOURS
    for start, end in spans:
        if start == end:
            local = from_ms(start).astimezone(LONDON)
            found[local.weekday() * 24 + local.hour] += 1
        at = start
        while at < end:
            until = min(end, (at // 60_000 + 1) * 60_000)
            local = from_ms(at).astimezone(LONDON)
            found[local.weekday() * 24 + local.hour] += (until - at) / (end - start)
            at = until
    return found


def test_an_instant_has_its_hour() -> None:
    # Friday 6 March 2026, and in summer time an hour later on the clock.
    assert week_of((utc("2026-03-06T22:30"), utc("2026-03-06T22:30"))) == {FRIDAY + 22: 1.0}
    assert week_of((utc("2026-07-03T22:30"), utc("2026-07-03T22:30"))) == {FRIDAY + 23: 1.0}
    assert week_of((utc("2026-03-06T22:00"), utc("2026-03-06T22:00"))) == {FRIDAY + 22: 1.0}


def test_a_span_over_midnight_is_spread_evenly() -> None:
    assert week_of((utc("2026-03-06T22:30"), utc("2026-03-07T00:30"))) == {
        FRIDAY + 22: 0.25, FRIDAY + 23: 0.5, SATURDAY: 0.25,
    }  # fmt: skip


def test_a_span_is_half_open() -> None:
    assert week_of((utc("2026-03-06T22:00"), utc("2026-03-06T23:00"))) == {FRIDAY + 22: 1.0}


def test_a_span_over_the_end_of_the_week() -> None:
    assert week_of((utc("2026-03-08T23:00"), utc("2026-03-09T01:00"))) == {SUNDAY + 23: 0.5, MONDAY: 0.5}


def test_a_span_of_many_days() -> None:
    found = week_of((utc("2026-03-06T00:00"), utc("2026-03-09T00:00")))
    assert found == {hour: pytest.approx(1 / 72) for hour in range(FRIDAY, SUNDAY + 24)}


def test_the_hour_that_is_left_out_gets_nothing() -> None:
    # Sunday 29 March 2026: after 00:59 comes 02:00. Midnight to four on the clock is three hours.
    found = week_of((utc("2026-03-29T00:00"), utc("2026-03-29T03:00")))
    assert found == {
        SUNDAY: pytest.approx(1 / 3),
        SUNDAY + 2: pytest.approx(1 / 3),
        SUNDAY + 3: pytest.approx(1 / 3),
    }


def test_the_hour_that_comes_twice_counts_twice_in_its_place() -> None:
    # Sunday 25 October 2026: one to two comes twice. Midnight to three on the clock is four hours.
    found = week_of((utc("2026-10-24T23:00"), utc("2026-10-25T03:00")))
    assert found == {SUNDAY: 0.25, SUNDAY + 1: 0.5, SUNDAY + 2: 0.25}
    assert week_of((utc("2026-10-25T00:30"), utc("2026-10-25T01:30"))) == {SUNDAY + 1: 1.0}


AROUND_CLOCK_CHANGES = [utc("2026-03-28T12:00"), utc("2026-10-24T12:00"), utc("2026-06-30T00:00")]


def test_a_slow_count_minute_by_minute_agrees() -> None:
    rng = random.Random(9)
    for _ in range(40):
        spans = []
        for _ in range(5):
            start = rng.choice(AROUND_CLOCK_CHANGES) + rng.randrange(0, 24 * HOUR_MS)
            spans.append(
                (
                    start,
                    start + rng.choice([0, rng.randrange(1, 3 * HOUR_MS), rng.randrange(1, 60 * HOUR_MS)]),
                )
            )
        found = spread(times(spans), np.zeros(5, np.int64), 1)[0]
        assert found == pytest.approx(slow_week(spans), abs=1e-9), spans


starts = st.integers(utc("2025-01-01T00:00"), utc("2027-01-01T00:00"))
lengths = st.one_of(st.just(0), st.integers(1, 168 * HOUR_MS))


@given(
    st.lists(st.tuples(starts, lengths, st.floats(0.01, 1000), st.integers(0, 2)), min_size=1, max_size=30)
)
def test_no_weight_is_lost_or_made(drawn: list[tuple[int, int, float, int]]) -> None:
    spans = [(start, start + length) for start, length, _, _ in drawn]
    group = np.array([group for *_, group in drawn], np.int64)
    weights = [weight for _, _, weight, _ in drawn]
    found = spread(times(spans, weights), group, 3)
    expected = [
        sum(weight for weight, one in zip(weights, group, strict=True) if one == place) for place in range(3)
    ]
    assert found.sum(axis=1) == pytest.approx(expected, rel=1e-9)
    assert (found >= 0).all()


A, B, C, D = (named(name) for name in "ABCD")
NIGHT, NOON = utc("2026-03-06T22:30"), utc("2026-03-04T12:30")
WEDNESDAY_NOON = 48 + 12


def profiles(
    where: Sequence[tuple[UUID | None, Span]],
    kinds: dict[UUID, str],
    weights: Sequence[float] | None = None,
    pseudo_count: float = 20.0,
) -> dict[UUID, HotspotProfile]:
    """Profiles of hotspots from (hotspot, span); None lies in no hotspot."""
    hotspots = list(kinds.items())
    place = {hotspot: at for at, (hotspot, _) in enumerate(hotspots)}
    pairs = [(offence, place[one]) for offence, (one, _) in enumerate(where) if one is not None]
    inside = Inside(np.array([p for p, _ in pairs], np.int64), np.array([h for _, h in pairs], np.int64))
    return hotspot_profiles(
        times([span for _, span in where], weights), inside, hotspots, set(kinds), pseudo_count
    )


def at(instant: int) -> Span:
    return instant, instant


def test_a_thin_hotspot_leans_on_others_of_its_kind() -> None:
    where = [(A, at(NIGHT))] * 5 + [(B, at(NOON))] * 20 + [(C, at(utc("2026-03-02T06:30")))] * 60
    found = profiles(where, {A: "VIOLENCE", B: "VIOLENCE", C: "ASB"})[A]
    assert (found.offences, found.own_weight, found.borrowed_from) == (5, 5.0, "category")
    # Five of its own against twenty lent: a fifth is its own.
    assert found.borrowed == pytest.approx(0.8)
    # B's twenty keep half, the force's other eighty keep 4/5 of the other half, and the rest is any hour.
    any_hour = 0.8 * 0.5 * 0.2 / HOURS
    assert found.weights[FRIDAY + 22] == pytest.approx(0.2 + any_hour)
    assert found.weights[WEDNESDAY_NOON] == pytest.approx(0.8 * (0.5 + 0.5 * 0.8 * 20 / 80) + any_hour)
    assert found.weights[6] == pytest.approx(0.8 * 0.5 * 0.8 * 60 / 80 + any_hour)
    assert sum(found.weights) == pytest.approx(1)


def test_who_has_none_of_its_kind_leans_on_the_force_and_then_on_nothing() -> None:
    found = profiles([(B, at(NOON))] * 40 + [(None, at(NIGHT))] * 40, {A: "VIOLENCE", B: "ASB"})
    assert (found[A].borrowed_from, found[A].borrowed, found[A].offences) == ("force", 1.0, 0)
    assert found[A].weights[FRIDAY + 22] == pytest.approx(found[A].weights[WEDNESDAY_NOON])
    assert found[A].weights[FRIDAY + 22] == pytest.approx(0.8 / 2 + 0.2 / HOURS)
    # Alone in its kind, B leans on what lies outside itself.
    assert (found[B].borrowed_from, found[B].weights[FRIDAY + 22] > 0.2) == ("force", True)
    nothing = profiles([], {A: "VIOLENCE"})[A]
    assert (nothing.borrowed_from, nothing.borrowed) == ("uniform", 1.0)
    assert nothing.weights == pytest.approx([1 / HOURS] * HOURS)
    only_own = profiles([(A, at(NOON))] * 20, {A: "VIOLENCE"})[A]
    assert (only_own.borrowed_from, only_own.borrowed) == ("uniform", 0.5)


def test_nothing_is_borrowed_when_asked_not_to() -> None:
    found = profiles([(A, at(NIGHT)), (B, at(NOON))], {A: "V", B: "V"}, pseudo_count=0)[A]
    assert (found.borrowed, found.borrowed_from, found.weights[FRIDAY + 22]) == (0.0, "own", 1.0)


def test_more_of_its_own_means_less_borrowed() -> None:
    shares = [
        profiles([(A, at(NIGHT))] * many + [(B, at(NOON))], {A: "V", B: "V"})[A].borrowed
        for many in (1, 20, 380)
    ]
    assert shares == pytest.approx([20 / 21, 0.5, 0.05])


def test_harm_weighs_and_one_grave_offence_is_no_pattern() -> None:
    where = [(A, at(NIGHT))] + [(A, at(NOON))] * 30
    found = profiles(where, {A: "V"}, [1000.0] + [1.0] * 30)[A]
    assert (found.offences, found.own_weight) == (31, 1030.0)
    assert found.weights[FRIDAY + 22] > found.weights[WEDNESDAY_NOON]
    # Worth 1030² / 1,000,030 offences, hardly more than one.
    assert found.borrowed == pytest.approx(20 / (20 + 1030**2 / 1_000_030))


def test_what_is_left_out_is_counted_and_weighs_nothing() -> None:
    week = 168 * HOUR_MS
    where = [(A, (NIGHT, NIGHT + week + 1)), (A, (NIGHT, NIGHT + week)), (A, at(NOON)), (B, at(NOON))]
    found = profiles(where, {A: "V", B: "V"}, [1.0, 1.0, float("nan"), 1.0])[A]
    assert (found.offences, found.left_out, found.without_weight, found.own_weight) == (1, 1, 1, 1.0)


def test_an_offence_in_two_hotspots_counts_for_each_and_once_for_their_kind() -> None:
    both = hotspot_profiles(
        times([at(NIGHT), at(NOON)]),
        Inside(np.array([0, 0, 1], np.int64), np.array([0, 1, 2], np.int64)),
        [(A, "V"), (B, "V"), (C, "V")],
        [A, B, C],
    )
    assert (both[A].offences, both[B].offences) == (1, 1)
    # C borrows of one offence, not of two: it keeps 1/21 of the pattern, the force's other keeps 1/21 of the rest.
    assert both[C].weights[FRIDAY + 22] == pytest.approx(
        20 / 21 * (1 / 21 + 20 / 21 * (1 / 21 + 20 / 21 / HOURS))
    )


def test_two_hours_from_any_minute() -> None:
    week = [0.0] * HOURS
    week[FRIDAY + 22], week[FRIDAY + 23], week[SATURDAY] = 0.2, 0.5, 0.3
    assert two_hour_weight(week, (FRIDAY + 22) * 60) == pytest.approx(0.7)
    assert two_hour_weight(week, (FRIDAY + 22) * 60 + 30) == pytest.approx(0.1 + 0.5 + 0.15)
    assert two_hour_weight(week, (FRIDAY + 21) * 60 + 45) == pytest.approx(0.2 + 0.5 * 0.75)
    week[MONDAY], week[SUNDAY + 23] = 0.4, 0.4
    assert two_hour_weight(week, (SUNDAY + 23) * 60) == pytest.approx(0.8)
    assert two_hour_weight(week, (SUNDAY + 23) * 60 + 7 * 24 * 60) == pytest.approx(0.8)


def test_the_best_starts_do_not_overlap_and_the_earlier_of_equals_wins() -> None:
    week = [0.0] * HOURS
    week[FRIDAY + 22], week[FRIDAY + 23], week[10], week[SUNDAY + 23] = 0.3, 0.3, 0.2, 0.2
    found = best_starts(week, 3)
    # All of hour 10 is held by starts at 09:00, 09:30 and 10:00: the earliest is taken.
    assert [start for start, _ in found] == [(FRIDAY + 22) * 60, 9 * 60, (SUNDAY + 22) * 60]
    assert [weight for _, weight in found] == pytest.approx([0.6, 0.2, 0.2])
    assert len(best_starts([1 / HOURS] * HOURS, 200)) == 84


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _london(text: str) -> int:
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=LONDON))


def test_real_robberies_peak_late_in_the_evening() -> None:
    spans = [
        at(_london(row["date_time"].removesuffix("Z")))
        for row in _rows("san_francisco_personal_robbery_2019.csv")
    ]
    found = spread(times(spans), np.zeros(len(spans), np.int64), 1)[0]
    by_hour = found.reshape(7, 24).sum(axis=0)
    peak = {int(hour) for hour in np.argsort(by_hour)[-4:]}
    assert peak <= {22, 23, 0, 1, 2, 3}, by_hour
    # No spans: an ordinary count says the same, but for the hours that London's clocks leave out or repeat.
    counted = Counter(
        int(row["date_time"][11:13]) for row in _rows("san_francisco_personal_robbery_2019.csv")
    )
    assert [abs(by_hour[hour] - counted[hour]) <= 1 for hour in range(24)] == [True] * 24
    assert found.sum() == len(spans) == 951


def test_real_thefts_with_spans_keep_their_weight_and_are_left_out_when_too_long() -> None:
    spans = []
    for row in _rows("nyc_vehicle_theft_from_to.csv"):
        start = _london(row["date_start"])
        spans.append((start, max(start, _london(row["date_end"] or row["date_start"]))))
    found = profiles([(A, span) for span in spans], {A: "V"}, pseudo_count=0)[A]
    assert (found.offences, found.left_out) == (2381 - 156, 156)
    assert found.own_weight == found.offences
    assert sum(found.weights) == pytest.approx(1)
    short = [span for span in spans if span[1] - span[0] <= 168 * HOUR_MS]
    sample = short[::60]
    some = spread(times(sample), np.zeros(len(sample), np.int64), 1)[0]
    assert some == pytest.approx(slow_week(sample), abs=1e-9)
    by_hour = [sum(found.weights[hour::24]) for hour in range(24)]
    # Cars go at night: what is spread over nights shows it.
    assert sum(by_hour[hour] for hour in (22, 23, 0, 1, 2, 3)) > sum(by_hour[hour] for hour in range(9, 15))


def test_twenty_thousand_offences_take_well_under_a_second() -> None:
    rng = np.random.default_rng(3)
    start = rng.integers(utc("2025-01-01T00:00"), utc("2026-01-01T00:00"), 20_000)
    length = np.minimum(rng.exponential(12 * HOUR_MS, 20_000), 167 * HOUR_MS).astype(np.int64)
    hotspots = [(named(f"h{at}"), "VA"[at % 2]) for at in range(84)]
    inside = Inside(np.arange(20_000), rng.integers(0, 84, 20_000))
    begun = datetime.now(UTC)
    found = hotspot_profiles(
        OffenceTimes(start, start + length, np.ones(20_000)), inside, hotspots, [h for h, _ in hotspots]
    )
    # Measured 0.07 s; the bound leaves room for a busy machine.
    assert datetime.now(UTC) - begun < timedelta(seconds=1)
    assert sum(profile.offences for profile in found.values()) == 20_000
