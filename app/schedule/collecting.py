"""Collects what a schedule is drawn from: hotspots with weights and teams, what stands already, what is handed on."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from app.areas.models import Hotspot, Team
from app.clock import london_day
from app.schedule import schedule_queries as queries, standing_queries
from app.schedule.draw_inputs import Commitment, DrawInputs, HotspotInputs, in_millionths
from app.schedule.offence_queries import profiles
from app.schedule.problems import impossible
from app.schedule.schedule_queries import History, Tree
from app.schedule.schedule_schemas import DrawRequest, HotspotRules, spans
from app.schedule.slots import ClockSpan
from app.schedule.windows import Fault


@dataclass(frozen=True, slots=True)
class Collected:
    """The inputs, and how much of each hotspot's profile comes from others."""

    inputs: DrawInputs
    borrowed: dict[str, float]


def collect(session: Session, force_id: UUID, request: DrawRequest, now: datetime) -> Collected:
    """The inputs of a draw as things stand now; 422 for days that have begun and for what the force does not have."""
    first, last = request.first_day, request.last_day
    hotspots = queries.hotspots_to_draw(
        session, force_id, request.hotspot_ids, request.area_id, request.hotspot_kinds, first, last
    )
    tree = queries.area_tree(session, force_id)
    teams = queries.teams_throughout(session, force_id, first, last)
    faults = _faults(request, hotspots, tree, teams, now)
    if faults:
        raise impossible(faults)
    ids = [hotspot.id for hotspot in hotspots]
    until = request.offences_until or london_day(now)
    weights = profiles(session, force_id, ids, until, request.offence_days, request.use_harm)
    handed_on = queries.history(session, ids, first)
    rules = {one.hotspot_id: one for one in request.hotspots}
    allowed = [team for team in teams if team.kind in request.team_kinds]
    usual = queries.usual_teams(session, ids)
    drawn = tuple(
        _hotspot(
            hotspot,
            rules.get(hotspot.id),
            spans(request.hours),
            tree,
            _nearest(hotspot, allowed, tree, usual[hotspot.id], turn),
            in_millionths(weights[hotspot.id].weights),
            handed_on[hotspot.id],
        )
        for turn, hotspot in enumerate(hotspots)
    )
    inputs = DrawInputs(
        first_day=first,
        last_day=last,
        window_minutes=request.window_minutes,
        alignment=request.tenths(),
        handovers=spans(request.handovers),
        blackouts=frozenset(request.blackout_days),
        excuse_blackouts=request.excuse_blackouts,
        travel_minutes=request.travel_minutes,
        capacity={
            str(one.area_id): one.windows_a_day for one in request.capacity if one.windows_a_day is not None
        },
        capacity_on={
            str(one.area_id): {each.day: each.windows for each in one.on}
            for one in request.capacity
            if one.on
        },
        standing=standing(session, force_id, first, last, ids, tree),
        hotspots=drawn,
    )
    return Collected(inputs, {str(one): profile.borrowed for one, profile in weights.items()})


def _faults(
    request: DrawRequest, hotspots: list[Hotspot], tree: Tree, teams: list[Team], now: datetime
) -> list[Fault]:
    found = []
    if request.first_day <= london_day(now):
        found.append(Fault("first_day", "begun", "must be later than today"))
    known = {hotspot.id for hotspot in hotspots}
    if not hotspots:
        found.append(Fault("hotspot_ids", "none", "leaves no hotspot that holds in the period"))
    if not known.issuperset(request.hotspot_ids):
        found.append(Fault("hotspot_ids", "unknown", "names one that is not the force's in the period"))
    if request.area_id is not None and request.area_id not in tree.above:
        found.append(Fault("area_id", "unknown", "is no area of the force"))
    for at, area in enumerate(request.capacity):
        if area.area_id not in {tree.lpa(each) for each in tree.above}:
            found.append(Fault(f"capacity/{at}/area_id", "unknown", "is no LPA of the force"))
    found += _twice(request)
    holding = {team.id for team in teams}
    for at, rules in enumerate(request.hotspots):
        if rules.hotspot_id not in known:
            found.append(Fault(f"hotspots/{at}/hotspot_id", "unknown", "is not drawn"))
        if not holding.issuperset(rules.team_ids or ()):
            told = "names a team that does not hold on every day of the period"
            found.append(Fault(f"hotspots/{at}/team_ids", "unknown", told))
    return found


def _twice(request: DrawRequest) -> list[Fault]:
    """What a request says twice: of two rules for one thing only one could hold."""
    named: list[tuple[str, object]] = []
    for at, area in enumerate(request.capacity):
        named.append((f"capacity/{at}/area_id", ("capacity", area.area_id)))
        named += [(f"capacity/{at}/on/{on}/day", (area.area_id, each.day)) for on, each in enumerate(area.on)]
    named += [(f"hotspots/{at}/hotspot_id", each.hotspot_id) for at, each in enumerate(request.hotspots)]
    seen: set[object] = set()
    found = []
    for pointer, what in named:
        if what in seen:
            found.append(Fault(pointer, "twice", "is named twice: of two rules only one could hold"))
        seen.add(what)
    return found


def _hotspot(
    hotspot: Hotspot,
    rules: HotspotRules | None,
    hours: tuple[ClockSpan, ...],
    tree: Tree,
    nearest: list[UUID],
    weights: tuple[int, ...],
    handed_on: History,
) -> HotspotInputs:
    if rules is not None and rules.hours is not None:
        hours = spans(rules.hours)
    teams = nearest if rules is None or rules.team_ids is None else rules.team_ids
    return HotspotInputs(
        id=str(hotspot.id),
        area=str(tree.lpa(hotspot.area_id)),
        teams=tuple(dict.fromkeys(str(team) for team in teams)),
        weights=weights,
        hours=hours,
        blackouts=frozenset(rules.blackout_days if rules is not None else ()),
        valid_from=hotspot.valid_from,
        until=hotspot.valid_to,
        phase=handed_on[0],
        history=handed_on[1],
    )


def _nearest(hotspot: Hotspot, teams: list[Team], tree: Tree, usual: list[UUID], turn: int) -> list[UUID]:
    """The teams of the hotspot's LPA, home first: who usually goes there, then those of its own area, of the area
    above, and so on. Those equally near take turns from hotspot to hotspot, so that not all have the same home team.
    """
    mine = tree.above[hotspot.area_id]
    lpa = mine.index(tree.lpa(hotspot.area_id))
    near: dict[int, list[UUID]] = {}
    for team in teams:
        away = next((at for at, area in enumerate(mine) if area in tree.above[team.area_id]), len(mine))
        if away <= lpa:
            near.setdefault(away, []).append(team.id)
    found = [team_id for team_id in usual if any(team_id in each for each in near.values())]
    for away in sorted(near):
        start = turn % len(near[away])
        found += near[away][start:] + near[away][:start]
    return list(dict.fromkeys(found))


def standing(
    session: Session, force_id: UUID, first: date, last: date, hotspot_ids: Collection[UUID], tree: Tree
) -> tuple[Commitment, ...]:
    """What takes teams' time and areas' room now, besides days of these hotspots that are to be given up first."""
    return tuple(
        window_of(str(one.team_id), str(tree.lpa(one.area_id)), one.starts_at, one.ends_at)
        for one in standing_queries.standing(session, force_id, first, last, hotspot_ids)
    )


def window_of(team: str, area: str, starts_at: datetime, ends_at: datetime) -> Commitment:
    """A window as the time it takes."""
    end = -(-int(ends_at.timestamp()) // 60)
    return Commitment(team, area, london_day(starts_at), int(starts_at.timestamp()) // 60, end)
