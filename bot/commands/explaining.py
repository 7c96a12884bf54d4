"""`firstline knowledge search --explain`: what each score had to do with the order and with the decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from bot.commands.shared import console
from knowledge.across import FLOOR, WITHIN

if TYPE_CHECKING:
    from nouns import Answer


def told(answer: Answer) -> dict[str, Any]:
    """Return the grounds of an answer as JSON."""
    return {
        "threshold": answer.threshold,
        "known_question": answer.known,
        "looked_at_again": answer.again,
        "fusion": [
            {
                "article": hit.passage.article,
                "score": round(hit.score, 4),
                "scores": {name: round(value, 4) for name, value in hit.scores.items()},
                "shares": {name: round(value, 4) for name, value in hit.shares.items()},
            }
            for hit in answer.hits
        ],
        "decision": [
            {"feature": one.feature, "value": round(one.value, 4), "log_odds": round(one.share, 4)}
            for one in answer.grounds
        ],
        "across": {
            "floor": FLOOR,
            "within": WITHIN,
            "cosines": {hit.passage.id: round(hit.score, 4) for hit in answer.across},
        },
    }


def show(answer: Answer) -> None:
    """Print two tables: the shares of each fused score, and of the decision's log odds."""
    if not answer.hits:
        nothing = "The question holds no word" if not answer.across else "No article is in its language"
        console.print(f"{nothing}; there is nothing to explain.")
        _show_across(answer)
        return
    console.print(_fusion(answer))
    console.print(_decision(answer))
    if answer.known:
        console.print("An article names this very question; that alone makes it sure.")
    if answer.again:
        console.print(
            "MiniLM alone was not sure, so e5 was asked too: the scores by meaning are both encoders'."
        )
    verdict = "at least" if answer.probability >= answer.threshold else "less than"
    console.print(
        f"{answer.probability:.3f} is {verdict} {answer.threshold:.2f}, from which on an answer is given.",
        highlight=False,
    )
    _show_across(answer)


def _show_across(answer: Answer) -> None:
    """Say what is offered of another language, where nothing of the question's own answers."""
    if not answer.across:
        return
    table = Table("only in another language, so suggested and never answered", "language", "cosine")
    for hit in answer.across:
        table.add_row(escape(hit.passage.id), hit.passage.language, f"{hit.score:.3f}")
    console.print(table)
    console.print(
        f"Suggested from {FLOOR:.2f} on, and what comes within {WITHIN:.2f} of the first.", highlight=False
    )


def _fusion(answer: Answer) -> Table:
    """Say what each searcher added to the fused scores, an article a column."""
    hits = answer.hits[:3]
    table = Table("what each searcher adds", *(escape(hit.passage.article) for hit in hits))
    for name in hits[0].shares:
        table.add_row(name, *(f"{hit.shares[name]:+.2f} ({hit.scores[name]:.2f})" for hit in hits))
    table.add_section()
    table.add_row("fused score", *(f"{hit.score:.2f}" for hit in hits))
    return table


def _decision(answer: Answer) -> Table:
    table = Table("what the decision rests on", "value", "log odds")
    first, *rest = answer.grounds
    table.add_row(first.feature, "", f"{first.share:+.2f}")
    for one in sorted(rest, key=lambda one: -abs(one.share)):
        table.add_row(one.feature, f"{one.value:.2f}", f"{one.share:+.2f}")
    table.add_section()
    table.add_row("together", "", f"{sum(one.share for one in answer.grounds):+.2f}")
    return table
