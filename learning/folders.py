"""Where the company's data stands, and what stands in it: who says a text already, and as what."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from learning.front import questions_in
from learning.nlufile import files_in
from learning.texts import digest_of, same
from learning.yamlfile import load, name_of, problem_at, text_of
from nouns import Problem

ASK_QUESTION = "ask_question"
OUT_OF_SCOPE = "out_of_scope"
GOLDEN_QUESTIONS = "questions.jsonl"


@dataclass(frozen=True, slots=True)
class Folders:
    """The files that the review reads and writes. `domains`: Rasa domain files, the last is written to."""

    articles: Path
    nlu: Path
    golden: Path
    domains: Sequence[Path]
    rules: Path
    languages: Sequence[str] = ("en", "zh")

    def intents(self) -> list[str]:
        """Return the intents that the domain knows."""
        found: dict[str, None] = {}
        for path in self.domains:
            data = load(path, text_of(path)) or {}
            for one in data.get("intents") or []:
                found[name_of(one)] = None
        return list(found)

    def article(self, id: str) -> Path:
        """Return an article's file, or refuse; an id never leads out of the folder."""
        path = (self.articles / f"{id}.md").resolve()
        if not path.is_relative_to(self.articles.resolve()) or not path.is_file():
            raise Problem("article_unknown", 422, f"There is no article `{id}`.", "Choose one of the list.")
        return path

    def told(self, path: Path) -> str:
        """Return a path as people know it: beneath the folder it belongs to."""
        for folder in (self.articles, self.nlu, self.golden, self.rules):
            if path.resolve().is_relative_to(folder.resolve()):
                return f"{folder.name}/{path.resolve().relative_to(folder.resolve()).as_posix()}"
        return path.name


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands: in an intent's examples, an article's questions, or the golden set."""

    intent: str
    path: Path
    line: int
    article: str | None = None

    @property
    def label(self) -> str:
        """What the text means there."""
        return self.article or self.intent


def training_places(folders: Folders) -> dict[str, list[Place]]:
    """Return where each text of the training data stands, by what is compared of it."""
    found: dict[str, list[Place]] = defaultdict(list)
    for file in files_in(folders.nlu):
        for intent, example in file.examples():
            found[same(example.text)].append(Place(intent, file.path, example.line))
    for path in sorted(folders.articles.rglob("*.md")):
        id = path.relative_to(folders.articles).with_suffix("").as_posix()
        for question, line in questions_in(path, text_of(path)).items():
            found[same(question)].append(Place(ASK_QUESTION, path, line, id))
    return found


def golden_places(folders: Folders) -> dict[str, list[Place]]:
    """Return where each text of the golden set stands."""
    found: dict[str, list[Place]] = defaultdict(list)
    for file in files_in(folders.golden):
        for intent, example in file.examples():
            found[same(example.text)].append(Place(intent, file.path, example.line))
    return found


def golden_questions(path: Path) -> dict[str, str | None]:
    """Return the golden questions with the article that each must find, None for what none answers."""
    rows: dict[str, str | None] = {}
    for number, line in enumerate(text_of(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            rows[str(row["question"])] = row.get("article")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            cure = 'Write {"question": "…", "article": "…"} on each line.'
            raise problem_at(path, number, "This line is no golden question.", cure) from error
    return rows


def known_digests(folders: Folders) -> set[str]:
    """Return the digests of all texts that training data or the golden set hold."""
    return {digest_of(text) for text in (*training_places(folders), *golden_places(folders))}
