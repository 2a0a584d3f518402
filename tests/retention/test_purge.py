"""Positions go when the rule says so; results, hashes and words stay, and nothing comes back."""

from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from shapely import to_wkb
from sqlalchemy import select
from sqlmodel import col

from app.audit.models import Action, AuditEvent
from app.clock import rfc3339
from app.database.engine import open_engine
from app.database.session import reading, transaction
from app.housekeeping import close_overdue
from app.patrols import judging, queries as patrols
from app.patrols.lifecycle import Cause
from app.patrols.models import CheckOut, Patrol, PatrolErasure, PatrolLine
from app.retention import purging, queries
from app.retention.rules import BUILT_IN, RecordClass
from app.tracks.models import FixBatch
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START, batch, batch_path, check_in, patrol_path
from tests.retention.conftest import Command, purge_at, told, walk


def packed(url: str) -> list[bytes]:
    engine = open_engine(url)
    with reading(engine) as session:
        found = list(session.execute(select(col(FixBatch.packed)).order_by(col(FixBatch.id))).scalars())
    engine.dispose()
    return found


def positions_left(url: str) -> int:
    """How many batches, lines and single positions the database holds."""
    engine = open_engine(url)
    with reading(engine) as session:
        found = [
            *session.execute(select(col(FixBatch.id)).where(col(FixBatch.packed) != b"")),
            *session.execute(select(col(PatrolLine.patrol_id))),
            *session.execute(select(col(Patrol.id)).where(col(Patrol.longitude).is_not(None))),
            *session.execute(select(col(CheckOut.id)).where(col(CheckOut.longitude).is_not(None))),
        ]
    engine.dispose()
    return len(found)


def test_a_dry_run_tells_what_the_purge_then_does(api: Api, later: datetime) -> None:
    for number in range(3):
        walk(api, f"patrol-{number}", days=number)
    walk(api, "recent", days=50)
    tried = purge_at(api.keeper_url, later, dry_run=True)
    assert positions_left(api.url) == 16
    done = purge_at(api.keeper_url, later)
    assert tried.forces == done.forces
    force = next(one for one in done.forces if one.force_code == "FORCE")
    assert (force.patrols, force.batches, force.fixes, force.lines, force.points) == (3, 3, 180, 3, 6)
    assert positions_left(api.url) == 4
    assert [one.patrols for one in purge_at(api.keeper_url, later).forces] == [0, 0]


def test_results_stand_and_say_what_became_of_the_positions(api: Api, later: datetime) -> None:
    walk(api, "patrol-1")
    places = ("", "/assessment")
    before = [api.get("4101", patrol_path() + place).json() for place in places]
    listed = api.get("4111", "/v1/patrols").json()
    assert api.get("4101", f"{patrol_path()}/track").status_code == 200
    purge_at(api.keeper_url, later)
    api.clock.at = later
    after = [api.get("4101", patrol_path() + place).json() for place in places]
    erased = after[1].pop("erased")
    assert before[1].pop("erased") is None
    assert after == before
    assert api.get("4111", "/v1/patrols").json() == listed
    assert erased == {
        "erased_at": rfc3339(later), "rule_days": 90, "late_facts": 0,
        "in_words": "the positions were erased under the force's rule; the result stands",
    }  # fmt: skip
    track = api.get("4101", f"{patrol_path()}/track")
    assert (track.status_code, track.json()["code"]) == (410, "erased")
    assert "2026-06-10" in track.json()["detail"] and "90 days" in track.json()["detail"]
    # Whoever may not see the patrol is not told that it ever had a track.
    assert api.get("4103", f"{patrol_path()}/track").status_code == 404


def test_what_a_phone_sends_again_is_a_replay_and_brings_nothing_back(api: Api, later: datetime) -> None:
    walk(api, "patrol-1")
    purge_at(api.keeper_url, later)
    api.clock.at = later
    here = {"lat": 52.483, "lon": -1.895, "accuracy_m": 9.0}
    assert api.put("4101", patrol_path(), check_in(None, position=here)).status_code == 200
    assert api.put("4101", batch_path("patrol-1-b"), batch(0, 0, 30)).status_code == 200
    ended = {"checked_out_at": rfc3339(START + timedelta(minutes=30)), "position": here}
    assert api.put("4101", f"{patrol_path()}/check-out", ended).status_code == 200
    assert positions_left(api.url) == 0
    other = api.put("4101", batch_path("patrol-1-b"), batch(0, 0, 29))
    assert (other.status_code, other.json()["code"]) == (409, "conflict")


