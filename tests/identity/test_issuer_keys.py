"""The identity provider's bad day: rotation, outage, hanging, lies and floods of unknown key names."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable

import httpx2 as httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from app.identity.issuer_keys import (
    COOLDOWN_SECONDS,
    FIRST_FETCH_RETRY_SECONDS,
    MAX_DOCUMENT_BYTES,
    REFRESH_AFTER_SECONDS,
    IssuerKeys,
    KeysUnavailable,
    read_json_object,
    usable_keys,
)
from app.settings import Profile, TrustedIssuer

ISSUER = "https://login.example.org/tenant"
DISCOVERY = f"{ISSUER}/.well-known/openid-configuration"
JWKS = "https://keys.example.org/jwks"
ALGORITHMS = ("RS256", "PS256", "ES256")
EC_KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)

pytestmark = pytest.mark.anyio


def ec_jwk(
    kid: object = "one", key: ec.EllipticCurvePrivateKey = EC_KEY, **more: object
) -> dict[str, object]:
    return {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, **more}


def rsa_jwk(kid: object = "rsa", key: rsa.RSAPrivateKey = RSA_KEY, **more: object) -> dict[str, object]:
    jwk: dict[str, object] = {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)}
    del jwk["key_ops"]
    return {**jwk, "kid": kid, **more}


# A good answer, discovery and key set in one, which would take the held key away if it were accepted.
OTHER_DOCUMENT = {"issuer": ISSUER, "jwks_uri": JWKS, "keys": [ec_jwk("other", OTHER_EC_KEY)]}


class Provider:
    """An identity provider's two documents over HTTP, which can be told to fail; counts what it is asked."""

    def __init__(self) -> None:
        self.discovery: dict[str, object] = {"issuer": ISSUER, "jwks_uri": JWKS}
        self.keys: list[dict[str, object]] = [ec_jwk()]
        self.asked: list[str] = []
        self.fail: Callable[[httpx.Request], Awaitable[httpx.Response]] | None = None
        self.seconds = 1000.0

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        await asyncio.sleep(0)
        if self.fail is not None:
            return await self.fail(request)
        if str(request.url) == DISCOVERY:
            return httpx.Response(200, json=self.discovery)
        if str(request.url) == JWKS:
            return httpx.Response(200, json={"keys": self.keys})
        return httpx.Response(404)

    @property
    def refreshes(self) -> int:
        return self.asked.count(DISCOVERY)

    def issuer_keys(self, profile: Profile = Profile.PRODUCTION, timeout_seconds: float = 3.0) -> IssuerKeys:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self.answer), follow_redirects=True)
        trusted = TrustedIssuer(issuer=ISSUER, audiences=("beatcheck",))
        return IssuerKeys(trusted, http, lambda: self.seconds, profile, timeout_seconds)


async def settle() -> None:
    """Let background refreshes run; none of them waits for anything but the loop."""
    for _ in range(200):
        await asyncio.sleep(0)


async def hang(_: httpx.Request) -> httpx.Response:
    await asyncio.Event().wait()
    return httpx.Response(200)


