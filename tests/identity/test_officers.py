"""People over time, from files: joiners, movers, leavers, returners; what may not be said; who sees whom."""

from datetime import date
from typing import Any

import httpx2 as httpx
import pytest

from app.identity.permissions import Role
from app.identity.spells import Spell, role_rows, role_spells, turn
from tests.conftest import ISSUER, Api, named

ADMIN = "4134"
HEADER = "collar_number,kind,rank,acting,roles,team_code,issuer,subject,valid_from,valid_to\n"


def row(
    collar: str,
    valid_from: str,
    *,
    rank: str = "PC",
    roles: str = "OFFICER",
    team: str = "NORTH-1",
    subject: str | None = None,
    valid_to: str = "",
    kind: str = "CONSTABLE",
) -> str:
    sign_in = subject or f"demo|{collar}"
    return f"{collar},{kind},{rank},false,{roles},{team},,{sign_in},{valid_from},{valid_to}\n"


def send(api: Api, *rows: str, who: str = ADMIN, **params: str | bool) -> httpx.Response:
    return api.client.post(
        "/v1/imports/officers",
        content=(HEADER + "".join(rows)).encode(),
        params={"default_issuer": ISSUER, **params},
        headers=api.as_officer(who, **{"Content-Type": "text/csv"}),
    )


