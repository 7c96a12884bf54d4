"""Measures the NLU pipeline of config.yml on any two Rasa NLU files, through Rasa's own training and parsing.

python -m engine.evaluate nlu --train F.yml --test F.yml [--predictions F.jsonl]
"""

import argparse
import asyncio
import contextlib
import json
import logging
import math
import os
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")

import numpy as np
import structlog
from rasa.core.agent import Agent
from rasa.model_training import train_nlu
from rasa.shared.importers.utils import training_data_from_paths
from rasa.shared.utils.io import read_config_file, write_yaml
from scipy.stats import beta
from sklearn.metrics import f1_score, roc_auc_score

from engine.nlu.classifier import RANKING_LENGTH
from engine.nlu.keeping import WORDS
from engine.nlu.service import text_service
from engine.problems import EngineProblem

CONFIG = Path(__file__).parents[1] / "config.yml"
OUT_OF_SCOPE = "out_of_scope"
KNOW = "ask_question"  # the intent that the search answers, as it does what is rejected
REJECTED = {"nlu_fallback", OUT_OF_SCOPE}
CLASSIFIER = "engine.nlu.classifier.MixedIntentClassifier"
RESAMPLES, SEED = 500, 0

Row = dict[str, Any]


def read_rows(path: Path) -> list[tuple[str, str]]:
    """Return text and intent of each example in an NLU file."""
    messages = training_data_from_paths([str(path)], language="en").intent_examples
    return [(message.get("text"), message.get("intent")) for message in messages]


def train(nlu_file: Path, folder: Path) -> tuple[Path, float]:
    """Train the pipeline aside; return the model and the seconds it took."""
    config = read_config_file(CONFIG)
    for component in config["pipeline"]:
        if component["name"] == CLASSIFIER:
            component[RANKING_LENGTH] = 0
    write_yaml(config, folder / "config.yml")
    started = time.perf_counter()
    os.environ["RASA_CACHE_DIRECTORY"] = str(folder / "cache")
    model = train_nlu(str(folder / "config.yml"), str(nlu_file), str(folder / "models"))
    if model is None:
        raise SystemExit(f"{nlu_file} gave no model; Rasa's messages above say why.")
    return Path(model), time.perf_counter() - started


def promise_of(model: Path) -> dict[str, float | None]:
    """Return the confidence from which the model takes an intent, and the error rate promised by that."""
    with tarfile.open(model) as archive:
        name = next(name for name in archive.getnames() if Path(name).name == WORDS)
        file = archive.extractfile(name)
        words = json.loads(file.read()) if file else {}
    return {"threshold": words["threshold"], "error_rate_promised": words["promised"]}


async def parse(model: Path, rows: Sequence[tuple[str, str]]) -> tuple[list[Row], float]:
    """Return what the model makes of each text, and the milliseconds for one."""
    agent = Agent.load(str(model))
    text_service().read([rows[0][0]])
    started = time.perf_counter()
    text_service().read([text for text, _ in rows])  # in batches; the parsing below finds them in memory
    parsed = [await agent.parse_message(text) for text, _ in rows]
    milliseconds = (time.perf_counter() - started) * 1000 / len(rows)
    return [_row(text, gold, found) for (text, gold), found in zip(rows, parsed, strict=True)], milliseconds


def _row(text: str, gold: str, found: dict[str, Any]) -> Row:
    ranking = [{"name": i["name"], "confidence": i["confidence"]} for i in found["intent_ranking"]]
    return {
        "text": text,
        "gold": gold,
        "said": found["intent"]["name"],
        "ranking": [intent for intent in ranking if intent["name"] not in REJECTED],
    }


def measure(rows: list[Row]) -> dict[str, Any]:
    """Return figures with their 95 % intervals; a negative is right when rejected, an intent when said."""
    inside = [row for row in rows if row["gold"] != OUT_OF_SCOPE]
    negatives = [row for row in rows if row["gold"] == OUT_OF_SCOPE]
    said = ["" if row["said"] in REJECTED else row["said"] for row in rows]
    gold = ["" if row["gold"] == OUT_OF_SCOPE else row["gold"] for row in rows]
    known = any(row["gold"] == KNOW for row in rows)
    shares = {
        "accuracy": [a == b for a, b in zip(said, gold, strict=True)],
        "forced_accuracy": [_forced(row) == row["gold"] for row in inside],
        "oos_recall": [row["said"] in REJECTED for row in negatives],
        "accuracy_at_oos_recall_90": _right_at(0.90, inside, negatives),
        "wrong_of_taken": [a != b for a, b in zip(said, gold, strict=True) if a],
        "routed_right": [_side(row["said"]) == _side(row["gold"]) for row in rows] if known else [],
    }
    macro_f1 = f1_score(gold, said, labels=sorted(set(gold)), average="macro", zero_division=0)
    figures: dict[str, Any] = {"n": len(rows), "macro_f1": round(float(macro_f1), 4)}
    for name, hits in shares.items():
        figures |= {name: _share(hits), f"{name}_95": _interval(hits)}
    return figures | {"oos_auroc": _auroc(inside, negatives), "oos_auroc_95": _auroc_95(inside, negatives)}


