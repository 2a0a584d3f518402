"""The request's transaction: durable before the answer, undone and given back when anything at all goes wrong."""

import json

from fastapi.routing import iter_route_contexts
from sqlalchemy import text
from sqlmodel import Session

from app.database.engine import open_engine
from app.database.session import abandon, open_session
from app.rest.transactions import TransactionalRoute
from tests.conftest import Api
from tests.patrols.test_patrol_story import check_in, patrol_path
from tests.people import change
from tests.rest.wire import connections_out, exchange
from tests.samples import rows_held

GOOD = json.dumps(check_in()).encode()
COMMIT_FAILS = {
    "sqlite": (
        "CREATE TABLE doom (officer TEXT REFERENCES officers (id) DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TRIGGER doomed AFTER INSERT ON {table} BEGIN INSERT INTO doom VALUES ('nobody'); END",
    ),
    "postgresql": (
        "CREATE TABLE doom (officer uuid REFERENCES officers (id) DEFERRABLE INITIALLY DEFERRED)",
        "GRANT INSERT ON doom TO PUBLIC",  # the service is not the owner, who alone could otherwise
        """CREATE FUNCTION doomed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO doom VALUES ('00000000-0000-0000-0000-000000000000'); RETURN NEW; END $$""",
        "CREATE TRIGGER doomed AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION doomed()",
    ),
}


def let_commits_fail(url: str, table: str) -> None:
    """Every insert into the table makes a promise that the commit cannot keep."""

    def alter(session: Session) -> None:
        for statement in COMMIT_FAILS[session.get_bind().dialect.name]:
            session.connection().execute(text(statement.replace("{table}", table)))

    change(url, alter)


def headers(api: Api) -> dict[str, str]:
    return api.as_officer("4101", **{"Content-Type": "application/json"})


def test_a_commit_that_fails_is_never_answered_with_success(api: Api) -> None:
    let_commits_fail(api.url, "patrols")
    before = rows_held(api.url)
    answer = api.put("4101", patrol_path(), check_in())
    assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (500, "internal", True)
    assert rows_held(api.url) == before
    assert connections_out(api) == 0
    assert api.get("4101", "/v1/patrols").status_code == 200


def test_a_client_that_hangs_up_in_its_body_leaves_nothing(api: Api) -> None:
    before = rows_held(api.url)
    seen = exchange(api, "PUT", patrol_path(), headers(api), [GOOD[:50]], hangs_up=True)
    assert seen.status is None
    assert rows_held(api.url) == before
    assert connections_out(api) == 0
    assert api.put("4101", patrol_path(), check_in()).status_code == 201


def test_a_client_that_hangs_up_after_its_body_is_recorded_and_told_so_next_time(api: Api) -> None:
    exchange(api, "PUT", patrol_path(), headers(api), [GOOD], hangs_up=False)
    assert api.put("4101", patrol_path(), check_in()).status_code == 200
    assert connections_out(api) == 0


def test_a_cancelled_call_gives_its_connection_back_and_is_whole(api: Api) -> None:
    """The thread of a cancelled call runs to its end: everything is recorded or nothing, and nothing is kept open."""
    api.client.app.state.callers.seconds = 60  # type: ignore[attr-defined]  # looking the caller up is not meant here
    assert api.get("4101", "/v1/patrols").status_code == 200
    other = open_engine(api.url, 1)
    holding = open_session(other, writes=True)
    # On SQLite a writing transaction holds the lock from its beginning.
    holding.connection().execute(text("SELECT 1" if "sqlite" in api.url else "LOCK TABLE patrols"))
    seen = exchange(
        api, "PUT", patrol_path(), headers(api), [GOOD],
        cancelled_when=lambda: connections_out(api) == 1, then=lambda: abandon(holding),
    )  # fmt: skip
    other.dispose()
    assert seen.status == 201, "what is durable is said, should anybody still listen"
    assert connections_out(api) == 0
    again = api.put("4101", patrol_path(), check_in())
    assert again.status_code == 200, "the thread had recorded it before"
    assert [row["crew"] for row in api.get("4101", "/v1/patrols").json()["patrols"]] == [[]]


def test_every_address_with_a_session_ends_it(api: Api) -> None:
    """A router without the transactional route class would neither commit nor give its connection back."""
    for context in iter_route_contexts(api.client.app.routes):  # type: ignore[attr-defined]
        dependant = getattr(context, "dependant", None)
        if dependant is None:
            continue
        asked = {inner.call for inner in dependant.dependencies} | {*getattr(dependant.call, "asks", ())}
        if {ask.__name__ for ask in asked if ask} & {"_writing", "_reading"}:
            assert isinstance(context.original_route, TransactionalRoute), context.path


def test_bad_requests_give_their_connections_back(api: Api) -> None:
    for number in range(25):  # more than the pool has
        api.put("4101", patrol_path(f"n{number}"), {"bad": True})
        api.get("4112", patrol_path("unknown"))
        api.get("4132", patrol_path("forbidden"))
        api.get("4101", "/v1/patrols", limit=0)
    assert connections_out(api) == 0


def test_a_busy_database_is_answered_as_busy(api: Api) -> None:
    engine = api.client.app.state.engine  # type: ignore[attr-defined]
    held = [engine.connect() for _ in range(engine.pool.size())]
    engine.pool._timeout = 0.05
    answer = api.client.get("/v1/patrols", headers=api.as_officer("4101"))
    for connection in held:
        connection.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert api.get("4101", "/v1/patrols").status_code == 200
