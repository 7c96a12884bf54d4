"""What applying would do: each file's new text, the conflicts that a person must solve, and what is refused.

Planning writes nothing, so that the same plan is shown as a diff and carried out.
"""

from __future__ import annotations

import difflib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from knowledge.checks.probes import same_article
from learning import intents
from learning.folders import (
    ASK_QUESTION,
    GOLDEN_QUESTIONS,
    OUT_OF_SCOPE,
    Folders,
    Place,
    golden_places,
    golden_questions,
    training_places,
)
from learning.front import add_questions, remove_question, yaml_line
from learning.nlufile import NluFile, files_in
from learning.texts import one_line, same
from learning.yamlfile import text_of
from records.drafts import Draft
from records.verdicts import Judged, Said

NOTHING = "nothing to write"
OLD = "old"
NEW = "new"


@dataclass(frozen=True, slots=True)
class Change:
    """A file's text before and after; `before` None: the file is new."""

    path: Path
    before: str | None
    after: str

    def diff(self, name: str) -> str:
        """Return the change as a unified diff."""
        old, new = (self.before or "").splitlines(keepends=True), self.after.splitlines(keepends=True)
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in difflib.unified_diff(
                old, new, "/dev/null" if self.before is None else f"a/{name}", f"b/{name}"
            )
        )


@dataclass(frozen=True, slots=True)
class Conflict:
    """A text that would carry two meanings: what the verdict wants, and where it stands as another."""

    verdict: Judged
    wants: str
    stands: str
    where: str


@dataclass(slots=True)
class Plan:
    """What applying does. `done`: the verdicts that it carries out, and where to; `drafts`: their files."""

    changes: list[Change] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    refused: list[tuple[Judged, str]] = field(default_factory=list)
    done: dict[int, str] = field(default_factory=dict)
    drafts: dict[str, str] = field(default_factory=dict)

    @property
    def added(self) -> int:
        """How many verdicts change a file."""
        return sum(place != NOTHING for place in self.done.values())


@dataclass(frozen=True, slots=True)
class Want:
    """What a verdict makes of its text."""

    intent: str
    article: str | None

    @property
    def label(self) -> str:
        """What the text means."""
        return self.article or self.intent

    def fits(self, place: Place) -> bool:
        """Tell whether the text may stand there as well."""
        if place.intent != self.intent:
            return False
        return not (self.article and place.article) or same_article(self.article, place.article)


def want_of(judged: Judged) -> Want | None:
    """Return what a verdict wants; None when it writes nothing by itself."""
    if judged.kind in (Said.INTENT, Said.NEW_INTENT):
        return Want(judged.target or "", None)
    if judged.kind is Said.ARTICLE:
        return Want(ASK_QUESTION, judged.target)
    if judged.kind is Said.NEW_ARTICLE and judged.item.golden:
        return Want(ASK_QUESTION, None)
    return Want(OUT_OF_SCOPE, None) if judged.kind is Said.OUT_OF_SCOPE else None


