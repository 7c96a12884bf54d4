"""The training data that a batch brings: is it sound, whose are the new texts, and what is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from learning.nlufile import NluFile, files_in
from learning.yamlfile import problem_at
from nouns import Problem

MOST_OF_ONE = 5  # texts of one customer that count in a batch

Label = tuple[str, str]


def check_files(nlu: Path, golden: Path, intents: Collection[str]) -> None:
    """Refuse NLU files that Rasa can't read, or intents that no domain knows, with file, line and cure."""
    try:
        files_in(golden)
        for file in files_in(nlu):
            _check_intents(file, intents)
    except Problem as problem:
        cure = f"{problem.cure} Then start again; the live model stays."
        raise Problem(problem.code, problem.status, problem.sentence, cure) from problem


def _check_intents(file: NluFile, known: Collection[str]) -> None:
    for block in file.blocks:
        if block.intent and block.intent.partition("/")[0] not in known:
            what = f"The domain knows no intent `{block.intent}`."
            cure = "Mend its name, or add it to the domain and write a rule for it."
            raise problem_at(file.path, block.start, what, cure)


def labels_of(files: Sequence[Path]) -> list[Label]:
    """Return text and intent of each example, without marks of entities."""
    return [(example.text, intent) for file in files for intent, example in NluFile.read(file).examples()]


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
        file.write_bytes(NluFile.read(file).without(unwanted).encode())
