"""Decides what instant a tracker's local time is: on London's clocks, in the spellings a mapping names. Pure."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache

from app.schedule.offence_importing import Reading, read_time

_TOKENS = {
    "yyyy": "%Y", "yy": "%y", "mon": "%b", "month": "%B", "mm": "%m", "dd": "%d", "d": "%d", "m": "%m", "HH": "%H",
    "hh": "%I", "MM": "%M", "SS": "%S", "AM": "%p",
}  # fmt: skip
_TOKEN = re.compile(r"month|yyyy|mon|yy|mm|dd|HH|hh|MM|SS|AM|d|m")
_LITERAL = re.compile(r"[ /.,:T-]*")


@cache
def pattern(spelling: str) -> str:
    """How Python reads a spelling such as `dd/mm/yyyy HH:MM` or `d mon yyyy hh:MM AM`. Raises ValueError.

    >>> pattern("dd/mm/yyyy HH:MM")
    '%d/%m/%Y %H:%M'
    """
    if not _LITERAL.fullmatch(_TOKEN.sub("", spelling)):
        raise ValueError(
            "is spelt with yyyy, mm, mon, dd, HH or hh and AM, MM, SS, and / - . , : between them"
        )
    used = _TOKEN.findall(spelling)
    if len(set(used)) != len(used) or not {"yyyy", "yy"} & set(used):
        raise ValueError("names each part once, and a year")
    if not ({"HH"} & set(used) or {"hh", "AM"} <= set(used)):
        raise ValueError("names the hour: HH, or hh with AM")
    return _TOKEN.sub(lambda token: _TOKENS[token[0]], spelling)


def read_local(text: str, spellings: Sequence[str]) -> Reading:
    """A time by the first spelling that fits, else as `read_time` knows times. Raises ValueError.

    With `mm/dd/yyyy HH:MM`, `03/02/2026 17:00` is 2 March 2026 17:00 in London; without, 3 February.
    """
    for spelling in spellings:
        try:
            at = datetime.strptime(text, pattern(spelling))  # noqa: DTZ007 - London's clocks, read below
        except ValueError:
            continue
        return read_time(at.isoformat(sep=" ", timespec="seconds"))
    return read_time(text)
