"""Talking to the bot in the terminal, through the same rooms as a customer on the web."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markdown import Markdown
from rich.markup import escape

from bot.commands.shared import Json, console, say_json
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.terminal import Terminal

LOG_LEVEL = "ERROR"  # to standard error; standard output is the answer's
Language = Annotated[str, typer.Option(help="en or zh")]


def ask(
    question: Annotated[str, typer.Argument(help="What a customer would ask.")],
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Ask one question in a fresh conversation; works with or without a running server."""
    from bot.logs import set_up_logs
    from bot.terminal import terminal

    set_up_logs(LOG_LEVEL)

    async def once() -> dict[str, Any]:
        async with terminal(Settings(), language) as talk:
            return await talk.send({"text": question})

    if as_json:
        answer = asyncio.run(once())
        say_json({"replies": answer["replies"], "mode": answer["mode"]})
        return
    with console.status("Asking"):
        answer = asyncio.run(once())
    _show(answer["replies"])


def chat(language: Language = "en") -> None:
    """Talk to the bot; a number presses a button, an empty line or Ctrl+D ends it."""
    from bot.logs import set_up_logs
    from bot.terminal import terminal

    set_up_logs(LOG_LEVEL)

    async def whole() -> None:
        with console.status("Starting"):
            opened = terminal(Settings(), language)
            talk = await opened.__aenter__()
        try:
            await _converse(talk)
        finally:
            await opened.__aexit__(None, None, None)

    asyncio.run(whole())


async def _converse(talk: Terminal) -> None:
    buttons: list[dict[str, str]] = []
    console.print("Ask away. A number presses a button; an empty line ends it.")
    while True:
        try:
            line = (await asyncio.to_thread(console.input, "[bold]you[/bold]  ")).strip()
        except EOFError:
            return
        if not line:
            return
        pressed = line.isdigit() and 0 < int(line) <= len(buttons)
        answer = await talk.send({"button": buttons[int(line) - 1]["id"]} if pressed else {"text": line})
        if answer["mode"] == "human":
            console.print("[dim]A person has this conversation; the bot is silent.[/dim]")
        buttons = _show(answer["replies"])


def _show(replies: list[dict[str, Any]]) -> list[dict[str, str]]:
    buttons: list[dict[str, str]] = []
    for reply in replies:
        console.print(Markdown(reply["text"]) if console.is_terminal else reply["text"], highlight=False)
        for source in reply["sources"]:
            console.print(f"[dim]→ {escape(source['title'])}  {source['url']}[/dim]", highlight=False)
        buttons = [*buttons, *reply["buttons"]]
    for number, button in enumerate(buttons, 1):
        console.print(f"  [cyan]{number}[/cyan] {escape(button['title'])}", highlight=False)
    return buttons
