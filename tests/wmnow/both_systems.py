"""Records of the tracker, engagements of ours and words on which are the same, made up at random, and what must be said
of them, worked out row by row by loops that share nothing with the queries."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from app.clock import LONDON
from app.database.model import Table
from app.engagements.models import Engagement, EngagementOfficer
from app.patrols.models import CreditedSlice
from app.wmnow.models import LinkDecision, Precision, TrackerChannel, WmnowLink, WmnowRecord, WmnowRejected
from tests.compliance.small_force import SCOPES, TEAMS, TREE
from tests.compliance.wide_force import OFFICERS, WideForce
from tests.conftest import named

TEAM_NAMES = {named(name): name for name in TEAMS}
AREA_NAMES = {named(name): name for name in TREE}


@dataclass
class BothSystems:
    """`held` are what stands or was deleted, of each pair the decisions in their order."""

    force: WideForce
    records: list[WmnowRecord] = field(default_factory=list)
    engagements: list[Engagement] = field(default_factory=list)
    took_part: list[EngagementOfficer] = field(default_factory=list)
    links: list[WmnowLink] = field(default_factory=list)
    rejected: list[WmnowRejected] = field(default_factory=list)

    def rows(self) -> list[Table]:
        return [*self.records, *self.engagements, *self.took_part, *self.links, *self.rejected]

    def linked(self) -> list[tuple[WmnowRecord, Engagement]]:
        last: dict[tuple[UUID, UUID], LinkDecision] = {}
        for each in sorted(self.links, key=lambda one: one.number):
            last[each.record_id, each.engagement_id] = each.decision
        records = {each.id: each for each in self.records}
        engagements = {each.id: each for each in self.engagements}
        pairs = [
            (records[one], engagements[other]) for (one, other), said in last.items() if said == "linked"
        ]
        return [
            (one, other)
            for one, other in pairs
            if one.deleted_at is None and other.voided_at is None and other.counted_as == "engagement"
        ]


def both_systems(seed: int, force: WideForce) -> BothSystems:
    chance = random.Random(seed)
    found = BothSystems(force)
    for number in range(80):
        found.records.append(_record(chance, number, force))
        found.engagements.append(_engagement(chance, number, force))
    for each in found.engagements[::7]:
        colleague = chance.choice([one for one in OFFICERS if named(one) != each.captured_by])
        found.took_part.append(EngagementOfficer(engagement_id=each.id, officer_id=named(colleague)))
    for number in range(40):
        for again in range(1, chance.choice([2, 2, 3])):
            found.links.append(_link(chance, found, number, again))
    for number in range(40):
        found.rejected.append(_rejected(chance, number, force))
    return found


def _moment(chance: random.Random, force: WideForce) -> datetime:
    return force.begins + timedelta(minutes=chance.randrange(-1440, 1440 * (force.days + 1)))


def _record(chance: random.Random, number: int, force: WideForce) -> WmnowRecord:
    at, team = _moment(chance, force), chance.choice([*sorted(TEAMS), None])
    area = TEAMS[team] if team else chance.choice([*sorted(TREE), None])
    version = chance.choice([1, 1, 2, 3])
    return WmnowRecord(
        id=named(f"record {number}"), force_id=named("FORCE"), source_system="wmnow", source_record_id=f"E-{number}",
        id_derived=chance.random() < 0.2, version=version, content_hash=b"x" * 32, meaning_hash=b"x" * 32,
        occurred_at=at,
        recorded_at=at + timedelta(minutes=chance.randrange(-90, 4000)) if chance.random() < 0.8 else None,
        officer_id=named(chance.choice(sorted(OFFICERS))) if chance.random() < 0.4 else None,
        team_id=named(team) if team else None, area_id=named(area) if area else None, precision=Precision.NONE,
        engagement_type="PACT", topics=[], groups_reached=[],
        unknown_codes=["method:Carrier pigeon"] if chance.random() < 0.2 else [],
        first_received_at=at, last_received_at=force.now,
        missing_since=force.now if chance.random() < 0.2 else None,
        deleted_at=force.now if chance.random() < 0.2 else None,
    )  # fmt: skip


def _engagement(chance: random.Random, number: int, force: WideForce) -> Engagement:
    at, team = _moment(chance, force), chance.choice(sorted(TEAMS))
    # 5003 led none: of whom nothing is on record is told apart by who took part and by the tracker.
    leader = named(chance.choice(["5001", "5002"] if chance.random() < 0.1 else ["5001"]))
    return Engagement(
        id=named(f"engagement {number}"), content_hash=b"x" * 32, captured_by=leader, uploaded_by=leader,
        received_at=at, force_id=named("FORCE"), source="phone", flags=[], recorded_at=at, occurred_said_at=at,
        occurred_at=at, engagement_type="PACT", partners=[], team_id=named(team), area_id=named(TEAMS[team]),
        counted_as=chance.choice(["engagement", "engagement", "hotspot_contact"]),
        voided_at=force.now if chance.random() < 0.15 else None,
    )  # fmt: skip


def _link(chance: random.Random, found: BothSystems, number: int, again: int) -> WmnowLink:
    said = (
        list(LinkDecision) if again > 1 else [LinkDecision.LINKED, LinkDecision.LINKED, LinkDecision.REFUSED]
    )
    record, engagement = found.records[number], found.engagements[number]
    return WmnowLink(
        id=uuid5(record.id, str(again)), content_hash=b"x" * 32, captured_by=named("4111"), uploaded_by=named("4111"),
        received_at=found.force.now, force_id=named("FORCE"), record_id=record.id, engagement_id=engagement.id,
        number=again, decision=chance.choice(said), record_version=1, engagement_revision=1,
        decided_at=found.force.now, reason=None,
    )  # fmt: skip


def _rejected(chance: random.Random, number: int, force: WideForce) -> WmnowRejected:
    """Of some nothing is held (from E-80 on), of some an older version is, some came twice, some bear no id."""
    area = chance.choice([*sorted(TREE), None])
    return WmnowRejected(
        run_id=named(f"run {number % 5}"), number=number, force_id=named("FORCE"), channel=TrackerChannel.FILE,
        source_record_id=f"E-{chance.randrange(70, 95)}" if chance.random() < 0.8 else None,
        occurred_at=_moment(chance, force) if chance.random() < 0.6 else None,
        area_id=named(area) if area else None, faults=[],
        received_at=force.now + timedelta(hours=chance.choice([-1, 1]), seconds=number),
    )  # fmt: skip


def sees(collar: str, team_id: UUID | None, area_id: UUID | None) -> bool:
    teams, areas = SCOPES[collar]
    if len(teams) == len(TEAMS):
        return True
    team = TEAM_NAMES[team_id] if team_id else None
    return team in teams or (AREA_NAMES[area_id] if area_id else None) in areas


def lpa_of(area_id: UUID | None) -> str | None:
    area = AREA_NAMES[area_id] if area_id else None
    return next((one for one in (area, *TREE.get(area or "", ())) if one in ("NORTH", "SOUTH")), None)


def week_of(at: datetime) -> str:
    year, week, _ = at.astimezone(LONDON).isocalendar()
    return f"{year}-W{week:02}"


def within(force: WideForce, at: datetime | None) -> bool:
    return at is not None and force.begins <= at < force.ends


Key = Callable[[Any], Any]


def counted(both: BothSystems, collar: str, key: Key) -> dict[Any, dict[str, int]]:
    """Everything but rejected rows and lags, by whatever key."""
    found: defaultdict[Any, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    linked = {one.id for pair in both.linked() for one in pair}
    for each in both.records:
        if not within(both.force, each.occurred_at) or not sees(collar, each.team_id, each.area_id):
            continue
        row = found[key(each)]
        row["imported"] += 1
        if each.deleted_at is not None:
            row["deleted"] += 1
            continue
        row["tracker"] += 1
        row["changed" if each.version > 1 else "unchanged"] += 1
        row["missing_in_source"] += each.missing_since is not None
        row["id_derived"] += each.id_derived
        row["unknown_words"] += bool(each.unknown_codes)
        row["without_officer"] += each.officer_id is None
        row["linked" if each.id in linked else "only_tracker"] += 1
        # A pair is counted with our engagement.
        row["total"] += each.id not in linked
    for one in both.engagements:
        if not within(both.force, one.occurred_at) or not sees(collar, one.team_id, one.area_id):
            continue
        if one.voided_at is not None:
            continue
        row = found[key(one)]
        if one.counted_as == "hotspot_contact":
            row["hotspot_contacts"] += 1
            continue
        row["ours"] += 1
        row["total"] += 1
        row["linked_ours" if one.id in linked else "only_ours"] += 1
    return {name: dict(row) for name, row in found.items()}


def lags(both: BothSystems, collar: str, key: Key) -> dict[Any, list[float]]:
    found: defaultdict[Any, list[float]] = defaultdict(list)
    for each in both.records:
        told = each.deleted_at is None and each.recorded_at is not None
        if told and within(both.force, each.occurred_at) and sees(collar, each.team_id, each.area_id):
            assert each.recorded_at is not None and each.occurred_at is not None
            found[key(each)].append((each.recorded_at - each.occurred_at).total_seconds())
    return found


def refused(both: BothSystems, collar: str, key: Key) -> tuple[dict[Any, int], dict[Any, int], int]:
    """By key what is not held at all and what is held in an older version; and how many say no time."""
    held = {each.source_record_id: each for each in both.records}
    latest: dict[Any, WmnowRejected] = {}
    for each in sorted(both.rejected, key=lambda one: one.received_at):
        latest[each.source_record_id or (each.run_id, each.number)] = each
    not_held: defaultdict[Any, int] = defaultdict(int)
    outdated: defaultdict[Any, int] = defaultdict(int)
    without_time = 0
    for each in latest.values():
        if not sees(collar, None, each.area_id):
            continue
        record = held.get(each.source_record_id or "")
        if record is None and each.occurred_at is None:
            without_time += within(both.force, each.received_at)
        if not within(both.force, each.occurred_at):
            continue
        if record is None:
            not_held[key(each)] += 1
        else:
            outdated[key(each)] += each.received_at > record.last_received_at
    return dict(not_held), dict(outdated), without_time


def ranked(values: Iterable[float], percent: int) -> int | None:
    """The percentile by counting, in whole minutes."""
    found = sorted(values)
    for each in found:
        if sum(other <= each for other in found) * 100 >= percent * len(found):
            return int(each // 60)
    return None


def present(both: BothSystems) -> list[CreditedSlice]:
    """Officers' time that counts as presence and is told by now."""
    force = both.force
    held = {each.patrol_id for each in force.held if each.until_at > force.now}
    days = range(force.days)
    return [
        each
        for each in force.slices
        if each.hotspot_id is None
        and each.grade.value in ("verified", "accepted")
        and each.credited_ms > 0
        and each.patrol_id not in held
        and (each.day - force.first).days in days
    ]


def on_record(both: BothSystems) -> set[UUID]:
    """Of whom there is anything in the period, in either system."""
    standing = [
        each for each in both.engagements if each.voided_at is None and within(both.force, each.occurred_at)
    ]
    ids = {each.id for each in standing}
    theirs = {
        each.officer_id
        for each in both.records
        if each.deleted_at is None and each.officer_id and within(both.force, each.occurred_at)
    }
    colleagues = {each.officer_id for each in both.took_part if each.engagement_id in ids}
    return {each.captured_by for each in standing} | colleagues | theirs