def _right_at(recall: float, inside: list[Row], negatives: list[Row]) -> list[bool]:
    """Say of in-scope texts whether they are right and sure enough, where so many negatives are not."""
    if not inside or not negatives:
        return []
    sure = sorted(row["ranking"][0]["confidence"] for row in negatives)
    threshold = sure[min(math.ceil(recall * len(sure)), len(sure) - 1)]
    return [row["ranking"][0]["confidence"] >= threshold and _forced(row) == row["gold"] for row in inside]


def _forced(row: Row) -> str:
    return row["ranking"][0]["name"]


def _side(intent: str) -> str:
    """Say who deals with an intent: the search over the articles, or what does something."""
    return "know" if intent == KNOW or intent in REJECTED else "do"


def _auroc(inside: list[Row], negatives: list[Row]) -> float | None:
    if not inside or not negatives:
        return None
    truth = [1] * len(inside) + [0] * len(negatives)
    return round(
        float(roc_auc_score(truth, [row["ranking"][0]["confidence"] for row in [*inside, *negatives]])), 4
    )


def _auroc_95(inside: list[Row], negatives: list[Row]) -> list[float] | None:
    """Return the interval of the area, by drawing both kinds anew (Efron 1979, percentiles)."""
    if not inside or not negatives:
        return None
    chance, areas = np.random.default_rng(SEED), []
    for _ in range(RESAMPLES):
        drawn = [[rows[i] for i in chance.integers(0, len(rows), len(rows))] for rows in (inside, negatives)]
        areas.append(_auroc(*drawn))
    return [round(float(area), 4) for area in np.percentile(areas, [2.5, 97.5])]


def _share(hits: list[bool]) -> float | None:
    return round(float(np.mean(hits)), 4) if hits else None


def _interval(hits: list[bool]) -> list[float] | None:
    """Return the exact interval of a share (Clopper and Pearson 1934)."""
    if not hits:
        return None
    n, k = len(hits), sum(hits)
    low = float(beta.ppf(0.025, k, n - k + 1)) if k else 0.0
    high = float(beta.ppf(0.975, k + 1, n - k)) if k < n else 1.0
    return [round(low, 4), round(high, 4)]


def evaluate_nlu(train_file: Path, test_file: Path, predictions: Path | None) -> dict[str, Any]:
    """Train on one file, test on the other, and return the figures of `firstline evaluate nlu`."""
    with tempfile.TemporaryDirectory() as folder:
        model, seconds = train(train_file.resolve(), Path(folder))
        promise = promise_of(model)
        rows, milliseconds = asyncio.run(parse(model, read_rows(test_file)))
    if predictions:
        lines = ({key: row[key] for key in ("text", "gold", "ranking")} for row in rows)
        predictions.write_text(
            "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8"
        )
    times = {"seconds_train": round(seconds, 2), "ms_per_message": round(milliseconds, 3)}
    return {**measure(rows), **promise, **times}


def main() -> int:
    """Print one JSON line; everything else goes to standard error."""
    parser = argparse.ArgumentParser(prog="python -m engine.evaluate", description=__doc__)
    nlu = parser.add_subparsers(required=True).add_parser("nlu", help="train and test the NLU pipeline")
    nlu.add_argument("--train", type=Path, required=True)
    nlu.add_argument("--test", type=Path, required=True)
    nlu.add_argument("--predictions", type=Path)
    wanted = parser.parse_args()
    logging.disable(logging.INFO)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        with contextlib.redirect_stdout(sys.stderr):
            figures = evaluate_nlu(wanted.train, wanted.test, wanted.predictions)
    except EngineProblem as problem:
        sys.stderr.write(f"{problem.detail}\n")
        return 1
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
