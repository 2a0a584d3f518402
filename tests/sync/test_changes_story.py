"""What an officer's phone is told has changed, and when it is told to start again."""

import base64
import json
from datetime import timedelta
from typing import Any

from app.audit.models import Action
from app.database.engine import open_engine
from app.database.session import transaction
from app.facts.feed import renew
from app.housekeeping import tick_once
from tests.conftest import Api, named
from tests.feeds import wait_until_settled_at
from tests.patrols.test_patrol_story import START, check_in, patrol_path
from tests.patrols.test_quarantine import OWNER, WHO, release
from tests.sync.queue import send, whole_patrol
from tests.sync.test_sync_story import events

WINDOW = str(named("WINDOW-1"))
PATROL = str(named("patrol-1"))


class Phone:
    """A phone that follows what changes for its officer."""

    def __init__(self, api: Api, collar: str = "4101") -> None:
        self.api, self.collar = api, collar
        first = self.ask()
        assert first["changes"] == [] and first["more"] is False
        self.cursor: str = first["next_cursor"]

    def ask(self, **params: Any) -> dict[str, Any]:
        answer = self.api.get(self.collar, "/v1/sync", **params)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def news(self, limit: int = 100) -> list[dict[str, Any]]:
        wait_until_settled_at(self.api.url)
        found: list[dict[str, Any]] = []
        while True:
            page = self.ask(cursor=self.cursor, limit=limit)
            found += page["changes"]
            self.cursor = page["next_cursor"]
            if not page["more"]:
                return found

    def told(self, limit: int = 100) -> list[tuple[str, str, str | None]]:
        return [(each["kind"], each["change"], each["id"]) for each in self.news(limit)]


def test_the_other_phone_and_the_crew_hear_of_a_patrol_and_its_result(api: Api) -> None:
    phone, colleague, stranger = Phone(api), Phone(api, "4102"), Phone(api, "4103")
    api.clock.forward(minutes=66)
    queue = whole_patrol()
    queue[0]["content"]["crew"] = [{"collar_number": "4102"}]
    send(api, queue)
    told = [("patrol", "recorded", PATROL), ("patrol", "judged", PATROL)]
    assert phone.told() == told == colleague.told()
    assert (phone.told(), stranger.told()) == ([], [])
    assert api.get("4102", f"/v1/patrols/{PATROL}").status_code == 200


def test_pages_follow_each_other_and_nothing_comes_twice(api: Api) -> None:
    phone = Phone(api)
    api.clock.forward(minutes=10)
    for number in range(7):
        api.put("4101", patrol_path(f"p{number}"), check_in(None))
    told = phone.told(limit=2)
    assert [each[2] for each in told] == [str(named(f"p{number}")) for number in range(7)]
    assert phone.told() == []


def test_decisions_and_answered_disputes_are_told(api: Api) -> None:
    api.clock.forward(minutes=66)
    queue = whole_patrol()
    queue[6]["content"].update(kind="DISPUTE", disputes_assessment=1)
    send(api, queue)
    phone = Phone(api)
    api.clock.forward(hours=3)
    answer = api.put(
        "4111",
        f"/v1/patrols/{PATROL}/reviews/{named('review-1')}",
        {"decision": "STAND", "basis": 1, "note": "Looked.", "answers": [str(named("words-1"))]},
    )
    assert answer.status_code == 201, answer.text
    assert phone.told() == [
        ("patrol", "decided", PATROL),
        ("explanation", "answered", str(named("words-1"))),
    ]


def test_windows_tasked_cancelled_and_moved_are_told_to_their_crews(api: Api) -> None:
    api.clock.at = START - timedelta(hours=3)
    phone, colleague, south = Phone(api), Phone(api, "4102"), Phone(api, "4103")
    window = api.get("4131", f"/v1/tasking-windows/{WINDOW}")
    given = api.put(
        "4111",
        f"/v1/tasking-windows/{WINDOW}/assignment",
        {
            "team_id": str(named("NORTH-1")),
            "officer_ids": [str(named("4102"))],
            "reason": "4101 is in court.",
        },
        **{"If-Match": window.headers["ETag"]},
    )
    assert given.status_code == 200, given.text
    assert phone.told() == [("window", "cancelled", WINDOW)]
    assert colleague.told() == [("window", "changed", WINDOW)]
    moved = api.put(
        "4131",
        f"/v1/tasking-windows/{WINDOW}/move",
        {"new_id": str(named("moved")), "starts_at": "2026-03-02T20:00:00Z", "reason": "No staff."},
    )
    assert moved.status_code == 200, moved.text
    assert colleague.told() == [("window", "tasked", str(named("moved"))), ("window", "moved", WINDOW)]
    called_off = api.put("4131", f"/v1/tasking-windows/{named('moved')}/cancel", {"reason": "No staff."})
    assert called_off.status_code == 200
    assert colleague.told() == [("window", "cancelled", str(named("moved")))]
    assert (phone.told(), south.told()) == ([], [])


