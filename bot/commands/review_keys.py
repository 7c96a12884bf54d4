"""The review by keys in the terminal: the same keys as in the browser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import typer
from rich.markup import escape
from rich.panel import Panel

from bot.commands.shared import console
from learning.judging import Choice, Guess, Judging, guesses_among
from nouns import Problem
from records.review import Item
from records.verdicts import Reviewer, Said

SHOWN = 8
HELP = (
    "[b]1–9[/b] intent  [b]i[/b] other intent  [b]n[/b] new intent  [b]a1–a5[/b] article  "
    "[b]d[/b] new article"
)
HELP_TOO = "[b]o[/b] out of scope  [b]x[/b] not useful  [b]s[/b] skip  [b]u[/b] undo  [b]q[/b] quit"
PLAIN = {"d": Said.NEW_ARTICLE, "o": Said.OUT_OF_SCOPE, "x": Said.NOT_USEFUL}
Key = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Offered:
    """What a reviewer may choose for a group. `guesses`: the bot's, then intents named just now."""

    guesses: Sequence[Guess]
    intents: Sequence[str]
    articles: Sequence[str]

    @classmethod
    def of(cls, first: Item, intents: tuple[Sequence[str], Sequence[str]]) -> Offered:
        """Return what is offered for a group, by its first text."""
        known, named = intents
        ranked = [
            (guess["name"], guess["confidence"]) for guess in first.ranking if guess["name"] != "nlu_fallback"
        ]
        articles = [article["article"] for article in first.articles[:5]]
        return cls(guesses_among(ranked, named), known, articles)


async def by_keys(judging: Judging, who: Reviewer, key: Key = typer.getchar) -> None:
    """Show group after group until the queue is empty or the reviewer leaves."""
    judged = 0
    while items := await judging.next(who):
        offered = Offered.of(items[0], await judging.intents())
        show(items, offered)
        pressed = key()
        if pressed == "q":
            break
        try:
            judged += await _press(judging, (items, offered), pressed, who, key)
        except Problem as problem:
            console.print(f"[red]{escape(problem.sentence)}[/red] {escape(problem.cure)}", highlight=False)
    else:
        console.print("There is nothing to review.")
    console.print(
        f"Judged {judged} texts. `firstline review apply --dry-run` shows the diff.", highlight=False
    )


def show(items: Sequence[Item], offered: Offered) -> None:
    """Print a group: its texts, what the bot made of them, and the keys."""
    first = items[0]
    counted = Counter(item.text for item in items)
    lines = [f"{escape(text)}{f' [dim]×{n}[/dim]' if n > 1 else ''}" for text, n in counted.items()]
    lines, more = lines[:SHOWN], len(lines) - SHOWN
    lines += [f"[dim]… and {more} more[/dim]"] if more > 0 else []
    why = ", ".join(name for name, _ in Counter(s for item in items for s in item.signals).most_common(3))
    title = f"{len(items)} text{'s' if len(items) > 1 else ''}" + (
        " for the test set" if first.golden else ""
    )
    console.print(Panel("\n".join(lines), title=title, subtitle=why, title_align="left"))
    if human := next((item.human for item in items if item.human), None):
        console.print(Panel(escape(human), title="a colleague answered", title_align="left", style="green"))
    for place, (name, confidence) in enumerate(offered.guesses, 1):
        sure = "new" if confidence is None else f"{confidence:.0%}"
        console.print(f"  [b]{place}[/b]  {name}  [dim]{sure}[/dim]", highlight=False)
    for place, article in enumerate(first.articles[:5], 1):
        told = f"{escape(article['title'])}  [dim]{article['article']}[/dim]"
        console.print(f"  [b]a{place}[/b] {told}", highlight=False)
    console.print(HELP, HELP_TOO, sep="\n", highlight=False)


async def _press(
    judging: Judging, shown: tuple[Sequence[Item], Offered], pressed: str, who: Reviewer, key: Key
) -> int:
    """Do what a key says; return how many texts it judged."""
    items, offered = shown
    ids = [item.id for item in items]
    if pressed == "u":
        return -len(await judging.undo(who))
    if pressed == "s":
        await judging.skip(ids, who)
        return 0
    if (choice := _choice(offered, judging.folders.languages, pressed, key)) is None:
        return 0
    await judging.judge(ids, choice, who)
    return len(ids)


def _choice(offered: Offered, languages: Sequence[str], pressed: str, key: Key) -> Choice | None:
    if pressed in PLAIN:
        return PLAIN[pressed], None, {}
    if pressed.isdigit() and 0 < int(pressed) <= len(offered.guesses):
        return Said.INTENT, offered.guesses[int(pressed) - 1][0], {}
    if pressed == "a":
        digit = key()
        if digit.isdigit() and 0 < int(digit) <= len(offered.articles):
            return Said.ARTICLE, offered.articles[int(digit) - 1], {}
        return None
    if pressed == "i":
        begun = str(typer.prompt("Intent"))
        found = [name for name in offered.intents if name.startswith(begun)]
        return Said.INTENT, found[0] if len(found) == 1 else begun, {}
    if pressed == "n":
        name = str(typer.prompt("Name of the new intent"))
        asked = {
            code: str(typer.prompt(f"What the bot says ({code}; empty: the articles answer)", default=""))
            for code in languages
        }
        return Said.NEW_INTENT, name, {"answers": asked}
    return None
