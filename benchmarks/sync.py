"""A shift of 300 mixed facts in one request, beside the same facts sent one by one: processor and wall time.

One server process, signed token, audited, durable. The shift: five patrols of 75 minutes with a batch of ten fixes
every two minutes, two remarks, ten activities of every kind and level and three engagements each, and thirty answers
to windows; each patrol is judged.
`python -m benchmarks.sync`.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2 as httpx
from rich.console import Console
from rich.table import Table

from app.activities.examples import EXAMPLES as ACTIVITY_EXAMPLES
from app.clock import rfc3339, utc_now
from app.engagements.schemas import EXAMPLES as ENGAGEMENT_EXAMPLES
from benchmarks.activities import POSITION
from benchmarks.service import Service, cpu_seconds, serving
from tests.conftest import SQUARE, named
from tests.postgres import PostgresMissing, running_server

PATROLS, MINUTES, FIXES = 5, 75, 10
BATCHES, ACTIVITIES, ENGAGEMENTS = 37, 10, 3
EVERY_SECONDS = 120
GOAL_SECONDS = 1.0
Item = dict[str, Any]


@dataclass(frozen=True)
class Cost:
    """Seconds of the server's processor, and as the phone waits."""

    cpu: float
    wall: float


def a_shift(now: datetime) -> list[Item]:
    """300 facts of one officer, ending now, in the order they happened."""
    device = str(uuid4())
    items: list[Item] = []
    for number in range(PATROLS):
        start = (now - timedelta(minutes=(MINUTES + 5) * (PATROLS - number))).replace(microsecond=0)
        items += _patrol(start, device, number)
    items += [
        {
            "kind": "window-answer",
            "id": str(uuid4()),
            "window_id": str(named("WINDOW-1")),
            "content": {"answer": "ACCEPTED", "answered_at": rfc3339(now - timedelta(minutes=number))},
        }
        for number in range(30)
    ]
    assert len(items) == 300
    return items


def _patrol(start: datetime, device: str, number: int) -> list[Item]:
    patrol_id = str(uuid4())
    begin = {
        "checked_in_at": rfc3339(start), "device_id": device, "programme": "TGP_SCHEDULED",
        "uniform_state": "UNIFORM", "mode": "FOOT",
    }  # fmt: skip
    items: list[Item] = [{"kind": "check-in", "id": patrol_id, "content": begin}]
    for sequence in range(BATCHES):
        first = start + timedelta(seconds=EVERY_SECONDS * sequence)
        content = {
            "device_id": device,
            "sequence": sequence,
            "fixes": [_fix(first + timedelta(seconds=9 * number), number) for number in range(FIXES)],
        }
        items.append({"kind": "fix-batch", "id": str(uuid4()), "patrol_id": patrol_id, "content": content})
    items += [
        {
            "kind": "explanation",
            "id": str(uuid4()),
            "patrol_id": patrol_id,
            "content": {"kind": "EXPLANATION", "text": "No signal under the viaduct."},
        }
        for _ in range(2)
    ]
    items += _logged(start, patrol_id, number)
    out = {"checked_out_at": rfc3339(start + timedelta(minutes=MINUTES))}
    return [*items, {"kind": "check-out", "id": patrol_id, "content": out}]


def _logged(start: datetime, patrol_id: str, number: int) -> list[Item]:
    """What the officer logged on a patrol, each example of the description in turn."""
    at = rfc3339(start + timedelta(minutes=30))
    kinds: list[tuple[str, int, Sequence[Any]]] = [
        ("activity", ACTIVITIES, ACTIVITY_EXAMPLES),
        ("engagement", ENGAGEMENTS, ENGAGEMENT_EXAMPLES),
    ]
    return [
        {
            "kind": kind,
            "id": str(uuid4()),
            "content": {
                **_said(examples[(number * many + each) % len(examples)]),
                "occurred_at": at,
                "patrol_id": patrol_id,
                "position": POSITION,
            },
        }
        for kind, many, examples in kinds
        for each in range(many)
    ]


def _said(example: Any) -> Item:
    return {name: value for name, value in example.items() if name != "recorded_at"}


def _fix(at: datetime, number: int) -> Item:
    return {
        "recorded_at": rfc3339(at),
        "lat": round(SQUARE[1] + 0.002 + 0.00001 * number, 6),
        "lon": round(SQUARE[0] + 0.003 + 0.00001 * number, 6),
        "accuracy_m": 6.5,
        "speed_mps": 1.2,
    }


def together(service: Service, items: list[Item], expected: str) -> Cost:
    """The whole shift in one request."""

    def work(client: httpx.Client) -> None:
        answer = client.post("/v1/sync", json={"items": items})
        told = answer.json()["counts"]
        assert told[expected] == len(items), answer.text[:2000]

    return _measured(service, work)


def one_by_one(service: Service, items: list[Item]) -> Cost:
    """Every fact by a PUT of its own, over one connection."""
    paths = {
        "check-in": "/v1/patrols/{id}",
        "fix-batch": "/v1/patrols/{patrol_id}/fix-batches/{id}",
        "explanation": "/v1/patrols/{patrol_id}/explanations/{id}",
        "check-out": "/v1/patrols/{id}/check-out",
        "activity": "/v1/activities/{id}",
        "engagement": "/v1/engagements/{id}",
        "window-answer": "/v1/tasking-windows/{window_id}/answers/{id}",
    }

    def work(client: httpx.Client) -> None:
        for item in items:
            answer = client.put(paths[item["kind"]].format(**item), json=item["content"])
            assert answer.status_code == 201, answer.text

    return _measured(service, work)


def _measured(service: Service, work: Callable[[httpx.Client], None]) -> Cost:
    headers = {"Authorization": f"Bearer {service.token}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{service.port}", headers=headers, timeout=120) as client:
        client.get("/v1/me")
        cpu, started = cpu_seconds(service.pid), utc_now()
        work(client)
        return Cost(cpu_seconds(service.pid) - cpu, (utc_now() - started).total_seconds())


def run(database_url: str) -> dict[str, Cost]:
    """Each way of sending a shift, on an empty database."""
    with serving(database_url) as service:
        together(service, a_shift(utc_now()), "created")  # what a process does the first time only
        queue = a_shift(utc_now())
        costs = [together(service, a_shift(utc_now()), "created") for _ in range(3)]
        return {
            "in one request": min(costs, key=lambda each: each.cpu),
            "in one request, sent again": _again(service, queue),
            "one by one": one_by_one(service, a_shift(utc_now())),
        }


def _again(service: Service, queue: list[Item]) -> Cost:
    together(service, queue, "created")
    return together(service, queue, "replayed")


def main() -> None:
    table = Table(
        title=f"A shift of 300 facts; goal: one request below {GOAL_SECONDS} s of processor on SQLite"
    )
    for heading in ("database", "sent", "processor s", "wall s"):
        table.add_column(heading, justify="right" if heading.endswith("s") else "left")
    with tempfile.TemporaryDirectory() as folder:
        rows = [("SQLite", run(f"sqlite:///{Path(folder) / 'sync.db'}"))]
    try:
        with running_server() as server:
            rows.append(("PostgreSQL", run(server.create("sync"))))
    except PostgresMissing as missing:
        Console().print(f"not on PostgreSQL: {missing}")
    for database, found in rows:
        for name, cost in found.items():
            table.add_row(database, name, f"{cost.cpu:.2f}", f"{cost.wall:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
