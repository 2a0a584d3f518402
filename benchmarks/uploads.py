"""Fixes and check-ins over HTTP: signed token, audited, durable on PostgreSQL, one server process.

Beside them, in the same run: parsing and validating the same bodies alone, and a stripped application that parses the
same bodies and stores one row each without login, audit, replay or progress. `python -m benchmarks.uploads`.
"""

import json
import time
from datetime import timedelta
from uuid import uuid4

from app.clock import rfc3339, utc_now
from app.patrols.schemas import read_fix_batch
from benchmarks.service import cpu_seconds, request, send, serving
from tests.conftest import SQUARE, named
from tests.postgres import running_server

LANES = 16
PATROLS = 48
BATCHES = 12
FIXES = 120
STEP_SECONDS = 5


def check_in_body(minutes_ago: int, device: str) -> bytes:
    return json.dumps(
        {
            "checked_in_at": rfc3339(utc_now() - timedelta(minutes=minutes_ago)),
            "device_id": device,
            "programme": "TGP_SCHEDULED",
            "window_id": str(named("WINDOW-1")),
            "uniform_state": "UNIFORM",
            "mode": "FOOT",
        }
    ).encode()


def batch_body(device: str, sequence: int) -> bytes:
    start = utc_now() - timedelta(seconds=FIXES * STEP_SECONDS * (BATCHES - sequence))
    return json.dumps(
        {
            "device_id": device,
            "sequence": sequence,
            "fixes": [
                {
                    "recorded_at": rfc3339(
                        (start + timedelta(seconds=STEP_SECONDS * n)).replace(microsecond=0)
                    ),
                    "lat": round(SQUARE[1] + 0.002 + 0.00001 * (n % 40), 6),
                    "lon": round(SQUARE[0] + 0.003 + 0.00001 * (n % 30), 6),
                    "accuracy_m": 6.5,
                    "speed_mps": 1.2,
                }
                for n in range(FIXES)
            ],
        }
    ).encode()


def patrol_lanes(token: str) -> tuple[list[list[bytes]], list[list[bytes]]]:
    """Check-ins and their batches, dealt to lanes: a patrol's batches stay in order on one connection."""
    checkins: list[list[bytes]] = [[] for _ in range(LANES)]
    batches: list[list[bytes]] = [[] for _ in range(LANES)]
    for number in range(PATROLS):
        patrol, device = uuid4(), str(uuid4())
        checkins[number % LANES].append(
            request("PUT", f"/v1/patrols/{patrol}", token, check_in_body(121, device))
        )
        batches[number % LANES] += [
            request("PUT", f"/v1/patrols/{patrol}/fix-batches/{uuid4()}", token, batch_body(device, sequence))
            for sequence in range(BATCHES)
        ]
    return checkins, batches


def parsing_rate() -> float:
    """Fixes a second when bodies are only read and validated."""
    bodies = [batch_body(str(uuid4()), 0) for _ in range(50)]
    started = time.perf_counter()
    for raw in bodies:
        read_fix_batch(raw)
    return 50 * FIXES / (time.perf_counter() - started)


def stripped_rate() -> float:
    """Fixes a second stored by the stripped application."""
    with (
        running_server() as server,
        serving(server.create(f"bench_{uuid4().hex[:8]}"), "benchmarks.stripped:application") as service,
    ):
        _, batches = patrol_lanes(service.token)
        send(service.port, [lane[:4] for lane in batches])
        _, batches = patrol_lanes(service.token)
        load = send(service.port, batches)
    return len(load.latencies) * FIXES / load.seconds


def _check_ins(token: str, lanes: int, each: int) -> list[list[bytes]]:
    return [
        [request("PUT", f"/v1/patrols/{uuid4()}", token, check_in_body(5, str(uuid4()))) for _ in range(each)]
        for _ in range(lanes)
    ]


def run() -> dict[str, float]:
    """Every figure of this page, in fixes or check-ins a second, or milliseconds."""
    found: dict[str, float] = {
        "parsing_fixes_per_second": parsing_rate(),
        "stripped_fixes_per_second": stripped_rate(),
    }
    with running_server() as server, serving(server.create(f"bench_{uuid4().hex[:8]}")) as service:
        for warming_up in (True, False):
            checkins, batches = patrol_lanes(service.token)
            if warming_up:
                send(service.port, [lane[:1] for lane in checkins])
                send(service.port, [lane[:4] for lane in batches])
        send(service.port, checkins)
        before = cpu_seconds(service.pid)
        uploaded = send(service.port, batches)
        count = len(uploaded.latencies)
        found["fixes_with_progress_per_second"] = count * FIXES / uploaded.seconds
        found["batch_server_cpu_ms"] = (cpu_seconds(service.pid) - before) / count * 1000
        before = cpu_seconds(service.pid)
        burst = send(service.port, _check_ins(service.token, LANES, 60))
        found["check_ins_per_second"] = len(burst.latencies) / burst.seconds
        found["check_in_server_cpu_ms"] = (cpu_seconds(service.pid) - before) / len(burst.latencies) * 1000
        paced = send(service.port, _check_ins(service.token, 10, 30), pace=50)
        found["check_in_p99_ms_at_50_per_second"] = paced.percentile(0.99) * 1000
    return found


if __name__ == "__main__":
    for name, value in run().items():
        print(f"{name:40} {value:12,.1f}")
