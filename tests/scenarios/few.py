"""A company with few examples: its model trains in seconds, and still knows who asks for a person."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from bot.settings import CHECKOUT

# English and Chinese examples of each intent; fewer than forty of a language, so that no network is trained.
FEW = {"ask_human": (14, 20), "greet": (5, 6), "goodbye": (4, 6), "open_ticket": (4, 7)}
HAN = re.compile(r"[\u4e00-\u9fff]")
ARTICLE = """---
title: Delivery and returns
language: en
kind: faq
audience: public
questions:
  - how long does delivery take
  - what does shipping cost
  - when will my order arrive
  - do you ship abroad
  - what are your opening hours
  - can I send something back
  - how do I return an item
  - when do I get my money back
probes:
  - how many days until my parcel is here
---
We send every order within two working days; it arrives three to five working days later.
"""


def few_examples(nlu: Path) -> None:
    """Write a few of the demo's examples."""
    nlu.mkdir(parents=True, exist_ok=True)
    for file in nlu.glob("*.yml"):
        file.unlink()
    for intent, sizes in FEW.items():
        texts = [
            text for text in _texts(CHECKOUT / "data" / "nlu" / f"{intent}.yml", intent) if "[" not in text
        ]
        languages = ([t for t in texts if not HAN.search(t)], [t for t in texts if HAN.search(t)])
        chosen = [
            text
            for own, size in zip(languages, sizes, strict=True)
            for text in own[:: len(own) // size][:size]
        ]
        lines = "".join(f"    - {text}\n" for text in chosen)
        (nlu / f"{intent}.yml").write_text(
            f'version: "3.1"\nnlu:\n- intent: {intent}\n  examples: |\n{lines}', "utf-8"
        )


def few_settings(folder: Path) -> dict[str, str]:
    """Make such a company and return the settings that name it."""
    few_examples(folder / "nlu")
    (folder / "articles").mkdir()
    (folder / "articles" / "delivery.md").write_text(ARTICLE, "utf-8")
    (folder / "golden").mkdir()
    for language in ("en", "zh"):
        blocks = yaml.safe_load((CHECKOUT / "golden" / f"{language}.yml").read_text("utf-8"))["nlu"]
        own = {"nlu": [block for block in blocks if block["intent"] in FEW]}
        (folder / "golden" / f"{language}.yml").write_text(yaml.safe_dump(own, allow_unicode=True), "utf-8")
    return {f"{name.upper()}_DIR": str(folder / name) for name in ("nlu", "articles", "golden")}


def _texts(file: Path, intent: str) -> list[str]:
    blocks = yaml.safe_load(file.read_text("utf-8"))["nlu"]
    own = (block["examples"] for block in blocks if block.get("intent") == intent)
    return [line.removeprefix("- ") for examples in own for line in examples.splitlines()]
