"""Who is calling: the bearer token verified, then matched to our own record of that person.

What we know of a caller is reused for at most `revocation_seconds` in each worker, so a leaver is out everywhere within
five seconds, however long the token still runs.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

import structlog
from fastapi import Depends, Request
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from app.clock import london_day
from app.database.session import reading
from app.identity.permissions import Caller, Role
from app.identity.queries import caller_for
from app.identity.token_claims import TokenClaims, TokenRefused
from app.identity.tokens import TokenVerifier
from app.problems import NOT_AUTHENTICATED, Problem
from app.rest.parameters import check_parameters
from app.rest.transactions import now_of

# Who called, in the scope of a request.
CALLER = "beatcheck_caller"
_MAX_REMEMBERED = 10_000
_log = structlog.get_logger("beatcheck.identity")
_Key = tuple[str, str, frozenset[str] | None]


@dataclass(slots=True)
class CallerCache:
    """What this worker knows of recent callers, each for a few seconds."""

    engine: Engine
    seconds: float
    monotonic: Callable[[], float] = time.monotonic
    # The one force an issuer may speak for, by issuer, where it is bound to one.
    only_force: Mapping[str, str | None] = field(default_factory=dict)
    _known: OrderedDict[_Key, tuple[float, Caller | None]] = field(default_factory=OrderedDict)

    async def find(self, claims: TokenClaims, now: datetime) -> Caller | None:
        key = (claims.issuer, claims.subject, claims.roles)
        known = self._known.get(key)
        if known is not None and self.monotonic() - known[0] < self.seconds:
            return known[1]
        # The age counts from before the read, so that a change committed meanwhile is never hidden for longer.
        asked = self.monotonic()
        caller = await run_in_threadpool(self._read, claims, now)
        self._known[key] = (asked, caller)
        self._known.move_to_end(key)
        while len(self._known) > _MAX_REMEMBERED:
            self._known.popitem(last=False)
        return caller

    def _read(self, claims: TokenClaims, now: datetime) -> Caller | None:
        with reading(self.engine) as session:
            only_force = self.only_force.get(claims.issuer)
            return caller_for(
                session, claims.issuer, claims.subject, london_day(now), claims.roles, only_force
            )


def _not_authenticated(error: str | None) -> Problem:
    challenge = 'Bearer realm="beatcheck"' + (f', error="{error}"' if error else "")
    return Problem(
        NOT_AUTHENTICATED,
        "A valid token of a known person is needed.",
        headers={"WWW-Authenticate": challenge},
    )


async def signed_in(request: Request) -> Caller:
    """The caller, or 401; then 404 or 422 for an address or parameters we do not know.

    It is solved first on every address behind the sign-in, and once a request. Strangers learn nothing of addresses.
    """
    found: Caller | None = request.scope.get(CALLER)
    if found is not None:
        return found
    caller = await _caller(request)
    request.scope[CALLER] = caller
    # Asked, not depended on: each dependency costs a request as much as a look at a token.
    check_parameters(request)
    return caller


async def _caller(request: Request) -> Caller:
    verifier: TokenVerifier = request.app.state.tokens
    cache: CallerCache = request.app.state.callers
    now = await now_of(request)
    given = request.headers.getlist("authorization")
    if len(given) != 1:
        raise _not_authenticated(None if not given else "invalid_request")
    scheme, _, token = given[0].partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _not_authenticated("invalid_request")
    try:
        claims = await verifier.verify(token, now)
    except TokenRefused as refused:
        _log.info("token_refused", reason=refused.reason_code)
        raise _not_authenticated("invalid_token") from None
    caller = await cache.find(claims, now)
    if caller is None:
        _log.info("token_refused", reason="nobody-here")
        raise _not_authenticated("invalid_token")
    if claims.app_only != (Role.INTEGRATION in caller.roles):
        # A program may only be an integration, and an integration's record never signs in as a person.
        _log.info("token_refused", reason="person-or-program")
        raise _not_authenticated("invalid_token")
    return caller


CallerDep = Annotated[Caller, Depends(signed_in)]
