"""How good: figures that anyone can measure again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.figures import counting, encoders, steps, tell_figures
from bot.commands.shared import Json
from bot.settings import Settings

evaluate = typer.Typer(no_args_is_help=True)

Predictions = Annotated[Path | None, typer.Option(help="Write each prediction there, a JSON line each.")]


@evaluate.command()
def nlu(
    train: Annotated[list[Path] | None, typer.Option(help="Rasa NLU files or folders to train on.")] = None,
    test: Annotated[list[Path] | None, typer.Option(help="Rasa NLU files or folders to test on.")] = None,
    predictions: Predictions = None,
    as_json: Json = False,
) -> None:
    """Train the NLU pipeline aside and test it; without files, on the company's own examples, by language."""
    from evaluation.nlu import evaluate_nlu, evaluate_own

    if bool(train) != bool(test) or (predictions and not train):
        raise typer.BadParameter("--train and --test go together, and --predictions with both.")
    settings = Settings()
    with steps(as_json) as step:
        reader = encoders(step, settings)
        step("Training and testing", 0, None)
        files = (train or [], test or [])
        work = evaluate_nlu(settings, reader, files, predictions) if train else evaluate_own(settings, reader)
        figures = asyncio.run(work)
    tell_figures(figures, as_json)


@evaluate.command()
def knowledge(
    articles: Annotated[Path | None, typer.Option(help="A folder of articles, indexed aside.")] = None,
    questions: Annotated[Path | None, typer.Option(help="JSON lines with `question` and `article`.")] = None,
    predictions: Predictions = None,
    curve: Annotated[Path | None, typer.Option(help="Draw what each error rate buys there, as SVG.")] = None,
    across: Annotated[
        bool, typer.Option("--across", help="Hide a language's articles: what is offered of another's?")
    ] = False,
    as_json: Json = False,
) -> None:
    """Ask labelled questions; without options, the company's own probes and what no article answers."""
    from evaluation.across import evaluate_across
    from evaluation.knowledge import evaluate_knowledge
    from evaluation.own import evaluate_own

    if bool(articles) != bool(questions) or ((predictions or curve) and not articles):
        raise typer.BadParameter("--articles and --questions go together; --predictions, --curve with both.")
    if across and articles:
        raise typer.BadParameter("--across asks the company's own articles: leave --articles out.")
    settings = Settings()
    with steps(as_json) as step:
        reader = encoders(step, settings)
        tell = counting(step, "Indexing and asking")
        if articles and questions:
            figures = asyncio.run(evaluate_knowledge(articles, questions, predictions, reader, tell, curve))
        else:
            own = evaluate_across if across else evaluate_own
            figures = asyncio.run(own(settings, reader, tell))
    tell_figures(figures, as_json)


@evaluate.command()
def public(
    data: Annotated[Path, typer.Argument(help="A folder of bases: articles, questions.jsonl, …_75pct.")],
    base: Annotated[list[str] | None, typer.Option(help="Measure this base alone, by the others.")] = None,
    baseline: Annotated[bool, typer.Option(help="Also run the plain BM25 + MiniLM + e5.")] = True,
    ship: Annotated[Path | None, typer.Option(help="Write the judges that are shipped there.")] = None,
    as_json: Json = False,
) -> None:
    """Measure search and decision on public help pages, each base by weights that the others taught."""
    from evaluation.public import evaluate_public
    from evaluation.shipping import ship as write_judges

    settings = Settings()
    with steps(as_json) as step:
        reader = encoders(step, settings)
        if ship:
            asyncio.run(write_judges(data, settings.articles_dir, ship, reader, step))
            return
        work = evaluate_public(data, reader, step, only=base or (), baseline=baseline)
        figures = asyncio.run(work)
    tell_figures(figures, as_json)


@evaluate.command("follow-ups")
def follow_ups(as_json: Json = False) -> None:
    """Ask what leans on the question before ("and to Norway?"), with and without it; figures by language."""
    from evaluation.follow_ups import evaluate_follow_ups

    settings = Settings()
    with steps(as_json) as step:
        reader = encoders(step, settings)
        work = evaluate_follow_ups(settings, reader, counting(step, "Indexing"))
        figures = asyncio.run(work)
    tell_figures(figures, as_json)


@evaluate.command()
def routing(as_json: Json = False) -> None:
    """Send held-out messages through the whole program: done, answered or let be, and how often wrongly."""
    from evaluation.routing import evaluate_routing

    with steps(as_json) as step:
        step("Starting Firstline aside", 0, None)
        figures = evaluate_routing(Settings(), counting(step, "Asking"))
    tell_figures(figures, as_json)
