"""Production refuses to start on settings that are only fit for a developer's desk."""

import pytest
from pydantic import ValidationError

from app.settings import Profile, Settings, TrustedIssuer, url_refusal


def issuer(url: str = "https://login.example.org/tenant", **more: object) -> TrustedIssuer:
    return TrustedIssuer.model_validate({"issuer": url, "audiences": ["beatcheck"], **more})


def settings(*issuers: TrustedIssuer, **more: object) -> Settings:
    return Settings.model_validate({"trusted_issuers": issuers, **more})


def test_production_is_the_default_and_starts_on_a_real_provider() -> None:
    assert settings(issuer()).profile is Profile.PRODUCTION
    assert settings(issuer()).refusals() == []


@pytest.mark.parametrize(
    "url",
    [
        "http://login.example.org",
        "HTTP://login.example.org",
        "login.example.org",
        "",
        "https://",
        "https:///tenant",
        "https://[bad",
        "https://login.example.org:99999",
        "https://user:word@login.example.org",
        "https://localhost",
        "https://LOCALHOST:9000",
        "https://localhost.",
        "https://issuer.localhost",
        "https://127.0.0.1",
        "https://127.1",
        "https://127.9.9.9:9000/tenant",
        "https://2130706433",
        "https://0x7f000001",
        "https://0.0.0.0",
        "https://[::1]",
        "https://[::]",
        "https://[::ffff:127.0.0.1]",
        "https://169.254.169.254",
        "https://[fe80::1]",
    ],
)
def test_production_refuses_issuers_it_could_not_trust(url: str) -> None:
    assert len(settings(issuer(url)).refusals()) == 1
    assert settings(issuer(url), profile="development").refusals() == []


@pytest.mark.parametrize(
    "url", ["https://login.example.org/t", "https://10.1.2.3/adfs", "https://[2001:db8::1]/t"]
)
def test_a_force_s_own_provider_is_accepted(url: str) -> None:
    assert url_refusal(url) is None


def test_production_refuses_a_discovery_document_on_this_machine() -> None:
    assert settings(issuer(discovery_url="http://127.0.0.1:9000/x")).refusals()
    assert settings(issuer(discovery_url="https://127.0.0.1:9000/x")).refusals()


def test_production_refuses_no_issuers_twice_the_same_and_unsafe_durability() -> None:
    assert any("nobody" in found for found in settings().refusals())
    assert any("twice" in found for found in settings(issuer(), issuer()).refusals())
    assert any("durability" in found for found in settings(issuer(), unsafe_durability=True).refusals())


@pytest.mark.parametrize(
    "wrong",
    [
        {"audiences": []},
        {"audiences": [""]},
        {"algorithms": ["HS256"]},
        {"algorithms": ["none"]},
        {"algorithms": []},
        {"required_scopes": ["Patrol.Write"]},
        {"authentication": "off"},
        {"verify_signature": False},
    ],
)
@pytest.mark.parametrize("profile", list(Profile))
def test_no_profile_accepts_an_issuer_that_would_weaken_verification(
    wrong: dict[str, object], profile: Profile
) -> None:
    with pytest.raises(ValidationError):
        settings(TrustedIssuer.model_validate({**issuer().model_dump(), **wrong}), profile=profile)


def test_no_setting_turns_authentication_off() -> None:
    words = ("auth", "insecure", "anonymous", "verify", "bypass")
    assert not [name for name in Settings.model_fields if any(word in name for word in words)]
