"""What the answers of a language may be relied on for, and what that costs in answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from knowledge.decide import CONFIDENCE, Judge
from knowledge.kept import current_version


@dataclass(frozen=True)
class Promise:
    """Answers are given from `threshold` on; `kept`: it was tested that at most `error_rate` are wrong.

    `answered`: the share of the `questions` it was tested with, a part of them uncovered, that it answers.
    """

    language: str
    error_rate: float
    threshold: float
    kept: bool
    answered: float
    questions: int

    @classmethod
    def of(cls, language: str, judge: Judge, error_rate: float) -> Promise:
        """Ask a judge."""
        threshold = judge.threshold(error_rate)
        kept, answered = judge.promised(error_rate) is not None, round(judge.answered(threshold), 3)
        return cls(language, error_rate, threshold, kept, answered, judge.questions)

    @property
    def sentence(self) -> str:
        """Say it to whoever runs the desk."""
        if self.kept:
            return (
                f"{self.language}: of what is answered at most {self.error_rate:.0%} are wrong, "
                f"with {CONFIDENCE:.0%} confidence; answers {self.answered:.0%} of {self.questions} tests."
            )
        return (
            f"{self.language}: too little to promise {self.error_rate:.0%} wrong at most; answers carefully, "
            f"from {self.threshold:.2f} on. More `probes` in the articles change that."
        )


def promises_of(judges: Mapping[str, Judge], error_rate: float) -> list[Promise]:
    """Ask the judge of every language."""
    return [Promise.of(language, judge, error_rate) for language, judge in sorted(judges.items())]


def promises_in(index_dir: Path, error_rate: float) -> list[Promise]:
    """Ask the current snapshot's judges, without opening the rest of it; none without a snapshot."""
    version = current_version(index_dir)
    description = index_dir / (version or "") / "snapshot.json"
    if version is None or not description.is_file():
        return []
    told = json.loads(description.read_text(encoding="utf-8"))["judges"]
    judges = {language: Judge.from_json(each) for language, each in told.items()}
    return promises_of(judges, error_rate)
