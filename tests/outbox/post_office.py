"""A mail server on this machine that wants to be signed in to, over TLS or not, and says what a test wants."""

import ssl
from asyncio import Server
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "beatcheck", "correct horse"


@dataclass
class PostOffice:
    """What came, and what is said to whom: `refusals` by recipient, `data` to the next mails, `good_bye` to who
    leaves."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    data: list[str] = field(default_factory=list)
    good_bye: str = "221 Bye"

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        return self.good_bye

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.data:
            return self.data.pop(0)
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


def _sign_in(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object
) -> AuthResult:
    right = LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=data == right, handled=False)


class _Controller(Controller):
    def __init__(self, office: PostOffice, context: ssl.SSLContext | None, *, from_start: bool) -> None:
        self.starttls = None if from_start else context
        super().__init__(office, hostname="127.0.0.1", port=0, ssl_context=context if from_start else None)

    def factory(self) -> SMTP:
        safe = self.starttls is not None or self.ssl_context is not None
        return SMTP(
            self.handler,
            hostname="mail.force.example",
            tls_context=self.starttls,
            require_starttls=self.starttls is not None,
            auth_required=safe,
            auth_require_tls=self.starttls is not None,
            authenticator=_sign_in,
        )

    def _trigger_server(self) -> None:
        # The library looks for its server at the port it was given, which is none yet.
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # the library's


@contextmanager
def post_office(context: ssl.SSLContext | None = None, *, from_start: bool = False) -> Iterator[PostOffice]:
    """The server, until the block ends; with a context it offers STARTTLS, or TLS from the start."""
    office = PostOffice()
    controller = _Controller(office, context, from_start=from_start)
    controller.start()
    office.port = controller.port
    try:
        yield office
    finally:
        controller.stop()
