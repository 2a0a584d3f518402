"""What may be where: the lists the house rules are checked against.

A slice's files always have the same names, so that a reader who knows one slice knows them all. Anything else in a
slice is a pure module, listed as such in pyproject.toml ("Pure modules decide"), or one of the adapters named here.
"""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

STANDARD_FILES = {"__init__", "routes", "schemas", "service", "queries", "models", "problems"}

# The ground the slices stand on; their files are named for what they do.
FOUNDATIONS = {"database", "rest", "geo"}
# The commands of `beatcheck`, a file for each family; they call use cases and print.
COMMANDS = "console"

# What a routes module may import from the rest of the house, besides its own slice.
ROUTES_MAY_IMPORT = {
    "app.identity.dependencies", "app.identity.permissions", "app.facts.schemas", "app.facts.service.Recorded",
    "app.database.session", "app.rest", "app.clock", "app.geo", "app.problems", "app.settings",
}  # fmt: skip

# Where a statement may be run. Everything else asks one of these.
SQL_FILES = {"queries", "service"}
SQL_FOUNDATIONS = {"database"}

# `except Exception` is allowed only where an error must not escape, with the reason.
OUTERMOST_HANDLERS = {
    "app.housekeeping": "one patrol, one force or one job that fails must not keep all others waiting for ever",
    "app.outbox.dispatching": "one message that nobody foresaw must not keep all others waiting",
    "app.main": "what is done now and then goes on after a fault nobody expected, and says so in /readyz",
    "app.patrols.reassess_runs": "one patrol that cannot be judged must not stop a run: it is named in the report",
    "app.patrols.reassessing": "one patrol that cannot be judged must not keep all others waiting",
    "app.patrols.catching_up": "one patrol that cannot be judged must not harm the other facts of a request",
    "app.imports.pieces": "one file that cannot be stored must not keep those of other forces waiting for ever",
    "app.imports.watching": "an answer that has begun tells of whatever ended the import",
    "app.wmnow.feed": "whatever ends a run, the feed is let go and somebody is told",
    "app.imports.sheets": "the reader of workbooks panics over some values, and its panic has no name to be caught by",
    "app.wmnow.inbox": "one message that cannot be stored must not keep the others waiting",
    "app.sync.jobs": "one patrol that cannot be judged must not keep the facts of others waiting",
    "app.sync.service": "one item that goes wrong here is deferred alone, and logged",
    "app.rest.middleware": "answers what slipped through every other handler, without quoting it",
}

# SQL text put together from pieces, with the reason that makes it safe.
BUILT_SQL = {
    "app.database.together": "names of tables and columns of our models; the rows are parameters",
    "app.database.engine": "SHOW takes no parameters; the names are constants beside it",
    "app.database.statistics": "a table is no parameter; the names are constants beside it",
    "tests.compliance.test_query_plans": "SET and DROP INDEX take no parameters; the names are ours",
}

