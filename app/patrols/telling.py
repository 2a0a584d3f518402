"""Decides how a result is told: a headline and sentences that leave nothing of the time out. Pure.

Every sentence says which time it accounts for, and together they account for the whole window, or without one for the
whole patrol, each instant once. Clock times are London's; minutes are floored, and sums are of milliseconds. Status,
grades, flags and labels come in the words of the code lists; what joins them is English.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.clock import LONDON, SKEW_CORRECTED_OVER_MS, from_ms
from app.patrols.telling_decisions import NOTHING, Afterwards, counts_as, decision_in_words
from app.reference.codes import Label, in_words
from app.tracks.intervals import Interval, Intervals, clip, intersect, subtract, total_ms, unite

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_SHORTEST_TOLD_MS = _MINUTE_MS
_MOST_TOLD = 8
# What a label says of positions that help nobody; the others are used, or say again what another said.
_SILENT_ABOUT = ("used", "duplicate", "outside_patrol")


@dataclass(frozen=True, slots=True)
class Words:
    """The code lists of a day, code to label, and what hotspots are called. `flags` and `statuses_explained` hold whole
    sentences."""

    statuses: Mapping[str, Label]
    statuses_explained: Mapping[str, Label]
    grades: Mapping[str, Label]
    fix_labels: Mapping[str, Label]
    flags: Mapping[str, Label]
    flag_names: Mapping[str, Label]
    hotspots: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Person:
    """Whose patrol is told of: the reader's own, or that of somebody known by a collar number."""

    collar_number: str
    is_reader: bool

    @property
    def was(self) -> str:
        return "You were" if self.is_reader else f"{self.collar_number} was"

    @property
    def whose(self) -> str:
        return "Your" if self.is_reader else "The"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, and the time that it accounts for; none when it only adds something."""

    text: str
    covers: Intervals = ()


@dataclass(frozen=True, slots=True)
class _Episode:
    """A stretch of one grade, and what was the matter."""

    interval: Interval
    grade: str
    matter: str
    metres: int | None = None

    @property
    def lasted_ms(self) -> int:
        return self.interval[1] - self.interval[0]


def tell(
    result: Mapping[str, Any],
    person: Person,
    words: Words,
    skew_ms: int | None,
    afterwards: Afterwards = NOTHING,
) -> list[Sentence]:
    """A stored result in sentences, the headline first.

    `skew_ms` is by how much check-in or check-out was off, server minus phone. `afterwards` is what people made of it:
    a decision that stands takes the place of what is still to come, and the headline says what the patrol counts as by
    it. A result that an earlier release stored says less and is told by its status. Fifty-two minutes inside, nine
    silent from 19:12 and four outside, in a window of two hours that asks for sixty minutes:

        52 of 60 minutes: under 60.
        You were on patrol from 19:00 to 20:05: 65 of the 120 minutes of the window from 19:00 to 21:00.
        GPS shows it: 52 minutes in the hotspot.
        9 minutes without GPS signal from 19:12: GPS incomplete.
        You were 40 m outside from 19:40 for 4 minutes.
    """
    if "window" not in result:
        decisions = (Sentence(decision_in_words(each)) for each in afterwards.decisions)
        return [Sentence(_sentence(in_words(words.statuses, result["status"]))), *decisions]
    of_what = _of_window if result["window"] else _of_patrol
    return [*of_what(result, person, words, afterwards), *_notes(result, person, words, skew_ms, afterwards)]


def progress_in_words(verified_ms: int, required_ms: int | None, horizon_ms: int | None) -> str:
    """How far an open patrol has come: «12 of 60 minutes so far, by positions up to 19:14.»"""
    if horizon_ms is None:
        return "No positions have arrived yet."
    upto = f"by positions up to {clock_time(horizon_ms)}"
    if required_ms is None:
        return _sentence(f"{lasting(verified_ms)} in hotspots so far, {upto}")
    reached = " The time asked for is reached." if verified_ms >= required_ms else ""
    return f"{_out_of(verified_ms, required_ms)} so far, {upto}.{reached}"


def lasting(ms: int) -> str:
    """A length of time, floored: «0 minutes», «less than a minute», «1 minute», «52 minutes»."""
    if 0 < ms < _MINUTE_MS:
        return "less than a minute"
    minutes = ms // _MINUTE_MS
    return f"{minutes} {'minute' if minutes == 1 else 'minutes'}"


def clock_time(ms: int) -> str:
    """The time on London's clocks, floored to the minute: «19:12»; «01:30 GMT» in the hour that comes twice."""
    local = from_ms(ms).astimezone(LONDON)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local:%H:%M %Z}" if twice else f"{local:%H:%M}"


