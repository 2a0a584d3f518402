"""A patrol from check-in to result, told through HTTP as phones and sergeants tell it."""

from datetime import UTC, datetime, timedelta

from app.clock import rfc3339
from tests.conftest import SQUARE, Api, named

START = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
DEVICE = str(named("phone-4101"))
MIDDLE = ((SQUARE[0] + SQUARE[2]) / 2, (SQUARE[1] + SQUARE[3]) / 2)


def check_in(window: str | None = "WINDOW-1", **other: object) -> dict[str, object]:
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
    assert seen.json() == done.json()
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