# A table with one of these columns holds rows about people: looked up in queries.py alone, for a caller by the gate.
PERSON_COLUMNS = {"officer_id", "captured_by", "uploaded_by", "actor_id", "patrol_id", "collar_number"}
# The plan says where police will be, so it is read like rows about people.
TASKING_TABLES = {"TaskingWindow", "Schedule", "ScheduleAllocation", "ScheduleSeed"}
THE_GATE = "visible"
# Use cases and queries of rows about people or the plan that do not pass the gate, each with what stands in its place.
WITHOUT_THE_GATE: dict[str, str] = {
    "app.abstractions.service.record_abstraction": "whoever reports one says of whom; it shows nothing of others",
    "app.abstractions.service.void_abstraction": "what the caller has reported alone: `saying.own`",
    "app.abstractions.service.confirm_abstraction": "`queries.to_decide` has passed the gate; the rest is of that row",
    "app.abstractions.service.dispute_abstraction": "whom it is about, or `queries.to_decide`, which passes the gate",
    "app.abstractions.answers.recorded": "told to whoever has just said so",
    "app.engagements.service.record_engagement": "the caller's own fact; what it names is noted, not shown",
    "app.engagements.answers.recorded": "told to the phone of what its officer has just said",
    "app.activities.service.record_activity": "the caller's own fact; one that stands: `recording.own_activity`",
    "app.activities.service.void_activity": "the caller's own activity alone: `recording.own_activity`",
    "app.activities.service.follow_up": "a referral the caller may see or was on: `queries.activity_locked`",
    "app.activities.queries._on_its_patrol": "further ways in, for the gate: it shows nothing by itself",
    "app.activities.answers.recorded": "told to the phone of the activity it has just recorded",
    "app.activities.answers.just_recorded": "told to the phone of the activity it has just recorded",
    "app.patrols.linking.link_patrol": "`hold_patrols` shows nothing: it only has others wait; the gate follows",
    "app.retention.service.place_hold": "holds are placed on anything of the force; its answer shows the hold alone",
    "app.me.service.who_am_i": "the caller's own record",
    "app.me.service.read_tasking": "the caller's own tasking, by the memberships of the day (`areas.scope.my_teams`)",
    "app.patrols.service.check_in": "the caller's own fact; what it names is noted, not shown",
    "app.patrols.service.upload_fixes": "the caller's own patrol alone: `recording.own_patrol`",
    "app.patrols.service.check_out": "the caller's own patrol alone: `recording.own_patrol`",
    "app.patrols.service.void": "the caller's own patrol alone: `recording.own_patrol`",
    "app.patrols.explaining.explain": "a patrol the caller was on: `_own_or_shared`",
    "app.patrols.explaining.explained": "told to the phone of what its officer has just said",
    "app.patrols.answers.recorded": "told to the phone of the patrol it has just recorded",
    "app.patrols.answers.advice": "told to the phone of the patrol it has just sent something of",
    "app.patrols.answers.ended": "told to the phone of the patrol it has just ended",
    "app.patrols.answers.uploaded": "told to the phone of the patrol it has just uploaded to",
    "app.patrols.review_answers.decided": "told to whoever has just decided",
    "app.schedule.answering.recorded": "told to the phone of the answer its officer has just given",
    "app.schedule.answering.answer_window": "the caller's own answer: windows given to them or their team, `_mine`",
    "app.schedule.service.save_window": "planners plan for their whole force: `_edit` and `_recognise` compare it",
    "app.schedule.service.publish_window": "planners plan for their whole force: `_locked` compares it",
    "app.schedule.service.cancel_window": "planners plan for their whole force: `_locked` compares it",
    "app.schedule.drawing.draw_schedule": "planners plan for their whole force: `collect` and `_recognise` compare it",
    "app.schedule.publishing.reveal_schedule": "`_locked` has passed the gate; what follows is of that schedule",
    "app.schedule.publishing.publish_schedule": "`_locked` has passed the gate; what follows is of that schedule",
    "app.sync.service.receive": "each item through its own use case, which names its permission",
    "app.sync.changes.changes_since": "the caller's own feed",
    "app.sync.quarantine.correct": "`quarantined_locked` has passed the gate; what follows is of that fact",
    "app.sync.quarantine.release": "`quarantined_locked` has passed the gate; what follows is of that fact",
    "app.engagements.service.void_engagement": "the caller's own alone: `_own`; who hears of it is shown to nobody",
    "app.telling.answers.list_messages": "messages of the caller's force, which say nothing of anybody",
    "app.telling.service.replay_message": "a message of the caller's force, which says nothing of anybody",
    "app.telling.service.try_destination": "`_standing` has passed the gate; the message is of the caller's force",
    "app.telling.service.save_destination": "the caller's own word, recognised by its content",
    "app.schedule.service.move_window": "planners plan for their whole force: `_locked` compares it",
}
# Ids that the caller makes: what they name is the caller's own, recognised by its content (`facts.service.record`).
MADE_BY_THE_CALLER = {
    "batch_id", "closing_id", "explanation_id", "follow_up_id", "hold_id", "link_id", "review_id", "destination_id",
    "secret_id", "subscription_id",
}  # fmt: skip
# SQL as text, with the reason why nobody's rows can be read by it.
SQL_AS_TEXT: dict[str, str] = {}
# Types of a use case's parameters that cannot name a row.
NAMES_NO_ROW = {"datetime", "date", "int", "bool", "None", "float"}

# Slices below the gate, which say who the caller is and where people belong; the gate itself reads them.
BELOW_THE_GATE = {"identity", "areas", "facts", "imports", "reference", "audit", "outbox"}

MOST_LINES_IN_A_MODULE = 400
MOST_LINES_IN_A_FUNCTION = 60
LONG_FUNCTION = 40


def pure_modules() -> set[str]:
    """The modules and packages that pyproject.toml declares pure."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    return {
        module
        for contract in contracts
        if contract["name"].startswith("Pure modules")
        for module in contract["source_modules"]
    }
