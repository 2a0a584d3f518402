"""Scenes drawn as maps: a walk through a hotspot, silences, excursions at the edge, a spike two kilometres away."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from shapely import Polygon

from app.tracks import edge
from app.tracks.assessment import Assessment, Fixes, HotspotResult, PatrolFacts
from app.tracks.crediting import Ground
from app.tracks.fixes import Label
from app.tracks.intervals import Intervals, subtract, unite
from app.tracks.plausibility import Path
from docs.pictures.svg import Clock, Scale, Sheet
from docs.pictures.words import Scene, lasting, patrol_status, sentence
from tests.tracks.scene import MINUTE, PLANE, POLICY, SQUARE, START, assessed, boundary, patrol, track, window

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Told:
    """A scene assessed: the fixes given, the result, and its stretches by grade."""

    fixes: Fixes
    seen: Assessment

    @property
    def result(self) -> HotspotResult:
        return self.seen.hotspots[0]

    @property
    def graded(self) -> dict[str, Intervals]:
        found = {
            "verified": self.result.verified,
            "probable": self.result.probable,
            "unverified": self.result.unverified,
        }
        span = ((self.seen.checked_in_ms, self.seen.horizon_ms),)
        return {**found, "outside": subtract(span, unite(*found.values()))}

    def place(self, ms: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Where the cleaned track is at some instants, in metres."""
        x, y = PLANE.to_xy(self.seen.line.lon, self.seen.line.lat)
        return np.interp(ms, self.seen.line.time_ms, x), np.interp(ms, self.seen.line.time_ms, y)


def _told(fixes: Fixes, facts: PatrolFacts) -> Told:
    return Told(fixes, assessed(fixes, facts, for_window=window()))


def _outline(sheet: Sheet, scale: Scale, shape: Polygon = SQUARE) -> None:
    sheet.area([scale(x, y) for x, y in shape.exterior.coords])


def _track(sheet: Sheet, scale: Scale, told: Told) -> None:
    """The track in the strokes of its grades, and every fix: used as a dot, set aside as a cross."""
    known = told.seen.line.time_ms
    for grade, intervals in told.graded.items():
        for start, end in intervals:
            inner = known[(known > start) & (known < end)]
            moments = np.concatenate(([start], inner, [end])).astype(np.float64)
            x, y = told.place(moments)
            sheet.path([scale(float(a), float(b)) for a, b in zip(x, y, strict=True)], grade)
    xs, ys = PLANE.to_xy(told.fixes.lon, told.fixes.lat)
    for x, y, label in zip(xs.tolist(), ys.tolist(), told.seen.labels.tolist(), strict=True):
        sheet.fix(*scale(x, y), used=label in (Label.USED.value, Label.DUPLICATE.value))


def _minutes(sheet: Sheet, clock: Clock, y: float, every: int) -> None:
    count = (clock.closes_ms - clock.opens_ms) // (every * MINUTE)
    words = [f"{number * every}" for number in range(count + 1)]
    sheet.axis(clock, y, every * MINUTE, [*words[:-1], f"{words[-1]} min"])


def walk() -> Scene:
    """Straight through, a metre a second, a report every half minute."""
    seconds = np.arange(0, 781, 30)
    told = _told(track(seconds, seconds - 390.0, 60 * np.sin(seconds / 90)), patrol(13))
    (opens, closes) = told.result.verified[0]
    sheet = Sheet(760, 460, "A walk through a hotspot")
    scale = Scale(40, 20, -450, 210, 0.755)
    _outline(sheet, scale)
    _track(sheet, scale, told)
    sheet.text(*scale(-190, 180), "hotspot")
    sheet.text(*scale(-390, 40), "check-in", anchor="middle")
    sheet.text(*scale(390, -75), "check-out", anchor="middle")
    clock = Clock(100, 600, START, START + 13 * MINUTE)
    sheet.bar(clock, 360, told.graded, "13 minutes")
    _minutes(sheet, clock, 386, 1)
    sheet.legend(100, 440, ["verified", "outside"])
    grades = told.result.whole
    caption = sentence(
        f"""
        A fix every 30 s, walking a metre a second. The path crosses the line {lasting(opens - START)} after
        check-in and again after {lasting(closes - START)}, between two fixes each time; the clock is cut
        there. Verified: {lasting(grades.verified_ms)}; outside: {lasting(grades.outside_ms)}.
        """
    )
    return Scene("walk", caption, sheet.svg())


