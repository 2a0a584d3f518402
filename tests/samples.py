"""A good body for every operation that takes JSON, and rows counted, so that bad calls can be told from good ones."""

import json
from collections.abc import Iterator

from sqlalchemy import text

import app.tables  # noqa: F401  # every table, registered
from app.activities.examples import EXAMPLES
from app.database.engine import open_engine
from app.database.model import Table
from tests.conftest import named
from tests.patrols.test_patrol_story import batch, check_in

SPAN = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-08T00:00:00Z"}
# What an operation cannot be asked without.
QUERIES = {
    "/v1/compliance/groups": {"group_by": "team"},
    "/v1/engagements/report": {"group_by": "team"},
    "/v1/abstractions/report": {"group_by": "team"},
    "/v1/compliance/dose": {"purpose": "Trial of 2026"},
    "/v1/activities/unknown-codes": SPAN,
    "/v1/activities/report": {"group_by": "team"},
    "/v1/public-summary/{area_id}": {"from": "2026-02-01", "to": "2026-02-28"},
    "/v1/searches/monitoring": {"group_by": "team"},
    "/v1/searches/export": {"month": "2026-03"},
    "/v1/wmnow/export": SPAN,
    "/v1/hours": {"from": "2026-03-01", "to": "2026-03-08"},
}
_WINDOW = {
    "hotspot_id": str(named("TGP-1")),
    "team_id": str(named("NORTH-1")),
    "starts_at": "2026-03-09T19:00:00Z",
    "ends_at": "2026-03-09T21:00:00Z",
    "required_minutes": 60,
}
# What the small force holds, by the name of the path parameter; the patrol is for a test to make.
KNOWN = {
    "patrol_id": "patrol-1", "batch_id": "b", "activity_id": "activity-1", "follow_up_id": "follow-up-1",
    "explanation_id": "explanation-1", "answer_id": "answer-1",
    "window_id": "WINDOW-1", "area_id": "NORTH", "team_id": "NORTH-1",
    "hotspot_id": "TGP-1", "officer_id": "4101",
}  # fmt: skip
BODIES: dict[str, dict[str, object]] = {
    "/v1/patrols/{patrol_id}": check_in(None, position={"lat": 52.483, "lon": -1.895, "accuracy_m": 9.0}),
    "/v1/patrols/{patrol_id}/fix-batches/{batch_id}": batch(0, 0, 5),
    "/v1/patrols/{patrol_id}/check-out": {
        "checked_out_at": "2026-03-02T20:00:00Z",
        "reason": "EMERGENCY_RESPONSE",
        "log_number": "WMP-20260302-3712",
    },
    "/v1/patrols/{patrol_id}/reviews/{review_id}": {
        "decision": "STAND",
        "basis": 1,
        "note": "Looked at the track.",
    },
    "/v1/patrols/{patrol_id}/links/{link_id}": {"window_id": None, "reason": "He was there."},
    "/v1/tasking-windows/{window_id}/reviews/{review_id}": {"decision": "STAND", "basis": 0},
    "/v1/wmnow/records/{record_id}/links/{link_id}": {
        "engagement_id": str(named("nothing")),
        "decision": "refused",
        "record_version": 1,
        "engagement_revision": 1,
    },
    "/v1/wmnow/links": {
        "items": [
            {
                "id": str(named("link")),
                "record_id": str(named("nothing")),
                "engagement_id": str(named("nothing")),
                "decision": "refused",
                "record_version": 1,
                "engagement_revision": 1,
            }
        ]
    },
    "/v1/wmnow/messages/{inbox_id}/read-again": {},
    "/v1/wmnow/feeds/{feed_id}/go-on": {"reason": "The vendor restored a backup."},
    "/v1/reviews": {
        "items": [
            {"id": str(named("bulk")), "window_id": str(named("WINDOW-1")), "decision": "STAND", "basis": 0}
        ]
    },
    "/v1/activities/{activity_id}": {
        name: value for name, value in EXAMPLES[1].items() if name not in ("patrol_id", "present_officers")
    },
    "/v1/activities/{activity_id}/void": {"reason": "Logged twice."},
    "/v1/activities/{activity_id}/follow-ups/{follow_up_id}": {
        "status": "ACCEPTED",
        "heard_at": "2026-03-02T18:00:00Z",
        "reference": "MASH/26/9",
    },
    "/v1/patrols/{patrol_id}/void": {"reason": "Checked in by mistake."},
    "/v1/patrols/{patrol_id}/explanations/{explanation_id}": {
        "kind": "DISPUTE",
        "reason_code": "ARREST_MADE",
        "text": "We left for an arrest and came back.",
        "from_at": "2026-03-02T19:10:00Z",
        "to_at": "2026-03-02T19:30:00Z",
        "incident_reference": "1234-020326",
        "disputes_assessment": 1,
    },
    "/v1/schemes/{scheme_id}/closings/{closing_id}": {
        "period": "2026-02",
        "note": "Checked with the taskforce.",
        "earlier_open": True,
    },
    "/v1/abstractions/{abstraction_id}": {
        "starts_at": "2026-03-02T18:00:00Z",
        "ends_at": "2026-03-02T20:00:00Z",
        "reason_code": "CUSTODY",
        "authority_level": "SGT",
        "post_role": "DNO",
    },
    "/v1/abstractions/{abstraction_id}/void": {"reason": "Reported twice."},
    "/v1/abstractions/{abstraction_id}/confirmations/{decision_id}": {"note": "I sent them."},
    "/v1/abstractions/{abstraction_id}/disputes/{decision_id}": {"note": "I was on patrol."},
    "/v1/engagements/{engagement_id}": {
        "occurred_at": "2026-03-02T19:05:00Z",
        "engagement_type": "STREET_BRIEF",
        "method": "FACE",
        "planned": True,
        "people_reached": 6,
        "priority_groups": ["RESIDENTS"],
        "minority_groups": [{"group": "RACE_ASIAN", "people": 2}],
        "issues": ["ASB"],
    },
    "/v1/wmnow/mappings/{name}": {
        "times": ["dd/mm/yyyy HH:MM"],
        "words": [{"field": "engagement_type", "word": "Drop in", "code": "DROP_IN"}],
    },
    "/v1/engagements/{engagement_id}/void": {"reason": "Recorded twice."},
    "/v1/engagements/{engagement_id}/actions/{action_id}": {
        "you_said": "The lamp by the steps is broken.",
        "issue": "ENVIRONMENT",
        "due_on": "2026-03-16",
    },
    "/v1/engagements/{engagement_id}/actions/{action_id}/void": {"reason": "Said twice."},
    "/v1/quarantine/{quarantined_id}/release": {"reason": "The phone was broken."},
    "/v1/quarantine/{quarantined_id}/correction": {
        "content": {"checked_out_at": "2026-03-02T20:00:00Z"},
        "reason": "The phone's clock was wrong.",
    },
    "/v1/sync": {
        "items": [{"kind": "check-in", "id": str(named("patrol-1")), "content": check_in(None)}],
    },
    "/v1/alerts/{alert_id}/acknowledgements/{acknowledgement_id}": {"note": "I have called them."},
    "/v1/audit/exports": {
        "recipient": "Professional standards",
        "reason": "Case 7.",
        "record_id": str(named("b")),
    },
    "/v1/holds/{hold_id}": {
        "subject_kind": "officer",
        "subject_id": str(named("4101")),
        "from_at": "2026-03-01T00:00:00Z",
        "to_at": "2026-03-08T00:00:00Z",
        "reason": "A complaint was made.",
    },
    "/v1/holds/{hold_id}/release": {"reason": "The complaint was settled."},
    "/v1/dip-samples/{sample_id}": {
        "team_id": str(named("NORTH-1")),
        "from_at": "2026-02-23T00:00:00Z",
        "to_at": "2026-03-09T00:00:00Z",
        "strata": [{"name": "kept", "statuses": ["compliant"], "size": 5}],
        "purpose": "Monthly reality check.",
    },
    "/v1/dip-samples/{sample_id}/checks/{check_id}": {
        "patrol_id": str(named("patrol-1")),
        "outcome": "DOUBTFUL",
        "looked_at": ["BODY_WORN_VIDEO", "RADIO_LOG"],
        "body_worn_video_reference": "BWV-2026-0042",
        "note": "The footage is of another street.",
        "basis": 1,
    },
    "/v1/dip-samples/{sample_id}/sign-off": {"checks": 1, "note": "Looked at with the team."},
    "/v1/publication-packs/{pack_id}": {
        "area_id": str(named("NORTH")),
        "from_day": "2026-02-01",
        "to_day": "2026-02-28",
        "actions": [],
    },
    "/v1/publication-packs/{pack_id}/decisions/{decision_id}": {
        "step": "APPROVED",
        "content_sha256": "0" * 64,
    },
    "/v1/devices/{device_id}/revoke": {"reason": "Lost on patrol."},
    "/v1/tasking-windows/{window_id}": _WINDOW,
    "/v1/tasking-windows/{window_id}/publish": {},
    "/v1/tasking-windows/{window_id}/cancel": {"reason": "No staff."},
    "/v1/tasking-windows/{window_id}/assignment": {
        "team_id": str(named("NORTH-1")),
        "officer_ids": [str(named("4102"))],
        "reason": "4101 is in court.",
    },
    "/v1/tasking-windows/assignments": {
        "items": [
            {
                "window_id": str(named("WINDOW-2")),
                "revision": 1,
                "officer_ids": [str(named("4102"))],
                "reason": "4101 is in court.",
            }
        ]
    },
    "/v1/tasking-windows/{window_id}/answers/{answer_id}": {
        "answer": "DECLINED",
        "answered_at": "2026-03-02T18:00:00Z",
        "reason_code": "COURT",
        "text": "Crown Court at ten.",
    },
    "/v1/tasking-windows/{window_id}/move": {
        "new_id": str(named("moved")),
        "starts_at": "2026-03-09T19:00:00Z",
        "reason": "No staff.",
    },
    "/v1/schedules/{schedule_id}": {
        "name": "March",
        "first_day": "2026-03-09",
        "last_day": "2026-03-22",
        "hotspot_kinds": ["TGP_VIOLENCE"],
        "hours": [{"from": "16:00", "to": "02:00"}],
        "handovers": [{"from": "06:45", "to": "07:15"}],
        "blackout_days": ["2026-03-17"],
        "capacity": [
            {
                "area_id": str(named("NORTH")),
                "windows_a_day": 4,
                "on": [{"day": "2026-03-15", "windows": 3}],
            }
        ],
        "hotspots": [{"hotspot_id": str(named("TGP-1")), "team_ids": [str(named("NORTH-1"))]}],
    },
    "/v1/schedules/{schedule_id}/publish": {"until": "2026-03-15"},
    "/v1/schedules/{schedule_id}/discard": {"reason": "The plan was left in a meeting room."},
    "/v1/schedules/{schedule_id}/reveal": {},
    "/v1/destinations/{destination_id}": {
        "channel": "webhook",
        "name": "Integration layer",
        "url": "https://hooks.force.example/beatcheck",
        "key": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "officers_named": True,
    },
    "/v1/destinations/{destination_id}/secrets/{secret_id}": {
        "key": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "older_until": "2026-03-09T19:00:00Z",
    },
    "/v1/destinations/{destination_id}/void": {"reason": "The system was replaced."},
    "/v1/destinations/{destination_id}/tests/{message_id}": {},
    "/v1/subscriptions/{subscription_id}": {
        "area_id": str(named("NORTH")),
        "topics": ["alert.no_check_in", "digest.daily"],
        "role": "SUPERVISOR",
        "quiet_from": "22:00",
        "quiet_until": "06:30",
        "digest_at": "07:00",
        "valid_from": "2026-03-01",
        "valid_to": "2027-03-01",
    },
    "/v1/subscriptions/{subscription_id}/void": {"reason": "Nobody reads it."},
    "/v1/outbox/{message_id}/replay": {},
    "/v1/outbox/replays": {"state": "dead", "from_at": "2026-03-01T00:00:00Z"},
}


