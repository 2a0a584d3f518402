"""The world of the matrix: the rows asked about, a set for reading and one for changing, and everybody who asks.

The rows of officer 4101 of team NORTH-1 are made through HTTP; those of whoever asks about their own are copies under
their own ids, so that every role can have some, also those that record nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import RowMapping, delete, insert, or_, select
from sqlmodel import Session, col

from app.abstractions.models import Abstraction
from app.activities.models import Referral
from app.alerts.models import Alert
from app.alerts.rules import AlertKind
from app.areas.models import Area, AreaAncestor, AreaKind, Membership, Team, TeamKind
from app.clock import rfc3339
from app.database.model import Table
from app.dip_samples.models import DipSamplePatrol
from app.engagements.models import EngagementAction
from app.facts.models import QuarantinedFact
from app.identity.models import Device, Officer, OfficerIdentity, RankHeld, RoleHeld
from app.identity.permissions import OfficerKind, Role
from app.patrols.models import CrewMember
from app.schedule.models import Schedule, TaskingWindow
from app.wmnow.editions import UNTOLD
from app.wmnow.mapping import WMNOW
from app.wmnow.models import TrackerChannel, WmnowMapping, WmnowRecord
from app.wmnow.records import Said, SourceRecord, content_of, record_id
from app.wmnow.service import store_records
from app.wmnow.standard import STANDARD, STANDARD_CONTENT
from tests.access.office import office_rows, pack_of, sample_of
from tests.access.relations import Person, people
from tests.conftest import ISSUER, LONG_AGO, Api, named
from tests.patrols.test_patrol_story import START, batch, batch_path, check_in, patrol_path
from tests.people import change
from tests.samples import BODIES

SUBJECT, SENDER, ADMIN, SERGEANT, PLANNER = "4101", "4102", "4134", "4111", "4131"
READ, WRITE, PLAN = "read", "write", "plan"
# Where an address takes no id: a list of codes, and the day and the week of the rows asked about.
NAMES = {"name": "patrol_statuses", "day": "2026-03-02", "week": "2026-W10"}


@dataclass(frozen=True)
class World:
    """`rows` says of each row what a path parameter calls it: (purpose, whose) → parameter → id.

    There are rows to read, rows to change, and with another window for those who may change the plan.
    """

    api: Api
    people: tuple[Person, ...]
    rows: Mapping[tuple[str, str], Mapping[str, UUID]]

    def ids(self, purpose: str, person: Person) -> Mapping[str, UUID]:
        """The rows this person is asked to try: their own for who has some, else those of 4101."""
        return self.rows[purpose, person.collar if person.standing.relation.own else SUBJECT]


def build(api: Api) -> World:
    everybody = tuple(people())
    change(api.url, _places)
    places = {"area_id": "NORTH", "team_id": "NORTH-1", "hotspot_id": "TGP-1"}
    to_read, to_change = {**places, "window_id": "WINDOW-1"}, {**places, "window_id": "WINDOW-2"}
    rows: dict[tuple[str, str], Mapping[str, UUID]] = {
        (READ, SUBJECT): rows_of(api, SUBJECT, READ, to_read, "WINDOW-1", judged=True),
        # An open patrol's window is told to whose it is, so this one has none.
        (WRITE, SUBJECT): rows_of(api, SUBJECT, WRITE, to_change, None, judged=False),
    }
    change(api.url, _mappings)
    scheme = _scheme(api)
    # A period for each set of rows: nobody closes one twice.
    for purpose, period in ((READ, "2025-12"), (WRITE, "2026-01")):
        of_force = {
            "sample_id": sample_of(api, f"{purpose} sample", "NORTH-1", SERGEANT, signed=purpose == READ),
            "pack_id": pack_of(api, f"{purpose} pack", "NORTH", SERGEANT),
            "scheme_id": scheme,
            "closing_id": _closing(api, scheme, f"{purpose} closing", period),
        }
        rows[purpose, SUBJECT] = {**rows[purpose, SUBJECT], **of_force}
    rows[PLAN, SUBJECT] = {**rows[WRITE, SUBJECT], "window_id": named("WINDOW-3")}
    owners = [person for person in everybody if person.standing.relation.own]
    crew = [person for person in everybody if person.standing.relation.crew]

    def settle(session: Session) -> None:
        _settle(session, everybody)
        for purpose in (READ, WRITE):
            of_subject = rows[purpose, SUBJECT]
            session.execute(
                insert(CrewMember),
                [{"patrol_id": of_subject["patrol_id"], "officer_id": person.id} for person in crew],
            )
            for person in owners:
                rows[purpose, person.collar] = _own(session, purpose, of_subject, person)
        for person in owners:
            rows[PLAN, person.collar] = rows[PLAN, SUBJECT]
        # Nobody signs what holds a patrol of somebody who is not below them: to be signed is the subject's alone.
        session.execute(
            delete(DipSamplePatrol).where(
                col(DipSamplePatrol.sample_id) == rows[WRITE, SUBJECT]["sample_id"],
                col(DipSamplePatrol.patrol_id) != rows[READ, SUBJECT]["patrol_id"],
            )
        )

    change(api.url, settle)
    # The windows are over, so that what waits for a decision is listed.
    api.clock.at = START + timedelta(hours=3, minutes=30)
    return World(api, everybody, rows)


def _places(session: Session) -> None:
    session.execute(
        insert(Area),
        [{
            "id": named("NORTH-A"), "force_id": named("FORCE"), "parent_id": named("NORTH"), "kind": AreaKind.SECTOR,
            "code": "NORTH-A", "name": "Area NORTH-A", "valid_from": LONG_AGO,
        }],
    )  # fmt: skip
    above = ("NORTH-A", "NORTH", "FORCE")
    session.execute(
        insert(AreaAncestor), [{"area_id": named("NORTH-A"), "ancestor_id": named(code)} for code in above]
    )
    teams = (("NORTH-2", "NORTH"), ("NORTH-A1", "NORTH-A"), ("HQ-1", "FORCE"))
    session.execute(
        insert(Team),
        [{
            "id": named(code), "force_id": named("FORCE"), "code": code, "name": f"Team {code}",
            "kind": TeamKind.NEIGHBOURHOOD, "area_id": named(area), "valid_from": LONG_AGO,
        } for code, area in teams],
    )  # fmt: skip
    first = dict(session.execute(select(TaskingWindow.__table__)).mappings().one())  # type: ignore[attr-defined]
    session.execute(
        insert(TaskingWindow), [{**first, "id": named(name)} for name in ("WINDOW-2", "WINDOW-3")]
    )


def _mappings(session: Session) -> None:
    """A mapping of the tracker under the name that addresses are tried with, in each force."""
    for force in ("FORCE", "OTHER"):
        session.add(
            WmnowMapping(
                id=named(f"{force} mapping"), force_id=named(force), name=NAMES["name"], version=1,
                content=STANDARD_CONTENT, made_at=START,
            )
        )  # fmt: skip


def _reveal(session: Session, schedule_id: UUID) -> None:
    schedule = session.get_one(Schedule, schedule_id)
    schedule.revealed_at = START
    session.add(schedule)


def rows_of(
    api: Api, officer: str, name: str, codes: Mapping[str, str], window: str | None, judged: bool
) -> dict[str, UUID]:
    """Rows of an officer by path parameter: a patrol, judged or still open, a phone, a fact that is kept aside.

    `codes` are the places and windows of the test's force that go with them. A kind of row that an address names by an
    id of its own is added here.
    """
    patrol, aside, device = f"{name} patrol", f"{name} aside", named(f"{name} phone")
    phone = {"device_id": str(device)}
    api.clock.at = START
    assert api.put(officer, patrol_path(patrol), check_in(window, **phone)).status_code == 201
    if judged:
        api.clock.forward(minutes=30)
        fixes = {**batch(0, 0, 20), **phone}
        assert api.put(officer, batch_path(f"{patrol} b", patrol), fixes).status_code == 201
        ended = {"checked_out_at": rfc3339(START + timedelta(minutes=25))}
        assert api.put(officer, f"{patrol_path(patrol)}/check-out", ended).status_code == 201
        api.clock.at = START
    engaged = {**BODIES["/v1/engagements/{engagement_id}"], "patrol_id": str(named(patrol))}
    assert api.put(officer, f"/v1/engagements/{named(f'{name} engagement')}", engaged).status_code == 201
    promise = f"/v1/engagements/{named(f'{name} engagement')}/actions/{named(f'{name} promise')}"
    assert api.put(officer, promise, {"you_said": "The lamp is out."}).status_code == 201
    kept = check_in(None, captured_by=str(named(officer)), **phone)
    assert api.put(SENDER, patrol_path(aside), kept).status_code == 202
    away = BODIES["/v1/abstractions/{abstraction_id}"]
    assert api.put(officer, f"/v1/abstractions/{named(f'{name} abstraction')}", away).status_code == 201
    activity = named(f"{name} activity")
    referral = {
        "kind": "REFERRAL",
        "level": "record",
        "occurred_at": rfc3339(START),
        "patrol_id": str(named(patrol)),
    }
    assert api.put(officer, f"/v1/activities/{activity}", referral).status_code == 201
    tracked = TrackedRow(officer, f"{name} record")
    change(api.url, tracked.store)
    office = office_rows(api, officer, name)
    alert = _alert(name, officer, named(patrol), codes)
    change(api.url, lambda session: session.add(alert))
    schedule = named(f"{name} schedule")
    drawn = api.put("4131", f"/v1/schedules/{schedule}", BODIES["/v1/schedules/{schedule_id}"])
    assert drawn.status_code == 201, drawn.text
    if judged:
        # Its proof is told, as if its days were over.
        change(api.url, lambda session: _reveal(session, schedule))
    return {
        "schedule_id": schedule,
        "patrol_id": named(patrol),
        "officer_id": named(officer),
        "device_id": device,
        "quarantined_id": named(aside),
        **office,
        "activity_id": activity,
        "alert_id": alert.id,
        "engagement_id": named(f"{name} engagement"),
        "action_id": named(f"{name} promise"),
        "abstraction_id": named(f"{name} abstraction"),
        "record_id": tracked.id,
        **{parameter: named(code) for parameter, code in codes.items()},
    }


@dataclass(frozen=True)
class TrackedRow:
    """A record of WMNow's tracker by an officer, under an id that is the tracker's."""

    collar: str
    source_id: str

    @property
    def id(self) -> UUID:
        return record_id(named("FORCE"), WMNOW, self.source_id)

    def store(self, session: Session) -> None:
        said = content_of(Said(START, "STREET_BRIEF", collar_number=self.collar))
        record = SourceRecord(WMNOW, self.source_id, False, UNTOLD, False, START, False, said, said)
        store_records(
            session,
            named("FORCE"),
            [record],
            channel=TrackerChannel.FILE,
            run_id=named("run"),
            mapping=STANDARD,
            now=START,
        )


def _alert(name: str, officer: str, patrol_id: UUID, codes: Mapping[str, str]) -> Alert:
    """An alert of a patrol that has lasted, so that whoever answers for its team is told."""
    return Alert(
        id=named(f"{name} alert"),
        kind=AlertKind.FORGOTTEN_CHECK_OUT,
        force_id=named("FORCE"),
        team_id=named(codes["team_id"]),
        area_id=named(codes["area_id"]),
        patrol_id=patrol_id,
        officer_id=named(officer),
        occasion="",
        round=0,
        since_at=START,
        raised_at=START,
        escalates_at=START,
    )


def _scheme(api: Api) -> UUID:
    """The reporting scheme of the world: half a year by the month, of which four months are over."""
    file = (
        "code,name,first_day,last_day,target_hours,cadence\n"
        "GRANT,Grant,2025-11-01,2026-04-30,600,month\n"
    )  # fmt: skip
    headers = api.as_officer(PLANNER, **{"Content-Type": "text/csv"})
    answer = api.client.post("/v1/imports/schemes", content=file.encode(), headers=headers)
    assert answer.status_code == 200, answer.text
    (scheme,) = api.get(PLANNER, "/v1/schemes").json()["schemes"]
    return UUID(scheme["id"])


def _closing(api: Api, scheme: UUID, name: str, period: str) -> UUID:
    closed = {"period": period, "note": "Checked.", "earlier_open": True}
    assert api.put(PLANNER, f"/v1/schemes/{scheme}/closings/{named(name)}", closed).status_code == 201
    return named(name)


def _settle(session: Session, everybody: tuple[Person, ...]) -> None:
    officers: list[dict[str, Any]] = []
    memberships: list[dict[str, Any]] = []
    roles: list[dict[str, Any]] = []
    for person in everybody:
        stands = person.standing
        officers.append({
            "id": person.id, "force_id": named(stands.force), "collar_number": person.collar,
            "kind": OfficerKind.CONSTABLE, "valid_from": stands.here[0], "valid_to": stands.here[1],
            "suspended": stands.suspended,
        })  # fmt: skip
        memberships += [
            {
                "id": uuid5(person.id, f"{team} {since}"), "officer_id": person.id, "team_id": named(team),
                "valid_from": since, "valid_to": until,
            }
            for team, since, until in stands.teams
        ]  # fmt: skip
        since, until = stands.roles
        roles += [
            {
                "id": uuid5(person.id, role), "officer_id": person.id, "role": role, "valid_from": since,
                "valid_to": until,
            }
            for role in person.roles
        ]  # fmt: skip
    session.execute(insert(Officer), officers)
    session.execute(
        insert(OfficerIdentity),
        [{"issuer": ISSUER, "subject": f"demo|{one.collar}", "officer_id": one.id} for one in everybody],
    )
    session.execute(
        insert(RankHeld),
        [
            {
                "id": uuid5(one.id, "rank"), "officer_id": one.id, "rank": _rank(one), "acting": False,
                "valid_from": LONG_AGO,
            }
            for one in everybody
        ],
    )  # fmt: skip
    session.execute(insert(Membership), memberships)
    session.execute(insert(RoleHeld), roles)


def _rank(person: Person) -> str:
    """Whoever leads stands above those they lead; the crew of a patrol is led by all who lead its officer."""
    if person.standing.relation.crew:
        return "PC"
    return "CSUPT" if Role.COMMANDER in person.roles else "SGT" if Role.SUPERVISOR in person.roles else "PC"


def _own(session: Session, purpose: str, subject: Mapping[str, UUID], person: Person) -> dict[str, UUID]:
    """Copies of the subject's rows that are this person's."""
    own = {
        name: uuid5(person.id, f"{purpose} {name}") for name in ("patrol_id", "device_id", "quarantined_id")
    }
    patrol_id, old = own["patrol_id"], subject["patrol_id"]
    for name in ("alert_id", "activity_id", "engagement_id", "abstraction_id"):
        own[name] = uuid5(patrol_id, str(subject[name]))

    def renamed(column: str, value: Any) -> Any:
        if value == old:
            return patrol_id
        if value == subject["device_id"]:
            return own["device_id"]
        if value == subject["officer_id"]:
            return person.id
        return uuid5(patrol_id, str(value)) if column in ("id", "assessment_id") else value

    for table in Table.metadata.sorted_tables:
        names = set(table.c.keys())
        is_patrol = [table.c[name] == old for name in ("id", "patrol_id") if name in names]
        # The crew of the subject's patrol is no crew of this one, and nobody was told of a copy.
        if not is_patrol or table.name in ("crew_members", "audit_events", "feed_entries"):
            continue
        copies = [
            _copy(row, renamed) for row in session.execute(select(table).where(or_(*is_patrol))).mappings()
        ]
        if copies:
            session.execute(insert(table), copies)
    record = WmnowRecord.__table__  # type: ignore[attr-defined]  # SQLModel does not type it
    tracked = session.execute(select(record).where(record.c.id == subject["record_id"])).mappings().one()
    own["record_id"] = uuid5(patrol_id, str(subject["record_id"]))
    of_own = {"id": own["record_id"], "officer_id": person.id, "source_record_id": str(own["record_id"])}
    session.execute(insert(record), [{**tracked, **of_own}])
    away = Abstraction.__table__  # type: ignore[attr-defined]  # SQLModel does not type it
    reported = session.execute(select(away).where(away.c.id == subject["abstraction_id"])).mappings().one()
    theirs = {"id": own["abstraction_id"], "captured_by": person.id, "officer_id": person.id}
    session.execute(insert(away), [{**reported, **theirs}])
    action = EngagementAction.__table__  # type: ignore[attr-defined]  # SQLModel does not type it
    promised = session.execute(select(action).where(action.c.id == subject["action_id"])).mappings().one()
    own["action_id"] = uuid5(patrol_id, str(subject["action_id"]))
    of_own = {"id": own["action_id"], "engagement_id": own["engagement_id"], "captured_by": person.id}
    session.execute(insert(action), [{**promised, **of_own}])
    referral = Referral.__table__  # type: ignore[attr-defined]  # SQLModel does not type it
    said = select(referral).where(referral.c.activity_id == subject["activity_id"])
    session.execute(
        insert(referral),
        [{**session.execute(said).mappings().one(), "activity_id": own["activity_id"]}],
    )
    session.execute(
        insert(Device), [{"id": own["device_id"], "officer_id": person.id, "first_seen_at": START}]
    )
    aside = QuarantinedFact.__table__  # type: ignore[attr-defined]  # SQLModel does not type it
    kept = session.execute(select(aside).where(aside.c.id == subject["quarantined_id"])).mappings().one()
    session.execute(insert(aside), [{**kept, "id": own["quarantined_id"], "captured_by": person.id}])
    return {**subject, **own, "officer_id": person.id}


def _copy(row: RowMapping, renamed: Any) -> dict[str, Any]:
    return {name: renamed(name, value) for name, value in row.items()}


def integrations() -> tuple[str, ...]:
    """The sign-ins of programs: their tokens are their own."""
    return tuple(f"demo|{one.collar}" for one in people() if Role.INTEGRATION in one.roles)
