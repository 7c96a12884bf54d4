"""`firstline evaluate nlu`: train the NLU pipeline on Rasa NLU files aside, test it on others."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.settings import CHECKOUT, Settings
from bot.training import write_article_questions
from evaluation.engine import Hear, in_engine
from nouns import Problem
from reading.reader import Reader

LANGUAGES = ("en", "zh")
NLU_ENDINGS = (".yml", ".yaml", ".md", ".json")


async def evaluate_nlu(
    settings: Settings,
    reader: Reader,
    files: tuple[Sequence[Path], Sequence[Path]],
    predictions: Path | None = None,
    hear: Hear = lambda line: None,
) -> dict[str, Any]:
    """Train on the first files or folders, test on the second; `predictions` gets each text's ranking."""
    with as_one(files[0]) as train, as_one(files[1]) as test:
        words = ["engine.evaluate", "nlu", "--train", str(train), "--test", str(test)]
        if predictions:
            words += ["--predictions", str(predictions.resolve())]
        return await in_engine(settings, reader, words, hear)


async def evaluate_own(
    settings: Settings, reader: Reader, hear: Hear = lambda line: None
) -> dict[str, dict[str, Any]]:
    """Train on the company's examples and its articles' questions; test on held-out texts by language."""
    figures = {}
    with TemporaryDirectory() as folder:
        generated = Path(folder) / "generated"
        write_article_questions(settings.articles_dir, generated)
        for language in LANGUAGES:
            held_out = CHECKOUT / "golden" / f"{language}.yml"
            hear(f"Training, then asking {held_out.name}")
            files = ([settings.nlu_dir, generated], [held_out])
            figures[language] = await evaluate_nlu(settings, reader, files, hear=hear)
    return figures


@contextmanager
def as_one(paths: Sequence[Path]) -> Iterator[Path]:
    """Give one path for several files and folders: a single one itself, else a folder that holds all."""
    missing = [path for path in paths if not path.exists()]
    if missing or not paths:
        told = ", ".join(map(str, missing)) or "No file"
        raise Problem(
            "file_missing", 422, f"{told}: there is no such file.", "Name a Rasa NLU file or a folder."
        )
    if len(paths) == 1:
        yield paths[0].resolve()
        return
    with TemporaryDirectory(prefix="firstline-nlu-") as folder:
        for number, file in enumerate(file for path in paths for file in _files(path)):
            shutil.copy(file, Path(folder) / f"{number}-{file.name}")
        yield Path(folder)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix in NLU_ENDINGS)
