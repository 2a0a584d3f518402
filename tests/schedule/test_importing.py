"""A file of tasking windows: what it makes, what it changes, and what it may not."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import select

from app.audit.models import AuditEvent
from app.database.engine import open_engine
from app.database.session import reading
from tests.conftest import Api, named

PLANNER, ADMIN, SERGEANT = "4131", "4134", "4111"
HEADER = "id,hotspot_code,team_code,starts_at,ends_at,required_minutes,collar_numbers"
FIRST, SECOND = str(named("first row")), str(named("second row"))
ROWS = (
    f"{FIRST},TGP-1,NORTH-1,2026-03-03T19:00:00Z,2026-03-03T21:00:00Z,60,4101;4102",
    f"{SECOND},TGP-2,SOUTH-1,2026-03-29T00:30:00+00:00,,45,",
)


def bring(api: Api, *rows: str, header: str = HEADER, collar: str = PLANNER, dry_run: bool = False) -> Any:
    return api.client.post(
        "/v1/imports/tasking-windows",
        params={"dry_run": dry_run},
        content="\n".join([header, *rows, ""]).encode(),
        headers=api.as_officer(collar, **{"Content-Type": "text/csv"}),
    )


def window(api: Api, window_id: str) -> dict[str, Any]:
    answer = api.get(PLANNER, f"/v1/tasking-windows/{window_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def counts(answer: Any) -> tuple[int, int, int, int]:
    told = answer.json()["counts"]
    return told["new"], told["changed"], told["unchanged"], told["warnings"]


def findings(answer: Any) -> list[tuple[int, str, str]]:
    told = answer.json()
    return [(one["row"], one["column"], one["code"]) for one in told["findings"]]


def test_a_file_makes_published_windows(api: Api) -> None:
    tried = bring(api, *ROWS, dry_run=True)
    assert (tried.status_code, counts(tried)) == (200, (2, 0, 0, 0))
    assert api.get(PLANNER, f"/v1/tasking-windows/{FIRST}").status_code == 404
    done = bring(api, *ROWS)
    assert (done.status_code, counts(done)) == (200, (2, 0, 0, 0)), done.text
    first, second = window(api, FIRST), window(api, SECOND)
    assert (first["state"], first["published_at"]) == ("PUBLISHED", "2026-03-02T18:30:00Z")
    assert [officer["collar_number"] for officer in first["officers"]] == ["4101", "4102"]
    # Two real hours over the night the clocks go forward.
    assert (second["ends_at"], second["required_minutes"]) == ("2026-03-29T02:30:00Z", 45)
    assert [change["change"] for change in first["changes"]] == ["made"]


def test_the_same_rows_again_change_nothing(api: Api) -> None:
    bring(api, *ROWS)
    same = ROWS[1].replace("2026-03-29T00:30:00+00:00", "2026-03-29T01:30:00+01:00")
    assert counts(bring(api, same, ROWS[0].replace("4101;4102", "4102; 4101"))) == (0, 0, 2, 0)
    assert window(api, FIRST)["revision"] == 1


def test_a_file_may_re_roster_but_not_move(api: Api) -> None:
    bring(api, *ROWS)
    assert counts(bring(api, ROWS[0].replace("4101;4102", "4101"))) == (0, 1, 0, 0)
    changed = window(api, FIRST)
    assert [officer["collar_number"] for officer in changed["officers"]] == ["4101"]
    assert [change["changed_by"] for change in changed["changes"]] == [PLANNER, PLANNER]
    # The file as it was first: what it says has been changed since, and stays changed.
    assert counts(bring(api, *reversed(ROWS))) == (0, 0, 2, 1)
    assert window(api, FIRST)["revision"] == 2
    moved = bring(api, ROWS[0].replace("T19:00", "T20:00"))
    assert (moved.status_code, moved.json()["errors"][0]["code"]) == (422, "move-instead"), moved.text


def test_windows_that_have_begun_are_taken_and_said(api: Api) -> None:
    api.clock.at = datetime(2026, 3, 3, 19, 30, tzinfo=UTC)
    brought = bring(api, *ROWS)
    assert counts(brought) == (2, 0, 0, 1)
    assert findings(brought) == [(1, "starts_at", "begun")]
    # Said once: what was published before is not said again.
    assert findings(bring(api, ROWS[0])) == []


def test_a_window_called_off_since_is_left_as_it_is(api: Api) -> None:
    bring(api, *ROWS)
    api.put(PLANNER, f"/v1/tasking-windows/{FIRST}/cancel", {"reason": "March route changed."})
    again = bring(api, ROWS[0])
    assert counts(again) == (0, 0, 1, 1)
    assert findings(again) == [(1, "id", "changed-since")]
    other = bring(api, ROWS[0].replace(",60,", ",30,"), dry_run=True)
    assert findings(other) == [(1, "id", "window-fixed")]


@pytest.mark.parametrize(
    ("was", "becomes", "finding"),
    [
        ("TGP-1", "TGP-9", ("hotspot_code", "hotspot-unknown")),
        ("NORTH-1", "OTHER-1", ("team_code", "team-unknown")),
        ("4101;4102", "4101;7101", ("collar_numbers", "officer-unknown")),
        (",60,", ",121,", ("required_minutes", "longer-than-window")),
        ("2026-03-03T21:00:00Z", "2026-03-03T19:00:00Z", ("ends_at", "not-after-start")),
        ("2026-03-03T19:00:00Z", "2026-03-03T19:00:00", ("starts_at", "value")),
        ("2026-03-03", "2024-03-03", ("hotspot_code", "hotspot-unknown")),
        (FIRST, "1", ("id", "value")),
    ],
)
def test_one_faulty_row_stops_the_file(api: Api, was: str, becomes: str, finding: tuple[str, str]) -> None:
    rows = (ROWS[1], ROWS[0].replace(was, becomes))
    tried = bring(api, *rows, dry_run=True)
    assert (2, *finding) in findings(tried)
    refused = bring(api, *rows)
    assert refused.status_code == 422
    assert api.get(PLANNER, f"/v1/tasking-windows/{SECOND}").status_code == 404


def test_a_row_stands_once_and_a_draft_may_be_brought_in(api: Api) -> None:
    assert (2, "id", "repeated") in findings(bring(api, ROWS[0], ROWS[0], dry_run=True))
    draft = f"{uuid4()},TGP-1,NORTH-1,2026-03-05T19:00:00Z,PLANNED"
    done = bring(api, draft, header="id,hotspot_code,team_code,starts_at,state")
    assert counts(done) == (1, 0, 0, 0)
    assert window(api, draft.partition(",")[0])["state"] == "PLANNED"


def test_who_may_bring_windows_in_and_that_it_is_logged(api: Api) -> None:
    assert bring(api, *ROWS, collar=SERGEANT).status_code == 403
    assert bring(api, *ROWS, collar=ADMIN).status_code == 200
    engine = open_engine(api.url)
    with reading(engine) as session:
        events = session.exec(
            select(AuditEvent).where(AuditEvent.operation == "imports.tasking-windows.commit")
        ).all()
    engine.dispose()
    (event,) = events
    assert event.subjects["window"] == sorted([FIRST, SECOND])
    assert event.subjects["officer"] == sorted(str(named(collar)) for collar in ("4101", "4102"))