def test_a_window_that_crews_may_not_know_of_yet_is_not_named(api: Api) -> None:
    phone = Phone(api)
    body = {
        "hotspot_id": str(named("TGP-1")),
        "team_id": str(named("NORTH-1")),
        "starts_at": "2026-03-09T19:00:00Z",
        "ends_at": "2026-03-09T21:00:00Z",
        "required_minutes": 60,
    }
    assert api.put("4131", f"/v1/tasking-windows/{named('W')}", body).status_code == 201
    assert phone.told() == []  # only planned
    assert api.put("4131", f"/v1/tasking-windows/{named('W')}/publish", {}).status_code == 200
    (change,) = phone.news()
    assert (change["kind"], change["change"], change["id"], change["href"]) == (
        "tasking", "changed", None, "/v1/me/tasking",
    )  # fmt: skip


def test_what_is_kept_aside_and_released_is_told_to_its_officer(api: Api) -> None:
    phone, sender = Phone(api, OWNER), Phone(api)
    assert api.put("4101", patrol_path(), check_in(None, **WHO)).status_code == 202
    assert phone.told() == [("quarantine", "kept_aside", PATROL)]
    assert api.get(OWNER, f"/v1/quarantine/{PATROL}").status_code == 200
    assert release(api, "4111", PATROL).status_code == 200
    assert phone.told() == [("patrol", "recorded", PATROL), ("quarantine", "released", PATROL)]
    assert sender.told() == [("quarantine", "released", PATROL)]


def test_a_cursor_of_another_feed_is_told_to_start_again(api: Api) -> None:
    phone = Phone(api)
    for nonsense in ("x", "e30", base64.urlsafe_b64encode(b'["a", 1, "2"]').decode()):
        assert api.get("4101", "/v1/sync", cursor=nonsense).status_code == 422
    name, commit, number = json.loads(base64.urlsafe_b64decode(phone.cursor + "=="))
    ahead = base64.urlsafe_b64encode(json.dumps([name, commit + 10**6, number + 10**6]).encode()).decode()
    answer = api.get("4101", "/v1/sync", cursor=ahead.rstrip("="))
    assert (answer.status_code, answer.json()["code"]) == (410, "start-again")
    engine = open_engine(api.url)
    with transaction(engine) as session:
        renew(session)
    engine.dispose()
    answer = api.get("4101", "/v1/sync", cursor=phone.cursor)
    assert (answer.status_code, answer.json()["code"]) == (410, "start-again")
    assert Phone(api).told() == []


def test_a_cursor_older_than_what_is_kept_is_told_to_start_again(api: Api) -> None:
    phone = Phone(api)
    api.put("4102", patrol_path(), check_in(None))
    wait_until_settled_at(api.url)
    api.clock.forward(days=30)
    fresh = Phone(api)
    engine = open_engine(api.url)
    tick_once(engine, api.clock.at)
    api.clock.forward(days=6)
    done = tick_once(engine, api.clock.at)
    engine.dispose()
    assert done["old changes forgotten"] > 0
    answer = api.get("4101", "/v1/sync", cursor=phone.cursor)
    assert (answer.status_code, answer.json()["code"]) == (410, "start-again")
    assert api.get("4101", "/v1/sync", cursor=fresh.cursor).status_code == 200


def test_looks_are_logged_with_what_was_told(api: Api) -> None:
    phone = Phone(api)
    api.put("4101", patrol_path(), check_in(None))
    phone.news()
    phone.news()
    (look,) = [event for event in events(api) if event.operation == "sync:changes"]
    assert (look.action, look.actor_id, look.subjects) == (
        Action.CONSULT,
        named("4101"),
        {"patrol": [PATROL]},
    )
