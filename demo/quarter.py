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

import httpx2 as httpx

from app.clock import LONDON, from_ms, london_day, rfc3339, start_of_london_day, to_ms
from demo.force import DemoOfficer
from demo.ids import named_uuid7
from demo.phone import Item, JsonObject, Phone
from demo.quarter_stories import Happening, Visit, chance, happening, others, visits
from demo.quarter_walks import Walked, walked

WEEKS = 13
PLANNER = "4181"
ADMINISTRATOR = "4184"
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


@dataclass(slots=True)
class Clock:
    """The service's clock while the months are played: it stands where it was turned to, and never back."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def turn_to(self, at: datetime) -> None:
        self.at = max(self.at, at)


@dataclass(frozen=True, slots=True)
class Stage:
    """What playing needs: the service, its clock, who there is, and what it does now and then."""

    http: httpx.Client
    clock: Clock
    officers: Sequence[DemoOfficer]
    token: Callable[[str], str]
    tick: Callable[[], object]
    ids: dict[str, str] = field(default_factory=dict)

    def meet(self) -> None:
        """Learns under which id the service knows each collar number."""
        rows = self.ask(ADMINISTRATOR, "GET", "/v1/officers?limit=500")["items"]
        if not isinstance(rows, list):
            raise TypeError("the service answered something else than a list")
        self.ids.update({str(row["collar_number"]): str(row["id"]) for row in rows})

    def ask(self, collar: str, method: str, path: str, body: JsonObject | None = None) -> JsonObject:
        """Calls the service as somebody. Raises httpx.HTTPStatusError for a refusal."""
        headers = {"Authorization": f"Bearer {self.token(collar)}"}
        answer = self.http.request(method, path, json=body, headers=headers)
        answer.raise_for_status()
        content: JsonObject = answer.json()
        return content

    def sergeant_of(self, team: str) -> str | None:
        """Who decides for a team."""
        found = (each for each in self.officers if each.team_code == team and "SUPERVISOR" in each.roles)
        return next((each.collar_number for each in found), None)

    def sent_by(self, team: str) -> list[str]:
        """Who can be sent on patrol by a team: everybody but the sergeant."""
        return [
            each.collar_number
            for each in self.officers
            if each.team_code == team and each.roles == ("OFFICER",)
        ]


@dataclass(frozen=True, slots=True)
class PlannedWindow:
    """A published window as the plan has it."""

    id: str
    hotspot: str
    team: str
    starts_at: datetime
    ends_at: datetime
    revision: int

    @property
    def name(self) -> str:
        """What its story hangs on."""
        return f"{self.hotspot} {london_day(self.starts_at)}"


@dataclass(order=True, slots=True)
class _Event:
    """Something that happens at an instant; `number` keeps what happens at once in order."""

    at: datetime
    number: int
    happens: Callable[[], None] = field(compare=False)


@dataclass(slots=True)
class Played:
    """What became of the months so far."""

    windows: int = 0
    patrols: int = 0
    facts: int = 0
    decisions: int = 0
    refused: list[str] = field(default_factory=list)


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


def planned_windows(stage: Stage, day: date, state: str | None = "PUBLISHED") -> list[PlannedWindow]:
    """The windows that begin on a London day, in one state or any."""
    begins, ends = (rfc3339(start_of_london_day(each)) for each in (day, day + timedelta(days=1)))
    answer = stage.ask(PLANNER, "GET", f"/v1/tasking-windows?from={begins}&to={ends}&limit=100")
    rows = answer["windows"]
    if not isinstance(rows, list):
        raise TypeError("the service answered something else than a list")
    return [
        PlannedWindow(
            str(row["id"]),
            str(row["hotspot_code"]),
            str(row["team_code"]),
            datetime.fromisoformat(row["starts_at"]),
            datetime.fromisoformat(row["ends_at"]),
            int(row["revision"]),
        )
        for row in rows
        if state in (None, row["state"])
    ]


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
                yield _Event(at, next(number), partial(_decide, stage, sergeant, day, played))


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
        played.refused += _refused("assignment", answer)
        for window, collar in going.values():
            answer_id = named_uuid7(to_ms(stage.clock()), f"answer {window.name}")
            said: JsonObject = {"answer": "ACCEPTED", "answered_at": rfc3339(stage.clock())}
            stage.ask(collar, "PUT", f"/v1/tasking-windows/{window.id}/answers/{answer_id}", said)


def _refused(what: str, answer: JsonObject) -> list[str]:
    """What an answer to many at once refused."""
    results = answer["results"]
    if not isinstance(results, list):
        raise TypeError("the service answered something else than a list")
    return [f"{what}: {one['problem']}" for one in results if one["outcome"] == "refused"]


def _patrol_events(
    stage: Stage, patrol: Walked, window_id: str | None, number: Iterator[int], played: Played
) -> Iterator[_Event]:
    visit = patrol.visit
    phone = Phone(
        stage.http,
        patrol.device_id,
        lambda: stage.token(visit.collar),
        now=stage.clock,
        sleep=_never,
        random=Random(patrol.id.int),
    )
    played.patrols += 1

    def send(item: Item) -> Callable[[], None]:
        def happens() -> None:
            phone.queue.append(item)
            phone.send()
            played.facts += 1
            played.refused += [f"{visit.label}: {one.code} {one.detail}" for one in phone.tally.rejected]
            phone.tally.rejected.clear()

        return happens

    first, last = patrol.track[0], patrol.track[-1]
    check_in = phone.check_in(patrol.id, first.at_ms, first, _facts(visit, window_id))
    yield _Event(from_ms(first.at_ms), next(number), send(check_in))
    for sequence, fixes in enumerate(patrol.batches):
        batch_id = named_uuid7(fixes[-1].at_ms, f"{visit.label} batch {sequence}")
        batch = phone.fix_batch(patrol.id, batch_id, sequence, fixes)
        yield _Event(from_ms(fixes[-1].at_ms), next(number), send(batch))
    yield _Event(from_ms(last.at_ms), next(number), send(phone.check_out(patrol.id, last.at_ms, last)))
    if visit.says is not None:
        said = phone_words(patrol, visit.says)
        yield _Event(from_ms(last.at_ms) + 40 * _MINUTE, next(number), send(said))


def phone_words(patrol: Walked, reason: str) -> Item:
    """What the officer says to a patrol that was cut short or not heard."""
    ended_ms = patrol.track[-1].at_ms
    said_id = named_uuid7(ended_ms, f"{patrol.visit.label} words")
    reference = f"WM-{int(chance(patrol.visit.label) * 900_000) + 100_000}"
    return Item(
        f"/v1/patrols/{patrol.id}/explanations/{said_id}",
        {
            "kind": "EXPLANATION",
            "reason_code": reason,
            "text": _WORDS[reason],
            "incident_reference": reference,
        },
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


def _decide(stage: Stage, sergeant: str, day: date, played: Played) -> None:
    """What a sergeant decides on a Monday about the week before: the reasons proposed, and what the evidence leaves."""
    from_at = rfc3339(start_of_london_day(day - timedelta(days=7)))
    to_at = rfc3339(start_of_london_day(day))
    due = stage.ask(sergeant, "GET", f"/v1/reviews/due?from={from_at}&to={to_at}&limit=100")
    found = due["items"]
    if not isinstance(found, list):
        raise TypeError("the service answered something else than a list")
    items = [item for row in found if (item := _decision(row, to_ms(stage.clock()))) is not None]
    if items:
        answer = stage.ask(sergeant, "POST", "/v1/reviews", {"items": items})
        played.refused += _refused("decision", answer)
        played.decisions += len(items)


def _decision(due: JsonObject, at_ms: int) -> JsonObject | None:
    """The decision on one thing that waits; None for what the sergeant leaves for a second look."""
    if due["kind"] != "window" or not due["may_decide"]:
        return None
    made: JsonObject = {
        "id": str(named_uuid7(at_ms, f"decision {due['id']} {due['basis']}")),
        "window_id": due["id"],
        "basis": due["basis"],
    }
    if due["latest_review"] is not None:
        made["replaces"] = due["latest_review"]
    proposed = due["proposed_reasons"]
    name = f"{due['hotspot_code']} {london_day(datetime.fromisoformat(str(due['starts_at'])))}"
    if isinstance(proposed, list) and proposed:
        return made | {
            "decision": "REASON",
            "reason_code": proposed[0]["reason_code"],
            "note": "As the officer says.",
        }
    if happening(name) is Happening.NO_STAFF:
        return made | {"decision": "REASON", "reason_code": "NO_STAFF", "note": "Two on custody, two sick."}
    if due["status"] == "review":
        return made | {"decision": "ACCEPT", "note": "Seen there; the gap is the underpass."}
    return made | {"decision": "STAND", "note": "Looked at; no reason found."} if chance(name) < 0.7 else None


def _never(seconds: float) -> None:
    raise RuntimeError("the service asked a phone to wait, which it has no reason to in these months")
