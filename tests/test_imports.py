"""Who may import whom: the contracts in pyproject.toml, and what must stay light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_rooms_import_downwards_only() -> None:
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_app_never_imports_rasa_nor_loads_models_before_they_are_wanted() -> None:
    heavy = ("rasa", "torch", "sentence_transformers", "spacy", "faiss", "sklearn", "tensorflow")
    code = f"import sys, bot.app, bot.commands; print([m for m in {heavy!r} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
