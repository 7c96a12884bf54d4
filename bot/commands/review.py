"""`firstline review`: the same queue as the desk's, by keys in the terminal or by commands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from bot.commands.knowledge import open_base, progress_bar
from bot.commands.shared import Json, console, reviewer, say_json, with_database
from bot.settings import Settings
from nouns import Problem
from records.database import Database

if TYPE_CHECKING:
    from learning.judging import Judging
    from learning.plan import Plan
    from learning.review import Review
    from records.review import Item

app = typer.Typer(invoke_without_command=True)
Result = TypeVar("Result")
Ids = Annotated[list[str], typer.Argument(help="Ids of texts, as `review list` shows them.")]
By = Annotated[
    str | None,
    typer.Option(
        "--by", help="Who reviews: the address of a maintainer or owner; else this machine's account."
    ),
]


@app.callback()
def review(context: typer.Context, by: By = None) -> None:
    """Review what the bot probably got wrong: by keys without a command, or by the commands below."""
    if context.invoked_subcommand is None:
        from bot.commands.review_keys import by_keys

        if not console.is_terminal:
            raise Problem(
                "no_terminal", 422, "Keys need a terminal.", "Use `review list` and `review judge`."
            )

        async def keys(database: Database) -> None:
            await by_keys(judging_of(database), await reviewer(database, by))

        with_database(keys)


@app.command()
def collect(as_json: Json = False) -> None:
    """Look through the log for what is new; a running Firstline does every hour."""
    with progress_bar("Looking through the log", as_json) as tell:
        counts = whole(lambda review: review.queue.collect(tell))
    if as_json:
        say_json(counts)
    else:
        told = f"{counts['added']} texts are new; {counts['looked_at']} were looked at."
        console.print(told, highlight=False)


@app.command("list")
def list_texts(
    limit: Annotated[int, typer.Option(min=1, help="At most so many texts.")] = 50, as_json: Json = False
) -> None:
    """List the queue, the most useful first."""
    from records import review as rows

    async def look(database: Database) -> list[Item]:
        async with database.read() as connection:
            return (await rows.open_items(connection))[:limit]

    items = with_database(look)
    if as_json:
        say_json([told(item) for item in items])
        return
    if not items:
        console.print("There is nothing to review.")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("Id", no_wrap=True, min_width=25)
    for name in ("Text", "Understood", "Why"):
        table.add_column(name, overflow="fold")
    for item in items:
        why = ", ".join(["test set"] * item.golden + list(item.signals))
        table.add_row(item.id, escape(item.text), item.intent or "–", why)
    console.print(table)


@app.command("next")
def next_group(by: By = None, as_json: Json = False) -> None:
    """Take the next group; nobody else is shown it for three minutes."""

    async def take(database: Database) -> tuple[list[Item], tuple[list[str], list[str]]]:
        judging = judging_of(database)
        return await judging.next(await reviewer(database, by)), await judging.intents()

    items, intents = with_database(take)
    if as_json:
        say_json([told(item) for item in items])
        return
    from bot.commands.review_keys import Offered, show

    if items:
        show(items, Offered.of(items[0], intents))
    else:
        console.print("There is nothing to review.")


@app.command()
def judge(  # noqa: PLR0913 - one option for each thing one may say
    ids: Ids,
    intent: Annotated[str | None, typer.Option(help="It means this intent.")] = None,
    new_intent: Annotated[str | None, typer.Option(help="It means a new intent of this name.")] = None,
    answer: Annotated[
        list[str] | None, typer.Option(help="What the bot says to a new intent, such as en=Hello.")
    ] = None,
    article: Annotated[str | None, typer.Option(help="This article answers it.")] = None,
    new_article: Annotated[bool, typer.Option(help="Draft an article from the human's reply.")] = False,
    out_of_scope: Annotated[bool, typer.Option(help="It is none of our business.")] = False,
    not_useful: Annotated[bool, typer.Option(help="Nothing is to be learnt from it.")] = False,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Say what texts mean: exactly one of the options."""
    from records.verdicts import Said

    answers = dict(one.partition("=")[::2] for one in answer or [])
    choices: list[tuple[Said, str | None, dict[str, Any]]] = []
    choices += [(Said.INTENT, intent, {})] if intent else []
    choices += [(Said.NEW_INTENT, new_intent, {"answers": answers})] if new_intent else []
    choices += [(Said.ARTICLE, article, {})] if article else []
    choices += [(Said.NEW_ARTICLE, None, {})] if new_article else []
    choices += [(Said.OUT_OF_SCOPE, None, {})] if out_of_scope else []
    choices += [(Said.NOT_USEFUL, None, {})] if not_useful else []
    if len(choices) != 1:
        raise typer.BadParameter("Say exactly one thing, such as --intent complain.")

    async def work(database: Database) -> str:
        return await judging_of(database).judge(ids, choices[0], await reviewer(database, by))

    press = with_database(work)
    if as_json:
        say_json({"press": press, "texts": len(ids)})
    else:
        console.print(f"[green]Judged {len(ids)}.[/green] `review undo` takes it back.", highlight=False)


@app.command()
def undo(by: By = None, as_json: Json = False) -> None:
    """Take your last verdict back."""

    async def work(database: Database) -> list[str]:
        return await judging_of(database).undo(await reviewer(database, by))

    items = with_database(work)
    say_json({"items": items}) if as_json else console.print(f"Took {len(items)} back.", highlight=False)


