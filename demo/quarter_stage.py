"""Where three months are played: the service and its clock, who there is, the plan as told, and what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import httpx2 as httpx

from app.clock import london_day, rfc3339, start_of_london_day
from demo.clients.facts import JsonObject
from demo.force import DemoOfficer

PLANNER = "4181"
ADMINISTRATOR = "4184"


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


@dataclass(slots=True)
class Played:
    """What became of the months so far."""

    windows: int = 0
    patrols: int = 0
    facts: int = 0
    decisions: int = 0
    refused: list[str] = field(default_factory=list)


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


def refused_of(what: str, answer: JsonObject) -> list[str]:
    """What an answer to many at once refused."""
    results = answer["results"]
    if not isinstance(results, list):
        raise TypeError("the service answered something else than a list")
    return [f"{what}: {one['problem']}" for one in results if one["outcome"] == "refused"]
