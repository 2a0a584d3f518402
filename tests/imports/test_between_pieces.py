"""What comes between while a large file is compared or stored: other files, another force, a fault, the end of the
service."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update
from sqlmodel import col

from app.areas.import_kinds import OFFICERS, import_from_console
from app.database.session import reading, transaction
from app.engagements.import_kinds import ENGAGEMENTS
from app.housekeeping import tick_once
from app.identity.models import Officer
from app.imports.mechanism import ImportKind, ImportOptions, ReadAs
from app.imports.models import ImportRun, ImportUnderWay
from app.problems import Problem
from app.wmnow.import_kinds import RECORDS
from app.wmnow.models import WmnowRecord
from tests.conftest import ISSUER, Api, named
from tests.engagements.test_engagement_files import row
from tests.identity.test_officers import HEADER as PEOPLE, row as person
from tests.imports.test_pieces import (
    ROWS,
    at_each,
    bring,
    engagements,
    engine,
    everything,
    only_pieces,
    pieces,
    records,
    under_way,
)
from tests.wmnow.test_exports import rows as exported, say
from tests.wmnow.test_files import ROW, table
from tests.wmnow.tracker import Killed

# Fixtures.
__all__ = ["engine", "only_pieces", "pieces"]
pytestmark = pytest.mark.usefixtures("only_pieces")
PLANNER = "4131"
STORED = "files stored to the end"


def stopped_in(api: Api, engine: Engine, kind: ImportKind, raw: bytes, force: str = "FORCE") -> None:
    """A file whose run is killed after its first piece."""
    pieces = iter(range(100))

    def kill(_rows: int) -> None:
        if held_back(engine, force) and next(pieces) == 1:
            raise Killed

    options = ReadAs(ImportOptions(only_good_rows=kind is RECORDS))
    with pytest.raises(Killed):
        import_from_console(
            engine, kind, kind.read(raw, Path()), options, force, api.clock(), dry_run=False, progress=kill
        )
    assert held_back(engine, force)


def held_back(engine: Engine, force: str) -> bool:
    with reading(engine) as session:
        there = select(col(ImportUnderWay.run_id)).where(col(ImportUnderWay.force_id) == named(force))
        return session.execute(there).first() is not None


def made_unreadable(engine: Engine, force: str) -> None:
    with transaction(engine) as session:
        broken = update(ImportUnderWay).where(col(ImportUnderWay.force_id) == named(force))
        session.connection().execute(broken.values(content=b"no file"))


def leaves(api: Api, engine: Engine, collar: str) -> None:
    """Brings in a file that says somebody left before all that the others tell of."""
    raw = (PEOPLE + person(collar, "2025-01-01", valid_to="2026-01-15")).encode()
    options = ReadAs(ImportOptions(default_issuer=ISSUER))
    brought = import_from_console(
        engine, OFFICERS, OFFICERS.read(raw, Path()), options, "FORCE", api.clock(), dry_run=False
    )
    assert brought.report.applied, brought.findings


def test_a_file_applied_while_it_is_compared_has_it_sent_again(api: Api, engine: Engine) -> None:
    raw = engagements(row("TR-X", collar_number="4102"))
    before = everything(engine)

    def another(number: int) -> None:
        if number == 1:
            leaves(api, engine, "4102")

    with pytest.raises(Problem) as refused:
        bring(api, engine, ENGAGEMENTS, raw, at_each(another))
    assert refused.value.kind.code == "unavailable"
    after = everything(engine)
    assert {**after, "import_runs": []} == {**before, "import_runs": []}
    again = bring(api, engine, ENGAGEMENTS, raw)
    assert (again.report.applied, [each.code for each in again.findings]) == (False, ["officer-unknown"])


def test_what_became_faulty_since_it_was_stopped_is_in_its_report(api: Api, engine: Engine) -> None:
    stopped_in(api, engine, ENGAGEMENTS, engagements(row("TR-X", collar_number="4102")))
    with transaction(engine) as session:
        gone = update(Officer).where(col(Officer.collar_number) == "4102").values(collar_number="9102")
        session.connection().execute(gone)
    tick_once(engine, api.clock())
    with reading(engine) as session:
        [report] = session.execute(select(col(ImportRun.report))).scalars()
    assert report["counts"]["errors"] == 1
    assert [(each["row"], each["code"]) for each in report["findings"]] == [(ROWS + 1, "officer-unknown")]


def test_a_force_does_not_wait_for_what_another_cannot_store(api: Api, engine: Engine) -> None:
    stopped_in(api, engine, RECORDS, records(), "OTHER")
    made_unreadable(engine, "OTHER")
    assert bring(api, engine, RECORDS, table(ROW)).report.applied
    api.clock.forward(minutes=1)
    stopped_in(api, engine, RECORDS, records())
    failed: list[str] = []
    tick_once(engine, api.clock(), failed.append)
    assert (held_back(engine, "FORCE"), held_back(engine, "OTHER")) == (False, True)
    # Somebody is told of the one that waits, and its own force to come again.
    assert failed == [STORED]
    with pytest.raises(Problem) as refused:
        import_from_console(
            engine, RECORDS, RECORDS.read(table(ROW), Path()), ReadAs(), "OTHER", api.clock(), dry_run=False
        )
    assert (refused.value.kind.code, refused.value.headers) == ("unavailable", {"Retry-After": "60"})


def test_it_is_stored_after_all_else_that_is_due_and_ends_with_the_service(api: Api, engine: Engine) -> None:
    stopped_in(api, engine, RECORDS, records())
    failed: list[str] = []
    before, asked = stored(engine), iter([False, False, False, True])
    done = tick_once(engine, api.clock(), failed.append, lambda: next(asked))
    assert list(done)[-1] == STORED
    assert (done[STORED], failed, under_way(engine)) == (0, [], True)
    assert before < stored(engine) < ROWS - 1
    assert tick_once(engine, api.clock())[STORED] == 1
    assert stored(engine) == ROWS - 1


def stored(engine: Engine) -> int:
    with reading(engine) as session:
        found: int = session.execute(select(func.count()).select_from(WmnowRecord)).scalar_one()
        return found


def rejected(api: Api) -> dict[str, Any]:
    asked = {"from": "2026-02-28T00:00:00Z", "to": "2026-03-09T00:00:00Z"}
    answer = api.get(PLANNER, "/v1/wmnow/reconciliation", **asked)
    totals: dict[str, Any] = answer.json()["totals"]
    return {name: totals[name] for name in ("rejected", "outdated")}


def missing_in_the_export(api: Api) -> list[str]:
    return [each["Beatcheck reference"] for each in exported(api, only_new="true")]


@pytest.mark.parametrize("look", [rejected, missing_in_the_export])
def test_rows_beside_it_stand_as_without_it_until_all_is_there(
    api: Api, engine: Engine, look: Callable[[Api], object]
) -> None:
    ours = str(say(api, "ours"))
    faulty = {**ROW, "Reference": "E-0", "Number of people": "many"}
    assert bring(api, engine, RECORDS, table(faulty)).report.counts.errors == 1
    api.clock.forward(minutes=1)
    before, within = look(api), list[object]()

    def between(_number: int) -> None:
        if under_way(engine):
            within.append(look(api))

    names_it = {**ROW, "Reference": "E-1", "Beatcheck reference": ours}
    rows = [{**ROW, "Reference": f"E-{number}"} for number in range(2, ROWS)]
    first = {**ROW, "Reference": "E-0"}
    bring(api, engine, RECORDS, table(first, names_it, *rows), at_each(between))
    assert len(within) >= 2
    assert within == [before] * len(within)
    assert look(api) != before
