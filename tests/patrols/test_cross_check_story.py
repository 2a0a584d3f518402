"""Several patrols of one evening and what they say about each other, told through HTTP."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlmodel import col, select

from app.audit.models import AuditEvent
from app.clock import rfc3339
from app.database.engine import open_engine
from app.database.model import insert_if_absent
from app.database.session import reading, transaction
from app.geo.plane import LocalPlane
from app.housekeeping import cross_check_due, tick_once
from app.patrols.erasing import ErasureRule, erase_positions
from app.patrols.models import CrossCheckDue, CrossCheckFlag
from app.tracks.plausibility import FloatArray
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import (
    MIDDLE,
    START,
    batch_path,
    check_in,
    patrol_path,
    result_of,
    window_result,
)

PLANE = LocalPlane.at(*MIDDLE)
EVERY_SECONDS = 30
MINUTES = 65


def a_round(noise_m: float, seed: int, east_m: float = 0.0) -> tuple[FloatArray, FloatArray]:
    """Round a block of 160 by 120 m in the middle of the hotspot, as a receiver with this error hears it."""
    along = np.arange(MINUTES * 60 // EVERY_SECONDS) * EVERY_SECONDS * 1.2 % 560
    corners = [0, 160, 280, 440, 560]
    rng = np.random.default_rng(seed)
    x = np.interp(along, corners, [-80, 80, 80, -80, -80]) + rng.normal(0, noise_m, len(along))
    y = np.interp(along, corners, [-60, -60, 60, 60, -60]) + rng.normal(0, noise_m, len(along))
    return x + east_m, y


def fixes(places: tuple[FloatArray, FloatArray], rows: slice = slice(None)) -> list[dict[str, Any]]:
    lon, lat = PLANE.to_lonlat(*places)
    every = [
        {
            "recorded_at": rfc3339(START + timedelta(seconds=EVERY_SECONDS * number)),
            "lat": float(lat[number]),
            "lon": float(lon[number]),
            "accuracy_m": 8.0,
        }
        for number in range(len(lon))
    ]
    return every[rows]


def upload(
    api: Api, officer: str, name: str, sequence: int, sent: Sequence[dict[str, Any]], phone: str
) -> None:
    body = {"device_id": str(named(phone)), "sequence": sequence, "fixes": list(sent)}
    answer = api.put(officer, batch_path(f"{name}-{sequence}", name), body)
    assert answer.status_code == 201, answer.text


def play(
    api: Api,
    officer: str,
    name: str,
    places: tuple[FloatArray, FloatArray],
    rows: slice = slice(None),
    phone: str | None = None,
    **other: Any,
) -> None:
    """A patrol of 65 minutes, from check-in to check-out."""
    phone = phone or f"phone-{name}"
    started = api.put(officer, patrol_path(name), check_in(device_id=str(named(phone)), **other))
    assert started.status_code == 201, started.text
    api.clock.at = max(api.clock.at, START + timedelta(minutes=MINUTES + 5))
    upload(api, officer, name, 0, fixes(places, rows), phone)
    out = {"checked_out_at": rfc3339(START + timedelta(minutes=MINUTES))}
    assert api.put(officer, f"{patrol_path(name)}/check-out", out).status_code == 201


def drain(api: Api) -> int:
    engine = open_engine(api.url)
    done = cross_check_due(engine, api.clock.at)
    engine.dispose()
    return done


def result(api: Api, name: str, officer: str = "4111") -> dict[str, Any]:
    return result_of(api.get(officer, patrol_path(name)).json())


def evidence(api: Api, name: str, officer: str = "4111") -> list[dict[str, Any]]:
    answer = api.get(officer, f"{patrol_path(name)}/assessment")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["cross_flags"]
    return found


def stored(api: Api) -> list[tuple[str, str, str, bool]]:
    """Every flag there ever was, by the names of the patrols: from, because of, flag, standing."""
    names = {named(name): name for name in ("one", "two", "three")}
    engine = open_engine(api.url)
    with reading(engine) as session:
        rows = session.exec(select(CrossCheckFlag)).all()
    engine.dispose()
    return sorted(
        (names[row.patrol_id], names[row.other_patrol_id], row.flag.value, row.withdrawn_at is None)
        for row in rows
    )


def test_two_colleagues_who_walk_together_are_not_asked(api: Api) -> None:
    play(api, "4101", "one", a_round(4, seed=1))
    play(api, "4102", "two", a_round(4, seed=2, east_m=2))
    assert drain(api) == 2
    assert stored(api) == []
    assert (result(api, "one")["flags"], result(api, "one")["check_needed"]) == ([], False)
    assert window_result(api.url).check_needed is False


def test_a_copied_track_is_asked_about_on_both_patrols_and_changes_no_result(api: Api) -> None:
    heard = a_round(4, seed=1)
    play(api, "4101", "one", heard)
    play(api, "4102", "two", heard)
    before = {name: result(api, name) for name in ("one", "two")}
    assert (before["one"]["check_needed"], window_result(api.url).check_needed) == (False, False)
    assert drain(api) == 2
    for name, other in (("one", "two"), ("two", "one")):
        now = result(api, name)
        assert now["in_words"][-1].startswith("Check needed: the positions are very like")
        changed = {"flags": ["shared_track"], "check_needed": True, "in_words": now["in_words"]}
        assert now == {**before[name], **changed}
        (flag,) = evidence(api, name)
        assert (flag["flag"], flag["asks_review"], flag["withdrawn_at"]) == ("shared_track", True, None)
        assert flag["other_patrol_id"] == str(named(other))
        track = flag["evidence"]["track"]
        assert (track["kind"], track["shift_seconds"], track["median_m"]) == ("same_time", 0.0, 0.0)
        assert track["instants_compared"] == track["instants_agreeing"] > 100
    kept = window_result(api.url)
    assert (kept.status, kept.check_needed) == ("compliant", True)
    assert drain(api) == 0


def test_a_clean_patrol_keeps_the_window_whatever_others_are_asked(api: Api) -> None:
    heard = a_round(4, seed=1)
    play(api, "4101", "one", heard)
    play(api, "4102", "two", heard)
    play(api, "4102", "three", a_round(4, seed=5), phone="phone-two")
    drain(api)
    assert result(api, "three")["flags"] == []
    kept = window_result(api.url)
    assert (kept.status, kept.check_needed) == ("compliant", False)


def test_the_other_patrol_is_named_only_to_whoever_may_see_it(api: Api) -> None:
    heard = a_round(4, seed=1)
    play(api, "4101", "one", heard)
    play(api, "4103", "two", heard, window_id=None, programme="TASKFORCE")
    drain(api)
    for reader, name in (("4101", "one"), ("4111", "one"), ("4103", "two"), ("4112", "two")):
        (flag,) = evidence(api, name, reader)
        assert (flag["flag"], flag["other_patrol_id"]) == ("shared_track", None), reader
        assert str(named("two" if name == "one" else "one")) not in api.get(reader, patrol_path(name)).text
    (flag,) = (
        evidence(api, "one", "4131") if api.get("4131", patrol_path("one")).status_code == 200 else ({},)
    )
    assert flag.get("other_patrol_id") in (None, str(named("two")))


def test_the_officer_reads_it_in_plain_words(api: Api) -> None:
    heard = a_round(4, seed=1)
    play(api, "4101", "one", heard)
    play(api, "4102", "two", heard)
    drain(api)
    (flag,) = evidence(api, "one", "4101")
    assert flag["flag_label"] == "check needed: this patrol's positions are very like another's"
    assert result(api, "one", "4101")["flags"] == ["shared_track"]


def test_a_declared_colleague_elsewhere_is_only_noted(api: Api) -> None:
    play(api, "4101", "one", a_round(4, seed=1), crew=[{"collar_number": "4102"}])
    play(api, "4102", "two", a_round(4, seed=2, east_m=600), window_id=None)
    drain(api)
    seen = result(api, "one")
    assert (seen["flags"], seen["check_needed"]) == (["crew_elsewhere"], False)
    assert result(api, "two")["flags"] == []
    (flag,) = evidence(api, "one")
    (member,) = flag["evidence"]["crew"]
    assert (member["officer_id"], member["basis"]) == (str(named("4102")), "apart")
    assert member["apart_seconds"] == member["compared_seconds"] >= 3800
    assert member["median_m"] == pytest.approx(600, abs=10)
    assert window_result(api.url).check_needed is False


def test_a_colleague_who_walks_along_with_a_phone_is_not_noted(api: Api) -> None:
    play(api, "4101", "one", a_round(4, seed=1), crew=[{"collar_number": "4102"}])
    play(api, "4102", "two", a_round(4, seed=2), window_id=None)
    drain(api)
    assert stored(api) == []


def test_one_officer_in_two_places_is_asked_about(api: Api) -> None:
    play(api, "4101", "one", a_round(4, seed=1))
    play(api, "4101", "two", a_round(4, seed=2, east_m=600), window_id=None)
    drain(api)
    for name in ("one", "two"):
        assert (result(api, name)["flags"], result(api, name)["check_needed"]) == (["two_places"], True)
    assert evidence(api, "one")[0]["evidence"]["apart_seconds"] >= 3800


def test_one_phone_that_reports_for_two_officers_is_asked_about(api: Api) -> None:
    play(api, "4101", "one", a_round(4, seed=1), phone="shared")
    play(api, "4102", "two", a_round(4, seed=2, east_m=600), phone="shared")
    drain(api)
    assert result(api, "one")["check_needed"] is True
    (flag,) = evidence(api, "two")
    assert flag["evidence"]["phone"]["device_id"] == str(named("shared"))
    assert flag["evidence"]["phone"]["seconds"] == MINUTES * 60 - EVERY_SECONDS


def test_last_weeks_track_again_is_asked_about(api: Api) -> None:
    heard = a_round(4, seed=1)
    play(api, "4101", "one", heard)
    week = timedelta(days=7)
    api.clock.forward(days=7)
    begins = {"checked_in_at": rfc3339(START + week), "device_id": str(named("phone-one")), "window_id": None}
    assert api.put("4101", patrol_path("two"), check_in(**begins)).status_code == 201
    again = [
        {**fix, "recorded_at": rfc3339(START + week + timedelta(seconds=EVERY_SECONDS * number))}
        for number, fix in enumerate(fixes(heard))
    ]
    upload(api, "4101", "two", 0, again, "phone-one")
    out = {"checked_out_at": rfc3339(START + week + timedelta(minutes=MINUTES))}
    assert api.put("4101", f"{patrol_path('two')}/check-out", out).status_code == 201
    drain(api)
    assert stored(api) == [("two", "one", "shared_track", True)]
    (flag,) = evidence(api, "two")
    assert flag["evidence"]["track"]["kind"] == "replay"
    assert flag["evidence"]["track"]["shift_seconds"] == 7 * 86_400


def test_a_late_batch_withdraws_a_flag_and_the_window_follows(api: Api) -> None:
    heard = a_round(4, seed=1)
    rest = a_round(4, seed=9, east_m=20)
    play(api, "4101", "one", heard)
    # What has arrived of the other patrol is the same track; the rest of it is not.
    play(api, "4102", "two", heard, slice(0, 31))
    drain(api)
    assert window_result(api.url).check_needed is True
    upload(api, "4102", "two", 1, fixes(rest, slice(31, None)), "phone-two")
    assert result(api, "two")["flags"] == ["shared_track"], "nobody has looked again yet"
    assert drain(api) == 1
    assert stored(api) == [("one", "two", "shared_track", False), ("two", "one", "shared_track", False)]
    assert (result(api, "one")["flags"], result(api, "two")["check_needed"]) == ([], False)
    assert window_result(api.url).check_needed is False
    (flag,) = evidence(api, "one")
    assert flag["withdrawn_at"] == rfc3339(api.clock.at)


@pytest.mark.parametrize("erased", ["one", "two"])
def test_what_rests_on_erased_positions_stands_until_its_officer_takes_it_back(api: Api, erased: str) -> None:
    heard = a_round(4, seed=1)
    play(api, "4101", "one", heard)
    play(api, "4102", "two", heard, slice(0, 31))
    drain(api)
    before = stored(api)
    assert [standing for *_, standing in before] == [True, True]
    engine = open_engine(api.url)
    with transaction(engine) as session:
        erase_positions(session, [named(erased)], ErasureRule(90, None), api.clock.at)
        insert_if_absent(session, CrossCheckDue, {"patrol_id": named("one"), "marked_at": api.clock.at})
    engine.dispose()
    # What comes of the other would withdraw them, could both be compared still.
    late = fixes(a_round(4, seed=9, east_m=20), slice(31, None))
    upload(api, "4102", "two", 1, late, "phone-two")
    assert drain(api) >= 1
    assert stored(api) == before
    assert window_result(api.url).check_needed is True
    taken = {"reason": "Checked in by mistake."}
    assert api.put("4102", f"{patrol_path('two')}/void", taken).status_code == 201
    assert drain(api) == 1
    assert [standing for *_, standing in stored(api)] == [False, False]


@pytest.mark.parametrize("order", [("one", "two", "three"), ("three", "two", "one"), ("two", "three", "one")])
def test_the_order_of_judging_changes_nothing(api: Api, order: tuple[str, ...]) -> None:
    heard = a_round(4, seed=1)
    patrols: dict[str, tuple[str, tuple[FloatArray, FloatArray], dict[str, Any]]] = {
        "one": ("4101", heard, {"crew": [{"collar_number": "4111"}]}),
        "two": ("4102", heard, {}),
        "three": ("4111", a_round(4, seed=3, east_m=600), {"window_id": None}),
    }
    for name in order:
        officer, places, other = patrols[name]
        play(api, officer, name, places, **other)
        drain(api)
    assert stored(api) == [
        ("one", "three", "crew_elsewhere", True),
        ("one", "two", "shared_track", True),
        ("two", "one", "shared_track", True),
    ]
    assert result(api, "one", "4101")["flags"] == ["crew_elsewhere", "shared_track"]
    assert window_result(api.url).check_needed is True


def test_two_machines_at_once_write_once(api: Api) -> None:
    heard = a_round(4, seed=1)
    for name, officer in (("one", "4101"), ("two", "4102"), ("three", "4111")):
        play(api, officer, name, heard)
    engines = [open_engine(api.url, 1) for _ in range(4)]
    with ThreadPoolExecutor(len(engines)) as pool:
        done = list(pool.map(lambda engine: cross_check_due(engine, api.clock.at), engines))
    for engine in engines:
        engine.dispose()
    assert sum(done) == 3
    assert len(stored(api)) == 6
    assert all(standing for *_, standing in stored(api))


def test_the_log_says_which_patrols_were_touched_and_the_tick_does_it(api: Api) -> None:
    heard = a_round(4, seed=1)
    play(api, "4101", "one", heard)
    play(api, "4102", "two", heard)
    engine = open_engine(api.url)
    assert tick_once(engine, api.clock.at)["patrols cross-checked"] == 2
    with reading(engine) as session:
        query = select(AuditEvent).where(col(AuditEvent.operation) == "patrol:cross-check")
        (event,) = session.exec(query).all()
    engine.dispose()
    assert event.actor_id is None
    assert event.subjects == {"patrol": sorted(str(named(name)) for name in ("one", "two"))}


def test_checking_while_phones_still_report_ends_in_the_same(api: Api) -> None:
    heard = a_round(4, seed=1)
    rest = fixes(a_round(4, seed=9, east_m=20))
    play(api, "4101", "one", heard)
    play(api, "4102", "two", heard, slice(0, 31))
    # Their first upload makes both phones' later ones ordinary.
    batches = [rest[first : first + 10] for first in range(31, len(rest), 10)]

    def report(_: int) -> int:
        for sequence, sent in enumerate(batches, 1):
            upload(api, "4102", "two", sequence, sent, "phone-two")
        return 0

    def look(_: int) -> int:
        return sum(drain(api) for _ in range(6))

    with ThreadPoolExecutor(3) as pool:
        work = [pool.submit(each, 0) for each in (report, look, look)]
        assert sum(one.result() for one in work) >= 2
    drain(api)
    assert {standing for *_, standing in stored(api)} <= {False}
    assert result(api, "two")["check_needed"] is False
    assert window_result(api.url).check_needed is False
