"""Plays three months of the demonstration force, day by day, through the real API on a clock that runs ahead.

Everything happens in its order: the planner draws and publishes the plan, sergeants send people, phones check in, walk
and check out, officers say why, sergeants decide on Mondays. The service's clock is turned to each instant before it
happens, so that nothing is late and no rule has to be bent.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random

from app.clock import LONDON, from_ms, rfc3339, start_of_london_day, to_ms
from demo.clients.facts import Item, JsonObject, check_in, check_out, fix_batch
from demo.clients.phone import Phone
from demo.clients.queue import Queue
from demo.ids import named_uuid7
from demo.quarter_decisions import decide
from demo.quarter_stage import PLANNER, PlannedWindow, Played, Stage, planned_windows, refused_of
from demo.quarter_stories import Happening, Visit, chance, happening, others, visits
from demo.quarter_walks import Walked, walked

WEEKS = 13
DECIDES_AT = time(14)
OFFICE_AT = time(12)
CALLED_OFF_AT = time(6)
# A day is played from here to the same hour of the next, so that people are sent to windows of the small hours in time.
DUTY_BEGINS = time(5)
_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_WORDS = {
    "ARREST_MADE": "Arrest for a knife in public. In custody with the prisoner until after the window.",
    "DEVICE_FAILURE": "No signal in the underpass; walked on and came back to it.",
}


@dataclass(order=True, slots=True)
class _Event:
    """Something that happens at an instant; `number` keeps what happens at once in order."""

    at: datetime
    number: int
    happens: Callable[[], None] = field(compare=False)


def first_day(now: datetime, weeks: int = WEEKS) -> date:
    """The Monday so many weeks before the one of this week, so that whole weeks are played.

    Thirteen weeks before Wednesday 25 November 2026 it is 24 August.
    """
    today = now.astimezone(LONDON).date()
    return today - timedelta(days=today.weekday() + 7 * weeks)


def play_months(
    stage: Stage, first: date, days: int, office: Callable[[date], None], told: Callable[[int], None]
) -> Played:
    """Plays so many days, one after the other, and tells how many are through; `office` is what is done at noon."""
    played = Played()
    for number in range(days):
        day = first + timedelta(days=number)
        begins = datetime.combine(day, DUTY_BEGINS, LONDON)
        _play_day(stage, day, begins if number else begins - 6 * _HOUR, office, played)
        told(number + 1)
    return played


def _play_day(
    stage: Stage, day: date, begins: datetime, office: Callable[[date], None], played: Played
) -> None:
    stage.clock.turn_to(begins)
    following = day + timedelta(days=1)
    ends = datetime.combine(following, DUTY_BEGINS, LONDON)
    windows = [
        window
        for window in (*planned_windows(stage, day), *planned_windows(stage, following))
        if begins <= window.starts_at < ends
    ]
    _send(stage, windows, played)
    events = [
        _Event(datetime.combine(day, OFFICE_AT, LONDON), -1, partial(office, day)),
        *_events(stage, day, windows, played),
    ]
    events.sort()
    for event in events:
        stage.clock.turn_to(event.at)
        event.happens()
    stage.clock.turn_to(start_of_london_day(following) + timedelta(hours=4, minutes=30))
    stage.tick()


def _events(stage: Stage, day: date, windows: Iterable[PlannedWindow], played: Played) -> Iterator[_Event]:
    number = iter(range(1_000_000))
    for window in windows:
        played.windows += 1
        what = happening(window.name)
        if what is Happening.CALLED_OFF:
            at = min(datetime.combine(day, CALLED_OFF_AT, LONDON), window.starts_at - _HOUR)
            yield _Event(at, next(number), partial(_call_off, stage, window, played))
            continue
        for visit in visits(what, window.name, window.hotspot, window.starts_at, stage.sent_by(window.team)):
            yield from _patrol_events(stage, walked(visit), window.id, number, played)
    for visit in others(day):
        yield from _patrol_events(stage, walked(visit), None, number, played)
    if day.weekday() == 0:
        at = datetime.combine(day, DECIDES_AT, LONDON)
        for team in sorted({each.team_code for each in stage.officers if each.team_code}):
            sergeant = stage.sergeant_of(team)
            if sergeant is not None:
                yield _Event(at, next(number), partial(decide, stage, sergeant, day, played))


def _send(stage: Stage, windows: Sequence[PlannedWindow], played: Played) -> None:
    """Sergeants name who goes, where they have anybody; those named say yes on their phones."""
    for team in sorted({window.team for window in windows}):
        going = {
            window.id: (window, visit.collar)
            for window in windows
            if window.team == team
            for visit in visits(
                happening(window.name), window.name, window.hotspot, window.starts_at, stage.sent_by(team)
            )[:1]
        }
        sergeant = stage.sergeant_of(team)
        if not going or sergeant is None:
            continue
        items = [
            {
                "window_id": window.id,
                "revision": window.revision,
                "officer_ids": [stage.ids[collar]],
                "reason": "Rota.",
            }
            for window, collar in going.values()
        ]
        answer = stage.ask(sergeant, "POST", "/v1/tasking-windows/assignments", {"items": items})
        played.refused += refused_of("assignment", answer)
        for window, collar in going.values():
            answer_id = named_uuid7(to_ms(stage.clock()), f"answer {window.name}")
            said: JsonObject = {"answer": "ACCEPTED", "answered_at": rfc3339(stage.clock())}
            stage.ask(collar, "PUT", f"/v1/tasking-windows/{window.id}/answers/{answer_id}", said)


def _patrol_events(
    stage: Stage, patrol: Walked, window_id: str | None, number: Iterator[int], played: Played
) -> Iterator[_Event]:
    visit = patrol.visit
    phone = Phone(
        stage.http,
        lambda: stage.token(visit.collar),
        Queue(),
        now=stage.clock,
        sleep=_never,
        random=Random(patrol.id.int),
    )
    played.patrols += 1

    def send(item: Item) -> Callable[[], None]:
        def happens() -> None:
            phone.queue.keep([item])
            phone.send()
            played.facts += 1
            played.refused += [f"{visit.label}: {one.code} {one.detail}" for one in phone.tally.rejected]
            phone.tally.rejected.clear()

        return happens

    first, last = patrol.track[0], patrol.track[-1]
    begins = check_in(patrol.id, patrol.device_id, first.at_ms, first, _facts(visit, window_id))
    yield _Event(from_ms(first.at_ms), next(number), send(begins))
    for sequence, fixes in enumerate(patrol.batches):
        batch_id = named_uuid7(fixes[-1].at_ms, f"{visit.label} batch {sequence}")
        batch = fix_batch(patrol.id, batch_id, patrol.device_id, sequence, fixes)
        yield _Event(from_ms(fixes[-1].at_ms), next(number), send(batch))
    yield _Event(from_ms(last.at_ms), next(number), send(check_out(patrol.id, last.at_ms, last)))
    if visit.says is not None:
        said = phone_words(patrol, visit.says)
        yield _Event(from_ms(last.at_ms) + 40 * _MINUTE, next(number), send(said))


def phone_words(patrol: Walked, reason: str) -> Item:
    """What the officer says to a patrol that was cut short or not heard."""
    ended_ms = patrol.track[-1].at_ms
    said_id = named_uuid7(ended_ms, f"{patrol.visit.label} words")
    reference = f"WM-{int(chance(patrol.visit.label) * 900_000) + 100_000}"
    return Item(
        "explanation",
        said_id,
        {
            "kind": "EXPLANATION",
            "reason_code": reason,
            "text": _WORDS[reason],
            "incident_reference": reference,
        },
        patrol.id,
    )


def _facts(visit: Visit, window_id: str | None) -> JsonObject:
    facts: JsonObject = {
        "programme": visit.programme,
        "uniform_state": visit.uniform,
        "mode": "FOOT",
        "funding": visit.funding,
    }
    if window_id is not None:
        facts["window_id"] = window_id
    if visit.crew:
        facts["crew"] = [{"collar_number": collar} for collar in visit.crew]
    return facts


def _call_off(stage: Stage, window: PlannedWindow, played: Played) -> None:
    reason = "Football at the ground: all teams are on the cordon."
    stage.ask(PLANNER, "PUT", f"/v1/tasking-windows/{window.id}/cancel", {"reason": reason})
    played.facts += 1


def _never(seconds: float) -> None:
    raise RuntimeError("the service asked a phone to wait, which it has no reason to in these months")
