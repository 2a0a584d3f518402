"""Forged, foreign and stale tokens are refused, all in one way; good ones are believed while their key is."""

import asyncio
import re
from datetime import UTC, timedelta
from time import thread_time

import pytest
from hypothesis import given, settings, strategies as st

from app.identity import tokens
from app.identity.tokens import TokenClaims, TokenRefused, TokenVerifier
from app.settings import Profile, TrustedIssuer
from tests.identity.forged_tokens import BODY, FORGED, GOOD
from tests.identity.token_world import (
    EC_KEY,
    ENTRA,
    KEYCLOAK,
    NOW,
    RSA_KEY,
    STRANGER_JWK,
    STRANGER_KEY,
    TRUSTED,
    Json,
    T,
    World,
    b64,
    entra,
    jwk,
    keycloak,
    keycloak_signed,
    packed,
    signed,
)

pytestmark = pytest.mark.anyio


def test_the_corpus_is_large_and_starts_from_a_good_token() -> None:
    assert len(FORGED) >= 60
    assert asyncio.run(World().verifier.verify(GOOD, NOW)).subject == "object-4101"
    assert asyncio.run(World().verifier.verify(keycloak_signed(keycloak()), NOW)).subject == "f3b1"


@pytest.mark.parametrize("name", FORGED)
async def test_forged_tokens_are_refused(name: str) -> None:
    world = World()
    await world.verifier.warm()
    for _ in range(2):  # the second time shows that a refusal leaves nothing behind that is believed
        with pytest.raises(TokenRefused) as refusal:
            await world.verifier.verify(FORGED[name], NOW)
        assert re.fullmatch(r"[a-z-]+", refusal.value.reason_code)
        assert str(refusal.value) == refusal.value.reason_code
    assert not any("attacker" in url for url in world.fetches)


@settings(deadline=None, max_examples=300)
@given(
    st.one_of(
        st.text(max_size=200),
        st.builds(
            lambda head, body, mark: f"{b64(head)}.{b64(body)}.{b64(mark)}", *[st.binary(max_size=60)] * 3
        ),
    )
)
def test_noise_is_refused_and_raises_nothing_else(token: str) -> None:
    with pytest.raises(TokenRefused):
        asyncio.run(World().verifier.verify(token, NOW))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None, max_examples=300)
@given(
    st.dictionaries(st.sampled_from([*sorted(entra()), "jti", "auth_time", "idtyp", "cnf"]), JSON_VALUES),
    st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64"]), JSON_VALUES),
)
def test_any_signed_values_give_claims_or_a_refusal(claims: Json, header: Json) -> None:
    token = signed({**entra(), **claims}, {"alg": "ES256", "kid": "ec", "typ": "JWT", **header})
    try:
        believed = asyncio.run(World().verifier.verify(token, NOW))
    except TokenRefused:
        return
    assert isinstance(believed, TokenClaims)


@pytest.mark.parametrize(
    "token",
    [
        signed(entra(), key=EC_KEY),
        signed(entra(), key=RSA_KEY, alg="RS256"),
        signed(entra(), key=RSA_KEY, alg="PS256"),
        signed(entra(), typ="at+jwt"),
        signed(entra(), typ="application/AT+JWT"),
        signed(entra(), typ="jwt"),
        signed(entra(aud="api://beatcheck")),
        signed(entra(nonce="n", at_hash="h"), typ="at+jwt"),
        signed(entra(), x5t="abc", zz=1),
        signed(entra(iat=T, nbf=T, exp=T + 86_400)),
        signed(entra(iat=T + 60, nbf=T + 60)),
        signed(entra(exp=T + 1)),
    ],
)
async def test_good_tokens_are_believed(token: str) -> None:
    claims = await World().verifier.verify(token, NOW)
    assert (claims.issuer, claims.subject, claims.client_id) == (ENTRA, "object-4101", "phone-app")
    assert claims.roles == frozenset({"Officer"})
    assert claims.app_only is False
    assert claims.expires_at.tzinfo is UTC


async def test_claims_of_a_keycloak_token() -> None:
    assert await World().verifier.verify(keycloak_signed(keycloak(), typ=None), NOW) == TokenClaims(
        issuer=KEYCLOAK,
        subject="f3b1",
        roles=frozenset({"offline_access", "Officer", "Supervisor"}),
        expires_at=NOW + timedelta(seconds=300),
        client_id="beatcheck-phone",
        app_only=False,
        token_id="t-1",
        authenticated_at=NOW - timedelta(seconds=60),
    )


async def test_an_allowed_system_may_call_for_itself() -> None:
    app = entra(scp=None, azp="daemon", azpacr="2", roles=["Integration"])
    for claims in (app, {**app, "idtyp": "app"}):
        believed = await World().verifier.verify(signed(claims), NOW)
        assert (believed.app_only, believed.client_id, believed.roles) == (
            True,
            "daemon",
            frozenset({"Integration"}),
        )


async def test_a_development_token_is_believed_outside_production_only() -> None:
    token = signed(entra(beatcheck_development=True))
    assert (await World(profile=Profile.DEVELOPMENT).verifier.verify(token, NOW)).subject == "object-4101"
    with pytest.raises(TokenRefused):
        await World(profile=Profile.PRODUCTION).verifier.verify(token, NOW)


