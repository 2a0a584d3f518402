"""Which rows each operation shows whom: the declared rules, and what follows from them for one caller and one row.

Nothing here asks the code under test. What may be called at all is the other table, in `tests/test_permissions.py`.

To add an operation: a line in `SCOPES` with the rule of the row it names or lists. Operations whose permission begins
with `force:` are of the whole force, `signed-in` ones of everybody; they need no line.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.identity.permissions import Role
from tests.test_permissions import Row, rows

# Rule, the row (as its path parameter is called), and the ways in that the row has:
#   own    whose row it is               team   supervisors of that team today
#   crew   who was crew on the patrol    area   commanders of that area or one above it today
#   mine   whoever is in that team       place  supervisors, too, of any team of that area or one above it today
#   all    everybody in the force        force  planners, auditors and administrators of the force
RULES = """
PATROL   patrol_id       own crew team area force
PLAN     window_id       team area force
TASKING  window_id       mine
PERSON   officer_id      own team area force
MYSELF   officer_id      own
DEVICE   device_id       own force
ASIDE    quarantined_id  own team force
LETGO    quarantined_id  team force
FACT     patrol_id       own
ACTIVITY activity_id     own crew team area
HEARD    activity_id     own crew team area
MINE     activity_id     own
SHARED   patrol_id       own crew
DECIDE   patrol_id       team area force
HOTSPOT  hotspot_id      place area force
AREA     area_id         place area force
PACK     pack_id         place area force
TEAM     team_id         team area force
SAMPLE   sample_id       team area force
ALERT    alert_id        own team area
DIGEST   alert_id        team
DEALS    alert_id        team area
SCHEME   scheme_id       all
SCHEDULE schedule_id     force
ENGAGED  engagement_id   own team area
MADE     engagement_id   own
MANAGED  engagement_id   team area force
SENT     abstraction_id  own team area
REPORTED abstraction_id  own
ANSWERED abstraction_id  team area
TRACKED  record_id       own team area
MATCHED  record_id       team area
FORCE    -               all
NEW      -
"""

# Operation and rule. NEW names no row that is there already.
SCOPES = """
PUT  /v1/patrols/{patrol_id}                         NEW
PUT  /v1/patrols/{patrol_id}/fix-batches/{batch_id}  FACT
PUT  /v1/patrols/{patrol_id}/check-out               FACT
PUT  /v1/patrols/{patrol_id}/void                    FACT
PUT  /v1/patrols/{patrol_id}/explanations/{explanation_id} SHARED
GET  /v1/patrols/{patrol_id}/explanations            PATROL
GET  /v1/patrols                                     PATROL
GET  /v1/patrols/{patrol_id}                         PATROL
GET  /v1/patrols/{patrol_id}/assessments             PATROL
GET  /v1/patrols/{patrol_id}/assessment              PATROL
GET  /v1/patrols/{patrol_id}/track                   PATROL
GET  /v1/patrols/{patrol_id}/reviews                 PATROL
PUT  /v1/patrols/{patrol_id}/reviews/{review_id}     DECIDE
PUT  /v1/patrols/{patrol_id}/links/{link_id}         DECIDE
GET  /v1/tasking-windows/{window_id}/reviews         PLAN
PUT  /v1/tasking-windows/{window_id}/reviews/{review_id} PLAN
GET  /v1/reviews/due                                 PLAN
POST /v1/reviews                                     NEW
GET  /v1/activities                                  ACTIVITY
PUT  /v1/activities/{activity_id}                    NEW
GET  /v1/activities/{activity_id}                    ACTIVITY
GET  /v1/activities/{activity_id}/history            ACTIVITY
PUT  /v1/activities/{activity_id}/void               MINE
PUT  /v1/activities/{activity_id}/follow-ups/{follow_up_id} HEARD
GET  /v1/activities/unknown-codes                    FORCE
GET  /v1/activities/report                           TEAM
GET  /v1/searches/monitoring                         TEAM
GET  /v1/quarantine                                  ASIDE
GET  /v1/quarantine/{quarantined_id}                 ASIDE
PUT  /v1/quarantine/{quarantined_id}/correction      ASIDE
PUT  /v1/quarantine/{quarantined_id}/release         LETGO
POST /v1/sync                                        NEW
GET  /v1/sync                                        NEW
GET  /v1/me/tasking                                  TASKING
GET  /v1/me/forms                                    NEW
GET  /v1/tasking-windows                             PLAN
GET  /v1/schedules                                   SCHEDULE
PUT  /v1/schedules/{schedule_id}                     NEW
GET  /v1/schedules/{schedule_id}                     SCHEDULE
GET  /v1/schedules/{schedule_id}/allocations         SCHEDULE
GET  /v1/schedules/{schedule_id}/diff                SCHEDULE
PUT  /v1/schedules/{schedule_id}/publish             SCHEDULE
PUT  /v1/schedules/{schedule_id}/discard             SCHEDULE
PUT  /v1/schedules/{schedule_id}/reveal              SCHEDULE
GET  /v1/schedules/{schedule_id}/proof               SCHEDULE
GET  /v1/tasking-windows/{window_id}                 PLAN
PUT  /v1/tasking-windows/{window_id}/assignment      PLAN
POST /v1/tasking-windows/assignments                 NEW
PUT  /v1/tasking-windows/{window_id}/answers/{answer_id} TASKING
GET  /v1/tasking-load                                TEAM
GET  /v1/tasking-sheets/{area_id}/{day}              FORCE
GET  /v1/engagements                                 ENGAGED
GET  /v1/engagements/report                          TEAM
GET  /v1/engagements/gaps                            FORCE
GET  /v1/engagements/{engagement_id}                 ENGAGED
GET  /v1/engagements/{engagement_id}/history         ENGAGED
PUT  /v1/engagements/{engagement_id}                 NEW
PUT  /v1/engagements/{engagement_id}/void            MADE
PUT  /v1/engagements/{engagement_id}/actions/{action_id} ENGAGED
PUT  /v1/engagements/{engagement_id}/actions/{action_id}/void ENGAGED
GET  /v1/wmnow/records                               TRACKED
GET  /v1/wmnow/records/{record_id}                   TRACKED
GET  /v1/wmnow/suggestions                           FORCE
PUT  /v1/wmnow/records/{record_id}/links/{link_id}   MATCHED
POST /v1/wmnow/links                                 NEW
GET  /v1/wmnow/unknown-words                         FORCE
GET  /v1/wmnow/reconciliation                        FORCE
GET  /v1/wmnow/under-recording                       TEAM
GET  /v1/wmnow/export                                MANAGED
GET  /v1/abstractions                                SENT
GET  /v1/abstractions/report                         TEAM
GET  /v1/abstractions/{abstraction_id}               SENT
GET  /v1/abstractions/{abstraction_id}/history       SENT
PUT  /v1/abstractions/{abstraction_id}               NEW
PUT  /v1/abstractions/{abstraction_id}/void          REPORTED
PUT  /v1/abstractions/{abstraction_id}/confirmations/{decision_id} ANSWERED
PUT  /v1/abstractions/{abstraction_id}/disputes/{decision_id} SENT
GET  /v1/compliance/windows                          PLAN
GET  /v1/compliance/hotspots                         HOTSPOT
GET  /v1/compliance/areas                            AREA
GET  /v1/compliance/teams                            TEAM
GET  /v1/public-summary/{area_id}                    AREA
GET  /v1/publication-packs                           PACK
PUT  /v1/publication-packs/{pack_id}                 NEW
GET  /v1/publication-packs/{pack_id}                 PACK
PUT  /v1/publication-packs/{pack_id}/decisions/{decision_id} PACK
GET  /v1/weeks                                       TEAM
GET  /v1/weeks/{team_id}/{week}                      TEAM
PUT  /v1/dip-samples/{sample_id}                     NEW
GET  /v1/dip-samples                                 SAMPLE
GET  /v1/dip-samples/{sample_id}                     SAMPLE
GET  /v1/dip-samples/{sample_id}/population          SAMPLE
PUT  /v1/dip-samples/{sample_id}/checks/{check_id}   SAMPLE
PUT  /v1/dip-samples/{sample_id}/sign-off            SAMPLE
GET  /v1/me/dip-checks                               SHARED
GET  /v1/alerts                                      ALERT
GET  /v1/alerts/digest                               DIGEST
PUT  /v1/alerts/{alert_id}/acknowledgements/{acknowledgement_id} DEALS
GET  /v1/schemes                                     SCHEME
GET  /v1/schemes/{scheme_id}                         SCHEME
GET  /v1/schemes/{scheme_id}/hours                   SCHEME
GET  /v1/schemes/{scheme_id}/missing                 SCHEME
GET  /v1/schemes/{scheme_id}/return                  SCHEME
GET  /v1/schemes/{scheme_id}/closings                SCHEME
GET  /v1/schemes/{scheme_id}/closings/{closing_id}   SCHEME
PUT  /v1/schemes/{scheme_id}/closings/{closing_id}   SCHEME
GET  /v1/hours                                       FORCE
GET  /v1/compliance/groups                           TEAM
GET  /v1/compliance/dose                             HOTSPOT
GET  /v1/compliance/officers                         PERSON
GET  /v1/compliance/officers/me                      MYSELF
GET  /v1/devices                                     DEVICE
GET  /v1/officers                                    PERSON
GET  /v1/officers/{officer_id}                       PERSON
"""

# What nobody decides about themselves, even where they may see it.
NOT_ABOUT_ONESELF = {
    ("PUT", "/v1/quarantine/{quarantined_id}/release"),
    ("PUT", "/v1/patrols/{patrol_id}/reviews/{review_id}"),
    ("PUT", "/v1/patrols/{patrol_id}/links/{link_id}"),
    ("PUT", "/v1/abstractions/{abstraction_id}/confirmations/{decision_id}"),
}
# What is said of a row that one is shown: by no program, which sends and is shown nothing.
OF_WHAT_IS_SHOWN = {
    ("PUT", "/v1/engagements/{engagement_id}/actions/{action_id}"),
    ("PUT", "/v1/engagements/{engagement_id}/actions/{action_id}/void"),
}
FORCE_WIDE = frozenset({Role.PLANNER, Role.AUDITOR, Role.ADMIN})


@dataclass(frozen=True)
class Rule:
    name: str
    row: str | None
    ways: frozenset[str]


@dataclass(frozen=True)
class Relation:
    """What a caller is to a row on the day of the call."""

    name: str
    own: bool = False
    crew: bool = False
    team: bool = False
    area: bool = False
    force: bool = True
    signs_in: bool = True
    holds_roles: bool = True


class Outcome(StrEnum):
    """What a call comes to. THROUGH: the gate let it pass, whatever the business then said of it."""

    STRANGER = "401"
    FORBIDDEN = "403"
    UNSEEN = "404, or as if it were not there"
    THROUGH = "through"


@dataclass(frozen=True)
class Expected:
    """The outcome of a call, and whether its answer shows the row (None: it shows no row)."""

    outcome: Outcome
    shown: bool | None = None


def rules() -> dict[str, Rule]:
    found = {}
    for line in RULES.strip().split("\n"):
        name, row, *ways = line.split()
        found[name] = Rule(name, None if row == "-" else row, frozenset(ways))
    return found


def scopes() -> dict[tuple[str, str], Rule]:
    """The rule of each operation of the table of permissions; those that have none are missing."""
    known = rules()
    found = {}
    for row in rows():
        if row.permission == "signed-in":
            found[row.method, row.path] = known["NEW"]
        elif row.permission.startswith("force:"):
            found[row.method, row.path] = known["FORCE"]
    for line in SCOPES.strip().split("\n"):
        method, path, name = line.split()
        found[method, path] = known[name]
    return found


def sees(rule: Rule, roles: frozenset[Role], relation: Relation) -> bool:
    """Whether a row is shown to who holds these roles, which are only those that have the permission."""
    ways = {
        "own": relation.own,
        "crew": relation.crew,
        "mine": relation.team,
        "team": relation.team and Role.SUPERVISOR in roles,
        "area": relation.area and Role.COMMANDER in roles,
        "place": relation.area and Role.SUPERVISOR in roles,
        "force": bool(roles & FORCE_WIDE),
        "all": True,
    }
    return relation.force and any(ways[way] for way in rule.ways)


def expected(row: Row, rule: Rule, roles: frozenset[Role], relation: Relation, named: bool) -> Expected:
    """What an operation answers somebody; `named` when its address names the row, else it lists such rows."""
    # A program whose role is not held is a person's record with a program's token: nobody.
    if not relation.signs_in or (Role.INTEGRATION in roles and not relation.holds_roles):
        return Expected(Outcome.STRANGER)
    granted = roles & row.roles if relation.holds_roles else frozenset()
    if row.permission == "signed-in":
        return Expected(Outcome.THROUGH)
    if not granted:
        return Expected(Outcome.FORBIDDEN)
    if not rule.ways:
        return Expected(Outcome.THROUGH)
    shown_to = granted - {Role.INTEGRATION} if (row.method, row.path) in OF_WHAT_IS_SHOWN else granted
    seen = bool(shown_to) and sees(rule, shown_to, relation)
    if not named:
        return Expected(Outcome.THROUGH, None if rule.row is None else seen)
    if seen and relation.own and (row.method, row.path) in NOT_ABOUT_ONESELF:
        return Expected(Outcome.FORBIDDEN)
    if not seen:
        return Expected(Outcome.UNSEEN)
    # What is shown of a row by its id need not repeat the id: a CSV or a track may not.
    return Expected(Outcome.THROUGH)
