"""What a force sets to run Beatcheck, every setting documented, read once at start-up.

Each field is an environment variable `BEATCHECK_<NAME>`. Production refuses to start on anything that is only fit
for a developer's desk: see `Settings.refusals`.
"""

from base64 import b64decode
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from socket import inet_aton
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Profile(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class TrustedIssuer(BaseModel):
    """One identity provider whose tokens are believed; chosen by the exact `iss` of a token, never by pattern."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(description="The exact `iss` value.")
    audiences: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        min_length=1, description="Accepted `aud` values; one must match."
    )
    algorithms: tuple[Literal["RS256", "PS256", "ES256"], ...] = Field(
        default=("RS256", "PS256", "ES256"),
        min_length=1,
        description="Accepted signature algorithms; never none or HS*.",
    )
    discovery_url: HttpUrl | None = Field(
        default=None,
        description="OpenID configuration document; `<issuer>/.well-known/openid-configuration` unless set.",
    )
    subject_claim: str = Field(
        default="sub", description="Claim that names the person: `sub`, or `oid` for Entra."
    )
    scope_claim: str | None = Field(
        default=None, description="Claim that holds delegated scopes (`scp`, `scope`)."
    )
    required_scopes: tuple[str, ...] = Field(default=(), description="Scopes a delegated token must carry.")
    role_claim_paths: tuple[str, ...] = Field(
        default=(),
        description="Dotted paths to role lists. When set, a role needs the token and our own record alike.",
    )
    allowed_clients: tuple[str, ...] = Field(
        default=(),
        description="Accepted `azp`/`client_id`; empty accepts any for people and none for unattended systems.",
    )
    token_types: tuple[str, ...] = Field(
        default=("JWT", "at+jwt"), description="Accepted `typ` headers; an empty string permits its absence."
    )
    required_claims: dict[str, str] = Field(
        default={}, description="Claims that must equal a value (`tid`, `ver`)."
    )
    force_code: str | None = Field(default=None, description="Only people of this force may use this issuer.")

    @model_validator(mode="after")
    def _scopes_can_be_read(self) -> Self:
        if self.required_scopes and self.scope_claim is None:
            raise ValueError("required_scopes needs scope_claim")
        return self


class WmnowFeedSettings(BaseModel):
    """One force's way to its engagement tracker: `docs/wmnow.md` says what is asked there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    force_code: Annotated[str, Field(min_length=1, max_length=32)] = Field(description="Whose feed it is.")
    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")] = Field(
        default="wmnow", description="Names the feed where a force has several."
    )
    base_url: HttpUrl = Field(description="Where `/engagements` is asked for.")
    token_url: HttpUrl = Field(description="Where a token is given for the client's secret.")
    client_id: str = Field(min_length=1, max_length=200)
    client_secret: SecretStr


