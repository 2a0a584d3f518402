"""A reality check over HTTP: drawn by chance, checked, amended, signed off; and a result that changes afterwards."""

import hmac
from datetime import timedelta
from typing import Any

import httpx2 as httpx
import pytest

from app.audit.models import Action
from app.clock import rfc3339
from app.dip_samples.sampling import Listed, population_hash
from app.identity.permissions import Role
from app.patrols.models import OfficerFirst
from tests.audit.test_events import Log
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START, batch, batch_path, check_in, patrol_path
from tests.patrols.test_reviews_story import patrol as patrol_now
from tests.people import change, join

SAMPLE = f"/v1/dip-samples/{named('sample')}"
SPAN = {"from_at": "2026-03-01T00:00:00Z", "to_at": "2026-03-08T00:00:00Z"}
TEAM = {"team_id": str(named("NORTH-1")), **SPAN}
SETTLED = START + timedelta(days=2)
VIDEO: dict[str, Any] = {"looked_at": ["BODY_WORN_VIDEO"], "body_worn_video_reference": "BWV-77"}


def patrol(api: Api, *spans: tuple[float, float], **other: Any) -> None:
    api.clock.at = START
    patrol_now(api, *spans, **other)


def patrols(api: Api) -> None:
    """Six settled patrols of the team without a window, two kept and one short in the window; one of the sergeant's."""
    for number in range(3):
        patrol(api, (0, 20), name=f"p{number}", window=None, minutes=20)
    patrol(api, (0, 65), name="kept", minutes=65)
    patrol(api, (0, 30), name="short", collar="4102", minutes=30)
    patrol(api, (0, 65), name="sergeant's", collar="4111", minutes=65)
    api.clock.at = SETTLED


def draw(api: Api, collar: str = "4111", path: str = SAMPLE, **asked: Any) -> httpx.Response:
    return api.put(collar, path, {**TEAM, **asked})


def sample(api: Api, collar: str = "4111") -> dict[str, Any]:
    answer = api.get(collar, SAMPLE)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def check(
    api: Api, name: str, patrol: str, outcome: str = "CONFIRMED", collar: str = "4111", **more: Any
) -> httpx.Response:
    body: dict[str, Any] = {
        "patrol_id": str(named(patrol)), "outcome": outcome, "looked_at": ["RADIO_LOG"], "basis": 1, **more,
    }  # fmt: skip
    if outcome != "CONFIRMED":
        body.setdefault("note", "The log has them elsewhere.")
    return api.put(collar, f"{SAMPLE}/checks/{named(name)}", body)


def sign(api: Api, checks: int, collar: str = "4111", **more: Any) -> httpx.Response:
    return api.put(collar, f"{SAMPLE}/sign-off", {"checks": checks, **more})


def of(told: dict[str, Any], patrol: str) -> dict[str, Any]:
    [found] = [each for each in told["patrols"] if each["patrol_id"] == str(named(patrol))]
    return dict(found)


def test_drawn_once_from_everybody_but_oneself_and_provable(api: Api) -> None:
    patrols(api)
    log = Log(api)
    first = draw(api, size=3, purpose="March.")
    assert first.status_code == 201, first.text
    [event] = log.of(first)
    assert (event.action, event.operation) == (Action.COLLECT, "dip-sample:draw")
    told = first.json()
    assert (told["population"], told["drawn"]) == (5, 3)
    again = draw(api, size=3, purpose="March.")
    assert again.status_code == 200
    assert [each["patrol_id"] for each in again.json()["patrols"]] == [
        each["patrol_id"] for each in told["patrols"]
    ]
    assert again.json()["proof"] == told["proof"]
    assert draw(api, size=4).json()["code"] == "conflict"

    listed = api.get("4133", f"{SAMPLE}/population").json()
    entries = listed["entries"]
    everybody = {str(named(name)) for name in ("p0", "p1", "p2", "kept", "short")}
    assert {each["patrol_id"] for each in entries} == everybody
    hashed = [Listed(named(name), 1, status) for name, status in (
        ("p0", "no_window"), ("p1", "no_window"), ("p2", "no_window"), ("kept", "compliant"), ("short", "partial"),
    )]  # fmt: skip
    assert listed["population_hash"] == population_hash(hashed)
    key = bytes.fromhex(listed["seed"])
    lots = sorted(
        (hmac.new(key, named(name).bytes, "sha256").hexdigest(), str(named(name)))
        for name in ("p0", "p1", "p2", "kept", "short")
    )
    assert [each["patrol_id"] for each in told["patrols"]] == [each[1] for each in lots[:3]]
    assert told["proof"]["checked"] is True
    assert told["proof"]["others"] == 0
    draw(api, path=SAMPLE.replace(str(named("sample")), str(named("second"))), size=3)
    assert sample(api)["proof"]["others"] == 1


