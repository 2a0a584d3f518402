"""The development identity provider's key, and the tokens it signs for invented people."""

import os
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from random import Random, SystemRandom

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from jwt.algorithms import ECAlgorithm

AUDIENCE = "beatcheck"
CLIENT_ID = "beatcheck-phone"
SCOPE = "beatcheck"
MIN_TOKEN_SECONDS = 60 * 60
MAX_TOKEN_SECONDS = 90 * 60


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody invented who may sign in: `subject` like `demo|4101`, `label` for the list, token roles."""

    subject: str
    label: str
    roles: tuple[str, ...] = ()


class DemoSigner:
    """Makes this issuer's tokens. `now` is a clock; `random` spreads lifetimes over 60 to 90 minutes."""

    def __init__(
        self,
        issuer: str,
        key: EllipticCurvePrivateKey,
        audience: str = AUDIENCE,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        random: Random | None = None,
    ) -> None:
        self.issuer = issuer
        self.now = now
        self._key = key
        self._audience = audience
        self._random = random or SystemRandom()
        der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.kid = sha256(der).hexdigest()[:32]

    def key_set(self) -> dict[str, object]:
        """The public key as a JWK set."""
        jwk = ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**jwk, "kid": self.kid, "use": "sig", "alg": "ES256"}]}

    def access_token(self, person: DemoPerson, client_id: str = CLIENT_ID) -> tuple[str, int]:
        """A signed access token (RFC 9068) for this person, and its lifetime in seconds."""
        issued = int(self.now().timestamp())
        lifetime = self._random.randint(MIN_TOKEN_SECONDS, MAX_TOKEN_SECONDS)
        claims: dict[str, object] = {
            "iss": self.issuer,
            "aud": self._audience,
            "sub": person.subject,
            "client_id": client_id,
            "scope": SCOPE,
            "iat": issued,
            "nbf": issued,
            "exp": issued + lifetime,
            "auth_time": issued,
            "jti": secrets.token_hex(16),
            "beatcheck_development": True,
        }
        if person.roles:
            claims["roles"] = list(person.roles)
        return self._signed(claims, "at+jwt"), lifetime

    def id_token(self, person: DemoPerson, client_id: str, nonce: str | None) -> str:
        """A signed ID token for the client; the API refuses it as an access token."""
        issued = int(self.now().timestamp())
        claims: dict[str, object] = {
            "iss": self.issuer,
            "aud": client_id,
            "sub": person.subject,
            "iat": issued,
            "exp": issued + MIN_TOKEN_SECONDS,
            "auth_time": issued,
            "beatcheck_development": True,
        }
        if nonce is not None:
            claims["nonce"] = nonce
        return self._signed(claims, "JWT")

    def _signed(self, claims: dict[str, object], token_type: str) -> str:
        return jwt.encode(claims, self._key, algorithm="ES256", headers={"typ": token_type, "kid": self.kid})


def new_key() -> EllipticCurvePrivateKey:
    """A fresh P-256 key."""
    return generate_private_key(SECP256R1())


def shared_key(path: Path) -> EllipticCurvePrivateKey:
    """The key in this file, made first when there is none, so that processes started at once share one key.

    The file is readable by its owner only. Raises ValueError when it holds something else than a P-256 key.
    """
    if not path.exists():
        pem = new_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp makes 0600; a link either appears whole or finds that another process was first.
        handle, draft = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(draft)
    key = load_pem_private_key(path.read_bytes(), password=None)
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return key
    raise ValueError(f"{path} holds no P-256 key")
