"""The same file again: five at once are one import, and only a file that is still the newest is a repetition."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import httpx2 as httpx
import pytest
from sqlalchemy import text

from app.database.engine import open_engine
from app.database.session import reading, transaction
from tests.assurance.waiting import wait_until
from tests.conftest import ISSUER, Api, named
from tests.databases import Databases

ADMIN, PLANNER = "4134", "4131"
TEAMS = "code,name,kind,area_code,valid_from\nT-9,Team,RESPONSE,NORTH,2026-01-01\n"
WINDOWS = (
    "id,hotspot_code,team_code,starts_at\n"
    "01a1f9e6-0000-7000-8000-000000000001,TGP-1,NORTH-1,2026-04-01T10:00:00Z\n"
)
REFERENCE = (
    "list,code,label,plain_label,position,valid_from,valid_to\nterms,window,Slot,slot,10,2026-03-02,\n"
)
PEOPLE = (
    "collar_number,kind,rank,roles,team_code,subject,valid_from\n"
    "4101,CONSTABLE,PC,OFFICER,NORTH-1,demo|4101,2025-01-01\n"
    "4134,STAFF,STAFF,ADMIN,,demo|4134,2025-01-01\n"
)
JOINER = "5002,CONSTABLE,PC,OFFICER,NORTH-1,demo|5002,2026-03-01\n"


def send(api: Api, who: str, kind: str, raw: str, **params: str | bool) -> httpx.Response:
    headers = api.as_officer(who, **{"Content-Type": "text/csv"})
    return api.client.post(f"/v1/imports/{kind}", content=raw.encode(), params=params, headers=headers)


def repeated(answer: httpx.Response) -> bool:
    assert answer.status_code == 200, answer.text
    told: bool = answer.json()["repeated"]
    return told


@contextmanager
def held_back(api: Api, databases: Databases, senders: int) -> Iterator[list[Future[httpx.Response]]]:
    """On PostgreSQL lets what is sent inside go on only when all of it has come as far as a lock on the force."""
    engine = open_engine(api.url, 2)
    sent: list[Future[httpx.Response]] = []

    def waiting() -> int:
        with reading(engine) as session:
            query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            found: int = session.connection().execute(text(query)).scalar_one()
        return found + sum(one.done() for one in sent)

    if databases.kind == "sqlite":
        yield sent
    else:
        with transaction(engine) as session:
            query = "SELECT id FROM areas WHERE id = :id FOR UPDATE"
            session.connection().execute(text(query), {"id": named("FORCE")})
            yield sent
            wait_until(lambda: waiting() >= senders, 3, lambda: f"{waiting()} of {senders} wait")
    engine.dispose()


@pytest.mark.parametrize(
    ("kind", "who", "raw"),
    [
        ("areas", PLANNER, "code,name,kind,parent_code,valid_from\nEAST,East,LPA,FORCE,2026-01-01\n"),
        ("teams", ADMIN, TEAMS),
        ("officers", ADMIN, PEOPLE + JOINER),
        ("tasking-windows", PLANNER, WINDOWS),
        ("reference", ADMIN, REFERENCE),
        ("policies", ADMIN, "valid_from,threshold,value\n2026-04-01,max_gap_seconds,60\n"),
    ],
)
def test_five_equal_files_at_once_are_one_import(
    api: Api, databases: Databases, kind: str, who: str, raw: str
) -> None:
    params = {"default_issuer": ISSUER} if kind == "officers" else {}
    submit: Callable[[], httpx.Response] = lambda: send(api, who, kind, raw, **params)  # noqa: E731
    # Also builds the description that answers are held against, which threads must not do at once.
    assert api.get(who, "/v1/imports").json()["items"] == []
    with ThreadPoolExecutor(5) as pool:
        with held_back(api, databases, 5) as sent:
            sent += [pool.submit(submit) for _ in range(5)]
        answers = [one.result() for one in sent]
    assert [answer.status_code for answer in answers] == [200] * 5, [answer.text for answer in answers]
    assert sorted(repeated(answer) for answer in answers) == [False, True, True, True, True]
    assert len({answer.json()["run_id"] for answer in answers}) == 1
    [run] = api.get(who, "/v1/imports").json()["items"]
    assert run["counts"]["new"] + run["counts"]["changed"] > 0


def people(api: Api, raw: str) -> httpx.Response:
    return send(api, ADMIN, "officers", raw, default_issuer=ISSUER, complete_list=True)


def test_a_list_like_an_earlier_one_makes_the_leaver_leave(api: Api) -> None:
    assert not repeated(people(api, PEOPLE))
    api.clock.forward(days=1)
    assert not repeated(people(api, PEOPLE + JOINER))
    assert repeated(people(api, PEOPLE + JOINER))
    assert api.get("5002", "/v1/hotspots").status_code == 200
    api.clock.forward(days=1)
    back = people(api, PEOPLE)
    assert not repeated(back)
    assert [(one["action"], one["key"]) for one in back.json()["changes"]] == [("leaver", "5002")]
    assert api.get("5002", "/v1/hotspots").status_code == 401
    assert len(api.get(ADMIN, "/v1/imports").json()["items"]) == 3


def test_the_newest_is_the_one_applied_last_whatever_the_clocks_say(api: Api) -> None:
    other = TEAMS.replace("Team", "Crew")
    assert not repeated(send(api, ADMIN, "teams", TEAMS))
    # A request that began earlier may get the lock later; here by another worker's clock.
    api.clock.forward(seconds=-5)
    assert not repeated(send(api, ADMIN, "teams", other))
    assert repeated(send(api, ADMIN, "teams", other))
    assert not repeated(send(api, ADMIN, "teams", TEAMS))


def test_the_same_file_read_another_way_comes_between(api: Api) -> None:
    for options in ({}, {"effective_from": "2026-04-01"}, {}):
        answer = send(api, ADMIN, "officers", PEOPLE, default_issuer=ISSUER, **options)
        assert not repeated(answer)


def test_other_kinds_do_not_come_between(api: Api) -> None:
    assert not repeated(send(api, ADMIN, "teams", TEAMS))
    assert not repeated(people(api, PEOPLE))
    assert repeated(send(api, ADMIN, "teams", TEAMS))