def test_a_list_that_somebody_changed_shows(api: Api) -> None:
    from app.dip_samples.models import DipSample

    patrols(api)
    draw(api, size=2)

    def tamper(session: Any) -> None:
        row = session.get_one(DipSample, named("sample"))
        row.population = row.population[1:]
        session.add(row)

    change(api.url, tamper)
    assert sample(api)["proof"]["checked"] is False
    assert "Ask who changed it" in api.get("4111", SAMPLE, format="html").text


def test_checked_amended_signed_and_frozen(api: Api) -> None:
    patrols(api)
    strata = [
        {"name": "kept", "statuses": ["compliant"], "size": 1},
        {"name": "rest", "statuses": ["review", "unverified", "partial"], "share_percent": 100},
    ]
    told = draw(api, strata=strata).json()
    assert [(each["stratum"], each["patrol_id"]) for each in told["patrols"]] == [
        ("kept", str(named("kept"))), ("rest", str(named("short"))),
    ]  # fmt: skip
    assert check(api, "c1", "kept", **VIDEO).status_code == 201
    assert check(api, "c1", "kept", **VIDEO).status_code == 200
    assert check(api, "c1", "kept", "DOUBTFUL").json()["code"] == "conflict"
    assert sign(api, 1).status_code == 422
    assert check(api, "c2", "short", "DOUBTFUL").status_code == 201
    assert check(api, "c3", "short", "NOT_SUPPORTED").json()["code"] == "basis-changed"
    amended = check(api, "c3", "short", "NOT_SUPPORTED", replaces=str(named("c2")), **VIDEO)
    assert amended.status_code == 201, amended.text
    short = of(amended.json(), "short")
    assert [(each["number"], each["outcome"], each["standing"]) for each in short["checks"]] == [
        (1, "DOUBTFUL", False), (2, "NOT_SUPPORTED", True),
    ]  # fmt: skip
    assert short["links"]["review"] == f"{patrol_path('short')}/reviews"
    assert of(amended.json(), "kept")["links"]["review"] is None
    # It changes no result.
    assert api.get("4111", patrol_path("short")).json()["result"]["status"] == "partial"
    assert sign(api, 2).json()["code"] == "basis-changed"
    signed = sign(api, 3, note="Talked it over.")
    assert signed.status_code == 200, signed.text
    assert (signed.json()["signed_by_collar_number"], signed.json()["checked"]) == ("4111", 2)
    assert sign(api, 3, note="Talked it over.").status_code == 200
    assert sign(api, 3).json()["code"] == "signed-off"
    assert check(api, "c9", "kept", "DOUBTFUL", replaces=str(named("c1"))).json()["code"] == "signed-off"
    report = sample(api)["report"]
    [kept, rest] = report["strata"]
    assert (kept["error"]["errors"], kept["error"]["of"], rest["error"]["errors"]) == (0, 1, 1)
    assert rest["error"]["in_words"].startswith("1 of 1 checked (100%)")
    # One of one and one of one: the same chance, so they may be told together.
    assert report["together"]["error"]["of"] == 2


def test_what_is_left_needs_a_reason(api: Api) -> None:
    patrols(api)
    draw(api, size=5)
    assert sign(api, 0).json()["errors"][0]["pointer"] == "/unchecked_reason"
    signed = sign(api, 0, unchecked_reason="No footage is held any more.")
    assert signed.json()["unchecked_reason"] == "No footage is held any more."


