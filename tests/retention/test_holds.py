"""Holds by hand through HTTP, and the ones that a patrol's own record is."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from app.identity.permissions import Role
from app.patrols.lifecycle import ExplanationKind
from app.patrols.models import PatrolExplanation
from app.patrols.proposing import About, ProposedBy, propose_reason, withdraw_reason
from app.patrols.reasons import ReasonSource, Span
from app.patrols.review_models import Review
from app.patrols.reviewing import Decision
from app.schedule.models import TaskingWindow
from tests.conftest import Api, named
from tests.patrols.again import move_window
from tests.patrols.test_patrol_story import START
from tests.people import change, join
from tests.retention.conftest import purge_at, walk

ADMIN, SECOND_ADMIN, AUDITOR = "4134", "6134", "4133"
DECIDED: dict[str, Any] = {
    "content_hash": b"x", "captured_by": named("4111"), "uploaded_by": named("4111"), "force_id": named("FORCE"),
    "number": 1, "basis": 1, "basis_status": "partial", "basis_review_ms": 0, "rank_order": 30,
}  # fmt: skip


def hold_path(name: str = "hold") -> str:
    return f"/v1/holds/{named(name)}"


def hold_on(kind: str, subject: str, **other: str) -> dict[str, Any]:
    return {"subject_kind": kind, "subject_id": str(named(subject)), "reason": "A complaint.", **other}


def gone(api: Api, at: datetime) -> int:
    return sum(one.patrols for one in purge_at(api.keeper_url, at).forces)


def test_a_hold_keeps_until_somebody_else_releases_it(api: Api, later: datetime) -> None:
    join(api.url, SECOND_ADMIN, (Role.ADMIN,))
    walk(api, "patrol-1")
    walk(api, "patrol-2", days=1)
    placed = api.put(ADMIN, hold_path(), hold_on("patrol", "patrol-1"))
    assert placed.status_code == 201, placed.text
    assert placed.json()["placed_by_collar_number"] == ADMIN
    assert api.put(ADMIN, hold_path(), hold_on("patrol", "patrol-1")).status_code == 200
    assert api.put(ADMIN, hold_path(), hold_on("patrol", "patrol-2")).json()["code"] == "conflict"
    assert gone(api, later) == 1
    assert api.get("4101", f"/v1/patrols/{named('patrol-1')}/track").status_code == 200

    own = api.put(ADMIN, f"{hold_path()}/release", {"reason": "It was settled."})
    assert (own.status_code, own.json()["code"]) == (403, "forbidden")
    assert gone(api, later) == 0
    for _ in range(2):
        released = api.put(SECOND_ADMIN, f"{hold_path()}/release", {"reason": "It was settled."})
        assert released.status_code == 200
        assert released.json()["released_by_collar_number"] == SECOND_ADMIN
    assert gone(api, later) == 1


def test_holds_are_listed_for_those_who_keep_them_and_for_auditors(api: Api) -> None:
    for name, subject in (("one", "4101"), ("two", "4102")):
        assert api.put(ADMIN, hold_path(name), hold_on("officer", subject)).status_code == 201
        api.clock.forward(minutes=1)
    page = api.get(AUDITOR, "/v1/holds", limit=1).json()
    assert [one["subject_id"] for one in page["items"]] == [str(named("4102"))]
    rest = api.get(AUDITOR, "/v1/holds", limit=1, cursor=page["next_cursor"]).json()
    assert [one["subject_id"] for one in rest["items"]] == [str(named("4101"))]
    assert rest["next_cursor"] is None
    assert api.get(AUDITOR, "/v1/holds", released=True).json()["items"] == []
    assert api.get("4111", "/v1/holds").status_code == 403


def test_a_hold_on_nothing_and_one_without_a_period_are_refused(api: Api) -> None:
    span = {"from_at": "2026-03-01T00:00:00Z", "to_at": "2026-03-08T00:00:00Z"}
    for body, pointer in (
        (hold_on("patrol", "no such patrol"), "/subject_id"),
        (hold_on("officer", "7101"), "/subject_id"),
        (hold_on("hotspot", "TGP-1"), "/from_at"),
        (hold_on("officer", "4101", from_at=span["to_at"], to_at=span["from_at"]), "/to_at"),
    ):
        answer = api.put(ADMIN, hold_path(), body)
        assert answer.status_code == 422, answer.text
        assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
    assert api.put(ADMIN, hold_path(), hold_on("hotspot", "TGP-1", **span)).status_code == 201
    assert api.put(ADMIN, f"{hold_path('other')}/release", {"reason": "None there."}).status_code == 404


def test_a_hotspot_in_a_period_keeps_whoever_went_through_it(api: Api, later: datetime) -> None:
    walk(api, "inside")
    walk(api, "a-week-later", days=7)
    span = {"from_at": "2026-03-01T00:00:00Z", "to_at": "2026-03-08T00:00:00Z"}
    assert api.put(ADMIN, hold_path(), hold_on("hotspot", "TGP-1", **span)).status_code == 201
    assert gone(api, later + timedelta(days=7)) == 1
    assert api.get("4101", f"/v1/patrols/{named('inside')}/track").status_code == 200
    assert api.get("4101", f"/v1/patrols/{named('a-week-later')}/track").status_code == 410


def test_an_arrest_that_an_officer_told_of_keeps_its_patrol_without_anybody_doing_anything(
    api: Api, later: datetime
) -> None:
    walk(api, "patrol-1")
    walk(api, "patrol-2", days=1)
    person = named("4101")
    explanation = PatrolExplanation(
        id=named("explanation"), content_hash=b"x", captured_by=person, uploaded_by=person, received_at=START,
        force_id=named("FORCE"), patrol_id=named("patrol-1"), kind=ExplanationKind.EXPLANATION,
        reason_code="ARREST_MADE", text="Taken to custody.",
    )  # fmt: skip
    change(api.url, lambda session: session.add(explanation))
    assert gone(api, later) == 1
    assert gone(api, START + timedelta(days=7 * 365 - 1)) == 0
    assert gone(api, START + timedelta(days=7 * 365 + 1)) == 1


def test_an_arrest_on_record_keeps_the_patrols_its_officer_was_on_at_the_time(
    api: Api, later: datetime
) -> None:
    walk(api, "patrol-1")
    walk(api, "patrol-2", days=1)

    def arrest(session: Session) -> None:
        at = Span(START + timedelta(minutes=5), START + timedelta(minutes=5))
        by = ProposedBy(ReasonSource.ARREST, named("arrest"), named("4101"), START)
        propose_reason(session, named("FORCE"), by, About(named("4101"), at), "ARREST_MADE")

    change(api.url, arrest)
    assert gone(api, later) == 1
    assert api.get("4101", f"/v1/patrols/{named('patrol-1')}/track").status_code == 200
    change(api.url, lambda session: withdraw_reason(session, ReasonSource.ARREST, named("arrest"), later))
    assert gone(api, later) == 1


def test_a_dispute_keeps_while_it_is_open_and_a_year_after_and_a_reason_keeps_the_patrols_of_its_window(
    api: Api, later: datetime
) -> None:
    walk(api, "disputed")
    walk(api, "of-the-window", days=1, window="WINDOW-1")
    officer = named("4101")
    dispute = PatrolExplanation(
        id=named("dispute"), content_hash=b"x", captured_by=officer, uploaded_by=officer, received_at=START,
        force_id=named("FORCE"), patrol_id=named("disputed"), kind=ExplanationKind.DISPUTE, text="I was there.",
        disputes_assessment=1,
    )  # fmt: skip
    reason = Review(
        **DECIDED, id=named("r1"), window_id=named("WINDOW-1"), decision=Decision.REASON,
        reason_code="ARREST_MADE", received_at=START,
    )  # fmt: skip
    change(api.url, lambda session: session.add(dispute))
    change(api.url, lambda session: session.add(reason))
    assert gone(api, later) == 0
    # Open after ten years still; the arrest is seven years ago by then.
    assert gone(api, START + timedelta(days=3650)) == 1
    answered = START + timedelta(days=3650)
    answer = Review(
        **DECIDED, id=named("r2"), patrol_id=named("disputed"), decision=Decision.STAND, received_at=answered
    )
    change(api.url, lambda session: session.add(answer))
    assert gone(api, answered + timedelta(days=1)) == 1


@pytest.mark.parametrize("tasked", ["made for it", "linked to it"])
def test_what_is_decided_on_a_window_keeps_the_patrols_of_windows_that_were_moved_to_it(
    api: Api, later: datetime, tasked: str
) -> None:
    linked = tasked == "linked to it"
    walk(api, "patrol-1", window=None if linked else "WINDOW-1")
    walk(api, "of-no-window", days=1)
    if linked:
        link = {"window_id": str(named("WINDOW-1")), "reason": "Took it over."}
        path = f"/v1/patrols/{named('patrol-1')}/links/{named('link')}"
        assert api.put("4111", path, link).status_code == 201
    # Moved twice.
    move_window(api.url, named("second"))
    move_window(api.url, named("third"), "second")
    reason = Review(
        **DECIDED, id=named("r1"), window_id=named("third"), decision=Decision.REASON,
        reason_code="ARREST_MADE", received_at=START,
    )  # fmt: skip
    change(api.url, lambda session: session.add(reason))
    assert gone(api, later) == 1
    assert gone(api, START + timedelta(days=7 * 365 - 1)) == 0
    assert gone(api, START + timedelta(days=7 * 365 + 1)) == 1


def test_a_dispute_is_settled_on_the_window_that_its_window_was_moved_to(api: Api, later: datetime) -> None:
    walk(api, "disputed", window="WINDOW-1")
    move_window(api.url, named("second"))
    officer = named("4101")
    dispute = PatrolExplanation(
        id=named("dispute"), content_hash=b"x", captured_by=officer, uploaded_by=officer, received_at=START,
        force_id=named("FORCE"), patrol_id=named("disputed"), kind=ExplanationKind.DISPUTE, text="I was there.",
        disputes_assessment=1,
    )  # fmt: skip
    answer = Review(
        **DECIDED, id=named("r1"), window_id=named("second"), decision=Decision.STAND, received_at=later
    )
    change(api.url, lambda session: session.add(dispute))
    assert gone(api, START + timedelta(days=3650)) == 0
    change(api.url, lambda session: session.add(answer))
    # A year from when it came; open, it would be kept for good.
    assert gone(api, START + timedelta(days=364)) == 0
    assert gone(api, START + timedelta(days=366)) == 1


def test_a_held_hotspot_keeps_the_patrols_of_windows_that_were_moved_to_it(api: Api, later: datetime) -> None:
    walk(api, "elsewhere", window="WINDOW-1", minutes=1)
    move_window(api.url, named("second"))

    def of_another_hotspot(session: Session) -> None:
        row = session.get_one(TaskingWindow, named("second"))
        row.hotspot_id = named("TGP-2")
        session.add(row)

    change(api.url, of_another_hotspot)
    span = {"from_at": "2026-03-01T00:00:00Z", "to_at": "2026-03-08T00:00:00Z"}
    assert api.put(ADMIN, hold_path(), hold_on("hotspot", "TGP-2", **span)).status_code == 201
    assert gone(api, later) == 0
