"""Starting: a company's own folder, the program, a model."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.shared import console
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.app import Parts


def init(
    folder: Annotated[Path, typer.Argument(help="Where the company's folder is to be.")],
    name: Annotated[str, typer.Option(help="The company's name.")] = "My Company",
    colour: Annotated[str, typer.Option(help="The accent colour.")] = "#0f766e",
) -> None:
    """Start a company's own folder: settings, three articles, the generic intents."""
    from bot.company import make_company

    made = make_company(folder, name, colour)
    console.print(f"[green]Made {folder}[/green] with {len(made)} files. Next:")
    console.print(f"  1. edit the articles in {folder / 'articles'}", highlight=False)
    console.print(f"  2. COMPANY_DIR={folder} firstline run", highlight=False)


def run() -> None:
    """Start everything: prepares what is missing, then prints the addresses."""
    import uvloop

    from bot.logs import set_up_logs
    from bot.running import run as run_program

    settings = Settings()
    set_up_logs(settings.log_level)
    began = time.monotonic()

    def tell(line: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:5.1f} s[/dim]  {line}", highlight=False)

    uvloop.run(run_program(settings, tell, _welcome))


async def _welcome(parts: Parts) -> None:
    from bot.running import addresses

    console.print("\n[bold green]Firstline is ready.[/bold green] Ctrl+C stops it.\n")
    channels = ", ".join(["web", *(one.channel for one in parts.connectors if one.channel != "web")])
    console.print(f"  {'Channels':<11} {channels}", highlight=False)
    for what, address in addresses(parts.settings).items():
        console.print(f"  {what:<11} {address}", highlight=False)
    if secret := await parts.accounts.setup_link():
        url = addresses(parts.settings)["The team"]
        console.print("\n  Set up the first desk account (this link works once, for 30 minutes):")
        console.print(f"  {url}/setup/{secret}\n", highlight=False, soft_wrap=True)


def train() -> None:
    """Train the dialogue model from today's data, if there is none of it yet."""
    from bot.running import load_reader
    from bot.secret_files import secrets_of
    from bot.training import Recipe, train_with_texts, write_article_questions

    settings = Settings()
    reader = load_reader(settings)
    recipe = Recipe.of(settings, reader.encoders)
    write_article_questions(settings.articles_dir, recipe.generated)
    if recipe.model().exists():
        console.print(f"The model of this data is there already: {recipe.model().name}", highlight=False)
        return
    token = secrets_of(settings).engine_token
    with console.status("Training"):
        model = asyncio.run(train_with_texts(recipe, reader, token))
    console.print(f"[green]Trained {model.name}.[/green] A running Firstline takes it at its next start.")
