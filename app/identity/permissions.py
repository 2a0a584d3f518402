"""Who may do what: permissions are enumerated, roles hold them in one table, use cases name the one they need.

The permission stands on the use case, so that neither a batch nor the command line can go round it. Which rows a
caller sees is another question, answered by `app.areas.scope`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast
from uuid import UUID

from app.problems import FORBIDDEN, Problem


class Role(StrEnum):
    OFFICER = "OFFICER"
    SUPERVISOR = "SUPERVISOR"
    COMMANDER = "COMMANDER"
    PLANNER = "PLANNER"
    INTEL = "INTEL"
    AUDITOR = "AUDITOR"
    ADMIN = "ADMIN"
    INTEGRATION = "INTEGRATION"


class Permission(StrEnum):
    """scope:resource:action, in alphabetical order."""

    ABSTRACTIONS_DECIDE = "scope:abstractions:decide"
    ABSTRACTIONS_READ = "scope:abstractions:read"
    ABSTRACTIONS_RECORD = "own:abstractions:record"
    ABSTRACTIONS_REPORT = "scope:abstractions:report"
    ACTIVITIES_READ = "scope:activities:read"
    ACTIVITIES_RECORD = "own:activities:record"
    ACTIVITIES_REPORT = "scope:activities:report"
    ALERTS_ACKNOWLEDGE = "scope:alerts:acknowledge"
    ALERTS_READ = "scope:alerts:read"
    AREAS_READ = "force:areas:read"
    AUDIT_DISCLOSE = "force:audit:disclose"
    AUDIT_READ = "force:audit:read"
    COMPLIANCE_READ = "scope:compliance:read"
    DEVICES_READ = "scope:devices:read"
    DEVICES_REVOKE = "force:devices:revoke"
    DIP_SAMPLES_DRAW = "scope:dip-samples:draw"
    DIP_SAMPLES_READ = "scope:dip-samples:read"
    ENGAGEMENTS_READ = "scope:engagements:read"
    ENGAGEMENTS_RECORD = "own:engagements:record"
    ENGAGEMENTS_REPORT = "scope:engagements:report"
    FACTS_SEND = "own:facts:send"
    FEED_READ = "own:feed:read"
    HOLDS_PLACE = "force:holds:place"
    HOLDS_READ = "force:holds:read"
    HOTSPOTS_READ = "force:hotspots:read"
    HOURS_READ = "scope:hours:read"
    IMPORTS_ABSTRACTIONS = "force:abstractions:import"
    IMPORTS_ENGAGEMENTS = "force:engagements:import"
    IMPORTS_HOURS = "force:hours:import"
    IMPORTS_OFFENCES = "force:offences:import"
    IMPORTS_PEOPLE = "force:people:import"
    IMPORTS_PLACES = "force:places:import"
    IMPORTS_REFERENCE = "force:reference:import"
    OFFENCES_READ = "force:offences:read"
    OFFICERS_COMPLIANCE = "scope:officers:compliance"
    OFFICERS_READ = "scope:officers:read"
    OUTBOX_READ = "force:outbox:read"
    OUTBOX_REPLAY = "force:outbox:replay"
    PACKS_DECIDE = "scope:packs:decide"
    PACKS_PREPARE = "scope:packs:prepare"
    PACKS_READ = "scope:packs:read"
    PATROLS_READ = "scope:patrols:read"
    PATROLS_RECORD = "own:patrols:record"
    PATROLS_RECORD_FOR_OTHERS = "force:patrols:record-for-others"
    QUARANTINE_CORRECT = "scope:quarantine:correct"
    QUARANTINE_READ = "scope:quarantine:read"
    QUARANTINE_RELEASE = "scope:quarantine:release"
    REVIEWS_DECIDE = "scope:reviews:decide"
    RETURNS_CLOSE = "force:returns:close"
    SCHEDULES_DRAW = "force:schedules:draw"
    SCHEDULES_READ = "force:schedules:read"
    SEARCHES_EXPORT = "force:searches:export"
    SEARCHES_MONITOR = "scope:searches:monitor"
    SUMMARY_READ = "scope:summary:read"
    TASKING_READ = "own:tasking:read"
    TELLING_MANAGE = "force:telling:manage"
    TELLING_READ = "force:telling:read"
    WINDOWS_ANSWER = "own:windows:answer"
    WINDOWS_ASSIGN = "scope:windows:assign"
    WINDOWS_IMPORT = "force:windows:import"
    WINDOWS_PLAN = "force:windows:plan"
    WINDOWS_READ = "scope:windows:read"
    WMNOW_DECIDE = "scope:wmnow:decide"
    WMNOW_EXPORT = "scope:wmnow:export"
    WMNOW_IMPORT = "force:wmnow:import"
    WMNOW_MANAGE = "force:wmnow:manage"
    WMNOW_READ = "scope:wmnow:read"
    WMNOW_REPORT = "scope:wmnow:report"


class OfficerKind(StrEnum):
    """What kind of person holds a collar number; powers follow from it, roles do not."""

    CONSTABLE = "CONSTABLE"
    PCSO = "PCSO"
    SPECIAL = "SPECIAL"
    WARDEN = "WARDEN"
    STAFF = "STAFF"


_P = Permission
_OWN = frozenset(
    {
        _P.PATROLS_RECORD,
        _P.TASKING_READ,
        _P.AREAS_READ,
        _P.HOTSPOTS_READ,
        _P.PATROLS_READ,
        _P.DEVICES_READ,
        _P.WINDOWS_ANSWER,
        _P.ALERTS_READ,
        _P.ACTIVITIES_RECORD,
        _P.ACTIVITIES_READ,
        _P.ENGAGEMENTS_RECORD,
        _P.ENGAGEMENTS_READ,
        _P.ABSTRACTIONS_RECORD,
        _P.ABSTRACTIONS_READ,
        _P.QUARANTINE_READ,
        _P.QUARANTINE_CORRECT,
        _P.FACTS_SEND,
        _P.FEED_READ,
        _P.WMNOW_READ,
    }
)
# Sums and shares, without a row about anybody.
_REPORTS = frozenset(
    {
        _P.ACTIVITIES_REPORT,
        _P.ENGAGEMENTS_REPORT,
        _P.ABSTRACTIONS_REPORT,
        _P.SEARCHES_MONITOR,
        _P.SUMMARY_READ,
        _P.PACKS_READ,
        _P.WMNOW_REPORT,
    }
)
_SEES = frozenset(
    {
        _P.AREAS_READ,
        _P.HOTSPOTS_READ,
        _P.PATROLS_READ,
        _P.WINDOWS_READ,
        _P.COMPLIANCE_READ,
        _P.HOURS_READ,
        _P.OFFICERS_READ,
        _P.OFFICERS_COMPLIANCE,
        _P.REVIEWS_DECIDE,
        _P.WINDOWS_ASSIGN,
        _P.DIP_SAMPLES_DRAW,
        _P.DIP_SAMPLES_READ,
        _P.ALERTS_READ,
        _P.ALERTS_ACKNOWLEDGE,
        _P.ACTIVITIES_READ,
        _P.ENGAGEMENTS_READ,
        _P.ABSTRACTIONS_READ,
        _P.ABSTRACTIONS_DECIDE,
        _P.PACKS_PREPARE,
        _P.PACKS_DECIDE,
        _P.WMNOW_READ,
        _P.WMNOW_DECIDE,
        _P.WMNOW_EXPORT,
        *_REPORTS,
    }
)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OFFICER: _OWN,
    Role.SUPERVISOR: _OWN | _SEES | {_P.QUARANTINE_RELEASE},
    Role.COMMANDER: _SEES | {_P.OFFENCES_READ},
    Role.PLANNER: frozenset(
        {
            _P.AREAS_READ,
            _P.HOTSPOTS_READ,
            _P.WINDOWS_READ,
            _P.WINDOWS_PLAN,
            _P.WINDOWS_IMPORT,
            _P.WINDOWS_ASSIGN,
            _P.SCHEDULES_READ,
            _P.SCHEDULES_DRAW,
            _P.OFFENCES_READ,
            _P.COMPLIANCE_READ,
            _P.HOURS_READ,
            _P.RETURNS_CLOSE,
            _P.IMPORTS_PLACES,
            _P.IMPORTS_HOURS,
            _P.IMPORTS_OFFENCES,
            _P.IMPORTS_ENGAGEMENTS,
            _P.IMPORTS_ABSTRACTIONS,
            _P.WMNOW_IMPORT,
            _P.WMNOW_EXPORT,
            _P.SEARCHES_EXPORT,
            _P.ALERTS_READ,
            _P.PACKS_PREPARE,
            *_REPORTS,
        }
    ),
    Role.INTEL: frozenset({_P.AREAS_READ, _P.HOTSPOTS_READ, _P.OFFENCES_READ, _P.IMPORTS_OFFENCES}),
    Role.AUDITOR: frozenset(
        {
            _P.AREAS_READ,
            _P.HOTSPOTS_READ,
            _P.WINDOWS_READ,
            _P.SCHEDULES_READ,
            _P.COMPLIANCE_READ,
            _P.HOURS_READ,
            _P.DIP_SAMPLES_READ,
            _P.AUDIT_READ,
            _P.AUDIT_DISCLOSE,
            _P.HOLDS_READ,
            *_REPORTS,
        }
    ),
    Role.ADMIN: frozenset(
        {
            _P.AREAS_READ,
            _P.HOTSPOTS_READ,
            _P.OFFICERS_READ,
            _P.IMPORTS_PEOPLE,
            _P.IMPORTS_PLACES,
            _P.IMPORTS_REFERENCE,
            _P.IMPORTS_ENGAGEMENTS,
            _P.IMPORTS_ABSTRACTIONS,
            _P.WMNOW_IMPORT,
            _P.WMNOW_MANAGE,
            _P.WINDOWS_IMPORT,
            _P.DEVICES_READ,
            _P.DEVICES_REVOKE,
            _P.QUARANTINE_READ,
            _P.QUARANTINE_RELEASE,
            _P.HOLDS_PLACE,
            _P.HOLDS_READ,
            # What of the service itself needs somebody: of people they are told nothing.
            _P.ALERTS_READ,
            _P.ALERTS_ACKNOWLEDGE,
            _P.TELLING_MANAGE,
            _P.TELLING_READ,
            _P.OUTBOX_READ,
            _P.OUTBOX_REPLAY,
        }
    ),
    Role.INTEGRATION: frozenset(
        {
            _P.OUTBOX_READ,
            _P.OUTBOX_REPLAY,
            _P.FACTS_SEND,
            _P.PATROLS_RECORD_FOR_OTHERS,
            _P.PATROLS_RECORD,
            _P.ACTIVITIES_RECORD,
            _P.ENGAGEMENTS_RECORD,
            _P.ABSTRACTIONS_RECORD,
            _P.AREAS_READ,
            _P.HOTSPOTS_READ,
        }
    ),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, as our own record has them today; the token only says which record."""

    officer_id: UUID
    force_id: UUID
    collar_number: str
    kind: OfficerKind
    roles: frozenset[Role]
    rank_order: int = 0

    @property
    def permissions(self) -> frozenset[Permission]:
        return frozenset().union(*(ROLE_PERMISSIONS[role] for role in self.roles))

    def may(self, permission: Permission) -> bool:
        return any(permission in ROLE_PERMISSIONS[role] for role in self.roles)

    def roles_that_grant(self, permission: Permission) -> frozenset[Role]:
        """The roles through which this caller holds a permission: what else they are shows them nothing under it."""
        return frozenset(role for role in self.roles if permission in ROLE_PERMISSIONS[role])

    def may_record_for(self, captured_by: UUID) -> bool:
        """Whether this caller may upload what that officer captured; otherwise it is quarantined, not lost."""
        return captured_by == self.officer_id or self.may(Permission.PATROLS_RECORD_FOR_OTHERS)


