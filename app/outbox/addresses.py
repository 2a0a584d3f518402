"""Decides which addresses may be written to: hosts that are listed, machines that are public or listed. Pure.

A host name is checked before it is looked up, and what it stands for before anything is sent there: a name of ours may
be made to point at a machine that only we can reach.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
MOST_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Allowed:
    """Where messages may go. `hosts` are names, or `*.` and the end of names; `networks` are those reached although
    they are not public; `plain` permits http beside https, on a developer's desk; `mail_domains` are whole."""

    hosts: Sequence[str] = ()
    networks: Sequence[Network] = ()
    plain: bool = False
    mail_domains: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A web address in its parts; `target` is path and query, which may hold a secret."""

    scheme: str
    host: str
    port: int
    target: str


def read_place(url: str) -> Place:
    """A web address in its parts; ValueError for anything but http or https to a host, and for one with a user's name,
    a fragment, control characters, spaces or others than ASCII. The message does not quote it."""
    if len(url) > MOST_CHARACTERS or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("is not a web address")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("is not a web address") from None
    if parts.scheme not in ("http", "https") or not host or parts.fragment or "@" in parts.netloc:
        raise ValueError("is not a web address")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    usual = 443 if parts.scheme == "https" else 80
    return Place(parts.scheme, host.rstrip("."), usual if port is None else port, target)


def place_refusal(place: Place, allowed: Allowed) -> str | None:
    """The code of why nothing may be sent to a place, before its name is looked up; None when it may.

    With `*.example.org` listed, `a.example.org` and `a.b.example.org` may be written to; `example.org`,
    `badexample.org` and `a.example.org.evil.net` may not.
    """
    if place.scheme != "https" and not allowed.plain:
        return "not-https"
    if not any(_matches(place.host, pattern.lower()) for pattern in allowed.hosts):
        return "host-not-allowed"
    return None


def _matches(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) and host != pattern[2:] if pattern.startswith("*.") else host == pattern


def mailbox_refusal(mailbox: str, allowed: Allowed) -> str | None:
    """The code of why nothing may be sent to a mailbox; None when it may. With `force.example` listed `a@force.example`
    may be written to, `a@mail.force.example` may not."""
    domain = mailbox.rpartition("@")[2].lower()
    return None if domain in {each.lower() for each in allowed.mail_domains} else "domain-not-allowed"


def may_connect(address: str, allowed: Allowed) -> bool:
    """Whether a machine may be connected to: it is public, or in a network that is listed.

    `203.0.113.9` is for documentation and so not public, `8.8.8.8` is; `10.1.2.3` may with `10.1.0.0/16` listed;
    `127.0.0.1`, `169.254.169.254`, `::1`, `fe80::1` and `::ffff:10.1.2.3` may not. What is no address may not.
    """
    try:
        found: Address = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        # An older address in a newer one's clothes: mapped, or through a translator or tunnel.
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is not None:
            found = inner
        elif found in _TRANSLATED:
            found = IPv4Address(int(found) & 0xFFFF_FFFF)
    if any(found.version == network.version and found in network for network in allowed.networks):
        return True
    return found.is_global and not found.is_multicast and not found.is_reserved


_TRANSLATED = IPv6Network("64:ff9b::/96")
