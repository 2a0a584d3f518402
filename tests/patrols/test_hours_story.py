"""Hours over several patrols: one officer on two at once, two who declare each other, phones that die, slow clocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from sqlmodel import col, select

from app.clock import rfc3339
from app.database.engine import open_engine
from app.database.session import reading
from app.housekeeping import close_overdue
from app.identity.models import Officer
from app.patrols.models import CreditedSlice, WindowResult
from tests.conftest import SQUARE, Api, named

START = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
MIDDLE = ((SQUARE[0] + SQUARE[2]) / 2, (SQUARE[1] + SQUARE[3]) / 2)
# Far to the east, in no hotspot at all.
ELSEWHERE = (MIDDLE[0] + 0.5, MIDDLE[1])


@dataclass(frozen=True, slots=True)
class Played:
    """A patrol of so many minutes, with a fix every thirty seconds over `heard`, minutes from its start."""

    name: str
    collar: str
    begins: datetime
    minutes: float
    crew: Sequence[str] = ()
    heard: tuple[float, float] | None = None
    at: tuple[float, float] = MIDDLE
    window: str | None = None

    @property
    def path(self) -> str:
        return f"/v1/patrols/{named(self.name)}"

    @property
    def device_id(self) -> str:
        return str(named(f"phone-{self.collar}"))

    def check_in(self, api: Api) -> None:
        content = {
            "checked_in_at": rfc3339(self.begins),
            "device_id": self.device_id,
            "programme": "TGP_SCHEDULED" if self.window else "TASKFORCE",
            "window_id": str(named(self.window)) if self.window else None,
            "uniform_state": "HI_VIS_UNIFORM",
            "mode": "FOOT",
            "crew": [{"collar_number": collar} for collar in self.crew],
        }
        assert api.put(self.collar, self.path, content).status_code == 201

    def upload(self, api: Api) -> None:
        first, last = self.heard or (0, self.minutes)
        fixes = [
            {
                "recorded_at": rfc3339(self.begins + timedelta(minutes=first, seconds=30 * number)),
                "lat": self.at[1] + 0.00001 * (number % 7),
                "lon": self.at[0] + 0.00001 * (number % 5),
                "accuracy_m": 8.0,
            }
            for number in range(int((last - first) * 2) + 1)
        ]
        content = {"device_id": self.device_id, "sequence": 0, "fixes": fixes}
        batch = f"{self.path}/fix-batches/{named(f'{self.name}-b')}"
        assert api.put(self.collar, batch, content).status_code == 201

    def check_out(self, api: Api) -> None:
        content = {"checked_out_at": rfc3339(self.begins + timedelta(minutes=self.minutes))}
        assert api.put(self.collar, f"{self.path}/check-out", content).status_code == 201

    def play(self, api: Api) -> None:
        self.check_in(api)
        self.upload(api)
        self.check_out(api)


def hours(url: str, *patrols: Played, hotspot: str | None = None) -> dict[tuple[str, str, str], int]:
    """Minutes by patrol, collar number and grade, in one hotspot or anywhere."""
    names = {named(patrol.name): patrol.name for patrol in patrols}
    engine = open_engine(url)
    with reading(engine) as session:
        people = {row.id: row.collar_number for row in session.exec(select(Officer)).all()}
        rows = session.exec(
            select(CreditedSlice).where(
                col(CreditedSlice.hotspot_id) == named(hotspot)
                if hotspot
                else col(CreditedSlice.hotspot_id).is_(None),
                col(CreditedSlice.patrol_id).in_(names),
            )
        ).all()
    engine.dispose()
    found: dict[tuple[str, str, str], int] = {}
    for row in rows:
        key = (names[row.patrol_id], people[row.officer_id], row.grade.value)
        found[key] = found.get(key, 0) + row.credited_ms // 60_000
    return found


@pytest.fixture
def later(api: Api) -> Api:
    """The service, long after every patrol."""
    api.clock.at = START + timedelta(days=10)
    return api


def test_an_officer_checked_in_twice_is_there_once(later: Api) -> None:
    tasked = Played("tasked", "4101", START, 60, window="WINDOW-1")
    taskforce = Played("taskforce", "4101", START + timedelta(minutes=20), 70)
    taskforce.play(later)
    assert hours(later.url, tasked, taskforce) == {("taskforce", "4101", "verified"): 70}
    tasked.play(later)
    expected = {("tasked", "4101", "verified"): 60, ("taskforce", "4101", "verified"): 30}
    assert hours(later.url, tasked, taskforce) == expected
    assert hours(later.url, tasked, taskforce, hotspot="TGP-1") == expected


def test_the_order_in_which_patrols_end_changes_nothing(later: Api) -> None:
    """Two leads declare the same colleague, who comes later with a phone of their own; each declares the others."""
    for number, order in enumerate(permutations(range(3))):
        begins = START - timedelta(days=2 * number + 3)
        patrols = [
            Played(f"{number}-first", "4101", begins, 60, ("4102", "4103")),
            Played(f"{number}-second", "4103", begins + timedelta(minutes=30), 60, ("4101", "4102")),
            Played(f"{number}-own", "4102", begins + timedelta(minutes=70), 40, ("4101", "4103")),
        ]
        for patrol in patrols:
            patrol.check_in(later)
        for index in order:
            patrols[index].check_out(later)
        for index in reversed(order):
            patrols[index].upload(later)
        found = hours(later.url, *patrols)
        assert {(key[0].split("-")[1], *key[1:]): value for key, value in found.items()} == {
            ("first", "4101", "verified"): 60,
            ("first", "4102", "declared"): 60,
            ("first", "4103", "declared"): 30,
            ("second", "4101", "declared"): 30,
            ("second", "4102", "declared"): 10,
            ("second", "4103", "verified"): 60,
            ("own", "4101", "declared"): 20,
            ("own", "4102", "verified"): 40,
            ("own", "4103", "declared"): 20,
        }, order


def test_a_colleague_whose_phone_has_died_is_credited_from_then_on(later: Api) -> None:
    lead = Played("lead", "4101", START, 60, ("4102",))
    died = Played("died", "4102", START - timedelta(minutes=5), 65, heard=(0, 15), at=ELSEWHERE)
    lead.play(later)
    died.play(later)
    # Until 19:10 their own phone says that they were elsewhere.
    expected = {("lead", "4101", "verified"): 60, ("lead", "4102", "declared"): 50}
    assert hours(later.url, lead, died) == expected


def test_a_colleague_who_forgot_to_check_out_is_credited_once_that_is_closed(later: Api) -> None:
    forgotten = Played("forgotten", "4102", START - timedelta(hours=3), 10)
    lead = Played("lead", "4101", START, 60, ("4102",))
    forgotten.check_in(later)
    forgotten.upload(later)
    lead.play(later)
    assert ("lead", "4102", "declared") not in hours(later.url, lead)
    engine = open_engine(later.url)
    assert close_overdue(engine, later.clock.at) == 1
    engine.dispose()
    assert hours(later.url, lead)["lead", "4102", "declared"] == 60


def test_a_slow_phone_is_as_slow_about_its_crew(api: Api) -> None:
    # The phone says 18:50 when it is 19:00, and 19:20 when its colleague comes at 19:30.
    lead = Played("lead", "4101", START, 60)
    api.clock.at = START
    said = START - timedelta(minutes=10)
    body = {
        "checked_in_at": rfc3339(said),
        "device_id": lead.device_id,
        "programme": "TASKFORCE",
        "uniform_state": "HI_VIS_UNIFORM",
        "mode": "FOOT",
        "crew": [{"collar_number": "4102", "from_at": rfc3339(said + timedelta(minutes=30))}],
    }
    assert api.put("4101", lead.path, body, **{"Sent-At": rfc3339(said)}).status_code == 201
    api.clock.at = START + timedelta(days=1)
    lead.upload(api)
    lead.check_out(api)
    assert hours(api.url, lead) == {("lead", "4101", "verified"): 60, ("lead", "4102", "declared"): 30}


def test_declared_time_is_never_credited_towards_a_window(later: Api) -> None:
    Played("tasked", "4101", START, 60, ("4102",), window="WINDOW-1").play(later)
    engine = open_engine(later.url)
    with reading(engine) as session:
        rows = session.exec(select(CreditedSlice).where(CreditedSlice.hotspot_id == named("TGP-1"))).all()
        found = {(row.grade.value, row.window_ms // 60_000, row.credited_ms // 60_000) for row in rows}
    engine.dispose()
    assert found == {("verified", 60, 60), ("declared", 0, 60)}


def test_a_window_counts_the_officers_who_were_there(later: Api) -> None:
    Played("there", "4101", START, 62, window="WINDOW-1").play(later)
    Played("elsewhere", "4102", START, 62, at=ELSEWHERE, window="WINDOW-1").play(later)
    Played("early", "4103", START - timedelta(minutes=50), 50, window="WINDOW-1").play(later)
    engine = open_engine(later.url)
    with reading(engine) as session:
        found = session.get(WindowResult, named("WINDOW-1"))
    engine.dispose()
    assert found is not None
    assert (found.status, found.officer_count, len(found.patrol_ids)) == ("compliant", 1, 3)
