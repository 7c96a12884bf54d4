"""Improvement: what the log teaches. The review queue, training data, candidates, the gate, gaps."""