class WmnowWebhookSettings(BaseModel):
    """The secrets with which one force's tracker signs what it sends; two while they are being changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    force_code: Annotated[str, Field(min_length=1, max_length=32)] = Field(
        description="Whose messages they are."
    )
    secrets: tuple[SecretStr, ...] = Field(
        min_length=1, max_length=3, description="`whsec_…` of Standard Webhooks, at least 24 bytes each."
    )

    @model_validator(mode="after")
    def _secrets_are_keys(self) -> Self:
        for secret in self.secrets:
            prefix, _, text = secret.get_secret_value().partition("_")
            try:
                key = b64decode(text, validate=True)
            except ValueError:
                raise ValueError("a secret is whsec_ and base64") from None
            if prefix != "whsec":
                raise ValueError("a secret is whsec_ and base64")
            if not 24 <= len(key) <= 64:
                raise ValueError("a secret has 24 to 64 bytes")
        return self


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="BEATCHECK_", extra="ignore", frozen=True)

    profile: Profile = Field(
        default=Profile.PRODUCTION,
        description="`development` permits loopback issuers and API documentation pages.",
    )
    database_url: str = Field(
        default="sqlite:///var/beatcheck.db",
        description="`sqlite:///path` for one host, `postgresql+psycopg://…` for a force.",
    )
    database_pool_size: int = Field(
        default=3,
        ge=1,
        le=100,
        description="Database connections, and threads, of each worker; more than three slow it on a near database.",
    )
    unsafe_durability: bool = Field(
        default=False,
        description="Start although the database says it may lose acknowledged rows. Never in production.",
    )
    trusted_issuers: tuple[TrustedIssuer, ...] = Field(
        default=(), description="Identity providers, as a JSON list."
    )
    allowed_hosts: tuple[str, ...] = Field(
        default=("127.0.0.1", "localhost"), description="Host headers answered to."
    )
    max_body_bytes: int = Field(default=1_048_576, ge=1024, description="Largest request body as sent.")
    max_decoded_bytes: int = Field(default=5_242_880, ge=1024, description="Largest body after gzip.")
    sender_seconds: float = Field(
        default=20.0,
        ge=1,
        le=300,
        description="How long a request's headers may take, and a sender may be silent, before we hang up.",
    )
    sender_bytes_per_second: int = Field(
        default=256, ge=1, description="Least rate of a body, once `sender_seconds` are used up."
    )
    revocation_seconds: float = Field(
        default=3.0,
        gt=0,
        le=5,
        description="How long what we know of a caller is reused before it is read again.",
    )
    tick_seconds: float = Field(
        default=60.0,
        ge=0,
        description="How often what is due is done (forgotten patrols closed, …); 0 leaves it to `beatcheck tick`.",
    )
    seal_seconds: float = Field(
        default=5.0,
        ge=0,
        le=30,
        description="How often the audit log is sealed; 0 leaves it to `beatcheck tick`.",
    )
    deliver_seconds: float = Field(
        default=5.0,
        ge=0,
        description="How often messages that are due are delivered; 0 leaves it to `beatcheck tick`.",
    )
    deliver_timeout_seconds: float = Field(
        default=20.0, ge=1, le=60, description="How long the delivery of one message may take."
    )
    outgoing_hosts: tuple[str, ...] = Field(
        default=(),
        description="Hosts that messages may be posted to, `*.` for what ends so, as a JSON list.",
    )
    outgoing_networks: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(),
        description="Networks of the force's own that those hosts may lie in, as a JSON list; else public ones only.",
    )
    mail_host: str | None = Field(default=None, description="Mail server that e-mail is handed to.")
    mail_port: int = Field(default=587, ge=1, le=65_535, description="Its port.")
    mail_security: Literal["tls", "starttls", "none"] = Field(
        default="starttls", description="TLS from the first byte, asked for, or none (on this machine only)."
    )
    mail_user: str | None = Field(default=None, description="As whom we sign in to it, if we do.")
    mail_password: SecretStr | None = Field(default=None, description="With which password.")
    mail_from: str | None = Field(default=None, description="Mailbox that e-mail comes from.")
    mail_domains: tuple[str, ...] = Field(
        default=(), description="Domains that e-mail may go to, as a JSON list."
    )
    link_base: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s?#]+$",
        description="What links in messages begin with, `https://beatcheck.force.example`; none leaves them out.",
    )
    audit_checkpoints: Path | None = Field(
        default=None,
        description="File that signed checkpoints of the audit log are added to, best on another host.",
    )
    audit_key: Path | None = Field(
        default=None, description="Private key that signs them, made by `beatcheck audit-key`."
    )
    disclosure_hours: int = Field(
        default=12, ge=0, le=24 * 14, description="How long before its start a crew may see its window."
    )
    officer_views: tuple[str, ...] = Field(
        default=(),
        description="Codes of forces whose supervisors may see compliance officer by officer, as a JSON list.",
    )
    minimum_app_version: str = Field(
        default="1.0.0", description="Phones older than this are asked to update."
    )
    wmnow_feeds: tuple[WmnowFeedSettings, ...] = Field(
        default=(), description="Engagement trackers that are asked for what is new, as a JSON list."
    )
    wmnow_webhooks: tuple[WmnowWebhookSettings, ...] = Field(
        default=(), description="Secrets of trackers that send signed messages, as a JSON list."
    )
    wmnow_pull_seconds: float = Field(
        default=300.0,
        ge=0,
        description="How often trackers are asked; 0 leaves it to `beatcheck wmnow-pull`.",
    )
    wmnow_message_seconds: float = Field(
        default=2.0,
        ge=0,
        description="How often messages are read that trackers sent; 0 leaves it to the tick.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least severe log line."
    )
    import_directory: Path = Field(
        default=Path("var/imports"), description="Where files being imported are unpacked."
    )
    police_uk_url: str = Field(
        default="https://data.police.uk/api",
        description="Where `beatcheck import police-uk --live` asks; no other host is ever asked.",
    )
    one_person_publications: tuple[str, ...] = Field(
        default=(),
        description="Codes of forces where who drafted a publication pack may approve it, too, as a JSON list.",
    )
    two_person_imports: tuple[str, ...] = Field(
        default=(),
        description="Kinds of files that one person proposes and another applies, as a JSON list (`officers`, …).",
    )
    import_profiles: Path | None = Field(
        default=None,
        description="JSON file of mapping profiles: how the force's other systems write their files.",
    )

    def refusals(self) -> list[str]:
        """Why this configuration must not run in production; empty when it may, or outside production."""
        if self.profile is not Profile.PRODUCTION:
            return []
        found = []
        if self.unsafe_durability:
            found.append("unsafe_durability is for tests: acknowledged records could be lost")
        if not self.trusted_issuers:
            found.append("trusted_issuers is empty: nobody could sign in")
        refusal = url_refusal(self.police_uk_url)
        if refusal is not None:
            found.append(f"police_uk_url {refusal}")
        names = [issuer.issuer for issuer in self.trusted_issuers]
        found += [f"issuer {name} is listed twice" for name in sorted(set(names)) if names.count(name) > 1]
        for issuer in self.trusted_issuers:
            for url in (issuer.issuer, str(issuer.discovery_url or issuer.issuer)):
                refusal = url_refusal(url)
                if refusal is not None:
                    found.append(f"issuer {issuer.issuer} {refusal}")
                    break
        for feed in self.wmnow_feeds:
            for url in (str(feed.base_url), str(feed.token_url)):
                refusal = url_refusal(url)
                if refusal is not None:
                    found.append(f"WMNow feed {feed.name} of {feed.force_code} {refusal}")
                    break
        return found + self._outgoing_refusals()

    def _outgoing_refusals(self) -> list[str]:
        found = [
            f"outgoing_networks holds {each}, where this machine itself is"
            for each in self.outgoing_networks
            if any(each.version == own.version and each.overlaps(own) for own in _OWN_NETWORKS)
        ]
        plain_mail = self.mail_host is not None and self.mail_security == "none"
        if plain_mail and not _is_loopback(self.mail_host or ""):
            found.append("mail_security is none: mail would leave this machine unprotected")
        if self.mail_user is not None and self.mail_security == "none":
            found.append("mail_security is none: the password would be sent in clear")
        return found


# This machine and its neighbours on the cable: no network of a force's.
_OWN_NETWORKS: tuple[IPv4Network | IPv6Network, ...] = (
    IPv4Network("0.0.0.0/8"),
    IPv4Network("127.0.0.0/8"),
    IPv4Network("169.254.0.0/16"),
    IPv6Network("::/127"),
    IPv6Network("fe80::/10"),
)


def url_refusal(url: str) -> str | None:
    """Why production may not fetch keys from this address; None when it may.

    >>> url_refusal("https://login.example.org/tenant")
    >>> url_refusal("http://login.example.org")
    'is not https'
    >>> url_refusal("https://127.0.0.1:9000")
    'is on this machine'
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        _ = parts.port
    except ValueError:
        return "is not a web address"
    if parts.scheme != "https":
        return "is not https"
    if not host:
        return "is not a web address"
    if parts.username is not None or parts.password is not None:
        return "holds credentials"
    if _is_loopback(host):
        return "is on this machine"
    return None


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _address(host)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address is not None and (address.is_loopback or address.is_unspecified or address.is_link_local)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """The address a host is written as, the short forms that resolvers accept included (`127.1`, `0x7f000001`)."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return ip_address(inet_aton(host))
    except OSError:
        return None