P = ParamSpec("P")
S = TypeVar("S")
R = TypeVar("R")
PERMISSION = "beatcheck_permission"


def require(caller: Caller, permission: Permission) -> None:
    """403, and audited, for a caller without the permission: before a use case, where its input is dear to read."""
    if not caller.may(permission):
        raise Problem(FORBIDDEN, f"This needs the permission {permission.value}.", denial=permission.value)


def requires(
    permission: Permission,
) -> Callable[[Callable[Concatenate[S, Caller, P], R]], Callable[Concatenate[S, Caller, P], R]]:
    """Marks a use case `f(session, caller, …)`: a caller without the permission gets 403, and the denial is audited."""

    def mark(use_case: Callable[Concatenate[S, Caller, P], R]) -> Callable[Concatenate[S, Caller, P], R]:
        @wraps(use_case)
        def checked(session: S, caller: Caller, *args: P.args, **kwargs: P.kwargs) -> R:
            require(caller, permission)
            return use_case(session, caller, *args, **kwargs)

        setattr(checked, PERMISSION, permission)
        return cast(Callable[Concatenate[S, Caller, P], R], checked)

    return mark


def permission_of(use_case: Callable[..., object]) -> Permission:
    """The permission a use case names; TypeError when it names none."""
    found = getattr(use_case, PERMISSION, None)
    if not isinstance(found, Permission):
        raise TypeError(f"{getattr(use_case, '__name__', use_case)} names no permission")
    return found