def from_to(interval: Interval, *, dated: bool = False) -> str:
    """A stretch on London's clocks: «from 19:00 to 21:00»; with the days when they are asked for, or when it lasts so
    long that the clock alone would mislead; with the zones when the clocks change within it."""
    start, end = (from_ms(ms).astimezone(LONDON) for ms in interval)
    changes = start.utcoffset() != end.utcoffset()
    since, until = (
        f"{at:%H:%M %Z}" if changes else clock_time(ms)
        for at, ms in ((start, interval[0]), (end, interval[1]))
    )
    if dated and start.date() == end.date():
        return f"from {since} to {until} on {day_of(interval[0])}"
    if dated or (start.date() != end.date() and end.time() >= start.time()):
        return f"from {since} on {day_of(interval[0])} to {until} on {day_of(interval[1])}"
    return f"from {since} to {until}"


def day_of(ms: int) -> str:
    """The day in London: «3 March»."""
    local = from_ms(ms).astimezone(LONDON)
    return f"{local.day} {local:%B}"


def _out_of(verified_ms: int, required_ms: int) -> str:
    return f"{verified_ms // _MINUTE_MS} of {lasting(required_ms)}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _intervals(plain: Iterable[Sequence[int]]) -> Intervals:
    return unite((start, end) for start, end in plain)


def _of_window(
    result: Mapping[str, Any], person: Person, words: Words, afterwards: Afterwards
) -> Iterator[Sentence]:
    window = result["window"]
    span = (result["checked_in_ms"], result["horizon_ms"])
    whole = (window["starts_ms"], window["ends_ms"])
    on_patrol = clip([span], *whole)
    tasked = next(each for each in result["hotspots"] if each["hotspot_id"] == window["hotspot_id"])
    verified, probable, unverified = (
        intersect(_intervals(tasked[grade]), on_patrol) for grade in ("verified", "probable", "unverified")
    )
    outside = subtract(on_patrol, unite(verified, probable, unverified))
    verified_ms = total_ms(verified)
    counted_as = counts_as(result["status"], verified_ms, window["required_ms"], afterwards)
    status = in_words(words.statuses, counted_as)
    yield Sentence(_sentence(f"{_out_of(verified_ms, window['required_ms'])}: {status}"))
    yield Sentence(_when(person, span, whole, on_patrol), subtract([whole], on_patrol))
    before_or_after = total_ms(_intervals(tasked["verified"])) - verified_ms
    where = "the hotspot in the window" if before_or_after and not verified_ms else "the hotspot"
    yield Sentence(_shown(verified_ms, where, words), verified)
    heard = _intervals(result["heard"])
    episodes = [*_doubts(probable, unverified, heard), *_outside(outside, result["outside"])]
    yield from _episodes(episodes, person, words, "GPS signal" if _all_used(result) else "usable GPS signal")
    if before_or_after >= _MINUTE_MS:
        yield Sentence(
            f"Before or after the window: {lasting(before_or_after)} in the hotspot, counted as hours."
        )
    for each in result["hotspots"]:
        elsewhere = total_ms(_intervals(each["verified"]))
        if each is not tasked and elsewhere >= _MINUTE_MS:
            yield Sentence(f"Also {lasting(elsewhere)} in {_called(each, words)}, counted as hours.")


def _when(person: Person, span: Interval, whole: Interval, on_patrol: Intervals) -> str:
    if not on_patrol and not whole[0] <= span[0] == span[1] < whole[1]:
        apart = day_of(span[0]) != day_of(whole[0])
        outside = f"{from_to(span, dated=apart)}, outside the window {from_to(whole, dated=apart)}"
        return f"{person.was} on patrol {outside}."
    if on_patrol == (whole,):
        return f"{person.was} on patrol for the whole window, {from_to(whole)}."
    within, all_of_it = total_ms(on_patrol) // _MINUTE_MS, lasting(whole[1] - whole[0])
    return (
        f"{person.was} on patrol {from_to(span)}: {within} of the {all_of_it} of the window {from_to(whole)}."
    )


def _of_patrol(
    result: Mapping[str, Any], person: Person, words: Words, afterwards: Afterwards
) -> Iterator[Sentence]:
    span = (result["checked_in_ms"], result["horizon_ms"])
    hotspots = result["hotspots"]
    verified = unite(*(_intervals(each["verified"]) for each in hotspots))
    probable = subtract(unite(*(_intervals(each["probable"]) for each in hotspots)), verified)
    heard = _intervals(result["heard"])
    silent = subtract([span], unite(heard, verified, probable))
    outside = subtract([span], unite(verified, probable, silent))
    status = in_words(words.statuses, counts_as(result["status"], total_ms(verified), None, afterwards))
    yield Sentence(_sentence(f"{lasting(total_ms(verified))} in hotspots: {status}"))
    yield Sentence(f"{person.was} on patrol {from_to(span)}.")
    if not verified:
        yield Sentence(_shown(0, "a hotspot", words))
    told: Intervals = ()
    for each in hotspots:
        own = _intervals(each["verified"])
        if own:
            yield Sentence(_shown(total_ms(own), _called(each, words), words), subtract(own, told))
            told = unite(told, own)
    if sum(total_ms(_intervals(each["verified"])) for each in hotspots) > total_ms(verified):
        yield Sentence("Hotspots overlap here: time in both counts once.")
    signal = "GPS signal" if _all_used(result) else "usable GPS signal"
    yield from _episodes(list(_doubts(probable, silent, heard)), person, words, signal)
    if outside:
        yield Sentence(_sentence(f"{lasting(total_ms(outside))} outside every hotspot"), outside)


