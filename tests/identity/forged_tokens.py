"""Tokens that must not be believed, each named for its one fault; the rest of each is good."""

import base64
import hmac
import json
import re
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.identity.token_world import (
    EC_KEY,
    ENTRA,
    KEYCLOAK_KEY,
    RSA_KEY,
    STRANGER_JWK,
    STRANGER_KEY,
    STRANGER_RSA,
    T,
    b64,
    entra,
    jwk,
    keycloak,
    keycloak_signed,
    packed,
    signed,
)


def hmac_signed(algorithm: str, secret: bytes) -> str:
    head = packed({"alg": algorithm, "typ": "JWT", "kid": "rsa"})
    body = packed(entra())
    digest = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}[algorithm]
    return f"{head}.{body}.{b64(hmac.new(secret, f'{head}.{body}'.encode(), digest).digest())}"


def unsigned(algorithm: str, mark: str = "") -> str:
    return f"{packed({'alg': algorithm, 'typ': 'JWT', 'kid': 'ec'})}.{packed(entra())}.{mark}"


def resigned(change: Callable[[bytes], bytes]) -> str:
    """A good token with its signature's bytes changed."""
    head, body, mark = signed(entra()).split(".")
    return f"{head}.{body}.{b64(change(base64.urlsafe_b64decode(mark + '==')))}"


def der_signed() -> str:
    head, body, _ = signed(entra()).split(".")
    return f"{head}.{body}.{b64(EC_KEY.sign(f'{head}.{body}'.encode(), ec.ECDSA(hashes.SHA256())))}"


def raw_claims(**raw: str) -> str:
    """Good claims as JSON text with members added at the end exactly as written."""
    return json.dumps(entra())[:-1] + "".join(f', "{name}": {text}' for name, text in raw.items()) + "}"


def raw_time(text: str) -> str:
    return re.sub(r'"exp": \d+', f'"exp": {text}', json.dumps(entra()))


GOOD = signed(entra())
HEAD, BODY, MARK = GOOD.split(".")
RSA_PEM = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
RSA_DER = RSA_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
EC_PEM = EC_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
RSA_JWK = json.dumps(jwk(RSA_KEY.public_key(), "rsa")).encode()