class Planner:
    """Plans against the files as they are now."""

    def __init__(self, folders: Folders) -> None:
        self.folders = folders
        self.training, self.golden = training_places(folders), golden_places(folders)
        self.texts: dict[Path, str] = {}
        self.before: dict[Path, str | None] = {}
        self.plan = Plan()
        self.decided: dict[str, tuple[Want, Judged]] = {}
        self.homes = _homes(folders.nlu)

    def take(self, waiting: Sequence[Judged], drafts: Sequence[Draft] = ()) -> Plan:
        """Plan all verdicts, and the approved drafts, in their order."""
        files: dict[tuple[Path, str], list[Judged]] = defaultdict(list)
        articles: dict[str, list[Judged]] = defaultdict(list)
        for judged in waiting:
            if (want := self._decide(judged)) is None:
                continue
            if judged.item.golden:
                self._into_golden(judged, want)
            elif want.article:
                articles[want.article].append(judged)
            else:
                files[self._home(want.intent), want.intent].append(judged)
        self._new_intents(waiting)
        for (path, intent), group in files.items():
            self._set(
                path, NluFile.read(path, self._text(path)).add(intent, [one.item.text for one in group])
            )
            self._note(group, path)
        for article, group in articles.items():
            path = self.folders.article(article)
            self._set(path, add_questions(path, [one.item.text for one in group], self._text(path)))
            self._note(group, path)
        self._write_drafts(drafts, waiting)
        self.plan.changes = [
            Change(path, self.before[path], text)
            for path, text in sorted(self.texts.items())
            if text != (self.before[path] or "")
        ]
        return self.plan

    def _still(self, group: Sequence[Judged]) -> list[Judged]:
        """Leave out the verdicts that a later one, kept in a conflict, has overruled."""
        still = [one for one in group if self.decided[same(one.item.text)][0] == want_of(one)]
        self.plan.done |= {one.id: NOTHING for one in group if one not in still}
        return still

    def _decide(self, judged: Judged) -> Want | None:
        """Return what to write, or note why nothing is."""
        want = want_of(judged)
        if judged.kind is Said.NOT_USEFUL or judged.keep == OLD:
            self.plan.done[judged.id] = NOTHING
            return None
        if want is None:
            return None
        text = same(judged.item.text)
        stands = self.golden if judged.item.golden else self.training
        others = self.training if judged.item.golden else self.golden
        if others.get(text):
            why = "it stands in the training data" if judged.item.golden else "it stands in the golden set"
            self.plan.refused.append((judged, f"{why}, {self._where(others[text][0])}"))
            return None
        return want if self._agrees(judged, want, text, stands.get(text, ())) else None

    def _agrees(self, judged: Judged, want: Want, text: str, stands: Iterable[Place]) -> bool:
        """Note a conflict with a file or with another verdict; a solved one is carried out."""
        earlier = self.decided.get(text)
        if earlier and earlier[0] != want and judged.keep != NEW:
            self._conflict(judged, want, earlier[0].label, f"a verdict of {earlier[1].reviewer}")
            return False
        against = [place for place in stands if not want.fits(place)]
        if against and judged.keep != NEW:
            self._conflict(judged, want, against[0].label, self._where(against[0]))
            return False
        for place in against:
            self._remove(place, judged.item.text)
        self.decided[text] = (want, judged)
        return True

    def _conflict(self, judged: Judged, want: Want, stands: str, where: str) -> None:
        self.plan.conflicts.append(Conflict(judged, want.label, stands, where))

    def _remove(self, place: Place, text: str) -> None:
        now = self._text(place.path)
        if place.article:
            self._set(place.path, remove_question(place.path, now, text))
        else:
            self._set(place.path, NluFile.read(place.path, now).remove(place.intent, text))

    def _into_golden(self, judged: Judged, want: Want) -> None:
        path = self.folders.golden / f"{want.intent}.yml"
        self._set(path, NluFile.read(path, self._text(path)).add(want.intent, [judged.item.text]))
        self._note([judged], path)
        if want.article or judged.kind is Said.OUT_OF_SCOPE:
            questions = self.folders.golden / GOLDEN_QUESTIONS
            rows = {**golden_questions(questions), judged.item.text: want.article}
            self._text(questions)
            lines = [
                json.dumps({"question": text, "article": article}, ensure_ascii=False)
                for text, article in sorted({**_rows(self.texts.get(questions, "")), **rows}.items())
            ]
            self._set(questions, "".join(f"{line}\n" for line in lines))

    def _new_intents(self, waiting: Sequence[Judged]) -> None:
        """Write what an intent needs beside its examples, for those that are about to get some."""
        known = set(self.folders.intents())
        for judged in waiting:
            want = want_of(judged)
            if want is None or self.plan.done.get(judged.id) == NOTHING:
                continue
            if judged.item.golden and judged.kind is not Said.NEW_INTENT:
                continue
            if same(judged.item.text) not in self.decided or want.intent in known:
                continue
            known.add(want.intent)
            domain, rules = self.folders.domains[-1], self.folders.rules / intents.RULES_FILE
            answers = {str(code): str(text) for code, text in judged.data.get("answers", {}).items()}
            action = f"utter_{want.intent}" if answers else intents.FROM_ARTICLES
            self._set(domain, intents.with_intent(domain, self._text(domain), want.intent, answers))
            self._set(rules, intents.with_rule(rules, self._text(rules), want.intent, action))

    def _write_drafts(self, drafts: Sequence[Draft], waiting: Sequence[Judged]) -> None:
        for draft in drafts:
            asked = [judged for judged in waiting if judged.press == draft.origin]
            if draft.state == "dismissed":
                self.plan.done |= {judged.id: NOTHING for judged in asked if judged.id not in self.plan.done}
                continue
            path = self._free(draft.article or slug_of(draft.title))
            questions = [text for text in draft.questions if not self.golden.get(same(text))]
            self._set(path, file_of(draft, questions))
            self.plan.drafts[draft.id] = self.folders.told(path)
            self._note([judged for judged in asked if not judged.item.golden], path)

    def _free(self, article: str) -> Path:
        """Return a file that is not there yet; somebody may have written that article meanwhile."""
        names = (article, *(f"{article}-{number}" for number in range(2, 1000)))
        paths = (self.folders.articles / f"{name}.md" for name in names)
        return next(path for path in paths if not path.exists() and path not in self.texts)

    def _home(self, intent: str) -> Path:
        return self.homes.get(intent) or self.folders.nlu / f"{intent}.yml"

    def _note(self, group: Sequence[Judged], path: Path) -> None:
        self.plan.done |= {judged.id: self.folders.told(path) for judged in group}

    def _text(self, path: Path) -> str:
        if path not in self.texts:
            self.before[path] = text_of(path) if path.exists() else None
            self.texts[path] = self.before[path] or ""
        return self.texts[path]

    def _set(self, path: Path, text: str) -> None:
        self._text(path)
        self.texts[path] = text

    def _where(self, place: Place) -> str:
        return f"{self.folders.told(place.path)}, line {place.line}"


def file_of(draft: Draft, questions: Sequence[str]) -> str:
    """Write an approved draft as an article; where it came from stands in a comment."""
    rows = [f"# from review of conversation {', '.join(draft.conversations)}"] if draft.conversations else []
    rows += [f"title: {yaml_line(one_line(draft.title))}", f"language: {draft.language}", "kind: faq"]
    if questions:
        rows += [
            "questions:",
            *(f"  - {yaml_line(one_line(text))}" for text in sorted(set(questions), key=same)),
        ]
    return "\n".join(["---", *rows, "---", "", draft.body.strip(), ""])


def slug_of(title: str) -> str:
    """Return an article's file name from its title; Han letters stay."""
    return re.sub(r"[\W_]+", "-", title.casefold()).strip("-")[:60].strip("-") or "article"


def _rows(text: str) -> Mapping[str, str | None]:
    rows = (json.loads(line) for line in text.splitlines() if line.strip())
    return {row["question"]: row.get("article") for row in rows}


def _homes(folder: Path) -> dict[str, Path]:
    """Return the file in which most examples of each intent stand."""
    counted: dict[str, dict[Path, int]] = defaultdict(lambda: defaultdict(int))
    for file in files_in(folder):
        for intent, _ in file.examples():
            counted[intent][file.path] += 1
    return {intent: max(paths, key=lambda path: paths[path]) for intent, paths in counted.items()}
