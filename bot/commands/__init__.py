"""The command line: one file a group; `GROUPS` and `COMMANDS` list all there is."""

from __future__ import annotations

import sys
from collections.abc import Callable

import typer
from pydantic import ValidationError
from rich.console import Console

from bot.commands import (
    agents,
    benches,
    dev,
    doctor,
    erase,
    evaluation,
    export,
    knowledge,
    models,
    people,
    rasa,
    replay,
    review,
    review_drafts,
    start,
    talk,
)
from nouns import Problem

COMMANDS: dict[str, Callable[..., None]] = {
    "init": start.init,
    "run": start.run,
    "train": start.train,
    "retrain": models.retrain,
    "replay": replay.replay,
    "chat": talk.chat,
    "ask": talk.ask,
    "doctor": doctor.doctor,
    "erase": erase.erase,
}
GROUPS = {
    "knowledge": (knowledge.app, "The articles: build the index, search it, check it."),
    "review": (review.app, "What the bot got wrong: by keys, or by commands; then apply it."),
    "export": (export.app, "The log for your own tools: conversations, labelled texts."),
    "models": (models.models, "Models: what there is, which one answers, promote, roll back."),
    "tickets": (people.tickets, "Tickets, for the team."),
    "agents": (agents.agents, "The team's accounts."),
    "evaluate": (evaluation.evaluate, "How good is it? On your data or public data."),
    "bench": (benches.bench, "How fast is it?"),
    "dev": (dev.dev, "Try the channels with no account: stand-ins of the platforms."),
}

app = typer.Typer(
    name="firstline",
    help="A support desk that answers first, from your own articles, and hands over to people.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for name, command in COMMANDS.items():
    app.command(name)(command)
app.command("rasa", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(rasa.rasa)
review.app.add_typer(review_drafts.app, name="drafts", help="Articles that humans' replies suggest.")
for name, (group, about) in GROUPS.items():
    app.add_typer(group, name=name, help=about)


def main() -> None:
    """Run a command; what went wrong is told in a sentence, with its cure, and in the exit code."""
    try:
        app()
    except Problem as problem:
        Console(stderr=True).print(f"[red]{problem.sentence}[/red] {problem.cure}", highlight=False)
        sys.exit(2 if problem.status < 500 else 1)
    except ValidationError as error:
        for wrong in error.errors():
            name = ".".join(str(part) for part in wrong["loc"]).upper()
            Console(stderr=True).print(f"[red]{name}: {wrong['msg']}.[/red]", highlight=False)
        Console(stderr=True).print("Correct the environment, `.env` or the company's settings.env.")
        sys.exit(2)