FORGED: dict[str, str] = {
    # Algorithms.
    "alg none": unsigned("none"),
    "alg None": unsigned("None"),
    "alg NONE": unsigned("NONE"),
    "alg nOnE": unsigned("nOnE"),
    "alg none with a signature": unsigned("none", MARK),
    "alg none with a short signature": unsigned("none", "AA"),
    "alg empty": signed(entra(), alg=""),
    "alg missing": signed(entra(), alg=None),
    "alg is a number": signed(entra(), alg=256),
    "alg is a list": signed(entra(), alg=["ES256"]),
    "alg in lower case": signed(entra(), alg="es256"),
    "alg with a space": signed(entra(), alg="ES256 "),
    "alg ES384 over a P-256 key": signed(entra(), alg="ES384"),
    "alg RS512": signed(entra(), key=RSA_KEY, alg="RS512"),
    "alg RS256 with an EC key's name": signed(entra(), key=RSA_KEY, kid="ec"),
    "alg ES256 with an RSA key's name": signed(entra(), kid="rsa"),
    "alg not of this issuer": signed(keycloak(), key=RSA_KEY, kid="kc"),
    "alg EdDSA": signed(entra(), alg="EdDSA"),
    "HS256 with the public key as PEM": hmac_signed("HS256", RSA_PEM),
    "HS256 with the public key as DER": hmac_signed("HS256", RSA_DER),
    "HS256 with the EC public key": hmac_signed("HS256", EC_PEM),
    "HS256 with the JWK as text": hmac_signed("HS256", RSA_JWK),
    "HS256 with an empty secret": hmac_signed("HS256", b""),
    "HS384": hmac_signed("HS384", RSA_PEM),
    "HS512": hmac_signed("HS512", RSA_PEM),
    # Keys.
    "a stranger's key with our key's name": signed(entra(), key=STRANGER_KEY),
    "a stranger's RSA key with our key's name": signed(entra(), key=STRANGER_RSA),
    "another trusted issuer's key with this iss": signed(entra(), key=KEYCLOAK_KEY),
    "another trusted issuer's key and kid with this iss": signed(entra(), key=KEYCLOAK_KEY, kid="kc"),
    "kid missing": signed(entra(), kid=None),
    "kid empty": signed(entra(), kid=""),
    "kid is a number": signed(entra(), kid=1),
    "kid is a list": signed(entra(), kid=["ec"]),
    "kid is an object": signed(entra(), kid={"ec": 1}),
    "kid of no key": signed(entra(), kid="none-such"),
    "kid walks to a file": signed(entra(), kid="../../../../dev/null"),
    "kid with SQL": signed(entra(), kid="x' UNION SELECT 'secret' --"),
    "kid is an address": signed(entra(), kid="https://attacker.example.org/key"),
    "kid with a null byte": signed(entra(), kid="ec\x00"),
    "kid with a line break": signed(entra(), kid="ec\r\nX: y"),
    "kid very long": signed(entra(), kid="k" * 2000),
    "kid in other case": signed(entra(), kid="EC"),
    # Headers that bring a key or change the reading.
    "header jwk": signed(entra(), key=STRANGER_KEY, jwk=STRANGER_JWK),
    "header jwk on a good token": signed(entra(), jwk=STRANGER_JWK),
    "header jku": signed(entra(), key=STRANGER_KEY, jku="https://attacker.example.org/jwks"),
    "header jku on a good token": signed(entra(), jku=f"{ENTRA}/keys"),
    "header x5u": signed(entra(), x5u="https://attacker.example.org/cert"),
    "header x5c": signed(entra(), x5c=["MIIB"]),
    "header crit unknown": signed(entra(), crit=["beat"], beat=1),
    "header crit known to the library": signed(entra(), crit=["b64"], b64=True),
    "header crit empty": signed(entra(), crit=[]),
    "header crit text": signed(entra(), crit="exp"),
    "header b64 false": f"{packed({'alg': 'ES256', 'kid': 'ec', 'typ': 'JWT', 'b64': False})}..{MARK}",
    "header b64 true": signed(entra(), b64=True),
    "header zip": signed(entra(), zip="DEF"),
    "header is a list": signed(entra(), "[]"),
    "header is text": signed(entra(), '"ES256"'),
    "header is not JSON": signed(entra(), "alg=ES256"),
    "header twice alg": signed(entra(), '{"alg":"none","alg":"ES256","kid":"ec","typ":"JWT"}'),
    "header twice kid": signed(entra(), '{"alg":"ES256","kid":"x","kid":"ec","typ":"JWT"}'),
    # Type and purpose.
    "typ missing where it must be": signed(entra(), typ=None),
    "typ empty": signed(entra(), typ=""),
    "typ is a number": signed(entra(), typ=1),
    "typ is a list": signed(entra(), typ=["JWT"]),
    "typ of a logout token": signed(entra(), typ="logout+jwt"),
    "typ of a DPoP proof": signed(entra(), typ="dpop+jwt"),
    "typ of an ID token": signed(entra(), typ="id+jwt"),
    "ID token with nonce": signed(entra(nonce="n")),
    "ID token with at_hash": signed(entra(at_hash="h")),
    "ID token with c_hash": signed(entra(c_hash="h")),
    "ID token with neither": signed(entra(scp=None, azp=None, azpacr=None)),
    "ID token with azp only": signed(entra(scp=None, azpacr=None)),
    "ID token of Keycloak": keycloak_signed(keycloak(typ="ID")),
    "ID token of Keycloak without typ header": keycloak_signed(keycloak(typ="ID"), typ=None),
    "refresh token of Keycloak": keycloak_signed(keycloak(typ="Refresh", nonce=None)),
    "typ claim is a list": keycloak_signed(keycloak(typ=["Bearer"])),
    "logout token": keycloak_signed(
        keycloak(events={"http://schemas.openid.net/event/backchannel-logout": {}})
    ),
    "bound to a sender's key": signed(entra(cnf={"jkt": "x"})),
    # Issuer, audience, tenant, client, scope.
    "iss missing": signed(entra(iss=None)),
    "iss with a slash more": signed(entra(iss=ENTRA + "/")),
    "iss in other case": signed(entra(iss=ENTRA.upper())),
    "iss of another tenant": signed(entra(iss="https://login.example.org/tenant-two/v2.0")),
    "iss with trusted beginning": signed(entra(iss=ENTRA + ".attacker.example.org")),
    "iss is a list": signed(entra(iss=[ENTRA])),
    "iss is an object": signed(entra(iss={ENTRA: 1})),
    "iss is a number": signed(entra(iss=5)),
    "iss unknown, on this machine": signed(entra(iss="http://127.0.0.1:9000")),
    "aud missing": signed(entra(aud=None)),
    "aud of another service": signed(entra(aud="other")),
    "aud of another issuer's entry": signed(entra(aud="beatcheck")),
    "aud empty": signed(entra(aud="")),
    "aud empty list": signed(entra(aud=[])),
    "aud list of others": signed(entra(aud=["a", "b"])),
    "aud list with a number": signed(entra(aud=["api-guid", 5])),
    "aud list in a list": signed(entra(aud=[["api-guid"]])),
    "aud is an object": signed(entra(aud={"api-guid": True})),
    "aud is part of ours": signed(entra(aud="api")),
    "aud in other case": signed(entra(aud="API-GUID")),
    "tenant wrong": signed(entra(tid="tenant-two")),
    "tenant missing": signed(entra(tid=None)),
    "version 1": signed(entra(ver="1.0")),
    "version is a number": signed(entra(ver=2.0)),
    "client not allowed": signed(entra(azp="other-app")),
    "client missing": signed(entra(azp=None)),
    "client is a list": signed(entra(azp=["phone-app"])),
    "client claims disagree": signed(entra(appid="daemon")),
    "scope missing": signed(entra(scp="profile", idtyp="user")),
    "scope in other case": signed(entra(scp="patrol.write")),
    "scope inside another": signed(entra(scp="Patrol.Write.All")),
    "scope is a number": signed(entra(scp=1)),
    "scope is a list of lists": signed(entra(scp=[["Patrol.Write"]])),
    "no scope, said to be a user's": signed(entra(scp=None, idtyp="user")),
    "idtyp unknown": signed(entra(idtyp="device")),
    "app-only of a client not allowed": signed(entra(scp=None, idtyp="app", azp="other-app")),
    "app-only where no client is allowed": keycloak_signed(keycloak(sub="beatcheck-phone")),
    # Subject and other texts.
    "sub missing": signed(entra(sub=None)),
    "sub empty": signed(entra(sub="")),
    "sub is a number": signed(entra(sub=4101)),
    "sub very long": signed(entra(sub="s" * 256)),
    "oid missing": signed(entra(oid=None)),
    "oid is a list": signed(entra(oid=["object-4101"])),
    "oid with a null byte": signed(entra(oid="object\x00")),
    "oid with a space behind": signed(entra(oid="object-4101 ")),
    "oid with a zero-width joiner": signed(entra(oid="object\u200d-4101")),
    "jti is a number": signed(entra(jti=5)),
    "auth_time is text": signed(entra(auth_time=str(T))),
    "roles is a text": signed(entra(roles="Admin")),
    "roles is an object": signed(entra(roles={"Admin": 1})),
    "roles with a number": signed(entra(roles=["Officer", 1])),
    "roles too many": signed(entra(roles=[f"r{number}" for number in range(201)])),
    # Time.
    "exp missing": signed(entra(exp=None)),
    "iat missing": signed(entra(iat=None)),
    "expired a second ago": signed(entra(exp=T - 1)),
    "expires now": signed(entra(exp=T)),
    "expired long ago": signed(entra(iat=T - 86_400 * 30, nbf=T - 86_400 * 30, exp=T - 86_400 * 29)),
    "far future exp": signed(entra(exp=T + 86_400 * 365)),
    "lives a second over a day": signed(entra(iat=T, nbf=T, exp=T + 86_401)),
    "issued in the future": signed(entra(iat=T + 61, nbf=None)),
    "not yet valid": signed(entra(nbf=T + 61)),
    "nbf after exp": signed(entra(nbf=T + 7200)),
    "nbf is text": signed(entra(nbf=str(T))),
    "nbf is null": signed(raw_claims().replace(f'"nbf": {T - 300}', '"nbf": null')),
    "exp before iat": signed(entra(iat=T + 30, nbf=T, exp=T + 20)),
    "exp is text": signed(entra(exp=str(T + 3600))),
    "exp is a fraction": signed(entra(exp=T + 3600.5)),
    "exp is a whole fraction": signed(raw_time(f"{T + 3600}.0")),
    "exp is true": signed(entra(exp=True)),
    "exp is null": signed(raw_time("null")),
    "exp is a list": signed(entra(exp=[T + 3600])),
    "exp is 10**30": signed(entra(exp=10**30)),
    "exp is 10**30 and so is iat": signed(entra(exp=10**30, iat=10**30 - 60, nbf=None)),
    "exp of 5000 digits": signed(raw_time("9" * 5000)),
    "exp is 1e400": signed(raw_time("1e400")),
    "exp is 1e10": signed(raw_time("1e10")),
    "exp is NaN": signed(raw_time("NaN")),
    "exp is Infinity": signed(raw_time("Infinity")),
    "exp is negative": signed(entra(exp=-1)),
    "exp in milliseconds": signed(entra(exp=(T + 3600) * 1000)),
    "iat is text": signed(entra(iat=str(T))),
    "iat is true": signed(entra(iat=True)),
    "iat is 0": signed(entra(iat=0)),
    # Duplicates and broken JSON.
    "exp twice": signed(raw_claims(exp=str(T + 3600))),
    "sub twice": signed(raw_claims(sub='"admin"')),
    "roles twice": signed(raw_claims(roles='["Admin"]')),
    "a name twice by an escape": signed(raw_claims(**{"\\u006fid": '"admin"'})),
    "a name twice deep inside": signed(raw_claims(deep='{"a": [{"b": 1, "b": 2}]}')),
    "claims are a list": signed("[]"),
    "claims are text": signed('"sub"'),
    "claims are null": signed("null"),
    "claims are not JSON": signed("iss=x"),
    "claims with a tail": signed(raw_claims() + "{}"),
    "claims nested very deep": signed(raw_claims(deep="[" * 1500 + "]" * 1500)),
    "claims with half a surrogate": signed(raw_claims(x='"\\ud800"')),
    "claims are not UTF-8": f"{HEAD}.{b64(json.dumps(entra()).encode('utf-16'))}.{MARK}",
    # Signature and form.
    "claims changed": f"{HEAD}.{packed(entra(oid='object-1'))}.{MARK}",
    "header changed": f"{packed({'alg': 'ES256', 'kid': 'ec', 'typ': 'at+jwt'})}.{BODY}.{MARK}",
    "signature missing": f"{HEAD}.{BODY}.",
    "signature truncated": resigned(lambda mark: mark[:-1]),
    "signature one character short": GOOD[:-1],
    "signature extended": resigned(lambda mark: mark + b"\x00"),
    "signature with a bit flipped": resigned(lambda mark: bytes([mark[0] ^ 1]) + mark[1:]),
    "signature all zero": resigned(lambda mark: bytes(64)),
    "signature in DER": der_signed(),
    "signature of another token": f"{HEAD}.{BODY}.{signed(entra(oid='x')).split('.')[2]}",
    "signature padded": GOOD + "==",
    "header padded": f"{HEAD}=.{BODY}.{MARK}",
    "claims padded": f"{HEAD}.{BODY}==.{MARK}",
    "standard base64 alphabet": f"{HEAD}.{BODY}.+/{MARK[2:]}",
    "signature with unused bits set": GOOD[:-1] + ("B" if GOOD[-1] == "A" else chr(ord(GOOD[-1]) + 1)),
    "space before": " " + GOOD,
    "space behind": GOOD + " ",
    "line break behind": GOOD + "\n",
    "space inside": f"{HEAD}. {BODY}.{MARK}",
    "null byte behind": GOOD + "\x00",
    "the scheme inside": "Bearer " + GOOD,
    "letters that are not ASCII": f"{HEAD}.{BODY}é.{MARK}",
    "half a surrogate": f"{HEAD}.{BODY}\ud800.{MARK}",
    "empty": "",
    "one dot": ".",
    "two dots": "..",
    "header only": HEAD,
    "two parts": f"{HEAD}.{BODY}",
    "four parts": f"{GOOD}.{MARK}",
    "five parts, as encrypted tokens have": f"{HEAD}.{BODY}.{MARK}.{MARK}.{MARK}",
    "header empty": f".{BODY}.{MARK}",
    "claims empty": f"{HEAD}..{MARK}",
    "a single character": "a.b.c",
    "not a token": "hunter2",
    "huge": "a" * 10_000_000,
    "huge but whole": signed(entra(filler="x" * 9000)),
    # Development tokens in production.
    "development banner": signed(entra(beatcheck_development=True)),
    "development banner said to be false": signed(entra(beatcheck_development=False)),
}
