"""Answers about places: the caller's force only, filters, pages, and one 404 for unknown and unseen."""

import pytest

from tests.conftest import Api, named

CONSTABLE = "4101"


def codes(api: Api, path: str, **params: object) -> list[str]:
    answer = api.get(CONSTABLE, path, **params)
    assert answer.status_code == 200, answer.json()
    return [one["code"] for one in answer.json()["items"]]


def test_areas_of_the_own_force(api: Api) -> None:
    assert codes(api, "/v1/areas") == ["FORCE", "NORTH", "SOUTH"]
    assert codes(api, "/v1/areas", kind="LPA") == ["NORTH", "SOUTH"]
    assert codes(api, "/v1/areas", parent_id=str(named("NORTH"))) == []
    assert codes(api, "/v1/areas", parent_id=str(named("FORCE"))) == ["NORTH", "SOUTH"]
    seen = api.get(CONSTABLE, f"/v1/areas/{named('NORTH')}").json()
    assert ([one["code"] for one in seen["above"]], seen["boundary"]) == (["FORCE"], None)


def test_teams_of_an_area_and_below(api: Api) -> None:
    assert codes(api, "/v1/teams") == ["NORTH-1", "SOUTH-1"]
    assert codes(api, "/v1/teams", area_id=str(named("FORCE"))) == ["NORTH-1", "SOUTH-1"]
    assert codes(api, "/v1/teams", area_id=str(named("SOUTH"))) == ["SOUTH-1"]


def test_hotspots_on_a_day(api: Api) -> None:
    assert codes(api, "/v1/hotspots") == ["TGP-1", "TGP-2"]
    assert codes(api, "/v1/hotspots", day="2024-12-31") == []
    assert codes(api, "/v1/hotspots", kind="TGP_ASB") == []
    assert codes(api, "/v1/hotspots", area_id=str(named("SOUTH"))) == ["TGP-2"]
    seen = api.get(CONSTABLE, f"/v1/hotspots/{named('TGP-1')}").json()
    assert seen["boundary"]["geometry"]["type"] == "MultiPolygon"
    assert seen["briefing"]["why_here"] == "Robberies of young people after school."


@pytest.mark.parametrize("path", ["areas/{}", "hotspots/{}", "hotspots/{}/boundaries"])
@pytest.mark.parametrize("place", ["OTHER", "nowhere"])
def test_unseen_and_unknown_are_the_same(api: Api, path: str, place: str) -> None:
    answer = api.get(CONSTABLE, f"/v1/{path.format(named(place))}")
    body = answer.json()
    assert (answer.status_code, body["code"]) == (404, "not-found")
    assert body["detail"] == "There is nothing at this address that you may see."


def test_pages_hold_every_row_once(api: Api) -> None:
    first = api.get(CONSTABLE, "/v1/areas", limit=2).json()
    second = api.get(CONSTABLE, "/v1/areas", limit=2, cursor=first["next_cursor"]).json()
    assert [one["code"] for one in first["items"] + second["items"]] == ["FORCE", "NORTH", "SOUTH"]
    assert second["next_cursor"] is None


def test_the_intelligence_desk_may_read_hotspots_and_not_people(api: Api) -> None:
    assert api.get("4132", "/v1/hotspots").status_code == 200
    assert api.get("4132", "/v1/officers").status_code == 403
