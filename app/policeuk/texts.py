"""Text of data.police.uk as we keep it: plain words out of whatever HTML somebody pasted, and times as instants. Pure.

No mark-up is kept at all, so that nothing of it can come out again on a phone, a page or the force's website.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from app.clock import EARLIEST, LATEST, LONDON

MOST_RAW = 50_000
# What stands in these is no text for people.
_UNSEEN = frozenset({"script", "style", "template", "iframe", "object", "noscript", "svg", "title", "head"})
_BLOCKS = frozenset(
    {
        "p",
        "div",
        "br",
        "li",
        "ul",
        "ol",
        "tr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "blockquote",
        "hr",
    }
)
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
)
_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<[!?][^>]*(?:>|\Z)|<(?P<closes>/?)(?P<tag>[A-Za-z][A-Za-z0-9]*)[^>]*(?:>|\Z)",
    re.DOTALL,
)
_NAIVE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?", re.ASCII)
_AWARE = re.compile(_NAIVE.pattern + r"(Z|[+-]\d\d:\d\d)", re.ASCII)


def _words(raw: str) -> str:
    """What stands between the tags: a line for each block, a dash before each item of a list.

    Not by `html.parser`, which fails on a broken declaration; as no mark-up is kept, finding where tags end is all
    there is to do, and the pattern looks at each character once.
    """
    pieces: list[str] = []
    unseen: str | None = None
    at = 0
    for found in _TAG.finditer(raw):
        if unseen is None:
            pieces.append(raw[at : found.start()].replace("\n", " "))
        at = found.end()
        closes, tag = found["closes"], (found["tag"] or "").lower()
        if unseen is not None:
            unseen = None if closes and tag == unseen else unseen
        elif tag in _UNSEEN and not closes:
            unseen = tag
        elif tag in _BLOCKS:
            pieces.append("\n- " if tag == "li" and not closes else "\n")
    if unseen is None:
        pieces.append(raw[at:].replace("\n", " "))
    return unescape("".join(pieces))


@dataclass(frozen=True, slots=True)
class Plain:
    """A text without mark-up; `cut` says that it was too long."""

    text: str
    cut: bool = False


def plain(raw: str, longest: int) -> Plain:
    """What a reader would see of a text that may be HTML, a line for each paragraph.

    `<p>Noise &amp; litter</p><script>x()</script>` is `Noise & litter`; `<ul><li>a<li>b</ul>` is `- a` and `- b`;
    `a < b` stays. More than `longest` characters are cut and end in `…`.
    """
    lines = (" ".join(_CONTROL.sub(" ", line).split()) for line in _words(raw[:MOST_RAW]).split("\n"))
    text = "\n".join(line for line in lines if line and line != "-")
    if len(text) <= longest and len(raw) <= MOST_RAW:
        return Plain(text)
    return Plain(text[: longest - 1].rstrip() + "…", cut=True)


def instant(text: str) -> datetime | None:
    """A time as the API writes it: without an offset it is London's clock, the earlier of two at the clock change.

    `2016-07-14T00:00:00` is 2016-07-13T23:00Z; `2016-07-14T00:00:00Z` is what it says; None for anything else and for
    what lies outside 2000 to 2100.
    """
    if not (_NAIVE.fullmatch(text) or _AWARE.fullmatch(text)):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    aware = at.replace(tzinfo=LONDON) if at.tzinfo is None else at
    return aware if EARLIEST <= aware < LATEST else None
