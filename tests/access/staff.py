"""Changes of people as the force's own file brings them, through the import that an administrator sends."""

from datetime import date

from tests.conftest import ISSUER, Api

ADMIN = "4134"
HEADER = "collar_number,kind,rank,acting,roles,team_code,issuer,subject,valid_from,valid_to\n"


def from_day(
    api: Api,
    collar: str,
    day: date,
    *,
    team: str = "",
    rank: str = "PC",
    acting: bool = False,
    roles: str = "OFFICER",
    until: date | None = None,
) -> None:
    """What somebody is from a day on; `until` is the first day on which they are no longer here."""
    told = (
        f"{collar},CONSTABLE,{rank},{str(acting).lower()},{roles},{team},,demo|{collar},{day},{until or ''}\n"
    )
    answer = api.client.post(
        "/v1/imports/officers",
        content=(HEADER + told).encode(),
        params={"default_issuer": ISSUER},
        headers=api.as_officer(ADMIN, **{"Content-Type": "text/csv"}),
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["changes"], answer.text
