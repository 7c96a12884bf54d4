"""Trying the channels without an account anywhere: a platform's stand-in on this machine."""

from __future__ import annotations

import asyncio
import signal
from typing import Annotated

import typer

from bot.commands.shared import console
from nouns import Problem

dev = typer.Typer(no_args_is_help=True)


@dev.callback()
def group() -> None:
    """Stand-ins of the platforms, to try everything with no account."""


@dev.command()
def telegram(port: Annotated[int, typer.Option(help="Where it listens, on 127.0.0.1.")] = 8081) -> None:
    """Serve a Telegram of your own, with a page on which you play the customer."""
    from platforms.telegram.server import serving, stand_in

    platform = stand_in()

    async def serve() -> None:
        async with serving(platform, port) as address:
            console.print(f"[bold green]Telegram, played here:[/bold green] {address}/", highlight=False)
            console.print("\n  In another terminal (with BASE_URL too, to try the webhook):\n")
            lines = (f"TELEGRAM_API_URL={address}", f"TELEGRAM_BOT_TOKEN={platform.token}", "firstline run")
            console.print("  " + " \\\n  ".join(lines), highlight=False, soft_wrap=True)
            console.print("\n  Ctrl+C stops it; nothing is kept.")
            await _until_told_to_stop()

    try:
        asyncio.run(serve())
    except SystemExit as error:  # uvicorn's way of saying that the port is taken
        sentence = f"Nothing can listen on 127.0.0.1:{port}."
        raise Problem("listen", 500, sentence, "Choose another with --port.") from error


@dev.command()
def slack(
    port: Annotated[int, typer.Option(help="Where it listens, on 127.0.0.1.")] = 8082,
    events: Annotated[
        str, typer.Option(help="Where to send events by HTTP, such as http://127.0.0.1:8000/webhooks/slack.")
    ] = "",
) -> None:
    """Serve a Slack of your own, with a page on which you play customers and the team."""
    from platforms.slack.server import serving, stand_in
    from platforms.slack.state import TEAM_CHANNEL

    platform = stand_in()
    platform.post.request_url = events or None
    way = (
        f"SLACK_SIGNING_SECRET={platform.workspace.signing_secret}"
        if events
        else f"SLACK_APP_TOKEN={platform.workspace.app_token}"
    )

    async def serve() -> None:
        async with serving(platform, port) as address:
            console.print(f"[bold green]Slack, played here:[/bold green] {address}/", highlight=False)
            console.print("\n  In another terminal:\n")
            lines = (
                f"SLACK_API_URL={platform.api_url}",
                f"SLACK_BOT_TOKEN={platform.workspace.bot_token}",
                way,
                f"SLACK_TEAM_CHANNEL={TEAM_CHANNEL}",
                "firstline run",
            )
            console.print("  " + " \\\n  ".join(lines), highlight=False, soft_wrap=True)
            console.print(
                "\n  `firstline agents link ADDRESS` says what a colleague writes to join the team."
            )
            console.print("\n  Ctrl+C stops it; nothing is kept.")
            await _until_told_to_stop()

    try:
        asyncio.run(serve())
    except SystemExit as error:  # uvicorn's way of saying that the port is taken
        sentence = f"Nothing can listen on 127.0.0.1:{port}."
        raise Problem("listen", 500, sentence, "Choose another with --port.") from error


async def _until_told_to_stop() -> None:
    told = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, told.set)
    await told.wait()
