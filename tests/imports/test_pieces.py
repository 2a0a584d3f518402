"""A large file that is stored in pieces, as on SQLite: others write meanwhile, none of it is seen before all is there,
and a run that is stopped goes on. On PostgreSQL, where it is one transaction, the stories end alike."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from app.areas.import_kinds import import_from_console
from app.database.copies import copy_sqlite, sqlite_file
from app.database.engine import open_engine
from app.database.session import reading
from app.engagements.import_kinds import ENGAGEMENTS
from app.housekeeping import tick_once
from app.imports import queries
from app.imports.mechanism import Brought, ImportKind, ImportOptions, Progress, ReadAs
from app.imports.pieces import MOST_IN_ONE
from app.problems import Problem
from app.tables import METADATA
from app.wmnow.import_kinds import RECORDS
from demo.wmnow import message
from tests.audit.test_events import events
from tests.conftest import Api, named
from tests.databases import Databases
from tests.engagements.test_engagement_files import HEADER, row
from tests.patrols.test_patrol_story import check_in, patrol_path
from tests.wmnow.test_files import ROW, table
from tests.wmnow.test_messages import Sender
from tests.wmnow.tracker import Killed, item

ROWS = MOST_IN_ONE + 200
PLANNER, SERGEANT = "4131", "4111"
Meanwhile = Callable[[int], None]


@pytest.fixture
def engine(api: Api) -> Iterator[Engine]:
    engine = open_engine(api.url, 3)
    yield engine
    engine.dispose()


@pytest.fixture
def sender(api: Api) -> Iterator[Sender]:
    found = Sender(api)
    yield found
    found.engine.dispose()


@pytest.fixture
def pieces(databases: Databases) -> bool:
    """Whether a large file is stored in pieces here."""
    return databases.kind == "sqlite"


@pytest.fixture
def only_pieces(pieces: bool) -> None:
    if not pieces:
        pytest.skip("PostgreSQL lets others write during a file of one transaction")


def records(*changed: dict[str, str], count: int = ROWS) -> bytes:
    """A file of the tracker with a faulty row in the middle; `changed` rows stand in the place of the last."""
    rows = [ROW | {"Reference": f"E-{number}"} for number in range(count - len(changed))]
    rows[count // 2]["Date and time"] = "Tuesday"
    return table(*rows, *changed)


def engagements(*more: str, count: int = ROWS) -> bytes:
    told = (row(f"TR-{number}", 1 + number % 28, number) for number in range(count))
    return (HEADER + "".join([*told, *more])).encode()


FILES: dict[str, tuple[ImportKind, Callable[..., bytes]]] = {
    "wmnow-engagements": (RECORDS, records),
    "engagements": (ENGAGEMENTS, engagements),
}


def bring(
    api: Api,
    engine: Engine,
    kind: ImportKind,
    raw: bytes,
    progress: Progress = lambda _: None,
    **options: Any,
) -> Brought:
    options = {"only_good_rows": kind is RECORDS, **options}
    return import_from_console(
        engine, kind, kind.read(raw, Path()), ReadAs(ImportOptions(**options)), "FORCE", api.clock(),
        dry_run=False, progress=progress,
    )  # fmt: skip


def at_each(work: Meanwhile) -> Progress:
    """Has something done whenever the import tells how far it is: the how-manieth time it is told."""
    times = iter(range(1, 10_000))
    return lambda _rows: work(next(times))


def under_way(engine: Engine) -> bool:
    with reading(engine) as session:
        return queries.under_way(session, named("FORCE"))


TABLES = (
    "wmnow_records", "wmnow_versions", "wmnow_rejected", "engagements", "engagement_ticks", "engagement_officers",
    "import_runs", "imports_under_way",
)  # fmt: skip


def everything(engine: Engine) -> dict[str, list[str]]:
    """What is stored, but for ids that are made by chance."""
    found = {}
    with reading(engine) as session:
        for name in TABLES:
            rows = session.execute(select(METADATA.tables[name])).mappings()
            said = [{key: value for key, value in one.items() if key != "run_id"} for one in rows]
            if name == "import_runs":
                said = [
                    {key: one[key] for key in ("kind", "number", "file_sha256", "profile")} for one in said
                ]
            found[name] = sorted(map(str, said))
    return found


def seen(api: Api) -> list[object]:
    """What is shown of rows of either kind, wherever they are."""
    lists = (
        api.get(SERGEANT, "/v1/engagements", limit=200),
        api.get(SERGEANT, "/v1/wmnow/records", limit=200),
        api.get(PLANNER, "/v1/wmnow/rejected", limit=200),
    )
    february = {"from": "2026-01-31T00:00:00Z", "to": "2026-03-03T00:00:00Z"}
    reports = (
        api.get(PLANNER, "/v1/wmnow/reconciliation", **february).json()["totals"],
        api.get(SERGEANT, "/v1/engagements/report", **february).json()["totals"],
    )
    return [*(len(each.json()["items"]) for each in lists), *reports]


@pytest.mark.parametrize("name", FILES)
def test_phones_and_messages_are_answered_while_it_is_stored(
    api: Api, engine: Engine, sender: Sender, name: str
) -> None:
    kind, file = FILES[name]
    while_stored = []

    def meanwhile(number: int) -> None:
        while_stored.append(under_way(engine))
        assert sender.tell(f"msg-{number}", 10_000 + number).status_code == 202
        assert api.put("4101", patrol_path(f"patrol-{number}"), check_in(None)).status_code == 201

    assert bring(api, engine, kind, file(), at_each(meanwhile)).report.counts.new >= ROWS - 1
    # On PostgreSQL there are no pieces between which it could be told.
    assert any(while_stored) == (engine.dialect.name == "sqlite")
    assert sender.outcomes().keys() >= {"msg-1"}


@pytest.mark.usefixtures("only_pieces")
def test_a_message_sent_at_any_moment_of_an_upload_is_answered(
    api: Api, engine: Engine, sender: Sender
) -> None:
    raw, told = records(count=1_500), 0
    headers = api.as_officer(PLANNER, **{"Content-Type": "text/csv"})
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(
            api.client.post, "/v1/imports/wmnow-engagements", content=raw, headers=headers,
            params={"only_good_rows": True},
        )  # fmt: skip
        while not sent.done():
            within = under_way(engine)
            assert sender.tell(f"msg-{told}", 10_000 + told).status_code == 202
            told += within
    assert sent.result().json()["counts"]["new"] == 1_499
    assert told


@pytest.mark.parametrize("name", FILES)
def test_a_dry_run_and_a_refusal_keep_nobody_waiting(
    api: Api, engine: Engine, sender: Sender, name: str
) -> None:
    kind, file = FILES[name]

    def meanwhile(number: int) -> None:
        assert sender.tell(f"msg-{number}", 10_000).status_code == 202

    tried = import_from_console(
        engine, kind, kind.read(file(), Path()), ReadAs(), "FORCE", api.clock(), dry_run=True,
        progress=at_each(meanwhile),
    )  # fmt: skip
    assert (tried.report.applied, tried.report.counts.rows) == (False, ROWS)
    faulty = file() if kind is RECORDS else engagements(row("TR-X", collar_number="9999"))
    before = everything(engine)
    refused = bring(api, engine, kind, faulty, only_good_rows=False)
    assert (refused.report.applied, everything(engine)) == (False, before)


@pytest.mark.parametrize("name", FILES)
def test_nothing_of_it_is_seen_before_all_is_there(api: Api, engine: Engine, name: str) -> None:
    kind, file = FILES[name]
    before = seen(api)

    def look(_number: int) -> None:
        assert seen(api) == before

    bring(api, engine, kind, file(), at_each(look))
    assert seen(api) != before
    assert not under_way(engine)


@pytest.mark.usefixtures("only_pieces")
@pytest.mark.parametrize("name", FILES)
def test_killed_anywhere_it_goes_on_and_ends_as_without(api: Api, name: str) -> None:
    kind, file = FILES[name]
    raw = file()
    whole = open_engine(_copy(api.url))
    told: list[int] = []
    bring(api, whole, kind, raw, lambda _: told.append(1))
    times = len(told)
    assert times >= 4
    kept = []
    for moment in range(1, times + 1):
        here = open_engine(_copy(api.url))

        def kill(number: int, moment: int = moment) -> None:
            if number == moment:
                raise Killed

        with pytest.raises(Killed):
            bring(api, here, kind, raw, at_each(kill))
        kept.append(under_way(here))
        tick_once(here, api.clock())
        again = bring(api, here, kind, raw)
        assert again.report.repeated == kept[-1]
        assert again.report.counts == bring(api, whole, kind, raw).report.counts
        assert everything(here) == everything(whole)
        here.dispose()
    whole.dispose()
    # Before it is accepted nothing is kept; from then on it is stored, whatever happens.
    assert kept == sorted(kept) and {*kept} == {False, True}


_copies = iter(range(10_000))


def _copy(url: str) -> str:
    path = f"{url.removeprefix('sqlite:///')}.{next(_copies)}"
    copy_sqlite(sqlite_file(url), Path(path), lambda _left, _of: None, lambda _table: None)
    return f"sqlite:///{path}"


@pytest.mark.usefixtures("only_pieces")
def test_it_is_logged_once_with_everybody_it_touched(api: Api, engine: Engine) -> None:
    raw = engagements(row("TR-X", collar_number="4102"), row("TR-Y", collar_number="4103"))
    number = iter(range(1, 100))

    def kill(_rows: int) -> None:
        # After the first piece.
        if under_way(engine) and next(number) == 1:
            raise Killed

    with pytest.raises(Killed):
        bring(api, engine, ENGAGEMENTS, raw, kill)
    tick_once(engine, api.clock())
    [event] = [each for each in events(api) if each.operation == "imports.engagements.commit"]
    assert event.subjects["officer"] == sorted(str(named(collar)) for collar in ("4101", "4102", "4103"))
    assert len(event.subjects["engagement"]) == ROWS + 2
    [run] = api.get(PLANNER, "/v1/imports").json()["items"]
    assert event.subjects["import_run"] == [run["id"]]


@pytest.mark.usefixtures("only_pieces")
def test_one_file_at_a_time_and_the_same_twice_is_one(api: Api, engine: Engine) -> None:
    codes = []

    def another(_number: int) -> None:
        for raw in (engagements(), engagements(count=3)):
            with pytest.raises(Problem) as refused:
                bring(api, engine, ENGAGEMENTS, raw)
            codes.append(refused.value.kind.code)

    def once_under_way(number: int) -> None:
        if under_way(engine):
            another(number)

    first = bring(api, engine, ENGAGEMENTS, engagements(), at_each(once_under_way))
    assert set(codes) == {"unavailable"}
    again = bring(api, engine, ENGAGEMENTS, engagements())
    assert (again.report.repeated, again.report.run_id) == (True, first.report.run_id)
    assert bring(api, engine, ENGAGEMENTS, engagements(count=3)).report.counts.unchanged == 3


@pytest.mark.usefixtures("only_pieces")
def test_what_is_said_between_pieces_stands(api: Api, engine: Engine, sender: Sender) -> None:
    last = f"E-{ROWS - 1}"
    version = {"Reference": last, "Version": "2", "Number of people": "20"}
    raw = records(ROW | version)

    def newer(_number: int) -> None:
        if under_way(engine) and not sender.outcomes():
            said = item(ROWS - 1, source_version="3", people_reached=77)
            assert sender.send(message(said, api.clock()), "newer").status_code == 202
            assert sender.read() == 1

    brought = bring(api, engine, RECORDS, raw, at_each(newer))
    assert sender.outcomes() == {"newer": "new"}
    assert sender.held()[last].people_reached == 77
    assert "stale" in {finding.code for finding in brought.findings}


@pytest.mark.usefixtures("only_pieces")
def test_what_an_officer_says_between_pieces_stands(api: Api, engine: Engine) -> None:
    assert bring(api, engine, ENGAGEMENTS, engagements()).report.counts.new == ROWS
    [latest] = [each for each in _all(api) if each["reference"] == f"TR-{ROWS - 1}"]
    there = f"/v1/engagements/{latest['id']}"
    done: list[int] = []

    def void(_number: int) -> None:
        if under_way(engine) and not done:
            answer = api.put("4101", f"{there}/void", {"reason": "Never was."})
            done.append(answer.status_code)

    changed = engagements().replace(b",COMM_MEET,", b",BEAT_SURGERY,")
    bring(api, engine, ENGAGEMENTS, changed, at_each(void))
    assert done == [200]
    assert api.get("4101", there).json()["engagement_type"]["code"] == "COMM_MEET"
    assert api.get("4101", there).json()["voided_at"]


def _all(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = api.get("4101", "/v1/engagements", limit=200, **cursor).json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


def test_a_full_export_marks_what_it_leaves_out(api: Api, engine: Engine, sender: Sender) -> None:
    bring(api, engine, RECORDS, records(count=ROWS + 2))
    api.clock.forward(minutes=1)
    heard: list[int] = []

    def tell(_number: int) -> None:
        if under_way(engine) and not heard:
            api.clock.forward(minutes=1)
            heard.append(sender.send(message(item(ROWS + 1), api.clock()), "heard").status_code)
            assert sender.read() == 1

    brought = bring(api, engine, RECORDS, records(), at_each(tell), complete_list=True)
    gone = {name for name, record in sender.held().items() if record.missing_since is not None}
    assert gone == ({f"E-{ROWS}"} if heard else {f"E-{ROWS}", f"E-{ROWS + 1}"})
    assert brought.report.counts.missing == len(gone)
