"""Waits for what another process does, in short steps and never for ever: the one place here that sleeps."""

from collections.abc import Callable
from time import monotonic, sleep

STEP_SECONDS = 0.01


def wait_until(happened: Callable[[], bool], seconds: float, otherwise: Callable[[], str]) -> None:
    """Returns once something has happened. Raises AssertionError, saying what is the case instead, after `seconds`."""
    deadline = monotonic() + seconds
    while not happened():
        if monotonic() > deadline:
            raise AssertionError(otherwise())
        sleep(STEP_SECONDS)
