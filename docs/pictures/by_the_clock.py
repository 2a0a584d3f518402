"""Scenes drawn as bars of time: a late fill, two officers in one window, a colleague without a phone.

The clock on the pictures reads 19:00 where the scene begins.
"""

from collections.abc import Sequence
from uuid import UUID

import numpy as np

from app.patrols.hours import DeclaredMember, declared
from app.tracks.assessment import Assessment, Fixes
from app.tracks.decision import WindowCredit, decide_window
from app.tracks.fixes import Label
from app.tracks.intervals import total_ms
from docs.pictures.svg import Clock, Sheet
from docs.pictures.words import Scene, lasting, patrol_status, sentence, window_status
from tests.tracks.scene import HOUR, MINUTE, START, assessed, patrol, together, track, window


def _axis(sheet: Sheet, clock: Clock, y: float, every: int = 10) -> None:
    count = (clock.closes_ms - clock.opens_ms) // (every * MINUTE)
    words = [f"{19 + number * every // 60}:{number * every % 60:02}" for number in range(count + 1)]
    sheet.axis(clock, y, every * MINUTE, words)


def _batches(sheet: Sheet, clock: Clock, y: float, batches: Sequence[tuple[str, Fixes]]) -> Assessment:
    """A row a batch: used fixes as dots, the others as crosses, what the batch is on the left."""
    seen = assessed(together(*(fixes for _, fixes in batches)), patrol(60), for_window=window())
    row = 0
    for words, fixes in batches:
        sheet.text(clock.left - 14, y + 4, words, anchor="end", size=12)
        for ms in fixes.time_ms.tolist():
            sheet.fix(clock(ms), y, used=str(seen.labels[row]) == Label.USED.value)
            row += 1
        y += 20
    return seen


def late_fill() -> Scene:
    """A whole sequence that arrives late, and fixes made up afterwards for a gap."""
    early, middle, rest = np.arange(0, 1200, 60), np.arange(1200, 3541, 60), np.array([3600])
    sheet = Sheet(800, 400, "Late arrival and late fill")
    clock = Clock(230, 530, START, START + HOUR)
    sheet.text(20, 24, "A  no signal: sequence 1 arrives last", bold=True)
    normal = _batches(
        sheet,
        clock,
        48,
        [
            ("sequence 2, arrived 20:01", track(np.concatenate((middle, rest)), 0, sequence=2)),
            ("sequence 1, arrived 20:40", track(early, 0, sequence=1)),
        ],
    )
    sheet.bar(clock, 86, {"verified": normal.hotspots[0].verified}, "verified", 18)
    sheet.text(20, 160, "B  a gap filled: sequence 3 is older than the last fix of 2", bold=True)
    filled = _batches(
        sheet,
        clock,
        184,
        [
            ("sequence 1, arrived 19:21", track(early, 0, sequence=1)),
            ("sequence 2, arrived 20:01", track(rest, 0, sequence=2)),
            ("sequence 3, arrived 20:05", track(middle, 0, sequence=3)),
        ],
    )
    found = filled.hotspots[0]
    sheet.bar(clock, 242, {"verified": found.verified, "unverified": found.unverified}, "strict reading", 18)
    sheet.bar(clock, 268, {"verified": found.claimed_verified}, "claimed reading", 18)
    _axis(sheet, clock, 300)
    sheet.legend(230, 370, ["verified", "unverified"], aside=True)
    late = filled.fixes_by_label[Label.LATE_FILL]
    caption = sentence(
        f"""
        A: sequence 1 was kept on the phone for want of signal and arrives last. Nothing is late, because
        the phone numbered it first: {lasting(normal.hotspots[0].whole.verified_ms)} verified. B: after
        sequence 2, whose last fix is of 20:00, the phone sends a sequence 3 with {late} older fixes. They
        are `late_fill`: the strict reading has {lasting(found.whole.verified_ms)} verified, the claimed one
        {lasting(total_ms(found.claimed_verified))}. The patrol is {patrol_status(filled.status.value)},
        with the flag `{filled.flags[0].value}`.
        """
    )
    return Scene("late-fill", caption, sheet.svg())


def _brings(officer: int, seen: Assessment) -> WindowCredit:
    found = seen.hotspots[0]
    return WindowCredit(
        UUID(int=officer), found.verified, found.probable, found.unverified, found.claimed_verified
    )


def union() -> Scene:
    """Two patrols that overlap keep a window of sixty minutes together."""
    first = assessed(track(np.arange(0, 2401, 30), 0), patrol(40), for_window=window())
    second = assessed(track(np.arange(1800, 3601, 30), 50), patrol(30, begins=30), for_window=window())
    opens = window()
    decision = decide_window(
        [_brings(1, first), _brings(2, second)],
        starts_ms=opens.starts_ms,
        ends_ms=opens.ends_ms,
        required_ms=opens.required_ms,
    )
    sheet = Sheet(800, 300, "Two officers keep one window")
    clock = Clock(190, 570, opens.starts_ms, opens.ends_ms)
    sheet.bar(clock, 20, {"verified": first.hotspots[0].verified}, "officer 4101")
    sheet.bar(clock, 52, {"verified": second.hotspots[0].verified}, "officer 4102")
    sheet.bar(clock, 96, {"verified": decision.verified}, "the window")
    _axis(sheet, clock, 124, 20)
    hour = Clock(190, 285, 0, opens.required_ms)
    sheet.bar(hour, 176, {"outside": ((0, opens.required_ms),)}, "60 minutes asked for", 28)
    sheet.bar(hour, 182, {"verified": ((0, decision.verified_ms),)}, "", 16)
    sheet.axis(hour, 210, 20 * MINUTE, ["0", "20", "40", "60 min"])
    sheet.legend(190, 276, ["verified"], fixes=False)
    each = [seen.hotspots[0].whole.verified_ms for seen in (first, second)]
    caption = sentence(
        f"""
        Officer 4101 is verified for {lasting(each[0])}, 4102 for {lasting(each[1])}; ten minutes are the
        same minutes. Together {lasting(decision.verified_ms)}, each instant once: the window is
        {window_status(decision.status.value)}, while each patrol alone is
        {patrol_status(first.status.value)}. Their officer-hours are {lasting(sum(each))}, because two
        people worked.
        """
    )
    return Scene("union", caption, sheet.svg())


def crew() -> Scene:
    """A colleague without a phone, until their own phone speaks."""
    lead = assessed(track(np.arange(0, 3601, 30), 0), patrol(60), for_window=window())
    verified = lead.hotspots[0].verified
    own = (START + 50 * MINUTE, START + 60 * MINUTE)
    member = DeclaredMember(UUID(int=2), START + 30 * MINUTE, None, [own])
    credited = declared(verified, member)
    sheet = Sheet(800, 230, "A colleague without a phone")
    clock = Clock(230, 530, START, START + HOUR)
    sheet.bar(clock, 20, {"verified": verified}, "lead, verified")
    sheet.bar(clock, 54, {"outside": (own,)}, "colleague's own patrol")
    sheet.bar(clock, 88, {"declared": credited}, "colleague, declared")
    _axis(sheet, clock, 122)
    sheet.legend(230, 206, ["verified", "declared"], fixes=False)
    caption = sentence(
        f"""
        The lead is verified from 19:00 to 20:00 and declared a colleague from 19:30. The colleague's own
        phone speaks from 19:50. Declared: {lasting(total_ms(credited))}, in a column of its own.
        The window counts the lead's {lasting(total_ms(verified))} and nothing of the colleague's.
        """
    )
    return Scene("crew", caption, sheet.svg())
