# a command: it prints
"""Measures how often the cross-check flags honest pairs, and how many forged ones it finds.

    python -m docs.cross_check_measures

draws the pairs of `tests/tracks/pairs.py` along real tracks and prints the tables of the method note.
"""

import argparse
import math

import numpy as np

from tests.tracks.pairs import BEYOND, FORGED, HONEST, flagged

SEED = 20260302
SURE = 0.95


def interval(found: int, of: int) -> tuple[float, float]:
    """The exact (Clopper-Pearson) 95 % interval of a share, by bisection on the binomial.

    Worked values: none of 1,000 is 0 to 3.7 in a thousand (the rule of three says 3.0 for one side alone).
    """

    def at_most(count: int, share: float) -> float:
        if share <= 0:
            return 1.0
        if share >= 1:
            return 1.0 if count >= of else 0.0
        logs = (
            math.lgamma(of + 1)
            - math.lgamma(k + 1)
            - math.lgamma(of - k + 1)
            + k * math.log(share)
            + (of - k) * math.log1p(-share)
            for k in range(count + 1)
        )
        return min(1.0, sum(math.exp(each) for each in logs))

    def solve(count: int, target: float) -> float:
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if at_most(count, middle) > target else (low, middle)
        return (low + high) / 2

    tail = (1 - SURE) / 2
    return (
        0.0 if found == 0 else solve(found - 1, 1 - tail),
        1.0 if found == of else solve(found, tail),
    )


def row(name: str, hits: int, count: int, per: int) -> str:
    low, high = interval(hits, count)
    return f"| {name} | {hits} of {count} | {hits / count * per:.1f} | {low * per:.1f} to {high * per:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description="The figures of docs/method.md about several patrols.")
    parser.add_argument("--honest", type=int, default=2000, help="pairs of each honest kind")
    parser.add_argument("--forged", type=int, default=500, help="pairs of each forged kind")
    parser.add_argument("--beyond", type=int, default=200, help="pairs of each kind beyond the rule")
    chosen = parser.parse_args()
    for words, kinds, count, per in (
        ("honest pairs flagged, in a thousand", HONEST, chosen.honest, 1000),
        ("forged pairs flagged, in a hundred", FORGED, chosen.forged, 100),
        ("beyond the rule, flagged in a hundred", BEYOND, chosen.beyond, 100),
    ):
        print(f"{words}, {count} pairs each, with the 95 % interval")
        together = 0
        for name, make in kinds.items():
            rng = np.random.default_rng(SEED)
            hits = sum(flagged(name, make(rng)) for _ in range(count))
            together += hits
            print(row(name, hits, count, per))
        if kinds is HONEST:
            print(row("all of them", together, count * len(kinds), per))


if __name__ == "__main__":
    main()
