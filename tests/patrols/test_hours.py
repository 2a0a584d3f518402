"""Hours: cut at London midnights, each instant once, declared colleagues only where their own phone is silent."""

from datetime import UTC, date, datetime
from uuid import UUID

from app.clock import to_ms
from app.patrols.hours import DeclaredMember, HotspotTime, by_london_day, declared, slices

LEAD, MATE, EAST, WEST = (UUID(int=number) for number in range(1, 5))
MINUTE = 60_000


def at(hour: int, minute: int = 0, day: int = 2) -> int:
    return to_ms(datetime(2026, 3, day, hour, minute, tzinfo=UTC))


def test_midnight_belongs_to_london() -> None:
    winter = by_london_day([(at(23, 30), at(0, 30, 3))])
    assert {day: sum(b - a for a, b in parts) for day, parts in winter.items()} == {
        date(2026, 3, 2): 30 * MINUTE,
        date(2026, 3, 3): 30 * MINUTE,
    }
    # In summer London's midnight is 23:00 UTC.
    summer = by_london_day(
        [(to_ms(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)), to_ms(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)))]
    )
    assert list(summer) == [date(2026, 7, 1), date(2026, 7, 2)]


def test_the_night_clocks_go_back_has_twenty_five_hours() -> None:
    whole = by_london_day(
        [(to_ms(datetime(2026, 10, 24, 23, tzinfo=UTC)), to_ms(datetime(2026, 10, 26, tzinfo=UTC)))]
    )
    assert sum(b - a for a, b in whole[date(2026, 10, 25)]) == 25 * 60 * MINUTE


def test_overlapping_hotspots_count_an_instant_once_in_the_union() -> None:
    hotspots = [
        HotspotTime(EAST, [(at(19), at(20))], []),
        HotspotTime(WEST, [(at(19, 30), at(20, 30))], [(at(20, 30), at(20, 40))]),
    ]
    found = slices(LEAD, hotspots, [])
    anywhere = {each.grade: each.credited_ms // MINUTE for each in found if each.hotspot_id is None}
    assert anywhere == {"verified": 90, "probable": 10}
    apart = [
        each.credited_ms // MINUTE
        for each in found
        if each.hotspot_id is not None and each.grade == "verified"
    ]
    assert apart == [60, 60]


def test_time_verified_in_one_hotspot_is_not_probable_in_the_union() -> None:
    hotspots = [HotspotTime(EAST, [(at(19), at(20))], []), HotspotTime(WEST, [], [(at(19, 50), at(20, 10))])]
    anywhere = {
        each.grade: each.credited_ms // MINUTE
        for each in slices(LEAD, hotspots, [])
        if each.hotspot_id is None
    }
    assert anywhere == {"verified": 60, "probable": 10}


def test_a_declared_colleague_is_credited_along_the_lead_only_while_their_own_phone_is_silent() -> None:
    member = DeclaredMember(MATE, at(19, 30), None, [(at(19, 50), at(21))])
    assert declared([(at(19), at(20))], member) == ((at(19, 30), at(19, 50)),)
    assert declared([], member) == ()
    assert declared([(at(19), at(20))], DeclaredMember(MATE, at(21), None, [])) == ()
    mate = [
        each
        for each in slices(LEAD, [HotspotTime(EAST, [(at(19), at(20))], [])], [member])
        if each.officer_id == MATE
    ]
    assert {each.grade for each in mate} == {"declared"}


def test_no_time_is_no_slice() -> None:
    assert slices(LEAD, [HotspotTime(EAST, [], [])], [DeclaredMember(MATE, None, None, [])]) == []