def test_a_result_that_changes_is_shown_beside_what_was_drawn(api: Api) -> None:
    patrols(api)
    draw(api, size=5)
    assert (
        api.put(
            "4102", batch_path("more", "short"), {**batch(9, 30, 0.5), "device_id": str(named("phone-4102"))}
        ).status_code
        == 201
    )
    assert api.put("4101", f"{patrol_path('p0')}/void", {"reason": "By mistake."}).status_code == 201
    told = sample(api)
    short, mistake, kept = (of(told, name) for name in ("short", "p0", "kept"))
    assert (short["drawn"]["assessment_number"], short["drawn"]["status"]) == (1, "partial")
    assert (mistake["changed"], mistake["voided"], kept["changed"]) == (True, True, False)
    assert "Its officer took it back since it was drawn." in mistake["look_at"]
    assert any("have changed since" in note for note in told["notes"])
    assert len(told["patrols"]) == 5


def test_nobody_checks_their_own_nor_their_equals(api: Api) -> None:
    join(api.url, "6114", (Role.OFFICER, Role.SUPERVISOR), "NORTH-1")
    patrols(api)
    # The chief superintendent draws: the sergeant's patrol is among them.
    assert draw(api, "4121", size=10).json()["population"] == 6
    own = check(api, "own", "sergeant's")
    assert (own.status_code, own.json()["code"]) == (403, "forbidden")
    assert of(sample(api), "sergeant's")["why_not"] == "own"
    assert check(api, "rank", "kept", collar="6114").status_code == 403
    assert sign(api, 0, unchecked_reason="None.").status_code == 403
    assert check(api, "above", "sergeant's", collar="4121").status_code == 201
    assert sign(api, 1, "4121", unchecked_reason="Only one was wanted.").status_code == 200


def test_what_somebody_above_found_is_not_amended_from_below(api: Api) -> None:
    patrols(api)
    draw(api, size=5)
    found = check(api, "above", "short", "NOT_SUPPORTED", collar="4121")
    assert found.status_code == 201, found.text
    milder = check(api, "below", "short", replaces=str(named("above")))
    assert (milder.status_code, milder.json()["code"]) == (403, "forbidden")
    told = of(sample(api), "short")
    assert (told["may_check"], told["why_not"]) == (False, "decided_above")
    assert [each["outcome"] for each in told["checks"]] == ["NOT_SUPPORTED"]
    assert check(api, "again", "short", collar="4121", replaces=str(named("above"))).status_code == 201


def test_only_what_is_settled_and_told_may_be_drawn(api: Api) -> None:
    patrols(api)
    api.clock.at = START + timedelta(hours=5)
    assert draw(api, size=3).json()["code"] == "nothing-to-draw"
    assert api.get("4111", SAMPLE).status_code == 404
    api.clock.at = SETTLED
    open_now = check_in(None, checked_in_at=rfc3339(SETTLED - timedelta(minutes=5)))
    assert api.put("4101", patrol_path("open"), open_now).status_code == 201
    held = OfficerFirst(patrol_id=named("kept"), until_at=SETTLED + timedelta(hours=1))
    change(api.url, lambda session: session.add(held))
    assert draw(api, size=9).json()["population"] == 4


def test_another_teams_is_not_there(api: Api) -> None:
    patrols(api)
    draw(api, size=3)
    for stranger in ("4112", "7101"):
        assert api.get(stranger, SAMPLE).status_code == 404
        assert check(api, "x", "kept", collar=stranger).status_code == 404
        assert sign(api, 0, stranger, unchecked_reason="None.").status_code == 404
        assert api.get(stranger, "/v1/dip-samples").json()["items"] == []
    theirs = draw(api, "4112", path=f"/v1/dip-samples/{named('theirs')}", size=3)
    assert (theirs.status_code, theirs.json()["errors"][0]["pointer"]) == (422, "/team_id")
    area: dict[str, Any] = {"team_id": None, "area_id": str(named("NORTH"))}
    # An area is drawn from by who leads it.
    assert (
        draw(api, path=f"/v1/dip-samples/{named('a')}", size=3, **area).json()["errors"][0]["pointer"]
        == "/area_id"
    )
    assert draw(api, "4121", path=f"/v1/dip-samples/{named('a')}", size=3, **area).status_code == 201
    assert [each["id"] for each in api.get("4111", "/v1/dip-samples").json()["items"]] == [
        str(named("sample"))
    ]


