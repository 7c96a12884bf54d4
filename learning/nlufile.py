"""Rasa NLU files, read with ruamel.yaml and changed by lines: what a person wrote stays as it was.

Texts from the review stand in a block of their own, tagged `metadata: {source: review}`, sorted. Rasa reads
several blocks of one intent as one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from learning.texts import one_line, same
from learning.yamlfile import end_of_key, load, newline_of, problem_at, text_of

SOURCE = "review"
ENTITY = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
FORMAT = "See Rasa's training data format."
KINDS = ("intent", "synonym", "regex", "lookup")
HEADING = "# From conversations, accepted in review"


@dataclass(frozen=True, slots=True)
class Example:
    """One example; `line` counts from 1."""

    text: str
    line: int


@dataclass(slots=True)
class Block:
    """The examples of one entry; of a synonym, regex or lookup `intent` is empty.

    `lines`: lines of `examples: |`, which can be edited.
    """

    intent: str
    reviewed: bool
    lines: bool
    start: int
    examples: list[Example] = field(default_factory=list)


@dataclass(slots=True)
class NluFile:
    """One file, its text as it stands and the blocks in it."""

    path: Path
    text: str
    blocks: list[Block]
    end: int

    @classmethod
    def read(cls, path: Path, text: str | None = None) -> NluFile:
        """Read a file, or take `text` for what it holds; what is no NLU file is told with its line."""
        text = text_of(path) if text is None else text
        data = load(path, text) or {}
        entries = (data.get("nlu") or []) if isinstance(data, dict) else None
        if not isinstance(entries, list):
            raise problem_at(path, 1, "There is no list under `nlu:`.", FORMAT)
        for place, entry in enumerate(entries):
            if not isinstance(entry, dict) or not any(kind in entry for kind in KINDS):
                told = "This block names no intent, synonym, regex or lookup."
                raise problem_at(path, data["nlu"].lc.item(place)[0] + 1, told, FORMAT)
        blocks = [_block(path, entry) for entry in entries]
        return cls(path, text, blocks, end_of_key(data, "nlu", text))

    def examples(self) -> Iterator[tuple[str, Example]]:
        """Give every example with its intent."""
        for block in (block for block in self.blocks if block.intent):
            for example in block.examples:
                yield block.intent, example

    def add(self, intent: str, texts: Sequence[str]) -> str:
        """Return the file's text with new examples of an intent, sorted into the review's block."""
        known = {same(example.text) for name, example in self.examples() if name == intent}
        fresh: dict[str, str] = {}
        for text in map(written, texts):
            if same(text) not in known:
                fresh.setdefault(same(text), text)
        new = sorted(fresh.values(), key=_order)
        own = next((b for b in self.blocks if b.intent == intent and b.reviewed and b.lines), None)
        if not new:
            return self.text
        after = self._insert(own, new) if own and own.examples else self._append(intent, new)
        return self._checked(after, {intent: new})

    def remove(self, intent: str, text: str) -> str:
        """Return the file's text without an example; a block that would be empty goes with its last one."""
        lines = self.text.splitlines(keepends=True)
        for block in (block for block in self.blocks if block.intent == intent):
            gone = {example.line for example in block.examples if same(example.text) == same(text)}
            if not gone:
                continue
            if not block.lines or len(gone) == len(block.examples):
                where = f"{self.path}, line {min(gone)}"
                raise problem_at(
                    self.path, min(gone), f"`{text}` can't be moved from there.", f"Edit {where}."
                )
            return "".join(line for number, line in enumerate(lines, 1) if number not in gone)
        return self.text

    def without(self, labels: Collection[tuple[str, str]]) -> str:
        """Return the file's text without some examples, each named by text and intent."""
        gone = {
            example.line
            for block in self.blocks
            if block.lines
            for example in block.examples
            if (example.text, block.intent) in labels
        }
        lines = self.text.splitlines(keepends=True)
        return "".join(line for number, line in enumerate(lines, 1) if number not in gone)

    def _insert(self, block: Block, new: Sequence[str]) -> str:
        lines, newline = self.text.splitlines(keepends=True), newline_of(self.text)
        indent = _indent(lines[block.examples[0].line - 1])
        for text in reversed(new):
            later = (one.line for one in block.examples if _order(one.text) > _order(text))
            at = min(later, default=block.examples[-1].line + 1)
            lines.insert(at - 1, f"{indent}- {text}{newline}")
        return "".join(lines)

    def _append(self, intent: str, new: Sequence[str]) -> str:
        newline = newline_of(self.text)
        lines = (self.text or 'version: "3.1"\n\nnlu:\n').splitlines(keepends=True)
        if not any(re.match(r"nlu\s*:", line) for line in lines):
            lines.append(f"nlu:{newline}")
        end = min(self.end, len(lines)) if self.text and self.end else len(lines)
        if end and not lines[end - 1].endswith(("\n", "\r\n")):
            lines[end - 1] += newline
        dash = self._dash()
        block = [
            "" if self.blocks else None,
            f"{dash}{HEADING}",
            f"{dash}- intent: {intent}",
            f"{dash}  metadata:",
            f"{dash}    source: {SOURCE}",
            f"{dash}  examples: |",
            *(f"{dash}    - {text}" for text in new),
        ]
        return "".join(
            [*lines[:end], *(f"{line}{newline}" for line in block if line is not None), *lines[end:]]
        )

    def _dash(self) -> str:
        lines = self.text.splitlines()
        return _indent(lines[self.blocks[0].start - 1]) if self.blocks else ""

    def _checked(self, after: str, added: dict[str, list[str]]) -> str:
        """Read the new text again: every example is there, and nothing else has changed."""
        told = list(NluFile.read(self.path, after).examples())
        wanted = sorted(
            [(intent, example.text) for intent, example in self.examples()]
            + [(intent, text) for intent, texts in added.items() for text in texts]
        )
        if sorted((intent, example.text) for intent, example in told) != wanted:
            cure = "Write the examples of the intent as `examples: |` with a `- ` on each line."
            raise problem_at(self.path, 1, "This file can't be changed without disturbing it.", cure)
        return after


