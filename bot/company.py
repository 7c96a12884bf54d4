"""A company's own folder: its settings, articles and intents, begun from small templates."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.settings import CHECKOUT
from nouns import Problem

TEMPLATES = Path(__file__).parent / "company"


def make_company(folder: Path, name: str, colour: str) -> list[Path]:
    """Make the folder, never over an existing one; return the files made."""
    if folder.exists() and any(folder.iterdir()):
        raise Problem("folder_taken", 422, f"{folder} is there and not empty.", "Choose another folder.")
    (folder / "golden").mkdir(parents=True, exist_ok=True)
    made = []
    for template in sorted(path for path in TEMPLATES.rglob("*") if path.is_file()):
        target = folder / template.relative_to(TEMPLATES).with_name(template.name.removesuffix(".template"))
        target.parent.mkdir(parents=True, exist_ok=True)
        text = template.read_text("utf-8").replace("{company}", name).replace("{colour}", colour)
        target.write_text(text, "utf-8")
        made.append(target)
    shutil.copytree(CHECKOUT / "data" / "nlu", folder / "nlu")
    return made
