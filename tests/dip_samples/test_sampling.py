"""Who is drawn: by chance, the same again from the same seed and list, each as likely as any other."""

import hashlib
import hmac
import random
from collections import Counter
from uuid import UUID, uuid5

import pytest

from app.dip_samples.sampling import (
    EVERYTHING,
    Drawn,
    Listed,
    Stratum,
    available,
    draw,
    in_order,
    lot,
    population_hash,
)

SPACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


def listed(count: int, statuses: tuple[str, ...] = ("compliant", "partial")) -> list[Listed]:
    return [Listed(uuid5(SPACE, str(n)), 1, statuses[n % len(statuses)]) for n in range(count)]


def ids(drawn: list[Drawn]) -> list[UUID]:
    return [each.listed.patrol_id for each in drawn]


def seed(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


def everything(size: int) -> list[Stratum]:
    return [Stratum(EVERYTHING, None, size)]


def test_worked_values() -> None:
    assert lot(bytes(32), UUID(int=0)).hex().startswith("853c7403937d8b62")
    assert population_hash([]) == hashlib.sha256(b"").hexdigest()
    one = [Listed(UUID(int=1), 2, "compliant")]
    line = b"00000000-0000-0000-0000-000000000001 2 compliant\n"
    assert population_hash(one) == hashlib.sha256(line).hexdigest()


def test_the_same_seed_draws_the_same_whatever_the_order() -> None:
    population = listed(40)
    shuffled = random.Random(4).sample(population, len(population))
    assert draw(seed(1), population, everything(7)) == draw(seed(1), shuffled, everything(7))
    assert population_hash(population) == population_hash(shuffled)
    assert ids(draw(seed(1), population, everything(7))) != ids(draw(seed(2), population, everything(7)))


def test_anybody_can_do_it_again_with_a_few_lines() -> None:
    population, key = listed(30), seed(9)
    by_hand = sorted(
        (hmac.new(key, each.patrol_id.bytes, "sha256").hexdigest(), str(each.patrol_id))
        for each in population
    )
    assert [str(each) for each in ids(draw(key, population, everything(5)))] == [
        each[1] for each in by_hand[:5]
    ]


def test_every_patrol_is_as_likely_as_any_other() -> None:
    """3,000 seeds, 5 of 20: each 750 times expected, deviation 24; and each pair as often as chance has it."""
    population = listed(20)
    times: Counter[UUID] = Counter()
    firsts: Counter[UUID] = Counter()
    for number in range(3_000):
        drawn = ids(draw(seed(number), population, everything(5)))
        times.update(drawn)
        firsts[drawn[0]] += 1
    spread = sum((times[each.patrol_id] - 750) ** 2 / 750 for each in population)
    # Chi-square with 19 degrees of freedom, a little less for drawing without putting back: above 43.8 once in 1,000.
    assert spread < 43.8
    assert sum((firsts[each.patrol_id] - 150) ** 2 / 150 for each in population) < 43.8


def test_strata_are_drawn_by_themselves() -> None:
    population = listed(30, ("compliant", "compliant", "review"))
    strata = [
        Stratum("kept", frozenset({"compliant"}), size=4),
        Stratum("rest", frozenset({"review", "partial"}), share_percent=50),
    ]
    drawn = draw(seed(3), population, strata)
    assert Counter(each.stratum for each in drawn) == {"kept": 4, "rest": 5}
    assert all((each.stratum == "kept") == (each.listed.status == "compliant") for each in drawn)
    assert [each.position for each in drawn] == list(range(1, 10))
    assert available(population, strata[0]) == 20
    # Who else may be drawn changes nothing within a stratum.
    without = [each for each in population if each.status == "compliant"]
    assert ids(draw(seed(3), without, strata[:1])) == ids(drawn)[:4]


@pytest.mark.parametrize(
    ("size", "share", "there", "wanted"),
    [
        (20, None, 12, 12),
        (5, None, 12, 5),
        (None, 10, 12, 2),
        (None, 100, 12, 12),
        (None, 1, 1, 1),
        (None, 50, 0, 0),
    ],
)
def test_how_many(size: int | None, share: int | None, there: int, wanted: int) -> None:
    assert Stratum("x", None, size, share).wanted(there) == wanted


def test_a_changed_list_has_another_hash() -> None:
    population = listed(5)
    changed = [Listed(population[0].patrol_id, 2, population[0].status), *population[1:]]
    assert len({population_hash(each) for each in (population, changed, population[1:])}) == 3
    assert in_order(population) == sorted(population, key=lambda each: str(each.patrol_id))
