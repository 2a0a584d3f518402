"""What one patrol of the large force leaves behind: check-in, end, assessment and each officer's credited time.

Where somebody was is made up as intervals, never as positions; what follows from them is worked out by the
application's own pure functions, so that slices, assessments and windows agree as they do in a live database.
"""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.clock import from_ms, london_day
from app.patrols.hours import DeclaredPatrol, HotspotTime, OwnPatrol, officer_hours
from app.tracks.decision import status_of
from app.tracks.explanation import visits
from app.tracks.intervals import Interval, Intervals, clip, intersect, subtract, total_ms, unite
from app.tracks.policy import Policy
from benchmarks.bulk import Bulk
from benchmarks.large_places import Crew, Force, Spot, device_of
from benchmarks.large_plan import REQUIRED_SECONDS, Window

MINUTE = 60_000
HELD_FOR = timedelta(minutes=30)
_OPERATIONS = ("OP-HARBOUR", "OP-LANTERN", "OP-MERIDIAN")
_COUNTED_AS_USED = 30_000


@dataclass(slots=True)
class Made:
    """One patrol as it came to be. `hotspots` is what was found in each, the first where it was meant to be."""

    id: UUID
    officer: UUID
    declared: UUID | None
    crew: Crew
    spot: Spot
    window: Window | None
    said: Mapping[str, Any]
    start_ms: int
    end_ms: int
    hotspots: list[HotspotTime] = field(default_factory=list)
    unverified: Intervals = ()
    voided: bool = False
    auto: bool = False
    is_open: bool = False
    flagged: bool = False

    @property
    def ended_at(self) -> datetime:
        return from_ms(self.end_ms)


def uuid7(chance: random.Random, ms: int) -> UUID:
    """An id as a phone makes it: in order of time."""
    value = ms << 80 | 0x7 << 76 | chance.getrandbits(12) << 64 | 0b10 << 62 | chance.getrandbits(62)
    return UUID(int=value)


def what_is_said(chance: random.Random, programme: str) -> dict[str, Any]:
    """What a check-in says of a patrol of this programme."""
    taskforce, partner = programme == "TASKFORCE", programme == "PARTNER"
    funding = "FUNDED" if taskforce or partner else chance.choices(("CORE", "OVERTIME"), (9, 1))[0]
    plain = taskforce and chance.random() < 0.25
    in_operation = programme == "OP_OTHER" or (taskforce and chance.random() < 0.2)
    return {
        "programme": programme,
        "operation": chance.choice(_OPERATIONS) if in_operation else None,
        "uniform_state": "PLAIN_CLOTHES" if plain else chance.choice(("HI_VIS_UNIFORM", "UNIFORM")),
        "mode": chance.choices(("FOOT", "VEHICLE_MARKED", "CYCLE", "MIXED"), (12, 2, 1, 3))[0],
        "funding": funding,
        "cost_code": "HSR-2026" if funding == "FUNDED" else None,
    }  # fmt: skip


def walk(chance: random.Random, made: Made) -> None:
    """Makes up where the patrol was: mostly there, some with silences, a few without GPS or elsewhere."""
    span = (made.start_ms, made.end_ms)
    kind = chance.choices(("good", "patchy", "blind", "elsewhere"), (84, 11, 3, 2))[0]
    if kind == "blind":
        made.unverified = (span,)
        made.hotspots = [HotspotTime(made.spot.id, (), ())]
        return
    if kind == "elsewhere":
        made.hotspots = [HotspotTime(made.spot.id, (), ())]
        return
    enter = made.start_ms + chance.randrange(5 * MINUTE)
    leave = max(enter, made.end_ms - chance.randrange(4 * MINUTE))
    out = []
    if chance.random() < 0.3:
        at = chance.randrange(enter, leave + 1)
        out.append((at, at + chance.randrange(3 * MINUTE, 20 * MINUTE)))
    inside = subtract([(enter, leave)], out)
    silent: Intervals = ()
    if kind == "patchy":
        at = chance.randrange(enter, leave + 1)
        silent = clip([(at, at + chance.randrange(2 * MINUTE, 10 * MINUTE))], enter, leave)
        late = leave - chance.randrange(10 * MINUTE)
        made.unverified = subtract(clip([(late, made.end_ms)], *span), silent)
        inside = subtract(inside, made.unverified)
    verified, probable = subtract(inside, silent), intersect(inside, silent)
    made.hotspots = [HotspotTime(made.spot.id, verified, probable)]
    if made.spot.overlaps is not None and verified and chance.random() < 0.5:
        at = chance.randrange(enter, leave + 1)
        shared = clip(verified, at, at + chance.randrange(5 * MINUTE, 30 * MINUTE))
        if shared:
            made.hotspots.append(HotspotTime(made.spot.overlaps, shared, ()))


