"""`python -m demo.exchange`: what passes between WMNow's tracker and the demonstration force in four weeks.

Officers patrol, and record engagements here and in the tracker, some in both; of one team hardly anybody does. A
stand-in of the tracker is started; a file of its first half is brought in, the rest is pulled, the last ones come as
signed messages; two that are one are linked by sergeants; the reconciliation is printed, and where presence is high and
little is on record. At the end neighbourhoods of data.police.uk come into the area tree of another force.
"""

import csv
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import httpx2 as httpx
import typer
from pydantic import HttpUrl, SecretStr
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from app.clock import LONDON, london_day, rfc3339, start_of_london_day, to_ms, utc_now
from app.database.engine import open_engine
from app.settings import WmnowFeedSettings, WmnowWebhookSettings
from app.wmnow.feed import Around, Pulled, pull_feed
from demo.clients.facts import JsonObject
from demo.force import DemoOfficer
from demo.ids import named_uuid7
from demo.months import PLANNED_BEFORE, stage
from demo.neighbourhoods import bring_neighbourhoods, show_neighbourhoods
from demo.quarter import play_months
from demo.quarter_office import draw, publish
from demo.quarter_stage import PLANNER, Clock, Played, Stage
from demo.serving import HOST, listen, serving
from demo.wmnow import CLIENT_ID, Fault, Tracker, create_tracker, send

FORCE = "E23000014"
DAYS = 28
# Where one officer keys what they do and the others do not.
HARDLY_RECORDS = "BE-NH"
A_DAY = 3
BY_MESSAGE = 4
# The example of Standard Webhooks: a secret that is none.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TYPES = ("STREET_BRIEF", "BEAT_SURGERY")


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What the four weeks came to."""

    tried: JsonObject
    brought: JsonObject
    pulled: Pulled
    statuses: Sequence[int]
    linked: int
    reconciliation: JsonObject
    under_recording: JsonObject


def constables(officers: Sequence[DemoOfficer]) -> list[DemoOfficer]:
    """Who goes out and belongs to a team, by collar number."""
    found = [each for each in officers if "OFFICER" in each.roles and each.team_code]
    return sorted(found, key=lambda each: each.collar_number)


def recorders(people: Sequence[DemoOfficer]) -> list[DemoOfficer]:
    """Who records engagements: everybody, and of one team the first alone."""
    few = [each for each in people if each.team_code == HARDLY_RECORDS]
    return [each for each in people if each not in few[1:]]


def patrol(on: Stage, first: date) -> Played:
    """Plays four weeks of patrols, planned by lots, from a week before the first day on."""
    draw(on, first, DAYS)
    publish(on, first, first + timedelta(days=DAYS - 1))
    return play_months(on, first, DAYS, lambda _day: None, lambda _number: None)


def tracker_items(people: Sequence[DemoOfficer], first: datetime) -> list[dict[str, Any]]:
    """The tracker's engagements of the four weeks, `A_DAY` on each day, in the order of time."""
    items = []
    for number in range(DAYS * A_DAY):
        officer = people[number % len(people)]
        at = first + timedelta(
            days=number // A_DAY, hours=10 + 3 * (number % A_DAY), minutes=7 * (number % 5)
        )
        items.append(
            {
                "source_record_id": f"EN-{number + 1:04}",
                "occurred_at": rfc3339(at),
                "recorded_at": rfc3339(at + timedelta(hours=1 + number % 30)),
                "recorded_by": {"collar_number": officer.collar_number},
                "team_ref": officer.team_code,
                "engagement_type": TYPES[number % 2],
                "people_reached": 3 + number % 20,
            }
        )
    return items


def as_file(items: Sequence[dict[str, Any]]) -> bytes:
    """Engagements as the tracker exports them: London's time, a column nobody may hold, and a row with a fault."""
    text = StringIO()
    out = csv.writer(text)
    out.writerow(
        ["ID", "Version", "Date and time", "Created", "Collar number", "Team", "Type of engagement",
         "People reached", "Member e-mail"]
    )  # fmt: skip
    for number, item in enumerate(items):
        at, typed = (
            datetime.fromisoformat(item[name]).astimezone(LONDON).strftime("%d/%m/%Y %H:%M")
            for name in ("occurred_at", "recorded_at")
        )
        out.writerow(
            [item["source_record_id"], number + 1, at, typed, item["recorded_by"]["collar_number"],
             item["team_ref"], item["engagement_type"], item["people_reached"], "left.out@example.org"]
        )  # fmt: skip
    out.writerow(["EN-BAD", 1, "31/02/2026 10:00", "", "", "", "STREET_BRIEF", 1, ""])
    return text.getvalue().encode()


