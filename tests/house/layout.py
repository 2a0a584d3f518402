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

# Modules of slices that are neither standard nor pure, because they meet the outside world. Each says what it meets.
ADAPTERS = {
    "app.abstractions.answers": "the reading use cases, apart from the recording ones for size",
    "app.abstractions.import_kinds": "the import mechanism: files of abstractions and of objectives",
    "app.abstractions.import_queries": "the reads of what a file is compared with, apart from queries for size",
    "app.abstractions.recording": "the database: looks up what an abstraction names, and writes it",
    "app.abstractions.report_answers": "the reporting use cases, apart from the recording ones for size",
    "app.abstractions.report_queries": "the reads of sums, apart from queries for size",
    "app.abstractions.report_schemas": "the wire models of reports, apart from schemas for size",
    "app.abstractions.versions": "the database: what an abstraction says, for its history and for corrections",
    "app.activities.answers": "the reading use cases, apart from the recording ones for size",
    "app.activities.answer_schemas": "the wire models of answers, apart from those of requests for size",
    "app.activities.content": "the rows and the wire models of an activity, one turned into the other",
    "app.activities.day_queries": "the reads of what an activity is judged by, apart from queries for size",
    "app.retention.erasable": "the database through slices below: what is due of each, and how it is erased",
    "app.abstractions.erasing": "the database: erases whom abstractions were of, for what retention decides",
    "app.engagements.erasing": "the database: erases what engagements say in words, for what retention decides",
    "app.activities.erasing": "the database: erases what activities say of people, for what retention decides",
    "app.activities.import_kinds": "the import mechanism: a file of activity rules",
    "app.activities.off_patrol": "the database: has arrests propose their reason, through patrols",
    "app.activities.recording": "the database: writes activities, for the service and for what is released",
    "app.activities.reporting": "the reading use cases without rows about people, apart for size",
    "app.alerts.facts": "the database: reads what alerts are worked out from, for the tick",
    "app.alerts.import_kinds": "the import mechanism: a file of alert rules",
    "app.alerts.ticking": "the database: raises and clears alerts, for the tick",
    "app.alerts.erasing": "the database: erases alerts, for what retention decides",
    "app.audit.checkpoints": "files and keys: signs how the chain ends, and reads it again",
    "app.audit.inspection": "the database and the file of checkpoints: verifies the log as it stands",
    "app.audit.keeper": "the file of checkpoints: seals, and takes the end of the chain away",
    "app.audit.sealing": "the database: writes seals, for the keeper",
    "app.patrols.erasing": "the database: erases a patrol's positions, for what retention decides",
    "app.patrols.closing": "the database: ends forgotten patrols, for the service",
    "app.imports.vectors": "GDAL",
    "app.imports.files": "files as bytes: CSV, vector formats",
    "app.areas.import_kinds": "the kinds of file this slice brings in: plans on one side, rows on the other",
    "app.areas.tallies": "the database: keys of sums by place, team, officer and time, for the slices' reports",
    "app.areas.locating": "the database: which area holds a point",
    "app.areas.held": "the database: what imports compare a file with",
    "app.areas.answers": "the reading use cases, apart from the importing ones for size",
    "app.compliance.answers": "the use cases of places, apart from those of windows for size",
    "app.compliance.dose_answers": "the use cases of the dose, apart from those of windows for size",
    "app.compliance.dose_queries": "the reads of the dose, apart from queries for size",
    "app.compliance.dose_schemas": "the wire models of the dose, apart from schemas for size",
    "app.compliance.group_answers": "the use cases of groups, apart from those of windows for size",
    "app.compliance.group_file": "the wire form of groups as a file",
    "app.compliance.group_rows": "the database: which rows a grouping has and what they are called",
    "app.compliance.group_schemas": "the wire models of groups, apart from schemas for size",
    "app.compliance.visit_queries": "the reads of windows' visits, apart from queries for size",
    "app.compliance.block_queries": "the reads of one in three, apart from queries for size",
    "app.compliance.month_sums": "the database: which months are read from their sums, for the queries",
    "app.compliance.keys": "SQLAlchemy: by which key each grouping is read, for the queries",
    "app.compliance.people_queries": "the reads of time by rank and kind, apart from queries for size",
    "app.compliance.time_queries": "the reads of officers' time and visits, apart from queries for size",
    "app.compliance.officer_answers": "the use cases of officers, apart from those of windows for size",
    "app.compliance.officer_queries": "the reads of officers' windows and patrols, apart from queries for size",
    "app.compliance.officer_schemas": "the wire models of officers, apart from schemas for size",
    "app.dip_samples.answers": "the reading use cases, apart from the deciding ones for size",
    "app.dip_samples.sample_answers": "the wire form of one reality check, apart from answers for size",
    "app.weeks.answers": "the database: what single windows of a week are told from, apart from the use cases for size",
    "app.compliance.place_rows": "the database: which places a caller is told of, for the queries",
    "app.engagements.answers": "the reading use cases, apart from the recording ones for size",
    "app.engagements.import_kinds": "the import mechanism: a file of engagements from the force's own system",
    "app.engagements.import_queries": "the reads of what a file is compared with, apart from queries for size",
    "app.engagements.recording": "the database: looks up what an engagement names, and writes it",
    "app.engagements.report_answers": "the reporting use cases, apart from the recording ones for size",
    "app.engagements.report_queries": "the reads of sums, apart from queries for size",
    "app.engagements.report_schemas": "the wire models of reports, apart from schemas for size",
    "app.engagements.versions": "the database: what an engagement says, for its history and for corrections",
    "app.identity.officer_views": "the database: whether a force shows single officers",
    "app.patrols.logged": "the database: where what officers log belongs, for the slices above",
    "app.facts.amending": "the database: corrects facts and takes them back, for the slices' services",
    "app.facts.content": "the wire models whose content it hashes",
    "app.identity.tokens": "the identity provider's signatures",
    "app.identity.issuer_keys": "the identity provider's keys, fetched over HTTP",
    "app.identity.dependencies": "FastAPI: who is calling",
    "app.reference.import_kinds": "the import mechanism: a file of codes and their words",
    "app.retention.import_kinds": "the import mechanism: a file of retention rules",
    "app.retention.backups": "files and the database's own ways of copying",
    "app.retention.row_queries": "the reads of what goes row by row, apart from queries for size",
    "app.retention.row_purging": "the database: erases row by row what is no patrol's, apart from purging for size",
    "app.retention.purging": "the database: erases in chunks, each in a transaction of its own",
    "app.schedule.import_kinds": "the import mechanism: files of tasking windows and of offences",
    "app.schedule.offence_queries": "the reads of offences, apart from queries for size",
    "app.schedule.collecting": "the database: collects what a schedule is drawn from",
    "app.schedule.drawing": "the use case of drawing, apart from those of windows for size",
    "app.schedule.publishing": "the use cases of a schedule's life, apart from those of windows for size",
    "app.schedule.schedule_answers": "the reading use cases of schedules, apart for size",
    "app.schedule.schedule_queries": "the reads of schedules, apart from those of windows for size",
    "app.schedule.standing_queries": "the reads of what takes teams' time already, apart for size",
    "app.schedule.schedule_routes": "HTTP: drawn schedules, apart from single windows for size",
    "app.schedule.schedule_schemas": "the wire models of schedules, apart for size",
    "app.schedule.offence_routes": "HTTP: profiles, apart from windows for size",
    "app.schedule.offence_schemas": "the wire models of profiles, apart for size",
    "app.schedule.offences": "the use cases of offences, apart from those of windows for size",
    "app.schedule.answering": "the use case of answering a window, apart from the planners' for size",
    "app.schedule.answers": "the reading use cases, apart from the planners' for size",
    "app.schedule.assigning": "the use cases of giving windows out, apart from the planners' for size",
    "app.schedule.briefing": "the use cases that hand the plan to whoever briefs crews, apart for size",
    "app.schedule.briefing_queries": "the reads of what crews are briefed with, apart from queries for size",
    "app.schedule.briefing_schemas": "the wire models of the tasking sheet, apart for size",
    "app.schedule.crew_queries": "the reads of who keeps which window, apart from queries for size",
    "app.schedule.crew_routes": "HTTP: supervisors' and crews' calls, apart from the planners' for size",
    "app.schedule.crew_schemas": "the wire models of who keeps which window, apart for size",
    "app.schedule.load_answers": "the reading use cases of load, apart for size",
    "app.schedule.load_queries": "the reads that load is counted from, apart from queries for size",
    "app.schedule.load_schemas": "the wire models of load, apart for size",
    "app.schedule.sheet_page": "the wire model of the tasking sheet, put into words for its page",
    "app.returns.erasing": "the database: drops the officers of recorded hours, for what retention decides",
    "app.returns.answers": "the reading use case of a scheme's hours, apart from the writing ones for size",
    "app.returns.scheme_answers": "the reading use cases of schemes as such, apart for size",
    "app.returns.hours_counting": "the database: own and recorded hours together, for what is read and sent",
    "app.returns.hours_rows": "wire models: the parts of an answer about hours",
    "app.returns.own_hours": "the reads of our own hours, apart from queries for size",
    "app.returns.returning": "the reading use cases of what is sent, apart for size",
    "app.returns.ledger": "the reading use case of the ledger, apart for size",
    "app.returns.freezing": "the database: what a closing is made of, and what has changed since",
    "app.returns.ledger_queries": "the sums of hours, apart from queries for size",
    "app.returns.overlap_queries": "the reads of what is counted twice, apart from queries for size",
    "app.returns.missing_queries": "the reads of what may still change, apart from queries for size",
    "app.returns.import_kinds": "the import mechanism: files of hours and of schemes",
    "app.tracks.import_kinds": "the import mechanism: a file of thresholds",
    "app.areas.scope": "the visibility gate: which rows a caller may see",
    "app.patrols.explaining": "the use cases of explanations and disputes, apart from the recording ones for size",
    "app.patrols.asking": "the database: whether a patrol still asks somebody to look",
    "app.patrols.holding": "the database: until when a result is told to those on the patrol only",
    "app.patrols.voiding": "the database: takes a patrol out of what counts, for the service",
    "app.patrols.wording": "the database: reads the words in which results are told",
    "app.patrols.due": "the database: finds the patrols that are to be judged again, and marks them",
    "app.patrols.reassessing": "the database: has patrols judged again, for jobs and runs",
    "app.patrols.reassess_runs": "the database: runs of judging again, how far they came and what they changed",
    "app.patrols.judging": "the database: writes what follows from a patrol's facts, for its service",
    "app.patrols.cross_checking": "the database: writes what several patrols say about each other",
    "app.patrols.cross_reading": "the database: reads the tracks that are compared, and the flags found",
    "app.patrols.crediting": "the database: writes officers' hours, for judging",
    "app.patrols.recording": "the database: writes a patrol's facts, for its service and for what is released",
    "app.patrols.quarantine": "the database: keeps a patrol's facts aside, and records them when released",
    "app.patrols.catching_up": "the database: has patrols judged once for many facts, for the service",
    "app.facts.feed": "the database: tells officers that something changed, for every slice",
    "app.schedule.crew_telling": "the database: tells crews that their tasking changed, for the planners' use cases",
    "app.sync.releasing": "the database: records what was kept aside, by the slices that own it",
    "app.sync.kinds": "the use cases of the slices below, by the kind of fact they record",
    "app.sync.reading": "the wire models of single items, read one by one",
    "app.sync.aside": "the database: keeps items aside, for the service",
    "app.sync.orphans": "the database: records what waited for its patrol, for service and jobs",
    "app.sync.quarantine": "the use cases of what is kept aside, apart from the recording one for size",
    "app.sync.quarantine_schemas": "the wire models of what is kept aside, apart for size",
    "app.sync.changes": "the use case of the feed, apart from the recording one for size",
    "app.sync.jobs": "the database: what is due now and then, for the tick",
    "app.patrols.window_results": "the database: writes whether windows were kept, for judging and reviewing",
    "app.patrols.month_hours": "the database: adds officers' hours up by month, for crediting and the tick",
    "app.patrols.month_shares": "the database: what a month's time shares, for month_hours",
    "app.patrols.month_models": "the tables of hours by month, apart from models for size",
    "app.patrols.visit_models": "the table of visits, apart from models for size",
    "app.patrols.visiting": "the database: writes the visits of a patrol, for judging",
    "app.patrols.proposal_models": "the table of proposed reasons, apart from models for size",
    "app.patrols.proposing": "the database: writes which reasons records propose, for the slices that own them",
    "app.patrols.reason_answers": "the wire form of reasons on record, apart from answers for size",
    "app.patrols.reason_queries": "the reads of reasons on record, apart from queries for size",
    "app.patrols.suggesting": "the database: writes which windows a patrol would keep, for judging",
    "app.patrols.linking": "the use case of linking a patrol to a window",
    "app.patrols.reviews": "the deciding use cases, apart from the recording ones for size",
    "app.patrols.review_models": "the tables of decisions, apart from models for size",
    "app.patrols.reassess_models": "the tables of judging again, apart from models for size",
    "app.patrols.track_answers": "the reading use cases of tracks, apart from answers for size",
    "app.patrols.decided": "the database: what was decided on patrols, for their answers",
    "app.patrols.review_due": "the reads of what waits for a decision",
    "app.patrols.review_conditions": "the database: under which conditions something waits for a decision",
    "app.patrols.review_waiting": "the reads of what waits in a whole force, for alerts",
    "app.patrols.due_answers": "the reading use case of what waits for a decision",
    "app.patrols.window_queries": "the reads of which patrols count for which windows, apart from queries for size",
    "app.patrols.whereabouts": "the database: where patrols were when something happened on them",
    "app.patrols.result_schemas": "the wire models of judgements, apart from schemas for size",
    "app.patrols.result_answers": "the wire form of results, apart from answers for size",
    "app.patrols.review_answers": "the reading use cases of reviews, apart for size",
    "app.patrols.review_queries": "the reads of reviews, apart from queries for size",
    "app.patrols.review_routes": "HTTP: supervisors' calls, apart from the phone's for size",
    "app.patrols.review_schemas": "the wire models of reviews, apart for size",
    "app.patrols.answers": "the reading use cases, apart from the recording ones for size",
}

