"""Models without Rasa: files of the right shape, and an engine that only remembers what it was told."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from learning.shelf import Shelf
from nouns import Problem


@dataclass
class FakeEngine:
    """Serves what it is told to, unless it refuses."""

    refuses: bool = False
    serves: list[str] = field(default_factory=list)

    async def use(self, model: Path) -> bool:
        if self.refuses:
            raise Problem("model_refused", 422, "The engine does not take it.", "")
        self.serves.append(model.name.removesuffix(".tar.gz"))
        return True


def put_model(shelf: Shelf, name: str, size: int = 100) -> None:
    shelf.folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(shelf.file(name), "w:gz") as archive:
        for inside, content in (("metadata.json", b"{}"), ("numbers", bytes(range(256)) * size)):
            told = tarfile.TarInfo(inside)
            told.size = len(content)
            archive.addfile(told, io.BytesIO(content))
