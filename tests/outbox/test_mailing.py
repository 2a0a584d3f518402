"""One mail to the force's own server, as it may be set up: TLS or not, signing in or not, taking mail or not."""

import socket
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path

import pytest

from app.outbox.attempts import Failure, Outcome
from app.outbox.mailing import MailSecurity, MailServer, send
from tests.outbox.certificates import Authority
from tests.outbox.post_office import PASSWORD, USER, post_office

TO = "north.sergeants@force.example"


def mail(to: str = TO) -> EmailMessage:
    made = EmailMessage()
    made["Subject"], made["From"], made["To"] = "Area NORTH", "beatcheck@force.example", to
    made["Message-ID"] = "<1@force.example>"
    made.set_content("Nobody has checked in: 2\n")
    return made


def server(port: int, security: MailSecurity = MailSecurity.NONE, password: str | None = None) -> MailServer:
    user = None if password is None else USER
    return MailServer("127.0.0.1", port, security, "beatcheck@force.example", user, password)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def test_a_mail_arrives_whole() -> None:
    with post_office() as office:
        assert send(server(office.port), mail()) is None
        (got,) = office.mails
    assert (got["To"], got["Subject"], got["Message-ID"]) == (TO, "Area NORTH", "<1@force.example>")
    assert got.get_content().replace("\r\n", "\n") == "Nobody has checked in: 2\n"


# Of the mail server's: TLS from the start is none of its own doing.
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("security", [MailSecurity.STARTTLS, MailSecurity.TLS])
def test_a_mail_goes_over_tls_and_we_sign_in(authority: Authority, security: MailSecurity) -> None:
    from_start = security is MailSecurity.TLS
    with post_office(authority.serving("127.0.0.1"), from_start=from_start) as office:
        assert send(server(office.port, security, PASSWORD), mail(), authority.trust) is None
        assert len(office.mails) == 1
        wrong = send(server(office.port, security, "wrong"), mail(), authority.trust)
        assert wrong == Failure("login-refused")
        # Somebody else's certificate: nothing is said to that server.
        assert send(server(office.port, security, PASSWORD), mail()) == Failure("tls")
        assert len(office.mails) == 1


def test_a_server_without_tls_is_not_spoken_to_when_tls_is_wanted(authority: Authority) -> None:
    with post_office() as office:
        failure = send(server(office.port, MailSecurity.STARTTLS, PASSWORD), mail(), authority.trust)
        assert failure == Failure("not-supported")
        assert office.mails == []


@pytest.mark.parametrize(
    ("said", "failure"),
    [
        ("550 5.1.1 no such mailbox north.sergeants", Failure("recipient-refused", for_good=True)),
        ("451 4.7.1 come back later", Failure("recipient-refused")),
    ],
)
def test_a_mailbox_that_is_refused(said: str, failure: Failure) -> None:
    with post_office() as office:
        office.refusals[TO] = said
        assert send(server(office.port), mail()) == failure
        assert office.mails == []


def test_a_mail_that_is_refused() -> None:
    with post_office() as office:
        office.data += ["452 4.3.1 full", "554 5.7.1 looks like spam", "250 OK"]
        said: list[Outcome] = [send(server(office.port), mail()) for _ in range(3)]
    assert said == [Failure("smtp-452"), Failure("smtp-554", for_good=True), None]


@pytest.mark.parametrize("said", ["421 4.3.2 shutting down", "500 what?", "221"])
def test_what_is_said_to_who_leaves_is_nothing_about_the_mail(said: str) -> None:
    with post_office() as office:
        office.good_bye = said
        assert send(server(office.port), mail()) is None
        assert len(office.mails) == 1
        office.refusals[TO] = "550 5.1.1 no such mailbox"
        assert send(server(office.port), mail()) == Failure("recipient-refused", for_good=True)


def test_nobody_there_and_somebody_who_hangs_up() -> None:
    with post_office() as office:
        port = office.port
    assert send(server(port), mail()) == Failure("connection")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)
        port = listening.getsockname()[1]
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(send, server(port), mail())
            connection, _ = listening.accept()
            connection.close()
            assert answer.result(timeout=10) == Failure("connection")
