"""What the office does in the demonstration's three months: the plan drawn and published, hours of others brought in, a
month signed off, a reality check drawn, looked at and signed."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from app.clock import rfc3339, start_of_london_day, to_ms
from demo.clients.facts import JsonObject
from demo.ids import named_uuid7
from demo.quarter_stage import PLANNER, Stage
from demo.quarter_stories import HOME_TEAMS, chance, hours_of_others

COMMANDER = "4172"
SCHEME = "DEMO-YEAR"
TARGET_HOURS = 8_000
PUBLISHED_DAYS = 14
CLOSES_ON = 12
SAMPLE = 12
_FOUND = (("CONFIRMED", None), ("DOUBTFUL", "The footage ends twenty minutes before the track does."))


def schedule_id(first: date) -> str:
    """The id of the months' schedule, the same whenever they are played."""
    return str(named_uuid7(to_ms(start_of_london_day(first)), "the months' schedule"))


def draw(stage: Stage, first: date, days: int) -> JsonObject:
    """Draws the plan of all days and answers it with its report; nothing counts before it is published."""
    hotspots = _ids(stage, "/v1/hotspots?limit=200")
    teams = _ids(stage, "/v1/teams?limit=200")
    birmingham = _ids(stage, "/v1/areas?limit=500")["E08000025"]
    last = first + timedelta(days=days - 1)
    asked: JsonObject = {
        "name": f"{first:%d %b} to {last:%d %b %Y}",
        "first_day": first.isoformat(),
        "last_day": last.isoformat(),
        "hotspot_ids": [hotspots[code] for code in sorted(HOME_TEAMS)],
        "hours": [{"from": "11:00", "to": "02:00"}],
        "handovers": [{"from": "14:45", "to": "15:15"}, {"from": "21:45", "to": "22:15"}],
        "travel_minutes": 20,
        "capacity": [{"area_id": birmingham, "windows_a_day": 6}],
        "hotspots": [
            {"hotspot_id": hotspots[code], "team_ids": [teams[team]]}
            for code, team in sorted(HOME_TEAMS.items())
        ],
    }
    return stage.ask(PLANNER, "PUT", f"/v1/schedules/{schedule_id(first)}", asked)


def publish(stage: Stage, first: date, until: date) -> None:
    """Publishes the plan until a day: the days after it stay the planner's secret."""
    stage.ask(PLANNER, "PUT", f"/v1/schedules/{schedule_id(first)}/publish", {"until": until.isoformat()})


def office_day(stage: Stage, first: date, days: int, day: date) -> None:
    """What the office does at noon of a day: publish a fortnight, bring in hours, sign a month off."""
    number = (day - first).days
    if number % PUBLISHED_DAYS == PUBLISHED_DAYS - 4:
        until = min(day + timedelta(days=3 + PUBLISHED_DAYS), first + timedelta(days=days - 1))
        publish(stage, first, until)
    if day.weekday() == 0 and number > 0:
        bring_in_hours(stage, [day - timedelta(days=back) for back in range(7, 0, -1)])
    if day.day == CLOSES_ON and number > CLOSES_ON:
        close_month(stage, day.replace(day=1) - timedelta(days=1))


def reveal(stage: Stage, first: date) -> JsonObject:
    """Tells the seed when all days are over, and answers what anybody needs to draw the plan again."""
    stage.ask(PLANNER, "PUT", f"/v1/schedules/{schedule_id(first)}/reveal", {})
    return stage.ask(PLANNER, "GET", f"/v1/schedules/{schedule_id(first)}/proof")


