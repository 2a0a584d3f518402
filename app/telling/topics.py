"""What can be told, to whom it may go. Pure.

A notice says how many of what, in which area, and where to read more. An event says of one record that it is there, and
goes to other systems only.
"""

from enum import StrEnum


class Topic(StrEnum):
    """What somebody may want to hear of; the name is what a webhook calls its type."""

    NO_CHECK_IN = "alert.no_check_in"
    WINDOW_UNASSIGNED = "alert.window_unassigned"
    SILENT_PHONE = "alert.silent_phone"
    FORGOTTEN_CHECK_OUT = "alert.forgotten_check_out"
    REVIEW_WAITING = "alert.review_waiting"
    DIGEST = "digest.daily"
    WMNOW_FEED = "wmnow.feed"
    ENGAGEMENT_UPSERTED = "engagement.upserted"
    ENGAGEMENT_VOIDED = "engagement.voided"
    # Sent by hand, to see whether a destination works.
    TEST = "telling.test"

    @property
    def is_event(self) -> bool:
        return self in EVENTS


EVENTS = frozenset({Topic.ENGAGEMENT_UPSERTED, Topic.ENGAGEMENT_VOIDED})


class Channel(StrEnum):
    """How a destination is reached."""

    EMAIL = "email"
    TEAMS = "teams"
    WEBHOOK = "webhook"


def may_carry(channel: Channel, topic: Topic) -> bool:
    """Whether a channel may carry a topic: people are told in notices, systems in both."""
    return channel is Channel.WEBHOOK or not topic.is_event
