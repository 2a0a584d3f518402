"""Structured log lines on standard error: one JSON object each, never a body, a token, a path or a person."""

import logging
import sys

import structlog


def configure_logging(level: str) -> None:
    """Sets the least severe level that is written; safe to call again."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        # Whatever standard error is when the line is written: it may be another by then, and the first one closed.
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
