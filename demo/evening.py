"""Decides what happens on the demonstration evening: windows, patrols, tracks and uploads, all from one date.

The same date gives the same evening to the last byte, ids included, so playing it twice changes nothing.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

import shapely

from app.clock import LONDON, from_ms, london_day, rfc3339, to_ms
from app.geo.plane import LocalPlane
from demo.clients.fixes import Fix, Track
from demo.ids import named_uuid7
from demo.stories import (
    PATROLS,
    REQUIRED_MINUTES,
    STRETCHES,
    WINDOW_HOURS,
    WINDOWS,
    PatrolStory,
    Placing,
    WindowStory,
)
from demo.tracks import Boundary, beside, best_place, cut, join, move, there_and_back, without

FIXES_PER_BATCH = 20
LEG_PAUSE_MS = 30_000
BESIDE_M = 150.0
SETTLED_AFTER = timedelta(hours=46)
FIRST_WINDOW_BEFORE_MIDNIGHT = timedelta(hours=7)
WINDOW_COLUMNS = (
    "id", "hotspot_code", "team_code", "starts_at", "ends_at", "required_minutes", "collar_numbers",
)  # fmt: skip
_MINUTE_MS = 60_000
_FIRST_USED_MS = to_ms(datetime(2025, 4, 1, tzinfo=LONDON))


@dataclass(frozen=True, slots=True)
class Window:
    """A tasking window of the evening, [starts_ms, ends_ms)."""

    id: UUID
    story: WindowStory
    starts_ms: int
    ends_ms: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Fixes a phone sends together; `sequence` counts up as it captures."""

    id: UUID
    sequence: int
    fixes: Track


@dataclass(frozen=True, slots=True)
class Patrol:
    """A patrol as its phone lived it, on a true clock: `story.clock_fast_s` is added when it is sent.

    The first fix is the position of the check-in, the last that of the check-out; the rest travels in batches.
    """

    id: UUID
    story: PatrolStory
    device_id: UUID
    window_id: UUID | None
    checked_in: Fix
    checked_out: Fix | None
    batches: tuple[Batch, ...]


@dataclass(frozen=True, slots=True)
class Evening:
    day: date
    windows: tuple[Window, ...]
    patrols: tuple[Patrol, ...]


def evening_day(now: datetime) -> date:
    """The last evening whose results are settled: late data has had a day after the last window's end at 22:00.

    On 21 November 2026 at 21:59 it is the 19th, at 22:00 the 20th.
    """
    return london_day(now - SETTLED_AFTER)


def next_evening_day(now: datetime) -> date:
    """The evening still to come: today until the first window begins at 17:00, tomorrow from then on.

    On 21 November 2026 at 16:59 it is the 21st, at 17:00 the 22nd.
    """
    return london_day(now + FIRST_WINDOW_BEFORE_MIDNIGHT)


def build_windows(day: date) -> tuple[Window, ...]:
    """The windows of a London day."""
    return tuple(_window(day, story) for story in WINDOWS)


def build_evening(day: date, tracks: Mapping[str, Track], hotspots: Mapping[str, Boundary]) -> Evening:
    """The whole evening of a London day. `tracks` by file name, `hotspots` by code."""
    windows = build_windows(day)
    by_label = {window.story.label: window.id for window in windows}
    patrols = tuple(_patrol(day, story, by_label, tracks, hotspots) for story in PATROLS)
    return Evening(day, windows, patrols)


def windows_csv(windows: tuple[Window, ...]) -> str:
    """The windows as the import kind `tasking-windows` takes them."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(WINDOW_COLUMNS)
    for window in windows:
        starts_at, ends_at = rfc3339(from_ms(window.starts_ms)), rfc3339(from_ms(window.ends_ms))
        collars = ";".join(window.story.collars)
        rows.writerow(
            (
                window.id,
                window.story.hotspot,
                window.story.team,
                starts_at,
                ends_at,
                REQUIRED_MINUTES,
                collars,
            )
        )
    return text.getvalue()


def walk(
    story: PatrolStory, starts_ms: int, tracks: Mapping[str, Track], hotspots: Mapping[str, Boundary]
) -> Track:
    """The real stretches of a story joined, put onto its hotspots, without what was lost."""
    whole: Track = ()
    for leg in story.legs:
        stretch = STRETCHES[leg.stretch]
        from_ms_ = round(stretch.from_s * 1000)
        real = cut(tracks[stretch.file], from_ms_, from_ms_ + stretch.seconds * 1000)
        walked = there_and_back(real, leg.minutes * _MINUTE_MS)
        whole = join(whole, walked, LEG_PAUSE_MS) if whole else walked
    boundary = shapely.union_all([hotspots[code] for code in story.hotspots])
    find = best_place if story.placing is Placing.INSIDE else _streets_away
    moved = move(whole, starts_ms, LocalPlane.around(boundary), *find(whole, boundary))
    if story.lost is None:
        return moved
    return without(moved, starts_ms + story.lost[0] * _MINUTE_MS, starts_ms + story.lost[1] * _MINUTE_MS)


def _streets_away(track: Track, boundary: Boundary) -> tuple[float, float]:
    return beside(track, boundary, BESIDE_M)


def _window(day: date, story: WindowStory) -> Window:
    starts_ms = _london_ms(day, story.starts)
    ends_ms = starts_ms + WINDOW_HOURS * 60 * _MINUTE_MS
    return Window(named_uuid7(starts_ms, f"{day} window {story.label}"), story, starts_ms, ends_ms)


def _patrol(
    day: date,
    story: PatrolStory,
    windows: Mapping[str, UUID],
    tracks: Mapping[str, Track],
    hotspots: Mapping[str, Boundary],
) -> Patrol:
    starts_ms = _london_ms(day, story.arrives)
    track = walk(story, starts_ms, tracks, hotspots)
    sent = track[1:-1] if story.checks_out else track[1:]
    return Patrol(
        id=named_uuid7(starts_ms, f"{day} patrol {story.label}"),
        story=story,
        device_id=device_of(story.collar),
        window_id=None if story.window is None else windows[story.window],
        checked_in=track[0],
        checked_out=track[-1] if story.checks_out else None,
        batches=_batches(f"{day} patrol {story.label}", sent),
    )


def device_of(collar: str) -> UUID:
    """The phone an officer was given."""
    return named_uuid7(_FIRST_USED_MS, f"device of {collar}")


def _batches(name: str, fixes: Track) -> tuple[Batch, ...]:
    found = []
    for sequence, start in enumerate(range(0, len(fixes), FIXES_PER_BATCH)):
        part = fixes[start : start + FIXES_PER_BATCH]
        found.append(Batch(named_uuid7(part[-1].at_ms, f"{name} batch {sequence}"), sequence, part))
    return tuple(found)


def _london_ms(day: date, clock: time) -> int:
    return to_ms(datetime.combine(day, clock, LONDON))
