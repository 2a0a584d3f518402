"""Decides which columns of a tracker's file are dropped at the door: what is about members of the public, and words
that may hold anything. Pure.

Only what officers entered as codes, counts, times and places comes in; a mapping cannot ask for more.
"""

import re
from collections.abc import Collection
from enum import StrEnum


class Dropped(StrEnum):
    """Why a column is dropped."""

    MEMBER_DATA = "member-data"
    FREE_TEXT = "free-text"


_MEMBER = re.compile(
    r"(^|_)(names?|forenames?|firstnames?|surnames?|lastnames?|fullnames?|title|members?|recipients?|contacts?"
    r"|emails?|e_mail|mail|phones?|telephones?|tel|mobiles?|dob|birth|age|gender|sex|ethnicity|religion|disability"
    r"|sexuality|occupation|survey|surveys|answers?|responses?|reply|replies|user|username|login|ip)(_|$)"
)
_FREE_TEXT = re.compile(
    r"(^|_)(summary|description|details?|notes?|comments?|narrative|free_text|text|message|body|feedback|outcomes?"
    r"|actions?|remarks?)(_|$)"
)
# Of the force's own organisation, though their headings hold such a word.
_OURS = frozenset(
    {
        "team_name", "neighbourhood_name", "sector_name", "area_name", "lpa_name", "beat_name", "ward_name",
        "location_text",
    }
)  # fmt: skip


def dropped(heading: str, also: Collection[str] = ()) -> Dropped | None:
    """Why a column is dropped by its heading (as `app.imports.profiles.plain_header` spells it); None when it is not.

    >>> dropped("member_email").value, dropped("summary").value, dropped("team_name")
    ('member-data', 'free-text', None)
    """
    if heading in also:
        return Dropped.MEMBER_DATA
    if heading in _OURS:
        return None
    if _MEMBER.search(heading):
        return Dropped.MEMBER_DATA
    return Dropped.FREE_TEXT if _FREE_TEXT.search(heading) else None


_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
_DIGITS = re.compile(r"(\d[\s().+-]*){9,}")


def looks_personal(word: str) -> bool:
    """Whether a word that should be a code or a place's name looks like somebody's e-mail address or number.

    >>> looks_personal("a.b@example.org"), looks_personal("07700 900 123"), looks_personal("Beat 12, 2026")
    (True, True, False)
    """
    return bool(_ADDRESS.search(word) or _DIGITS.search(word))
