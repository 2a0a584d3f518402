"""Observing windows does not help to foretell the next, and seeds that people would choose are not the seed (N1).

Twelve hotspots over 90 days: a predictor learns from the first 60, then names the day of each block, and day and start
together, before the block begins. What it may reach without learning anything is a third for the day, and a third of
the likeliest start's share for both. The goal is five points above that.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from hashlib import sha256
from itertools import pairwise
from uuid import UUID

from app.clock import LONDON, from_ms
from app.schedule.draw_inputs import commitment, inputs_hash
from app.schedule.plan import Planned
from app.schedule.randomisation import block_days
from tests.schedule.draws import FIRST, evenings, hotspot, inputs, plan, seed

GIVEN = inputs(
    [hotspot(str(UUID(int=number)), weights=evenings()) for number in range(12)],
    last_day=FIRST + timedelta(days=89),
)
LEARNT_UNTIL = FIRST + timedelta(days=60)
MARGIN = 0.05
Guess = tuple[date, str]


class Watcher:
    """Somebody who knows hotspots, phases and hours, and has seen every window so far."""

    def __init__(self, seen: list[Planned]) -> None:
        self.last = {window.hotspot_id: window for window in seen}
        self.start = Counter(clock(window) for window in seen)
        self.place: dict[str, Counter[object]] = defaultdict(Counter)
        self.after_gap: dict[object, Counter[int]] = defaultdict(Counter)
        for windows in by_hotspot(seen).values():
            for before, window in pairwise(windows):
                self.after_gap[position(before)][position(window)] += 1
            for window in windows:
                self.place[window.hotspot_id][position(window)] += 1
                self.place[window.hotspot_id + " weekday"][window.day.weekday()] += 1

    def by_position(self, block: Planned) -> date:
        """The place in the block where this hotspot's windows mostly were."""
        return block.block + timedelta(days=most(self.place[block.hotspot_id]))

    def by_weekday(self, block: Planned) -> date:
        counts = self.place[block.hotspot_id + " weekday"]
        return max(block_days(block.block), key=lambda day: counts[day.weekday()])

    def by_previous(self, block: Planned) -> date:
        """What mostly followed on where the last window was."""
        before = position(self.last[block.hotspot_id]) if block.hotspot_id in self.last else 0
        return block.block + timedelta(days=most(self.after_gap[before]))


def most(counts: Counter[object] | Counter[int]) -> int:
    return int(str(counts.most_common(1)[0][0])) if counts else 1


def position(window: Planned) -> int:
    return (window.day - window.block).days


def clock(window: Planned) -> str:
    return from_ms(window.starts_at_ms).astimezone(LONDON).strftime("%H:%M")


def by_hotspot(windows: list[Planned]) -> dict[str, list[Planned]]:
    found: dict[str, list[Planned]] = defaultdict(list)
    for window in windows:
        found[window.hotspot_id].append(window)
    return found


def watched(choose: Callable[[Watcher], Callable[[Planned], date]], number: int) -> tuple[int, int, int]:
    """Blocks foretold, days named rightly, days and starts named rightly; the watcher learns on with every window."""
    windows = list(plan(GIVEN, number).windows)
    seen = [window for window in windows if window.day < LEARNT_UNTIL]
    ahead = [window for window in windows if window.block >= LEARNT_UNTIL]
    days = both = 0
    watcher = Watcher(seen)
    likeliest = watcher.start.most_common(1)[0][0]
    for window in ahead:
        right = choose(watcher)(window) == window.day
        days += right
        both += right and clock(window) == likeliest
        watcher.last[window.hotspot_id] = window
    return len(ahead), days, both


def test_a_watcher_names_the_next_window_no_better_than_by_chance() -> None:
    half_weight = [20 if 36 <= half < 44 else 1 for half in range(48)]
    covered = [sum(half_weight[(start + at) % 48] for at in range(4)) for start in range(48)]
    share = max(covered) / sum(covered)
    ways = (
        lambda watcher: watcher.by_position,
        lambda watcher: watcher.by_weekday,
        lambda watcher: watcher.by_previous,
    )
    for way in ways:
        told = [watched(way, number) for number in range(20)]
        blocks, days, both = (sum(each) for each in zip(*told, strict=True))
        # 2,000 blocks: one deviation is a point.
        assert blocks > 1900
        assert days / blocks < 1 / 3 + MARGIN
        assert both / blocks < share / 3 + MARGIN


def test_the_watcher_would_find_a_plan_with_a_habit() -> None:
    """The predictor is worth something: of windows that keep to a weekday it names more than half."""
    windows = [window for window in plan(GIVEN).windows if window.day.weekday() in (4, 5)]
    watcher = Watcher([window for window in windows if window.day < LEARNT_UNTIL])
    ahead = [window for window in windows if window.block >= LEARNT_UNTIL]
    assert sum(watcher.by_weekday(window) == window.day for window in ahead) > len(ahead) / 2


def test_no_seed_that_somebody_would_choose_gives_the_plan_or_the_commitment() -> None:
    made = seed(1)
    hash_of_inputs = inputs_hash(GIVEN.spelled())
    told = commitment(made, hash_of_inputs)
    texts = [str(number) for number in range(3000)]
    texts += [one.id for one in GIVEN.hotspots] + ["beatcheck", "", GIVEN.first_day.isoformat()]
    texts += [(FIRST - timedelta(days=back)).isoformat() for back in range(400)]
    guesses = [number.to_bytes(32, order) for number in range(3000) for order in ("big", "little")]
    guesses += [sha256(text.encode()).digest() for text in texts]
    guesses += [text.encode()[:32].ljust(32, b"\0") for text in texts]
    guesses += [UUID(one.id).bytes * 2 for one in GIVEN.hotspots]
    assert made not in guesses
    assert told not in {commitment(guess, hash_of_inputs) for guess in guesses}


def test_the_inputs_hash_is_blinded_by_the_seed() -> None:
    # Inputs can be guessed one by one (which of three days was handed on?), the seed cannot.
    hash_of_inputs = inputs_hash(GIVEN.spelled())
    assert commitment(seed(1), hash_of_inputs) != commitment(seed(2), hash_of_inputs)
    assert commitment(seed(1), hash_of_inputs) != hash_of_inputs
