"""What the service says of the evening, read back through the API, compared with the stories, and printed plainly."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import httpx2 as httpx
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from app.clock import LONDON, from_ms, rfc3339, start_of_london_day
from demo.clients.facts import JsonObject
from demo.evening import Evening, Patrol, Window
from demo.morning import MorningLine, morning_lines
from demo.player import Played
from demo.records import RecordLine, record_lines


@dataclass(frozen=True, slots=True)
class WindowLine:
    """A window with what the evidence says of it. `as_expected` compares with the story."""

    label: str
    when: str
    hotspot: str
    who: str
    status: str
    status_label: str
    check_needed: bool
    verified_minutes: int
    required_minutes: int
    story: str
    as_expected: bool


@dataclass(frozen=True, slots=True)
class PatrolLine:
    """A patrol with its result: `minutes` verified in a hotspot, each instant once, and those declared for crew."""

    id: str
    label: str
    collar_number: str
    when: str
    programme: str
    status: str
    status_label: str
    minutes: int
    declared_crew: tuple[str, ...]
    flags: tuple[str, ...]
    closed_by: str
    has_window: bool
    story: str
    as_expected: bool


@dataclass(frozen=True, slots=True)
class Report:
    """The evening as the service has it. `created` is how many facts were new this time, `replayed` how many not."""

    day: str
    windows: tuple[WindowLine, ...]
    patrols: tuple[PatrolLine, ...]
    records: tuple[RecordLine, ...]
    morning: tuple[MorningLine, ...]
    created: int
    replayed: int
    refused: tuple[str, ...]
    waiting: int

    def plain(self) -> JsonObject:
        """For machines: `--json`."""
        return asdict(self)

    @property
    def as_expected(self) -> bool:
        """Whether everything got through and was judged as the stories say."""
        judged = [
            *(line.as_expected for line in self.windows),
            *(line.as_expected for line in self.patrols),
            *(line.as_expected for line in self.records),
            *(line.as_expected for line in self.morning),
        ]
        return not self.refused and not self.waiting and all(judged)


def read_report(
    evening: Evening,
    played: Sequence[Played],
    refused: Sequence[str],
    http: httpx.Client,
    names: Mapping[str, str],
) -> Report:
    """Reads the evening's results; `http` signs in as somebody who sees the whole force, `refused` is what the morning
    after was refused.

    Raises httpx.HTTPStatusError when the service refuses to tell.
    """
    begins = start_of_london_day(evening.day)
    day = {"from": rfc3339(begins), "to": rfc3339(begins + timedelta(hours=36)), "limit": "100"}
    windows = {str(row["window_id"]): row for row in _rows(http, "/v1/compliance/windows", day, "windows")}
    return Report(
        day=evening.day.isoformat(),
        windows=tuple(_window_line(window, windows[str(window.id)], names) for window in evening.windows),
        patrols=tuple(
            _patrol_line(patrol, _get(http, f"/v1/patrols/{patrol.id}")) for patrol in evening.patrols
        ),
        records=record_lines(evening.day, http),
        morning=morning_lines(evening, windows, names),
        created=sum(each.tally.created for each in played),
        replayed=sum(each.tally.replayed for each in played),
        refused=tuple(
            f"{each.label}: {fact.code} {fact.detail}" for each in played for fact in each.tally.rejected
        )
        + tuple(refused),
        waiting=sum(each.waiting for each in played),
    )


def print_report(report: Report, console: Console) -> None:
    """Four tables a tired sergeant can read, and one line on what was sent."""
    windows = _table(f"Windows of {report.day}", "When", "Where", "Who", "Result", minutes="Minutes")
    for line in report.windows:
        minutes = f"{line.verified_minutes} / {line.required_minutes}"
        windows.add_row(line.when, line.hotspot, line.who, _result(line), minutes)
    console.print(windows)
    free = _table(
        "Patrols without a window", "When", "Programme", "Who", "What happened", minutes="In hotspots"
    )
    for each in report.patrols:
        if not each.has_window:
            who = ", ".join((each.collar_number, *(f"{crew} declared" for crew in each.declared_crew)))
            free.add_row(each.when, each.programme, who, each.story, _hours(each.minutes))
    console.print(free)
    console.print(_logged(report))
    console.print(_morning(report))
    console.print(
        f"{len(report.patrols)} patrols sent: {report.created} new facts, {report.replayed} the service had already."
    )
    for refused in report.refused:
        console.print(f"refused: {refused}", style="red")


def _logged(report: Report) -> Table:
    table = _table("What was logged", "When", "Who", "What", "What happened", minutes="Reference")
    for line in report.records:
        told = [line.story, *(f"[bold]{noted}[/bold]" for noted in line.noted)]
        if not line.as_expected:
            told.append("[red](not as the story says)[/red]")
        table.add_row(line.when, line.collar_number, line.what, " ".join(told), line.reference)
    return table


def _morning(report: Report) -> Table:
    table = _table("The morning after", "Where", "Said", "Decided", "Because", minutes="Counts as")
    for line in report.morning:
        told = line.counts_as if line.as_expected else f"{line.counts_as} (not as the story says)"
        table.add_row(line.hotspot, line.said, f"{line.decided_by}: {line.decision}", line.note, told)
    return table


def _table(title: str, *headings: str, minutes: str) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    for heading in headings:
        table.add_column(heading)
    table.add_column(minutes, justify="right", no_wrap=True)
    return table


def _result(line: WindowLine) -> str:
    words = f"{line.status_label}, check needed" if line.check_needed else line.status_label
    told = f"[bold]{words}[/bold]: {line.story}"
    return told if line.as_expected else f"{told} [red](not as the story says)[/red]"


def _hours(minutes: int) -> str:
    return f"{minutes // 60} h {minutes % 60:02d} min"


def _window_line(window: Window, row: JsonObject, names: Mapping[str, str]) -> WindowLine:
    story = window.story
    status, check_needed = str(row["evidence_status"]), row["check_needed"] is True
    return WindowLine(
        label=story.label,
        when=f"{_clock(window.starts_ms)}-{_clock(window.ends_ms)}",
        hotspot=names[story.hotspot],
        who=", ".join(story.collars),
        status=status,
        status_label=str(row["evidence_status_label"]),
        check_needed=check_needed,
        verified_minutes=_whole(row["verified_minutes"]),
        required_minutes=_whole(row["required_minutes"]),
        story=story.story,
        as_expected=(status, check_needed) == (story.expected, story.check_needed),
    )


def _patrol_line(patrol: Patrol, row: JsonObject) -> PatrolLine:
    story = patrol.story
    result = _object(row["result"])
    status, flags = str(result["status"]), tuple(str(flag) for flag in _list(result["flags"]))
    wanted = story.expected or "no_window"
    return PatrolLine(
        id=str(patrol.id),
        label=story.label,
        collar_number=story.collar,
        when=_clock(patrol.checked_in.at_ms),
        programme=story.programme,
        status=status,
        status_label=str(result["status_label"]),
        minutes=_whole(_object(result["seconds"])["verified"]) // 60,
        declared_crew=tuple(str(_object(member)["collar_number"]) for member in _list(row["crew"])),
        flags=flags,
        closed_by=str(row["closed_by"]),
        has_window=patrol.window_id is not None,
        story=story.story,
        as_expected=status == wanted and set(story.flags) <= set(flags),
    )


def _clock(ms: int) -> str:
    at: datetime = from_ms(ms).astimezone(LONDON)
    return at.strftime("%H:%M")


def _get(http: httpx.Client, path: str, params: Mapping[str, str] | None = None) -> JsonObject:
    answer = http.get(path, params=params)
    answer.raise_for_status()
    return _object(answer.json())


def _rows(http: httpx.Client, path: str, params: Mapping[str, str], name: str) -> list[JsonObject]:
    """Every row of a list that comes in pages."""
    found: list[JsonObject] = []
    asked = dict(params)
    while True:
        page = _get(http, path, asked)
        found += [_object(row) for row in _list(page[name])]
        if page["next_cursor"] is None:
            return found
        asked["cursor"] = str(page["next_cursor"])


def _object(value: object) -> JsonObject:
    if not isinstance(value, dict):
        raise TypeError("the service answered something else than an object")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("the service answered something else than a list")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("the service answered something else than a whole number")
    return value
