"""Forgotten check-outs and wrong clocks: closed once, thought over when fixes come late, never stuck."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from app.clock import rfc3339
from app.database.engine import open_engine
from app.database.session import transaction
from app.housekeeping import close_overdue
from app.patrols.lifecycle import on_our_clock
from app.tracks.models import FixBatch
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import (
    START,
    batch,
    batch_path,
    check_in,
    patrol_path,
    result_of,
    window_result,
)


def close(api: Api) -> int:
    engine = open_engine(api.url)
    closed = close_overdue(engine, api.clock.at)
    engine.dispose()
    return closed


def minutes(count: float) -> datetime:
    return START + timedelta(minutes=count)


@pytest.mark.parametrize(
    ("phone", "skew_ms", "at", "skew"),
    [
        (0, None, 0, None),
        (0, 60_000, 0, 60_000),
        (-10, 600_000, 0, 600_000),
        (1, None, 1, None),  # a minute ahead is not worth a word
        (60, None, 0, -3_600_000),
        (60, 0, 0, -3_600_000),
        (0, 86_400_000, 0, 86_400_000),  # a header that is a day off moves nothing into the future
    ],
)
def test_nothing_happens_after_it_was_received(
    phone: float, skew_ms: int | None, at: float, skew: int | None
) -> None:
    assert on_our_clock(minutes(phone), skew_ms, START) == (minutes(at), skew)


def test_a_skew_that_leaves_the_years_we_know_is_kept_and_not_applied() -> None:
    old = datetime(2001, 1, 1, tzinfo=UTC)
    years = -80 * 365 * 86_400_000
    assert on_our_clock(old, years, START) == (old, years)


def test_a_check_in_from_the_future_is_corrected_flagged_and_closed_like_any_other(api: Api) -> None:
    told = api.put("4101", patrol_path(), check_in(checked_in_at="2099-01-01T00:00:00Z")).json()
    assert told["started_at"] == rfc3339(START)
    api.clock.at = minutes(150)
    assert close(api) == 1
    closed = api.get("4101", patrol_path()).json()
    assert (closed["state"], result_of(closed)["status"]) == ("closed", "unverified")
    assert "clock_skew" in result_of(closed)["flags"]
    listed = api.get("4111", "/v1/patrols", limit=1).json()
    assert listed["patrols"][0]["id"] == str(named("patrol-1"))


def test_fixes_that_come_after_an_automatic_closing_move_it(api: Api) -> None:
    api.put("4101", patrol_path("late"), check_in(None))
    api.put("4101", patrol_path("punctual"), check_in(None))
    api.clock.at = minutes(10)
    for name in ("late", "punctual"):
        api.put("4101", batch_path(f"{name}-0", name), batch(0, 0, 10))
    api.clock.at = minutes(45)
    api.put("4101", batch_path("punctual-1", "punctual"), batch(1, 10, 30))
    assert close(api) == 1
    assert api.get("4101", patrol_path("late")).json()["state"] == "closed"
    api.clock.at = minutes(200)
    assert close(api) == 1
    api.put("4101", batch_path("late-1", "late"), batch(1, 10, 30))
    late, punctual = (api.get("4101", patrol_path(name)).json() for name in ("late", "punctual"))
    assert late["ended_at"] == punctual["ended_at"] == rfc3339(minutes(39.5) + timedelta(minutes=30))
    assert result_of(late)["seconds"] == result_of(punctual)["seconds"]
    assert late["closed_by"] == "auto"


def test_a_phone_that_is_still_reporting_opens_its_patrol_again(api: Api) -> None:
    api.clock.at = minutes(40)
    api.put("4101", patrol_path(), check_in(None))
    assert close(api) == 1
    assert api.get("4101", patrol_path()).json()["state"] == "closed"
    told = api.put("4101", batch_path("b0"), batch(0, 0, 40)).json()
    assert told["progress"]["verified_seconds"] == 40 * 60 - 30
    again = api.get("4101", patrol_path()).json()
    assert (again["state"], again["result"]) == ("open", None)
    assert close(api) == 0
    # What was made of it meanwhile stays readable, and the next judgement counts on.
    assert api.get("4101", f"{patrol_path()}/assessment", number=1).json()["superseded_at"] is not None
    done = api.put("4101", f"{patrol_path()}/check-out", {"checked_out_at": rfc3339(minutes(40))}).json()
    assert (done["closed_by"], result_of(done)["assessment_number"]) == ("phone", 2)


def test_one_patrol_that_cannot_be_judged_does_not_keep_the_others_open(api: Api) -> None:
    for name in ("broken", "whole"):
        api.put("4101", patrol_path(name), check_in(None))
    api.clock.at = minutes(20)
    for name in ("broken", "whole"):
        api.put("4101", batch_path(f"{name}-b", name), batch(0, 0, 10))
    engine = open_engine(api.url)
    with transaction(engine) as session:
        session.execute(
            update(FixBatch).where(col(FixBatch.id) == named("broken-b")).values(packed=b"damaged")
        )
    engine.dispose()
    api.clock.at = minutes(200)
    assert close(api) == 1
    assert api.get("4101", patrol_path("whole")).json()["state"] == "closed"
    assert api.get("4101", patrol_path("broken")).json()["state"] == "open"


def test_a_slip_of_the_thumb_does_not_stop_a_patrol(api: Api) -> None:
    crew = [{"collar_number": "4101"}, {"collar_number": "4102"}, {"collar_number": "4102"}]
    told = api.put("4101", patrol_path(), check_in("nowhere", crew=crew))
    assert told.status_code == 201, told.text
    assert [one["collar_number"] for one in told.json()["crew"]] == ["4102"]
    assert told.json()["window_id"] is None
    assert told.json()["window_unknown"] == str(named("nowhere"))
    api.clock.at = minutes(20)
    assert api.put("4101", batch_path("b"), batch(0, 0, 10)).status_code == 201


def test_a_null_says_no_more_than_leaving_it_out(api: Api) -> None:
    assert api.put("4101", patrol_path(), {**check_in(None), "operation": None}).status_code == 201
    bare = {name: value for name, value in check_in(None).items() if value is not None}
    assert api.put("4101", patrol_path(), bare).status_code == 200


def test_open_patrols_are_found_by_their_status(api: Api) -> None:
    api.put("4101", patrol_path("open"), check_in())
    api.put("4101", patrol_path("done"), check_in(None))
    api.clock.at = minutes(10)
    api.put("4101", f"{patrol_path('done')}/check-out", {"checked_out_at": rfc3339(minutes(10))})
    found = api.get("4111", "/v1/patrols", status="in_progress").json()["patrols"]
    assert [one["id"] for one in found] == [str(named("open"))]
    ended = api.get("4111", "/v1/patrols", status="no_window").json()["patrols"]
    assert [one["id"] for one in ended] == [str(named("done"))]


def test_a_patrol_counts_for_the_window_that_its_own_was_moved_to(api: Api) -> None:
    api.clock.at = minutes(-2)
    api.put("4101", patrol_path(), check_in(checked_in_at=rfc3339(minutes(-2))))
    window = f"/v1/tasking-windows/{named('WINDOW-1')}"
    etag = api.get("4131", window).headers["etag"]
    moved = api.put(
        "4131",
        f"{window}/move",
        {
            "reason": "fair on the square", "new_id": str(named("WINDOW-2")),
            "starts_at": rfc3339(minutes(30)), "ends_at": rfc3339(minutes(150)),
        },
        **{"If-Match": etag},
    )  # fmt: skip
    assert moved.status_code in (200, 201), moved.text
    api.clock.at = minutes(110)
    api.put("4101", batch_path("b"), batch(0, 0, 104))
    api.put("4101", f"{patrol_path()}/check-out", {"checked_out_at": rfc3339(minutes(104))})
    assert window_result(api.url, "WINDOW-2").status == "compliant"
