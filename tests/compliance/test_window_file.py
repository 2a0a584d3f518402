"""The file of all windows says of each what the pages say of it, which read and put it together in another way."""

import csv
import random
from datetime import datetime
from io import StringIO
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from app.clock import rfc3339
from app.compliance.grouping import Visits
from app.compliance.presences import visits_by_number
from app.tracks.intervals import unite
from benchmarks.compliance import PERIODS, ROLES, Asking, asking
from benchmarks.large_force import NOW
from demo.signing import CLIENT_ID, DemoPerson
from tests.compliance.made_up import made_up_url

__all__ = ["made_up_url"]

PATH = "/v1/compliance/windows"
PERIOD = {"from": rfc3339(NOW - PERIODS["two years"]), "to": rfc3339(NOW)}


def get(service: Asking, role: str, **asked: str) -> Any:
    token = service.signer.access_token(DemoPerson(f"demo|{ROLES[role]}", ROLES[role]), CLIENT_ID)[0]
    answer = service.client.get(
        PATH, params={**PERIOD, **asked}, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 200
    return answer


def pages(service: Asking, role: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page = get(service, role, limit="500").json()
    found += page["windows"]
    while page["next_cursor"] is not None:
        page = get(service, role, limit="500", cursor=page["next_cursor"]).json()
        found += page["windows"]
    return found


def as_cell(name: str, value: Any) -> str:
    if name in ("starts_at", "ends_at"):
        return str(datetime.fromisoformat(value).timestamp())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


@pytest.mark.parametrize("role", ["planner", "commander", "sergeant"])
def test_a_file_says_of_each_window_what_the_pages_say(made_up_url: str, role: str) -> None:
    with asking(made_up_url) as service:
        told = pages(service, role)
        text = get(service, role, format="csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(text, newline="")))
    assert [row["window_id"] for row in rows] == [each["window_id"] for each in told]
    assert len(rows) > 20
    for row, each in zip(rows, told, strict=True):
        for name in ("starts_at", "ends_at"):
            row[name] = str(datetime.fromisoformat(row[name]).timestamp())
        assert row == {name: as_cell(name, each[name]) for name in row}
    if role == "planner":
        moved_to = {each["moved_to_id"] for each in told} - {None}
        assert any(each["window_id"] in moved_to and each["visits"] for each in told)
        assert any(each["longest_gap_minutes"] for each in told)
        assert any(each["decision"] and each["status"] != each["evidence_status"] for each in told)


def test_visits_by_number_are_those_of_each_by_itself() -> None:
    chance = random.Random(3)
    for _ in range(100):
        many = chance.randrange(1, 6)
        given = [(number, chance.randrange(200), chance.randrange(1, 40)) for number in range(many)]
        given += [
            (chance.randrange(many), chance.randrange(200), chance.randrange(1, 40)) for _ in range(many * 4)
        ]
        number, entered, lasted = np.array(given, dtype=np.int64).T
        found = visits_by_number(number, entered, entered + lasted)
        for each in range(many):
            stays = unite((start, start + length) for of, start, length in given if of == each)
            gaps = [after[0] - before[1] for before, after in pairwise(stays)]
            lengths = [end - start for start, end in stays]
            assert found[each] == Visits(
                len(stays), sum(lengths), max(lengths), None, max(gaps, default=None)
            )
    nothing = np.zeros(0, dtype=np.int64)
    assert visits_by_number(nothing, nothing, nothing) == []
