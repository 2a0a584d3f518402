"""A small force, an issuer in the same process and a clock that tests turn, for stories told through HTTP."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import httpx2 as httpx
import pytest
from pydantic import SecretStr
from shapely import MultiPolygon, box
from sqlalchemy import event
from starlette.testclient import TestClient

from app.areas.models import (
    Area,
    AreaAncestor,
    AreaKind,
    Briefing,
    Hotspot,
    HotspotBoundary,
    HotspotKind,
    Membership,
    Team,
    TeamKind,
)
from app.database.engine import open_engine
from app.database.model import Table
from app.database.session import transaction
from app.identity.models import Officer, OfficerIdentity, RankHeld, RoleHeld
from app.identity.permissions import OfficerKind, Role
from app.main import create_app, spare_the_collector
from app.schedule.models import TaskingWindow
from app.schedule.windows import WindowState
from app.settings import Profile, Settings, TrustedIssuer, WmnowWebhookSettings
from demo.issuer import create_issuer
from demo.signing import AUDIENCE, CLIENT_ID, DemoPerson, DemoSigner, new_key
from tests.assurance.running import WarmServer
from tests.contract.checking import check_answer
from tests.house import correlation
from tests.in_process import OneStep

if TYPE_CHECKING:
    # A plugin: importing it here would come before pytest can rewrite its assertions.
    from tests.databases import Databases

pytest_plugins = ["tests.databases", "tests.effort", "tests.compiled_once", "tests.workers"]


def pytest_collection_finish() -> None:
    """What was imported stays for the whole run: Python's collector leaves it alone, as it does for the service."""
    spare_the_collector()


ISSUER = "http://127.0.0.1:9"
# The example of the standard.
TRACKER_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SPACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
LONG_AGO = date(2025, 1, 1)


def named(name: str) -> UUID:
    """The same id for the same name in every test."""
    return uuid5(SPACE, name)