def test_a_late_batch_is_kept_and_flagged_and_judged_by_nobody(api: Api, later: datetime) -> None:
    walk(api, "patrol-1")
    result = api.get("4101", f"{patrol_path()}/assessment").json()["result"]
    purge_at(api.keeper_url, later)
    api.clock.at = later + timedelta(hours=1)
    late = api.put("4101", batch_path("late"), batch(1, 30, 30))
    assert late.status_code == 201
    assert late.json()["progress"]["verified_seconds"] == 1770
    assessment = api.get("4101", f"{patrol_path()}/assessment").json()
    assert (assessment["number"], assessment["result"]) == (1, result)
    assert assessment["erased"]["late_facts"] == 1
    assert positions_left(api.url) == 1
    engine = open_engine(api.url)
    with transaction(engine) as session:
        patrol = patrols.patrol_locked(session, named("patrol-1"))
        assert patrol is not None
        end = patrols.ends_of(session, [patrol.id])[patrol.id]
        assert not judging.judge(session, patrol, end, api.clock.at, Cause.POLICY)
    engine.dispose()
    # The next purge takes it as well, and then there is nothing to do any more.
    again = purge_at(api.keeper_url, api.clock.at)
    assert [one.batches for one in again.forces] == [1, 0]
    assert positions_left(api.url) == 0
    assert [one.patrols for one in purge_at(api.keeper_url, api.clock.at).forces] == [0, 0]


def test_a_forgotten_patrol_is_not_opened_again_by_what_comes_late(api: Api, later: datetime) -> None:
    assert api.put("4101", patrol_path(), check_in(None)).status_code == 201
    api.clock.forward(minutes=65)
    assert api.put("4101", batch_path("b"), batch(0, 0, 30)).status_code == 201
    # Open still: it is nobody's to erase.
    assert [one.patrols for one in purge_at(api.keeper_url, later).forces] == [0, 0]
    engine = open_engine(api.url)
    assert close_overdue(engine, later) == 1
    engine.dispose()
    assert [one.patrols for one in purge_at(api.keeper_url, later).forces] == [1, 0]
    api.clock.at = later
    ends = (later - START).total_seconds() / 60
    assert api.put("4101", batch_path("much-later"), batch(1, ends - 10, 9)).status_code == 201
    assert api.get("4101", patrol_path()).json()["closed_by"] == "auto"
    assert api.get("4101", f"{patrol_path()}/assessment").json()["erased"]["late_facts"] == 1


class Killed(Exception):
    """The purge ends here, as if its process had been killed."""