def nlu_files(folders: Sequence[Path]) -> Iterator[Path]:
    """Return the YAML files under the folders."""
    for folder in folders:
        yield from sorted(path for path in folder.rglob("*") if path.suffix in (".yml", ".yaml"))


def files_in(folder: Path) -> list[NluFile]:
    """Read every NLU file of a folder, in order of path."""
    return [NluFile.read(path) for path in nlu_files([folder])]


def written(text: str) -> str:
    """Return a text as one example: a line that Rasa takes for neither an entity nor a payload."""
    line = one_line(text).translate(str.maketrans("[]{}", "()()")).lstrip("/- ")
    return line or one_line(text)


def nlu_of(labels: Iterable[tuple[str, str]]) -> str:
    """Return an NLU file of texts with their intents, sorted, each once."""
    texts: dict[str, set[str]] = defaultdict(set)
    for text, intent in labels:
        texts[intent].add(written(text))
    lines = ['version: "3.1"', "", "nlu:" if texts else "nlu: []"]
    for intent in sorted(texts):
        lines += [
            f"- intent: {intent}",
            "  examples: |",
            *(f"    - {text}" for text in sorted(texts[intent])),
        ]
    return "\n".join(lines) + "\n"


def _block(path: Path, entry: Any) -> Block:
    given, intent = entry.get("examples"), str(entry.get("intent", ""))
    metadata = entry.get("metadata")
    reviewed = isinstance(metadata, dict) and metadata.get("source") == SOURCE
    start = entry.lc.line + 1
    if isinstance(given, str):
        block = Block(intent, reviewed, "\n" in given, start)
        for number, line in enumerate(map(str.strip, given.splitlines()), entry.lc.value("examples")[0] + 2):
            if line.startswith("- "):
                block.examples.append(Example(ENTITY.sub(r"\1", line[2:].strip()), number))
            elif line:
                cure = "Write each example on a line of its own, after `- `."
                raise problem_at(path, number, f"{line[:40]!r} does not begin with '- '.", cure)
        return block
    if not isinstance(given, list):
        raise problem_at(path, start, "This block has no examples.", "Write them after `examples: |`.")
    texts = [one.get("text", "") if isinstance(one, dict) else str(one) for one in given]
    examples = [Example(ENTITY.sub(r"\1", one_line(text)), start) for text in texts]
    return Block(intent, reviewed, False, start, examples)


def _order(text: str) -> tuple[str, str]:
    return same(text), text


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" "))]
