"""What the service says of the evening, read back through the API, compared with the stories, and printed plainly."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import httpx2 as httpx
from rich.console import Console
from rich.table import Table

from app.clock import LONDON, from_ms, rfc3339, start_of_london_day
from demo.evening import Evening, Patrol, Window
from demo.phone import JsonObject
from demo.player import Played
from demo.stories import REQUIRED_MINUTES


@dataclass(frozen=True, slots=True)
class WindowLine:
    """A window with its result. `as_expected` compares with the story."""

    label: str
    when: str
    hotspot: str
    who: str
    status: str
    status_label: str
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
        judged = [line.as_expected for line in self.windows] + [line.as_expected for line in self.patrols]
        return not self.refused and not self.waiting and all(judged)


def read_report(
    evening: Evening, played: Sequence[Played], http: httpx.Client, names: Mapping[str, str]
) -> Report:
    """Reads the evening's results; `http` signs in as somebody who sees the whole force.

    Raises httpx.HTTPStatusError when the service refuses to tell.
    """
    begins = start_of_london_day(evening.day)
    day = {"from": rfc3339(begins), "to": rfc3339(begins + timedelta(hours=36)), "limit": "100"}
    windows = {str(row["id"]): row for row in _rows(http, "/v1/compliance/windows", day, "windows")}
    return Report(
        day=evening.day.isoformat(),
        windows=tuple(_window_line(window, windows[str(window.id)], names) for window in evening.windows),
        patrols=tuple(
            _patrol_line(patrol, _get(http, f"/v1/patrols/{patrol.id}")) for patrol in evening.patrols
        ),
        created=sum(each.tally.created for each in played),
        replayed=sum(each.tally.replayed for each in played),
        refused=tuple(
            f"{each.patrol.story.label}: {refused.code} {refused.detail}"
            for each in played
            for refused in each.tally.rejected
        ),
        waiting=sum(each.waiting for each in played),
    )


def print_report(report: Report, console: Console) -> None:
    """Two tables a tired sergeant can read, and one line on what was sent."""
    windows = Table(title=f"Windows of {report.day}", title_justify="left", title_style="bold")
    for heading in ("When", "Where", "Who", "Result", "Verified", "What happened"):
        windows.add_column(heading, justify="right" if heading == "Verified" else "left")
    for line in report.windows:
        verified = f"{line.verified_minutes} of {line.required_minutes} min"
        windows.add_row(line.when, line.hotspot, line.who, _result(line), verified, line.story)
    console.print(windows)
    free = Table(title="Patrols without a window", title_justify="left", title_style="bold")
    for heading in ("When", "Who", "Programme", "In hotspots", "Crew without phone", "What happened"):
        free.add_column(heading, justify="right" if heading == "In hotspots" else "left")
    for each in report.patrols:
        if not each.has_window:
            crew = ", ".join(each.declared_crew) or "-"
            free.add_row(
                each.when, each.collar_number, each.programme, _hours(each.minutes), crew, each.story
            )
    console.print(free)
    console.print(
        f"{len(report.patrols)} patrols sent: {report.created} new facts, {report.replayed} the service had already."
    )
    for refused in report.refused:
        console.print(f"refused: {refused}", style="red")


def _result(line: WindowLine) -> str:
    return line.status_label if line.as_expected else f"{line.status_label} (not as the story says)"


def _hours(minutes: int) -> str:
    return f"{minutes // 60} h {minutes % 60:02d} min"


def _window_line(window: Window, row: JsonObject, names: Mapping[str, str]) -> WindowLine:
    story = window.story
    status = str(row["status"])
    return WindowLine(
        label=story.label,
        when=f"{_clock(window.starts_ms)}-{_clock(window.ends_ms)}",
        hotspot=names[story.hotspot],
        who=", ".join(story.collars),
        status=status,
        status_label=str(row["status_label"]),
        verified_minutes=_whole(row["verified_seconds"]) // 60,
        required_minutes=REQUIRED_MINUTES,
        story=story.story,
        as_expected=status == story.expected,
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
