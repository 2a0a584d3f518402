"""A development identity provider: discovery, keys, code flow with PKCE, and tokens for the command line.

It exists so that the API needs no switch that turns authentication off: to the API this is one more trusted
issuer. It asks nobody for a password, so every token carries the claim `beatcheck_development`, which
production refuses, as it refuses an issuer on this machine. Never run it where others can reach it.

    python -m demo.issuer --port 9000 --people people.json

where the file is a list of `{"subject": "demo|4101", "label": "Constable 4101", "roles": []}`.
"""

import argparse
import base64
import hmac
import html
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import uvicorn
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from demo.signing import AUDIENCE, CLIENT_ID, SCOPE, DemoPerson, DemoSigner, new_key, shared_key

__all__ = ["AUDIENCE", "CLIENT_ID", "DemoPerson", "create_issuer", "read_people", "shared_key"]

CODE_SECONDS = 60
MAX_CODES = 1_000
MAX_FORM_BYTES = 16_384
APP_REDIRECT = "beatcheck://signed-in"

_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@dataclass(frozen=True, slots=True)
class _Code:
    """An authorisation code not yet exchanged, and what it is bound to."""

    person: DemoPerson
    client_id: str
    redirect_uri: str
    challenge: str
    nonce: str | None
    expires_at: datetime


