"""Refusals of abstractions."""

from app.problems import FORBIDDEN, Problem


def about_oneself() -> Problem:
    return Problem(
        FORBIDDEN,
        "Nobody confirms what was done to them or what they authorised themselves: somebody else does.",
        denial="abstraction-own",
    )
