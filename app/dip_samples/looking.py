"""What whoever checks a patrol should look at first, in sentences: flags, silences, what is not shown. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.clock import MINUTE_MS

_WORTH_TELLING_MS = 2 * MINUTE_MS


def look_at(result: Mapping[str, Any], flags: Sequence[str], *, voided: bool, erased: bool) -> list[str]:
    """What to look at in a stored result; `flags` are the plain words of its flags.

    Twelve minutes of silence, nothing else: «No position for 12 minutes at the longest.» A clean hour: nothing.
    """
    found = [flag[:1].upper() + flag[1:] + "." for flag in flags]
    silence = result["pings"]["longest_silence_ms"] if "pings" in result else 0
    if silence >= _WORTH_TELLING_MS:
        found.append(f"No position for {silence // MINUTE_MS} minutes at the longest.")
    for name, words in (("probable", "likely, not shown"), ("unverified", "without GPS")):
        spans = (span for hotspot in result["hotspots"] for span in hotspot.get(name, ()))
        longest = max((end - start for start, end in spans), default=0)
        if longest >= _WORTH_TELLING_MS:
            found.append(f"{longest // MINUTE_MS} minutes in one stretch are {words}.")
    if voided:
        found.append("Its officer took it back since it was drawn.")
    if erased:
        found.append("Its positions were erased under the force's rule: there is no track to look at.")
    return found
