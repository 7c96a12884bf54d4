"""The running program: settings, composition, the conversation's story, the engine's client, commands."""

import os

# Before anything loads OpenMP, as torch and faiss do: two threads that wait for each other by spinning take
# 300 ms instead of 15 on a busy machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")
