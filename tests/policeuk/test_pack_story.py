"""A pack for the website from draft to published, over HTTP: what it says, who decides, and that nothing changes it."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import httpx2 as httpx
import pytest
from sqlmodel import Session, select

from app.areas.models import Team, TeamKind
from app.audit.models import AuditEvent
from app.database.engine import open_engine
from app.database.session import reading
from app.identity.permissions import Role
from tests.conftest import LONG_AGO, SQUARE, Api, named
from tests.people import change, join
from tests.policeuk.recordings import Answers, area, brought_in, event, link, priority

PATH = "/v1/publication-packs"
OFFICER, SERGEANT, SOUTHERNER, COMMANDER, PLANNER, AUDITOR, STRANGER = (
    "4101", "4111", "4112", "4121", "4131", "4133", "7101",
)  # fmt: skip
MONTH = {"from_day": "2026-02-01", "to_day": "2026-02-28"}
HOSTILE = (
    '<p>Noise <b onmouseover="x()">at</b> Mill Lane<script>alert(1)</script> '
    "&lt;img src=x onerror=alert(2)&gt;</p>"
)


@pytest.fixture
def neighbourhood(api: Api) -> Api:
    """The northern LPA as a neighbourhood with a priority and two events, one of which is over."""
    link(api, north="N1")
    brought_in(
        api,
        Answers().add(
            "N1",
            "Mill & Market",
            SQUARE,
            [priority(HOSTILE)],
            [event("Surgery", "2026-07-14T18:00:00"), event("Last month's", "2026-02-14T18:00:00")],
        ),
    )
    return api


def drafted(api: Api, name: str = "pack", who: str = SERGEANT, **other: Any) -> httpx.Response:
    return api.put(who, f"{PATH}/{named(name)}", {"area_id": str(named("NORTH")), **MONTH, **other})


def pack(api: Api, name: str = "pack", who: str = SERGEANT) -> dict[str, Any]:
    found: dict[str, Any] = api.get(who, f"{PATH}/{named(name)}").json()
    return found


def decide(api: Api, who: str, step: str, name: str = "pack", **other: object) -> httpx.Response:
    sha = pack(api, name, PLANNER)["content_sha256"]
    body = {"step": step, "content_sha256": sha, **other}
    return api.put(who, f"{PATH}/{named(name)}/decisions/{named(f'{name} {step} {who}')}", body)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_a_pack_says_it_in_three_forms(neighbourhood: Api) -> None:
    [known] = area(neighbourhood, "NORTH")["priorities"]
    done = {"priority_id": known["id"], "action": "Two <riders> were stopped.", "action_on": "2026-03-01"}
    answer = drafted(neighbourhood, actions=[done])
    assert answer.status_code == 201, answer.text
    data = answer.json()["data"]
    assert data["force"] == {"id": "midshire", "name": "Area FORCE"}
    assert data["neighbourhood"] == {"id": "N1", "name": "Mill & Market"}
    assert data["priorities"] == [
        {
            "issue": "<p>Noise at Mill Lane &lt;img src=x onerror=alert(2)&gt;</p>",
            "issue-date": "2026-02-20T00:00:00",
            "action": "<p>Two &lt;riders&gt; were stopped.</p>",
            "action-date": "2026-03-01T00:00:00",
        }
    ]
    assert data["events"] == [
        {
            "title": "Surgery",
            "type": "meeting",
            "description": None,
            "address": "Library, High Street",
            "start_date": "2026-07-14T18:00:00",
            "end_date": None,
        }
    ]
    assert {"label": "Officer hours in the places we patrol most", "number": 0.0} in data["figures"]
    page = neighbourhood.get(SERGEANT, f"{PATH}/{named('pack')}", format="html")
    assert page.headers["content-type"].startswith("text/html")
    assert page.text.startswith("<p><strong>Not approved for publication.</strong></p>")
    found = Tags()
    found.feed(page.text)
    assert found.tags == {
        "h2", "h3", "h4", "p", "strong", "table", "tbody", "tr", "th", "td", "ul", "li", "br", "small",
    }  # fmt: skip
    assert found.attributes == {"scope"}
    assert "Tuesday 14 July 2026, 18:00" in page.text and "Last month" not in page.text
    text = neighbourhood.get(SERGEANT, f"{PATH}/{named('pack')}", format="text").text
    assert "What we have done (1 March 2026):\nTwo <riders> were stopped." in text
    for form in (page.text, text, json.dumps(data)):
        assert not re.search(r"<script|<img|41\d\d\b", form.replace("<img src=x onerror=alert(2)>", ""))


def test_approved_by_somebody_else_and_then_published(neighbourhood: Api) -> None:
    drafted(neighbourhood)
    assert pack(neighbourhood)["state"] == "DRAFT"
    assert decide(neighbourhood, SERGEANT, "APPROVED").status_code == 403
    assert decide(neighbourhood, COMMANDER, "PUBLISHED").json()["code"] == "pack-step"
    approved = decide(neighbourhood, COMMANDER, "APPROVED")
    assert (approved.status_code, approved.json()["state"]) == (201, "APPROVED")
    [decision] = approved.json()["decisions"]
    assert (decision["collar_number"], decision["decided_at"]) == (COMMANDER, "2026-03-02T18:30:00Z")
    again = decide(neighbourhood, COMMANDER, "APPROVED")
    assert (again.status_code, again.json()) == (200, approved.json())
    html = neighbourhood.get(AUDITOR, f"{PATH}/{named('pack')}", format="html").text
    assert html.startswith("<h2>Policing in Mill &amp; Market</h2>")
    assert decide(neighbourhood, SERGEANT, "PUBLISHED").json()["state"] == "PUBLISHED"


def test_later_figures_are_another_draft_and_what_was_published_is_kept(neighbourhood: Api) -> None:
    drafted(neighbourhood)
    decide(neighbourhood, COMMANDER, "APPROVED")
    first = pack(neighbourhood)
    decide(neighbourhood, COMMANDER, "PUBLISHED")
    neighbourhood.clock.forward(days=1)
    brought_in(neighbourhood, Answers().add("N1", "Mill & Market", SQUARE, [priority("Speeding")]))
    # The same request again says what it said; nothing of what was approved has changed.
    replay = drafted(neighbourhood)
    assert (replay.status_code, replay.json()["data"]) == (200, first["data"])
    assert pack(neighbourhood)["html"] == first["html"]
    assert pack(neighbourhood)["content_sha256"] == first["content_sha256"]

    second = drafted(neighbourhood, "second", COMMANDER).json()
    assert second["data"]["priorities"][0]["issue"] == "<p>Speeding</p>"
    decide(neighbourhood, SERGEANT, "APPROVED", "second")
    decide(neighbourhood, SERGEANT, "PUBLISHED", "second")
    listed = neighbourhood.get(PLANNER, PATH).json()["items"]
    assert [(one["id"], one["state"]) for one in listed] == [
        (str(named("second")), "PUBLISHED"),
        (str(named("pack")), "REPLACED"),
    ]
    assert pack(neighbourhood)["html"] == first["html"]


def headquarters(session: Session) -> None:
    force = named("FORCE")
    session.add(
        Team(
            id=named("HQ"), force_id=force, code="HQ", name="HQ", kind=TeamKind.RESPONSE, area_id=force,
            valid_from=LONG_AGO,
        )
    )  # fmt: skip


def test_what_was_left_out_cannot_be_worked_out_from_two_packs(api: Api) -> None:
    longer, beside = {**MONTH, "from_day": "2026-01-01"}, {"from_day": "2026-01-01", "to_day": "2026-01-31"}
    drafts: dict[str, dict[str, str]] = {
        "longer": longer, "above": {**longer, "area_id": str(named("FORCE"))}, "beside": beside,
        "same": MONTH, "elsewhere": {**longer, "area_id": str(named("SOUTH"))},
    }  # fmt: skip
    change(api.url, headquarters)
    join(api.url, "4140", (Role.COMMANDER,), "HQ")
    drafted(api, "pack", PLANNER)
    for name, said in drafts.items():
        assert drafted(api, name, PLANNER, **said).status_code == 201
    assert decide(api, COMMANDER, "APPROVED", "longer").status_code == 201
    for step in ("APPROVED", "PUBLISHED"):
        assert decide(api, COMMANDER, step).status_code == 201
    # Approved before the other was on the website; of an area that holds this one; whatever becomes of the other.
    late = decide(api, COMMANDER, "PUBLISHED", "longer")
    assert (late.status_code, late.json()["code"]) == (409, "pack-period")
    assert "2026-02-01 to 2026-02-28" in late.json()["detail"]
    assert decide(api, "4140", "APPROVED", "above").json()["code"] == "pack-period"
    assert decide(api, COMMANDER, "WITHDRAWN", reason="A mistake.").status_code == 201
    assert decide(api, COMMANDER, "PUBLISHED", "longer").json()["code"] == "pack-period"
    for name in ("beside", "same", "elsewhere"):
        assert decide(api, "4140", "APPROVED", name).status_code == 201, name
    # It may still be taken back.
    assert decide(api, COMMANDER, "WITHDRAWN", "longer", reason="Nobody can use it.").status_code == 201


def test_taken_back_with_a_reason(neighbourhood: Api) -> None:
    drafted(neighbourhood)
    assert decide(neighbourhood, COMMANDER, "WITHDRAWN").status_code == 422
    assert decide(neighbourhood, COMMANDER, "APPROVED", reason="Fine.").status_code == 422
    assert decide(neighbourhood, COMMANDER, "APPROVED").status_code == 201
    gone = decide(neighbourhood, SERGEANT, "WITHDRAWN", reason="It names a shop.")
    assert (gone.json()["state"], gone.json()["decisions"][-1]["reason"]) == ("WITHDRAWN", "It names a shop.")
    assert decide(neighbourhood, COMMANDER, "PUBLISHED").json()["code"] == "pack-step"


def test_what_was_not_read_is_not_approved(neighbourhood: Api) -> None:
    drafted(neighbourhood)
    body = {"step": "APPROVED", "content_sha256": "0" * 64}
    answer = neighbourhood.put(COMMANDER, f"{PATH}/{named('pack')}/decisions/{named('d')}", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "pack-content")
    assert pack(neighbourhood)["decisions"] == []


@pytest.mark.parametrize(
    ("who", "status"),
    [
        (OFFICER, 403),
        (SERGEANT, 201),
        (SOUTHERNER, 422),
        (COMMANDER, 201),
        (PLANNER, 201),
        (AUDITOR, 403),
        (STRANGER, 422),
    ],
)
def test_who_may_draft_of_the_north(api: Api, who: str, status: int) -> None:
    assert drafted(api, who=who).status_code == status


def test_what_somebody_may_read_elsewhere_they_do_not_draft_there(api: Api) -> None:
    join(api.url, "4139", (Role.SUPERVISOR, Role.AUDITOR), "NORTH-1")
    assert api.get("4139", f"/v1/public-summary/{named('SOUTH')}").status_code == 200
    assert drafted(api, who="4139", area_id=str(named("SOUTH"))).status_code == 422
    assert drafted(api, who="4139").status_code == 201


def test_who_sees_and_decides_elsewhere(api: Api) -> None:
    drafted(api)
    for who in (SOUTHERNER, STRANGER):
        assert api.get(who, f"{PATH}/{named('pack')}").status_code == 404
        assert api.get(who, PATH).json()["items"] == []
        body = {"step": "APPROVED", "content_sha256": pack(api)["content_sha256"]}
        assert api.put(who, f"{PATH}/{named('pack')}/decisions/{named(who)}", body).status_code == 404
    assert decide(api, PLANNER, "APPROVED").status_code == 403


@pytest.mark.parametrize(
    ("other", "pointer"),
    [
        ({"to_day": "2026-03-02"}, "/to_day"),
        ({"from_day": "2026-02-02"}, "/from_day"),
        ({"to_day": "2026-02-27"}, "/to_day"),
        ({"from_day": "2025-02-01"}, "/to_day"),
        ({"from_day": "2026-03-01", "to_day": "2026-02-01"}, "/from_day"),
        (
            {"actions": [{"priority_id": str(named("none")), "action": "Done.", "action_on": "2026-02-27"}]},
            "/actions/0/priority_id",
        ),
        ({"area_id": str(named("OTHER"))}, "/area_id"),
    ],
)
def test_requests_that_make_no_sense(api: Api, other: dict[str, Any], pointer: str) -> None:
    answer = drafted(api, **other)
    assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (422, [pointer])


def test_every_look_and_step_is_logged(api: Api) -> None:
    drafted(api)
    decide(api, COMMANDER, "APPROVED")
    api.get(AUDITOR, PATH)
    engine = open_engine(api.url)
    with reading(engine) as session:
        events = session.exec(
            select(AuditEvent).where(AuditEvent.operation.startswith("publication-pack"))
        ).all()
    engine.dispose()
    assert {one.operation for one in events} == {
        "publication-pack:draft", "publication-pack:read", "publication-pack:approved", "publication-pack:list",
    }  # fmt: skip
    assert all(str(named("pack")) in one.subjects["publication-pack"] for one in events)
