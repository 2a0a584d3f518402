"""The drawing of a profile: readable in grey, framed where it should be, and never anybody's script."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from app.rest.pages import rendered
from app.schedule.heat_map import PLACES, STEPS, HeatMap, colour_of, draw
from app.schedule.offence_profile import HOURS, BorrowedFrom, HotspotProfile, best_starts
from app.schedule.profile_words import rests_on, window_in_words
from tests.conftest import named

SVG = "{http://www.w3.org/2000/svg}"
EVEN = [1 / HOURS] * HOURS


def drawn(weights: list[float] = EVEN, name: str = "New Street", start: int | None = None) -> HeatMap:
    best = None if start is None else (start, 0.1)
    return draw(weights, best, name, "Offences from then to now.", "Rests on 12 offences here.")


def picture(told: HeatMap) -> ElementTree.Element:
    return ElementTree.fromstring(rendered("heat_map.svg", {"map": told, **PLACES}))  # noqa: S314 - our own drawing


def lightness(colour: str) -> float:
    """Relative luminance as WCAG has it: what a grey printer makes of a colour."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_steps_can_be_told_apart_in_grey() -> None:
    greys = [lightness(colour) + 0.05 for _, colour, _ in STEPS]
    assert all(lighter / darker > 1.25 for lighter, darker in pairwise(greys)), greys


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (0, "under ½"),
        (0.49, "under ½"),
        (0.5, "½ to 1"),
        (1, "1 to 1½"),
        (1.99, "1½ to 2"),
        (2, "2 to 3"),
        (50, "3 or more"),
    ],
)
def test_an_hour_has_the_step_it_is_in(times: float, words: str) -> None:
    assert next(said for _, colour, said in STEPS if colour == colour_of(times / HOURS)) == words


def test_every_hour_is_drawn_once_and_says_what_it_is() -> None:
    week = [0.0] * HOURS
    week[96 + 22] = 1.0
    told = drawn(week)
    assert len(told.cells) == len({(cell.x, cell.y) for cell in told.cells}) == HOURS
    heavy = [cell for cell in told.cells if cell.colour == STEPS[-1][1]]
    assert [cell.says for cell in heavy] == [
        "Friday 22:00 to 23:00: 100.00 % of the week, 168.0 times an even hour"
    ]
    assert [label.text for label in told.day_shares] == ["0 %"] * 4 + ["100 %"] + ["0 %"] * 2
    assert told.hour_shares[22].text == "100 %"


def test_a_window_past_midnight_is_framed_in_both_rows() -> None:
    within, over, week_end = (drawn(start=start).best for start in (96 * 60, 119 * 60 + 30, 167 * 60))
    assert [(box.x, box.y, box.width) for box in within] == [(100, 224, 64)]
    assert [(box.x, box.y, box.width) for box in over] == [(100 + 23.5 * 32, 224, 16), (100, 254, 48)]
    assert [(box.x, box.y, box.width) for box in week_end] == [(100 + 23 * 32, 284, 32), (100, 104, 32)]
    assert window_in_words(119 * 60 + 30) == "Friday 23:30 to 01:30"


def test_text_is_escaped_and_nothing_runs() -> None:
    name = '<script>alert(1)</script>"&\uffff'
    root = picture(drawn(name=name, start=0))
    assert root.find(f"{SVG}title").text == "When offences happen: " + name.replace("\uffff", "\ufffd")  # type: ignore[union-attr]
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags == {"svg", "title", "desc", "rect", "text", "g"}
    assert not any(key.startswith("on") or "href" in key for element in root.iter() for key in element.attrib)


def test_readers_without_eyes_are_told_the_same() -> None:
    root = picture(drawn(start=96 * 60))
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == "heading description"
    said = root.find(f"{SVG}desc").text or ""  # type: ignore[union-attr]
    for words in ("Rests on 12 offences here.", "Friday 00:00 to 02:00", "By day: Monday 14 %"):
        assert words in said


def test_long_words_stay_within_the_paper() -> None:
    told = draw(EVEN, None, "N" * 200, "Period.", "word " * 150)
    assert len(told.heading) <= 60
    assert max(label.y for label in told.caption) < told.height - 20
    assert all(len(label.text) <= 116 for label in told.caption)


def test_what_a_profile_rests_on_in_words() -> None:
    def profile(offences: int, borrowed: float, source: BorrowedFrom, left_out: int = 0) -> HotspotProfile:
        return HotspotProfile(
            named("h"),
            tuple(EVEN),
            offences,
            offences,
            borrowed,
            source,
            left_out,
        )

    assert rests_on(profile(12, 0.625, "category"), "violence") == (
        "Rests on 12 offences here; 62 % is borrowed from other hotspots of its kind (violence). "
        "Fewer than 20 offences: a hint, not a pattern."
    )
    assert rests_on(profile(0, 1.0, "category"), "ASB") == (
        "No offences here: 100 % is borrowed from other hotspots of its kind (ASB)."
    )
    assert "every hour counts alike" in rests_on(profile(0, 1.0, "uniform"), "ASB")
    assert "under 1 % is borrowed" in rests_on(profile(90_000, 0.0002, "force"), "ASB")
    assert "a hint" not in rests_on(profile(20, 0.5, "category"), "ASB")
    assert rests_on(profile(20, 0.0, "own", 1), "ASB") == (
        "Rests on 20 offences here; nothing is borrowed. "
        "Left out: 1 offence whose time is not known to within a week."
    )


def test_the_frame_is_where_the_weight_is() -> None:
    week = [0.0] * HOURS
    week[3], week[4] = 0.6, 0.4
    start, _ = best_starts(week, 1)[0]
    (box,) = drawn(week, start=start).best
    dark = [cell.x for cell in drawn(week).cells if cell.colour == STEPS[-1][1]]
    assert (box.x, box.x + box.width) == (min(dark), max(dark) + 32)