async def down(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


async def test_a_known_key_is_found_after_one_fetch() -> None:
    provider = Provider()
    keys = provider.issuer_keys()
    assert await keys.find("one", "ES256") is not None
    assert await keys.find("one", "ES256") is not None
    assert provider.asked == [DISCOVERY, JWKS]


async def test_a_key_answers_only_for_its_own_algorithms() -> None:
    provider = Provider()
    keys = provider.issuer_keys()
    assert await keys.find("one", "RS256") is None
    provider.seconds += COOLDOWN_SECONDS
    assert await keys.find("one", "HS256") is None
    assert provider.refreshes == 1


async def test_rotation_is_seen_on_the_first_token_with_the_new_key() -> None:
    provider = Provider()
    keys = provider.issuer_keys()
    await keys.find("one", "ES256")
    provider.keys.append(ec_jwk("two", OTHER_EC_KEY))
    provider.seconds += COOLDOWN_SECONDS
    assert await keys.find("two", "ES256") is not None
    assert await keys.find("one", "ES256") is not None


async def test_hourly_refresh_runs_behind_the_call_and_drops_a_withdrawn_key() -> None:
    provider = Provider()
    keys = provider.issuer_keys()
    await keys.find("one", "ES256")
    provider.keys = [ec_jwk("two", OTHER_EC_KEY)]
    provider.seconds += REFRESH_AFTER_SECONDS
    assert await keys.find("one", "ES256") is not None
    await settle()
    assert provider.refreshes == 2
    assert keys.held("one", "ES256") is None
    assert keys.held("two", "ES256") is not None


async def test_no_refresh_before_the_hour() -> None:
    provider = Provider()
    keys = provider.issuer_keys()
    await keys.find("one", "ES256")
    provider.seconds += REFRESH_AFTER_SECONDS - 1
    await keys.find("one", "ES256")
    await settle()
    assert provider.refreshes == 1


@pytest.mark.parametrize("failure", [down, hang])
async def test_known_keys_work_while_the_provider_fails_for_hours(
    failure: Callable[[httpx.Request], Awaitable[httpx.Response]],
) -> None:
    provider = Provider()
    keys = provider.issuer_keys(timeout_seconds=0.01)
    await keys.find("one", "ES256")
    provider.fail = failure
    for _ in range(4 * 60):
        provider.seconds += 60
        # Finished within one turn of the loop: the call waited for nothing.
        call = asyncio.ensure_future(keys.find("one", "ES256"))
        await asyncio.sleep(0)
        assert call.done()
        assert call.result() is not None
    assert provider.refreshes <= 1 + 4 * 60 * 60 / COOLDOWN_SECONDS
    await keys.aclose()
    provider.fail = None
    provider.seconds += COOLDOWN_SECONDS
    await keys.find("one", "ES256")
    await settle()
    assert keys.held("one", "ES256") is not None


async def test_a_hanging_provider_holds_an_unknown_key_no_longer_than_the_time_limit() -> None:
    provider = Provider()
    provider.fail = hang
    keys = provider.issuer_keys(timeout_seconds=0.01)
    async with asyncio.timeout(2):
        assert await keys.find("one", "ES256") is None


async def test_a_slow_drip_is_cut_off_too() -> None:
    async def drip() -> object:
        while True:
            await asyncio.sleep(0)
            yield b" "

    async def slow(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=drip())  # type: ignore[arg-type]

    provider = Provider()
    provider.fail = slow
    keys = provider.issuer_keys(timeout_seconds=0.01)
    async with asyncio.timeout(2):
        assert await keys.find("one", "ES256") is None


async def test_ten_thousand_unknown_names_cost_one_fetch_in_five_minutes() -> None:
    provider = Provider()
    keys = provider.issuer_keys()
    await keys.find("one", "ES256")
    provider.seconds += COOLDOWN_SECONDS
    for number in range(10_000):
        provider.seconds += 0.0299
        assert await keys.find(f"random-{number}", "ES256") is None
    assert provider.refreshes == 2
    provider.seconds += 2
    await keys.find("random", "ES256")
    assert provider.refreshes == 3


async def test_callers_at_once_share_one_fetch() -> None:
    provider = Provider()
    keys = provider.issuer_keys()
    found = await asyncio.gather(*(keys.find("one", "ES256") for _ in range(200)))
    assert all(key is not None for key in found)
    assert provider.asked == [DISCOVERY, JWKS]


async def test_a_caller_who_gives_up_does_not_end_the_fetch_of_others() -> None:
    provider = Provider()
    keys = provider.issuer_keys()
    impatient = asyncio.ensure_future(keys.find("one", "ES256"))
    patient = asyncio.ensure_future(keys.find("one", "ES256"))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient is not None
    assert provider.refreshes == 1


async def test_a_failed_first_fetch_is_tried_again_after_ten_seconds() -> None:
    provider = Provider()
    provider.fail = down
    keys = provider.issuer_keys()
    await keys.refresh()
    provider.fail = None
    assert await keys.find("one", "ES256") is None
    provider.seconds += FIRST_FETCH_RETRY_SECONDS
    assert await keys.find("one", "ES256") is not None


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://login.example.org/other", "jwks_uri": JWKS},
        {"issuer": ISSUER + "/", "jwks_uri": JWKS},
        {"issuer": ISSUER},
        {"jwks_uri": JWKS},
        {"issuer": ISSUER, "jwks_uri": ["https://keys.example.org/jwks"]},
        {"issuer": ISSUER, "jwks_uri": "http://keys.example.org/jwks"},
        {"issuer": ISSUER, "jwks_uri": "https://127.0.0.1/jwks"},
        {"issuer": ISSUER, "jwks_uri": "https://[::1]/jwks"},
        {"issuer": ISSUER, "jwks_uri": "https://169.254.169.254/latest"},
        {"issuer": ISSUER, "jwks_uri": "https://a:b@keys.example.org/jwks"},
        {"issuer": ISSUER, "jwks_uri": "file:///etc/passwd"},
        {"issuer": ISSUER, "jwks_uri": "https://"},
        {"issuer": ISSUER, "jwks_uri": "https://[bad/jwks"},
        {"issuer": ISSUER, "jwks_uri": "https://keys.example.org:99999/jwks"},
        {"issuer": ISSUER, "jwks_uri": "https://keys.example.org/\x00"},
    ],
)
async def test_a_discovery_document_that_lies_is_not_followed(discovery: dict[str, object]) -> None:
    provider = Provider()
    provider.discovery = discovery
    keys = provider.issuer_keys()
    assert await keys.find("one", "ES256") is None
    assert provider.asked == [DISCOVERY]