def record_here(on: Stage, items: Sequence[dict[str, Any]]) -> int:
    """Every fifth engagement of the tracker is also recorded here, a few minutes off; how many."""
    both = items[::5]
    for item in both:
        at = datetime.fromisoformat(item["occurred_at"]) + timedelta(minutes=6)
        engagement_id = named_uuid7(to_ms(at), f"exchange {item['source_record_id']}")
        said = {
            "occurred_at": rfc3339(at),
            "engagement_type": item["engagement_type"],
            "people_reached": item["people_reached"],
        }
        on.ask(item["recorded_by"]["collar_number"], "PUT", f"/v1/engagements/{engagement_id}", said)
    return len(both)


def bring_in(on: Stage, content: bytes, **options: str) -> JsonObject:
    """Brings a file of the tracker in, or tries it; the counts."""
    headers = {"Authorization": f"Bearer {on.token(PLANNER)}", "Content-Type": "text/csv"}
    answer = on.http.post("/v1/imports/wmnow-engagements", params=options, content=content, headers=headers)
    answer.raise_for_status()
    counts: JsonObject = answer.json()["counts"]
    return counts


def link_all(on: Stage, items: Sequence[dict[str, Any]], period: str) -> int:
    """Each sergeant says of what is suggested for their team that the two are the same; how many."""
    linked = 0
    teams = {str(item["team_ref"]) for item in items}
    for sergeant in sorted(found for team in teams if (found := on.sergeant_of(team)) is not None):
        suggested = on.ask(sergeant, "GET", f"/v1/wmnow/suggestions?{period}")["items"]
        if not isinstance(suggested, list):
            raise TypeError("the service answered something else than a list")
        for one in suggested:
            link_id = named_uuid7(to_ms(on.clock()), f"link {one['theirs']['id']}")
            on.ask(sergeant, "PUT", f"{one['decide_at']}{link_id}", one["ready"])
            linked += 1
    return linked


@contextmanager
def tracker_serving(tracker: Tracker) -> Iterator[WmnowFeedSettings]:
    """The stand-in on a free port, and the settings that lead to it."""
    bound = listen(0)
    base = f"http://{HOST}:{bound.getsockname()[1]}"
    # It misbehaves on purpose: what its server thinks of that is not to be read.
    with serving(create_tracker(tracker), bound, log_level="critical"):
        yield WmnowFeedSettings(
            force_code=FORCE,
            base_url=HttpUrl(base),
            token_url=HttpUrl(f"{base}/token"),
            client_id=CLIENT_ID,
            client_secret=SecretStr(tracker.secret),
        )