def set_target(stage: Stage, first: date) -> None:
    """Brings in the scheme that hours count for: a year from the first day on, signed off month by month."""
    scheme = {
        "code": SCHEME, "name": "Hotspot patrols, demonstration year", "first_day": first.isoformat(),
        "last_day": (first + timedelta(days=364)).isoformat(), "target_hours": TARGET_HOURS, "unit": "PERSON",
        "cadence": "month", "channels": "OWN;TASKFORCE;PARTNER", "uniform_states": "HI_VIS_UNIFORM;UNIFORM",
        "grades": "verified;accepted", "recorded_grades": "gps;radio",
    }  # fmt: skip
    _bring_in(stage, "schemes", [scheme])


def bring_in_hours(stage: Stage, days: Sequence[date]) -> None:
    """Brings in what others recorded on some days."""
    _bring_in(stage, "hours", [row for day in days for row in hours_of_others(day)])


def _bring_in(stage: Stage, kind: str, rows: Sequence[Mapping[str, object]]) -> None:
    text = io.StringIO()
    table = csv.DictWriter(
        text, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n"
    )
    table.writeheader()
    table.writerows(rows)
    headers = {"Authorization": f"Bearer {stage.token(PLANNER)}", "Content-Type": "text/csv"}
    answer = stage.http.post(f"/v1/imports/{kind}", content=text.getvalue().encode(), headers=headers)
    answer.raise_for_status()
    if answer.json()["counts"]["errors"]:
        raise ValueError(f"the {kind} were refused: {answer.json()['findings'][0]}")


def scheme(stage: Stage) -> JsonObject:
    """The scheme that the force's hours count for."""
    listed = stage.ask(PLANNER, "GET", "/v1/schemes")["schemes"]
    if not isinstance(listed, list):
        raise TypeError("the service answered something else than a list")
    found: JsonObject = next(each for each in listed if each["code"] == SCHEME)
    return found


def close_month(stage: Stage, day: date) -> None:
    """Signs off the month of a day."""
    closing = named_uuid7(to_ms(stage.clock()), f"closing {day:%Y-%m}")
    asked: JsonObject = {"period": f"{day:%Y-%m}", "note": "As returned to the funder."}
    stage.ask(PLANNER, "PUT", f"/v1/schemes/{scheme(stage)['id']}/closings/{closing}", asked)


def check_reality(stage: Stage, first: date, last: date) -> JsonObject:
    """Has patrols drawn by chance, looks at each, and signs; the check as it stands then."""
    sample = f"/v1/dip-samples/{named_uuid7(to_ms(stage.clock()), 'reality check')}"
    area = _ids(stage, "/v1/areas?limit=500")["E08000025"]
    asked: JsonObject = {
        "area_id": area,
        "from_at": rfc3339(start_of_london_day(first)),
        "to_at": rfc3339(start_of_london_day(last + timedelta(days=1))),
        "size": SAMPLE,
    }
    drawn = stage.ask(COMMANDER, "PUT", sample, asked)
    patrols = drawn["patrols"]
    if not isinstance(patrols, list):
        raise TypeError("the service answered something else than a list")
    for patrol in patrols:
        name = f"reality check of {patrol['patrol_id']}"
        outcome, note = _FOUND[chance(name) < 0.1]
        found: JsonObject = {
            "patrol_id": patrol["patrol_id"],
            "outcome": outcome,
            "basis": patrol["now"]["assessment_number"],
            "looked_at": ["BODY_WORN_VIDEO"],
            "body_worn_video_reference": f"BWV-{int(chance(name) * 1e6):06}",
        }
        if note is not None:
            found["note"] = note
        stage.ask(COMMANDER, "PUT", f"{sample}/checks/{named_uuid7(to_ms(stage.clock()), name)}", found)
    stage.ask(COMMANDER, "PUT", f"{sample}/sign-off", {"checks": len(patrols)})
    return stage.ask(COMMANDER, "GET", sample)


def _ids(stage: Stage, path: str) -> dict[str, str]:
    rows = stage.ask(PLANNER, "GET", path)["items"]
    if not isinstance(rows, list):
        raise TypeError("the service answered something else than a list")
    return {str(row["code"]): str(row["id"]) for row in rows}