def report(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.json()
    body: dict[str, Any] = answer.json()
    return body


def changes(answer: httpx.Response) -> list[tuple[str, str, list[str]]]:
    return [(one["action"], one["key"], one["fields"]) for one in report(answer)["changes"]]


def faults(answer: httpx.Response) -> list[tuple[int | None, str]]:
    return [(one["row"], one["code"]) for one in report(answer)["findings"]]


def person(api: Api, collar: str, **params: object) -> dict[str, Any]:
    [found] = api.get(ADMIN, "/v1/officers", collar_number=collar, **params).json()["items"]
    body: dict[str, Any] = api.get(ADMIN, f"/v1/officers/{found['id']}").json()
    return body


def test_a_joiner_signs_in_from_the_first_day(api: Api) -> None:
    assert changes(send(api, row("4190", "2026-03-04"))) == [("joiner", "4190", [])]
    assert api.get("4190", "/v1/hotspots").status_code == 401
    api.clock.forward(days=2)
    assert api.get("4190", "/v1/hotspots").status_code == 200


def test_a_mover_keeps_the_former_membership(api: Api) -> None:
    moved = send(api, row("4101", "2026-03-02", team="SOUTH-1"))
    assert changes(moved) == [("mover", "4101", ["team_code"])]
    spells = person(api, "4101")["memberships"]
    assert [(one["team_code"], one["valid_from"], one["valid_to"]) for one in spells] == [
        ("NORTH-1", "2025-01-01", "2026-03-02"),
        ("SOUTH-1", "2026-03-02", None),
    ]
    assert [one["collar_number"] for one in api.get("4112", "/v1/officers").json()["items"]] == [
        "4101",
        "4103",
        "4112",
    ]


def test_a_change_needs_a_later_day_or_the_option(api: Api) -> None:
    old_day = row("4101", "2025-01-01", team="SOUTH-1", rank="SGT")
    assert faults(send(api, old_day, dry_run=True)) == [(1, "older-than-current"), (1, "older-than-current")]
    dated = send(api, old_day, effective_from="2026-04-01")
    assert changes(dated) == [("mover", "4101", ["rank", "team_code"])]
    assert [one["valid_from"] for one in person(api, "4101")["ranks"]] == ["2025-01-01", "2026-04-01"]
    assert person(api, "4101")["rank"] == "PC"
    # The old file again, without the option: what it says held on its day.
    assert report(send(api, row("4101", "2025-01-01")))["counts"]["unchanged"] == 1


def test_a_leaver_signs_in_no_more(api: Api) -> None:
    assert api.get("4101", "/v1/hotspots").status_code == 200
    left = send(api, row("4101", "2025-01-01", valid_to="2026-03-02"))
    assert changes(left) == [("leaver", "4101", ["rank", "roles", "team_code", "valid_to"])]
    api.clock.forward(seconds=1)
    assert api.get("4101", "/v1/hotspots").status_code == 401
    assert api.get(ADMIN, "/v1/officers", collar_number="4101").json()["items"] == []
    assert person(api, "4101", left=True)["memberships"][0]["valid_to"] == "2026-03-02"
    # An older list that still has them does not bring them back; a later day does.
    still_listed = report(send(api, row("4101", "2025-01-01"), row("4102", "2025-01-01")))
    assert [(one["row"], one["code"], one["severity"]) for one in still_listed["findings"]] == [
        (1, "left-already", "warning")
    ]
    assert still_listed["changes"] == []
    assert changes(send(api, row("4101", "2026-03-02")))[0][:2] == ("returner", "4101")
    assert api.get("4101", "/v1/hotspots").status_code == 200


def test_missing_from_a_list_means_nothing_unless_it_is_complete(api: Api) -> None:
    everybody = [
        row("4101", "2025-01-01"),
        row(ADMIN, "2025-01-01", rank="STAFF", roles="ADMIN", team="", kind="STAFF"),
    ]
    assert changes(send(api, *everybody, dry_run=True)) == []
    gone = report(send(api, *everybody, dry_run=True, complete_list=True))
    assert gone["counts"]["ended"] == 9
    assert {one["action"] for one in gone["changes"]} == {"leaver"}
    assert all(one["key"] not in ("4101", ADMIN, "7101") for one in gone["changes"])
    without_me = send(api, everybody[0], dry_run=True, complete_list=True)
    assert (None, "own-absence") in faults(without_me)


def test_nobody_changes_their_own_roles(api: Api) -> None:
    mine = row(ADMIN, "2026-03-02", rank="STAFF", roles="ADMIN;AUDITOR", team="", kind="STAFF")
    assert faults(send(api, mine, dry_run=True)) == [(1, "own-roles")]
    assert send(api, mine).status_code == 422
    same = row(ADMIN, "2025-01-01", rank="STAFF", roles="ADMIN", team="", kind="STAFF")
    assert report(send(api, same))["counts"]["unchanged"] == 1
    theirs = row("4131", "2026-03-02", rank="STAFF", roles="PLANNER;AUDITOR", team="", kind="STAFF")
    assert changes(send(api, theirs)) == [("changed", "4131", ["roles"])]


@pytest.mark.parametrize("taken", ["demo|4102", "demo|7101"])
def test_a_sign_in_belongs_to_one_person_in_any_force(api: Api, taken: str) -> None:
    assert faults(send(api, row("4190", "2026-03-02", subject=taken), dry_run=True)) == [
        (1, "identity-taken")
    ]


def test_two_new_people_cannot_share_a_sign_in(api: Api) -> None:
    rows = (row("4190", "2026-03-02", subject="x"), row("4191", "2026-03-02", subject="x"))
    assert faults(send(api, *rows, dry_run=True)) == [(2, "identity-taken")]


def test_a_collar_number_is_reused_after_its_carrier_left(api: Api) -> None:
    somebody_else = row("4101", "2026-04-01", subject="another")
    assert faults(send(api, somebody_else, dry_run=True)) == [(1, "collar-in-use")]
    both = send(api, row("4101", "2025-01-01", valid_to="2026-03-02"), somebody_else)
    assert [one[:2] for one in changes(both)] == [("leaver", "4101"), ("joiner", "4101")]
    api.clock.forward(days=60)
    now = person(api, "4101")
    assert (now["valid_from"], now["id"] != str(named("4101"))) == ("2026-04-01", True)
    assert len(api.get(ADMIN, "/v1/officers", collar_number="4101", left=True).json()["items"]) == 2


def test_two_periods_in_one_file_are_one_person(api: Api) -> None:
    rows = (
        row("4190", "2026-01-01", valid_to="2026-02-01"),
        row("4190", "2026-02-01", team="SOUTH-1", rank="SGT", roles="OFFICER;SUPERVISOR"),
    )
    assert changes(send(api, *rows)) == [("joiner", "4190", [])]
    found = person(api, "4190")
    assert [(one["team_code"], one["valid_to"]) for one in found["memberships"]] == [
        ("NORTH-1", "2026-02-01"),
        ("SOUTH-1", None),
    ]
    assert [(one["rank"], one["valid_from"]) for one in found["ranks"]] == [
        ("PC", "2026-01-01"),
        ("SGT", "2026-02-01"),
    ]
    assert found["roles"] == ["OFFICER", "SUPERVISOR"]
    assert found["valid_to"] is None
    again = report(send(api, *reversed(rows)))
    assert (again["changes"], again["findings"], again["counts"]["unchanged"]) == ([], [], 1)


@pytest.mark.parametrize(
    ("wrong", "column"),
    [
        (row("4190", "2026-03-02", rank="DC"), "rank"),
        (row("4190", "2026-03-02", roles="KING"), "roles"),
        (row("4190", "2026-03-02", roles=""), "roles"),
        (row("4190", "2026-03-02", roles="INTEGRATION;OFFICER"), "roles"),
        (row("4190", "2026-03-02", team="NOWHERE"), "team_code"),
        (row("4190", "2026-03-02", team="OTHER-1"), "team_code"),
        (row("4190", "2026-03-02", valid_to="2026-03-02"), "valid_to"),
        (row("4" * 17, "2026-03-02"), "collar_number"),
    ],
)
def test_faulty_rows(api: Api, wrong: str, column: str) -> None:
    found = report(send(api, wrong, dry_run=True))["findings"]
    assert [(one["row"], one["column"]) for one in found] == [(1, column)]


def suspended(*rows: tuple[str, str]) -> str:
    """A file with the column: rows of (row without it, what stands in it)."""
    return HEADER.replace("\n", ",suspended\n") + "".join(
        one.replace("\n", f",{said}\n") for one, said in rows
    )


def send_file(api: Api, content: str, **params: str | bool) -> httpx.Response:
    return api.client.post(
        "/v1/imports/officers",
        content=content.encode(),
        params={"default_issuer": ISSUER, **params},
        headers=api.as_officer(ADMIN, **{"Content-Type": "text/csv"}),
    )


def status(api: Api, collar: str) -> int:
    api.clock.forward(seconds=1)
    return api.get(collar, "/v1/hotspots").status_code


def test_whoever_is_suspended_is_out_at_the_next_call_until_a_file_says_otherwise(api: Api) -> None:
    out = suspended((row("4101", "2025-01-01"), "true"), (row("4102", "2025-01-01"), ""))
    tried = send_file(api, out, dry_run=True)
    assert changes(tried) == [("changed", "4101", ["suspended"])]
    assert [(one["row"], one["code"], one["severity"]) for one in report(tried)["findings"]] == [
        (1, "suspended", "warning")
    ]
    assert status(api, "4101") == 200
    assert changes(send_file(api, out)) == changes(tried)
    assert (status(api, "4101"), status(api, "4102")) == (401, 200)
    # A file without the column, or with an empty cell, leaves it as it is.
    moved = send(api, row("4101", "2026-03-02", team="SOUTH-1"))
    assert changes(moved) == [("mover", "4101", ["team_code"])]
    assert report(send_file(api, suspended((row("4101", "2026-03-02", team="SOUTH-1"), ""))))["changes"] == []
    assert status(api, "4101") == 401
    back = send_file(api, suspended((row("4101", "2026-03-02", team="SOUTH-1"), "false")))
    assert (changes(back), faults(back)) == ([("changed", "4101", ["suspended"])], [(1, "reinstated")])
    assert status(api, "4101") == 200


def test_somebody_new_may_be_suspended_and_nobody_suspends_themselves(api: Api) -> None:
    assert changes(send_file(api, suspended((row("4190", "2026-03-02"), "true")))) == [("joiner", "4190", [])]
    assert status(api, "4190") == 401
    mine = row(ADMIN, "2025-01-01", rank="STAFF", roles="ADMIN", team="", kind="STAFF")
    assert (1, "own-suspension") in faults(send_file(api, suspended((mine, "true")), dry_run=True))
    unread = send_file(api, suspended((row("4102", "2025-01-01"), "perhaps")), dry_run=True)
    assert [one["column"] for one in report(unread)["findings"]] == ["suspended"]


def test_an_integration_holds_no_other_role(api: Api) -> None:
    program = row("4135", "2026-03-02", rank="STAFF", roles="OFFICER;INTEGRATION", team="", kind="STAFF")
    assert faults(send(api, program, dry_run=True)) == [(1, "integration-alone")]
    assert send(api, program).status_code == 422


def test_another_sign_in_replaces_the_former_at_the_same_issuer(api: Api) -> None:
    answer = send(api, row("4101", "2025-01-01", subject="new|4101"))
    assert changes(answer) == [("changed", "4101", ["subject"])]
    assert faults(answer) == [(1, "sign-in-changed")]
    api.clock.forward(seconds=1)
    assert api.get("4101", "/v1/hotspots").status_code == 401


def seen(api: Api, who: str) -> list[str]:
    return [one["collar_number"] for one in api.get(who, "/v1/officers").json()["items"]]


def test_who_sees_whom(api: Api) -> None:
    assert seen(api, "4111") == ["4101", "4102", "4111", "4121"]
    assert seen(api, "4121") == ["4101", "4102", "4111", "4121"]
    assert len(seen(api, ADMIN)) == 11
    assert "7101" not in seen(api, ADMIN)
    assert api.get("4101", "/v1/officers").status_code == 403
    assert api.get("4111", f"/v1/officers/{named('4101')}").status_code == 200
    for unseen in ("4103", "7101", "nobody"):
        assert api.get("4111", f"/v1/officers/{named(unseen)}").json()["code"] == "not-found"


def test_officers_come_page_by_page(api: Api) -> None:
    found: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": 4} | ({"cursor": cursor} if cursor else {})
        page = api.get(ADMIN, "/v1/officers", **params).json()
        found += [one["collar_number"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == seen(api, ADMIN)
    assert api.get(ADMIN, "/v1/officers", cursor="eHg").status_code == 422


APRIL, MAY, JUNE = date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)


def test_roles_one_by_one_and_together() -> None:
    rows = [(Role.OFFICER, APRIL, None), (Role.SUPERVISOR, JUNE, None)]
    spells = role_spells(rows)
    assert [(set(one.value), one.valid_from, one.valid_to) for one in spells] == [
        ({Role.OFFICER}, APRIL, JUNE),
        ({Role.OFFICER, Role.SUPERVISOR}, JUNE, None),
    ]
    assert role_rows(spells) == rows


def test_turning_a_spell() -> None:
    held = (Spell("A", APRIL),)
    assert turn(held, "A", MAY) is held
    assert turn(held, "B", MAY) == (Spell("A", APRIL, MAY), Spell("B", MAY))
    assert turn(held, None, MAY) == (Spell("A", APRIL, MAY),)
    assert turn(held, "B", APRIL) is None
    assert turn((Spell("A", APRIL, JUNE), Spell("B", JUNE)), "C", MAY) is None
