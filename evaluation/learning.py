"""`firstline bench learning`: does the gate hold spoilt batches back, and let honest ones through?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.settings import Settings
from evaluation.engine import in_engine
from learning.compare import compare
from learning.gate import judge
from learning.safety import wordings
from reading.reader import Reader
from records.models import State

HELPFUL = "helpful"
POISONED = ("all_labels_flipped", "batch_labels_flipped", "intent_moved", "trigger_added")
ASKED_FOR = "ask_human"
Tell = Callable[[int, int], None]
Files = tuple[list[Path], list[Path]]


async def bench_learning(
    settings: Settings, reader: Reader, files: Files | None, runs: tuple[int, int, int, int], tell: Tell
) -> dict[str, Any]:
    """Simulate `runs` (helpful, poisoned of each kind, seed, first); return how many passed the gate."""
    helpful, poisoned, seed, first = runs
    with TemporaryDirectory() as name:
        folder = Path(name)
        data, golden = files or ([settings.nlu_dir], [settings.golden_dir])
        order = {
            "data": [str(path.resolve()) for path in data],
            "golden": [str(path.resolve()) for path in golden],
            "wordings": [] if files else wordings(),
            "helpful": helpful,
            "poisoned": poisoned,
            "kinds": POISONED,
            "seed": seed,
            "first": first,
            "out": str(folder / "runs.jsonl"),
        }
        (folder / "order.json").write_text(json.dumps(order), "utf-8")

        def hear(line: str) -> None:
            if line.startswith("run "):
                _, done, total = line.split()
                tell(int(done), int(total))

        await in_engine(settings, reader, ["engine.evidence.simulate", str(folder / "order.json")], hear)
        return _summed(_runs(folder / "runs.jsonl"), seed)


def _runs(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines)


def _summed(runs: Iterator[dict[str, Any]], seed: int) -> dict[str, Any]:
    count: Counter[str] = Counter()
    promoted: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = {}
    gains: list[float] = []
    for run in runs:
        state, failed, gain = verdict_on(run)
        count[run["kind"]] += 1
        promoted[run["kind"]] += state is State.CANDIDATE
        reasons.setdefault(run["kind"], Counter()).update(failed)
        gains += [gain] if run["kind"] == HELPFUL else []
    figures = {kind: {"runs": count[kind], "promoted": promoted[kind]} for kind in count}
    return {
        "poisoned": {kind: one for kind, one in figures.items() if kind != HELPFUL},
        "helpful": figures.get(HELPFUL, {"runs": 0, "promoted": 0}),
        "helpful_gain_f1": round(sum(gains) / len(gains), 4) if gains else None,
        "failed_checks": {kind: dict(names) for kind, names in reasons.items()},
        "seed": seed,
    }


def verdict_on(run: Mapping[str, Any]) -> tuple[State, list[str], float]:
    """Return what the gate says of a run, the checks that failed, and the gain in F1."""
    gold, live, candidate = ([row[i] for row in run["golden"]] for i in (1, 2, 3))
    comparison = compare(gold, live, candidate)
    evidence = {
        "stories": [
            {"name": text, "safety": True, "live": a == ASKED_FOR, "candidate": b == ASKED_FOR}
            for text, _, a, b in run["wordings"]
        ],
        "probes": {"n": 0, "lost": []},
        "labels": run["labels"],
        "phrases": run["phrases"],
    }
    verdict = judge(evidence, comparison)
    failed = [check.name for check in verdict.checks if check.passed is False]
    return verdict.state, failed, comparison.overall.gain
