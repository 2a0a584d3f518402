"""Prints what the service says of the three months: plan, windows, weeks, hours, reality check, and where to look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from shlex import quote
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from app.clock import rfc3339, start_of_london_day
from demo.quarter_office import COMMANDER, schedule_id, scheme
from demo.quarter_stage import Played, Stage

SERGEANT, TEAM = "4109", "CC-NH"


@dataclass(frozen=True, slots=True)
class Months:
    """What was played, and what the office got for it."""

    first: date
    last: date
    drawn: Mapping[str, Any]
    played: Played
    checked: Mapping[str, Any]
    proof: Mapping[str, Any]
    seconds: float


def report(stage: Stage, months: Months, console: Console) -> None:
    """Reads the answers that supervisors and planners read, and prints them."""
    played = months.played
    console.print(
        f"\nPlayed {months.first} to {months.last} in {months.seconds:.0f} seconds: {played.windows} windows, "
        f"{played.patrols} patrols, {played.facts} facts, {played.decisions} decisions, "
        f"{len(played.refused)} refused."
    )
    for refused in played.refused[:5]:
        console.print(f"  refused: {refused}", style="red")
    _plan(months, console)
    _by_team(stage, months, console)
    hours: Mapping[str, Any] = stage.ask(
        COMMANDER, "GET", f"/v1/schemes/{scheme(stage)['id']}/hours?until={months.last}&by=month"
    )
    console.print(f"\nHours: {hours['in_words']}")
    console.print(f"Reality check: {months.checked['headline']}")


def _plan(months: Months, console: Console) -> None:
    told = months.drawn["report"]
    covered = told["covered"]
    console.print(
        f"\nPlan: {told['blocks']['planned']} of {told['blocks']['due']} blocks planned, "
        f"{told['days']['patrol']} patrol days, {told['days']['without_patrol']} days without. A window covers "
        f"{covered['drawn']:.1%} of a week's offence weight ({covered['uniform']:.1%} if starts were uniform, "
        f"{covered['best']:.1%} at best). {told['predictability']['in_words']}"
    )
    console.print(f"Committed to before the first day: {months.drawn['commitment']}")
    console.print(f"Seed revealed after the last day:  {months.proof['seed']}")


def _by_team(stage: Stage, months: Months, console: Console) -> None:
    span = f"from={_instant(months.first)}&to={_instant(months.last + timedelta(days=1))}"
    answer: Mapping[str, Any] = stage.ask(
        COMMANDER, "GET", f"/v1/compliance/groups?group_by=team&{span}&limit=100"
    )
    table = Table(box=SIMPLE_HEAD, title="Windows and officer hours by team", title_justify="left")
    for heading in ("team", "windows", "kept", "by decision", "one in three", "officer hours at least"):
        table.add_column(heading, justify="left" if heading == "team" else "right")
    for row in answer["items"]:
        minutes = row["officer_minutes"]
        table.add_row(
            str(row["keys"][0]["code"]),
            str(row["windows"]["denominator"]),
            str(row["windows"]["kept"]),
            str(row["windows"]["kept_by_decision"]),
            f"{row['one_in_three']['kept']} of {row['one_in_three']['due']}",
            f"{(minutes['verified'] + minutes['accepted']) / 60:,.1f}",
        )
    console.print(table)
    console.print(answer["totals"]["windows"]["in_words"])


def print_addresses(
    url: str, files: Mapping[str, Path], paths: Sequence[tuple[str, str]], console: Console
) -> None:
    """Where to look, for curl and a browser's print; each file holds a development token."""
    console.print(f"\nServing on {url} until Ctrl-C. Try (a file holds a development token):")
    for role, path in paths:
        print(f"  curl -s -H {quote(f'@{files[role]}')} {quote(url + path)}")


def addresses(stage: Stage, months: Months) -> list[tuple[str, str]]:
    """Who asks for what: role and path."""
    teams = stage.ask(COMMANDER, "GET", "/v1/teams?limit=200")["items"]
    if not isinstance(teams, list):
        raise TypeError("the service answered something else than a list")
    team = next(each["id"] for each in teams if each["code"] == TEAM)
    year, week, _ = months.last.isocalendar()
    span = f"from={_instant(months.first)}&to={_instant(months.last + timedelta(days=1))}"
    hours = f"/v1/schemes/{scheme(stage)['id']}/hours?until={months.last}&by=month"
    return [
        ("SUPERVISOR", f"/v1/weeks/{team}/{year}-W{week:02}?format=html"),
        ("PLANNER", f"/v1/schedules/{schedule_id(months.first)}"),
        ("COMMANDER", f"/v1/compliance/groups?group_by=month&then_by=team&{span}"),
        ("COMMANDER", hours),
        ("AUDITOR", f"/v1/compliance/groups?group_by=hotspot&{span}&format=csv"),
    ]


def _instant(day: date) -> str:
    return rfc3339(start_of_london_day(day))
