"""The development issuer keeps the real rules, and the API's verifier believes it only outside production."""

import asyncio
import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2 as httpx
import jwt
import pytest

from app.identity.tokens import TokenRefused, TokenVerifier
from app.settings import Profile, TrustedIssuer
from demo.issuer import AUDIENCE, CLIENT_ID, DemoPerson, create_issuer, read_people, shared_key

pytestmark = pytest.mark.anyio

BASE = "http://127.0.0.1:9000"
NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
PEOPLE = (
    DemoPerson("demo|4101", "Constable 4101 <North & East>"),
    DemoPerson("demo|2200", "Sergeant 2200", ("Supervisor",)),
)
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "response_type": "code",
    "client_id": CLIENT_ID,
    "redirect_uri": "http://127.0.0.1:5000/back",
    "state": "s&1",
    "nonce": "n1",
    "scope": "openid beatcheck",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


def verifier(http: httpx.AsyncClient, profile: Profile = Profile.DEVELOPMENT) -> TokenVerifier:
    """The API's own verifier, reading the issuer's real documents."""
    trusted = TrustedIssuer(
        issuer=BASE,
        audiences=(AUDIENCE,),
        algorithms=("ES256",),
        token_types=("at+jwt",),
        scope_claim="scope",
        required_scopes=("beatcheck",),
        role_claim_paths=("roles",),
        allowed_clients=(CLIENT_ID,),
    )
    return TokenVerifier((trusted,), http, lambda: 0.0, profile)


class Desk:
    """The issuer behind an HTTP client, and its clock."""

    def __init__(self) -> None:
        self.now = NOW
        app = create_issuer(BASE + "/", PEOPLE, now=lambda: self.now)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE)

    async def code(self, **changes: str) -> str:
        answer = await self.http.post("/authorize", data={**ASKED, "subject": "demo|2200", **changes})
        assert answer.status_code == 303
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]

    async def exchange(self, code: str, **changes: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": ASKED["redirect_uri"],
            "client_id": CLIENT_ID,
            "code_verifier": VERIFIER,
        }
        return await self.http.post("/token", data={**form, **changes})


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_a_minted_token_is_believed_by_the_real_verifier(desk: Desk) -> None:
    answer = await desk.http.post("/mint", data={"subject": "demo|2200"})
    assert answer.headers["cache-control"] == "no-store"
    minted = answer.json()
    assert 3600 <= minted["expires_in"] <= 5400
    claims = await verifier(desk.http).verify(minted["access_token"], NOW)
    assert (claims.subject, claims.roles, claims.app_only) == ("demo|2200", frozenset({"Supervisor"}), False)
    assert claims.expires_at == NOW + timedelta(seconds=minted["expires_in"])
    assert jwt.get_unverified_header(minted["access_token"])["typ"] == "at+jwt"


async def test_json_is_taken_too_and_each_token_is_another(desk: Desk) -> None:
    answers = [await desk.http.post("/mint", json={"subject": "demo|4101"}) for _ in range(2)]
    assert answers[0].json()["access_token"] != answers[1].json()["access_token"]


async def test_production_believes_no_token_of_the_demo(desk: Desk) -> None:
    token = (await desk.http.post("/mint", data={"subject": "demo|2200"})).json()["access_token"]
    assert jwt.decode(token, options={"verify_signature": False})["beatcheck_development"] is True
    with pytest.raises(TokenRefused):
        await verifier(desk.http, Profile.PRODUCTION).verify(token, NOW)


@pytest.mark.parametrize("body", [{"subject": "demo|9999"}, {}, {"subject": ""}])
async def test_nobody_else_is_minted(desk: Desk, body: dict[str, str]) -> None:
    assert (await desk.http.post("/mint", data=body)).status_code == 400