def rows_held(url: str) -> dict[str, int]:
    """How many rows each table holds; denials are counted apart, because a refused call may write one."""
    engine = open_engine(url, 1)
    # What the log derives for itself is counted with its events.
    tables = [name for name in Table.metadata.tables if not name.startswith("audit_")]
    counted = [f"SELECT '{name}', count(*) FROM {name}" for name in tables]  # noqa: S608 - our own names
    counted.append("SELECT action, count(*) FROM audit_events GROUP BY action")
    with engine.connect() as connection:
        found = {row[0]: row[1] for row in connection.execute(text(" UNION ALL ".join(counted)))}
    engine.dispose()
    return {name: count for name, count in found.items() if name not in ("DENIED", "CONSULT")}


def places(value: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a JSON value that can be replaced, the first of each list only."""
    if at:
        yield at
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*at, name))
    elif isinstance(value, list) and value:
        yield from places(value[0], (*at, 0))


def with_raw(body: object, at: tuple[str | int, ...], raw: str) -> bytes:
    """The body as JSON with raw text, perhaps no JSON at all, at one place."""
    copy = json.loads(json.dumps(body))
    inner = copy
    for step in at[:-1]:
        inner = inner[step]
    inner[at[-1]] = "@here@"
    return json.dumps(copy).replace('"@here@"', raw).encode("utf-8", "surrogatepass")
