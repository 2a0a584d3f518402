"""A result in plain words: worked sentences, and no instant of a window left out whatever the result."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, strategies as st

from app.patrols.results import as_stored
from app.patrols.telling import Person, Sentence, Words, clock_time, from_to, lasting, progress_in_words, tell
from app.reference.queries import built_in_lists
from app.tracks.assessment import Fixes, PatrolFacts, WindowFacts, assess
from app.tracks.intervals import clip, total_ms
from tests.tracks.scene import (
    HOTSPOT,
    MINUTE,
    POLICY,
    SQUARE,
    START,
    boundary,
    milliseconds,
    patrol,
    together,
    track,
    window,
)

LISTS = built_in_lists()
WORDS = Words(
    statuses=LISTS["patrol_statuses"],
    statuses_explained=LISTS["status_sentences"],
    grades=LISTS["grades"],
    fix_labels=LISTS["fix_labels"],
    flags=LISTS["flag_sentences"],
    flag_names=LISTS["flags"],
    hotspots={str(HOTSPOT): "Broad Street"},
)
YOU = Person("4101", is_reader=True)
OTHER = Person("4101", is_reader=False)
TWO_HOURS = window(120, 60)
LATE = "Positions that arrive late still count, and an explanation helps."


def stay(from_minute: float, minutes: float, x: float = 0.0) -> Fixes:
    """A fix every thirty seconds, standing at x metres east of the middle; the square ends at 200."""
    seconds = np.arange(from_minute * 60, (from_minute + minutes) * 60 + 1, 30)
    return track(seconds, x, 9.0 * (np.arange(len(seconds)) % 2))


def judged(fixes: Fixes, facts: PatrolFacts, held_against: WindowFacts | None = TWO_HOURS) -> dict[str, Any]:
    boundaries = [boundary(SQUARE)]
    return as_stored(assess(fixes, facts, boundaries, held_against, POLICY), boundaries, held_against, POLICY)


def told(result: dict[str, Any], person: Person = YOU, skew_ms: int | None = None) -> list[str]:
    return [sentence.text for sentence in tell(result, person, WORDS, skew_ms)]


def test_an_hour_with_a_silence_and_an_errand() -> None:
    """START is 10:00 in London."""
    fixes = together(stay(0, 12), stay(21, 19), stay(40.5, 4, 240.5), stay(45, 20))
    assert told(judged(fixes, patrol(65))) == [
        "51 of 60 minutes: sergeant to decide.",
        "You were on patrol from 10:00 to 11:05: 65 of the 120 minutes of the window from 10:00 to 12:00.",
        "GPS shows it: 51 minutes in the hotspot.",
        "9 minutes without GPS signal from 10:12: probably there.",
        "You were 40 m outside from 10:40 for 4 minutes.",
        "A sergeant decides whether it is enough.",
    ]


def test_of_somebody_else_it_is_told_in_the_third_person() -> None:
    fixes = together(stay(0, 40), stay(40.5, 4, 240.5), stay(45, 20))
    assert told(judged(fixes, patrol(65)), OTHER, skew_ms=-7 * MINUTE) == [
        "60 of 60 minutes: 60 reached.",
        "4101 was on patrol from 10:00 to 11:05: 65 of the 120 minutes of the window from 10:00 to 12:00.",
        "GPS shows it: 60 minutes in the hotspot.",
        "4101 was 40 m outside from 10:40 for 4 minutes.",
        "The phone's clock was 7 minutes fast; times were corrected.",
    ]


def test_a_patrol_without_a_single_position() -> None:
    assert told(judged(Fixes.empty(), patrol(30))) == [
        "0 of 60 minutes: no GPS in area.",
        "You were on patrol from 10:00 to 10:30: 30 of the 120 minutes of the window from 10:00 to 12:00.",
        "No time in the hotspot is shown by GPS.",
        "30 minutes without GPS signal from 10:00: GPS incomplete.",
        LATE,
    ]


def test_a_patrol_of_no_length() -> None:
    assert told(judged(Fixes.empty(), patrol(0))) == [
        "0 of 60 minutes: no GPS in area.",
        "You were on patrol from 10:00 to 10:00: 0 of the 120 minutes of the window from 10:00 to 12:00.",
        "No time in the hotspot is shown by GPS.",
        LATE,
    ]


def test_a_silence_across_the_edge_of_the_window_is_told_from_the_edge() -> None:
    """Silent from 10:20 to 10:45; the window begins at 10:30. The twenty minutes before it are hours."""
    fixes = together(stay(0, 20), stay(45, 65))
    sentences = told(judged(fixes, patrol(110), window(120, 60, begins=30)))
    assert "15 minutes without GPS signal from 10:30: GPS incomplete." in sentences
    assert "Before or after the window: 20 minutes in the hotspot, counted as hours." in sentences
    assert sentences[0] == "65 of 60 minutes: 60 reached."


def test_a_patrol_outside_its_window_and_one_for_all_of_it() -> None:
    early = told(judged(stay(0, 20), patrol(20), window(120, 60, begins=60)))
    assert early[1] == "You were on patrol from 10:00 to 10:20, outside the window from 11:00 to 13:00."
    whole = told(judged(stay(0, 130), patrol(130)))
    assert whole[1] == "You were on patrol for the whole window, from 10:00 to 12:00."


def test_positions_set_aside_are_counted_by_label() -> None:
    poor = track(np.arange(0, 601, 30), 0.0, accuracy=80.0)
    sentences = told(judged(together(poor, stay(10.5, 5)), patrol(15.5)))
    assert "21 positions were set aside: 21 GPS too poor." in sentences
    assert "10 minutes without usable GPS signal from 10:00: GPS incomplete." in sentences
    one = told(judged(together(track([0], 0.0, accuracy=80.0), stay(0.5, 5)), patrol(5.5)))
    assert "1 position was set aside: 1 GPS too poor." in one


def test_short_stretches_are_summed_up() -> None:
    """Out for half a minute twelve times: no sentence for each, one for all."""
    parts = [part for at in range(0, 36, 3) for part in (stay(at, 2, 190), track([at * 60 + 150], 260.0))]
    sentences = told(judged(together(*parts), patrol(36)))
    [rest] = [each for each in sentences if each.startswith("In further stretches: ")]
    assert rest == "In further stretches: less than a minute GPS incomplete, 9 minutes outside the area."
    assert not [each for each in sentences if " m outside from " in each]


def test_no_more_stretches_are_told_than_can_be_read() -> None:
    parts = [part for at in range(0, 100, 5) for part in (stay(at, 2), stay(at + 2.5, 2, 300))]
    sentences = told(judged(together(*parts), patrol(100)))
    assert len([each for each in sentences if " m outside from " in each]) == 8
    assert len([each for each in sentences if each.startswith("In further stretches: ")]) == 1


def test_flags_say_what_they_are_and_what_happens_next() -> None:
    result = judged(stay(0, 65), replace(patrol(65, skew_ms=-7 * MINUTE), auto_closed=True))
    assert told(result, skew_ms=-7 * MINUTE)[3:] == [
        "Your phone's clock was 7 minutes fast; times were corrected.",
        "Check needed: the phone's clock was wrong. Times were corrected, and a supervisor looks at it.",
        "Noted: no check-out arrived, so the end was set by rule. A check-out that still arrives replaces it.",
    ]
    assert told({**result, "flags": ["new_flag"]})[-1] == "New_flag."


@pytest.mark.parametrize(
    ("skew_ms", "words"),
    [
        (61_000, "Your phone's clock was 1 minute slow; times were corrected."),
        (-179 * MINUTE, "Your phone's clock was 179 minutes fast; times were corrected."),
        (181 * MINUTE, "Your phone's clock was 3 hours slow; times were corrected."),
        (60_000, None),
        (None, None),
    ],
)
def test_a_corrected_clock_is_told(skew_ms: int | None, words: str | None) -> None:
    found = [each for each in told(judged(stay(0, 65), patrol(65)), skew_ms=skew_ms) if "clock" in each]
    assert found == ([words] if words else [])


def test_a_patrol_without_a_window_is_told_by_hotspot() -> None:
    fixes = together(stay(0, 20, 190), stay(20.5, 10, 400), stay(45, 1, 400))
    assert told(judged(fixes, patrol(46), None)) == [
        "20 minutes in hotspots: patrol without a window.",
        "You were on patrol from 10:00 to 10:46.",
        "GPS shows it: 20 minutes in Broad Street.",
        "14 minutes without GPS signal from 10:30: GPS incomplete.",
        "11 minutes outside every hotspot.",
    ]
    assert told(judged(Fixes.empty(), patrol(1), None)) == [
        "0 minutes in hotspots: patrol without a window.",
        "You were on patrol from 10:00 to 10:01.",
        "No time in a hotspot is shown by GPS.",
        "1 minute without GPS signal from 10:00: GPS incomplete.",
    ]


def test_overlapping_hotspots_are_told_to_count_once() -> None:
    twin = UUID(int=7)
    both = [boundary(SQUARE), boundary(SQUARE, twin)]
    result = as_stored(assess(stay(0, 20), patrol(20), both, None, POLICY), both, None, POLICY)
    sentences = told(result)
    assert sentences[0] == "20 minutes in hotspots: patrol without a window."
    assert sentences[2:4] == [
        "GPS shows it: 20 minutes in Broad Street.", "GPS shows it: 20 minutes in another hotspot.",
    ]  # fmt: skip
    assert sentences[4] == "Hotspots overlap here: time in both counts once."
    assert accounted(tell(result, YOU, WORDS, None)) == 20 * MINUTE


def test_a_result_of_an_earlier_release_is_told_by_its_status() -> None:
    result = judged(stay(0, 30), patrol(30))
    del result["window"]
    assert told(result) == ["Under 60."]


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (0, "0 minutes"), (1, "less than a minute"), (59_999, "less than a minute"), (60_000, "1 minute"),
        (119_999, "1 minute"), (120_000, "2 minutes"), (3_599_999, "59 minutes"),
    ],
)  # fmt: skip
def test_lengths_are_floored(ms: int, words: str) -> None:
    assert lasting(ms) == words


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2026-03-02T19:12:59+00:00", "19:12"),
        ("2026-07-02T19:12:00+00:00", "20:12"),
        ("2026-03-29T00:59:00+00:00", "00:59"),
        ("2026-03-29T01:00:00+00:00", "02:00"),
        ("2026-10-25T00:30:00+00:00", "01:30 BST"),
        ("2026-10-25T01:30:00+00:00", "01:30 GMT"),
        ("2026-10-25T02:00:00+00:00", "02:00"),
    ],
)
def test_times_are_londons_and_told_apart_in_the_hour_that_comes_twice(at: str, words: str) -> None:
    assert clock_time(milliseconds(at)) == words


def test_a_window_in_the_night_of_the_change_is_two_real_hours() -> None:
    opens = milliseconds("2026-10-25T00:00:00+00:00")
    held_against = WindowFacts(HOTSPOT, opens, opens + 120 * MINUTE, 60 * MINUTE)
    facts = PatrolFacts(opens, opens + 90 * MINUTE, "FOOT")
    assert told(judged(Fixes.empty(), facts, held_against))[1] == (
        "You were on patrol from 01:00 BST to 01:30 GMT: 90 of the 120 minutes of the window "
        "from 01:00 BST to 02:00 GMT."
    )


@pytest.mark.parametrize(
    ("opens", "minutes", "words"),
    [
        ("2026-10-25T00:00:00+00:00", 120, "from 01:00 BST to 02:00 GMT"),
        ("2026-10-25T00:00:00+00:00", 50, "from 01:00 BST to 01:50 BST"),
        ("2026-03-29T00:00:00+00:00", 120, "from 00:00 GMT to 03:00 BST"),
        ("2026-03-02T22:00:00+00:00", 240, "from 22:00 to 02:00"),
        ("2026-03-02T20:00:00+00:00", 24 * 60, "from 20:00 on 2 March to 20:00 on 3 March"),
        ("2026-03-28T20:00:00+00:00", 23 * 60, "from 20:00 GMT on 28 March to 20:00 BST on 29 March"),
    ],
)
def test_a_stretch_says_zones_and_days_where_the_clock_alone_would_mislead(
    opens: str, minutes: int, words: str
) -> None:
    at = milliseconds(opens)
    assert from_to((at, at + minutes * MINUTE)) == words


def test_patrol_and_window_of_different_days_name_both() -> None:
    sentences = told(judged(stay(0, 20), patrol(20), window(120, 60, begins=24 * 60)))
    assert sentences[1] == (
        "You were on patrol from 10:00 to 10:20 on 2 March, outside the window from 10:00 to 12:00 on 3 March."
    )


def test_time_before_the_window_is_not_denied() -> None:
    sentences = told(judged(stay(0, 20), patrol(20), window(120, 60, begins=60)))
    assert sentences[2:4] == [
        "No time in the hotspot in the window is shown by GPS.",
        "Before or after the window: 20 minutes in the hotspot, counted as hours.",
    ]


def test_a_patrol_of_no_length_lies_in_the_window_or_outside() -> None:
    """The window is half open: at its end a patrol is outside."""
    at_the_end = told(judged(Fixes.empty(), patrol(0, begins=120)))
    assert at_the_end[1] == "You were on patrol from 12:00 to 12:00, outside the window from 10:00 to 12:00."


@pytest.mark.parametrize(
    ("verified", "required", "horizon", "words"),
    [
        (0, 60, None, "No positions have arrived yet."),
        (12.9, 60, 14, "12 of 60 minutes so far, by positions up to 10:14."),
        (60, 60, 61, "60 of 60 minutes so far, by positions up to 11:01. The time asked for is reached."),
        (1, 1, 2, "1 of 1 minute so far, by positions up to 10:02. The time asked for is reached."),
        (0.5, None, 2, "Less than a minute in hotspots so far, by positions up to 10:02."),
        (2, None, 2, "2 minutes in hotspots so far, by positions up to 10:02."),
    ],
)
def test_an_open_patrol_tells_how_far_it_has_come(
    verified: float, required: int | None, horizon: int | None, words: str
) -> None:
    found = progress_in_words(
        int(verified * MINUTE),
        None if required is None else required * MINUTE,
        None if horizon is None else START + horizon * MINUTE,
    )
    assert found == words


STEPS = st.lists(
    st.tuples(
        st.sampled_from([5, 30, 60, 110, 180, 900]), st.sampled_from([0.0, 195.0, 206.0, 240.0, 900.0])
    ),
    max_size=60,
)


def accounted(sentences: Sequence[Sentence]) -> int:
    """How long the sentences account for, an instant as often as it is told."""
    return sum(end - start for sentence in sentences for start, end in sentence.covers)


@given(steps=STEPS, begins=st.integers(-90, 130), minutes=st.integers(0, 150), windowed=st.booleans())
def test_the_sentences_account_for_every_instant_once(
    steps: list[tuple[int, float]], begins: int, minutes: int, windowed: bool
) -> None:
    at = begins * 60 + np.cumsum([0, *(seconds for seconds, _ in steps)])[:-1]
    fixes = track(at, [x for _, x in steps]) if steps else Fixes.empty()
    facts = patrol(minutes, begins=begins)
    sentences = tell(judged(fixes, facts, TWO_HOURS if windowed else None), YOU, WORDS, None)
    span = (START, START + 120 * MINUTE) if windowed else (facts.checked_in_ms, facts.checked_out_ms or 0)
    covered = [interval for sentence in sentences for interval in sentence.covers]
    assert clip(covered, *span) == ((span,) if span[1] > span[0] else ())
    assert accounted(sentences) == span[1] - span[0] == total_ms(covered)
