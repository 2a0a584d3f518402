"""Traces and metrics for whoever watches the machines, by OpenTelemetry, and nothing in them about a person.

The framework measures every request; it would also send paths and queries, which hold ids of people and records. So
spans are copied with only what is listed here before they go out, and its logs, which quote exceptions, are off. Needs
the extra `telemetry`; switched on by the standard `OTEL_EXPORTER_OTLP_ENDPOINT`.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import structlog
from fastapi.telemetry import TelemetryConfig
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanContext, Status
from sqlalchemy import Engine, QueuePool, Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from app.database.session import reading
from app.rest.problem_documents import DATABASE_TROUBLE
from app.tables import METADATA

_log = structlog.get_logger("beatcheck.telemetry")
# What may be said of a request. Everything else stays here, above all `url.path`, `url.query` and `server.address`.
SAID_OF_A_SPAN = frozenset(
    {
        "code.function.name", "error.type", "http.request.method", "http.response.status_code", "http.route",
        "network.protocol.version", "url.scheme",
    }
)  # fmt: skip
PROBES = frozenset({"/livez", "/readyz"})


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows that somebody or something has yet to deal with: how many, and since when the oldest has waited.

    `open_while_null` is the column that is set once a row is dealt with; without it a row is deleted then.
    """

    name: str
    table: str
    since: str
    open_while_null: str | None = None

    @property
    def rows(self) -> Table:
        return METADATA.tables[self.table]


# One line for each; docs/operations.md says at which figures to act.
WAITING = (
    Waiting("open_patrols", "patrol_progress", "computed_at"),
    Waiting("facts_kept_aside", "quarantined_facts", "received_at", "released_at"),
    Waiting("patrols_to_judge_again", "reassess_due", "marked_at"),
    Waiting("patrols_to_cross_check", "cross_check_due", "marked_at"),
)


class WithoutPersonalData(SpanProcessor):
    """Hands on a copy of each span that says only what is listed."""

    def __init__(self, onward: SpanProcessor) -> None:
        self._onward = onward

    def on_end(self, span: ReadableSpan) -> None:
        self._onward.on_end(_bare(span))

    def shutdown(self) -> None:
        self._onward.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._onward.force_flush(timeout_millis)


def _bare(span: ReadableSpan) -> ReadableSpan:
    attributes = span.attributes or {}
    return ReadableSpan(
        name=span.name,
        context=_without_state(span.context),
        parent=_without_state(span.parent),
        resource=span.resource,
        attributes={name: value for name, value in attributes.items() if name in SAID_OF_A_SPAN},
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _without_state(context: SpanContext | None) -> SpanContext | None:
    """The same place in a trace without the free text a caller may have sent along."""
    if context is None:
        return None
    return SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags)


class Telemetry:
    """One worker's traces and metrics. Nothing is opened before `start`."""

    def __init__(self, version: str) -> None:
        own = {SERVICE_VERSION: version, SERVICE_INSTANCE_ID: str(uuid4())}
        if not os.environ.get("OTEL_SERVICE_NAME"):
            own[SERVICE_NAME] = "beatcheck"
        resource = Resource.create(own)
        self.tracer_provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self.meter_provider = MeterProvider(resource=resource, shutdown_on_exit=False)

    def config(self) -> TelemetryConfig:
        """What the framework is told."""
        return {
            "tracer_provider": self.tracer_provider,
            "meter_provider": self.meter_provider,
            "logs": False,
            "auto_configure": False,
            "exclude": lambda scope: scope.get("path") in PROBES,
        }

    def start(
        self,
        engine: Engine,
        now: Callable[[], datetime],
        spans: SpanProcessor | None = None,
        metrics: MetricReader | None = None,
    ) -> None:
        """Begins to send, to where the environment says; tests give a place to send to."""
        onward = spans or BatchSpanProcessor(OTLPSpanExporter())
        self.tracer_provider.add_span_processor(WithoutPersonalData(onward))
        self.meter_provider.add_metric_reader(metrics or PeriodicExportingMetricReader(OTLPMetricExporter()))
        meter = self.meter_provider.get_meter("beatcheck")
        for name, unit, description, observe in _gauges(engine, now):
            meter.create_observable_gauge(name, [observe], unit=unit, description=description)
        meter.create_observable_counter(
            "beatcheck.database.refusals",
            [
                lambda _options: [
                    Observation(count, {"reason": why}) for why, count in DATABASE_TROUBLE.items()
                ]
            ],
            description="Calls that were told to come again because of the database.",
        )

    def stop(self) -> None:
        """Sends what is left and ends; whoever cannot be reached is not waited for long."""
        self.tracer_provider.shutdown()
        self.meter_provider.shutdown(timeout_millis=3_000)


Observe = Callable[[CallbackOptions], Iterable[Observation]]


def _gauges(engine: Engine, now: Callable[[], datetime]) -> list[tuple[str, str, str, Observe]]:
    def waiting(_options: CallbackOptions) -> list[Observation]:
        return [Observation(count, {"what": name}) for name, (count, _) in _looked(engine, now()).items()]

    def oldest(_options: CallbackOptions) -> list[Observation]:
        return [Observation(age, {"what": name}) for name, (_, age) in _looked(engine, now()).items()]

    def connections(_options: CallbackOptions) -> list[Observation]:
        pool = engine.pool
        return [Observation(pool.checkedout())] if isinstance(pool, QueuePool) else []

    return [
        ("beatcheck.waiting", "{row}", "Rows that somebody has yet to deal with.", waiting),
        ("beatcheck.waiting.oldest", "s", "How long the oldest of them has waited.", oldest),
        ("beatcheck.database.connections", "{connection}", "Connections in use by this worker.", connections),
    ]


def _looked(engine: Engine, now: datetime) -> Mapping[str, tuple[int, float]]:
    """Of everything that waits: how many, and the age of the oldest in seconds. Empty while the database is away."""
    found = {}
    try:
        with reading(engine) as session:
            for one in WAITING:
                statement = select(func.count(), func.min(one.rows.c[one.since])).select_from(one.rows)
                if one.open_while_null is not None:
                    statement = statement.where(one.rows.c[one.open_while_null].is_(None))
                count, since = session.connection().execute(statement).one()
                found[one.name] = (count, max(0.0, (now - _aware(since)).total_seconds()) if since else 0.0)
    except SQLAlchemyError as error:
        _log.warning("not_measured", error=type(error).__name__)
        return {}
    return found


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