def test_an_auditor_reads_it_without_names(api: Api) -> None:
    patrols(api)
    draw(api, size=5)
    told = sample(api, "4133")
    assert {each["collar_number"] for each in told["patrols"]} == {None}
    assert {each["may_check"] for each in told["patrols"]} == {False}
    assert of(sample(api), "kept")["collar_number"] == "4101"


def test_officers_read_what_is_said_of_their_own_once_it_is_signed(api: Api) -> None:
    patrol(api, (0, 65), name="kept", minutes=65, crew=[{"collar_number": "4102"}])
    patrol(api, (0, 30), name="other", collar="4102", window=None, minutes=30)
    api.clock.at = SETTLED
    draw(api, size=5)
    check(api, "c1", "kept", "DOUBTFUL", note="The log has them at the station.")
    own = "/v1/me/dip-checks"
    assert api.get("4101", own).json()["items"] == []
    sign(api, 1, unchecked_reason="Footage of the other is gone.")
    [mine] = api.get("4101", own).json()["items"]
    assert (mine["patrol_id"], mine["outcome_label"], mine["note"], mine["signed_by_collar_number"]) == (
        str(named("kept")), "doubtful", "The log has them at the station.", "4111",
    )  # fmt: skip
    assert {each["outcome_label"] for each in api.get("4102", own).json()["items"]} == {
        "doubtful",
        "not checked",
    }
    for other in ("4111", "4103", "4121", "7101"):
        assert api.get(other, own).json()["items"] == []
    said = {"kind": "DISPUTE", "text": "We were there; ask the shopkeeper."}
    assert api.put("4101", f"{mine['explanations']}/{named('said')}", said).status_code == 201


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({}, "/size"),
        ({"size": 3, "share_percent": 5}, "/size"),
        ({"size": 3, "area_id": str(named("NORTH"))}, "/team_id"),
        ({"size": 3, "to_at": SPAN["from_at"]}, "/from_at"),
        ({"size": 3, "strata": [{"name": "a", "statuses": ["review"], "size": 1}]}, "/size"),
        ({"strata": [{"name": "a", "statuses": ["review"]}]}, "/strata/0/size"),
        (
            {"strata": [{"name": n, "statuses": ["review"], "size": 1} for n in "ab"]},
            "/strata/1/statuses",
        ),
        ({"strata": [{"name": "a", "statuses": ["in_progress"], "size": 1}]}, "/strata/0/statuses/0"),
        ({"size": 0}, "/size"),
    ],
)  # fmt: skip
def test_a_drawing_that_makes_no_sense_is_refused(api: Api, asked: dict[str, Any], pointer: str) -> None:
    api.clock.at = SETTLED
    answer = draw(api, **asked)
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"looked_at": []}, "/looked_at"),
        ({"looked_at": ["TEA_LEAVES"]}, "/looked_at"),
        ({"looked_at": ["BODY_WORN_VIDEO"]}, "/body_worn_video_reference"),
        ({"body_worn_video_reference": "BWV-1"}, "/body_worn_video_reference"),
        ({"outcome": "DOUBTFUL"}, "/note"),
        ({"patrol_id": str(named("nobody's"))}, "/patrol_id"),
    ],
)
def test_a_check_says_what_was_looked_at(api: Api, more: dict[str, Any], pointer: str) -> None:
    patrols(api)
    draw(api, size=5)
    body = {
        "patrol_id": str(named("kept")),
        "outcome": "CONFIRMED",
        "looked_at": ["RADIO_LOG"],
        "basis": 1,
        **more,
    }
    answer = api.put("4111", f"{SAMPLE}/checks/{named('c')}", body)
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer], answer.text
    assert "TEA_LEAVES" not in answer.text


def test_page_and_table(api: Api) -> None:
    patrols(api)
    draw(api, size=5, purpose="<b>March</b>")
    check(api, "c1", "kept", **VIDEO)
    page = api.get("4111", SAMPLE, format="html").text
    assert "OFFICIAL-SENSITIVE" in page and "&lt;b&gt;March" in page and "<b>March" not in page
    for said in (
        "Reality check: Team NORTH-1",
        "body-worn video (BWV-77)",
        "the same patrols",
        "not checked yet",
    ):
        assert said in page
    table = api.get("4111", SAMPLE, format="csv").text
    assert len(table.strip().split("\r\n")) == 6
    assert "BWV-77" in table
