"""The training data as files: is it sound, whose are the new texts, and what is left out of a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML

from learning.nlufile import ENTITY, nlu_files
from nouns import Problem

MOST_OF_ONE = 5  # texts of one customer that count in a batch
CURE = "Correct the file and start again; the live model stays."
EXAMPLE_KEYS = {"intent": "an intent", "synonym": "a synonym", "regex": "a regex", "lookup": "a lookup table"}

Label = tuple[str, str]


def check_files(folders: Sequence[Path]) -> None:
    """Refuse NLU files that Rasa could not read, with file, line and cure."""
    for file in nlu_files(folders):
        _check_blocks(file, _parsed(file))


def labels_of(files: Sequence[Path]) -> list[Label]:
    """Return text and intent of each plain example, as written."""
    found = []
    for file in files:
        for block in _parsed(file).get("nlu") or []:
            if isinstance(block.get("intent"), str) and isinstance(block.get("examples"), str):
                found += [(text, block["intent"]) for text in texts_of(block["examples"])]
    return found


def texts_of(block: str) -> list[str]:
    """Return the texts of a block of examples, without marks of entities."""
    lines = (line.strip().removeprefix("- ").strip() for line in block.splitlines() if line.strip())
    return [ENTITY.sub(r"\1", line) for line in lines]


def too_many_of_one(
    new: Sequence[Label], customers: Mapping[Label, str], most: int = MOST_OF_ONE
) -> list[Label]:
    """Return the new examples that are left out because their customer has given enough already."""
    counted: Counter[str] = Counter()
    left_out = []
    for label in new:
        if customer := customers.get(label):
            counted[customer] += 1
            if counted[customer] > most:
                left_out.append(label)
    return left_out


def leave_out(files: Sequence[Path], labels: Sequence[Label]) -> None:
    """Take examples out of (copies of) NLU files."""
    unwanted = set(labels)
    for file in files if unwanted else ():
        reader = YAML()
        content = reader.load(file)
        for block in content.get("nlu") or []:
            if isinstance(block.get("examples"), str) and isinstance(block.get("intent"), str):
                lines = [line for line in block["examples"].splitlines() if line.strip()]
                kept = [line for line in lines if (*texts_of(line), block["intent"]) not in unwanted]
                block["examples"] = "".join(f"{line}\n" for line in kept)
        reader.dump(content, file)


def _parsed(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise _wrong(file, 1, f"it is not UTF-8 (byte {error.start})") from error
    except yaml.MarkedYAMLError as error:
        quoted = "quoted" in (
            error.context or ""
        )  # what is wrong is where the quote begins, not where it ends
        mark = error.context_mark if quoted else error.problem_mark
        raise _wrong(file, mark.line + 1 if mark else 1, error.problem or "it is not YAML") from error
    except yaml.YAMLError as error:
        raise _wrong(file, 1, str(error).splitlines()[0]) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise _wrong(file, 1, "it must begin with `version` and `nlu`")
    return content


def _check_blocks(file: Path, content: Mapping[str, Any]) -> None:
    blocks = content.get("nlu") or []
    if not isinstance(blocks, list):
        raise _wrong(file, _line_of(file, "nlu"), "`nlu` must be a list")
    for block in blocks:
        kind = next((key for key in EXAMPLE_KEYS if isinstance(block, dict) and key in block), None)
        if kind is None:
            raise _wrong(file, _line_of(file, "nlu"), "a block names no intent, synonym, regex or lookup")
        line = _line_of(file, str(block[kind]))
        examples = block.get("examples")
        if isinstance(examples, list):
            continue
        if not isinstance(examples, str):
            raise _wrong(file, line, f"{EXAMPLE_KEYS[kind]} has no `examples: |`")
        for place, text in enumerate(examples.splitlines(), 1):
            if text.strip() and not text.strip().startswith("- "):
                raise _wrong(file, line + 1 + place, f"{text.strip()[:40]!r} does not begin with '- '")


def _line_of(file: Path, words: str) -> int:
    lines = file.read_text("utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if words in line), 1)


def _wrong(file: Path, line: int, what: str) -> Problem:
    return Problem("nlu_invalid", 422, f"{file.name}, line {line}: {what}.", f"{file}: {CURE}")