@pytest.mark.parametrize("content", [b"[1]", b"{", b'{"subject": 5}', b"[" * 10_000, b"x" * 100_000, b"\xff"])
async def test_broken_bodies_are_refused(desk: Desk, content: bytes) -> None:
    for path in ("/mint", "/token", "/authorize"):
        answer = await desk.http.post(path, content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400


async def test_the_code_flow_gives_a_good_access_token_and_an_id_token_that_is_none(desk: Desk) -> None:
    page = await desk.http.get("/authorize", params=ASKED)
    assert "Constable 4101 &lt;North &amp; East&gt;" in page.text
    answer = await desk.http.post("/authorize", data={**ASKED, "subject": "demo|4101"})
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    assert (back["state"], back["iss"]) == (["s&1"], [BASE])
    given = (await desk.exchange(back["code"][0])).json()
    claims = await verifier(desk.http).verify(given["access_token"], NOW)
    assert (claims.subject, claims.client_id) == ("demo|4101", CLIENT_ID)
    assert jwt.decode(given["id_token"], options={"verify_signature": False})["nonce"] == "n1"
    with pytest.raises(TokenRefused):
        await verifier(desk.http).verify(given["id_token"], NOW)


async def test_a_code_is_good_once(desk: Desk) -> None:
    code = await desk.code()
    assert (await desk.exchange(code)).status_code == 200
    assert (await desk.exchange(code)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": ""},
        {"code_verifier": CHALLENGE},
        {"redirect_uri": "http://127.0.0.1:5000/other"},
        {"client_id": "other"},
        {"grant_type": "password"},
    ],
)
async def test_a_code_is_bound_to_its_request(desk: Desk, changes: dict[str, str]) -> None:
    answer = await desk.exchange(await desk.code(), **changes)
    assert answer.status_code == 400
    assert "access_token" not in answer.json()


async def test_a_guessed_code_is_refused(desk: Desk) -> None:
    assert (await desk.exchange("guessed")).json()["error"] == "invalid_grant"


async def test_a_code_lasts_a_minute(desk: Desk) -> None:
    code = await desk.code()
    desk.now += timedelta(seconds=60)
    assert (await desk.exchange(code)).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://attacker.example.org/"},
        {"redirect_uri": "http://127.0.0.1.attacker.example.org/"},
        {"redirect_uri": "http://127.0.0.1@attacker.example.org/"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "http://[bad"},
        {"redirect_uri": ""},
        {"client_id": "other"},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
        {"code_challenge": "é" * 43},
    ],
)
async def test_a_bad_request_never_leaves_the_issuer(desk: Desk, changes: dict[str, str]) -> None:
    asked = {**ASKED, **changes}
    for answer in (
        await desk.http.get("/authorize", params=asked),
        await desk.http.post("/authorize", data={**asked, "subject": "demo|4101"}),
    ):
        assert answer.status_code == 400
        assert "location" not in answer.headers


async def test_another_host_name_is_not_answered(desk: Desk) -> None:
    answer = await desk.http.get("/jwks", headers={"Host": "attacker.example.org"})
    assert answer.status_code == 400


async def test_the_key_set_holds_nothing_private(desk: Desk) -> None:
    (key,) = (await desk.http.get("/jwks")).json()["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


def test_processes_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "issuer.pem"
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: shared_key(path), range(8)))
    assert len({key.private_numbers().private_value for key in keys}) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["issuer.pem"]


def test_a_shared_key_lets_one_process_verify_what_another_minted(tmp_path: Path) -> None:
    async def run() -> str:
        one, two = (create_issuer(BASE, PEOPLE, key=shared_key(tmp_path / "k.pem")) for _ in range(2))
        token, _ = one.state.signer.access_token(PEOPLE[0])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(two)) as http:
            return (await verifier(http).verify(token, datetime.now(UTC))).subject

    assert asyncio.run(run()) == "demo|4101"


def test_a_file_that_holds_another_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "k.pem"
    path.write_bytes(b"not a key")
    with pytest.raises(ValueError, match=r".+"):
        shared_key(path)


def test_people_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "people.json"
    path.write_text(
        '[{"subject": "demo|1", "label": "One", "roles": ["Planner"]}, {"subject": "demo|2", "label": "T"}]'
    )
    assert read_people(path) == [DemoPerson("demo|1", "One", ("Planner",)), DemoPerson("demo|2", "T")]
