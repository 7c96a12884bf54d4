"""Logs: structured, JSON when nobody watches, and never a secret or a customer's words."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

HIDDEN = frozenset(
    ("text", "body", "password", "token", "secret", "email", "authorization", "cookie", "headers")
)

QUIET = (
    *("httpx", "httpx2", "httpcore2", "uvicorn", "alembic", "rasa_sdk", "sentence_transformers"),
    *("faiss", "bm25s", "jieba", "asyncio", "aiosqlite", "optimum", "transformers"),
)


def hide(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace what must not stand in a log."""
    for name in HIDDEN & event.keys():
        event[name] = "…"
    return event


def set_up_logs(level: str) -> None:
    """Send our own and the libraries' logs to standard error, in one form."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide,
    ]
    watched = sys.stderr.isatty()
    renderer: Any = structlog.dev.ConsoleRenderer() if watched else structlog.processors.JSONRenderer()
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *([] if watched else [structlog.processors.format_exc_info]),
            renderer,
        ],
        foreign_pre_chain=shared,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in QUIET:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