class Clock:
    """The server's clock: stands still until a test turns it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> datetime:
        self.at += timedelta(**by)
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 3, 2, 18, 30, tzinfo=UTC))


def _area(name: str, kind: AreaKind, force: str, *above: str) -> list[Table]:
    area = Area(
        id=named(name),
        force_id=named(force),
        parent_id=named(above[0]) if above else None,
        kind=kind,
        code=name,
        name=f"Area {name}",
        valid_from=LONG_AGO,
    )
    links = [AreaAncestor(area_id=named(name), ancestor_id=named(one)) for one in (name, *above)]
    return [area, *links]


def _officer(
    collar: str, team: str | None, rank: str, roles: tuple[Role, ...], kind: OfficerKind, force: str
) -> list[Table]:
    person = named(collar)
    rows: list[Table] = [
        Officer(id=person, force_id=named(force), collar_number=collar, kind=kind, valid_from=LONG_AGO),
        OfficerIdentity(issuer=ISSUER, subject=f"demo|{collar}", officer_id=person),
        RankHeld(id=uuid5(person, "rank"), officer_id=person, rank=rank, valid_from=LONG_AGO),
        *(
            RoleHeld(id=uuid5(person, role), officer_id=person, role=role, valid_from=LONG_AGO)
            for role in roles
        ),
    ]
    if team is not None:
        rows.append(
            Membership(id=uuid5(person, "team"), officer_id=person, team_id=named(team), valid_from=LONG_AGO)
        )
    return rows


# Half a kilometre across, in the middle of Birmingham; the second is a kilometre to the east.
SQUARE = (-1.8985, 52.4810, -1.8911, 52.4855)
EAST_SQUARE = (-1.8837, 52.4810, -1.8763, 52.4855)


def _hotspot(code: str, area: str, bounds: tuple[float, float, float, float], force: str) -> list[Table]:
    return [
        Hotspot(
            id=named(code),
            force_id=named(force),
            code=code,
            name=f"Hotspot {code}",
            kind=HotspotKind.TGP_VIOLENCE,
            area_id=named(area),
            valid_from=LONG_AGO,
        ),
        HotspotBoundary(
            id=uuid5(named(code), "1"),
            hotspot_id=named(code),
            version=1,
            geometry=MultiPolygon([box(*bounds)]),
            area_m2=250_000,
            source_crs="EPSG:4326",
            valid_from=LONG_AGO,
            imported_at=datetime(2025, 1, 1, tzinfo=UTC),
        ),
        Briefing(
            id=uuid5(named(code), "b1"),
            hotspot_id=named(code),
            version=1,
            why_here="Robberies of young people after school.",
            owner="Sector inspector",
            plan_reference="PMP-1",
            review_on=date(2026, 6, 1),
            written_at=datetime(2025, 1, 1, tzinfo=UTC),
        ),
    ]


def force_rows() -> list[list[Table]]:
    """Two LPAs with a team each, and another force; in the order their keys need."""
    constable, staff = OfficerKind.CONSTABLE, OfficerKind.STAFF
    areas = [
        _area("FORCE", AreaKind.FORCE, "FORCE"),
        _area("NORTH", AreaKind.LPA, "FORCE", "FORCE"),
        _area("SOUTH", AreaKind.LPA, "FORCE", "FORCE"),
        _area("OTHER", AreaKind.FORCE, "OTHER"),
    ]
    teams: list[Table] = [
        Team(
            id=named(code), force_id=named(force), code=code, name=f"Team {code}", kind=TeamKind.NEIGHBOURHOOD,
            area_id=named(area), valid_from=LONG_AGO,
        )
        for code, area, force in (
            ("NORTH-1", "NORTH", "FORCE"), ("SOUTH-1", "SOUTH", "FORCE"), ("OTHER-1", "OTHER", "OTHER"),
        )
    ]  # fmt: skip
    people = [
        _officer("4101", "NORTH-1", "PC", (Role.OFFICER,), constable, "FORCE"),
        _officer("4102", "NORTH-1", "PC", (Role.OFFICER,), constable, "FORCE"),
        _officer("4103", "SOUTH-1", "PC", (Role.OFFICER,), constable, "FORCE"),
        _officer("4111", "NORTH-1", "SGT", (Role.OFFICER, Role.SUPERVISOR), constable, "FORCE"),
        _officer("4112", "SOUTH-1", "SGT", (Role.OFFICER, Role.SUPERVISOR), constable, "FORCE"),
        _officer("4121", "NORTH-1", "CSUPT", (Role.COMMANDER,), constable, "FORCE"),
        _officer("4131", None, "STAFF", (Role.PLANNER,), staff, "FORCE"),
        _officer("4132", None, "STAFF", (Role.INTEL,), staff, "FORCE"),
        _officer("4133", None, "STAFF", (Role.AUDITOR,), staff, "FORCE"),
        _officer("4134", None, "STAFF", (Role.ADMIN,), staff, "FORCE"),
        _officer("4135", None, "STAFF", (Role.INTEGRATION,), staff, "FORCE"),
        _officer("7101", "OTHER-1", "SGT", (Role.OFFICER, Role.SUPERVISOR), constable, "OTHER"),
    ]
    hotspots = _hotspot("TGP-1", "NORTH", SQUARE, "FORCE") + _hotspot("TGP-2", "SOUTH", EAST_SQUARE, "FORCE")
    window = TaskingWindow(
        id=named("WINDOW-1"),
        force_id=named("FORCE"),
        hotspot_id=named("TGP-1"),
        team_id=named("NORTH-1"),
        area_id=named("NORTH"),
        starts_at=datetime(2026, 3, 2, 19, 0, tzinfo=UTC),
        ends_at=datetime(2026, 3, 2, 21, 0, tzinfo=UTC),
        required_seconds=3600,
        state=WindowState.PUBLISHED,
        created_at=datetime(2026, 2, 20, tzinfo=UTC),
    )
    return [*areas, teams, *people, hotspots, [window]]


def seed(url: str, issuer: str = ISSUER) -> None:
    """The small force, in an empty migrated database; its people sign in at `issuer`."""
    engine = open_engine(url)
    with transaction(engine) as session:
        for rows in force_rows():
            for row in rows:
                if isinstance(row, OfficerIdentity):
                    row.issuer = issuer
                session.add(row)
                session.flush()
    engine.dispose()


OUTGOING_HOSTS = ("127.0.0.1", "*.environment.api.powerplatform.com", "hooks.force.example")
TRUSTED = TrustedIssuer(
    issuer=ISSUER,
    audiences=(AUDIENCE,),
    algorithms=("ES256",),
    token_types=("at+jwt",),
    scope_claim="scope",
    required_scopes=("beatcheck",),
    allowed_clients=(CLIENT_ID, "demo|4135"),
)


@pytest.fixture
def filled() -> Callable[[str], None]:
    """What fills the database of `force_url`: once per run, each test gets a copy. A module whose tests all begin with
    the same long story may say more than the small force, under a name that no other module has."""
    return seed


@pytest.fixture
def force_url(databases: "Databases", filled: Callable[[str], None]) -> Iterator[str]:
    """The address of a database that holds the small force, or what the module has `filled` it with."""
    url = databases.migrated(filled)
    yield url
    databases.drop(url)


class Api:
    """The service over HTTP, spoken to as one officer or another."""

    def __init__(self, client: TestClient, signer: DemoSigner, clock: Clock, url: str) -> None:
        self.client = client
        self.signer = signer
        self.clock = clock
        self.url = url
        # As the role that erases; where roles are not known, as everybody.
        self.keeper_url = url
        self._tokens: dict[tuple[str, datetime], str] = {}

    def token(self, collar: str) -> str:
        """Kept while the clock stands still, as an app keeps its token from call to call."""
        wanted = collar, self.clock.at
        if wanted not in self._tokens:
            self._tokens[wanted] = self._new_token(collar)
        return self._tokens[wanted]

    def _new_token(self, collar: str) -> str:
        subject = f"demo|{collar}"
        # The integration is a program: its token is its own, with no person behind it.
        client_id = subject if collar == "4135" else CLIENT_ID
        return self.signer.access_token(DemoPerson(subject, collar), client_id)[0]

    def as_officer(self, collar: str, **headers: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(collar)}", **headers}

    def get(self, collar: str, path: str, **params: Any) -> httpx.Response:
        return self.client.get(path, params=params or None, headers=self.as_officer(collar))

    def put(self, collar: str, path: str, body: object, **headers: str) -> httpx.Response:
        return self.client.put(path, json=body, headers=self.as_officer(collar, **headers))

    def post(self, collar: str, path: str, body: object, **headers: str) -> httpx.Response:
        return self.client.post(path, json=body, headers=self.as_officer(collar, **headers))


@contextmanager
def serving(
    url: str,
    clock: Clock,
    trusted: TrustedIssuer = TRUSTED,
    *,
    served_url: str | None = None,
    revocation_seconds: float = 0.001,
) -> Iterator[Api]:
    """The service on a database with the small force, its issuer in the same process, its clock the test's.

    On PostgreSQL it is served as the role of docs/examples/grants.sql, so every story proves that it needs no more;
    tests themselves look and change rows as the owner. Every answer is held against the published description, and no
    statement may bring in a table that it does not mean (`tests.house.correlation`).
    """
    issuer = create_issuer(ISSUER, [], key=new_key(), now=clock)
    settings = Settings(
        profile=Profile.DEVELOPMENT,
        database_url=served_url or url,
        trusted_issuers=(trusted,),
        allowed_hosts=("testserver",),
        revocation_seconds=revocation_seconds,
        tick_seconds=0,
        seal_seconds=0,
        deliver_seconds=0,
        outgoing_hosts=OUTGOING_HOSTS,
        outgoing_networks=(IPv4Network("127.0.0.0/8"),),
        mail_domains=("force.example",),
        link_base="https://beatcheck.force.example",
        officer_views=("FORCE", "OTHER"),
        wmnow_webhooks=(WmnowWebhookSettings(force_code="FORCE", secrets=(SecretStr(TRACKER_SECRET),)),),
        wmnow_message_seconds=0,
        # More than served with by default: some stories send six calls at once.
        database_pool_size=6,
    )
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app=issuer))
    app = create_app(settings, now=clock, http=http)
    with TestClient(app, raise_server_exceptions=False) as client:
        client._transport = OneStep(client)
        if url.startswith("sqlite"):
            # Statements are the same on both databases: once is enough.
            event.listen(app.state.engine, "before_execute", correlation.look)
        client.event_hooks["response"].append(check_answer)
        yield Api(client, issuer.state.signer, clock, url)


@pytest.fixture
def revocation_seconds() -> float:
    """How long callers are remembered; a module in which nobody's roles change may say longer."""
    return 0.001


@pytest.fixture
def api(force_url: str, databases: "Databases", clock: Clock, revocation_seconds: float) -> Iterator[Api]:
    """The service as `serving` has it, for one test."""
    served_url = databases.served(force_url)
    with serving(force_url, clock, served_url=served_url, revocation_seconds=revocation_seconds) as served:
        served.keeper_url = databases.served(force_url, "keeper")
        yield served


@pytest.fixture(scope="session")
def warm() -> Iterator[WarmServer]:
    """Starts servers, commands and other processes of ours in a fraction of a second."""
    with WarmServer() as warm:
        yield warm
