"""Delivers messages to mailboxes, Teams channels and other systems: looks up how a destination is reached, puts the
message into the channel's own form, and hands it over. Never inside a transaction."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from sqlalchemy import Engine

from app.database.session import reading
from app.outbox.addresses import Allowed, mailbox_refusal
from app.outbox.attempts import Failure, Handler, Message, Outcome
from app.outbox.mailing import MailSecurity, MailServer, send
from app.outbox.posting import Poster
from app.outbox.signing import signed_headers
from app.settings import Profile, Settings
from app.telling import queries
from app.telling.cards import card_message
from app.telling.queries import Door
from app.telling.topics import Channel, Topic
from app.telling.wording import in_plain_words, notice_event

_GONE = Failure("destination-gone", for_good=True)
_NOT_SET = Failure("not-configured")


def allowed_by(settings: Settings) -> Allowed:
    """Where the settings let messages go."""
    return Allowed(
        settings.outgoing_hosts,
        settings.outgoing_networks,
        plain=settings.profile is Profile.DEVELOPMENT,
        mail_domains=settings.mail_domains,
    )


def _mail_server(settings: Settings) -> MailServer | None:
    if settings.mail_host is None or settings.mail_from is None:
        return None
    password = settings.mail_password
    return MailServer(
        settings.mail_host,
        settings.mail_port,
        MailSecurity(settings.mail_security),
        settings.mail_from,
        settings.mail_user,
        None if password is None else password.get_secret_value(),
    )


def handlers(engine: Engine, settings: Settings) -> Mapping[str, Handler]:
    """What delivers a message of each channel, where the settings let it go."""
    allowed, mail_server = allowed_by(settings), _mail_server(settings)
    poster, link_base = Poster(allowed, seconds=settings.deliver_timeout_seconds), settings.link_base

    def opened(deliver: Callable[[Message, Door, datetime], Outcome]) -> Handler:
        def handle(message: Message, now: datetime) -> Outcome:
            with reading(engine) as session:
                door = queries.door(session, message.destination_id, now)
            return _GONE if door is None else deliver(message, door, now)

        return handle

    def webhook(message: Message, door: Door, now: datetime) -> Outcome:
        if door.url is None or not door.keys:
            return _NOT_SET
        event = message.payload
        body = _json(event if Topic(message.topic).is_event else notice_event(event, link_base))
        return poster.post(door.url, body, signed_headers(str(message.id), now, body, door.keys), now)

    def teams(message: Message, door: Door, now: datetime) -> Outcome:
        if door.url is None:
            return _NOT_SET
        body = _json(card_message(in_plain_words(message.payload, link_base)))
        return poster.post(door.url, body, {}, now)

    def email(message: Message, door: Door, _now: datetime) -> Outcome:
        mailbox = door.destination.mailbox
        if mailbox is None or mail_server is None:
            return _NOT_SET
        refusal = mailbox_refusal(mailbox, allowed)
        if refusal is not None:
            return Failure(refusal)
        return send(mail_server, _mail(message, mailbox, mail_server.sender, link_base))

    return {
        Channel.WEBHOOK.value: opened(webhook),
        Channel.TEAMS.value: opened(teams),
        Channel.EMAIL.value: opened(email),
    }


def _json(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _mail(message: Message, mailbox: str, sender: str, link_base: str | None) -> EmailMessage:
    told = in_plain_words(message.payload, link_base)
    mail = EmailMessage()
    mail["Subject"] = f"Beatcheck: {told.title}".replace("\n", " ")
    mail["From"], mail["To"] = sender, mailbox
    mail["Date"] = format_datetime(message.created_at)
    # The same at every attempt, so that a mail server that took it before may see so.
    mail["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2]}>"
    # No out-of-office answers, please.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n".join([told.title, *told.lines, *([told.link] if told.link else [])]) + "\n")
    return mail
