"""Decides which columns of a tracker's file are dropped at the door: what is about members of the public, and words
that may hold anything. Pure.

Only what officers entered as codes, counts, times and places comes in; a mapping cannot ask for more.
"""

import re
from collections.abc import Collection
from enum import StrEnum

from app.imports.member_data import is_member_data
from app.imports.profiles import plain_header


class Dropped(StrEnum):
    """Why a column is dropped."""

    MEMBER_DATA = "member-data-dropped"
    FREE_TEXT = "free-text-dropped"


# Names stay in the force's HR system, members' and officers' alike.
_NAME = re.compile(r"(^|_)(officer|staff|user|person|attendee|entered_by|recorded_by|created_by)s?_name$")
_FREE_TEXT = re.compile(
    r"(^|_)(summary|description|details?|notes?|narrative|text|message|body|outcomes?|actions?|remarks?)(_|$)"
)
# Read for what they say of a place's exactness, and kept nowhere.
UNKEPT_FIELDS = ("location_text", "postcode")


def dropped(heading: str, also: Collection[str] = ()) -> Dropped | None:
    """Why a column is dropped by its heading; None when it is not. `also` are headings a force names besides.

    >>> dropped("Member e-mail").value, dropped("Summary").value, dropped("Team name")
    ('member-data-dropped', 'free-text-dropped', None)
    """
    plain = plain_header(heading)
    if plain in {plain_header(each) for each in also} or is_member_data(heading) or _NAME.search(plain):
        return Dropped.MEMBER_DATA
    return Dropped.FREE_TEXT if _FREE_TEXT.search(plain) else None


_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
_DIGITS = re.compile(r"(\d[\s().+-]*){9,}")


def names_a_mailbox(word: str) -> bool:
    """Whether a word holds an e-mail address. Of an id no more can be told: some are long numbers.

    >>> names_a_mailbox("a.b@example.org"), names_a_mailbox("EN-202611260001")
    (True, False)
    """
    return bool(_ADDRESS.search(word))


def looks_personal(word: str) -> bool:
    """Whether a word that should be a code or a place's name looks like somebody's e-mail address or number.

    >>> looks_personal("a.b@example.org"), looks_personal("07700 900 123"), looks_personal("Beat 12, 2026")
    (True, True, False)
    """
    return names_a_mailbox(word) or bool(_DIGITS.search(word))