# What a routes module may import from the rest of the house, besides its own slice.
ROUTES_MAY_IMPORT = {
    "app.identity.dependencies",
    "app.identity.permissions",
    "app.facts.schemas",
    "app.facts.service.Recorded",
    "app.database.session",
    "app.rest",
    "app.clock",
    "app.geo",
    "app.problems",
    "app.settings",
}

# Where a statement may be run. Everything else asks one of these.
SQL_FILES = {"queries", "service"}
SQL_MODULES = {
    "app.abstractions.recording",
    "app.patrols.logged",
    "app.abstractions.import_queries",
    "app.abstractions.report_queries",
    "app.abstractions.erasing",
    "app.engagements.erasing",
    "app.activities.erasing",
    "app.activities.day_queries",
    "app.activities.recording",
    "app.facts.feed",
    "app.schedule.drawing",
    "app.schedule.publishing",
    "app.schedule.schedule_queries",
    "app.schedule.standing_queries",
    "app.compliance.dose_queries",
    "app.compliance.group_rows",
    "app.compliance.keys",
    "app.compliance.block_queries",
    "app.compliance.month_sums",
    "app.compliance.officer_queries",
    "app.alerts.facts",
    "app.alerts.ticking",
    "app.returns.erasing",
    "app.alerts.erasing",
    "app.retention.row_queries",
    "app.returns.ledger_queries",
    "app.returns.missing_queries",
    "app.returns.overlap_queries",
    "app.returns.own_hours",
    "app.compliance.place_rows",
    "app.compliance.people_queries",
    "app.compliance.time_queries",
    "app.compliance.visit_queries",
    "app.audit.sealing",
    "app.facts.amending",
    "app.patrols.closing",
    "app.patrols.erasing",
    "app.areas.scope",
    "app.areas.held",
    "app.areas.locating",
    "app.identity.officer_views",
    "app.engagements.import_queries",
    "app.engagements.recording",
    "app.engagements.report_queries",
    "app.areas.tallies",
    "app.patrols.crediting",
    "app.patrols.month_hours",
    "app.patrols.month_shares",
    "app.patrols.due",
    "app.patrols.asking",
    "app.patrols.holding",
    "app.patrols.voiding",
    "app.patrols.cross_checking",
    "app.patrols.cross_reading",
    "app.patrols.judging",
    "app.patrols.linking",
    "app.patrols.reassess_runs",
    "app.patrols.reassessing",
    "app.patrols.recording",
    "app.patrols.review_due",
    "app.patrols.review_conditions",
    "app.patrols.review_waiting",
    "app.patrols.window_queries",
    "app.patrols.review_queries",
    "app.patrols.proposing",
    "app.patrols.reason_queries",
    "app.patrols.whereabouts",
    "app.patrols.suggesting",
    "app.schedule.offence_queries",
    "app.schedule.offences",
    "app.patrols.visiting",
    "app.schedule.briefing_queries",
    "app.schedule.crew_queries",
    "app.schedule.load_queries",
    "app.telemetry",
}
SQL_FOUNDATIONS = {"database"}

