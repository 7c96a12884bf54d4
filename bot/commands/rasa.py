"""Rasa's own commands, with the text service up beside them."""

from __future__ import annotations

import asyncio
import sys

import typer

from bot.settings import Settings


def rasa(context: typer.Context) -> None:
    """Pass a command through to Rasa, such as `firstline rasa test nlu` or `firstline rasa data validate`."""
    from bot.running import load_reader
    from bot.secret_files import secrets_of
    from bot.training import run_rasa

    settings = Settings()
    token = secrets_of(settings).engine_token
    reader = load_reader(settings)
    sys.exit(asyncio.run(run_rasa(settings, reader, token, context.args)))
