"""The map of the API: every router, mounted once, and behind the sign-in unless it says otherwise here."""

from functools import cache

from fastapi import APIRouter, Depends
from starlette.routing import BaseRoute

from app.abstractions.import_kinds import KINDS as ABSTRACTIONS
from app.abstractions.routes import router as abstractions
from app.activities.import_kinds import KINDS as ACTIVITY_RULES
from app.activities.problems import KINDS as ACTIVITY_PROBLEMS
from app.activities.routes import router as activities, rules_router as activity_rules
from app.alerts.import_kinds import KINDS as ALERT_RULES
from app.alerts.routes import router as alerts
from app.areas.import_kinds import KINDS as PLACES_AND_PEOPLE
from app.areas.routes import router as places
from app.compliance.routes import router as compliance
from app.dip_samples.problems import KINDS as DIP_SAMPLE_PROBLEMS
from app.dip_samples.routes import router as dip_samples
from app.engagements.import_kinds import KINDS as ENGAGEMENTS
from app.engagements.routes import router as engagements
from app.facts.problems import KINDS as FACT_PROBLEMS
from app.identity.dependencies import signed_in
from app.imports.mechanism import ImportKind
from app.imports.problems import KINDS as IMPORT_PROBLEMS
from app.imports.routes import imports_router
from app.me.routes import before_signing_in, router as me
from app.outcomes.routes import router as activity_reports
from app.oversight.routes import router as oversight
from app.patrols.problems import KINDS as PATROL_PROBLEMS
from app.patrols.review_routes import (
    patrol_reviews_router as patrol_reviews,
    reviews_router as reviews,
    window_reviews_router as window_reviews,
)
from app.patrols.routes import router as patrols
from app.policeuk.import_kinds import KINDS as POLICE_UK
from app.policeuk.problems import KINDS as PACK_PROBLEMS
from app.policeuk.routes import router as publication_packs
from app.problems import COMMON, ProblemKind
from app.public_summary.routes import router as public_summary
from app.reference.import_kinds import KINDS as CODE_LISTS
from app.reference.routes import router as reference
from app.rest import health
from app.rest.problem_pages import problem_pages
from app.retention.import_kinds import KINDS as RETENTION
from app.retention.routes import router as retention
from app.returns.import_kinds import KINDS as RETURNS
from app.returns.problems import KINDS as RETURN_PROBLEMS
from app.returns.routes import router as returns
from app.schedule.crew_routes import load_router as load, router as crews, sheets_router as sheets
from app.schedule.import_kinds import KINDS as TASKING
from app.schedule.offence_routes import router as offence_profiles
from app.schedule.problems import KINDS as SCHEDULE_KINDS
from app.schedule.routes import router as schedule
from app.schedule.schedule_routes import router as drawn_schedules
from app.searches.routes import router as searches
from app.sync.problems import KINDS as SYNC_PROBLEMS
from app.sync.routes import quarantine_router as quarantine, router as sync
from app.telling.problems import KINDS as TELLING_PROBLEMS
from app.telling.routes import router as telling
from app.tracks.import_kinds import KINDS as POLICIES
from app.tracks.routes import router as policies
from app.weeks.routes import router as weeks
from app.wmnow.feed_routes import router as wmnow_feeds, webhooks as wmnow_webhooks
from app.wmnow.import_kinds import KINDS as WMNOW_RECORDS
from app.wmnow.link_routes import router as wmnow_links
from app.wmnow.problems import KINDS as WMNOW_PROBLEMS
from app.wmnow.reconciliation_routes import router as wmnow_reconciliation
from app.wmnow.routes import router as wmnow

PROBLEM_KINDS: tuple[ProblemKind, ...] = (
    *COMMON,
    *FACT_PROBLEMS,
    *PATROL_PROBLEMS,
    *SCHEDULE_KINDS,
    *IMPORT_PROBLEMS,
    *DIP_SAMPLE_PROBLEMS,
    *RETURN_PROBLEMS,
    *ACTIVITY_PROBLEMS,
    *SYNC_PROBLEMS,
    *TELLING_PROBLEMS,
    *PACK_PROBLEMS,
    *WMNOW_PROBLEMS,
)
# Every kind of file the service brings in; `beatcheck import` reads the same table.
IMPORT_KINDS: tuple[ImportKind, ...] = (
    *PLACES_AND_PEOPLE,
    *TASKING,
    *CODE_LISTS,
    *POLICIES,
    *RETENTION,
    *ALERT_RULES,
    *RETURNS,
    *ENGAGEMENTS,
    *ABSTRACTIONS,
    *ACTIVITY_RULES,
    *POLICE_UK,
    *WMNOW_RECORDS,
)


@cache
def api() -> list[BaseRoute]:
    """Everything the service answers to. Strangers are refused before a byte of their body is read.

    Made once, however many services a process makes of it: it holds nothing of any of them.
    """
    router = APIRouter(redirect_slashes=False)
    router.include_router(health.router)
    router.include_router(problem_pages(PROBLEM_KINDS))
    router.include_router(before_signing_in)
    router.include_router(wmnow_webhooks)
    behind_sign_in = APIRouter(dependencies=[Depends(signed_in)], redirect_slashes=False)
    # What phones send comes first: every address that is tried costs all requests for those behind it.
    behind_sign_in.include_router(patrols)
    behind_sign_in.include_router(sync)
    # Before single activities, whose addresses would take `report` for an id.
    behind_sign_in.include_router(activity_reports)
    behind_sign_in.include_router(activities)
    behind_sign_in.include_router(me)
    behind_sign_in.include_router(quarantine)
    behind_sign_in.include_router(patrol_reviews)
    behind_sign_in.include_router(window_reviews)
    behind_sign_in.include_router(reviews)
    behind_sign_in.include_router(activity_rules)
    behind_sign_in.include_router(searches)
    behind_sign_in.include_router(schedule)
    behind_sign_in.include_router(drawn_schedules)
    behind_sign_in.include_router(offence_profiles)
    behind_sign_in.include_router(crews)
    behind_sign_in.include_router(load)
    behind_sign_in.include_router(sheets)
    behind_sign_in.include_router(engagements)
    behind_sign_in.include_router(abstractions)
    behind_sign_in.include_router(compliance)
    behind_sign_in.include_router(weeks)
    behind_sign_in.include_router(wmnow_feeds)
    behind_sign_in.include_router(wmnow_links)
    behind_sign_in.include_router(wmnow_reconciliation)
    behind_sign_in.include_router(public_summary)
    behind_sign_in.include_router(publication_packs)
    behind_sign_in.include_router(dip_samples)
    behind_sign_in.include_router(alerts)
    behind_sign_in.include_router(telling)
    behind_sign_in.include_router(returns)
    behind_sign_in.include_router(oversight)
    behind_sign_in.include_router(wmnow)
    behind_sign_in.include_router(reference)
    behind_sign_in.include_router(policies)
    behind_sign_in.include_router(retention)
    behind_sign_in.include_router(places)
    behind_sign_in.include_router(imports_router(IMPORT_KINDS))
    # Side by side: a level of routers above them would be searched twice at every request.
    return [*behind_sign_in.routes, *router.routes]
