"""Trains a candidate aside, and measures it and the live model on the same texts.

    python -m engine.retraining ORDER.json

The order names the data, the live model and what to ask; the last line out is a JSON of what was found.
Standard error carries a line for each step. When whoever gave the order is gone, so is this process.
"""

import asyncio
import json
import logging
import os
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine import slim

os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ["SQLALCHEMY_SILENCE_UBER_WARNING"] = "1"
if os.environ.get("FIRSTLINE_ENGINE_FULL") != "1":
    slim.leave_out()

import numpy as np
import structlog
from rasa import model_training
from rasa.core.channels.channel import UserMessage
from rasa.shared.exceptions import RasaException

from engine.eventlog import EventLog
from engine.evidence.crossed import cross_validated
from engine.evidence.labels import strange_labels
from engine.evidence.phrases import new_phrases, pulls
from engine.evidence.rows import Row, labels_in, read_rows
from engine.evidence.stories import PlayedActions, play
from engine.loading import ServedModel, load_model
from engine.nlu.service import text_service
from engine.problems import EngineProblem
from engine.reading import beside_message
from engine.replacements import install_all

STEPS = ("training", "loading", "golden", "probes", "stories", "labels", "phrases", "crossed")
SUSPECT = 4.0  # a phrase as surprising as this is put into golden texts
Said = dict[str, Any]


def step(name: str) -> None:
    """Say what begins, on standard error."""
    sys.stderr.write(f"step {STEPS.index(name) + 1} {len(STEPS)} {name}\n")
    sys.stderr.flush()


def train(order: dict[str, Any]) -> tuple[Path, float]:
    """Train the candidate; return its file and the seconds it took."""
    step("training")
    started = time.perf_counter()
    done = model_training.train(
        order["domain"], order["config"], order["data"], order["out"], fixed_model_name=order["name"]
    )
    if done.code or not done.model:
        raise EngineProblem("Rasa trained no model; its messages above say why.")
    return Path(done.model), time.perf_counter() - started


class Asked:
    """A loaded model that is asked texts; remembers what it said."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.model: ServedModel = load_model(path, EventLog(":memory:"), PlayedActions())

    def say(self, texts: Sequence[str]) -> list[Said]:
        """Return intent and confidence for each text."""
        return asyncio.run(self._say(texts))

    async def _say(self, texts: Sequence[str]) -> list[Said]:
        said = []
        for text, reading in zip(texts, text_service().read(list(texts)), strict=True):
            with beside_message(reading):
                parsed = await self.model.processor.parse_message(UserMessage(text))
            best = next(one for one in parsed["intent_ranking"] if one["name"] != "nlu_fallback")
            said.append(
                {"intent": parsed["intent"]["name"], "best": best["name"], "confidence": best["confidence"]}
            )
        return said

    def intents(self, texts: Sequence[str]) -> list[str]:
        """Return the best intent for each text, whatever its confidence."""
        return [said["best"] for said in self.say(texts)]

    def timed(self, texts: Sequence[str]) -> tuple[list[Said], float]:
        """Return what is said, and the milliseconds for one text, reading it left out."""
        text_service().read(list(texts))
        started = time.perf_counter()
        said = self.say(texts)
        return said, (time.perf_counter() - started) * 1000 / max(len(texts), 1)


def measure(order: dict[str, Any], candidate_file: Path) -> dict[str, Any]:
    """Ask both models all that the order names, and look at the new labels."""
    step("loading")
    candidate = Asked(candidate_file)
    live = Asked(Path(order["live"])) if order["live"] else candidate
    step("golden")
    golden = read_rows(labels_in([Path(path) for path in order["golden"]]))
    texts = [row.text for row in golden]
    (by_live, live_ms), (by_candidate, candidate_ms) = live.timed(texts), candidate.timed(texts)
    step("probes")
    probes = list(
        zip(order["probes"], live.say(order["probes"]), candidate.say(order["probes"]), strict=True)
    )
    step("stories")
    told = zip(
        order["stories"],
        play(order["stories"], live.model),
        play(order["stories"], candidate.model),
        strict=True,
    )
    return {
        "golden": [
            {"text": row.text, "gold": row.intent, "live": a, "candidate": b}
            for row, a, b in zip(golden, by_live, by_candidate, strict=True)
        ],
        "probes": [{"text": text, "live": a, "candidate": b} for text, a, b in probes],
        "stories": [
            {"name": story["name"], "safety": story["safety"], "live": a, "candidate": b}
            for story, a, b in told
        ],
        "speed": {"live_ms": round(live_ms, 3), "candidate_ms": round(candidate_ms, 3)},
        "size": {"live_bytes": live.path.stat().st_size, "candidate_bytes": candidate_file.stat().st_size},
        **look_at_labels(order, golden, live, candidate),
    }


def look_at_labels(order: dict[str, Any], golden: list[Row], live: Asked, candidate: Asked) -> dict[str, Any]:
    """Check the labels that the live model was not taught, when what it was taught is known."""
    now = labels_in([Path(path) for path in order["examples"]])
    if order["taught"] is None:
        return {"examples": now, "changes": None, "labels": None, "phrases": [], "crossed": None}
    before = [(text, intent) for text, intent in order["taught"]]
    known, texts = set(before), {text: intent for text, intent in before}
    new = [label for label in now if label not in known]
    step("labels")
    changes = {
        "added": len(new),
        "removed": len(known - set(now)),
        "relabelled": [
            {"text": text, "before": texts[text], "now": intent} for text, intent in new if text in texts
        ],
    }
    old_rows, new_rows = read_rows(before), read_rows(new)
    labels = strange_labels(old_rows, new_rows) if new and before else _nothing_new(len(before))
    step("phrases")
    suspects = [one for one in new_phrases(old_rows, new_rows) if one["surprise"] >= SUSPECT]
    phrases = pulls(suspects, golden, live.intents, candidate.intents) if golden else suspects
    step("crossed")
    crossed = cross_validated(old_rows, read_rows(now))
    return {"examples": now, "changes": changes, "labels": labels, "phrases": phrases, "crossed": crossed}


def _nothing_new(old: int) -> dict[str, Any]:
    return {
        "new": 0,
        "strange": 0,
        "old": old,
        "strange_before": 0,
        "pairs": [],
        "outsiders": [],
        "strangest": [],
    }


def _end_with_who_ordered() -> None:
    """End when the pipe on standard input closes: whoever holds its other end was killed, or has given up."""

    def wait() -> None:
        while os.read(0, 1024):
            pass
        os._exit(3)

    threading.Thread(target=wait, daemon=True).start()


def main() -> int:
    """Follow the order; print one JSON line: what was found, or why Rasa refuses the data."""
    order = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    if order.get("watched"):
        _end_with_who_ordered()
    output, sys.stdout = sys.stdout, sys.stderr
    tempfile.tempdir = order["out"]  # what is left behind by a kill is removed with the folder
    install_all()
    try:
        model, seconds = train(order)
        found = {"model": str(model), "seconds_train": round(seconds, 2), **measure(order, model)}
    except EngineProblem as problem:
        sys.stderr.write(f"{problem.detail}\n")
        return 1
    except RasaException as refusal:  # what a person wrote that Rasa can't take: its words alone
        found = {"refused": str(refusal).strip()}
    output.write(json.dumps(found, default=_plain) + "\n")
    output.flush()
    return 1 if "refused" in found else 0


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)


if __name__ == "__main__":
    sys.exit(main())
