# a command: it prints
"""Measures the figures that the method note states, with the same scenes as the tests and more of them.

    python -m docs.measures

prints the share verified near the line, the error over random walks, where reporting more often lowers what is
verified, and the largest difference to MEOS.
"""

import argparse

import numpy as np

from tests.tracks import test_against_pymeos as meos, test_edge, test_properties as drawn
from tests.tracks.scene import PLANE, POLICY, SQUARE, START, patrol, result, track

METRES_INSIDE = (15, 5, -5, -15)
REPORTS_EVERY = (5, 10, 15, 30, 60)


def shares(hours: int) -> None:
    """The share of an hour's standing that is verified, by place and by how often the phone reports."""
    print(f"share verified, {hours} hours each, 10 m noise, accuracy 10 m")
    print(f"{'metres inside':>14}" + "".join(f"{every:>7} s" for every in REPORTS_EVERY))
    for metres in METRES_INSIDE:
        rng = np.random.default_rng(20260302)
        found = [test_edge._share_verified(metres, every, rng, hours) for every in REPORTS_EVERY]
        print(f"{metres:>14}" + "".join(f"{share:>8.1%} " for share in found))


def walks(count: int) -> None:
    """Verified against truly inside while heard, over random two-hour walks with silences and spikes."""
    rng = np.random.default_rng(11)
    errors = np.array(
        [credited - truth for truth, credited in (test_edge._walked(rng) for _ in range(count))]
    )
    print(
        f"{count} random two-hour walks: median error {np.median(np.abs(errors)):.0f} s, nine in ten within "
        f"{np.quantile(np.abs(errors), 0.9):.0f} s, mean {errors.mean():+.0f} s"
    )


def more_often(count: int) -> None:
    """How often fixes added on the same straight path lower what is verified, and by how much at most."""
    shapes = {
        "square": SQUARE,
        "L": drawn.L_SHAPE,
        "with a hole": drawn.WITH_A_HOLE,
        "two parts": drawn.TWO_PARTS,
    }
    for name, shape in shapes.items():
        for words, gaps in (("5 to 30 s", (5, 10, 20, 30)), ("60 to 119 s", (60, 100, 119))):
            losses = []
            for seed in range(count):
                fixes = drawn.wandering(seed, gaps=gaps)
                dense = drawn.with_fixes_between(fixes, seed, POLICY)
                few, many = (result(each, shape=shape).whole.verified_ms for each in (fixes, dense))
                # Rounding to the millisecond may cost one at either end of a step.
                losses.append(few - many if few - many > 2 * len(fixes) else 0)
            lower = sum(loss > 0 for loss in losses)
            print(
                f"{name}, reports every {words}: lower in {lower} of {count}, at most by {max(losses) / 1000:.0f} s"
            )


def agreement(count: int) -> None:
    """The largest difference to the time inside that MEOS computes, over dense tracks without noise."""
    meos.pymeos.pymeos_initialize()
    worst = 0.0
    for number in range(count):
        rng = np.random.default_rng(number)
        shape = meos._shape(number, rng)
        seconds = np.arange(0, 3601, int(rng.choice([5, 10, 30])))
        turn = np.cumsum(rng.normal(0, 0.4, len(seconds)))
        stride = np.diff(seconds, prepend=0) * 1.3
        x, y = (
            np.abs((each + 300) % 1200 - 600) - 300
            for each in np.cumsum(stride * (np.cos(turn), np.sin(turn)), axis=1)
        )
        fixes = track(seconds, x, y)
        seen = result(fixes, patrol(60), shape, meos.NO_EDGE).whole
        exact = meos._seconds_inside(START + seconds * 1000, *PLANE.to_xy(fixes.lon, fixes.lat), shape)
        worst = max(worst, abs((seen.verified_ms + seen.probable_ms) / 1000 - exact))
    print(f"{count} hours against MEOS: largest difference {worst * 1000:.1f} ms an hour")


def main() -> None:
    parser = argparse.ArgumentParser(description="The figures of docs/method.md.")
    parser.add_argument("--hours", type=int, default=40)
    parser.add_argument("--walks", type=int, default=300)
    parser.add_argument("--between", type=int, default=1000)
    parser.add_argument("--meos", type=int, default=100)
    chosen = parser.parse_args()
    shares(chosen.hours)
    walks(chosen.walks)
    more_often(chosen.between)
    agreement(chosen.meos)


if __name__ == "__main__":
    main()
