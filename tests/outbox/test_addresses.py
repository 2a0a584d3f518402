"""Where messages may go: listed hosts, public machines or networks that are listed, whatever an address looks like."""

from ipaddress import ip_network

import pytest

from app.outbox.addresses import Allowed, mailbox_refusal, may_connect, place_refusal, read_place

TEAMS = Allowed(hosts=("*.environment.api.powerplatform.com", "hooks.force.example"))


@pytest.mark.parametrize(
    "url",
    [
        "https://tenant.09.environment.api.powerplatform.com:443/powerautomate/x?sig=abc",
        "https://HOOKS.force.example/",
        "https://hooks.force.example./",
        "https://hooks.force.example:8443/a?b=c",
    ],
)
def test_listed_hosts_may_be_written_to(url: str) -> None:
    assert place_refusal(read_place(url), TEAMS) is None


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://environment.api.powerplatform.com/", "host-not-allowed"),
        ("https://evilenvironment.api.powerplatform.com/", "host-not-allowed"),
        ("https://a.environment.api.powerplatform.com.evil.example/", "host-not-allowed"),
        ("https://evil.example/?x=.environment.api.powerplatform.com", "host-not-allowed"),
        ("https://sub.hooks.force.example/", "host-not-allowed"),
        ("https://169.254.169.254/latest/meta-data", "host-not-allowed"),
        ("https://2130706433/", "host-not-allowed"),
        ("http://hooks.force.example/", "not-https"),
    ],
)
def test_all_others_may_not(url: str, code: str) -> None:
    assert place_refusal(read_place(url), TEAMS) == code


def test_nothing_is_listed_until_somebody_lists_it() -> None:
    assert place_refusal(read_place("https://hooks.force.example/"), Allowed()) == "host-not-allowed"


def test_plain_http_is_for_a_developers_desk() -> None:
    desk = Allowed(hosts=("127.0.0.1",), plain=True)
    assert place_refusal(read_place("http://127.0.0.1:9000/x"), desk) is None


@pytest.mark.parametrize(
    "url",
    [
        "ftp://hooks.force.example/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "hooks.force.example",
        "https://user:word@hooks.force.example/",
        "https://hooks.force.example@evil.example/",
        "https://hooks.force.example/#part",
        "https://hooks.force.example/a b",
        "https://hooks.force.example/\r\nX: y",
        "https://hooks.force.example\t.evil.example/",
        "https://hööks.force.example/",
        "https://hooks.force.example:99999/",
        "https://[::1/",
        "https://hooks.force.example/" + "a" * 2000,
    ],
)
def test_what_is_no_plain_web_address_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"^is not a web address$"):
        read_place(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",  # noqa: S104
        "169.254.169.254", "100.64.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1",
        "203.0.113.9", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:169.254.169.254", "64:ff9b::a01:203", "2002:7f00:1::",
        "2002:a01:203::1", "2001:db8::1", "not-an-address", "",
    ],
)  # fmt: skip
def test_machines_that_are_not_public_may_not_be_connected_to(address: str) -> None:
    assert not may_connect(address, Allowed(hosts=("*",)))


@pytest.mark.parametrize("address", ["8.8.8.8", "20.42.65.92", "2603:1030:20e:3::23c", "::ffff:8.8.8.8"])
def test_public_machines_may(address: str) -> None:
    assert may_connect(address, Allowed())


def test_a_network_of_the_forces_own_is_listed() -> None:
    own = Allowed(networks=(ip_network("10.20.0.0/16"), ip_network("fd00:20::/32")))
    assert (
        may_connect("10.20.3.4", own)
        and may_connect("::ffff:10.20.3.4", own)
        and may_connect("fd00:20::4", own)
    )
    assert not may_connect("10.21.3.4", own) and not may_connect("127.0.0.1", own)


def test_mail_goes_to_whole_domains_that_are_listed() -> None:
    own = Allowed(mail_domains=("Force.example",))
    assert mailbox_refusal("north.sergeants@force.example", own) is None
    for mailbox in ("a@mail.force.example", "a@force.example.evil.example", "a@evilforce.example"):
        assert mailbox_refusal(mailbox, own) == "domain-not-allowed"
    assert mailbox_refusal("a@force.example", Allowed()) == "domain-not-allowed"
