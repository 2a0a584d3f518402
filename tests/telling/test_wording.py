"""What leaves in a message: a count, an area and a link; of an engagement codes and counts. Never whom or where."""

from dataclasses import fields
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given, strategies as st

from app.reference.queries import built_in_lists
from app.telling.cards import card_message
from app.telling.topics import EVENTS, Topic
from app.telling.wording import (
    LIST,
    EngagementTold,
    Notice,
    Place,
    engagement_event,
    in_plain_words,
    notice_event,
    notice_payload,
    together,
    voided_event,
)
from tests.conftest import named

NOW = datetime(2026, 3, 2, 19, 40, tzinfo=UTC)
WORDS = built_in_lists()[LIST]
NORTH = Place(named("NORTH"), "NORTH", "Area NORTH")
BASE = "https://beatcheck.force.example/"


def notice(topic: Topic, **counts: int) -> Notice:
    by_topic = {Topic[name]: count for name, count in counts.items()}
    return Notice(topic, NORTH, by_topic, "/v1/alerts/digest?format=html")


def test_a_notice_is_a_count_an_area_and_a_link() -> None:
    payload = notice_payload(notice(Topic.NO_CHECK_IN, NO_CHECK_IN=2), WORDS, NOW)
    told = in_plain_words(payload, BASE)
    assert told.title == "Area NORTH: nobody has checked in: 2"
    assert list(told.lines) == []
    assert told.link == "https://beatcheck.force.example/v1/alerts/digest?format=html"
    assert in_plain_words(payload, None).link is None


def test_a_digest_has_a_line_for_each_kind_and_says_when_nothing_is_open() -> None:
    told = in_plain_words(
        notice_payload(notice(Topic.DIGEST, NO_CHECK_IN=1, SILENT_PHONE=0, REVIEW_WAITING=4), WORDS, NOW),
        BASE,
    )
    assert told.title == "Area NORTH: open now: 5"
    assert list(told.lines) == ["nobody has checked in: 1", "decisions waiting: 4"]
    quiet = in_plain_words(notice_payload(notice(Topic.DIGEST, NO_CHECK_IN=0), WORDS, NOW), BASE)
    assert (quiet.title, list(quiet.lines)) == ("Area NORTH: open now: 0", ["Nothing is open."])


@given(
    st.sampled_from([each for each in Topic if each not in EVENTS]), st.integers(0, 999), st.integers(0, 999)
)
def test_nothing_else_is_in_it_whatever_it_tells_of(topic: Topic, one: int, other: int) -> None:
    """Every word is of the area tree, of the list of words or of the page's fixed address, every number a count."""
    payload = notice_payload(
        Notice(topic, NORTH, {topic: one, Topic.SILENT_PHONE: other}, "/v1/alerts/digest?format=html"),
        WORDS,
        NOW,
    )
    told = in_plain_words(payload, BASE)
    known = {NORTH.name, "Nothing is open.", *(label.plain_label for label in WORDS.values())}
    total = sum({topic: one, Topic.SILENT_PHONE: other}.values())
    for line in (told.title, *told.lines):
        for part in line.split(": "):
            assert part in known or int(part) in {one, other, total}
    event = notice_event(payload, BASE)
    assert set(event) == {"type", "timestamp", "data"}
    assert set(event["data"]) == {"area_id", "area_code", "counts", "text", "link"}
    assert all(set(each) == {"topic", "count"} for each in event["data"]["counts"])


@given(st.integers(1, 50), st.integers(1, 50))
def test_two_notices_of_one_night_are_one(first: int, second: int) -> None:
    earlier = notice_payload(notice(Topic.SILENT_PHONE, SILENT_PHONE=first), WORDS, NOW)
    later = notice_payload(notice(Topic.SILENT_PHONE, SILENT_PHONE=second), WORDS, NOW)
    assert in_plain_words(together(earlier, later), None).title.endswith(f": {first + second}")


def test_every_topic_has_its_words() -> None:
    assert set(WORDS) == {topic.value for topic in Topic}


ENGAGEMENT = EngagementTold(
    id=named("e"), revision=1, counted_as="engagement", engagement_type="BEAT_SURGERY", method="FACE",
    occurred_at=NOW, minutes=60, planned=True, published=None, people_reached=14, reach_band=None,
    priority_groups=("OLDER_65",), issues=(), team_id=None, area_id=named("NORTH"), place_area_id=None,
    patrol_id=None,
)  # fmt: skip


def test_an_engagement_is_codes_and_counts() -> None:
    event = engagement_event(ENGAGEMENT, NOW, None)
    assert event["type"] == "engagement.upserted" and event["timestamp"] == "2026-03-02T19:40:00Z"
    data = event["data"]
    assert set(data) == {each.name for each in fields(EngagementTold)}
    assert (data["occurred_at"], data["priority_groups"], data["area_id"]) == (
        "2026-03-02T19:40:00Z",
        ["OLDER_65"],
        str(named("NORTH")),
    )
    forbidden = {
        "latitude",
        "longitude",
        "captured_by",
        "officers",
        "minority_groups",
        "reference",
        "partners",
        "flags",
    }
    assert not forbidden & set(data)
    assert engagement_event(ENGAGEMENT, NOW, "4101")["data"] == {**data, "officer": "4101"}


def test_an_engagement_taken_back_is_its_id() -> None:
    assert voided_event(UUID(int=1), 2, NOW)["data"] == {"id": str(UUID(int=1)), "revision": 2}


def test_a_card_shows_text_as_text() -> None:
    """What an area is called is neither formatting nor a link, whoever named it."""
    place = Place(named("NORTH"), "NORTH", "[Evil](https://evil.example) *Area*")
    payload = notice_payload(
        Notice(Topic.NO_CHECK_IN, place, {Topic.NO_CHECK_IN: 2}, "/v1/alerts/digest?format=html"), WORDS, NOW
    )
    message = card_message(in_plain_words(payload, BASE))
    (attachment,) = message["attachments"]
    assert (message["type"], attachment["contentType"]) == (
        "message",
        "application/vnd.microsoft.card.adaptive",
    )
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    (block,) = card["body"]
    assert block["type"] == "RichTextBlock"
    assert [run["text"] for run in block["inlines"]] == [
        "[Evil](https://evil.example) *Area*: nobody has checked in: 2"
    ]
    assert card["actions"] == [
        {
            "type": "Action.OpenUrl",
            "title": "Open",
            "url": "https://beatcheck.force.example/v1/alerts/digest?format=html",
        }
    ]
    assert "actions" not in card_message(in_plain_words(payload, None))["attachments"][0]["content"]