def test_what_each_chunk_erased_bears_its_own_time(
    api: Api, later: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A purge may take hours: the log must not seem to be written long after."""
    for number in range(2):
        walk(api, f"patrol-{number}", days=number)
    monkeypatch.setattr(purging, "CHUNK", 1)
    hours = count()
    engine = open_engine(api.url, 2)
    purging.purge(engine, lambda: later + timedelta(hours=next(hours)), dry_run=False)
    with reading(engine) as session:
        erased = col(AuditEvent.action) == Action.ERASE
        at = session.execute(select(col(AuditEvent.at)).where(erased).order_by(col(AuditEvent.at))).scalars()
        assert list(at) == [later + timedelta(hours=1), later + timedelta(hours=2)]
    engine.dispose()


def test_killed_in_the_middle_and_run_again(
    api: Api, later: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        walk(api, f"patrol-{number}", days=number)
    monkeypatch.setattr(purging, "CHUNK", 2)

    def killed(done: purging.Purged) -> None:
        if done.patrols == 4:
            raise Killed

    engine = open_engine(api.url, 2)
    with pytest.raises(Killed):
        purging.purge(engine, lambda: later, dry_run=False, told=killed)
    with reading(engine) as session:
        assert len(session.execute(select(col(PatrolErasure.patrol_id))).all()) == 4
    rest = purging.purge(engine, lambda: later, dry_run=False)
    assert [one.patrols for one in rest.forces] == [1, 0]
    assert positions_left(api.url) == 0
    with reading(engine) as session:
        events = list(
            session.execute(select(AuditEvent).where(col(AuditEvent.action) == Action.ERASE)).scalars()
        )
    engine.dispose()
    # One event a chunk, each patrol in one of them, and nothing but ids.
    assert sorted(len(event.subjects["patrol"]) for event in events) == [1, 2, 2]
    assert {one for event in events for one in event.subjects["patrol"]} == {
        str(named(f"patrol-{number}")) for number in range(5)
    }
    assert {(event.operation, event.reason) for event in events} == {
        ("retention:erase", "positions kept for 90 days")
    }


def test_a_patrol_that_somebody_is_writing_is_left_for_the_next_run(api: Api, later: datetime) -> None:
    engine = open_engine(api.url, 3)
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer")
    walk(api, "patrol-1")
    with transaction(engine) as session:
        assert patrols.patrol_locked(session, named("patrol-1")) is not None
        assert [(one.patrols, one.busy) for one in purge_at(api.keeper_url, later).forces] == [(0, 1), (0, 0)]
    assert [(one.patrols, one.busy) for one in purge_at(api.keeper_url, later).forces] == [(1, 0), (0, 0)]
    engine.dispose()


def test_what_was_kept_aside_goes_as_well_and_cannot_be_released_any_more(api: Api, later: datetime) -> None:
    assert api.put("4101", patrol_path(), check_in(None)).status_code == 201
    aside = {**batch(0, 0, 10), "captured_by": str(named("4101"))}
    assert api.put("4102", batch_path("aside"), aside).status_code == 202
    assert [
        one.rows[RecordClass.KEPT_ASIDE] for one in purge_at(api.keeper_url, later, dry_run=True).forces
    ] == [1, 0]
    assert [one.rows[RecordClass.KEPT_ASIDE] for one in purge_at(api.keeper_url, later).forces] == [1, 0]
    api.clock.at = later
    assert api.put("4102", batch_path("aside"), aside).status_code == 202
    waiting = api.get("4111", "/v1/quarantine").json()["items"]
    assert [one["id"] for one in waiting] == [str(named("aside"))]
    release = api.put("4111", f"/v1/quarantine/{named('aside')}/release", {"reason": "He broke his phone."})
    assert (release.status_code, release.json()["code"]) == (410, "erased")


def test_erased_bytes_are_in_no_file_of_sqlite(api: Api, later: datetime) -> None:
    if not api.url.startswith("sqlite"):
        pytest.skip("PostgreSQL keeps erased bytes until it is vacuumed")
    for number in range(6):
        walk(api, f"patrol-{number}", days=number, minutes=40 + number)
    engine = open_engine(api.url)
    with reading(engine) as session:
        lines = [row.line for row in session.execute(select(PatrolLine)).scalars()]
    engine.dispose()
    batches = packed(api.url)
    needles = [one[at : at + 24] for one in batches for at in range(8, len(one) - 24, 24)]
    for line in lines:
        raw = to_wkb(line)
        needles += [raw[at : at + 16] for at in range(16, len(raw) - 16, 160)]
    path = Path(api.url.removeprefix("sqlite:///"))

    def hits() -> int:
        files = [one.read_bytes() for one in path.parent.glob(f"{path.name}*")]
        return sum(needle in content for needle in needles for content in files)

    assert hits() >= len(needles)
    report = purge_at(api.keeper_url, later)
    assert report.journal_emptied
    assert hits() == 0


def test_a_rule_that_keeps_longer_or_shorter(api: Api) -> None:
    walk(api, "patrol-1")
    api.clock.at = START

    def bring(*rows: str) -> tuple[int, dict[str, int]]:
        answer = api.client.post(
            "/v1/imports/retention",
            content="\n".join(["record_class,days,valid_from", *rows, ""]).encode(),
            headers=api.as_officer("4134", **{"Content-Type": "text/csv"}),
        )
        return answer.status_code, answer.json().get("counts", {})

    status, counts = bring("positions,30,2026-04-15", "positions,400,2026-05-01", "kept_aside,90,2026-05-01")
    assert (status, counts["changed"], counts["unchanged"], counts["warnings"]) == (200, 2, 1, 1)
    assert bring("positions,5,2026-03-01")[0] == 422
    assert bring("positions,0,2026-05-02")[0] == 422
    rules = api.get("4101", "/v1/retention-rules").json()["items"]
    assert [(one["record_class"], one["days"], one["valid_from"], one["in_force"]) for one in rules] == [
        ("positions", 90, None, True),
        ("positions", 30, "2026-04-15", False),
        ("positions", 400, "2026-05-01", False),
        ("kept_aside", 90, None, True),
        ("activity_places", 90, None, True),
        *(
            (kind, 2557, None, True)
            for kind in ("searches", "arrests", "intelligence", "referrals", "outcomes")
        ),
        ("engagements", 2557, None, True),
        ("abstractions", 730, None, True),
        ("recorded_officers", 2555, None, True),
        ("alerts", 365, None, True),
        ("offence_versions", 365, None, True),
        ("messages", 90, None, True),
    ]
    for day, erased in ((42, 0), (200, 0), (44, 1)):
        assert (
            sum(one.patrols for one in purge_at(api.keeper_url, START + timedelta(days=day)).forces) == erased
        )


def test_the_command_tells_people_and_machines(api: Api, beatcheck: Command) -> None:
    walk(api, "patrol-1")
    tried = told(beatcheck(api.keeper_url, "purge", "--dry-run", "--json"))
    force = next(one for one in tried["forces"] if one["force_code"] == "FORCE")
    assert (tried["dry_run"], force["patrols"], force["positions_days"]) == (True, 1, 90)
    done = beatcheck(api.keeper_url, "purge")
    assert done.exit_code == 0 and "90 days" in done.output
    assert positions_left(api.url) == 0
    engine = open_engine(api.url)
    with reading(engine) as session:
        due = BUILT_IN[RecordClass.POSITIONS].cutoff(START + timedelta(days=1000))
        assert queries.due_patrols(session, named("FORCE"), due, None, 10) == []
    engine.dispose()
