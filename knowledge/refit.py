"""Fit a store's judge: how much each searcher counts, and how sure the first article is.

As a process of its own (`python -m knowledge.refit SNAPSHOT LANGUAGE …`) it prints judges as JSON; the
running app has it done there, so that no customer waits behind it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from knowledge.arrays import Ints, ranges
from knowledge.decide import Judge
from knowledge.rehearse import rehearse
from knowledge.store import Store

SCORED = 20_000_000  # rows scored for all questions together: memory, and time
FEW = 400  # questions that are asked of a base too large to be ranked whole
RIVALS = 6  # rows that each searcher brings forward against each of these


def judge_of(store: Store) -> Judge:
    """Learn from a store's own questions; of a large one, from some of them and what comes near these."""
    sizes = np.diff(store.question_bounds) + np.diff(store.probe_bounds)
    order = np.random.default_rng(0).permutation(len(sizes))
    most = SCORED // (1 + len(store.stock.passages) + len(store.asked)) if store.is_small else FEW
    tried = np.sort(order[: max(1, int(np.searchsorted(np.cumsum(sizes[order]), most, "right")))])
    if store.is_small:
        return rehearse(store.whole, store.question_vectors(), store.probes, tried, store.first)
    numbers = np.unique(np.concatenate([tried, _rivals(store, tried), store.sample]))
    places = ranges(store.probe_bounds[numbers], np.diff(store.probe_bounds)[numbers])
    return rehearse(
        store.view(numbers), store.question_vectors(numbers), store.probes[places],
        np.searchsorted(numbers, tried), store.first,
    )  # fmt: skip


async def judges_aside(snapshot: Path, languages: Sequence[str]) -> dict[str, Judge]:
    """Fit judges in a process of its own, which gives way to everything else."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "knowledge.refit", str(snapshot), *languages,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        out, error = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()  # else it is buried after its loop is gone
        raise
    if process.returncode:
        raise RuntimeError(error.decode("utf-8", "replace")[-500:])
    return {language: Judge.from_json(told) for language, told in json.loads(out).items()}


def _rivals(store: Store, tried: Ints) -> Ints:
    """Find the articles that come near the questions of others."""
    from reading.tokens import terms

    found = [np.empty(0, np.int64)]
    for number in tried:
        start = int(store.question_bounds[number])
        for row, text in enumerate(store.stock.articles[int(number)].questions, start):
            vector = np.asarray(store.fields["question"].vectors[row], np.float32)
            vector = store.first.asked(vector) if store.first else vector
            found.append(store.found(vector, terms(text), RIVALS))
    return np.unique(np.concatenate(found))


def main() -> None:
    """Print the judges of a snapshot's languages as JSON."""
    os.nice(10)
    folder = Path(sys.argv[1])
    judges = {language: judge_of(Store(folder / language)).to_json() for language in sys.argv[2:]}
    sys.stdout.write(json.dumps(judges))


if __name__ == "__main__":
    main()