def _shown(verified_ms: int, where: str, words: Words) -> str:
    if not verified_ms:
        return f"No time in {where} is shown by GPS."
    return _sentence(f"{in_words(words.grades, 'verified')}: {lasting(verified_ms)} in {where}")


def _called(hotspot: Mapping[str, Any], words: Words) -> str:
    return words.hotspots.get(hotspot["hotspot_id"], "another hotspot")


def _all_used(result: Mapping[str, Any]) -> bool:
    return not any(count for label, count in result["fixes_by_label"].items() if label not in _SILENT_ABOUT)


def _doubts(probable: Intervals, unverified: Intervals, heard: Intervals) -> Iterator[_Episode]:
    """Time in doubt: where the phone was silent, at the edge where it was not."""
    for grade, intervals, otherwise in (
        ("probable", probable, "edge"), ("unverified", unverified, "unclear"),
    ):  # fmt: skip
        yield from (_Episode(each, grade, "silence") for each in subtract(intervals, heard))
        yield from (_Episode(each, grade, otherwise) for each in intersect(intervals, heard))


def _outside(outside: Intervals, measured: Sequence[Sequence[int]]) -> Iterator[_Episode]:
    for start, end in outside:
        metres = next((far for opens, closes, far in measured if opens < end and start < closes), None)
        yield _Episode((start, end), "outside", "outside", metres)


def _episodes(episodes: Sequence[_Episode], person: Person, words: Words, signal: str) -> Iterator[Sentence]:
    """The longest stretches one by one in order of time, and the rest by grade in one sentence."""
    ordered = sorted(episodes, key=lambda each: (-each.lasted_ms, each.interval))
    long = [each for each in ordered if each.lasted_ms >= _SHORTEST_TOLD_MS][:_MOST_TOLD]
    for each in sorted(long, key=lambda each: each.interval):
        yield Sentence(_one(each, person, words, signal), (each.interval,))
    rest = [each for each in ordered if each not in long]
    if not rest:
        return
    sums = {grade: sum(each.lasted_ms for each in rest if each.grade == grade) for grade in words.grades}
    listed = ", ".join(f"{lasting(ms)} {in_words(words.grades, grade)}" for grade, ms in sums.items() if ms)
    yield Sentence(f"In further stretches: {listed}.", unite(each.interval for each in rest))


def _one(episode: _Episode, person: Person, words: Words, signal: str) -> str:
    since, lasted = clock_time(episode.interval[0]), lasting(episode.lasted_ms)
    if episode.matter == "outside":
        return f"{person.was} {_how_far(episode.metres)} from {since} for {lasted}."
    matter = {"silence": f"without {signal}", "edge": "at the edge", "unclear": "with an unclear track"}
    grade = in_words(words.grades, episode.grade)
    return _sentence(f"{lasted} {matter[episode.matter]} from {since}: {grade}")


def _how_far(metres: int | None) -> str:
    if metres is None:
        return "outside"
    if metres < 1:
        return "less than a metre outside"
    return f"{metres} m outside" if metres < 1000 else f"{metres // 100 / 10} km outside"


def _notes(
    result: Mapping[str, Any], person: Person, words: Words, skew_ms: int | None, afterwards: Afterwards
) -> Iterator[Sentence]:
    aside = {
        label: count
        for label, count in result["fixes_by_label"].items()
        if count and label not in _SILENT_ABOUT
    }
    if aside:
        count = sum(aside.values())
        listed = ", ".join(f"{each} {in_words(words.fix_labels, label)}" for label, each in aside.items())
        yield Sentence(f"{count} {'position was' if count == 1 else 'positions were'} set aside: {listed}.")
    if skew_ms is not None and abs(skew_ms) > SKEW_CORRECTED_OVER_MS:
        way = "slow" if skew_ms > 0 else "fast"
        yield Sentence(
            f"{person.whose} phone's clock was {_roughly(abs(skew_ms))} {way}; times were corrected."
        )
    for each in afterwards.decisions:
        yield Sentence(decision_in_words(each))
    if result["status"] in words.statuses_explained and not afterwards.standing:
        yield Sentence(_sentence(in_words(words.statuses_explained, result["status"])))
    for flag in result["flags"]:
        if flag in afterwards.looked_at:
            name = words.flag_names[flag].label if flag in words.flag_names else flag
            yield Sentence(f"A supervisor has looked at this: {name}.")
        else:
            yield Sentence(_sentence(in_words(words.flags, flag)))


def _roughly(ms: int) -> str:
    return lasting(ms) if ms < 3 * _HOUR_MS else f"{ms // _HOUR_MS} hours"
