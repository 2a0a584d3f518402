"""How sure a small sample lets anybody be: the error rate with its interval. Pure.

Wilson's score interval, because the usual one (a share plus or minus two standard errors) says «none at all» for no
errors among five, and is wrong for all samples as small as these.
Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927); recommended by Brown, Cai and DasGupta, Stat. Sci. 16 (2001).
"""

import math
from dataclasses import dataclass

# The standard normal's 97.5th percentile, for 95 %.
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of a count with the interval that holds the true one 95 times in a hundred; None for a count of nought.

    Rounded to a thousandth, the interval outwards."""

    errors: int
    of: int
    rate: float | None
    low: float | None
    high: float | None


def wilson(errors: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval for a share: 1 of 10 is 0.01788 to 0.40415, 0 of 5 is 0 to 0.43448.

    Raises ValueError for nothing looked at, or more errors than that.
    """
    if not 0 <= errors <= of or of == 0:
        raise ValueError("errors must lie between 0 and a count above 0")
    share, squared = errors / of, _Z * _Z
    middle = (share + squared / (2 * of)) / (1 + squared / of)
    half = _Z * math.sqrt(share * (1 - share) / of + squared / (4 * of * of)) / (1 + squared / of)
    # At the ends the formula gives the end itself but for the last bits.
    return (0.0 if errors == 0 else middle - half, 1.0 if errors == of else middle + half)


def rate(errors: int, of: int) -> Rate:
    """1 of 10: 0.1, between 0.017 and 0.405; 0 of 0: nothing can be said."""
    if of == 0:
        return Rate(errors, of, None, None, None)
    low, high = wilson(errors, of)
    return Rate(
        errors, of, round(errors / of, 3), math.floor(low * 1000) / 1000, math.ceil(high * 1000) / 1000
    )


def said(found: Rate) -> str:
    """«1 of 10 checked (10%); the true share is likely between 1.7% and 40.5%.»"""
    if found.rate is None or found.low is None or found.high is None:
        return "Nothing was checked, so nothing can be said."
    return (
        f"{found.errors} of {found.of} checked ({_percent(found.rate)}); the true share is likely between "
        f"{_percent(found.low)} and {_percent(found.high)}."
    )


def _percent(share: float) -> str:
    return f"{share * 100:.1f}".removesuffix(".0") + "%"
