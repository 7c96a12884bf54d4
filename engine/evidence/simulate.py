"""Makes spoilt and honest batches from labelled texts, and the evidence on each: `firstline bench learning`.

    python -m engine.evidence.simulate ORDER.json

A third of the training texts is held back (by seed) and comes as the batch; the live head knows the rest. A
line of JSON for each run goes to the file that the order names; standard error tells how far it is.
"""

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine import slim

slim.leave_out()

import numpy as np  # noqa: E402 (after the stand-ins)

from engine.evidence.heads import QuickHead  # noqa: E402
from engine.evidence.labels import strange_labels  # noqa: E402
from engine.evidence.phrases import new_phrases, pulls  # noqa: E402
from engine.evidence.poison import KINDS  # noqa: E402
from engine.evidence.rows import Row, labels_in, read_rows  # noqa: E402
from engine.problems import EngineProblem  # noqa: E402

HELPFUL = "helpful"
HELD_BACK = 1 / 3
MOST_TEXTS = 3000
SUSPECT = 5.0


class Simulation:
    """Live and candidate heads on the same texts, seed by seed."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        labels = labels_in([Path(path) for path in order["data"]])
        chosen = np.random.default_rng(order["seed"]).permutation(len(labels))[:MOST_TEXTS]
        self.rows = read_rows([labels[i] for i in sorted(chosen)])
        known = {row.text for row in self.rows}
        golden = [
            label for label in labels_in([Path(path) for path in order["golden"]]) if label[0] not in known
        ]
        self.golden = read_rows(golden)
        self.wordings = read_rows([(text, "") for text in order["wordings"]])

    def runs(self) -> Iterator[dict[str, Any]]:
        """Give the evidence on one candidate after the other."""
        first = self.order["first"]
        for number in range(first, first + max(self.order["helpful"], self.order["poisoned"])):
            chance = np.random.default_rng([self.order["seed"], number])
            order = chance.permutation(len(self.rows))
            cut = round(len(order) * HELD_BACK)
            new, old = ([self.rows[i] for i in part] for part in (order[:cut], order[cut:]))
            live = QuickHead(old)
            if number < first + self.order["helpful"]:
                yield self.evidence(HELPFUL, number, live, old, (old, new))
            if number < first + self.order["poisoned"]:
                for kind in self.order["kinds"]:
                    spoilt = KINDS[kind](old, new, np.random.default_rng([number, list(KINDS).index(kind)]))
                    yield self.evidence(kind, number, live, old, spoilt)

    def evidence(
        self, kind: str, number: int, live: QuickHead, old: list[Row], made: tuple[list[Row], list[Row]]
    ) -> dict[str, Any]:
        """Train the candidate on what was made, and compare it with the live head."""
        rows = [*made[0], *made[1]]
        candidate = QuickHead(rows)
        known = {row.label for row in old}
        new = [row for row in rows if row.label not in known]
        suspects = [one for one in new_phrases(old, new) if one["surprise"] >= SUSPECT]
        return {
            "kind": kind,
            "number": number,
            "golden": self._said(self.golden, live, candidate),
            "wordings": self._said(self.wordings, live, candidate),
            "labels": strange_labels(old, new),
            "phrases": pulls(suspects, self.golden, live.predict_texts, candidate.predict_texts),
        }

    def _said(self, rows: list[Row], live: QuickHead, candidate: QuickHead) -> list[list[str]]:
        return [
            [row.text, row.intent, a, b]
            for row, a, b in zip(rows, live.predict(rows), candidate.predict(rows), strict=True)
        ]


def main() -> int:
    """Write a line for each run."""
    order = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    total = order["helpful"] + order["poisoned"] * len(order["kinds"])
    try:
        simulation = Simulation(order)
        with Path(order["out"]).open("w", encoding="utf-8") as file:
            for done, run in enumerate(simulation.runs(), 1):
                file.write(json.dumps(run, ensure_ascii=False, default=float) + "\n")
                sys.stderr.write(f"run {done} {total}\n")
                sys.stderr.flush()
    except EngineProblem as problem:
        sys.stderr.write(f"{problem.detail}\n")
        return 1
    sys.stdout.write(json.dumps({"runs": total}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
