"""The golden set: texts drawn at random before anybody judged them, labelled, and never trained on.

Drawn before review, since what a reviewer picks is what the bot got wrong: a set of those says nothing of how
good the bot is. The draw hashes the message's unguessable id (the first one's where several wrote the
same text), so that it is at random, the same in each process, and needs no memory.
"""

from __future__ import annotations

import hashlib


def place_of(message: str) -> float:
    """Return a number in [0, 1) that is uniform over messages and always the same for one."""
    return int.from_bytes(hashlib.sha256(f"golden {message}".encode()).digest()[:8], "big") / 2**64


def is_drawn(message: str, share: float) -> bool:
    """Tell whether a message belongs to the share that is drawn for the golden set."""
    return place_of(message) < share
