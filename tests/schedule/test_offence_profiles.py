"""Analysts and planners ask when offences happen: numbers, sentences and a drawing, of the places as they stood."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid5
from xml.etree import ElementTree

import httpx2 as httpx
import pytest
from shapely import MultiPolygon, box
from sqlmodel import select

from app.areas.kinds import HotspotKind
from app.areas.models import Hotspot, HotspotBoundary
from app.audit.models import AuditEvent
from app.database.engine import open_engine
from app.database.session import reading, transaction
from app.schedule.offence_queries import profiles
from tests.conftest import LONG_AGO, Api, named
from tests.schedule.test_offence_importing import HEADER, INTEL, PLANNER, SERGEANT, bring

PLACES = "/v1/offence-profiles"
ONE, TWO = named("TGP-1"), named("TGP-2")
# Monday 2 March 2026 is the small force's today.
IN_ONE, IN_TWO, NOWHERE = "-1.895,52.483,", "-1.880,52.483,", "-1.950,52.483,"


def offence(number: int, began: str, where: str, ended: str = "", harm: str = ",") -> str:
    return f"R-{number},X,{began},{ended},{where},{harm}"


def fridays(count: int, where: str, first: int = 0) -> list[str]:
    """Offences on a Friday between ten and eleven at night."""
    return [
        offence(first + at, f"2026-02-{6 + 7 * (at % 3):02} 22:{at % 60:02}", where) for at in range(count)
    ]


def detail(api: Api, hotspot: Any = ONE, **asked: Any) -> dict[str, Any]:
    answer = api.get(INTEL, f"{PLACES}/{hotspot}", **asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def listed(api: Api, **asked: Any) -> dict[str, Mapping[str, Any]]:
    answer = api.get(PLANNER, PLACES, **asked)
    assert answer.status_code == 200, answer.text
    return {one["hotspot_code"]: one for one in answer.json()["items"]}


def test_a_week_in_numbers(api: Api) -> None:
    assert bring(api, *fridays(30, IN_ONE), *fridays(5, NOWHERE, 50)).status_code == 200
    told = detail(api)
    summary = told["summary"]
    assert (summary["offences"], summary["own_weight"], summary["few_offences"]) == (30, 30.0, False)
    assert (summary["borrowed_from"], summary["borrowed"]) == ("force", 0.4)
    assert (told["force_offences"], told["from_day"], told["until_day"]) == (35, "2025-03-02", "2026-03-02")
    week = [hour for day in told["days_of_week"] for hour in day["hours"]]
    assert (len(week), sum(week)) == (168, pytest.approx(1))
    friday = told["days_of_week"][4]
    assert (friday["day"], friday["hours"].index(max(friday["hours"])), told["hour_labels"][22]) == (
        "Friday",
        22,
        "22:00",
    )
    # Six parts in ten of its own, a fifth of the rest from the five elsewhere, and the rest any hour.
    assert max(week) == pytest.approx(0.6 + 0.4 * 0.2 + 0.4 * 0.8 / 168)
    assert told["hour_shares"][22] == pytest.approx(sum(day["hours"][22] for day in told["days_of_week"]))
    best = told["best_starts"]
    assert [(one["day"], one["starts"], one["ends"]) for one in best[:1]] == [("Friday", "21:00", "23:00")]
    assert (len(best), best[0], best[0]["share"]) == (
        5,
        summary["best_start"],
        pytest.approx(max(week) + 0.32 / 168),
    )
    assert summary["says"].startswith("Rests on 30 offences here; 40 % is borrowed from the whole force")


def test_the_list_shows_who_borrows_what(api: Api) -> None:
    bring(api, *fridays(30, IN_ONE), *[offence(90 + at, "2026-02-11 12:30", IN_TWO) for at in range(5)])
    told = listed(api)
    assert [told[code]["offences"] for code in ("TGP-1", "TGP-2")] == [30, 5]
    thin = told["TGP-2"]
    assert (thin["borrowed_from"], thin["borrowed"], thin["few_offences"]) == ("category", 0.8, True)
    assert thin["says"] == (
        "Rests on 5 offences here; 80 % is borrowed from other hotspots of its kind (TGP area: violence). "
        "Fewer than 20 offences: a hint, not a pattern."
    )
    assert api.get(INTEL, thin["profile"]).json()["summary"]["hotspot_code"] == "TGP-2"
    assert api.get(INTEL, thin["heat_map"]).headers["Content-Type"] == "image/svg+xml"
    page = api.get(PLANNER, PLACES, limit=1).json()
    assert [one["hotspot_code"] for one in page["items"]] == ["TGP-1"]
    rest = api.get(PLANNER, PLACES, limit=1, cursor=page["next_cursor"]).json()
    assert ([one["hotspot_code"] for one in rest["items"]], rest["next_cursor"]) == (["TGP-2"], None)


def test_before_there_are_any_offences(api: Api) -> None:
    told = detail(api)
    assert (told["summary"]["borrowed_from"], told["summary"]["best_start"], told["best_starts"]) == (
        "uniform",
        None,
        [],
    )
    assert "every hour counts alike" in told["summary"]["says"]
    assert "Framed" not in api.get(INTEL, f"{PLACES}/{ONE}", format="svg").text


def test_only_the_days_asked_for_count(api: Api) -> None:
    # London's days: 00:30 on 1 July in London is still 30 June in UTC.
    bring(
        api,
        offence(1, "2025-07-01 00:30", IN_ONE),
        offence(2, "2025-07-01 23:59", IN_ONE),
        offence(3, "2025-07-02 00:00", IN_ONE),
    )
    counted = {
        (until, days): detail(api, until=until, days=days)["summary"]["offences"]
        for until, days in (("2025-07-02", 1), ("2025-07-03", 1), ("2025-07-01", 1), ("2025-07-03", 2))
    }
    assert list(counted.values()) == [2, 1, 0, 3]


def test_what_a_corrected_or_cancelled_offence_said_before_counts_no_more(api: Api) -> None:
    bring(api, *fridays(2, IN_ONE))
    bring(api, offence(0, "2026-02-04 03:00", IN_ONE))
    assert detail(api)["summary"]["offences"] == 2
    assert max(detail(api)["days_of_week"][2]["hours"]) > 0.04
    bring(api, f"{offence(1, '2026-02-13 22:01', IN_ONE)},true", header=f"{HEADER},cancelled")
    assert detail(api)["summary"]["offences"] == 1


def test_a_span_of_more_than_a_week_is_left_out_and_said(api: Api) -> None:
    bring(api, *fridays(1, IN_ONE), offence(7, "2026-02-01 00:00", IN_ONE, "2026-02-10 00:00"))
    summary = detail(api)["summary"]
    assert (summary["offences"], summary["left_out"]) == (1, 1)
    assert "Left out: 1 offence whose time is not known to within a week." in summary["says"]


def test_harm_weighs_and_schemes_that_do_not_go_together_are_said(api: Api) -> None:
    bring(
        api,
        offence(1, "2026-02-06 22:30", IN_ONE, harm="1000,CHI 2020"),
        *[offence(2 + at, "2026-02-04 12:30", IN_ONE, harm="10,CHI 2020") for at in range(9)],
        offence(50, "2026-02-04 12:30", IN_ONE),
    )
    by_number, by_harm = detail(api), detail(api, harm="true")
    assert [told["summary"]["best_start"]["day"] for told in (by_number, by_harm)] == ["Wednesday", "Friday"]
    assert (by_number["summary"]["own_weight"], by_harm["summary"]["own_weight"]) == (11.0, 1090.0)
    assert (by_harm["summary"]["without_weight"], by_number["summary"]["without_weight"]) == (1, 0)
    assert (by_number["harm_schemes"], by_harm["harm_schemes"], by_harm["warnings"]) == ([], ["CHI 2020"], [])
    bring(api, offence(60, "2026-02-04 12:30", IN_TWO, harm="3,ONS 2023"))
    (warning,) = detail(api, harm="true")["warnings"]
    assert "CHI 2020, ONS 2023" in warning
    assert warning in " ".join(picture(api, harm="true").itertext())


def test_without_any_weights_harm_says_so(api: Api) -> None:
    bring(api, *fridays(3, IN_ONE))
    told = detail(api, harm="true")
    assert (told["summary"]["without_weight"], told["warnings"]) == (
        3,
        ["No offence in these days has a harm weight: ask without harm."],
    )


def test_a_named_hotspot_needs_no_point_and_both_count_once(api: Api) -> None:
    bring(api, offence(1, "2026-02-06 22:30", ",,TGP-1"), offence(2, "2026-02-06 22:30", f"{IN_ONE}TGP-1"))
    assert detail(api)["summary"]["offences"] == 2


def change(api: Api, *rows: Hotspot | HotspotBoundary) -> None:
    engine = open_engine(api.url)
    with transaction(engine) as session:
        for row in rows:
            session.add(row)
            session.flush()
    engine.dispose()


def boundary(
    hotspot: str, version: int, bounds: tuple[float, float, float, float], since: date
) -> HotspotBoundary:
    return HotspotBoundary(
        id=uuid5(named(hotspot), f"b{version}"), hotspot_id=named(hotspot), version=version,
        geometry=MultiPolygon([box(*bounds)]), area_m2=1.0, source_crs="EPSG:4326", valid_from=since,
        imported_at=datetime(2025, 1, 1, tzinfo=UTC),
    )  # fmt: skip


def test_the_outline_of_the_offences_day_decides(api: Api) -> None:
    # From 15 February the hotspot lies where nothing was before.
    change(api, boundary("TGP-1", 2, (-1.951, 52.482, -1.949, 52.484), date(2026, 2, 15)))
    bring(
        api,
        offence(1, "2026-02-14 23:59", IN_ONE), offence(2, "2026-02-15 00:00", IN_ONE),
        offence(3, "2026-02-14 23:59", NOWHERE), offence(4, "2026-02-15 00:00", NOWHERE),
        offence(5, "2024-12-30 10:00", IN_ONE),
    )  # fmt: skip
    told = detail(api, days=700)
    # The fifth is from before it was first drawn: its first outline stands.
    assert told["summary"]["offences"] == 3
    saturday, sunday = (told["days_of_week"][day]["hours"] for day in (5, 6))
    assert (saturday.index(max(saturday)), sunday.index(max(sunday))) == (23, 0)


def test_overlapping_hotspots_both_have_an_offence(api: Api) -> None:
    over = Hotspot(
        id=named("ASB-1"), force_id=named("FORCE"), code="ASB-1", name="Over both", kind=HotspotKind.TGP_ASB,
        area_id=named("NORTH"), valid_from=LONG_AGO,
    )  # fmt: skip
    change(api, over, boundary("ASB-1", 1, (-1.90, 52.48, -1.87, 52.49), LONG_AGO))
    bring(api, offence(1, "2026-02-06 22:30", IN_ONE), offence(2, "2026-02-06 22:30", IN_TWO))
    assert {code: one["offences"] for code, one in listed(api).items()} == {
        "ASB-1": 2,
        "TGP-1": 1,
        "TGP-2": 1,
    }


def picture(api: Api, **asked: Any) -> ElementTree.Element:
    answer = api.get(INTEL, f"{PLACES}/{ONE}", format="svg", **asked)
    assert answer.status_code == 200, answer.text
    return ElementTree.fromstring(answer.text)  # noqa: S314 - our own drawing


def test_the_drawing_says_what_the_numbers_say(api: Api) -> None:
    bring(api, *fridays(30, IN_ONE))
    said = " ".join(picture(api).itertext())
    told = detail(api)
    assert "Hotspot TGP-1 (TGP-1)" in said
    assert "Offences from 2 March 2025 to 1 March 2026." in said
    assert told["summary"]["says"] in said
    assert "Friday 21:00 to 23:00" in said


def test_either_way_of_asking_for_the_drawing(api: Api) -> None:
    def asked(accept: str, **params: str) -> httpx.Response:
        headers = api.as_officer(INTEL, Accept=accept)
        return api.client.get(f"{PLACES}/{ONE}", headers=headers, params=params)

    assert asked("image/svg+xml").headers["Content-Type"] == "image/svg+xml"
    assert asked("image/svg+xml", format="json").headers["Content-Type"] == "application/json"
    drawn = asked("*/*", format="svg")
    assert (drawn.headers["Cache-Control"], drawn.headers["Vary"]) == ("no-store", "Accept, Authorization")
    assert "script" not in drawn.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "asked",
    [{"until": "1772445600"}, {"until": "2026-02-30"}, {"until": "1999-12-31"}, {"until": "2100-01-01"}, {"days": "0"},
     {"days": "3661"}, {"harm": "perhaps"}, {"format": "png"}, {"unti": "2026-01-01"}],
)  # fmt: skip
def test_what_cannot_be_asked(api: Api, asked: dict[str, str]) -> None:
    assert api.get(INTEL, f"{PLACES}/{ONE}", **asked).status_code == 422


def test_the_furthest_days_that_can_be_asked(api: Api) -> None:
    for until in ("2000-01-01", "2099-12-31"):
        assert api.get(INTEL, f"{PLACES}/{ONE}", until=until, days=3660).status_code == 200


def test_who_may_ask_and_that_it_is_logged(api: Api) -> None:
    for place in (PLACES, f"{PLACES}/{ONE}"):
        assert api.get(SERGEANT, place).status_code == 403
    assert api.get(INTEL, f"{PLACES}/{named('nowhere')}").status_code == 404
    detail(api)
    picture(api)
    listed(api)
    engine = open_engine(api.url)
    with reading(engine) as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.action == "CONSULT")).all()
        looked = sorted((event.operation, tuple(event.subjects["hotspot"])) for event in events)
    engine.dispose()
    both = tuple(sorted([str(ONE), str(TWO)]))
    assert looked == [("offences.profile", (str(ONE),))] * 2 + [("offences.profiles", both)]


def test_another_forces_offences_and_hotspots_are_no_part_of_it(api: Api) -> None:
    bring(api, *fridays(3, IN_ONE))
    engine = open_engine(api.url)
    with reading(engine) as session:
        assert profiles(session, named("OTHER"), [ONE], date(2026, 3, 2)) == {}
        found = profiles(session, named("FORCE"), [ONE], date(2026, 3, 2))
    engine.dispose()
    assert found[ONE].offences == 3