async def test_development_may_use_http_on_this_machine() -> None:
    provider = Provider()
    http = httpx.AsyncClient(
        transport=httpx.MockTransport(
            lambda request: httpx.Response(
                200,
                json={
                    "issuer": "http://127.0.0.1:9",
                    "jwks_uri": "http://127.0.0.1:9/jwks",
                    "keys": [ec_jwk()],
                },
            )
        )
    )
    trusted = TrustedIssuer(issuer="http://127.0.0.1:9", audiences=("beatcheck",))
    for profile, expected in ((Profile.DEVELOPMENT, 1), (Profile.PRODUCTION, 0)):
        keys = IssuerKeys(trusted, http, lambda: provider.seconds, profile)
        await keys.refresh()
        assert keys.count == expected


@pytest.mark.parametrize(
    "response",
    [
        lambda: httpx.Response(200, content=b"<html>sign in to the hotel network</html>"),
        lambda: httpx.Response(200, content=b""),
        lambda: httpx.Response(200, content=b"[]"),
        lambda: httpx.Response(200, content=b"\xff\xfe"),
        lambda: httpx.Response(200, content=b"[" * 100_000),
        lambda: httpx.Response(200, content=b'{"a":1,"a":2}'),
        lambda: httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": JWKS, "keys": []}),
        lambda: httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": JWKS, "keys": None}),
        lambda: httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": JWKS, "keys": [ec_jwk()] * 101}),
        lambda: httpx.Response(200, json={**OTHER_DOCUMENT, "filler": "x" * MAX_DOCUMENT_BYTES}),
        lambda: httpx.Response(500),
        lambda: httpx.Response(204),
        lambda: httpx.Response(302, headers={"Location": "https://elsewhere.example.org/"}),
        lambda: httpx.Response(
            200,
            headers={"Content-Encoding": "gzip"},
            stream=httpx.ByteStream(gzip.compress(json.dumps(OTHER_DOCUMENT).encode())),
        ),
    ],
)
async def test_garbage_never_replaces_good_keys(response: Callable[[], httpx.Response]) -> None:
    provider = Provider()
    keys = provider.issuer_keys()
    await keys.refresh()

    async def garbage(_: httpx.Request) -> httpx.Response:
        return response()

    provider.fail = garbage
    await keys.refresh()
    assert keys.held("one", "ES256") is not None
    assert all(url in (DISCOVERY, JWKS) for url in provider.asked)


