"""Traces and metrics say what machines did, and nothing of whom it was about."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.telemetry import TelemetryConfig
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.clock import rfc3339
from app.main import create_app
from app.rest.problem_documents import DATABASE_TROUBLE
from app.settings import Profile, Settings
from app.tables import METADATA
from app.telemetry import SAID_OF_A_SPAN, WAITING, Telemetry
from demo.issuer import create_issuer
from demo.signing import new_key
from tests.conftest import ISSUER, TRUSTED, Api, Clock, named
from tests.databases import Databases

CANARY = "CANARY-4711"


class Kept(Telemetry):
    """Telemetry that keeps what it would send."""

    def __init__(self) -> None:
        super().__init__("test")
        self.spans = InMemorySpanExporter()
        self.reader = InMemoryMetricReader()

    def start(self, engine: Engine, now: Any, *_: object) -> None:
        super().start(engine, now, SimpleSpanProcessor(self.spans), self.reader)

    def points(self) -> dict[str, dict[str, float]]:
        """Each of our own figures by what it is about."""
        data = self.reader.get_metrics_data()
        assert data is not None
        return {
            metric.name: {
                str(next(iter((point.attributes or {}).values()), "")): getattr(point, "value", 0.0)
                for point in metric.data.data_points
            }
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    def said(self) -> str:
        """Everything that would have left the machine, as text."""
        data = self.reader.get_metrics_data()
        return "".join(span.to_json() for span in self.spans.get_finished_spans()) + (
            data.to_json() if data else ""
        )


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def watched(force_url: str, databases: Databases, clock: Clock, kept: Kept) -> Iterator[Api]:
    """The small force's service, with its telemetry kept."""
    issuer = create_issuer(ISSUER, [], key=new_key(), now=clock)
    settings = Settings(
        profile=Profile.DEVELOPMENT,
        database_url=databases.served(force_url),
        trusted_issuers=(TRUSTED,),
        allowed_hosts=("testserver",),
        tick_seconds=0,
    )
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app=issuer))
    app = create_app(settings, now=clock, http=http, watching=kept)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Api(client, issuer.state.signer, clock, force_url)


def _check_in(at: datetime, **other: object) -> dict[str, object]:
    return {
        "checked_in_at": rfc3339(at),
        "device_id": str(named("phone-4101")),
        "programme": "TGP_SELF_INITIATED",
        "uniform_state": "UNIFORM",
        "mode": "FOOT",
        **other,
    }


def test_spans_name_routes_and_carry_no_path_query_or_header(watched: Api, kept: Kept) -> None:
    patrol = f"/v1/patrols/{named('seen')}"
    assert watched.put("4101", patrol, _check_in(watched.clock.at, operation=CANARY)).status_code == 201
    watched.put("4101", patrol, _check_in(watched.clock.at, mode=CANARY))
    watched.get("4101", f"/v1/patrols/{CANARY}", canary=CANARY)
    watched.client.get(
        f"/{CANARY}?{CANARY}={CANARY}",
        headers={
            "User-Agent": CANARY,
            "Baggage": f"who={CANARY}",
            "Traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "Tracestate": f"who={CANARY}",
            "X-Forwarded-For": "198.51.100.9",
            "Authorization": f"Bearer {CANARY}",
        },
    )
    watched.client.request(CANARY, "/v1/time")
    watched.client.get("/livez")
    spans = kept.spans.get_finished_spans()
    assert {span.name for span in spans} >= {"PUT /v1/patrols/{patrol_id}", "GET /v1/patrols/{patrol_id}"}
    assert not any("livez" in span.name for span in spans)
    assert {name for span in spans for name in span.attributes or {}} <= SAID_OF_A_SPAN
    # Times in nanoseconds hold any four digits sooner or later.
    said = re.sub(r"\b\d{16,}\b", "", kept.said())
    for personal in (
        CANARY,
        str(named("seen")),
        str(named("4101")),
        "4101",
        "198.51.100",
        "testserver",
        "_OTHER ",
    ):
        assert personal not in said


def test_requests_are_counted_by_route_and_status(watched: Api, kept: Kept) -> None:
    for _ in range(2):
        watched.put("4101", f"/v1/patrols/{named('one')}", _check_in(watched.clock.at))
    data = kept.reader.get_metrics_data()
    assert data is not None
    counted = {
        (point.attributes["http.route"], point.attributes["http.response.status_code"]): point.count
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if metric.name == "http.server.request.duration"
        for point in metric.data.data_points
        if isinstance(point, HistogramDataPoint) and point.attributes is not None
    }
    assert counted == {("/v1/patrols/{patrol_id}", 201): 1, ("/v1/patrols/{patrol_id}", 200): 1}


def test_what_waits_is_counted_with_its_age(watched: Api, kept: Kept) -> None:
    assert kept.points()["beatcheck.waiting"] == {one.name: 0 for one in WAITING}
    watched.put("4101", f"/v1/patrols/{named('one')}", _check_in(watched.clock.at))
    body = _check_in(watched.clock.at, captured_by=str(named("4101")))
    assert watched.put("4102", f"/v1/patrols/{named('two')}", body).status_code == 202
    watched.clock.at += timedelta(seconds=90)
    points = kept.points()
    assert (points["beatcheck.waiting"]["open_patrols"], points["beatcheck.waiting"]["facts_kept_aside"]) == (
        1,
        1,
    )
    assert points["beatcheck.waiting.oldest"]["facts_kept_aside"] == 90
    assert points["beatcheck.database.connections"][""] >= 0


def test_a_database_that_is_away_is_counted_and_measured_as_nothing(
    watched: Api, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(DATABASE_TROUBLE, "pool_full", 3)
    engine: Engine = watched.client.app.state.engine  # type: ignore[attr-defined]
    held = [engine.connect() for _ in range(engine.pool.size())]  # type: ignore[attr-defined]
    monkeypatch.setattr(engine.pool, "_timeout", 0.01)
    points = kept.points()
    for connection in held:
        connection.close()
    assert points["beatcheck.database.refusals"]["pool_full"] == 3
    assert points["beatcheck.database.connections"][""] == 3
    assert points.get("beatcheck.waiting", {}) == {}


def test_what_waits_is_in_tables_that_exist() -> None:
    for one in WAITING:
        columns = METADATA.tables[one.table].columns.keys()
        assert one.since in columns
        assert one.open_while_null is None or one.open_while_null in columns


def _told(monkeypatch: pytest.MonkeyPatch, **environment: str) -> TelemetryConfig:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    app = create_app(Settings(profile=Profile.DEVELOPMENT))
    return app._telemetry


def test_nothing_is_sent_unless_the_environment_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    told = _told(monkeypatch, FASTAPI_OTEL_AUTO_CONFIGURE="true")
    assert (told["tracing"], told["metrics"], told["logs"], told["auto_configure"]) == (False,) * 4


def test_the_standard_variable_switches_it_on_and_another_off(monkeypatch: pytest.MonkeyPatch) -> None:
    told = _told(monkeypatch, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:4318")
    assert told["tracer_provider"] is not None and told["logs"] is False and told["auto_configure"] is False
    assert _told(monkeypatch, OTEL_SDK_DISABLED="true")["tracing"] is False