def silence() -> Scene:
    """Three silences: short with near ends, long, and short with ends far apart."""
    at = np.array([0, 10, 19, 30, 45, 50, 54, 60]) * 60
    seconds = np.arange(0, 3601, 30)
    quiet = ((600, 1140), (1800, 2700), (3000, 3240))
    heard = np.array([not any(start < second < end for start, end in quiet) for second in seconds])
    x = np.interp(seconds, at, [-120, -100, -80, 60, 80, 120, -60, 40])
    y = np.interp(seconds, at, [-100, 80, 80, 100, 80, -20, -120, -140])
    told = _told(track(seconds[heard], x[heard], y[heard]), patrol(60))
    sheet = Sheet(760, 470, "Three silences inside a hotspot")
    scale = Scale(180, 10, -210, 210, 0.83)
    _outline(sheet, scale)
    _track(sheet, scale, told)
    for words, where in (("A", (-93, 98)), ("B", (67, 118)), ("C", (45, -88))):
        sheet.text(*scale(*where), words, anchor="middle", bold=True, size=15)
    clock = Clock(100, 600, START, START + 60 * MINUTE)
    sheet.bar(clock, 378, told.graded, "60 minutes")
    for words, (opens, closes) in zip("ABC", quiet, strict=True):
        middle = clock(START + (opens + closes) * 500)
        sheet.text(middle, 374, words, anchor="middle", bold=True)
    _minutes(sheet, clock, 404, 10)
    sheet.legend(100, 458, ["verified", "probable", "unverified"])
    apart = [
        float(np.hypot(*(np.diff(np.interp(pair, seconds, each))[0] for each in (x, y)))) for pair in quiet
    ]
    grades = told.result.whole
    caption = sentence(
        f"""
        Silence A lasts {lasting(540_000)} with ends {apart[0]:.0f} m apart: probable. B lasts
        {lasting(900_000)}: longer than ten minutes, so unverified although its ends are {apart[1]:.0f} m
        apart. C lasts {lasting(240_000)}, but its ends are {apart[2]:.0f} m apart, more than 50 m plus both
        accuracies (5 m each): unverified. Verified: {lasting(grades.verified_ms)}; probable:
        {lasting(grades.probable_ms)}; unverified: {lasting(grades.unverified_ms)}. For a window that asks
        for 60 minutes the patrol is {patrol_status(told.seen.status.value)}: at most it was there all the
        time.
        """
    )
    return Scene("silence", caption, sheet.svg())


def _means(told: Told) -> tuple[FloatArray, FloatArray]:
    """The mean position around each fix beyond the line that belongs to an excursion, in metres."""
    ground = Ground(boundary().polygon)
    x, y = ground.plane.to_xy(told.fixes.lon, told.fixes.lat)
    path = Path(told.fixes.time_ms, x, y, told.fixes.accuracy_m)
    at_edge = edge.excursions(path, ground.outline.contains(x, y), ground.outline, POLICY)
    span = (told.seen.checked_in_ms, told.seen.horizon_ms)
    mean = edge.MeanPosition.of(path, np.ones(len(path) - 1, dtype=bool), span, POLICY)
    found = mean.around(path.time_ms[at_edge].astype(np.float64), POLICY)
    return PLANE.to_xy(*ground.plane.to_lonlat(*found))


