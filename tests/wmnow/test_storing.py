"""What comes of records of the tracker by whichever way: stored once, versioned, resolved, never overwritten."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
from shapely import MultiPolygon, box
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select

from app.areas.models import AreaBoundary, Membership
from app.audit.models import AuditEvent
from app.database.engine import open_engine
from app.database.session import reading, transaction
from app.wmnow.editions import Edition
from app.wmnow.mapping import WMNOW, Mapping
from app.wmnow.models import Precision, TrackerChannel, WmnowRecord, WmnowVersion
from app.wmnow.records import Said, SourceRecord, Step, content_of
from app.wmnow.rejecting import Rejection, record_rejections
from app.wmnow.service import Stored, store_records
from tests.conftest import LONG_AGO, SQUARE, named
from tests.people import change

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
USUAL = Mapping(WMNOW, 1, places={"team_ref": {"perry barr team": "NORTH-1"}})
INSIDE = (-1.895, 52.483)


def record(number: str, version: str | None = None, *, deleted: bool = False, **said: Any) -> SourceRecord:
    """A record of the tracker: a street briefing by 4101 at noon, unless said otherwise."""
    told = Said(**{"occurred_at": NOON, "engagement_type": "STREET_BRIEF", "collar_number": "4101", **said})
    content = {} if deleted else content_of(told)
    at = None if deleted else told.occurred_at
    edition = Edition(None if version is None else int(version))
    return SourceRecord(WMNOW, number, False, edition, deleted, at, False, content, USUAL.meant(content))


def store(
    url: str,
    records: Sequence[SourceRecord],
    channel: TrackerChannel = TrackerChannel.FILE,
    now: datetime = NOON,
) -> Stored:
    engine = open_engine(url)
    with transaction(engine) as session:
        stored = store_records(
            session, named("FORCE"), records, channel=channel, run_id=uuid4(), mapping=USUAL, now=now
        )
    engine.dispose()
    return stored


def held(url: str) -> dict[str, WmnowRecord]:
    engine = open_engine(url)
    with reading(engine) as session:
        found = {row.source_record_id: row for row in session.exec(select(WmnowRecord)).all()}
    engine.dispose()
    return found


def versions(url: str, row: WmnowRecord) -> list[WmnowVersion]:
    engine = open_engine(url)
    with reading(engine) as session:
        found = session.exec(
            select(WmnowVersion).where(WmnowVersion.record_id == row.id).order_by(col(WmnowVersion.version))
        ).all()
    engine.dispose()
    return list(found)


def test_a_record_is_stored_once_and_every_word_of_it_kept(force_url: str) -> None:
    first = store(force_url, [record("1", people_reached=4), record("2")])
    again = store(force_url, [record("1", people_reached=4), record("2")], now=NOON + timedelta(days=1))
    assert (first[Step.NEW], again[Step.NEW], again[Step.UNCHANGED]) == (2, 0, 2)
    changed = store(force_url, [record("1", people_reached=5)], TrackerChannel.PULL)
    assert changed.steps == {Step.CHANGED: 1}
    row = held(force_url)["1"]
    assert (row.version, row.people_reached) == (2, 5)
    kept = versions(force_url, row)
    assert [each.content["people_reached"] for each in kept] == [4, 5]
    assert [each.channel for each in kept] == [TrackerChannel.FILE, TrackerChannel.PULL]
    assert held(force_url)["2"].last_received_at == NOON + timedelta(days=1)


def test_what_comes_twice_in_one_go_is_taken_in_its_order(force_url: str) -> None:
    stored = store(force_url, [record("1", "1"), record("1", "3", people_reached=3), record("1", "2")])
    assert stored.steps == {Step.NEW: 1, Step.CHANGED: 1, Step.STALE: 1}
    row = held(force_url)["1"]
    assert (row.version, row.people_reached, row.source_version) == (2, 3, "3")
    assert len(versions(force_url, row)) == 2


def test_a_deletion_is_kept_and_leaves_what_was_said(force_url: str) -> None:
    store(force_url, [record("1", "1", team_ref="North-1")])
    store(force_url, [record("1", "2", deleted=True), record("9", "2", deleted=True)])
    rows = held(force_url)
    assert (rows["1"].deleted_at, rows["1"].team_id, rows["1"].engagement_type) == (
        NOON, named("NORTH-1"), "STREET_BRIEF",
    )  # fmt: skip
    assert (rows["9"].deleted_at, rows["9"].occurred_at, rows["9"].engagement_type) == (NOON, None, None)
    late = store(force_url, [record("9", "1"), record("1", "3")])
    assert late.steps == {Step.STALE: 1, Step.CHANGED: 1}
    assert held(force_url)["1"].deleted_at is None
    assert [each.deleted for each in versions(force_url, rows["1"])] == [False, True, False]


def test_words_stand_for_what_they_stood_for_on_the_day(force_url: str) -> None:
    def outlines_and_moves(session: Session) -> None:
        for area, first, bounds in (
            ("FORCE", LONG_AGO, (-2.0, 52.0, -1.0, 53.0)),
            ("NORTH", LONG_AGO, SQUARE),
            ("NORTH", date(2026, 3, 3), (-1.5, 52.0, -1.4, 52.1)),
        ):
            session.add(
                AreaBoundary(
                    id=uuid5(named(area), str(first)), area_id=named(area), valid_from=first, source="test",
                    geometry=MultiPolygon([box(*bounds)]),
                )
            )  # fmt: skip
        moved = session.exec(select(Membership).where(Membership.officer_id == named("4101"))).one()
        moved.valid_to = date(2026, 3, 3)
        session.add(moved)
        session.add(
            Membership(
                id=uuid4(), officer_id=named("4101"), team_id=named("SOUTH-1"), valid_from=date(2026, 3, 3)
            )
        )

    change(force_url, outlines_and_moves)
    next_day = NOON + timedelta(days=1)
    store(
        force_url,
        [
            record("own team", position=INSIDE),
            record("day after", position=INSIDE, occurred_at=next_day),
            record("named", team_ref="Perry Barr  Team", by_postcode=True),
            record("by name", team_ref="team south-1", lpa_ref="Area North", neighbourhood_ref="Soho Road"),
            record("stranger", collar_number="0000", method="Carrier pigeon", topics=("ASB", "Bees")),
        ],
    )
    rows = held(force_url)

    def told(name: str) -> tuple[UUID | None, ...]:
        row = rows[name]
        return row.officer_id, row.team_id, row.area_id, row.place_area_id

    somebody = named("4101")
    assert told("own team") == (somebody, named("NORTH-1"), named("NORTH"), named("NORTH"))
    assert told("day after") == (somebody, named("SOUTH-1"), named("SOUTH"), named("FORCE"))
    assert told("named") == (somebody, named("NORTH-1"), named("NORTH"), None)
    assert told("by name") == (somebody, named("SOUTH-1"), named("NORTH"), None)
    assert told("stranger") == (None, None, None, None)
    assert rows["by name"].unknown_codes == ["neighbourhood_ref:Soho Road"]
    assert rows["stranger"].unknown_codes == ["method:Carrier pigeon", "topics:Bees"]
    kinds = [rows[name].precision for name in ("own team", "named", "by name", "stranger")]
    assert kinds == [Precision.EXACT, Precision.POSTCODE, Precision.NEIGHBOURHOOD, Precision.NONE]


def test_an_unchanged_record_is_read_again_when_its_words_mean_more(force_url: str) -> None:
    store(force_url, [record("1", collar_number=None, team_ref="Aston beat")])
    assert held(force_url)["1"].team_id is None
    engine = open_engine(force_url)
    known = replace(USUAL, version=2, places={"team_ref": {"aston beat": "SOUTH-1"}})
    with transaction(engine) as session:
        stored = store_records(
            session, named("FORCE"), [record("1", collar_number=None, team_ref="Aston beat")],
            channel=TrackerChannel.FILE, run_id=uuid4(), mapping=known, now=NOON,
        )  # fmt: skip
    engine.dispose()
    assert (stored.steps, stored.reread) == ({Step.UNCHANGED: 1}, 1)
    row = held(force_url)["1"]
    assert (row.team_id, row.unknown_codes, row.version) == (named("SOUTH-1"), [], 1)


def test_what_changed_is_logged_with_its_ids_in_pieces(force_url: str) -> None:
    store(force_url, [record(str(number)) for number in range(1500)])
    store(force_url, [record(str(number)) for number in range(1500)])
    engine = open_engine(force_url)
    with reading(engine) as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.operation == "wmnow.file.stored")).all()
    engine.dispose()
    assert sorted(len(each.subjects["wmnow_record"]) for each in events) == [500, 1000]
    assert {tuple(each.subjects["officer"]) for each in events} == {(str(named("4101")),)}


def in_the_end(url: str, records: Sequence[SourceRecord], channel: TrackerChannel) -> Stored:
    """Stores as a worker does: on a busy machine a turn may be long in coming, and whoever is sent away comes again."""
    for _ in range(20):
        try:
            return store(url, records, channel)
        except OperationalError:
            continue
    raise AssertionError("never had a turn")


@pytest.mark.parametrize("number", range(3))
def test_the_same_record_by_three_ways_at_once_is_held_once(force_url: str, number: int) -> None:
    records = [record(str(each), "1") for each in range(30)]
    ways = [
        (TrackerChannel.FILE, records),
        (TrackerChannel.PULL, records[::-1]),
        (TrackerChannel.WEBHOOK, records[10:20]),
    ]
    with ThreadPoolExecutor(3) as pool:
        stored = list(
            pool.map(lambda way: in_the_end(force_url, way[1], way[0]), ways[number:] + ways[:number])
        )
    assert sum(each[Step.NEW] for each in stored) == 30
    assert sum(each[Step.UNCHANGED] for each in stored) == 40
    assert len(held(force_url)) == 30


def test_rejected_rows_are_told_without_what_they_said(force_url: str) -> None:
    fault = {"column": "occurred_at", "code": "value", "detail": "Must be a time."}
    engine = open_engine(force_url)
    with transaction(engine) as session:
        count = record_rejections(
            session, named("FORCE"), (Rejection(number, [fault], "unread:1", "7") for number in range(1100)),
            channel=TrackerChannel.PULL, run_id=uuid4(), now=NOON,
        )  # fmt: skip
    engine.dispose()
    assert count == 1100


@pytest.mark.parametrize("at_once", [True, False])
def test_a_version_between_two_that_say_the_same_is_stale_when_it_comes_late(
    force_url: str, at_once: bool
) -> None:
    came = [record("1", "7"), record("1", "9"), record("1", "8", people_reached=3)]
    steps = [Step.NEW, Step.UNCHANGED, Step.STALE]
    if at_once:
        assert store(force_url, came).steps == Counter(steps)
    else:
        assert [list(store(force_url, [one]).steps) for one in came] == [[each] for each in steps]
    one = held(force_url)["1"]
    assert (one.version, one.source_version, one.people_reached) == (1, "9", None)
