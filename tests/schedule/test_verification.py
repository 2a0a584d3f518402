"""A proof holds as it was told, and no exchange of seed, inputs or plan goes unnoticed."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import main
from app.clock import from_ms, rfc3339
from app.schedule.draw_inputs import ALGORITHM, commitment, inputs_hash
from app.schedule.draw_report import allocations
from app.schedule.verification import ProofNotReadable, verify
from tests.schedule.draws import crowded, plan, seed


def proof() -> dict[str, Any]:
    """A proof as the service tells it, through JSON and back."""
    inputs = crowded()
    spelled = {**inputs.spelled(), "required_minutes": 60}
    told = {
        "schedule_id": "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d",
        "algorithm_version": ALGORITHM,
        "seed": seed(1).hex(),
        "inputs": spelled,
        "inputs_hash": inputs_hash(spelled).hex(),
        "commitment": commitment(seed(1), inputs_hash(spelled)).hex(),
        "plan": [
            {
                "hotspot_id": one.hotspot_id,
                "block_first_day": one.block.isoformat(),
                "day": one.day.isoformat(),
                "in_period": one.in_period,
                "starts_at": rfc3339(from_ms(one.window.starts_at_ms)) if one.window else None,
                "ends_at": rfc3339(from_ms(one.window.ends_at_ms)) if one.window else None,
                "team_id": one.window.team if one.window else None,
            }
            for one in allocations(inputs, plan(inputs))
            if one.treated
        ],
    }
    found: dict[str, Any] = json.loads(json.dumps(told))
    return found


def broken(told: dict[str, Any]) -> set[str]:
    return {check.name for check in verify(told) if not check.holds}


def test_a_true_proof_holds() -> None:
    assert broken(proof()) == set()


def test_another_seed_is_noticed_twice() -> None:
    assert broken(proof() | {"seed": seed(2).hex()}) == {"commitment", "plan"}


def test_other_inputs_are_noticed() -> None:
    told = proof()
    told["inputs"]["travel_minutes"] = 0
    assert broken(told) >= {"inputs' hash", "commitment"}


@pytest.mark.parametrize("change", ["moved", "dropped", "doubled"])
def test_another_plan_is_noticed(change: str) -> None:
    told = proof()
    if change == "moved":
        told["plan"][3]["starts_at"] = "2026-12-02T12:00:00Z"
    elif change == "dropped":
        del told["plan"][3]
    else:
        told["plan"].append(told["plan"][3])
    assert broken(told) == {"plan"}


def test_a_proof_made_to_fit_fails_against_what_was_told_at_the_draw() -> None:
    told_at_the_draw = "00" * 32
    assert {check.name for check in verify(proof(), told_at_the_draw) if not check.holds} == {"commitment"}


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": "ab"}, {"seed": "zz" * 32}, {"inputs": {}}, {"inputs": None}, {"plan": [1]},
        {"algorithm_version": "other"},
    ],
)  # fmt: skip
def test_what_is_no_proof_is_refused_in_words(changes: dict[str, Any]) -> None:
    with pytest.raises(ProofNotReadable):
        verify(proof() | changes)


def test_the_command_says_what_holds(tmp_path: Path) -> None:
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(proof()), encoding="utf-8")
    good = CliRunner().invoke(main, ["verify-schedule", str(path)])
    assert (good.exit_code, good.output.count("holds: ")) == (0, 3)
    path.write_text(json.dumps(proof() | {"seed": seed(2).hex()}), encoding="utf-8")
    bad = CliRunner().invoke(main, ["verify-schedule", str(path)])
    assert (bad.exit_code, bad.output.count("DOES NOT HOLD: ")) == (1, 2)
    path.write_text("[]", encoding="utf-8")
    assert CliRunner().invoke(main, ["verify-schedule", str(path)]).exit_code == 2
