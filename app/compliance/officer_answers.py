"""Compliance officer by officer: for supervisors where a force's policy allows it, and for everybody about themselves.

Off unless the force is named in the setting `officer_views`: whether sergeants see single officers is decided with
those it is about, and not by whoever may import a file. It is no league table: rows stand by collar number and cannot
be ordered by anything else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.audit.service import consulted
from app.clock import london_day, rfc3339
from app.compliance import officer_queries, time_queries
from app.compliance.grouping import GroupBy
from app.compliance.officer_schemas import OfficerCompliance, OfficerCompliancePage
from app.compliance.places import Asked, days_of
from app.compliance.service import in_period, officer_minutes
from app.identity.models import Officer
from app.identity.officer_views import require_officer_views
from app.identity.permissions import Caller, Permission, requires
from app.reference.codes import in_words
from app.reference.queries import labels
from app.rest.pagination import decode_code_cursor, encode_code_cursor
from app.schedule.windows import WindowFilter

_NO_LEAGUE = (
    "Not a measure of anybody's work: arrests, emergencies and abstractions take officers out of hotspots, and are "
    "what is asked of them. The patrols and windows behind a figure say why."
)
_SCOPE = "Time and patrols are those with the teams you may see, windows those planned for them."
_HELD = "Results that are still their officer's to see first are left out."


@requires(Permission.OFFICERS_COMPLIANCE)
def read_officers(
    session: Session,
    caller: Caller,
    wanted: WindowFilter,
    shown_in: frozenset[str],
    cursor: str | None,
    limit: int,
    now: datetime,
) -> OfficerCompliancePage:
    """A page of officers in the caller's scope; 403 where the force does not show single officers."""
    require_officer_views(session, caller, shown_in)
    asked = Asked(
        caller,
        london_day(now),
        now,
        in_period(wanted, now),
        permission=Permission.OFFICERS_COMPLIANCE,
        own=True,
    )
    after = decode_code_cursor(cursor) if cursor is not None else None
    in_scope = officer_queries.members_in_scope(session, asked)
    return _page(session, asked, in_scope, [_NO_LEAGUE, _SCOPE, _HELD], after, limit)


@requires(Permission.PATROLS_READ)
def read_own(session: Session, caller: Caller, wanted: WindowFilter, now: datetime) -> OfficerCompliancePage:
    """The caller's own row, whatever the policy says of others, with results that are theirs to see first."""
    asked = Asked(
        caller, london_day(now), now, in_period(wanted, now), permission=Permission.PATROLS_READ, own=True,
        officer_ids=(caller.officer_id,),
    )  # fmt: skip
    return _page(session, asked, [caller.officer_id], [_NO_LEAGUE], None, 1)


def _page(
    session: Session,
    asked: Asked,
    in_scope: Sequence[UUID],
    notes: list[str],
    after: tuple[str, UUID] | None,
    limit: int,
) -> OfficerCompliancePage:
    seen = {*in_scope, *officer_queries.officers_seen(session, asked)}
    found = officer_queries.officers_named(session, seen, after, limit + 1)
    page = found[:limit]
    of_page = replace(asked, officer_ids=tuple(each.id for each in page))
    time = {
        key[0]: each
        for key, each in time_queries.officer_time_by(session, of_page, [GroupBy.OFFICER]).items()
    }
    tasked = officer_queries.windows_tasked(session, of_page)
    patrols = officer_queries.patrols_of(session, of_page)
    kinds = labels(session, asked.caller.force_id, "officer_kinds", asked.day)
    first, last = days_of(*asked.period)
    answer = OfficerCompliancePage(
        from_at=asked.period[0],
        to_at=asked.period[1],
        hours_from=first,
        hours_to=last,
        items=[
            _row(each, in_words(kinds, each.kind.value), time.get(each.id, ()), tasked, patrols)
            for each in page
        ],
        notes=notes,
        generated_at=asked.now,
        next_cursor=encode_code_cursor(page[-1].collar_number, page[-1].id) if len(found) > limit else None,
    )
    consulted(
        session,
        "compliance.officers",
        asked.now,
        {"officer": [each.id for each in page], "period": [rfc3339(at) for at in asked.period]},
        actor_id=asked.caller.officer_id,
        force_id=asked.caller.force_id,
    )
    return answer


def _row(
    officer: Officer,
    kind_label: str,
    time: Sequence[tuple[str, int]],
    tasked: Mapping[UUID, tuple[int, int]],
    patrols: Mapping[UUID, int],
) -> OfficerCompliance:
    due, came = tasked.get(officer.id, (0, 0))
    return OfficerCompliance(
        officer_id=officer.id,
        collar_number=officer.collar_number,
        kind=officer.kind,
        kind_label=kind_label,
        windows_tasked=due,
        windows_attended=came,
        patrols=patrols.get(officer.id, 0),
        officer_minutes=officer_minutes(time),
    )
