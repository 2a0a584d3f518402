"""A patrol from check-in to result, told through HTTP as phones and sergeants tell it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from app.clock import rfc3339
from app.database.engine import open_engine
from app.database.session import reading
from app.housekeeping import close_overdue
from app.identity.models import Officer
from app.patrols.models import CreditedSlice, WindowResult
from tests.conftest import EAST_SQUARE, SQUARE, Api, named

START = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
DEVICE = str(named("phone-4101"))
MIDDLE = ((SQUARE[0] + SQUARE[2]) / 2, (SQUARE[1] + SQUARE[3]) / 2)


def check_in(window: str | None = "WINDOW-1", **other: Any) -> dict[str, object]:
    return {
        "checked_in_at": rfc3339(START),
        "device_id": DEVICE,
        "programme": "TGP_SCHEDULED",
        "window_id": str(named(window)) if window else None,
        "uniform_state": "HI_VIS_UNIFORM",
        "mode": "FOOT",
        **other,
    }


def batch(
    sequence: int, from_minute: float, minutes: float, step_seconds: int = 30, lon: float = MIDDLE[0]
) -> dict[str, object]:
    count = int(minutes * 60 / step_seconds)
    first = START + timedelta(minutes=from_minute)
    return {
        "device_id": DEVICE,
        "sequence": sequence,
        "fixes": [
            {
                "recorded_at": rfc3339(first + timedelta(seconds=step_seconds * number)),
                "lat": MIDDLE[1] + 0.00001 * (number % 7),
                "lon": lon + 0.00001 * (number % 5),
                "accuracy_m": 8.0,
            }
            for number in range(count)
        ],
    }


def patrol_path(name: str = "patrol-1") -> str:
    return f"/v1/patrols/{named(name)}"


def batch_path(name: str, patrol: str = "patrol-1") -> str:
    return f"{patrol_path(patrol)}/fix-batches/{named(name)}"


def test_an_hour_inside_keeps_the_window(api: Api) -> None:
    first = api.put("4101", patrol_path(), check_in())
    assert first.status_code == 201, first.text
    assert first.json()["state"] == "open"
    api.clock.forward(minutes=30)
    for number in range(5):
        api.clock.forward(minutes=15)
        answer = api.put("4101", batch_path(f"b{number}"), batch(number, 13 * number, 13))
        assert answer.status_code == 201, answer.text
        assert answer.json()["rejected"] == []
    progress = answer.json()["progress"]
    assert progress["verified_seconds"] == 65 * 60 - 30, progress
    assert progress["verified_seconds"] == 65 * 60 - 30
    done = api.put(
        "4101", f"{patrol_path()}/check-out", {"checked_out_at": rfc3339(START + timedelta(minutes=65))}
    )
    assert done.status_code == 201, done.text
    result = done.json()["result"]
    assert result["status"] == "compliant"
    assert result["seconds"] == {"verified": 3870, "probable": 0, "unverified": 30, "outside": 0}
    again = api.put(
        "4101", f"{patrol_path()}/check-out", {"checked_out_at": rfc3339(START + timedelta(minutes=65))}
    )
    assert again.status_code == 200
    assert again.json() == done.json()
    seen = api.get("4111", patrol_path())
    assert seen.status_code == 200
    words = [
        "4101 was" + words[8:] if words.startswith("You were") else words for words in result["in_words"]
    ]
    # Only its phone is told what to do next.
    assert {**seen.json(), "advice": done.json()["advice"]} == {
        **done.json(),
        "result": {**result, "in_words": words},
    }
    assert words[0] == "64 of 60 minutes: 60 reached."
    assert api.get("4112", patrol_path()).status_code == 404
    assert api.get("4111", f"{patrol_path()}/assessment").json()["status"] == "compliant"
    track = api.get("4111", f"{patrol_path()}/track")
    assert track.status_code == 200, track.text
    assert len(track.json()["geometry"]["coordinates"]) == 130
    assert track.json()["properties"]["times"][0] == rfc3339(START)
    gpx = api.get("4111", f"{patrol_path()}/track", format="gpx")
    assert gpx.headers["content-type"] == "application/gpx+xml"
    listed = api.get("4111", "/v1/patrols")
    assert [row["id"] for row in listed.json()["patrols"]] == [str(named("patrol-1"))]
    assert api.get("4112", "/v1/patrols").json()["patrols"] == []


def test_a_bad_fix_never_costs_its_batch(api: Api) -> None:
    api.put("4101", patrol_path(), check_in())
    api.clock.forward(minutes=60)
    body = batch(0, 0, 5)
    body["fixes"][3] = {"recorded_at": "yesterday", "lat": 52.0, "lon": 0.0}  # type: ignore[index]
    body["fixes"][5]["lat"] = 952.0  # type: ignore[index]
    answer = api.put("4101", batch_path("b"), body)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["received"], told["accepted"]) == (10, 8)
    assert [bad["index"] for bad in told["rejected"]] == [3, 5]
    assert "952" not in answer.text
    assert "yesterday" not in answer.text
    assert api.put("4101", batch_path("b"), body).status_code == 200


def test_fixes_before_the_check_in_are_kept_by_the_phone(api: Api) -> None:
    answer = api.put("4101", batch_path("b"), batch(0, 0, 5))
    assert answer.status_code == 409
    assert answer.json()["code"] == "parent-unknown"
    assert answer.json()["retryable"] is True


def hour_inside(
    api: Api, officer: str, name: str, device: str, from_minute: int, minutes: int, **other: Any
) -> dict[str, Any]:
    """Plays a whole patrol: check-in, one batch, check-out; answers what the check-out was told."""
    begin = START + timedelta(minutes=from_minute)
    body = check_in(checked_in_at=rfc3339(begin), device_id=str(named(device)), **other)
    assert api.put(officer, patrol_path(name), body).status_code == 201
    api.clock.at = max(api.clock.at, begin + timedelta(minutes=minutes + 5))
    fixes = {**batch(0, from_minute, minutes), "device_id": str(named(device))}
    assert api.put(officer, batch_path(f"{name}-b", name), fixes).status_code == 201
    done = api.put(
        officer,
        f"{patrol_path(name)}/check-out",
        {"checked_out_at": rfc3339(begin + timedelta(minutes=minutes))},
    )
    assert done.status_code == 201, done.text
    found: dict[str, Any] = done.json()
    return found


def result_of(answer: dict[str, Any]) -> dict[str, Any]:
    found = answer["result"]
    assert isinstance(found, dict)
    return found


def window_result(url: str, window: str = "WINDOW-1") -> WindowResult:
    engine = open_engine(url)
    with reading(engine) as session:
        found = session.get(WindowResult, named(window))
    engine.dispose()
    assert found is not None
    return found


def slices_of(url: str) -> dict[tuple[str, str], int]:
    """Credited minutes by collar number and grade, over all hotspots, each instant once."""
    engine = open_engine(url)
    with reading(engine) as session:
        rows = session.exec(select(CreditedSlice).where(col(CreditedSlice.hotspot_id).is_(None))).all()
        people = {row.id: row.collar_number for row in session.exec(select(Officer)).all()}
    engine.dispose()
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (people[row.officer_id], row.grade.value)
        found[key] = found.get(key, 0) + row.credited_ms
    return {key: ms // 60_000 for key, ms in found.items()}


def test_two_officers_together_keep_a_window_that_neither_keeps_alone(api: Api) -> None:
    one = hour_inside(api, "4101", "first", "phone-1", 0, 40)
    assert result_of(one)["status"] == "partial"
    assert window_result(api.url).status == "partial"
    two = hour_inside(api, "4102", "second", "phone-2", 30, 40)
    assert result_of(two)["status"] == "partial"
    kept = window_result(api.url)
    assert (kept.status, kept.officer_count, kept.check_needed) == ("compliant", 2, False)
    # 19:00 to 20:10 less half a minute after the last fix of each: the overlap counts once.
    assert kept.verified_ms == (70 * 60 - 30) * 1000


def test_a_batch_that_comes_after_the_check_out_is_judged_again(api: Api) -> None:
    api.put("4101", patrol_path(), check_in())
    api.clock.forward(minutes=120)
    assert api.put("4101", batch_path("b1"), batch(1, 31, 34)).status_code == 201
    out = {"checked_out_at": rfc3339(START + timedelta(minutes=65))}
    early = api.put("4101", f"{patrol_path()}/check-out", out).json()
    assert result_of(early)["status"] == "unverified"
    # The sequence numbers say that this one was captured first: late for want of signal is normal.
    late = api.put("4101", batch_path("b0"), batch(0, 0, 31))
    assert late.status_code == 201
    assert late.json()["progress"]["reached"] is True
    now = api.get("4101", patrol_path()).json()
    assert (result_of(now)["status"], result_of(now)["assessment_number"]) == ("compliant", 2)
    assert result_of(now)["flags"] == []
    old = api.get("4101", f"{patrol_path()}/assessment", number=1).json()
    assert old["status"] == "unverified"
    assert old["superseded_at"] is not None
    assert window_result(api.url).status == "compliant"


def test_the_order_of_arrival_changes_nothing(api: Api) -> None:
    api.put("4101", patrol_path("straight"), check_in())
    api.put("4101", patrol_path("shuffled"), check_in())
    api.clock.forward(minutes=120)
    batches = [batch(number, 15 * number, 15) for number in range(4)]
    out = {"checked_out_at": rfc3339(START + timedelta(minutes=60))}
    for number in (0, 1, 2, 3):
        api.put("4101", batch_path(f"s{number}", "straight"), batches[number])
    api.put("4101", f"{patrol_path('straight')}/check-out", out)
    api.put("4101", batch_path("x2", "shuffled"), batches[2])
    api.put("4101", f"{patrol_path('shuffled')}/check-out", out)
    for number in (3, 0, 1, 0):
        api.put("4101", batch_path(f"x{number}", "shuffled"), batches[number])
    straight = api.get("4101", f"{patrol_path('straight')}/assessment").json()["result"]
    shuffled = api.get("4101", f"{patrol_path('shuffled')}/assessment").json()["result"]
    assert straight == shuffled


def test_a_taskforce_patrol_without_a_window_is_credited_in_every_hotspot_it_touches(api: Api) -> None:
    body = check_in(None, programme="TASKFORCE", mode="VEHICLE_MARKED")
    api.put("4101", patrol_path(), body)
    api.clock.forward(minutes=120)
    east = (EAST_SQUARE[0] + EAST_SQUARE[2]) / 2
    api.put("4101", batch_path("b0"), batch(0, 0, 20))
    api.put("4101", batch_path("b1"), batch(1, 22, 20, lon=east))
    done = api.put(
        "4101", f"{patrol_path()}/check-out", {"checked_out_at": rfc3339(START + timedelta(minutes=42))}
    )
    assert result_of(done.json())["status"] == "no_window"
    judged = api.get("4101", f"{patrol_path()}/assessment").json()["result"]
    assert {one["hotspot_id"] for one in judged["hotspots"]} == {str(named("TGP-1")), str(named("TGP-2"))}
    assert slices_of(api.url)[("4101", "verified")] >= 39
    listed = api.get("4101", "/v1/patrols", hotspot_id=str(named("TGP-2"))).json()["patrols"]
    assert [one["id"] for one in listed] == [str(named("patrol-1"))]


def test_a_declared_colleague_has_hours_but_keeps_no_window(api: Api) -> None:
    crew = [{"collar_number": "4102"}, {"collar_number": "9999"}]
    done = hour_inside(api, "4101", "crewed", "phone-1", 0, 61, crew=crew)
    assert [one["collar_number"] for one in done["crew"]] == ["4102"]
    assert done["crew_unknown"] == ["9999"]
    assert slices_of(api.url) == {("4101", "verified"): 60, ("4102", "declared"): 60}
    assert window_result(api.url).officer_count == 1
    # The colleague's own phone speaks for them from 19:30 on, so the declaration gives way.
    hour_inside(api, "4102", "own", "phone-2", 30, 31, window=None)
    assert slices_of(api.url) == {
        ("4101", "verified"): 60,
        ("4102", "declared"): 30,
        ("4102", "verified"): 30,
    }
    # Whoever was on the patrol may see it.
    assert api.get("4102", patrol_path("crewed")).status_code == 200


def test_a_forgotten_check_out_is_closed_and_a_real_one_supersedes_it(api: Api) -> None:
    api.put("4101", patrol_path(), check_in())
    api.clock.at = START + timedelta(minutes=130)
    api.put("4101", batch_path("b0"), batch(0, 0, 65))
    engine = open_engine(api.url)
    assert close_overdue(engine, api.clock.at) == 0
    api.clock.at = START + timedelta(minutes=150)
    assert close_overdue(engine, api.clock.at) == 1
    assert close_overdue(engine, api.clock.at) == 0
    engine.dispose()
    closed = api.get("4101", patrol_path()).json()
    assert (closed["closed_by"], closed["ended_at"]) == ("auto", rfc3339(START + timedelta(minutes=150)))
    assert result_of(closed)["status"] == "compliant"
    assert "auto_closed" in result_of(closed)["flags"]
    real = api.put(
        "4101", f"{patrol_path()}/check-out", {"checked_out_at": rfc3339(START + timedelta(minutes=65))}
    )
    assert real.status_code == 201
    assert (real.json()["closed_by"], result_of(real.json())["flags"]) == ("phone", [])


def test_a_wrong_phone_clock_is_corrected_and_asks_somebody_to_look(api: Api) -> None:
    # The phone is ten minutes slow: it says 18:50 when it is 19:00.
    api.clock.at = START
    slow = {"Sent-At": rfc3339(START - timedelta(minutes=10))}
    told = api.put(
        "4101", patrol_path(), check_in(checked_in_at=rfc3339(START - timedelta(minutes=10))), **slow
    ).json()
    assert told["checked_in_at"] == rfc3339(START - timedelta(minutes=10))
    assert (told["started_at"], told["skew_seconds"]) == (rfc3339(START), 600)
    api.clock.at = START + timedelta(minutes=65)
    slow = {"Sent-At": rfc3339(api.clock.at - timedelta(minutes=10))}
    api.put("4101", batch_path("b0"), {**batch(0, -10, 65), "time_source": "device"}, **slow)
    out = {"checked_out_at": rfc3339(START + timedelta(minutes=55))}
    done = api.put("4101", f"{patrol_path()}/check-out", out, **slow).json()
    assert done["ended_at"] == rfc3339(START + timedelta(minutes=65))
    assert result_of(done)["status"] == "compliant"
    assert result_of(done)["flags"] == ["clock_skew"]
    assert result_of(done)["check_needed"] is True
    assert window_result(api.url).check_needed is True


def test_fixes_that_are_sent_late_into_a_gap_ask_somebody_to_look(api: Api) -> None:
    api.put("4101", patrol_path(), check_in())
    api.clock.forward(minutes=120)
    api.put("4101", batch_path("b0"), batch(0, 0, 25))
    api.put("4101", batch_path("b1"), batch(1, 45, 20))
    out = {"checked_out_at": rfc3339(START + timedelta(minutes=65))}
    before = result_of(api.put("4101", f"{patrol_path()}/check-out", out).json())
    api.put("4101", batch_path("b2"), batch(2, 25, 20))
    after = result_of(api.get("4101", patrol_path()).json())
    assert before["status"] == "unverified"
    assert after["status"] == "review"
    assert after["flags"] == ["late_fill"]
    assert after["seconds"]["verified"] == before["seconds"]["verified"]


def test_a_number_used_again_for_a_gap_asks_somebody_to_look(api: Api) -> None:
    api.put("4101", patrol_path(), check_in())
    api.clock.forward(minutes=120)
    for name, fixes in (("b0", batch(0, 0, 25)), ("b1", batch(1, 45, 20))):
        api.clock.forward(seconds=1)
        api.put("4101", batch_path(name), fixes)
    out = {"checked_out_at": rfc3339(START + timedelta(minutes=65))}
    before = result_of(api.put("4101", f"{patrol_path()}/check-out", out).json())
    api.clock.forward(seconds=1)
    api.put("4101", batch_path("fill"), batch(0, 25, 20))
    after = result_of(api.get("4101", patrol_path()).json())
    assert (before["status"], after["status"], after["flags"]) == ("unverified", "review", ["late_fill"])


@pytest.mark.parametrize(
    ("source", "hours", "flags"), [("device", 3, ["clock_skew"]), ("device", 0, []), ("gnss", 3, [])]
)
def test_a_batch_whose_times_were_corrected_asks_somebody_to_look(
    api: Api, source: str, hours: int, flags: list[str]
) -> None:
    """An hour walked before the patrol, sent with a clock that lies by as much."""
    api.put("4101", patrol_path(), check_in())
    api.clock.at = START + timedelta(minutes=66)
    taken = {**batch(0, -60 * hours if source == "device" else 0, 65), "time_source": source}
    sent_at = {"Sent-At": rfc3339(api.clock.at - timedelta(hours=hours))}
    assert api.put("4101", batch_path("b"), taken, **sent_at).status_code == 201
    out = {"checked_out_at": rfc3339(START + timedelta(minutes=65))}
    done = result_of(api.put("4101", f"{patrol_path()}/check-out", out).json())
    assert (done["status"], done["flags"]) == ("compliant", flags)


def test_a_check_out_whose_time_was_corrected_asks_somebody_to_look(api: Api) -> None:
    api.put("4101", patrol_path(), check_in())
    api.clock.at = START + timedelta(minutes=66)
    api.put("4101", batch_path("b"), batch(0, 0, 65))
    sent_at = {"Sent-At": rfc3339(api.clock.at - timedelta(minutes=60))}
    out = {"checked_out_at": rfc3339(START + timedelta(minutes=5))}
    done = api.put("4101", f"{patrol_path()}/check-out", out, **sent_at).json()
    assert done["ended_at"] == rfc3339(START + timedelta(minutes=65))
    assert result_of(done)["flags"] == ["clock_skew"]


def test_pages_show_every_patrol_once(api: Api) -> None:
    for number in range(5):
        api.put(
            "4101",
            patrol_path(f"p{number}"),
            check_in(None, checked_in_at=rfc3339(START + timedelta(minutes=number // 2))),
        )
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = api.get("4111", "/v1/patrols", limit=2, **({"cursor": cursor} if cursor else {})).json()
        seen += [one["id"] for one in page["patrols"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(str(named(f"p{number}")) for number in range(5))
