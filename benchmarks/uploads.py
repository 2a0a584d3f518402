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
from benchmarks.service import Load, request, send, serving
from tests.conftest import SQUARE, named
from tests.postgres import running_server

LANES = 16
PATROLS = 48
BATCHES = 12
FIXES = 120
STEP_SECONDS = 5


def check_in_body(minutes_ago: int) -> bytes:
    return json.dumps(
        {
            "checked_in_at": rfc3339(utc_now() - timedelta(minutes=minutes_ago)),
            "device_id": str(uuid4()),
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
                    "recorded_at": rfc3339((start + timedelta(seconds=STEP_SECONDS * n)).replace(microsecond=0)),
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
        checkins[number % LANES].append(request("PUT", f"/v1/patrols/{patrol}", token, check_in_body(121)))
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


def run() -> dict[str, float]:
    found: dict[str, float] = {"parsing_fixes_per_second": parsing_rate()}
    with running_server() as server, serving(server.create(f"bench_{uuid4().hex[:8]}")) as service:
        checkins, batches = patrol_lanes(service.token)
        opened = send(service.port, checkins)
        uploaded = send(service.port, batches)
        found["check_ins_first_per_second"] = len(opened.latencies) / opened.seconds
        found["fixes_with_progress_per_second"] = len(uploaded.latencies) * FIXES / uploaded.seconds
        many = [
            [request("PUT", f"/v1/patrols/{uuid4()}", service.token, check_in_body(5)) for _ in range(60)]
            for _ in range(LANES)
        ]
        burst: Load = send(service.port, many)
        found["check_ins_per_second"] = len(burst.latencies) / burst.seconds
        paced = [
            [request("PUT", f"/v1/patrols/{uuid4()}", service.token, check_in_body(5)) for _ in range(30)]
            for _ in range(10)
        ]
        found["check_in_p99_ms_at_50_per_second"] = send(service.port, paced, pace=50).percentile(0.99) * 1000
    return found


if __name__ == "__main__":
    for name, value in run().items():
        print(f"{name:40} {value:12,.1f}")
