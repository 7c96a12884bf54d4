"""How good and how fast: figures that anyone can measure again."""

from __future__ import annotations

import typer

evaluate = typer.Typer(no_args_is_help=True)
bench = typer.Typer(no_args_is_help=True)
