"""Who calls, proved by a signed token from a trusted identity provider.

One way in: `TokenVerifier.verify` gives claims or raises `TokenRefused`, whatever the token holds. The header and
claims are read unverified only to choose the issuer (exact `iss`) and its key (`kid`); PyJWT then verifies the
signature with algorithms pinned by the issuer and by the type of that key, and `token_claims` decides the rest. What
the person may do is not decided here and not kept here, so that a revocation never waits for a token to expire.
"""

import asyncio
import base64
import binascii
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import httpx2 as httpx
from jwt import PyJWS
from jwt.exceptions import PyJWTError

from app.identity.issuer_keys import FETCH_TIMEOUT_SECONDS, IssuerKeys, VerificationKey, read_json_object
from app.identity.token_claims import (
    DatedClaims,
    TokenClaims,
    TokenHeader,
    TokenRefused,
    check_time,
    read_claims,
    read_header,
    refuse,
)
from app.settings import Profile, TrustedIssuer

__all__ = ["TokenClaims", "TokenRefused", "TokenVerifier"]

MAX_TOKEN_CHARS = 8192
MAX_REMEMBERED = 10_000

_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_SIGNATURES = PyJWS(algorithms=["RS256", "PS256", "ES256"])


@dataclass(frozen=True, slots=True)
class _Verified:
    """A token whose signature was good, with the key that proved it."""

    dated: DatedClaims
    header: TokenHeader
    key: VerificationKey
    issuer_keys: IssuerKeys


class TokenVerifier:
    """Verifies access tokens of the trusted issuers; belongs to one event loop.

    Verified tokens are remembered (at most 10,000, oldest use first out) by SHA-256, never past their end, and
    forgotten when the issuer no longer publishes the key. Refused tokens are never remembered. Raises ValueError
    when an issuer is listed twice.
    """

    def __init__(
        self,
        issuers: Sequence[TrustedIssuer],
        http: httpx.AsyncClient,
        monotonic: Callable[[], float],
        profile: Profile,
        fetch_timeout_seconds: float = FETCH_TIMEOUT_SECONDS,
    ) -> None:
        self._profile = profile
        self._trusted = {trusted.issuer: trusted for trusted in issuers}
        if len(self._trusted) != len(issuers):
            raise ValueError("an issuer is listed twice")
        self._issuer_keys = {
            name: IssuerKeys(trusted, http, monotonic, profile, fetch_timeout_seconds)
            for name, trusted in self._trusted.items()
        }
        self._remembered: OrderedDict[bytes, _Verified] = OrderedDict()

    async def warm(self) -> None:
        """Read every issuer's keys, at start-up. A provider that fails is asked again when somebody calls."""
        await asyncio.gather(*(keys.refresh() for keys in self._issuer_keys.values()))

    async def aclose(self) -> None:
        """Stop key refreshes that are under way, at shutdown."""
        await asyncio.gather(*(keys.aclose() for keys in self._issuer_keys.values()))

    def keys_held(self) -> dict[str, int]:
        """How many usable keys are held for each issuer: 0 means nobody of it can sign in."""
        return {name: keys.count for name, keys in self._issuer_keys.items()}

    def without_keys(self) -> list[str]:
        """The issuers of which no key is held, for readiness. Each is asked again behind the question, because a
        worker that is not ready gets no calls that would."""
        missing = [name for name, held in self.keys_held().items() if not held]
        for name in missing:
            self._issuer_keys[name].ask_if_none()
        return missing

    async def verify(self, token: str, now: datetime) -> TokenClaims:
        """The claims of a good token at the aware instant `now`. Raises TokenRefused for every other token."""
        if len(token) > MAX_TOKEN_CHARS or not token.isascii():
            refuse("malformed")
        digest = sha256(token.encode("ascii")).digest()
        now_seconds = now.timestamp()
        verified = self._recall(digest, now_seconds)
        if verified is None:
            verified = await self._verify_anew(token)
        check_time(verified.dated, now_seconds)
        self._remember(digest, verified)
        return verified.dated.claims

    def _recall(self, digest: bytes, now_seconds: float) -> _Verified | None:
        verified = self._remembered.get(digest)
        if verified is None:
            return None
        key = verified.issuer_keys.held(verified.header.kid, verified.header.algorithm)
        if key != verified.key or now_seconds >= verified.dated.valid_until:
            del self._remembered[digest]
            return None
        verified.issuer_keys.refresh_if_due()
        return verified

    def _remember(self, digest: bytes, verified: _Verified) -> None:
        self._remembered[digest] = verified
        self._remembered.move_to_end(digest)
        while len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)

    async def _verify_anew(self, token: str) -> _Verified:
        raw_header, raw_claims = _parse(token)
        issuer = raw_claims.get("iss")
        trusted = self._trusted.get(issuer) if isinstance(issuer, str) else None
        if trusted is None:
            refuse("issuer-unknown")
        header = read_header(raw_header, trusted)
        issuer_keys = self._issuer_keys[trusted.issuer]
        key = await issuer_keys.find(header.kid, header.algorithm)
        if key is None:
            refuse("key-unknown")
        _check_signature(token, key)
        dated = read_claims(raw_claims, header.token_type, trusted, self._profile)
        return _Verified(dated, header, key, issuer_keys)


def _parse(token: str) -> tuple[dict[str, object], dict[str, object]]:
    """The unverified header and claims of a token in the compact form."""
    parts = _COMPACT.fullmatch(token)
    if parts is None:
        refuse("malformed")
    try:
        return read_json_object(_decoded(parts[1])), read_json_object(_decoded(parts[2]))
    except (ValueError, binascii.Error) as error:
        raise TokenRefused("malformed") from error


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _check_signature(token: str, key: VerificationKey) -> None:
    """Refuse unless this key signed exactly these bytes; PyJWT also refuses base64 that is not canonical."""
    try:
        _SIGNATURES.decode_complete(token, key=key.public_key, algorithms=sorted(key.algorithms))
    except PyJWTError as error:
        raise TokenRefused("signature-bad") from error
