"""Hours: cut at London midnights, each instant once, declared colleagues only where their own phone is silent."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from random import Random
from uuid import UUID

from hypothesis import given, settings, strategies as st

from app.clock import to_ms
from app.patrols.hours import (
    DeclaredMember,
    DeclaredPatrol,
    HotspotTime,
    OwnPatrol,
    Slice,
    by_london_day,
    declared,
    heard,
    officer_hours,
)
from app.tracks.intervals import Interval, total_ms

LEAD, MATE, EAST, WEST, FIRST, SECOND = (UUID(int=number) for number in range(1, 7))
MINUTE = 60_000


def at(hour: int, minute: int = 0, day: int = 2) -> int:
    return to_ms(datetime(2026, 3, day, hour, minute, tzinfo=UTC))


def alone(hotspots: Sequence[HotspotTime]) -> list[Slice]:
    return officer_hours(LEAD, [OwnPatrol(FIRST, at(18), hotspots, [])], [])[FIRST]


def inside(*verified: Interval, probable: Sequence[Interval] = ()) -> list[HotspotTime]:
    return [HotspotTime(EAST, verified, probable)]


def minutes(slices: dict[UUID, list[Slice]], hotspot_id: UUID | None = None) -> dict[tuple[UUID, str], int]:
    return {
        (patrol_id, each.grade): each.credited_ms // MINUTE
        for patrol_id, parts in slices.items()
        for each in parts
        if each.hotspot_id == hotspot_id
    }


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
    found = alone(hotspots)
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
    anywhere = {each.grade: each.credited_ms // MINUTE for each in alone(hotspots) if each.hotspot_id is None}
    assert anywhere == {"verified": 60, "probable": 10}


def test_a_declared_colleague_is_credited_along_the_lead_only_while_their_own_phone_is_silent() -> None:
    member = DeclaredMember(MATE, at(19, 30), None, [(at(19, 50), at(21))])
    assert declared([(at(19), at(20))], member) == ((at(19, 30), at(19, 50)),)
    assert declared([], member) == ()
    assert declared([(at(19), at(20))], DeclaredMember(MATE, at(21), None, [])) == ()
    credited = officer_hours(
        MATE, [], [DeclaredPatrol(FIRST, at(19), inside((at(19), at(20))), at(19, 30), None)]
    )
    assert minutes(credited) == minutes(credited, EAST) == {(FIRST, "declared"): 30}


def test_no_time_is_no_slice() -> None:
    silent = DeclaredPatrol(SECOND, at(19), inside(), None, None)
    assert not any(officer_hours(LEAD, [OwnPatrol(FIRST, at(19), inside(), [])], [silent]).values())


def test_a_phone_speaks_between_fixes_that_are_close_in_time() -> None:
    times = [0, 60_000, 120_000, 400_000, 500_000, 900_000]
    assert heard(times, 120_000, (30_000, 450_000)) == ((30_000, 120_000), (400_000, 450_000))
    assert heard([0], 120_000, (0, 1)) == heard([], 120_000, (0, 1)) == ()


def test_two_patrols_at_the_same_time_are_one_time() -> None:
    first = OwnPatrol(FIRST, at(19), inside((at(19), at(20))), [])
    second = OwnPatrol(SECOND, at(19, 1), inside((at(19, 30), at(20, 30))), [])
    expected = {(FIRST, "verified"): 60, (SECOND, "verified"): 30}
    assert minutes(officer_hours(LEAD, [first, second], [])) == expected
    assert minutes(officer_hours(LEAD, [second, first], []), EAST) == expected


def test_patrols_that_began_together_stand_in_the_order_of_their_ids() -> None:
    both = [OwnPatrol(each, at(19), inside((at(19), at(20))), []) for each in (SECOND, FIRST)]
    assert minutes(officer_hours(LEAD, both, [])) == {(FIRST, "verified"): 60}


def test_verified_stands_before_probable_whichever_patrol_began_first() -> None:
    first = OwnPatrol(FIRST, at(19), inside(probable=[(at(19), at(20))]), [])
    second = OwnPatrol(SECOND, at(19, 30), inside((at(19, 30), at(20, 30))), [])
    expected = {(FIRST, "probable"): 30, (SECOND, "verified"): 60}
    assert minutes(officer_hours(LEAD, [first, second], [])) == expected


def test_a_colleague_declared_by_two_leads_was_there_once() -> None:
    leads = [
        DeclaredPatrol(FIRST, at(19), inside((at(19), at(20))), None, None),
        DeclaredPatrol(SECOND, at(19), inside((at(19, 30), at(20, 30))), None, None),
    ]
    expected = {(FIRST, "declared"): 60, (SECOND, "declared"): 30}
    assert minutes(officer_hours(MATE, [], leads)) == expected


def test_a_phone_that_speaks_elsewhere_contradicts_a_declaration_and_a_silent_one_does_not() -> None:
    lead = DeclaredPatrol(FIRST, at(19), inside((at(19), at(20))), None, None)
    own = OwnPatrol(SECOND, at(18), [], [(at(18), at(19, 10))])
    assert minutes(officer_hours(MATE, [own], [lead])) == {(FIRST, "declared"): 50}


TIMES = st.lists(
    st.tuples(st.integers(0, 90), st.integers(1, 30)).map(lambda each: (each[0], each[0] + each[1])),
    max_size=3,
)
HOTSPOTS = st.tuples(TIMES, TIMES, TIMES, TIMES).map(
    lambda each: [HotspotTime(EAST, each[0], each[1]), HotspotTime(WEST, each[2], each[3])]
)
BEGAN = st.integers(0, 3)
OWN = st.builds(OwnPatrol, st.uuids(), BEGAN, HOTSPOTS, TIMES)
MOMENT = st.none() | st.integers(0, 90)
DECLARED = st.builds(DeclaredPatrol, st.uuids(), BEGAN, HOTSPOTS, MOMENT, MOMENT)


@settings(deadline=None)
@given(st.lists(OWN, max_size=3), st.lists(DECLARED, max_size=3), st.randoms(use_true_random=False))
def test_rule_14_whatever_overlaps_each_instant_is_credited_once_in_whatever_order(
    mine: list[OwnPatrol], others: list[DeclaredPatrol], chance: Random
) -> None:
    found = officer_hours(LEAD, mine, others)
    rows = [each for parts in found.values() for each in parts]
    for hotspot_id in (None, EAST, WEST):
        parts = [each for each in rows if each.hotspot_id == hotspot_id]
        assert sum(each.credited_ms for each in parts) == total_ms(*(each.intervals for each in parts))
    # Nothing an own phone proved is lost.
    proved = [
        time for patrol in mine for each in patrol.hotspots for time in (*each.verified, *each.probable)
    ]
    credited = [each for each in rows if each.hotspot_id is None and each.grade != "declared"]
    assert sum(each.credited_ms for each in credited) == total_ms(proved)
    chance.shuffle(mine)
    chance.shuffle(others)
    assert officer_hours(LEAD, mine, others) == found
