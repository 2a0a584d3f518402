"""Hands one e-mail to the force's own mail server, which sees to the rest."""

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum

from app.outbox.attempts import Failure, Outcome

# For each answer of the server's, which is the force's own.
SECONDS = 15.0


class MailSecurity(StrEnum):
    """How the way to the mail server is protected: from the first byte, after asking for it, not at all."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server mail is handed to, and as whom; `sender` stands in From."""

    host: str
    port: int
    security: MailSecurity
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def send(
    server: MailServer,
    mail: EmailMessage,
    trust: Callable[[], ssl.SSLContext] = ssl.create_default_context,
) -> Outcome:
    """Hands a mail over; None when the server has taken it. `trust` says whose certificates are believed.

    What the server says for good of the recipient or of the mail (5xx) is for good; all else is tried again.
    """
    try:
        connection = _connect(server, trust)
        try:
            if server.user is not None and server.password is not None:
                connection.login(server.user, server.password)
            connection.send_message(mail)
        finally:
            _leave(connection)
    except smtplib.SMTPRecipientsRefused as refused:
        return Failure(
            "recipient-refused", for_good=all(code >= 500 for code, _ in refused.recipients.values())
        )
    except smtplib.SMTPAuthenticationError:
        return Failure("login-refused")
    except smtplib.SMTPDataError as error:
        return Failure(f"smtp-{error.smtp_code}", for_good=error.smtp_code >= 500)
    except smtplib.SMTPNotSupportedError:
        return Failure("not-supported")
    except smtplib.SMTPResponseException as error:
        return Failure(f"smtp-{error.smtp_code}")
    except ssl.SSLError:
        return Failure("tls")
    except TimeoutError:
        return Failure("timeout")
    except (smtplib.SMTPException, OSError):
        return Failure("connection")
    return None


def _leave(connection: smtplib.SMTP) -> None:
    """Says good-bye: what is answered to that is nothing about the mail, which was taken or refused before."""
    with suppress(smtplib.SMTPException, OSError):
        connection.quit()
    connection.close()


def _connect(server: MailServer, trust: Callable[[], ssl.SSLContext]) -> smtplib.SMTP:
    if server.security is MailSecurity.TLS:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=trust())
    connection = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    if server.security is MailSecurity.STARTTLS:
        try:
            connection.starttls(context=trust())
        except (smtplib.SMTPException, OSError):
            connection.close()
            raise
    return connection
