"""Tells alerts to whoever they are for, takes their «dealing with it», and writes the rules of a force.

Alerts are raised and cleared by `ticking` alone. An acknowledgement clears nothing: what mends the thing does.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlmodel import Session

from app.alerts import queries
from app.alerts.models import AlertAcknowledgement, AlertRule
from app.alerts.queries import AlertRow
from app.alerts.rules import BUILT_IN, AlertFilter, Rule, rules_on
from app.alerts.schemas import (
    AcknowledgementRequest,
    AcknowledgementResponse,
    AlertDigest,
    AlertPage,
    AlertResponse,
    AlertRuleList,
    AlertRuleResponse,
    DigestLine,
    KindCount,
    TeamDigest,
)
from app.alerts.telling import LISTS, Line, Told, Words, counted, message, worst_first
from app.audit.service import changed, consulted
from app.clock import london_day
from app.facts.content import content_hash
from app.facts.service import Provenance, record
from app.identity.permissions import Caller, Permission, requires
from app.problems import out_of_sight
from app.reference.codes import in_words
from app.reference.queries import labels_of
from app.rest.pagination import encode_cursor, place_after

SCHEMA_VERSION = 1
MOST_LINES_A_TEAM = 200
USUAL_SINCE = timedelta(hours=24)


@requires(Permission.ALERTS_READ)
def list_alerts(
    session: Session, caller: Caller, wanted: AlertFilter, cursor: str | None, limit: int, now: datetime
) -> AlertPage:
    """A page of the caller's own alerts, and of those of their team or area that were told to them; latest first."""
    after = place_after(cursor)
    rows = queries.alerts_seen(session, caller, london_day(now), wanted, after, limit + 1, now)
    page = rows[:limit]
    _consulted(session, caller, "alert:list", page, now)
    last = page[-1].alert if len(rows) > limit else None
    following = encode_cursor(last.raised_at, last.id) if last is not None else None
    return AlertPage(items=_described(session, caller, page, now), next_cursor=following)


@requires(Permission.ALERTS_READ)
def read_digest(session: Session, caller: Caller, since: datetime | None, now: datetime) -> AlertDigest:
    """What is open for each team the caller answers for, and what is new and over since an instant, a day ago unless
    told."""
    since = since if since is not None else now - USUAL_SINCE
    day = london_day(now)
    rows = queries.open_alerts_of_teams(session, caller, day, now)
    over = queries.cleared_of_teams(session, caller, day, since, now)
    said = queries.acknowledgements(session, [row.alert.id for row in rows])
    words = labels_of(session, caller.force_id, list(LISTS), day)
    _consulted(session, caller, "alert:digest", [row for row in rows if row.listed], now)
    of_teams: dict[UUID | None, list[AlertRow]] = {team_id: [] for team_id in over}
    for row in rows:
        of_teams.setdefault(row.alert.team_id, []).append(row)
    names = queries.team_names(session, caller.force_id, set(of_teams))
    seen = {alert_id for alert_id, given in said.items() if given}
    teams = [
        _team(names.get(team_id), team_id, of_teams[team_id], seen, over.get(team_id, 0), since, words, now)
        for team_id in sorted(of_teams, key=lambda one: names.get(one, ("~", ""))[0])
    ]
    return AlertDigest(generated_at=now, since=since, teams=teams)


def _team(
    name: tuple[str, str] | None,
    team_id: UUID | None,
    rows: Sequence[AlertRow],
    seen: set[UUID],
    over: int,
    since: datetime,
    words: Words,
    now: datetime,
) -> TeamDigest:
    by_id = {row.alert.id: row for row in rows}
    lines = worst_first(
        Line(row.alert.id, row.alert.kind, row.told_at or now, row.alert.id in seen) for row in rows
    )
    listed = [line for line in lines if by_id[line.alert_id].listed]
    kinds = words["alert_kinds"]
    return TeamDigest(
        team_id=team_id,
        team_code=name[0] if name else None,
        team_name=name[1] if name else None,
        open=len(lines),
        acknowledged=sum(line.acknowledged for line in lines),
        new_since=sum(line.told_at > since for line in lines),
        cleared_since=over,
        by_kind=[
            KindCount(kind=kind, kind_label=in_words(kinds, kind.value), alerts=count)
            for kind, count in counted(lines).items()
        ],
        items=[_line(by_id[line.alert_id], line, words, now) for line in listed[:MOST_LINES_A_TEAM]],
        items_left_out=max(0, len(listed) - MOST_LINES_A_TEAM),
    )


def _line(row: AlertRow, line: Line, words: Words, now: datetime) -> DigestLine:
    return DigestLine(
        id=row.alert.id,
        kind=row.alert.kind,
        kind_label=in_words(words["alert_kinds"], row.alert.kind.value),
        message=message(_told(row), words, now, own=False),
        window_id=row.alert.window_id,
        patrol_id=row.alert.patrol_id,
        feed_id=row.alert.feed_id,
        acknowledged=line.acknowledged,
    )