@pytest.mark.parametrize(
    "jwk",
    [
        {"kty": "oct", "kid": "k", "k": "c2VjcmV0"},
        ec_jwk(d="AAAA"),
        rsa_jwk(d="AAAA"),
        rsa_jwk(k="AAAA"),
        ec_jwk(use="enc"),
        ec_jwk(use=["sig"]),
        ec_jwk(key_ops=["sign"]),
        ec_jwk(key_ops="verify"),
        ec_jwk(alg="ES384"),
        ec_jwk(alg="HS256"),
        rsa_jwk(alg="RSA-OAEP"),
        rsa_jwk(alg=["RS256"]),
        rsa_jwk(key=rsa.generate_private_key(65537, 1024)),  # noqa: S505 - the weak key is the case
        rsa_jwk(n=7),
        rsa_jwk(n="!!"),
        rsa_jwk(n=""),
        rsa_jwk(n="A" * 100_000),
        rsa_jwk(e="AA"),
        rsa_jwk(e=["AQAB"]),
        ec_jwk(key=ec.generate_private_key(ec.SECP384R1())),
        ec_jwk(key=ec.generate_private_key(ec.SECP256K1())),
        ec_jwk(x="AAAA"),
        ec_jwk(x="A" * 43, y="A" * 43),
        ec_jwk(kid=""),
        ec_jwk(kid=None),
        ec_jwk(kid=5),
        ec_jwk(kid="k" * 1000),
        ec_jwk(kty=["EC"]),
        ec_jwk(kty="RSA"),
        {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43, "kid": "k"},
        {},
        "text",
        None,
    ],
)
def test_keys_we_may_not_use_are_left_out_and_others_kept(jwk: object) -> None:
    assert list(usable_keys({"keys": [jwk, ec_jwk("good")]}, ALGORITHMS)) == ["good"]


def test_keys_are_pinned_to_the_algorithms_of_issuer_key_type_and_alg() -> None:
    found = usable_keys(
        {"keys": [ec_jwk("e"), rsa_jwk("r"), rsa_jwk("p", alg="PS256", use="sig", key_ops=["verify"])]},
        ALGORITHMS,
    )
    assert {kid: set(keys[0].algorithms) for kid, keys in found.items()} == {
        "e": {"ES256"},
        "r": {"RS256", "PS256"},
        "p": {"PS256"},
    }
    assert list(usable_keys({"keys": [ec_jwk("e"), rsa_jwk("r")]}, ("ES256",))) == ["e"]


def test_one_name_may_stand_for_an_rsa_and_an_ec_key_but_not_for_two_of_a_kind() -> None:
    found = usable_keys({"keys": [ec_jwk("k"), rsa_jwk("k"), ec_jwk("k", OTHER_EC_KEY)]}, ALGORITHMS)
    assert [set(key.algorithms) for key in found["k"]] == [{"ES256"}, {"RS256", "PS256"}]
    assert found["k"][0] == usable_keys({"keys": [ec_jwk("k")]}, ALGORITHMS)["k"][0]
    assert found["k"][0] != usable_keys({"keys": [ec_jwk("k", OTHER_EC_KEY)]}, ALGORITHMS)["k"][0]


def test_a_document_that_is_no_key_set_is_refused() -> None:
    with pytest.raises(KeysUnavailable):
        usable_keys({"keys": {"one": ec_jwk()}}, ALGORITHMS)


@pytest.mark.parametrize("text", ['{"a":{"b":1,"b":2}}', '{"a":NaN}', "[1]", '"x"', "", '{"a":1} {}'])
def test_only_one_strict_json_object_is_read(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_json_object(text.encode())
    assert read_json_object(json.dumps({"a": [1, {"a": 2}]}).encode()) == {"a": [1, {"a": 2}]}
