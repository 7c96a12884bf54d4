"""What a reviewer may say, checked before it is stored: one door for the browser and the terminal."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from learning.folders import OUT_OF_SCOPE, Folders
from learning.intents import check_answers, check_name
from learning.plan import slug_of
from nouns import Agent, Problem
from records import drafts, review, verdicts
from records.database import Database
from records.drafts import Draft
from records.review import Item
from records.verdicts import Reviewer, Said, holder_of

Choice = tuple[Said, str | None, Mapping[str, Any]]
Guess = tuple[str, float | None]  # an intent and how sure the bot is; None where no model knows it yet
GUESSES, NEWEST = 9, 3  # a key each; of them, intents named just now
TITLE_LENGTH, BODY_LENGTH = 120, 20_000


def reviewer_of(agent: Agent) -> Reviewer:
    """Return who judges: the account's id, and what others read."""
    return agent.id, agent.name


def guesses_among(ranked: Sequence[tuple[str, float]], named: Sequence[str]) -> list[Guess]:
    """Return what a key is given to: the likeliest intents, then those that were named last."""
    newest = named[-NEWEST:]
    return [*ranked[: GUESSES - len(newest)], *((name, None) for name in newest)]


@dataclass(frozen=True, slots=True)
class Judging:
    """The moves of a review."""

    database: Database
    folders: Folders

    async def next(self, reviewer: Reviewer) -> list[Item]:
        """Return the group to look at now; nobody else is shown it meanwhile."""
        async with self.database.write() as writing:
            return await review.take_next(writing, holder_of(reviewer))

    async def judge(
        self,
        ids: Collection[str],
        said: Choice,
        reviewer: Reviewer,
    ) -> str:
        """Store what a reviewer says of texts; return the press, by which it can be undone."""
        known = self.folders.intents()
        async with self.database.write() as writing:
            await writing.alone("review")
            named = await verdicts.named(writing.connection)
            kind, target, data = self._checked(said, known, named)
            press = await verdicts.judge(writing, ids, (kind, target, data), reviewer)
            if kind is Said.NEW_ARTICLE:
                draft = draft_of(await review.by_ids(writing.connection, ids), press, target)
                if not await drafts.is_held(writing.connection, draft):
                    await drafts.add(writing, draft, reviewer[1])
        return press

    async def intents(self) -> tuple[list[str], list[str]]:
        """Return the intents that a text may mean, and those of them that reviewers named just now."""
        known = self.folders.intents()
        async with self.database.read() as connection:
            named = [name for name in await verdicts.named(connection) if name not in known]
        return [*known, *named], named

    async def skip(self, ids: Collection[str], reviewer: Reviewer) -> None:
        """Leave texts for later, or for somebody else."""
        async with self.database.write() as writing:
            await review.postpone(writing, ids, holder_of(reviewer))

    async def undo(self, reviewer: Reviewer) -> list[str]:
        """Take the reviewer's last press back."""
        async with self.database.write() as writing:
            return await verdicts.undo(writing, reviewer)

    async def solve(self, verdict: int, keep: str) -> None:
        """Solve a conflict: `new`, `old`, or `open` to judge the text again."""
        if keep not in ("new", "old", "open"):
            raise Problem("value_unknown", 422, f"`{keep}` solves nothing.", "Say new, old or open.")
        async with self.database.write() as writing:
            if keep == "open":
                await verdicts.take_back(writing, verdict)
            else:
                await verdicts.keep(writing, verdict, keep)

    async def edit_draft(
        self, id: str, version: int, given: Mapping[str, str], reviewer: Reviewer, *, approve: bool
    ) -> None:
        """Store a draft's words; once approved, applying makes it a file."""
        title, body = check_draft(given.get("title", ""), given.get("body", ""))
        questions = [line.strip() for line in given.get("questions", "").splitlines() if line.strip()]
        async with self.database.write() as writing:
            values: dict[str, Any] = {"title": title, "body": body, "questions": questions}
            if approve:
                values |= {"state": "approved", "article": self._new_article(title, id)}
            await drafts.change(writing, id, version, reviewer[1], **values)

    async def dismiss_draft(self, id: str, version: int, reviewer: Reviewer) -> None:
        """Put a draft away; nothing of it is written."""
        async with self.database.write() as writing:
            await drafts.change(writing, id, version, reviewer[1], state="dismissed")

    def _checked(self, said: Choice, known: Sequence[str], named: Mapping[str, Mapping[str, Any]]) -> Choice:
        """Refuse what can't be meant; a text of an intent just named carries what was said of that, too."""
        kind, target, data = said
        if kind is Said.INTENT:
            if target and target in named and target not in known:
                return Said.NEW_INTENT, target, named[target]
            if target not in known:
                cure = f"Choose one of {', '.join([*known, *named])}, or make it a new intent."
                raise Problem("intent_unknown", 422, f"There is no intent `{target}`.", cure)
            return kind, target, {}
        if kind is Said.NEW_INTENT:
            name = check_name(target or "", [*known, *named, OUT_OF_SCOPE])
            return kind, name, {"answers": check_answers(data.get("answers", {}), self.folders.languages)}
        if kind is Said.ARTICLE:
            self.folders.article(target or "")
            return kind, target, {}
        return kind, target if kind is Said.NEW_ARTICLE else None, {}

    def _new_article(self, title: str, id: str) -> str:
        """Return the id of an article that is not there yet."""
        slug = slug_of(title)
        taken = (self.folders.articles / f"{slug}.md").exists()
        return f"{slug}-{id[-4:].lower().strip('-_')}" if taken else slug


def draft_of(items: Sequence[Item], origin: str, title: str | None = None) -> Draft:
    """Draft an article from what humans replied to these texts; questions are the texts themselves."""
    said = list(dict.fromkeys(item.human for item in items if item.human))
    texts = list(dict.fromkeys(item.text for item in items if not item.golden))
    first = items[0]
    return Draft(
        id="",
        title=title or first.text.rstrip("?？!. ")[:TITLE_LENGTH],
        language=first.language,
        body="\n\n".join(said),
        questions=texts,
        conversations=list(dict.fromkeys(item.conversation for item in items)),
        origin=origin,
    )


def check_draft(title: str, body: str) -> tuple[str, str]:
    """Refuse a draft that says nothing, or too much."""
    title, body = " ".join(title.split()), body.strip()
    if not title or not body:
        raise Problem("draft_empty", 422, "An article needs a title and a text.", "Write both.")
    if len(title) > TITLE_LENGTH or len(body) > BODY_LENGTH:
        told = f"A title has {TITLE_LENGTH} characters at most, a text {BODY_LENGTH}."
        raise Problem("draft_long", 422, told, "Shorten it, or make two articles.")
    return title, body
