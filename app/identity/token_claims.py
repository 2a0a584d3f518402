"""What a token must say to be believed, decided on its parsed header and claims alone.

A signature proves who wrote a token, not that it was written for us: this module refuses tokens for another audience,
client, tenant or purpose, and claims that are not exactly the type and range we accept. PyJWT's own claim checks are
not used, because they take `exp` as a string or as 10**30.

An ID token is never an access token, although many providers give both the header `typ: JWT`. A token that is not
`at+jwt` (RFC 9068) must therefore show that it is an access token: Keycloak's claim `typ: Bearer`, a scope, `idtyp`,
`azpacr`/`appidacr` (Entra), or a client that acts for itself. One that carries `at_hash`, `c_hash`, `s_hash`,
`events`, or `nonce` (without `typ: Bearer`; older Keycloak puts a nonce in access tokens) is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

from app.settings import Profile, TrustedIssuer

LEEWAY_SECONDS = 60
MAX_LIFETIME_SECONDS = 24 * 3600
EARLIEST = 946_684_800  # 2000-01-01T00:00:00Z
LATEST = 4_102_444_800  # 2100-01-01T00:00:00Z, exclusive
MAX_TEXT_CHARS = 255
MAX_ROLES = 200
DEVELOPMENT_CLAIM = "beatcheck_development"

# The first five would let a token bring its own key; the rest change how the token itself is to be read.
_REFUSED_HEADERS = ("jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc")
_FOREIGN_CLAIMS = ("at_hash", "c_hash", "s_hash", "events")
_CLIENT_CLAIMS = ("azp", "client_id", "appid")


class TokenRefused(Exception):
    """The token is not believed. `reason_code` is for logs; the caller is told no more than that it is refused."""

    def __init__(self, reason_code: str) -> None:
        super().__init__(reason_code)
        self.reason_code = reason_code


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """Who calls, as a verified token says it. `roles` is None when the issuer is not asked for roles."""

    issuer: str
    subject: str
    roles: frozenset[str] | None
    expires_at: datetime
    client_id: str | None
    app_only: bool
    token_id: str | None
    authenticated_at: datetime | None


@dataclass(frozen=True, slots=True)
class TokenHeader:
    """The parts of a token's header that choose how it is verified; `token_type` in lower case, `""` when absent."""

    kid: str
    algorithm: str
    token_type: str


@dataclass(frozen=True, slots=True)
class DatedClaims:
    """Claims with the half-open span [valid_from, valid_until), seconds since the epoch, in which they hold."""

    claims: TokenClaims
    valid_from: int
    valid_until: int


def check_time(dated: DatedClaims, now_seconds: float) -> None:
    """Refuse a token that does not hold at this instant.

    The start has sixty seconds of leeway for clocks that differ; the end has none, since an expired token is never
    accepted and a phone simply asks for another.
    """
    if now_seconds >= dated.valid_until:
        refuse("expired")
    if now_seconds < dated.valid_from - LEEWAY_SECONDS:
        refuse("not-yet-valid")


def read_header(header: Mapping[str, object], trusted: TrustedIssuer) -> TokenHeader:
    """The header's `kid`, algorithm and type, when this issuer may use them. Raises TokenRefused."""
    for name in _REFUSED_HEADERS:
        if name in header:
            refuse("header-not-accepted")
    algorithm, kid, token_type = header.get("alg"), header.get("kid"), header.get("typ", "")
    if not isinstance(algorithm, str) or algorithm not in trusted.algorithms:
        refuse("algorithm-not-accepted")
    if not isinstance(kid, str) or not 1 <= len(kid) <= MAX_TEXT_CHARS or not kid.isprintable():
        refuse("kid-not-accepted")
    if not isinstance(token_type, str) or ("typ" in header and not token_type):
        refuse("type-not-accepted")
    token_type = token_type.lower().removeprefix("application/")
    if token_type not in {accepted.lower() for accepted in trusted.token_types}:
        refuse("type-not-accepted")
    return TokenHeader(kid, algorithm, token_type)


def read_claims(
    claims: Mapping[str, object], token_type: str, trusted: TrustedIssuer, profile: Profile
) -> DatedClaims:
    """The claims of a token whose signature is good, read by our own schema. Raises TokenRefused.

    `token_type` is as in TokenHeader. Time against now is not judged here: see check_time.
    """
    if claims.get("iss") != trusted.issuer:
        refuse("issuer-unknown")
    if profile is Profile.PRODUCTION and DEVELOPMENT_CLAIM in claims:
        refuse("development-token")
    if not _audiences(claims) & frozenset(trusted.audiences):
        refuse("audience-not-ours")
    for name, value in trusted.required_claims.items():
        if claims.get(name) != value:
            refuse("required-claim-missing")
    if "cnf" in claims:
        refuse("bound-to-a-sender")  # a proof-of-possession token is not good as a plain bearer token
    issued, not_before, expires = _times(claims)
    own_subject = _text(claims, "sub")
    client = _client(claims)
    app_only = _is_app_only(claims, own_subject, client, trusted)
    _refuse_other_tokens(claims, token_type, trusted, own_subject == client)
    _check_client(client, app_only, trusted)
    if not app_only and not frozenset(trusted.required_scopes) <= _scopes(claims, trusted):
        refuse("scope-missing")
    return DatedClaims(
        claims=TokenClaims(
            issuer=trusted.issuer,
            subject=_text(claims, trusted.subject_claim),
            roles=_roles(claims, trusted.role_claim_paths),
            expires_at=datetime.fromtimestamp(expires, UTC),
            client_id=client,
            app_only=app_only,
            token_id=_token_id(claims),
            authenticated_at=_authenticated_at(claims),
        ),
        valid_from=max(issued, not_before),
        valid_until=expires,
    )


