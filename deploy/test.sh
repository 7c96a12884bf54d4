#!/usr/bin/env bash
# Linters and types, the engine's tests in its own Python, then every other test.
set -euo pipefail
cd "$(dirname "$0")/.."
step() { printf '\n\033[1m== %s\033[0m\n' "$*"; }

step "ruff"
.venv/bin/ruff check .
.venv/bin/ruff format --check .
step "mypy"
.venv/bin/mypy
step "widget"
(cd widget && npm run --silent check && npm test --silent)
[ "${1:-}" = lint ] && exit 0
step "engine (Python 3.10)"
.venv-engine/bin/python -m pytest -q -c tests/engine/pytest.ini tests/engine
step "app"
.venv/bin/python -m pytest -q --numprocesses auto --maxprocesses 4 --dist loadfile "$@"