def exchange(on: Stage, database_url: str) -> Exchanged:
    """Plays what was recorded in the four weeks that ended yesterday."""
    first = start_of_london_day(london_day(on.clock()) - timedelta(days=DAYS))
    items = tracker_items(recorders(constables(on.officers)), first)
    period = f"from={rfc3339(first)}&to={rfc3339(on.clock())}"
    record_here(on, items)
    week = as_file(items[: DAYS * A_DAY // 2])
    tried = bring_in(on, week, dry_run="true")
    brought = bring_in(on, week, only_good_rows="true")
    tracker = Tracker(now=on.clock)
    tracker.put(*items[:-BY_MESSAGE])
    # What a bad day brings: a pause asked for, an answer cut short, rows twice.
    tracker.misbehave(Fault.TOO_MANY_REQUESTS, Fault.TRUNCATED, Fault.DUPLICATES)
    engine = open_engine(database_url)
    with tracker_serving(tracker) as feed, httpx.Client(timeout=30) as http:
        pulled = pull_feed(engine, feed, Around(on.clock, time.sleep, random.random))
        there = str(on.http.base_url).rstrip("/") + f"/v1/wmnow/webhooks/{FORCE}"
        last = [{**item, "source_version": "1"} for item in items[-BY_MESSAGE:]]
        statuses = send(http, there, SECRET, last, on.clock(), [Fault.DUPLICATES])
        statuses += send(http, there, SECRET, last[:1], on.clock(), [Fault.WRONG_SIGNATURE])
    engine.dispose()
    on.tick()
    linked = link_all(on, items, period)
    told = on.ask(PLANNER, "GET", f"/v1/wmnow/reconciliation?{period}")
    presence = on.ask(PLANNER, "GET", f"/v1/wmnow/under-recording?{period}")
    return Exchanged(tried, brought, pulled, statuses, linked, told, presence)


def _shown(done: Exchanged, console: Console) -> None:
    counts = ", ".join(f"{value} {name}" for name, value in done.tried.items() if value)
    console.print(f"A file of the tracker, tried: {counts}")
    counts = ", ".join(f"{value} {name}" for name, value in done.brought.items() if value)
    console.print(f"Brought in, good rows alone: {counts}")
    state = done.pulled.state.value if done.pulled.state else "not due"
    console.print(f"Pulled: {done.pulled.rows} rows in {done.pulled.pages} pages, {state}")
    console.print(f"Signed messages answered: {', '.join(str(each) for each in done.statuses)}")
    console.print(f"Linked by sergeants: {done.linked}")
    table = Table(title="Reconciliation", title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    columns = ("source_rows", "imported", "rejected", "ours", "linked", "only_tracker", "only_ours", "total")
    table.add_column("LPA")
    table.add_column("week")
    for name in columns:
        table.add_column(name.replace("_", " "), justify="right")
    rows, totals = done.reconciliation["rows"], done.reconciliation["totals"]
    if not isinstance(rows, list) or not isinstance(totals, dict):
        raise TypeError("the service answered something else than a reconciliation")
    for row in (each for each in rows if each["total"] or each["rejected"]):
        table.add_row(row["lpa"]["code"] or "none", row["week"], *(str(row[name]) for name in columns))
    table.add_row("all", "", *(str(totals[name]) for name in columns))
    console.print(table)


def _presence_shown(told: JsonObject, console: Console) -> None:
    table = Table(title="Presence and records", title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("team")
    columns = ("presence_minutes", "patrols", "ours", "tracker", "linked", "engagements", "per_ten_hours")
    for name in columns:
        table.add_column(name.replace("_", " "), justify="right")
    table.add_column("")
    rows = told["rows"]
    if not isinstance(rows, list):
        raise TypeError("the service answered something else than rows of teams")
    for row in (each for each in rows if each["patrols"]):
        said = "ask why" if row["named"] else "" if row["compared"] else "few patrols"
        table.add_row(row["team"]["code"] or "none", *(str(row[name]) for name in columns), said)
    console.print(table)
    console.print(
        f"Median of {told['teams_compared']} teams: {told['median_per_ten_hours']} for ten hours of presence"
    )


def _page(on: Stage, first: date) -> bytes:
    """The page of presence and records, as who plans for the force gets it."""
    headers = {"Authorization": f"Bearer {on.token(PLANNER)}", "Accept": "text/html"}
    period = {"from": rfc3339(start_of_london_day(first)), "to": rfc3339(on.clock())}
    answer = on.http.get("/v1/wmnow/under-recording", params=period, headers=headers)
    answer.raise_for_status()
    return answer.content


def main(
    page: Annotated[
        Path | None, typer.Option(help="Write the page of presence and records there, to print.")
    ] = None,
) -> None:
    """Play four weeks between the tracker and the force, on a database of its own, and print what they came to."""
    first = london_day(utc_now()) - timedelta(days=DAYS)
    clock = Clock(start_of_london_day(first) - PLANNED_BEFORE)
    webhooks = (WmnowWebhookSettings(force_code=FORCE, secrets=(SecretStr(SECRET),)),)
    console = Console(width=140)
    with TemporaryDirectory() as kept:
        folder = Path(kept)
        database_url = f"sqlite:///{folder / 'exchange.db'}"
        with stage(database_url, folder, clock, wmnow_webhooks=webhooks, wmnow_message_seconds=0.0) as on:
            on.meet()
            played = patrol(on, first)
            console.print(f"Played {DAYS} days: {played.windows} windows, {played.patrols} patrols")
            clock.turn_to(utc_now())
            done = exchange(on, database_url)
            _shown(done, console)
            _presence_shown(done.under_recording, console)
            if page is not None:
                page.write_bytes(_page(on, first))
        show_neighbourhoods(bring_neighbourhoods(database_url, folder, clock()), console)


if __name__ == "__main__":
    typer.run(main)
