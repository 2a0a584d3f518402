"""Activities over HTTP: signed token, flagged, audited, durable on PostgreSQL, one server process.

Beside them, in the same run: check-ins, whose cost is known. `python -m benchmarks.activities`.
"""

import json
import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2 as httpx

from app.activities.examples import EXAMPLES
from app.clock import rfc3339, utc_now
from benchmarks.service import Service, cpu_seconds, request, send, serving
from benchmarks.uploads import check_in_body
from tests.conftest import SQUARE
from tests.postgres import running_server

LANES = 16
EACH = 60
# Of one request, and how many requests.
TOGETHER, PHONES = 50, 20
# Inside the first hotspot.
POSITION = {"lat": SQUARE[1] + 0.002, "lon": SQUARE[0] + 0.003, "accuracy_m": 6.0}


def activity_bodies(patrol: str) -> list[bytes]:
    """One body of each kind and level as the description has them, a few minutes old, on a patrol."""
    at = rfc3339((utc_now() - timedelta(minutes=4)).replace(microsecond=0))
    found = []
    for example in EXAMPLES:
        said: dict[str, Any] = {**example, "occurred_at": at, "patrol_id": patrol, "position": POSITION}
        said.pop("recorded_at", None)
        found.append(json.dumps(said).encode())
    return found


def activity_lanes(token: str, patrol: str, lanes: int, each: int) -> list[list[bytes]]:
    """Activities of every kind in turn, each under an id of its own."""
    bodies = activity_bodies(patrol)
    return [
        [
            request("PUT", f"/v1/activities/{uuid4()}", token, bodies[(lane + number) % len(bodies)])
            for number in range(each)
        ]
        for lane in range(lanes)
    ]


def _burst(service: Service, lanes: list[list[bytes]]) -> tuple[float, float]:
    before = cpu_seconds(service.pid)
    load = send(service.port, lanes)
    count = len(load.latencies)
    return count / load.seconds, (cpu_seconds(service.pid) - before) / count * 1000


def _together(service: Service, patrol: str) -> tuple[float, float]:
    """Activities a second, and processor milliseconds of each, as phones send what they logged without signal."""
    at = rfc3339((utc_now() - timedelta(minutes=4)).replace(microsecond=0))
    wanted = [
        {
            "kind": "activity",
            "id": str(uuid4()),
            "patrol_id": patrol,
            "content": {
                **{name: value for name, value in example.items() if name != "recorded_at"},
                "occurred_at": at, "patrol_id": patrol, "position": POSITION,
            },
        }
        for _ in range(TOGETHER * PHONES // len(EXAMPLES) + 1)
        for example in EXAMPLES
    ][: TOGETHER * PHONES]  # fmt: skip
    bodies = [wanted[start : start + TOGETHER] for start in range(0, len(wanted), TOGETHER)]
    before, begun = cpu_seconds(service.pid), time.perf_counter()
    headers = {"Authorization": f"Bearer {service.token}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{service.port}", headers=headers, timeout=60) as http:
        for items in bodies:
            answer = http.post("/v1/sync", json={"items": items}).raise_for_status().json()
            others = [one for one in answer["results"] if one["outcome"] != "created"]
            if others:
                raise RuntimeError(f"not every activity was recorded: {others[0]}")
    seconds = time.perf_counter() - begun
    return len(wanted) / seconds, (cpu_seconds(service.pid) - before) / len(wanted) * 1000


def run() -> dict[str, float]:
    """Activities and check-ins a second, processor milliseconds of each, how long an activity takes at 50/s, and
    activities sent together."""
    found: dict[str, float] = {}
    with running_server() as server, serving(server.create(f"bench_{uuid4().hex[:8]}")) as service:
        patrol = str(uuid4())
        send(
            service.port,
            [[request("PUT", f"/v1/patrols/{patrol}", service.token, check_in_body(30, str(uuid4())))]],
        )
        send(service.port, activity_lanes(service.token, patrol, LANES, 10))
        rate, cpu = _burst(service, activity_lanes(service.token, patrol, LANES, EACH))
        found["activities_per_second"], found["activity_server_cpu_ms"] = rate, cpu
        check_ins = [
            [
                request("PUT", f"/v1/patrols/{uuid4()}", service.token, check_in_body(5, str(uuid4())))
                for _ in range(EACH)
            ]
            for _ in range(LANES)
        ]
        rate, cpu = _burst(service, check_ins)
        found["check_ins_per_second"], found["check_in_server_cpu_ms"] = rate, cpu
        paced = send(service.port, activity_lanes(service.token, patrol, 10, 30), pace=50)
        found["activity_p99_ms_at_50_per_second"] = paced.percentile(0.99) * 1000
        rate, cpu = _together(service, patrol)
        found["activities_in_syncs_of_50_per_second"], found["activity_in_sync_server_cpu_ms"] = rate, cpu
    return found


if __name__ == "__main__":
    for name, value in run().items():
        print(f"{name:40} {value:12,.1f}")
