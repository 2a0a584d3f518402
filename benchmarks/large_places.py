"""The places and people of the large force: seven LPAs with sectors and wards, 84 hotspots, 60 teams, 2,500 officers.

Invented and drawn from the seed alone: the shape is West Midlands', the codes and outlines are nobody's.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

from shapely import MultiPolygon, Polygon

from app.areas.kinds import AreaKind, HotspotKind, TeamKind
from app.areas.models import Area, AreaAncestor, Hotspot, HotspotBoundary, Membership, Team
from app.database.model import Table
from app.identity.models import Device, Officer, OfficerIdentity, RankHeld, RoleHeld
from app.identity.permissions import OfficerKind, Role

SPACE = UUID("a2f2c0de-5f0e-4f4e-9d52-84c0ffee0084")
FORCE = "LF"
LPAS = ("LA", "LB", "LC", "LD", "LE", "LF1", "LG")
SECTORS, WARDS = 4, 5
VIOLENCE, ASB, OVERLAPPING = 50, 34, 26
# Who asks in the benchmark, by collar number.
SERGEANT, COMMANDER, PLANNER, AUDITOR = "900001", "900002", "900003", "900004"
_RADIUS_M = 380
_M_PER_DEGREE = 111_320


def named(name: str) -> UUID:
    """The same id for the same name in every run."""
    return uuid5(SPACE, name)


@dataclass(frozen=True, slots=True)
class Spot:
    """A hotspot, the teams that are sent there, and the one it overlaps, if any."""

    id: UUID
    boundary_id: UUID
    code: str
    area_id: UUID
    lpa: str
    teams: tuple[UUID, ...]
    overlaps: UUID | None


@dataclass(frozen=True, slots=True)
class Crew:
    """A team, where it belongs, and who can be sent out."""

    id: UUID
    kind: TeamKind
    area_id: UUID
    lpa: str | None
    officers: tuple[UUID, ...]


@dataclass
class Force:
    """What windows and patrols are made from, and the rows of it all in the order their keys need."""

    id: UUID
    spots: list[Spot] = field(default_factory=list)
    crews: list[Crew] = field(default_factory=list)
    rows: list[Table] = field(default_factory=list)
    supervisors: dict[UUID, UUID] = field(default_factory=dict)


def made_up_force(seed: int, officers: int, since: date, issuer: str) -> Force:
    """The force as it stands from the day `since` on; its people sign in at `issuer`."""
    chance = random.Random(f"{seed}/places")
    force = Force(named(FORCE))
    _areas(force, since)
    teams = _teams(force, since)
    _people(force, chance, teams, officers, since, issuer)
    _hotspots(force, chance, since)
    return force


def _areas(force: Force, since: date) -> None:
    def area(code: str, kind: AreaKind, *above: str) -> None:
        parent_id = named(above[0]) if above else None
        force.rows.append(
            Area(id=named(code), force_id=force.id, parent_id=parent_id, kind=kind, code=code, name=f"Area {code}",
                 valid_from=since)
        )  # fmt: skip
        force.rows.extend(
            AreaAncestor(area_id=named(code), ancestor_id=named(each)) for each in (code, *above)
        )

    area(FORCE, AreaKind.FORCE)
    for lpa in LPAS:
        area(lpa, AreaKind.LPA, FORCE)
        for sector in range(1, SECTORS + 1):
            area(f"{lpa}-{sector}", AreaKind.SECTOR, lpa, FORCE)
            for ward in range(1, WARDS + 1):
                area(f"{lpa}-{sector}-{ward}", AreaKind.WARD, f"{lpa}-{sector}", lpa, FORCE)


def _teams(force: Force, since: date) -> list[tuple[str, TeamKind, str, str | None]]:
    """Code, kind, area and LPA of sixty teams."""
    found: list[tuple[str, TeamKind, str, str | None]] = []
    for lpa in LPAS:
        found += [(f"{lpa}-{n}-N", TeamKind.NEIGHBOURHOOD, f"{lpa}-{n}", lpa) for n in range(1, SECTORS + 1)]
        found += [(f"{lpa}-R{n}", TeamKind.RESPONSE, lpa, lpa) for n in (1, 2)]
        found += [
            (f"{lpa}-PCT", TeamKind.PRIORITY_CRIME, lpa, lpa), (f"{lpa}-C", TeamKind.PARTNER, lpa, lpa),
        ]  # fmt: skip
    found += [(f"GT-{n}", TeamKind.TASKFORCE, FORCE, None) for n in range(1, 5)]
    force.rows.extend(
        Team(id=named(code), force_id=force.id, code=code, name=f"Team {code}", kind=kind, area_id=named(area),
             valid_from=since)
        for code, kind, area, _lpa in found
    )  # fmt: skip
    return found


def _people(
    force: Force,
    chance: random.Random,
    teams: Sequence[tuple[str, TeamKind, str, str | None]],
    officers: int,
    since: date,
    issuer: str,
) -> None:
    members: dict[str, list[UUID]] = {code: [] for code, *_ in teams}
    codes, kinds = list(members), {code: kind for code, kind, *_ in teams}
    first = LPAS[0]
    _person(force, SERGEANT, "SGT", Role.SUPERVISOR, f"{first}-1-N", since, issuer)
    _person(force, COMMANDER, "CSUPT", Role.COMMANDER, f"{first}-R1", since, issuer)
    _person(force, PLANNER, "STAFF", Role.PLANNER, None, since, issuer)
    _person(force, AUDITOR, "STAFF", Role.AUDITOR, None, since, issuer)
    for number in range(officers):
        code = codes[number % len(codes)]
        # The first of every team is its sergeant.
        leads = number < len(codes)
        partner = kinds[code] is TeamKind.PARTNER
        rank = (
            "SGT" if leads else "PARTNER" if partner else chance.choices(("PC", "PCSO", "SC"), (8, 2, 1))[0]
        )
        role = Role.SUPERVISOR if leads else Role.OFFICER
        before = codes[chance.randrange(len(codes))] if chance.random() < 0.1 else None
        person = _person(force, f"{100_000 + number}", rank, role, code, since, issuer, before=before)
        members[code].append(person)
    for code, kind, area, lpa in teams:
        force.crews.append(Crew(named(code), kind, named(area), lpa, tuple(members[code][1:])))
        force.supervisors[named(code)] = members[code][0]


_KINDS = {
    "PCSO": OfficerKind.PCSO,
    "SC": OfficerKind.SPECIAL,
    "PARTNER": OfficerKind.WARDEN,
    "STAFF": OfficerKind.STAFF,
}


def _person(
    force: Force, collar: str, rank: str, role: Role, team: str | None, since: date, issuer: str, *,
    before: str | None = None,
) -> UUID:  # fmt: skip
    person = named(collar)
    kind = _KINDS.get(rank, OfficerKind.CONSTABLE)
    force.rows += [
        Officer(id=person, force_id=force.id, collar_number=collar, kind=kind, valid_from=since),
        OfficerIdentity(issuer=issuer, subject=f"demo|{collar}", officer_id=person),
        RankHeld(id=uuid5(person, "rank"), officer_id=person, rank=rank, valid_from=since),
        RoleHeld(id=uuid5(person, role), officer_id=person, role=role, valid_from=since),
        Device(id=device_of(person), officer_id=person, first_seen_at=_midnight(since)),
    ]  # fmt: skip
    moved_on = since + timedelta(days=200)
    if before is not None and before != team:
        force.rows.append(_membership(person, before, since, moved_on))
        since = moved_on
    if team is not None:
        force.rows.append(_membership(person, team, since, None))
    return person


def _membership(person: UUID, team: str, since: date, until: date | None) -> Membership:
    return Membership(
        id=uuid5(person, f"{team} {since}"), officer_id=person, team_id=named(team), valid_from=since, valid_to=until
    )  # fmt: skip


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC)


def device_of(person: UUID) -> UUID:
    return uuid5(person, "phone")


def _hotspots(force: Force, chance: random.Random, since: date) -> None:
    """Fifty for violence on a grid, 34 for anti-social behaviour; 26 of these lie across one of the others."""
    by_lpa: dict[str, list[UUID]] = {lpa: [] for lpa in LPAS}
    for crew in force.crews:
        if crew.lpa is not None and crew.kind is not TeamKind.PARTNER:
            by_lpa[crew.lpa].append(crew.id)
    places: list[tuple[str, str, float, float]] = []
    for number in range(VIOLENCE + ASB):
        asb = number - VIOLENCE
        if 0 <= asb < OVERLAPPING:
            lpa, ward, east, north = places[asb]
            east += _RADIUS_M
        else:
            lpa = LPAS[number % len(LPAS)]
            ward = f"{lpa}-{chance.randint(1, SECTORS)}-{chance.randint(1, WARDS)}"
            east, north = number % 10 * 2500.0, number // 10 * 2500.0
        places.append((lpa, ward, east, north))
        of_asb = asb >= 0
        code = f"{'ASB' if of_asb else 'VIO'}-{number + 1:02}"
        twin = number + VIOLENCE if number < OVERLAPPING else asb if 0 <= asb < OVERLAPPING else None
        overlaps = named(_code(twin)) if twin is not None else None
        sector = named(f"{ward.rsplit('-', 1)[0]}-N")
        teams = (sector, *(team for team in by_lpa[lpa] if team != sector))
        spot = Spot(named(code), uuid5(named(code), "1"), code, named(ward), lpa, teams, overlaps)
        force.spots.append(spot)
        kind = HotspotKind.TGP_ASB if of_asb else HotspotKind.TGP_VIOLENCE
        force.rows += [
            Hotspot(id=spot.id, force_id=force.id, code=code, name=f"Hotspot {code}", kind=kind, area_id=spot.area_id,
                    valid_from=since),
            HotspotBoundary(id=spot.boundary_id, hotspot_id=spot.id, version=1, geometry=_round(east, north),
                            area_m2=math.pi * _RADIUS_M**2, source_crs="EPSG:4326", valid_from=since,
                            imported_at=_midnight(since)),
        ]  # fmt: skip


def _code(number: int) -> str:
    return f"{'ASB' if number >= VIOLENCE else 'VIO'}-{number + 1:02}"


def _round(east: float, north: float) -> MultiPolygon:
    """An outline of 24 corners about a place so many metres east and north of a corner of the map."""
    lat = 52.40 + north / _M_PER_DEGREE
    lon = -2.10 + east / (_M_PER_DEGREE * math.cos(math.radians(52.45)))
    corners = []
    for step in range(24):
        angle = 2 * math.pi * step / 24
        corners.append(
            (lon + _RADIUS_M * math.cos(angle) / (_M_PER_DEGREE * math.cos(math.radians(52.45))),
             lat + _RADIUS_M * math.sin(angle) / _M_PER_DEGREE)
        )  # fmt: skip
    return MultiPolygon([Polygon(corners)])
