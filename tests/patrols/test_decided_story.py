"""What an officer reads of a decision on their patrol or its window, and what it no longer asks. Told through HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from app.database.engine import open_engine
from app.database.session import transaction
from app.patrols.models import CrossCheckFlag
from app.tracks.cross_check import CrossFlag
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START, batch, batch_path, check_in, patrol_path
from tests.patrols.test_reviews_story import decide, patrol

WAITS = "A sergeant decides whether it is enough."
ASKED = "Check needed: the phone marked positions as simulated."


def told(api: Api, collar: str = "4101", name: str = "patrol-1") -> list[str]:
    """The sentences of a result; the whole judgement says the same."""
    sentences: list[str] = api.get(collar, patrol_path(name)).json()["result"]["in_words"]
    assert api.get(collar, f"{patrol_path(name)}/assessment").json()["in_words"] == sentences
    return sentences


@pytest.mark.parametrize(
    ("decision", "more", "status", "sentence"),
    [
        ("ACCEPT", {}, "accepted by a supervisor", "accepted"),
        ("STAND", {}, "under 60", "stands as it is"),
        ("REASON", {"reason_code": "ARREST_MADE"}, "reason accepted", "reason accepted (arrest)"),
        (
            "ADJUST", {"adjusted_seconds": 3600, "note": "Radio log."},
            "adjusted by a supervisor", "adjusted (60 minutes credited)",
        ),
    ],
)  # fmt: skip
def test_the_words_say_what_was_decided_on_the_window(
    api: Api, decision: str, more: dict[str, Any], status: str, sentence: str
) -> None:
    patrol(api, (0, 45), (52, 15))
    before = told(api)
    assert (before[0], before[-1]) == ("59 of 60 minutes: sergeant to decide.", WAITS)
    assert decide(api, "4111", "r1", decision, 1, **more).status_code == 201
    for collar in ("4101", "4111"):
        after = told(api, collar)
        assert after[0] == f"59 of 60 minutes: {status}."
        assert after[-1] == f"4111 decided on the window on 2 March: {sentence}."
    assert api.get("4101", patrol_path()).json()["result"]["status"] == "review"


def test_a_decision_on_the_patrol_itself_is_told_on_londons_day(api: Api) -> None:
    patrol(api, (0, 45), (52, 15))
    api.clock.at = START + timedelta(days=100, hours=4, minutes=30)
    review = f"{patrol_path()}/reviews/{named('r1')}"
    assert api.put("4111", review, {"decision": "ACCEPT", "basis": 1}).status_code == 201
    # 23:30 UTC on 10 June is the 11th in London.
    assert told(api)[-1] == "4111 decided on this patrol on 11 June: accepted."
    assert told(api)[0] == "59 of 60 minutes: accepted by a supervisor."


def test_a_decision_that_later_positions_overtook_is_told_to_wait_for_confirmation(api: Api) -> None:
    patrol(api, (0, 45), (52, 15))
    decide(api, "4111", "r1", "STAND", 1)
    assert api.put("4101", batch_path("late"), batch(1, 45, 7)).status_code == 201
    sentences = told(api)
    assert sentences[0] == "66 of 60 minutes: 60 reached."
    assert sentences[-1] == (
        "What 4111 decided on the window on 2 March has to be confirmed, "
        "because later positions changed the result: stands as it is."
    )
    old = api.get("4101", f"{patrol_path()}/assessment", number=1).json()["in_words"]
    assert old[-1] == WAITS


def flagged(api: Api, window: str | None) -> None:
    """A patrol whose phone marked one of its positions as simulated."""
    assert api.put("4101", patrol_path(), check_in(window)).status_code == 201
    api.clock.at = START + timedelta(hours=3)
    fixes: dict[str, Any] = batch(0, 0, 65)
    fixes["fixes"][20]["mock"] = True
    assert api.put("4101", batch_path("b"), fixes).status_code == 201
    ended = {"checked_out_at": "2026-03-02T20:10:00Z"}
    assert api.put("4101", f"{patrol_path()}/check-out", ended).status_code == 201


def asks(api: Api) -> bool:
    """Whether the patrol still asks: as it says itself, and as both lists have it."""
    says: bool = api.get("4111", patrol_path()).json()["result"]["check_needed"]
    for wanted in (True, False):
        found = api.get("4111", "/v1/patrols", check_needed=str(wanted).lower()).json()["patrols"]
        assert len(found) == (says is wanted)
    return says


def flag_of_another(api: Api) -> None:
    engine = open_engine(api.url)
    with transaction(engine) as session:
        session.add(
            CrossCheckFlag(
                id=named("flag"), patrol_id=named("patrol-1"), other_patrol_id=named("patrol-1"),
                flag=CrossFlag.SHARED_TRACK, asks_review=True, evidence={}, policy_version="1", found_at=api.clock.at,
            )
        )  # fmt: skip
    engine.dispose()


@pytest.mark.parametrize("window", ["WINDOW-1", None])
def test_who_has_looked_is_not_asked_again_until_there_is_something_new(api: Api, window: str | None) -> None:
    flagged(api, window)
    assert asks(api)
    assert told(api)[-1].startswith(ASKED)
    if window:
        done = decide(api, "4111", "r1", "STAND", 1)
    else:
        done = api.put("4111", f"{patrol_path()}/reviews/{named('r1')}", {"decision": "STAND", "basis": 1})
    assert done.status_code == 201, done.text
    assert not asks(api)
    assert told(api)[-1] == "A supervisor has looked at this: Mock location."
    api.clock.forward(minutes=5)
    flag_of_another(api)
    assert asks(api)
    assert told(api)[-1].startswith("Check needed: the positions are very like")
    assert told(api)[-2] == "A supervisor has looked at this: Mock location."


def test_a_later_judgement_asks_again(api: Api) -> None:
    flagged(api, "WINDOW-1")
    review = f"{patrol_path()}/reviews/{named('r1')}"
    assert api.put("4111", review, {"decision": "STAND", "basis": 1}).status_code == 201
    assert not asks(api)
    assert api.put("4101", batch_path("late"), batch(1, 66, 2)).status_code == 201
    assert asks(api)
    assert told(api)[-1].startswith(ASKED)