# `except Exception` is allowed only where an error must not escape, with the reason.
OUTERMOST_HANDLERS = {
    "app.housekeeping": "one patrol, one force or one job that fails must not keep all others waiting for ever",
    "app.main": "what is done now and then goes on after a fault nobody expected, and says so in /readyz",
    "app.patrols.reassess_runs": "one patrol that cannot be judged must not stop a run: it is named in the report",
    "app.patrols.reassessing": "one patrol that cannot be judged must not keep all others waiting",
    "app.patrols.catching_up": "one patrol that cannot be judged must not harm the other facts of a request",
    "app.sync.jobs": "one patrol that cannot be judged must not keep the facts of others waiting",
    "app.sync.service": "one item that goes wrong here is deferred alone, and logged",
    "app.rest.middleware": "answers what slipped through every other handler, without quoting it",
}

# SQL text put together from pieces, with the reason that makes it safe.
BUILT_SQL = {
    "app.database.engine": "SHOW takes no parameters; the names are constants beside it",
    "app.database.statistics": "a table is no parameter; the names are constants beside it",
    "tests.compliance.test_query_plans": "SET and DROP INDEX take no parameters; the names are ours",
}

# A table with one of these columns holds rows about people. They are looked up in queries.py only, and for a caller
# only through the visibility gate.
PERSON_COLUMNS = {"officer_id", "captured_by", "uploaded_by", "actor_id", "patrol_id", "collar_number"}
# The plan says where police will be, so it is read like rows about people.
TASKING_TABLES = {"TaskingWindow", "Schedule", "ScheduleAllocation", "ScheduleSeed"}
THE_GATE = "visible"
# Use cases and queries that read rows about people (or the plan) and do not pass the gate, each with what stands in its
# place. One line a function; the lint says so when one is no longer there.
WITHOUT_THE_GATE: dict[str, str] = {
    "app.abstractions.service.record_abstraction": "whoever reports one says of whom; it shows nothing of others",
    "app.abstractions.service.void_abstraction": "what the caller has reported alone: `_own`",
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
    "app.schedule.service.move_window": "planners plan for their whole force: `_locked` compares it",
}
# Ids that the caller makes: what they name is the caller's own, recognised by its content (`facts.service.record`).
MADE_BY_THE_CALLER = {"batch_id", "check_id", "explanation_id", "hold_id", "link_id", "review_id"}
MADE_BY_THE_CALLER = {"answer_id", "batch_id", "explanation_id", "hold_id", "link_id", "review_id"}
MADE_BY_THE_CALLER = {"acknowledgement_id", "batch_id", "explanation_id", "hold_id", "link_id", "review_id"}
MADE_BY_THE_CALLER = {
    "batch_id",
    "closing_id",
    "explanation_id",
    "follow_up_id",
    "hold_id",
    "link_id",
    "review_id",
}
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