def assessed(
    made: Made, boundaries: Mapping[UUID, UUID], policy: Policy
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The judgement as `patrols.results.as_stored` has it, and its columns."""
    span = (made.start_ms, made.end_ms)
    window = made.window
    tasked = made.hotspots[0]
    if window is not None:
        inside = [(tasked.verified, tasked.probable)]
    else:
        inside = [(each.verified, each.probable) for each in made.hotspots]
    verified = unite(*(each[0] for each in inside))
    probable = subtract(unite(*(each[1] for each in inside)), verified)
    grades = _grades(verified, probable, made.unverified, span)
    status, in_window = "no_window", None
    if window is not None:
        part = max(span[0], window.span[0]), min(span[1], window.span[1])
        in_window = _grades(verified, probable, made.unverified, part)
        likely = in_window["verified_ms"] + in_window["probable_ms"]
        status = status_of(
            REQUIRED_SECONDS * 1000, strict_ms=in_window["verified_ms"], review_ms=likely,
            at_most_ms=likely + in_window["unverified_ms"],
        ).value  # fmt: skip
    flags = (["late_fill"] if made.flagged else []) + (["auto_closed"] if made.auto else [])
    fixes = (made.end_ms - made.start_ms) // _COUNTED_AS_USED
    result = {
        "status": status, "checked_in_ms": span[0], "horizon_ms": span[1], "policy_version": policy.version,
        "flags": flags,
        "fixes_by_label": {"used": fixes, "duplicate": 0, "conflicting": 0, "poor_accuracy": 3, "implausible": 1,
                           "mock": 0, "future": 0, "outside_patrol": 0, "late_fill": 0},
        "pings": {"count": fixes + 4, "median_interval_ms": _COUNTED_AS_USED, "longest_silence_ms": 95_000,
                  "accurate_per_thousand": 986},
        "hotspots": [_hotspot(made, each, boundaries, policy) for each in made.hotspots
                     if each.verified or each.probable or window is not None],
        "heard": _plain(subtract([span], made.unverified)),
        "window": None if window is None else {"hotspot_id": str(window.spot.id), "starts_ms": window.span[0],
                                               "ends_ms": window.span[1], "required_ms": REQUIRED_SECONDS * 1000},
        "outside": [],
    }  # fmt: skip
    columns = {**grades, "status": status, "flags": json.dumps(flags), "asks_review": made.flagged,
               "window_verified_ms": in_window["verified_ms"] if in_window else None,
               "policy_version": policy.version, "result": json.dumps(result)}  # fmt: skip
    return result, columns


def _hotspot(
    made: Made, time: HotspotTime, boundaries: Mapping[UUID, UUID], policy: Policy
) -> dict[str, Any]:
    explained = visits(tuple(time.verified), policy)
    span = (made.start_ms, made.end_ms)
    window = made.window
    within = None if window is None else (max(span[0], window.span[0]), min(span[1], window.span[1]))
    return {
        "hotspot_id": str(time.hotspot_id), "boundary_id": str(boundaries[time.hotspot_id]),
        "whole": _grades(time.verified, time.probable, made.unverified, span),
        "in_window": _grades(time.verified, time.probable, made.unverified, within) if within else None,
        "verified": _plain(time.verified), "probable": _plain(time.probable),
        "unverified": _plain(made.unverified), "claimed_verified": _plain(time.verified),
        "visits": _plain(explained.visits), "longest_visit_ms": explained.longest_visit_ms,
        "gaps_ms": list(explained.gaps_ms), "first_entry_ms": explained.first_entry_ms,
        "last_exit_ms": explained.last_exit_ms,
    }  # fmt: skip


def _plain(intervals: Sequence[Interval]) -> list[list[int]]:
    return [[start, end] for start, end in intervals]


def _grades(
    verified: Sequence[Interval], probable: Sequence[Interval], unverified: Sequence[Interval], span: Interval
) -> dict[str, int]:
    found = [total_ms(clip(each, *span)) for each in (verified, probable, unverified)]
    whole = max(span[1] - span[0], 0)
    return {
        "verified_ms": found[0],
        "probable_ms": found[1],
        "unverified_ms": found[2],
        "outside_ms": whole - sum(found),
    }


class PatrolRows:
    """Writes patrols; one for a whole force."""

    def __init__(self, bulk: Bulk, force: Force) -> None:
        self.bulk, self.force = bulk, force
        self.boundaries = {spot.id: spot.boundary_id for spot in force.spots}

    def write(self, chance: random.Random, made: Made, policy: Policy) -> None:
        """A patrol with everything but its hours, which wait for what supervisors accept of it."""
        add, started_at = self.bulk.add, from_ms(made.start_ms)
        add("patrols", {
            **_fact(chance, made.id, made.officer, started_at), "force_id": self.force.id, "team_id": made.crew.id,
            "area_id": made.crew.area_id, "device_id": device_of(made.officer),
            "window_id": made.window.id if made.window else None, **made.said, "checked_in_at": started_at,
            "started_at": started_at, "skew_ms": 120, "longitude": -1.89, "latitude": 52.48, "accuracy_m": 6.0,
        })  # fmt: skip
        if made.declared is not None:
            add("crew_members", {"patrol_id": made.id, "officer_id": made.declared})
        if made.is_open:
            add(
                "patrol_progress",
                {"patrol_id": made.id, "verified_ms": 0, "fix_count": 0, "computed_at": started_at},
            )
            return
        if made.auto:
            add(
                "auto_closings", {"patrol_id": made.id, "ended_at": made.ended_at, "closed_at": made.ended_at}
            )
        else:
            add("check_outs", {
                **_fact(chance, made.id, made.officer, made.ended_at), "checked_out_at": made.ended_at,
                "ended_at": made.ended_at, "skew_ms": 120, "longitude": -1.89, "latitude": 52.48, "accuracy_m": 6.0,
            })  # fmt: skip
        if made.voided:
            add("patrol_voids", {
                **_fact(chance, made.id, made.officer, made.ended_at), "reason": "Checked in by mistake."
            })  # fmt: skip
        if policy.officer_first_minutes:
            add("officer_first", {"patrol_id": made.id, "until_at": made.ended_at + HELD_FOR})
        result = self._assessments(chance, made, policy)
        if not made.voided:
            self._visits(made, result)

    def _assessments(self, chance: random.Random, made: Made, policy: Policy) -> dict[str, Any]:
        result, columns = assessed(made, self.boundaries, policy)
        judged_twice = chance.random() < 0.05
        for number in (1, 2) if judged_twice else (1,):
            superseded = judged_twice and number == 1
            again_at = made.ended_at + timedelta(minutes=50)
            self.bulk.add("patrol_assessments", {
                "id": UUID(int=chance.getrandbits(128), version=4), "patrol_id": made.id, "number": number,
                "window_id": made.window.id if made.window else None, "started_at": from_ms(made.start_ms),
                "ended_at": made.ended_at, **columns, "computed_at": again_at if number == 2 else made.ended_at,
                "superseded_at": again_at if superseded else None,
                "cause": "late_facts" if number == 2 else "auto_close" if made.auto else "check_out",
            })  # fmt: skip
        return result

    def _visits(self, made: Made, result: Mapping[str, Any]) -> None:
        said = {name: made.said[name] for name in ("programme", "operation", "funding")}
        for each in result["hotspots"]:
            for entered_ms, left_ms in each["visits"]:
                self.bulk.add("visits", {
                    "patrol_id": made.id, "hotspot_id": UUID(each["hotspot_id"]), "entered_ms": entered_ms,
                    "left_ms": left_ms, "day": london_day(from_ms(entered_ms)), "force_id": self.force.id,
                    "officer_id": made.officer, "team_id": made.crew.id, "area_id": made.crew.area_id,
                    "window_id": made.window.id if made.window else None, **said,
                })  # fmt: skip

    def write_hours(self, chance: random.Random, made: Made, accepted: Mapping[UUID, Intervals]) -> None:
        """The hours of the officer and of a declared colleague; `accepted` is time by hotspot."""
        if made.voided or made.is_open:
            return
        hotspots = [
            HotspotTime(each.hotspot_id, each.verified, each.probable, accepted.get(each.hotspot_id, ()))
            for each in made.hotspots
        ]
        spoken = subtract([(made.start_ms, made.end_ms)], made.unverified)
        own = OwnPatrol(made.id, made.start_ms, hotspots, spoken)
        self._slices(chance, made, made.officer, officer_hours(made.officer, [own], []))
        if made.declared is not None:
            on = DeclaredPatrol(made.id, made.start_ms, hotspots, None, None)
            self._slices(chance, made, made.declared, officer_hours(made.declared, [], [on]))

    def _slices(
        self, chance: random.Random, made: Made, officer: UUID, hours: Mapping[UUID, Sequence[Any]]
    ) -> None:
        for each in hours.get(made.id, ()):
            window = made.window
            within = (
                []
                if window is None or window.spot.id != each.hotspot_id or each.grade == "declared"
                else clip(each.intervals, *window.span)
            )
            self.bulk.add("credited_slices", {
                "id": UUID(int=chance.getrandbits(128), version=4), "patrol_id": made.id, "force_id": self.force.id,
                "officer_id": officer, "team_id": made.crew.id, "area_id": made.crew.area_id,
                "hotspot_id": each.hotspot_id, "day": each.day, "grade": each.grade, **made.said,
                "credited_ms": each.credited_ms, "window_id": window.id if window else None,
                "window_ms": total_ms(within), "intervals": json.dumps(_plain(each.intervals)),
            })  # fmt: skip


def _fact(chance: random.Random, fact_id: UUID, officer: UUID, at: datetime) -> dict[str, Any]:
    received_at = at + timedelta(milliseconds=chance.randrange(500, 4000))
    return {
        "id": fact_id, "content_hash": chance.randbytes(32), "captured_by": officer, "uploaded_by": officer,
        "received_at": received_at, "sent_at": at,
    }  # fmt: skip
