"""Errors at the public edge: a page for a browser, RFC 9457 problem+json for a program."""

from __future__ import annotations

from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from nouns import Problem
from pages.shell import Shell

log = structlog.get_logger()


def tell_problems(app: FastAPI, shell: Shell) -> None:
    """Turn every error of a request into one of the family."""
    app.add_exception_handler(Problem, shell.on_problem)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        problem = Problem("malformed", 422, f"{where}: {first['msg']}.", "See /openapi.json.")
        return await shell.on_problem(request, problem)

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> Response:
        title = HTTPStatus(error.status_code).phrase
        code = title.lower().replace(" ", "_")
        answer = await shell.on_problem(request, Problem(code, error.status_code, f"{title}."))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        log.error("request failed", path=request.url.path, error=type(error).__name__)
        problem = Problem("internal", 500, "Something went wrong here.", "Try again; it is logged.")
        return await shell.on_problem(request, problem)
