"""Exactly one event for every call that touched or showed a person's data, in the same breath as what it tells of."""

import re
from collections.abc import Callable

import httpx2 as httpx
from sqlalchemy import text
from sqlmodel import col, select

from app.audit.models import Action, AuditEvent
from app.database.engine import open_engine
from app.database.session import reading
from app.identity.permissions import Role
from tests.conftest import Api, named
from tests.contract.checking import operations
from tests.patrols.test_patrol_story import DEVICE, batch, batch_path, check_in, patrol_path
from tests.people import change, join
from tests.rest.test_transactions import let_commits_fail
from tests.samples import BODIES, KNOWN, QUERIES, rows_held


def events(api: Api) -> list[AuditEvent]:
    engine = open_engine(api.url, 1)
    with reading(engine) as session:
        found = list(session.exec(select(AuditEvent).order_by(col(AuditEvent.at))).all())
    engine.dispose()
    return found


class Log:
    """What a call adds to the log."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.known: set[object] = {event.id for event in events(api)}

    def of(self, answer: httpx.Response) -> list[AuditEvent]:
        added = [event for event in events(self.api) if event.id not in self.known]
        self.known |= {event.id for event in added}
        for event in added:
            assert event.request_id == answer.headers["Request-Id"]
            assert event.at == self.api.clock.at
        return added


ENDED = {"checked_out_at": "2026-03-02T19:30:00Z"}
PATROL, OFFICER = str(named("patrol-1")), str(named("4101"))


def one(
    found: list[AuditEvent], action: Action, operation: str, collar: str, **subjects: list[str]
) -> AuditEvent:
    assert len(found) == 1, [(event.action, event.operation) for event in found]
    event = found[0]
    assert (event.action, event.operation) == (action, operation)
    assert event.actor_id == named(collar)
    for kind, ids in subjects.items():
        assert event.subjects[kind] == ids, event.subjects
    return event


def test_a_patrols_whole_life_is_logged_call_by_call(api: Api) -> None:
    log = Log(api)
    body = check_in(crew=[{"collar_number": "4102"}])
    found = log.of(api.put("4101", patrol_path(), body))
    one(found, Action.COLLECT, "patrol:check-in", "4101", patrol=[PATROL], officer=[str(named("4102"))])
    api.clock.forward(minutes=60)
    found = log.of(api.put("4101", batch_path("b"), batch(0, 0, 20)))
    one(found, Action.COLLECT, "patrol:fixes", "4101", patrol=[PATROL], **{"fix-batch": [str(named("b"))]})
    found = log.of(api.put("4101", f"{patrol_path()}/check-out", ENDED))
    one(found, Action.COLLECT, "patrol:check-out", "4101", patrol=[PATROL])
    for place, operation in (("", ""), ("/assessment", ":assessment"), ("/track", ":track")):
        found = log.of(api.get("4111", patrol_path() + place))
        one(found, Action.CONSULT, f"patrol{operation}:read", "4111", patrol=[PATROL], officer=[OFFICER])
    found = log.of(api.get("4111", "/v1/patrols"))
    one(found, Action.CONSULT, "patrol:list", "4111", patrol=[PATROL], officer=[OFFICER])


def test_a_replay_is_a_look_at_what_is_there(api: Api) -> None:
    """It records nothing, and its answer shows the patrol: one event, and no second record of the fact."""
    log = Log(api)
    calls = (
        ("patrol:check-in", patrol_path(), check_in(crew=[{"collar_number": "4102"}])),
        ("patrol:fixes", batch_path("b"), batch(0, 0, 5)),
        ("patrol:check-out", f"{patrol_path()}/check-out", ENDED),
    )
    for operation, path, body in calls:
        for status, action in ((201, Action.COLLECT), (200, Action.CONSULT), (200, Action.CONSULT)):
            answer = api.put("4101", path, body)
            assert answer.status_code == status
            one(log.of(answer), action, operation, "4101", patrol=[PATROL])
    aside = check_in(captured_by=str(named("4102")))
    for action in (Action.COLLECT, Action.CONSULT):
        answer = api.put("4101", patrol_path("aside"), aside)
        assert answer.status_code == 202
        one(log.of(answer), action, "check-in:quarantine", "4101")


def test_denials_name_what_was_asked_for(api: Api) -> None:
    api.put("4101", patrol_path(), check_in(None))
    log = Log(api)
    unseen = api.get("4112", patrol_path())
    one(log.of(unseen), Action.DENIED, "patrol:read", "4112", patrol=[PATROL])
    forbidden = api.get("4132", patrol_path())
    event = one(log.of(forbidden), Action.DENIED, "scope:patrols:read", "4132", patrol=[PATROL])
    assert event.force_id == named("FORCE")
    taken = api.put("7101", patrol_path(), check_in(None))
    event = one(log.of(taken), Action.DENIED, "id-taken", "7101", patrol=[PATROL])
    assert event.force_id == named("OTHER")
    anothers = api.put("4102", batch_path("b"), batch(0, 0, 5))
    assert anothers.status_code == 409
    one(log.of(anothers), Action.DENIED, "patrol-of-another", "4102", patrol=[PATROL])


def test_whoever_reaches_for_anothers_people_or_plan_is_in_the_log(api: Api) -> None:
    """Another team's officer, another force's plan and phone, and what is nowhere at all: one event each."""
    api.put("4101", patrol_path(), check_in(None))
    join(api.url, "7131", (Role.PLANNER, Role.ADMIN), "OTHER-1", "OTHER")
    window, why = str(named("WINDOW-1")), {"reason": "Looking."}
    plan = f"/v1/tasking-windows/{window}"
    moved = {**why, "new_id": str(named("NEW")), "starts_at": "2026-03-09T19:00:00Z"}
    log = Log(api)
    calls: list[tuple[str, str, str, httpx.Response]] = [
        ("officers.see", "4111", "officer", api.get("4111", f"/v1/officers/{named('4103')}")),
        ("officers.see", "4111", "officer", api.get("4111", f"/v1/officers/{named('nobody')}")),
        ("windows.read", "4112", "window", api.get("4112", plan)),
        ("windows.publish", "7131", "window", api.put("7131", f"{plan}/publish", why)),
        ("windows.cancel", "7131", "window", api.put("7131", f"{plan}/cancel", why)),
        ("windows.move", "7131", "window", api.put("7131", f"{plan}/move", moved)),
        (
            "windows.change", "7131", "window",
            api.put("7131", plan, {**BODIES["/v1/tasking-windows/{window_id}"], **why}, **{"If-Match": '"1"'}),
        ),
        ("devices.revoke", "7131", "device", api.put("7131", f"/v1/devices/{DEVICE}/revoke", why)),
    ]  # fmt: skip
    added = {event.request_id: event for event in events(api) if event.id not in log.known}
    assert len(added) == len(calls)
    for operation, collar, kind, answer in calls:
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), operation
        asked = answer.request.url.path.removesuffix("/revoke").split("/")[3]
        one([added[answer.headers["Request-Id"]]], Action.DENIED, operation, collar, **{kind: [asked]})


def test_what_touched_nothing_is_not_in_the_log(api: Api) -> None:
    log = Log(api)
    for answer in (
        api.client.get("/v1/patrols"),
        api.get("4101", "/v1/patrols", limit=0),
        api.put("4101", patrol_path(), {"bad": True}),
        api.put("4101", batch_path("b"), batch(0, 0, 5)),
        api.client.get("/livez"),
    ):
        assert answer.status_code != 500
        assert log.of(answer) == []


def test_the_event_and_its_change_are_one(api: Api) -> None:
    """When the commit fails neither is there; when the event cannot be written, nothing is recorded."""
    before = rows_held(api.url)
    let_commits_fail(api.url, "patrols")
    assert api.put("4101", patrol_path(), check_in()).status_code == 500
    assert rows_held(api.url) == before
    assert events(api) == []


def break_log(url: str) -> None:
    change(url, lambda session: session.connection().execute(text("ALTER TABLE audit_events RENAME TO gone")))


def mend_log(url: str) -> None:
    change(url, lambda session: session.connection().execute(text("ALTER TABLE gone RENAME TO audit_events")))


def test_without_the_log_nothing_is_recorded_shown_or_even_refused(api: Api) -> None:
    assert api.put("4101", patrol_path(), check_in(None)).status_code == 201
    before = rows_held(api.url)
    break_log(api.url)
    calls: dict[str, Callable[[], httpx.Response]] = {
        "a record": lambda: api.put("4101", patrol_path("second"), check_in(None)),
        "a read": lambda: api.get("4111", patrol_path()),
        "a list": lambda: api.get("4111", "/v1/patrols"),
        "an unseen": lambda: api.get("4112", patrol_path()),
        "a forbidden": lambda: api.get("4132", patrol_path()),
        "a taken": lambda: api.put("7101", patrol_path(), check_in(None)),
    }
    for what, call in calls.items():
        answer = call()
        # SQLite calls a missing table an operational fault, PostgreSQL a mistake of ours.
        assert answer.status_code == (503 if api.url.startswith("sqlite") else 500), what
        assert answer.json()["retryable"] is True, what
        for secret in (PATROL, "4101", OFFICER):
            assert secret not in answer.text, what
    mend_log(api.url)
    assert rows_held(api.url) == before
    assert api.get("4111", patrol_path()).status_code == 200


# Code lists; and the feed, which without a cursor says only where to begin.
TELLS_OF_NOBODY = {"/v1/me/forms", "/v1/sync"}


def test_every_read_of_peoples_rows_is_one_event(api: Api) -> None:
    """Generated from the description: whatever is read under a permission for one's own or one's scope."""
    api.put("4101", patrol_path(), check_in())
    api.clock.forward(minutes=60)
    api.put("4101", batch_path("b"), batch(0, 0, 20))
    api.put("4101", f"{patrol_path()}/check-out", ENDED)
    log = Log(api)
    unlogged = []
    left_out: set[str] = set()
    for method, path, operation in operations():
        if method != "GET" or not operation.get("x-permission", "").startswith(("scope:", "own:")):
            continue
        if path in TELLS_OF_NOBODY:
            continue
        address = path.replace("{day}", "2026-03-02").replace("{week}", "2026-W10")
        # No activity was logged on this patrol.
        if (named_in := set(re.findall(r"\{(\w+)\}", address))) - (set(KNOWN) - {"activity_id"}):
            left_out.add(", ".join(sorted(named_in)))
            continue
        address = re.sub(r"\{(\w+)\}", lambda found: str(named(KNOWN[found[1]])), address)
        query = "&".join(f"{name}={value}" for name, value in QUERIES.get(path, {}).items())
        answer = api.get("4111", f"{address}?{query}" if query else address)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        found = log.of(answer)
        # What is printed, or given to evaluators, is handed on.
        handed_on = path.startswith(("/v1/tasking-sheets/", "/v1/compliance/dose", "/v1/wmnow/export"))
        action = Action.DISCLOSE if handed_on else Action.CONSULT
        if [(event.action, event.actor_id) for event in found] != [(action, named("4111"))]:
            unlogged.append(f"{path}: {[(event.action, event.operation) for event in found]}")
    assert not unlogged
    # Their own stories hold what they log: the small force has none of these rows.
    assert left_out == {
        "sample_id", "scheme_id", "closing_id, scheme_id", "activity_id", "engagement_id", "abstraction_id",
        "quarantined_id", "record_id", "pack_id",
    }  # fmt: skip
