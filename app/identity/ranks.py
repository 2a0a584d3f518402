"""Which rank stands above which. Pure: the order of ranks in England and Wales, lowest first.

Source: College of Policing rank structure; special grades as named in force papers. A detective prefix is not a rank,
and acting up is a mark on the row that changes the order like the rank itself.
"""

_ORDER = {
    "PARTNER": 0, "STAFF": 1, "PCSO": 2, "SC": 10, "SSGT": 11, "SINSP": 12, "PC": 20, "SGT": 30, "INSP": 40, "CI": 50,
    "SUPT": 60, "CSUPT": 70, "ACC": 80, "DCC": 90, "CC": 100,
}  # fmt: skip
RANKS = tuple(_ORDER)


def order_of(rank: str) -> int:
    """The place of a rank code: `PC` 20 is below `SGT` 30. KeyError for a code that is no rank."""
    return _ORDER[rank]
