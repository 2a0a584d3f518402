"""Checks a revealed schedule's proof: the seed is the one committed to, and draws exactly the plan. Pure, offline."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.clock import from_ms, rfc3339
from app.schedule.draw_inputs import (
    ALGORITHM,
    SEED_BYTES,
    InputsNotValid,
    commitment,
    inputs_hash,
    read_inputs,
)
from app.schedule.draw_report import allocations
from app.schedule.plan import Shortfall
from app.schedule.randomisation import draw

_NEEDED = ("algorithm_version", "commitment", "seed", "inputs_hash", "inputs", "plan")


class ProofNotReadable(ValueError):
    """The file is no proof of ours; the reason is in the message."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked, whether it holds, and what was found."""

    name: str
    holds: bool
    found: str


def verify(proof: Mapping[str, Any], told_at_the_draw: str | None = None) -> list[Check]:
    """Every check of a proof. `told_at_the_draw` is the commitment somebody wrote down then: better than the proof's
    own word for it. ProofNotReadable when it is no proof or another version drew it."""
    missing = [name for name in _NEEDED if name not in proof]
    if missing:
        raise ProofNotReadable(f"it lacks {', '.join(missing)}")
    if proof["algorithm_version"] != ALGORITHM:
        raise ProofNotReadable(f"{proof['algorithm_version']} drew it; this is {ALGORITHM}")
    try:
        seed = bytes.fromhex(proof["seed"])
        inputs = read_inputs(proof["inputs"])
        told = {_told(one) for one in proof["plan"]}
        expected = bytes.fromhex(told_at_the_draw or proof["commitment"])
    except (InputsNotValid, TypeError, KeyError, ValueError) as fault:
        raise ProofNotReadable(str(fault)) from None
    if len(seed) != SEED_BYTES:
        raise ProofNotReadable("the seed has not 256 bits")
    hash_of_inputs = inputs_hash(proof["inputs"])
    checks = [
        Check("inputs' hash", hash_of_inputs.hex() == proof["inputs_hash"], hash_of_inputs.hex()),
        _equal("commitment", commitment(seed, hash_of_inputs), expected),
    ]
    plan = draw(inputs, seed)
    if isinstance(plan, Shortfall):
        return [*checks, Check("plan", False, "seed and inputs give no plan at all")]
    drawn = {
        (
            one.hotspot_id,
            one.block.isoformat(),
            one.day.isoformat(),
            one.in_period,
            rfc3339(from_ms(one.window.starts_at_ms)) if one.window else None,
            rfc3339(from_ms(one.window.ends_at_ms)) if one.window else None,
            one.window.team if one.window else None,
        )
        for one in allocations(inputs, plan)
        if one.treated
    }
    other = len(drawn ^ told)
    words = f"{len(drawn)} drawn again, all as told" if not other else f"{other} differ from what was told"
    return [*checks, Check("plan", drawn == told and len(told) == len(proof["plan"]), words)]


def _equal(name: str, found: bytes, expected: bytes) -> Check:
    return Check(name, found == expected, found.hex())


def _told(one: Mapping[str, Any]) -> tuple[Any, ...]:
    names = ("hotspot_id", "block_first_day", "day", "in_period", "starts_at", "ends_at", "team_id")
    return tuple(one[name] for name in names)
