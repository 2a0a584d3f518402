"""Who has left is out with the next call, however long the token still runs; strangers and programs are kept apart."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlmodel import Session

from app.identity.dependencies import CallerCache
from app.identity.models import Officer, OfficerIdentity, RoleHeld
from app.identity.permissions import Role
from demo.signing import CLIENT_ID, DemoPerson
from tests.conftest import ISSUER, Api, named
from tests.people import change, end_role

TODAY = date(2026, 3, 2)


class Seconds:
    """A monotonic clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds(api: Api) -> Seconds:
    """The service's memory of callers on a clock of ours, five seconds long."""
    clock = Seconds()
    state = api.client.app.state  # type: ignore[attr-defined]
    state.callers = CallerCache(state.engine, 5.0, clock)
    return clock


def leave(session: Session) -> None:
    officer = session.get_one(Officer, named("4111"))
    officer.valid_to = TODAY
    session.add(officer)


def suspend(session: Session) -> None:
    officer = session.get_one(Officer, named("4111"))
    officer.suspended = True
    session.add(officer)


def lose_sign_in(session: Session) -> None:
    session.delete(session.get_one(OfficerIdentity, (ISSUER, "demo|4111")))


def demote(session: Session) -> None:
    end_role(session, "4111", Role.SUPERVISOR, TODAY)


@pytest.mark.parametrize(
    ("what", "status"), [(leave, 401), (suspend, 401), (lose_sign_in, 401), (demote, 403)]
)
def test_whoever_may_no_longer_is_out_when_the_memory_ends(
    api: Api, seconds: Seconds, what: Callable[[Session], object], status: int
) -> None:
    held = api.as_officer("4111")  # one token, still good for an hour
    assert api.client.get("/v1/tasking-windows", headers=held).status_code == 200
    change(api.url, what)
    seconds.now += 4.999
    assert api.client.get("/v1/tasking-windows", headers=held).status_code == 200
    seconds.now += 0.001
    answer = api.client.get("/v1/tasking-windows", headers=held)
    assert answer.status_code == status
    if status == 401:
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="beatcheck", error="invalid_token"'
        assert answer.json()["detail"] == "A valid token of a known person is needed."


def test_use_does_not_prolong_the_memory(api: Api, seconds: Seconds) -> None:
    api.get("4111", "/v1/me")
    change(api.url, suspend)
    for _ in range(4):
        seconds.now += 1.2
        assert api.get("4111", "/v1/me").status_code == 200
    seconds.now += 1.2
    assert api.get("4111", "/v1/me").status_code == 401


def test_a_newcomer_is_in_when_the_memory_ends(api: Api, seconds: Seconds) -> None:
    from tests.people import join

    assert api.get("6001", "/v1/me").status_code == 401
    join(api.url, "6001", (Role.OFFICER,), "NORTH-1")
    seconds.now += 5
    assert api.get("6001", "/v1/me").status_code == 200


def test_the_memory_is_of_the_day_and_of_the_roles_asked_about(api: Api, seconds: Seconds) -> None:
    """Somebody whose last day ends at midnight in London is out after it, with the same token."""
    change(api.url, lambda session: _last_day(session, date(2026, 3, 3)))
    assert api.get("4111", "/v1/me").status_code == 200
    api.clock.at = datetime(2026, 3, 3, 0, 0, 1, tzinfo=UTC)
    seconds.now += 5
    assert api.get("4111", "/v1/me").status_code == 401


def _last_day(session: Session, day: date) -> None:
    officer = session.get_one(Officer, named("4111"))
    officer.valid_to = day
    session.add(officer)


def test_the_memory_is_bounded(api: Api, seconds: Seconds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.identity.dependencies._MAX_REMEMBERED", 2)
    for collar in ("4101", "4102", "4103", "4111"):
        assert api.get(collar, "/v1/me").status_code == 200
    assert len(api.client.app.state.callers._known) == 2  # type: ignore[attr-defined]


def test_nobody_here_is_refused(api: Api) -> None:
    answer = api.get("9999", "/v1/me")
    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers


def test_programs_are_not_people_and_people_are_no_programs(api: Api) -> None:
    def with_token(subject: str, client: str) -> int:
        token = api.signer.access_token(DemoPerson(subject, subject), client)[0]
        return api.client.get("/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code

    assert with_token("demo|4101", CLIENT_ID) == 200
    assert with_token("demo|4135", "demo|4135") == 200
    assert with_token("demo|4135", CLIENT_ID) == 401, "a person behind an integration's record"
    change(
        api.url,
        lambda session: session.add(
            OfficerIdentity(issuer=ISSUER, subject=CLIENT_ID, officer_id=named("4101"))
        ),
    )
    assert with_token(CLIENT_ID, CLIENT_ID) == 401, "a program with a person's record"


def test_a_second_role_makes_no_person_of_an_integration(api: Api) -> None:
    """Neither lets it in as a person who may record for everybody, nor locks the program out."""

    def with_token(subject: str, client: str) -> int:
        token = api.signer.access_token(DemoPerson(subject, subject), client)[0]
        return api.client.get("/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code

    def add_roles(session: Session) -> None:
        for role in (Role.OFFICER, Role.ADMIN):
            session.add(
                RoleHeld(id=named(role), officer_id=named("4135"), role=role, valid_from=date(2025, 1, 1))
            )

    change(api.url, add_roles)
    assert with_token("demo|4135", CLIENT_ID) == 401
    assert with_token("demo|4135", "demo|4135") == 200
