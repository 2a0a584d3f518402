"""The one table of who may call what; an operation without a row fails, so nobody adds one without deciding.

Every cell of it is tried in `tests/access`, with whose rows the caller then sees. Here are strangers, and what a
supervisor, a crew or somebody with two roles is shown of one patrol.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

import httpx2 as httpx
import pytest

from app.clock import rfc3339
from app.identity.permissions import Role
from tests.conftest import Api, named
from tests.contract.checking import operations
from tests.patrols.test_patrol_story import START, batch, batch_path, check_in, patrol_path
from tests.people import join
from tests.samples import BODIES, QUERIES, SPAN

EVERYBODY = "OSCPIADG"
LETTERS = dict(zip(EVERYBODY, Role, strict=True))
# Messages of the tracker are signed, not signed in.
OPEN = {"/livez", "/readyz", "/problems/{code}", "/v1/time", "/v1/wmnow/webhooks/{force_code}"}

# Operation, permission, and who may: Officer, Supervisor, Commander, Planner, Intel, Auditor, aDmin, inteGration.
TABLE = """
PUT  /v1/patrols/{patrol_id}                         own:patrols:record     OS.....G
PUT  /v1/patrols/{patrol_id}/fix-batches/{batch_id}  own:patrols:record     OS.....G
PUT  /v1/patrols/{patrol_id}/check-out               own:patrols:record     OS.....G
PUT  /v1/patrols/{patrol_id}/void                    own:patrols:record     OS.....G
PUT  /v1/patrols/{patrol_id}/explanations/{explanation_id} own:patrols:record OS.....G
GET  /v1/patrols/{patrol_id}/explanations            scope:patrols:read     OSC.....
GET  /v1/patrols                                     scope:patrols:read     OSC.....
GET  /v1/patrols/{patrol_id}                         scope:patrols:read     OSC.....
GET  /v1/patrols/{patrol_id}/assessment              scope:patrols:read     OSC.....
GET  /v1/patrols/{patrol_id}/assessments             scope:patrols:read     OSC.....
GET  /v1/patrols/{patrol_id}/track                   scope:patrols:read     OSC.....
GET  /v1/patrols/{patrol_id}/reviews                 scope:patrols:read     OSC.....
PUT  /v1/patrols/{patrol_id}/reviews/{review_id}     scope:reviews:decide   .SC.....
PUT  /v1/patrols/{patrol_id}/links/{link_id}         scope:reviews:decide   .SC.....
GET  /v1/tasking-windows/{window_id}/reviews         scope:reviews:decide   .SC.....
PUT  /v1/tasking-windows/{window_id}/reviews/{review_id} scope:reviews:decide .SC.....
GET  /v1/reviews/due                                 scope:reviews:decide   .SC.....
POST /v1/reviews                                     scope:reviews:decide   .SC.....
POST /v1/sync                                        own:facts:send         OS.....G
GET  /v1/sync                                        own:feed:read          OS......
GET  /v1/quarantine                                  scope:quarantine:read  OS....D.
GET  /v1/quarantine/{quarantined_id}                 scope:quarantine:read  OS....D.
PUT  /v1/quarantine/{quarantined_id}/correction      scope:quarantine:correct OS......
PUT  /v1/quarantine/{quarantined_id}/release         scope:quarantine:release .S....D.
GET  /v1/activities                                  scope:activities:read  OSC.....
PUT  /v1/activities/{activity_id}                    own:activities:record  OS.....G
GET  /v1/activities/report                           scope:activities:report .SCP.A..
GET  /v1/activities/{activity_id}                    scope:activities:read  OSC.....
GET  /v1/activities/{activity_id}/history            scope:activities:read  OSC.....
PUT  /v1/activities/{activity_id}/void               own:activities:record  OS.....G
PUT  /v1/activities/{activity_id}/follow-ups/{follow_up_id} own:activities:record OS.....G
GET  /v1/activities/unknown-codes                    scope:activities:report .SCP.A..
GET  /v1/searches/monitoring                         scope:searches:monitor .SCP.A..
GET  /v1/searches/export                             force:searches:export  ...P....
GET  /v1/activity-rules                              force:areas:read       OSCPIADG
POST /v1/imports/activity-rules                      force:reference:import ......D.
GET  /v1/holds                                       force:holds:read       .....AD.
PUT  /v1/holds/{hold_id}                             force:holds:place      ......D.
PUT  /v1/holds/{hold_id}/release                     force:holds:place      ......D.
GET  /v1/retention-rules                             force:areas:read       OSCPIADG
GET  /v1/me                                          signed-in              OSCPIADG
GET  /v1/me/tasking                                  own:tasking:read       OS......
GET  /v1/me/forms                                    own:tasking:read       OS......
GET  /v1/tasking-windows                             scope:windows:read     .SCP.A..
GET  /v1/tasking-windows/{window_id}                 scope:windows:read     .SCP.A..
PUT  /v1/tasking-windows/{window_id}                 force:windows:plan     ...P....
PUT  /v1/tasking-windows/{window_id}/publish         force:windows:plan     ...P....
PUT  /v1/tasking-windows/{window_id}/cancel          force:windows:plan     ...P....
PUT  /v1/tasking-windows/{window_id}/move            force:windows:plan     ...P....
GET  /v1/schedules                                   force:schedules:read   ...P.A..
PUT  /v1/schedules/{schedule_id}                     force:schedules:draw   ...P....
GET  /v1/schedules/{schedule_id}                     force:schedules:read   ...P.A..
GET  /v1/schedules/{schedule_id}/allocations         force:schedules:read   ...P.A..
GET  /v1/schedules/{schedule_id}/diff                force:schedules:draw   ...P....
PUT  /v1/schedules/{schedule_id}/publish             force:schedules:draw   ...P....
PUT  /v1/schedules/{schedule_id}/discard             force:schedules:draw   ...P....
PUT  /v1/schedules/{schedule_id}/reveal              force:schedules:draw   ...P....
GET  /v1/schedules/{schedule_id}/proof               force:schedules:read   ...P.A..
GET  /v1/offence-profiles                            force:offences:read    ..CPI...
GET  /v1/offence-profiles/{hotspot_id}               force:offences:read    ..CPI...
PUT  /v1/tasking-windows/{window_id}/assignment      scope:windows:assign   .SCP....
POST /v1/tasking-windows/assignments                 scope:windows:assign   .SCP....
PUT  /v1/tasking-windows/{window_id}/answers/{answer_id} own:windows:answer OS......
GET  /v1/tasking-load                                scope:windows:read     .SCP.A..
GET  /v1/tasking-sheets/{area_id}/{day}              scope:windows:read     .SCP.A..
GET  /v1/engagements                                 scope:engagements:read OSC.....
GET  /v1/engagements/report                          scope:engagements:report .SCP.A..
GET  /v1/engagements/gaps                            scope:engagements:report .SCP.A..
GET  /v1/engagements/{engagement_id}                 scope:engagements:read OSC.....
GET  /v1/engagements/{engagement_id}/history         scope:engagements:read OSC.....
PUT  /v1/engagements/{engagement_id}                 own:engagements:record OS.....G
PUT  /v1/engagements/{engagement_id}/void            own:engagements:record OS.....G
PUT  /v1/engagements/{engagement_id}/actions/{action_id} own:engagements:record OS.....G
PUT  /v1/engagements/{engagement_id}/actions/{action_id}/void own:engagements:record OS.....G
POST /v1/imports/engagements                         force:engagements:import ...P..D.
GET  /v1/abstractions                                scope:abstractions:read OSC.....
GET  /v1/abstractions/report                         scope:abstractions:report .SCP.A..
GET  /v1/abstractions/{abstraction_id}               scope:abstractions:read OSC.....
GET  /v1/abstractions/{abstraction_id}/history       scope:abstractions:read OSC.....
PUT  /v1/abstractions/{abstraction_id}               own:abstractions:record OS.....G
PUT  /v1/abstractions/{abstraction_id}/void          own:abstractions:record OS.....G
PUT  /v1/abstractions/{abstraction_id}/confirmations/{decision_id} scope:abstractions:decide .SC.....
PUT  /v1/abstractions/{abstraction_id}/disputes/{decision_id} own:abstractions:record OS.....G
POST /v1/imports/wmnow-engagements                   force:wmnow:import    ...P..D.
GET  /v1/wmnow/records                               scope:wmnow:read      OSC.....
GET  /v1/wmnow/records/{record_id}                   scope:wmnow:read      OSC.....
GET  /v1/wmnow/unknown-words                         scope:wmnow:report    .SCP.A..
GET  /v1/wmnow/reconciliation                        scope:wmnow:report    .SCP.A..
GET  /v1/wmnow/under-recording                       scope:wmnow:report    .SCP.A..
GET  /v1/wmnow/rejected                              force:wmnow:import    ...P..D.
GET  /v1/wmnow/mappings                              force:wmnow:import    ...P..D.
GET  /v1/wmnow/mappings/{name}                       force:wmnow:import    ...P..D.
PUT  /v1/wmnow/mappings/{name}                       force:wmnow:manage    ......D.
GET  /v1/wmnow/export                                scope:wmnow:export    .SCP....
POST /v1/imports/abstractions                        force:abstractions:import ...P..D.
POST /v1/imports/abstraction-objectives              force:abstractions:import ...P..D.
GET  /v1/compliance/windows                          scope:compliance:read  .SCP.A..
GET  /v1/compliance/hotspots                         scope:compliance:read  .SCP.A..
GET  /v1/compliance/areas                            scope:compliance:read  .SCP.A..
GET  /v1/compliance/teams                            scope:compliance:read  .SCP.A..
GET  /v1/public-summary/{area_id}                    scope:summary:read     .SCP.A..
GET  /v1/publication-packs                           scope:packs:read       .SCP.A..
PUT  /v1/publication-packs/{pack_id}                 scope:packs:prepare    .SCP....
GET  /v1/publication-packs/{pack_id}                 scope:packs:read       .SCP.A..
PUT  /v1/publication-packs/{pack_id}/decisions/{decision_id} scope:packs:decide .SC.....
GET  /v1/weeks                                       scope:compliance:read  .SCP.A..
GET  /v1/weeks/{team_id}/{week}                      scope:compliance:read  .SCP.A..
PUT  /v1/dip-samples/{sample_id}                     scope:dip-samples:draw .SC.....
GET  /v1/dip-samples                                 scope:dip-samples:read .SC..A..
GET  /v1/dip-samples/{sample_id}                     scope:dip-samples:read .SC..A..
GET  /v1/dip-samples/{sample_id}/population          scope:dip-samples:read .SC..A..
PUT  /v1/dip-samples/{sample_id}/checks/{check_id}   scope:dip-samples:draw .SC.....
PUT  /v1/dip-samples/{sample_id}/sign-off            scope:dip-samples:draw .SC.....
GET  /v1/me/dip-checks                               scope:patrols:read     OSC.....
GET  /v1/alerts                                      scope:alerts:read      OSCP..D.
GET  /v1/wmnow/suggestions                           scope:wmnow:decide     .SC.....
PUT  /v1/wmnow/records/{record_id}/links/{link_id}   scope:wmnow:decide     .SC.....
POST /v1/wmnow/links                                 scope:wmnow:decide     .SC.....
GET  /v1/wmnow/feeds                                 force:wmnow:manage     ......D.
GET  /v1/wmnow/runs                                  force:wmnow:manage     ......D.
POST /v1/wmnow/feeds/{feed_id}/go-on                 force:wmnow:manage     ......D.
GET  /v1/wmnow/messages                              force:wmnow:manage     ......D.
POST /v1/wmnow/messages/{inbox_id}/read-again        force:wmnow:manage     ......D.
GET  /v1/alerts/digest                               scope:alerts:read      OSCP..D.
PUT  /v1/alerts/{alert_id}/acknowledgements/{acknowledgement_id} scope:alerts:acknowledge .SC...D.
GET  /v1/alert-rules                                 force:areas:read       OSCPIADG
GET  /v1/destinations                                force:telling:read     ......D.
PUT  /v1/destinations/{destination_id}               force:telling:manage   ......D.
PUT  /v1/destinations/{destination_id}/secrets/{secret_id} force:telling:manage ......D.
PUT  /v1/destinations/{destination_id}/void          force:telling:manage   ......D.
PUT  /v1/destinations/{destination_id}/tests/{message_id} force:telling:manage ......D.
GET  /v1/subscriptions                               force:telling:read     ......D.
PUT  /v1/subscriptions/{subscription_id}             force:telling:manage   ......D.
PUT  /v1/subscriptions/{subscription_id}/void        force:telling:manage   ......D.
GET  /v1/outbox                                      force:outbox:read      ......DG
PUT  /v1/outbox/{message_id}/replay                  force:outbox:replay    ......DG
POST /v1/outbox/replays                              force:outbox:replay    ......DG
GET  /v1/schemes                                     scope:hours:read       .SCP.A..
GET  /v1/schemes/{scheme_id}                         scope:hours:read       .SCP.A..
GET  /v1/schemes/{scheme_id}/hours                   scope:hours:read       .SCP.A..
GET  /v1/schemes/{scheme_id}/missing                 scope:hours:read       .SCP.A..
GET  /v1/schemes/{scheme_id}/return                  scope:hours:read       .SCP.A..
GET  /v1/schemes/{scheme_id}/closings                scope:hours:read       .SCP.A..
GET  /v1/schemes/{scheme_id}/closings/{closing_id}   scope:hours:read       .SCP.A..
PUT  /v1/schemes/{scheme_id}/closings/{closing_id}   force:returns:close    ...P....
GET  /v1/hours                                       scope:hours:read       .SCP.A..
GET  /v1/compliance/groups                           scope:compliance:read  .SCP.A..
GET  /v1/compliance/dose                             scope:compliance:read  .SCP.A..
GET  /v1/compliance/officers                         scope:officers:compliance .SC.....
GET  /v1/compliance/officers/me                      scope:patrols:read     OSC.....
GET  /v1/audit/events                                force:audit:read       .....A..
POST /v1/audit/exports                               force:audit:disclose   .....A..
GET  /v1/reference                                   signed-in              OSCPIADG
GET  /v1/reference/{name}                            signed-in              OSCPIADG
GET  /v1/imports                                     force:places:import    ...P..D.
POST /v1/imports/areas                               force:places:import    ...P..D.
POST /v1/imports/police-uk                           force:places:import    ...P..D.
POST /v1/imports/priorities                          force:places:import    ...P..D.
POST /v1/imports/teams                               force:places:import    ...P..D.
POST /v1/imports/hotspots                            force:places:import    ...P..D.
POST /v1/imports/officers                            force:people:import    ......D.
POST /v1/imports/tasking-windows                     force:windows:import   ...P..D.
POST /v1/imports/offences                            force:offences:import  ...PI...
POST /v1/imports/hours                               force:hours:import     ...P....
POST /v1/imports/schemes                             force:hours:import     ...P....
POST /v1/imports/reference                           force:reference:import ......D.
POST /v1/imports/policies                            force:reference:import ......D.
POST /v1/imports/retention                           force:reference:import ......D.
POST /v1/imports/alert-rules                         force:reference:import ......D.
GET  /v1/policies                                    force:areas:read       OSCPIADG
GET  /v1/areas                                       force:areas:read       OSCPIADG
GET  /v1/areas/{area_id}                             force:areas:read       OSCPIADG
GET  /v1/teams                                       force:areas:read       OSCPIADG
GET  /v1/hotspots                                    force:hotspots:read    OSCPIADG
GET  /v1/hotspots/{hotspot_id}                       force:hotspots:read    OSCPIADG
GET  /v1/hotspots/{hotspot_id}/boundaries            force:hotspots:read    OSCPIADG
GET  /v1/devices                                     scope:devices:read     OS....D.
PUT  /v1/devices/{device_id}/revoke                  force:devices:revoke   ......D.
GET  /v1/officers                                    scope:officers:read    .SC...D.
GET  /v1/officers/{officer_id}                       scope:officers:read    .SC...D.
"""


@dataclass(frozen=True)
class Row:
    method: str
    path: str
    permission: str
    roles: frozenset[Role]


def rows() -> list[Row]:
    found = []
    for line in TABLE.split("\n"):
        if line:
            method, path, permission, letters = line.split()
            roles = frozenset(LETTERS[letter] for letter in letters if letter != ".")
            found.append(Row(method, path, permission, roles))
    return found


def call(api: Api, row: Row, caller: str | None) -> httpx.Response:
    path = row.path.replace("{name}", "patrol_statuses").replace("{week}", "2026-W10")
    path = row.path.replace("{name}", "patrol_statuses").replace("{day}", "2026-03-02")
    path = re.sub(r"\{(\w+)\}", lambda found: str(named(f"{caller} {found[1]} {row.path}")), path)
    headers = api.as_officer(caller) if caller else {}
    if row.path.startswith("/v1/imports/"):
        headers["Content-Type"] = "text/csv"
        return api.client.request(
            row.method, path, params={"dry_run": "true"}, content=b"code\n1\n", headers=headers
        )
    if row.method != "GET":
        return api.client.request(row.method, path, json=BODIES[row.path], headers=headers)
    span = SPAN if row.path.startswith("/v1/compliance") else {}
    return api.client.get(path, params={**span, **QUERIES.get(row.path, {})} or None, headers=headers)


def test_every_operation_has_its_row() -> None:
    published = {
        (method, path): operation.get("x-permission")
        for method, path, operation in operations()
        if path not in OPEN
    }
    decided = {(row.method, row.path): row.permission for row in rows()}
    assert published == decided, (
        "every operation has one line in TABLE above, with the permission it publishes"
    )


def test_a_change_needs_a_permission_to_change() -> None:
    for method, path, operation in operations():
        if method != "GET" and path not in OPEN:
            assert not operation["x-permission"].endswith((":read", "signed-in")), f"{method} {path}"


def test_strangers_are_refused_before_anything_else(api: Api) -> None:
    for row in rows():
        answer = call(api, row, None)
        assert answer.status_code == 401, f"{row.method} {row.path}: {answer.status_code}"
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="beatcheck"'
        # Nor is anything told of what they send: not of the body, not of the path, not of the query.
        rubbish = re.sub(r"\{\w+\}", "no-id", row.path) + "?bogus=1"
        answer = api.client.request(row.method, rubbish, content=b"{", headers={"Content-Encoding": "br"})
        assert answer.status_code == 401, f"{row.method} {row.path}: {answer.status_code}"
    assert api.client.get("/v1/time").status_code == 200
    assert api.client.get("/livez").status_code == 200
    assert api.client.get("/readyz").status_code == 200
    assert api.client.get("/problems/conflict").status_code == 200


@pytest.fixture
def patrol(api: Api) -> str:
    """A judged patrol of 4101 of North with 4102 as crew."""
    join(api.url, "6104", (Role.OFFICER,), "NORTH-1")
    join(api.url, "6113", (Role.SUPERVISOR,), "NORTH-1")
    join(api.url, "6122", (Role.COMMANDER,), "SOUTH-1")
    join(api.url, "6199", (Role.COMMANDER, Role.SUPERVISOR, Role.OFFICER), None)
    join(api.url, "7121", (Role.COMMANDER,), "OTHER-1", "OTHER")
    join(api.url, "7199", (Role.COMMANDER, Role.SUPERVISOR), "NORTH-1", "OTHER")
    body = check_in(crew=[{"collar_number": "4102"}])
    assert api.put("4101", patrol_path(), body).status_code == 201
    api.clock.forward(minutes=60)
    assert api.put("4101", batch_path("b"), batch(0, 0, 20)).status_code == 201
    ended = {"checked_out_at": rfc3339(START + timedelta(minutes=25))}
    assert api.put("4101", f"{patrol_path()}/check-out", ended).status_code == 201
    return patrol_path()


SEES = {"4101": "own", "4102": "crew", "4111": "own team's sergeant", "6113": "own team", "4121": "commander"}
SEES_NOT = {
    "4103": "officer of another team", "6104": "same team, not crew", "4112": "other team's sergeant",
    "6122": "commander of another LPA", "6199": "in no team", "7101": "another force", "7121": "its commander",
    "7199": "another force, put into our team by mistake",
}  # fmt: skip


def test_a_patrol_is_seen_by_those_whose_it_is(api: Api, patrol: str) -> None:
    identifier = patrol.rsplit("/", 1)[1]
    for collar, who in {**SEES, **SEES_NOT}.items():
        expected = 200 if collar in SEES else 404
        for place in ("", "/assessment", "/assessments", "/track"):
            answer = api.get(collar, patrol + place)
            assert answer.status_code == expected, f"{who} at {place or 'detail'}: {answer.status_code}"
        listed = [row["id"] for row in api.get(collar, "/v1/patrols").json()["patrols"]]
        assert listed == ([identifier] if collar in SEES else []), who
        officer = api.get(collar, "/v1/patrols", officer_id=str(named("4101"))).json()["patrols"]
        assert len(officer) == (1 if collar in SEES else 0), who


def test_unseen_and_unknown_are_one_answer(api: Api, patrol: str) -> None:
    for place in ("", "/assessment", "/assessments", "/track"):
        unseen = api.get("4112", patrol + place)
        unknown = api.get("4112", f"/v1/patrols/{named('no such patrol')}{place}")
        assert _shown(unseen) == _shown(unknown)


def _shown(answer: httpx.Response) -> tuple[int, dict[str, object], dict[str, str]]:
    body = {name: value for name, value in answer.json().items() if name != "instance"}
    headers = {name: value for name, value in answer.headers.items() if name != "request-id"}
    return answer.status_code, body, headers


# People of South with two roles, and what of North they may see: what one of their roles alone would show them.
TWO_ROLES = {
    "6301": ("OP", {"window", "windows", "compliance"}),
    "6302": ("SD", {"officer", "officers", "devices"}),
    "6303": ("SP", {"window", "windows", "compliance"}),
    "6304": ("OA", {"window", "windows", "compliance"}),
    "6305": ("OD", {"officer", "officers", "devices"}),
    "6306": ("SA", {"window", "windows", "compliance"}),
}


@pytest.mark.parametrize("collar", TWO_ROLES)
def test_a_second_role_shows_nothing_the_role_that_permits_does_not(
    api: Api, patrol: str, collar: str
) -> None:
    letters, sees = TWO_ROLES[collar]
    join(api.url, collar, tuple(LETTERS[letter] for letter in letters), "SOUTH-1")
    identifier, officer, window = patrol.rsplit("/", 1)[1], str(named("4101")), str(named("WINDOW-1"))
    places = {
        "patrol": (patrol, identifier),
        "assessment": (f"{patrol}/assessment", identifier),
        "assessments": (f"{patrol}/assessments", identifier),
        "track": (f"{patrol}/track", identifier),
        "patrols": ("/v1/patrols", identifier),
        "officer": (f"/v1/officers/{officer}", officer),
        "officers": ("/v1/officers", officer),
        "devices": ("/v1/devices", officer),
        "window": (f"/v1/tasking-windows/{window}", window),
        "windows": ("/v1/tasking-windows", window),
        "compliance": ("/v1/compliance/windows", window),
    }
    found = set()
    for place, (path, told) in places.items():
        answer = api.get(collar, path, **(SPAN if place == "compliance" else {}))
        assert answer.status_code in (200, 403, 404), f"{place}: {answer.text}"
        if answer.status_code == 200 and told in answer.text:
            found.add(place)
    assert found == sees


def test_a_second_role_takes_nothing_of_ones_own_away(api: Api, patrol: str) -> None:
    join(api.url, "6301", (Role.OFFICER, Role.PLANNER), "SOUTH-1")
    assert api.put("6301", patrol_path("own"), check_in(None)).status_code == 201
    assert [row["id"] for row in api.get("6301", "/v1/patrols").json()["patrols"]] == [str(named("own"))]
    # Planning it is another matter: that is of the whole force.
    assert api.get("6301", f"/v1/tasking-windows/{named('WINDOW-1')}").status_code == 200
