"""The models as files: `NAME.tar.gz` as Rasa makes them, what belongs to each, and which one is live."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import tarfile
import zlib
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.disk import write_whole
from nouns import Problem

ENDING = ".tar.gz"
POINTER = "live"
REMEMBERED = 3
ASIDE = "aside"
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder of models."""

    folder: Path

    def file(self, name: str) -> Path:
        """Return where a model's file stands, or would."""
        return self.folder / f"{name}{ENDING}"

    def beside(self, name: str) -> Path:
        """Return the folder of what belongs to a model: its report and what it was taught."""
        return self.folder / name

    def live(self) -> str | None:
        """Return the name of the model that is to answer."""
        return next(iter(self._pointed()), None)

    def to_load(self) -> str:
        """Return the files that the engine tries in turn: the live model's, then those before it."""
        there = [self.file(name) for name in self._pointed()]
        return os.pathsep.join(str(file) for file in there if file.is_file() or file == there[0])

    def _pointed(self) -> list[str]:
        pointer = self.folder / POINTER
        return pointer.read_text("utf-8").split() if pointer.is_file() else []

    def point(self, name: str) -> None:
        """Let another model be the one that starts load, whole or not at all; those before are remembered."""
        names = [name, *(before for before in self._pointed() if before != name)][:REMEMBERED]
        write_whole(self.folder / POINTER, "\n".join(names).encode())

    def check(self, name: str) -> Path:
        """Refuse a model whose file is missing or damaged; every byte is read."""
        file = self.file(name)
        if not file.is_file():
            raise Problem("model_missing", 404, f"The file of model {name} is gone.", "Train it again.")
        try:
            with tarfile.open(file, "r:gz") as archive:
                names = [member.name for member in archive if _read(archive, member)]
        except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
            raise _damaged(file, str(error) or type(error).__name__) from error
        if not any(Path(one).name == "metadata.json" for one in names):
            raise _damaged(file, "it holds no metadata.json")
        return file

    def taught(self, name: str | None) -> list[list[str]] | None:
        """Return text and intent of every example that a model was taught, None when nobody knows."""
        file = self.beside(name) / "examples.json.gz" if name else None
        if file is None or not file.is_file():
            return None
        with gzip.open(file, "rt", encoding="utf-8") as content:
            examples: list[list[str]] = json.load(content)
        return examples

    def report(self, name: str) -> dict[str, Any] | None:
        """Return the report on a model, if there is one."""
        file = self.beside(name) / "report.json"
        return dict(json.loads(file.read_text("utf-8"))) if file.is_file() else None

    def keep(self, name: str, examples: list[list[str]], report: dict[str, Any] | None = None) -> None:
        """Put what belongs to a model beside it; no file of it is ever half there."""
        packed = gzip.compress(json.dumps(examples, ensure_ascii=False).encode())
        write_whole(self.beside(name) / "examples.json.gz", packed)
        if report is not None:
            text = json.dumps(report, ensure_ascii=False, indent=1)
            write_whole(self.beside(name) / "report.json", text.encode())

    def publish(self, name: str, made: Path, examples: list[list[str]], report: dict[str, Any]) -> None:
        """Put a trained model and what belongs to it in their places; nothing new stays if that fails."""
        there_before = self.beside(name).exists()
        try:
            self.keep(name, examples, report)
            made.replace(self.file(name))
        except OSError:
            if not there_before:
                shutil.rmtree(self.beside(name), ignore_errors=True)
            raise

    def aside(self) -> Path:
        """Make an empty folder to train in; what killed trainings left is removed."""
        shutil.rmtree(self.folder / ASIDE, ignore_errors=True)
        (self.folder / ASIDE).mkdir(parents=True)
        return self.folder / ASIDE

    def names(self) -> list[str]:
        """Return the models whose files are there, the oldest first."""
        files = sorted(self.folder.glob(f"*{ENDING}"), key=lambda file: file.stat().st_mtime)
        return [file.name.removesuffix(ENDING) for file in files]

    def forget(self, named: Collection[str], limit_bytes: int) -> list[str]:
        """Remove models that nobody names any more, and the oldest of the named beyond the limit."""
        kept = [name for name in self.names() if name in named]
        gone = [name for name in self.names() if name not in named]
        size = sum(self.file(name).stat().st_size for name in kept)
        while size > limit_bytes and len(kept) > 1:
            gone.append(oldest := next((name for name in kept if name != self.live()), kept[0]))
            kept.remove(oldest)
            size -= self.file(oldest).stat().st_size
        for name in gone:
            if name != self.live():
                with suppress(FileNotFoundError):
                    self.file(name).unlink()
        return [name for name in gone if name != self.live()]


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bool:
    content = archive.extractfile(member) if member.isfile() else None
    while content and content.read(CHUNK_BYTES):
        pass
    return True


def _damaged(file: Path, how: str) -> Problem:
    name = file.name.removesuffix(ENDING)
    cure = f"The live model goes on answering. Put a good copy of {file} in its place, or retrain."
    return Problem("model_damaged", 422, f"The file of model {name} is damaged: {how.rstrip('.')}.", cure)
