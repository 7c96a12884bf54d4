"""Questions that no article answers: how many were answered all the same."""

from evaluation.own import shares_of
from nouns import Decision


def test_decisions_are_shared_out() -> None:
    made = [Decision.ANSWER, Decision.SUGGEST, Decision.SUGGEST, Decision.ABSTAIN]
    assert shares_of(made) == {"n": 4, "answered": 0.25, "suggested": 0.5, "abstained": 0.25}
