"""Words: to an officer what they can do, to others nothing of where or since what minute; the worst first."""

from datetime import UTC, datetime, timedelta

from app.alerts.rules import AlertKind, Clearing
from app.alerts.telling import LISTS, Line, Told, counted, message, worst_first
from app.reference.queries import built_in_lists
from tests.conftest import named

WORDS = {name: built_in_lists()[name] for name in LISTS}
START = datetime(2026, 7, 6, 18, tzinfo=UTC)  # 19:00 on London's clocks
NOW = START + timedelta(minutes=50)


def told(kind: AlertKind, hotspot: str | None = None, because: Clearing | None = None) -> str:
    return message(Told(kind, hotspot, START, START + timedelta(minutes=30), because), WORDS, NOW, own=False)


def own(kind: AlertKind, hotspot: str | None = None) -> str:
    return message(Told(kind, hotspot, START, START + timedelta(minutes=30), None), WORDS, NOW, own=True)


def test_an_officer_is_told_what_to_do_and_how_long_it_is() -> None:
    assert own(AlertKind.SILENT_PHONE) == (
        "Your phone has sent no position for 20 minutes. If you are still on patrol, open the app where there is "
        "signal. Positions taken without signal come later and count."
    )
    assert own(AlertKind.NO_CHECK_IN, "Snow Hill").startswith(
        "Your window at Snow Hill began at 19:00 and nobody"
    )
    assert own(AlertKind.FORGOTTEN_CHECK_OUT).startswith(
        "Your patrol of Mon 6 Jul from 19:00 has no check-out yet."
    )


def test_others_are_told_of_a_patrol_and_never_since_what_minute() -> None:
    said = told(AlertKind.SILENT_PHONE)
    assert said.startswith("A patrol of Mon 6 Jul: its phone has sent no positions for a while.")
    assert not any(word in said for word in ("20", "19:", ":30"))
    assert told(AlertKind.WINDOW_UNASSIGNED, "Snow Hill") == (
        "Snow Hill, Mon 6 Jul at 19:00: nobody is going yet."
    )
    assert told(AlertKind.REVIEW_WAITING) == "A patrol of Mon 6 Jul: waits for a decision since Mon 6 Jul."


def test_what_is_over_says_what_ended_it() -> None:
    assert told(AlertKind.NO_CHECK_IN, "Snow Hill", Clearing.CHECKED_IN) == (
        "Snow Hill, Mon 6 Jul at 19:00: nobody has checked in. Somebody checked in."
    )


def test_every_code_has_its_words() -> None:
    for kind in AlertKind:
        assert kind.value in WORDS["alert_kinds"] and kind.value in WORDS["alert_digest_sentences"]
    assert {each.value for each in Clearing} == set(WORDS["alert_clearings"])


def test_a_hotspot_named_like_a_place_in_a_sentence_stays_as_it_is() -> None:
    assert "{minutes}" not in told(AlertKind.SILENT_PHONE)
    assert told(AlertKind.WINDOW_UNASSIGNED, "<b>").startswith("<b>, Mon")


def test_the_worst_first() -> None:
    def line(name: str, kind: AlertKind, hours: int, *, acknowledged: bool = False) -> Line:
        return Line(named(name), kind, START + timedelta(hours=hours), acknowledged)

    lines = [
        line("seen", AlertKind.NO_CHECK_IN, 0, acknowledged=True),
        line("review", AlertKind.REVIEW_WAITING, 0),
        line("new", AlertKind.NO_CHECK_IN, 2),
        line("old", AlertKind.NO_CHECK_IN, 1),
    ]
    assert [one.alert_id for one in worst_first(lines)] == [
        named(name) for name in ("old", "new", "review", "seen")
    ]
    assert counted(lines) == {AlertKind.NO_CHECK_IN: 3, AlertKind.REVIEW_WAITING: 1}
