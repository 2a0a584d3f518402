"""Who of the demonstration force signs in, and the header files that make printed curl lines work."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from demo.force import DemoOfficer
from demo.issuer import DemoPerson
from demo.signing import DemoSigner

ROLES = ("OFFICER", "SUPERVISOR", "COMMANDER", "PLANNER", "INTEL", "AUDITOR", "ADMIN", "INTEGRATION")
# The sergeant whose team had both a failure and an arrest that evening; the officer who made the arrest.
CHOSEN = {"OFFICER": "4102", "SUPERVISOR": "4109"}


@dataclass(frozen=True, slots=True)
class SignIn:
    """One role's stand-in: who, the token, and the file with its Authorization header for `curl -H @file`."""

    role: str
    collar_number: str
    token: str
    header_file: Path


def people(officers: Sequence[DemoOfficer]) -> list[DemoPerson]:
    """Everybody in the force as the development issuer lists them; roles come from our own record, not the token."""
    return [
        DemoPerson(
            officer.subject, f"{officer.rank} {officer.collar_number}: {', '.join(officer.roles).lower()}"
        )
        for officer in officers
    ]


def sign_in(signer: DemoSigner, officers: Sequence[DemoOfficer], folder: Path) -> list[SignIn]:
    """A fresh token for each role, its header written to a file only its owner can read."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = []
    for role in ROLES:
        holders = {officer.collar_number: officer for officer in officers if role in officer.roles}
        officer = holders.get(CHOSEN.get(role, "")) or next(iter(holders.values()))
        token = token_for(signer, officer)
        file = folder / role.lower()
        file.touch(mode=0o600)
        file.write_text(f"Authorization: Bearer {token}\n", encoding="ascii")
        found.append(SignIn(role, officer.collar_number, token, file))
    return found


def token_for(signer: DemoSigner, officer: DemoOfficer) -> str:
    """A fresh access token of this person."""
    return signer.access_token(DemoPerson(officer.subject, officer.collar_number))[0]
