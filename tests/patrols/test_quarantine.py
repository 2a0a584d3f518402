"""What one officer captured and another sent: kept aside, and released by somebody who had no part in it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

import httpx2 as httpx
from sqlmodel import Session, select

from app.areas.models import Membership
from app.audit.models import AuditEvent
from app.clock import rfc3339
from app.database.engine import open_engine
from app.database.session import reading
from app.facts.models import FactColumns
from app.identity.permissions import Role
from app.patrols.models import CheckOut, Patrol
from app.tracks.models import FixBatch
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import (
    START,
    batch,
    batch_path,
    check_in,
    patrol_path,
    result_of,
    slices_of,
    window_result,
)
from tests.people import change, join
from tests.samples import rows_held

# 4102 captured it on a phone that broke; 4101 sent it from another.
OWNER, SENDER, SERGEANT, OTHER_SERGEANT, ADMIN = "4102", "4101", "4111", "4112", "4134"
WHO = {"captured_by": str(named(OWNER))}
OUT = {"checked_out_at": rfc3339(START + timedelta(minutes=65))}
REASON = {"reason": "The phone was broken."}
CHECK_OUT_ASIDE = str(uuid5(named("patrol-1"), "check-out"))


def kept_aside(api: Api) -> list[str]:
    """A whole patrol, one minute between its parts; answers the ids as quarantined, in order."""
    body = batch(0, 0, 65)
    body["fixes"][3] = {"recorded_at": "yesterday", "lat": 52.0, "lon": 0.0}  # type: ignore[index]
    sent_at = {"Sent-At": rfc3339(START + timedelta(minutes=66))}
    api.clock.at = START + timedelta(minutes=66)
    assert api.put(SENDER, patrol_path(), check_in(**WHO), **sent_at).status_code == 202
    api.clock.forward(minutes=1)
    assert api.put(SENDER, batch_path("b"), {**body, **WHO}).status_code == 202
    api.clock.forward(minutes=1)
    assert api.put(SENDER, f"{patrol_path()}/check-out", {**OUT, **WHO}).status_code == 202
    return [str(named("patrol-1")), str(named("b")), CHECK_OUT_ASIDE]


def release(api: Api, collar: str, identifier: str | UUID) -> httpx.Response:
    return api.put(collar, f"/v1/quarantine/{identifier}/release", REASON)


def waiting(api: Api, collar: str = SERGEANT, **params: object) -> list[dict[str, Any]]:
    answer = api.get(collar, "/v1/quarantine", **params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def facts(api: Api, table: type[FactColumns]) -> list[FactColumns]:
    engine = open_engine(api.url)
    with reading(engine) as session:
        found = session.exec(select(table)).all()
    engine.dispose()
    return list(found)


def events(api: Api, operation: str) -> list[AuditEvent]:
    engine = open_engine(api.url)
    with reading(engine) as session:
        found = session.exec(select(AuditEvent).where(AuditEvent.operation == operation)).all()
    engine.dispose()
    return list(found)


def test_a_released_patrol_counts_as_if_its_officer_had_sent_it(api: Api) -> None:
    ids = kept_aside(api)
    assert [(one["id"], one["kind"]) for one in reversed(waiting(api))] == list(
        zip(ids, ("check-in", "fix-batch", "check-out"), strict=True)
    )
    assert {one["patrol_id"] for one in waiting(api)} == {ids[0]}
    api.clock.forward(minutes=60)
    for identifier in ids:
        answer = release(api, SERGEANT, identifier)
        assert (answer.status_code, answer.json()["released_as"]) == (200, "recorded"), answer.text
    done = api.get(OWNER, patrol_path()).json()
    assert (done["collar_number"], done["closed_by"], result_of(done)["status"]) == (
        OWNER,
        "phone",
        "compliant",
    )
    assert window_result(api.url).status == "compliant"
    assert slices_of(api.url) == {(OWNER, "verified"): 64}
    assert api.get(SENDER, patrol_path()).status_code == 404
    for table, after in ((Patrol, 66), (FixBatch, 67), (CheckOut, 68)):
        (fact,) = facts(api, table)
        assert (fact.captured_by, fact.uploaded_by) == (named(OWNER), named(SENDER))
        assert fact.received_at == START + timedelta(minutes=after)
    (fixes,) = facts(api, FixBatch)
    assert isinstance(fixes, FixBatch)
    assert (fixes.fix_count, fixes.rejected) == (129, [[3, "value_error"]])
    assert waiting(api) == []
    assert {one["id"] for one in waiting(api, released=True)} == set(ids)


def test_the_officers_own_phone_may_say_the_same_afterwards(api: Api) -> None:
    for identifier in kept_aside(api):
        release(api, SERGEANT, identifier)
    held = rows_held(api.url)
    body = batch(0, 0, 65)
    body["fixes"][3] = {"recorded_at": "yesterday", "lat": 52.0, "lon": 0.0}  # type: ignore[index]
    assert api.put(OWNER, patrol_path(), check_in()).status_code == 200
    assert api.put(OWNER, batch_path("b"), body).status_code == 200
    assert api.put(OWNER, f"{patrol_path()}/check-out", OUT).status_code == 200
    assert rows_held(api.url) == held


def test_what_the_officers_own_phone_has_said_already_is_released_as_a_replay(api: Api) -> None:
    ids = kept_aside(api)
    body = batch(0, 0, 65)
    body["fixes"][3] = {"recorded_at": "yesterday", "lat": 52.0, "lon": 0.0}  # type: ignore[index]
    api.put(OWNER, patrol_path(), check_in())
    api.put(OWNER, batch_path("b"), body)
    done = api.put(OWNER, f"{patrol_path()}/check-out", OUT).json()
    for identifier in ids:
        answer = release(api, SERGEANT, identifier)
        assert (answer.status_code, answer.json()["released_as"]) == (200, "replay"), answer.text
    assert api.get(OWNER, patrol_path()).json() | {"advice": done["advice"]} == done
    assert [fact.uploaded_by for fact in facts(api, FixBatch)] == [named(OWNER)]
    assert waiting(api) == []


def test_what_contradicts_the_officers_own_phone_stays(api: Api) -> None:
    ids = kept_aside(api)
    api.put(OWNER, patrol_path(), check_in(mode="CYCLE"))
    api.put(OWNER, batch_path("b"), batch(0, 0, 40))
    api.put(OWNER, f"{patrol_path()}/check-out", {"checked_out_at": rfc3339(START + timedelta(minutes=40))})
    held = rows_held(api.url)
    for identifier in ids:
        answer = release(api, SERGEANT, identifier)
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert rows_held(api.url) == held
    assert len(waiting(api)) == 3


def test_a_child_waits_for_its_patrol(api: Api) -> None:
    parent, *children = kept_aside(api)
    for identifier in children:
        answer = release(api, SERGEANT, identifier)
        assert (answer.status_code, answer.json()["code"]) == (409, "parent-unknown")
    assert len(waiting(api)) == 3
    assert release(api, SERGEANT, parent).status_code == 200
    assert [release(api, SERGEANT, identifier).status_code for identifier in children] == [200, 200]


def test_a_patrol_of_somebody_else_is_no_parent(api: Api) -> None:
    assert api.put(SENDER, patrol_path(), check_in()).status_code == 201
    api.clock.forward(minutes=60)
    assert api.put(SENDER, batch_path("b"), {**batch(0, 0, 5), **WHO}).status_code == 202
    answer = release(api, SERGEANT, named("b"))
    assert (answer.status_code, answer.json()["code"]) == (409, "parent-unknown")
    assert facts(api, FixBatch) == []


def test_releasing_twice_is_releasing_once(api: Api) -> None:
    parent = kept_aside(api)[0]
    api.clock.forward(minutes=1)
    first = release(api, SERGEANT, parent)
    told = first.json()
    assert (told["released_at"], told["released_by"]) == (rfc3339(api.clock.at), str(named(SERGEANT)))
    held = rows_held(api.url)
    api.clock.forward(minutes=1)
    again = release(api, ADMIN, parent)
    assert (again.status_code, again.json()) == (200, told)
    assert rows_held(api.url) == held


def test_six_releases_at_once_record_it_once(api: Api) -> None:
    parent = kept_aside(api)[0]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: release(api, SERGEANT, parent), range(6)))
    assert [answer.status_code for answer in answers] == [200] * 6
    assert {answer.json()["released_as"] for answer in answers} == {"recorded"}
    assert (len(facts(api, Patrol)), len(events(api, "quarantine:release"))) == (1, 1)


def test_nobody_releases_what_they_captured_or_sent(api: Api) -> None:
    join(api.url, "6113", (Role.OFFICER, Role.SUPERVISOR), "NORTH-1")
    body = check_in(None, captured_by=str(named(SERGEANT)))
    assert api.put("6113", patrol_path(), body).status_code == 202
    for collar in (SERGEANT, "6113"):
        assert len(waiting(api, collar)) == 1
        answer = release(api, collar, named("patrol-1"))
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert facts(api, Patrol) == []
    assert {event.actor_id for event in events(api, "quarantine:own")} == {named(SERGEANT), named("6113")}
    assert release(api, ADMIN, named("patrol-1")).status_code == 200
    # Nor once it is released.
    assert release(api, SERGEANT, named("patrol-1")).status_code == 403


def test_a_supervisor_sees_those_in_the_team_today(api: Api) -> None:
    parent = kept_aside(api)[0]
    assert len(waiting(api, ADMIN)) == 3
    for stranger in (OTHER_SERGEANT, "7101"):
        assert waiting(api, stranger) == []
        assert release(api, stranger, parent).status_code == 404
    # Those it is about see it too, and cannot release it.
    assert len(waiting(api, OWNER)) == len(waiting(api, SENDER)) == 3
    assert waiting(api, "4103") == []
    assert release(api, OWNER, parent).status_code == 403

    def move(session: Session) -> None:
        row = session.get_one(Membership, uuid5(named(OWNER), "team"))
        row.valid_to = date(2026, 3, 3)
        moved = uuid5(named(OWNER), "moved")
        session.add(row)
        session.add(
            Membership(
                id=moved, officer_id=named(OWNER), team_id=named("SOUTH-1"), valid_from=date(2026, 3, 3)
            )
        )

    change(api.url, move)
    assert len(waiting(api)) == 3
    api.clock.forward(days=1)
    assert (waiting(api), len(waiting(api, OTHER_SERGEANT))) == ([], 3)
    assert release(api, SERGEANT, parent).status_code == 404
    assert release(api, OTHER_SERGEANT, parent).status_code == 200
    # Where the patrol was made does not change with whom the officer works for now.
    assert api.get(ADMIN, "/v1/quarantine", released=True).json()["items"][0]["id"] == parent
    (patrol,) = facts(api, Patrol)
    assert isinstance(patrol, Patrol)
    assert patrol.team_id == named("NORTH-1")


def test_looks_and_releases_are_logged(api: Api) -> None:
    parent = kept_aside(api)[0]
    waiting(api)
    release(api, SERGEANT, parent)
    (look,) = events(api, "quarantine:list")
    people = sorted([str(named(OWNER)), str(named(SENDER))])
    assert (look.actor_id, look.subjects["officer"]) == (named(SERGEANT), people)
    (event,) = events(api, "quarantine:release")
    assert (event.actor_id, event.reason) == (named(SERGEANT), REASON["reason"])
    assert event.subjects == {"quarantined": [parent], "patrol": [parent], "officer": people}
    # The officer did not check in, and the log does not say so.
    assert events(api, "patrol:check-in") == []


def test_an_officer_nobody_knows_is_refused_before_anything_is_kept(api: Api) -> None:
    answer = api.put(SENDER, patrol_path(), check_in(captured_by=str(named("nobody"))))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/captured_by")
    assert rows_held(api.url)["quarantined_facts"] == 0


def test_pages_show_everything_once(api: Api) -> None:
    ids = kept_aside(api)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = api.get(SERGEANT, "/v1/quarantine", limit=2, **({"cursor": cursor} if cursor else {})).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == list(reversed(ids))