async def test_roles_are_none_when_the_issuer_is_not_asked_for_them() -> None:
    world = World()
    plain = TrustedIssuer(issuer=KEYCLOAK, audiences=("beatcheck",))
    verifier = TokenVerifier((plain,), world.http, lambda: 0.0, Profile.PRODUCTION)
    assert (await verifier.verify(keycloak_signed(keycloak()), NOW)).roles is None


async def test_a_role_claim_whose_name_holds_dots_is_found() -> None:
    name = "https://beatcheck.example.org/roles"
    trusted = TrustedIssuer(issuer=KEYCLOAK, audiences=("beatcheck",), role_claim_paths=(name, "none.such"))
    verifier = TokenVerifier((trusted,), World().http, lambda: 0.0, Profile.PRODUCTION)
    believed = await verifier.verify(keycloak_signed({**keycloak(), name: ["Auditor"]}), NOW)
    assert believed.roles == frozenset({"Auditor"})


async def test_a_remembered_token_ends_with_its_time() -> None:
    world = World()
    await world.verifier.verify(GOOD, NOW)
    await world.verifier.verify(GOOD, NOW + timedelta(seconds=3599))
    for late in (3600, 3601, 90_000):
        with pytest.raises(TokenRefused):
            await world.verifier.verify(GOOD, NOW + timedelta(seconds=late))
    with pytest.raises(TokenRefused):
        await world.verifier.verify(GOOD, NOW - timedelta(seconds=361))


async def test_a_remembered_token_is_refused_once_its_key_is_withdrawn() -> None:
    world = World()
    rsa_token = signed(entra(), key=RSA_KEY)
    await world.verifier.verify(GOOD, NOW)
    await world.verifier.verify(rsa_token, NOW)
    world.keys[ENTRA] = [jwk(RSA_KEY.public_key(), "rsa")]
    world.seconds = 3600.0
    await world.verifier.verify(GOOD, NOW)  # still the old set; starts the refresh behind itself
    for _ in range(200):
        await asyncio.sleep(0)
    with pytest.raises(TokenRefused):
        await world.verifier.verify(GOOD, NOW)
    await world.verifier.verify(rsa_token, NOW)


async def test_a_remembered_token_is_refused_once_its_key_name_means_another_key() -> None:
    world = World()
    await world.verifier.verify(GOOD, NOW)
    world.keys[ENTRA] = [STRANGER_JWK]
    world.seconds = 3600.0
    await world.verifier.warm()
    with pytest.raises(TokenRefused):
        await world.verifier.verify(GOOD, NOW)
    await world.verifier.verify(signed(entra(), key=STRANGER_KEY), NOW)


async def test_a_flood_of_unknown_keys_costs_one_fetch_and_honest_callers_nothing() -> None:
    world = World()
    await world.verifier.verify(GOOD, NOW)
    world.seconds = 300.0
    before = len(world.fetches)
    for number in range(2_000):
        with pytest.raises(TokenRefused):
            await world.verifier.verify(
                f"{packed({'alg': 'ES256', 'typ': 'JWT', 'kid': str(number)})}.{BODY}.AA", NOW
            )
        await world.verifier.verify(GOOD, NOW)
    assert len(world.fetches) - before == 2  # discovery and key set, once


async def test_memory_is_bounded_and_the_least_used_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MAX_REMEMBERED", 3)
    world = World()
    minted = [signed(entra(jti=str(number))) for number in range(5)]
    for token in minted:
        await world.verifier.verify(minted[0], NOW)
        await world.verifier.verify(token, NOW)
    assert len(world.verifier._remembered) == 3
    assert (await world.verifier.verify(minted[0], NOW)).token_id == "0"


async def test_an_issuer_listed_twice_is_a_fault_of_the_settings() -> None:
    with pytest.raises(ValueError, match="twice"):
        TokenVerifier((TRUSTED[0], TRUSTED[0]), World().http, lambda: 0.0, Profile.PRODUCTION)


async def test_keys_held_are_counted_for_readiness() -> None:
    world = World()
    assert world.verifier.keys_held() == {ENTRA: 0, KEYCLOAK: 0}
    await world.verifier.warm()
    assert world.verifier.keys_held() == {ENTRA: 2, KEYCLOAK: 1}


async def test_an_issuer_without_keys_is_named_and_asked_again_behind_the_question() -> None:
    """A worker out of rotation gets no calls, so only the question itself can bring it back."""
    world = World()
    held, world.keys[KEYCLOAK] = world.keys[KEYCLOAK], []
    await world.verifier.warm()
    assert world.verifier.without_keys() == [KEYCLOAK]
    world.keys[KEYCLOAK] = held
    before = len(world.fetches)
    assert world.verifier.without_keys() == [KEYCLOAK]
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(world.fetches) == before, "asked again within ten seconds"
    world.seconds = 10.0
    assert world.verifier.without_keys() == [KEYCLOAK]
    for _ in range(50):  # turns of the loop, in which the fetch behind the question is done
        await asyncio.sleep(0)
    assert world.verifier.without_keys() == []


async def test_a_remembered_token_is_far_cheaper_than_a_signature() -> None:
    """A ratio of processor time, so that a busy machine does not fail it."""
    world = World()
    fresh = [signed(entra(jti=str(number))) for number in range(40)]
    await world.verifier.verify(fresh[0], NOW)
    started = thread_time()
    for token in fresh[1:]:
        await world.verifier.verify(token, NOW)
    anew = (thread_time() - started) / 39
    started = thread_time()
    for _ in range(400):
        await world.verifier.verify(fresh[0], NOW)
    assert (thread_time() - started) / 400 < anew / 5