def refuse(reason_code: str) -> NoReturn:
    """Raise TokenRefused with this reason."""
    raise TokenRefused(reason_code)


def _text(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    # Printable keeps out control characters, NUL among them, which a database column would refuse later.
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_TEXT_CHARS or not value.isprintable():
        refuse("text-not-accepted")
    if value != value.strip():
        refuse("text-not-accepted")
    return value


def _seconds(claims: Mapping[str, object], name: str) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not EARLIEST <= value < LATEST:
        refuse("time-not-accepted")
    return value


def _times(claims: Mapping[str, object]) -> tuple[int, int, int]:
    issued, expires = _seconds(claims, "iat"), _seconds(claims, "exp")
    not_before = _seconds(claims, "nbf") if "nbf" in claims else issued
    if not 0 < expires - issued <= MAX_LIFETIME_SECONDS or not_before >= expires:
        refuse("lifetime-not-accepted")
    return issued, not_before, expires


def _strings(value: object) -> frozenset[str]:
    """A list of texts as a set; refuses anything else."""
    if not isinstance(value, list) or len(value) > MAX_ROLES:
        refuse("list-not-accepted")
    texts = [text for text in value if isinstance(text, str) and 1 <= len(text) <= MAX_TEXT_CHARS]
    if len(texts) != len(value):
        refuse("list-not-accepted")
    return frozenset(texts)


def _audiences(claims: Mapping[str, object]) -> frozenset[str]:
    audience = claims.get("aud")
    return frozenset({audience}) if isinstance(audience, str) else _strings(audience)


def _scope_claims(trusted: TrustedIssuer) -> tuple[str, ...]:
    return (trusted.scope_claim,) if trusted.scope_claim is not None else ("scp", "scope")


def _scopes(claims: Mapping[str, object], trusted: TrustedIssuer) -> frozenset[str]:
    value = claims.get(trusted.scope_claim) if trusted.scope_claim is not None else None
    if value is None:
        return frozenset()
    return frozenset(value.split(" ")) if isinstance(value, str) else _strings(value)


def _client(claims: Mapping[str, object]) -> str | None:
    named = {_text(claims, name) for name in _CLIENT_CLAIMS if name in claims}
    if len(named) > 1:
        refuse("clients-disagree")
    return named.pop() if named else None


def _is_app_only(
    claims: Mapping[str, object], own_subject: str, client: str | None, trusted: TrustedIssuer
) -> bool:
    """Whether a system calls for itself, with no person behind it."""
    kind = claims.get("idtyp")
    if kind is not None:
        if kind not in ("app", "user"):
            refuse("neither-app-nor-user")
        return kind == "app"
    if own_subject == client:  # RFC 9068 section 2.2
        return True
    return trusted.scope_claim is not None and trusted.scope_claim not in claims


def _check_client(client: str | None, app_only: bool, trusted: TrustedIssuer) -> None:
    """Any app of a tenant may obtain an app-only token, so those need a named client always."""
    if (trusted.allowed_clients or app_only) and client not in trusted.allowed_clients:
        refuse("client-not-allowed")


def _refuse_other_tokens(
    claims: Mapping[str, object], token_type: str, trusted: TrustedIssuer, acts_for_itself: bool
) -> None:
    """Refuse ID tokens, logout tokens and refresh tokens; see the module's docstring for the reasons."""
    if token_type == "at+jwt":
        return
    declared = claims.get("typ")
    is_bearer = isinstance(declared, str) and declared.lower() == "bearer"
    if declared is not None and not is_bearer:
        refuse("not-an-access-token")
    if any(name in claims for name in _FOREIGN_CLAIMS) or ("nonce" in claims and not is_bearer):
        refuse("not-an-access-token")
    shown = (*_scope_claims(trusted), "idtyp", "azpacr", "appidacr")
    if not is_bearer and not acts_for_itself and not any(name in claims for name in shown):
        refuse("not-an-access-token")


def _roles(claims: Mapping[str, object], paths: tuple[str, ...]) -> frozenset[str] | None:
    if not paths:
        return None
    roles: frozenset[str] = frozenset()
    for path in paths:
        value = _at_path(claims, path)
        if value is not None:
            roles |= _strings(value)
    return roles


def _at_path(claims: Mapping[str, object], path: str) -> object:
    """The value at a dotted path. A claim whose whole name is the path wins: names that are URLs hold dots."""
    if path in claims:
        return claims[path]
    value: object = claims
    for step in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def _token_id(claims: Mapping[str, object]) -> str | None:
    return _text(claims, "jti") if "jti" in claims else None


def _authenticated_at(claims: Mapping[str, object]) -> datetime | None:
    if "auth_time" not in claims:
        return None
    return datetime.fromtimestamp(_seconds(claims, "auth_time"), UTC)