@app.command()
def apply(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the diff, write nothing.")] = False,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Write what was accepted into the data files; exit code 1 when conflicts wait for a person."""
    from bot.reviewing import folders_of
    from learning.apply import Apply

    async def work(database: Database) -> Plan:
        applying = Apply(database, folders_of(Settings()))
        return await (applying.plan() if dry_run else applying.apply((await reviewer(database, by))[1]))

    plan = with_database(work)
    _show_plan(plan, dry_run, as_json)
    raise typer.Exit(1 if plan.conflicts else 0)


@app.command()
def solve(
    verdict: Annotated[int, typer.Argument(help="The conflict's number, as `review apply` shows it.")],
    keep: Annotated[str, typer.Option(help="`old`: leave it; `new`: move it; `open`: judge it again.")],
) -> None:
    """Solve a conflict."""
    with_database(lambda database: judging_of(database).solve(verdict, keep))
    console.print("Solved. `review apply` goes on.")


@app.command()
def gaps(as_json: Json = False) -> None:
    """Show what is asked and not answered, grouped and named."""
    from learning.gaps import gaps_in

    async def look(database: Database) -> list[dict[str, Any]]:
        async with database.read() as connection:
            found = await gaps_in(connection, database.now())
        return [
            {
                "gap": gap.key,
                "name": gap.name,
                "language": gap.language,
                "count": gap.count,
                "customers": gap.customers,
                "trend": gap.trend,
                "weeks": list(gap.weeks),
                "texts": list(gap.texts),
                "articles": [article["article"] for article in gap.articles],
                "answered_by_humans": len(gap.answered),
            }
            for gap in found
        ]

    rows = with_database(look)
    if as_json:
        say_json(rows)
        return
    table = Table("Gap", "Asked", "Trend", "For example", "Nearest articles", box=None, pad_edge=False)
    for row in rows:
        texts, nearest = escape(" / ".join(row["texts"][:2])), ", ".join(row["articles"])
        table.add_row(escape(row["name"]), str(row["count"]), row["trend"], texts, nearest)
    console.print(table if rows else "No gaps were found.")


def told(item: Item) -> dict[str, Any]:
    """Return a text of the queue as JSON."""
    return {
        "id": item.id,
        "group": item.cluster,
        "text": item.text,
        "language": item.language,
        "golden": item.golden,
        "signals": list(item.signals),
        "usefulness": round(item.usefulness, 4),
        "intent": item.intent,
        "guesses": list(item.ranking),
        "articles": list(item.articles),
        "human": item.human,
        "conversation": item.conversation,
        "at": item.at,
    }


def _show_plan(plan: Plan, dry_run: bool, as_json: bool) -> None:
    from bot.reviewing import folders_of

    name = folders_of(Settings()).told
    diffs = {name(change.path): change.diff(name(change.path)) for change in plan.changes}
    conflicts = [
        {
            "verdict": one.verdict.id,
            "text": one.verdict.item.text,
            "wants": one.wants,
            "stands": one.stands,
            "where": one.where,
        }
        for one in plan.conflicts
    ]
    refused = [{"text": judged.item.text, "why": why} for judged, why in plan.refused]
    if as_json:
        figures = {"dry_run": dry_run, "applied": plan.added, "drafts": len(plan.drafts)}
        say_json({**figures, "changes": diffs, "conflicts": conflicts, "refused": refused})
        return
    if dry_run:
        for diff in diffs.values():
            _show_diff(diff)
    for one in conflicts:
        said = (
            f"conflict {one['verdict']}: {one['text']}: {one['wants']}, but {one['stands']} ({one['where']})"
        )
        console.print(f"[yellow]{escape(said)}[/yellow]", highlight=False, soft_wrap=True)
    for left in refused:
        console.print(f"refused: {escape(left['text'])}: {left['why']}", highlight=False, soft_wrap=True)
    would = "would change" if dry_run else "changed"
    files = f"{len(diffs)} file{'' if len(diffs) == 1 else 's'}"
    console.print(f"{plan.added} texts {would} {files}.", highlight=False)
    if conflicts:
        console.print("Solve each: firstline review solve NUMBER --keep old|new|open", highlight=False)
    elif diffs and not dry_run:
        console.print("Next: look at `git diff`, then `firstline retrain`.", highlight=False)


def _show_diff(diff: str) -> None:
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for line in diff.splitlines():
        style = colours.get(line[:1], "") if not line.startswith(("+++", "---")) else "bold"
        console.print(line, style=style, highlight=False, markup=False, soft_wrap=True)


def judging_of(database: Database) -> Judging:
    """Return the moves of a review of this company."""
    from bot.reviewing import folders_of
    from learning.judging import Judging

    return Judging(database, folders_of(Settings()))


def whole(work: Callable[[Review], Awaitable[Result]]) -> Result:
    """Run what reads texts and searches articles: the encoders and the index are loaded first."""
    from bot.reviewing import review_of
    from knowledge.editing import Editor

    settings = Settings()

    async def do(database: Database) -> Result:
        with TemporaryDirectory() as aside:
            base, reader = await open_base(None, lambda done, total: None, Path(aside))
            editor = Editor(base, settings.articles_dir, settings.data_dir / "index", reader)
            return await work(review_of(settings, database, reader, base, editor))

    return with_database(do)