def _edge_panel(sheet: Sheet, left: float, words: str, x: ArrayLike) -> Told:
    """Ten minutes beside the east line of the square, seen close; north stretched so that fixes stand apart."""
    count = np.arange(21)
    told = _told(track(count * 30, x, count * 1.5 - 15), patrol(10))
    scale = Scale(left, 50, 184, 18, 6.4)
    (line_x, top), (_, bottom) = scale(200, 18), scale(200, -18)
    band_x = scale(210, 0)[0]
    sheet.area([(left, top), (line_x, top), (line_x, bottom), (left, bottom)], stroke="none")
    sheet.area([(line_x, top), (band_x, top), (band_x, bottom), (line_x, bottom)], "#fff8e0", "none")
    sheet.line([(band_x, top), (band_x, bottom)], 'stroke="#888" stroke-width="1" stroke-dasharray="3 3"')
    sheet.line([(line_x, top), (line_x, bottom)], 'stroke="#222" stroke-width="2"')
    sheet.text(line_x - 4, bottom + 15, "line", anchor="end", size=12)
    sheet.text(band_x, bottom + 15, "band", anchor="middle", size=12)
    _track(sheet, scale, told)
    for mean_x, mean_y in zip(*(each.tolist() for each in _means(told)), strict=True):
        sheet.diamond(*scale(mean_x, mean_y))
    sheet.text(left, 36, words, bold=True)
    clock = Clock(left, 205, START, START + 10 * MINUTE)
    sheet.bar(clock, 312, told.graded)
    _minutes(sheet, clock, 338, 5)
    return told


def edges() -> Scene:
    """Kept, not kept, and a real leaving."""
    count = np.arange(21)
    sheet = Sheet(800, 420, "The edge of a hotspot")
    kept = _edge_panel(sheet, 30, "A kept", np.where(count == 10, 208.0, 190.0))
    unkept = _edge_panel(sheet, 290, "B not kept", np.where(count % 5 == 0, 199.0, 209.0))
    gone = _edge_panel(
        sheet, 550, "C a leaving", np.select([np.isin(count, [9, 11]), count == 10], [205.0, 216.0], 190.0)
    )
    sheet.diamond(420, 396)
    sheet.text(430, 400, "mean position of the five minutes around", size=12)
    sheet.legend(30, 400, ["verified", "probable", "outside"])
    a, b, c = (each.result.whole for each in (kept, unkept, gone))
    caption = sentence(
        f"""
        Ten minutes at the line, a fix every 30 s, accuracy 5 m, so the band is 10 m wide. A: ten metres
        inside but for one fix 8 m beyond the line; the mean lies inside: {lasting(a.verified_ms)} verified.
        B: 9 m beyond the line, every fifth fix 1 m inside; the means lie beyond: {lasting(b.verified_ms)}
        verified, {lasting(b.probable_ms)} probable. C: one fix lies 16 m out, beyond the band, so it is a
        leaving and ends where the path crosses the line: {lasting(c.verified_ms)} verified,
        {lasting(c.outside_ms)} outside.
        """
    )
    return Scene("edge", caption, sheet.svg())


def spike() -> Scene:
    """One fix two kilometres away among twenty that are not."""
    seconds = np.arange(0, 1201, 60)
    x = np.where(seconds == 600, 2000.0, -60 + seconds / 10)
    fixes = track(seconds, x, 40 * np.sin(seconds / 200))
    told = _told(fixes, patrol(20))
    by_car = _told(fixes, patrol(20, mode="VEHICLE_MARKED"))
    sheet = Sheet(760, 260, "A spike two kilometres away")
    scale = Scale(20, 20, -220, 210, 0.31)
    _outline(sheet, scale)
    _track(sheet, scale, told)
    sheet.text(*scale(-190, 160), "hotspot", size=12)
    here, there = scale(0, 0), scale(2000, 0)
    sheet.line([here, (there[0] - 8, there[1])], 'stroke="#aaa" stroke-width="1" stroke-dasharray="2 4"')
    sheet.text(there[0] - 12, there[1] - 14, "set aside: implausible", anchor="end", size=12)
    clock = Clock(100, 600, START, START + 20 * MINUTE)
    sheet.bar(clock, 170, told.graded, "20 minutes")
    _minutes(sheet, clock, 196, 5)
    sheet.legend(100, 248, ["verified"], aside=True)
    disbelieved = {each.seen.fixes_by_label[Label.IMPLAUSIBLE] for each in (told, by_car)}
    assert disbelieved == {1}
    caption = sentence(
        f"""
        A fix a minute; the eleventh lies two kilometres east, and the next is back. Set aside as
        `implausible`, on foot and by car alike (two kilometres in a minute is only 33 m/s). Verified:
        {lasting(told.result.whole.verified_ms)} on foot, {lasting(by_car.result.whole.verified_ms)} by car;
        the neighbours, two minutes apart, vouch for each other.
        """
    )
    return Scene("spike", caption, sheet.svg())
