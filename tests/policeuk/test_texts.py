"""Plain words out of pasted HTML, and London's clock."""

import pytest
from hypothesis import given, strategies as st

from app.clock import rfc3339
from app.policeuk.texts import instant, plain


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Noise &amp; litter", "Noise & litter"),
        ("<p>One</p><p>Two<br/>three</p>", "One\nTwo\nthree"),
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ("a < b and c > d", "a < b and c > d"),
        ("<SCRIPT>alert(1)</SCRIPT>after", "after"),
        ("<script>alert(1)", ""),
        ("<style>p{}</style><svg><p>x</svg>y", "y"),
        ("&lt;b&gt;", "<b>"),
        ("<!-- <p>x --><p>y", "y"),
        ("<![CDATA[x]]>y <![", "y"),
        ("a\u202eb\x00c\ud800d", "a b c d"),
        ("  a \r\n\t b  ", "a b"),
        ("<p>\u00a0</p>", ""),
    ],
)
def test_what_a_reader_would_see(raw: str, text: str) -> None:
    assert plain(raw, 100).text == text


def test_what_is_too_long_is_cut_and_says_so() -> None:
    assert (plain("x" * 100, 100).cut, plain("x" * 100, 100).text) == (False, "x" * 100)
    assert (plain("x" * 101, 100).cut, plain("x" * 101, 100).text) == (True, "x" * 99 + "…")
    assert plain("<!--" * 100_000, 100).cut


@given(st.text(alphabet="<>/!&-abscriptp; \n'\"=", max_size=200))
def test_nothing_that_began_as_mark_up_is_left(raw: str) -> None:
    found = plain(raw, 1000).text
    # What looks like a tag now was written as text: its angle was an entity.
    assert "&lt" in raw or "<script" not in found


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2016-07-14T00:00:00", "2016-07-13T23:00:00Z"),
        ("2016-01-14T00:00:00", "2016-01-14T00:00:00Z"),
        ("2016-07-14T00:00:00+02:00", "2016-07-13T22:00:00Z"),
        ("2016-07-14T00:00", "2016-07-13T23:00:00Z"),
        # Twice on that night: the earlier.
        ("2026-10-25T01:30:00", "2026-10-25T00:30:00Z"),
        ("2016-07-14", None),
        ("2016-02-30T00:00:00", None),
        ("1899-12-31T00:00:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_times_without_a_zone_are_londons(text: str, at: str | None) -> None:
    found = instant(text)
    assert (rfc3339(found) if found else None) == at
