"""Where patrols were when something happened on them: open, ended, with late batches, and after erasure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event
from sqlmodel import Session

from app.clock import rfc3339
from app.database.engine import open_engine
from app.database.session import reading
from app.patrols.whereabouts import Whereabouts, hotspots_at, hotspots_by_result, whereabouts
from tests.conftest import EAST_SQUARE, LONG_AGO, SQUARE, Api, named
from tests.patrols.test_patrol_story import MIDDLE, START, batch, batch_path, check_in, patrol_path
from tests.retention.conftest import purge_at

HERE, EAST = named("TGP-1"), named("TGP-2")
OUTSIDE = SQUARE[0] - 0.02


def minutes(count: float) -> datetime:
    return START + timedelta(minutes=count)


@pytest.fixture
def session(api: Api) -> Iterator[Session]:
    engine = open_engine(api.url)
    with reading(engine) as opened:
        yield opened
    engine.dispose()


def asked(api: Api, *moments: tuple[str, float]) -> list[Whereabouts]:
    engine = open_engine(api.url)
    with reading(engine) as session:
        found = whereabouts(session, [(named(name), minutes(at)) for name, at in moments])
        by_result = hotspots_by_result(session, [(named(name), minutes(at)) for name, at in moments])
    engine.dispose()
    for each, hotspots in zip(found, by_result, strict=True):
        assert hotspots in ((), each.hotspot_ids)
    return found


def send(api: Api, name: str, number: int, start: float, length: float, lon: float = MIDDLE[0]) -> None:
    api.clock.at = max(api.clock.at, minutes(start + length))
    answer = api.put("4101", batch_path(f"{name}-{number}", name), batch(number, start, length, lon=lon))
    assert answer.status_code == 201, answer.text


def go(api: Api, name: str = "patrol-1", window: str | None = "WINDOW-1") -> None:
    assert api.put("4101", patrol_path(name), check_in(window)).status_code == 201


def end(api: Api, at: float, name: str = "patrol-1") -> None:
    api.clock.at = max(api.clock.at, minutes(at))
    body = {"checked_out_at": rfc3339(minutes(at))}
    assert api.put("4101", f"{patrol_path(name)}/check-out", body).status_code == 201


def test_an_open_patrol_is_placed_by_its_fixes_and_the_outlines_of_the_day(api: Api) -> None:
    go(api)
    send(api, "patrol-1", 0, 0, 10)
    inside, too_late, unknown = asked(api, ("patrol-1", 5.1), ("patrol-1", 30), ("never", 5))
    assert inside.position is not None
    assert inside.position.lon == pytest.approx(MIDDLE[0], abs=0.0001)
    assert 8 < inside.position.uncertainty_m < 40
    assert (inside.hotspot_ids, inside.source, inside.erased) == ((HERE,), "track", False)
    for each in (too_late, unknown):
        assert each == Whereabouts(None, ())
        assert each.source is None


def test_an_ended_one_by_its_result(api: Api) -> None:
    go(api)
    send(api, "patrol-1", 0, 0, 20)
    send(api, "patrol-1", 1, 25, 10, lon=OUTSIDE)
    end(api, 40)
    inside, away, silence = asked(api, ("patrol-1", 5.1), ("patrol-1", 30), ("patrol-1", 22.4))
    assert (inside.hotspot_ids, away.hotspot_ids, silence.hotspot_ids) == ((HERE,), (), ())
    assert away.position is not None and away.position.lon == pytest.approx(OUTSIDE, abs=0.0001)
    # Two and a half minutes after one fix, and as long before the next.
    assert silence.position is None


def test_a_batch_that_comes_late_moves_what_is_told(api: Api) -> None:
    go(api)
    send(api, "patrol-1", 0, 0, 10)
    send(api, "patrol-1", 2, 40, 10)
    end(api, 50)
    [before] = asked(api, ("patrol-1", 30))
    assert (before.position, before.hotspot_ids) == (None, ())
    send(api, "patrol-1", 1, 10, 30)
    [after] = asked(api, ("patrol-1", 30))
    assert after.position is not None and after.hotspot_ids == (HERE,)


def test_what_happened_just_after_the_check_out_is_placed_by_the_outlines(api: Api) -> None:
    go(api)
    send(api, "patrol-1", 0, 0, 20)
    end(api, 20)
    [after, long_after] = asked(api, ("patrol-1", 21), ("patrol-1", 25))
    assert after.position is not None and after.hotspot_ids == (HERE,)
    assert (long_after.position, long_after.hotspot_ids) == (None, ())


def test_each_of_several_patrols_by_its_own_track_in_the_order_asked(api: Api) -> None:
    go(api)
    send(api, "patrol-1", 0, 0, 10)
    end(api, 10)
    go(api, "patrol-2", None)
    east = (EAST_SQUARE[0] + EAST_SQUARE[2]) / 2
    send(api, "patrol-2", 0, 0, 10, lon=east)
    end(api, 10, "patrol-2")
    moments = [("patrol-2", 5.0), ("patrol-1", 5.0), ("patrol-2", 5.0), ("patrol-1", 8.0)]
    found = asked(api, *moments)
    assert [each.hotspot_ids for each in found] == [(EAST,), (HERE,), (EAST,), (HERE,)]
    assert found[0] == found[2]


def test_erased_positions_are_none_and_said_so_and_the_result_stands(api: Api) -> None:
    go(api, window=None)
    send(api, "patrol-1", 0, 0, 20)
    end(api, 20)
    purge_at(api.keeper_url, START + timedelta(days=200))
    [gone] = asked(api, ("patrol-1", 5))
    assert gone == Whereabouts(None, (HERE,), erased=True)
    assert gone.source is None


def test_as_many_statements_for_many_records_as_for_one(api: Api, session: Session) -> None:
    for number in range(4):
        go(api, f"patrol-{number}")
        send(api, f"patrol-{number}", 0, 0, 10)
        end(api, 10, f"patrol-{number}")

    def statements(count: int) -> int:
        seen: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            seen.append(statement)

        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", note)
        moments = [(named(f"patrol-{number % 4}"), minutes(number % 9)) for number in range(count)]
        whereabouts(session, moments)
        event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    # The first begins the transaction.
    statements(1)
    assert statements(1) == statements(500)


def test_a_point_on_the_line_is_inside_and_one_of_another_force_is_nowhere(session: Session) -> None:
    points = [(SQUARE[0], MIDDLE[1]), MIDDLE, (OUTSIDE, MIDDLE[1])]
    found = hotspots_at(session, named("FORCE"), START.date(), points)
    assert found == [(HERE,), (HERE,), ()]
    assert hotspots_at(session, named("OTHER"), START.date(), points) == [(), (), ()]
    assert hotspots_at(session, named("FORCE"), LONG_AGO - timedelta(days=1), points) == [(), (), ()]
    assert hotspots_at(session, named("FORCE"), START.date(), []) == []
