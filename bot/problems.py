"""Errors as RFC 9457 problem+json: one family, a stable code, a sentence and the cure."""

from __future__ import annotations

from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from connectors.limits import TooFastError
from nouns import Problem

log = structlog.get_logger()


def tell_problems(app: FastAPI) -> None:
    """Turn every error of a request into problem+json."""

    @app.exception_handler(Problem)
    async def ours(_request: Request, problem: Problem) -> JSONResponse:
        headers = {}
        if isinstance(problem, TooFastError):
            headers["Retry-After"] = str(problem.retry_after_seconds)
        return problem_json(problem, headers)

    @app.exception_handler(RequestValidationError)
    async def malformed(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return problem_json(Problem("malformed", 422, f"{where}: {first['msg']}.", "See /openapi.json."))

    @app.exception_handler(HTTPException)
    async def plain(_request: Request, error: HTTPException) -> JSONResponse:
        title = HTTPStatus(error.status_code).phrase
        problem = Problem(title.lower().replace(" ", "_"), error.status_code, f"{title}.")
        return problem_json(problem, dict(error.headers or {}))

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        log.error("request failed", path=request.url.path, error=type(error).__name__)
        return problem_json(
            Problem("internal", 500, "Something went wrong here.", "Try again; it is logged.")
        )


def problem_json(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return a problem as RFC 9457 wants it."""
    content = {
        "type": f"about:blank#{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
        "detail": str(problem),
    }
    return JSONResponse(content, problem.status, headers, media_type="application/problem+json")
