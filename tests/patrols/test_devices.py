"""Phones: known from their first upload, revoked by an administrator; what a revoked one sends is kept and noted."""

from datetime import timedelta
from typing import Any

from sqlmodel import select

from app.audit.models import AuditEvent
from app.clock import rfc3339
from app.database.engine import open_engine
from app.database.session import reading
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import (
    DEVICE,
    START,
    batch,
    batch_path,
    check_in,
    hour_inside,
    patrol_path,
    result_of,
    window_result,
)

ADMIN, SERGEANT = "4134", "4111"
OUT = {"checked_out_at": rfc3339(START + timedelta(minutes=65))}


def devices(api: Api, collar: str, **params: object) -> list[dict[str, Any]]:
    answer = api.get(collar, "/v1/devices", **params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def revoke(api: Api, device: str = DEVICE, reason: str = "Lost on patrol.") -> dict[str, Any]:
    answer = api.put(ADMIN, f"/v1/devices/{device}/revoke", {"reason": reason})
    assert answer.status_code == 200, answer.text
    api.clock.forward(seconds=1)
    found: dict[str, Any] = answer.json()
    return found


def events(api: Api, operation: str) -> list[AuditEvent]:
    engine = open_engine(api.url)
    with reading(engine) as session:
        found = session.exec(select(AuditEvent).where(AuditEvent.operation == operation)).all()
    engine.dispose()
    return list(found)


def test_officers_see_their_own_phones_and_administrators_the_forces(api: Api) -> None:
    at = rfc3339(api.clock.at)
    api.put("4101", patrol_path("one"), check_in(None, device_id=str(named("phone-1"))))
    api.clock.forward(minutes=1)
    api.put("4103", patrol_path("two"), check_in(None, device_id=str(named("phone-2"))))
    api.put("7101", patrol_path("three"), check_in(None, device_id=str(named("phone-3"))))
    (own,) = devices(api, "4101")
    assert own == {
        "id": str(named("phone-1")), "officer_id": str(named("4101")), "collar_number": "4101",
        "first_seen_at": at, "revoked_at": None, "revoked_by": None, "revoked_reason": None,
    }  # fmt: skip
    assert [one["collar_number"] for one in devices(api, ADMIN)] == ["4103", "4101"]
    assert [one["collar_number"] for one in devices(api, ADMIN, officer_id=str(named("4101")))] == ["4101"]
    # A sergeant's phones are a sergeant's own; nobody sees another force's.
    assert devices(api, SERGEANT) == []
    assert [one["collar_number"] for one in devices(api, "7101")] == ["7101"]
    first = api.get(ADMIN, "/v1/devices", limit=1).json()
    rest = api.get(ADMIN, "/v1/devices", limit=1, cursor=first["next_cursor"]).json()
    assert [one["collar_number"] for one in first["items"] + rest["items"]] == ["4103", "4101"]
    assert rest["next_cursor"] is None
    assert str(named("phone-1")) in events(api, "devices.list")[0].subjects["device"]


def test_a_second_phone_is_known_from_its_fixes(api: Api) -> None:
    api.put("4101", patrol_path(), check_in())
    api.clock.forward(minutes=60)
    api.put("4101", batch_path("b"), {**batch(0, 0, 20), "device_id": str(named("spare"))})
    assert {one["id"] for one in devices(api, "4101")} == {DEVICE, str(named("spare"))}


def test_revoking_twice_is_revoking_once(api: Api) -> None:
    api.put("4101", patrol_path(), check_in())
    at = api.clock.at
    first = revoke(api)
    assert (first["revoked_at"], first["revoked_by"]) == (rfc3339(at), str(named(ADMIN)))
    api.clock.forward(minutes=5)
    assert revoke(api, reason="Stolen from a car.") == first
    assert devices(api, "4101") == [first]
    (event,) = events(api, "devices.revoke")
    assert (event.actor_id, event.reason) == (named(ADMIN), "Lost on patrol.")
    assert event.subjects == {"device": [DEVICE], "officer": [str(named("4101"))]}


def test_who_may_not_revoke(api: Api) -> None:
    api.put("4101", patrol_path(), check_in())
    api.put("7101", patrol_path("other"), check_in(None, device_id=str(named("phone-7"))))
    for collar in ("4101", SERGEANT, "4121", "4131"):
        answer = api.put(collar, f"/v1/devices/{DEVICE}/revoke", {"reason": "Lost on patrol."})
        assert answer.status_code == 403, collar
    for device in ("phone-7", "no such phone"):
        answer = api.put(ADMIN, f"/v1/devices/{named(device)}/revoke", {"reason": "Lost on patrol."})
        assert answer.status_code == 404, device


def test_what_was_received_before_stays_as_it_was(api: Api) -> None:
    done = hour_inside(api, "4101", "patrol-1", "phone-4101", 0, 61)
    revoke(api)
    # A replay is no new fact; a later judgement of the same facts says the same.
    fixes = {**batch(0, 0, 61), "device_id": DEVICE}
    assert api.put("4101", batch_path("patrol-1-b"), fixes).status_code == 200
    assert api.get("4101", patrol_path()).json() | {"advice": done["advice"]} == done
    assert window_result(api.url).check_needed is False


def test_a_check_in_of_a_revoked_phone_is_kept_and_asks_somebody_to_look(api: Api) -> None:
    hour_inside(api, "4101", "before", "phone-4101", -120, 20, window=None)
    revoke(api)
    done = hour_inside(api, "4101", "after", "phone-4101", 0, 61)
    assert result_of(done)["status"] == "compliant"
    assert (result_of(done)["flags"], result_of(done)["check_needed"]) == (["revoked_device"], True)
    assert window_result(api.url).check_needed is True
    assert result_of(api.get("4101", patrol_path("before")).json())["flags"] == []


def test_a_check_in_alone_is_enough(api: Api) -> None:
    api.put("4101", patrol_path("before"), check_in(None))
    revoke(api)
    api.put("4101", patrol_path(), check_in())
    api.clock.at = START + timedelta(minutes=66)
    done = api.put("4101", f"{patrol_path()}/check-out", OUT).json()
    assert result_of(done)["flags"] == ["revoked_device"]


def test_one_late_batch_of_a_revoked_phone_is_enough(api: Api) -> None:
    api.put("4101", patrol_path(), check_in())
    api.clock.at = START + timedelta(minutes=66)
    api.put("4101", batch_path("b0"), batch(0, 0, 30))
    before = api.put("4101", f"{patrol_path()}/check-out", OUT).json()
    assert result_of(before)["flags"] == []
    revoke(api)
    assert api.put("4101", batch_path("b1"), batch(1, 30, 35)).status_code == 201
    after = api.get("4101", patrol_path()).json()
    assert (result_of(after)["status"], result_of(after)["flags"]) == ("compliant", ["revoked_device"])


def test_a_check_out_after_the_phone_was_revoked_accuses_nobody(api: Api) -> None:
    """It does not say which phone sent it: an officer whose phone is lost checks out from a colleague's desk."""
    api.put("4101", patrol_path(), check_in())
    api.clock.at = START + timedelta(minutes=66)
    api.put("4101", batch_path("b0"), batch(0, 0, 65))
    revoke(api)
    done = api.put("4101", f"{patrol_path()}/check-out", OUT).json()
    assert (result_of(done)["status"], result_of(done)["flags"]) == ("compliant", [])


def test_another_phone_of_the_same_officer_is_trusted(api: Api) -> None:
    api.put("4101", patrol_path("before"), check_in(None))
    revoke(api)
    done = hour_inside(api, "4101", "after", "new phone", 0, 61)
    assert result_of(done)["flags"] == []


def gap_filled_by(api: Api, device: str, name: str = "patrol-1", from_minute: int = 0) -> dict[str, object]:
    """A patrol of its officer's own phone with half an hour of silence, which another one fills afterwards."""
    begin = START + timedelta(minutes=from_minute)
    api.clock.at = max(api.clock.at, begin)
    api.put("4101", patrol_path(name), check_in(checked_in_at=rfc3339(begin)))
    api.clock.at = begin + timedelta(minutes=66)
    api.put("4101", batch_path(f"{name}-0", name), batch(0, from_minute, 20))
    api.put("4101", batch_path(f"{name}-1", name), batch(1, from_minute + 50, 15))
    out = {"checked_out_at": rfc3339(begin + timedelta(minutes=65))}
    before = result_of(api.put("4101", f"{patrol_path(name)}/check-out", out).json())
    assert before["flags"] == []
    fill = {**batch(0, from_minute + 19, 32), "device_id": str(named(device))}
    assert api.put("4101", batch_path(f"{name}-2", name), fill).status_code == 201
    return result_of(api.get("4101", patrol_path(name)).json())


def test_a_phone_nobody_knew_at_check_in_asks_somebody_to_look(api: Api) -> None:
    first = gap_filled_by(api, "spare")
    assert (first["status"], first["flags"]) == ("compliant", ["unknown_device"])
    assert first["check_needed"] is True
    # The phone is known from then on; the patrol it was first seen on goes on asking.
    second = gap_filled_by(api, "spare", "later", 90)
    assert second["flags"] == []
    api.put("4101", batch_path("one more"), batch(2, 65, 1))
    assert result_of(api.get("4101", patrol_path()).json())["flags"] == ["unknown_device"]


def test_a_colleagues_phone_is_not_this_officers(api: Api) -> None:
    api.put("4103", patrol_path("colleague"), check_in(None, device_id=str(named("phone-4103"))))
    assert gap_filled_by(api, "phone-4103")["flags"] == ["unknown_device"]


def test_an_officers_own_second_phone_is_trusted(api: Api) -> None:
    api.put("4101", patrol_path("before"), check_in(None, device_id=str(named("spare"))))
    api.clock.forward(seconds=1)
    assert gap_filled_by(api, "spare")["flags"] == []