class _Endpoints:
    """The issuer's pages and endpoints over one signer, its people, and the codes not yet exchanged."""

    def __init__(self, signer: DemoSigner, people: Sequence[DemoPerson]) -> None:
        self._signer = signer
        self._people = {person.subject: person for person in people}
        self._codes: dict[str, _Code] = {}

    async def discovery(self, request: Request) -> Response:
        base = self._signer.issuer
        return JSONResponse(
            {
                "issuer": base,
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
                "jwks_uri": f"{base}/jwks",
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "grant_types_supported": ["authorization_code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "token_endpoint_auth_methods_supported": ["none"],
                "code_challenge_methods_supported": ["S256"],
                "scopes_supported": ["openid", SCOPE],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def jwks(self, request: Request) -> Response:
        return JSONResponse(self._signer.key_set())

    async def choose(self, request: Request) -> Response:
        """GET /authorize: a plain list of people to sign in as."""
        asked = dict(request.query_params)
        problem = _authorize_problem(asked)
        if problem is not None:
            return _oauth_error(problem)
        hidden = "".join(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
            for name, value in asked.items()
        )
        buttons = "".join(
            f'<li><button name="subject" value="{html.escape(person.subject)}">'
            f"{html.escape(person.label)}</button>"
            for person in self._people.values()
        )
        page = (
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Demo sign-in</title>'
            "<h1>Demo sign-in</h1><p>Invented people, no passwords. Never for real use.</p>"
            f'<form method="post" action="{html.escape(self._signer.issuer)}/authorize">{hidden}'
            f"<ul>{buttons}</ul></form>"
        )
        return HTMLResponse(page, headers=_NO_STORE)

    async def chosen(self, request: Request) -> Response:
        """POST /authorize: the person picked goes back to the app with a code."""
        asked = await _form(request)
        problem = _authorize_problem(asked)
        person = self._people.get(asked.get("subject", ""))
        if problem is not None or person is None:
            return _oauth_error(problem or "no such person")
        now = self._signer.now()
        self._codes = {code: kept for code, kept in self._codes.items() if kept.expires_at > now}
        if len(self._codes) >= MAX_CODES:
            return _oauth_error("too many codes are waiting")
        code = secrets.token_urlsafe(32)
        self._codes[code] = _Code(
            person=person,
            client_id=asked["client_id"],
            redirect_uri=asked["redirect_uri"],
            challenge=asked["code_challenge"],
            nonce=asked.get("nonce"),
            expires_at=datetime.fromtimestamp(now.timestamp() + CODE_SECONDS, UTC),
        )
        answer = {"code": code, "iss": self._signer.issuer}
        if "state" in asked:
            answer["state"] = asked["state"]
        target = asked["redirect_uri"]
        joined = "&" if urlsplit(target).query else "?"
        return RedirectResponse(f"{target}{joined}{urlencode(answer)}", status_code=303, headers=_NO_STORE)

    async def token(self, request: Request) -> Response:
        """POST /token: a code and its verifier, once, for tokens."""
        asked = await _form(request)
        if asked.get("grant_type") != "authorization_code":
            return _oauth_error("only authorisation codes are exchanged", "unsupported_grant_type")
        # Taken out first, so that a code that was tried with a wrong verifier is spent too.
        code = self._codes.pop(asked.get("code", ""), None)
        if code is None or code.expires_at <= self._signer.now():
            return _oauth_error("code unknown, used or too old", "invalid_grant")
        challenge = _challenge(asked.get("code_verifier", ""))
        same_app = (asked.get("client_id"), asked.get("redirect_uri")) == (code.client_id, code.redirect_uri)
        if not same_app or not hmac.compare_digest(challenge, code.challenge):
            return _oauth_error("code belongs to another request", "invalid_grant")
        id_token = self._signer.id_token(code.person, code.client_id, code.nonce)
        return self._token_answer(code.person, code.client_id, id_token)

    async def mint(self, request: Request) -> Response:
        """POST /mint with `subject` (form or JSON): an access token for the command line."""
        person = self._people.get((await _form(request)).get("subject", ""))
        if person is None:
            return _oauth_error("no such person")
        return self._token_answer(person, CLIENT_ID, None)

    def _token_answer(self, person: DemoPerson, client_id: str, id_token: str | None) -> Response:
        token, lifetime = self._signer.access_token(person, client_id)
        answer: dict[str, object] = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": lifetime,
            "scope": SCOPE,
        }
        if id_token is not None:
            answer["id_token"] = id_token
        return JSONResponse(answer, headers=_NO_STORE)


def create_issuer(
    base_url: str,
    people: Sequence[DemoPerson],
    *,
    audience: str = AUDIENCE,
    key: EllipticCurvePrivateKey | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Starlette:
    """The issuer as an ASGI app; its `iss` is `base_url` without a final slash, where it must be served.

    `app.state.signer` is its DemoSigner, for a demo in the same process.
    """
    issuer = base_url.rstrip("/")
    signer = DemoSigner(issuer, key or new_key(), audience, now)
    endpoints = _Endpoints(signer, people)
    host = urlsplit(issuer).hostname or "localhost"
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", endpoints.discovery),
            Route("/jwks", endpoints.jwks),
            Route("/authorize", endpoints.choose, methods=["GET"]),
            Route("/authorize", endpoints.chosen, methods=["POST"]),
            Route("/token", endpoints.token, methods=["POST"]),
            Route("/mint", endpoints.mint, methods=["POST"]),
        ],
        # A page elsewhere must not reach this by pointing a name of its own at this machine.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[host])],
    )
    app.state.signer = signer
    return app


def read_people(path: Path) -> list[DemoPerson]:
    """The people in a JSON file; raises ValueError or KeyError when it does not hold them."""
    listed = json.loads(path.read_text(encoding="utf-8"))
    return [DemoPerson(row["subject"], row["label"], tuple(row.get("roles", ()))) for row in listed]


def _challenge(verifier: str) -> str:
    digest = sha256(verifier.encode("utf-8", "replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _authorize_problem(asked: dict[str, str]) -> str | None:
    """Why this authorisation request is not honoured; answered here, never sent to an unknown address."""
    if not _is_own_redirect(asked.get("redirect_uri", "")):
        return "redirect_uri must be on this machine or the app's own"
    if asked.get("response_type") != "code":
        return "response_type must be code"
    if asked.get("client_id") != CLIENT_ID:
        return f"client_id must be {CLIENT_ID}"
    challenge = asked.get("code_challenge", "")
    if asked.get("code_challenge_method") != "S256" or len(challenge) != 43 or not challenge.isascii():
        return "code_challenge with S256 is required"
    return None


def _is_own_redirect(address: str) -> bool:
    if address == APP_REDIRECT:
        return True
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return (
        parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost") and not parts.fragment
    )


async def _form(request: Request) -> dict[str, str]:
    """The fields of a small form or JSON body; a field that is no text is left out."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            return {}
    text = body.decode("utf-8", "replace")
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError):
            return {}
        pairs = fields.items() if isinstance(fields, dict) else ()
        return {name: value for name, value in pairs if isinstance(value, str)}
    return dict(parse_qsl(text))


def _oauth_error(description: str, code: str = "invalid_request") -> Response:
    return JSONResponse({"error": code, "error_description": description}, status_code=400, headers=_NO_STORE)


def main() -> None:
    """Serve the issuer on the loopback address."""
    parser = argparse.ArgumentParser(description="Beatcheck development identity provider")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--people", type=Path, required=True, help="JSON list of subject, label, roles")
    parser.add_argument("--key", type=Path, help="PEM file to share the key with another process")
    chosen = parser.parse_args()
    key = shared_key(chosen.key) if chosen.key is not None else None
    app = create_issuer(f"http://127.0.0.1:{chosen.port}", read_people(chosen.people), key=key)
    uvicorn.run(app, host="127.0.0.1", port=chosen.port, log_level="warning")


if __name__ == "__main__":
    main()
