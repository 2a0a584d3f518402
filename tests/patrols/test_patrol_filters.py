"""What a supervisor looks for in the list of patrols: those of an area, those somebody should look at."""

from datetime import timedelta

from app.areas.kinds import AreaKind
from app.areas.models import Area, AreaAncestor
from tests.compliance.test_window_compliance import MONDAY, assessment, keep, patrol
from tests.conftest import LONG_AGO, Api, named

TAKEN_BACK = {"reason": "Checked in by mistake."}


def seen(api: Api, collar: str, **filters: object) -> list[str]:
    answer = api.get(collar, "/v1/patrols", **filters)
    assert answer.status_code == 200, answer.text
    names = {str(named(name)): name for name in ("clean", "flagged", "once flagged", "open")}
    return sorted(names[each["id"]] for each in answer.json()["patrols"])


def prepare(api: Api) -> None:
    """Four patrols of North, one of them flagged, one flagged until it was judged again, one still open."""
    ward = named("WARD")
    keep(
        api,
        Area(
            id=ward, force_id=named("FORCE"), parent_id=named("NORTH"), kind=AreaKind.WARD, code="WARD",
            name="Ward", valid_from=LONG_AGO,
        ),
        *(AreaAncestor(area_id=ward, ancestor_id=above) for above in (ward, named("NORTH"), named("FORCE"))),
    )  # fmt: skip
    for number, name in enumerate(("clean", "flagged", "once flagged", "open")):
        row = patrol(name, "WINDOW-1", MONDAY + timedelta(minutes=number))
        row.team_id, row.area_id = named("NORTH-1"), ward if name == "clean" else named("NORTH")
        keep(api, row)
    first, again = (assessment("once flagged", "WINDOW-1", version) for version in ("2026-01", "2026-02"))
    first.asks_review, first.superseded_at = True, MONDAY
    again.id, again.number = named("again"), 2
    flagged = assessment("flagged", "WINDOW-1", "2026-01")
    flagged.asks_review = True
    keep(api, assessment("clean", "WINDOW-1", "2026-01"), flagged, first, again)
    api.clock.at = MONDAY + timedelta(hours=3)


def test_a_supervisor_finds_what_somebody_should_look_at(api: Api) -> None:
    prepare(api)
    everything = ["clean", "flagged", "once flagged", "open"]
    assert seen(api, "4111") == everything
    assert seen(api, "4111", check_needed="true") == ["flagged"]
    assert seen(api, "4111", check_needed="false") == ["clean", "once flagged", "open"]
    assert seen(api, "4112", check_needed="true") == []


def test_nobody_need_look_at_a_patrol_that_was_taken_back(api: Api) -> None:
    prepare(api)
    officer = api.get("4111", f"/v1/patrols/{named('flagged')}").json()["collar_number"]
    assert api.put(officer, f"/v1/patrols/{named('flagged')}/void", TAKEN_BACK).status_code == 201
    assert seen(api, "4111", check_needed="true") == []
    assert "flagged" in seen(api, "4111", check_needed="false")


def test_an_area_is_everything_below_it(api: Api) -> None:
    prepare(api)
    assert len(seen(api, "4121", area_id=named("NORTH"))) == 4
    assert seen(api, "4121", area_id=named("WARD")) == ["clean"]
    assert seen(api, "4121", area_id=named("SOUTH")) == []
    assert seen(api, "4112", area_id=named("FORCE")) == []
    assert seen(api, "4111", area_id=named("WARD"), check_needed="true") == []
