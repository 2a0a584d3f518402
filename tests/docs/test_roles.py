"""Each command as the role that docs/operations.md names for it, on a database that was set up by docs/examples.

On SQLite, which knows no roles, it is the same story with one file.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Api
from tests.databases import Databases
from tests.retention.conftest import Command, beatcheck, told, walk

__all__ = ["beatcheck"]
# Long before whatever day it is for the commands, which know no other clock than the machine's.
LONG_BEFORE = -400


def test_every_command_runs_as_its_role(
    api: Api, databases: Databases, beatcheck: Command, tmp_path: Path
) -> None:
    walk(api, "patrol-1", days=LONG_BEFORE)

    def run(role: str, *command: str) -> dict[str, Any]:
        return told(beatcheck(databases.served(api.url, role), *command, "--json"))

    ticked = beatcheck(databases.served(api.url, "app"), "tick")
    assert ticked.exit_code == 0, ticked.output
    judged = run("app", "reassess", "--all", "--force", "FORCE", "--reason", "a drill", "--dry-run")
    assert judged["looked_at"] == 1
    judged = run("app", "reassess", "--all", "--force", "FORCE", "--reason", "a drill")
    assert judged["looked_at"] == 1
    taken = run("backup", "backup", str(tmp_path / "backup"))
    assert taken["rows"]["fix_batches"] == 1
    tried = run("keeper", "purge", "--dry-run")
    erased = run("keeper", "purge")
    assert tried["forces"] == erased["forces"]
    assert {one["force_code"]: one["patrols"] for one in erased["forces"]} == {"FORCE": 1, "OTHER": 0}
    verdict = run("auditor", "verify-audit")
    assert verdict["holds"] is True and verdict["unsealed"] > 0


@pytest.mark.parametrize(
    ("command", "roles"),
    [
        (("purge",), ("app", "auditor", "backup")),
        (("tick",), ("auditor", "keeper", "backup")),
        (("verify-audit",), ("keeper",)),
        (("backup", "FOLDER"), ("auditor", "keeper")),
    ],
)
def test_no_other_role_runs_it(
    command: tuple[str, ...],
    roles: tuple[str, ...],
    api: Api,
    databases: Databases,
    beatcheck: Command,
    tmp_path: Path,
) -> None:
    if databases.kind == "sqlite":
        pytest.skip("SQLite has no roles")
    walk(api, "patrol-1", days=LONG_BEFORE)
    for role in roles:
        given = [str(tmp_path / role) if word == "FOLDER" else word for word in command]
        answer = beatcheck(databases.served(api.url, role), *given)
        assert answer.exit_code != 0, role
        if command[0] in ("purge", "backup"):
            assert (answer.exit_code, "this role may not do that" in answer.output) == (2, True), (
                answer.output
            )
