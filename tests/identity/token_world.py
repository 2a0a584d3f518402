"""Two invented identity providers, their keys, good claims as each of them words it, and tokens signed at will."""

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx2 as httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm

from app.identity.tokens import TokenVerifier
from app.settings import Profile, TrustedIssuer

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
T = int(NOW.timestamp())
ENTRA = "https://login.example.org/tenant-one/v2.0"
KEYCLOAK = "https://sso.example.org/realms/force"
EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)
KEYCLOAK_KEY = ec.generate_private_key(ec.SECP256R1())
STRANGER_KEY = ec.generate_private_key(ec.SECP256R1())
STRANGER_RSA = rsa.generate_private_key(65537, 2048)

TRUSTED = (
    TrustedIssuer(
        issuer=ENTRA,
        audiences=("api-guid", "api://beatcheck"),
        subject_claim="oid",
        scope_claim="scp",
        required_scopes=("Patrol.Write",),
        role_claim_paths=("roles",),
        allowed_clients=("phone-app", "daemon"),
        required_claims={"tid": "tenant-one", "ver": "2.0"},
    ),
    TrustedIssuer(
        issuer=KEYCLOAK,
        audiences=("beatcheck",),
        algorithms=("ES256",),
        role_claim_paths=("realm_access.roles", "resource_access.beatcheck.roles"),
        token_types=("JWT", "at+jwt", ""),
    ),
)

Json = dict[str, object]


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def packed(value: object) -> str:
    return b64(json.dumps(value).encode())


def jwk(key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey, kid: str) -> Json:
    if isinstance(key, rsa.RSAPublicKey):
        n, e = key.public_numbers().n, key.public_numbers().e
        return {"kty": "RSA", "kid": kid, "n": b64(n.to_bytes(256, "big")), "e": b64(e.to_bytes(3, "big"))}
    return {**ECAlgorithm.to_jwk(key, as_dict=True), "kid": kid}


@dataclass
class World:
    """Two providers behind one HTTP client, a clock for keys, and a verifier that trusts them."""

    profile: Profile = Profile.PRODUCTION
    seconds: float = 0.0
    fetches: list[str] = field(default_factory=list)
    keys: dict[str, list[Json]] = field(
        default_factory=lambda: {
            ENTRA: [jwk(EC_KEY.public_key(), "ec"), jwk(RSA_KEY.public_key(), "rsa")],
            KEYCLOAK: [jwk(KEYCLOAK_KEY.public_key(), "kc")],
        }
    )

    def __post_init__(self) -> None:
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(self.answer))
        self.verifier = TokenVerifier(TRUSTED, self.http, lambda: self.seconds, self.profile)

    def answer(self, request: httpx.Request) -> httpx.Response:
        url = str(request.url)
        self.fetches.append(url)
        issuer = ENTRA if url.startswith(ENTRA) else KEYCLOAK
        if url.endswith("/keys"):
            return httpx.Response(200, json={"keys": self.keys[issuer]})
        return httpx.Response(200, json={"issuer": issuer, "jwks_uri": f"{issuer}/keys"})


def entra(**changes: object) -> Json:
    """Claims of a good Entra v2 delegated token; a change to None takes the claim out."""
    claims: Json = {
        "iss": ENTRA,
        "aud": "api-guid",
        "sub": "pairwise-1",
        "oid": "object-4101",
        "tid": "tenant-one",
        "ver": "2.0",
        "azp": "phone-app",
        "azpacr": "0",
        "scp": "Patrol.Write profile",
        "roles": ["Officer"],
        "iat": T - 300,
        "nbf": T - 300,
        "exp": T + 3600,
        "uti": "x",
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def keycloak(**changes: object) -> Json:
    claims: Json = {
        "iss": KEYCLOAK,
        "aud": ["account", "beatcheck"],
        "sub": "f3b1",
        "typ": "Bearer",
        "azp": "beatcheck-phone",
        "nonce": "older versions send one",
        "scope": "profile email",
        "realm_access": {"roles": ["offline_access", "Officer"]},
        "resource_access": {"beatcheck": {"roles": ["Supervisor"]}},
        "iat": T - 10,
        "exp": T + 300,
        "auth_time": T - 60,
        "jti": "t-1",
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def signature(signed: bytes, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, algorithm: str) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return jwt.get_algorithm_by_name(algorithm if algorithm in ("RS256", "PS256") else "RS256").sign(
            signed, key
        )
    return jwt.get_algorithm_by_name("ES256").sign(signed, key)


def signed(
    claims: Json | str,
    header: Json | str | None = None,
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey = EC_KEY,
    **header_changes: object,
) -> str:
    """A token whose signature is right, whatever its header and claims say; texts are taken as raw JSON."""
    default: Json = {"alg": "ES256" if isinstance(key, ec.EllipticCurvePrivateKey) else "RS256", "typ": "JWT"}
    default["kid"] = "ec" if isinstance(key, ec.EllipticCurvePrivateKey) else "rsa"
    default.update(header_changes)
    if header is None:
        header = {name: value for name, value in default.items() if value is not None}
    head = b64(header.encode()) if isinstance(header, str) else packed(header)
    body = b64(claims.encode()) if isinstance(claims, str) else packed(claims)
    algorithm = header.get("alg") if isinstance(header, dict) else "ES256"
    mark = signature(f"{head}.{body}".encode(), key, str(algorithm))
    return f"{head}.{body}.{b64(mark)}"


def keycloak_signed(claims: Json, **header_changes: object) -> str:
    return signed(claims, None, KEYCLOAK_KEY, **{"kid": "kc", **header_changes})


STRANGER_JWK = jwk(STRANGER_KEY.public_key(), "ec")