@requires(Permission.ALERTS_ACKNOWLEDGE)
def acknowledge(
    session: Session,
    caller: Caller,
    alert_id: UUID,
    acknowledgement_id: UUID,
    body: AcknowledgementRequest,
    now: datetime,
) -> tuple[bool, AlertResponse]:
    """Records that the caller deals with an alert, open or over; false when they said the same before."""
    row = queries.alert_to_acknowledge(session, caller, alert_id, london_day(now), now)
    if row is None:
        raise out_of_sight("alert:acknowledge")
    content = content_hash(f"alert-acknowledgement/{alert_id}", SCHEMA_VERSION, body)
    origin = Provenance(caller.officer_id, caller.officer_id, now, None)
    values = {"force_id": caller.force_id, "alert_id": alert_id, "note": body.note}
    created = record(session, AlertAcknowledgement, acknowledgement_id, content, origin, values)
    if created:
        changed(
            session, "alert:acknowledge", now, {"alert": [alert_id], "acknowledgement": [acknowledgement_id]},
            actor_id=caller.officer_id, force_id=caller.force_id,
        )  # fmt: skip
    return created, _described(session, caller, [row], now)[0]


def _described(
    session: Session, caller: Caller, rows: Sequence[AlertRow], now: datetime
) -> list[AlertResponse]:
    words = labels_of(session, caller.force_id, list(LISTS), london_day(now))
    said = queries.acknowledgements(session, [row.alert.id for row in rows])
    return [
        AlertResponse(
            id=row.alert.id,
            kind=row.alert.kind,
            kind_label=in_words(words["alert_kinds"], row.alert.kind.value),
            message=message(_told(row), words, now, own=row.own),
            yours=row.own,
            open=row.alert.cleared_at is None,
            window_id=row.alert.window_id,
            patrol_id=row.alert.patrol_id,
            feed_id=row.alert.feed_id,
            team_id=row.alert.team_id,
            team_code=row.team_code,
            area_id=row.alert.area_id,
            raised_at=row.alert.raised_at,
            cleared_at=row.alert.cleared_at,
            cleared_because=row.alert.cleared_because,
            cleared_label=(
                in_words(words["alert_clearings"], row.alert.cleared_because.value)
                if row.alert.cleared_because
                else None
            ),
            acknowledgements=[
                AcknowledgementResponse(id=one.id, by=collar, at=one.received_at, note=one.note)
                for one, collar in said[row.alert.id]
            ],
        )
        for row in rows
    ]


def _told(row: AlertRow) -> Told:
    alert = row.alert
    return Told(alert.kind, row.hotspot, row.starts_at, alert.since_at, alert.cleared_because, row.feed)


def _consulted(
    session: Session, caller: Caller, operation: str, rows: Sequence[AlertRow], now: datetime
) -> None:
    subjects = {
        "alert": [row.alert.id for row in rows],
        "window": {row.alert.window_id for row in rows if row.alert.window_id is not None},
        "patrol": {row.alert.patrol_id for row in rows if row.alert.patrol_id is not None},
        "wmnow_feed": {row.alert.feed_id for row in rows if row.alert.feed_id is not None},
    }
    consulted(session, operation, now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)


def write_rule(session: Session, force_id: UUID, rule: Rule, now: datetime) -> UUID:
    """Adds a rule that holds from a day on; the id of the row. The import logs it."""
    if rule.valid_from is None:
        raise ValueError("the built-in rule is not written")
    row = AlertRule(
        id=uuid4(),
        force_id=force_id,
        kind=rule.kind,
        applies=rule.applies,
        after_minutes=rule.after_minutes,
        escalates_minutes=rule.escalates_minutes,
        valid_from=rule.valid_from,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


@requires(Permission.AREAS_READ)
def list_rules(session: Session, caller: Caller, now: datetime) -> AlertRuleList:
    """When the caller's force has what raised: the built-in rules and every one it has set. They say nothing of
    anybody."""
    held = queries.rules_held(session, caller.force_id)
    today = london_day(now)
    holding = rules_on(held, today)
    kinds = labels_of(session, caller.force_id, ["alert_kinds"], today)["alert_kinds"]
    return AlertRuleList(
        items=[
            AlertRuleResponse(
                kind=rule.kind,
                kind_label=in_words(kinds, rule.kind.value),
                applies=rule.applies,
                after_minutes=rule.after_minutes,
                escalates_minutes=rule.escalates_minutes,
                valid_from=rule.valid_from,
                in_force=rule == holding[kind],
            )
            for kind, built_in in BUILT_IN.items()
            for rule in [built_in, *(one for one in held if one.kind is kind)]
        ]
    )
