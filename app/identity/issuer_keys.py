"""Which public keys an identity provider signs with, kept so that its bad day is never ours.

The rules are Microsoft's for signing key rollover: keys are kept by `kid`, read again hourly behind a call that is
already answered, read early for an unknown `kid` at most every five minutes, and the last good set is kept for as
long as the provider fails. Keeping it without limit is safe: a provider that cannot be reached issues no new tokens,
and no token is believed for more than a day. Only a good answer replaces the set, so that a withdrawn key goes at the
next refresh. All methods belong to one event loop.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import httpx2 as httpx
import jiter
import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from jwt.exceptions import PyJWTError

from app.settings import Profile, TrustedIssuer, url_refusal

REFRESH_AFTER_SECONDS = 3600.0
COOLDOWN_SECONDS = 300.0
# Until a first set is held nobody can sign in at all, so a failed first fetch is tried again sooner.
FIRST_FETCH_RETRY_SECONDS = 10.0
FETCH_TIMEOUT_SECONDS = 3.0
MAX_DOCUMENT_BYTES = 262_144
MAX_KEYS = 100
MAX_KID_CHARS = 256
MAX_RSA_BITS = 8192

_FAMILIES: Mapping[str, frozenset[str]] = {"RSA": frozenset({"RS256", "PS256"}), "EC": frozenset({"ES256"})}
_PUBLIC_MEMBERS: Mapping[str, tuple[str, ...]] = {"RSA": ("n", "e"), "EC": ("crv", "x", "y")}
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MAX_MEMBER_CHARS = 1400  # base64url of 8192 bits is 1366 characters

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """One public key, the algorithms it may verify, and the SHA-256 of its DER form, by which keys are compared."""

    kid: str
    algorithms: frozenset[str]
    thumbprint: bytes
    public_key: RSAPublicKey | EllipticCurvePublicKey = field(compare=False)


KeySet = dict[str, tuple[VerificationKey, ...]]


class KeysUnavailable(Exception):
    """The provider answered, but not with anything we may use; the message says why, for the log."""


def read_json_object(data: bytes) -> dict[str, object]:
    """Parse one JSON object strictly. Raises ValueError for anything else, duplicate names at any depth included.

    >>> read_json_object(b'{"a": 1}')
    {'a': 1}
    """
    parsed = jiter.from_json(data, allow_inf_nan=False, catch_duplicate_keys=True, cache_mode=False)
    if isinstance(parsed, dict):
        return parsed
    raise ValueError("not a JSON object")


def usable_keys(document: Mapping[str, object], algorithms: Collection[str]) -> KeySet:
    """The keys of a JWK set that may verify our tokens, by `kid`; every other key is left out, never an error.

    Left out: symmetric and private keys, keys without `kid`, for another use or algorithm, RSA under 2048 or over
    8192 bits, curves other than P-256, and a second key with the same `kid` and type. Raises KeysUnavailable when
    the document is no JWK set or holds more than 100 keys.
    """
    listed = document.get("keys")
    if not isinstance(listed, list):
        raise KeysUnavailable("key set has no list of keys")
    if len(listed) > MAX_KEYS:
        raise KeysUnavailable("key set is too long")
    found: KeySet = {}
    for member in listed:
        key = _usable_key(member, algorithms) if isinstance(member, dict) else None
        if key is None:
            continue
        known = found.get(key.kid, ())
        if not any(type(key.public_key) is type(other.public_key) for other in known):
            found[key.kid] = (*known, key)
    return found


def _usable_key(jwk: dict[str, object], algorithms: Collection[str]) -> VerificationKey | None:
    kid, kty = jwk.get("kid"), jwk.get("kty")
    if not isinstance(kid, str) or not 1 <= len(kid) <= MAX_KID_CHARS:
        return None
    if not isinstance(kty, str) or kty not in _FAMILIES or not _PRIVATE_MEMBERS.isdisjoint(jwk):
        return None
    if "use" in jwk and jwk["use"] != "sig":
        return None
    if "key_ops" in jwk:
        operations = jwk["key_ops"]
        if not isinstance(operations, list) or "verify" not in operations:
            return None
    allowed = _FAMILIES[kty] & frozenset(algorithms)
    if "alg" in jwk:
        allowed = frozenset(name for name in allowed if name == jwk["alg"])
    public_key = _public_key(kty, jwk) if allowed else None
    if public_key is None:
        return None
    der = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return VerificationKey(kid, allowed, sha256(der).digest(), public_key)


def _public_key(kty: str, jwk: dict[str, object]) -> RSAPublicKey | EllipticCurvePublicKey | None:
    members: dict[str, str] = {"kty": kty}
    for name in _PUBLIC_MEMBERS[kty]:
        value = jwk.get(name)
        if not isinstance(value, str) or not 1 <= len(value) <= _MAX_MEMBER_CHARS:
            return None
        members[name] = value
    try:
        key = RSAAlgorithm.from_jwk(members) if kty == "RSA" else ECAlgorithm.from_jwk(members)
    except (PyJWTError, ValueError, UnsupportedAlgorithm):
        return None
    if isinstance(key, RSAPublicKey):
        return key if 2048 <= key.key_size <= MAX_RSA_BITS else None
    if isinstance(key, EllipticCurvePublicKey):
        return key if key.curve.name == "secp256r1" else None
    return None


class IssuerKeys:
    """The signing keys of one trusted issuer.

    `monotonic` gives seconds from a clock that never goes back; `http` may be shared, its redirects and time limits
    are overridden here. Nothing is fetched until the first call.
    """

    def __init__(
        self,
        trusted: TrustedIssuer,
        http: httpx.AsyncClient,
        monotonic: Callable[[], float],
        profile: Profile,
        fetch_timeout_seconds: float = FETCH_TIMEOUT_SECONDS,
    ) -> None:
        self._trusted = trusted
        self._http = http
        self._monotonic = monotonic
        self._profile = profile
        self._fetch_timeout_seconds = fetch_timeout_seconds
        self._keys: KeySet = {}
        self._succeeded_at: float | None = None
        self._attempted_at: float | None = None
        self._flight: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        """How many keys are held; 0 means that nobody can sign in through this issuer yet."""
        return sum(len(keys) for keys in self._keys.values())

    def held(self, kid: str, algorithm: str) -> VerificationKey | None:
        """The key held now for this `kid` that may verify this algorithm. Never waits, never fetches."""
        for key in self._keys.get(kid, ()):
            if algorithm in key.algorithms:
                return key
        return None

    async def find(self, kid: str, algorithm: str) -> VerificationKey | None:
        """The key for this `kid`, after asking the provider when the `kid` is unknown and it was not asked lately.

        A known `kid` never waits. An unknown one waits at most for one fetch (three seconds), shared by all callers.
        """
        if kid in self._keys:
            self.refresh_if_due()
        else:
            await self._refresh_for_unknown()
        return self.held(kid, algorithm)

    def refresh_if_due(self) -> None:
        """Start reading the keys again behind the call when they are an hour old; failures are retried in 5 min."""
        if self._succeeded_at is None or self._monotonic() - self._succeeded_at < REFRESH_AFTER_SECONDS:
            return
        if self._may_attempt(COOLDOWN_SECONDS):
            self._start()

    def ask_if_none(self) -> None:
        """Start reading the keys behind the call while none is held; every ten seconds at most."""
        if not self._keys and self._may_attempt(FIRST_FETCH_RETRY_SECONDS):
            self._start()

    async def refresh(self) -> None:
        """Read the keys now, for start-up, and return when that is done or has failed. Never raises for a provider."""
        flight = self._flight if self._flight is not None and not self._flight.done() else self._start()
        await asyncio.wait({flight})

    async def aclose(self) -> None:
        """Stop a refresh that is under way."""
        if self._flight is not None and not self._flight.done():
            self._flight.cancel()
            await asyncio.wait({self._flight})

    async def _refresh_for_unknown(self) -> None:
        flight = self._flight
        if flight is None or flight.done():
            if not self._may_attempt(COOLDOWN_SECONDS if self._keys else FIRST_FETCH_RETRY_SECONDS):
                return
            flight = self._start()
        # wait(), unlike await, neither cancels the shared fetch with this caller nor raises its exception here.
        await asyncio.wait({flight})

    def _may_attempt(self, cooldown_seconds: float) -> bool:
        if self._flight is not None and not self._flight.done():
            return False
        return self._attempted_at is None or self._monotonic() - self._attempted_at >= cooldown_seconds

    def _start(self) -> asyncio.Task[None]:
        self._attempted_at = self._monotonic()
        self._flight = asyncio.create_task(self._refresh())
        return self._flight

    async def _refresh(self) -> None:
        try:
            async with asyncio.timeout(self._fetch_timeout_seconds):
                keys = await self._fetch()
        except (KeysUnavailable, httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            _log.warning(
                "issuer_keys_not_refreshed",
                issuer=self._trusted.issuer,
                cause=type(error).__name__,
                detail=str(error),
                keys_kept=self.count,
            )
            return
        self._keys = keys
        self._succeeded_at = self._monotonic()

    async def _fetch(self) -> KeySet:
        discovery_url = str(
            self._trusted.discovery_url
            or f"{self._trusted.issuer.rstrip('/')}/.well-known/openid-configuration"
        )
        discovery = await self._get_json(discovery_url)
        if discovery.get("issuer") != self._trusted.issuer:
            raise KeysUnavailable("discovery document names another issuer")
        jwks_uri = discovery.get("jwks_uri")
        if not isinstance(jwks_uri, str):
            raise KeysUnavailable("discovery document names no key set")
        keys = usable_keys(await self._get_json(jwks_uri), self._trusted.algorithms)
        if not keys:
            raise KeysUnavailable("key set holds no usable key")
        return keys

    async def _get_json(self, url: str) -> dict[str, object]:
        if not url.startswith(("https://", "http://")):
            raise KeysUnavailable("address is neither https nor http")
        refusal = url_refusal(url) if self._profile is Profile.PRODUCTION else None
        if refusal is not None:
            raise KeysUnavailable(f"address {refusal}")
        # Compressed answers are declined, so that the size limit is counted on what was sent.
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        async with self._http.stream(
            "GET", url, headers=headers, follow_redirects=False, timeout=self._fetch_timeout_seconds
        ) as response:
            if response.status_code != 200:
                raise KeysUnavailable(f"status {response.status_code}")
            if response.headers.get("content-encoding", "identity") != "identity":
                raise KeysUnavailable("answer is compressed")
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_DOCUMENT_BYTES:
                    raise KeysUnavailable("answer is too long")
        try:
            return read_json_object(bytes(body))
        except ValueError as error:
            raise KeysUnavailable("answer is not a JSON object") from error
