"""Decides what no record of the tracker may say, by whichever way it came: a file, a pull or a message. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.wmnow.mapping import plain
from app.wmnow.member_data import looks_personal, names_a_mailbox
from app.wmnow.records import Said

LONGEST_ID = 128
MOST_CODES = 30
MOST_WORD = 64
MOST_PEOPLE = 100_000
# Great Britain and Northern Ireland with their waters.
_WEST, _EAST, _SOUTH, _NORTH = -9.0, 2.5, 49.0, 61.5
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field of `Said`, in our words and never with what it says. A point is under `longitude`."""

    column: str
    code: str
    detail: str


def faults_of(said: Said) -> list[Fault]:
    """What is wrong with what the tracker says; the first fault of each field.

    >>> from datetime import UTC, datetime
    >>> said = Said(datetime(2026, 11, 1, tzinfo=UTC), "PACT", team_ref="07700 900 123", position=(52.4, -1.9))
    >>> [(one.column, one.code) for one in faults_of(said)]
    [('team_ref', 'personal'), ('longitude', 'elsewhere')]
    """
    first: dict[str, Fault] = {}
    for each in _faults(said):
        first.setdefault(each.column, each)
    return list(first.values())


def fault_of_id(source_record_id: str) -> Fault | None:
    """What is wrong with the id of a record. An address of somebody is none: it would stand in every report."""
    if names_a_mailbox(source_record_id):
        told = "Looks like somebody's e-mail address, where the tracker's own id should stand."
        return Fault("source_record_id", "personal", told)
    return None


def usable_id(text: object) -> str | None:
    """An id that may be kept and shown, of a row that cannot be taken, too; None for anything else.

    >>> usable_id("EN-1"), usable_id("a@example.org"), usable_id("x" * 129), usable_id(7)
    ('EN-1', None, None, None)
    """
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST_ID or CONTROL.search(text):
        return None
    return text if fault_of_id(text) is None else None


def _faults(said: Said) -> Iterator[Fault]:
    for of in ("collar_number", "team_ref", "lpa_ref", "sector_ref", "neighbourhood_ref"):
        yield from _of_words(of, [getattr(said, of)])
    for of in ("engagement_type", "method", "priority_group"):
        yield from _of_words(of, [getattr(said, of)], MOST_WORD)
    yield from _of_codes("topics", said.topics)
    words = [word for word, _ in said.groups_reached]
    yield from _of_codes("groups_reached", words)
    if len({plain(word) or word for word in words}) < len(words):
        yield Fault("groups_reached", "repeated", "Names a group twice.")
    if any(count is not None and count > MOST_PEOPLE for _, count in said.groups_reached):
        yield Fault("groups_reached", "value", f"Counts more than {MOST_PEOPLE} people.")
    if said.position is not None and not _here(said.position):
        yield Fault("longitude", "elsewhere", "Lies outside the United Kingdom: are the two swapped?")


def _of_codes(of: str, words: Sequence[str]) -> Iterator[Fault]:
    if len(words) > MOST_CODES:
        yield Fault(of, "value", f"Holds more than {MOST_CODES} values.")
    yield from _of_words(of, words, MOST_WORD)


def _of_words(of: str, words: Sequence[str | None], longest: int | None = None) -> Iterator[Fault]:
    for word in words:
        if word is None:
            continue
        if not word:
            yield Fault(of, "value", "Counts without saying what.")
        if longest is not None and len(word) > longest:
            yield Fault(of, "value", f"Holds a value of more than {longest} characters.")
        if CONTROL.search(word):
            yield Fault(of, "value", "Must not hold control characters.")
        if looks_personal(word):
            told = (
                "Looks like somebody's e-mail address or number, where a code or a place's name should stand."
            )
            yield Fault(of, "personal", told)


def _here(at: tuple[float, float]) -> bool:
    return _WEST <= at[0] <= _EAST and _SOUTH <= at[1] <= _NORTH
